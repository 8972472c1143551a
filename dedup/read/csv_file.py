"""CSV and TSV with a header line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from dedup.read.decode import BadRecordError, utf8
from dedup.read.fields import Columns
from dedup.read.intake import Chunk, Intake
from dedup.read.jsonl import OVERHEAD
from dedup.read.lines import HEAD, TooLong, line_blocks
from dedup.read.sources import Source

_SHOWN_COLUMNS = 200
"""Characters of the header in a message."""


class _TooLargeError(Exception):
    """The record at hand went over the limit."""


class _Lines:
    """Feeds lines to `csv.reader` and keeps those of the record at hand: as bytes, and what is wrong with them."""

    def __init__(self, source: Source, limit: int) -> None:
        self._limit = limit
        self._lines = self._numbered(source)
        self.number = 0
        """Of the last line that was fed."""
        self.begin()

    def begin(self) -> None:
        """The next line fed begins a record."""
        self.first = self.number + 1
        self._raw: list[bytes] = []
        self._size = 0
        self.problem = ""

    @property
    def raw(self) -> bytes:
        """The record as it stands, without its final newline; what an oversized one begins with."""
        return b"\n".join(self._raw)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        if isinstance(line, TooLong):
            self._raw.append(line.head)
            self._size += line.size
            raise _TooLargeError
        self._size += len(line) + 1
        self._raw.append(line)
        if self._size > self._limit:
            self._raw = [self.raw[:HEAD]]
            raise _TooLargeError
        try:
            return utf8(line) + "\n"
        except BadRecordError as error:
            self.problem = self.problem or str(error)
            return line.decode("utf-8", "replace") + "\n"

    def _numbered(self, source: Source) -> Iterator[bytes | TooLong]:
        for lines in line_blocks(source, self._limit):
            if isinstance(lines, TooLong):
                yield lines
            else:
                yield from map(bytes, lines)


def read_csv(source: Source, intake: Intake, delimiter: str, header_out: list[bytes]) -> Iterator[Chunk]:
    """One record a row; `header_out` gets the header as it stands."""
    csv.field_size_limit(max(csv.field_size_limit(), intake.limit + OVERHEAD))  # the limit is one for the process
    lines = _Lines(source, intake.limit + OVERHEAD)
    rows = _rows(csv.reader(lines, delimiter=delimiter), lines, intake)
    header = next(rows, None)
    if header is None:
        if not intake.rejects or intake.rejects[-1].source != intake.name:
            intake.reject(None, "no header line: the file is empty")
        return
    columns = intake.fields.columns(header)
    if columns.text is None:
        shown = ", ".join(header)[:_SHOWN_COLUMNS]
        intake.reject(1, f"no header line? {intake.fields.missing}; the first row: {shown}", lines.raw)
        return
    header_out.append(lines.raw)
    if intake.fields.guesses_text:
        intake.note_guess(header[columns.text].strip())
    lines.begin()
    for row in rows:
        _take_row(row, len(header), columns, lines, intake)
        lines.begin()
        if intake.full:
            yield intake.take()


def _rows(reader: Iterator[list[str]], lines: _Lines, intake: Intake) -> Iterator[list[str]]:
    """Rows that could be read. The user of a row calls `lines.begin()` when done with it."""
    while True:
        try:
            row = next(reader, None)
            if row is None:
                return
            if lines.problem:
                intake.reject(lines.first, lines.problem, lines.raw)
            elif row:  # a blank line gives none
                yield row
                continue
        except csv.Error as error:
            intake.reject(lines.first, f"bad CSV: {error}", lines.raw)
        except _TooLargeError:
            reason = f"record too large (an open quote?); the limit for a text is {intake.limit:,} bytes"
            intake.reject(lines.first, reason, lines.raw)
        lines.begin()


def _take_row(row: Sequence[str], width: int, columns: Columns, lines: _Lines, intake: Intake) -> None:
    text_at = columns.text or 0
    if len(row) <= text_at or any(row[width:]):
        reason = f"{len(row)} fields in a row, {width} in the header"
        intake.reject(lines.first, reason, lines.raw)
        return
    intake.add(
        row[text_at],
        _cell(row, columns.id),
        lines.first,
        date=_cell(row, columns.date),
        source=_cell(row, columns.source),
        raw=lines.raw,
    )


def _cell(row: Sequence[str], at: int | None) -> str | None:
    return row[at] if at is not None and at < len(row) else None
