"""Thesauri from files: MyThes, WordNet, plain lines, CSV and JSON.

As with lists of phrases, a file that is wrong in one place is refused as a whole, with file, line and reason.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dedup.errors import ConfigError, InputError
from dedup.phrasing.lists import list_files
from dedup.phrasing.lists.list_files import shown

MOST_BYTES = 64 << 20
"""Of one file. English MyThes has 18 MB, WordNet's nouns have 15."""
MOST_PAIRS = 2_000_000
"""Of a word and an alternative; English MyThes has 0.4 million, which take 0.1 GB; the worst file takes
0.7."""
MOST_MEMBERS = 200
"""Words of one sense in WordNet, of which every two make a pair; it has 28 at most."""
LONGEST = 500
"""Characters of a word or phrase in a list that somebody wrote."""
_WHAT = "a thesaurus"
_PARTS = ("noun", "verb", "adj", "adv")
_MEANINGS = re.compile(r"(.*)\|(\d{1,4})")
_QUALIFIED = re.compile(r"(.*?) ?\(([^()]*)\)")
_SAME = ("", "similar term")
"""What MyThes says of terms that mean the same. Of others, antonyms and related terms ("zero", "diameter") do not;
generic terms ("city" of every town) would double the time, and of news spun with WordNet 2 to 8 % fewer suggestions are
right with them."""
_HEADS, _OTHERS = ("word", "term", "head", "entry", "lemma"), ("syn", "alternative", "other")
_ENCODINGS = ("utf-8", "iso8859", "cp1", "cp4", "cp8", "koi8", "ascii")


class ThesaurusEntry(NamedTuple):
    """A word and what may stand for it, as they stand in the file."""

    word: str
    others: list[str]
    part: str
    """noun, verb, adj or adv; "" where the file does not say."""


class ThesaurusSource(NamedTuple):
    """What a thesaurus file holds."""

    entries: Iterator[ThesaurusEntry]
    exceptions: Iterator[tuple[str, str, str]]
    """Part of speech, irregular form, lemma."""


def read(path: Path) -> ThesaurusSource:
    """The entries of a file or of a WordNet folder, read as they are taken. Raises InputError for what cannot be
    read, ConfigError for what is no thesaurus, both also while entries are taken.
    """
    entries, exceptions = _wordnet(path) if _is_folder(path) else (_file(path), iter(()))
    return ThesaurusSource(_bounded(path, entries), exceptions)


def _bounded(path: Path, entries: Iterable[ThesaurusEntry]) -> Iterator[ThesaurusEntry]:
    pairs = 0
    for entry in entries:
        pairs += len(entry.others)
        if pairs > MOST_PAIRS:
            raise ConfigError(f"{path}: too many alternatives; the limit is {MOST_PAIRS:,}")
        yield entry


def _file(path: Path) -> Iterator[ThesaurusEntry]:
    """The entries of a file, by its name or, where that says nothing, by how it begins."""
    data = list_files.read_bytes(path, MOST_BYTES, _WHAT)
    if path.suffix.lower() == ".dat" or _like_mythes(data):
        return _mythes(path, data)
    text = list_files.decoded(path, data)
    kind = path.suffix.lower().lstrip(".")
    if kind == "json" or text.lstrip()[:1] == "{":
        return _json(path, text)
    if kind in ("csv", "tsv", "tab"):
        return _table(path, text, list_files.delimiter(text) if kind == "csv" else "\t")
    return _lines(path, text)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


# -- WordNet ----------------------------------------------------------------------------------------------------------


def _wordnet(folder: Path) -> ThesaurusSource:
    """A folder with `data.noun` and the like, or one with such a folder `dict` in it, as WordNet is handed out."""
    for home in (folder, folder / "dict"):
        parts = [part for part in _PARTS if (home / f"data.{part}").is_file()]
        if parts:
            entries = (entry for part in parts for entry in _synsets(home / f"data.{part}", part))
            lists = [(part, home / f"{part}.exc") for part in _PARTS if (home / f"{part}.exc").is_file()]
            return ThesaurusSource(entries, (found for part, path in lists for found in _exceptions(path, part)))
    raise InputError(f"{folder}: a folder, but no WordNet dictionary (no data.noun in it)")


def _synsets(path: Path, part: str) -> Iterator[ThesaurusEntry]:
    """Words of one sense, and of adjectives those of similar senses. Lines that begin with a blank are the licence."""
    words_of: dict[str, list[str]] = {}
    similar: list[tuple[str, str]] = []
    text = list_files.decoded(path, list_files.read_bytes(path, MOST_BYTES, _WHAT))
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith(" "):
            continue
        cells = line.partition(" | ")[0].split()
        try:
            count = int(cells[3], 16)
            words = [word.partition("(")[0].replace("_", " ") for word in cells[4 : 4 + 2 * count : 2]]
            pointers = cells[5 + 2 * count :]
            if not words or len(words) != count or len(pointers) < 4 * int(cells[4 + 2 * count]):
                raise ValueError(line)
        except (ValueError, IndexError):
            raise ConfigError(f"{path}:{number}: no line of a WordNet dictionary: {shown(line)}") from None
        if count > MOST_MEMBERS:
            raise ConfigError(f"{path}:{number}: {count} words of one sense; the limit is {MOST_MEMBERS}")
        words_of[cells[0]] = words
        similar += [(cells[0], pointers[at + 1]) for at, cell in enumerate(pointers[:-1]) if cell == "&"]
        for at in range(count - 1):
            yield ThesaurusEntry(words[at], words[at + 1 :], part)
    for one, other in similar:
        if one < other and other in words_of:
            for word in words_of[one]:
                yield ThesaurusEntry(word, words_of[other], part)


