"""Rarity kernels: the runs of words that texts have, and in how many documents each stands.

Wording that many documents share proves nothing; wording that only two share does. A gram is a run of GRAM words, as
one hash.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.runtime.hash_tables import find_slot
from dedup.runtime.jit import kernel, njit
from dedup.text.words import mix, word_hashes

U = np.uint64
GRAM = 3
"""Words of a gram: of 1 to 5 those of 3 tell copies from forms best on natural news read by hand."""
SIEVE_BITS = 24
"""Bits of the sieve that passes over most grams nobody asks about: it stays in the processor's cache, the table not."""


GRAMS_A, GRAMS_B, SHARED, RARE, RARE_A, RARE_B = range(6)
"""Columns of the weights of a pair: grams of each text, grams they share, weight of those they share, and weight of all
grams of each."""


@njit(nogil=True)
def _scratch(sizes: Any) -> Any:
    """What reading texts of these `sizes` one by one needs: edges and specials of `word_hashes`, words, grams."""
    longest = U(sizes.max()) if len(sizes) else U(0)
    words = longest // U(2) + U(2)
    return (
        np.empty(longest + U(2), np.uint32), np.empty(longest + U(2), np.uint32), np.empty(words, np.uint64),
        np.empty(words, np.uint64),
    )  # fmt: skip


@njit(nogil=True)
def _grams(buffer: Any, start: Any, size: Any, stage1: Any, stage2: Any, scratch: Any) -> Any:
    """Hashes of the grams of a text, in order, never 0, into the last of the `scratch`; returns their number."""
    edges, specials, words, out = scratch
    end = U(start) + U(size)
    count, _ = word_hashes(
        buffer, U(start), end, stage1, stage2, edges, specials, words, np.empty((0, 2), np.uint32)
    )  # fmt: skip
    grams: int = max(int(count) - GRAM + 1, 0)
    for place in range(grams):
        value = U(0)
        for offset in range(GRAM):
            value = mix(value, words[place + offset])
        out[place] = value | U(1)
    return grams


@kernel
def distinct_grams(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, sampled: Any, out: Any, offsets: Any
) -> None:
    """Into `out` (room,) uint64 the sorted distinct grams of each text that belong to the sample: those of which the
    bits `sampled` are 0. Those of text t are `out[offsets[t] : offsets[t + 1]]`.
    """
    scratch = _scratch(sizes)
    grams = scratch[3]
    filled = 0
    offsets[0] = 0
    for text in range(len(starts)):
        kept = 0
        for place in range(_grams(buffer, starts[text], sizes[text], stage1, stage2, scratch)):
            if grams[place] >> U(32) & sampled == U(0):
                grams[kept] = grams[place]
                kept += 1
        part = np.sort(grams[:kept])
        for place in range(kept):
            if place == 0 or part[place] != part[place - 1]:
                out[filled] = part[place]
                filled += 1
        offsets[text + 1] = filled


@njit(nogil=True)
def _sieve(gram: Any) -> Any:
    return gram >> U(64 - SIEVE_BITS)


@kernel
def ask_grams(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, sampled: Any, keys: Any, sieve: Any
) -> None:
    """Put the grams of all texts that belong to the sample into the table `keys` (2**k,) uint64, which is more than
    large enough and 0 in its free places, and into the `sieve` (2**SIEVE_BITS / 8,) uint8.
    """
    scratch = _scratch(sizes)
    grams = scratch[3]
    mask = U(len(keys) - 1)
    for text in range(len(starts)):
        for place in range(_grams(buffer, starts[text], sizes[text], stage1, stage2, scratch)):
            if grams[place] >> U(32) & sampled == U(0):
                keys[find_slot(keys, grams[place], mask)] = grams[place]
                bit = _sieve(grams[place])
                sieve[bit >> U(3)] |= np.uint8(1 << (bit & U(7)))


