"""What was learned from spun and clean texts: how numbers of words and texts become odds.

`weights.npz` beside this file is made by `python -m benchmarks.phrasing_fit`. It holds no words: the net and the model
of texts see counts and shares alone, so that they serve any reference.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.scoring.feature_kernels import Net
from dedup.runtime.simd import UNITS

FILE = Path(__file__).with_name("weights.npz")
GROUPS = (0, 3), (3, 8), (8, 20)
"""Places of a text, by what a synonym would win there, the best first: a few beyond doubt, and more."""
MOST_GAIN = 30.0
"""Nats beyond which a gain tells no more."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A net for words, a logistic regression for texts, and what makes probabilities of them."""

    rows: NDArray[np.int64]
    """(taps,) row that each number of a word is taken from (`feature_kernels`), ..."""
    shifts: NDArray[np.int64]
    """(taps,) ... and how many places behind the word."""
    first: NDArray[np.float32]
    """(hidden, taps)"""
    hidden: NDArray[np.float32]
    """(hidden,) offsets of the hidden units."""
    second: NDArray[np.float32]
    """(hidden,)"""
    last: float
    document: NDArray[np.float64]
    """(DOCUMENT + 1,) of a text, the offset last."""
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    """(DOCUMENT,) bounds of the numbers of a text: what lies beyond was not learned from, and must not decide."""
    length: NDArray[np.float64]
    """(4,) offset, slope, and both for each unit of log(words / 300): a short text tells less (Platt 1999)."""
    word: NDArray[np.float64]
    """(3,) offset, for the log odds of the word, for those of its text: log odds that a word was replaced."""
    looked: NDArray[np.float64]
    """(7,) log odds of a text after a second look, for those of the first, log(words / 300), their product, the mean
    gains of its GROUPS of places, the best first, and an offset."""
    suspect: float
    """Log odds by a first look from which there is a second one."""
    clean: NDArray[np.float64]
    """(DOCUMENT + 2,) for the numbers of a text, log(words / 300) and an offset: log odds that one in a hundred clean
    texts reaches whose function words are like these. A rewriter leaves function words alone, so they tell how well a
    kind of text is known: pages of lists and of verse have to score more than news before they are called mangled."""
    always: float
    """Score from which a text is called mangled whatever its kind."""
    threshold: float
    """Score from which a text of the kinds that are known best is called mangled."""
    false_positives: float
    """Share of the clean texts of a kind that may be."""

    @property
    def net(self) -> Net:
        """The net, as kernels take it: with as many hidden units more, of weight 0, as they need."""
        units = -len(self.hidden) % UNITS
        first = np.ascontiguousarray(np.pad(self.first, ((0, units), (0, 0))))
        hidden, second = (np.pad(values, (0, units)) for values in (self.hidden, self.second))
        return Net(self.rows, self.shifts, first, hidden, second, np.float32(self.last))

    def texts(self, documents: NDArray[np.float32], words: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n,) log odds that a text is mangled."""
        plain = documents.clip(self.low, self.high).astype(np.float64) @ self.document[:-1] + self.document[-1]
        longer = np.log(np.maximum(words, 1) / 300)
        offset, slope, by_length, both = self.length.tolist()
        odds: NDArray[np.float64] = offset + by_length * longer + (slope + both * longer) * plain
        return odds

    def again(
        self, odds: NDArray[np.float64], words: NDArray[np.int64], gains: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(n,) log odds that a text is mangled, by those of a first look and the `gains` (n, places) of a second."""
        found: NDArray[np.float64] = looks(odds, words, gains) @ self.looked[:-1] + self.looked[-1]
        return found

    def bars(self, documents: NDArray[np.float32], words: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n,) log odds from which each text is called mangled, before `threshold` has its say."""
        numbers, longer = documents.clip(self.low, self.high), np.log(np.maximum(words, 1) / 300)
        bars: NDArray[np.float64] = numbers @ self.clean[:-2] + self.clean[-2] * longer.clip(-2, 2) + self.clean[-1]
        return bars

    def save(self, path: Path) -> None:
        """Write a file that `load` reads."""
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @staticmethod
    def load(path: Path = FILE) -> Weights:
        """Read what `save` wrote."""
        with np.load(path) as held:
            values = {field.name: held[field.name] for field in fields(Weights)}
        scalars = {name: float(values[name]) for name in ("last", "suspect", "always", "threshold", "false_positives")}
        return Weights(**values | scalars)


def looks(odds: NDArray[np.float64], words: NDArray[np.int64], gains: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 6) what a second look goes by."""
    best = -np.sort(-gains.clip(0, MOST_GAIN), axis=1)
    longer = np.log(np.maximum(words, 1) / 300)
    return np.column_stack((odds, longer, odds * longer, *(best[:, a:b].mean(axis=1) for a, b in GROUPS)))


@cache
def shipped() -> Weights:
    """Those of the package."""
    return Weights.load()
