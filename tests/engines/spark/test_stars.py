"""Components by stars in DataFrames, beside union-find."""

import random

import numpy as np

from dedup.engines.spark.stars import label_by_stars
from dedup.engines.spark.work import Work
from dedup.relations.components import DisjointSets


def by_stars(spark, folder, edges):
    frame = spark.createDataFrame(edges, "a bigint, b bigint")
    return {row.row: row.label for row in label_by_stars(frame, Work(spark, str(folder))).collect()}


def by_union_find(edges, rows):
    sets = DisjointSets(rows)
    columns = np.array(edges, np.int64)
    sets.join(columns[:, 0], columns[:, 1])
    ends = np.unique(columns[columns[:, 0] != columns[:, 1]])
    return dict(zip(ends.tolist(), sets.labels(ends).tolist(), strict=True))


def test_a_path_a_star_and_random_edges(spark, tmp_path):
    chance = random.Random(1)
    path = [(at, at + 1) for at in range(40)]
    star = [(100, at) for at in range(101, 140)] + [(139, 199)]
    some = [(chance.randrange(200, 300), chance.randrange(200, 300)) for _ in range(70)]
    edges = path + star + some + [(7, 7), (150, 150)]
    chance.shuffle(edges)
    edges = [pair if chance.random() < 0.5 else pair[::-1] for pair in edges]
    assert by_stars(spark, tmp_path / "one", edges) == by_union_find(edges, 300)
