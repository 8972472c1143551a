"""Which of two wordings of the same thing is the worse: the words that differ, judged in their texts by a reference."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from dedup.phrasing.scorer import Judged, Scorer

ReadText = Callable[[int], bytes]
"""Row -> its text as UTF-8."""
INSIDE_GAIN, AFTER_GAIN, LENGTH_LOSS, MOST = 0.431, 0.223, 0.896, 4.0
"""Log odds that a side is the source, per unit of log probability of its words, of the words after them, and per word
that it is longer; at most MOST a substitution. Logistic regression on 29,000 substitutions of 900 spun US news stories
(WordNet vocabulary, shares 1, .5 and .25): 85 % of single substitutions are judged right."""
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


def compare(
    left: NDArray[np.int64], right: NDArray[np.int64], blocks: NDArray[np.int32], kept: NDArray[np.int64],
    replaced: int, read: ReadText, left_out: NDArray[np.int64], scorer: Scorer, pool: Executor,
    seen: Callable[[NDArray[np.int64], Judged], None] = lambda rows, judged: None,
) -> Wording:  # fmt: skip
    """Compare the wordings of pairs of rows whose alignment is `blocks`: those of pair p are
    `blocks[kept[p] : kept[p + 1]]`, substitutions are of kind `replaced`. `left_out` (rows,) names for each row the one
    that the reference is to forget, -1 for none. `seen` is told what the scorer says of whole texts, with their rows.
    """
    odds = np.zeros(len(blocks))

    def one(part: NDArray[np.int64]) -> None:
        rows, local = np.unique(np.concatenate((left[part], right[part])), return_inverse=True)
        judged = scorer.judge(*with_left_out(rows, left_out, read))
        seen(rows, judged)
        chosen = np.arange(kept[part[0]], kept[part[-1] + 1])
        pair = np.repeat(np.arange(len(part)), np.diff(kept[part[0] : part[-1] + 2]))
        substituted = blocks[chosen, 0] == replaced
        chosen, pair = chosen[substituted], pair[substituted]
        sides = [
            _worth(judged, local[pair + side * len(part)], blocks[chosen, 1 + 2 * side : 3 + 2 * side])
            for side in range(2)
        ]
        odds[chosen] = np.clip(sides[0] - sides[1], -MOST, MOST)

    if len(left):
        for _ in pool.map(one, np.array_split(np.arange(len(left)), -(-len(left) // PAIRS))):
            pass
    totals = [np.add.reduceat(np.append(values, 0), kept[:-1]) * (np.diff(kept) > 0) for values in (odds, np.abs(odds))]
    return Wording(totals[0], totals[1])


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


def _worth(judged: Judged, texts: NDArray[np.int64], places: NDArray[np.int32]) -> NDArray[np.float64]:
    """Log odds of a source that the words in each stretch of bytes (k, 2) of some texts (k,) have."""
    ends = np.cumsum(judged.lengths[:, 0])
    keys = np.repeat(np.arange(len(ends)), judged.lengths[:, 0]) << 32 | judged.spans[:, 0].astype(np.int64)
    begin, end = (np.searchsorted(keys, texts.astype(np.int64) << 32 | places[:, side]) for side in range(2))
    chances = np.concatenate(([0.0], np.cumsum(judged.chances, dtype=np.float64)))
    replaced = np.concatenate(([0.0], np.cumsum(1 / (1 + np.exp(-judged.odds.astype(np.float64))))))
    inside, after = chances[end] - chances[begin], chances[np.minimum(end + AFTER, ends[texts])] - chances[end]
    expected = replaced[end] - replaced[begin]
    return INSIDE_GAIN * inside + AFTER_GAIN * after - LENGTH_LOSS * (end - begin) - EXPECTED * expected
