"""Neighbourhoods as arrays: what the plain ones say."""

import numpy as np
import pytest

from dedup.align import neighbourhood
from dedup.align.neighbourhood import Neighbourhood
from dedup.align.neighbours import Neighbours


def pairs_of(rng, documents, count):
    drawn = {tuple(sorted(pair)) for pair in rng.integers(0, documents, (count, 2)).tolist() if pair[0] != pair[1]}
    return np.array(sorted(drawn), np.int64).reshape(-1, 2)


@pytest.mark.parametrize("most", [1, 3, 24])
def test_like_the_plain_ones(monkeypatch, most):
    monkeypatch.setattr(neighbourhood, "MOST", most)
    rng = np.random.default_rng(most)
    seen = 0
    for _ in range(60):
        documents = int(rng.integers(2, 40))
        pairs = pairs_of(rng, documents, int(rng.integers(0, 200)))
        digests = rng.permutation(documents * 3)[:documents].astype(np.uint64)
        same = rng.random(len(pairs)) < rng.choice([0, 0.3, 0.7])
        plain = Neighbourhood(zip(*pairs.T.tolist(), same.tolist(), strict=True), dict(enumerate(digests.tolist())))
        found = Neighbours.of(pairs[:, 0], pairs[:, 1], same, digests[pairs[:, 0]], digests[pairs[:, 1]])
        asked = np.concatenate((pairs, pairs_of(rng, documents + 5, 60)))  # some of which nothing is known
        wanted, borders = plain.others(asked[:, 0], asked[:, 1])
        others, bounds = found.others(asked[:, 0], asked[:, 1])
        assert bounds.tolist() == borders.tolist()
        assert others.tolist() == wanted.tolist()
        seen += len(others)
    assert seen > 300


def test_of_nothing():
    none = np.zeros(0, np.int64)
    found = Neighbours.of(none, none, np.zeros(0, bool), none.astype(np.uint64), none.astype(np.uint64))
    assert [part.tolist() for part in found.others(np.array([1]), np.array([2]))] == [[], [0, 0]]
