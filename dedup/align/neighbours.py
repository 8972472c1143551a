"""Neighbourhoods of millions of pairs: the same as `neighbourhood.Neighbourhood`, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.align import neighbour_kernels as kernels
from dedup.align import neighbourhood

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Which documents look like copies of which, and which of these say the same."""

    rows: Rows
    """(n,) of the documents, in the order in which they are taken."""
    _sorted: Rows
    _places: Rows
    _ties: kernels.Ties

    @staticmethod
    def of(
        a: Rows, b: Rows, same: NDArray[np.bool_], order_a: NDArray[np.uint64], order_b: NDArray[np.uint64]
    ) -> Neighbours:
        """From m pairs of rows, each pair once, whether the two say the same, and what orders either side."""
        known, first = np.unique(np.concatenate((a, b)), return_index=True)
        order = np.argsort(np.concatenate((order_a, order_b))[first], kind="stable")
        place = np.empty(len(known), np.int64)
        place[order] = np.arange(len(known))
        one, two = place[np.searchsorted(known, a)], place[np.searchsorted(known, b)]
        near_ends, near = _lists(one[~same], two[~same], len(known), neighbourhood.MOST + 1)
        same_ends, alike = _lists(one[same], two[same], len(known), None)
        return Neighbours(known[order], known, place, kernels.Ties(near_ends, near, same_ends, alike))

    def others(self, left: Rows, right: Rows) -> tuple[Rows, Rows]:
        """What each of m pairs of rows is judged by: rows, and (m + 1,) where those of each pair begin."""
        one, two = self._numbers(left), self._numbers(right)
        room = self._room(one) + self._room(two)
        found, bounds = np.empty(int(room.sum()), np.int64), np.empty(len(left) + 1, np.int64)
        total = int(kernels.others(self._ties, one, two, neighbourhood.MOST, found, bounds))
        return self.rows[found[:total]], bounds

    def _numbers(self, rows: Rows) -> Rows:
        """Numbers of rows in the order, -1 for those of which nothing is known."""
        if not len(self._sorted):
            return np.full(len(rows), -1, np.int64)
        at = np.minimum(np.searchsorted(self._sorted, rows), len(self._sorted) - 1)
        return np.where(self._sorted[at] == rows, self._places[at], -1)

    def _room(self, numbers: Rows) -> Rows:
        """How many are near each."""
        if not len(self.rows):
            return np.zeros(len(numbers), np.int64)
        sizes = np.diff(self._ties.near_ends)
        return np.where(numbers >= 0, sizes[numbers], 0)


def _lists(one: Rows, two: Rows, count: int, most: int | None) -> tuple[Rows, Rows]:
    """The others of each of `count` documents, ascending, the first `most` of them: where each list begins, and all."""
    this, other = np.concatenate((one, two)), np.concatenate((two, one))
    order = np.lexsort((other, this))
    this, other = this[order], other[order]
    ends = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(this, minlength=count), out=ends[1:])
    if most is not None:
        kept = np.arange(len(this)) - ends[this] < most
        this, other = this[kept], other[kept]
        np.cumsum(np.bincount(this, minlength=count), out=ends[1:])
    return ends, other
