"""Sorted postings in blocks: how they stand in a row of the database."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dedup.candidates.postings import Entries, PostingSlices
from dedup.index.postings import block_kernels
from dedup.storage.database import damaged

BLOCK = 320
"""Postings to a block: packed, three to six bytes each, a few of them fill a page. A question reads a block for each of
150 keys, and is a fifth slower where one fills a page: it is the bytes that take the time."""


def cuts(entries: Entries) -> NDArray[np.int64]:
    """(b + 1,) where sorted postings are cut into blocks. Those of one key stay together."""
    keys = (entries >> np.uint64(32)).astype(np.uint32)
    borders = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1], [True])))
    found, count = [0], len(entries)
    while (last := found[-1]) < count:
        place = int(borders.searchsorted(last + BLOCK, "right"))
        best = int(borders[place - 1])
        found.append(best if best > last else int(borders[place]))
    return np.array(found, np.int64)


def pack(entries: Entries, found: NDArray[np.int64], firsts: NDArray[np.uint32]) -> list[bytes]:
    """The blocks (b) between these cuts (b + 1,), each to be kept with its key of `firsts` (b,): no smaller one is in
    it.
    """
    out = np.empty(len(entries) * block_kernels.ROOM + len(found) * block_kernels.HEAD, np.uint8)
    sizes = np.zeros(len(found) - 1, np.int64)
    block_kernels.pack(entries, found[1:], firsts, out, sizes)
    ends = [0, *np.cumsum(sizes).tolist()]
    return [out[begin:end].tobytes() for begin, end in pairwise(ends)]


class Blocks:
    """Some blocks, by their first keys (b,), ascending: a source of `postings.Runs`. Raises IndexFileError."""

    def __init__(self, firsts: NDArray[np.uint32], blobs: Sequence[bytes]) -> None:
        if len(blobs) != len(firsts):
            raise damaged("a block of keys")
        self._firsts = firsts
        self._data = np.frombuffer(b"".join((*blobs, bytes(block_kernels.TAIL))), np.uint8)
        self._heads = np.zeros((len(blobs), 7), np.int64)
        ends = np.cumsum([len(blob) for blob in blobs], dtype=np.int64)
        self._count = int(block_kernels.read_heads(self._data, ends, self._heads))
        if self._count < 0:
            raise damaged("a block of keys")

    def entries(self) -> Entries:
        """All postings."""
        found = np.empty(self._count, np.uint64)
        if block_kernels.unpack(self._data, self._heads, self._firsts, found) != self._count:
            raise damaged("a block of keys")
        return found

    def find(self, keys: NDArray[np.uint32], limit: int) -> PostingSlices:
        """See `postings.Source`."""
        blocks = np.searchsorted(self._firsts, keys, "right") - 1
        places, counts = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
        block_kernels.find(self._data, self._heads, self._firsts, blocks, keys, limit, places, counts)

        def append(ends: NDArray[np.int64], out: NDArray[np.uint32]) -> None:
            block_kernels.append(self._data, self._heads, blocks, places, counts, ends, out)

        return PostingSlices(counts, append)
