"""The second pass: writes the chosen documents, as they stood in the input where the format allows."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import compress, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from dedup.errors import InputError, OutputError
from dedup.model import UNKNOWN_DATE
from dedup.read.collector import CHUNK_CHARACTERS, Chunk
from dedup.read.kept import Kept
from dedup.read.output import Compressing
from dedup.read.parquet import batch_rows, dictionaries, import_parquet, open_parquet
from dedup.read.passes import Pass, check_unchanged
from dedup.read.paths import PathEntry
from dedup.read.reader import Reader
from dedup.read.sources import SUFFIXES, BrokenInputError
from dedup.runtime.atomic import atomic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dedup.runtime.atomic import OutputSet

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_selection(
    reader: Reader,
    wanted: Sequence[bool] | NDArray[np.bool_],
    out: Path,
    outputs: OutputSet | None = None,
    *,
    keep_rejects: bool = False,
) -> int:
    """Write the documents with `wanted[i]` (the i-th of all that the reader took in, but for those in `against`) to
    `out`; returns their number.

    JSONL, and CSV or TSV with one header, keep each record's bytes (without a byte order mark; UTF-16 becomes UTF-8);
    Parquet goes to Parquet if `out` is called so; all else becomes JSONL records {id, source, date, text}. A last
    suffix .gz, .zst, .bz2 or .xz compresses. With `outputs` the file appears together with the others there; with
    `keep_rejects` records of JSONL, CSV and TSV that could not be read stand where they stood (they do not count).

    Raises InputError if an input has changed since it was read or cannot be read again, OutputError if `out` cannot be
    written; then `out` is as it was before. Raises ValueError if `wanted` has another length than what was read.
    """
    out = Path(out)
    if not reader.finished:
        raise ValueError("the reader has not been read to its end")
    used = [entry for entry in reader.asked if entry.accepted] or _without_rows(reader)
    if len(wanted) != sum(entry.accepted for entry in used):
        raise ValueError(f"{len(wanted)} choices for {sum(entry.accepted for entry in used)} documents")
    way = _way(used, out)
    # Nothing may be written over by half because the first input is a stream that is gone.
    for entry in used:
        if entry.stream and entry.spool is None:
            raise InputError(f"{entry.name}: a stream cannot be read a second time (the reader needs replay=True)")
    if keep_rejects and way not in ("jsonl", "csv"):
        raise OutputError(f"{out}: rejected records can be kept as they stand of JSON lines, CSV and TSV alone")
    with outputs.open(out) if outputs is not None else atomic(out) as file:
        if way == "parquet":
            return _write_parquet(reader, wanted, file, out, used)
        return _write_lines(reader, wanted, Compressing(file, out), way, used, keep_rejects)


def _way(used: list[PathEntry], out: Path) -> str:
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
    reader: Reader, wanted: Sequence[bool] | NDArray[np.bool_], writer: Compressing, way: str, used: list[PathEntry],
    keep_rejects: bool,
) -> int:  # fmt: skip
    written = 0
    if way == "csv":
        writer.write(used[0].header + b"\n")
    for chunk, chosen in _chosen(reader, wanted, keep_raw=way in ("jsonl", "csv")):
        lines: list[bytes | bytearray] = (
            [_as_record(chunk, at) for at in chosen] if way == "records" else [chunk.raws[at] for at in chosen]
        )
        written += len(lines)
        if keep_rejects:
            lines = _with_rejects(chunk, chosen)
        if lines:
            writer.write(b"\n".join(lines) + b"\n")
    writer.close()
    return written


def _with_rejects(chunk: Chunk, chosen: list[int]) -> list[bytes | bytearray]:
    """The chosen records and those that could not be read, in the order in which they stood."""
    placed = [(at, 1, chunk.raws[at]) for at in chosen] + [(before, 0, raw) for before, raw in chunk.refused]
    return [raw for _, _, raw in sorted(placed, key=lambda entry: entry[:2])]


def _without_rows(reader: Reader) -> list[PathEntry]:
    """Tables that were read and hold no row: what is written of them is a table without rows."""
    return [entry for entry in reader.asked if entry.header or (entry.format == "parquet" and not entry.failed)]


def _chosen(
    reader: Reader, wanted: Sequence[bool] | NDArray[np.bool_], *, keep_raw: bool = False
) -> Iterator[tuple[Chunk, list[int]]]:
    """Each chunk of a second pass, and which of its documents are wanted."""
    begin = 0
    for chunk in Pass(reader.asked, reader.config, again=True, kept=Kept(raw=keep_raw)).chunks():
        # Longer than before only if a file has changed, which the pass reports when it is through with the file.
        yield chunk, list(compress(range(len(chunk)), wanted[begin : begin + len(chunk)]))
        begin += len(chunk)


def _as_record(chunk: Chunk, at: int) -> bytes:
    record = {"id": chunk.ids[at], "source": chunk.sources[at]}
    if chunk.dates[at] != UNKNOWN_DATE:
        record["date"] = (_EPOCH + timedelta(seconds=chunk.dates[at])).isoformat().replace("+00:00", "Z")
    record["text"] = chunk.texts[at]
    return orjson.dumps(record)


def _write_parquet(
    reader: Reader, wanted: Sequence[bool] | NDArray[np.bool_], file: BinaryIO, out: Path, used: list[PathEntry]
) -> int:
    rows: dict[int, array[int]] = {}
    for chunk, chosen in _chosen(reader, wanted):
        for at in chosen:
            rows.setdefault(chunk.files[at], array("q")).append(chunk.lines[at])
    pq = import_parquet()
    named = {id(entry) for entry in used}
    tables = [(entry, rows.get(number, array("q"))) for number, entry in enumerate(reader.asked) if id(entry) in named]
    writer: Any = None
    try:
        for entry, chosen_rows in tables:
            place = entry.spool if entry.stream and entry.spool is not None else entry.path or ""
            with open_parquet(place) as table:
                schema, folded = table.schema_arrow, dictionaries(table)
                if writer is None:
                    first, writer = schema, pq.ParquetWriter(file, schema)
                elif not schema.equals(first):
                    raise OutputError(
                        f"{out}: the columns of {entry.name} are others than those before (choose .jsonl)"
                    )
            # A long text that is repeated is in the file once, and must not be many times in memory.
            with open_parquet(place, folded) as table:
                _write_rows(table, chosen_rows, writer, schema)
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


def _write_rows(table: Any, rows: array[int], writer: Any, schema: Any) -> None:
    """Write the rows (numbered from 1, ascending) of a table as `schema` has them."""
    import pyarrow

    before, at = 0, 0
    for batch in table.iter_batches(batch_size=batch_rows(table)):
        begin = at
        while at < len(rows) and rows[at] <= before + batch.num_rows:
            at += 1
        if at > begin:
            # Slices, for Arrow takes single rows of some types only (not of string_view).
            runs = _runs([row - 1 - before for row in rows[begin:at]])
            parts = [batch.slice(first, length) for first, length in runs]
            chosen = pyarrow.Table.from_batches(parts, schema=batch.schema)
            if batch.schema.equals(schema):
                writer.write_table(chosen)
            else:
                for first, length in _portions(chosen, schema):
                    writer.write_table(chosen.slice(first, length).cast(schema))
        before += batch.num_rows


def _portions(table: Any, schema: Any) -> list[tuple[int, int]]:
    """First and length of slices of about a chunk each, by what the columns take that `schema` has unfolded."""
    import numpy as np
    import pyarrow.compute as pc

    sizes = np.zeros(table.num_rows, np.int64)
    for name, column in zip(table.column_names, table.columns, strict=True):
        if not column.type.equals(schema.field(name).type):
            lengths = [pc.take(pc.binary_length(part.dictionary), part.indices) for part in column.chunks]
            sizes += np.concatenate([pc.fill_null(part, 0).to_numpy(zero_copy_only=False) for part in lengths])
    cuts = np.flatnonzero(np.diff(np.cumsum(sizes) // CHUNK_CHARACTERS)) + 1
    starts = [0, *cuts.tolist(), table.num_rows]
    return [(first, last - first) for first, last in pairwise(starts)]


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """First and length of each run of numbers that follow each other."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][0] + runs[-1][1]:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((row, 1))
    return runs
