"""What a thesaurus lists for every word and every pair of words that a reference knows, as one table of numbers.

A second look (`rewording`) asks for thousands of words a second, and inflecting a hundred alternatives of each takes a
thesaurus longer than all else. `rewording_table.npz` is made by `python -m benchmarks.rewording_table` of WordNet and
the shipped reference. Words have the ids that they have there; for another reference they are translated: it is asked
for what both know.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.suggest.ranking import LENGTH
from dedup.phrasing.suggest.rewording_kernels import LONGEST, MOST, UNIT

if TYPE_CHECKING:
    from dedup.phrasing.reference.model import Reference
    from dedup.phrasing.suggest.thesaurus_index import Ranked

FILE = Path(__file__).with_name("rewording_table.npz")


class RewordingTable(NamedTuple):
    """The table, for a reference of V ids; n lists of alternatives, the first V of words, the others of pairs."""

    ends: NDArray[np.uint32]
    """(n + 1,) where each list begins, and the last one ends."""
    listed: NDArray[np.uint32]
    """The likeliest first: in the lower UNIT bits the id of a word, or V and the number of a phrase; above them which
    of `worths` it has."""
    worths: NDArray[np.float64]
    """Nats."""
    phrases: NDArray[np.uint16]
    """(phrases, LONGEST) ids of their words."""
    pair_ends: NDArray[np.uint32]
    """(V + 1,) where the pairs that begin with each word begin, and the last one ends."""
    seconds: NDArray[np.uint16]
    """(pairs,) the second words, ascending for each first."""


class Translated(NamedTuple):
    """The table with the ids of another reference."""

    table: RewordingTable
    inward: NDArray[np.uint32]
    """(ids of the reference,) those of the table, 0 for none."""
    outward: NDArray[np.uint32]
    """(V,) the way back, 0 for none."""
    weights: NDArray[np.float64]
    """(LONGEST + 1, worths + 1) what wordings of so many words are worth, as a factor; last: what stands there."""


def build(reference: Reference, thesaurus: Ranked, pairs: Iterable[tuple[str, str]]) -> RewordingTable:
    """The table of a thesaurus for all words of a reference and some pairs of them. Raises ValueError where there are
    more words and phrases than the table has numbers for.
    """
    spelt = reference.spelt()
    ids = {word: number for number, word in enumerate(spelt, WORDS)}
    words = [((number,), _listed(word, thesaurus, ids)) for word, number in ids.items()]
    found = sorted(((ids[one], ids[two]), _listed(f"{one} {two}", thesaurus, ids)) for one, two in set(pairs)
                   if one in ids and two in ids)  # fmt: skip
    size, kept = WORDS + len(spelt), [one for one in found if one[1]]
    everything = [*([((), [])] * WORDS), *words, *kept]
    listed = [one for _, alike in everything for one in alike]
    phrases = sorted({others for others, _ in listed if len(others) == LONGEST})
    worths = np.array(sorted({worth for _, worth in listed}))
    if size > 1 << 16 or size + len(phrases) > 1 << UNIT or len(worths) > 1 << 32 - UNIT:
        raise ValueError(f"{size} words and {len(phrases)} phrases are more than the table has numbers for")
    numbers = {phrase: size + number for number, phrase in enumerate(phrases)}
    units = [numbers[others] if len(others) == LONGEST else others[0] for others, _ in listed]
    firsts = np.array([one for (one, _), _ in kept], np.int64)
    return RewordingTable(
        np.cumsum([0, *(len(alike) for _, alike in everything)]).astype(np.uint32),
        (np.searchsorted(worths, [worth for _, worth in listed]) << UNIT | np.array(units, np.int64)).astype(np.uint32),
        worths,
        np.array(phrases, np.uint16).reshape(-1, LONGEST),
        np.searchsorted(firsts, np.arange(size + 1)).astype(np.uint32),
        np.array([two for (_, two), _ in kept], np.uint16),
    )  # fmt: skip


def _listed(words: str, thesaurus: Ranked, ids: dict[str, int]) -> list[tuple[tuple[int, ...], float]]:
    """RewordingTable of a word or phrase that the reference knows, the likeliest first."""
    found: list[tuple[tuple[int, ...], float]] = []
    for other, worth in thesaurus.ranked(words):
        numbers = tuple(ids.get(word, -1) for word in other.split(" "))
        if len(numbers) <= LONGEST and min(numbers) >= WORDS:
            found.append((numbers, worth))
        if len(found) == MOST:
            break
    return found


def save(table: RewordingTable, out: BinaryIO) -> None:
    """Write a file that `shipped` reads."""
    units, ranks = table.listed & ((1 << UNIT) - 1), (table.listed >> UNIT).astype(np.uint16)
    low, high = units.astype(np.uint16), (units >> 16).astype(np.uint8)  # apart they take a quarter less
    sizes, seconds = (np.diff(ends).astype(np.uint16) for ends in (table.ends, table.pair_ends))
    np.savez_compressed(
        out, sizes=sizes, low=low, high=high, ranks=ranks, worths=table.worths, phrases=table.phrases,
        pairs=seconds, seconds=table.seconds,
    )  # fmt: skip


@cache
def shipped() -> RewordingTable:
    """The one of the package."""
    with np.load(FILE) as held:
        listed = held["ranks"].astype(np.uint32) << UNIT | held["high"].astype(np.uint32) << 16 | held["low"]
        ends, pair_ends = (np.cumsum(np.append(0, held[name])).astype(np.uint32) for name in ("sizes", "pairs"))
        return RewordingTable(ends, listed, held["worths"], held["phrases"], pair_ends, held["seconds"])


def translated(table: RewordingTable, known: Reference, reference: Reference) -> Translated:
    """A table that was made for the reference `known`, for another one."""
    inward = np.zeros(WORDS + len(reference.words), np.uint32)
    outward = np.zeros(WORDS + len(known.words), np.uint32)
    places = np.searchsorted(known.words, reference.words)
    same = np.flatnonzero(places < len(known.words))
    same = same[known.words[places[same]] == reference.words[same]]
    inward[WORDS + same], outward[WORDS + places[same]] = WORDS + places[same], WORDS + same
    lengths, worths = np.arange(LONGEST + 1)[:, None], np.append(table.worths, 0.0)
    return Translated(table, inward, outward, np.exp(LENGTH * lengths + worths))
