"""Parquet through pyarrow, only the columns that are needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from dedup.errors import MissingExtraError
from dedup.read.decode import BadRecordError, utf8
from dedup.read.fields import Columns
from dedup.read.intake import CHUNK_CHARACTERS, CHUNK_DOCUMENTS, Chunk, Intake
from dedup.read.sources import BrokenInputError

_BUFFER = 1 << 20


def open_parquet(file: str | BinaryIO) -> Any:
    """A `pyarrow.parquet.ParquetFile`. Raises BrokenInputError, OSError, MissingExtraError."""
    pq = import_parquet()
    import pyarrow

    try:
        # A buffer, or a whole column of a row group would be held at once.
        return pq.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
    except (pyarrow.ArrowException, ValueError) as error:
        raise BrokenInputError(f"broken Parquet file: {_first_line(error)}") from error


def import_parquet() -> Any:
    """`pyarrow.parquet`. Raises MissingExtraError."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("Parquet input", "parquet") from error
    return pyarrow.parquet


def read_parquet(table: Any, intake: Intake) -> Iterator[Chunk]:
    """One record a row, numbered from 1. Raises BrokenInputError where the rest cannot be read."""
    import pyarrow

    schema = table.schema_arrow
    columns = intake.fields.columns(schema.names)
    if columns.text is None:
        shown = ", ".join(schema.names)[:200]
        intake.reject(None, f"{intake.fields.missing}; the columns are: {shown}")
        return
    if not _is_text(schema.field(columns.text).type):
        column = schema.field(columns.text)
        intake.reject(None, f"column '{column.name}' is {column.type}, not text")
        return
    if intake.fields.guesses_text:
        intake.note_guess(schema.names[columns.text])
    names = [schema.names[at] for at in columns if at is not None]
    row = 0
    try:
        for batch in table.iter_batches(batch_size=batch_rows(table), columns=names):
            for step in _take_batch(batch, columns, schema.names, row, intake):
                if step:
                    yield intake.take()
            row += batch.num_rows
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise BrokenInputError(f"broken Parquet file after row {row:,}: {_first_line(error)}") from error


def batch_rows(table: Any) -> int:
    """Rows that make about one chunk, by the sizes in the file's footer."""
    metadata = table.metadata
    size = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    average = max(1, size // max(1, metadata.num_rows))
    return int(max(1, min(CHUNK_DOCUMENTS, CHUNK_CHARACTERS // average)))


def _take_batch(batch: Any, columns: Columns, names: list[str], row: int, intake: Intake) -> Iterator[bool]:
    """Take in the rows of a batch; yields True when the chunk is full."""

    def column(at: int | None) -> Any:
        return None if at is None else batch.column(batch.schema.get_field_index(names[at]))

    ids, dates, sources = _values(column(columns.id)), _dates(column(columns.date)), _values(column(columns.source))
    name = names[columns.text or 0]
    for at, value in enumerate(_texts(column(columns.text))):
        row += 1
        if isinstance(value, BadRecordError):
            intake.reject(row, str(value))
        elif value is None:
            intake.reject(row, f"field '{name}' is null, not text")
        else:
            ident, date, source = (values[at] if values else None for values in (ids, dates, sources))
            intake.add(value, ident, row, date=date, source=source)
        yield intake.full


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    checks = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    views = (getattr(types, name, None) for name in ("is_string_view", "is_binary_view"))  # pyarrow 16 and later
    return any(check(kind) for check in (*checks, *(view for view in views if view is not None)))


def _texts(column: Any) -> Iterator[str | BadRecordError | None]:
    """The texts one by one, so that a repeated long one of a dictionary is not held many times over."""
    for scalar in column:
        try:
            value = scalar.as_py()
            yield utf8(value) if isinstance(value, bytes) else value
        except BadRecordError as error:
            yield error
        except UnicodeDecodeError as error:
            yield BadRecordError(f"not valid UTF-8: byte 0x{error.object[error.start]:02x} at offset {error.start:,}")


def _values(column: Any) -> list[Any]:
    """The values, empty if there is no such column or it holds what Python cannot."""
    try:
        return [] if column is None else list(column.to_pylist())
    except (ValueError, OverflowError):
        return []


def _dates(column: Any) -> list[Any]:
    """The values; timestamps and dates as datetimes in UTC (Python's own type has no nanoseconds)."""
    import pyarrow

    if column is not None and (pyarrow.types.is_timestamp(column.type) or pyarrow.types.is_date(column.type)):
        try:
            column = column.cast(pyarrow.timestamp("s"), safe=False)
        except pyarrow.ArrowException:
            return []
    return _values(column)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["unknown error"])[0][:300]
