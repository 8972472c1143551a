"""The background of pairs that are judged each by itself."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dedup.align import neighbourhood
from dedup.align.neighbourhood import Neighbourhood


def others(around: Neighbourhood, one: int, two: int) -> list[int]:
    found, bounds = around.others(np.array([one]), np.array([two]))
    assert bounds.tolist() == [0, len(found)]
    return found.tolist()


ORDER = {number: number for number in range(20)}


def test_who_says_the_same_counts_for_nobody():
    around = Neighbourhood([(0, 1, False), (0, 2, False), (1, 3, True), (0, 3, False), (1, 2, False)], ORDER)
    assert others(around, 0, 1) == [2]  # 3 is 1 over again
    around.join([(0, 2)])
    assert others(around, 0, 1) == []


def test_of_those_that_say_the_same_the_first_counts():
    around = Neighbourhood([(0, 1, False), *((0, number, False) for number in range(2, 8))], ORDER)
    around.join([(2, 3), (2, 4), (5, 6)])
    assert others(around, 0, 1) == [2, 5, 7]


def test_a_guest_counts_for_nobody():
    around = Neighbourhood([(-1, 0, False), (-1, 1, False), (-2, 0, False), (0, 1, False), (0, 2, False)], ORDER)
    assert others(around, -1, 0) == [1, 2] and others(around, -1, 1) == [0]


@pytest.mark.parametrize("most", [1, 3, 24])
def test_the_order_of_the_pairs_changes_nothing_and_the_partner_takes_no_place(most, monkeypatch):
    monkeypatch.setattr(neighbourhood, "MOST", most)
    rng = random.Random(most)
    order = {number: rng.random() for number in range(20)}
    pairs = [(a, b, rng.random() < 0.1) for a in range(20) for b in range(a) if rng.random() < 0.7]
    shuffled = [(b, a, same) if rng.random() < 0.5 else (a, b, same) for a, b, same in rng.sample(pairs, len(pairs))]
    one, two = Neighbourhood(pairs, order), Neighbourhood(shuffled, order)
    for a, b, _ in pairs:
        assert others(one, a, b) == others(two, b, a)
        assert len(others(one, a, b)) <= 2 * most and not {a, b} & set(others(one, a, b))
