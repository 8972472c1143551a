"""Connected components of pairs that come a part at a time: union-find in an array, in memory or in a file.

Verified pairs are few beside the documents, and a row costs eight bytes: of a billion documents one process holds the
components in 8 GB, or leaves them to a file that is mapped.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedup.relations import component_kernels

IN_MEMORY = 1 << 30
"""Bytes of an array from which it is kept in a file instead, where there is a folder for it."""


class DisjointSets:
    """The components of rows below `rows`, each of which is known by its least row: whatever the order of the pairs."""

    def __init__(self, rows: int, folder: Path | None = None, most: int = IN_MEMORY) -> None:
        if folder is not None and rows * 8 > most:
            with tempfile.TemporaryFile(dir=folder) as file:  # without a name; gone with the array that maps it
                file.truncate(rows * 8)
                self._parents: NDArray[np.int64] = np.memmap(file, np.int64, "r+", shape=(rows,))
            for first in range(0, rows, 1 << 22):
                end = min(first + (1 << 22), rows)
                self._parents[first:end] = np.arange(first, end)
        else:
            self._parents = np.arange(rows, dtype=np.int64)
        self._flat = True

    def join(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> None:
        """Join the components of pairs of rows, (m,) each. Raises IndexError for a row that there is not."""
        for side in (left, right):
            if len(side) and not 0 <= int(side.min()) <= int(side.max()) < len(self._parents):
                raise IndexError(f"rows from {side.min():,} to {side.max():,} of {len(self._parents):,}")
        component_kernels.join(
            np.asarray(self._parents), np.ascontiguousarray(left, np.int64), np.ascontiguousarray(right, np.int64)
        )
        self._flat = False

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """(m,) the least row of the component of each of some rows."""
        if not self._flat:
            component_kernels.flatten(np.asarray(self._parents))
            self._flat = True
        return np.asarray(self._parents[rows])
