"""Line kernels: the lines of texts as hashes, and which of those that repeat are boilerplate."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy import uint32
from numpy.typing import NDArray

from dedup.runtime.jit import kernel, njit
from dedup.runtime.simd import load8
from dedup.text.words import decode, mix, word_hashes

U = np.uint64
FILTER = 12
"""Bits of a word's hash that say whether to look it up, as one of these three."""
FIRST_WORD, FIRST_OF_TWO, LATE_WORD = 1, 2, 4
_FILTER = U((1 << FILTER) - 1)
ANCHORS = 4
"""Word pairs that are kept of each line: those of the smallest hashes, so that a line with one word changed keeps
most of them."""
HEAD, LATE, ANY, LINE, INNER = 1, 2, 4, 8, 16
"""Bits of a line, see `line_hashes`: its first words may begin boilerplate; one of its last words may end it; a word
that tells anywhere; it begins where a line does, not within a cut one; as HEAD for words after a punctuation mark."""
_NONE = np.uint32(0xFFFFFFFF)
_PAIR = U(0x9E3779B97F4A7C15)
_LINE = U(0xD6E8FEB86659FD93)


@njit(nogil=True)
def _cut(buffer: Any, begin: Any, end: Any) -> Any:
    """Whether a line or sentence ends between two words: 2, 1 or 0, given what stands there (more than one byte)."""
    ended = False
    for at in range(begin, end):
        byte = buffer[at]
        if byte == 10:
            return 2
        if byte == 46 or byte == 33 or byte == 63:  # . ! ?
            ended = True
        elif byte == 32 and ended:
            return 1
        elif byte == 0xE3 or byte == 0xEF:  # 。！？
            code, _ = decode(load8(buffer, U(at)))
            if code == U(0x3002) or code == U(0xFF01) or code == U(0xFF1F):
                return 1
    return 0


@njit(nogil=True)
def _found(values: Any, begin: Any, end: Any, value: Any) -> Any:
    """Where `value` stands in the ascending `values[begin:end]`, or would."""
    while begin < end:
        middle = (begin + end) >> 1
        if values[middle] < value:
            begin = middle + 1
        else:
            end = middle
    return begin


@njit(nogil=True)
def _ornament(buffer: Any, place: Any) -> Any:
    """Whether © stands shortly before `place` on its line."""
    for at in range(place - 1, place - 6, -1):
        if buffer[at] == 10:
            return False
        if buffer[at] == 0xA9 and buffer[at - 1] == 0xC2:
            return True
    return False


@njit(nogil=True)
def _listed(sorted_values: Any, value: Any) -> Any:
    place = _found(sorted_values, 0, len(sorted_values), value)
    return place < len(sorted_values) and sorted_values[place] == value


@njit(nogil=True)
def _begins(heads: Any, filter_: Any, found: Any, index: Any, count: Any) -> Any:
    """Whether the word at `index`, or it and the next, may begin a line of boilerplate."""
    kind = filter_[found[index] & _FILTER]
    if kind & FIRST_WORD and _listed(heads, found[index]):
        return True
    return kind & FIRST_OF_TWO and index + 1 < count and _listed(heads, mix(found[index], found[index + 1]))


class Telling(NamedTuple):
    """Words that make a line worth a look."""

    heads: NDArray[np.uint64]
    """Sorted hashes of first words, and of two of them mixed."""
    late: NDArray[np.uint64]
    """Sorted hashes of words that tell among the last `reach` of a line,"""
    anywhere: NDArray[np.uint64]
    """and of those that tell wherever they stand."""
    read: np.uint64
    """Hash of "read", which counts in capitals."""
    filter: NDArray[np.uint8]
    """(1 << FILTER,) what a word with such low bits may be; LATE_WORD: in `late`, `anywhere`, or `read`."""
    reach: int


class LineColumns(NamedTuple):
    """What comes out, for m lines, with room for one each two bytes and one more a text."""

    hashes: NDArray[np.uint64]
    """(m,) of the folded words."""
    documents: NDArray[np.int32]
    """(m,) numbers of texts."""
    places: NDArray[np.uint32]
    """(m, 2) bytes from the beginning of the text."""
    words: NDArray[np.int32]
    """(m,)"""
    anchors: NDArray[np.uint32]
    """(m, ANCHORS), ascending."""
    looks: NDArray[np.uint8]
    """(m,) of HEAD, LATE, ANY, LINE, INNER."""


