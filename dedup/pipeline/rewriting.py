"""Which candidate pairs are rewrites of one another, and how their sentences go together."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from dedup.match import rewriting
from dedup.match.align import Aligned
from dedup.match.relation import REWRITTEN
from dedup.match.verify import Overlaps, ReadText
from dedup.pipeline.furniture import Furniture

Rows = NDArray[np.int64]
SAMPLE = 2_000
"""Documents of a batch from which it is learned what is common in it."""


class Rewrites:
    """Tells rewrites from other pairs of rows. `documents` are the rows before which words are rare or common; without
    them each pair is judged by itself.
    """

    def __init__(self, sizes: NDArray[np.int64], furniture: Furniture, pool: Executor, documents: Rows | None) -> None:
        self._sizes, self._furniture, self._pool = sizes, furniture, pool
        self._documents = documents
        self._weights: NDArray[np.float32] | None = None

    def among(self, left: Rows, right: Rows) -> tuple[Rows, Rows]:
        """Of pairs of rows, sorted by the left one, those that are rewrites.

        Looked at as they are, once more without their boilerplate, and once more by what is rare in the batch: each
        costs more and is asked of fewer.
        """
        which = np.arange(len(left))
        furniture = self._furniture
        for read, in_batch in ((furniture.raw, False), (furniture.read, False), (furniture.read, True)):
            if not len(which) or (in_batch and self._documents is None):
                break
            weights = self._common() if in_batch else None
            found = rewriting.features(left[which], right[which], self._sizes, read, self._pool, weights)
            which = which[rewriting.odds(found) >= (rewriting.IN_BATCH if in_batch else rewriting.THRESHOLD)]
            furniture.find(np.union1d(left[which], right[which]))
        return left[which], right[which]

    def _common(self) -> NDArray[np.float32]:
        """What words weigh in this batch."""
        if self._weights is None:
            rows = self._documents if self._documents is not None else np.zeros(0, np.int64)
            some = rows[:: max(-(-len(rows) // SAMPLE), 1)]
            self._weights = rewriting.batch_weights(rewriting.words_of(list(map(self._furniture.raw, some.tolist()))))
        return self._weights


def with_sentences(codes: NDArray[np.int8], pairs: Overlaps, aligned: Aligned, read: ReadText) -> Aligned:
    """The alignment of pairs with relations `codes` (m,), where the rewritten ones are aligned by their sentences."""
    which = codes == REWRITTEN
    if not which.any():
        return aligned
    others = aligned.take(np.flatnonzero(~which))
    ours = rewriting.align(pairs.left[which], pairs.right[which], read)
    order = np.concatenate((np.flatnonzero(~which), np.flatnonzero(which)))
    return Aligned.joined([others, ours]).take(np.argsort(order, kind="stable"))
