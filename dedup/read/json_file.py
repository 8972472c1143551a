"""A JSON file: an array of records, one record, or an object with an array of records in it.

Arrays are cut into their items by their brackets and quotes alone, and each item is parsed by itself: an item may be
bad or oversized without costing the others, and no more than one item is held. (An event parser such as ijson builds
an oversized item before it can be refused, stops at the first error, and was several times slower.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import orjson

from dedup.read.collector import Chunk, DocumentCollector, Raw
from dedup.read.decode import BadRecordError, load_json
from dedup.read.jsonl import OVERHEAD, too_large
from dedup.read.lines import HEAD, Line, TooLong
from dedup.read.sources import BLOCK, Peekable, Source, blocks

_OUTER = re.compile(rb'["\[\]{},]')
# In an item only brackets count: strings that stand whole in a part are passed over in one go.
_TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+', re.DOTALL)
_INNER = re.compile(rb'["\[\]{}]')
# Possessive: nothing is remembered for backtracking, so a megabyte of escapes costs no memory.
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_CONTAINERS = frozenset(("articles", "data", "docs", "documents", "entries", "hits", "items", "records", "results"))
_DEEPEST, _WIDEST = 8, 1000
"""Objects in one another, and beside one another, in which an array of records is looked for."""
_MOST_OPEN = 1 << 16
_MOST_TRIED = 100
"""Arrays whose first item is looked at."""
_OBJECT = re.compile(rb"\s*\{")
_QUOTE, _BACKSLASH, _COMMA = b'"\\,'


class JsonItems:
    """The items up to the end of an array whose opening bracket is already read, or values one after the other.

    Iterating yields each item's bytes, or `TooLong`; empty items are passed over. Afterwards `closed` says whether the
    closing bracket came; `rest` is what stands behind it, or the unfinished item if it did not.
    """

    def __init__(self, parts: Iterator[bytes], limit: int) -> None:
        self._parts, self._limit = parts, limit
        self.closed = False
        self.rest: Line | TooLong = b""

    def __iter__(self) -> Iterator[Line | TooLong]:
        item = _Growing(self._limit)
        depth, in_string, at = 0, False, 0
        for part in self._parts:
            begin = 0  # of the item, in this part; `at` is 1 if the part begins with an escaped character
            while True:
                if in_string:
                    at = _end_of_string(part, at)
                    if at >= len(part):
                        break
                    in_string = False
                    at += 1
                if depth and (passed := _TO_BRACKET.match(part, at)):
                    at = passed.end()
                mark = (_INNER if depth else _OUTER).search(part, at)
                if mark is None:
                    at = len(part)
                    break
                at = mark.end()
                char = part[at - 1]
                if char == _QUOTE:
                    in_string = True
                    continue
                if char in b"[{":
                    depth += 1
                    continue
                if char == _COMMA or depth == 0:
                    end = at - 1
                else:
                    depth -= 1
                    if depth:
                        continue
                    end = at
                if value := item.finish(part[begin:end]):
                    yield value
                begin = at
                if end == at - 1 and char != _COMMA:
                    self.closed, self.rest = True, part[at:]
                    return
            item.add(part[begin:])
            at -= len(part)
        self.rest = item.finish(b"") or b""


def _end_of_string(part: bytes, at: int) -> int:
    """Index of the closing quote; the length of `part` if it is not there, one more if an escape is cut in two."""
    match = _IN_STRING.match(part, at)
    end = match.end() if match else at
    return len(part) + 1 if end < len(part) and part[end] == _BACKSLASH else end


class _Growing:
    """An item that comes in parts. Once it is over the limit only its size grows."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()
        self._dropped = 0

    def add(self, part: bytes) -> None:
        if self._dropped:
            self._dropped += len(part)
            return
        self._data += part if self._data else part.lstrip()
        if len(self._data) > self._limit:
            self._dropped = len(self._data)
            del self._data[HEAD:]

    def finish(self, part: bytes) -> Line | TooLong:
        """The whole item, stripped (empty if there is none), and begin a new one."""
        if not self._data:
            return part.strip()
        self.add(part)
        data, dropped = self._data, self._dropped
        self._data, self._dropped = bytearray(), 0
        return TooLong(bytes(data), dropped) if dropped else data.strip()


def read_json(source: Peekable, intake: DocumentCollector) -> Iterator[Chunk]:
    """An array of records or texts; objects, each a record or holding an array of records."""
    while (head := source.peek(BLOCK)) and not head.strip():
        source.skip(len(head))
    first = head.lstrip()[:1]
    source.skip(len(head) - len(head.lstrip()))
    if first == b"[":
        source.skip(1)
        yield from _array(blocks(source), intake)
    elif first == b"{":
        yield from _objects(source, intake)
    else:
        if not first:
            source.read(1)  # raises what has waited while it was looked at: a broken stream is no empty file
        intake.reject(None, "neither a JSON array nor an object" if first else "empty file", head or None)


def _array(parts: Iterator[bytes], intake: DocumentCollector, last: bool = True) -> Iterator[Chunk]:
    """The records of an array; `last` if nothing may come after it."""
    items = JsonItems(parts, intake.limit + OVERHEAD)
    number = 0
    for number, raw in enumerate(items, 1):
        _take_item(raw, number, intake)
        if intake.full:
            yield intake.take()
    if not items.closed:
        intake.reject(None, "the file ends inside the array", _head(items.rest) or None, number + 1)
    elif last and (_head(items.rest).strip() or any(part.strip() for part in parts)):
        intake.reject(None, "something stands behind the end of the array; it was not read")


