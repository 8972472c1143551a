"""Lines of a CSV file on their way into `csv.reader`: kept while their record lasts, and fed again when need be."""

from __future__ import annotations

from collections.abc import Iterator

from dedup.read.decode import BadRecordError, decoded
from dedup.read.lines import HEAD, TooLong, line_blocks
from dedup.read.sources import Source

_MOST_LINES = 1 << 20
"""Lines of one record: a short line costs more memory than its bytes."""


class TooLargeError(Exception):
    """The record at hand went over the limit."""


class RecordLines:
    """Feeds lines to `csv.reader` and keeps those of the record at hand: as bytes, and what is wrong with them."""

    def __init__(self, source: Source, limit: int, encoding: str) -> None:
        self._limit = limit
        self._encoding = encoding
        self._lines = _each(source, limit)
        self._again: list[bytes | TooLong] = []
        """Lines to be fed once more, the next one last."""
        self._budget = limit
        self.number = 0
        """Of the last line that was fed."""
        self.begin()

    def begin(self) -> None:
        """The next line fed begins a record."""
        self.first = self.number + 1
        self.fed: list[bytes | TooLong] = []
        """The lines of the record."""
        self._size = 0
        self.problem = ""
        self.open = False
        """Whether the input ended inside a quotation."""

    @property
    def raw(self) -> bytes:
        """The record as it stands, without its final newline."""
        return b"\n".join(line.head if isinstance(line, TooLong) else line for line in self.fed)

    @property
    def head(self) -> bytes:
        """The first bytes of the record, for its reject."""
        return self.raw[:HEAD]

    def texts(self) -> list[str]:
        """The lines of the record."""
        return [self._text(line.head if isinstance(line, TooLong) else line) for line in self.fed]

    def back_to_second(self) -> bool:
        """Keep only the first line of the record and feed the others once more, as records of their own.

        False, and nothing is done, when that was done too often: each time costs the length of a record, and a hostile
        file could ask for it on every line.
        """
        rest = self.fed[1:]
        size = sum(map(len, rest)) + len(rest)
        if size > self._budget:
            return False
        self._budget -= size
        self._again.extend(reversed(rest))
        self.number -= len(rest)
        del self.fed[1:]
        self.problem = ""
        self._text(self.fed[0] if isinstance(self.fed[0], bytes) else b"")
        return True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._again.pop() if self._again else self._fresh()
        except StopIteration:
            self.open = bool(self.fed)
            raise
        self.number += 1
        self.fed.append(line)
        self._size += (line.size if isinstance(line, TooLong) else len(line)) + 1
        if isinstance(line, TooLong) or self._size > self._limit or len(self.fed) > _MOST_LINES:
            raise TooLargeError
        return self._text(line)

    def _text(self, line: bytes) -> str:
        try:
            return decoded(line, self._encoding) + "\n"
        except BadRecordError as error:
            self.problem = self.problem or str(error)
            return line.decode(self._encoding or "utf-8", "replace") + "\n"

    def _fresh(self) -> bytes | TooLong:
        """A line that was not fed before. Each pays for being fed again some times."""
        line = next(self._lines)
        self._budget += 8 * (len(line) + 1) if not isinstance(line, TooLong) else 0
        return line


def _each(source: Source, limit: int) -> Iterator[bytes | TooLong]:
    for lines in line_blocks(source, limit):
        if isinstance(lines, TooLong):
            yield lines
        else:
            yield from map(bytes, lines)
