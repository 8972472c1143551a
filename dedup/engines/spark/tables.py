"""What the stages found, put together: edges of all kinds, numbered clusters, and what is known of each document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.engines.pairs import decide_stars, edge_batch
from dedup.engines.plan import Plan
from dedup.engines.spark import clustering, judging, rows
from dedup.engines.spark.groups import one_batch, whole_groups
from dedup.engines.tables import Shelf, numbers
from dedup.model import BOTH
from dedup.relations.relation import FORM

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.engines.spark.work import Work

AT_ONCE = 10_000
"""Exact copies and those that stand for them, that become edges together."""


def digest(value: Any) -> str:
    """Sixteen hex digits that change with a value that JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def digest_of_frame(frame: DataFrame, columns: Sequence[str]) -> str:
    """The same of the rows of a DataFrame, in whatever order they come."""
    from pyspark.sql import functions as f

    names = list(dict.fromkeys(columns))
    plain = [f.col(f"`{name}`").cast("string") for name, kind in frame.dtypes if name in names]
    hashed = frame.select(f.xxhash64(*plain).cast("decimal(38,0)").alias("hash"))
    row = hashed.agg(f.count("*"), f.sum("hash")).collect()[0]
    return digest([names, int(row[0]), str(row[1])])


def links(judged: DataFrame, number: int, components: DataFrame) -> DataFrame:
    """The copies among judged pairs, as the clustering takes them: those of the question `number`."""
    from pyspark.sql import functions as f

    found = judged.where(f"edge is not null and edge.relation <> {FORM}").select("edge.*")
    labelled = found.join(components.withColumnRenamed("row", "a"), "a")
    return labelled.select("label", "a", "b", "relation", "similarity", "lesser", f.lit(number).alias("round"))


@dataclass(frozen=True)
class Stars:
    """Exact copies and those that stand for them (`head`), without text, sorted by head, in; their edges out."""

    plan: Plan
    evidence: str

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        for group in whole_groups(batches, "head", AT_ONCE):
            batch = one_batch(group)
            row, head = numbers(batch, "row", np.int64), numbers(batch, "head", np.int64)
            order = np.argsort(row)
            folded = order[row[order] != head[order]]
            yield edge_batch(decide_stars(Shelf.of(batch), row[folded], head[folded], self.plan, self.evidence))


def stars(documents: DataFrame, folded: DataFrame, plan: Plan, partitions: int, evidence: str) -> DataFrame:
    """The edges of exact copies, each with the one that stands for it."""
    from pyspark.sql import functions as f

    heads = folded.select(f.col("head").alias("row"), "head").distinct()
    facts = documents.select("row", f.lit("").alias("text"), "words", "digest", "flags", "date")
    both = facts.join(folded.unionByName(heads), "row")
    stream = both.repartition(partitions, "head").sortWithinPartitions("head")
    return stream.mapInArrow(Stars(plan, evidence), judging.EDGES)


def all_edges(parts: Sequence[DataFrame], documents: DataFrame, *, several: bool) -> DataFrame:
    """The edges of all `parts` (judged pairs, or edges), each pair once, with ids: columns of `judging.EDGES`, `id_a`
    and `id_b`; `several`: parts may have a pair in common, of which that of the first is taken.
    """
    from pyspark.sql import functions as f
    from pyspark.sql.window import Window

    found = None
    for place, part in enumerate(parts):
        edges = part.where("edge is not null").select("edge.*") if "edge" in part.columns else part
        edges = edges.withColumn("part", f.lit(place))
        found = edges if found is None else found.unionByName(edges)
    assert found is not None
    if several:  # only what was asked for can come again: a form that is one, or a copy after all
        first = Window.partitionBy("a", "b").orderBy(f.col("relation") == FORM, "part")
        found = found.withColumn("number", f.row_number().over(first)).where("number = 1").drop("number")
    names = documents.select("row", "id")
    for side in ("a", "b"):
        found = found.join(names.withColumnsRenamed({"row": side, "id": f"id_{side}"}), side)
    return found.drop("part")


def numbered_clusters(found: Sequence[DataFrame], work: Work, partitions: int) -> DataFrame:
    """All clusters by their first row, numbered: `cluster`, `members`, `relations`, `similarities`, `whole`."""
    from pyspark.sql import functions as f

    def ordered() -> DataFrame:
        every = _all(found).where(f"kind = {clustering.CLUSTER}")
        columns = every.select("a", "members", "relations", "similarities", "whole")
        by_range = columns.repartitionByRange(partitions, "a").sortWithinPartitions("a")
        return by_range.withColumn("place", f.monotonically_increasing_id())

    made = work.stage("clusters", ordered)
    part = f.shiftright("place", 33)
    first, offsets = 0, []
    counts = made.groupBy(part.alias("part")).agg(f.count("*").alias("count")).orderBy("part").collect()
    for row in counts:
        offsets.append((row["part"], first - (row["part"] << 33)))
        first += row["count"]
    table = f.broadcast(work.spark.createDataFrame(offsets, "part bigint, offset bigint"))
    joined = made.withColumn("part", part).join(table, "part")
    return joined.withColumn("cluster", f.col("place") + f.col("offset")).drop("place", "offset", "part", "a")


