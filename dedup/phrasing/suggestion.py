"""What probably stood in the place of badly worded words: other units of the reference, tried in their context.

Words side by side that are bad are one place. A place is reworded step by step: for each of its words, and each pair
of them that is a phrase, the units that stand in the same contexts are tried, and the best change is made, until none
helps. The gain is what log probability the whole place and the two words behind it win.

With a thesaurus, what it lists is tried instead: for what it does not know nothing is said. A phrase that it lists may
reach out of the place ("urban center", of which "urban" is bad); the place grows by it. What stands in the same
contexts is right 2 times in 100, and may be an insult: it serves where there is no thesaurus at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.level_kernels import NOTHING
from dedup.phrasing.reference import Reference
from dedup.phrasing.reference_kernels import WORDS
from dedup.phrasing.sequence_kernels import sequences_odds

if TYPE_CHECKING:
    from dedup.phrasing.reference_columns import ReferenceColumns

LONGEST = 3
"""Words of one place."""
AS_BAD = 0.75
"""Part of the chance of the worst word that a word beside it must have to belong to the place."""
STEPS = 3
"""Changes made in one place."""
CLOSENESS = 3.0
"""Nats that a closeness of 1 is worth more than one of 1/e: of what fits, what means the same."""
LENGTH = 0.9
"""Nats that a word more is given: longer wordings are less probable and not worse (`wording`)."""
LEAST_GAIN = 0.7
"""Nats from which a change is an improvement."""
KEPT = 20_000
"""Words of which the alternatives of a thesaurus are kept for the next time."""
NAME = 127
"""Share of a word's occurrences inside sentences that are capitalised, of 255, above which it is a name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A badly worded place."""

    first: int
    last: int
    """Numbers of its words, inclusive."""
    severity: float
    wording: str | None
    gain: float


def find(
    columns: ReferenceColumns, stream: NDArray[np.uint32], places: NDArray[np.int64], bits: NDArray[np.uint8],
    chances: NDArray[np.float64], severe: float, most: int, letters: Callable[[int], str], listed: Listed | None = None,
) -> list[Found]:  # fmt: skip
    """The places of a text whose words have `chances` (w,) of at least `severe` to have been replaced, in order; the
    worst if there are more than `most`.

    `stream` are its ids with marks, two before and one behind, `places` (w,) and `bits` (w,) of its words; `letters`
    gives a word as it stands.
    """
    found, done = [], np.zeros(len(places), bool)
    groups = _groups(chances, places, severe, most)
    if listed:  # the worst first: from there a phrase may reach to what is less bad beside it
        groups.sort(key=lambda group: -chances[group[0] : group[1] + 1].max())
    for group in groups:
        rest = group[0] + np.flatnonzero(~done[group[0] : group[1] + 1])
        if not len(rest):
            continue
        first, last = int(rest[0]), int(rest[-1])
        severity, wording = float(chances[first : last + 1].max()), None
        left, right = (_room(places, done, first, -1), _room(places, done, last, 1)) if listed else (0, 0)
        begin, end = int(places[first]) - left, int(places[last]) + 1 + right
        words = list(map(letters, range(first - left, last + right + 1)))
        now = _Words(stream[begin:end].tolist(), words, left, left + last - first + 1, [False] * len(words))
        better, gain = _reword(columns, stream, begin, now, listed)
        if better:
            first, last = first - left + better.first, last + right - (len(better.ids) - better.last)
            part = range(better.first, better.last)
            wording = " ".join(_letters(columns.reference, better.ids[at], better.words[at]) for at in part)
        done[first : last + 1] = True
        found.append(Found(first, last, severity, wording, round(gain, 2)))
    return sorted(found, key=lambda one: one.first)


def _room(places: NDArray[np.int64], done: NDArray[np.bool_], word: int, step: int) -> int:
    """Words on one side of `word` that a phrase of it may reach: no mark and no other place lies between them."""
    room = 0
    while room < LONGEST - 1:
        word += step
        if not 0 <= word < len(places) or done[word] or places[word] != places[word - step] + step:
            break
        room += 1
    return room


def _groups(chances: NDArray[np.float64], places: NDArray[np.int64], severe: float, most: int) -> list[tuple[int, int]]:
    """First and last word of each bad place, in order: the worst word, and what is nearly as bad beside it."""
    taken, found = np.zeros(len(chances), bool), []
    order = np.flatnonzero(chances >= severe)
    for worst in order[np.argsort(-chances[order], kind="stable")].tolist():
        if taken[worst]:
            continue
        first = last = worst
        least = max(severe, AS_BAD * float(chances[worst]))
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
        if len(found) == most:
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

    def may(self, change: _Change) -> bool:
        """Whether a change leaves alone what others have brought."""
        return not any(self.new[change.start : change.start + change.length])

    def with_change(self, change: _Change, reference: Reference) -> _Words:
        """What a change makes of it; the place grows to where the change was made."""
        start, end, ids = change.start, change.start + change.length, change.ids
        words = [reference.word(number) for number in ids]
        return _Words(
            self.ids[:start] + ids + self.ids[end:], self.words[:start] + words + self.words[end:],
            min(self.first, start), max(self.last, end) + len(ids) - change.length,
            self.new[:start] + [True] * len(ids) + self.new[end:],
        )  # fmt: skip


class _Change(NamedTuple):
    """Other words in the place of some."""

    start: int
    length: int
    ids: list[int]
    worth: float
    """Nats for what it means; 0 for no change."""


