"""The nearest of each row, against all numbers sorted."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.phrasing.reference import synonyms


@pytest.mark.parametrize("count", [13, 300, 700])
def test_nearest_are_those_of_a_sort(count: int) -> None:
    vectors = np.random.default_rng(count).integers(-2, 3, (count, 5)).astype(np.float32) + np.float32(0.01)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)  # many are equally close
    places, values = synonyms._nearest(vectors)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    near = np.clip(np.rint(cosines * 255), 0, 255).astype(int)
    order = np.argsort(-near, axis=1, kind="stable")[:, : synonyms.ALIKE]
    assert (places == order).all()
    assert (values == np.take_along_axis(near, order, 1)).all()
