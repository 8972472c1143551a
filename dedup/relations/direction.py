"""Which side of an edge is the copy, how sure that is, and why.

Each reason is worth log odds; they are added up. Wording is judged elsewhere (`phrasing.scoring.wording`) and comes in
as numbers; two texts that are both worded worse than the other in many places are two rewritings of a third. Wording
that is open between the two says nothing, and against the dates it speaks only where it is beyond doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dedup.model import BOTH, UNDECIDED
from dedup.relations.reasons import ADDED, HIDDEN, INSIDE, LATER, LOST, MARKED, SHORT, WORDING
from dedup.relations.relation import EXCERPT, NEAR, REWRITTEN, SPUN

WORDING_SCALE, WORDING_MOST = 0.25, 6.0
"""Substitutions of one article are not independent (one choice for an entry): their log odds count a quarter, and
all together at most so much."""
TEXT_MOST = 2.0
"""How much worse one text is worded as a whole counts at most: it says who rewrote, where one of the two did."""
EDITED_MOST = 1.5
"""The same where the copy is not spun: an editor's changes make no text worse (another spelling, "lorries" for
"trucks"), so that the date weighs more. And where wording contradicts the date and is not beyond doubt."""
BEYOND_DOUBT, MUCH, TEXT_AGREES = 4.0, 40.0, 1.0
"""Log odds from which wording counts in full against the date, if it has this weight, and one text is by so much the
worse as a whole."""
MARKS, DATE, EXCERPT_SIDE, SHORTER = 3.0, 2.0, 4.0, 0.3
"""Log odds for: only the other side has scraper marks; it was published later; it stands in this one; it is shorter
by a tenth or more."""
SURE = 0.4
"""Log odds below which the direction is left open: 60 to 40."""
ONE_OFFSET, ONE_AGREED, ONE_TEXT = -7.0, 11.5, 3.6
"""Log odds that one of two texts is the source of the other, against that both rewrite a third: by the share of the
wording's weight that agrees, and by how much worse the whole text of the copy is, for the root of that weight. Logistic
regression on 3,100 pairs of US and Reuters news spun with WordNet, among them with replacements that the reference has
seldom or very often seen; one more for the source, which is seldom missing. Of copies beside their source .7 % are then
open and .2 % called two rewritings, of two rewritings 86 % are, and 7 % called one.
"""
BOTH_WEIGHT, BOTH_SURE, BOTH_AGREED = 12.0, 0.7, 0.51
"""Two rewritings: there is enough wording, the odds are against one source by so much (2 to 1), and no more than this
share of the weight agrees. Between that and one source, wording is open: a program that paraphrases whole sentences
into common words is the better worded in a quarter of the places."""
LEAN_AGREED, LEAN_ALIKE, LEAN_LEAST = (0.25, 0.8), (1.02, 1.1), 1.25
"""Shares of the wording's weight that agree from which the better worded of two near-duplicates is kept, where the
longer one has at most so many times the words of the other: of texts of one length a little says enough."""
OBFUSCATED = 7.0
"""The same for: only the other side has look-alike letters or hidden characters. Nobody does that to a text of his own:
it outweighs wording."""
LEAN_LEFT, LEAN_RIGHT = 32, 64
"""Bits of `Directions.reasons` beside those of `reasons`, where no date tells and the direction is open or does not
count: this side shows more signs of rewriting than the other, which is no verdict, but enough to keep the other one."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a direction in m pairs; positive numbers and 1 speak for the left side being the source."""

    odds: NDArray[np.float64]
    weight: NDArray[np.float64]
    """Of the wording, see `phrasing.scoring.wording.Wording`."""
    marked: NDArray[np.int8]
    """1 where only the right side has scraper marks, -1 where only the left one has, else 0."""
    later: NDArray[np.int8]
    """1 where the right side was published later, -1 earlier, 0 where not known."""
    longer: NDArray[np.float64]
    """Words of the left side / words of the right side."""
    text: NDArray[np.float64]
    """How much worse the right side is worded as a whole (log odds of being mangled), 0 where not known."""
    obfuscated: NDArray[np.int8] = field(default_factory=lambda: np.zeros(1, np.int8))
    """1 where only the right side has look-alike letters or hidden characters, -1 where only the left one, else 0."""
    rewrite: NDArray[np.float64] = field(default_factory=lambda: np.zeros((1, 2)))
    """(m, 2) log odds that the right side is the rewrite, by what it lost and what it added (`rewriting_direction`)."""


