"""From packed texts to what the kernels take."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dedup.columns import PAD
from dedup.model import Packed
from dedup.text import unicode_table

NO_SPANS = np.empty((0, 2), np.uint32)
"""For `words.word_hashes` where nobody asks where the words stand."""


@cache
def _all_tables() -> tuple[NDArray[np.uint16], NDArray[np.uint64], NDArray[np.uint64]]:
    return unicode_table.load()


def tables() -> tuple[NDArray[np.uint16], NDArray[np.uint64]]:
    """The Unicode table of the word kernels, for comparing: two texts with the same words by it are exact copies."""
    return _all_tables()[:2]


def bare_tables() -> tuple[NDArray[np.uint16], NDArray[np.uint64]]:
    """The same where words that differ in accents alone are the same: for what asks whether one text follows another,
    which may be typed without accents.
    """
    stage1, _, bare = _all_tables()
    return stage1, bare


def as_arrays(texts: Packed) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """What the kernels take: the buffer, and (n,) start and size of each text in it."""
    sizes = np.array(texts.sizes, np.int64)
    starts = np.full(len(sizes), PAD, np.int64)
    starts[1:] += np.cumsum(sizes[:-1] + 1)
    return np.frombuffer(texts.buffer, np.uint8), starts, sizes


_IGNORABLE = re.compile(f"[{unicode_table.INVISIBLE_CLASS}\ufe70-\ufe74\ufe76-\ufe7f]")
"""What is passed over in words: also Arabic vowel signs whose normal form is a space with a mark."""


def normal_form(text: str) -> str:
    """The form in which a marked text is hashed: NFKC, without invisible characters, which would keep a letter and its
    mark apart.
    """
    return unicodedata.normalize("NFKC", _IGNORABLE.sub("", text))