def _head(raw: Line | TooLong) -> Line:
    return raw.head if isinstance(raw, TooLong) else raw


def _take_item(raw: Line | TooLong, number: int, intake: DocumentCollector) -> None:
    if isinstance(raw, TooLong):
        intake.reject(None, too_large(raw, intake), raw.head, number)
        return
    try:
        _take_value(load_json(raw), number, raw, intake)
    except BadRecordError as error:
        intake.reject(None, str(error), raw, number)


def _take_value(value: Any, number: int, raw: Raw, intake: DocumentCollector) -> None:
    if isinstance(value, dict):
        intake.record(value, number, raw, number)
    elif isinstance(value, str):
        intake.add(value, None, number, raw=raw, item=number)
    else:
        intake.reject(None, "record is not an object", raw, number)


def _objects(source: Source, intake: DocumentCollector) -> Iterator[Chunk]:
    """One object (mostly), or several one after the other. One too large for a record may still hold an array."""
    limit = intake.limit + OVERHEAD
    buffer = bytearray()
    ended = True
    for block in blocks(source):
        buffer += block
        if len(buffer) > limit:
            ended = False
            break
    start = bytes(buffer)
    del buffer
    if not ended and next(iter(JsonItems(iter((start,)), len(start))), None) is None:
        if at := _array_inside(start, intake):
            yield from _array(chain((start[at:],), blocks(source)), intake, last=False)
        else:
            intake.reject(None, f"record too large (the limit for a text is {intake.limit:,} bytes)", start[:HEAD], 1)
        return
    items = JsonItems(chain((start,), blocks(source)), limit)
    number = 0
    for raw in items:
        for place, value, part in _opened(raw, number, intake):
            number = place
            _take_value(value, place, part, intake)
            if intake.full:
                yield intake.take()
    if (rest := _head(items.rest)).strip():
        reason = "the file ends inside the object" if not items.closed else "closing bracket too many"
        intake.reject(None, f"bad JSON: {reason}", rest, number + 1)


def _opened(raw: Line | TooLong, number: int, intake: DocumentCollector) -> Iterator[tuple[int, Any, Raw]]:
    """The records that a top-level object after record `number` stands for: itself, or those in its array."""
    if isinstance(raw, TooLong):
        intake.reject(None, too_large(raw, intake), raw.head, number + 1)
        return
    try:
        value = load_json(raw)
    except BadRecordError as error:
        intake.reject(None, str(error), raw, number + 1)
        return
    if (records := _records_inside(value, intake)) is None:
        yield number + 1, value, raw
        return
    for place, record in enumerate(records, number + 1):
        yield place, record, _dumped(record)


def _records_inside(value: Any, intake: DocumentCollector) -> list[Any] | None:
    """The array of objects somewhere in the objects of a record that has no text itself; of several the first with a
    text in it. An empty one counts if it is called like what records are kept in.
    """
    if not isinstance(value, dict) or _has_text(value, intake):
        return None
    first: list[Any] | None = None
    for name, part in _arrays(value):
        if part and isinstance(part[0], dict):
            if _has_text(part[0], intake):
                return part
            first = part if first is None or not first else first
        elif not part and first is None and name in _CONTAINERS:
            first = part
    return first


def _has_text(record: Any, intake: DocumentCollector) -> bool:
    if not isinstance(record, dict):
        return False
    record = intake.fields.with_nested(record)
    key = intake.fields.guess(record).text
    return key is not None and isinstance(record[key], str)


def _arrays(value: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Names and arrays in an object and the objects in it, outer ones first."""
    level = [value]
    for _ in range(_DEEPEST):
        inner: list[dict[str, Any]] = []
        for part in level:
            for name, member in part.items():
                if isinstance(member, list):
                    yield name, member
                elif isinstance(member, dict) and len(inner) < _WIDEST:
                    inner.append(member)
        level = inner


def _dumped(record: Any) -> Raw:
    try:
        return orjson.dumps(record)
    except (TypeError, ValueError):  # lone surrogates
        return None


def _array_inside(start: bytes, intake: DocumentCollector) -> int:
    """Where the array of objects in the object in `start`, or in objects in it, has its first item; 0 if there is none.
    Of several it is the first with a text in it.
    """
    opened: list[int] = []
    arrays = at = first = tried = 0
    while True:
        passed = _TO_BRACKET.match(start, at)
        mark = _INNER.search(start, passed.end() if passed else at)
        if mark is None or len(opened) > _MOST_OPEN or (char := mark[0][0]) == _QUOTE:  # a string that is cut off
            return first
        at = mark.end()
        if char in b"[{":
            if char == 0x5B and not arrays and 0 < len(opened) <= _DEEPEST and _OBJECT.match(start, at, at + 1000):
                first, tried = first or at, tried + 1
                if tried > _MOST_TRIED:
                    return first
                if _first_has_text(start[at : at + OVERHEAD], intake):
                    return at
            arrays += char == 0x5B
            opened.append(char)
        elif opened:
            arrays -= opened.pop() == 0x5B


def _first_has_text(part: bytes, intake: DocumentCollector) -> bool:
    item = next(iter(JsonItems(iter((part,)), len(part))), b"")
    try:
        return _has_text(load_json(item) if not isinstance(item, TooLong) else None, intake)
    except BadRecordError:
        return False
