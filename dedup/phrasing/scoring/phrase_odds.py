"""Which of two phrases is the more natural, without a sentence round them: by the words and pairs of general English.

"Profound learning" or "deep learning": both are English, but one of them is common. A linear rule over what the list of
general English says of the words and of their pairs; it knows no phrase, so a rare right term loses against a common
wrong one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.model import LEVELS, Table
from dedup.phrasing.scoring import kernels
from dedup.text.tokens import tokenise

MEAN, RAREST, LENGTH, PAIRS, BOUND, UNKNOWN = 0.14, 0.49, -1.41, 1.05, -0.85, 1.12
"""Log odds of being the natural one, for: mean and least log frequency of the words, each word, mean log frequency of
the pairs, how much more often than by chance pairs stand together, each word that is not in the list. Logistic
regression on the differences of 2,700 tortured phrases (Problematic Paper Screener; every other expected phrase) and
what was expected. The bound counts against a phrase: what it adds to the pairs is the rareness of the words."""
FEW_WORDS, FEW_PAIRS, NO_PAIR = 50.0, 300.0, 3000.0
"""Occurrences in a milliard words that smooth words, pairs, and pairs against chance."""


def weight(phrase: str, general: Table) -> float:
    """How natural a phrase is, to be compared with another one's weight; 0 for one without words."""
    words = tokenise(phrase).hashes
    if not len(words):
        return 0.0
    singles = _counts(words, np.zeros(len(words), np.uint64), general)
    pairs = _counts(words[:-1], words[1:], general)
    logs = np.log(singles + FEW_WORDS)
    by_chance = singles[:-1] * singles[1:] / 1e9
    bound = np.log((pairs + NO_PAIR) / (by_chance + NO_PAIR))
    return float(
        MEAN * logs.mean() + RAREST * logs.min() + LENGTH * len(words)
        + PAIRS * (np.log(pairs + FEW_PAIRS).mean() if len(pairs) else np.log(ALONE))
        + BOUND * (bound.mean() if len(pairs) else 0.0) + UNKNOWN * int((singles == 0).sum())
    )  # fmt: skip


ALONE = 1100.0
"""What stands for the frequency of its pairs in a phrase of one word."""


def _counts(one: NDArray[np.uint64], two: NDArray[np.uint64], general: Table) -> NDArray[np.float64]:
    """Occurrences of words (where `two` is 0) or pairs in a milliard."""
    keys, found = np.empty(len(one), np.uint64), np.empty(len(one), np.uint8)
    kernels.general_keys(one, two, keys)
    kernels.look_up_all(keys, general.offsets, general.remainders, general.counts, general.shift, found)
    return LEVELS[found]
