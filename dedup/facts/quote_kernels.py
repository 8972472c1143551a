"""Kernels for quotes: what the words of a document weigh and which stand in quotes, and where another document has
them again, by local alignment (Smith & Waterman 1981) and by what the words found look like.

A document is a tuple of arrays, as `gather` returns it and `mentions.Facts.arrays` holds it.
"""

from __future__ import annotations

from math import log, log1p
from typing import Any

import numpy as np

from dedup.runtime.compiler import njit
from dedup.runtime.hash_tables import find_slot
from dedup.runtime.simd import kernel
from dedup.text.sentences import PARAGRAPH

U = np.uint64
FUNCTION, COMMON, COUNTING, ROUGH, JOINS = 1, 2, 4, 8, 16
"""Classes of known words: function words, common ones, what numbers are written with, what makes them rough, and
"and" and "or"."""
LEAST_WORDS = 4
"""Words below which a quote is not compared: names, titles, scare quotes."""
MOST_UNITS = 400
"""Sentences within quotes of one document that are compared."""
MOST_WORDS = 20_000
"""Words of a document that quotes are looked for in; what follows is not searched."""
INTERRUPTED = 15
"""Words that may stand between two parts of one quote ("…, he told reporters on Friday, …")."""
WALL = np.float32(-1)
"""Weight of a place that no alignment crosses."""
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
HASHES, WEIGHTS, KINDS, BITS, QUOTE_OF, QUOTES, UNITS, WORDS, WORD_WEIGHTS = range(9)
"""Arrays of a document: of each word its hash, weight, classes, bits and quote; of each quote its first word and the
one after the last (0, 0 for one within another); the sentences within quotes; the quoted words (-1 for a wall) with
their weights."""
A_FIRST, A_LAST, B_FIRST, B_LAST, IN_QUOTES, SEVERAL, PAIRS, PAIRS_END, SLOTS, SLOTS_END = range(10)
"""Columns of a match: its first word and the one after the last in A and in B, whether it was found among the quotes of
B, whether it meets more than one of these, and where its pairs of equal words and the slots between them are."""
_STOP, _DIAGONAL, _UP, _LEFT = 0, 1, 2, 3
_REPLACED, _LEFT_OUT, _RUN = np.float32(0.2), np.float32(0.15), np.float32(0.3)
"""Cost of a replaced word and of one that stands on one side only; gain where the word before matches too. Replaced
words cost little, for half of them may be: what they cost only ends an alignment where nothing matches any more."""
_ZERO = np.float32(0)


@njit(nogil=True)
def _room(count: Any) -> Any:
    """Size of a hash table for so many keys: a power of two."""
    size = 16
    while size < 2 * count:
        size *= 2
    return size


@njit(nogil=True)
def _numbered(hashes: Any, table: Any, ids: Any, numbers: Any, known: Any) -> Any:
    """Numbers of words, equal where the words are; new ones from `known` on. Returns how many are known."""
    mask = U(len(table) - 1)
    for at in range(len(hashes)):
        place = find_slot(table, hashes[at], mask)
        if table[place] == U(0):
            table[place] = hashes[at]
            ids[place] = known
            known += 1
        numbers[at] = ids[place]
    return known


@kernel
def class_table(hashes: Any, classes: Any) -> Any:
    """Hash table of known words: their hashes (0 for none) and the classes of each; words may come more than once."""
    table, kinds = np.zeros(_room(len(hashes)), np.uint64), np.zeros(_room(len(hashes)), np.uint8)
    mask = U(len(table) - 1)
    for at in range(len(hashes)):
        place = find_slot(table, hashes[at], mask)
        table[place] = hashes[at]
        kinds[place] |= classes[at]
    return table, kinds


@njit(nogil=True)
def _weigh(hashes: Any, starts: Any, ends: Any, table: Any, classes: Any, weights: Any, kinds: Any) -> Any:
    """Classes and weight of each word: 0.5 for function words and very short ones, 1 for common ones and those the
    document is full of, else up to 2.
    """
    count, mask = len(hashes), U(len(table) - 1)
    size = _room(count)
    own, ids, numbers = np.zeros(size, np.uint64), np.empty(size, np.int32), np.empty(count, np.int32)
    times = np.zeros(_numbered(hashes, own, ids, numbers, 0), np.int32)
    for at in range(count):
        times[numbers[at]] += 1
        place = find_slot(table, hashes[at], mask)
        kinds[at] = classes[place] if table[place] == hashes[at] else 0
    for at in range(count):
        often = times[numbers[at]]
        weight = 2.0 if often == 1 else (1.5 if often <= 3 else 1.0)
        if kinds[at] & COMMON:
            weight = 1.0
        if kinds[at] & FUNCTION or ends[at] - starts[at] <= 2:
            weight = 0.5
        weights[at] = weight


