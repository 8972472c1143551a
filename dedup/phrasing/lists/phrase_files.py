"""Lists of phrases from files: JSON, CSV, TSV and plain lines.

A list that is wrong in one place is refused as a whole, with file, line and reason: unlike a bad record among a
million documents it is somebody's own file, and a phrase that is silently not looked for is worse than a message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dedup.errors import ConfigError
from dedup.phrasing.lists import list_files
from dedup.phrasing.lists.list_files import shown

MOST_BYTES = 16 << 20
"""Of one file."""
MOST_PHRASES = 200_000
"""Of all files together; of three words each they take 0.3 GB."""
LONGEST = 500
"""Characters of a phrase, and of an expected wording. In the Problematic Paper Screener's list 138 is the most."""
_PHRASE = ("tortured", "tortured phrase", "phrase", "wording", "wrong")
_EXPECTED = (
    "correct", "correct phrase", "expected", "expected phrase", "expected wording", "suggestion", "suggested",
    "replacement", "right",
)  # fmt: skip
"""Names of columns, the likeliest first; case, and `_` or `-` for a space, make no difference."""
_SPLIT = re.compile(r"\t|->|→")


class Record(NamedTuple):
    """One phrase of a list, trimmed."""

    phrase: str
    expected: str | None
    """As it stands in the file; None where the file names none."""
    where: str
    """File and line, for messages."""


_Fields = tuple[int, str, str | None]
"""Line, phrase and expected wording as they stand."""


def read(paths: Sequence[Path]) -> list[Record]:
    """The records of all files, in order. Raises InputError for a file that cannot be read, ConfigError for a bad one,
    and if all together hold more than MOST_PHRASES.
    """
    records: list[Record] = []
    for path in paths:
        before = len(records)
        for line, phrase, expected in _records(path, _text(path)):
            records.append(_checked(phrase, expected, f"{path}:{line}"))
            if len(records) > MOST_PHRASES:
                raise ConfigError(f"{path}:{line}: too many phrases; the limit is {MOST_PHRASES:,} in all lists")
        if len(records) == before:
            raise ConfigError(f"{path}: no phrase in it")
    return records


def _text(path: Path) -> str:
    return list_files.decoded(path, list_files.read_bytes(path, MOST_BYTES, "a list of phrases"))


def _checked(phrase: str, expected: str | None, where: str) -> Record:
    """The record, trimmed. Raises ConfigError."""
    phrase, expected = phrase.strip(), (expected or "").strip() or None
    if not phrase:
        raise ConfigError(f"{where}: no phrase" + (f" for '{shown(expected)}'" if expected else ""))
    for name, value in (("phrase", phrase), ("expected wording", expected or "")):
        if len(value) > LONGEST:
            raise ConfigError(f"{where}: {name} of {len(value):,} characters; the limit is {LONGEST:,}")
        if unwanted := list_files.UNWANTED.search(value):
            raise ConfigError(f"{where}: a control character in the {name} (U+{ord(unwanted[0]):04X})")
    return Record(phrase, expected, where)


def _records(path: Path, text: str) -> Iterator[_Fields]:
    """What the file holds, by its name or, where that says nothing, by how it begins."""
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("json", "csv", "tsv", "tab", "txt", "text", "lst"):
        kind = _sniff(text)
    if kind == "json":
        return _json(path, text)
    if kind in ("csv", "tsv", "tab"):
        return _table(path, text, list_files.delimiter(text) if kind == "csv" else "\t")
    return _lines(text)


def _sniff(text: str) -> str:
    """`json`, `csv` or `tsv` if the text begins like one, else `txt`."""
    if text.lstrip()[:1] in ("{", "["):
        return "json"
    first = list_files.first_line(text)
    for kind, delimiter in (("tsv", "\t"), ("csv", list_files.delimiter(text))):
        if _column(first.split(delimiter), _PHRASE) is not None and delimiter in first:
            return kind
    return "txt"


def _column(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Where the likeliest of the wanted names stands."""
    plain = [re.sub(r"[\s_-]+", " ", name.strip().strip('"').lower()) for name in names]
    return next((plain.index(name) for name in wanted if name in plain), None)


def _lines(text: str) -> Iterator[_Fields]:
    """`phrase`, `phrase -> expected`, `phrase → expected` or `phrase<TAB>expected`; `#` begins a comment line."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            phrase, *expected = _SPLIT.split(line.strip(" \r"), maxsplit=1)
            yield number, phrase, expected[0] if expected else None


def _table(path: Path, text: str, delimiter: str) -> Iterator[_Fields]:
    """Columns by their header; without one the first is the phrase, and the second, if any, the expected wording."""
    rows = list_files.rows(path, text, delimiter)
    line, first = next(rows, (1, []))
    phrase_at, expected_at = _column(first, _PHRASE), _column(first, _EXPECTED)
    width = len(first)
    if phrase_at is None:
        if expected_at is not None:
            known = ", ".join(_PHRASE)
            raise ConfigError(f"{path}:{line}: a header that names no column of phrases (known: {known})")
        phrase_at, expected_at, width = 0, 1, 2
        if first:
            yield _fields(path, line, first, width, phrase_at, expected_at)
    for line, row in rows:
        yield _fields(path, line, row, width, phrase_at, expected_at)


def _fields(path: Path, line: int, row: list[str], width: int, phrase_at: int, expected_at: int | None) -> _Fields:
    """One row, which may be short of an expected wording but must not be longer than `width`."""
    if any(cell.strip() for cell in row[width:]):
        raise ConfigError(
            f"{path}:{line}: {len(row)} columns where {width} are expected (quote what holds a delimiter)"
        )
    phrase = row[phrase_at] if phrase_at < len(row) else ""
    return line, phrase, row[expected_at] if expected_at is not None and expected_at < len(row) else None


def _json(path: Path, text: str) -> Iterator[_Fields]:
    """A list of records or strings, such a list under `phrases`, or `{phrase: expected}`."""
    value = list_files.parsed(path, text)
    if not isinstance(value, (list, dict)):
        raise ConfigError(f"{path}:1: neither a list of phrases nor an object with them")
    at = list_files.skip(text, 0)
    for value_at, key, inner in list_files.members(text, at):
        if key == "phrases" and isinstance(inner, (list, dict)):
            at = value_at
    line, counted = 1, 0
    for value_at, key, inner in list_files.members(text, at):
        line, counted = line + text.count("\n", counted, value_at), value_at
        yield line, *_json_fields(f"{path}:{line}", key, inner)


def _json_fields(where: str, key: str | None, value: Any) -> tuple[str, str | None]:
    """Phrase and expected wording of one member."""
    if key is not None:
        phrase, expected = key, value
    elif isinstance(value, dict):
        names = list(value)
        phrase_at, expected_at = _column(names, _PHRASE), _column(names, _EXPECTED)
        if phrase_at is None:
            raise ConfigError(f"{where}: a record without a phrase (known: {', '.join(_PHRASE)})")
        phrase = value[names[phrase_at]]
        expected = None if expected_at is None else value[names[expected_at]]
    else:
        phrase, expected = value, None
    if not isinstance(phrase, str):
        raise ConfigError(f"{where}: a phrase that is no text: {shown(json.dumps(phrase))}")
    if not isinstance(expected, str | None):
        raise ConfigError(
            f"{where}: the expected wording of '{shown(phrase)}' is no text: {shown(json.dumps(expected))}"
        )
    return phrase, expected
