"""Results of different engines, row by row, whatever they are written as."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

TABLES = ("documents", "edges", "clusters")
_KINDS = {"document": "documents", "edge": "edges", "cluster": "clusters"}
Hashes = dict[str, Counter[bytes]]
"""By table, how often each row comes, by a digest of sixteen bytes."""


def of_lines(path: Path) -> Hashes:
    """The rows of JSON lines."""
    found: Hashes = {name: Counter() for name in TABLES}
    with path.open("rb") as lines:
        for line in lines:
            row = orjson.loads(line)
            if name := _KINDS.get(row.pop("type", "")):
                found[name][_digest(row)] += 1
    return found


def of_folders(path: Path) -> Hashes:
    """The rows of folders of Parquet, as those of JSON lines."""
    return {name: Counter(map(_digest, _rows(path / name, name))) for name in TABLES}


def different(one: Hashes, two: Hashes) -> dict[str, int]:
    """By table: rows that one has, and the other has not."""
    return {name: (one[name] - two[name]).total() + (two[name] - one[name]).total() for name in TABLES}


def counts(rows: Hashes) -> dict[str, int]:
    """Rows of each table."""
    return {name: each.total() for name, each in rows.items()}


def _digest(row: dict[str, Any]) -> bytes:
    return hashlib.blake2b(orjson.dumps(row, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.rglob("*.parquet")):
        for batch in pq.ParquetFile(file).iter_batches():
            for row in batch.to_pylist():
                yield _plain(row, name)


def _plain(row: dict[str, Any], name: str) -> dict[str, Any]:
    """A row of Parquet as JSON has it."""
    if name == "documents":
        return row | {"flags": orjson.loads(row["flags"]), "against": False, "story": None}
    if name == "edges":
        copy = row["copy"]
        return row | {
            "evidence": orjson.loads(row["evidence"]), "copy": copy if len(copy) > 1 else copy[0] if copy else None
        }  # fmt: skip
    return row
