"""Kernels of suggestions: which of the alternatives that were tried (`alternative_kernels`) is likely in each place of
a text. Arrays and scalars, and NamedTuples of them, only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.suggest.alternative_kernels import (
    FIRST,
    LENGTH,
    LIST,
    LONGEST,
    PLACE,
    REACH,
    START,
    STEPS,
    fill_row,
    listed_spans,
    mark,
    new_row,
    reach_of,
    set_offsets,
    try_all,
    try_spans,
)
from dedup.runtime.jit import kernel, njit


class ChangeRules(NamedTuple):
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


@njit(nogil=True)
def _worst(chances: Any, first: Any, last: Any) -> Any:
    worst = chances[first]
    for at in range(first + 1, last + 1):
        worst = max(worst, chances[at])
    return worst


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
            spans = room[: listed_spans(row, size, first, last, text, room)]
            total = set_offsets(spans, lists, 0)
            here = np.empty(total), np.empty(total)
            try_spans(row, size, spans, text, lists, known, here[0], here[1])
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
    done, row, tried = np.zeros(len(text.places), np.uint8), new_row(), try_all(text, lists, known)
    chains, count = _chains(tried, lists), 0
    for place in order:
        first, last = text.groups[place, 0], text.groups[place, 1]
        while first < last and done[first]:
            first += 1
        while first < last and done[last]:
            last -= 1
        if done[first]:
            continue
        begin, end = reach_of(text.places, done, first, last)
        whole = last - first == text.groups[place, 1] - text.groups[place, 0]
        same = whole and begin == tried.reach[place, 0] and end == tried.reach[place, 1]
        fill_row(row, text, begin, end)
        size, new_first, new_last, won = _reword(
            row, end - begin, first - begin, last + 1 - begin, place, same, text, tried, lists, known, rules, chains
        )  # fmt: skip
        out.severities[count], out.gains[count] = _worst(text.chances, first, last), won
        out.sizes[count] = _write(row, new_first, new_last, out.wordings[count]) if won > 0 else 0
        if won > 0:
            first, last = begin + new_first, end - 1 - (size - new_last)
        out.spans[count, 0], out.spans[count, 1] = first, last
        mark(done, first, last)
        count += 1
    return count, tried.spans, tried.ends, tried.odds, tried.general, tried.reach
