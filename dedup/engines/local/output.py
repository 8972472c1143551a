"""A result on disk written as it is read: JSON lines, or a folder of Parquet files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from dedup.engines.local.run import DiskScan
from dedup.engines.tables import arrow
from dedup.model import InputFile
from dedup.report import machine
from dedup.report.rows import SCHEMA, Row, file_rows, reject_row

ROWS = 1 << 13
"""Rows of a group in a Parquet file."""
_TEXTS = frozenset(("flags", "evidence"))
"""Columns of which a cell is JSON."""


def documents_schema() -> Any:
    """Columns of `documents.parquet`."""
    pa = arrow()
    text, number, truth = pa.string(), pa.int64(), pa.bool_()
    return pa.schema([
        ("id", text), ("source", text), ("file", text), ("line", number), ("date", text), ("words", number),
        ("digest", text), ("cluster", number), ("representative", truth), ("kept", truth), ("dropped_by", text),
        ("duplicate_of", text), ("duplicate_file", text), ("phrasing", pa.float64()), ("flags", text),
    ])  # fmt: skip


def edges_schema() -> Any:
    """Columns of `edges.parquet`; `copy` are the ids of the side, or of both sides, that are copies."""
    pa = arrow()
    text, share = pa.string(), pa.float64()
    return pa.schema([
        ("a", text), ("b", text), ("relation", text), ("jaccard", share), ("containment", share),
        ("similarity", share), ("copy", pa.list_(text)), ("evidence", text),
    ])  # fmt: skip


def clusters_schema() -> Any:
    """Columns of `clusters.parquet`."""
    pa = arrow()
    text = pa.string()
    return pa.schema([
        ("id", pa.int64()), ("representative", text), ("members", pa.list_(text)), ("relations", pa.list_(text)),
        ("similarities", pa.list_(pa.float64())), ("weakest", pa.float64()), ("source_missing", pa.bool_()),
    ])  # fmt: skip


def write_jsonl(scan: DiskScan, read: Iterable[InputFile], settings: Row, out: BinaryIO) -> None:
    """One JSON object a line; `type` says what, as `dedup scan --format jsonl` has it."""
    head = [{"type": "scan", "schema": SCHEMA, "settings": settings}]
    parts = (
        machine.typed("document", scan.result.documents()),
        machine.typed("edge", scan.result.edges()),
        machine.typed("cluster", scan.result.cluster_rows()),
        machine.typed("reject", map(reject_row, scan.rejects)),
        machine.typed("file", file_rows(read)),
    )
    tail = [{"type": "stats", "notes": scan.notes} | scan.stats]
    machine.write_lines((head, *parts, tail), out)


def write_parquet(scan: DiskScan, folder: Path) -> None:
    """`documents.parquet`, `edges.parquet` and `clusters.parquet`. Raises MissingExtraError."""
    _write(folder / "documents.parquet", scan.result.documents(), documents_schema())
    _write(folder / "edges.parquet", scan.result.edges(), edges_schema())
    _write(folder / "clusters.parquet", scan.result.cluster_rows(), clusters_schema())


def _write(path: Path, rows: Iterator[Row], schema: Any) -> None:
    import pyarrow.parquet as pq

    pa = arrow()
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in machine.slices(rows, ROWS):
            columns = [
                pa.array([_cell(name, row[name]) for row in part], schema.field(name).type) for name in schema.names
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))


def _cell(name: str, value: Any) -> Any:
    if name in _TEXTS:
        return orjson.dumps(value).decode()
    if name == "copy":
        return value if isinstance(value, list) else [] if value is None else [value]
    return value
