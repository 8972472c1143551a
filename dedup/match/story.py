"""Do two texts report one event? A score from their terms, names, figures and dates, and candidate pairs.

The score is the logarithm of odds: COEFFICIENTS times the features of `term_kernels.pair_features`. A later event with
the same people shares names and topic, but few figures, other weekdays, other days of the year, and another lead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.match import frequencies, term_kernels
from dedup.match.tfidf import Terms, batch_idf, sublinear

FEATURES = ("cosine", "lead", "names", "figures", "weekdays", "days")


@dataclass(frozen=True, slots=True)
class Weighed:
    """Terms of n texts with their weights (m,), and totals (n, 6): what the story kernels read."""

    starts: NDArray[np.int64]
    ids: NDArray[np.uint32]
    kinds: NDArray[np.uint8]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    totals: NDArray[np.float32]

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """In the order in which the kernels take them."""
        return self.starts, self.ids, self.kinds, self.idf, self.weights, self.totals


def weigh(found: Terms) -> Weighed:
    """Weigh the terms by the document frequencies of these texts and of the background."""
    idf = batch_idf(found, frequencies.idf)
    weights = idf * sublinear(found.counts)
    totals = np.zeros((len(found), 6), np.float32)
    term_kernels.story_totals(found.starts, found.ids, found.kinds, idf, weights, totals)
    return Weighed(found.starts, found.ids, found.kinds, idf, weights, totals)


def features(made: Weighed, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float32]:
    """(p, 6) features of pairs of texts, in the order of FEATURES."""
    out = np.zeros((len(left), len(FEATURES)), np.float32)
    term_kernels.pair_features(*made.arrays, left, right, out)
    return out
