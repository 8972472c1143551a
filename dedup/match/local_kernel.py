"""Local alignment kernel: where in a text some words stand again, though many of them were replaced."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from dedup.text.simd import kernel

_STOP, _DIAGONAL, _UP, _LEFT = 0, 1, 2, 3
_REPLACED, _LEFT_OUT, _RUN = np.float32(0.2), np.float32(0.15), np.float32(0.3)
"""Cost of a replaced word and of one that stands on one side only; gain where the word before matches too. Replaced
words cost little, for half of them may be: what they cost only ends an alignment where nothing matches any more."""


@njit(nogil=True)
def _fill(a: Any, a_weights: Any, b: Any, b_weights: Any, steps: Any) -> Any:
    """Best score, and the cell after which it is reached; `steps` (len(a) + 1, len(b) + 1) gets the way to it."""
    columns = len(b) + 1
    row = np.zeros(columns, np.float32)
    best, best_i, best_j = np.float32(0), 0, 0
    for i in range(1, len(a) + 1):
        diagonal = row[0]
        for j in range(1, columns):
            equal = a[i - 1] == b[j - 1]
            if equal:
                score = diagonal + min(a_weights[i - 1], b_weights[j - 1])
                if i > 1 and j > 1 and a[i - 2] == b[j - 2] and b_weights[j - 2] >= 0:
                    score += _RUN
            else:
                score = diagonal - _REPLACED
            step = _DIAGONAL
            if row[j] - _LEFT_OUT > score:
                score, step = row[j] - _LEFT_OUT, _UP
            if row[j - 1] - _LEFT_OUT > score:
                score, step = row[j - 1] - _LEFT_OUT, _LEFT
            if score <= 0 or b_weights[j - 1] < 0:
                score, step = np.float32(0), _STOP
            steps[i, j] = step
            diagonal = row[j]
            row[j] = score
            if score > best:
                best, best_i, best_j = score, i, j
    return best, best_i, best_j


@kernel
def local_alignment(a: Any, a_weights: Any, b: Any, b_weights: Any, matched: Any) -> Any:
    """The best local alignment (Smith & Waterman 1981) of words `a` (m,) and `b` (n,), uint64 hashes with float32
    weights; a negative weight in `b` is a wall that no alignment crosses.

    Returns its score and the number of equal words in it, whose places are the first rows of `matched`
    ((min(m, n), 2) int64), in order. Time and memory grow with m × n; ties go to the first place in `b`.
    """
    steps = np.zeros((len(a) + 1, len(b) + 1), np.uint8)
    best, i, j = _fill(a, a_weights, b, b_weights, steps)
    count = 0
    while steps[i, j] != _STOP:
        step = steps[i, j]
        if step == _DIAGONAL:
            i -= 1
            j -= 1
            if a[i] == b[j]:
                matched[count, 0] = i
                matched[count, 1] = j
                count += 1
        elif step == _UP:
            i -= 1
        else:
            j -= 1
    for at in range(count // 2):
        for side in range(2):
            kept = matched[at, side]
            matched[at, side] = matched[count - 1 - at, side]
            matched[count - 1 - at, side] = kept
    return best, count
