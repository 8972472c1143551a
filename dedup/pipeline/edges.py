"""From verified pairs to the table of edges: which side is the copy, and what proves it."""

from __future__ import annotations

from concurrent.futures import Executor
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dedup.match import align_kernels, relation, verify
from dedup.match.align import Aligned, align
from dedup.match.align_kernels import FIGURES
from dedup.match.direction import Directions, Signs, directions
from dedup.match.evidence import Explainer
from dedup.model import UNKNOWN_DATE, EdgeTable
from dedup.phrasing import wording
from dedup.phrasing.wording import Wording
from dedup.pipeline.furniture import Furniture
from dedup.pipeline.judge import EXACT, Judged
from dedup.store import Clock, Store

TWINS = 4
"""Exact copies of a document whose pairs with copies of another kind are edges, too: who asks for the edge between a
spun copy and its source must not have to know that the source was published twice. Beyond, the first stands for all."""


def _twins(judged: Judged, heads: NDArray[np.int64]) -> Judged:
    """The same pairs with exact copies of either side in its place."""
    folded: dict[int, list[int]] = {}
    for row in np.flatnonzero(heads != np.arange(len(heads))).tolist():
        folded.setdefault(int(heads[row]), []).append(row)
    where, left, right = [], [], []
    pairs = judged.pairs
    for number, (a, b) in enumerate(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)):
        for one, two in product([a, *folded.get(a, ())[:TWINS]], [b, *folded.get(b, ())[:TWINS]]):
            if (one, two) != (a, b):
                where.append(number)
                left.append(one)
                right.append(two)
    at, one_side, other_side = (np.array(column, np.int64) for column in (where, left, right))
    swapped = one_side > other_side
    taken = pairs.take(at)
    sizes = np.where(swapped, taken.right_size, taken.left_size), np.where(swapped, taken.left_size, taken.right_size)
    low, high = np.minimum(one_side, other_side), np.maximum(one_side, other_side)
    return Judged(verify.Overlaps(low, high, taken.shared, *sizes), judged.figures[at], judged.codes[at])


class Edges:
    """Makes the table. `words` and `dates` (n,) are those of all rows, `marked` (n,) tells rows with scraper marks."""

    def __init__(
        self, store: Store, furniture: Furniture, words: NDArray[np.int32], dates: NDArray[np.int64],
        marked: NDArray[np.bool_], pool: Executor, clock: Clock,
    ) -> None:  # fmt: skip
        self._store, self._furniture, self._words, self._dates = store, furniture, words, dates
        self._marked, self._pool, self._clock = marked, pool, clock

    def table(self, found: list[Judged], heads: NDArray[np.int64], ngram: int) -> EdgeTable:
        """All verified pairs and a star of exact copies round each head."""
        star = self._star(heads, ngram, found[0].figures.shape[1])
        judged = Judged.joined([*found, *(_twins(part, heads) for part in found), star])
        pairs, codes = judged.pairs, judged.codes
        aligned = self._align(judged)
        decided = self._directions(judged, aligned)
        looks = relation.shares(aligned.figures if aligned.figures.shape[1] else np.zeros((0, FIGURES), np.int32))
        counts = np.stack((pairs.shared, pairs.left_size, pairs.right_size), axis=1)
        explain = Explainer(pairs.left, pairs.right, counts, aligned, looks, decided, self._store.texts.read)
        sides = np.stack((pairs.left, pairs.right))
        copy = np.where(decided.side < 0, decided.side, sides[decided.side.clip(0), np.arange(len(codes))])
        return EdgeTable(
            pairs.left, pairs.right, codes, pairs.shared, pairs.left_size, pairs.right_size, judged.similarity, copy,
            explain,
        )  # fmt: skip

    def _star(self, heads: NDArray[np.int64], ngram: int, figures: int) -> Judged:
        """Exact copies, each with its head."""
        folded = np.flatnonzero(heads != np.arange(len(heads)))
        exact = np.maximum(self._words[folded] - ngram + 1, 0)
        low, high = np.minimum(folded, heads[folded]), np.maximum(folded, heads[folded])
        codes = np.full(len(folded), EXACT, np.int8)
        return Judged(
            verify.Overlaps(low, high, exact, exact, exact), np.zeros((len(folded), figures), np.int32), codes
        )

    def _align(self, judged: Judged) -> Aligned:
        """The blocks of all pairs that are not exact copies: kept now that we know which pairs are edges."""
        count = len(judged.codes)
        if not judged.figures.shape[1]:
            return Aligned(judged.figures, np.empty((0, 6), np.int32), np.zeros(count + 1, np.int64))
        where = np.flatnonzero(judged.codes != EXACT)
        left, right = judged.pairs.left[where], judged.pairs.right[where]
        with self._clock.stage("evidence"):
            sizes = self._store.texts.sizes
            return align(left, right, sizes, self._furniture.read, self._pool, blocks=True).spread(where, count)

    def _directions(self, judged: Judged, aligned: Aligned) -> Directions:
        left, right = judged.pairs.left, judged.pairs.right
        one, two = self._dates[left], self._dates[right]
        known = (one != UNKNOWN_DATE) & (two != UNKNOWN_DATE)
        words = np.maximum(self._words, 1).astype(np.float64)
        said = self._wording(left, right, aligned)
        signs = Signs(
            said.odds, said.weight, self._marked[right].astype(np.int8) - self._marked[left].astype(np.int8),
            np.where(known, np.sign(two - one), 0).astype(np.int8), words[left] / words[right],
        )  # fmt: skip
        return directions(judged.codes, signs)

    def _wording(self, left: NDArray[np.int64], right: NDArray[np.int64], aligned: Aligned) -> Wording:
        """What the substitutions say; the n-grams of the batch are counted only if there are any."""
        if not len(aligned.blocks):
            return Wording(np.zeros(len(left)), np.zeros(len(left)))
        texts = self._store.texts
        with self._clock.stage("wording"):
            counts = wording.count(np.flatnonzero(self._words > 0), texts.sizes, texts.read, self._pool)
            return wording.compare(
                left, right, aligned.blocks, aligned.kept, align_kernels.REPLACE, texts.read, counts, self._pool
            )
