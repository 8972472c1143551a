"""Local alignment against its twin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.facts.alignment_kernels import WALL, local_alignment
from tests.text import naive


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.lists(st.integers(-1, 4), min_size=1, max_size=20))
def test_local_alignment_agrees_with_its_naive_twin(one, two):
    a, b = np.array(one, np.uint64) + 1, np.array([max(value, 0) for value in two], np.uint64) + 1
    b_weights = np.array([WALL if value < 0 else 1 + value / 4 for value in two], np.float32)
    a_weights = np.array([1 + value / 4 for value in one], np.float32)
    matched = np.empty((min(len(a), len(b)), 2), np.int64)
    score, count = local_alignment(a, a_weights, b, b_weights, matched)
    assert score == pytest.approx(naive.local_alignment(one, two, a_weights, b_weights), abs=1e-4)
    pairs = matched[:count].tolist()
    assert pairs == sorted(pairs)
    assert all(one[row] == two[column] for row, column in pairs)
    if pairs:
        assert min(two[pairs[0][1] : pairs[-1][1] + 1]) >= 0