def _reword(
    columns: ReferenceColumns, stream: NDArray[np.uint32], begin: int, now: _Words, listed: Listed | None
) -> tuple[_Words | None, float]:
    """The best wording of `now`, which begins at `begin`, that was found, None for none, and its gain."""
    end = begin + len(now.ids)
    before, behind = stream[begin - 2 : begin], stream[end : end + 2]
    if len(behind) < 2:
        behind = np.append(behind, np.full(2 - len(behind), stream[-1], np.uint32))
    won, changed = 0.0, False
    for _ in range(STEPS):
        choice = _best(columns, before, now, behind, listed)
        if choice is None:
            break
        now, gain = choice
        won, changed = won + gain, True
    return (now, won) if changed and won >= LEAST_GAIN else (None, 0.0)


def _best(
    columns: ReferenceColumns,
    before: NDArray[np.uint32],
    now: _Words,
    behind: NDArray[np.uint32],
    listed: Listed | None,
) -> tuple[_Words, float] | None:  # fmt: skip
    """The one change that helps most, and its gain; None where none helps."""
    reference, changes = columns.reference, [_Change(0, 0, [], 0.0)]
    if listed:
        changes += listed.changes(now)
    else:
        changes += _in_contexts(reference, now)
    changes = [change for change in changes if now.may(change)]
    if len(changes) == 1:
        return None
    tried = [now.ids[:start] + ids + now.ids[start + length :] for start, length, ids, _ in changes]
    longer = np.array([len(ids) - length for _, length, ids, _ in changes])
    odds = _odds(columns, before, tried, behind) + LENGTH * longer
    ranked = odds + np.array([change.worth for change in changes])
    best = int(ranked.argmax())
    if ranked[best] - odds[0] < LEAST_GAIN:
        return None
    return now.with_change(changes[best], reference), float(odds[best] - odds[0])


def _in_contexts(reference: Reference, now: _Words) -> Iterator[_Change]:
    """Units that stand in the same contexts as those of the place."""
    for start, length, unit in _units(reference, now.ids[now.first : now.last]):
        for other, closeness in _alike(reference, unit):
            worth = CLOSENESS * float(np.log(closeness / 255))
            yield _Change(now.first + start, length, _ids(reference, other), worth)


def _odds(
    columns: ReferenceColumns, before: NDArray[np.uint32], tried: list[list[int]], behind: NDArray[np.uint32]
) -> NDArray[np.float64]:
    """Log probability of each wording and the two words behind it."""
    sizes = np.array([len(ids) for ids in tried], np.int64)
    odds, rows = np.empty(len(tried)), np.zeros((len(tried), 4 + int(sizes.max())), np.uint32)
    for row, ids in zip(rows, tried, strict=True):
        row[:2], row[2 : 2 + len(ids)], row[2 + len(ids) : 4 + len(ids)] = before, ids, behind
    sequences_odds(rows, sizes, columns.model, NOTHING, odds)
    return odds


def _units(reference: Reference, now: list[int]) -> Iterator[tuple[int, int, int]]:
    """Words and phrases among some ids: where, how long, which unit."""
    for start, word in enumerate(now):
        if word >= WORDS:
            yield start, 1, word
        if start + 1 < len(now) and (phrase := reference.phrase_ids.get((word, now[start + 1]))):
            yield start, 2, phrase


def _alike(reference: Reference, unit: int) -> Iterator[tuple[int, int]]:
    """Units that stand in the same contexts, and how close they are."""
    row = int(np.searchsorted(reference.alike_of, unit))
    if row < len(reference.alike_of) and reference.alike_of[row] == unit:
        pairs = zip(reference.alike[row].tolist(), reference.alike_closeness[row].tolist(), strict=True)
        yield from ((other, closeness) for other, closeness in pairs if other >= WORDS and closeness)


def _ids(reference: Reference, unit: int) -> list[int]:
    """The words of a unit."""
    number = unit - WORDS - len(reference.words)
    return [unit] if number < 0 else reference.phrases[number].tolist()


def _letters(reference: Reference, number: int, word: str) -> str:
    if number < WORDS:
        return word
    letters = reference.word(number)
    return letters.capitalize() if reference.word_capitals[number - WORDS] > NAME else letters


class Ranked(Protocol):
    """What a thesaurus is asked."""

    names: bool
    """Whether it lists names; else a word that is mostly one ("Rams") is none of its alternatives."""

    def ranked(self, words: str) -> tuple[tuple[str, float], ...]:
        """Alternatives of a word or phrase, with what each is worth in nats."""


class Listed:
    """What a thesaurus has for words, as ids of the words that a reference knows."""

    def __init__(self, reference: Reference, thesaurus: Ranked) -> None:
        self._thesaurus = thesaurus
        kept = np.flatnonzero((reference.word_capitals <= NAME) | thesaurus.names) + WORDS
        spelt = reference.spelt()
        self._ids = {spelt[number - WORDS]: number for number in kept.tolist()}
        self._alike = lru_cache(KEPT)(self._found)

    def changes(self, now: _Words) -> Iterator[_Change]:
        """Every alternative of a word of the place, and of a phrase that has one."""
        for start in range(now.last):
            for end in range(max(start + 1, now.first + 1), min(start + LONGEST, len(now.words)) + 1):
                alike = self._alike(" ".join(now.words[start:end]).lower())
                yield from (_Change(start, end - start, ids, worth) for ids, worth in alike)

    def _found(self, phrase: str) -> list[tuple[list[int], float]]:
        words = ((other.split(" "), worth) for other, worth in self._thesaurus.ranked(phrase))
        known = ((other, worth) for other, worth in words if all(word in self._ids for word in other))
        return [([self._ids[word] for word in other], worth) for other, worth in known]


def cased(wording: str | None, shown: str) -> str | None:
    """A wording with the capitals of what it stands for."""
    if wording is None:
        return None
    if shown.isupper() and len(shown) > 1:
        return wording.upper()
    return wording[:1].upper() + wording[1:] if shown[:1].isupper() else wording
