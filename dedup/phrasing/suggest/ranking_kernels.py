"""Kernels of suggestions: what is likely to have stood in the bad places of a text, of what a thesaurus lists.

Everything that is listed for the words and phrases of a place is tried in its context. What stays the same beside a
change is counted once for all of them. Arrays and scalars, and NamedTuples of them, only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS, pair_key, triple_key
from dedup.phrasing.scoring.level_kernels import Grams, Own, level, look_up_keys
from dedup.phrasing.scoring.sequence_kernels import Model, next_chance
from dedup.runtime.compiler import njit
from dedup.runtime.simd import kernel

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


class Known(NamedTuple):
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


class Rules(NamedTuple):
    """When a change is made, see `ranking`."""

    weights: NDArray[np.float64]
    stay: float
    least_chance: float
    least_gain: float
    length: float


class Reworded(NamedTuple):
    """Places with what probably stood there."""

    spans: NDArray[np.int64]
    """(g, 2) first and last word."""
    severities: NDArray[np.float64]
    gains: NDArray[np.float64]
    sizes: NDArray[np.int64]
    """(g,) words of the new wording, 0 for none."""
    wordings: NDArray[np.int64]
    """(g, ROW) their ids; -1 less the number of the word in the text, where it has no id."""


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


class _Scratch(NamedTuple):
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
    room = 0
    while room < LONGEST - 1:
        word += step
        if word < 0 or word >= len(places) or done[word] or places[word] != places[word - step] + step:
            break
        room += 1
    return room


@njit(nogil=True)
def _reach(places: Any, done: Any, first: Any, last: Any) -> Any:
    """First and last word (exclusive) that phrases reach from a place."""
    return first - _room(places, done, first, -1), last + _room(places, done, last, 1) + 1


@njit(nogil=True)
def _mark(marks: Any, first: Any, last: Any) -> None:
    for at in range(first, last + 1):
        marks[at] = 1


@njit(nogil=True)
def _worst(chances: Any, first: Any, last: Any) -> Any:
    worst = chances[first]
    for at in range(first + 1, last + 1):
        worst = max(worst, chances[at])
    return worst


@kernel
def find_groups(
    chances: Any, places: Any, order: Any, severe: Any, as_bad: Any, most: Any, groups: Any, near: Any
) -> Any:  # fmt: skip
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
            if (
                behind < len(chances) and not taken[behind] and chances[behind] >= least
                and places[behind] == places[last] + 1
            ):  # fmt: skip
                last = behind
            elif before >= 0 and not taken[before] and chances[before] >= least and places[before] == places[first] - 1:
                first = before
            else:
                break
        _mark(taken, first, last)
        begin, end = _reach(places, none, first, last)
        _mark(near, begin, end - 1)
        groups[count, 0], groups[count, 1] = first, last
        count += 1
        if count == most:
            break
    return count


@njit(nogil=True)
def _new_row() -> Any:
    return _Row(np.zeros(ROW, np.uint32), np.full(ROW, -1, np.int64), np.zeros(ROW), np.zeros(ROW),
                np.zeros(ROW, np.float32))  # fmt: skip


@njit(nogil=True)
def _fill(row: Any, text: Any, begin: Any, end: Any) -> None:
    """Words `begin` to `end` of a text, which stand in a row, with what is around them."""
    at, size = text.places[begin], end - begin
    for place in range(size + 4):
        row.ids[place] = text.stream[min(at - 2 + place, len(text.stream) - 1)]
        row.words[place] = begin + place - 2


@njit(nogil=True)
def _new_scratch(most: Any) -> Any:
    grams = most * (LONGEST + 2)
    return _Scratch(
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
    keys, levels, codes, values, ids = (
        scratch.keys[1],
        scratch.levels[0],
        known.model.codes,
        known.model.values,
        row.ids,
    )
    words, sizes, units, span_of, pairs = lists.words, lists.sizes, scratch.units, scratch.spans, row.pairs
    filled, pair = 0, 0
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
def _chances(
    row: Any, size: Any, spans: Any, count: Any, lists: Any, known: Any, scratch: Any, odds: Any, general: Any
) -> None:  # fmt: skip
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
def _listed(row: Any, size: Any, first: Any, last: Any, text: Any, spans: Any) -> Any:
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
def _offsets(spans: Any, lists: Any, first: Any) -> Any:
    """Where the alternatives of each span begin, from `first` on; where they end."""
    for span in range(len(spans)):
        spans[span, FIRST] = first
        first += lists.ends[spans[span, LIST] + 1] - lists.ends[spans[span, LIST]]
    return first


@njit(nogil=True)
def _try(row: Any, size: Any, spans: Any, text: Any, lists: Any, known: Any, odds: Any, general: Any) -> None:
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
def _try_all(text: Any, lists: Any, known: Any) -> Any:
    """What all that is listed for the words and phrases of the places of a text wins there."""
    many, none = len(text.groups), np.zeros(len(text.places), np.uint8)
    spans, ends = np.empty((many * REACH * LONGEST, 5), np.int64), np.zeros(many + 1, np.int64)
    row, reach, total = _new_row(), np.empty((many, 2), np.int64), 0
    for place in range(many):
        first, last = text.groups[place, 0], text.groups[place, 1]
        begin, end = _reach(text.places, none, first, last)
        reach[place, 0], reach[place, 1] = begin, end
        _fill(row, text, begin, end)
        part = spans[ends[place] :]
        count = _listed(row, end - begin, first - begin, last + 1 - begin, text, part)
        for span in range(count):
            part[span, PLACE] = place
        total = _offsets(part[:count], lists, total)
        ends[place + 1] = ends[place] + count
    odds, general = np.empty(total), np.empty(total)
    for place in range(many):
        begin, end = reach[place, 0], reach[place, 1]
        _fill(row, text, begin, end)
        _try(row, end - begin, spans[ends[place] : ends[place + 1]], text, lists, known, odds, general)
    return Tried(spans[: ends[many]], ends, odds, general, reach)


@njit(nogil=True)
def _chains(tried: Any, lists: Any) -> Any:
    """The first span of each list, and the next one of the same; -1 for none."""
    heads, following = np.full(len(lists.ends) - 1, -1, np.int64), np.full(len(tried.spans), -1, np.int64)
    for span in range(len(tried.spans) - 1, -1, -1):
        number = tried.spans[span, LIST]
        following[span], heads[number] = heads[number], span
    return heads, following


@njit(nogil=True)
def _elsewhere(number: Any, entry: Any, place: Any, tried: Any, heads: Any, following: Any) -> Any:
    """Nats that an entry of a list wins in other places of the text, in each of them once."""
    total, span = 0.0, heads[number]
    while span >= 0:
        here, won = tried.spans[span, PLACE], np.nan
        while span >= 0 and tried.spans[span, PLACE] == here:
            last = tried.odds[tried.spans[span, FIRST] + entry]
            won = won if np.isnan(last) else last
            span = following[span]
        if here != place and not np.isnan(won):
            total += won
    return total


@kernel
def fill_elsewhere(tried: Any, lists: Any, elsewhere: Any) -> None:
    """What all that was tried in a text wins in its other places."""
    heads, following = _chains(tried, lists)
    for span in range(len(tried.spans)):
        number, first = tried.spans[span, LIST], tried.spans[span, FIRST]
        for entry in range(lists.ends[number + 1] - lists.ends[number]):
            elsewhere[first + entry] = _elsewhere(number, entry, tried.spans[span, PLACE], tried, heads, following)


@njit(nogil=True)
def _rank(spans: Any, place: Any, here: Any, chains: Any, tried: Any, lists: Any, rules: Any, ranked: Any) -> Any:
    """How likely each alternative in some spans is (log, from the first span on); which span and which entry has the
    best, -1 where to change nothing is likelier. `here` are log probabilities won, in the reference and in general.
    """
    best, best_span, best_entry, weights = rules.stay, -1, 0, rules.weights
    (odds, general), (heads, following) = here, chains
    ends, units, worths, sizes, once = lists.ends, lists.units, lists.worths, lists.sizes, tried.spans
    for span in range(len(spans)):
        number, first, length = spans[span, LIST], spans[span, FIRST], spans[span, LENGTH]
        head, shift = heads[number], spans[span, FIRST] - spans[0, FIRST]
        alone = head < 0 or (following[head] < 0 and once[head, PLACE] == place)
        for entry in range(ends[number + 1] - ends[number]):
            at, listed, elsewhere = first + entry, ends[number] + entry, 0.0
            if np.isnan(odds[at]):
                ranked[shift + entry] = -np.inf
                continue
            if not alone:
                elsewhere = _elsewhere(number, entry, place, tried, heads, following)
            longer = np.int64(sizes[units[listed]]) - length
            worth = (
                odds[at] * weights[0] + general[at] * weights[1] + worths[listed] * weights[2] + longer * weights[3]
                + elsewhere * weights[4]
            )  # fmt: skip
            ranked[shift + entry] = worth
            if worth > best:
                best, best_span, best_entry = worth, span, entry
    return best_span, best_entry


@njit(nogil=True)
def _chance(spans: Any, chosen: Any, best: Any, lists: Any, rules: Any, ranked: Any) -> Any:
    """Chance of the best alternative among those that change some of the same words, and no change."""
    start, total = spans[chosen, START], np.exp(rules.stay - best)
    for span in range(len(spans)):
        other = spans[span, START]
        if other < start + spans[chosen, LENGTH] and start < other + spans[span, LENGTH]:
            first = spans[span, FIRST] - spans[0, FIRST]
            number = spans[span, LIST]
            for at in range(first, first + lists.ends[number + 1] - lists.ends[number]):
                total += np.exp(ranked[at] - best)
    return 1 / total


@njit(nogil=True)
def _change(row: Any, size: Any, span: Any, unit: Any, lists: Any) -> Any:
    """Put a unit in the place of a span of a row; returns how many words it then has."""
    begin, end, own = 2 + span[START], 2 + span[START] + span[LENGTH], np.int64(lists.sizes[unit])
    ids, words, longer = row.ids, row.words, own - span[LENGTH]
    for step in range(size + 4 - end):
        at = end + step if longer < 0 else size + 3 - step  # nothing is written over before it is read
        ids[at + longer], words[at + longer] = ids[at], words[at]
    for at in range(own):
        ids[begin + at], words[begin + at] = lists.words[unit, at], -1
    return size + longer


@njit(nogil=True)
def _reword(
    row: Any, size: Any, first: Any, last: Any, place: Any, same: Any, text: Any, tried: Any, lists: Any, known: Any,
    rules: Any, chains: Any,
) -> Any:  # fmt: skip
    """Make the likeliest change in a row until none is likely; `same`: it is what was tried in its place. Returns its
    size and the place in it (end exclusive), and what it has won, 0 where nothing was changed.
    """
    room, won = np.zeros((REACH * LONGEST, 5), np.int64), 0.0
    for step in range(STEPS):
        if step == 0 and same:
            spans, here = tried.spans[tried.ends[place] : tried.ends[place + 1]], (tried.odds, tried.general)
        else:
            spans = room[: _listed(row, size, first, last, text, room)]
            total = _offsets(spans, lists, 0)
            here = np.empty(total), np.empty(total)
            _try(row, size, spans, text, lists, known, here[0], here[1])
        if not len(spans):
            break
        number = spans[-1, LIST]
        ranked = np.empty(spans[-1, FIRST] - spans[0, FIRST] + lists.ends[number + 1] - lists.ends[number])
        chosen, entry = _rank(spans, place, here, chains, tried, lists, rules, ranked)
        if chosen < 0:
            break
        at, span = spans[chosen, FIRST] + entry, spans[chosen]
        unit = lists.units[lists.ends[span[LIST]] + entry]
        grown = np.int64(lists.sizes[unit]) - span[LENGTH]
        gain = here[0][at] + rules.length * grown
        best = ranked[at - spans[0, FIRST]]
        if gain < rules.least_gain or _chance(spans, chosen, best, lists, rules, ranked) < rules.least_chance:
            break
        first, last = min(first, span[START]), max(last, span[START] + span[LENGTH]) + grown
        size = _change(row, size, span, unit, lists)
        won += gain
    return size, first, last, won


@njit(nogil=True)
def _write(row: Any, first: Any, last: Any, wording: Any) -> Any:
    """The words of a row from `first` to `last` (exclusive) as `Reworded.wordings` holds them; how many they are."""
    for at in range(first, last):
        number = np.int64(row.ids[2 + at])
        wording[at - first] = number if number >= WORDS else -1 - row.words[2 + at]
    return last - first


@kernel
def reword(text: Any, lists: Any, known: Any, rules: Any, order: Any, out: Any) -> Any:
    """What probably stood in the places of a text. `order` (g,) says in which order they are looked at: from one, a
    phrase may reach to what is less bad beside it. Returns how many places are left, and the columns of `Tried`.
    """
    done, row, tried = np.zeros(len(text.places), np.uint8), _new_row(), _try_all(text, lists, known)
    chains, count = _chains(tried, lists), 0
    for place in order:
        first, last = text.groups[place, 0], text.groups[place, 1]
        while first < last and done[first]:
            first += 1
        while first < last and done[last]:
            last -= 1
        if done[first]:
            continue
        begin, end = _reach(text.places, done, first, last)
        whole = last - first == text.groups[place, 1] - text.groups[place, 0]
        same = whole and begin == tried.reach[place, 0] and end == tried.reach[place, 1]
        _fill(row, text, begin, end)
        size, new_first, new_last, won = _reword(
            row, end - begin, first - begin, last + 1 - begin, place, same, text, tried, lists, known, rules, chains
        )  # fmt: skip
        out.severities[count], out.gains[count] = _worst(text.chances, first, last), won
        out.sizes[count] = _write(row, new_first, new_last, out.wordings[count]) if won > 0 else 0
        if won > 0:
            first, last = begin + new_first, end - 1 - (size - new_last)
        out.spans[count, 0], out.spans[count, 1] = first, last
        _mark(done, first, last)
        count += 1
    return count, tried.spans, tried.ends, tried.odds, tried.general, tried.reach
