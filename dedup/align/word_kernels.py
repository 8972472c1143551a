"""Word kernels: two texts word by word, what was kept and what replaced.

Inside a passage words are aligned in order, between anchors (word pairs that occur once on each side), by dynamic
programming in the small gaps that are left. Sentences that moved are aligned on their own.

Arrays, scalars and NamedTuples of them only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.align.figures import DELETE, EQUAL, INSERT, REPLACE
from dedup.align.seed_kernels import ground, mask_for, sort_places
from dedup.runtime.hash_tables import fill, find_slot
from dedup.runtime.jit import njit

U = np.uint64
MARGIN = 3
"""Sentences before and after a passage that are tried too."""
MATCH_COMMON, MATCH_RARE, SKIP = 3, 6, -1
"""Dynamic programming: a kept word that is common in the two texts, one that is not, a word that has no counterpart."""
CELLS = 1 << 14
"""Largest table for one gap between anchors (128 by 128 words). What is larger is hardly one passage; sentences in it
that belong together are aligned one by one."""
BAND = 24
"""Words that the two sides of such a gap may be out of step; copies are rewritten in place."""
_NEVER = -(1 << 30)
KEPT, KEPT_WEIGHT = 0.22, 0.12
"""Share of a sentence's words, and of their weight, that must be kept, or its matches are taken for chance."""


class _Side(NamedTuple):
    """One of the two texts, while it is aligned."""

    ids: NDArray[np.int32]
    bounds: NDArray[np.int64]
    """Where each sentence begins, and the end of the last."""
    partner: NDArray[np.int32]
    """The same word on the other side, -1 for none."""


@njit(nogil=True)
def _anchors(ids_a: Any, a0: Any, a1: Any, ids_b: Any, b0: Any, b1: Any, out: Any) -> Any:
    """Word pairs that stand once in each stretch, in an order that both keep (patience: the longest such chain).

    `out` gets their places (count, 2); returns the number.
    """
    if a1 - a0 < 2 or b1 - b0 < 2:
        return 0
    mask = mask_for(a1 - a0 + b1 - b0)
    table = np.zeros(mask + U(1), np.uint64)
    at_a, at_b = np.full(mask + U(1), -1, np.int32), np.full(mask + U(1), -1, np.int32)
    for place in range(a0, a1 - 1):
        value = (U(ids_a[place]) << U(32) | U(ids_a[place + 1])) + U(1)
        slot = find_slot(table, value, mask)
        table[slot] = value
        at_a[slot] = place if at_a[slot] == -1 else -2
    for place in range(b0, b1 - 1):
        value = (U(ids_b[place]) << U(32) | U(ids_b[place + 1])) + U(1)
        slot = find_slot(table, value, mask)
        table[slot] = value
        at_b[slot] = place if at_b[slot] == -1 else -2
    tails = np.empty(a1 - a0, np.int32)  # place in a of the last anchor of the best chain of each length
    before = np.full(a1 - a0, -1, np.int32)
    partner = np.full(a1 - a0, -1, np.int32)
    length = 0
    for place in range(a0, a1 - 1):
        value = (U(ids_a[place]) << U(32) | U(ids_a[place + 1])) + U(1)
        slot = find_slot(table, value, mask)
        if at_a[slot] < 0 or at_b[slot] < 0:
            continue
        other = at_b[slot]
        partner[place - a0] = other
        low, high = 0, length
        while low < high:
            middle = (low + high) // 2
            if partner[tails[middle] - a0] < other:
                low = middle + 1
            else:
                high = middle
        if low:
            before[place - a0] = tails[low - 1]
        tails[low] = place
        length = max(length, low + 1)
    if length == 0:
        return 0
    place = tails[length - 1]
    for index in range(length - 1, -1, -1):
        out[index, 0], out[index, 1] = place, partner[place - a0]
        place = before[place - a0]
    return length


