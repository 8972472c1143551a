"""How rare the wording is that two texts share, before the background of the batch they stand in.

Wording that many documents share proves nothing: one frame is filled in with other facts by the hundred. Each gram (a
run of three words) that two texts share counts 1 / (1 + other documents that have it). Of 149 pairs of natural news
that were read by hand (1987 and 2016), the copies share .69 or more of the weight of their grams, the forms and other
reports .67 at most; of their grams as they are .73 and .86.

Documents that say the same count once: a press release with fifty copies is no frame. Without a background (two texts
alone, an index) every gram counts 1.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.align import rarity_kernels as kernels
from dedup.align.overlap import blocks_of
from dedup.columns import ReadText, pack_bytes
from dedup.text.arrays import as_arrays, bare_tables

GRAMS_MOST = 1 << 22
"""Grams that are counted at most. Where the texts in question have more, every second, fourth … stands for all. So many
take 70 MB, and 70 MB more for each thread."""
COUNTING_THREADS = 4
"""Each has counts of its own."""
CHUNK_BYTES = 4 << 20
"""Text that is counted at once."""
AMONG_BYTES = 16 << 20
"""Text of pairs with backgrounds of their own that is weighed at once; texts that several of them have count anew."""


@dataclass(frozen=True, slots=True)
class Rarity:
    """Of m pairs, (m,) float64 each."""

    contained: NDArray[np.float64]
    """Shared grams / grams of the text that has fewer."""
    mean: NDArray[np.float64]
    """Mean weight of the shared grams: 1 where nobody else has them."""
    share: NDArray[np.float64]
    """Weight of the shared grams / weight of all grams, of the text in which that is more."""

    @staticmethod
    def of(weights: NDArray[np.float64]) -> Rarity:
        """From the (m, 6) weights of pairs."""
        fewer = np.minimum(weights[:, kernels.GRAMS_A], weights[:, kernels.GRAMS_B])
        lighter = np.minimum(weights[:, kernels.RARE_A], weights[:, kernels.RARE_B])
        return Rarity(
            weights[:, kernels.SHARED] / np.maximum(fewer, 1),
            weights[:, kernels.RARE] / np.maximum(weights[:, kernels.SHARED], 1),
            weights[:, kernels.RARE] / np.maximum(lighter, 1e-9),
        )


class Background:
    """In how many documents the grams of some texts stand."""

    def __init__(self, keys: NDArray[np.uint64], counts: NDArray[np.uint32], sampled: int) -> None:
        self._keys, self._counts, self._sampled = keys, counts, sampled

    @staticmethod
    def none() -> Background:
        """That of texts of which nothing else is known."""
        return Background(np.zeros(1, np.uint64), np.zeros(1, np.uint32), 0)

    @staticmethod
    def of(
        asked: NDArray[np.int64], rows: NDArray[np.int64], groups: NDArray[np.int64], words: int, read: ReadText,
        sizes: NDArray[np.int64], pool: Executor, threads: int,
    ) -> Background:  # fmt: skip
        """Count, among documents `rows`, what the texts `asked` (`words` in all) have. `groups` (n,) of all rows:
        documents of one count once. `sizes` are the bytes of all texts.
        """
        sampled = (1 << max(0, (words // GRAMS_MOST).bit_length())) - 1
        keys = np.zeros(1 << (words // (sampled + 1) * 4 // 3).bit_length(), np.uint64)
        sieve = np.zeros((1 << kernels.SIEVE_BITS) // 8, np.uint8)
        for chunk in _chunks(asked, sizes):
            texts = as_arrays(pack_bytes([read(row) for row in chunk.tolist()]))
            kernels.ask_grams(*texts, *bare_tables(), np.uint64(sampled), keys, sieve)
        rows = rows[np.argsort(groups[rows], kind="stable")]
        parts = _shared_out(rows, groups[rows], sizes[rows], threads)

        def count(part: NDArray[np.int64]) -> NDArray[np.uint32]:
            counts, seen = np.zeros(len(keys), np.uint32), np.full(len(keys), -1, np.int32)
            for chunk in _chunks(part, sizes):
                arrays = as_arrays(pack_bytes([read(row) for row in chunk.tolist()]))
                kernels.count_documents(*arrays, *bare_tables(), groups[chunk], keys, sieve, seen, counts)
            return counts

        counts = np.zeros(len(keys), np.uint32)
        for part in pool.map(count, parts):
            counts += part
        return Background(keys, counts, sampled)

    def weigh(
        self, left: NDArray[np.int64], right: NDArray[np.int64], groups: NDArray[np.int64], sizes: NDArray[np.int64],
        read: ReadText, pool: Executor,
    ) -> Rarity:  # fmt: skip
        """How rare what pairs of rows share is; pairs are sorted by `left`."""
        weights = np.zeros((len(left), 6))
        borders = blocks_of(left, right, sizes)

        def block(number: int) -> None:
            part = slice(borders[number], borders[number + 1])
            one, two = left[part], right[part]
            rows, local = np.unique(np.concatenate((one, two)), return_inverse=True)
            grams, offsets = _grams(rows, read, self._sampled)
            kernels.weigh_pairs(
                grams, offsets, local[: len(one)], local[len(one) :], groups[one] == groups[two], self._keys,
                self._counts, weights[part],
            )  # fmt: skip

        for _ in pool.map(block, range(len(borders) - 1)):
            pass
        return Rarity.of(weights)


def weigh_among(
    left: NDArray[np.int64], right: NDArray[np.int64], others: NDArray[np.int64], bounds: NDArray[np.int64],
    sizes: NDArray[np.int64], read: ReadText, pool: Executor,
) -> Rarity:  # fmt: skip
    """How rare what pairs of rows share is, where each pair has a background of its own: the rows
    `others[bounds[p] : bounds[p + 1]]` for pair p, neither of the two among them.
    """
    weights = np.zeros((len(left), 6))
    text = np.concatenate(([0], np.cumsum(sizes[others])))[bounds[1:]] + np.cumsum(sizes[left] + sizes[right])
    borders = [0, *(np.flatnonzero(np.diff(text // AMONG_BYTES)) + 1).tolist(), len(left)]

    def block(number: int) -> None:
        part = slice(borders[number], borders[number + 1])
        one, two, ends = left[part], right[part], bounds[borders[number] : borders[number + 1] + 1]
        rows, local = np.unique(np.concatenate((one, two, others[ends[0] : ends[-1]])), return_inverse=True)
        grams, offsets = _grams(rows, read, 0)
        count = len(one)
        kernels.weigh_among(
            grams, offsets, local[:count], local[count : 2 * count], local[2 * count :], ends - ends[0], weights[part]
        )

    for _ in pool.map(block, range(len(borders) - 1)):
        pass
    return Rarity.of(weights)


def _shared_out(
    rows: NDArray[np.int64], groups: NDArray[np.int64], sizes: NDArray[np.int64], threads: int
) -> list[NDArray[np.int64]]:
    """About as much text for each thread, and no group for two of them: `rows` come in the order of their `groups`."""
    borders = np.concatenate((np.flatnonzero(np.diff(groups)) + 1, [len(rows)]))
    cuts = np.searchsorted(np.cumsum(sizes), sizes.sum() * np.arange(1, threads) // threads)
    return np.split(rows, borders[np.searchsorted(borders, cuts)])


def _chunks(rows: NDArray[np.int64], sizes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows by about CHUNK_BYTES of text."""
    ends = np.cumsum(sizes[rows]) // CHUNK_BYTES
    return [chunk for chunk in np.split(rows, np.flatnonzero(np.diff(ends)) + 1) if len(chunk)]


def _grams(rows: NDArray[np.int64], read: ReadText, sampled: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Sorted distinct grams of each row, and where those of each begin."""
    buffer, starts, sizes = as_arrays(pack_bytes([read(row) for row in rows.tolist()]))
    grams, offsets = np.empty(int((sizes // 2 + 2).sum()), np.uint64), np.zeros(len(rows) + 1, np.int64)
    kernels.distinct_grams(buffer, starts, sizes, *bare_tables(), np.uint64(sampled), grams, offsets)
    return grams[: offsets[-1]], offsets
