"""Kernels of suggestions: what all that a thesaurus lists for the bad places of a text would win there.

What stays the same beside a change is counted once for all changes, and n-grams are looked up a place at a time. Arrays
and scalars, and NamedTuples of them, only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS, pair_key, triple_key
from dedup.phrasing.scoring.level_kernels import Grams, Own, level, look_up_keys
from dedup.phrasing.scoring.sequence_kernels import Model, next_chance
from dedup.runtime.jit import kernel, njit

F = np.float32
_NO_COUNTS = np.zeros(1, np.int32)
LONGEST = 3
"""Words of a phrase, and of a place."""
STEPS = 3
"""Changes made in one place."""
REACH = LONGEST + 2 * (LONGEST - 1)
"""Words of a place and of the phrases that reach out of it."""
ROW = 4 + REACH + STEPS * (LONGEST - 1)
"""The same after all changes, with two words before and two behind."""
PLACE, START, LENGTH, LIST, FIRST = range(5)
"""Columns of spans: number of the place, first word (of those that phrases reach from it), words, what is listed for
them, and where that begins among all that was tried."""
PAIR_PRIOR, WORD_PRIOR, MILLIARD = 30_000.0, 50.0, 1e9
"""Occurrences in a milliard words of general English that smooth pairs of words, and words."""


class Lists(NamedTuple):
    """What a thesaurus lists, for words and phrases that were asked for."""

    ends: NDArray[np.int64]
    """(lists + 1,) where each list begins, and the last one ends; the first one is empty."""
    units: NDArray[np.int32]
    """(listed,) numbers of wordings: of a single word its id."""
    worths: NDArray[np.float64]
    """(listed,) nats for what each means."""
    words: NDArray[np.uint32]
    """(units, LONGEST) ids of the words of each wording, 0 behind them."""
    sizes: NDArray[np.uint8]
    """(units,) how many they are."""
    names: NDArray[np.uint8]
    """(units,) whether it is meant only by what has a capital."""


class Probabilities(NamedTuple):
    """What gives words their probability: a reference, and general English."""

    model: Model
    general: Grams
    levels: NDArray[np.float64]
    """(256,) occurrences of each level, in a milliard words."""
    occurrences: NDArray[np.float64]
    """(ids,) of each word."""


class BadText(NamedTuple):
    """A text with g bad places, of w words."""

    stream: NDArray[np.uint32]
    """Ids with marks, two before the first word and one behind the last."""
    places: NDArray[np.int64]
    """(w,) of each word in it."""
    chances: NDArray[np.float64]
    """(w,)"""
    groups: NDArray[np.int64]
    """(g, 2) first and last word of each place."""
    lists: NDArray[np.int32]
    """(w, LONGEST) what is listed for the one, two … words from each on that a place reaches; else 0."""
    capitals: NDArray[np.uint8]
    """(w,) whether each of these words has a capital."""


class Tried(NamedTuple):
    """What was tried in the places of a text."""

    spans: NDArray[np.int64]
    """(s, 5) words and phrases for which something is listed, see PLACE …"""
    ends: NDArray[np.int64]
    """(g + 1,) where those of each place begin, and the last one ends."""
    odds: NDArray[np.float64]
    """Log probability that each alternative wins in the reference, nan where it is not meant."""
    general: NDArray[np.float64]
    """The same in general English."""
    reach: NDArray[np.int64]
    """(g, 2) first and last word (exclusive) that phrases reach from each place."""


class _Row(NamedTuple):
    """The words that phrases reach from a place, with two before and two behind, as they are at the time."""

    ids: NDArray[np.uint32]
    words: NDArray[np.int64]
    """Numbers in the text; -1 for what a change has brought: what is changed again drifts from what it meant."""
    chances: NDArray[np.float64]
    general: NDArray[np.float64]
    """Probability of each in the reference, and in general English."""
    pairs: NDArray[np.float32]
    """How often it and the one before stand in a row."""


class _Room(NamedTuple):
    """Room for what is tried in one place."""

    units: NDArray[np.int64]
    """(m,) numbers of the wordings."""
    spans: NDArray[np.int64]
    """(m,) and in the place of which span each is tried."""
    at: NDArray[np.int64]
    """(m,) where what each wins is written."""
    keys: NDArray[np.uint64]
    """(2, m * (LONGEST + 2)) of pairs and of triples, one wording after the other."""
    places: NDArray[np.uint64]
    levels: NDArray[np.uint8]
    """(3, m * (LONGEST + 2)) of pairs in the reference and in general English, and of triples."""


@njit(nogil=True)
def _room(places: Any, done: Any, word: Any, step: Any) -> Any:
    """Words on one side of `word` that a phrase of it may reach: no mark and no other place lies between them."""
    for room in range(LONGEST - 1):
        word += step
        if word < 0 or word >= len(places) or done[word] or places[word] != places[word - step] + step:
            return room
    return LONGEST - 1


@njit(nogil=True)
def reach_of(places: Any, done: Any, first: Any, last: Any) -> Any:
    """First and last word (exclusive) that phrases reach from a place."""
    return first - _room(places, done, first, -1), last + _room(places, done, last, 1) + 1


@njit(nogil=True)
def mark(marks: Any, first: Any, last: Any) -> None:
    """Mark some words, `last` included."""
    for at in range(first, last + 1):
        marks[at] = 1


@kernel
def find_groups(chances: Any, places: Any, order: Any, severe: Any, as_bad: Any, most: Any, groups: Any,
                near: Any) -> Any:  # fmt: skip
    """First and last word of bad places into `groups` (most, 2): the worst word, and what is nearly as bad beside it.
    `order` are the words with a chance of `severe` or more, the worst first. Words that phrases reach from them are
    marked in `near` (w,). Returns how many places there are.
    """
    taken, none, count = np.zeros(len(chances), np.uint8), np.zeros(len(chances), np.uint8), 0
    for worst in order:
        if taken[worst]:
            continue
        first = last = worst
        least = max(severe, as_bad * chances[worst])
        while last - first + 1 < LONGEST:
            behind, before = last + 1, first - 1
            free = behind < len(chances) and not taken[behind] and chances[behind] >= least
            if free and places[behind] == places[last] + 1:
                last = behind
            elif before >= 0 and not taken[before] and chances[before] >= least and places[before] == places[first] - 1:
                first = before
            else:
                break
        mark(taken, first, last)
        groups[count, 0], groups[count, 1] = first, last
        first, last = reach_of(places, none, first, last)
        mark(near, first, last - 1)
        count += 1
        if count == most:
            return count
    return count


@njit(nogil=True)
def new_row() -> Any:
    """Room for one."""
    return _Row(np.zeros(ROW, np.uint32), np.full(ROW, -1, np.int64), np.zeros(ROW), np.zeros(ROW),
                np.zeros(ROW, np.float32))  # fmt: skip


@njit(nogil=True)
def fill_row(row: Any, text: Any, begin: Any, end: Any) -> None:
    """Words `begin` to `end` of a text, which stand in a row, with what is around them."""
    at, size = text.places[begin], end - begin
    for place in range(size + 4):
        row.ids[place] = text.stream[min(at - 2 + place, len(text.stream) - 1)]
        row.words[place] = begin + place - 2


@njit(nogil=True)
def _new_scratch(most: Any) -> Any:
    grams = most * (LONGEST + 2)
    return _Room(
        np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64), np.empty((2, grams), np.uint64),
        np.empty(grams, np.uint64), np.empty((3, grams), np.uint8),
    )  # fmt: skip


@njit(nogil=True)
def _general_chance(one: Any, word: Any, pair: Any, occurrences: Any) -> Any:
    """Probability of a word by words and pairs of general English; of a mark, and after one, nothing is known."""
    if word < WORDS:
        return 1.0
    chance = (occurrences[word] + WORD_PRIOR) / MILLIARD
    return (pair + PAIR_PRIOR * chance) / (occurrences[one] + PAIR_PRIOR) if one >= WORDS else chance


@njit(nogil=True)
def _measure(row: Any, size: Any, known: Any) -> Any:
    """Probabilities of all `size` words of a row and the two behind them; their products."""
    ids, chance, general, model = row.ids, 1.0, 1.0, known.model
    codes, values, counts = model.codes, model.values, model.frequencies
    row.pairs[1] = values[level(pair_key(codes[ids[0]], codes[ids[1]]), model.grams)]
    for at in range(2, size + 4):
        one, word, triple = ids[at - 1], ids[at], F(0)
        key = pair_key(codes[one], codes[word])
        row.pairs[at] = values[level(key, model.grams)]
        if row.pairs[at - 1] > F(0):
            triple = values[level(triple_key(codes[ids[at - 2]], codes[one], codes[word]), model.grams)]
        row.chances[at] = next_chance(counts[word], counts[one], row.pairs[at], triple, row.pairs[at - 1], model.total)
        chance *= row.chances[at]
        if at < size + 3:
            pair = known.levels[level(key, known.general)]
            row.general[at] = _general_chance(one, word, pair, known.occurrences)
            general *= row.general[at]
    return chance, general


@njit(nogil=True)
def _wordings(row: Any, spans: Any, text: Any, lists: Any, scratch: Any) -> Any:
    """All that is listed for some spans of a row and may be meant there; how much it is."""
    ends, units, names, words, capitals = lists.ends, lists.units, lists.names, row.words, text.capitals
    chosen, span_of, places, count = scratch.units, scratch.spans, scratch.at, 0
    for span in range(len(spans)):
        number, first = spans[span, LIST], spans[span, FIRST]
        capital, begin = capitals[words[2 + spans[span, START]]], ends[number]
        for entry in range(begin, ends[number + 1]):
            unit = units[entry]
            if capital or not names[unit]:
                chosen[count], span_of[count], places[count] = unit, span, first + entry - begin
                count += 1
    return count


@njit(nogil=True)
def _pair_levels(row: Any, spans: Any, count: Any, lists: Any, known: Any, scratch: Any) -> None:
    """Levels of the pairs of each wording: with the word before, of its own, with the word behind."""
    keys, codes, ids, filled = scratch.keys[0], known.model.codes, row.ids, 0
    words, sizes, units, span_of = lists.words, lists.sizes, scratch.units, scratch.spans
    for number in range(count):
        span, unit = span_of[number], units[number]
        begin = 2 + spans[span, START]
        one, behind = codes[ids[begin - 1]], codes[ids[begin + spans[span, LENGTH]]]
        for at in range(sizes[unit]):
            two = codes[words[unit, at]]
            keys[filled] = pair_key(one, two)
            one, filled = two, filled + 1
        keys[filled] = pair_key(one, behind)
        filled += 1
    nothing = Own(keys[:1], _NO_COUNTS)
    look_up_keys(keys, 0, filled, known.model.grams, nothing, scratch.places, scratch.levels[0])
    look_up_keys(keys, 0, filled, known.general, nothing, scratch.places, scratch.levels[1])


@njit(nogil=True)
def _triple_levels(row: Any, spans: Any, count: Any, lists: Any, known: Any, scratch: Any) -> None:
    """Levels of the triples of each wording of which the first two were ever seen; others do not matter."""
    keys, levels, codes, values = scratch.keys[1], scratch.levels[0], known.model.codes, known.model.values
    words, sizes, units, span_of, ids, pairs = (lists.words, lists.sizes, scratch.units, scratch.spans, row.ids,
                                                row.pairs)  # fmt: skip
    filled = pair = 0
    for number in range(count):
        span, unit = span_of[number], units[number]
        begin, end = 2 + spans[span, START], 2 + spans[span, START] + spans[span, LENGTH]
        one, two, size = codes[ids[begin - 2]], codes[ids[begin - 1]], np.int64(sizes[unit])
        context = pairs[begin - 1]
        for at in range(size + 2):
            three = codes[words[unit, at] if at < size else ids[end + at - size]]
            if context > F(0):
                keys[filled] = triple_key(one, two, three)
                filled += 1
            if at <= size:
                context = values[levels[pair]]
                pair += 1
            one, two = two, three
    look_up_keys(keys, 0, filled, known.model.grams, Own(keys[:1], _NO_COUNTS), scratch.places, scratch.levels[2])


@njit(nogil=True)
def _chances(row: Any, size: Any, spans: Any, count: Any, lists: Any, known: Any, scratch: Any, odds: Any,
             general: Any) -> None:  # fmt: skip
    """Probabilities of a row with each wording; multiplied in the order of the words, so that two ways to one wording
    are worth the same.
    """
    levels, values, counts, total = scratch.levels, known.model.values, known.model.frequencies, known.model.total
    ids, row_pairs, row_chances, row_general = row.ids, row.pairs, row.chances, row.general
    words, sizes, units, span_of, places = lists.words, lists.sizes, scratch.units, scratch.spans, scratch.at
    general_counts, occurrences, triples, pairs = known.levels, known.occurrences, 0, 0
    for number in range(count):
        span, unit = span_of[number], units[number]
        begin, end = 2 + spans[span, START], 2 + spans[span, START] + spans[span, LENGTH]
        chance, usual, own = 1.0, 1.0, np.int64(sizes[unit])
        for at in range(2, begin):
            chance *= row_chances[at]
            usual *= row_general[at]
        one, context = ids[begin - 1], row_pairs[begin - 1]
        for at in range(own + 2):
            word, pair, triple = words[unit, at] if at < own else ids[end + at - own], row_pairs[end + 1], F(0)
            if context > F(0):
                triple = values[levels[2, triples]]
                triples += 1
            if at <= own:
                pair = values[levels[0, pairs]]
                usual *= _general_chance(one, word, general_counts[levels[1, pairs]], occurrences)
                pairs += 1
            chance *= next_chance(counts[word], counts[one], pair, triple, context, total)
            one, context = word, pair
        for at in range(end + 2, size + 4):
            chance *= row_chances[at]
        for at in range(end + 1, size + 3):
            usual *= row_general[at]
        odds[places[number]], general[places[number]] = chance, usual


@njit(nogil=True)
def listed_spans(row: Any, size: Any, first: Any, last: Any, text: Any, spans: Any) -> Any:
    """Spans of a row that have one of its words from `first` to `last`, and none that a change has brought, for which
    something is listed; how many they are.
    """
    count = 0
    for start in range(last):
        for end in range(max(start + 1, first + 1), min(start + LONGEST, size) + 1):
            new = False
            for at in range(start, end):
                new |= row.words[2 + at] < 0
            number = 0 if new else text.lists[row.words[2 + start], end - start - 1]
            if number:
                spans[count, START], spans[count, LENGTH], spans[count, LIST] = start, end - start, number
                count += 1
    return count


@njit(nogil=True)
def set_offsets(spans: Any, lists: Any, first: Any) -> Any:
    """Where the alternatives of each span begin, from `first` on; where they end."""
    for span in range(len(spans)):
        spans[span, FIRST] = first
        first += lists.ends[spans[span, LIST] + 1] - lists.ends[spans[span, LIST]]
    return first


@njit(nogil=True)
def try_spans(row: Any, size: Any, spans: Any, text: Any, lists: Any, known: Any, odds: Any, general: Any) -> None:
    """What all that is listed for some spans of a row wins in their place, from the first span on; else nan."""
    if not len(spans):
        return
    number, first = spans[-1, LIST], spans[0, FIRST]
    end = spans[-1, FIRST] + lists.ends[number + 1] - lists.ends[number]
    scratch = _new_scratch(end - first)
    now, general_now = _measure(row, size, known)
    count = _wordings(row, spans, text, lists, scratch)
    _pair_levels(row, spans, count, lists, known, scratch)
    _triple_levels(row, spans, count, lists, known, scratch)
    for at in range(first, end):
        odds[at] = general[at] = np.nan
    _chances(row, size, spans, count, lists, known, scratch, odds, general)
    for at in range(first, end):
        odds[at], general[at] = np.log(odds[at] / now), np.log(general[at] / general_now)


@njit(nogil=True)
def try_all(text: Any, lists: Any, known: Any) -> Any:
    """What all that is listed for the words and phrases of the places of a text wins there."""
    many, none = len(text.groups), np.zeros(len(text.places), np.uint8)
    spans, ends = np.empty((many * REACH * LONGEST, 5), np.int64), np.zeros(many + 1, np.int64)
    row, reach, total = new_row(), np.empty((many, 2), np.int64), 0
    for place in range(many):
        first, last = text.groups[place, 0], text.groups[place, 1]
        begin, end = reach_of(text.places, none, first, last)
        reach[place, 0], reach[place, 1] = begin, end
        fill_row(row, text, begin, end)
        part = spans[ends[place] :]
        count = listed_spans(row, end - begin, first - begin, last + 1 - begin, text, part)
        for span in range(count):
            part[span, PLACE] = place
        total = set_offsets(part[:count], lists, total)
        ends[place + 1] = ends[place] + count
    odds, general = np.empty(total), np.empty(total)
    for place in range(many):
        begin, end = reach[place, 0], reach[place, 1]
        fill_row(row, text, begin, end)
        try_spans(row, end - begin, spans[ends[place] : ends[place + 1]], text, lists, known, odds, general)
    return Tried(spans[: ends[many]], ends, odds, general, reach)
