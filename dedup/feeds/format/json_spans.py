"""Where the values of a JSON text stand: byte ranges by brackets and quotes alone, so that one item may be bad or be
edited without touching the others. Linear, and nothing recurses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

# Possessive: nothing is remembered for backtracking, so a megabyte of escapes costs no memory.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_RUN = re.compile(rb"""((?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)++)|([\[{])|([\]}])|(")""", re.DOTALL)
"""Strings with what stands between them, a bracket, or the quote of a string that has no end."""
_SCALAR = re.compile(rb"[^\s,\[\]{}\":]++")
_BETWEEN = re.compile(rb"[\s,]*+")
_COLON = re.compile(rb"\s*+:\s*+")
_MARKS = 2_000_000
"""Brackets, and runs of strings between them, that are looked at in all the values of one array or object, at some
0.5 µs each; a feed of 10,000 items has 300,000. What has more counts as broken, and is read as far as it goes.
"""
_KEY = 200
"""Bytes of a key that is compared; none that means anything is longer."""


class JsonSpan(NamedTuple):
    """A value in its array or object. Byte offsets, end exclusive."""

    key: str
    """Empty in an array."""
    start: int
    end: int
    depth: int
    """Levels of brackets in it."""


class JsonSpans:
    """The values of the array or object whose bracket stands at `at`. Iterating yields each; afterwards `end` is the
    offset behind the closing bracket, None where the text broke off or is no JSON.
    """

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at, self._left = data, at, _MARKS
        self.end: int | None = None

    def __iter__(self) -> Iterator[JsonSpan]:
        data, keyed = self._data, self._data[self._at : self._at + 1] == b"{"
        at = _after(_BETWEEN, data, self._at + 1)
        while at < len(data):
            if data[at] in b"]}":
                self.end = at + 1
                return
            key = ""
            if keyed:
                match = _STRING.match(data, at)
                colon = _COLON.match(data, match.end()) if match else None
                if match is None or colon is None:
                    return
                key, at = _key(match[0]), colon.end()
            end, depth, marks = _value_end(data, at, self._left)
            if end <= at:
                return
            self._left -= marks
            yield JsonSpan(key, at, end, depth)
            at = _after(_BETWEEN, data, end)


def _after(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    match = pattern.match(data, at)
    return match.end() if match else at


def _value_end(data: bytes, at: int, most: int) -> tuple[int, int, int]:
    """Offset behind the value at `at`, its depth, and the marks in it; offset 0 where it has no end within `most`."""
    if data[at : at + 1] not in (b"[", b"{"):
        match = (_STRING if data[at : at + 1] == b'"' else _SCALAR).match(data, at)
        return (match.end(), 0, 0) if match else (0, 0, 0)
    depth = deepest = marks = 0
    for match in _RUN.finditer(data, at):
        kind = match.lastindex
        marks += 1
        if kind == 2:
            depth += 1
            deepest = max(deepest, depth)
        elif kind == 3:
            depth -= 1
            if not depth:
                return match.end(), deepest, marks
        elif kind == 4:
            break
        if marks > most:
            break
    return 0, deepest, marks


def _key(raw: bytes) -> str:
    if len(raw) > _KEY:
        return ""
    try:
        return str(json.loads(raw))
    except ValueError:
        return ""