@njit(nogil=True)
def _between(
    ids_a: Any, a0: Any, a1: Any, ids_b: Any, b0: Any, b1: Any, rare: Any, partner_a: Any, partner_b: Any
) -> None:
    """Align two stretches word by word (Needleman & Wunsch 1970): kept words score, words without counterpart cost."""
    while a0 < a1 and b0 < b1 and ids_a[a0] == ids_b[b0]:
        partner_a[a0], partner_b[b0] = b0, a0
        a0 += 1
        b0 += 1
    while a0 < a1 and b0 < b1 and ids_a[a1 - 1] == ids_b[b1 - 1]:
        a1 -= 1
        b1 -= 1
        partner_a[a1], partner_b[b1] = b1, a1
    height, width = a1 - a0, b1 - b0
    if height == 0 or width == 0 or height * width > CELLS:
        return
    # zeros: where the sides differ so much in length that the bands of two lines do not meet, the way leads out of them
    trace = np.zeros((height + 1, width + 1), np.uint8)
    row, upper = np.full(width + 1, _NEVER, np.int32), np.full(width + 1, _NEVER, np.int32)
    for column in range(min(width, BAND) + 1):
        upper[column] = SKIP * column
    last = min(width, BAND)
    for line in range(1, height + 1):
        word = ids_a[a0 + line - 1]
        gain = MATCH_RARE if rare[word] else MATCH_COMMON
        middle = line * width // height
        first, stop = max(1, middle - BAND), min(width, middle + BAND)
        for column in range(last + 1, stop + 1):
            upper[column] = _NEVER
        last = stop
        left = SKIP * line if first == 1 else _NEVER
        row[first - 1] = left
        for column in range(first, stop + 1):
            same = ids_b[b0 + column - 1] == word
            best = upper[column - 1] + (gain if same else SKIP)
            step = 0
            if upper[column] + SKIP > best:
                best, step = upper[column] + SKIP, 1
            if left + SKIP > best:
                best, step = left + SKIP, 2
            row[column] = left = best
            trace[line, column] = step
        row, upper = upper, row
    line, column = height, width
    while line and column:
        step = trace[line, column]
        if step == 0:
            line -= 1
            column -= 1
            if ids_a[a0 + line] == ids_b[b0 + column]:
                partner_a[a0 + line], partner_b[b0 + column] = b0 + column, a0 + line
        elif step == 1:
            line -= 1
        else:
            column -= 1


@njit(nogil=True)
def _stretch(
    ids_a: Any, a0: Any, a1: Any, ids_b: Any, b0: Any, b1: Any, rare: Any, partner_a: Any, partner_b: Any
) -> None:
    """Align the words of one passage: anchors first, then what lies between them."""
    anchors = np.empty((a1 - a0, 2), np.int64)
    count = _anchors(ids_a, a0, a1, ids_b, b0, b1, anchors)
    one, two = a0, b0
    for index in range(count + 1):
        last = index == count
        stop_a, stop_b = (a1, b1) if last else (anchors[index, 0], anchors[index, 1])
        if stop_a >= one and stop_b >= two:
            _between(ids_a, one, stop_a, ids_b, two, stop_b, rare, partner_a, partner_b)
            if not last:
                partner_a[stop_a], partner_b[stop_b] = stop_b, stop_a
            one, two = stop_a + 1, stop_b + 1


@njit(nogil=True)
def _drop_chance(ids: Any, bounds: Any, first: Any, last: Any, weights: Any, partner: Any, back: Any) -> None:
    """Undo the matches of sentences (`first` to `last`) that keep too little: function words match by chance."""
    for sentence in range(first, last + 1):
        kept, weight, total = 0, 0.0, 0.0
        begin, end = bounds[sentence], bounds[sentence + 1]
        for place in range(begin, end):
            total += weights[ids[place]]
            if partner[place] >= 0:
                kept += 1
                weight += weights[ids[place]]
        if kept >= KEPT * (end - begin) and weight >= KEPT_WEIGHT * total:
            continue
        for place in range(begin, end):
            if partner[place] >= 0:
                back[partner[place]] = -1
                partner[place] = -1


