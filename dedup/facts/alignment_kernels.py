"""Kernels that align words in order: a few with the best place for them in a long text (Smith & Waterman 1981), and two
texts as a whole. Arrays, scalars and NamedTuples of them only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.runtime.hash_tables import find_slot
from dedup.runtime.jit import kernel, njit

U = np.uint64
WALL = np.float32(-1)
"""Weight of a place that no alignment crosses."""
_STOP, _DIAGONAL, _UP, _LEFT = 0, 1, 2, 3
_REPLACED, _LEFT_OUT, _RUN = np.float32(0.2), np.float32(0.15), np.float32(0.3)
"""Cost of a replaced word and of one that stands on one side only; gain where the word before matches too. Replaced
words cost little, for half of them may be: what they cost only ends an alignment where nothing matches any more."""
_ZERO = np.float32(0)


class Numbered(NamedTuple):
    """The words of a text."""

    numbers: NDArray[np.int32]
    """Equal where the words are; -1 for none."""
    weights: NDArray[np.float32]
    """Negative for a wall."""


class Searched(NamedTuple):
    """A text that is searched."""

    numbers: NDArray[np.int32]
    weights: NDArray[np.float32]
    """As those of `Numbered`."""
    columns: int
    """So many words of it are searched."""
    head: NDArray[np.int32]
    after: NDArray[np.int32]
    """See `places`."""


class Scratch(NamedTuple):
    """What an alignment works in, see `scratch_for`."""

    steps: NDArray[np.uint8]
    """The way to each cell."""
    rows: NDArray[np.float32]
    """(2, columns + 1) zeros."""
    runs: NDArray[np.uint32]
    """(2, room, 2) stretches of a row that are not 0."""


@njit(nogil=True)
def room_for(count: Any) -> Any:
    """Size of a hash table for so many keys: a power of two."""
    size = 16
    while size < 2 * count:
        size *= 2
    return size


@njit(nogil=True)
def numbered(hashes: Any, table: Any, ids: Any, numbers: Any, known: Any) -> Any:
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


@njit(nogil=True)
def places(ids: Any, known: Any) -> Any:
    """The first place of each number in `ids`, and the next place with the same one after each; -1 for none."""
    head, after = np.full(known, -1, np.int32), np.empty(len(ids), np.int32)
    for at in range(len(ids) - 1, -1, -1):
        if ids[at] >= 0:
            after[at] = head[ids[at]]
            head[ids[at]] = at
    return head, after


@njit(nogil=True)
def _clear(row: Any, stretches: Any, count: Any) -> None:
    for run in range(count):
        row[stretches[run, 0] : stretches[run, 1]] = _ZERO


@njit(nogil=True)
def _better(diagonal: Any, up: Any, left: Any) -> Any:
    """The best of three scores, and the step to it."""
    step = _UP if up > diagonal else _DIAGONAL
    score = up if up > diagonal else diagonal
    step = _LEFT if left > score else step
    return left if left > score else score, step


@njit(nogil=True)
def _fill(a: Any, first: Any, last: Any, b: Any, scratch: Any) -> Any:
    """The cell after which the best score is reached; the steps get the way to it.

    Most cells are 0, and only the others are looked at: those below or right of one that is not 0, and where the words
    are equal. The runs keep the stretches of such cells of the row before and of this one.
    """
    steps, rows, runs = scratch
    width = U(b.columns + 1)
    steps[: (last - first + 1) * (b.columns + 1)] = _STOP
    best, best_i, best_j = _ZERO, U(0), U(0)
    count, side = U(0), U(0)
    for i in range(U(1), U(last - first + 1)):
        word, weight = a.numbers[U(first) + i - U(1)], a.weights[U(first) + i - U(1)]
        before = a.numbers[U(first) + i - U(2)] if i > U(1) else -2
        above, row, way = rows[side], rows[U(1) - side], steps[i * width : (i + U(1)) * width]
        old, new = runs[side], runs[U(1) - side]
        place = b.head[word]
        at, run, filled = U(1), U(0), U(0)
        while True:
            while run < count and U(old[run, 1]) < at:
                run += U(1)
            while place >= 0 and U(place) + U(1) < at:
                place = b.after[U(place)]
            j = width
            if run < count:
                j = max(U(old[run, 0]), at)
            if place >= 0:
                j = min(j, U(place) + U(1))
            if j >= width:
                break
            begin, left = j, _ZERO
            while j < width:
                value = b.weights[j - U(1)]
                score = above[j - U(1)] - _REPLACED
                if b.numbers[j - U(1)] == word:
                    score = above[j - U(1)] + (weight if weight < value else value)
                    if j > U(1) and before == b.numbers[j - U(2)] and b.weights[j - U(2)] >= 0:
                        score += _RUN
                score, step = _better(score, above[j] - _LEFT_OUT, left - _LEFT_OUT)
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
        _clear(above, old, count)
        count, side = filled, U(1) - side
    _clear(rows[side], runs[side], count)
    return best, np.int64(best_i), np.int64(best_j)


@njit(nogil=True)
def align(a: Any, first: Any, last: Any, b: Any, scratch: Any, pairs: Any) -> Any:
    """The best local alignment of the words [first, last) of `a` (`Numbered`) with those of `b` (`Searched`): its score
    and the number of equal words, whose places are put into `pairs` in order.
    """
    best, i, j = _fill(a, first, last, b, scratch)
    steps, columns = scratch.steps, b.columns
    count = 0
    while steps[i * (columns + 1) + j] != _STOP:
        step = steps[i * (columns + 1) + j]
        if step == _DIAGONAL:
            i -= 1
            j -= 1
            if a.numbers[first + i] == b.numbers[j]:
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
def scratch_for(longest: Any, columns: Any) -> Any:
    """Room for `align`: at most so many words with so many."""
    return Scratch(
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
    size = room_for(len(a) + len(b))
    table, ids = np.zeros(size, np.uint64), np.empty(size, np.int32)
    ours, theirs = np.empty(len(a), np.int32), np.empty(len(b), np.int32)
    known = numbered(b, table, ids, theirs, numbered(a, table, ids, ours, 0))
    head, after = places(theirs, known)
    searched = Searched(theirs, b_weights, len(b), head, after)
    return align(Numbered(ours, a_weights), 0, len(a), searched, scratch_for(len(a), len(b)), matched)


@njit(nogil=True)
def _shared(ours: Any, theirs: Any, known: Any) -> Any:
    """How many words two sequences share, in whatever order."""
    times, shared = np.zeros(known, np.int32), 0
    for word in ours:
        times[word] += 1
    for word in theirs:
        if times[word] > 0:
            times[word] -= 1
            shared += 1
    return shared


@njit(nogil=True)
def _lines(ours: Any, theirs: Any, known: Any) -> Any:
    """(len(theirs) + 1, blocks) uint64: after each word of `theirs` the bits of the words of `ours`, 0 where the common
    subsequence grows by it. Bit-parallel (Hyyrö 2004): 64 words of `ours` at once.
    """
    blocks = (len(ours) + 63) // 64
    which, kinds = np.full(known, -1, np.int32), 0
    for word in ours:
        if which[word] < 0:
            which[word] = kinds
            kinds += 1
    having = np.zeros((kinds, blocks), np.uint64)
    for at in range(len(ours)):
        having[which[ours[at]], at >> 6] |= U(1) << U(at & 63)
    lines = np.empty((len(theirs) + 1, blocks), np.uint64)
    lines[0] = ~U(0)
    for row in range(len(theirs)):
        kind = which[theirs[row]]
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
    return lines


@kernel
def common_subsequence(ours: Any, theirs: Any, known: Any, least: Any, forth: Any, back: Any) -> Any:
    """Length of the longest common subsequence of two sequences of numbers below `known`; `forth` and `back` get the
    place of each of its words in the other one. 0, and nothing is written, if it is shorter than `least`.
    """
    begin, end_a, end_b = 0, len(ours), len(theirs)
    if _shared(ours, theirs, known) < least:
        return 0
    while begin < min(end_a, end_b) and ours[begin] == theirs[begin]:
        begin += 1
    while end_a > begin and end_b > begin and ours[end_a - 1] == theirs[end_b - 1]:
        end_a -= 1
        end_b -= 1
    size = end_b - begin
    lines = _lines(ours[begin:end_a], theirs[begin:end_b], known)
    length = begin + len(ours) - end_a
    for line in lines[size]:
        rest = ~line
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
