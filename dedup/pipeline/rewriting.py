"""Which candidate pairs are rewrites of one another, and how their sentences go together."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from dedup.align.alignment import Aligned
from dedup.align.overlap import Overlaps
from dedup.columns import ReadText
from dedup.pipeline.boilerplate import Boilerplate
from dedup.relations.relation import REWRITTEN
from dedup.rewriting import detection

Rows = NDArray[np.int64]
SAMPLE = 2_000
"""Documents of a batch from which it is learned what is common in it."""


class Rewrites:
    """Tells rewrites from other pairs of rows. `documents` are the rows before which words are rare or common; without
    them each pair is judged by itself.
    """

    def __init__(
        self, sizes: NDArray[np.int64], boilerplate: Boilerplate, pool: Executor, documents: Rows | None
    ) -> None:
        self._sizes, self._boilerplate, self._pool = sizes, boilerplate, pool
        self._documents = documents
        self._weights: NDArray[np.float32] | None = None

    def among(self, left: Rows, right: Rows, least: float = detection.THRESHOLD) -> tuple[Rows, Rows]:
        """Of pairs of rows, sorted by the left one, those that are rewrites by log odds of `least` and more.

        Looked at as they are, once more without their boilerplate, and once more by what is rare in the batch: each
        costs more and is asked of fewer.
        """
        for read in (self._boilerplate.raw, self._boilerplate.read):
            if not len(left):
                return left, right
            found = detection.features(left, right, self._sizes, read, self._pool)
            told = detection.odds(found)
            which = told >= least
            if self._documents is None:
                which &= detection.stands_alone(found, told)
            left, right = left[which], right[which]
            self._boilerplate.find(np.union1d(left, right))
        if len(left) and self._documents is not None:
            weights = self._common(self._documents)
            found = detection.features(left, right, self._sizes, self._boilerplate.read, self._pool, weights)
            which = detection.odds_in_batch(found) >= detection.IN_BATCH
            left, right = left[which], right[which]
        return left, right

    def _common(self, documents: Rows) -> NDArray[np.float32]:
        """What words weigh in this batch."""
        if self._weights is None:
            some = documents[:: max(-(-len(documents) // SAMPLE), 1)].tolist()
            self._weights = detection.batch_weights(detection.words_of([self._boilerplate.raw(row) for row in some]))
        return self._weights


def with_sentences(codes: NDArray[np.int8], pairs: Overlaps, aligned: Aligned, read: ReadText) -> Aligned:
    """The alignment of pairs with relations `codes` (m,), where the rewritten ones are aligned by their sentences."""
    which = codes == REWRITTEN
    if not which.any():
        return aligned
    others = aligned.take(np.flatnonzero(~which))
    ours = detection.align(pairs.left[which], pairs.right[which], read)
    order = np.concatenate((np.flatnonzero(~which), np.flatnonzero(which)))
    return Aligned.joined([others, ours]).take(np.argsort(order, kind="stable"))
