"""Columns of a reference file, deflated: small numbers take a byte where they would take four.

The bytes of numbers are put in planes, the lowest of all numbers first, for the upper ones are nearly all zero; of
ascending numbers the steps are kept. What does not become smaller (hashes) is left as it is.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

ASCENDING = frozenset(("offsets", "general_offsets", "letter_ends"))
"""Columns of which the steps are kept."""
LARGEST = 100
"""Times that a column may be larger than what it is made of: a small file never asks for memory without end."""
LEVEL, WORTH = 9, 0.56
"""Of zlib; and the part of its size that a column may keep, for unpacking takes 4 ms a MB and every command waits for
it."""


def pack(name: str, values: NDArray[Any]) -> bytes | None:
    """The bytes of a column, None where that would not be worth it."""
    steps = np.diff(values, prepend=values.dtype.type(0)) if name in ASCENDING else values
    planes = np.ascontiguousarray(steps).reshape(-1).view(np.uint8).reshape(-1, values.itemsize).T
    data = zlib.compress(planes.tobytes(), LEVEL)
    return data if values.nbytes // LARGEST < len(data) < WORTH * values.nbytes else None


def unpack(name: str, data: memoryview, kind: np.dtype[Any], count: int) -> NDArray[Any]:
    """(count,) the numbers of a column. Raises ValueError where there are not so many."""
    size = count * kind.itemsize
    if size > LARGEST * (len(data) + 1):
        raise ValueError(f"column {name}")
    inflate = zlib.decompressobj()
    try:
        planes = inflate.decompress(data, size + 1)
    except zlib.error as error:
        raise ValueError(f"column {name}: {error}") from error
    if len(planes) != size or not inflate.eof:
        raise ValueError(f"column {name}")
    numbers = np.empty((count, kind.itemsize), np.uint8)
    numbers[:] = np.frombuffer(planes, np.uint8).reshape(kind.itemsize, count).T
    values = numbers.reshape(-1).view(kind)
    return np.cumsum(values, dtype=kind) if name in ASCENDING else values
