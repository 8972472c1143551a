"""Kernels for quotes: where another document has those of one again, by local alignment (`alignment_kernels`) and by
what the words found look like. Documents are as `document_kernels.gather` returns them.
"""

from __future__ import annotations

from math import log, log1p
from typing import Any

import numpy as np

from dedup.facts.alignment_kernels import (
    WALL,
    Numbered,
    Searched,
    align,
    common_subsequence,
    numbered,
    places,
    room_for,
    scratch_for,
)
from dedup.facts.document_kernels import (
    BITS,
    FUNCTION,
    HASHES,
    KINDS,
    MOST_WORDS,
    QUOTE_OF,
    QUOTES,
    UNITS,
    WEIGHTS,
    WORD_WEIGHTS,
    WORDS,
)
from dedup.runtime.jit import kernel, njit
from dedup.text.sentences import PARAGRAPH

U = np.uint64
EDGE = 4
"""Words at the end of a quote that may all be replaced."""
GAP = 10
"""Words that may be left out or put in between two that match; more is another passage."""
NEAR = 6
"""Words on either side of a quote that are its neighbours."""
LONGEST_QUOTE = 200
"""Words of a quote that is looked for as a whole."""
LEAST_REPEAT = 8
"""Words of a quote that stands twice in one document."""
COPIED = 0.4
"""Share of the shorter document that stands in the other in order, if one is a copy."""
LEAST_KNOWN = 0.4
"""Share of a quote's words, by weight, that the other document has somewhere, if the quote may stand there without
marks. The model wants more; this only saves time."""
MOST_ALIGNED = 5_000
"""Words of a document that are aligned with all of another one."""
QUOTED, RUNNING, REPEAT, PLACED = 0.9, 2.2, 3.5, -3.5
"""Least log odds among the other's quotes, in its running text, in the same document, and in the same place of a copy.
"""
QUOTED_MODEL = (-1.7, 2.2, 1.65, 2.3, -1.35, 1.3, 0.9, 2.85, -1.4, -0.7, -0.5)
RUNNING_MODEL = (-3.1, 2.5, 2.05, 3.7, -1.85, 2.25, 1.2, 0.0, -1.85, -1.0, -0.3)
"""Logistic regression on the planted quotes of `benchmarks quotes` (November, vocabulary `tune`) against quotes of
other stories about the same events; the values that go with the weights are in `_log_odds`."""
A_FIRST, A_LAST, B_FIRST, B_LAST, IN_QUOTES, SEVERAL, PAIRS, PAIRS_END, SLOTS, SLOTS_END = range(10)
"""Columns of a match: its first word and the one after the last in A and in B, whether it was found among the quotes of
B, whether it meets more than one of these, and where its pairs of equal words and the slots between them are."""


@njit(nogil=True)
def _unit_at(units: Any, word: Any) -> Any:
    """The sentence within a quote that a word stands in."""
    low, high = 0, len(units)
    while low < high:
        middle = (low + high) // 2
        if units[middle, 0] <= word:
            low = middle + 1
        else:
            high = middle
    if low and units[low - 1, 1] > word:
        return units[low - 1, 0], units[low - 1, 1]
    return np.int64(word), np.int64(word + 1)


@njit(nogil=True)
def _few(a: Any, b: Any, edge: Any) -> Any:
    """Whether few words are left at one end of both quotes, and about as many."""
    return 0 < a <= edge + 2 and 0 < b <= edge + 2 and abs(a - b) <= 3 and min(a, b) <= edge


@njit(nogil=True)
def _lone(left: Any, a_word: Any, b_word: Any, a: Any, b: Any) -> Any:
    """Whether one word is left, the last one of the quote in A, and it and its neighbour in B both say something."""
    if left != 1 or not 0 <= b_word < len(b[KINDS]):
        return False
    return not (a[KINDS][a_word] & FUNCTION or b[KINDS][b_word] & FUNCTION)


@njit(nogil=True)
def _inside(quote_of: Any, first: Any, last: Any) -> Any:
    """How many of some words stand in quotes."""
    count = 0
    for at in range(first, last):
        count += quote_of[at] >= 0
    return count


@njit(nogil=True)
def _log_odds(
    same: Any, share: Any, cover: Any, other_cover: Any, quoted: Any, skew: Any, longest: Any, pairs: Any,
    shorter: Any, searched: Any,
) -> Any:  # fmt: skip
    """Log odds that two stretches are one quote.

    `same`: weight of the words that match, `share`: of all. `cover`: how much of the quote the stretch is,
    `other_cover`: of the other one, where it is not looked for in running text. `skew` and `longest`: of the words
    between those that match. `shorter`: words of the shorter stretch. `searched`: words that it was looked for in.
    """
    model = QUOTED_MODEL if quoted else RUNNING_MODEL
    odds = model[0] + model[1] * log(same + 0.5) + model[2] * log(share + 0.05)
    odds += model[3] * (max(cover, other_cover) if quoted else cover) + model[4] * skew
    odds += model[5] * log(pairs) + model[6] * log(pairs / shorter)
    odds += model[7] * (min(cover, other_cover) if quoted else 0.0)
    return odds + model[8] * log1p(longest) + model[9] * longest / shorter + model[10] * log(searched)


