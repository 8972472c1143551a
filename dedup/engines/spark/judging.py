"""Pairs judged by the executors: what looks alike, what that is before its neighbours, and what proves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.align.neighbours import Neighbours
from dedup.engines.pairs import edges, look_alikes, verdicts
from dedup.engines.plan import Plan
from dedup.engines.spark.groups import one_batch, whole_groups
from dedup.engines.spark.layout import Layout
from dedup.engines.spark.texts import by_part, split
from dedup.engines.tables import numbers
from dedup.relations.relation import FORM, NONE, REWRITTEN

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_LOOKS = "a bigint, b bigint, shared int, size_a int, size_b int, code tinyint, same boolean, figures binary"
LOOKS = f"{_LOOKS}, digest_a bigint, digest_b bigint"
PLACED = f"{_LOOKS}, others array<bigint>, part bigint"
VERDICTS = f"{_LOOKS}, around_a int, around_b int"
EDGES = (
    "a bigint, b bigint, relation tinyint, jaccard double, containment double, similarity double, copy bigint, "
    "lesser bigint, shared int, size_a int, size_b int, evidence string"
)
JUDGED = f"{VERDICTS}, edge struct<{', '.join(part.replace(' ', ': ', 1) for part in EDGES.split(', '))}>"
"""Verdicts on all pairs that look alike, and the edge of each that is a copy or a form."""
_PAIRS = ("a", "b", "alike", "faint")
NAMES = tuple(column.split()[0] for column in _LOOKS.split(", "))


@dataclass(frozen=True)
class LookAlikes:
    """Parts of candidate pairs with their documents in; those that look like copies out (`LOOKS`)."""

    plan: Plan

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        import pyarrow as pa

        for _, pairs, documents in split(batches, _PAIRS):
            found = look_alikes(pairs, documents, self.plan)
            rows, digests = (numbers(documents, name, np.int64) for name in ("row", "digest"))
            order = np.argsort(rows)
            sides = (
                digests[order][np.searchsorted(rows[order], numbers(found, name, np.int64))] for name in ("a", "b")
            )
            names = [*found.schema.names, "digest_a", "digest_b"]
            yield pa.RecordBatch.from_arrays([*found.columns, *map(pa.array, sides)], names=names)


@dataclass(frozen=True)
class Place:
    """Look-alikes (with the `bin` and `label` of their component, sorted by bin) in; out those that are `asked`, with
    the documents that each is judged by, in parts that share few of them (`PLACED`). Those that are `known` say who
    looks like whom.
    """

    part_pairs: int

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        keys = [("label", "ascending"), ("a", "ascending"), ("b", "ascending")]
        for group in whole_groups(batches, "bin"):
            yield self._placed(one_batch(group.sort_by(keys)))

    def _placed(self, batch: Any) -> Any:
        import pyarrow as pa

        a, b, digest_a, digest_b = (numbers(batch, name, np.int64) for name in ("a", "b", "digest_a", "digest_b"))
        same, worded = numbers(batch, "same", bool), numbers(batch, "code", np.int8) != REWRITTEN
        known, asked = numbers(batch, "known", bool) & worded, numbers(batch, "asked", bool)
        sides = (digests[known].view(np.uint64) for digests in (digest_a, digest_b))
        ours = np.flatnonzero(asked & worded)
        others, bounds = Neighbours.of(a[known], b[known], same[known], *sides).others(a[ours], b[ours])
        sizes = np.zeros(len(a), np.int64)
        sizes[ours] = np.diff(bounds)
        sizes = sizes[asked]
        lists = pa.ListArray.from_arrays(
            pa.array(np.concatenate(([0], np.cumsum(sizes))), pa.int32()), pa.array(others)
        )
        number = batch.column("bin")[0].as_py()
        parts = (np.int64(number) << 32) + np.cumsum(1 + sizes // 4) // self.part_pairs
        which = pa.array(np.flatnonzero(asked))
        columns = [batch.column(name).take(which) for name in NAMES]
        return pa.RecordBatch.from_arrays([*columns, lists, pa.array(parts)], names=[*NAMES, "others", "part"])


@dataclass(frozen=True)
class JudgePairs:
    """Parts of look-alikes with their documents in; what they are, and edges of copies and forms, out (`JUDGED`)."""

    plan: Plan
    evidence: str

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        import pyarrow as pa

        for _, pairs, documents in split(batches, (*NAMES, "others")):
            found = verdicts(pairs, documents, self.plan)
            code = numbers(found, "code", np.int8)
            wanted = np.flatnonzero((code != NONE) & (self.plan.config.find.forms | (code != FORM)))
            made = edges(found.take(pa.array(wanted)), documents, self.plan, self.evidence)
            places = np.full(len(code), -1, np.int64)
            places[wanted] = np.arange(len(wanted))  # both are sorted by rows
            indices = pa.array(places, mask=places < 0)
            struct = pa.StructArray.from_arrays(
                [column.take(indices) for column in made.columns], names=made.schema.names, mask=pa.array(places < 0)
            )
            yield pa.RecordBatch.from_arrays([*found.columns, struct], names=[*found.schema.names, "edge"])


@dataclass(frozen=True)
class TwinEdges:
    """Parts of pairs of exact copies in the place of others, with their documents, in; their edges out (`EDGES`)."""

    plan: Plan
    evidence: str

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        for _, pairs, documents in split(batches, NAMES):
            yield edges(pairs, documents, self.plan, self.evidence)


def look_alike_pairs(pairs: DataFrame, documents: DataFrame, plan: Plan, partitions: int) -> DataFrame:
    """The candidates that look like copies (`LOOKS`)."""
    return by_part(pairs, documents, partitions).mapInArrow(LookAlikes(plan), LOOKS)


def placed_pairs(looks: DataFrame, labels: DataFrame, layout: Layout, asked: DataFrame | None = None) -> DataFrame:
    """Look-alikes with the documents that each is judged by (`PLACED`); `labels` (row, label) are their components.
    Those in `asked` came later: they are judged instead, and no neighbours of others.
    """
    from pyspark.sql import functions as f

    sides = labels.withColumnRenamed("row", "a")
    found = looks.join(sides, "a").withColumns({"known": f.lit(True), "asked": f.lit(asked is None)})
    if asked is not None:
        later = asked.join(sides, "a").withColumns({"known": f.lit(False), "asked": f.lit(True)})
        found = found.join(later.select("label").distinct(), "label", "left_semi").unionByName(later)
    binned = with_bins(found, layout)
    return binned.mapInArrow(Place(layout.part_pairs), PLACED)


def with_bins(labelled: DataFrame, layout: Layout) -> DataFrame:
    """What has the `label` of its component, whole components side by side in bins of some."""
    from pyspark.sql import functions as f

    binned = labelled.withColumn("bin", f.pmod(f.xxhash64("label"), f.lit(layout.bins)))
    return binned.repartition(layout.bins, "bin").sortWithinPartitions("bin")


def judged_pairs(placed: DataFrame, documents: DataFrame, plan: Plan, partitions: int, evidence: str) -> DataFrame:
    """What look-alikes are (`JUDGED`)."""
    return by_part(placed, documents, partitions).mapInArrow(JudgePairs(plan, evidence), JUDGED)
