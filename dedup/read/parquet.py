"""Parquet through pyarrow, only the columns that are needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple
from uuid import UUID

from dedup.errors import MissingExtraError
from dedup.read.collector import CHUNK_CHARACTERS, CHUNK_DOCUMENTS, Chunk, DocumentCollector
from dedup.read.decode import BadRecordError, utf8
from dedup.read.sources import BrokenInputError
from dedup.read.values import comparable

_BUFFER = 1 << 20
_BOMB, _BOMB_RATIO = 256 << 20, 200
"""Bytes of a column in a row group, and how many times the stored ones they are, from which it is a trap."""


class Paths(NamedTuple):
    """The columns in use, each by the names that lead to it; None where there is no such column."""

    text: tuple[str, ...] | None
    id: tuple[str, ...] | None
    date: tuple[str, ...] | None
    source: tuple[str, ...] | None
    value: tuple[str, ...] | None = None


def open_parquet(file: str | BinaryIO, dictionary: Sequence[str] = ()) -> Any:
    """A `pyarrow.parquet.ParquetFile`; the columns in `dictionary` come as dictionaries. Raises BrokenInputError,
    OSError, MissingExtraError.
    """
    pq = import_parquet()
    import pyarrow

    try:
        # A buffer, or a whole column of a row group would be held at once.
        return pq.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False, read_dictionary=list(dictionary) or None)
    except (pyarrow.ArrowException, ValueError) as error:
        raise BrokenInputError(f"broken Parquet file: {_first_line(error)}") from error
    except OSError as error:
        if error.errno:
            raise
        raise BrokenInputError(f"broken Parquet file: {_first_line(error)}") from error  # Arrow's for bad metadata


def import_parquet() -> Any:
    """`pyarrow.parquet`. Raises MissingExtraError."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("Parquet input", "parquet") from error
    return pyarrow.parquet


def read_parquet(file: str | BinaryIO, intake: DocumentCollector) -> Iterator[Chunk]:
    """One record a row, numbered from 1. Raises BrokenInputError where the rest cannot be read, and what
    `open_parquet` raises.
    """
    intake.advised = True  # no setting of the encoding applies
    with open_parquet(file) as table:
        columns = _columns(table.schema_arrow, intake)
        if columns is None:
            return
        _refuse_bomb(table, columns)
        dictionary = _dictionary(table, columns)
        if not dictionary:
            yield from _rows(table, columns, intake)
            return
    # A long text that is repeated is in the file once, and must not be many times in memory.
    with open_parquet(file, dictionary) as table:
        yield from _rows(table, columns, intake)


def _rows(table: Any, columns: Paths, intake: DocumentCollector) -> Iterator[Chunk]:
    import pyarrow

    names = sorted({".".join(path) for path in columns if path})
    row = 0
    try:
        for batch in table.iter_batches(batch_size=batch_rows(table), columns=names):
            for step in _take_batch(batch, columns, row, intake):
                if step:
                    yield intake.take()
            row += batch.num_rows
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        raise BrokenInputError(f"broken Parquet file after row {row:,}: {_first_line(error)}") from error


def _columns(schema: Any, intake: DocumentCollector) -> Paths | None:
    """Where the columns in use are; None, and the file is refused, if there is none of text."""
    fields, names = intake.fields, schema.names
    found: list[tuple[str, ...] | None] = [(names[at],) if at is not None else None for at in fields.columns(names)]
    for at, name in enumerate(fields.configured):
        path = tuple(name.split("."))
        if found[at] is None and len(path) > 1 and _type_at(schema, path) is not None:
            found[at] = path
    columns = Paths(*found)._replace(value=_value_path(schema, intake))
    if columns.text is None:
        shown = ", ".join(names)[:200]
        intake.reject(None, f"{fields.missing}; the columns are: {shown}")
        return None
    if not _is_text(kind := _type_at(schema, columns.text)):
        intake.reject(None, f"column '{'.'.join(columns.text)}' is {str(kind)[:200]}, not text")
        return None
    if fields.guesses_text:
        intake.note_guess(columns.text[0])
    intake.note_repeated(names, [path[0] for path in columns if path])
    return columns


def _value_path(schema: Any, intake: DocumentCollector) -> tuple[str, ...] | None:
    """Where the field is by which it is chosen who stands."""
    if (at := intake.values.column(schema.names)) is not None:
        return (schema.names[at],)
    path = tuple(intake.values.name.split("."))
    return path if len(path) > 1 and _type_at(schema, path) is not None else None


def _type_at(schema: Any, path: tuple[str, ...]) -> Any:
    """The type of a column, or of a field in a struct; None if there is none."""
    from pyarrow import types

    if not (indices := schema.get_all_field_indices(path[0])):
        return None
    kind = schema.field(indices[0]).type
    for step in path[1:]:
        if not types.is_struct(kind) or (at := kind.get_field_index(step)) < 0:
            return None
        kind = kind.field(at).type
    return kind


