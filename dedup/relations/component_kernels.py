"""Kernels of connected components: union-find over rows. Arrays only."""

from __future__ import annotations

from typing import Any

from dedup.runtime.jit import kernel


@kernel
def _root(parents: Any, row: Any) -> Any:
    """The least known row of a component; halves the path to it."""
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


@kernel
def join(parents: Any, left: Any, right: Any) -> None:
    """Join the components of pairs of rows, `left` and `right` (m,) int64. `parents` (n,) int64 is changed in place: a
    parent is never a later row, so each component hangs from its least one.
    """
    for pair in range(len(left)):
        one, two = _root(parents, left[pair]), _root(parents, right[pair])
        if one < two:
            parents[two] = one
        elif two < one:
            parents[one] = two


@kernel
def flatten(parents: Any) -> None:
    """Hang every row of `parents` (n,) int64 from the root itself: those before it are flat already."""
    for row in range(len(parents)):
        parents[row] = parents[parents[row]]
