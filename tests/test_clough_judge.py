"""Thresholds and rank correlation, against cases worked out by hand."""

import numpy as np
import pytest

pytest.importorskip("rich")

from benchmarks.clough import best_threshold, spearman


def test_the_threshold_is_in_the_widest_gap():
    values = np.array([0.0, 0.1, 0.2, 0.8, 0.9])
    assert best_threshold(values, values > 0.5) == pytest.approx(0.5)
    assert best_threshold(np.array([0.3, 0.3]), np.array([True, True])) == 0.3


def test_spearman_with_and_without_ties():
    assert spearman(np.array([1, 2, 3, 4]), np.array([10, 20, 30, 99])) == pytest.approx(1)
    assert spearman(np.array([1, 2, 3, 4]), np.array([4, 3, 2, 1])) == pytest.approx(-1)
    # ranks 1.5 1.5 3 4 and 1 2 3 4
    assert spearman(np.array([0, 0, 1, 2]), np.array([1, 2, 3, 4])) == pytest.approx(4.5 / (4.5 * 5) ** 0.5)
