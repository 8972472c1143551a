"""Term kernels: the distinct terms of each text with their counts and kinds.

A term is the first STEM letters of a folded word, by their 32-bit hash, which takes inflected forms together
("Ukraine", "Ukrainian"); figures that a point or a comma ties together ("1,200", "5.93") are one term. Dates that the
text mentions stand as terms of their own at the end of each text's list, from `DATES` on: a month with a day, a month
alone, a weekday. Arrays and scalars only; buffers are as `text.words` wants them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy import uint8, uint16, uint32
from numpy.typing import NDArray

from dedup.runtime.jit import kernel, njit
from dedup.runtime.simd import load8
from dedup.text.sentences import CAPITAL, DIGIT, FIRST, place_of, read_sentences, word_room
from dedup.text.unicode_table import CLASS_SHIFT, IGNORED, SECOND_SHIFT
from dedup.text.words import CASE, NEEDS_NFKC, START, decode, mix, slow_word

U = np.uint64
NAME, NUMBER, LEAD, DATE = 1, 2, 4, 8
"""Kinds of a term in a text (bits): always written with a capital, and not only where a sentence begins; holds a digit;
stands among the first words; is a mentioned date."""
DATES = 0xFFFF0000
"""Terms from here on are dates: DATES | month << 5 | day, month 1 to 12, day 0 for the month alone; month WEEKDAY for a
weekday, day 1 (Monday) to 7."""
WEEKDAY = 13
ONLY_WITH_DAY = 1 << 10
"""Flag of a date word that is a month only where a day stands beside it: "Mar", "Dec"."""
STEM = 6
"""Letters of a word that count. Correlation of the cosine's logarithm with the similarity that people gave to 472 pairs
of news stories: 4 letters .75 en, .62 de, .73 es; 5 .75 .62 .70; 6 .76 .60 .69; 7 .76 .60 .68; whole words .75 .57
.67. Six keep names apart."""
LEAD_WORDS = 80
"""Words from the first that are LEAD: a headline and about two sentences."""
_STEM_MASK = (U(1) << U(8 * STEM)) - U(1)
_HIGH_BITS = U(0x8080808080808080) & _STEM_MASK
FOLD = U(0xD6E8FEB86659FD93)
_LOWER, _INSIDE = 1 << 4, 1 << 5
"""Bits while counting: seen without a capital; seen with one inside a sentence that is no headline."""


class _DateWords(NamedTuple):
    """Names of months and weekdays, see `text_terms`."""

    words: NDArray[np.uint64]
    codes: NDArray[np.uint16]
    marks: NDArray[np.bool_]
    """(4096,) whether one of them has such low bits."""


@njit(nogil=True)
def fold_term(word: Any) -> Any:
    """32-bit term of a 64-bit word hash; never a date."""
    term = (word ^ word >> U(29)) * FOLD >> U(32)
    return term & U(0x7FFFFFFF) if term >= U(DATES) else term


@njit(nogil=True)
def stem_of(buffer: Any, at: Any, end: Any, word: Any, stage1: Any, stage2: Any, nothing: Any) -> Any:
    """Hash of the first STEM letters of the word `buffer[at:end]`, whose own hash is `word`."""
    if end - at <= STEM:
        return word
    raw = load8(buffer, U(at))
    if not raw & _HIGH_BITS:
        return mix(START, (raw | CASE) & _STEM_MASK)
    stop, letters = at, 0
    while stop < end and letters < STEM:
        code, step = decode(load8(buffer, U(stop)))
        entry = U(stage2[U(stage1[code >> U(8)]) * U(256) + (code & U(255))])
        letters += entry >> U(CLASS_SHIFT) & U(7) != U(IGNORED)
        letters += entry >> U(SECOND_SHIFT) != U(0)
        stop += np.int64(step)
    return slow_word(buffer, U(at), U(min(stop, end)), stage1, stage2, nothing, U(0))[0]


@njit(nogil=True)
def _small_number(buffer: Any, begin: Any, end: Any) -> Any:
    """Value of a day of the month, "4" or "4th"; 0 for anything else."""
    value = 0
    at = begin
    while at < end and 48 <= buffer[at] <= 57 and at - begin < 3:
        value = value * 10 + np.int64(buffer[at]) - 48
        at += 1
    return value if at > begin and value <= 31 and end - at in (0, 2) else 0


@njit(nogil=True)
def _day_beside(buffer: Any, start: Any, spans: Any, bits: Any, index: Any, count: Any) -> Any:
    """Day of the month that stands before or after a month: "October 12", "Oct. 12", "12 October", "12. Oktober",
    "12 de octubre"; 0 where none does.
    """
    for step in (1, -1, -2):
        other = index + step
        if not 0 <= other < count or not bits[other] & DIGIT:
            continue
        begin, end = start + np.int64(spans[other, 0]), start + np.int64(spans[other, 1])
        gap = (begin - start - np.int64(spans[index, 1])) if step > 0 else np.int64(spans[index, 0]) - (end - start)
        day = _small_number(buffer, begin, end)
        if day and gap <= (2 if step > -2 else 4):
            return day
    return 0


@njit(nogil=True)
def _headlines(numbers: Any, bits: Any, count: Any, sentences: Any, out: Any) -> None:
    """Marks in `out` the sentences of which more than half the words have a capital: there it says nothing."""
    capitals = np.zeros((sentences, 2), np.int32)
    for index in range(count):
        capitals[numbers[index], 0] += 1
        capitals[numbers[index], 1] += bits[index] & CAPITAL > 0
    for sentence in range(sentences):
        out[sentence] = 2 * capitals[sentence, 1] > capitals[sentence, 0]


@njit(nogil=True)
def _entries(
    buffer: Any, start: Any, stage1: Any, stage2: Any, words: Any, count: Any, headlines: Any, dates: Any, out: Any,
    filled: Any,
) -> Any:  # fmt: skip
    """One uint64 an occurrence, term << 32 | kinds, into `out` from `filled` on; returns the next place."""
    _, _, hashes, spans, numbers, bits = words
    nothing = np.empty(0, np.uint8)
    for index in range(count):
        word, seen = hashes[index], np.int64(bits[index])
        kind = LEAD if index < LEAD_WORDS else 0
        if seen & DIGIT:
            kind |= NUMBER
            if index and bits[index - 1] & DIGIT and np.int64(spans[index, 0]) - np.int64(spans[index - 1, 1]) == 1:
                byte = buffer[start + np.int64(spans[index, 0]) - 1]
                if byte == 44 or byte == 46:  # , .
                    filled -= 1  # the figure goes on: its parts become one
                    word = mix(hashes[index - 1], word)
                    hashes[index] = word
        else:
            begin, end = start + np.int64(spans[index, 0]), start + np.int64(spans[index, 1])
            word = stem_of(buffer, begin, end, word, stage1, stage2, nothing)
            if not seen & CAPITAL:
                kind |= _LOWER
            elif not seen & FIRST and not headlines[numbers[index]]:
                kind |= _INSIDE
        out[filled] = fold_term(word) << U(32) | U(kind)
        filled += 1
    for index in range(count):
        if not dates.marks[hashes[index] & U(len(dates.marks) - 1)] or bits[index] & DIGIT:
            continue
        place = place_of(hashes[index], dates.words)
        if place < 0:
            continue
        code = np.int64(dates.codes[place])
        if code & 1023 < WEEKDAY << 5:
            code |= _day_beside(buffer, start, spans, bits, index, count)
        if code & 31 or (bits[index] & CAPITAL and not code & ONLY_WITH_DAY):
            out[filled] = U(DATES | code & 1023) << U(32) | U(DATE | (LEAD if index < LEAD_WORDS else 0))
            filled += 1
    return filled


@kernel
def text_terms(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, abbreviations: Any, date_words: Any,
    date_codes: Any, entries: Any, ends: Any, words: Any, normalise: Any,
) -> Any:  # fmt: skip
    """All terms of each text as they come, term << 32 | bits, into `entries` (uint64, (size + 4) a text); returns their
    number.

    `abbreviations` and `date_words` are sorted word hashes, `date_codes` (as long as those, uint16) month << 5 | day,
    with ONLY_WITH_DAY. `ends` (texts,) int64 gets where each text's entries end, `words` (texts,) int32 the number of
    words, `normalise` (texts,) uint8 1 where a text needs NFKC. `count_terms` goes on when each text's are sorted.
    """
    room = word_room(sizes)
    headlines, marks = np.empty(len(room.bits), np.bool_), np.zeros(4096, np.bool_)
    for place in range(len(date_words)):  # few words have such low bits: a quick look before the search
        marks[date_words[place] & U(4095)] = True
    at = 0
    for text in range(len(sizes)):
        start, end = starts[text], starts[text] + sizes[text]
        count, sentences, marked = read_sentences(buffer, start, end, stage1, stage2, abbreviations, room)
        _headlines(room.numbers, room.bits, count, sentences, headlines)
        dates = _DateWords(date_words, date_codes, marks)
        at = _entries(buffer, start, stage1, stage2, room, count, headlines, dates, entries, at)
        ends[text], words[text], normalise[text] = at, count, uint8(marked & U(NEEDS_NFKC))
    return at


@kernel
def count_terms(entries: Any, ends: Any, ids: Any, counts: Any, kinds: Any) -> Any:
    """Distinct terms of each text, ascending, text after text; returns how many there are in all.

    `entries` are those of `text_terms`, each text's sorted; `ends` becomes where each text's terms end in `ids`
    (uint32), `counts` (uint16) and `kinds` (uint8), which are as long as `entries`.
    """
    at, place = 0, 0
    for text in range(len(ends)):
        end = ends[text]
        while place < end:
            term, times, seen = entries[place] >> U(32), 0, 0
            while place < end and entries[place] >> U(32) == term:
                seen |= np.int64(entries[place] & U(255))
                times += 1
                place += 1
            kind = seen & (NUMBER | LEAD | DATE)
            if seen & _INSIDE and not seen & _LOWER:
                kind |= NAME
            ids[at], counts[at], kinds[at] = uint32(term), uint16(min(times, 65535)), uint8(kind)
            at += 1
        ends[text] = at
    return at
