"""What a reference knows, as columns of numbers by id, as the kernels take it."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.model import LEVELS, Reference, Table
from dedup.phrasing.scoring import feature_kernels, kernels, kinds, level_kernels
from dedup.phrasing.scoring.document_kernels import absent
from dedup.phrasing.scoring.sequence_kernels import Model
from dedup.runtime.simd import LANES
from dedup.text.tokens import word_list

COMMON = 60
"""The commonest words of a reference."""
FREQUENT = 300
"""Commonest words whose absence is counted."""
LARGEST = 4e6
"""Words of a reference from which its counts are scaled down: the net has seen none larger."""


class ReferenceColumns:
    """What is known of each id of a reference, as the kernels take it."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        scale = min(1.0, LARGEST / max(reference.total, 1.0))
        self.frequencies = reference.frequencies * np.float32(scale)
        self.total = max(reference.total * scale, 1.0)
        self.values = (LEVELS * scale).astype(np.float32)
        self.codes, self.size = reference.codes, len(reference.codes)
        order = np.argsort(-reference.word_counts.astype(np.int64), kind="stable") + WORDS
        self.common = np.zeros(self.size, np.uint8)
        self.common[order[:COMMON]] = 1
        self.frequent = order[:FREQUENT].astype(np.uint32)
        words = max(float(self.frequencies[WORDS:].sum() + self.frequencies[1:4].sum()), 1.0)
        self.usual = float(self.frequencies[order[:COMMON]].sum() / words)
        shares = self.frequencies[self.frequent] / np.float64(self.total)
        self.lexicon = kernels.Lexicon(*reference.ids, self.codes, self.common, self.frequent, absent(shares))
        self.grams = _grams(reference.ngrams)

    @cached_property
    def model(self) -> Model:
        """What gives words in a row their probability."""
        return Model(self.frequencies, self.codes, self.grams, self.values, float(self.total))

    @cached_property
    def english(self) -> bool:
        """Whether the reference knows the articles of English."""
        return bool(_articles(self.reference)[0][0] < self.size)

    @cached_property
    def kinds(self) -> NDArray[np.uint8]:
        """Marks and words of another age, by id."""
        return kinds.classes(self.reference, english=self.english)

    @cached_property
    def known(self) -> feature_kernels.ReferenceCounts:
        """What is known of each id, and what levels mean."""
        reference, words = self.reference, np.zeros((self.size, 6), np.float32)
        shares = np.full(self.size, feature_kernels.NO_GENERAL, np.float32)
        shares[WORDS:] = np.maximum(GENERAL_VALUES[self._general_levels] * 1e-9, feature_kernels.NO_GENERAL)
        words[:, 0] = self.frequencies
        words[:, 1] = np.log((self.frequencies + 0.5) / self.total)
        words[:, 2], words[:, 3] = shares, np.log(shares)
        words[WORDS:, 4] = reference.word_capitals / np.float32(255)
        general = GENERAL_VALUES * np.float32(1e-3)
        articles, words[:, 5] = _articles(reference)
        return feature_kernels.ReferenceCounts(
            words, articles, np.float32(self.total), self.values, np.log1p(self.values), general, np.log1p(general)
        )

    @cached_property
    def _general_levels(self) -> NDArray[np.uint8]:
        """Of each word in general English."""
        hashes, found = self.reference.words, np.zeros(len(self.reference.words), np.uint8)
        keys, table = np.empty(len(hashes), np.uint64), general_table()
        kernels.general_keys(hashes, np.zeros_like(hashes), keys)
        kernels.look_up_all(keys, table.offsets, table.remainders, table.counts, table.shift, found)
        return found

    @cached_property
    def occurrences(self) -> NDArray[np.float64]:
        """(ids,) of each word in a milliard words of general English; 0 for marks and classes."""
        return np.concatenate((np.zeros(WORDS), LEVELS[self._general_levels]))

    @cached_property
    def general(self) -> level_kernels.Grams:
        """The table of general English."""
        return _grams(general_table())


GENERAL_VALUES = LEVELS.astype(np.float32)


def general_table() -> Table:
    """General English: of the shipped reference, whichever one judges."""
    return Reference.shipped().general


def _articles(reference: Reference) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Ids of "a" and "an" (of no word where the reference is not English), and which words begin with a vowel."""
    vowels = np.full(WORDS + len(reference.words), 2, np.uint8)
    hashes = word_list(["a", "an", "the"])
    places = np.searchsorted(reference.words, hashes)
    if (places >= len(reference.words)).any() or (reference.words[places] != hashes).any():
        return np.full(2, 0xFFFFFFFF, np.uint32), vowels
    starts = np.concatenate(([0], reference.letter_ends[:-1])).astype(np.int64)
    long = reference.letter_ends - starts >= 3
    initials = reference.letters[np.minimum(starts, len(reference.letters) - 1)]
    vowels[WORDS:][long & np.isin(initials, list(b"aeio"))] = 1
    vowels[WORDS:][long & np.isin(initials, list(b"bcdfgjklmnpqrstvwxyz"))] = 0
    for sound in (b"one", b"once", b"eu"):  # these begin with another sound
        begins = long & (reference.letter_ends - starts >= len(sound))
        for offset, letter in enumerate(sound):
            begins &= reference.letters[np.minimum(starts + offset, len(reference.letters) - 1)] == letter
        vowels[WORDS:][begins] = 2
    return (places[:2] + WORDS).astype(np.uint32), vowels


def _grams(table: Table) -> level_kernels.Grams:
    """A table as the kernels take it: with room behind it."""
    return level_kernels.Grams(
        table.offsets, np.append(table.remainders, np.zeros(LANES, np.uint16)),
        np.append(table.counts, np.uint8(0)), table.shift,
    )  # fmt: skip
