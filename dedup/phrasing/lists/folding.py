"""A text as a stream in which phrases can be looked for letter by letter, and the way back to its own characters.

The stream is made of tokens: words, each between START and END, and marks (punctuation, symbols), one character each.
White space only parts words, so that a phrase may go over line ends, and a single hyphen that touches a word is white
space, wherever lines end: "switch-gaining" and "switch gaining" are the same tokens, "pre- and post-" has no mark. (Two
hyphens, or one between blanks, are a dash, and a mark.) Because every word brings its own two ends, a phrase found in
the stream stands at word boundaries, and phrases side by side share nothing.

Case and form are folded to what Unicode calls a compatibility caseless match: "STRASSE" is "Straße", "ﬁeld" is
"field", letters are the same composed or not. All dashes of hyphen length are "-", all apostrophes "'"; invisible
characters (soft hyphens, zero-width spaces, bidi controls) are passed over wherever they stand. Words are cut as in
`text.words`, with some additions, because here the marks between words count as well: "10,000" and "0.5" are one word,
and so is "don't" (where "don" would be another word; "alzheimer's" is three tokens: phrases are found before "'s");
raised digits are marks, as they mostly are those of footnotes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.text.arrays import tables
from dedup.text.unicode_table import CLASS_SHIFT, IGNORED, INVISIBLES, MARK, SEPARATOR, SINGLE, WORD

START, END = "\x02", "\x03"
"""Before and behind each word; no folded character is one of them."""
CONTROL = "\0"
"""What every control character that is no white space is folded to: a token like any mark."""
HYPHENS = "-\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
"""Not the em dash, which parts what it stands between."""
APOSTROPHES = "'\u2018\u2019\u201b\u02b9\u02bb\u02bc\u2032\u00b4`\uff07"
SPACE = 5
"""A class beside those of `text.unicode_table`."""
_BLANK_CONTROLS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85"
_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters by their category that show nothing."""
_DOT_ABOVE, _LETTER_I, _LETTER_N, _LETTER_T = 0x307, ord("i"), ord("n"), ord("t")


@dataclass(frozen=True, slots=True)
class Stream:
    """The tokens of a text."""

    text: str
    places: NDArray[np.int32]
    """(k,) where the folded characters stand in `text`, START and END left out; ascending."""
    origins: NDArray[np.int32]
    """(k,) the characters of the text as it was read from which they come; never descending."""

    def spans(self, begins: Sequence[int], ends: Sequence[int]) -> list[tuple[int, int]]:
        """Character offsets into the text as it was read of each `text[begin:end]`, which holds a folded character."""
        # in the type of `places`: else all of it would be converted
        first = np.searchsorted(self.places, np.array(begins, np.int32))
        last = np.searchsorted(self.places, np.array(ends, np.int32)) - 1
        return list(zip(self.origins[first].tolist(), (self.origins[last] + 1).tolist(), strict=True))


@dataclass(slots=True)
class _Characters:
    """Folded characters in columns of one length."""

    codes: NDArray[np.uint32]
    kinds: NDArray[np.uint8]
    origins: NDArray[np.int32]
    marks: NDArray[np.bool_] | None = None
    """Which were combining marks; None where none was."""

    def keep(self, wanted: NDArray[np.bool_]) -> None:
        """Drop the others."""
        self.codes, self.kinds, self.origins = self.codes[wanted], self.kinds[wanted], self.origins[wanted]
        self.marks = None if self.marks is None else self.marks[wanted]


def stream(text: str) -> Stream:
    """The tokens of `text`. Linear in its length, whatever it holds."""
    found, present = _folded(text)
    if present & _MARKS:
        _attach_marks(found)
    if present & _MAY_JOIN:
        _join(found)
    if present & _HYPHEN:
        _part(found)
    starts, ends = _word_ends(found, bool(present & _SINGLES))
    wanted = found.kinds != SPACE
    found.keep(wanted)
    return _marked(found, starts[wanted], ends[wanted])


_MARKS, _SINGLES, _HYPHEN, _MAY_JOIN = 1, 2, 4, 8
"""What a text holds: most texts lack most of it, and each is a few passes over the text."""