def _dictionary(table: Any, columns: Paths) -> list[str]:
    """The column of the text as the file names it, if some of it is stored as a dictionary."""
    metadata, name = table.metadata, ".".join(columns.text or ())
    for group in range(metadata.num_row_groups):
        for at in range(metadata.num_columns):
            column = metadata.row_group(group).column(at)
            if column.path_in_schema == name and column.has_dictionary_page:
                return [name]
    return []


def dictionaries(table: Any) -> list[str]:
    """Columns of text that are stored as dictionaries, some of them, and come unfolded; each has a name of its own."""
    from pyarrow import types

    schema, metadata = table.schema_arrow, table.metadata
    plain = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    flat = {name for name in schema.names if schema.names.count(name) == 1 and "." not in name}
    if len(flat) != len(schema.names):
        return []
    texts = {name for name in flat if any(is_kind(schema.field(name).type) for is_kind in plain)}
    columns = (
        metadata.row_group(group).column(at)
        for group in range(metadata.num_row_groups)
        for at in range(metadata.num_columns)
    )
    return sorted({column.path_in_schema for column in columns if column.has_dictionary_page} & texts)


def _refuse_bomb(table: Any, columns: Paths) -> None:
    """Raises BrokenInputError if a column in use claims to be far larger than any text is that was compressed."""
    metadata = table.metadata
    names = {".".join(path) for path in columns if path}
    for group in range(metadata.num_row_groups):
        for at in range(metadata.num_columns):
            column = metadata.row_group(group).column(at)
            size, stored = column.total_uncompressed_size, max(1, column.total_compressed_size)
            if column.path_in_schema in names and size > _BOMB and size > _BOMB_RATIO * stored:
                raise BrokenInputError(
                    f"Parquet file too large when unpacked: {stored:,} bytes of column "
                    f"'{column.path_in_schema}' stand for {size:,}"
                )


def batch_rows(table: Any) -> int:
    """Rows that make about one chunk, by the sizes in the file's footer."""
    metadata = table.metadata
    size = sum(max(0, metadata.row_group(at).total_byte_size) for at in range(metadata.num_row_groups))
    average = max(1, size // max(1, metadata.num_rows))
    return int(max(1, min(CHUNK_DOCUMENTS, CHUNK_CHARACTERS // average)))


def _take_batch(batch: Any, columns: Paths, row: int, intake: DocumentCollector) -> Iterator[bool]:
    """Take in the rows of a batch; yields True when the chunk is full."""
    ids, dates = _values(_column(batch, columns.id)), _dates(_column(batch, columns.date))
    sources, values = _values(_column(batch, columns.source)), _dates(_column(batch, columns.value))
    name = ".".join(columns.text or ())
    for at, value in enumerate(_texts(_column(batch, columns.text))):
        row += 1
        if isinstance(value, BadRecordError):
            intake.reject(row, str(value))
        elif value is None:
            intake.reject(row, f"field '{name}' is null, not text")
        elif (text := intake.as_text(value, row)) is not None:
            ident, date, source, worth = (column[at] if column else None for column in (ids, dates, sources, values))
            intake.add(text, ident, row, date=date, source=source, value=comparable(worth))
        yield intake.full


def _column(batch: Any, path: tuple[str, ...] | None) -> Any:
    """A column (the first of that name), or a field in a struct."""
    if path is None:
        return None
    column = batch.column(batch.schema.get_all_field_indices(path[0])[0])
    if len(path) > 1:
        import pyarrow.compute

        for step in path[1:]:
            column = pyarrow.compute.struct_field(column, step)
    return column.storage if hasattr(column, "storage") else column


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    kind = getattr(kind, "storage_type", kind)  # an extension type, as of JSON
    if types.is_dictionary(kind):
        kind = kind.value_type
    names = ("is_string", "is_large_string", "is_binary", "is_large_binary", "is_fixed_size_binary")
    views = ("is_string_view", "is_binary_view")  # pyarrow 16 and later
    return any(getattr(types, name)(kind) for name in (*names, *views) if hasattr(types, name))


def _texts(column: Any) -> Iterator[str | BadRecordError | None]:
    """The texts one by one, so that a repeated long one of a dictionary is not held many times over."""
    kind = str(column.type)
    padding = b"\0" if kind.startswith("fixed_size_binary") else b""
    for scalar in column:
        try:
            value = scalar.as_py()
            yield utf8(value.rstrip(padding)) if isinstance(value, bytes) else value
        except BadRecordError as error:
            yield error
        except UnicodeDecodeError as error:
            yield BadRecordError(f"not valid UTF-8: byte 0x{error.object[error.start]:02x} at offset {error.start:,}")


def _values(column: Any) -> list[Any]:
    """The values, empty if there is no such column or it holds what Python cannot."""
    try:
        return [] if column is None else [_plain(value) for value in column.to_pylist()]
    except (ValueError, OverflowError):
        return []


def _plain(value: Any) -> Any:
    """A value as the other formats have it: bytes as text (in hex if they are none), UUIDs and decimals as written."""
    if isinstance(value, bytes):
        try:
            text = value.rstrip(b"\0").decode()
        except UnicodeDecodeError:
            return value.hex()
        return text if text.isprintable() else value.hex()
    return str(value) if isinstance(value, UUID | Decimal) else value


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
