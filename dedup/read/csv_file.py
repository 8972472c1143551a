"""CSV and TSV with a header line.

Quotation marks are the trouble of these formats: one that is never closed makes `csv.reader` take the rows after it
for one long text, without a word. So every record of several lines is looked at again (see `_swallows`), and what was
taken by mistake is read once more, line by line. In TSV a quotation mark mostly is an ordinary character, and a record
of several lines is rare: there a line that is not quoted properly is read as it stands.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from dedup.config import delimiter_of
from dedup.read.collector import Chunk, DocumentCollector
from dedup.read.csv_lines import RecordLines, TooLargeError
from dedup.read.fields import FieldColumns
from dedup.read.jsonl import OVERHEAD
from dedup.read.sources import Source
from dedup.read.values import comparable

_SHOWN_COLUMNS = 200
"""Characters of the header in a message."""
_DELIMITERS = {"csv": ",;|\t", "tsv": "\t,;|"}
"""Tried in this order where none is given."""
_NAMES = {"\t": "tab"}
_SEP = re.compile(rb'"?sep=(.)"?\r?', re.IGNORECASE)
"""The first line by which Excel is told the delimiter."""
_ROWS_ALIKE, _WIDTH_ALIKE = 3, 4
"""Lines, each with as many fields as the header, and fields, from which they are rows and not prose with commas."""
_SHAPE = (re.compile(r"[0-9]+"), re.compile(r"[^\W\d_]+"))


def read_csv(
    source: Source, intake: DocumentCollector, tsv: bool, encoding: str, header_out: list[bytes]
) -> Iterator[Chunk]:
    """One record a row, in UTF-8 if `encoding` is empty; `header_out` gets the header as it stands."""
    csv.field_size_limit(max(csv.field_size_limit(), intake.limit + OVERHEAD))  # the limit is one for the process
    table = _Table(RecordLines(source, intake.limit + OVERHEAD, encoding), intake, tsv)
    if not table.begin(header_out):
        return
    for row in table.rows():
        table.take(row)
        table.lines.begin()
        if intake.full:
            yield intake.take()


class _Table:
    """The rows of one file."""

    def __init__(self, lines: RecordLines, intake: DocumentCollector, tsv: bool) -> None:
        self.lines, self._intake, self._tsv = lines, intake, tsv
        delimiters = delimiter_of(intake.config.delimiter) or _DELIMITERS["tsv" if tsv else "csv"]
        self._delimiter, self._others = delimiters[0], delimiters[1:]
        self._spans = not tsv
        """Whether a text may go over several lines where that cannot be seen from the number of fields."""
        self._width = 0
        self._columns = FieldColumns(None, None, None, None)
        self._value_at: int | None = None

    def begin(self, header_out: list[bytes]) -> bool:
        """Read the header; False if there is none that can be used."""
        lines, intake, fields = self.lines, self._intake, self._intake.fields
        known = len(intake.rejects)
        rows = self.rows()
        header, above = next(rows, None), b""
        if header is not None and (sep := _SEP.fullmatch(lines.raw)):
            above = lines.raw + b"\n"
            if not intake.config.delimiter:
                self._delimiter, self._others = sep[1].decode("latin-1"), ""
            lines.begin()
            rows = self.rows()  # with that delimiter
            header = next(rows, None)
        if header is None:
            if len(intake.rejects) == known:
                intake.reject(None, "no header line: the file is empty")
            return False
        if len(intake.rejects) > known:  # what stands for a header then is a row
            intake.reject(None, "the header line cannot be read, so the file is not")
            return False
        header = self._with_text(header)
        columns = fields.columns(header)
        if columns.text is None:
            shown = ", ".join(header)[:_SHOWN_COLUMNS]
            intake.reject(1, f"no header line? {fields.missing}; the first row: {shown}", lines.head)
            return False
        header_out.append(above + lines.raw)
        self._columns, self._width = columns, len(header)
        self._value_at = intake.values.column(header)
        self._spans = self._spans or lines.raw.startswith(b'"')
        name = header[columns.text].strip()
        if fields.guesses_text:
            intake.note_guess(name)
        named = [other.strip() for other in header]
        intake.note_repeated(named, [named[at] for at in columns if at is not None])
        lines.begin()
        return True

    def _with_text(self, header: list[str]) -> list[str]:
        """The header, cut by another delimiter if only that gives a column for the text."""
        fields = self._intake.fields
        if fields.columns(header).text is not None:
            return header
        for delimiter in self._others:
            other = next(csv.reader(self.lines.texts(), delimiter=delimiter), [])
            if len(other) > 1 and fields.columns(other).text is not None:
                self._delimiter = delimiter
                self._intake.note(f"guessed delimiter '{_NAMES.get(delimiter, delimiter)}'")
                return other
        return header

    def rows(self) -> Iterator[list[str]]:
        """Rows that could be read. The user of a row calls `lines.begin()` when done with it."""
        lines = self.lines
        reader = csv.reader(lines, delimiter=self._delimiter)
        while True:
            try:
                row = next(reader, None)
                if row is None:
                    return
                wrong = self._what_is_wrong(row)
            except csv.Error as error:
                wrong = f"bad CSV: {str(error).split(' - ')[0]}"
            except TooLargeError:
                wrong = f"record too large (an open quote?); the limit for a text is {self._intake.limit:,} bytes"
            if wrong:
                row = self._mended(wrong)
                reader = csv.reader(lines, delimiter=self._delimiter)
            elif lines.problem:
                self._intake.reject(lines.first, lines.problem, lines.head)
                row = None
            if row:  # a blank line gives none
                yield row
            else:
                lines.begin()

    def _what_is_wrong(self, row: list[str]) -> str:
        """Why a row cannot stand as `csv.reader` gave it; empty if it can."""
        lines = self.lines
        later = len(lines.fed) - 1
        if lines.open:
            inside = f"; {later:,} more {'line stands' if later == 1 else 'lines stand'} in it" if later else ""
            return f"a quotation that begins here is never closed{inside}"
        if not later and not (self._tsv and '"' in lines.texts()[0]):
            return ""
        if self._tsv:
            if self._is_strict() and (not later or self._spans_rightly(row)):
                return ""
            return "a quotation mark inside a field"
        if self._swallows(row):
            return f"a quotation that begins here goes on over {later:,} more lines, which look like rows"
        return ""

    def _is_strict(self) -> bool:
        """Whether the record is quoted as the rules are."""
        try:
            return len(list(csv.reader(self.lines.texts(), delimiter=self._delimiter, strict=True))) <= 1
        except csv.Error:
            return False

    def _spans_rightly(self, row: list[str]) -> bool:
        """Whether a TSV record of several lines is one: rows that a stray mark has swallowed bring their tabs along."""
        if not self._width:
            return False
        if self._width == 1 and not self._spans:
            return False
        return len(row) == self._width and not any("\n" in cell and self._delimiter in cell for cell in row)

    def _swallows(self, row: list[str]) -> bool:
        """Whether the later lines of a CSV record look like rows of their own."""
        if self._width < 2:
            return False
        shape = _shape(row[0].split("\n")[0])
        later = [line for line in self.lines.texts()[1:] if line.strip()]
        alike = sum(self._is_row(line, shape) for line in later)
        if not alike:
            return False
        if len(row) != self._width or not self._is_strict():
            return alike * 2 >= len(later)
        if shape:
            return alike == len(later)
        return alike == len(later) >= _ROWS_ALIKE and self._width >= _WIDTH_ALIKE

    def _is_row(self, line: str, shape: str) -> bool:
        """Whether a line by itself has the fields of a row, and a first one like that of the record before."""
        try:
            row = next(csv.reader((line,), delimiter=self._delimiter), [])
        except csv.Error:
            return False
        return len(row) == self._width and (not shape or _shape(row[0]) == shape)

    def _mended(self, wrong: str) -> list[str] | None:
        """The first line of a record that cannot stand, as it is, where that may be (TSV); else it is refused. The
        lines after it are read once more if they look like rows.
        """
        lines, intake = self.lines, self._intake
        later = len(lines.fed) - 1
        if self._tsv and (not later or lines.back_to_second()) and isinstance(lines.fed[0], bytes):
            if lines.problem:
                intake.reject(lines.first, lines.problem, lines.head)
                return None
            return lines.texts()[0].rstrip("\r\n").split(self._delimiter)
        if later and self._width > 1 and self._looks_like_rows() and lines.back_to_second():
            wrong += " (they are read as rows)" if "lines" in wrong else " (what follows is read as rows)"
        intake.reject(lines.first, wrong, lines.head)
        return None

    def _looks_like_rows(self) -> bool:
        later = [line for line in self.lines.texts()[1:] if line.strip()]
        first = next(csv.reader(self.lines.texts()[:1], delimiter=self._delimiter), [""])
        shape = _shape(first[0])
        return sum(self._is_row(line, shape) for line in later) * 2 >= len(later) > 0

    def take(self, row: Sequence[str]) -> None:
        """Take in or refuse a row."""
        lines, columns = self.lines, self._columns
        text_at = columns.text or 0
        if len(row) <= text_at or any(row[self._width :]):
            reason = f"{len(row)} fields in a row, {self._width} in the header"
            self._intake.reject(lines.first, reason, lines.head)
            return
        raw = lines.raw
        text = self._intake.as_text(row[text_at], lines.first, raw)
        if text is not None:
            self._intake.add(
                text,
                _cell(row, columns.id),
                lines.first,
                date=_cell(row, columns.date),
                source=_cell(row, columns.source),
                raw=raw,
                value=comparable(_cell(row, self._value_at)),
            )


def _shape(cell: str) -> str:
    """What ids of one kind have in common ("ab-12" and "x-3"); empty where a cell is no id with a number."""
    if len(cell) > 64 or not any(map(str.isdigit, cell)) or any(map(str.isspace, cell)):
        return ""
    return _SHAPE[1].sub("a", _SHAPE[0].sub("9", cell))


def _cell(row: Sequence[str], at: int | None) -> str | None:
    return row[at] if at is not None and at < len(row) else None