@njit(nogil=True)
def _sentences(sentence: Any, cut: Any, first: Any, last: Any, units: Any, count: Any) -> Any:
    """The sentences of the words [first, last); very short ones go with a neighbour, unless an ellipsis parts them."""
    begin, own = first, count
    for end in range(first + 1, last + 1):
        if end < last and sentence[end] <= sentence[end - 1] and not cut[end]:
            continue
        short = end - begin < LEAST_WORDS or (count > own and units[count - 1, 1] - units[count - 1, 0] < LEAST_WORDS)
        if count > own and short and not cut[begin]:
            units[count - 1, 1] = end
        else:
            units[count, 0], units[count, 1] = begin, end
            count += 1
        begin = end
    return count


@njit(nogil=True)
def _stream(weights: Any, bits: Any, quote_of: Any, cut: Any, words: Any, word_weights: Any) -> Any:
    """The quoted words with walls between what is not said in one breath; returns how many places these are."""
    count, before, paragraph = 0, -1, False
    for at in range(min(len(weights), MOST_WORDS)):
        paragraph |= bits[at] & PARAGRAPH > 0
        if quote_of[at] < 0:
            continue
        far = before >= 0 and at - before > 1 and (at - before > INTERRUPTED or paragraph)
        if far or cut[at]:
            words[count], word_weights[count] = -1, WALL
            count += 1
        words[count], word_weights[count] = at, weights[at]
        count += 1
        before, paragraph = at, False
    return count


@kernel
def gather(
    hashes: Any, starts: Any, ends: Any, sentence: Any, bits: Any, table: Any, classes: Any, quotes: Any, ellipses: Any
) -> Any:
    """The arrays of a document of n words. `quotes` (q, 3): first and after last character, and the level; `ellipses`:
    characters at which one stands; `table` and `classes` as `class_table` returns them.
    """
    count = len(hashes)
    weights, kinds = np.empty(count, np.float32), np.empty(count, np.uint8)
    _weigh(hashes, starts, ends, table, classes, weights, kinds)
    cut = np.zeros(count + 1, np.bool_)
    for place in ellipses:
        cut[np.searchsorted(starts, place)] = True
    quote_of, inside = np.full(count, -1, np.int32), np.zeros((len(quotes), 2), np.int64)
    units, found = np.empty((count + 1, 2), np.int64), 0
    for number in range(len(quotes)):
        if quotes[number, 2]:
            continue
        first, last = np.searchsorted(starts, quotes[number, 0]), np.searchsorted(starts, quotes[number, 1])
        inside[number, 0], inside[number, 1] = first, last
        quote_of[first:last] = number
        if last - first >= LEAST_WORDS:
            found = _sentences(sentence, cut, first, last, units, found)
    quoted = 0
    for at in range(count):
        quoted += quote_of[at] >= 0
    words, word_weights = np.empty(2 * quoted, np.int64), np.empty(2 * quoted, np.float32)
    length = _stream(weights, bits, quote_of, cut, words, word_weights)
    return (
        hashes, weights, kinds, bits, quote_of, inside, units[: min(found, MOST_UNITS)].copy(),
        words[:length].copy(), word_weights[:length].copy(),
    )  # fmt: skip


@njit(nogil=True)
def _places(ids: Any, known: Any) -> Any:
    """The first place of each number in `ids`, and the next place with the same one after each; -1 for none."""
    head, after = np.full(known, -1, np.int32), np.empty(len(ids), np.int32)
    for at in range(len(ids) - 1, -1, -1):
        if ids[at] >= 0:
            after[at] = head[ids[at]]
            head[ids[at]] = at
    return head, after


