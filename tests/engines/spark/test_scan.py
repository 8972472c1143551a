"""Spark finds what a scan in memory finds, however its input is cut."""

from __future__ import annotations

import random

from dedup import Config
from dedup import scan as scan_in_memory
from dedup.engines.spark import Limits, scan
from tests.index.indexes import PAIRWISE, newsroom

CONFIG = Config().update(PAIRWISE)
SMALL = Limits(block_rows=4, place_postings=500, part_pairs=3, bin_rows=7, salt_rows=8)
SCHEMA = "id string, text string, date bigint, source string"


def frame_of(spark, documents, partitions=3):
    rows = [(one.id, one.text, one.date, one.source) for one in documents]
    return spark.createDataFrame(rows, SCHEMA).repartition(partitions)


def edges_in_memory(result):
    table = result.edges
    names = result.corpus.ids
    found = {}
    for a, b, code, similarity, copy in zip(
        table.a.tolist(),
        table.b.tolist(),
        table.relation.tolist(),
        table.similarity.tolist(),
        table.copy.tolist(),
        strict=True,
    ):
        side = {a: "a", b: "b", -2: "both"}.get(copy)
        found[names[a], names[b]] = (result_relation(code), similarity, side)
    return found


def result_relation(code):
    from dedup.model import RELATIONS

    return RELATIONS[code].value


def edges_on_spark(result):
    return {(row.a, row.b): (row.relation, row.similarity, row.copy) for row in result.edges.collect()}


def clusters_in_memory(result):
    names = result.corpus.ids
    return {
        cluster.id: (
            names[cluster.representative], [names[row] for row in cluster.members],
            [None if one is None else one.value for one in cluster.relations], cluster.similarities,
        )
        for cluster in result.clusters
    }  # fmt: skip


def clusters_on_spark(result):
    rows = {row.row: row for row in result.documents.collect()}
    found = {}
    for cluster in result.clusters.collect():
        members = [rows[row] for row in cluster.members]
        found[cluster.cluster] = (
            cluster.representative, [one.id for one in members], [one.relation for one in members],
            tuple(one.similarity for one in members),
        )  # fmt: skip
    return found


def kept_in_memory(result):
    names = result.corpus.ids
    return {
        names[row]: (bool(kept), names[target] if target >= 0 else None)
        for row, (kept, target) in enumerate(zip(result.kept, result.dropped_for.tolist(), strict=True))
    }


def same(spark, documents, config=CONFIG, limits=SMALL, partitions=3, shuffled=None):
    """Compare both; returns the result in memory. `documents` are in order of their ids."""
    given = list(documents)
    if shuffled is not None:
        shuffled.shuffle(given)
    found = scan(frame_of(spark, given, partitions), config, limits=limits)
    wanted = scan_in_memory(documents, config)
    assert edges_on_spark(found) == edges_in_memory(wanted)
    assert clusters_on_spark(found) == clusters_in_memory(wanted)
    kept = {row.id: (row.kept, row.dropped_for) for row in found.documents.collect()}
    assert kept == kept_in_memory(wanted)
    return wanted


def in_order(documents):
    return sorted(documents, key=lambda one: one.id)


def test_of_a_newsroom(spark):
    result = same(spark, in_order(newsroom()), shuffled=random.Random(1))
    assert len(result.edges) >= 5
    assert len(result.clusters) >= 2
