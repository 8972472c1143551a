"""Lists of phrases from files: JSON, CSV, TSV and plain lines.

A list that is wrong in one place is refused as a whole, with file, line and reason: unlike a bad record among a
million documents it is somebody's own file, and a phrase that is silently not looked for is worse than a message.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dedup.errors import ConfigError, InputError

MOST_BYTES = 16 << 20
"""Of one file."""
MOST_PHRASES = 200_000
"""Of all files together; of three words each they take 0.3 GB."""
LONGEST = 500
"""Characters of a phrase, and of an expected wording. In the Problematic Paper Screener's list 138 is the most."""
_SHOWN = 60
"""Characters of a phrase in a message."""
_PHRASE = ("tortured", "tortured phrase", "phrase", "wording", "wrong")
_EXPECTED = (
    "correct", "correct phrase", "expected", "expected phrase", "expected wording", "suggestion", "suggested",
    "replacement", "right",
)  # fmt: skip
"""Names of columns, the likeliest first; case, and `_` or `-` for a space, make no difference."""
_SPLIT = re.compile(r"\t|->|→")
_BLANK = re.compile(r"[ \t\r\n]*")
_UNWANTED = re.compile("[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""Control characters that are no white space, and lone surrogates (which JSON can spell)."""


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
    """The file's text, without a byte order mark."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise InputError(f"{path}: {reason}") from error
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{path}: too large for a list of phrases; the limit is {MOST_BYTES >> 20} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not valid UTF-8 (byte 0x{data[error.start]:02x})") from error


def _checked(phrase: str, expected: str | None, where: str) -> Record:
    """The record, trimmed. Raises ConfigError."""
    phrase, expected = phrase.strip(), (expected or "").strip() or None
    if not phrase:
        raise ConfigError(f"{where}: no phrase" + (f" for '{shown(expected)}'" if expected else ""))
    for name, value in (("phrase", phrase), ("expected wording", expected or "")):
        if len(value) > LONGEST:
            raise ConfigError(f"{where}: {name} of {len(value):,} characters; the limit is {LONGEST:,}")
        if unwanted := _UNWANTED.search(value):
            raise ConfigError(f"{where}: a control character in the {name} (U+{ord(unwanted[0]):04X})")
    return Record(phrase, expected, where)


def shown(text: str) -> str:
    """`text` short enough for a message."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _records(path: Path, text: str) -> Iterator[_Fields]:
    """What the file holds, by its name or, where that says nothing, by how it begins."""
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("json", "csv", "tsv", "tab", "txt", "text", "lst"):
        kind = _sniff(text)
    if kind == "json":
        return _json(path, text)
    if kind in ("csv", "tsv", "tab"):
        return _table(path, text, _delimiter(text) if kind == "csv" else "\t")
    return _lines(text)


def _sniff(text: str) -> str:
    """`json`, `csv` or `tsv` if the text begins like one, else `txt`."""
    if text.lstrip()[:1] in ("{", "["):
        return "json"
    first = _first_line(text)
    for kind, delimiter in (("tsv", "\t"), ("csv", _delimiter(text))):
        if _column(first.split(delimiter), _PHRASE) is not None and delimiter in first:
            return kind
    return "txt"


def _first_line(text: str) -> str:
    return text.lstrip().partition("\n")[0]


def _delimiter(text: str) -> str:
    """Of a CSV file: some spreadsheets write semicolons or tabs."""
    return max(",;\t", key=_first_line(text).count)


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
    rows = _rows(path, text, delimiter)
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


def _rows(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line in which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise ConfigError(f"{path}:{line}: bad CSV: {error}") from error
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield line, row


def _json(path: Path, text: str) -> Iterator[_Fields]:
    """A list of records or strings, such a list under `phrases`, or `{phrase: expected}`."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}: bad JSON: {error.msg} (column {error.colno})") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets without end
        raise ConfigError(f"{path}: bad JSON: {error}") from error
    if not isinstance(value, (list, dict)):
        raise ConfigError(f"{path}:1: neither a list of phrases nor an object with them")
    at = _skip(text, 0)
    for value_at, key, inner in _members(text, at):
        if key == "phrases" and isinstance(inner, (list, dict)):
            at = value_at
    line, counted = 1, 0
    for value_at, key, inner in _members(text, at):
        line, counted = line + text.count("\n", counted, value_at), value_at
        yield line, *_json_fields(f"{path}:{line}", key, inner)


def _members(text: str, at: int) -> Iterator[tuple[int, str | None, Any]]:
    """Place, key (None in an array) and value of each member of the array or object at `at` of a text that is known to
    be JSON: the parser of the standard library does not tell where its values stand.
    """
    decoder = json.JSONDecoder()
    keyed = text[at] == "{"
    at = _skip(text, at + 1)
    while text[at] not in "]}":
        key = None
        if keyed:
            key, at = decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        value, end = decoder.raw_decode(text, at)
        yield at, key, value
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    """The place after the blanks at `at`."""
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


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