@njit(nogil=True)
def align(
    ids_a: Any, sentences_a: Any, ids_b: Any, sentences_b: Any, words: Any, partner_a: Any, partner_b: Any,
    passage_a: Any,
) -> Any:  # fmt: skip
    """Align two texts, given as the numbers of their `words` (`number_words`). Into `partner_a` (n,) and `partner_b`
    (m,) int32: place of the same word on the other side, -1 for none; `passage_a` (n,) int32: the passage of each word
    of the first text, -1 outside, numbered in the order they were found. Returns the number of passages.
    """
    fill(partner_a, -1)
    fill(partner_b, -1)
    fill(passage_a, -1)
    if len(ids_a) == 0 or len(ids_b) == 0:
        return 0
    bounds_a, bounds_b, rare, weights, seeds, cosines, _, boxes, order = ground(
        ids_a, sentences_a, ids_b, sentences_b, words
    )
    count_a, count_b = len(bounds_a) - 1, len(bounds_b) - 1
    passages = 0
    moved, farness = np.arange(len(cosines)), np.empty(len(cosines), np.float32)
    for place in range(len(cosines)):
        farness[place] = -cosines[place]
    sort_places(farness, moved, 0, len(moved), np.empty(len(moved), np.int64))
    for turn in range(len(order) + len(moved)):
        if turn < len(order):
            # the sentences next to a passage may belong to it though they share too little to be seeds
            label = order[turn]
            i0, i1 = max(boxes[label, 0] - MARGIN, 0), min(boxes[label, 1] + MARGIN, count_a - 1)
            j0, j1 = max(boxes[label, 2] - MARGIN, 0), min(boxes[label, 3] + MARGIN, count_b - 1)
        else:
            # sentences that moved: their seeds are left over
            i0, j0 = seeds[moved[turn - len(order)]]
            i1, j1 = i0, j0
            if not (_free(partner_a, bounds_a, i0) and _free(partner_b, bounds_b, j0)):
                continue
        passages += _passage(
            _Side(ids_a, bounds_a, partner_a), i0, i1, _Side(ids_b, bounds_b, partner_b), j0, j1, rare, weights,
            passage_a, passages,
        )  # fmt: skip
    return passages


@njit(nogil=True)
def _free(partner: Any, bounds: Any, sentence: Any) -> Any:
    kept = 0
    for place in range(bounds[sentence], bounds[sentence + 1]):
        kept += partner[place] >= 0
    return kept == 0


@njit(nogil=True)
def _passage(
    a: Any, i0: Any, i1: Any, b: Any, j0: Any, j1: Any, rare: Any, weights: Any, passage_a: Any, number: Any
) -> Any:
    """Align sentences i0 … i1 of `a` (`_Side`) with j0 … j1 of `b`, less what is aligned already; 1 if anything was
    found, else 0.
    """
    ids_a, bounds_a, partner_a = a
    ids_b, bounds_b, partner_b = b
    while i0 < i1 and not _free(partner_a, bounds_a, i0):
        i0 += 1
    while i1 > i0 and not _free(partner_a, bounds_a, i1):
        i1 -= 1
    while j0 < j1 and not _free(partner_b, bounds_b, j0):
        j0 += 1
    while j1 > j0 and not _free(partner_b, bounds_b, j1):
        j1 -= 1
    a0, a1, b0, b1 = bounds_a[i0], bounds_a[i1 + 1], bounds_b[j0], bounds_b[j1 + 1]
    for place in range(a0, a1):
        if partner_a[place] >= 0:
            return 0
    for place in range(b0, b1):
        if partner_b[place] >= 0:
            return 0
    _stretch(ids_a, a0, a1, ids_b, b0, b1, rare, partner_a, partner_b)
    _drop_chance(ids_a, bounds_a, i0, i1, weights, partner_a, partner_b)
    _drop_chance(ids_b, bounds_b, j0, j1, weights, partner_b, partner_a)
    first, last = -1, -1
    for place in range(a0, a1):
        if partner_a[place] >= 0:
            first = place if first < 0 else first
            last = place
    if first < 0:
        return 0
    fill(passage_a[first : last + 1], number)
    return 1


