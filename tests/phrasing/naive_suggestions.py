"""Twin of the kernels of suggestions: one place after the other, one alternative after the other, as objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.model import LEVELS, Reference
from dedup.phrasing.scoring import kernels
from dedup.phrasing.scoring.level_kernels import NOTHING
from dedup.phrasing.scoring.reference_columns import ReferenceColumns
from dedup.phrasing.scoring.sequence_kernels import sequence_odds
from dedup.phrasing.suggest.alternative_kernels import LONGEST, MILLIARD, PAIR_PRIOR, STEPS, WORD_PRIOR
from dedup.phrasing.suggest.ranking import (
    ELSEWHERE,
    GENERAL,
    LEAST_CHANCE,
    LEAST_GAIN,
    LENGTH,
    LONGER,
    ODDS,
    STAY,
    WEIGHTS,
    WORTH,
)
from dedup.phrasing.suggest.suggestion import BadPhrase, Bounds, TextWords
from dedup.phrasing.suggest.thesaurus_index import NAME, ONLY_NAME, Ranked


class Change(NamedTuple):
    """Other words in the place of some; of length 0 for leaving all as it is."""

    start: int
    length: int
    ids: tuple[int, ...]
    worth: float
    """Nats for what it means."""


class Tried(NamedTuple):
    """Alternatives, the first of which leaves all as it is, and what is known of them."""

    changes: list[Change]
    known: NDArray[np.float64]
    """(k, 5), zeros in the first row."""

    def best(self, weights: NDArray[np.float64] = WEIGHTS, stay: float = STAY) -> tuple[int, float]:
        """Which is the likeliest, 0 for none, and its chance among those that change some of the same words."""
        ranked = self.known @ weights
        ranked[0] = stay
        best = int(ranked.argmax())
        start, length, *_ = self.changes[best]
        rivals = [
            at for at, one in enumerate(self.changes) if one.start < start + length and start < one.start + one.length
        ]
        return best, float(1 / np.exp(ranked[[0, *rivals]] - ranked[best]).sum())


class Listed:
    """What a thesaurus has for words, as ids of the words that a reference knows."""

    def __init__(self, reference: Reference, thesaurus: Ranked) -> None:
        self._thesaurus, self._capitals = thesaurus, reference.word_capitals
        kept = np.flatnonzero((reference.word_capitals <= ONLY_NAME) | thesaurus.names) + WORDS
        spelt = reference.spelt()
        self._ids = {spelt[number - WORDS]: number for number in kept.tolist()}

    def changes(self, words: Sequence[str], first: int, last: int) -> Iterator[Change]:
        """Every alternative of a phrase among some words that has one of those from `first` to `last`."""
        for start in range(last):
            for end in range(max(start + 1, first + 1), min(start + LONGEST, len(words)) + 1):
                phrase = " ".join(words[start:end])
                names = words[start][:1].isupper()
                for ids, worth, name in self._found(phrase.lower()):
                    if names or not name:
                        yield Change(start, end - start, ids, worth)

    def _found(self, phrase: str) -> list[tuple[tuple[int, ...], float, bool]]:
        """Ids, worth, and whether there is a name among them."""
        words = ((other.split(" "), worth) for other, worth in self._thesaurus.ranked(phrase))
        known = ((other, worth) for other, worth in words if all(word in self._ids for word in other))
        found = ((tuple(self._ids[word] for word in other), worth) for other, worth in known)
        return [(ids, worth, self._named(ids)) for ids, worth in found]

    def _named(self, ids: tuple[int, ...]) -> bool:
        return not self._thesaurus.names and any(self._capitals[number - WORDS] > NAME for number in ids)


class Elsewhere:
    """What alternatives of the same words win in other places of a text."""

    def __init__(self) -> None:
        self._won: dict[tuple[str, tuple[int, ...]], dict[int, float]] = defaultdict(dict)

    def add(self, place: int, words: Sequence[str], tried: Tried) -> None:
        """What was tried in a place, of which these are the words."""
        for change, won in zip(tried.changes[1:], tried.known[1:, ODDS].tolist(), strict=True):
            self._won[_key(words, change)][place] = won

    def of(self, place: int, words: Sequence[str], change: Change) -> float:
        """The nats that a change wins elsewhere."""
        won = self._won.get(_key(words, change))
        return sum(value for at, value in won.items() if at != place) if won else 0.0


def _key(words: Sequence[str], change: Change) -> tuple[str, tuple[int, ...]]:
    return " ".join(words[change.start : change.start + change.length]).lower(), change.ids


def tried(
    columns: ReferenceColumns,
    before: NDArray[np.uint32],
    ids: list[int],
    behind: NDArray[np.uint32],
    changes: Sequence[Change],
) -> Tried:
    """What is known of some changes of words between others, but for what they win elsewhere."""
    all_of = [Change(0, 0, (), 0.0), *changes]
    rows, sizes = _rows(before, ids, behind, all_of)
    known = np.zeros((len(all_of), len(WEIGHTS)))
    known[:, ODDS], known[:, GENERAL] = _odds(columns, rows, sizes), _general(columns, rows, sizes)
    known -= known[0]
    known[:, WORTH] = [change.worth for change in all_of]
    known[:, LONGER] = sizes - len(ids)
    return Tried(all_of, known)


def _rows(
    before: NDArray[np.uint32], ids: list[int], behind: NDArray[np.uint32], changes: Sequence[Change]
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Two words before each wording, its own and two behind, and how many its own are."""
    wordings = [[*ids[:start], *other, *ids[start + length :]] for start, length, other, _ in changes]
    sizes = np.array([len(wording) for wording in wordings], np.int64)
    rows = np.zeros((len(wordings), 4 + int(sizes.max())), np.uint32)
    for row, wording in zip(rows, wordings, strict=True):
        row[:2], row[2 : 2 + len(wording)], row[2 + len(wording) : 4 + len(wording)] = before, wording, behind
    return rows, sizes


