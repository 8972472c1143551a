"""From packed texts to what the kernels take."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dedup.model import Packed
from dedup.text import unicode_table
from dedup.text.packing import PAD

NO_SPANS = np.empty((0, 2), np.uint32)
"""For `words.word_hashes` where nobody asks where the words stand."""


@cache
def tables() -> tuple[NDArray[np.uint16], NDArray[np.uint32]]:
    """The Unicode table of the word kernels."""
    return unicode_table.load()


def as_arrays(texts: Packed) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """What the kernels take: the buffer, and (n,) start and size of each text in it."""
    sizes = np.array(texts.sizes, np.int64)
    starts = np.full(len(sizes), PAD, np.int64)
    starts[1:] += np.cumsum(sizes[:-1] + 1)
    return np.frombuffer(texts.buffer, np.uint8), starts, sizes


def normal_form(text: str) -> str:
    """The form in which a marked text is hashed."""
    return unicodedata.normalize("NFKC", text)
