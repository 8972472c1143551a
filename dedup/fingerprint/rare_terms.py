"""Which words a synonym spinner leaves alone, seen from how many documents hold them.

Two kinds of key find rewritten copies at any size of input, made in the same pass as the signatures
(`kernels._term_keys`): pairs of rare words that follow each other (names, numbers, terms), and runs of the commonest
words, the skeleton of a text. Copies put through a spinner at share 1 share a third to two thirds of these keys with
their source, two reports of one event a few in a hundred.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.fingerprint import kernels
from dedup.model import Packed
from dedup.text.arrays import as_arrays, tables

NO_CLASSES = np.zeros(0, np.uint8)
"""No term keys are wanted."""
COMMON_SHARE = 0.02
"""A word that more of the documents hold is no rare term. On spun news .01 to .03 find the same copies; lower makes
fewer keys, higher more candidates."""
STOP_WORDS, STOP_RUN = 30, 8
"""The commonest words, and how many of them in a row make a key."""
SAMPLE_TEXTS, SAMPLE_BYTES = 1_000, 16 << 20
"""The first documents of the input are the sample: so many of them, or so many bytes."""


def enough(texts: int, size: int) -> bool:
    """Whether so many documents of so many bytes are a sample."""
    return texts >= SAMPLE_TEXTS or size >= SAMPLE_BYTES


def word_classes(sample: list[Packed]) -> NDArray[np.uint8]:
    """(2**CLASS_BITS,) class of each slot of words: kernels.RARE, COMMON or STOP."""
    counts = np.zeros(1 << kernels.CLASS_BITS, np.int64)
    texts = 0
    for packed in sample:
        kernels.document_frequencies(*as_arrays(packed), *tables(), counts)
        texts += len(packed.sizes)
    return _classes(counts, texts)


def known_classes(words: NDArray[np.uint64], held: NDArray[np.integer], texts: int) -> NDArray[np.uint8]:
    """The same from what is known of news at large: hashes of words (v,), and how many of the `texts` hold each."""
    slots = (words >> np.uint64(64 - kernels.CLASS_BITS)).astype(np.int64)
    return _classes(np.bincount(slots, held, 1 << kernels.CLASS_BITS).astype(np.int64), texts)


def _classes(counts: NDArray[np.int64], texts: int) -> NDArray[np.uint8]:
    classes = np.full(len(counts), kernels.RARE, np.uint8)
    classes[counts > max(COMMON_SHARE * texts, 1)] = kernels.COMMON
    commonest = np.argsort(-counts, kind="stable")[:STOP_WORDS]
    classes[commonest[counts[commonest] > 0]] = kernels.STOP
    return classes