@njit(nogil=True)
def _measured(a: Any, b: Any, first: Any, last: Any, pairs: Any, count: Any, quoted: Any, edge: Any, match: Any) -> Any:
    """The stretch of both sides with the replaced words at its ends, into `match`; the share of it that matches, and
    the log odds that it is the quote [first, last).
    """
    a_first, b_first, a_last, b_last = pairs[0, 0], pairs[0, 1], pairs[count - 1, 0], pairs[count - 1, 1]
    a_begin, a_end, b_begin, b_end = a_first, a_last + 1, b_first, b_last + 1
    other_begin, other_end = np.int64(0), np.int64(1)
    if quoted:
        other_begin, other_end = _unit_at(b[UNITS], b_first)[0], _unit_at(b[UNITS], b_last)[1]
        if _few(a_first - first, b_first - other_begin, edge):
            a_begin, b_begin = first, other_begin
        if _few(last - 1 - a_last, other_end - 1 - b_last, edge):
            a_end, b_end = last, other_end
    else:
        if _lone(a_first - first, a_first - 1, b_first - 1, a, b):
            a_begin, b_begin = a_begin - 1, b_begin - 1
        if _lone(last - 1 - a_last, a_last + 1, b_last + 1, a, b):
            a_end, b_end = a_end + 1, b_end + 1
    same, whole, several = 0.0, 0.0, 0
    skew, longest, a_next, b_next = 0, 0, a_begin, b_begin
    for at in range(count + 1):
        row, column = a_end, b_end
        if at < count:
            row, column = pairs[at, 0], pairs[at, 1]
            same += min(a[WEIGHTS][row], b[WEIGHTS][column])
            several |= at > 0 and b[QUOTE_OF][column] != b[QUOTE_OF][pairs[at - 1, 1]]
        if row > a_next or column > b_next:
            ours, theirs = row - a_next, column - b_next
            if quoted:
                ours, theirs = _inside(a[QUOTE_OF], a_next, row), _inside(b[QUOTE_OF], b_next, column)
            skew += abs(ours - theirs)
            longest = max(longest, ours, theirs)
        a_next, b_next = row + 1, column + 1
    for at in range(a_begin, a_end):
        whole += a[WEIGHTS][at]
    for at in range(b_begin, b_end):
        if not quoted or b[QUOTE_OF][at] >= 0:
            whole += b[WEIGHTS][at]
    match[A_FIRST], match[A_LAST], match[B_FIRST], match[B_LAST] = a_begin, a_end, b_begin, b_end
    match[IN_QUOTES], match[SEVERAL] = quoted, quoted and several
    a_size, b_size = a_end - a_begin, b_end - b_begin
    share = 2 * same / whole
    odds = _log_odds(
        same, share, a_size / (last - first), min(b_size / (other_end - other_begin), 1.0), quoted,
        2 * skew / (a_size + b_size), longest, count, min(a_size, b_size), len(b[WORDS]) if quoted else len(b[HASHES]),
    )  # fmt: skip
    return share, odds


@njit(nogil=True)
def _holds(ours: Any, first: Any, last: Any, theirs: Any, head: Any, after: Any) -> Any:
    """Whether the words [first, last) stand in the other text in the same order."""
    place = head[ours[first]]
    while place >= 0:
        if place + last - first > len(theirs):
            return False
        at = 1
        while at < last - first and ours[first + at] == theirs[place + at]:
            at += 1
        if at >= last - first:
            return True
        place = after[place]
    return False


@njit(nogil=True)
def _known(a: Any, first: Any, last: Any, ours: Any, head: Any) -> Any:
    """Whether so much of some words of A is in B that they may stand there."""
    known = whole = 0.0
    for at in range(first, last):
        whole += a[WEIGHTS][at]
        if 0 <= head[ours[at]] < MOST_WORDS:
            known += a[WEIGHTS][at]
    return known >= LEAST_KNOWN * whole


@njit(nogil=True)
def _between_neighbours(b: Any, first: Any, last: Any, partner: Any, pairs: Any) -> Any:
    """The words of B that stand for [first, last), if the neighbours' partners are near and all is in quotes: how
    many, put into `pairs`; 0 if not.
    """
    near, low, high = 0, 0, 0
    for at in range(max(first - NEAR, 0), min(last + NEAR, len(partner))):
        if (at < first or at >= last) and partner[at] >= 0:
            low = low if near else partner[at]
            high = partner[at]
            near += 1
    if near < NEAR // 2 or high - low > 3 * (last - first) + 4 * NEAR:
        return 0
    count = 0
    for at in range(first, last):
        if partner[at] >= 0:
            if b[QUOTE_OF][partner[at]] < 0:
                return 0
            pairs[count, 0], pairs[count, 1] = at, partner[at]
            count += 1
    return count


