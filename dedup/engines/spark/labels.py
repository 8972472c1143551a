"""Components of what looks alike: by union-find in the driver, or by stars where there are more pairs than it takes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.engines.spark.stars import label_by_stars
from dedup.relations.components import DisjointSets

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedup.engines.spark.work import Work

AT_ONCE = 1 << 20
"""Rows whose labels the driver hands back at once."""


def pack_pairs(batches: Iterable[Any]) -> Iterator[Any]:
    """Pairs (a, b) in; out each batch as one binary of little-endian int64, so that the driver is handed bytes, and not
    a Python object for each pair.
    """
    import pyarrow as pa

    for batch in batches:
        both = np.stack([batch.column(name).to_numpy() for name in ("a", "b")]).astype("<i8")
        yield pa.RecordBatch.from_pydict({"pairs": pa.array([both.tobytes()], pa.binary())})


def label(pairs: DataFrame, count: int, documents: int, work: Work, most: int) -> DataFrame:
    """The rows of `count` `pairs` (a, b) with the least row of their component: columns `row`, `label`, a stage of
    `work`. The driver holds 8 bytes for each of the `documents`; with more than `most` pairs, it holds none.
    """

    def made() -> DataFrame:
        if count > most:
            return label_by_stars(pairs, work)
        few = pairs.select("a", "b").coalesce(count // AT_ONCE + 1)  # each part is a job of its own
        with tempfile.TemporaryDirectory(prefix="dedup-") as folder:
            sets, known = DisjointSets(documents, Path(folder)), np.zeros(documents, bool)
            for row in few.mapInArrow(pack_pairs, "pairs binary").toLocalIterator():
                a, b = np.frombuffer(row["pairs"], "<i8").reshape(2, -1)
                sets.join(a, b)
                known[a] = known[b] = True
            return _frame(sets, np.flatnonzero(known), work.spark)

    return work.stage("labels", made)


def _frame(sets: DisjointSets, rows: Any, spark: SparkSession) -> DataFrame:
    """Labels of some rows, in parts that the driver can hand over."""
    import pyarrow as pa

    frame = spark.createDataFrame([], "row bigint, label bigint")
    for first in range(0, len(rows), AT_ONCE):
        some = rows[first : first + AT_ONCE]
        table = pa.table({"row": pa.array(some), "label": pa.array(sets.labels(some))})
        frame = frame.unionByName(spark.createDataFrame(table))
    return frame
