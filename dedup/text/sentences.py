"""Sentence kernel: where sentences end, and what can be seen of a word besides its letters.

A sentence ends at a full stop, question or exclamation mark that is followed by white space and by what may begin a
sentence (a capital, a digit, a quotation mark, a script without capitals), but not after an initial or a known
abbreviation; at a Chinese or Japanese full stop; at an empty line; and at a line break, unless the lines of the text
are wrapped to one width (old newswires, mail). After LONGEST words one ends wherever it is, so that a text without
full stops costs no more than others.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy import uint8
from numpy.typing import NDArray

from dedup.runtime.jit import kernel, njit
from dedup.runtime.simd import load8
from dedup.text.unicode_table import CLASS_SHIFT, FOLD_MASK, SINGLE
from dedup.text.words import decode, word_hashes

U = np.uint64
CAPITAL, DIGIT, FIRST, LINE, PARAGRAPH = 1, 2, 4, 8, 16
"""Bits of a word: begins with a capital; begins or ends with a digit; is the first of its sentence, of its line, of its
paragraph."""
LONGEST = 80
"""Words after which a sentence is ended in any case."""
ABBREVIATIONS = (
    "mr mrs ms dr st gov sen rep gen lt col sgt capt maj adm pres prof rev hon jr sr inc corp co ltd no vs dept est "
    "jan feb mar apr jun jul aug sept sep oct nov dec mt ft ave blvd rd fig al approx bros cf eg ie etc v"
)
"""Words whose full stop does not end a sentence (English news; elsewhere a sentence is cut once too often)."""
_END, _BREAK, _EMPTY, _SPACE, _OPENS, _HARD = 1, 2, 4, 8, 16, 32
_WRAP_MOST, _WRAP_LEAST, _WRAP_LINES = 100, 40, 6
"""A text is wrapped if its longest line has at most so many bytes, the average one at least so many, and it has so
many lines (newswires: 60 to 80)."""


@njit(nogil=True)
def _gap(buffer: Any, begin: Any, end: Any) -> Any:
    """What stands between two words: bits _END … _HARD."""
    found, lines, ended = 0, 0, False
    at = begin
    while at < end:
        byte = buffer[at]
        if byte == 10:
            lines += 1
            found |= _SPACE
        elif byte == 32 or byte == 9 or byte == 13:
            found |= _SPACE
        elif byte == 46 or byte == 33 or byte == 63:  # . ! ?
            ended = True
        elif byte == 34 or byte == 39 or byte == 40 or byte == 91:  # " ' ( [
            if found & _SPACE:
                found |= _OPENS
        elif byte >= 0xC2:
            code, step = decode(load8(buffer, U(at)))
            if code == U(0x2026):
                ended = True
            elif code == U(0x3002) or code == U(0xFF01) or code == U(0xFF1F):  # 。！？
                found |= _HARD
            elif code == U(0xA0):
                found |= _SPACE
            elif found & _SPACE and (code == U(0xAB) or code == U(0x201E) or code == U(0x201C) or code == U(0x2018)):
                found |= _OPENS
            at += max(np.int64(step), 1)
            continue
        at += 1
    if ended:
        found |= _END
    if lines:
        found |= _BREAK
    if lines > 1:
        found |= _EMPTY
    return found


@njit(nogil=True)
def _wrapped(buffer: Any, start: Any, end: Any) -> Any:
    """Whether the lines of the text are all of about one width."""
    longest, lines, line_start, full = 0, 0, start, 0
    for at in range(start, end):
        if buffer[at] == 10:
            size = at - line_start
            longest = max(longest, size)
            full += size
            lines += size > 0
            line_start = at + 1
            if longest > _WRAP_MOST:
                return False
    return longest <= _WRAP_MOST and lines >= _WRAP_LINES and full >= _WRAP_LEAST * lines


@njit(nogil=True)
def _look(buffer: Any, begin: Any, stage1: Any, stage2: Any) -> Any:
    """CAPITAL for a word that begins with a capital beyond ASCII, and whether its script has none."""
    code, _ = decode(load8(buffer, U(begin)))
    entry = U(stage2[U(stage1[code >> U(8)]) * U(256) + (code & U(255))])
    caseless = entry >> U(CLASS_SHIFT) & U(7) == U(SINGLE) or U(0x590) <= code < U(0x1E00)
    return CAPITAL if entry & U(FOLD_MASK) != code else 0, caseless


@kernel
def sentence_numbers(
    buffer: Any, start: Any, end: Any, hashes: Any, spans: Any, count: Any, stage1: Any, stage2: Any,
    abbreviations: Any, numbers: Any, bits: Any,
) -> Any:  # fmt: skip
    """Sentence of each of the first `count` words of `buffer[start:end]`; returns the number of sentences.

    `hashes` and `spans` are as `word_hashes` fills them, `abbreviations` sorted hashes; `numbers` (int32) gets the
    sentence of each word from 0, `bits` (uint8) CAPITAL | DIGIT | FIRST | LINE | PARAGRAPH.
    """
    wrapped = _wrapped(buffer, start, end)
    sentence, length, before = 0, 0, start
    for index in range(U(0), U(count)):
        begin, stop = start + np.int64(spans[index, 0]), start + np.int64(spans[index, 1])
        # most words follow one space, begin with an ASCII letter and are no news; what is not so costs a call
        gap = _SPACE
        if begin - before != 1 or buffer[U(before)] != 32:
            gap = _gap(buffer, before, begin)
        first, last = buffer[U(begin)], buffer[U(stop - 1)]
        look = CAPITAL if 65 <= first <= 90 else 0
        caseless = False
        if first >= 0x80:
            look, caseless = _look(buffer, begin, stage1, stage2)
        if 48 <= first <= 57 or 48 <= last <= 57:
            look |= DIGIT
        new = index == 0 or length >= LONGEST or gap & (_EMPTY | _HARD) > 0 or (gap & _BREAK > 0 and not wrapped)
        if not new and gap & _END and gap & _SPACE and (look or caseless or gap & _OPENS):
            size = before - (start + np.int64(spans[index - U(1), 0]))
            initial = size == 1 and 65 <= buffer[before - 1] <= 90
            if not (buffer[before] == 46 and (initial or place_of(hashes[index - U(1)], abbreviations) >= 0)):
                new = True
        if new:
            sentence += index > 0
            length = 0
            look |= FIRST
        if index == 0 or gap & _BREAK:
            look |= LINE
            if index == 0 or gap & _EMPTY or not wrapped:
                look |= PARAGRAPH
        numbers[index] = sentence
        bits[index] = uint8(look)
        length += 1
        before = stop
    return sentence + (1 if count else 0)


@njit(nogil=True)
def place_of(value: Any, ascending: Any) -> Any:
    """Place of a value in an ascending array, -1 where it is not."""
    place = np.searchsorted(ascending, value)
    return place if place < len(ascending) and ascending[place] == value else -1


class WordRoom(NamedTuple):
    """Room for the words of one text."""

    edges: NDArray[np.uint32]
    specials: NDArray[np.uint32]
    """For `word_hashes` to work in."""
    hashes: NDArray[np.uint64]
    spans: NDArray[np.uint32]
    """(words, 2) bytes from the start of the text, end exclusive."""
    numbers: NDArray[np.int32]
    """The sentence of each."""
    bits: NDArray[np.uint8]


@njit(nogil=True)
def word_room(sizes: Any) -> Any:
    """Room for the words of any one of some texts, by their `sizes` in bytes."""
    longest = 0
    for size in sizes:
        longest = max(longest, np.int64(size))
    edges, specials = np.empty(longest + 2, np.uint32), np.empty(longest + 2, np.uint32)
    most = longest // 2 + 2
    hashes, spans = np.empty(most, np.uint64), np.empty((most, 2), np.uint32)
    return WordRoom(edges, specials, hashes, spans, np.empty(most, np.int32), np.empty(most, np.uint8))


@njit(nogil=True)
def read_sentences(buffer: Any, start: Any, end: Any, stage1: Any, stage2: Any, abbreviations: Any, room: Any) -> Any:
    """Words and sentences of `buffer[start:end]` into `room`; how many words and sentences there are, and the marks of
    `word_hashes`.
    """
    found, marked = word_hashes(
        buffer, U(start), U(end), stage1, stage2, room.edges, room.specials, room.hashes, room.spans
    )
    count = np.int64(found)
    sentences = sentence_numbers(
        buffer, start, end, room.hashes, room.spans, count, stage1, stage2, abbreviations, room.numbers, room.bits
    )
    return count, sentences, marked
