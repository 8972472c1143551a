"""Pair kernels: keys put into ranges, the pairs of rows that share keys, and how much two texts share exactly.

Arrays and scalars only. Buffers are as `text.words` wants them (uint8, padded); `starts` and `sizes` are int64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.fingerprint.kernels import shingle_hashes
from dedup.runtime.hash_tables import find_slot
from dedup.runtime.jit import kernel, njit
from dedup.text.words import word_hashes

U = np.uint64


@kernel
def spread(keys: Any, bits: Any, out: Any, cuts: Any) -> None:
    """Put `keys` into 2**bits ranges by their upper bits: range r is `out[cuts[r] : cuts[r + 1]]`, in no order."""
    shift = U(64) - bits
    for index in range(len(keys)):
        cuts[(keys[index] >> shift) + U(1)] += 1
    for part in range(1, len(cuts)):
        cuts[part] += cuts[part - 1]
    places = cuts.copy()
    for index in range(len(keys)):
        part = keys[index] >> shift
        out[places[part]] = keys[index]
        places[part] += 1


@kernel
def bucket_pairs(keys: Any, limit: Any, star: Any, pairs: Any, large: Any) -> Any:
    """Pairs of rows that share a key. `keys` is sorted, each (key << 32 | row); pairs are (row << 32 | larger row).

    Up to `limit` rows to a key give all their pairs; larger buckets are chained, each row to the one before it and, if
    `star`, to the first, and their (begin, end) go to `large` as far as there is room. Returns (pairs, large buckets,
    rows in them); call it with empty `pairs` to learn how much room is needed.
    """
    room, large_room = U(len(pairs)), U(len(large))
    found, buckets, crowded = U(0), U(0), U(0)
    begin, total = U(0), U(len(keys))
    low = U(0xFFFFFFFF)
    while begin < total:
        end = begin + U(1)
        key = keys[begin] >> U(32)
        while end < total and keys[end] >> U(32) == key:
            end += U(1)
        size = end - begin
        if size > limit:
            if buckets < large_room:
                large[buckets, 0] = begin
                large[buckets, 1] = end
            buckets += U(1)
            crowded += size
        for one in range(begin, end - U(1)):
            stop = end if size <= limit else one + U(2)
            for two in range(one + U(1), stop):
                if found < room:
                    pairs[found] = (keys[one] & low) << U(32) | (keys[two] & low)
                found += U(keys[one] != keys[two])
            if star and size > limit and one > begin:
                if found < room:
                    pairs[found] = (keys[begin] & low) << U(32) | (keys[one + U(1)] & low)
                found += U(keys[begin] != keys[one + U(1)])
        begin = end
    return found, buckets, crowded


@njit(nogil=True)
def _mask(count: Any) -> Any:
    """Size - 1 of a table for `count` values, at most a quarter full."""
    capacity = U(64)
    while capacity < U(4) * U(count):
        capacity *= U(2)
    return capacity - U(1)


@kernel
def frequent_pairs(pairs: Any, held: Any, share: Any, slack: Any, least: Any) -> Any:
    """Keep, in place, one of each run of equal `pairs` (sorted) that is at least `least` long and at least `share` of
    the keys that the row with fewer keys has, less `slack`; returns how many were kept.
    """
    kept, begin, total = U(0), U(0), U(len(pairs))
    while begin < total:
        pair = pairs[begin]
        end = begin + U(1)
        while end < total and pairs[end] == pair:
            end += U(1)
        fewer = min(held[pair >> U(32)], held[pair & U(0xFFFFFFFF)])
        if end - begin >= share * fewer - slack and end - begin >= least:
            pairs[kept] = pair
            kept += U(1)
        begin = end
    return kept


@kernel
def overlaps(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, ngram: Any, shingle_keys: Any,
    left: Any, right: Any, shared: Any, left_sizes: Any, right_sizes: Any,
) -> None:  # fmt: skip
    """Exact shingle overlap of pairs of texts, on their 64-bit shingle hashes.

    `left` and `right` are (m,) int64 indices of texts; into `shared`, `left_sizes`, `right_sizes` (m,) int32 go the
    distinct shingles that both hold, of the left and of the right text. Runs of pairs with the same left text are
    cheapest: its table is made once.
    """
    longest = U(sizes.max()) if len(sizes) else U(0)
    edges = np.empty(longest + U(2), np.uint32)
    specials = np.empty(longest + U(2), np.uint32)
    words = np.empty(longest // U(2) + U(2), np.uint64)
    no_spans = np.empty((0, 2), np.uint32)
    offsets = np.zeros(len(starts) + 1, np.int64)
    room = U(0)
    for text in range(len(starts)):
        room += U(sizes[text]) // U(2) + U(2)
    shingles = np.empty(room, np.uint64)
    for text in range(len(starts)):
        start = U(starts[text])
        count, _ = word_hashes(buffer, start, start + U(sizes[text]), stage1, stage2, edges, specials, words, no_spans)
        at = U(offsets[text])
        total = shingle_hashes(words, count, ngram, shingle_keys, shingles[at:])
        for place in range(at, at + total):
            shingles[place] |= U(1)  # 0 means a free place in the table
        offsets[text + 1] = at + total
    largest = (offsets[1:] - offsets[:-1]).max() if len(starts) else 0
    table = np.zeros(_mask(largest) + U(1), np.uint64)
    seen = np.zeros(_mask(largest) + U(1), np.uint64)
    current, own, mask = -1, 0, U(0)
    for pair in range(len(left)):
        one, two = left[pair], right[pair]
        if one != current:
            current, own, mask = one, 0, _mask(offsets[one + 1] - offsets[one])
            table[: mask + U(1)] = U(0)
            for place in range(offsets[one], offsets[one + 1]):
                value = shingles[place]
                slot = find_slot(table, value, mask)
                own += table[slot] == U(0)
                table[slot] = value
        seen_mask = _mask(offsets[two + 1] - offsets[two])
        seen[: seen_mask + U(1)] = U(0)
        common, others = 0, 0
        for place in range(offsets[two], offsets[two + 1]):
            value = shingles[place]
            slot = find_slot(seen, value, seen_mask)
            if seen[slot] == value:
                continue
            seen[slot] = value
            others += 1
            slot = find_slot(table, value, mask)
            common += table[slot] == value
        shared[pair], left_sizes[pair], right_sizes[pair] = common, own, others
