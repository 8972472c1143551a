"""The table that tells the word kernel what each code point is; run as a module to build it again.

`python -m dedup.text.unicode_table` writes `unicode.npz` beside this file from the interpreter's `unicodedata`.
The file is shipped, so that every machine cuts words alike whatever its Python's Unicode version.

A two-stage table: `STAGE2[STAGE1[c >> 8] * 256 + (c & 255)]` is a uint32 entry for code point `c`:
bits 0-20 the folded code point (simple case folding of the NFKC form), bits 24-26 the class below, bit 31
"normalise this text first" (a text that holds such a code point may have another canonical form).
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
NORMALISE = 1 << 31
FOLD_MASK = (1 << 21) - 1

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
# Format characters and invisible ones: never part of a word, never its end. Writers of copies hide them inside words.
_IGNORED = frozenset("\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u2060\ufeff") | {
    chr(c) for lo, hi in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF), (0x200E, 0x200F)) for c in range(lo, hi + 1)
}
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
    if category[0] == "L" or category in ("Nd", "Nl"):
        return SINGLE if any(lo <= code <= hi for lo, hi in _UNSPACED) else WORD
    return SEPARATOR


def _fold(char: str) -> str:
    """Simple case folding: a full folding that is one character long, else the lower case, else the character."""
    for folded in (char.casefold(), char.lower()):
        if len(folded) == 1:
            return folded
    return char


def entry(code: int, seconds: set[int]) -> int:
    """The table's uint32 for one code point."""
    if 0xD800 <= code <= 0xDFFF:
        return 0
    char = chr(code)
    form = unicodedata.normalize("NFKC", char)
    bits = 0
    if len(form) == 1:
        char = _fold(form)
        if len(unicodedata.normalize("NFKC", char)) != 1:
            char = form
    elif any(_class(c) not in (SEPARATOR, IGNORED) for c in form):
        bits |= NORMALISE
    # of the character that is meant: half-width U+FF9E and U+FF9F are marks that compose with what stands before them
    if {code, *map(ord, form)} & seconds or any(map(unicodedata.combining, (chr(code), form[0]))):
        bits |= NORMALISE
    return bits | _class(char) << CLASS_SHIFT | ord(char)


def build() -> tuple[np.ndarray, np.ndarray]:
    """STAGE1 (4352,) uint16 and STAGE2 (blocks * 256,) uint32."""
    seconds = _second_in_composition()
    blocks: dict[bytes, int] = {}
    stage1 = np.zeros(0x1100, np.uint16)
    for high in range(0x1100):
        block = np.array([entry(high << 8 | low, seconds) for low in range(256)], np.uint32)
        # Separators all look alike: their folded form is never read.
        block[(block >> CLASS_SHIFT & 7 == SEPARATOR) & (block & NORMALISE == 0)] = 0
        stage1[high] = blocks.setdefault(block.tobytes(), len(blocks))
    return stage1, np.frombuffer(b"".join(blocks), np.uint32).copy()


def load() -> tuple[np.ndarray, np.ndarray]:
    """The shipped table."""
    with np.load(FILE) as table:
        return table["stage1"], table["stage2"]


if __name__ == "__main__":
    stage1, stage2 = build()
    np.savez_compressed(FILE, stage1=stage1, stage2=stage2)
    print(f"{FILE.name}: {len(stage2) // 256} blocks, Unicode {unicodedata.unidata_version}")  # noqa: T201 - a tool, not the program
