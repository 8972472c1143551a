"""Verification: what candidate pairs really share, counted on their texts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.columns import ReadText, pack_bytes
from dedup.fingerprint import pair_kernels
from dedup.fingerprint.minhash import fold, shingle_keys
from dedup.text.arrays import as_arrays, normal_form, tables

BLOCK_BYTES = 4 << 20
"""Text that one block of pairs may hold: its shingles take four times as much while it is worked on."""

Rank = Callable[[NDArray[np.int64]], dict[int, int]]
"""Rows -> the place of each in the order of representatives, the best first."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Distinct shingles of m pairs (rows `left` and `right`): shared, of the left, of the right. All (m,)."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    shared: NDArray[np.int32]
    left_size: NDArray[np.int32]
    right_size: NDArray[np.int32]

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Overlaps:
        """The pairs marked in `which`, or at these places."""
        return Overlaps(*(getattr(self, name)[which] for name in self.__slots__))

    @property
    def jaccard(self) -> NDArray[np.float64]:
        """Shared / union."""
        union = self.left_size.astype(np.float64) + self.right_size - self.shared
        return self.shared / np.maximum(union, 1)

    @property
    def containment(self) -> NDArray[np.float64]:
        """Shared / smaller."""
        return self.shared / np.maximum(np.minimum(self.left_size, self.right_size), 1)


def overlaps(
    left: NDArray[np.int64], right: NDArray[np.int64], sizes: NDArray[np.int64], read: ReadText,
    normalised: frozenset[int], ngram: int, pool: Executor,
) -> Overlaps:  # fmt: skip
    """Exact overlap of pairs of rows, sorted by `left`; `sizes` are the bytes of all texts, by row."""
    count = len(left)
    result = Overlaps(left, right, *(np.zeros(count, np.int32) for _ in range(3)))
    borders = blocks_of(left, right, sizes)

    def text(row: int) -> bytes:
        data = read(row)
        return normal_form(data.decode()).encode() if row in normalised else data

    def block(number: int) -> None:
        part = slice(borders[number], borders[number + 1])
        rows, local = np.unique(np.concatenate((left[part], right[part])), return_inverse=True)
        buffer, starts, lengths = as_arrays(pack_bytes([text(row) for row in rows.tolist()]))
        half = borders[number + 1] - borders[number]
        pair_kernels.overlaps(
            buffer, starts, lengths, *tables(), np.uint64(ngram), shingle_keys(ngram), local[:half], local[half:],
            result.shared[part], result.left_size[part], result.right_size[part],
        )  # fmt: skip

    for _ in pool.map(block, range(len(borders) - 1)):
        pass
    return result


def blocks_of(left: NDArray[np.int64], right: NDArray[np.int64], sizes: NDArray[np.int64]) -> list[int]:
    """Where to cut pairs of rows, sorted by `left`, so that each block holds about BLOCK_BYTES of text."""
    if not len(left):
        return [0]
    new_left = np.concatenate(([True], left[1:] != left[:-1]))
    cost = np.cumsum(sizes[right] + sizes[left] * new_left)
    return [0, *(np.flatnonzero(np.diff(cost // BLOCK_BYTES)) + 1).tolist(), len(left)]


def fold_exact(digests: NDArray[np.uint64], rank: Rank, read: ReadText) -> NDArray[np.int64]:
    """(n,) row of the head of each row's group of exact copies: itself where there is none.

    Rows of one digest are compared on their texts: the same bytes, or the same folded words. The head is the first
    in rank of the rows that share a digest.
    """
    heads = np.arange(len(digests), dtype=np.int64)
    by_digest = np.argsort(digests, kind="stable")
    same = np.flatnonzero(digests[by_digest][1:] == digests[by_digest][:-1])
    groups = np.split(same, np.flatnonzero(np.diff(same) > 1) + 1) if len(same) else []
    ranks = rank(np.concatenate([by_digest[p[0] : p[-1] + 2] for p in groups])) if groups else {}
    for places in groups:
        rows = sorted(by_digest[places[0] : places[-1] + 2].tolist(), key=ranks.__getitem__)
        first = read(rows[0])
        folded: str | None = None
        for row in rows[1:]:
            text = read(row)
            if text != first:
                folded = folded if folded is not None else same_form(first)
                if same_form(text) != folded:
                    continue
            heads[row] = rows[0]
    return heads


def same_form(text: bytes) -> str:
    """The folded words; where there are none (emoji, dashes), the characters without white space."""
    string = text.decode()
    return fold(string) or "".join(string.split())
