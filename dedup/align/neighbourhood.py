"""The background of pairs that are judged each by itself: the documents that look like copies of either.

A batch tells how common wording is by all its documents (`rarity.Background`). An index judges a pair when the later of
the two comes in, and has to say the same in whatever order they came: it goes by the documents that look like copies of
one of the two (which two texts alone decide) and say something else. So a frame that is filled in over and over is
known by what fills it in, as soon as there are three; of large frames the first `MOST`, in an order of the texts
themselves, stand for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

MOST = 24
"""Documents beside each side of a pair that are looked at: the rule asks for no more than that twenty others have a
frame."""
_NONE: frozenset[int] = frozenset()


class Neighbourhood:
    """Which documents look like copies of which: `pairs` of their numbers, and whether the two say the same. They are
    taken in the `order` of their numbers. Those below 0 are asked about, and count for nobody.
    """

    def __init__(self, pairs: Iterable[tuple[int, int, bool]], order: Mapping[int, int]) -> None:
        self._order = order
        self._near: dict[int, list[int]] = {}
        self._same: dict[int, set[int]] = {}
        for one, two, same in pairs:
            for this, other in ((one, two), (two, one)):
                if same:
                    self._same.setdefault(this, set()).add(other)
                elif other >= 0:
                    self._near.setdefault(this, []).append(other)
        for this, others in self._near.items():
            self._near[this] = sorted(set(others), key=order.__getitem__)[: MOST + 1]

    def of(self, number: int) -> list[int]:
        """The documents that look like copies of one and say something else, in order: those that can matter."""
        return self._near.get(number, [])

    def join(self, pairs: Iterable[tuple[int, int]]) -> None:
        """More pairs that say the same."""
        for one, two in pairs:
            self._same.setdefault(one, set()).add(two)
            self._same.setdefault(two, set()).add(one)

    def others(
        self, left: NDArray[np.int64], right: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
        """What each pair is judged by: numbers, and (m + 1,) where those of each pair begin. Of documents that say the
        same the first counts.
        """
        numbers: list[int] = []
        bounds = [0]
        for one, two in zip(left.tolist(), right.tolist(), strict=True):
            numbers += self._among(one, two)
            bounds.append(len(numbers))
        return np.array(numbers, np.int64), np.array(bounds, np.int64)

    def _among(self, one: int, two: int) -> list[int]:
        passed = {one, two, *self._same.get(one, _NONE), *self._same.get(two, _NONE)}
        near = {
            *[number for number in self.of(one) if number != two][:MOST],
            *[number for number in self.of(two) if number != one][:MOST],
        }
        found: list[int] = []
        for number in sorted(near - passed, key=self._order.__getitem__):
            if self._same.get(number, _NONE).isdisjoint(found):
                found.append(number)
        return found
