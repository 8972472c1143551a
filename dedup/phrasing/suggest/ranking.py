"""Which of the alternatives that a thesaurus lists for some words is likely in their context, and how likely.

A conditional logit over the alternatives and leaving all as it is (McFadden, "Conditional logit analysis of qualitative
choice behavior", 1974). What it knows of each: the log probability that the words and the two behind them win in the
reference, and in the pairs of general English; what the thesaurus takes it to be worth; how many words it adds; and
what it would win elsewhere in the text, for a spinner puts one and the same word in the place of another all through a
text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.phrasing.reference.model import LEVELS
from dedup.phrasing.suggest.alternative_kernels import Probabilities
from dedup.phrasing.suggest.ranking_kernels import ChangeRules

if TYPE_CHECKING:
    from dedup.phrasing.scoring.reference_columns import ReferenceColumns

WEIGHTS = np.array([0.234, 0.162, 1.153, -0.306, 0.049])
"""Of what is known of an alternative (ODDS …), learned by `python -m benchmarks.suggestion_fit`."""
ODDS, GENERAL, WORTH, LONGER, ELSEWHERE = range(5)
LEAST_CHANCE = 0.25
"""Chance of an alternative, among all that change some of the same words, from which it is taken."""
STAY = 0.54
"""What leaving all as it is is worth."""
LENGTH = 0.9
"""Nats that a word more is given: longer wordings are less probable and not worse (`wording`)."""
LEAST_GAIN = 0.7
"""Nats from which a change is an improvement."""
RULES = ChangeRules(WEIGHTS, STAY, LEAST_CHANCE, LEAST_GAIN, LENGTH)


def known(columns: ReferenceColumns) -> Probabilities:
    """What gives words their probability, by a reference and by general English."""
    return Probabilities(columns.model, columns.general, LEVELS, columns.occurrences)
