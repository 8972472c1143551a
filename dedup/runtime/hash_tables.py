"""Open-addressed hash tables: where a key stands, by linear probing from places that nobody can foresee.

Words come from strangers, and word hashes have no key. Were places in a table a known function of them, a text of words
chosen for one stretch of the table would make it quadratic (Crosby & Wallach 2003, "Denial of service via algorithmic
complexity attacks"). So the place depends on a key that each process draws anew. No result may depend on it: tables are
only asked for what is in them, and never gone through in their order, save to fill another or to be sorted afterwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.runtime.jit import njit
from dedup.runtime.simd import table_key

U = np.uint64


@njit(nogil=True)
def first_slot(key: Any, mask: Any) -> Any:
    """Where to look for a key first in a table of mask + 1 places; the next places follow.

    Two rounds of multiplication by secret odd numbers: after one alone, keys in arithmetic progression may still crowd.
    """
    one, two = table_key()
    mixed = key * one
    mixed = (mixed ^ mixed >> U(32)) * two
    return (mixed ^ mixed >> U(32)) & mask


@njit(nogil=True)
def find_slot(keys: Any, key: Any, mask: Any) -> Any:
    """Where `key` (not 0) stands in `keys` (2**k,) uint64 with 0 in its free places, or the free place for it."""
    slot = first_slot(key, mask)
    while keys[slot] != U(0) and keys[slot] != key:
        slot = (slot + U(1)) & mask
    return slot


@njit(nogil=True)
def fill(out: Any, value: Any) -> None:
    """Give all of `out` (n,) one value. As `out[:] = value` numba compiles every such line anew, at 50 ms each."""
    for place in range(len(out)):
        out[place] = value
