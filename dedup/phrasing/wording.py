"""Which of two wordings is the worse: counts of a sample of the batch, and a verdict for each pair of texts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing import kernels
from dedup.text.arrays import as_arrays, tables
from dedup.text.packing import pack_bytes

ReadText = Callable[[int], bytes]
"""Row -> its text as UTF-8."""
WORD_BITS, PAIR_BITS, TRIPLE_BITS = 19, 22, 23
"""Sizes of the tables, 52 MB together: the sample has at most some 2 million pairs and 5 million triples."""
SAMPLE_BYTES = 32 << 20
"""Text that is counted at most, spread evenly over the batch: more does not tell more, and costs time."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often words, pairs and triples of words stand in a sample of texts."""

    words: NDArray[np.uint32]
    pairs: NDArray[np.uint32]
    triples: NDArray[np.uint32]
    total: int
    """Words counted."""
    rows: NDArray[np.int64]
    """The rows counted, sorted."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What the substitutions of m pairs say of the direction. All (m,) float64."""

    odds: NDArray[np.float64]
    """Sum of log odds that the left side is the source; negative: the right side."""
    weight: NDArray[np.float64]
    """Sum of their absolute values: nearly as large where all substitutions agree, far larger where they do not."""


def count(rows: NDArray[np.int64], sizes: NDArray[np.int64], read: ReadText, pool: Executor) -> Counts:
    """Count the n-grams of `rows`, or of every so many of them; `sizes` are the bytes of all texts, by row."""
    step = max(1, -(-int(sizes[rows].sum()) // SAMPLE_BYTES))
    sample = rows[::step]
    found = [np.zeros(1 << bits, np.uint32) for bits in (WORD_BITS, PAIR_BITS, TRIPLE_BITS)]
    total = 0
    parts = [part for part in np.array_split(sample, max(1, int(sizes[sample].sum()) >> 23)) if len(part)]
    for hashes in pool.map(lambda part: _hashes(part, read), parts):
        total += len(hashes[0])
        # a table has one thread at a time, so that the order of additions is always the same
        list(pool.map(kernels.add_sorted, hashes, found))
    return Counts(found[0], found[1], found[2], total, sample)


def _hashes(rows: NDArray[np.int64], read: ReadText) -> list[NDArray[np.uint64]]:
    """Sorted hashes of the words, pairs and triples of some rows."""
    buffer, starts, sizes = as_arrays(pack_bytes([read(row) for row in rows.tolist()]))
    hashes = [np.empty(len(buffer) // 2 + 2, np.uint64) for _ in range(3)]
    counts = kernels.ngram_hashes(buffer, starts, sizes, *tables(), *hashes)
    parts = [values[: int(count)] for values, count in zip(hashes, counts, strict=True)]
    for part in parts:
        part.sort()
    return parts


def compare(
    left: NDArray[np.int64], right: NDArray[np.int64], blocks: NDArray[np.int32], kept: NDArray[np.int64],
    replaced: int, read: ReadText, counts: Counts, pool: Executor,
) -> Wording:  # fmt: skip
    """Compare the wordings of pairs of rows whose alignment is `blocks`: those of pair p are
    `blocks[kept[p] : kept[p + 1]]`, substitutions are of kind `replaced`.
    """
    odds = np.zeros(len(blocks), np.float32)

    def one(part: NDArray[np.int64]) -> None:
        rows, local = np.unique(np.concatenate((left[part], right[part])), return_inverse=True)
        begin, end = int(kept[part[0]]), int(kept[part[-1] + 1])
        kernels.compare_wordings(
            *as_arrays(pack_bytes([read(row) for row in rows.tolist()])), *tables(),
            np.isin(rows, counts.rows).astype(np.uint8), local[: len(part)], local[len(part) :], blocks[begin:end],
            kept[part[0] : part[-1] + 2] - begin, replaced, counts.words, counts.pairs, counts.triples,
            float(counts.total), odds[begin:end],
        )  # fmt: skip

    if len(left):
        for _ in pool.map(one, np.array_split(np.arange(len(left)), -(-len(left) // 64))):
            pass
    totals = [np.add.reduceat(np.append(values, 0), kept[:-1]) * (np.diff(kept) > 0) for values in (odds, np.abs(odds))]
    return Wording(totals[0].astype(np.float64), totals[1].astype(np.float64))