@njit(nogil=True)
def _slots(match: Any, pairs: Any, slots: Any) -> Any:
    """Words between those that match, at the ends too, GAP at most: first and after last in A, in B. How many."""
    count, a_next, b_next = 0, match[A_FIRST], match[B_FIRST]
    for at in range(match[PAIRS], match[PAIRS_END] + 1):
        row, column = match[A_LAST], match[B_LAST]
        if at < match[PAIRS_END]:
            row, column = pairs[at, 0], pairs[at, 1]
        if (row > a_next or column > b_next) and max(row - a_next, column - b_next) <= GAP:
            slots[count, 0], slots[count, 1], slots[count, 2], slots[count, 3] = a_next, row, b_next, column
            count += 1
        a_next, b_next = row + 1, column + 1
    return count


@njit(nogil=True)
def _quoted_numbers(words: Any, ids: Any) -> Any:
    """Numbers of the quoted words, -1 for walls."""
    numbers = np.empty(len(words), np.int32)
    for at in range(len(words)):
        numbers[at] = ids[words[at]] if words[at] >= 0 else -1
    return numbers


@njit(nogil=True)
def _longest(a: Any) -> Any:
    """Words of the longest stretch of A that is looked for."""
    longest = 0
    for at in range(len(a[UNITS])):
        longest = max(longest, a[UNITS][at, 1] - a[UNITS][at, 0])
    for at in range(len(a[QUOTES])):
        if a[QUOTES][at, 1] - a[QUOTES][at, 0] <= LONGEST_QUOTE:
            longest = max(longest, a[QUOTES][at, 1] - a[QUOTES][at, 0])
    return longest


@njit(nogil=True)
def _results(a: Any) -> Any:
    """Room for all matches of A, the shares, pairs and slots."""
    most = len(a[UNITS]) + len(a[QUOTES])
    words = 0
    for at in range(len(a[UNITS])):
        words += a[UNITS][at, 1] - a[UNITS][at, 0]
    for at in range(len(a[QUOTES])):
        words += a[QUOTES][at, 1] - a[QUOTES][at, 0]
    return (
        np.empty((most, SLOTS_END + 1), np.int64), np.empty(most, np.float64), np.empty((words, 2), np.int64),
        np.empty((words + most, 4), np.int64),
    )  # fmt: skip


@njit(nogil=True)
def _kept(matches: Any, pairs: Any, slots: Any, count: Any, found: Any) -> Any:
    """Whether the match `count`, with `found` pairs, may be a change: its slots are noted, and there are some."""
    match = matches[count]
    match[PAIRS_END] = match[PAIRS] + found
    match[SLOTS_END] = match[SLOTS] + _slots(match, pairs, slots[match[SLOTS] :])
    return match[SLOTS_END] > match[SLOTS] or match[SEVERAL]


@njit(nogil=True)
def _search(a: Any, b: Any, ours: Any, theirs: Any, known: Any, partner: Any) -> Any:
    """Sentences in quotes of A that B has in other words: matches, their shares, pairs and slots.

    Whole quotes are looked for too, of sentences that were not found.
    """
    matches, shares, pairs, slots = _results(a)
    head, after = places(theirs, known)
    quoted_ids = _quoted_numbers(b[WORDS], theirs)
    quoted_head, quoted_after = places(quoted_ids, known)
    columns = min(len(theirs), MOST_WORDS)
    scratch, words = scratch_for(_longest(a), max(columns, len(quoted_ids))), Numbered(ours, a[WEIGHTS])
    in_quotes = Searched(quoted_ids, b[WORD_WEIGHTS], len(quoted_ids), quoted_head, quoted_after)
    running = Searched(theirs, b[WEIGHTS], columns, head, after)
    left = np.zeros(len(a[QUOTES]), np.bool_)
    count, pairs_used, slots_used = 0, 0, 0
    for unit in range(len(a[UNITS]) + len(a[QUOTES])):
        whole = unit >= len(a[UNITS])
        if whole:
            number = unit - len(a[UNITS])
            if not left[number]:
                continue
            first, last = a[QUOTES][number, 0], a[QUOTES][number, 1]
            if last - first > LONGEST_QUOTE or (_unit_at(a[UNITS], first)[1] == last):
                continue
        else:
            first, last = a[UNITS][unit, 0], a[UNITS][unit, 1]
            if _holds(ours, first, last, theirs, head, after):
                continue
        match, here = matches[count], pairs[pairs_used:]
        match[PAIRS], match[SLOTS] = pairs_used, slots_used
        _, found = align(words, first, last, in_quotes, scratch, here)
        share = odds = 0.0
        if found:
            for at in range(found):
                here[at, 1] = b[WORDS][here[at, 1]]
            share, odds = _measured(a, b, first, last, here, found, True, EDGE, match)
        fits = found > 0 and odds >= QUOTED
        if not fits and not whole and _known(a, first, last, ours, head):
            _, found = align(words, first, last, running, scratch, here)
            if found:
                share, odds = _measured(a, b, first, last, here, found, False, EDGE, match)
                fits = odds >= RUNNING
                for at in range(match[B_FIRST] + 1, match[B_LAST]):
                    fits &= b[BITS][at] & PARAGRAPH == 0
        if not fits and not whole and len(partner):
            found = _between_neighbours(b, first, last, partner, here)
            if found:
                share, odds = _measured(a, b, first, last, here, found, True, EDGE + 4, match)
                fits = odds >= PLACED
        if not fits:
            if not whole:
                left[a[QUOTE_OF][first]] = True
        elif _kept(matches, pairs, slots, count, found):
            shares[count] = share
            pairs_used, slots_used = match[PAIRS_END], match[SLOTS_END]
            count += 1
    return matches[:count].copy(), shares[:count].copy(), pairs[:pairs_used].copy(), slots[:slots_used].copy()


