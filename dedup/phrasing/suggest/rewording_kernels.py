"""Kernel of the second look: what the alternatives of the worst words of texts win in their place.

Arrays and scalars, and NamedTuples of them, only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS, pair_key, triple_key
from dedup.phrasing.scoring.level_kernels import Own, look_up_keys
from dedup.phrasing.scoring.sequence_kernels import left_count, next_chance, ngram_count, word_count
from dedup.runtime.jit import kernel, njit

U = np.uint64
F = np.float32
LONGEST = 2
"""Words of what is replaced, and of what it is replaced with."""
MOST = 60
"""RewordingTable of a word, the likeliest."""
UNIT = 18
"""Bits that hold a word or phrase."""
_NO_COUNTS = np.zeros(1, np.int32)


class TextStreams(NamedTuple):
    """Texts as `phrasing.scoring.kernels.judge` leaves them, and which of them are looked at."""

    numbers: NDArray[np.int64]
    """(k,) those that are looked at."""
    streams: NDArray[np.uint32]
    places: NDArray[np.int64]
    odds: NDArray[np.float32]
    lengths: NDArray[np.int64]
    """(n, 2) words and ids of each."""
    starts: NDArray[np.int64]
    """(n, 2) where they begin."""


class _Tried(NamedTuple):
    """Room for what is tried in one place: the words that stand there and up to MOST others."""

    rows: NDArray[np.uint32]
    """(MOST + 1, LONGEST + 4) the two words before the place, those that are tried, and the two behind it."""
    sizes: NDArray[np.int64]
    """(MOST + 1,) of what is tried."""
    weights: NDArray[np.float64]
    """(MOST + 1,) what it is worth, as a factor."""
    keys: NDArray[np.uint64]
    """(2, (MOST + 1) * (LONGEST + 1)) of the pairs of each one after the other; of triples."""
    scratch: NDArray[np.uint64]
    levels: NDArray[np.uint8]
    pairs: NDArray[np.float32]
    triples: NDArray[np.float32]


@njit(nogil=True)
def _room() -> Any:
    most, grams = MOST + 1, (MOST + 1) * (LONGEST + 2)
    return _Tried(
        np.zeros((most, LONGEST + 4), np.uint32), np.zeros(most, np.int64), np.zeros(most),
        np.zeros((2, grams), np.uint64), np.zeros(grams, np.uint64), np.zeros(grams, np.uint8),
        np.zeros(grams, np.float32), np.zeros(grams, np.float32),
    )  # fmt: skip


@njit(nogil=True)
def _count(tried: Any, many: Any, model: Any, own: Any) -> None:
    """Counts of the pairs in all that is tried, without the first and the last, which are the same in all."""
    keys, rows, sizes, codes, filled = tried.keys[0], tried.rows, tried.sizes, model.codes, 0
    for number in range(many):
        one = codes[rows[number, 1]]
        for place in range(2, 3 + sizes[number]):
            two = codes[rows[number, place]]
            keys[filled] = pair_key(one, two)
            one, filled = two, filled + 1
    _look_up(keys, filled, model, own, tried, tried.pairs)


@njit(nogil=True)
def _look_up(keys: Any, filled: Any, model: Any, own: Any, tried: Any, counts: Any) -> None:
    """Counts of some keys, without what is to be forgotten."""
    levels, values = tried.levels, model.values
    look_up_keys(keys, 0, filled, model.grams, Own(keys[:1], _NO_COUNTS), tried.scratch, levels)
    for at in range(filled):
        counts[at] = values[levels[at]]
    if len(own.keys) > 1:
        for at in range(filled):
            counts[at] = left_count(counts[at], keys[at], own)


@njit(nogil=True)
def _count_triples(tried: Any, many: Any, before: Any, model: Any, own: Any) -> None:
    """Counts of the triples in all that is tried of which the first two words were ever seen in a row: the others do
    not matter.
    """
    keys, rows, sizes, pairs, codes = tried.keys[1], tried.rows, tried.sizes, tried.pairs, model.codes
    filled, at = 0, 0
    for number in range(many):
        context, one, two = before, codes[rows[number, 0]], codes[rows[number, 1]]
        for place in range(2, 4 + sizes[number]):
            three = codes[rows[number, place]]
            if context > F(0):
                keys[filled] = triple_key(one, two, three)
                filled += 1
            if place < 3 + sizes[number]:
                context = pairs[at]
                at += 1
            one, two = two, three
    _look_up(keys, filled, model, own, tried, tried.triples)


@njit(nogil=True)
def _best(tried: Any, many: Any, before: Any, behind: Any, model: Any, own: Any) -> Any:
    """What the best that was tried wins over the first; `before`, `behind`: how often the two words around stand in a
    row. The probabilities are those of `phrasing.scoring.sequence_kernels.sequence_odds`.
    """
    rows, sizes, counts, total = tried.rows, tried.sizes, model.frequencies, model.total
    pair_counts, triple_counts, weights, forgets = tried.pairs, tried.triples, tried.weights, len(own.keys) > 1
    pairs = triples = 0
    now, best = 0.0, 0.0
    first = word_count(rows[0, 1], model, own)
    for number in range(many):
        product, context, single = weights[number], before, first
        for place in range(2, 4 + sizes[number]):
            word = counts[rows[number, place]]
            if forgets:
                word = word_count(rows[number, place], model, own)
            pair, triple = behind, F(0)
            if place < 3 + sizes[number]:
                pair = pair_counts[pairs]
                pairs += 1
            if context > F(0):
                triple = triple_counts[triples]
                triples += 1
            product *= next_chance(word, single, pair, triple, context, total)
            single, context = word, pair
        if number == 0:
            now = product
        best = max(best, product)
    return np.log(best / now)


@njit(nogil=True)
def _list_of(stream: Any, begin: Any, end: Any, known: Any) -> Any:
    """Which list of alternatives a word or pair of words has, 0 (which is empty) for none."""
    first = known.inward[stream[begin]]
    if end == begin + 1 or first == 0:
        return np.int64(first)
    wanted = known.inward[stream[begin + 1]]
    low, high = np.int64(known.table.pair_ends[first]), np.int64(known.table.pair_ends[first + 1])
    while low < high:
        middle = (low + high) // 2
        if known.table.seconds[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    if low < np.int64(known.table.pair_ends[first + 1]) and known.table.seconds[low] == wanted:
        return len(known.outward) + low
    return np.int64(0)


@njit(nogil=True)
def _list(stream: Any, begin: Any, end: Any, first: Any, last: Any, known: Any, tried: Any) -> Any:
    """Put what stands in a place and its alternatives `first` to `last` into rows, behind two words; how many rows."""
    rows, sizes, weights, many = tried.rows, tried.sizes, tried.weights, 1
    listed, phrases, outward, worths = known.table.listed, known.table.phrases, known.outward, known.weights
    sizes[0], weights[0] = end - begin, worths[end - begin, len(known.table.worths)]
    for at in range(end - begin):
        rows[0, 2 + at] = stream[begin + at]
    for entry in listed[first:last]:
        unit, size = np.int64(entry & np.uint32((1 << UNIT) - 1)), 1
        if unit < len(outward):
            rows[many, 2] = outward[unit]
        else:
            size, unit = LONGEST, unit - len(outward)
            rows[many, 2], rows[many, 3] = outward[phrases[unit, 0]], outward[phrases[unit, 1]]
        if rows[many, 2] and rows[many, 1 + size]:  # both words are known
            sizes[many], weights[many] = size, worths[size, entry >> np.uint32(UNIT)]
            many += 1
    for row in range(many):
        size = sizes[row]
        rows[row, 0], rows[row, 1] = stream[begin - 2], stream[begin - 1]
        rows[row, 2 + size], rows[row, 3 + size] = stream[end], stream[end + 1]
    return many


@njit(nogil=True)
def _gain(stream: Any, begin: Any, end: Any, known: Any, model: Any, own: Any, tried: Any) -> Any:
    """What log probability `stream[begin:end]` wins by the best of its alternatives."""
    if stream[begin] < WORDS or stream[end - 1] < WORDS:
        return 0.0
    number = _list_of(stream, begin, end, known)
    first, last = np.int64(known.table.ends[number]), np.int64(known.table.ends[number + 1])
    if first == last:
        return 0.0
    many = _list(stream, begin, end, first, last, known, tried)
    before = ngram_count(pair_key(model.codes[stream[begin - 2]], model.codes[stream[begin - 1]]), model, own)
    behind = ngram_count(pair_key(model.codes[stream[end]], model.codes[stream[end + 1]]), model, own)
    _count(tried, many, model, own)
    _count_triples(tried, many, before, model, own)
    return _best(tried, many, before, behind, model, own)


@njit(nogil=True)
def _worst(odds: Any, worst: Any) -> Any:
    """Numbers of the words with the highest log odds, at most as many as `worst` has room for; how many there are."""
    count = 0
    for word in range(len(odds)):
        if count == len(worst) and not odds[word] > odds[worst[count - 1]]:
            continue
        at = min(count, len(worst) - 1)
        while at > 0 and odds[worst[at - 1]] < odds[word]:
            worst[at] = worst[at - 1]
            at -= 1
        worst[at] = word
        count = min(count + 1, len(worst))
    return count


@kernel
def gains(texts: Any, known: Any, model: Any, own: Any, found: Any) -> None:
    """What log probability some texts would win by an alternative in the place of each of their worst words, into
    `found` (k, places), 0 for none; the n-grams of `own` are forgotten meanwhile. `known` is the table, see
    `rewording_table.Translated`.
    """
    worst, tried = np.empty(found.shape[1], np.int64), _room()
    for looked in range(len(texts.numbers)):
        number = texts.numbers[looked]
        words, ids = texts.starts[number, 0], texts.starts[number, 1]
        many, size = texts.lengths[number, 0], texts.lengths[number, 1]
        stream = texts.streams[ids : ids + size]
        for place in range(_worst(texts.odds[words : words + many], worst)):
            at = texts.places[words + worst[place]]
            best = max(0.0, _gain(stream, at, at + 1, known, model, own, tried))
            best = max(best, _gain(stream, at - 1, at + 1, known, model, own, tried))
            found[looked, place] = max(best, _gain(stream, at, at + 2, known, model, own, tried))
