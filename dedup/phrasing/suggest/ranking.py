"""Which of the alternatives that a thesaurus lists for some words is likely in their context, and how likely.

A conditional logit over the alternatives and leaving all as it is (McFadden, "Conditional logit analysis of qualitative
choice behavior", 1974). What it knows of each: the log probability that the words and the two behind them win in the
reference, and in the pairs of general English; what the thesaurus takes it to be worth; how many words it adds; and
what it would win elsewhere in the text, for a spinner puts one and the same word in the place of another all through a
text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.model import LEVELS, Reference
from dedup.phrasing.scoring import kernels
from dedup.phrasing.scoring.level_kernels import NOTHING
from dedup.phrasing.scoring.sequence_kernels import sequences_odds

if TYPE_CHECKING:
    from dedup.phrasing.scoring.reference_columns import ReferenceColumns

LONGEST = 3
"""Words of a phrase."""
KEPT = 20_000
"""Words of which the alternatives of a thesaurus are kept for the next time."""
NAME, ONLY_NAME = 127, 242
"""Share of a word's occurrences inside sentences that are capitalised, of 255, above which it is a name, and above
which it is nothing else ("Trump", "Senate"): such a word is never suggested, and a name only in the place of a word
with a capital ("Administrative district": "County")."""
WEIGHTS = np.array([0.234, 0.162, 1.153, -0.306, 0.049])
"""Of what is known of an alternative (ODDS …), learned by `python -m benchmarks.suggestion_fit`."""
ODDS, GENERAL, WORTH, LONGER, ELSEWHERE = range(5)
LEAST_CHANCE = 0.25
"""Chance of an alternative, among all in its place, from which it is taken."""
STAY = 0.54
"""What leaving all as it is is worth."""
PAIR_PRIOR, WORD_PRIOR, MILLIARD = 30_000.0, 50.0, 1e9
"""Occurrences in a milliard words of general English that smooth pairs of words, and words."""


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


class Ranked(Protocol):
    """What a thesaurus is asked."""

    names: bool
    """Whether it lists names; else a word that is mostly one ("Rams") is none of its alternatives."""

    def ranked(self, words: str) -> tuple[tuple[str, float], ...]:
        """Alternatives of a word or phrase, with what each is worth in nats."""


class ThesaurusIndex:
    """What a thesaurus has for words, as ids of the words that a reference knows."""

    def __init__(self, reference: Reference, thesaurus: Ranked) -> None:
        self._thesaurus, self._capitals = thesaurus, reference.word_capitals
        kept = np.flatnonzero((reference.word_capitals <= ONLY_NAME) | thesaurus.names) + WORDS
        spelt = reference.spelt()
        self._ids = {spelt[number - WORDS]: number for number in kept.tolist()}
        self._alike = lru_cache(KEPT)(self._found)

    def changes(self, words: Sequence[str], first: int, last: int) -> Iterator[Change]:
        """Every alternative of a phrase among some words that has one of those from `first` to `last`."""
        for start in range(last):
            for end in range(max(start + 1, first + 1), min(start + LONGEST, len(words)) + 1):
                phrase = " ".join(words[start:end])
                names = words[start][:1].isupper()
                for ids, worth, name in self._alike(phrase.lower()):
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
    odds = np.empty(len(rows))
    sequences_odds(rows, sizes, columns.model, NOTHING, odds)
    return odds


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
