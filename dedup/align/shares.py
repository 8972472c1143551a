"""How much of two texts an alignment holds: the shares that rules go by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.align import figures as k


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
