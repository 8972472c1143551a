"""Kernels of neighbourhoods that are kept as arrays: which documents each pair is judged by.

Arrays, scalars and NamedTuples of them only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.runtime.jit import kernel


class Ties(NamedTuple):
    """What is tied to each of n documents, numbered in the order in which they are taken."""

    near_ends: NDArray[np.int64]
    """(n + 1,)"""
    near: NDArray[np.int64]
    """Documents that look like each and say something else, ascending: the first ones."""
    same_ends: NDArray[np.int64]
    """(n + 1,)"""
    same: NDArray[np.int64]
    """Documents that look like each and say the same, ascending."""


@kernel
def _is_same(ties: Any, one: Any, two: Any) -> Any:
    """Whether two documents look alike and say the same."""
    if one < 0:
        return False
    low, end = ties.same_ends[one], ties.same_ends[one + 1]
    high = end
    while low < high:
        middle = (low + high) // 2
        if ties.same[middle] < two:
            low = middle + 1
        else:
            high = middle
    return low < end and ties.same[low] == two


@kernel
def _next(ties: Any, this: Any, place: Any, other: Any) -> Any:
    """The next place among those near `this`, without the other one of the pair."""
    if place < ties.near_ends[this + 1] and ties.near[place] == other:
        place += 1
    return place


@kernel
def others(ties: Any, left: Any, right: Any, most: Any, out: Any, bounds: Any) -> Any:
    """Into `out` what each pair of documents (-1: one of which nothing is known) is judged by: the first `most` near
    each of the two, in order, without those that say the same as one of the two or as an earlier one. Those of pair p
    are `out[bounds[p] : bounds[p + 1]]`; returns how many there are in all.
    """
    total = 0
    bounds[0] = 0
    for pair in range(len(left)):
        one, two = left[pair], right[pair]
        at = _next(ties, one, ties.near_ends[one], two) if one >= 0 else 0
        by = _next(ties, two, ties.near_ends[two], one) if two >= 0 else 0
        end_one = ties.near_ends[one + 1] if one >= 0 else 0
        end_two = ties.near_ends[two + 1] if two >= 0 else 0
        left_one, left_two, first = most, most, total
        while (at < end_one and left_one > 0) or (by < end_two and left_two > 0):
            from_one = at < end_one and left_one > 0
            from_two = by < end_two and left_two > 0
            first_of_one = from_one and (not from_two or ties.near[at] <= ties.near[by])
            number = ties.near[at] if first_of_one else ties.near[by]
            if from_one and ties.near[at] == number:
                at, left_one = _next(ties, one, at + 1, two), left_one - 1
            if from_two and ties.near[by] == number:
                by, left_two = _next(ties, two, by + 1, one), left_two - 1
            good = number != one and number != two
            good = good and not _is_same(ties, one, number) and not _is_same(ties, two, number)
            for earlier in range(first, total):
                if _is_same(ties, number, out[earlier]):
                    good = False
                    break
            if good:
                out[total] = number
                total += 1
        bounds[pair + 1] = total
    return total
