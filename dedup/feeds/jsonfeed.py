"""Where the values of a JSON text stand: byte ranges by brackets and quotes alone, so that one item may be bad or be
edited without touching the others. Linear, and nothing recurses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_MARK = re.compile(rb'["\[\]{}]')
# Possessive: nothing is remembered for backtracking, so a megabyte of escapes costs no memory.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\[\]{}\":]++")
_BETWEEN = re.compile(rb"[\s,]*+")
_COLON = re.compile(rb"\s*+:\s*+")
_MARKS = 2_000_000
"""Strings and brackets of one value, at some 0.5 µs each; a feed of 10,000 items has 600,000. With more it counts as
broken, and its items are read as far as they go.
"""
_KEY = 200
"""Bytes of a key that is compared; none that means anything is longer."""


class Value(NamedTuple):
    """A value in its array or object. Byte offsets, end exclusive."""

    key: str
    """Empty in an array."""
    start: int
    end: int
    depth: int
    """Levels of brackets in it."""


class Values:
    """The values of the array or object whose bracket stands at `at`. Iterating yields each; afterwards `end` is the
    offset behind the closing bracket, None where the text broke off or is no JSON.
    """

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self.end: int | None = None

    def __iter__(self) -> Iterator[Value]:
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
            end, depth = _value_end(data, at)
            if end <= at:
                return
            yield Value(key, at, end, depth)
            at = _after(_BETWEEN, data, end)


def _after(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    match = pattern.match(data, at)
    return match.end() if match else at


def _value_end(data: bytes, at: int) -> tuple[int, int]:
    """Offset behind the value at `at`, and its depth; offset 0 where it has no end."""
    if data[at : at + 1] not in (b"[", b"{"):
        match = (_STRING if data[at : at + 1] == b'"' else _SCALAR).match(data, at)
        return (match.end(), 0) if match else (0, 0)
    depth = deepest = 0
    for _ in range(_MARKS):
        mark = _MARK.search(data, at)
        if mark is None:
            break
        at = mark.end()
        char = mark[0]
        if char == b'"':
            string = _STRING.match(data, at - 1)
            if string is None:
                return 0, deepest
            at = string.end()
        elif char in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
            if not depth:
                return at, deepest
    return 0, deepest


def _key(raw: bytes) -> str:
    if len(raw) > _KEY:
        return ""
    try:
        return str(json.loads(raw))
    except ValueError:
        return ""
