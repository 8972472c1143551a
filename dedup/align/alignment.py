"""Alignment of pairs of rows: figures that tell how they hang together, and the blocks that prove it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.align import figures as k
from dedup.align import kernels
from dedup.align.frequencies import fact_weights
from dedup.align.overlap import blocks_of
from dedup.columns import ReadText, pack_bytes
from dedup.text.arrays import as_arrays, bare_tables
from dedup.text.tokens import abbreviations
from dedup.text.words import WordTexts

BLOCK_BYTES, BLOCKS_A_PAIR = 12, 16
"""Room for blocks to begin with: one for so many bytes of the shorter text, and so many more. Spun stories have one for
27 bytes; what needs more is aligned twice."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """Alignments of m pairs."""

    figures: NDArray[np.int32]
    """(m, FIGURES), see `figures`."""
    blocks: NDArray[np.int32]
    """(k, 6): kind, byte range in the first text, byte range in the second, passage. Empty where not asked for."""
    kept: NDArray[np.int64]
    """(m + 1,) blocks of pair p are `blocks[kept[p] : kept[p + 1]]`."""

    def of(self, pair: int) -> NDArray[np.int32]:
        """The blocks of one pair."""
        return self.blocks[self.kept[pair] : self.kept[pair + 1]]

    def take(self, which: NDArray[np.intp]) -> Aligned:
        """Some of the pairs, in the order of `which`."""
        counts = np.diff(self.kept)[which]
        kept = np.concatenate(([0], np.cumsum(counts)))
        rows = np.repeat(self.kept[:-1][which] - kept[:-1], counts) + np.arange(kept[-1])
        return Aligned(self.figures[which], self.blocks[rows], kept)

    @staticmethod
    def joined(parts: Sequence[Aligned]) -> Aligned:
        """All pairs of `parts`, one after the other."""
        counts = np.concatenate([np.diff(part.kept) for part in parts])
        kept = np.concatenate(([0], np.cumsum(counts)))
        return Aligned(np.concatenate([p.figures for p in parts]), np.concatenate([p.blocks for p in parts]), kept)


_TURNED = np.arange(k.FIGURES)
for _one, _two in ((k.WORDS_A, k.WORDS_B), (k.CHANGED_A, k.CHANGED_B),
                   (k.DELETED, k.INSERTED), (k.FACTS_A, k.FACTS_B),
                   (k.FOUND_A, k.FOUND_B)):  # fmt: skip
    _TURNED[[_one, _two]] = _two, _one


def turned(figures: NDArray[np.int32], which: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Figures of pairs, the two sides of some exchanged."""
    return np.where(which[:, None], figures[:, _TURNED], figures) if figures.shape[1] else figures


def align_by(
    order: NDArray[np.uint64], left: NDArray[np.int64], right: NDArray[np.int64], sizes: NDArray[np.int64],
    read: ReadText, pool: Executor,
) -> Aligned:  # fmt: skip
    """Align pairs of rows with their blocks, each from the row that comes first in `order` (rows,): the same for a pair
    whichever way round it is given.
    """
    swapped = order[left] > order[right]
    one, two = np.where(swapped, right, left), np.where(swapped, left, right)
    places = np.lexsort((two, one))
    found = align(one[places], two[places], sizes, read, pool, blocks=True).take(np.argsort(places))
    owner = np.repeat(swapped, np.diff(found.kept))
    blocks = np.where(owner[:, None], found.blocks[:, [0, 3, 4, 1, 2, 5]], found.blocks)
    kinds = blocks[:, 0].copy()
    blocks[owner & (kinds == k.DELETE), 0] = k.INSERT
    blocks[owner & (kinds == k.INSERT), 0] = k.DELETE
    return Aligned(turned(found.figures, swapped), blocks, found.kept)


def align(
    left: NDArray[np.int64], right: NDArray[np.int64], sizes: NDArray[np.int64], read: ReadText, pool: Executor,
    *, least: float = 0.0, blocks: bool = False,
) -> Aligned:  # fmt: skip
    """Align pairs of rows, sorted by `left`; `sizes` are the bytes of all texts, by row. Pairs whose words, in whatever
    order, are not at least the share `least` of the shorter text's, are passed over: their figures are 0.
    """
    figures = np.zeros((len(left), k.FIGURES), np.int32)
    borders = blocks_of(left, right, sizes)

    def one(number: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        part = slice(borders[number], borders[number + 1])
        return _block(left[part], right[part], read, least, figures[part], blocks)

    found = list(pool.map(one, range(len(borders) - 1)))
    counts = [np.diff(kept) for _, kept in found if blocks]
    kept = np.concatenate(([0], np.cumsum(np.concatenate(counts) if counts else np.zeros(len(left), np.int64))))
    return Aligned(figures, np.concatenate([np.empty((0, 6), np.int32), *(places for places, _ in found)]), kept)


def _block(
    left: NDArray[np.int64], right: NDArray[np.int64], read: ReadText, least: float, figures: NDArray[np.int32],
    blocks: bool,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:  # fmt: skip
    """Align some pairs in one call of the kernel; their blocks, and where those of each pair begin."""
    rows, local = np.unique(np.concatenate((left, right)), return_inverse=True)
    buffer, starts, lengths = as_arrays(pack_bytes([read(row) for row in rows.tolist()]))
    kept = np.zeros(len(left) + 1 if blocks else 0, np.int64)
    shorter = np.minimum(lengths[local[: len(left)]], lengths[local[len(left) :]])
    room = int((shorter // BLOCK_BYTES + BLOCKS_A_PAIR).sum()) if blocks else 0
    while True:
        places = np.empty((room, 6), np.int32)
        count = kernels.compare(
            WordTexts(buffer, starts, lengths, *bare_tables()), abbreviations(), fact_weights(), local[: len(left)],
            local[len(left) :], least, figures, places, kept,
        )  # fmt: skip
        if count <= room or not blocks:
            return places[: int(count)], kept
        room = int(count)