SLOT_WORDS, SLOT_RATIO, SLOT_SPARE = 12, 4, 3
"""A substitution has at most so many words a side, and its longer side at most ratio * shorter + spare; else something
was cut and something else put in."""


@njit(nogil=True)
def _is_slot(one: Any, two: Any) -> Any:
    short, long = min(one, two), max(one, two)
    return short > 0 and long <= SLOT_WORDS and long <= SLOT_RATIO * short + SLOT_SPARE


@njit(nogil=True)
def blocks(partner: Any, passage: Any, sentences_a: Any, sentences_b: Any, out: Any) -> Any:
    """The alignment as blocks, in the order of the first text: (kind, a0, a1, b0, b1, passage) int32, ranges of words.

    A gap between kept words is a substitution where both sides hold few words; else what is missing is deleted or
    inserted. At the ends of a passage the words up to the border of the sentence belong to it. `out` needs 3 * n + 2
    rows; returns their number.
    """
    # all places are int64, so that each helper is compiled once
    count, place, last_a, last_b, current = 0, 0, -1, -1, np.int64(-1)
    total = len(partner)
    while place < total:
        if partner[place] < 0:
            place += 1
            continue
        begin, begin_b = place, np.int64(partner[place])
        end, end_b = place + 1, begin_b + 1
        while end < total and partner[end] == end_b and passage[end] == passage[begin]:
            end += 1
            end_b += 1
        number = np.int64(passage[begin])
        if number != current or begin_b < last_b:
            if current >= 0:
                count = _tail(last_a, last_b, begin, sentences_a, sentences_b, partner, current, out, count)
            # from the beginnings of both sentences to the first kept word
            a0, b0 = begin, begin_b
            while a0 > max(last_a, 0) and sentences_a[a0 - 1] == sentences_a[begin]:
                a0 -= 1
            while b0 > 0 and sentences_b[b0 - 1] == sentences_b[begin_b]:
                b0 -= 1
            if _is_slot(begin - a0, begin_b - b0):
                count = _put(out, count, REPLACE, a0, begin, b0, begin_b, number)
        else:
            count = _gap(out, count, last_a, begin, last_b, begin_b, number)
        count = _put(out, count, EQUAL, begin, end, begin_b, end_b, number)
        current, last_a, last_b, place = number, end, end_b, end
    if current >= 0:
        count = _tail(last_a, last_b, total, sentences_a, sentences_b, partner, current, out, count)
    return count


@njit(nogil=True)
def _put(out: Any, count: Any, kind: Any, a0: Any, a1: Any, b0: Any, b1: Any, passage: Any) -> Any:
    out[count, 0], out[count, 1], out[count, 2] = kind, a0, a1
    out[count, 3], out[count, 4], out[count, 5] = b0, b1, passage
    return count + 1


@njit(nogil=True)
def _gap(out: Any, count: Any, a0: Any, a1: Any, b0: Any, b1: Any, passage: Any) -> Any:
    """What stands between two kept words."""
    if _is_slot(a1 - a0, b1 - b0):
        return _put(out, count, REPLACE, a0, a1, b0, b1, passage)
    if a1 > a0:
        count = _put(out, count, DELETE, a0, a1, b0, b0, passage)
    if b1 > b0:
        count = _put(out, count, INSERT, a1, a1, b0, b1, passage)
    return count


@njit(nogil=True)
def _tail(
    a0: Any, b0: Any, limit: Any, sentences_a: Any, sentences_b: Any, partner: Any, passage: Any, out: Any, count: Any
) -> Any:
    """From the last kept word of a passage to the ends of both sentences."""
    a1, b1 = a0, b0
    while a1 < limit and sentences_a[a1] == sentences_a[a0 - 1] and partner[a1] < 0:
        a1 += 1
    while b1 < len(sentences_b) and sentences_b[b1] == sentences_b[b0 - 1]:
        b1 += 1
    if _is_slot(a1 - a0, b1 - b0):
        count = _put(out, count, REPLACE, a0, a1, b0, b1, passage)
    return count
