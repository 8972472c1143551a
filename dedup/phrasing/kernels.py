"""Phrasing kernels: counting n-grams over bytes, and comparing two wordings of the same thing.

Counts live in open-addressed tables of uint32, one each for words, pairs and triples: the upper bits of an n-gram's
hash say where to look first, twelve others are kept beside the count, so that two n-grams are hardly ever taken for
one another (an unseen n-gram that looks seen is what would spoil the comparison). Arrays and scalars only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from dedup.text.simd import kernel
from dedup.text.words import mix, word_hashes

U = np.uint64
COUNT_BITS, MOST_COUNTED, PROBES = 20, (1 << 20) - 1, 16
"""A count and its limit; places that a key may be away from where it is looked for first."""
PAIR_PRIOR, TRIPLE_PRIOR = 16.0, 8.0
"""Occurrences of a context that weigh as much as the next shorter one: the rare context is not believed alone."""
WORD_PRIOR = 0.1
"""Occurrences that every word has to begin with."""
AFTER = 2
"""Words after a span whose probability depends on it, in a model of triples."""
INSIDE_GAIN, AFTER_GAIN, LENGTH_LOSS, MOST = 0.431, 0.223, 0.896, 4.0
"""Log odds that a side is the source, per unit of log probability of its span, of what follows it, and per word that it
is longer; at most MOST a substitution. Logistic regression on 29,000 substitutions of 900 spun US news stories
(WordNet vocabulary, shares 1, .5 and .25): 85 % of single substitutions are judged right."""


@njit(nogil=True)
def pair_hash(one: Any, two: Any) -> Any:
    """Hash of two words in a row."""
    return mix(mix(U(2), one), two)


@njit(nogil=True)
def triple_hash(one: Any, two: Any, three: Any) -> Any:
    """Hash of three words in a row."""
    return mix(mix(mix(U(3), one), two), three)


@kernel
def ngram_hashes(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, words_out: Any, pairs_out: Any, triples_out: Any
) -> Any:
    """Hashes of all words, pairs and triples of some texts, each into an array of uint64 with room for half of the
    bytes; returns how many there are of each.
    """
    longest = U(sizes.max()) if len(sizes) else U(0)
    edges, specials = np.empty(longest + U(2), np.uint32), np.empty(longest + U(2), np.uint32)
    words, no_spans = np.empty(longest // U(2) + U(2), np.uint64), np.empty((0, 2), np.uint32)
    singles, pairs, triples = U(0), U(0), U(0)
    for text in range(len(starts)):
        start = U(starts[text])
        end = start + U(sizes[text])
        count, _ = word_hashes(buffer, start, end, stage1, stage2, edges, specials, words, no_spans)
        for place in range(count):
            words_out[singles + place] = words[place]
        for place in range(U(1), count):
            pairs_out[pairs + place - U(1)] = pair_hash(words[place - U(1)], words[place])
        for place in range(U(2), count):
            triples_out[triples + place - U(2)] = triple_hash(words[place - U(2)], words[place - U(1)], words[place])
        singles += count
        pairs += count - U(1) if count else U(0)
        triples += count - U(2) if count > U(1) else U(0)
    return singles, pairs, triples


@kernel
def add_sorted(keys: Any, table: Any) -> None:
    """Add sorted hashes to a table (2**k,) uint32. Sorted, because then the table is gone through from end to end:
    counted one by one as they come, each would wait for memory.
    """
    shift = U(64) - _bits(len(table))
    begin, total = U(0), U(len(keys))
    while begin < total:
        key = keys[begin]
        end = begin + U(1)
        while end < total and keys[end] == key:
            end += U(1)
        slot = _place(key, table, shift)
        if slot < U(len(table)):
            before = U(table[slot]) & U(MOST_COUNTED)
            count = min(before + end - begin, U(MOST_COUNTED))
            table[slot] = np.uint32((U(key & U(0xFFF)) | U(1)) << U(COUNT_BITS) | count)
        begin = end


@njit(nogil=True)
def _bits(size: Any) -> Any:
    bits = U(0)
    while U(1) << bits < U(size):
        bits += U(1)
    return bits


@njit(nogil=True)
def _place(key: Any, table: Any, shift: Any) -> Any:
    """Where the count of a key is or would be; the size of the table where its neighbourhood is full."""
    mark = U(key & U(0xFFF)) | U(1)
    slot = key >> shift
    for _ in range(PROBES):
        entry = U(table[slot])
        if entry == U(0) or entry >> U(COUNT_BITS) == mark:
            return slot
        slot = (slot + U(1)) & U(len(table) - 1)
    return U(len(table))


@njit(nogil=True)
def _own(words: Any, count: Any, keys: Any, counts: Any) -> None:
    """Add the n-grams of one text to a small table of its own."""
    mask = U(len(keys) - 1)
    for place in range(count):
        for order in range(min(place + U(1), U(3))):
            if order == U(0):
                key = words[place]
            elif order == U(1):
                key = pair_hash(words[place - U(1)], words[place])
            else:
                key = triple_hash(words[place - U(2)], words[place - U(1)], words[place])
            slot = (key >> U(20)) & mask
            while keys[slot] != U(0) and keys[slot] != key:
                slot = (slot + U(1)) & mask
            keys[slot] = key
            counts[slot] += 1


@njit(nogil=True)
def _seen(key: Any, table: Any, shift: Any, keys: Any, counts: Any) -> Any:
    """How often an n-gram stands in the other texts."""
    mask = U(len(keys) - 1)
    slot = (key >> U(20)) & mask
    while keys[slot] != U(0) and keys[slot] != key:
        slot = (slot + U(1)) & mask
    own = counts[slot] if keys[slot] == key else 0
    place = _place(key, table, shift)
    found = np.int64(U(table[place]) & U(MOST_COUNTED)) if place < U(len(table)) else 0
    return max(found - own, 0)


@njit(nogil=True)
def _log_probability(
    words: Any, place: Any, word_table: Any, pair_table: Any, triple_table: Any, shifts: Any, total: Any, keys: Any,
    counts: Any,
) -> Any:  # fmt: skip
    """Of one word after the two before it: triples, backed by pairs, backed by words (Dirichlet priors: MacKay & Peto
    1995).
    """
    word = words[place]
    chance = (_seen(word, word_table, shifts[0], keys, counts) + WORD_PRIOR) / (total + 1e5 * WORD_PRIOR)
    if place >= 1:
        one = words[place - 1]
        pair = _seen(pair_hash(one, word), pair_table, shifts[1], keys, counts)
        context = _seen(one, word_table, shifts[0], keys, counts)
        chance = (min(pair, context) + PAIR_PRIOR * chance) / (context + PAIR_PRIOR)
        if place >= 2:
            two = words[place - 2]
            triple = _seen(triple_hash(two, one, word), triple_table, shifts[2], keys, counts)
            context = _seen(pair_hash(two, one), pair_table, shifts[1], keys, counts)
            chance = (min(triple, context) + TRIPLE_PRIOR * chance) / (context + TRIPLE_PRIOR)
    return np.log(chance)


@kernel
def compare_wordings(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, counted: Any, left: Any, right: Any, blocks: Any,
    kept: Any, replaced: Any, word_table: Any, pair_table: Any, triple_table: Any, total: Any, odds: Any,
) -> None:  # fmt: skip
    """For each substitution of some pairs, the log odds that the left text has the wording of the source.

    `blocks` (k, 6) and `kept` (m + 1,) are as `match.align_kernels.compare` writes them, `replaced` the kind that a
    substitution has; `counted` (texts,) uint8 says whether a text is among those that the tables were counted on: its
    own n-grams are taken off, and those of the other side. `odds` (k,) float32 gets 0 for other blocks.
    """
    longest, most = U(0), U(0)
    for text in range(len(starts)):
        longest = max(longest, U(sizes[text]))
    most = longest // U(2) + U(2)
    edges, specials = np.empty(longest + U(2), np.uint32), np.empty(longest + U(2), np.uint32)
    words, spans = np.empty((2, most), np.uint64), np.empty((2, most, 2), np.uint32)
    shifts = (
        U(64) - _bits(len(word_table)), U(64) - _bits(len(pair_table)), U(64) - _bits(len(triple_table))
    )  # fmt: skip
    counts = np.zeros(2, np.int64)
    for pair in range(len(left)):
        for side in range(2):
            text = left[pair] if side == 0 else right[pair]
            start = U(starts[text])
            end = start + U(sizes[text])
            count, _ = word_hashes(buffer, start, end, stage1, stage2, edges, specials, words[side], spans[side])
            counts[side] = np.int64(count)
        room = U(64)
        while room < U(6) * U(counts[0] + counts[1]):
            room *= U(2)
        keys, own = np.zeros(room, np.uint64), np.zeros(room, np.int32)
        for side in range(2):
            if counted[left[pair] if side == 0 else right[pair]]:
                _own(words[side], U(counts[side]), keys, own)
        for index in range(kept[pair], kept[pair + 1]):
            odds[index] = 0.0
            if blocks[index, 0] != replaced:
                continue
            total_odds = 0.0
            for side in range(2):
                at = spans[side, : counts[side]]
                first = np.searchsorted(at[:, 0], np.uint32(blocks[index, 1 + 2 * side]))
                last = np.searchsorted(at[:, 0], np.uint32(blocks[index, 2 + 2 * side]))
                inside, after = 0.0, 0.0
                for place in range(first, min(last + AFTER, counts[side])):
                    value = _log_probability(
                        words[side], place, word_table, pair_table, triple_table, shifts, total, keys, own
                    )
                    if place < last:
                        inside += max(value, -25.0)
                    else:
                        after += max(value, -25.0)
                worth = INSIDE_GAIN * inside + AFTER_GAIN * after - LENGTH_LOSS * (last - first)
                total_odds += worth if side == 0 else -worth
            odds[index] = min(max(total_odds, -MOST), MOST)
