"""Repeated ids get a suffix (#2, #3, …), in the order of the rows: ids are names, and break ties."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray


def repeated(hashes: NDArray[np.integer]) -> NDArray[np.int64]:
    """Rows, ascending, of which another one has the same hash (n,) of any integers."""
    order = np.argsort(hashes, kind="stable")
    same = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
    return np.unique(np.concatenate((order[same], order[same + 1]))).astype(np.int64)


def unique_ids(rows: Iterable[int], ids: Iterable[str], taken_elsewhere: Callable[[str], bool]) -> dict[int, str]:
    """New names (#2, #3, …) for those of some rows, ascending, whose id an earlier one has; `taken_elsewhere` says of a
    name whether any document has it.
    """
    taken, counts, renamed = set[str](), dict[str, int](), dict[int, str]()
    for row, given in zip(rows, ids, strict=True):
        name = given
        if name in taken:
            number = counts.get(name, 1) + 1
            while f"{name}#{number}" in taken or taken_elsewhere(f"{name}#{number}"):
                number += 1
            counts[name] = number
            name = renamed[row] = f"{name}#{number}"
        taken.add(name)
    return renamed