def _folded(text: str) -> tuple[_Characters, int]:
    """Every character by itself, and what there is among them."""
    source = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    distinct, rows = _distinct(source)
    folds = [_fold(code) for code in distinct]
    present = 0
    for fold in folds:
        present |= fold.present
    codes = np.array([code for fold in folds for code in fold.codes], np.uint32)
    kinds = np.array([kind for fold in folds for kind in fold.kinds], np.uint8)
    counts = np.array([len(fold.codes) for fold in folds], np.int32)
    if (counts == 1).all():
        return _Characters(codes[rows], kinds[rows], np.arange(len(source), dtype=np.int32)), present
    each = counts[rows]
    ends = np.cumsum(each, dtype=np.int32)
    origins = np.repeat(np.arange(len(source), dtype=np.int32), each)
    within = np.arange(len(origins), dtype=np.int32) - (ends - each)[origins]
    picked = (np.cumsum(counts, dtype=np.int32) - counts)[rows[origins]] + within
    return _Characters(codes[picked], kinds[picked], origins), present


def _distinct(codes: NDArray[np.uint32]) -> tuple[list[int], NDArray[np.int32]]:
    """The code points among `codes`, ascending, and (n,) the index of each one there; without a sort."""
    seen = np.zeros(int(codes.max(initial=0)) + 1, np.bool_)
    seen[codes] = True
    distinct = np.flatnonzero(seen)
    index = np.zeros(len(seen), np.int32)
    index[distinct] = np.arange(len(distinct))
    return distinct.tolist(), index[codes]


@dataclass(frozen=True, slots=True)
class _Fold:
    """What becomes of one character."""

    codes: tuple[int, ...]
    kinds: tuple[int, ...]
    present: int


@lru_cache(1 << 16)
def _fold(code: int) -> _Fold:
    """Fold one code point."""
    char = chr(code)
    if _kind(char) == IGNORED:
        return _Fold((), (), 0)
    folded = _fold_mark(char) if _kind(char) in (SEPARATOR, SPACE) else _fold_letter(char)
    kinds = tuple(_kind(part) for part in folded)
    present = (_MARKS if MARK in kinds else 0) | (_SINGLES if SINGLE in kinds else 0)
    present |= {"-": _HYPHEN, "'": _MAY_JOIN, ".": _MAY_JOIN, ",": _MAY_JOIN}.get(folded, 0)
    return _Fold(tuple(map(ord, folded)), kinds, present)


@cache
def _odd_kinds() -> dict[str, int]:
    """Characters of another class than in the table."""
    odd = dict.fromkeys(HYPHENS + APOSTROPHES, SEPARATOR) | dict.fromkeys(_FILLERS, IGNORED)
    return odd | dict.fromkeys(_BLANK_CONTROLS, SPACE)


def _kind(char: str) -> int:
    """The class of a character."""
    if char in _odd_kinds():
        return _odd_kinds()[char]
    if unicodedata.category(char) == "No" and unicodedata.decomposition(char).startswith("<super>"):
        return SEPARATOR
    if unicodedata.category(char)[0] == "M" and char not in INVISIBLES:
        return MARK  # also those that words are compared without: a mark belongs to its letter
    stage1, stage2 = tables()
    kind = int(stage2[int(stage1[ord(char) >> 8]) * 256 + (ord(char) & 255)]) >> CLASS_SHIFT & 7
    if kind == SEPARATOR:
        category = unicodedata.category(char)
        return SPACE if category[0] == "Z" else IGNORED if category == "Cf" else SEPARATOR
    return kind


def _fold_mark(char: str) -> str:
    """A separator: always one character, so that no phrase ends within what was one."""
    if _kind(char) == SPACE:
        return " "
    if char in HYPHENS:
        return "-"
    if char in APOSTROPHES:
        return "'"
    if unicodedata.category(char) in ("Cc", "Cs"):
        return CONTROL
    form = unicodedata.normalize("NFKC", char)
    return form if len(form) == 1 and _kind(form) == SEPARATOR else char


def _fold_letter(char: str) -> str:
    """A letter, digit or combining mark, folded and taken apart into letters and their marks.

    Where that would give more than a part of one word ("ŉ", Arabic ligatures of whole phrases), only case is folded.
    """
    folded = char
    for _ in range(3):  # the folding of a decomposition may decompose again, and that is the end of it
        folded = unicodedata.normalize("NFKD", folded).casefold()
    kinds = [_kind(part) for part in folded]
    rest = (WORD, MARK) if kinds[0] == WORD else (MARK,)
    if kinds[0] in (WORD, MARK, SINGLE) and all(kind in rest for kind in kinds[1:]):
        return folded
    return char.lower() if len(char.lower()) == 1 else char