@kernel
def compare_quotes(a: Any, b: Any) -> Any:
    """Quotes of A that B has in other words, and those of B that A has: matches (m, 10), the share of each that
    matches, by weight, pairs of equal words, and slots between them; A and B in the order of the call that finds them.
    """
    size = room_for(len(a[HASHES]) + len(b[HASHES]))
    table, ids = np.zeros(size, np.uint64), np.empty(size, np.int32)
    ours, theirs = np.empty(len(a[HASHES]), np.int32), np.empty(len(b[HASHES]), np.int32)
    known = numbered(b[HASHES], table, ids, theirs, numbered(a[HASHES], table, ids, ours, 0))
    forth, back = np.full(len(ours), -1, np.int64), np.full(len(theirs), -1, np.int64)
    short_a, short_b = ours[:MOST_ALIGNED], theirs[:MOST_ALIGNED]
    least = int(COPIED * min(len(short_a), len(short_b)))
    if not common_subsequence(short_a, short_b, known, least, forth, back) and least:
        forth, back = forth[:0], back[:0]
    return _search(a, b, ours, theirs, known, forth), _search(b, a, theirs, ours, known, back)


@kernel
def repeated_quotes(a: Any) -> Any:
    """Sentences within quotes of A that stand in another of its quotes in other words, as `compare_quotes`."""
    size = room_for(len(a[HASHES]))
    table, ids, ours = np.zeros(size, np.uint64), np.empty(size, np.int32), np.empty(len(a[HASHES]), np.int32)
    known = numbered(a[HASHES], table, ids, ours, 0)
    matches, shares, pairs, slots = _results(a)
    quoted_ids = _quoted_numbers(a[WORDS], ours)
    head, after = places(quoted_ids, known)
    scratch, words = scratch_for(_longest(a), len(quoted_ids)), Numbered(ours, a[WEIGHTS])
    weights, without = a[WORD_WEIGHTS].copy(), -1
    in_quotes = Searched(quoted_ids, weights, len(quoted_ids), head, after)
    count, pairs_used, slots_used = 0, 0, 0
    for unit in range(len(a[UNITS])):
        first, last = a[UNITS][unit, 0], a[UNITS][unit, 1]
        if last - first < LEAST_REPEAT:
            continue
        if a[QUOTE_OF][first] != without:
            without = a[QUOTE_OF][first]
            for at in range(len(weights)):
                own = a[WORDS][at] >= 0 and a[QUOTE_OF][a[WORDS][at]] == without
                weights[at] = WALL if own else a[WORD_WEIGHTS][at]
        match, here = matches[count], pairs[pairs_used:]
        match[PAIRS], match[SLOTS] = pairs_used, slots_used
        _, found = align(words, first, last, in_quotes, scratch, here)
        if not found:
            continue
        for at in range(found):
            here[at, 1] = a[WORDS][here[at, 1]]
        share, odds = _measured(a, a, first, last, here, found, True, EDGE, match)
        short = min(match[A_LAST] - match[A_FIRST], match[B_LAST] - match[B_FIRST]) < LEAST_REPEAT
        if odds < REPEAT or short or not _kept(matches, pairs, slots, count, found):
            continue
        shares[count] = share
        pairs_used, slots_used = match[PAIRS_END], match[SLOTS_END]
        count += 1
    return matches[:count].copy(), shares[:count].copy(), pairs[:pairs_used].copy(), slots[:slots_used].copy()
