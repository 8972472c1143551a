"""What probably stood in the place of badly worded words: what a thesaurus lists for them, tried in their context.

Words side by side that are bad are one place. A place is reworded step by step: for each of its words and phrases what
the thesaurus lists is tried, and the likeliest change is made (`ranking`), until none is likely. A phrase that is
listed may reach out of the place ("urban center", of which "urban" is bad); the place grows by it. Where no change is
likely nothing is said. Units that merely stand in the same contexts are not tried: they were right 2 times in 100, and
could be an insult.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.suggest.ranking import (
    ELSEWHERE,
    LEAST_CHANCE,
    LONGER,
    LONGEST,
    NAME,
    ODDS,
    Change,
    Elsewhere,
    ThesaurusIndex,
    Tried,
    tried,
)

if TYPE_CHECKING:
    from dedup.phrasing.scoring.reference_columns import ReferenceColumns

AS_BAD, LOOSE = 0.75, 0.4
"""Part of the chance of the worst word that a word beside it must have to belong to the place; and where middling
places are shown, so that a phrase is shown whole ("army help")."""
STEPS = 3
"""Changes made in one place."""
LENGTH = 0.9
"""Nats that a word more is given: longer wordings are less probable and not worse (`wording`)."""
LEAST_GAIN = 0.7
"""Nats from which a change is an improvement."""


class Bounds(NamedTuple):
    """Which places are looked for."""

    severe: float
    """Least chance of the worst word."""
    most: int
    """How many at most, the worst."""
    as_bad: float = AS_BAD


@dataclass(frozen=True, slots=True)
class BadPhrase:
    """A badly worded place."""

    first: int
    last: int
    """Numbers of its words, inclusive."""
    severity: float
    wording: str | None
    gain: float


def find(
    columns: ReferenceColumns, stream: NDArray[np.uint32], places: NDArray[np.int64], bits: NDArray[np.uint8],
    chances: NDArray[np.float64], bounds: Bounds, letters: Callable[[int], str], listed: ThesaurusIndex | None = None,
) -> list[BadPhrase]:  # fmt: skip
    """The places of a text whose words have `chances` (w,) to have been replaced within `bounds`, in order. Without a
    thesaurus nothing is said of what stood there.

    `stream` are its ids with marks, two before and one behind, `places` (w,) and `bits` (w,) of its words; `letters`
    gives a word as it stands.
    """
    groups = _groups(chances, places, bounds)
    if listed is None:
        return [BadPhrase(first, last, _worst(chances, first, last), None, 0.0) for first, last in groups]
    text = _looked(columns, stream, places, groups, letters, listed)
    found, done = [], np.zeros(len(places), bool)
    # the worst first: from there a phrase may reach to what is less bad beside it
    for number in sorted(range(len(groups)), key=lambda at: -_worst(chances, *groups[at])):
        begin, end = groups[number]
        rest = begin + np.flatnonzero(~done[begin : end + 1])
        if len(rest):
            first, last = int(rest[0]), int(rest[-1])
            one = text.reworded(number, first, last, done, _worst(chances, first, last))
            done[one.first : one.last + 1] = True
            found.append(one)
    return sorted(found, key=lambda one: one.first)


def asked(
    columns: ReferenceColumns, stream: NDArray[np.uint32], places: NDArray[np.int64], chances: NDArray[np.float64],
    bounds: Bounds, letters: Callable[[int], str], listed: ThesaurusIndex,
) -> Iterator[tuple[int, Tried]]:  # fmt: skip
    """What is tried first in each place (as in `find`), and the first word to which the changes count."""
    groups = _groups(chances, places, bounds)
    text, free = _looked(columns, stream, places, groups, letters, listed), np.zeros(len(places), bool)
    for number, (first, last) in enumerate(groups):
        begin, now = text.around(first, last, free)
        yield first - now.first, text.tried(number, begin, now)


def _looked(
    columns: ReferenceColumns, stream: NDArray[np.uint32], places: NDArray[np.int64], groups: list[tuple[int, int]],
    letters: Callable[[int], str], listed: ThesaurusIndex,
) -> _TextWords:  # fmt: skip
    """A text in whose places the alternatives were tried once, for what they tell of others."""
    text, free = _TextWords(columns, stream, places, letters, listed), np.zeros(len(places), bool)
    for number, (first, last) in enumerate(groups):
        begin, now = text.around(first, last, free)
        first_tried = text.tried(-1, begin, now)
        text.elsewhere.add(number, now.words, first_tried)
        text.seen[number] = begin, now, first_tried
    return text


def _worst(chances: NDArray[np.float64], first: int, last: int) -> float:
    return float(chances[first : last + 1].max())


@dataclass(frozen=True, slots=True)
class _TextWords:
    """A text whose places are reworded, and what was tried in them so far."""

    columns: ReferenceColumns
    stream: NDArray[np.uint32]
    places: NDArray[np.int64]
    letters: Callable[[int], str]
    listed: ThesaurusIndex
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    seen: dict[int, tuple[int, _Words, Tried]] = field(default_factory=dict)
    """What was tried in each place at first."""

    def reworded(self, number: int, first: int, last: int, done: NDArray[np.bool_], severity: float) -> BadPhrase:
        """A place with the best wording that was found."""
        begin, now = self.around(first, last, done)
        left, right = now.first, len(now.ids) - now.last
        better, gain = self._reworded(number, begin, now)
        if better is None:
            return BadPhrase(first, last, severity, None, 0.0)
        reference = self.columns.reference
        wording = " ".join(
            _letters(reference, better.ids[at], better.words[at]) for at in range(better.first, better.last)
        )
        first, last = first - left + better.first, last + right - (len(better.ids) - better.last)
        return BadPhrase(first, last, severity, wording, round(gain, 2))

    def around(self, first: int, last: int, done: NDArray[np.bool_]) -> tuple[int, _Words]:
        """A place with the words that a phrase may reach from it, and where in the stream they begin."""
        left, right = _room(self.places, done, first, -1), _room(self.places, done, last, 1)
        begin, end = int(self.places[first]) - left, int(self.places[last]) + 1 + right
        words = list(map(self.letters, range(first - left, last + right + 1)))
        ids = self.stream[begin:end].tolist()
        return begin, _Words(ids, words, left, left + last - first + 1, [False] * len(words), len(ids))

    def tried(self, number: int, begin: int, now: _Words) -> Tried:
        """The alternatives of place `number`; of none with what they win elsewhere where it is -1."""
        found = self._known(number, begin, now) or self._tried(begin, now)
        if number >= 0:
            found.known[:, ELSEWHERE] = [self.elsewhere.of(number, now.words, one) for one in found.changes]
        return found

    def _known(self, number: int, begin: int, now: _Words) -> Tried | None:
        """What was tried there at first, if it was the same."""
        known = self.seen.get(number)
        return known[2] if known and known[:2] == (begin, now) else None

    def _tried(self, begin: int, now: _Words) -> Tried:
        changes = [one for one in self.listed.changes(now.words, now.first, now.last) if now.may(one)]
        end = begin + now.before
        before, behind = self.stream[begin - 2 : begin], self.stream[end : end + 2]
        behind = np.append(behind, np.full(2 - len(behind), self.stream[-1], np.uint32))
        return tried(self.columns, before, now.ids, behind, changes)

    def _reworded(self, number: int, begin: int, now: _Words) -> tuple[_Words | None, float]:
        """The best wording of a place that was found, None for none, and its gain in nats."""
        won, changed = 0.0, False
        for _ in range(STEPS):
            asked = self.tried(number, begin, now)
            best, chance = asked.best()
            gain = float(asked.known[best, ODDS] + LENGTH * asked.known[best, LONGER])
            if not best or chance < LEAST_CHANCE or gain < LEAST_GAIN:
                break
            now, won, changed = now.with_change(asked.changes[best], self.columns.reference), won + gain, True
        return (now, won) if changed else (None, 0.0)


def _room(places: NDArray[np.int64], done: NDArray[np.bool_], word: int, step: int) -> int:
    """Words on one side of `word` that a phrase of it may reach: no mark and no other place lies between them."""
    room = 0
    while room < LONGEST - 1:
        word += step
        if not 0 <= word < len(places) or done[word] or places[word] != places[word - step] + step:
            break
        room += 1
    return room


def _groups(chances: NDArray[np.float64], places: NDArray[np.int64], bounds: Bounds) -> list[tuple[int, int]]:
    """First and last word of each bad place, in order: the worst word, and what is nearly as bad beside it."""
    taken, found = np.zeros(len(chances), bool), []
    order = np.flatnonzero(chances >= bounds.severe)
    for worst in order[np.argsort(-chances[order], kind="stable")].tolist():
        if taken[worst]:
            continue
        first = last = worst
        least = max(bounds.severe, bounds.as_bad * float(chances[worst]))
        while last - first + 1 < LONGEST:
            if (
                last + 1 < len(chances)
                and not taken[last + 1]
                and chances[last + 1] >= least
                and places[last + 1] == places[last] + 1
            ):
                last += 1
            elif (
                first
                and not taken[first - 1]
                and chances[first - 1] >= least
                and places[first - 1] == places[first] - 1
            ):
                first -= 1
            else:
                break
        taken[first : last + 1] = True
        found.append((first, last))
        if len(found) == bounds.most:
            break
    return sorted(found)


@dataclass(frozen=True, slots=True)
class _Words:
    """A place among the words that a listed phrase may reach from it."""

    ids: list[int]
    words: list[str]
    first: int
    last: int
    """Which of them are the place, end exclusive."""
    new: list[bool]
    """Which of them a change has brought: what is changed again and again drifts away from what it meant."""
    before: int
    """How many they were before all changes."""

    def may(self, change: Change) -> bool:
        """Whether a change leaves alone what others have brought."""
        return not any(self.new[change.start : change.start + change.length])

    def with_change(self, change: Change, reference: Reference) -> _Words:
        """What a change makes of it; the place grows to where the change was made."""
        start, end, ids = change.start, change.start + change.length, list(change.ids)
        words = [reference.word(number) for number in ids]
        return _Words(
            self.ids[:start] + ids + self.ids[end:], self.words[:start] + words + self.words[end:],
            min(self.first, start), max(self.last, end) + len(ids) - change.length,
            self.new[:start] + [True] * len(ids) + self.new[end:], self.before,
        )  # fmt: skip


def _letters(reference: Reference, number: int, word: str) -> str:
    if number < WORDS:
        return word
    letters = reference.word(number)
    return letters.capitalize() if reference.word_capitals[number - WORDS] > NAME else letters


def cased(wording: str | None, shown: str) -> str | None:
    """A wording with the capitals of what it stands for."""
    if wording is None:
        return None
    if shown.isupper() and len(shown) > 1:
        return wording.upper()
    return wording[:1].upper() + wording[1:] if shown[:1].isupper() else wording
