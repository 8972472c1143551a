"""Bands and rows, the curve, and candidate pairs."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from datasketch.lsh import _optimal_param

from dedup.candidates import lsh


def test_the_table_is_what_datasketch_chooses():
    for (percent, num_perm), expected in lsh._BANDS.items():
        assert _optimal_param(percent / 100, num_perm, *lsh.WEIGHTS) == expected, (percent, num_perm)


def test_settings_outside_the_table_ask_datasketch():
    assert lsh.bands_and_rows(0.72, 32) == _optimal_param(0.72, 32, *lsh.WEIGHTS)


def test_recall_is_the_share_of_random_signatures_that_collide():
    generator = np.random.default_rng(4)
    similarity, bands, rows = 0.6, 10, 3
    equal = generator.random((20_000, bands, rows)) < similarity
    measured = equal.all(axis=2).any(axis=1).mean()
    assert abs(lsh.recall(np.array([similarity]), bands, rows)[0] - measured) < 0.01


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as threads:
        yield threads


def test_band_candidates_share_a_band_key(pool):
    generator = np.random.default_rng(1)
    bands = generator.integers(0, 50, (4, 60)).astype(np.uint32)
    rows = np.arange(0, 60, 2, dtype=np.uint64)
    found = lsh.band_candidates(lambda band: bands[band], 4, rows, pool)
    left, right = lsh.unpack(found.pairs)
    expected = {(a, b) for a in range(0, 60, 2) for b in range(a + 2, 60, 2) if (bands[:, a] == bands[:, b]).any()}
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == expected
    assert found.chained_buckets == 0


def test_a_crowd_costs_linear_pairs_and_stays_connected(pool):
    count = 5_000
    bands = np.zeros((3, count), np.uint32)
    found = lsh.band_candidates(lambda band: bands[band], 3, np.arange(count, dtype=np.uint64), pool)
    assert found.chained_buckets == 3
    assert len(found.pairs) <= 4 * count
    left, right = lsh.unpack(found.pairs)
    assert set(right[left == 0].tolist()) == set(range(1, count))


def test_two_copies_in_a_crowd_are_still_paired(pool):
    """The crowd shares one band (a footer); the two copies share the others too."""
    generator = np.random.default_rng(2)
    bands = generator.integers(0, 1 << 32, (5, 2_000), dtype=np.uint32)
    bands[0] = 7
    bands[1, 1_500] = bands[1, 300]
    found = lsh.band_candidates(lambda band: bands[band], 5, np.arange(2_000, dtype=np.uint64), pool)
    assert np.uint64(300 << 32 | 1_500) in found.pairs


def test_key_candidates_need_a_share_of_the_shorter_texts_keys(pool):
    keys = {0: range(0, 20), 1: range(0, 5), 2: range(4, 20), 3: range(100, 104)}
    packed = np.array([key << 40 | row for row, held in keys.items() for key in held], np.uint64)
    held = np.array([len(keys[row]) for row in range(4)], np.int32)
    edges = [0, 10 << 40, 1 << 63, (1 << 64) - 1]

    def fetch(part):
        return packed[(packed >= np.uint64(edges[part])) & (packed < np.uint64(edges[part + 1]))]

    found = lsh.key_candidates(fetch, held, np.ones(4, bool), pool, lsh.PASSAGES, 3)
    assert {(int(a), int(b)) for a, b in zip(*lsh.unpack(found.pairs), strict=True)} == {(0, 1), (0, 2)}
    without = lsh.key_candidates(fetch, held, np.array([False, True, True, True]), pool, lsh.PASSAGES, 3)
    assert len(without.pairs) == 0
