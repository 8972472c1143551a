"""What two texts are to each other by themselves, without a batch round them: the rule of `compare` and `explain`."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.align import overlap
from dedup.align.alignment import Aligned, align
from dedup.align.rarity import Background, Rarity
from dedup.config import Config
from dedup.model import RELATIONS, Relation
from dedup.relations import relation
from dedup.rewriting import condensed, detection
from dedup.text.arrays import normal_form

ONE, TWO = np.zeros(1, np.int64), np.ones(1, np.int64)
"""The rows of the two texts."""
EXACT = RELATIONS.index(Relation.EXACT)


class RewriteSigns(NamedTuple):
    """What speaks for one text saying the same as the other in other words."""

    words: detection.Words
    odds: float
    """Log odds that one rewrites the other; -inf where the texts are too short, or too much alike, to say."""
    needed: float
    """Log odds from which it does."""
    stretch: NDArray[np.int64]
    """(6,) what one sums up of the other, see `condensed.summaries_of`."""
    summary: condensed.Condensed

    @property
    def rewritten(self) -> bool:
        """Whether one rewrites the other, or sums up the whole of it."""
        return self.summary.whole or self.odds >= self.needed


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """Two texts, and what they are to each other. All columns are of one pair."""

    code: int
    """Index into `RELATIONS`, FORM among them; NONE where they are nothing to each other."""
    alike: NDArray[np.int8]
    """(1,) what they look like before it is asked whether they say the same."""
    rule: relation.RelationRule
    pairs: overlap.Overlaps
    aligned: Aligned
    rarity: Rarity
    rewriting: RewriteSigns


def judge_texts(texts: Sequence[bytes], config: Config) -> PairVerdict:
    """Judge two UTF-8 texts by the rule that a scan follows where pairs are judged each by itself, but for what takes
    more than the two: boilerplate, and how rare their wording is elsewhere. A summary of the whole other text counts as
    rewritten; no scan looks for these.
    """
    match, read = config.match, texts.__getitem__
    sizes = np.array([len(text) for text in texts], np.int64)
    normalised = frozenset(row for row, text in enumerate(texts) if normal_form(string := text.decode()) != string)
    with ThreadPoolExecutor(1) as pool:
        pairs = overlap.overlaps(ONE, TWO, sizes, read, normalised, config.fingerprint.ngram, pool)
        aligned = align(ONE, TWO, sizes, read, pool, blocks=True)
        rarity = Background.none().weigh(ONE, TWO, np.arange(2), sizes, read, pool)
    rule = relation.RelationRule(match.threshold, match.containment, match.excerpts)
    alike = rule.by_alignment(pairs, aligned.figures) if match.rewritten else rule.by_shingles(pairs)
    judged = rule.verdict(pairs, aligned.figures, rarity, alike) if match.rewritten else alike
    signs = _rewrite_signs(texts, look_alike=int(alike[0]) != relation.NONE)
    code = int(judged[0])
    if match.rewritten and signs.rewritten and code in (relation.NONE, relation.FORM):
        code = relation.REWRITTEN
    if _is_short(pairs):
        code = relation.NONE
    if _is_exact(texts):
        code = EXACT
    return PairVerdict(code, alike, rule, pairs, aligned, rarity, signs)


def _rewrite_signs(texts: Sequence[bytes], look_alike: bool) -> RewriteSigns:
    """The signs of a pair; other wording is not what texts that align like copies have to show."""
    words = detection.words_of(list(texts))
    odds = float(detection.odds(detection.features_of(words, ONE, TWO))[0])
    needed = detection.LOOK_ALIKE if look_alike else detection.THRESHOLD
    stretch = condensed.summaries_of(words, ONE, TWO)[0]
    return RewriteSigns(words, odds, needed, stretch, condensed.condensed(words, stretch))


def _is_short(pairs: overlap.Overlaps) -> bool:
    """Whether one of the texts has no shingle: such are compared for exact copies only."""
    return min(int(pairs.left_size[0]), int(pairs.right_size[0])) == 0


def _is_exact(texts: Sequence[bytes]) -> bool:
    """Whether both have the same words; two texts of nothing are no copies."""
    one, two = map(overlap.same_form, texts)
    return one == two != ""
