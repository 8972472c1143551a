"""Exact copies: which documents stand for which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dedup.engines.folding import fold
from dedup.engines.plan import Plan
from dedup.engines.spark.groups import one_batch, whole_groups

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

HEADS = "row bigint, head bigint"
AT_ONCE = 1000
"""Documents that are looked at together, where so many share no digest."""


@dataclass(frozen=True)
class FoldCopies:
    """Documents (row, digest, id, date, flags, value, text), sorted by digest, in; `HEADS` out, of those alone that
    another stands for.
    """

    plan: Plan

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        for group in whole_groups(batches, "digest", AT_ONCE):
            yield fold(one_batch(group), self.plan)


def same_digests(documents: DataFrame) -> DataFrame:
    """The `row`s of documents that share their digest with another, by the digests alone."""
    from pyspark.sql import functions as f

    facts = documents.select("row", "digest")
    several = facts.groupBy("digest").agg(f.count("*").alias("count")).where("count > 1").select("digest")
    return facts.join(several, "digest").select("row")


def heads(documents: DataFrame, several: DataFrame, plan: Plan, partitions: int) -> DataFrame:
    """The exact copies, each with the row that stands for it (`HEADS`), among the rows of `several`. That these were
    kept is what lets Spark see that they are few, and leave all other texts where they are.
    """
    columns = ("row", "digest", "id", "date", "flags", "value", "text")
    found = documents.select(*columns).join(several, "row")
    return found.repartition(partitions, "digest").sortWithinPartitions("digest").mapInArrow(FoldCopies(plan), HEADS)
