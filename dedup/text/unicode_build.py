"""Makes the table of `text.unicode_table`: run as a module, with the packages whose data it takes installed.

`pip install confusable-homoglyphs opencc-python-reimplemented && python -m dedup.text.unicode_build`: the first has the
confusables of Unicode Technical Standard 39, the second which traditional Chinese characters stand for one simplified.
The program needs neither.
"""

from __future__ import annotations

import json
import unicodedata
from importlib.resources import files
from string import ascii_lowercase

import numpy as np

from dedup.text import unicode_table as table

# What Technical Standard 39 has in other fonts or not at all, and what it has that no reader takes for the letter.
_CYRILLIC_MORE = dict(zip("ктмвн", "ktmbh", strict=True))
_GREEK_MORE = dict(zip("αεηικνορστυχω", "aenikvopotuxw", strict=True))
_NO_TWINS = frozenset("гбзчьъыпилджшщэюяґ")
_WHOLE = frozenset("асеорѕіјһԁԛԝхуѵӏ" + "ναιορυ")
"""Letters whose capitals look like the Latin capitals, too: else a word in capitals would not be the same word."""
_SELDOM = frozenset("ѕһԁԛԝӏѵ")
_LATIN_SHAPES = {"ɑ": "a", "ɡ": "g", "ɪ": "i", "ꜱ": "s", "ꜰ": "f"}
_BARE = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ŋ": "n", "þ": "th", "ё": "е", "ѝ": "и"} | dict(
    zip("أإآٱؤئىةۀ", "ااااوييهه", strict=True)
)
_NUKTAS = frozenset("\u093c\u09bc\u0a3c\u0abc\u0b3c")


def _confusables() -> dict[str, str]:
    """The ASCII letter or figure that each character looks like; a capital looks like a capital where there is one."""
    known = json.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8"))
    found = {}
    for char, others in known.items():
        ascii_ = [other["c"] for other in others if len(other["c"]) == 1 and other["c"] in ascii_letters_and_figures()]
        if len(char) == 1 and ord(char) > 127 and ascii_:
            same_case = [letter for letter in ascii_ if letter.isupper() == char.isupper()]
            found[char] = (same_case or ascii_)[0]
    return found


def ascii_letters_and_figures() -> str:
    """What look-alikes are folded to."""
    return ascii_lowercase + ascii_lowercase.upper() + "01"


def _script(char: str) -> int:
    if unicodedata.category(char)[0] != "L" or table._class(char) != table.WORD:
        return 0
    first = unicodedata.name(char, "").split(" ")[0]
    return {"LATIN": table.LATIN, "CYRILLIC": table.CYRILLIC, "GREEK": table.GREEK}.get(first, table.OTHER)


def _twin(char: str, folded: str, known: dict[str, str]) -> str:
    """The Latin letter that a letter of another script looks like, or ""."""
    script, low = _script(folded), char.lower()
    if low == "ӏ":
        return "l"
    if script == table.CYRILLIC:
        return _CYRILLIC_MORE.get(low) or ("" if low in _NO_TWINS else known.get(char, known.get(low, "")).lower())
    if script == table.GREEK:
        if char != low and char in known:
            return known[char].lower()
        return _GREEK_MORE.get(folded) or known.get(char, "").lower()
    if script == table.OTHER or unicodedata.category(char) == "Nd":
        return known.get(char, "").lower()
    return ""


def _small_capital(char: str) -> str:
    """The letter of a small capital ("ʙ") or a letter in a black circle or box, else ""."""
    name = unicodedata.name(char, "")
    shapes = ("LATIN LETTER SMALL CAPITAL ", "NEGATIVE CIRCLED LATIN CAPITAL LETTER ",
              "NEGATIVE SQUARED LATIN CAPITAL LETTER ")  # fmt: skip
    letter = next((name[len(shape) :] for shape in shapes if name.startswith(shape)), "")
    plain = len(letter) == 1 and char not in "🅰🅱🅾🅿"
    return letter.lower() if plain else _LATIN_SHAPES.get(char, "")