def _all(parts: Sequence[DataFrame]) -> DataFrame:
    found = parts[0]
    for part in parts[1:]:
        found = found.unionByName(part)
    return found


def members_of(clusters: DataFrame, documents: DataFrame) -> DataFrame:
    """Each document of a cluster: `row`, `id`, `cluster`, `whole`, `position`, `best` (the row that stands), `code`,
    and `similarity`.
    """
    from pyspark.sql import functions as f

    each = clusters.select(
        "cluster", "whole", f.get("members", f.lit(0)).alias("best"),
        f.posexplode(f.arrays_zip("members", "relations", "similarities")).alias("position", "one"),
    )  # fmt: skip
    plain = each.select(
        f.col("one.members").alias("row"), "cluster", "whole", "position", "best", f.col("one.relations").alias("code"),
        f.col("one.similarities").alias("similarity"),
    )  # fmt: skip
    return plain.join(documents.select("row", "id"), "row")


def document_rows(
    named: DataFrame, folded: DataFrame, members: DataFrame, dropped: DataFrame, names: Sequence[str]
) -> DataFrame:
    """What is known of each document (`rows.DOCUMENTS`); `names` are those of the files."""
    from pyspark.sql import functions as f

    targets = named.select(
        f.col("row").alias("dropped_row"), f.col("id").alias("dropped_id"), f.col("file").alias("dropped_file")
    )
    gone = dropped.join(targets, "dropped_row")
    clusters = members.select("row", "cluster", "best")
    joined = _worded(named, folded).join(clusters, "row", "left").join(gone, "row", "left")
    columns = (
        "row", "id", "source", "file", "line", "date", "words", "digest", "marks", "score", "flag", "like_flagged",
        "cluster", "best", "dropped_row", "dropped_code", "dropped_id", "dropped_file",
    )  # fmt: skip
    return joined.select(*columns).mapInArrow(rows.DocumentOutput(tuple(names)), rows.DOCUMENTS)


def dropped(members: DataFrame, found: Sequence[DataFrame]) -> DataFrame:
    """What goes: `row`, `dropped_row`, `dropped_code`. Where every member of every cluster does, each goes for the one
    that stands for it; else as components have settled.
    """
    from pyspark.sql import functions as f

    if members.where("not whole").isEmpty():
        goes = members.where("row <> best")
        return goes.select("row", f.col("best").alias("dropped_row"), f.col("code").alias("dropped_code"))
    ties = _all(found).where(f"kind = {clustering.TIE}")
    return ties.select(
        f.col("a").alias("row"), f.col("b").alias("dropped_row"), f.get("relations", f.lit(0)).alias("dropped_code")
    )


def _worded(named: DataFrame, folded: DataFrame) -> DataFrame:
    """The wording of each document: that of an exact copy is that of what stands for it, unless this is flagged."""
    from pyspark.sql import functions as f

    heads = named.select(f.col("row").alias("head"), f.col("score").alias("head_score"), "mangled")
    heads = heads.withColumnRenamed("mangled", "like_flagged")
    joined = named.join(folded.join(heads, "head"), "row", "left")
    taken = f.col("head").isNotNull() & ~f.col("like_flagged")
    return joined.withColumns({
        "score": f.when(taken, f.col("head_score")).otherwise(f.col("score")),
        "flag": f.when(f.col("head").isNull() | f.col("like_flagged"), f.col("flag")),
        "like_flagged": f.coalesce("like_flagged", f.lit(False)),
    })  # fmt: skip


def edge_rows(edges: DataFrame) -> DataFrame:
    """Edges as they are handed over (`rows.EDGES`)."""
    return edges.mapInArrow(rows.EdgeOutput(), rows.EDGES)


def cluster_rows(members: DataFrame, edges: DataFrame, partitions: int) -> DataFrame:
    """Clusters as they are handed over (`rows.CLUSTERS`); the source of one is missing if what stands for it rewrites a
    text that is not there.
    """
    from pyspark.sql import functions as f

    both = edges.where(f"copy = {BOTH}")
    spun = both.select(f.col("a").alias("best")).unionByName(both.select(f.col("b").alias("best"))).distinct()
    copies = edges.where("copy >= 0").select(f.col("copy").alias("best")).distinct()
    orphans = spun.join(copies, "best", "left_anti").withColumn("orphan", f.lit(True))
    told = members.join(orphans, "best", "left").withColumn("orphan", f.coalesce("orphan", f.lit(False)))
    by_cluster = told.repartition(partitions, "cluster").sortWithinPartitions("cluster")
    return by_cluster.mapInArrow(rows.ClusterOutput(), rows.CLUSTERS)
