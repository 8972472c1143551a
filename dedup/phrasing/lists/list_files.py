"""What all files that users write lists in have in common: read whole and bounded, CSV rows and JSON members by line.

Errors are of one line and name the file, the line and the reason.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dedup.errors import ConfigError, InputError

_SHOWN = 60
"""Characters of a phrase in a message."""
_BLANK = re.compile(r"[ \t\r\n]*")
UNWANTED = re.compile("[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""Control characters that are no white space, and lone surrogates (which JSON can spell)."""


def read_bytes(path: Path, most: int, what: str) -> bytes:
    """The file. Raises InputError where it cannot be read, ConfigError if it has more than `most` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise InputError(f"{path}: {reason}") from error
    if len(data) > most:
        raise ConfigError(f"{path}: too large for {what}; the limit is {most >> 20} MB")
    return data


def decoded(path: Path, data: bytes, encoding: str = "utf-8-sig") -> str:
    """Its text, without a byte order mark. Raises ConfigError."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        name = encoding.removesuffix("-sig").upper()
        raise ConfigError(f"{path}:{line}: not valid {name} (byte 0x{data[error.start]:02x})") from error


def shown(text: str) -> str:
    """`text` short enough for a message."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def first_line(text: str) -> str:
    """The first that is not blank."""
    return text.lstrip().partition("\n")[0]


def delimiter(text: str) -> str:
    """Of a CSV file: some spreadsheets write semicolons or tabs."""
    return max(",;\t", key=first_line(text).count)


def rows(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
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


def parsed(path: Path, text: str) -> Any:
    """The value of a JSON file. Raises ConfigError."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}: bad JSON: {error.msg} (column {error.colno})") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets without end
        raise ConfigError(f"{path}: bad JSON: {error}") from error


def members(text: str, at: int) -> Iterator[tuple[int, str | None, Any]]:
    """Place, key (None in an array) and value of each member of the array or object at `at` of a text that is known to
    be JSON: the parser of the standard library does not tell where its values stand.
    """
    decoder = json.JSONDecoder()
    keyed = text[at] == "{"
    at = skip(text, at + 1)
    while text[at] not in "]}":
        key = None
        if keyed:
            key, at = decoder.raw_decode(text, at)
            at = skip(text, skip(text, at) + 1)
        value, end = decoder.raw_decode(text, at)
        yield at, key, value
        at = skip(text, end)
        if text[at] == ",":
            at = skip(text, at + 1)


def skip(text: str, at: int) -> int:
    """The place after the blanks at `at`."""
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at
