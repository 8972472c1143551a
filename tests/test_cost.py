"""The bound on processor time lets a cheap thing pass, and holds a dear one."""

from __future__ import annotations

import pytest

from tests.cost import STEPS, costs_at_most


def loop(times: int) -> int:
    total = 0
    for step in range(times * STEPS):
        total += step
    return total


def test_what_costs_less_passes():
    with costs_at_most(20):
        assert loop(1) > 0


def test_what_costs_more_is_told_with_both():
    with pytest.raises(AssertionError, match=r"s of the processor, \d+ loops: the bound is 2"), costs_at_most(2):
        loop(20)
