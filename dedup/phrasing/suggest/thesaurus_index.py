"""What a thesaurus has for words and phrases, as numbers of words that a reference knows.

A text asks for hundreds of words and phrases, and most of them were asked for before. So what is found is kept, as
arrays that kernels read (`alternative_kernels.Lists`), a wording that is listed for many words but once.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.suggest.alternative_kernels import LONGEST, Lists

KEPT = 30_000
"""Words and phrases of which the alternatives are kept for the next time: 100,000 texts ask for half as many."""
NAME, ONLY_NAME = 127, 242
"""Share of a word's occurrences inside sentences that are capitalised, of 255, above which it is a name, and above
which it is nothing else ("Trump", "Senate"): such a word is never suggested, and a name only in the place of a word
with a capital ("Administrative district": "County")."""


class Ranked(Protocol):
    """What a thesaurus is asked."""

    names: bool
    """Whether it lists names; else a word that is mostly one ("Rams") is none of its alternatives."""

    def may_list(self, words: str) -> bool:
        """False for most of what it does not list; asked for every phrase of a text."""

    def ranked(self, words: str) -> tuple[tuple[str, float], ...]:
        """Alternatives of a word or phrase, with what each is worth in nats."""


class ThesaurusIndex:
    """What a thesaurus has for words, as ids of the words that a reference knows. Any number of threads may use one."""

    def __init__(self, reference: Reference, thesaurus: Ranked) -> None:
        self._thesaurus = thesaurus
        kept = np.flatnonzero((reference.word_capitals <= ONLY_NAME) | thesaurus.names) + WORDS
        spelt = reference.spelt()
        self.ids = {spelt[number - WORDS]: number for number in kept.tolist()}
        """Of the words that may be suggested."""
        self._named = np.zeros(WORDS + len(spelt), np.uint8)
        if not thesaurus.names:
            self._named[WORDS:] = reference.word_capitals > NAME
        self._lock = threading.Lock()
        self._clear()

    def lists(self, phrases: Sequence[str]) -> tuple[list[int], Lists]:
        """Which list has the alternatives of each phrase (in small letters), 0 for none; and all lists."""
        with self._lock:
            if len(self._numbers) > KEPT:
                self._clear()
            known, may_list, numbers = self._numbers, self._thesaurus.may_list, []
            for phrase in phrases:
                number = known.get(phrase)
                if number is None:
                    number = self._add(phrase) if may_list(phrase) else 0
                numbers.append(number)
            return numbers, Lists(*(column.view() for column in self._columns))

    def _clear(self) -> None:
        """Forget what was asked. Arrays that were given out stay as they are."""
        self._numbers: dict[str, int] = {}
        self._units = self.ids.copy()
        self._new: list[list[int]] = []
        words = np.zeros((len(self._named), LONGEST), np.uint32)
        words[:, 0] = np.arange(len(words))
        self._columns = (
            _Column(np.zeros(2, np.int64)), _Column(np.zeros(0, np.int32)), _Column(np.zeros(0)),
            _Column(words), _Column(np.ones(len(words), np.uint8)), _Column(self._named),
        )  # fmt: skip

    def _add(self, phrase: str) -> int:
        """Ask the thesaurus for a phrase."""
        found, listed, kept = self._units, list[int](), list[float]()
        for other, worth in self._thesaurus.ranked(phrase):
            unit = found.get(other)
            if unit is None:
                unit = self._unit(other)
            if unit >= 0:
                listed.append(unit)
                kept.append(worth)
        self._numbers[phrase] = number = self._put(listed, kept) if listed else 0
        return number

    def _put(self, listed: list[int], kept: list[float]) -> int:
        """Keep a list; its number."""
        ends, units, worths, words, sizes, names = self._columns
        units.extend(listed)
        worths.extend(kept)
        ends.extend([units.size])
        if self._new:
            words.extend([ids + [0] * (LONGEST - len(ids)) for ids in self._new])
            sizes.extend([len(ids) for ids in self._new])
            names.extend([self._named[ids].max() for ids in self._new])
            self._new = []
        return ends.size - 2

    def _unit(self, wording: str) -> int:
        """Number of a wording that was never asked for; -1 where the reference does not know all of its words."""
        if " " not in wording:
            return -1
        ids, number = [self.ids.get(word, 0) for word in wording.split(" ")], -1
        if all(ids) and len(ids) <= LONGEST:
            number = self._columns[3].size + len(self._new)
            self._new.append(ids)
        self._units[wording] = number
        return number


class _Column:
    """An array that grows."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.size, self._values = len(values), values

    def extend(self, values: Sequence[Any]) -> None:
        """Put values behind the others."""
        size = self.size + len(values)
        if size > len(self._values):
            grown = np.zeros((2 * size, *self._values.shape[1:]), self._values.dtype)
            grown[: self.size] = self._values[: self.size]
            self._values = grown
        self._values[self.size : size] = values
        self.size = size

    def view(self) -> NDArray[Any]:
        """What it holds now; what comes later does not change it."""
        return self._values[: self.size]