@njit(nogil=True)
def _with_anchor(value: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """The four smallest, ascending, of four such and one more."""
    if value < d and value != a and value != b and value != c:
        d = value
        if d < c:
            c, d = d, c
        if c < b:
            b, c = c, b
        if b < a:
            a, b = b, a
    return a, b, c, d


@kernel
def line_hashes(texts: Any, shortest: Any, telling: Any, out: Any) -> Any:
    """The lines of all texts, long ones cut into sentences, one after the other; returns their number m.

    `texts` is `WordTexts`, `telling` `Telling`, `out` `LineColumns`. Where a sentence ends need not be right, only the
    same wherever the line stands: after a full stop and a blank, if at least `shortest` words came before (most
    abbreviations stand nearer). The rest of a cut line, if it is shorter, gets the hash 0.
    """
    buffer, starts, sizes, stage1, stage2 = texts
    heads, late, anywhere, read, filter_, reach = telling
    longest = sizes.max() if len(sizes) else 0
    edges, specials = np.empty(longest + 2, np.uint32), np.empty(longest + 2, np.uint32)
    found, spans = np.empty(longest // 2 + 2, np.uint64), np.empty((longest // 2 + 2, 2), np.uint32)
    line = 0
    for text in range(len(sizes)):
        start = starts[text]
        many, _ = word_hashes(buffer, U(start), U(start + sizes[text]), stage1, stage2, edges, specials, found, spans)
        count = np.int64(many)
        index, line_begins = 0, True
        while index < count:
            first, state, last, whole = index, _LINE, U(0), line_begins
            a, b, c, d = _NONE, _NONE, _NONE, _NONE
            look = LINE if line_begins else 0
            if _begins(heads, filter_, found, index, count) or _ornament(buffer, start + np.int64(spans[index, 0])):
                look |= HEAD
            line_begins, seen = True, -reach
            while True:
                word = found[index]
                state = mix(state, word)
                if filter_[word & _FILTER] & LATE_WORD:
                    if _listed(late, word):
                        seen = index
                    if _listed(anywhere, word) or (word == read and buffer[start + np.int64(spans[index, 0])] == 82):
                        look |= ANY
                if index > first:
                    a, b, c, d = _with_anchor(uint32(mix(last, word) * _PAIR >> U(32)), a, b, c, d)
                last = word
                end = np.int64(spans[index, 1])
                index += 1
                if index == count:
                    break
                gap = np.int64(spans[index, 0]) - end
                if gap == 1:
                    if buffer[start + end] == 10:
                        break
                elif gap > 1:
                    cut = _cut(buffer, start + end, start + end + gap)
                    if cut == 2 or (cut == 1 and index - first >= shortest):
                        line_begins = cut == 2
                        break
                    if _begins(heads, filter_, found, index, count) or _ornament(buffer, start + end + gap):
                        look |= INNER
            state = U(0) if index - first < shortest and not whole else state
            if index - seen <= reach:
                look |= LATE
            out.looks[line] = look
            out.hashes[line], out.documents[line], out.words[line] = state, text, index - first
            out.places[line, 0], out.places[line, 1] = spans[first, 0], spans[index - 1, 1]
            out.anchors[line, 0], out.anchors[line, 1], out.anchors[line, 2], out.anchors[line, 3] = a, b, c, d
            line += 1
    return line


@njit(nogil=True)
def _apart(own: Any, own_ends: Any, whole: Any, whole_ends: Any, one: Any, two: Any, most: Any) -> Any:
    """Whether hardly any of the own anchors of document `one` is among the anchors of document `two`."""
    begin, end = own_ends[one], own_ends[one + 1]
    low, high = whole_ends[two], whole_ends[two + 1]
    allowed = np.int64((end - begin) * most)
    for at in range(begin, end):
        place = _found(whole, low, high, own[at])
        if place < high and whole[place] == own[at]:
            allowed -= 1
            if allowed < 0:
                return False
    return True


@kernel
def gather(
    voters: Any, firsts: Any, candidate: Any, anchors: Any, limit: Any,
    own: Any, own_ends: Any, whole: Any, whole_ends: Any,
) -> None:  # fmt: skip
    """Anchors of the documents in `voters`, ascending: of their own lines, of all their lines.

    `firsts` (n + 1,) is where the lines of each document begin, `candidate` (m,) the lines that repeat. Own anchors
    are thinned to about `limit` a document. Ends are (voters + 1,).
    """
    mine, all_ = 0, 0
    for number in range(len(voters)):
        begin, end = firsts[voters[number]], firsts[voters[number] + 1]
        count = 0
        for line in range(begin, end):
            count += not candidate[line]
        step = max(1, count * ANCHORS // limit)
        seen = 0
        for line in range(begin, end):
            for at in range(ANCHORS):
                value = anchors[line, at]
                if value == _NONE:
                    break
                whole[all_] = value
                all_ += 1
                if not candidate[line]:
                    if seen % step == 0:
                        own[mine] = value
                        mine += 1
                    seen += 1
        whole[whole_ends[number] : all_].sort()
        own_ends[number + 1], whole_ends[number + 1] = mine, all_


@kernel
def judge(
    groups: Any, members: Any, voter_of: Any, quorums: Any, own: Any, own_ends: Any, whole: Any, whole_ends: Any,
    most: Any, patience: Any, result: Any,
) -> None:  # fmt: skip
    """Which repeated lines stand in enough documents that have nothing else in common.

    `groups` (g + 1,) are borders in `members`, the documents that hold a line; `voter_of` gives a document's place in
    `own_ends` or -1; `result` (g,) uint8. Documents are taken as they come: each that is apart from all taken before
    is one more, until `quorums` (g,) is reached or `patience` times as many were looked at.
    """
    taken = np.empty(64, np.int64)
    for group in range(len(groups) - 1):
        count, looked, quorum = 0, 0, quorums[group]
        for index in range(groups[group], groups[group + 1]):
            voter = voter_of[members[index]]
            if voter < 0:
                continue
            looked += 1
            if looked > patience * quorum:
                break
            new = True
            for at in range(count):
                if not (
                    _apart(own, own_ends, whole, whole_ends, voter, taken[at], most)
                    and _apart(own, own_ends, whole, whole_ends, taken[at], voter, most)
                ):
                    new = False
                    break
            if new:
                taken[count] = voter
                count += 1
                if count >= quorum:
                    result[group] = 1
                    break
