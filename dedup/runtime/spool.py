"""Bytes that may outgrow memory: kept in RAM up to a limit, then in a temporary file.

The file has no name (it is unlinked as soon as it is open), so it is gone at the end whatever happens, kill -9
included. It is read with `pread`, not mapped: mapped pages would count as resident memory.
"""

from __future__ import annotations

import os
import tempfile
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.errors import StorageError
from dedup.runtime.temporary import trouble

_BLOCK = 32 << 20
HELD_BYTES = 48 << 20
"""Texts that are not stored and are kept all the same when they were read again, at most. Each stage of a scan reads
candidates once more, five times in all, and reading a line of JSON again takes longer than much that is done with it.
What comes when no room is left takes nobody's place: stages go through the same texts in the same order, so that the
one that was read longest ago would be the next one wanted."""


class Spool:
    """An append-only store of bytes. Appends and reads may be of any size; offsets count from 0.

    Errors: `StorageError` when the temporary file cannot be made, written or read.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._blocks: list[memoryview] = []
        self._starts: list[int] = []
        self._room = 0
        self._in_memory = 0
        self._file: int | None = None
        self._in_file = 0

    def __len__(self) -> int:
        return self._in_memory + self._in_file

    @property
    def spilled(self) -> int:
        """Bytes in the temporary file."""
        return self._in_file

    def append(self, data: bytes | memoryview) -> int:
        """Store `data`; returns its offset."""
        offset = len(self)
        if not len(data):
            return offset
        if self._file is None and self._in_memory + len(data) <= self._limit:
            self._keep(data)
            self._in_memory += len(data)
        else:
            self._write(data)
            self._in_file += len(data)
        return offset

    def read(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset`; they must lie within one append."""
        if not size:
            return b""
        if offset >= self._in_memory:
            return self._pread(offset - self._in_memory, size)
        number = bisect_right(self._starts, offset) - 1
        begin = offset - self._starts[number]
        return bytes(self._blocks[number][begin : begin + size])

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Give memory and file back; closing twice is harmless."""
        self._blocks.clear()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _keep(self, data: bytes | memoryview) -> None:
        """Copy `data` into the newest block, or into a new one. numpy asks for huge pages for arrays of this size:
        kept in pieces, the same bytes would cost a page fault for every 4 KB.
        """
        if len(data) > self._room:
            self._room = max(_BLOCK, len(data))
            self._blocks.append(np.empty(self._room, np.uint8).data)
            self._starts.append(self._in_memory)
        used = self._in_memory - self._starts[-1]
        self._blocks[-1][used : used + len(data)] = data
        self._room -= len(data)

    def _write(self, data: bytes | memoryview) -> None:
        try:
            if self._file is None:
                handle, name = tempfile.mkstemp(prefix="dedup-")
                Path(name).unlink()
                self._file = handle
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            raise StorageError(f"temporary storage{trouble(error)}, or raise --memory") from error

    def _pread(self, offset: int, size: int) -> bytes:
        assert self._file is not None
        parts = []
        while size:
            part = os.pread(self._file, size, offset)
            if not part:
                raise StorageError("temporary storage: file is shorter than what was written to it")
            parts.append(part)
            offset += len(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class Column:
    """Arrays of one dtype in a spool, each read back whole or in part."""

    def __init__(self, limit: int, dtype: type[np.generic]) -> None:
        self._spool = Spool(limit)
        self._dtype = np.dtype(dtype)
        self._offsets: list[int] = []

    def __len__(self) -> int:
        return len(self._offsets)

    @property
    def spilled(self) -> int:
        """Bytes in the temporary file."""
        return self._spool.spilled

    def append(self, values: NDArray[Any]) -> None:
        """Store the values of `values`, flattened."""
        self._offsets.append(self._spool.append(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data))

    def slice(self, number: int, begin: int, end: int) -> NDArray[Any]:
        """`[begin:end]` of array `number`; read-only."""
        width = self._dtype.itemsize
        data = self._spool.read(self._offsets[number] + begin * width, (end - begin) * width)
        return np.frombuffer(data, self._dtype)

    def close(self) -> None:
        """Give memory and file back."""
        self._spool.close()


class Texts:
    """All texts of a scan as UTF-8, by row. `again(row)` reads those that were not stored from where they stand."""

    def __init__(self, limit: int, again: Callable[[int], bytes]) -> None:
        self._spool = Spool(limit)
        self._again = again
        self._starts: list[NDArray[np.int64]] = []
        self._sizes: list[NDArray[np.int64]] = []
        self._start: NDArray[np.int64] | None = None
        self._size: NDArray[np.int64] | None = None
        self._held: dict[int, bytes] = {}
        self._room = min(limit, HELD_BYTES)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, or what another process gets, holds all texts: files are read once more, here."""
        return _texts, ([self.read(row) for row in range(len(self.sizes))],)

    def extend(self, buffer: bytes | memoryview, starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
        """Add the texts `buffer[start : start + size]`; `starts` and `sizes` are (n,) int64. A start of -1 is a text
        that is not stored.
        """
        base = self._spool.append(buffer)
        self._starts.append(np.where(starts < 0, -1, starts + base))
        self._sizes.append(sizes)

    def freeze(self) -> None:
        """No more texts will come: `sizes` and `read` work from here."""
        empty = [np.zeros(0, np.int64)]
        self._start = np.concatenate(self._starts or empty)
        self._size = np.concatenate(self._sizes or empty)
        self._starts.clear()
        self._sizes.clear()

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Bytes of each text, (n,) int64."""
        assert self._size is not None
        return self._size

    @property
    def spilled(self) -> int:
        """Bytes in the temporary file."""
        return self._spool.spilled

    def read(self, row: int) -> bytes:
        """The text of one row as UTF-8."""
        assert self._start is not None and self._size is not None
        held = self._held.get(row)
        if held is not None:
            return held
        start = int(self._start[row])
        if start >= 0:
            return self._spool.read(start, int(self._size[row]))
        text = self._again(row)
        if len(text) <= self._room:  # two threads may both take the last room: that is no matter
            self._room -= len(text)
            self._held[row] = text
        return text

    def close(self) -> None:
        """Give memory and file back."""
        self._held.clear()
        self._spool.close()


def _texts(values: list[bytes]) -> Texts:
    """Texts that are held in memory."""
    sizes = np.array([len(value) for value in values], np.int64)
    held = Texts(int(sizes.sum()), _not_stored)
    held.extend(b"".join(values), np.cumsum(sizes) - sizes, sizes)
    held.freeze()
    return held


def _not_stored(row: int) -> bytes:
    raise AssertionError("all texts are stored")
