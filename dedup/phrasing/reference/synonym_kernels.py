"""The kernel of `synonyms`: the nearest of each row. Arrays and scalars only."""

from __future__ import annotations

from typing import Any

from dedup.runtime.jit import kernel


@kernel
def nearest(closeness: Any, places: Any, values: Any) -> None:
    """The columns with the largest of the numbers in each row of `closeness` (n, m) float32, the largest first and of
    equal ones the first: into `places` (n, k) int64 and `values` (n, k) uint8. There must be k columns.

    One pass: nearly every number is less than the least of those kept so far, so that little is ever moved.
    """
    most = places.shape[1]
    for row in range(len(closeness)):
        held = 0
        for column in range(closeness.shape[1]):
            value = closeness[row, column]
            if held == most and value <= values[row, most - 1]:
                continue
            at = min(held, most - 1)
            held = min(held + 1, most)
            while at > 0 and value > values[row, at - 1]:
                places[row, at], values[row, at] = places[row, at - 1], values[row, at - 1]
                at -= 1
            places[row, at], values[row, at] = column, value
