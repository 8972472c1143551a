"""Which side of an edge is the copy, how sure that is, and why.

Each reason is worth log odds; they are added up. Wording is judged elsewhere (`phrasing.wording`) and comes in as
numbers; two texts that are both worded worse than the other in many places are two rewritings of a third.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dedup.match.relation import EXCERPT, SPUN
from dedup.model import BOTH, UNDECIDED

WORDING_SCALE, WORDING_MOST = 0.25, 6.0
"""Substitutions of one article are not independent (one choice for an entry): their log odds count a quarter, and
all together at most so much."""
EDITED_MOST = 1.5
"""The same where the copy is not spun: an editor's changes make no text worse (another spelling, "lorries" for
"trucks"), so that the date weighs more."""
MARKS, DATE, EXCERPT_SIDE, SHORTER = 3.0, 2.0, 4.0, 0.3
"""Log odds for: only the other side has scraper marks; it was published later; it stands in this one; it is shorter
by a tenth or more."""
SURE = 0.4
"""Log odds below which the direction is left open: 60 to 40."""
BOTH_SHARE, BOTH_WEIGHT = 0.52, 12.0
"""Two rewritings: the sum of log odds is at most this share of the sum of their absolute values, and there is enough
of them. Of 6,000 spun copies beside their source (shares 1, .5, .25) .7 to 1.3 % fall below, of pairs of two spins
95.6 to 97.4 % do at shares 1 and .5, 93 to 94 % at .25."""
OBFUSCATED = 7.0
"""The same for: only the other side has look-alike letters or hidden characters. Nobody does that to a text of his own:
it outweighs wording."""
WORDING, MARKED, LATER, SHORT, INSIDE, HIDDEN = 1, 2, 4, 8, 16, 32
REASONS = {
    WORDING: "its wording is the rarer in what differs",
    MARKED: "it has the marks of a scraper",
    LATER: "published later",
    SHORT: "the less complete",
    INSIDE: "the shorter one: it stands in the other",
    HIDDEN: "it has look-alike letters or hidden characters",
}
"""Bits of `Directions.reasons`."""
BOTH_REASON = "each is worded worse than the other in places: both rewrite a third text"


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a direction in m pairs; positive numbers and 1 speak for the left side being the source."""

    odds: NDArray[np.float64]
    weight: NDArray[np.float64]
    """Of the wording, see `phrasing.wording.Wording`."""
    marked: NDArray[np.int8]
    """1 where only the right side has scraper marks, -1 where only the left one has, else 0."""
    later: NDArray[np.int8]
    """1 where the right side was published later, -1 earlier, 0 where not known."""
    longer: NDArray[np.float64]
    """Words of the left side / words of the right side."""
    obfuscated: NDArray[np.int8] = field(default_factory=lambda: np.zeros(1, np.int8))
    """1 where only the right side has look-alike letters or hidden characters, -1 where only the left one, else 0."""


@dataclass(frozen=True, slots=True)
class Directions:
    """Of m pairs."""

    side: NDArray[np.int8]
    """0: the left side is the copy, 1: the right side, UNDECIDED or BOTH."""
    confidence: NDArray[np.float64]
    """Probability that it is, 0.5 to 1; 0 where undecided."""
    reasons: NDArray[np.int8]
    """Bits of REASONS that speak for it."""

    def take(self, which: NDArray[np.intp]) -> Directions:
        """Those of some pairs, in the order of `which`."""
        return Directions(self.side[which], self.confidence[which], self.reasons[which])

    @staticmethod
    def joined(parts: Sequence[Directions]) -> Directions:
        """Those of all parts, one after the other."""
        return Directions(
            np.concatenate([part.side for part in parts]),
            np.concatenate([part.confidence for part in parts]),
            np.concatenate([part.reasons for part in parts]),
        )


def directions(codes: NDArray[np.int8], signs: Signs) -> Directions:
    """Decide for pairs with relations `codes` (m,)."""
    most = np.where(codes == SPUN, WORDING_MOST, EDITED_MOST)
    wording = np.clip(signs.odds * WORDING_SCALE, -most, most)
    size = np.where(signs.longer >= 1.1, 1.0, np.where(signs.longer <= 1 / 1.1, -1.0, 0.0))
    inside = np.where(codes == EXCERPT, np.where(signs.longer > 1, 1.0, -1.0), 0.0)
    worth = {
        WORDING: wording, MARKED: signs.marked * MARKS, LATER: signs.later * DATE, SHORT: size * SHORTER,
        INSIDE: inside * EXCERPT_SIDE, HIDDEN: signs.obfuscated * np.full(len(codes), OBFUSCATED),
    }  # fmt: skip
    total = np.sum(list(worth.values()), axis=0)
    side = np.where(np.abs(total) < SURE, UNDECIDED, np.where(total > 0, 1, 0)).astype(np.int8)
    reasons = np.zeros(len(codes), np.int8)
    for bit, value in worth.items():
        reasons |= np.where((value * np.sign(total) > 0.1) & (side >= 0), bit, 0).astype(np.int8)
    confidence = np.where(side >= 0, 1 / (1 + np.exp(-np.abs(total))), 0.0)
    both = (
        (codes == SPUN)
        & (signs.obfuscated == 0)
        & (signs.weight >= BOTH_WEIGHT)
        & (np.abs(signs.odds) < BOTH_SHARE * signs.weight)
    )
    side[both], reasons[both] = BOTH, WORDING
    confidence[both] = 1 - 0.5 * np.abs(signs.odds[both]) / (BOTH_SHARE * signs.weight[both])
    return Directions(side, confidence, reasons)
