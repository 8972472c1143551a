"""Kernels of posting slices: the postings of a key cut by blocks of documents, each with those that the block looks at.

A posting is key << 32 | row, uint64, sorted and distinct. A slice holds the rows of one key that are in a block, and
the `limit` before them: what documents of the block are compared with by this key. Arrays and scalars only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.runtime.jit import kernel, njit

U = np.uint64


@njit(nogil=True)
def _key_end(entries: Any, place: Any) -> Any:
    """Where the postings of the key at `place` end."""
    end = place + 1
    while end < len(entries) and entries[end] >> U(32) == entries[place] >> U(32):
        end += 1
    return end


@njit(nogil=True)
def _block_end(entries: Any, first: Any, end: Any, block_rows: Any) -> Any:
    """The block of the posting at `first`, and where those of that block end, before the key does."""
    block = np.int64(entries[first] & U(0xFFFFFFFF)) // block_rows
    last = first + 1
    while last < end and np.int64(entries[last] & U(0xFFFFFFFF)) // block_rows == block:
        last += 1
    return block, last


@kernel
def count_slices(entries: Any, block_rows: Any, limit: Any, runs: Any, numbers: Any) -> None:
    """Count, by block, the slices (`runs`) and the rows in them (`numbers`), both (blocks,) int64. A slice in which
    nothing comes before anything else is none.
    """
    place, count = 0, len(entries)
    while place < count:
        end = _key_end(entries, place)
        first = place
        while first < end:
            block, last = _block_end(entries, first, end, block_rows)
            begin = max(place, first - limit)
            if last - begin > 1:
                runs[block] += 1
                numbers[block] += last - begin
            first = last
        place = end


@kernel
def fill_slices(entries: Any, block_rows: Any, limit: Any, runs: Any, numbers: Any, sizes: Any, rows: Any) -> None:
    """Write each slice's size to `sizes` (uint32) and its rows, ascending, to `rows` (uint32): those of a block from
    `runs[block]` and `numbers[block]` on, which move to their ends. Blocks whose `runs` are below 0 are left out.
    """
    place, count = 0, len(entries)
    while place < count:
        end = _key_end(entries, place)
        first = place
        while first < end:
            block, last = _block_end(entries, first, end, block_rows)
            begin = max(place, first - limit)
            if last - begin > 1 and runs[block] >= 0:
                sizes[runs[block]] = last - begin
                runs[block] += 1
                at = numbers[block]
                for entry in range(begin, last):
                    rows[at] = entries[entry] & U(0xFFFFFFFF)
                    at += 1
                numbers[block] = at
            first = last
        place = end


@kernel
def count_asked(ends: Any, rows: Any, first: Any, counts: Any) -> None:
    """Count, for each row of a block that begins at `first`, the slices in which others come before it (`counts`, a
    place for each row of the block). Slice s is `rows[ends[s] : ends[s + 1]]`.
    """
    for run in range(len(ends) - 1):
        for at in range(ends[run] + 1, ends[run + 1]):
            if rows[at] >= first:
                counts[rows[at] - first] += 1


@kernel
def fill_asked(ends: Any, rows: Any, first: Any, places: Any, keys: Any) -> None:
    """Write the slices of each row to `keys` (int64), from its place in `places` on, which moves to its end."""
    for run in range(len(ends) - 1):
        for at in range(ends[run] + 1, ends[run + 1]):
            if rows[at] >= first:
                own = rows[at] - first
                keys[places[own]] = run
                places[own] += 1