@njit(nogil=True)
def _fill(
    a: Any, a_weights: Any, first: Any, last: Any, b: Any, b_weights: Any, columns: Any, head: Any, after: Any,
    steps: Any, rows: Any, runs: Any,
) -> Any:  # fmt: skip
    """The cell after which the best score is reached; `steps` gets the way to it.

    Most cells are 0, and only the others are looked at: those below or right of one that is not 0, and where the words
    are equal. `runs` keeps the stretches of such cells of the row before and of this one.
    """
    width = U(columns + 1)
    steps[: (last - first + 1) * (columns + 1)] = _STOP
    best, best_i, best_j = _ZERO, U(0), U(0)
    count, side = U(0), U(0)
    for i in range(U(1), U(last - first + 1)):
        word, weight = a[U(first) + i - U(1)], a_weights[U(first) + i - U(1)]
        before = a[U(first) + i - U(2)] if i > U(1) else -2
        above, row, way = rows[side], rows[U(1) - side], steps[i * width : (i + U(1)) * width]
        old, new = runs[side], runs[U(1) - side]
        place = head[word]
        at, run, filled = U(1), U(0), U(0)
        while True:
            while run < count and U(old[run, 1]) < at:
                run += U(1)
            while place >= 0 and U(place) + U(1) < at:
                place = after[U(place)]
            j = width
            if run < count:
                j = max(U(old[run, 0]), at)
            if place >= 0:
                j = min(j, U(place) + U(1))
            if j >= width:
                break
            begin, left = j, _ZERO
            while j < width:
                value = b_weights[j - U(1)]
                score = above[j - U(1)] - _REPLACED
                if b[j - U(1)] == word:
                    score = above[j - U(1)] + (weight if weight < value else value)
                    if j > U(1) and before == b[j - U(2)] and b_weights[j - U(2)] >= 0:
                        score += _RUN
                up, other = above[j] - _LEFT_OUT, left - _LEFT_OUT
                step = _UP if up > score else _DIAGONAL
                score = up if up > score else score
                step = _LEFT if other > score else step
                score = other if other > score else score
                if score <= 0 or value < 0:
                    break
                way[j] = step
                row[j] = left = score
                if score > best:
                    best, best_i, best_j = score, i, j
                j += U(1)
            if j > begin:
                new[filled, 0], new[filled, 1] = begin, j
                filled += U(1)
            at = j + U(1)
        for run in range(count):
            above[old[run, 0] : old[run, 1]] = _ZERO
        count, side = filled, U(1) - side
    for run in range(count):
        rows[side, runs[side, run, 0] : runs[side, run, 1]] = _ZERO
    return best, np.int64(best_i), np.int64(best_j)


