"""What probably stood in the place of badly worded words: what a thesaurus lists for them, tried in their context.

Words side by side that are bad are one place. A place is reworded step by step: for each of its words and phrases what
the thesaurus lists is tried, and the likeliest change is made (`ranking`), until none is likely. A phrase that is
listed may reach out of the place ("urban center", of which "urban" is bad); the place grows by it. Where no change is
likely nothing is said. Units that merely stand in the same contexts are not tried: they were right 2 times in 100, and
could be an insult.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.suggest import ranking
from dedup.phrasing.suggest.alternative_kernels import LONGEST, ROW, BadText, Lists, Probabilities, Tried, find_groups
from dedup.phrasing.suggest.ranking_kernels import Reworded, fill_elsewhere, reword
from dedup.phrasing.suggest.thesaurus_index import NAME, ThesaurusIndex

if TYPE_CHECKING:
    from dedup.phrasing.scoring.reference_columns import ReferenceColumns

AS_BAD, LOOSE = 0.75, 0.4
"""Part of the chance of the worst word that a word beside it must have to belong to the place; and where middling
places are shown, so that a phrase is shown whole ("army help")."""


class Bounds(NamedTuple):
    """Which places are looked for."""

    severe: float
    """Least chance of the worst word."""
    most: int
    """How many at most, the worst."""
    as_bad: float = AS_BAD


class TextWords(NamedTuple):
    """The words of a text."""

    stream: NDArray[np.uint32]
    """Their ids with marks, two before and one behind."""
    places: NDArray[np.int64]
    """(w,) of each in the stream."""
    chances: NDArray[np.float64]
    """(w,) that each has been replaced."""
    letters: Callable[[int], str]
    """Each as it stands."""


@dataclass(frozen=True, slots=True)
class BadPhrase:
    """A badly worded place."""

    first: int
    last: int
    """Numbers of its words, inclusive."""
    severity: float
    wording: str | None
    gain: float


class Suggestions:
    """Finds the bad places of texts, and what probably stood there. Any number of threads may use one."""

    def __init__(self, columns: ReferenceColumns, listed: ThesaurusIndex | None) -> None:
        """Without a thesaurus nothing is said of what stood there."""
        self._columns, self._listed = columns, listed

    def find(self, words: TextWords, bounds: Bounds) -> list[BadPhrase]:
        """The places of a text within `bounds`, in order."""
        groups, near = _groups(words.chances, words.places, bounds)
        worst = np.array([words.chances[first : last + 1].max() for first, last in groups.tolist()])
        if self._listed is None:
            return [
                BadPhrase(first, last, severity, None, 0.0)
                for (first, last), severity in zip(groups.tolist(), worst.tolist(), strict=True)
            ]
        text, lists = self._text(words, groups, near, self._listed)
        out, left, _ = self._reworded(text, lists, worst)
        return sorted(self._phrases(words, out, left), key=lambda one: one.first)

    def tried(self, words: TextWords, bounds: Bounds) -> tuple[BadText, Tried, Lists, NDArray[np.float64]]:
        """What is tried first in each place, and what each alternative wins elsewhere in the text. Raises ValueError
        without a thesaurus.
        """
        if self._listed is None:
            raise ValueError("no thesaurus to try")
        text, lists = self._text(words, *_groups(words.chances, words.places, bounds), self._listed)
        _, _, tried = self._reworded(text, lists, np.zeros(len(text.groups)))
        elsewhere = np.empty(len(tried.odds))
        fill_elsewhere(tried, lists, elsewhere)
        return text, tried, lists, elsewhere

    def _reworded(self, text: BadText, lists: Lists, worst: NDArray[np.float64]) -> tuple[Reworded, int, Tried]:
        """The places of a text, the worst first, with what stood there, how many they are, and what was tried."""
        count = len(text.groups)
        out = Reworded(
            np.empty((count, 2), np.int64), np.empty(count), np.empty(count), np.empty(count, np.int64),
            np.empty((count, ROW), np.int64),
        )  # fmt: skip
        order = np.argsort(-worst, kind="stable")
        left, *tried = reword(text, lists, self._known, ranking.RULES, order, out)
        return out, left, Tried(*tried)

    @cached_property
    def _known(self) -> Probabilities:
        return ranking.known(self._columns)

    @staticmethod
    def _text(
        words: TextWords, groups: NDArray[np.int64], near: NDArray[np.uint8], listed: ThesaurusIndex
    ) -> tuple[BadText, Lists]:
        """A text with what is listed for the words of its places and for the phrases that reach out of them."""
        reached = np.flatnonzero(near)
        numbers, where = reached.tolist(), words.places[reached].tolist()
        shown = list(map(words.letters, numbers))
        small = [word.lower() for word in shown]
        phrases, at = [], []
        for begin, number in enumerate(numbers):
            phrase = small[begin]
            phrases.append(phrase)
            at.append(number * LONGEST)
            for end in range(begin + 1, min(begin + LONGEST, len(numbers))):
                if where[end] - where[begin] != end - begin:
                    break
                phrase = f"{phrase} {small[end]}"
                phrases.append(phrase)
                at.append(number * LONGEST + end - begin)
        capitals = np.zeros(len(near), np.uint8)
        capitals[reached] = [word[:1].isupper() for word in shown]
        found, lists = listed.lists(phrases)
        lists_of = np.zeros((len(near), LONGEST), np.int32)
        lists_of.ravel()[at] = found
        return BadText(words.stream, words.places, words.chances, groups, lists_of, capitals), lists

    def _phrases(self, words: TextWords, out: Reworded, count: int) -> Iterator[BadPhrase]:
        spans, severities, gains, sizes, wordings = (column[:count].tolist() for column in out)
        for (first, last), severity, gain, size, wording in zip(
            spans, severities, gains, sizes, wordings, strict=True
        ):  # fmt: skip
            said = " ".join(self._spelt(number, words) for number in wording[:size]) if size else None
            yield BadPhrase(first, last, severity, said, round(gain, 2))

    def _spelt(self, number: int, words: TextWords) -> str:
        """A word of a wording, which has an id or a place in the text (`Reworded`)."""
        if number < 0:
            return words.letters(-1 - number)
        reference = self._columns.reference
        letters = reference.word(number)
        return letters.capitalize() if reference.word_capitals[number - WORDS] > NAME else letters


def _groups(
    chances: NDArray[np.float64], places: NDArray[np.int64], bounds: Bounds
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """(g, 2) first and last word of each bad place, in order; and (w,) which words phrases reach from them."""
    groups, near = np.empty((bounds.most, 2), np.int64), np.zeros(len(chances), np.uint8)
    order = np.flatnonzero(chances >= bounds.severe)
    order = order[np.argsort(-chances[order], kind="stable")]
    count = find_groups(chances, places, order, bounds.severe, bounds.as_bad, bounds.most, groups, near)
    return groups[np.argsort(groups[:count, 0])], near


def cased(wording: str | None, shown: str) -> str | None:
    """A wording with the capitals of what it stands for."""
    if wording is None:
        return None
    if shown.isupper() and len(shown) > 1:
        return wording.upper()
    return wording[:1].upper() + wording[1:] if shown[:1].isupper() else wording