@kernel
def count_documents(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, groups: Any, keys: Any, sieve: Any, seen: Any,
    counts: Any,
) -> None:  # fmt: skip
    """Add to `counts` (2**k,) uint32 the documents that hold each gram of the table `keys`; those of one group (texts,)
    count once. `seen` (2**k,) int32 remembers the group that was counted last, so the texts of a group come together.
    """
    scratch = _scratch(sizes)
    grams = scratch[3]
    mask = U(len(keys) - 1)
    for text in range(len(starts)):
        for place in range(_grams(buffer, starts[text], sizes[text], stage1, stage2, scratch)):
            gram = grams[place]
            bit = _sieve(gram)
            if not sieve[bit >> U(3)] >> (bit & U(7)) & U(1):
                continue
            slot = find_slot(keys, gram, mask)
            if keys[slot] == gram and seen[slot] != groups[text]:
                seen[slot] = np.int32(groups[text])
                counts[slot] += np.uint32(1)


@njit(nogil=True)
def _held(gram: Any, keys: Any, counts: Any, mask: Any) -> Any:
    """Documents known to hold a gram: 0 if it is not in the table."""
    slot = find_slot(keys, gram, mask)
    return np.float64(counts[slot]) if keys[slot] == gram else 0.0


@kernel
def weigh_pairs(grams: Any, offsets: Any, left: Any, right: Any, same: Any, keys: Any, counts: Any, out: Any) -> None:
    """Into `out` (m, 6) float64, by the columns named above, what pairs of texts share.

    A gram weighs 1 / (1 + documents other than these two that hold it). Those of a pair in the `same` (m,) group were
    counted once.
    """
    mask = U(len(keys) - 1)
    for pair in range(len(left)):
        a, a1 = offsets[left[pair]], offsets[left[pair] + 1]
        b, b1 = offsets[right[pair]], offsets[right[pair] + 1]
        out[pair, :] = 0.0
        out[pair, GRAMS_A], out[pair, GRAMS_B] = a1 - a, b1 - b
        own = 1.0 if same[pair] else 2.0
        while a < a1 or b < b1:
            if b >= b1 or (a < a1 and grams[a] < grams[b]):
                out[pair, RARE_A] += 1.0 / max(_held(grams[a], keys, counts, mask), 1.0)
                a += 1
            elif a >= a1 or grams[b] < grams[a]:
                out[pair, RARE_B] += 1.0 / max(_held(grams[b], keys, counts, mask), 1.0)
                b += 1
            else:
                weight = 1.0 / max(_held(grams[a], keys, counts, mask) - own + 1.0, 1.0)
                out[pair, SHARED] += 1.0
                for column in (RARE, RARE_A, RARE_B):
                    out[pair, column] += weight
                a += 1
                b += 1


@njit(nogil=True)
def _count_shared(grams: Any, begin: Any, end: Any, other: Any, other_end: Any, counts: Any) -> None:
    """Add 1 to `counts` (end - begin,) for each of the sorted grams of one text that another holds."""
    place = begin
    while place < end and other < other_end:
        if grams[place] == grams[other]:
            counts[place - begin] += 1.0
            place += 1
            other += 1
        elif grams[place] < grams[other]:
            place += 1
        else:
            other += 1


@kernel
def weigh_among(grams: Any, offsets: Any, left: Any, right: Any, others: Any, bounds: Any, out: Any) -> None:
    """The same as `weigh_pairs` where the documents that count are named for each pair: those of pair p are
    `others[bounds[p] : bounds[p + 1]]`, neither of the two among them.
    """
    for pair in range(len(left)):
        a, a1 = offsets[left[pair]], offsets[left[pair] + 1]
        b, b1 = offsets[right[pair]], offsets[right[pair] + 1]
        held_a, held_b = np.ones(a1 - a), np.ones(b1 - b)
        for place in range(bounds[pair], bounds[pair + 1]):
            begin, end = offsets[others[place]], offsets[others[place] + 1]
            _count_shared(grams, a, a1, begin, end, held_a)
            _count_shared(grams, b, b1, begin, end, held_b)
        out[pair, :] = 0.0
        out[pair, GRAMS_A], out[pair, GRAMS_B] = a1 - a, b1 - b
        out[pair, RARE_A], out[pair, RARE_B] = (1.0 / held_a).sum(), (1.0 / held_b).sum()
        one, two = 0, 0
        while one < len(held_a) and two < len(held_b):
            if grams[a + one] == grams[b + two]:
                out[pair, SHARED] += 1.0
                out[pair, RARE] += 1.0 / held_a[one]
                one += 1
                two += 1
            elif grams[a + one] < grams[b + two]:
                one += 1
            else:
                two += 1
