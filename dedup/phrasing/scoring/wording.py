"""Which of two wordings of the same thing is the worse: the words that differ, judged in their texts by a reference."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dedup.columns import ReadText
from dedup.phrasing.reference.kernels import NAME, OTHER, WORDS

if TYPE_CHECKING:
    from dedup.phrasing.scoring.scorer import Scorer, Stretches, WordScores

INSIDE_GAIN, AFTER_GAIN, LENGTH_LOSS, MOST = 0.431, 0.223, 0.896, 4.0
"""Log odds that a side is the source, per unit of log probability of its words, of the words after them, and per word
that it is longer; at most MOST a substitution. Logistic regression on 29,000 substitutions of 900 spun US news stories
(WordNet vocabulary, shares 1, .5 and .25): 85 % of single substitutions are judged right."""
UNKNOWN_EACH, UNKNOWN_SEEN = 1.5, 1000.0
"""Occurrences of each word outside of the vocabulary, about: so many words share what their class has. Without it a
garbled word would be likelier than the rare one it was made of. Of a class that was seldom seen that is not known."""
EXPECTED = 3.0
"""The same for each word that the net of the scorer expects the other side to have replaced."""
AFTER = 2
"""Words after a span whose probability depends on it, in a model of triples."""
PAIRS = 64
"""Pairs that are judged at once."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What the substitutions of m pairs say of the direction. All (m,) float64."""

    odds: NDArray[np.float64]
    """Sum of log odds that the left side is the source; negative: the right side."""
    weight: NDArray[np.float64]
    """Sum of their absolute values: nearly as large where all substitutions agree, far larger where they do not."""
    mangled: NDArray[np.float64]
    """(m, 2) log odds that each whole text is mangled; nan where that was not asked or cannot be told."""

    @staticmethod
    def nothing(count: int) -> Wording:
        """Of pairs of whose wording nothing is known."""
        return Wording(np.zeros(count), np.zeros(count), np.full((count, 2), np.nan))


