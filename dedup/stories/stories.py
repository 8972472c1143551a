"""Do two texts report one event? A score from their terms, names, figures and dates, and the stories it makes.

The score is the logarithm of odds: COEFFICIENTS times the features of `kernels.pair_features`, and what the days
between the two publications add where both are known. A later event with the same people shares names and topic, but
few figures, other weekdays and days of the year, and less of the wording.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.align import frequencies
from dedup.candidates.tfidf import Terms, batch_idf, neighbours, sublinear
from dedup.model import UNKNOWN_DATE
from dedup.stories import kernels
from dedup.stories.kernels import StoryModel, Weighed

# Logistic regression by `python -m benchmarks.story_fit`, on two kinds of pairs: 184 of the English pairs of SemEval
# 2022 task 8 (graded by people: up to 2 "one event", from 2.75 not), weight 20 each; and 24,592 pairs of US news of
# November and December 2016 that are near by TF-IDF and from two sites, labelled by their dates alone (at most a day
# apart: one event; a week and more: another one of the same topic). The first kind teaches what is alike, the second
# what tells a later event from this one; either alone fails at the other's work.
COEFFICIENTS = {
    "cosine": 1.99,
    "lead": 0.77,
    "names": 2.18,
    "figures": 1.52,
    "weekdays": 2.55,
    "days": 0.36,
    "constant": 1.71,
}
# Rejected: the cosine itself instead of its logarithm (correlation with people .71 instead of .75); names by cosine,
# the sum of the rarest shared terms, the cosine of what is no name, months (nothing gained); whole words (see STEM).
FEATURES = tuple(COEFFICIENTS)[:-1]
TIME = ((1.0, 1.0), (2.0, 0.0), (3.0, -1.0), (4.0, -2.5), (5.0, -4.0), (7.0, -6.0))
"""Days between two publications, and what they add. Measured on pairs of the same US news, against the days between any
two texts: with a score above 3 3.4 up to a day, 1.6 to 1.5 days, 0.3 to 2, -0.6 to 3, -2.7 to 5, -6 and less beyond;
with a score of 2 to 3, of which some are no story, 3.2, 1.7, 1.1, -0.1, -0.8, -1.5. Near dates add less here, for a
batch may be one day's."""
LIMIT = 4.0
"""What the texts say is cut off here: copies shall not outvote the others of a group, nor the dates."""
THRESHOLD = 1.0
"""Score from which two texts, or on average two groups, are one story. Of 86 stories of the US news that were
read, 64 were right and 10 in part; at 0.5, 31 and 5 of 45."""
SAMPLE = 12
"""Members of a group that speak for it when it may be joined with another."""
NEIGHBOURS, LEAST = 20, 0.15
"""Candidates of each text: its nearest by cosine, and the least cosine. No pair of one story in the labelled data that
reaches THRESHOLD has less than 0.2."""


@dataclass(frozen=True, slots=True)
class Stories:
    """What belongs together, and the pairs that say so."""

    groups: list[list[int]]
    """Places of the texts, two or more a story; each sorted, in order of the first."""
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    """(p,) pairs within a story that reach the threshold, left < right, sorted."""
    scores: NDArray[np.float64]
    """(p,) log-odds."""


def weigh(found: Terms, *, fixed: bool = False) -> Weighed:
    """Weigh the terms by the document frequencies of these texts and of the background; with `fixed` by those of the
    background alone: scores then depend on no other texts.
    """
    idf = frequencies.idf(found.ids) if fixed else batch_idf(found, frequencies.idf)
    weights = idf * sublinear(found.counts)
    made = Weighed(found.starts, found.ids, found.kinds, idf, weights, np.zeros((len(found), 6), np.float32))
    kernels.story_totals(made)
    return made


def features(made: Weighed, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float32]:
    """(p, 6) features of pairs of texts, in the order of FEATURES."""
    out = np.zeros((len(left), len(FEATURES)), np.float32)
    kernels.pair_features(made, left, right, out)
    return out


def _model() -> StoryModel:
    days, odds = (np.array(column) for column in zip(*TIME, strict=True))
    return StoryModel(UNKNOWN_DATE, np.array(list(COEFFICIENTS.values())), days, odds, LIMIT)


def scores(
    made: Weighed, left: NDArray[np.int64], right: NDArray[np.int64], dates: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """(p,) log-odds that each pair is one story; `dates` (n,) seconds since 1970, `UNKNOWN_DATE` where not known."""
    known = np.full(len(made.totals), UNKNOWN_DATE) if dates is None else dates
    out = np.zeros(len(left))
    kernels.story_scores(features(made, left, right), left, right, known, _model(), out)
    return out


def stories(
    found: Terms, dates: NDArray[np.int64], pool: Executor, candidates: NDArray[np.uint64] | None = None,
    threshold: float = THRESHOLD, apart: NDArray[np.uint64] | None = None,
) -> Stories:  # fmt: skip
    """The stories among n texts (one a cluster of copies: its representative).

    `dates` (n,) are seconds since 1970, `UNKNOWN_DATE` where not known. `candidates`, packed row << 32 | larger row,
    are the pairs to look at: by default the TF-IDF neighbours. Those `apart` are known to be about two events.
    Deterministic.
    """
    if candidates is None:
        candidates, _ = neighbours(found, NEIGHBOURS, pool, LEAST, frequencies.idf)
    if apart is not None:
        candidates = np.setdiff1d(candidates, apart)
    made = weigh(found)
    left, right = (candidates >> np.uint64(32)).astype(np.int64), (candidates & np.uint64(0xFFFFFFFF)).astype(np.int64)
    score = scores(made, left, right, dates)
    good = np.flatnonzero(score >= threshold)
    order = good[np.argsort(-score[good], kind="stable")]
    group = np.zeros(len(found), np.int64)
    kernels.link_stories(made, left[order], right[order], dates, _model(), threshold, SAMPLE, group)
    inside = good[group[left[good]] == group[right[good]]]
    return Stories(_members(group), left[inside], right[inside], score[inside])


def _members(group: NDArray[np.int64]) -> list[list[int]]:
    """Texts of each group that has more than one."""
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    return [part.tolist() for part in parts if len(part) > 1]