def _attach_marks(found: _Characters) -> None:
    """Combining marks get the class of their letter; those without one are dropped."""
    marks = found.kinds == MARK
    bases = np.maximum.accumulate(np.where(marks, -1, np.arange(len(marks), dtype=np.int32)))
    found.kinds = np.where(bases < 0, SEPARATOR, found.kinds[bases]).astype(np.uint8)
    found.marks = marks
    # "İ" folds to an i and a dot, which the i of the same word in other letters has not
    dots = (found.codes == _DOT_ABOVE) & (_shifted(found.codes, 1) == _LETTER_I)
    found.keep(~dots & ~(marks & (found.kinds != WORD) & (found.kinds != SINGLE)))
    _order_marks(found)


def _order_marks(found: _Characters) -> None:
    """Put the marks of each letter into canonical order, which per character cannot be seen.

    Not by `unicodedata.normalize`, whose time is quadratic in the marks of one letter. Origins stay: no phrase begins
    or ends within the marks of a letter.
    """
    distinct, rows = _distinct(found.codes)
    combining = np.array([unicodedata.combining(chr(code)) for code in distinct], np.int64)[rows]
    if not ((combining[1:] > 0) & (combining[:-1] > combining[1:])).any():
        return
    letters = np.cumsum(combining == 0)
    found.codes = found.codes[np.argsort(letters << 8 | combining, kind="stable")]


def _join(found: _Characters) -> None:
    """The point in "0.5", the comma in "10,000" and the apostrophe in "don't" are part of the word."""
    codes, words = found.codes, _words(found)
    digits = (codes >= ord("0")) & (codes <= ord("9"))
    numbers = ((codes == ord(".")) | (codes == ord(","))) & _shifted(digits, 1) & _shifted(digits, -1)
    negations = (codes == ord("'")) & (_shifted(codes, 1) == _LETTER_N) & (_shifted(codes, -1) == _LETTER_T)
    found.kinds[numbers | (negations & ~_shifted(words, -2))] = WORD


def _part(found: _Characters) -> None:
    """A hyphen that touches a word, and no other hyphen, is white space."""
    hyphens, words = (found.codes == ord("-")) & (found.kinds == SEPARATOR), _words(found)
    touches = _shifted(words, 1) | _shifted(words, -1)
    found.kinds[hyphens & touches & ~_shifted(hyphens, 1) & ~_shifted(hyphens, -1)] = SPACE


def _words(found: _Characters) -> NDArray[np.bool_]:
    """Which characters are part of a word."""
    words: NDArray[np.bool_] = (found.kinds == WORD) | (found.kinds == SINGLE)
    return words


def _shifted(values: NDArray[Any], by: int) -> NDArray[Any]:
    """What stands `by` places before each value (behind it if negative); 0 beyond the ends."""
    moved = np.zeros_like(values)
    if by > 0:
        moved[by:] = values[:-by]
    else:
        moved[:by] = values[-by:]
    return moved


def _word_ends(found: _Characters, singles: bool) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which characters begin a word, and which end one."""
    words = _words(found)
    starts = words & ~_shifted(words, 1)
    if singles:  # scripts without spaces: each letter with its marks is a word
        single = found.kinds == SINGLE
        own = words & (single | _shifted(single, 1))
        starts |= own if found.marks is None else own & ~found.marks
    return starts, words & (_shifted(starts, -1) | ~_shifted(words, -1))


def _marked(found: _Characters, starts: NDArray[np.bool_], ends: NDArray[np.bool_]) -> Stream:
    """The stream with START and END put in."""
    added = np.cumsum(starts.astype(np.int8) + _shifted(ends, 1), dtype=np.int32)
    places = np.arange(len(starts), dtype=np.int32) + added
    total = int(places[-1]) + 1 + int(ends[-1]) if len(places) else 0
    codes = np.empty(total, "<u4")
    codes[places] = found.codes
    codes[places[starts] - 1] = ord(START)
    codes[places[ends] + 1] = ord(END)
    return Stream(codes.tobytes().decode("utf-32-le"), places, found.origins)
