"""The rule that names a relation, from what two texts share (`verify`) and how they align (`align`).

Thresholds, and where they come from. "Spun" are stories of ten US outlets (2016) put through our own spinner with a
WordNet vocabulary at shares 1, .5 and .25; "syndicated" are the 67 natural pairs of two outlets with 3-shingle
containment >= .6; "others" are 948 pairs that share less than .4 of their 3-shingles. Quantiles are of the first and
last percent; `python -m benchmarks rewritten` measures what comes of them on texts and a vocabulary not seen here.

| name         | value | spun (1 / .5 / .25)     | syndicated | others  | what it says                                 |
|--------------|------:|-------------------------|-----------:|--------:|----------------------------------------------|
| KEPT         |   .50 | > .63 / .76 / .85       |      > .65 |  < .43  | kept words / words of the shorter text       |
| KEPT_SPUN    |   .42 | as above                |          – |       – | the same, where substitutions look spun      |
| ALIGNED      |   .60 | > .90                   |      > .67 |  < .52  | words in aligned passages / words, shorter   |
| WHOLE        |   .55 | > .70                   |      > .25 |       – | the same of the longer text: else an excerpt |
| DENSITY      |  .035 | > .11 / .053 / .021     |     < .049 |       – | substitutions that are no spelling / words   |
| SPREAD       |   .40 | > .71 / .55 / .28       |     < .60  |       – | sentences with a substitution / sentences    |
| SLOTS        |   .85 | > .93                   |  median .6 |       – | substitutions that keep the gap's length     |
| CHANGES      |     4 | > 18 / 9 / 4            |  median 2  |       – | substitutions that are no spelling           |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.match import align_kernels as k
from dedup.match.verify import Overlaps
from dedup.model import RELATIONS, Relation

EXCERPT_SHINGLES = 20
"""Distinct shingles below which nothing is called an excerpt: a stock phrase or a headline is no copy. With 5-grams
that is 24 words; the shortest items of the newswires in the labelled data have about 30."""
KEPT, KEPT_SPUN, ALIGNED, WHOLE = 0.50, 0.42, 0.60, 0.55
DENSITY, SPREAD, SLOTS, CHANGES = 0.035, 0.40, 0.85, 4
KEPT_WORDS = 20
"""Kept words below which an alignment proves nothing: a headline, a stock phrase."""
FORM_NUMBERS, FORM_SHARE = 3, 0.5
"""A recurring form (weather, lottery, market report): at least so many numbers have other digits in the same place, and
they are at least this share of the numbers that have a counterpart."""
NUMERIC, SAME_NUMBERS = 0.4, 0.75
"""Share of words with digits from which a text is a table. Tables align with anything, so they are copies only if so
many of the numbers are the same, in the same order, or if they share shingles."""
NONE = -1
NEAR, EXCERPT, SPUN = (RELATIONS.index(r) for r in (Relation.NEAR_DUPLICATE, Relation.EXCERPT, Relation.SPUN))
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shares:
    """What the rule looks at, (m,) float64 each."""

    kept: NDArray[np.float64]
    aligned: NDArray[np.float64]
    """Of the shorter text."""
    whole: NDArray[np.float64]
    """Of the longer text."""
    density: NDArray[np.float64]
    spread: NDArray[np.float64]
    slots: NDArray[np.float64]
    changes: NDArray[np.float64]


def shares(figures: NDArray[np.int32]) -> Shares:
    """From the figures of m pairs."""
    f = figures.astype(np.float64)
    words_a, words_b = np.maximum(f[:, k.WORDS_A], 1), np.maximum(f[:, k.WORDS_B], 1)
    of_a, of_b = (f[:, k.KEPT_WORDS] + f[:, k.CHANGED_A]) / words_a, (f[:, k.KEPT_WORDS] + f[:, k.CHANGED_B]) / words_b
    first, same = words_a < words_b, words_a == words_b
    changes = f[:, k.CHANGES] - f[:, k.LIKE_SPELT]
    return Shares(
        kept=f[:, k.KEPT_WORDS] / np.minimum(words_a, words_b),
        aligned=np.where(same, np.maximum(of_a, of_b), np.where(first, of_a, of_b)),
        whole=np.where(same, np.minimum(of_a, of_b), np.where(first, of_b, of_a)),
        density=changes / np.maximum(f[:, k.KEPT_WORDS] + f[:, k.CHANGED_A], 1),
        spread=f[:, k.CHANGED_SENTENCES] / np.maximum(f[:, k.SENTENCES], 1),
        slots=f[:, k.IN_SLOT] / np.maximum(f[:, k.CHANGES], 1),
        changes=changes,
    )


def similarity(figures: NDArray[np.int32], codes: NDArray[np.int8]) -> NDArray[np.float64]:
    """(m,) aligned share: words in aligned passages / words, of both texts; for excerpts of the shorter one."""
    f = figures.astype(np.float64)
    aligned = 2 * f[:, k.KEPT_WORDS] + f[:, k.CHANGED_A] + f[:, k.CHANGED_B]
    both = aligned / np.maximum(f[:, k.WORDS_A] + f[:, k.WORDS_B], 1)
    return np.where(codes == EXCERPT, shares(figures).aligned, both)


def closeness(figures: NDArray[np.int32]) -> NDArray[np.float64]:
    """(m,) how closely the shorter text follows the other, 1 for the same text: its kept words, of which those in long
    stretches count more.

    It ranks how much of a copy was rewritten (`benchmarks.clough`) where `similarity` tells how much is a copy: stories
    spun at shares 1 / .5 / .25 are .24 / .56 / .76 in the median, syndicated ones .75, independent reports .12.
    """
    words = np.maximum(np.minimum(figures[:, k.WORDS_A], figures[:, k.WORDS_B]), 1)
    return np.minimum(figures[:, k.CLOSENESS] / 16 * (1 + k.STRETCH_HALF / words) / words, 1.0)


def is_form(figures: NDArray[np.int32]) -> Flags:
    """Pairs that are one form filled in twice: most numbers differ in their places."""
    changed = figures[:, k.NUMBERS_CHANGED]
    return (changed >= FORM_NUMBERS) & (changed >= FORM_SHARE * (changed + figures[:, k.NUMBERS_KEPT]))


def hopeful(figures: NDArray[np.int32]) -> Flags:
    """Pairs that can be copies by their alignment alone."""
    return figures[:, k.KEPT_WORDS] >= KEPT_SPUN * np.minimum(figures[:, k.WORDS_A], figures[:, k.WORDS_B])


def is_spun(found: Shares) -> Flags:
    """Substitutions are many, everywhere, and each keeps its slot."""
    many = (found.density >= DENSITY) & (found.changes >= CHANGES)
    return many & (found.spread >= SPREAD) & (found.slots >= SLOTS)


@dataclass(frozen=True, slots=True)
class Rule:
    """The settings of the rule."""

    threshold: float
    """Jaccard of near-duplicates."""
    containment: float
    """Of excerpts."""
    excerpts: bool

    def by_shingles(self, pairs: Overlaps) -> NDArray[np.int8]:
        """(m,) index into `model.RELATIONS` of each pair by shingles alone, -1 where the pair is no copy."""
        codes = np.full(len(pairs.left), NONE, np.int8)
        if self.excerpts:
            long_enough = np.minimum(pairs.left_size, pairs.right_size) >= EXCERPT_SHINGLES
            codes[(pairs.containment >= self.containment) & long_enough] = EXCERPT
        codes[(pairs.jaccard >= self.threshold) & (pairs.shared > 0)] = NEAR
        return codes

    def by_alignment(self, pairs: Overlaps, figures: NDArray[np.int32]) -> NDArray[np.int8]:
        """The same by shingles and the (m, FIGURES) figures of their alignment."""
        codes, found = self.by_shingles(pairs), shares(figures)
        spun = is_spun(found)
        table = figures[:, k.NUMBERS] >= NUMERIC * figures[:, k.WORDS_A]
        table &= figures[:, k.NUMBERS_KEPT] < SAME_NUMBERS * figures[:, k.NUMBERS]
        enough = found.kept >= np.where(spun, KEPT_SPUN, KEPT)
        copied = enough & (found.aligned >= ALIGNED) & (figures[:, k.KEPT_WORDS] >= KEPT_WORDS) & ~table
        whole = found.whole >= WHOLE
        if self.excerpts:
            codes[copied & ~whole & (codes == NONE)] = EXCERPT
        codes[copied & whole & (codes != NEAR)] = NEAR
        codes[copied & spun] = SPUN
        codes[is_form(figures)] = NONE
        return codes