@njit(nogil=True)
def _align(
    a: Any, a_weights: Any, first: Any, last: Any, b: Any, b_weights: Any, columns: Any, head: Any, after: Any,
    steps: Any, rows: Any, runs: Any, pairs: Any,
) -> Any:  # fmt: skip
    """The best local alignment of the words [first, last) of `a` with the first `columns` of `b`: its score and the
    number of equal words, whose places are put into `pairs` in order.
    """
    best, i, j = _fill(a, a_weights, first, last, b, b_weights, columns, head, after, steps, rows, runs)
    count = 0
    while steps[i * (columns + 1) + j] != _STOP:
        step = steps[i * (columns + 1) + j]
        if step == _DIAGONAL:
            i -= 1
            j -= 1
            if a[first + i] == b[j]:
                pairs[count, 0], pairs[count, 1] = first + i, j
                count += 1
        elif step == _UP:
            i -= 1
        else:
            j -= 1
    for at in range(count // 2):
        for side in range(2):
            kept = pairs[at, side]
            pairs[at, side] = pairs[count - 1 - at, side]
            pairs[count - 1 - at, side] = kept
    return best, count


@njit(nogil=True)
def _scratch(longest: Any, columns: Any) -> Any:
    """What `_fill` works in: steps, two rows of zeros, and runs of two rows."""
    return (
        np.empty((longest + 1) * (columns + 1), np.uint8), np.zeros((2, columns + 1), np.float32),
        np.empty((2, columns // 2 + 2, 2), np.uint32),
    )  # fmt: skip


@kernel
def local_alignment(a: Any, a_weights: Any, b: Any, b_weights: Any, matched: Any) -> Any:
    """The best local alignment of words `a` (m,) and `b` (n,), uint64 hashes (none is 0) with float32 weights; a
    negative weight in `b` is a wall that no alignment crosses.

    Returns its score and the number of equal words in it, whose places are the first rows of `matched`
    ((min(m, n), 2) int64), in order. Memory grows with m × n, time with the cells that are not 0; ties go to the first
    place in `b`.
    """
    size = _room(len(a) + len(b))
    table, ids = np.zeros(size, np.uint64), np.empty(size, np.int32)
    ours, theirs = np.empty(len(a), np.int32), np.empty(len(b), np.int32)
    known = _numbered(b, table, ids, theirs, _numbered(a, table, ids, ours, 0))
    head, after = _places(theirs, known)
    steps, rows, runs = _scratch(len(a), len(b))
    return _align(ours, a_weights, 0, len(a), theirs, b_weights, len(b), head, after, steps, rows, runs, matched)


@kernel
def common_subsequence(ours: Any, theirs: Any, known: Any, least: Any, forth: Any, back: Any) -> Any:
    """Length of the longest common subsequence of two sequences of numbers below `known`; `forth` and `back` get the
    place of each of its words in the other one. 0, and nothing is written, if it is shorter than `least`.

    Bit-parallel (Hyyrö 2004): 64 words of `ours` at once.
    """
    begin, end_a, end_b = 0, len(ours), len(theirs)
    times = np.zeros(known, np.int32)
    for word in ours:
        times[word] += 1
    shared = 0
    for word in theirs:
        if times[word] > 0:
            times[word] -= 1
            shared += 1
    if shared < least:
        return 0
    while begin < min(end_a, end_b) and ours[begin] == theirs[begin]:
        begin += 1
    while end_a > begin and end_b > begin and ours[end_a - 1] == theirs[end_b - 1]:
        end_a -= 1
        end_b -= 1
    size, blocks = end_b - begin, (end_a - begin + 63) // 64
    which, kinds = np.full(known, -1, np.int32), 0
    for at in range(begin, end_a):
        if which[ours[at]] < 0:
            which[ours[at]] = kinds
            kinds += 1
    having = np.zeros((kinds, blocks), np.uint64)
    for at in range(begin, end_a):
        having[which[ours[at]], (at - begin) >> 6] |= U(1) << U((at - begin) & 63)
    lines = np.empty((size + 1, blocks), np.uint64)
    lines[0] = ~U(0)
    for row in range(size):
        kind = which[theirs[begin + row]]
        if kind < 0:
            lines[row + 1] = lines[row]
            continue
        carry = U(0)
        for block in range(blocks):
            line = lines[row, block]
            met = line & having[kind, block]
            partial = line + carry
            total = partial + met
            carry = U(partial < carry) | U(total < met)
            lines[row + 1, block] = total | (line - met)
    length = begin + len(ours) - end_a
    for block in range(blocks):
        rest = ~lines[size, block]
        while rest:
            rest &= rest - U(1)
            length += 1
    if length < least:
        return 0
    for at in range(begin):
        forth[at] = back[at] = at
    for at in range(len(ours) - end_a):
        forth[end_a + at], back[end_b + at] = end_b + at, end_a + at
    row, column = size, end_a - begin
    while row and column:
        bit, block = U(1) << U((column - 1) & 63), (column - 1) >> 6
        if lines[row, block] & bit:
            column -= 1
            continue
        row -= 1
        if row and not lines[row, block] & bit:
            continue
        column -= 1
        forth[begin + column], back[begin + row] = begin + row, begin + column
    return length


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
    head, after = _places(theirs, known)
    quoted_ids = _quoted_numbers(b[WORDS], theirs)
    quoted_head, quoted_after = _places(quoted_ids, known)
    columns = min(len(theirs), MOST_WORDS)
    steps, rows, runs = _scratch(_longest(a), max(columns, len(quoted_ids)))
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
        _, found = _align(
            ours, a[WEIGHTS], first, last, quoted_ids, b[WORD_WEIGHTS], len(quoted_ids), quoted_head, quoted_after,
            steps, rows, runs, here,
        )  # fmt: skip
        share = odds = 0.0
        if found:
            for at in range(found):
                here[at, 1] = b[WORDS][here[at, 1]]
            share, odds = _measured(a, b, first, last, here, found, True, EDGE, match)
        fits = found > 0 and odds >= QUOTED
        if not fits and not whole and _known(a, first, last, ours, head):
            _, found = _align(
                ours, a[WEIGHTS], first, last, theirs, b[WEIGHTS], columns, head, after, steps, rows, runs, here
            )
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
    size = _room(len(a[HASHES]) + len(b[HASHES]))
    table, ids = np.zeros(size, np.uint64), np.empty(size, np.int32)
    ours, theirs = np.empty(len(a[HASHES]), np.int32), np.empty(len(b[HASHES]), np.int32)
    known = _numbered(b[HASHES], table, ids, theirs, _numbered(a[HASHES], table, ids, ours, 0))
    forth, back = np.full(len(ours), -1, np.int64), np.full(len(theirs), -1, np.int64)
    short_a, short_b = ours[:MOST_ALIGNED], theirs[:MOST_ALIGNED]
    least = int(COPIED * min(len(short_a), len(short_b)))
    if not common_subsequence(short_a, short_b, known, least, forth, back) and least:
        forth, back = forth[:0], back[:0]
    return _search(a, b, ours, theirs, known, forth), _search(b, a, theirs, ours, known, back)


@kernel
def repeated_quotes(a: Any) -> Any:
    """Sentences within quotes of A that stand in another of its quotes in other words, as `compare_quotes`."""
    size = _room(len(a[HASHES]))
    table, ids, ours = np.zeros(size, np.uint64), np.empty(size, np.int32), np.empty(len(a[HASHES]), np.int32)
    known = _numbered(a[HASHES], table, ids, ours, 0)
    matches, shares, pairs, slots = _results(a)
    quoted_ids = _quoted_numbers(a[WORDS], ours)
    head, after = _places(quoted_ids, known)
    steps, rows, runs = _scratch(_longest(a), len(quoted_ids))
    weights, without = a[WORD_WEIGHTS].copy(), -1
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
        _, found = _align(
            ours, a[WEIGHTS], first, last, quoted_ids, weights, len(quoted_ids), head, after, steps, rows, runs, here
        )
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
