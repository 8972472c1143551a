"""Look-alike letters and invisible characters inside words: signs that a text was made to hide from comparison.

A place is a word that mixes scripts ("pаper" with a Cyrillic a), a word wholly of look-alikes in a text of another
script, a word with an invisible character between its letters, and one with "I", "0" or "1" for another letter. What
honest texts have is none: soft hyphens, joiners of Persian and Indian scripts, emoji, Greek letters as symbols ("TNFα",
"ΔT"), names in camel case, addresses and code. Typists err once in a while, so that a few places in a long text are no
finding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from dedup.columns import pack
from dedup.text import unicode_table as table
from dedup.text import words
from dedup.text.arrays import as_arrays, tables

LEAST, LEAST_SHARE = 2, 0.005
"""Places from which a text is flagged, and the share of its words. Of 31,000 natural texts in four languages
(`docs`: SemEval, Reuters, US news, ABC) none has so many."""
LEAST_ASCII = 3
"""The same for "I", "0" and "1" alone: product names have one or two."""
MOST = 100
"""Places that are told."""
_HIDDEN = "".join(sorted(table.INVISIBLES - {"\u00ad"}))
_WORD = re.compile(rf"[^\W_]+(?:[{table.INVISIBLE_CLASS}]+[^\W_]*)*")
_ODD = re.compile(r"[a-z]I|[A-Z]I[a-z]|[A-Za-z][01]|[01][A-Za-z]{3}")
_SPOT = re.compile(rf"[^\x00-\x7f]|{_ODD.pattern}")
"""Where a word may be one of those that are looked for."""
_CAMEL = re.compile(r"[a-z][A-HJ-Z][a-z]")
_ALPHABETS = (table.LATIN, table.CYRILLIC, table.GREEK)
_CODE = frozenset("/\\@_=&#<>{}[]$~^|+*%")
"""Characters that addresses and code have beside words."""


class HiddenWord(NamedTuple):
    """One word: character offsets, and the word that a reader sees."""

    start: int
    end: int
    clean: str


class Obfuscation(NamedTuple):
    """What was found in a text: the first places, and how many there are."""

    places: list[HiddenWord]
    total: int


def obfuscation(text: str) -> Obfuscation | None:
    """Words of `text` that look like others or hide characters; None where it is not obfuscated."""
    found: list[HiddenWord] = []
    ascii_found: list[HiddenWord] = []
    other_script = 0
    for start, end in _odd_words(text):
        word = text[start:end]
        if word.isascii():
            if _is_prose(text, start, end) and (clean := _garbled(word)):
                ascii_found.append(HiddenWord(start, end, clean))
            continue
        scripts = _scripts(word)
        other_script += bool(scripts) and table.LATIN not in scripts
        if clean := _hides(word) or _mixed(word, scripts):
            found.append(HiddenWord(start, end, clean))
    if not found and not ascii_found:
        return None
    total = sum(1 for _ in _WORD.finditer(text))
    sure = [place for place in found if _is_sure(text[place.start : place.end])]
    if not sure or other_script * 2 > total:  # whole words of such letters may be words of another language
        found = sure
    distinct = len({place.clean for place in ascii_found})
    if distinct < LEAST_ASCII or len(_CAMEL.findall(text)) * 2 > len(ascii_found):
        ascii_found = []
    found = sorted(found + ascii_found)
    if len(found) < max(LEAST, LEAST_SHARE * total):
        return None
    return Obfuscation(found[:MOST], len(found))


def _odd_words(text: str) -> Iterator[tuple[int, int]]:
    """The words that are not ASCII or have "I", "0" or "1" where few words have them: one or none in most texts."""
    done = 0
    for spot in _SPOT.finditer(text):
        at = spot.start()
        if at < done:
            continue
        start = at
        while start > done and (text[start - 1].isalnum() or text[start - 1] in table.INVISIBLES):
            start -= 1
        word = _WORD.search(text, start, max(at, start) + 1)  # what is invisible begins no word
        done = at + 1
        if word and word.end() > at and (word := _WORD.match(text, word.start())):
            done = word.end()
            yield word.start(), done


def _is_sure(word: str) -> bool:
    """Whether the word itself mixes scripts or hides characters."""
    return len(_scripts(word)) > 1 or bool(_hides(word))


def _is_prose(text: str, start: int, end: int) -> bool:
    """Whether a word stands among words, and not in an address or in code."""
    while start and not text[start - 1].isspace():
        start -= 1
        if text[start] in _CODE or text[start].isdigit():
            return False
    while end < len(text) and not text[end].isspace():
        if text[end] in _CODE or (text[end] in ".:" and text[end + 1 : end + 2].isalnum()):
            return False
        end += 1
    return True


@lru_cache(maxsize=4096)
def _entry(char: str) -> int:
    stage1, stage2 = tables()
    code = ord(char)
    return int(stage2[int(stage1[code >> 8]) * 256 + (code & 255)])


def _scripts(word: str) -> frozenset[int]:
    """Scripts of the letters of a word."""
    return frozenset(_entry(char) >> table.SCRIPT_SHIFT & 7 for char in word) - {0}


def _hides(word: str) -> str:
    """The word without the invisible characters between its letters; "" where there are none."""
    for run in _HIDDEN_RUN.finditer(word):  # all of a run have the same neighbours
        around = word[run.start() - 1 : run.start()], word[run.end() : run.end() + 1]
        kinds = [_entry(letter) >> table.SCRIPT_SHIFT & 7 for letter in around if letter]
        if len(kinds) < 2:
            continue
        for char in set(run.group()) & _HIDDEN_SET:
            usual = bool(_entry(char) & table.JOINER) or not _entry(char) & table.INVISIBLE
            if all(kind in _ALPHABETS if usual else kind for kind in kinds):
                return "".join(letter for letter in word if letter not in _HIDDEN_SET and letter != "\u00ad")
    return ""


_HIDDEN_SET = frozenset(_HIDDEN)
_HIDDEN_RUN = re.compile(f"[{re.escape(_HIDDEN)}\u00ad]+")


def _mixed(word: str, scripts: frozenset[int]) -> str:
    """The word in one script where it mixes them or is wholly of look-alikes; "" where it is what it seems."""
    if not scripts - {table.LATIN} or (table.GREEK in scripts and _is_symbol(word)):
        return ""
    clean, changed = _fold(word)
    if not changed or len(_scripts(clean)) != 1:
        return ""
    return _like(word, clean)


def _is_symbol(word: str) -> bool:
    """Whether Greek letters are symbols: one at an end, or small ones among capitals and figures, or most of a short
    word.
    """
    greek = [at for at, char in enumerate(word) if _entry(char) >> table.SCRIPT_SHIFT & 7 == table.GREEK]
    latin = [char for char in word if _entry(char) >> table.SCRIPT_SHIFT & 7 == table.LATIN]
    if not latin:
        return False
    alone = len(greek) == 1 and greek[0] in (0, len(word) - 1) and word[greek[0]] not in "οΟΑΕΡΤΒΗΙΚΜΝΥΧΖ"
    return alone or len(latin) < 2 or all(char.isupper() for char in latin)


def _garbled(word: str) -> str:
    """The word that one with "I", "0" or "1" for other letters looks like, else ""."""
    if "I" not in word and (not re.search(r"[a-z][01]+[a-z]", word) or not word[0].isalpha()):
        return ""  # figures at an end are versions and model names
    clean, changed = _fold(word)
    return _like(word, clean) if changed and len(word) > 2 else ""


def _fold(word: str) -> tuple[str, bool]:
    """The word as it is compared, and whether look-alikes were replaced."""
    buffer, starts, sizes = as_arrays(pack([unicodedata.normalize("NFC", word)]))
    out = np.empty(4 * int(sizes[0]) + 8, np.uint8)
    start = np.uint64(starts[0])
    end = start + np.uint64(sizes[0])
    _, _, _, seen, filled = words.slow_word(buffer, start, end, *tables(), out, np.uint64(0))
    return out[: int(filled)].tobytes().decode(), bool(int(seen) & words.LOOKALIKE)


def _like(word: str, clean: str) -> str:
    """With a capital where the word has one; accents as they were where each letter has its own."""
    if len(clean) == len(word):
        clean = "".join(
            char
            if char.lower() == new and not char.isascii()
            else new.upper()
            if char.isupper() and char != "I"
            else new
            for char, new in zip(word, clean, strict=True)
        )
    return clean