def _exceptions(path: Path, part: str) -> Iterator[tuple[str, str, str]]:
    text = list_files.decoded(path, list_files.read_bytes(path, MOST_BYTES, _WHAT))
    for number, line in enumerate(text.split("\n"), 1):
        word, *lemmas = line.split() or [""]
        if word and not lemmas:
            raise ConfigError(f"{path}:{number}: an irregular form without its word: {shown(word)}")
        for lemma in lemmas:
            yield part, word, lemma


# -- MyThes -----------------------------------------------------------------------------------------------------------


def _like_mythes(data: bytes) -> bool:
    """Whether the second line is a word and the number of its meanings."""
    lines = data[:1000].split(b"\n", 2)
    return len(lines) == 3 and b"|" not in lines[0] and re.fullmatch(rb"[^|]*\|\d+\r?", lines[1]) is not None


def _mythes(path: Path, data: bytes) -> Iterator[ThesaurusEntry]:
    """The encoding, then `word|n` and n lines `(part of speech)|term|term (generic term)|…`."""
    encoding = data.split(b"\n", 1)[0].strip().decode("ascii", "replace").removeprefix("\ufeff")
    lines = list_files.decoded(path, data, _codec(path, encoding.lstrip("\ufffd"))).split("\n")
    at, last = 1, len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    while at < last:
        head = _MEANINGS.fullmatch(lines[at].rstrip("\r"))
        if head is None:
            raise ConfigError(f"{path}:{at + 1}: not a word with the number of its meanings: {shown(lines[at])}")
        word, meanings = head[1], int(head[2])
        if at + meanings >= last:
            raise ConfigError(f"{path}:{at + 1}: '{shown(word)}' has fewer meanings than the {meanings} it promises")
        for number in range(at + 1, at + 1 + meanings):
            part, *terms = lines[number].rstrip("\r").split("|")
            if not terms:
                raise ConfigError(f"{path}:{number + 1}: no line of meanings: {shown(lines[number])}")
            if word.strip() and (same := [term for term in map(_same, terms) if term]):  # mythes-de has one without
                part = part.strip("() ")
                yield ThesaurusEntry(word, same, part if part in _PARTS else "")
        at += 1 + meanings


def _codec(path: Path, name: str) -> str:
    """The codec of an encoding as MyThes names it (`ISO8859-1`, `UTF-8`, `microsoft-cp1251`)."""
    try:
        found = codecs.lookup(name.lower().removeprefix("microsoft-")).name
    except (LookupError, ValueError):
        found = ""
    if not found.startswith(_ENCODINGS):
        raise ConfigError(f"{path}:1: not a MyThes thesaurus: the first line names no known encoding: {shown(name)}")
    return "utf-8-sig" if found == "utf-8" else found


def _same(term: str) -> str:
    """A term without what is said of it in brackets; "" if it does not mean the same."""
    qualified = _QUALIFIED.fullmatch(term) if term.endswith(")") else None
    plain, kind = qualified.groups() if qualified else (term, "")
    return plain if kind in _SAME else ""


# -- lists that somebody wrote ----------------------------------------------------------------------------------------


def _entry(where: str, word: str, others: list[str]) -> ThesaurusEntry:
    """An entry, trimmed. Raises ConfigError."""
    word, others = word.strip(), [other.strip() for other in others if other.strip()]
    if not word:
        raise ConfigError(f"{where}: alternatives without a word")
    if not others:
        raise ConfigError(f"{where}: no alternative for '{shown(word)}'")
    for term in (word, *others):
        if len(term) > LONGEST:
            raise ConfigError(f"{where}: a word or phrase of {len(term):,} characters; the limit is {LONGEST:,}")
        if unwanted := list_files.UNWANTED.search(term):
            raise ConfigError(f"{where}: a control character (U+{ord(unwanted[0]):04X})")
        if not any(letter.isalpha() for letter in term):
            raise ConfigError(f"{where}: no letter in '{shown(term)}'")
    return ThesaurusEntry(word, others, "")


def _lines(path: Path, text: str) -> Iterator[ThesaurusEntry]:
    """`word: alternative, alternative`; `#` begins a comment line."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, colon, others = line.partition(":")
        if not colon:
            raise ConfigError(f"{path}:{number}: no ':' between a word and its alternatives: {shown(line.strip())}")
        yield _entry(f"{path}:{number}", word, others.split(","))


def _table(path: Path, text: str, delimiter: str) -> Iterator[ThesaurusEntry]:
    """A word and its alternatives in each row; a header is passed over."""
    for number, (line, row) in enumerate(list_files.rows(path, text, delimiter)):
        cells = [cell.strip().lower() for cell in row]
        if number or cells[0] not in _HEADS or len(cells) < 2 or not cells[1].startswith(_OTHERS):
            yield _entry(f"{path}:{line}", row[0], row[1:])


def _json(path: Path, text: str) -> Iterator[ThesaurusEntry]:
    """`{"word": ["alternative", …]}`; one alternative may stand without brackets."""
    if not isinstance(list_files.parsed(path, text), dict):
        raise ConfigError(f"{path}:1: not an object of words and their alternatives")
    line, counted = 1, 0
    for at, word, value in list_files.members(text, list_files.skip(text, 0)):
        line, counted = line + text.count("\n", counted, at), at
        yield _entry(f"{path}:{line}", word or "", _json_others(f"{path}:{line}", word or "", value))


def _json_others(where: str, word: str, value: Any) -> list[str]:
    others = [value] if isinstance(value, str) else value
    if not isinstance(others, list) or not all(isinstance(other, str) for other in others):
        raise ConfigError(f"{where}: the alternatives of '{shown(word)}' are no texts: {shown(json.dumps(value))}")
    return others
