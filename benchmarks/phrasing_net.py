"""Fits the small net of the phrasing scorer: one hidden layer of rectified units, by Adam (Kingma & Ba 2015).

In float32 and large batches: a hundred times as fast as scikit-learn's for a net as small.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
EPOCHS, BATCH, RATE, DECAY = 18, 1024, 3e-3, 1e-5
LARGEST = 5.0
"""Standard deviations beyond which a number tells no more."""


def train(numbers: Array, truth: NDArray[np.bool_], hidden: int, seed: int) -> tuple[Array, Array, Array, float]:
    """Weights (hidden, k) and offsets of the hidden units, their weights, and the last offset, for `numbers` (n, k)."""
    mean, deviation = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 0.02)
    scaled = ((numbers - mean) / deviation).clip(-LARGEST, LARGEST)
    first, offsets, second, last = _adam(scaled, truth.astype(np.float32), hidden, np.random.default_rng(seed))
    plain = (first / deviation[:, None]).astype(np.float32)
    return np.ascontiguousarray(plain.T), (offsets - mean @ plain).astype(np.float32), second, float(last[0])


def _adam(numbers: Array, truth: Array, hidden: int, rng: np.random.Generator) -> list[Array]:
    count, wide = numbers.shape
    share = float(truth.mean())
    values = [
        rng.normal(0, wide**-0.5, (wide, hidden)), np.zeros(hidden), rng.normal(0, hidden**-0.5, hidden),
        np.array([np.log(share / (1 - share))]),
    ]  # fmt: skip
    held = [value.astype(np.float32) for value in values]
    means, squares = ([np.zeros_like(value) for value in held] for _ in range(2))
    steps, step = EPOCHS * (count // BATCH), 0
    for _ in range(EPOCHS):
        order = rng.permutation(count)
        for begin in range(0, count - BATCH + 1, BATCH):
            step += 1
            part = order[begin : begin + BATCH]
            rate = RATE * (1 - step / (steps + 1))
            for number, slope in enumerate(_slopes(held, numbers[part], truth[part])):
                means[number] = 0.9 * means[number] + 0.1 * slope
                squares[number] = 0.999 * squares[number] + 0.001 * slope**2
                unbiased = np.sqrt(squares[number] / (1 - 0.999**step)) + 1e-8
                held[number] = (held[number] - rate / (1 - 0.9**step) * means[number] / unbiased).astype(np.float32)
    return held


def _slopes(held: list[Array], x: Array, y: Array) -> list[Array]:
    """Gradients of the mean loss."""
    first, offsets, second, last = held
    units = np.maximum(x @ first + offsets, 0)
    odds = (units @ second + last[0]).clip(-30, 30)
    error = ((1 / (1 + np.exp(-odds)) - y) / len(y)).astype(np.float32)
    back = np.outer(error, second) * (units > 0)
    return [x.T @ back + DECAY * first, back.sum(axis=0), units.T @ error, np.array([error.sum()], np.float32)]
