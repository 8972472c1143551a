"""The table that tells the word kernel what each code point is; `text.unicode_build` makes it.

`unicode.npz` beside this file is made from the interpreter's `unicodedata` and shipped, so that every machine cuts
words alike whatever its Python's Unicode version.

A two-stage table: `STAGE2[STAGE1[c >> 8] * 256 + (c & 255)]` is a uint64 entry for code point `c`:

| bits  | what                                                                                                      |
|-------|-----------------------------------------------------------------------------------------------------------|
| 0-20  | the folded code point: simple case folding of the NFKC form, and the foldings below                        |
| 21-22 | LOWER, UPPER: a small letter, a capital                                                                    |
| 24-26 | the class below                                                                                           |
| 27    | ODD_ASCII: "0", "1" or "I", which stand for other letters in garbled words                                 |
| 28    | INVISIBLE: an ignored character that has no business inside a word of letters                              |
| 29    | SELDOM: a letter of no large alphabet that looks like a Latin one                                          |
| 30    | JOINER: an ignored character that is usual in other scripts than Latin, Greek and Cyrillic                 |
| 31    | NORMALISE: a text that holds such a code point may have another canonical form                             |
| 32-52 | the Latin letter that the code point looks like (folded), 0 where there is none                            |
| 53-55 | the script, of letters alone                                                                               |
| 56    | WHOLE: a word of such letters alone is read as the Latin word that it looks like                           |
| 57-63 | a second letter (ASCII) that follows the folded one: "ss" for sharp s                                      |

There are two tables. The first one is for comparing: what it folds is another encoding or another typing of the same
word. The `bare` one drops accents, too; alignment uses it, where words that differ in accents alone are the same word
spelt otherwise.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("unicode.npz")

# Classes (bits 24-26). Word breaking follows Unicode Annex 29 where scripts put spaces between words, and falls to
# single characters where they do not.
SEPARATOR, WORD, MARK, SINGLE, IGNORED = range(5)
CLASS_SHIFT = 24
LOWER, UPPER = 1 << 21, 1 << 22
ODD_ASCII, INVISIBLE, SELDOM, JOINER, NORMALISE = 1 << 27, 1 << 28, 1 << 29, 1 << 30, 1 << 31
FOLD_MASK = (1 << 21) - 1
TWIN_SHIFT, SCRIPT_SHIFT, SECOND_SHIFT = 32, 53, 57
WHOLE = 1 << 56
LATIN, CYRILLIC, GREEK, OTHER = range(1, 5)
"""Scripts of letters (bits 53-55); 0 for what is no letter."""

# Scripts written without spaces: every character is a word of its own, so shingles are character n-grams.
_UNSPACED = (
    (0x0E00, 0x0E7F),  # Thai
    (0x0E80, 0x0EFF),  # Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3031, 0x3035),
    (0x3038, 0x30FF),  # Hiragana, Katakana
    (0x3105, 0x31FF),  # Bopomofo, Katakana extensions
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xA000, 0xA4CF),  # Yi
    (0xA9E0, 0xA9FF),  # Myanmar extended
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),  # CJK compatibility
    (0x1B000, 0x1B16F),  # Kana supplements
    (0x20000, 0x3FFFF),  # CJK extensions B and on
)
# Default_Ignorable_Code_Point, the blank braille pattern and the marks of interlinear annotation: never part of a word,
# never its end. Writers of copies hide them inside words.
_INVISIBLE_RANGES = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
# Marks that never make another word: stress and strike-through (what composes with its letter is normalised first),
# Arabic vowel signs and the stretching tatweel, Hebrew points.
_MARK_RANGES = (
    (0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F),
    (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2), (0x05C4, 0x05C5), (0x05C7, 0x05C7),
    (0x0610, 0x061A), (0x0640, 0x0640), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06DC), (0x06DF, 0x06E4),
    (0x06E7, 0x06E8), (0x06EA, 0x06ED), (0x08CA, 0x08E1), (0x08E3, 0x08FF), (0xFE70, 0xFE74), (0xFE76, 0xFE7F),
)  # fmt: skip
_JOINERS = frozenset("\u200c\u200d")
"""Persian and Indian words have them, words of Latin, Greek and Cyrillic letters do not."""
_USUAL = frozenset("\u00ad\u034f\u061c\u200e\u200f") | _JOINERS | {chr(c) for c in range(0xFE00, 0xFE10)}
"""Invisible characters that honest texts have inside words: hyphenation, joiners, emoji, direction of a line."""
APOSTROPHES = frozenset("\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ee\u07f4\u07f5\ua78b\ua78c")
"""Letters by their class, apostrophes by their use: they end a word as "'" does."""


def _expand(ranges: tuple[tuple[int, int], ...]) -> frozenset[str]:
    return frozenset(chr(c) for low, high in ranges for c in range(low, high + 1))


INVISIBLES = _expand(_INVISIBLE_RANGES)
INVISIBLE_CLASS = "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in _INVISIBLE_RANGES)
"""The same inside of a pattern; thousands of single characters would make it slow."""
_IGNORED = INVISIBLES | _expand(_MARK_RANGES)
_SPECIAL = {
    "İ": "i", "ı": "i",  # Turkish capitals: "I" is the capital of both
    "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe",
    "ş": "ș", "ţ": "ț",  # Romanian, cedilla for comma
    "ی": "ي", "ک": "ك", "ہ": "ه",  # Persian and Urdu yeh, kaf and heh
    "ѐ": "е",
}  # fmt: skip
"""Foldings beyond case, of the case-folded character: another encoding or typing of the same letter."""
_JAMO = ((0x1161, 0x1175), (0x11A8, 0x11C2))  # compose with what stands before them


def _second_in_composition() -> set[int]:
    """Code points that a canonical composition may swallow (NFC_Quick_Check = Maybe)."""
    seconds = {c for lo, hi in _JAMO for c in range(lo, hi + 1)}
    for c in range(sys.maxunicode + 1):
        parts = unicodedata.decomposition(chr(c)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            seconds.add(int(parts[1], 16))
    return seconds


def _class(char: str) -> int:
    code, category = ord(char), unicodedata.category(char)
    if char in _IGNORED:
        return IGNORED
    if category in ("Mn", "Mc", "Me"):
        return MARK
    if char in APOSTROPHES:
        return SEPARATOR
    if category[0] == "L" or category in ("Nd", "Nl"):
        return SINGLE if any(lo <= code <= hi for lo, hi in _UNSPACED) else WORD
    return SEPARATOR


def _fold(char: str) -> str:
    """One letter, or two: simple case folding (a full folding that is one character long, else the lower case, else
    the character), Greek without accents, digits of all scripts as ASCII, and what is special.
    """
    if unicodedata.category(char) == "Nd" and _class(char) == WORD:
        return str(unicodedata.digit(char))
    if char in _SPECIAL:
        return _SPECIAL[char]
    for folded in (char.casefold(), char.lower()):
        if len(folded) == 1:
            return _SPECIAL.get(folded, _without_tonos(folded))
    return _without_tonos(char)


def _without_tonos(char: str) -> str:
    """A Greek vowel without accents and breathings, which capitals do without; the diaeresis stays."""
    parts = unicodedata.normalize("NFD", char)
    if len(parts) < 2 or not unicodedata.name(parts[0], "").startswith("GREEK"):
        return char
    return unicodedata.normalize("NFC", parts[0].casefold() + "\u0308" * ("\u0308" in parts))


def entry(code: int, seconds: set[int]) -> int:
    """The lower half of the table's entry for one code point, and its second letter."""
    if 0xD800 <= code <= 0xDFFF:
        return 0
    char = chr(code)
    kind, form = _class(char), unicodedata.normalize("NFKC", char)
    bits, second = 0, 0
    if kind != IGNORED and len(form) == 1:
        char = _fold(form)
        kind = _class(char[0])
        if len(char) == 2:
            second = ord(char[1])
        elif len(unicodedata.normalize("NFKC", char)) != 1:
            char = form
    elif kind != IGNORED and (kind != SEPARATOR or any(_class(c) not in (SEPARATOR, IGNORED) for c in form)):
        bits |= NORMALISE
    # of the character that is meant: half-width U+FF9E and U+FF9F are marks that compose with what stands before them
    if {code, *map(ord, form)} & seconds or any(map(unicodedata.combining, (chr(code), form[0]))):
        bits |= NORMALISE
    if form in ("0", "1", "I"):
        bits |= ODD_ASCII
    bits |= {"Ll": LOWER, "Lu": UPPER}.get(unicodedata.category(form[0]), 0)
    if chr(code) in INVISIBLES and chr(code) not in _USUAL:
        bits |= INVISIBLE
    if chr(code) in _JOINERS:
        bits |= JOINER
    return second << SECOND_SHIFT | bits | kind << CLASS_SHIFT | ord(char[0])


def load() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The shipped tables: the first stage, the second one for comparing, and the bare one."""
    with np.load(FILE) as table:
        return table["stage1"], table["stage2"], table["bare"]
