"""What probably stood in the place of badly worded words: other units of the reference, tried in their context.

Words side by side that are bad are one place. A place is reworded step by step: for each of its words, and each pair
of them that is a phrase, the units that stand in the same contexts are tried, and the best change is made, until none
helps. The gain is what log probability the whole place and the two words behind it win.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing import score_kernels as kernels
from dedup.phrasing.reference import Reference
from dedup.phrasing.reference_kernels import WORDS

if TYPE_CHECKING:
    from dedup.phrasing.scorer import Columns

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
NO_KEYS, NO_COUNTS = np.zeros(1, np.uint64), np.zeros(1, np.int32)


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
    columns: Columns, stream: NDArray[np.uint32], places: NDArray[np.int64], bits: NDArray[np.uint8],
    chances: NDArray[np.float64], severe: float, most: int,
) -> list[Found]:  # fmt: skip
    """The places of a text whose words have `chances` (w,) of at least `severe` to have been replaced, in order; the
    worst if there are more than `most`.

    `stream` are its ids with marks, two before and one behind, `places` (w,) and `bits` (w,) of its words.
    """
    found = []
    for first, last in _groups(chances, places, severe, most):
        begin, end = int(places[first]), int(places[last]) + 1
        wording, gain = _reword(columns, stream, begin, end)
        found.append(Found(first, last, float(chances[first : last + 1].max()), wording, round(gain, 2)))
    return found


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


def _reword(columns: Columns, stream: NDArray[np.uint32], begin: int, end: int) -> tuple[str | None, float]:
    """The best wording of `stream[begin:end]` that was found, None for none, and its gain."""
    before, behind = stream[begin - 2 : begin], stream[end : end + 2]
    if len(behind) < 2:
        behind = np.append(behind, np.full(2 - len(behind), stream[-1], np.uint32))
    now = stream[begin:end].tolist()
    won, changed = 0.0, False
    for _ in range(STEPS):
        choice = _best(columns, before, now, behind)
        if choice is None:
            break
        now, gain = choice
        won, changed = won + gain, True
    if not changed or won < LEAST_GAIN:
        return None, 0.0
    return " ".join(_letters(columns.reference, number) for number in now), won


def _best(
    columns: Columns, before: NDArray[np.uint32], now: list[int], behind: NDArray[np.uint32]
) -> tuple[list[int], float] | None:
    """The one change that helps most, and its gain; None where none helps."""
    reference, tried, worth = columns.reference, [now], [0.0]
    for start, length, unit in _units(reference, now):
        for other, closeness in _alike(reference, unit):
            ids = _ids(reference, other)
            tried.append(now[:start] + ids + now[start + length :])
            worth.append(CLOSENESS * np.log(closeness / 255) + LENGTH * (len(ids) - length))
    if len(tried) == 1:
        return None
    odds = _odds(columns, before, tried, behind)
    ranked = odds + np.array(worth)
    best = int(ranked.argmax())
    if ranked[best] - odds[0] < LEAST_GAIN:
        return None
    return tried[best], float(odds[best] - odds[0]) + LENGTH * (len(tried[best]) - len(now))


def _odds(
    columns: Columns, before: NDArray[np.uint32], tried: list[list[int]], behind: NDArray[np.uint32]
) -> NDArray[np.float64]:
    """Log probability of each wording and the two words behind it."""
    sizes = np.array([len(ids) for ids in tried], np.int64)
    rows = np.zeros((len(tried), 4 + int(sizes.max())), np.uint32)
    for row, ids in zip(rows, tried, strict=True):
        row[:2], row[2 : 2 + len(ids)], row[2 + len(ids) : 4 + len(ids)] = before, ids, behind
    table, odds = columns.reference.ngrams, np.empty(len(tried))
    kernels.sequences_odds(
        rows, sizes, columns.frequencies, columns.codes, table.offsets, table.remainders, table.counts,
        columns.values, table.shift, columns.total, NO_KEYS, NO_COUNTS, odds,
    )  # fmt: skip
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


def _letters(reference: Reference, number: int) -> str:
    if number < WORDS:
        return "…"
    letters = reference.word(number)
    return letters.capitalize() if reference.word_capitals[number - WORDS] > 127 else letters


def cased(wording: str | None, shown: str) -> str | None:
    """A wording with the capitals of what it stands for."""
    if wording is None:
        return None
    if shown.isupper() and len(shown) > 1:
        return wording.upper()
    return wording[:1].upper() + wording[1:] if shown[:1].isupper() else wording
