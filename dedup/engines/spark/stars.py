"""Connected components in DataFrames, for edges that the driver cannot hold: alternating large stars and small stars.

Kiveris et al. 2014, "Connected components in MapReduce and beyond": in each round every row ties its larger neighbours
to the least one that it knows (a large star), then its smaller ones (a small star), until nothing changes; what is left
are stars round the least row of each component. There are about as many rounds as the logarithm of the longest path,
and never more edges than at the beginning. Edges are unions of a row and its least neighbour alone, so no row's
neighbours are ever gathered in one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.engines.spark.work import Work

MOST_ROUNDS = 60
"""A path of all of 2**60 rows would take no more."""


def label_by_stars(edges: DataFrame, work: Work) -> DataFrame:
    """Rows of `edges` (columns `a`, `b`) with the least row of their component: columns `row`, `label`. Each round is
    kept as a stage of `work`.
    """
    from pyspark.sql import functions as f

    low, high = f.least("a", "b"), f.greatest("a", "b")
    now = edges.where("a <> b").select(low.alias("low"), high.alias("high")).distinct()
    before = (-1, -1)
    for number in range(MOST_ROUNDS):
        made = now
        now = work.stage(f"stars-{number}", lambda made=made: _small_star(_large_star(made)))  # type: ignore[misc]
        after = now.agg(f.count("*"), f.sum(f.xxhash64("low", "high").cast("decimal(38,0)"))).collect()[0]
        if (after[0], after[1]) == before:
            break
        before = (after[0], after[1])
    stars = now.select(f.col("high").alias("row"), f.col("low").alias("label"))
    return stars.unionByName(now.select(f.col("low").alias("row"), f.col("low").alias("label")).distinct())


def _large_star(edges: DataFrame) -> DataFrame:
    """Each row's larger neighbours, tied to the least of it and its neighbours."""
    from pyspark.sql import functions as f

    both = edges.select(f.col("low").alias("row"), f.col("high").alias("other")).unionByName(
        edges.select(f.col("high").alias("row"), f.col("low").alias("other"))
    )
    return _tied(both, both.where("other > row"))


def _small_star(edges: DataFrame) -> DataFrame:
    """Each row and its smaller neighbours, tied to the least of them."""
    from pyspark.sql import functions as f

    smaller = edges.select(f.col("high").alias("row"), f.col("low").alias("other"))
    itself = edges.select(f.col("high").alias("row"), f.col("high").alias("other")).distinct()
    return _tied(smaller, smaller.unionByName(itself))


def _tied(known: DataFrame, tied: DataFrame) -> DataFrame:
    """The `other` of each row in `tied`, with the least of the row and its others in `known`."""
    from pyspark.sql import functions as f

    least = known.groupBy("row").agg(f.min("other").alias("least"))
    least = least.select("row", f.least("row", "least").alias("low"))
    joined = tied.join(least, "row").select("low", f.col("other").alias("high"))
    return joined.where("low <> high").distinct()
