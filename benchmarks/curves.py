"""How well a score tells two kinds apart, and whether it means what it says: on arrays, with nothing but numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
RATES = (0.0, *(round(float(rate), 5) for rate in np.geomspace(0.001, 1.0, 61)))
"""False-positive rates at which a curve is drawn."""
TENTHS = 10
DRAWS = 200
"""Bootstrap samples of an interval."""


def auc(positive: Values, negative: Values) -> float:
    """Chance that one of `positive` is above one of `negative`; equal ones count half."""
    below = np.sort(negative)
    places = np.searchsorted(below, positive, "left") + np.searchsorted(below, positive, "right")
    return float(places.sum() / (2 * len(positive) * len(negative)))


def interval(positive: Values, negative: Values, seed: int = 1) -> tuple[float, float]:
    """Where 95 % of the AUCs of bootstrap samples lie."""
    rng = np.random.default_rng(seed)
    drawn = [auc(rng.choice(positive, len(positive)), rng.choice(negative, len(negative))) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def limit(negative: Values, rate: float) -> float:
    """The lowest value that at most the share `rate` of `negative` is above."""
    return float(np.sort(negative)[::-1][min(int(rate * len(negative)), len(negative) - 1)])


def found(positive: Values, negative: Values, rate: float = 0.01) -> float:
    """Share of `positive` that is above what at most the share `rate` of `negative` is above."""
    return float((positive > limit(negative, rate)).mean())


def roc(positive: Values, negative: Values, rates: Sequence[float] = RATES) -> list[float]:
    """What is found at each false-positive rate."""
    return [1.0 if rate >= 1 else found(positive, negative, rate) for rate in rates]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Scores by tenths, against how often they were right. Tenths without a text are left out."""

    said: list[float]
    """Mean score."""
    true: list[float]
    """Share of positives."""
    share: list[float]
    """Of all texts, weighted."""
    count: list[int]
    error: float
    """Mean distance of `said` and `true`, weighted."""
    brier: float
    """Mean squared distance of score and truth, weighted."""


def reliability(positive: Values, negative: Values, prevalence: float) -> Reliability:
    """Of scores in [0, 1], on a mixture in which the share `prevalence` is positive."""
    scores = np.concatenate((positive, negative))
    truth = np.repeat((1.0, 0.0), (len(positive), len(negative)))
    weights = np.repeat((prevalence / len(positive), (1 - prevalence) / len(negative)), (len(positive), len(negative)))
    tenth = np.minimum((scores * TENTHS).astype(np.int64), TENTHS - 1)
    share, said, true = (np.bincount(tenth, weights * x, TENTHS) for x in (np.ones(len(scores)), scores, truth))
    count = np.bincount(tenth, minlength=TENTHS)
    held = count > 0
    return Reliability(
        (said[held] / share[held]).tolist(), (true[held] / share[held]).tolist(), share[held].tolist(),
        count[held].tolist(), float(np.abs(said - true).sum()), float((weights * (scores - truth) ** 2).sum()),
    )  # fmt: skip