def _odds(columns: ReferenceColumns, rows: NDArray[np.uint32], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log probability of each wording and the two words behind it, in the reference."""
    model = columns.model
    return np.array([
        sequence_odds(row, 2, 4 + size, model, NOTHING) for row, size in zip(rows, sizes.tolist(), strict=True)
    ])  # fmt: skip


def _general(columns: ReferenceColumns, rows: NDArray[np.uint32], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """The same of each wording and the word behind it by words and pairs of general English; marks count nothing."""
    hashes = np.zeros(rows.shape, np.uint64)
    words = (rows >= WORDS) & (np.arange(rows.shape[1]) < sizes[:, None] + 3)
    hashes[words] = columns.reference.words[rows[words] - WORDS]
    one, two = hashes[:, 1:-1], hashes[:, 2:]
    before, word = _occurrences(columns, one, np.zeros_like(one)), _occurrences(columns, two, np.zeros_like(two))
    both = (one > 0) & (two > 0)
    pair = np.where(both, _occurrences(columns, np.where(both, one, 1), np.where(both, two, 1)), 0.0)
    alone = (word + WORD_PRIOR) / MILLIARD
    chance = np.where(both, (pair + PAIR_PRIOR * alone) / (before + PAIR_PRIOR), alone)
    total: NDArray[np.float64] = np.where(two > 0, np.log(chance), 0.0).sum(axis=1)
    return total


def _occurrences(columns: ReferenceColumns, one: NDArray[np.uint64], two: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Occurrences of words (where `two` is 0) or pairs in a milliard."""
    table = columns.general
    keys, found = np.empty(one.size, np.uint64), np.empty(one.size, np.uint8)
    kernels.general_keys(one.ravel(), two.ravel(), keys)
    kernels.look_up_all(keys, table.offsets, table.remainders, table.counts, table.shift, found)
    return LEVELS[found].reshape(one.shape).astype(np.float64)


def find(columns: ReferenceColumns, words: TextWords, bounds: Bounds, listed: Listed | None) -> list[BadPhrase]:
    """As `Suggestions.find`."""
    places, chances = words.places, words.chances
    groups = _groups(chances, places, bounds)
    if listed is None:
        return [BadPhrase(first, last, _worst(chances, first, last), None, 0.0) for first, last in groups]
    text = looked(columns, words, groups, listed)
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


def looked(columns: ReferenceColumns, words: TextWords, groups: list[tuple[int, int]], listed: Listed) -> _TextWords:
    """A text in whose places the alternatives were tried once, for what they tell of others."""
    stream, places, _, letters = words
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
    listed: Listed
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