@dataclass(frozen=True, slots=True)
class Directions:
    """Of m pairs."""

    side: NDArray[np.int8]
    """0: the left side is the copy, 1: the right side, UNDECIDED or BOTH."""
    confidence: NDArray[np.float64]
    """Probability that it is, 0.5 to 1; 0 where undecided."""
    reasons: NDArray[np.int16]
    """Bits of REASONS that speak for it, and LEAN_LEFT or LEAN_RIGHT."""

    @property
    def leaning(self) -> NDArray[np.int8]:
        """(m,) the side that looks more like the copy where that is no verdict; else UNDECIDED."""
        right = np.where(self.reasons & LEAN_RIGHT, 1, UNDECIDED)
        return np.where(self.reasons & LEAN_LEFT, 0, right).astype(np.int8)

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
    one = _one_source(signs)
    raw = np.clip(signs.odds * WORDING_SCALE, -WORDING_MOST, WORDING_MOST)
    raw = raw + np.where(codes == SPUN, np.clip(signs.text, -TEXT_MOST, TEXT_MOST), 0.0)
    size = np.where(signs.longer >= 1.1, 1.0, np.where(signs.longer <= 1 / 1.1, -1.0, 0.0))
    style = signs.rewrite * ((codes == REWRITTEN) & (signs.later == 0))[:, None]  # with dates, dates
    inside = np.where(codes == EXCERPT, np.where(signs.longer > 1, 1.0, -1.0), 0.0)
    worth = {
        WORDING: _wording(codes, signs, raw, one), MARKED: signs.marked * MARKS, LATER: signs.later * DATE,
        SHORT: size * SHORTER, INSIDE: inside * EXCERPT_SIDE,
        HIDDEN: signs.obfuscated * np.full(len(codes), OBFUSCATED), LOST: style[:, 0], ADDED: style[:, 1],
    }  # fmt: skip
    total = np.sum(list(worth.values()), axis=0)
    side = np.where(np.abs(total) < SURE, UNDECIDED, np.where(total > 0, 1, 0)).astype(np.int8)
    reasons = np.zeros(len(codes), np.int16)
    for bit, value in worth.items():
        reasons |= np.where((value * np.sign(total) > 0.1) & (side >= 0), bit, 0).astype(np.int16)
    confidence = np.where(side >= 0, _probability(np.abs(total)), 0.0)
    open_ = np.abs(signs.odds) < BOTH_AGREED * signs.weight
    both = (codes == SPUN) & (signs.obfuscated == 0) & (signs.weight >= BOTH_WEIGHT) & (one < -BOTH_SURE) & open_
    side[both], reasons[both], confidence[both] = BOTH, WORDING, _probability(-one[both])
    return Directions(side, confidence, reasons | _leaning(codes, signs, raw, side))


def _one_source(signs: Signs) -> NDArray[np.float64]:
    """(m,) log odds that one side is the source, the one that the wording names, against two rewritings."""
    weight = np.maximum(signs.weight, 1e-9)
    worse = np.where(signs.odds >= 0, signs.text, -signs.text)
    agreed = np.minimum(np.abs(signs.odds) / weight, 1.0)
    return ONE_OFFSET + ONE_AGREED * agreed + ONE_TEXT * worse / np.sqrt(np.maximum(weight, 1.0))


def _wording(
    codes: NDArray[np.int8], signs: Signs, raw: NDArray[np.float64], one: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(m,) what the wording is worth: of spun copies no more than it is sure that there is one source at all."""
    enough = (codes == SPUN) & (signs.weight >= BOTH_WEIGHT)
    most = np.where(enough, np.maximum(one, 0.0), np.where(codes == SPUN, WORDING_MOST, EDITED_MOST))
    found = np.clip(raw, -most, most)
    sure = (np.abs(found) >= BEYOND_DOUBT) & (signs.weight >= MUCH) & (signs.text * np.sign(found) >= TEXT_AGREES)
    doubtful = (found * signs.later < 0) & ~sure
    return np.where(doubtful, np.clip(found, -EDITED_MOST, EDITED_MOST), found)


def _leaning(
    codes: NDArray[np.int8], signs: Signs, raw: NDArray[np.float64], side: NDArray[np.int8]
) -> NDArray[np.int16]:
    """(m,) bits LEAN_LEFT, LEAN_RIGHT."""
    spun = (codes == SPUN) & (side < 0) & (np.abs(raw) >= SURE)
    size, weight = np.abs(np.log(signs.longer)), np.abs(raw)
    agreed = np.abs(signs.odds) / np.maximum(signs.weight, 1e-9)
    same = (size <= np.log(LEAN_ALIKE[0])) & (agreed >= LEAN_AGREED[0]) & (weight >= LEAN_LEAST)
    alike = (size < np.log(LEAN_ALIKE[1])) & (agreed >= LEAN_AGREED[1]) & (weight >= EDITED_MOST)
    near = (codes == NEAR) & (same | alike) & (raw * signs.marked >= 0)
    leaning = np.where((spun | near) & (signs.later == 0), np.sign(raw), 0)
    leaning = np.where(signs.obfuscated != 0, signs.obfuscated, leaning)
    return np.where(leaning > 0, LEAN_RIGHT, np.where(leaning < 0, LEAN_LEFT, 0)).astype(np.int16)


def _probability(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = 1 / (1 + np.exp(-odds))
    return found
