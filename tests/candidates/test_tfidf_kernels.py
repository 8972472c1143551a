"""The TF-IDF kernels beside twins in plain Python."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.candidates import lsh
from dedup.candidates import tfidf_kernels as kernels

terms = st.lists(st.integers(0, 6), max_size=12)
batches = st.lists(st.lists(st.integers(0, 6), max_size=7, unique=True), min_size=1, max_size=8)


@given(terms)
def test_runs_of_equal_terms(values):
    keys = np.array(sorted(value << 32 | place for place, value in enumerate(values)), np.uint64)
    firsts = np.full(len(values) + 1, -1, np.int64)
    runs = int(kernels.document_frequencies(keys, firsts))
    assert runs == len(set(values))
    assert np.diff(firsts[: runs + 1]).tolist() == [values.count(value) for value in sorted(set(values))]


def rows_of(batch: list[list[int]]) -> tuple[kernels.RowTerms, kernels.Postings, np.ndarray]:
    """A batch as the kernel takes it, each weight by the term alone, and the whole matrix."""
    matrix = np.zeros((len(batch), 7), np.float32)
    for row, columns in enumerate(batch):
        matrix[row, columns] = 1 + np.array(columns) / 4
        matrix[row] /= max(np.linalg.norm(matrix[row]), 1e-9)
    at = [sorted(columns) for columns in batch]
    bounds = np.cumsum([0, *map(len, at)])
    cols = np.array([column for columns in at for column in columns], np.int32)
    values = np.array([matrix[row, column] for row, columns in enumerate(at) for column in columns], np.float32)
    holding = [[row for row, columns in enumerate(at) if column in columns] for column in range(7)]
    posted = np.array([matrix[row, column] for column in range(7) for row in holding[column]], np.float32)
    rows = np.array([row for held in holding for row in held], np.int32)
    starts = np.cumsum([0, *map(len, holding)])
    return kernels.RowTerms(bounds[:-1], bounds[1:], cols, values), kernels.Postings(starts, rows, posted), matrix


@given(batches, st.integers(0, 3), st.sampled_from([0.0, 0.2, 0.6]), st.sampled_from([1, 3, 1000]))
def test_the_nearest_rows_are_those_of_the_whole_matrix(batch, k, least, budget):
    """With a pool of all rows the budget only chooses what is scored again: those that share one of the first terms."""
    terms_, postings, matrix = rows_of(batch)
    rows, cosines = np.full((len(batch), k), -2, np.int64), np.full((len(batch), k), -2, np.float32)
    kernels.nearest(0, len(batch), terms_, postings, budget, len(batch), np.float32(least), rows, cosines)
    found = matrix @ matrix.T
    for row, columns in enumerate(batch):
        looked, spent = [], 0
        for column in sorted(columns):
            size = sum(column in other for other in batch)
            if looked and spent + size > budget:
                break
            looked, spent = [*looked, column], spent + size
        near = {other for other in range(len(batch)) if other != row and set(looked) & set(batch[other])}
        best = sorted(
            (other for other in near if found[row, other] > least - 1e-6), key=lambda other: -found[row, other]
        )
        got = [int(other) for other in rows[row] if other >= 0]
        assert len(got) == len(set(got)) and set(got) <= near
        sure = [other for other in best if found[row, other] > least + 1e-6]
        assert min(len(sure), k) <= len(got) <= min(len(best), k)
        assert cosines[row, : len(got)] == pytest.approx([found[row, other] for other in best[: len(got)]], abs=1e-5)
        assert (cosines[row, len(got) :] == 0).all() and (rows[row, len(got) :] == -1).all()


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75]), min_size=1, max_size=10), st.integers(1, 4), st.data())
def test_the_largest_scores(values, size, data):
    row = data.draw(st.integers(0, len(values) - 1))
    least = data.draw(st.sampled_from([0.0, 0.3]))
    scores, rows, best = np.array(values, np.float32), np.zeros(size, np.int64), np.zeros(size, np.float32)
    found = int(kernels._largest(scores, row, np.float32(least), rows, best))
    kept = [other for other, value in enumerate(values) if other != row and value > 0 and value >= np.float32(least)]
    expected = sorted(kept, key=lambda other: (-values[other], other))[:size]
    assert rows[:found].tolist() == expected and best[:found].tolist() == [values[other] for other in expected]
    assert not scores.any(), "cleared for the next row"


@given(st.lists(st.integers(0, 9), max_size=8), st.data())
def test_few_are_put_in_order(values, data):
    near, best = np.arange(len(values)), np.array(values, np.float32)
    kernels._order(near, best, len(values))
    assert near.tolist() == sorted(range(len(values)), key=lambda at: (-values[at], at))
    assert best.tolist() == sorted(values, reverse=True)


@given(st.lists(st.tuples(st.integers(0, 1 << 31), st.integers(0, 1 << 31)), max_size=10))
def test_pairs_are_packed_and_unpacked(pairs):
    packed = np.array([a << 32 | b for a, b in pairs], np.uint64)
    left, right = lsh.unpack(packed)
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == pairs
    keys = np.array([a for a, _ in pairs], np.uint32)
    assert lsh.pack(keys, np.array([b for _, b in pairs], np.uint64)).tolist() == packed.tolist()
    assert lsh.distinct(packed.copy()).tolist() == sorted(set(packed.tolist()))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.integers(1, 5), st.booleans())
def test_pairs_of_buckets_are_all_of_small_ones_and_a_chain_of_large_ones(keys, limit, star):
    packed = lsh.pack(np.array(keys, np.uint32), np.arange(len(keys), dtype=np.uint64))
    packed.sort()
    pairs, large, crowded = lsh._bucket_pairs(packed, limit, star)
    found = {(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in pairs}
    expected, crowd = set(), 0
    for key in set(keys):
        rows = [row for row, other in enumerate(keys) if other == key]
        if len(rows) <= limit:
            expected |= {(a, b) for a in rows for b in rows if a < b}
        else:
            crowd += len(rows)
            expected |= set(pairwise(rows)) | ({(rows[0], row) for row in rows[1:]} if star else set())
    assert crowded == crowd and len(large) == sum(keys.count(key) > limit for key in set(keys))
    assert found == expected
