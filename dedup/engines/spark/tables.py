"""What the stages found, put together: edges of all kinds, numbered clusters, and what is known of each document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.engines.pairs import EdgeRows, decide_stars
from dedup.engines.plan import Plan
from dedup.engines.spark import clustering, judging
from dedup.engines.spark.groups import one_batch, whole_groups
from dedup.engines.tables import EDGES, Shelf, batch_of, numbers, schema_of
from dedup.model import BOTH, RELATIONS, UNKNOWN_DATE, Relation
from dedup.relations.relation import FORM

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame

    from dedup.engines.spark.work import Work

EXACT = RELATIONS.index(Relation.EXACT)
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
            rows, heads = numbers(batch, "row", np.int64), numbers(batch, "head", np.int64)
            order = np.argsort(rows)
            folded = order[rows[order] != heads[order]]
            yield edge_batch(decide_stars(Shelf.of(batch), rows[folded], heads[folded], self.plan, self.evidence))


def edge_batch(found: EdgeRows) -> pa.RecordBatch:
    """Edges as a batch (`engines.tables.EDGES`)."""
    table = found.table()
    columns = {
        "a": found.a, "b": found.b, "relation": found.code, "jaccard": table.jaccard,
        "containment": table.containment, "similarity": found.similarity, "copy": found.copy, "lesser": found.lesser,
        "shared": found.shared, "size_a": found.size_a, "size_b": found.size_b,
        "evidence": [text.decode() for text in found.evidence],
    }  # fmt: skip
    return batch_of(columns, schema_of(**EDGES))


def stars(documents: DataFrame, folded: DataFrame, plan: Plan, partitions: int, evidence: str) -> DataFrame:
    """The edges of exact copies, each with the one that stands for it."""
    from pyspark.sql import functions as f

    heads = folded.select(f.col("head").alias("row"), "head").distinct()
    facts = documents.select("row", f.lit("").alias("text"), "words", "digest", "flags", "date")
    both = facts.join(folded.unionByName(heads), "row")
    stream = both.repartition(partitions, "head").sortWithinPartitions("head")
    return stream.mapInArrow(Stars(plan, evidence), judging.EDGES)


def all_edges(parts: Sequence[DataFrame], documents: DataFrame) -> DataFrame:
    """The edges of all `parts` (judged pairs, or edges), each pair once, with ids: columns of `judging.EDGES`, `id_a`
    and `id_b`. A pair that several parts have is that of the first.
    """
    from pyspark.sql import functions as f
    from pyspark.sql.window import Window

    found = None
    for place, part in enumerate(parts):
        edges = part.where("edge is not null").select("edge.*") if "edge" in part.columns else part
        edges = edges.withColumn("part", f.lit(place))
        found = edges if found is None else found.unionByName(edges)
    assert found is not None
    if len(parts) > 3:  # only what was asked for can come again
        first = Window.partitionBy("a", "b").orderBy("part")
        found = found.withColumn("number", f.row_number().over(first)).where("number = 1").drop("number")
    names = documents.select("row", "id")
    for side in ("a", "b"):
        found = found.join(names.withColumnsRenamed({"row": side, "id": f"id_{side}"}), side)
    return found.drop("part")


def shown_edges(edges: DataFrame) -> DataFrame:
    """Edges as they are handed over."""
    from pyspark.sql import functions as f

    copy = f.when(f.col("copy") == f.col("a"), "a").when(f.col("copy") == f.col("b"), "b")
    return edges.select(
        f.col("id_a").alias("a"), f.col("id_b").alias("b"), f.col("a").alias("row_a"), f.col("b").alias("row_b"),
        _relation("relation").alias("relation"), "jaccard", "containment", "similarity",
        copy.when(f.col("copy") == BOTH, "both").alias("copy"), "shared", "size_a", "size_b", "evidence",
    )  # fmt: skip


def _relation(code: str) -> Column:
    """The name of a relation."""
    from pyspark.sql import functions as f

    names = f.array(*(f.lit(relation.value) for relation in RELATIONS))
    return f.when(f.col(code) >= 0, f.get(names, f.col(code).cast("int")))


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


def documents(
    named: DataFrame, folded: DataFrame, clusters: DataFrame, found: Sequence[DataFrame], plan: Plan
) -> DataFrame:
    """What is known of each document: its cluster, whether it is kept, and what is wrong with it."""
    from pyspark.sql import functions as f

    member = _members(clusters)
    dropped = _dropped(member, clusters, found)
    worded = (
        _worded(named, folded)
        if plan.config.find.phrasing
        else named.withColumn("phrasing", f.lit(None).cast("double"))
    )
    names = named.select(f.col("row").alias("dropped_row"), f.col("id").alias("dropped_for"))
    joined = worded.join(member, "row", "left").join(dropped, "row", "left").join(names, "dropped_row", "left")
    kept = f.col("dropped_row").isNull()
    date = f.when(f.col("date") != UNKNOWN_DATE, f.col("date"))
    return joined.select(
        "row", "id", "source", date.alias("date"), "words", kept.alias("kept"), "cluster",
        f.coalesce("representative", f.lit(False)).alias("representative"), _relation("code").alias("relation"),
        "similarity", "dropped_for", _relation("dropped_code").alias("dropped_by"), "phrasing", "flag", "marks",
    )  # fmt: skip


def _members(clusters: DataFrame) -> DataFrame:
    """Each document of a cluster: `row`, `cluster`, `representative`, `best`, `code`, `similarity`, `whole`."""
    from pyspark.sql import functions as f

    zipped = f.explode(f.arrays_zip("members", "relations", "similarities")).alias("one")
    each = clusters.select("cluster", f.get("members", f.lit(0)).alias("best"), zipped)
    return each.select(
        f.col("one.members").alias("row"), "cluster", (f.col("one.members") == f.col("best")).alias("representative"),
        "best", f.col("one.relations").alias("code"), f.col("one.similarities").alias("similarity"),
    )  # fmt: skip


def _dropped(member: DataFrame, clusters: DataFrame, found: Sequence[DataFrame]) -> DataFrame:
    """What goes: `row`, `dropped_row`, `dropped_code`. Where every member of every cluster does, each goes for the one
    that stands for it; else as components have settled.
    """
    from pyspark.sql import functions as f

    if clusters.where("not whole").isEmpty():
        goes = member.where("not representative")
        return goes.select("row", f.col("best").alias("dropped_row"), f.col("code").alias("dropped_code"))
    ties = _all(found).where(f"kind = {clustering.TIE}")
    return ties.select(
        f.col("a").alias("row"), f.col("b").alias("dropped_row"), f.get("relations", f.lit(0)).alias("dropped_code")
    )


def _worded(named: DataFrame, folded: DataFrame) -> DataFrame:
    """The wording of each document: that of an exact copy is that of what stands for it, unless this is flagged."""
    from pyspark.sql import functions as f

    heads = named.select(
        f.col("row").alias("head"), f.col("score").alias("head_score"), f.col("flag").alias("head_flag")
    )
    joined = named.join(folded.join(heads, "head"), "row", "left")
    taken = f.col("head").isNotNull() & f.col("head_flag").isNull()
    score = f.when(taken, f.col("head_score")).otherwise(f.col("score"))
    return joined.withColumns({
        "phrasing": f.when(~f.isnan(score), score), "flag": f.when(~taken, f.col("flag")),
    })  # fmt: skip


def shown_clusters(clusters: DataFrame, named: DataFrame, edges: DataFrame) -> DataFrame:
    """Clusters as they are handed over; an orphan rewrites a text which is not there."""
    from pyspark.sql import functions as f

    both = edges.where(f"copy = {BOTH}")
    spun = both.select(f.col("a").alias("best")).unionByName(both.select(f.col("b").alias("best"))).distinct()
    copies = edges.where("copy >= 0").select(f.col("copy").alias("best")).distinct()
    orphans = spun.join(copies, "best", "left_anti").withColumn("orphan", f.lit(True))
    names = named.select(f.col("row").alias("best"), f.col("id").alias("representative"))
    best = clusters.withColumn("best", f.get("members", f.lit(0))).join(names, "best").join(orphans, "best", "left")
    return best.select(
        "cluster", "representative", f.col("best").alias("row"), f.size("members").alias("size"),
        f.array_min("similarities").alias("similarity"), f.coalesce("orphan", f.lit(False)).alias("orphan"), "members",
    )  # fmt: skip