@dataclass(frozen=True, slots=True)
class AlignedPairs:
    """m pairs of rows and their alignments."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    """(m,) rows."""
    blocks: NDArray[np.int32]
    kept: NDArray[np.int64]
    """(m + 1,) the blocks of pair p are `blocks[kept[p] : kept[p + 1]]`."""
    replaced: int
    """Kind of the blocks that are substitutions."""


def compare(
    pairs: AlignedPairs, read: ReadText, left_out: NDArray[np.int64], scorer: Scorer, pool: Executor,
    whole: NDArray[np.bool_] | None = None,
) -> Wording:  # fmt: skip
    """Compare the wordings of pairs. `left_out` (rows,) names for each row the one that the reference is to forget, -1
    for none. Of pairs in `whole` (m,) the texts are judged as wholes, too; that takes longer. Nothing is said of a pair
    whose language the reference does not know.
    """
    from dedup.phrasing.scoring.scorer import head

    left, right, blocks, kept = pairs.left, pairs.right, pairs.blocks, pairs.kept
    whole = np.zeros(len(left), bool) if whole is None else whole
    seen = scorer.columns.frequencies[:WORDS].astype(np.float64)
    shared = np.log(np.maximum(seen / UNKNOWN_EACH, 1.0)) * seen / (seen + UNKNOWN_SEEN)
    odds, known, mangled = np.zeros(len(blocks)), np.zeros(len(left), bool), np.full((len(left), 2), np.nan)

    def one(part: NDArray[np.int64]) -> None:
        rows, local = np.unique(np.concatenate((left[part], right[part])), return_inverse=True)
        sizes = kept[part + 1] - kept[part]
        pair = np.repeat(np.arange(len(part)), sizes)
        chosen = np.repeat(kept[part] - np.cumsum(sizes) + sizes, sizes) + np.arange(len(pair))
        substituted = blocks[chosen, 0] == pairs.replaced
        chosen, pair = chosen[substituted], pair[substituted]
        texts = [local[pair + side * len(part)] for side in range(2)]
        places = [blocks[chosen, 1 + 2 * side : 3 + 2 * side] for side in range(2)]
        everything = bool(whole[part[0]])
        wanted = None if everything else _stretches(np.concatenate(texts), np.concatenate(places), len(rows))
        judged = scorer.judge(*with_left_out(rows, left_out, lambda row: head(read(row))), wanted=wanted)
        sides = [_worth(judged, shared, *side) for side in zip(texts, places, strict=True)]
        odds[chosen] = np.clip(sides[0] - sides[1], -MOST, MOST)
        known[part] = scorer.knows(judged)[local].reshape(2, -1).all(axis=0)
        if everything:
            mangled[part] = scorer.mangled_odds(judged)[local].reshape(2, -1).T

    groups = [np.flatnonzero(whole), np.flatnonzero(~whole)]
    parts = [part for group in groups if len(group) for part in np.array_split(group, -(-len(group) // PAIRS))]
    for _ in pool.map(one, parts):
        pass
    totals = [np.add.reduceat(np.append(values, 0), kept[:-1]) * (np.diff(kept) > 0) for values in (odds, np.abs(odds))]
    mangled[~known] = np.nan
    return Wording(np.where(known, totals[0], 0.0), np.where(known, totals[1], 0.0), mangled)


def _stretches(texts: NDArray[np.int64], places: NDArray[np.int32], count: int) -> Stretches:
    """Stretches of bytes (k, 2) of `count` texts (k,), sorted, as the scorer takes them."""
    from dedup.phrasing.scoring.scorer import Stretches

    order = np.lexsort((places[:, 0], texts))
    ends = np.cumsum(np.bincount(texts, minlength=count))
    return Stretches(places[order].astype(np.int64), ends.astype(np.int64), AFTER)


def with_left_out(
    rows: NDArray[np.int64], left_out: NDArray[np.int64], read: ReadText
) -> tuple[list[bytes], NDArray[np.int64]]:
    """The texts of `rows`, behind them those that are to be left out for them, and for each row the number of that."""
    others = left_out[rows]
    extra = np.setdiff1d(others[others >= 0], rows)
    known = np.concatenate((rows, extra))
    order = np.argsort(known, kind="stable")
    places = order[np.searchsorted(known, others, sorter=order).clip(0, len(known) - 1)]
    return [read(row) for row in known.tolist()], np.where(others >= 0, places, -1)


def _worth(
    judged: WordScores, shared: NDArray[np.float64], texts: NDArray[np.int64], places: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Log odds of a source that the words in each stretch of bytes (k, 2) of some texts (k,) have; `shared` (WORDS,)
    log of how many words each class stands for.
    """
    ends = np.cumsum(judged.lengths[:, 0])
    keys = np.repeat(np.arange(len(ends)), judged.lengths[:, 0]) << 32 | judged.spans[:, 0].astype(np.int64)
    begin, end = (np.searchsorted(keys, texts.astype(np.int64) << 32 | places[:, side]) for side in range(2))
    starts = np.cumsum(judged.lengths[:, 1]) - judged.lengths[:, 1]
    ids = judged.streams[np.repeat(starts, judged.lengths[:, 0]) + judged.places]
    unknown = np.where((ids == OTHER) | (ids == NAME), shared[np.minimum(ids, WORDS - 1)], 0.0)
    chances = np.concatenate(([0.0], np.cumsum(judged.chances - unknown, dtype=np.float64)))
    replaced = np.concatenate(([0.0], np.cumsum(1 / (1 + np.exp(-judged.odds.astype(np.float64))))))
    inside, after = chances[end] - chances[begin], chances[np.minimum(end + AFTER, ends[texts])] - chances[end]
    expected = replaced[end] - replaced[begin]
    return INSIDE_GAIN * inside + AFTER_GAIN * after - LENGTH_LOSS * (end - begin) - EXPECTED * expected
