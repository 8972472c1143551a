"""Rows of the result as reports have them: the columns of the Parquet that a scan on disk writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isnan
from typing import Any

import orjson

from dedup.decisions import digest_text
from dedup.engines.spark.groups import whole_groups
from dedup.model import BOTH, UNDECIDED, UNKNOWN_DATE, Flag, FlagKind
from dedup.report.rows import cluster_fields, flag_row, iso_date, pair_fields, relation_name
from dedup.text.words import VERSION

DOCUMENTS = (
    "id string, source string, file string, line bigint, date string, words bigint, digest string, cluster bigint, "
    "representative boolean, kept boolean, dropped_by string, duplicate_of string, duplicate_file string, "
    "phrasing double, flags string"
)
EDGES = (
    "a string, b string, relation string, jaccard double, containment double, similarity double, copy array<string>, "
    "evidence string"
)
CLUSTERS = (
    "id bigint, representative string, members array<string>, relations array<string>, similarities array<double>, "
    "weakest double, source_missing boolean"
)
AT_ONCE = 5_000
"""Members of clusters that become rows together."""


def _batch(rows: list[dict[str, Any]], schema: str) -> Any:
    """Rows as a batch of pyarrow."""
    import pyarrow as pa

    types = {
        "string": pa.string(), "bigint": pa.int64(), "double": pa.float64(), "boolean": pa.bool_(),
        "array<string>": pa.list_(pa.string()), "array<double>": pa.list_(pa.float64()),
    }  # fmt: skip
    columns = [column.split() for column in schema.split(", ")]
    return pa.RecordBatch.from_pylist(rows, pa.schema([(name, types[kind]) for name, kind in columns]))


@dataclass(frozen=True)
class DocumentOutput:
    """What is known of documents in, `DOCUMENTS` out; `names` are those of the files."""

    names: tuple[str, ...]

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        for batch in batches:
            yield _batch([self._row(row) for row in batch.to_pylist()], DOCUMENTS)

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        score, file = row["score"], self._file(row["file"])
        return {
            "id": row["id"], "source": row["source"] or file, "file": file, "line": row["line"] or None,
            "date": None if row["date"] == UNKNOWN_DATE else iso_date(row["date"]), "words": row["words"],
            "digest": digest_text(row["digest"] & (1 << 64) - 1, VERSION), "cluster": row["cluster"],
            "representative": row["best"] == row["row"], "kept": row["dropped_row"] is None,
            "dropped_by": relation_name(row["dropped_code"]), "duplicate_of": row["dropped_id"],
            "duplicate_file": None if row["dropped_id"] is None else self._file(row["dropped_file"]),
            "phrasing": None if score is None or isnan(score) else round(score, 6), "flags": _flags(row),
        }  # fmt: skip

    def _file(self, number: int) -> str:
        return self.names[number] if number < len(self.names) else "-"


def _flags(row: dict[str, Any]) -> str:
    """The flags of a document, mangled first; that of an exact copy of a flagged one may show nothing."""
    mangled = row["flag"]
    if mangled is None and row["like_flagged"]:
        score = row["score"]
        mangled = orjson.dumps(flag_row(Flag(FlagKind.MANGLED, None if isnan(score) else score)))
    first = [orjson.loads(mangled)] if mangled else []
    return orjson.dumps([*first, *(orjson.loads(row["marks"]) if row["marks"] else [])]).decode()


@dataclass(frozen=True)
class EdgeOutput:
    """Edges with the ids of their sides in, `EDGES` out."""

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        for batch in batches:
            yield _batch([self._row(row) for row in batch.to_pylist()], EDGES)

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        names, copy = {row["a"]: row["id_a"], row["b"]: row["id_b"]}, row["copy"]
        sides = list(names.values()) if copy == BOTH else [] if copy == UNDECIDED else [names[copy]]
        figures = row["jaccard"], row["containment"], row["similarity"]
        return pair_fields((row["id_a"], row["id_b"]), relation_name(row["relation"]), figures, sides, row["evidence"])


@dataclass(frozen=True)
class ClusterOutput:
    """Members of clusters, sorted by cluster, in, `CLUSTERS` out."""

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        for group in whole_groups(batches, "cluster", AT_ONCE):
            clusters: dict[int, list[dict[str, Any]]] = {}
            for row in group.to_pylist():
                clusters.setdefault(row["cluster"], []).append(row)
            yield _batch([self._row(number, rows) for number, rows in sorted(clusters.items())], CLUSTERS)

    def _row(self, number: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
        rows.sort(key=lambda row: row["position"])
        relations = [relation_name(row["code"]) for row in rows]
        similarities = [row["similarity"] for row in rows]
        return cluster_fields(number, [row["id"] for row in rows], relations, similarities, rows[0]["orphan"])
