"""Lines of a source, in lists, with a bound on the length of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dedup.read.collector import RECORD_CHARACTERS
from dedup.read.sources import BLOCK, Source

Line = bytes | bytearray
HEAD = RECORD_CHARACTERS * 4
"""Bytes kept of an oversized record, for its reject."""


class TooLong(NamedTuple):
    """A line or record over the limit: its first bytes, and its size in bytes."""

    head: bytes
    size: int


def line_blocks(source: Source, limit: int) -> Iterator[list[Line] | TooLong]:
    """Lists of whole lines without their newlines. A line of more than `limit` bytes comes as `TooLong` in its place;
    no more than `limit` and a block of it is ever held. Raises what the source raises; an unfinished line is lost.
    """
    tail: Line = b""
    head, dropped = b"", 0  # of an oversized line that has not ended yet
    while block := source.read(BLOCK):
        if dropped:
            cut = block.find(b"\n")
            if cut < 0:
                dropped += len(block)
                continue
            yield TooLong(head, dropped + cut)
            dropped, block = 0, block[cut + 1 :]
        lines: list[Line] = list(block.split(b"\n"))
        last = lines.pop()
        if not lines:
            tail = _joined(tail, last)
        else:
            if tail:
                lines[0] = _joined(tail, lines[0])
            if len(lines[0]) > limit:
                yield TooLong(bytes(lines[0][:HEAD]), len(lines[0]))
                del lines[0]
            tail = last
            yield lines
        if len(tail) > limit:
            head, dropped, tail = bytes(tail[:HEAD]), len(tail), b""
    if dropped:
        yield TooLong(head, dropped)
    elif tail:
        yield [tail]


def _joined(tail: Line, more: Line) -> Line:
    """Both; a line that goes over many blocks grows in place, else each block would copy it all."""
    if not tail:
        return more
    if len(tail) < BLOCK:
        return bytes(tail) + more
    grown = tail if isinstance(tail, bytearray) else bytearray(tail)
    grown += more
    return grown
