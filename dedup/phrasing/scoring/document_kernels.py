"""Numbers of a text as a whole, from those of its words: means, how their odds are spread, what is missing.

Texts differ in how usual their subject is, and names, numbers and function words, which rewriting leaves alone, tell
how unusual a text is anyway. Sums are loops without branches that may be made in any order, so that LLVM works on eight
or sixteen words at once; their last digit is no matter. Arrays and scalars only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.scoring import feature_kernels as features
from dedup.phrasing.scoring.feature_kernels import (
    EDGE,
    IS_CAPITAL,
    IS_CONTENT,
    IS_FIRST,
    IS_FUNCTION,
    IS_MARK,
    IS_NAME,
    IS_NUMBER,
    IS_OTHER,
    quick_chance,
)
from dedup.runtime.jit import njit

U = np.uint64
F = np.float32
_QUICK = {"contract", "reassoc"}
"""Sums may be made in any order. (And `error_model="numpy"`: with numba's check for a division by zero no loop that
divides would be vectorised. None can be 0 here.)"""
STEPS = 64
"""Of the table of words that are missing: it serves texts of fewer than STEPS * STEPS words."""
BINS = np.array([-4.0, -3.5, -3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 1.0], np.float32)
"""Edges of the histogram of log odds."""
MEANS = IS_CAPITAL
"""Rows of which a text has the means."""
WINDOW = 8
"""Words of a window, whose mean chance of having been replaced is looked at."""
CROWDED = np.array([0.15, 0.25, 0.4], np.float32)
"""Such means from which windows are counted."""
LEAST_ODDS = F(-3)
FUNCTION_CHANCE, FUNCTION_BOUND = MEANS + features.CHANCE, MEANS + features.PAIR_BOUND
"""Of a text: the mean log probability of its function words, and how bound they are to the words before them."""
HISTOGRAM = 2 * MEANS
CHANCES = HISTOGRAM + 10
SHARES = CHANCES + 5
COVERAGE = SHARES + 9
WINDOWS = SHARES + 10
DOCUMENT = WINDOWS + 6
"""Numbers of a text: the means over content words, over function words, histogram, five mean chances, nine shares and
coverage, mean odds of content words and of all, windows."""
SHRINK = F(5)
"""Words that every mean of a text has to begin with, at 0."""


@njit(nogil=True, fastmath=True, error_model="numpy")
def _total(flat: Any, row: Any, size: Any) -> Any:
    """Sum of the places from EDGE on of the row that begins at `row`."""
    total = F(0)
    for at in range(U(EDGE), U(size)):
        total += flat[row + at]
    return total


@njit(nogil=True, fastmath=True, error_model="numpy")
def _both(flat: Any, row: Any, others: Any, other: Any, size: Any) -> Any:
    """Sum of the products of two rows."""
    total = F(0)
    for at in range(U(EDGE), U(size)):
        total += flat[row + at] * others[other + at]
    return total


@njit(nogil=True, error_model="numpy")
def _means(rows: Any, size: Any, group: Any, out: Any) -> Any:
    """Means of the first rows over the places of a group (a row of 0 and 1); how many there are."""
    flat, width = rows.reshape(rows.size), U(rows.shape[1])
    many = _total(flat, U(group) * width, size)
    for row in range(MEANS):
        out[row] = _both(flat, U(row) * width, flat, U(group) * width, size) / (many + SHRINK)
    return many


@njit(nogil=True, error_model="numpy")
def fill_document(size: Any, count: Any, rows: Any, odds: Any, chances: Any, document: Any) -> None:
    """What is known of a text by the rows of its places and their `odds`; `chances` (places,) is scratch."""
    flat, width, none = rows.reshape(rows.size), U(rows.shape[1]), U(0)
    for at in range(size):
        chances[at] = quick_chance(odds[at]) * (F(1) - rows[IS_MARK, at])
    content = _means(rows, size, IS_CONTENT, document[:MEANS])
    function = _means(rows, size, IS_FUNCTION, document[MEANS : 2 * MEANS])
    words, others = F(count), _total(flat, U(IS_OTHER) * width, size)
    document[CHANCES] = _total(chances, none, size) / words
    document[CHANCES + 1] = _both(chances, none, flat, U(IS_CONTENT) * width, size) / (content + SHRINK)
    document[CHANCES + 2] = _both(chances, none, flat, U(IS_FUNCTION) * width, size) / (function + SHRINK)
    document[CHANCES + 3] = _both(chances, none, flat, U(IS_OTHER) * width, size) / (others + SHRINK)
    document[SHARES] = others / words
    document[SHARES + 1] = _total(flat, U(IS_NAME) * width, size) / words
    document[SHARES + 2] = _total(flat, U(IS_NUMBER) * width, size) / words
    document[SHARES + 3] = _total(flat, U(IS_CAPITAL) * width, size) / words
    document[SHARES + 4] = content / words
    document[SHARES + 5] = function / words
    document[SHARES + 6] = _total(flat, U(IS_FIRST) * width, size) / words
    document[SHARES + 7] = _total(flat, U(IS_MARK) * width, size - EDGE) / words
    document[WINDOWS] = _both(odds, none, flat, U(IS_CONTENT) * width, size) / (content + SHRINK)


@njit(nogil=True, fastmath=_QUICK, error_model="numpy")
def _above(odds: Any, count: Any, edge: Any) -> Any:
    """How many of the first `count` odds are not below `edge`: exact, there are fewer than 2**24."""
    found = F(0)
    for word in range(U(count)):
        found += F(1) if odds[word] >= edge else F(0)
    return found


@njit(nogil=True, fastmath=_QUICK, error_model="numpy")
def _weighted(odds: Any, many: Any, count: Any, chances: Any, document: Any) -> None:
    """Means in which a word that stands in the text again counts for less; `chances` gets those of all words."""
    weighted = weights = variety = level_sum = F(0)
    for word in range(U(count)):
        weight, chances[word] = F(1) / np.sqrt(many[word]), quick_chance(odds[word])
        weighted += chances[word] * weight
        weights += weight
        variety += weight * weight
        level_sum += max(odds[word], LEAST_ODDS)
    document[CHANCES + 4] = weighted / (weights + F(1e-6))
    document[SHARES + 8] = variety / F(count)
    document[WINDOWS + 1] = level_sum / F(count)


@njit(nogil=True, fastmath=_QUICK, error_model="numpy")
def _windows(chances: Any, count: Any, document: Any) -> None:
    """Squares of the mean chances of all windows of a text, and how many are crowded."""
    squares = first = second = third = F(0)
    for word in range(U(count - WINDOW + 1)):
        total = chances[word] + chances[word + U(1)] + chances[word + U(2)] + chances[word + U(3)]
        total += chances[word + U(4)] + chances[word + U(5)] + chances[word + U(6)] + chances[word + U(7)]
        mean = total / F(WINDOW)
        squares += mean * mean
        first += F(1) if mean > CROWDED[0] else F(0)
        second += F(1) if mean > CROWDED[1] else F(0)
        third += F(1) if mean > CROWDED[2] else F(0)
    windows = F(count - WINDOW + 1)
    document[WINDOWS + 2], document[WINDOWS + 3] = squares / windows, first / windows
    document[WINDOWS + 4], document[WINDOWS + 5] = second / windows, third / windows


@njit(nogil=True, error_model="numpy")
def fill_spread(odds: Any, many: Any, count: Any, chances: Any, document: Any) -> None:
    """How the odds of `count` words are spread; `many` (count,) how often each stands in the text, `chances` (count,)
    is scratch.
    """
    for number in range(len(BINS)):
        document[HISTOGRAM + number] = _above(odds, count, BINS[number]) / F(count)
    _weighted(odds, many, count, chances, document)
    if count >= WINDOW:
        _windows(chances, count, document)


@njit(nogil=True, fastmath=_QUICK)
def coverage(count: Any, repeats: Any, lexicon: Any, known: Any) -> Any:
    """How many of the frequent words are there, against what is expected of `count` words. `lexicon.absent` (2, STEPS,
    frequent) has the probability that each is not among 0, 1, … words, and among 0, STEPS, … words.
    """
    found, expected, frequent = 0.0, 1e-6, lexicon.frequent
    for number in range(len(frequent)):
        found += repeats[frequent[number]] > 0
    if count < STEPS * STEPS:
        few, many = lexicon.absent[0, count % STEPS], lexicon.absent[1, count // STEPS]
        for number in range(len(few)):
            expected += 1.0 - few[number] * many[number]
    else:
        for number in range(len(frequent)):
            expected += 1.0 - np.exp(-count * known.words[frequent[number], 0] / known.total)
    return F(found / expected)


def absent(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """See `coverage`; `shares` (frequent,) of all words."""
    steps = np.arange(STEPS)[:, None]
    return np.exp(-np.stack((steps, STEPS * steps)) * shares)