def _with_twin(code: int, low: int, known: dict[str, str]) -> int:
    """The whole entry: with script and twin."""
    kind = low >> table.CLASS_SHIFT & 7
    form = unicodedata.normalize("NFKC", chr(code)) if not 0xD800 <= code <= 0xDFFF else ""
    char = form if len(form) == 1 else chr(code)
    if shape := _small_capital(char):
        return table.LATIN << table.SCRIPT_SHIFT | table.WORD << table.CLASS_SHIFT | ord(shape)
    if kind != table.WORD:
        return low
    folded = chr(low & table.FOLD_MASK)
    twin = _twin(char, folded, known)
    script = table.OTHER if twin and not _script(folded) and ord(char) > 127 else _script(folded)
    bits = low | script << table.SCRIPT_SHIFT
    if twin and script != table.LATIN:
        bits |= ord(twin) << table.TWIN_SHIFT
        capital = folded.upper()
        if folded in _WHOLE and twin == _twin(folded, folded, known) == _twin(capital, folded, known):
            bits |= table.WHOLE
        if folded in _SELDOM:
            bits |= table.SELDOM
    return bits


def _bare(entry: int, simplified: dict[str, str]) -> int:
    """The entry of the bare table: no accents, one form of the Arabic letters, simplified Chinese."""
    kind, folded = entry >> table.CLASS_SHIFT & 7, chr(entry & table.FOLD_MASK)
    if entry & table.WHOLE:  # also words of one and two letters
        entry |= table.SELDOM
    if folded in _NUKTAS:
        return entry & ~(7 << table.CLASS_SHIFT) | table.IGNORED << table.CLASS_SHIFT
    if kind not in (table.WORD, table.SINGLE):
        return entry
    parts = unicodedata.normalize("NFD", folded)
    plain = _BARE.get(folded) or simplified.get(folded, folded)
    if len(parts) > 1 and unicodedata.name(parts[0], "").split(" ")[0] in ("LATIN", "GREEK"):
        plain = _BARE.get(parts[0], parts[0])
    if plain == folded:
        return entry
    second = ord(plain[1]) if len(plain) > 1 else entry >> table.SECOND_SHIFT
    kept = entry & ~table.FOLD_MASK & (1 << table.SECOND_SHIFT) - 1
    return second << table.SECOND_SHIFT | kept | ord(plain[0])


def _simplified() -> dict[str, str]:
    """The simplified form of each traditional character."""
    lines = files("opencc").joinpath("dictionary/TSCharacters.txt").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if "\t" in line)
    found = {char: forms.split(" ")[0] for char, forms in rows}
    return {char: form for char, form in found.items() if len(char) == len(form) == 1}


def build() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """STAGE1 (4352,) uint16, and STAGE2 of both tables, (blocks * 256,) uint64 each."""
    seconds, known, simplified = table._second_in_composition(), _confusables(), _simplified()
    blocks: dict[bytes, int] = {}
    stage1 = np.zeros(0x1100, np.uint16)
    for high in range(0x1100):
        codes = range(high << 8, (high + 1) << 8)
        entries = [_with_twin(code, table.entry(code, seconds), known) for code in codes]
        # Separators all look alike: their folded form is never read.
        entries = [
            0 if e >> table.CLASS_SHIFT & 7 == table.SEPARATOR and not e & table.NORMALISE else e for e in entries
        ]
        both = np.array([entries, [_bare(entry, simplified) for entry in entries]], np.uint64)
        stage1[high] = blocks.setdefault(both.tobytes(), len(blocks))
    every = np.frombuffer(b"".join(blocks), np.uint64).reshape(-1, 2, 256)
    return stage1, every[:, 0].ravel().copy(), every[:, 1].ravel().copy()


if __name__ == "__main__":
    first, fine, bare = build()
    np.savez_compressed(table.FILE, stage1=first, stage2=fine, bare=bare)
    print(f"{table.FILE.name}: {len(fine) // 256} blocks, Unicode {unicodedata.unidata_version}")  # noqa: T201 - a tool
