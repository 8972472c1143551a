"""Documents read again from where they stand: what a scan needs of a large file a second time it need not store.

Only for lines of plain JSON lines files; the place of such a document is the offset and the size of its line.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import orjson

from dedup.read.jsonl import SIZE_BITS
from dedup.read.passes import changed, open_regular
from dedup.read.paths import PathEntry

HELD = 64
"""Files that are kept open, so that one that vanishes can still be read."""


class Locator:
    """Reads documents of `entries` again. May be used by many threads at once."""

    def __init__(self, entries: Sequence[PathEntry]) -> None:
        self._entries = entries
        self._held: dict[int, int] = {}
        self._checked: set[int] = set()
        lines = [number for number, entry in enumerate(entries) if entry.format == "jsonl" and not entry.compression]
        for number in lines[:HELD]:
            try:
                self._held[number] = open_regular(entries[number].path or "")
            except OSError:
                break  # the reader will say so, when it comes to this file

    def read(self, file: int, place: int, size: int) -> bytes:
        """The text of the document at `place`, of `size` bytes in UTF-8.

        Raises InputError if the file is not what it was: growing at its end is no change.
        """
        entry = self._entries[file]
        try:
            line = self._line(file, place >> SIZE_BITS, place & (1 << SIZE_BITS) - 1)
            text: bytes = orjson.loads(line)[entry.text_key].encode()
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise changed(entry) from error
        if len(text) != size:
            raise changed(entry)
        return text

    def close(self) -> None:
        """Close the files."""
        while self._held:
            os.close(self._held.popitem()[1])

    def __del__(self) -> None:
        self.close()

    def _line(self, file: int, offset: int, length: int) -> bytes:
        held = self._held.get(file)
        if held is not None:
            self._check(file, held)
            return os.pread(held, length, offset)
        descriptor = open_regular(self._entries[file].path or "")
        try:
            self._check(file, descriptor)
            return os.pread(descriptor, length, offset)
        finally:
            os.close(descriptor)

    def _check(self, file: int, descriptor: int) -> None:
        """Once a file: raises InputError if it was rewritten since it was read."""
        if file in self._checked:
            return
        entry, status = self._entries[file], os.fstat(descriptor)
        stamp = (status.st_size, status.st_mtime_ns)
        if entry.stamp is not None and entry.stamp != stamp and stamp[0] <= entry.stamp[0]:
            raise changed(entry)
        self._checked.add(file)
