"""The second pass: writes the chosen documents, as they stood in the input where the format allows."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from dedup.atomic import atomic
from dedup.errors import InputError, OutputError
from dedup.model import UNKNOWN_DATE
from dedup.read.intake import Chunk
from dedup.read.output import Compressing
from dedup.read.parquet import batch_rows, import_parquet, open_parquet
from dedup.read.passes import Pass, check_unchanged
from dedup.read.paths import Entry
from dedup.read.reader import Reader
from dedup.read.sources import SUFFIXES, BrokenInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_selection(reader: Reader, wanted: Sequence[bool] | NDArray[np.bool_], out: Path) -> int:
    """Write the documents with `wanted[i]` (the i-th of all that the reader took in) to `out`; returns their number.

    JSONL, and CSV or TSV with one header, keep each record's bytes (without a byte order mark; UTF-16 becomes UTF-8);
    Parquet goes to Parquet if `out` is called so; all else becomes JSONL records {id, source, date, text}. A last
    suffix .gz, .zst, .bz2 or .xz compresses.

    Raises InputError if an input has changed since it was read or cannot be read again, OutputError if `out` cannot be
    written; then `out` is as it was before. Raises ValueError if `wanted` has another length than what was read.
    """
    out = Path(out)
    if not reader.finished:
        raise ValueError("the reader has not been read to its end")
    used = [entry for entry in reader.entries if entry.accepted]
    if len(wanted) != sum(entry.accepted for entry in used):
        raise ValueError(f"{len(wanted)} choices for {sum(entry.accepted for entry in used)} documents")
    way = _way(used, out)
    # Nothing may be written over by half because the first input is a stream that is gone.
    for entry in used:
        if entry.stream and entry.spool is None:
            raise InputError(f"{entry.name}: a stream cannot be read a second time (the reader needs replay=True)")
    with atomic(out) as file:
        if way == "parquet":
            return _write_parquet(reader, wanted, file, out)
        return _write_lines(reader, wanted, Compressing(file, out), way, used)


def _way(used: list[Entry], out: Path) -> str:
    """How to write: "jsonl" and "csv" as they stand, "parquet", or "records". Raises OutputError if `out` is called
    like a table that these inputs do not make.
    """
    formats = {entry.format for entry in used}
    suffix = Path(out.name[: -len(out.suffix)]).suffix if out.suffix.lower() in SUFFIXES else out.suffix
    suffix = suffix.lower()
    if suffix == ".parquet" and used:
        if formats == {"parquet"} and out.suffix.lower() == ".parquet":
            return "parquet"
        raise OutputError(f"{out}: only Parquet input can be written as Parquet (choose .jsonl)")
    one_table = len(formats) == 1 and formats <= {"csv", "tsv"} and len({e.header.rstrip(b"\r") for e in used}) == 1
    if one_table and suffix not in (".jsonl", ".ndjson"):
        return "csv"
    if suffix in (".csv", ".tsv") and used:
        raise OutputError(f"{out}: only CSV or TSV input with one header can be written as such (choose .jsonl)")
    return "jsonl" if formats == {"jsonl"} else "records"


def _write_lines(
    reader: Reader, wanted: Sequence[bool] | NDArray[np.bool_], writer: Compressing, way: str, used: list[Entry]
) -> int:
    written = 0
    if way == "csv":
        writer.write(used[0].header + b"\n")
    for chunk, chosen in _chosen(reader, wanted, keep_raw=way in ("jsonl", "csv")):
        lines: list[bytes | bytearray] = (
            [_as_record(chunk, at) for at in chosen] if way == "records" else [chunk.raws[at] for at in chosen]
        )
        if lines:
            writer.write(b"\n".join(lines) + b"\n")
        written += len(lines)
    writer.close()
    return written


def _chosen(
    reader: Reader, wanted: Sequence[bool] | NDArray[np.bool_], *, keep_raw: bool = False
) -> Iterator[tuple[Chunk, list[int]]]:
    """Each chunk of a second pass, and which of its documents are wanted."""
    begin = 0
    for chunk in Pass(reader.entries, reader.config, again=True, keep_raw=keep_raw).chunks():
        # Longer than before only if a file has changed, which the pass reports when it is through with the file.
        yield chunk, list(compress(range(len(chunk)), wanted[begin : begin + len(chunk)]))
        begin += len(chunk)


def _as_record(chunk: Chunk, at: int) -> bytes:
    record = {"id": chunk.ids[at], "source": chunk.sources[at]}
    if chunk.dates[at] != UNKNOWN_DATE:
        record["date"] = (_EPOCH + timedelta(seconds=chunk.dates[at])).isoformat().replace("+00:00", "Z")
    record["text"] = chunk.texts[at]
    return orjson.dumps(record)


def _write_parquet(reader: Reader, wanted: Sequence[bool] | NDArray[np.bool_], file: BinaryIO, out: Path) -> int:
    rows: dict[int, array[int]] = {}
    for chunk, chosen in _chosen(reader, wanted):
        for at in chosen:
            rows.setdefault(chunk.files[at], array("q")).append(chunk.lines[at])
    pq = import_parquet()
    tables = [(entry, rows.get(number, array("q"))) for number, entry in enumerate(reader.entries) if entry.accepted]
    writer: Any = None
    try:
        for entry, chosen_rows in tables:
            with open_parquet(entry.spool if entry.stream and entry.spool is not None else entry.path or "") as table:
                schema = table.schema_arrow
                if writer is None:
                    first, writer = schema, pq.ParquetWriter(file, schema)
                elif not schema.equals(first):
                    raise OutputError(
                        f"{out}: the columns of {entry.name} are others than those before (choose .jsonl)"
                    )
                _write_rows(table, chosen_rows, writer)
            if not entry.stream:
                check_unchanged(entry)
        if writer is not None:
            writer.close()
    except BrokenInputError as error:
        raise InputError(str(error)) from error
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        if writer is not None:
            with suppress(OSError):  # after an error: else it tries again when the file is gone
                writer.close()
    return sum(map(len, rows.values()))


def _write_rows(table: Any, rows: array[int], writer: Any) -> None:
    """Write the rows (numbered from 1, ascending) of a table."""
    import pyarrow

    before, at = 0, 0
    for batch in table.iter_batches(batch_size=batch_rows(table)):
        begin = at
        while at < len(rows) and rows[at] <= before + batch.num_rows:
            at += 1
        if at > begin:
            chosen = batch.take(pyarrow.array([row - 1 - before for row in rows[begin:at]]))
            writer.write_table(pyarrow.Table.from_batches([chosen], schema=chosen.schema))
        before += batch.num_rows
