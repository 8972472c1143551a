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


def rewrites(
    left: Rows, right: Rows, sizes: NDArray[np.int64], furniture: Furniture, pool: Executor
) -> tuple[Rows, Rows]:
    """Of pairs of rows, sorted by the left one, those that are rewrites.

    Looked at as they are, and once more without their boilerplate, which costs more and is asked of few.
    """
    which = np.arange(len(left))
    for read in (furniture.raw, furniture.read):
        found = rewriting.features(left[which], right[which], sizes, read, pool)
        which = which[rewriting.odds(found) >= rewriting.THRESHOLD]
        furniture.find(np.union1d(left[which], right[which]))
    return left[which], right[which]


def with_sentences(codes: NDArray[np.int8], pairs: Overlaps, aligned: Aligned, read: ReadText) -> Aligned:
    """The alignment of pairs with relations `codes` (m,), where the rewritten ones are aligned by their sentences."""
    which = codes == REWRITTEN
    if not which.any():
        return aligned
    others = aligned.take(np.flatnonzero(~which))
    ours = rewriting.align(pairs.left[which], pairs.right[which], read)
    order = np.concatenate((np.flatnonzero(~which), np.flatnonzero(which)))
    return Aligned.joined([others, ours]).take(np.argsort(order, kind="stable"))
