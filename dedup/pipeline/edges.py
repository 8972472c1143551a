"""From verified pairs to the table of edges: which side is the copy, and what proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dedup.align import overlap, shares
from dedup.align.alignment import Aligned, align, align_by
from dedup.align.figures import FIGURES
from dedup.model import UNDECIDED, UNKNOWN_DATE, EdgeTable
from dedup.pipeline.boilerplate import Boilerplate
from dedup.pipeline.documents import Clock, Documents
from dedup.pipeline.judge import EXACT, JudgedPairs
from dedup.pipeline.phrasing import Phrasings
from dedup.pipeline.rewriting import with_sentences
from dedup.relations import relation
from dedup.relations.direction import Directions, Signs, directions
from dedup.relations.evidence import Explainer
from dedup.rewriting import direction as rewriting_direction

TWINS = 4
"""Exact copies of a document whose pairs with copies of another kind are edges, too: who asks for the edge between a
spun copy and its source must not have to know that the source was published twice. Beyond, the first stands for all."""
CROWD = 8
"""Pairs of a document from which on its exact copies are left to it: in a crowd every pair would become many."""


def twin_pairs(
    left: NDArray[np.int64], right: NDArray[np.int64], which: NDArray[np.int64], folded: Mapping[int, Sequence[int]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs with exact copies (`folded`, of each row that stands for some) in the place of either side of those pairs
    that `which` names: which of them each is of, and its rows, (k, 2).
    """
    where, rows = list[int](), list[tuple[int, int]]()
    for number, a, b in zip(which.tolist(), left[which].tolist(), right[which].tolist(), strict=True):
        for pair in product([a, *folded.get(a, ())[:TWINS]], [b, *folded.get(b, ())[:TWINS]]):
            if pair != (a, b):
                where.append(number)
                rows.append(pair)
    return np.array(where, np.int64), np.array(rows, np.int64).reshape(-1, 2)


def _twins(judged: JudgedPairs, heads: NDArray[np.int64]) -> JudgedPairs:
    """The same pairs with exact copies of either side in its place."""
    folded: dict[int, list[int]] = {}
    for row in np.flatnonzero(heads != np.arange(len(heads))).tolist():
        folded.setdefault(int(heads[row]), []).append(row)
    pairs = judged.pairs
    held = np.bincount(np.concatenate((pairs.left, pairs.right)), minlength=len(heads))
    alone = np.flatnonzero((held[pairs.left] <= CROWD) & (held[pairs.right] <= CROWD))
    at, rows = twin_pairs(pairs.left, pairs.right, alone, folded)
    swapped = rows[:, 0] > rows[:, 1]
    taken = pairs.take(at)
    sizes = np.where(swapped, taken.right_size, taken.left_size), np.where(swapped, taken.left_size, taken.right_size)
    overlaps = overlap.Overlaps(rows.min(1), rows.max(1), taken.shared, *sizes)
    return JudgedPairs(overlaps, judged.figures[at], judged.codes[at])


@dataclass(frozen=True, slots=True)
class Decided:
    """Pairs with their alignment and direction."""

    judged: JudgedPairs
    aligned: Aligned
    directions: Directions

    @property
    def copy(self) -> NDArray[np.int64]:
        """(m,) row of the copy, UNDECIDED or BOTH."""
        side, pairs = self.directions.side, self.judged.pairs
        rows = np.stack((pairs.left, pairs.right))[side.clip(0), np.arange(len(side))]
        return np.where(side < 0, side, rows)

    @property
    def lesser(self) -> NDArray[np.int64]:
        """(m,) row of the side that must not stand for the other by its wording: a spun copy, or what looks more like
        one; -1 for none.
        """
        leaning, pairs = self.directions.leaning, self.judged.pairs
        reworded = np.isin(self.judged.codes, (relation.SPUN, relation.REWRITTEN))
        copied = reworded & (self.directions.side >= 0)
        side = np.where(copied, self.directions.side, leaning)
        rows = np.stack((pairs.left, pairs.right))[side.clip(0), np.arange(len(side))]
        return np.where(side < 0, -1, rows)

    def take(self, which: NDArray[np.int64]) -> Decided:
        """Some of the pairs, in the order of `which`."""
        return Decided(self.judged.take(which), self.aligned.take(which), self.directions.take(which))

    @staticmethod
    def joined(parts: Sequence[Decided]) -> Decided:
        """All pairs of `parts`, sorted by rows."""
        if len(parts) == 1:
            return parts[0].take(parts[0].judged.order)
        judged = JudgedPairs.joined([part.judged for part in parts])
        aligned = Aligned.joined([part.aligned for part in parts])
        return Decided(judged, aligned, Directions.joined([part.directions for part in parts])).take(judged.order)


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What is known of all rows. All (n,)."""

    heads: NDArray[np.int64]
    """The first of the exact copies of each."""
    words: NDArray[np.int32]
    dates: NDArray[np.int64]
    marked: NDArray[np.bool_]
    """Those with scraper marks."""


class Edges:
    """Decides directions and makes the table; `order` as `Judge` takes it."""

    def __init__(
        self, store: Documents, boilerplate: Boilerplate, facts: RowFacts, phrasings: Phrasings, pool: Executor,
        clock: Clock, order: NDArray[np.uint64] | None = None,
    ) -> None:  # fmt: skip
        self._store, self._boilerplate, self._phrasings = store, boilerplate, phrasings
        self._heads, self._words, self._dates, self._marked = facts.heads, facts.words, facts.dates, facts.marked
        self._pool, self._clock, self._order = pool, clock, order
        self._folded = bool((facts.heads != np.arange(len(facts.heads))).any())
        self.obfuscated = np.zeros(len(facts.heads), bool)
        """(n,) rows with look-alike letters or hidden characters; to be filled before `decide`."""

    def decide(self, found: JudgedPairs) -> Decided:
        """The copies `found` and their twins, aligned once more to keep what proves them, with directions."""
        judged = JudgedPairs.joined([found, _twins(found, self._heads)]) if self._folded else found
        judged = judged.take(judged.order)
        aligned = with_sentences(judged.codes, judged.pairs, self._align(judged), self._boilerplate.read)
        return Decided(judged, aligned, self._directions(judged, aligned))

    def forms(self, found: JudgedPairs) -> Decided:
        """Pairs that are one form filled in twice, sorted by rows, with what they share. None is a copy."""
        count = len(found.codes)
        nowhere = Directions(np.full(count, UNDECIDED, np.int8), np.zeros(count), np.zeros(count, np.int8))
        return Decided(found, self._align(found), nowhere)

    def table(self, parts: list[Decided], ngram: int) -> EdgeTable:
        """All pairs of `parts` and a star of exact copies round each head."""
        found = Decided.joined([*parts, *self._star(ngram, parts[0].judged.figures.shape[1])])
        pairs, figures = found.judged.pairs, found.aligned.figures
        measures = shares.shares(figures if figures.shape[1] else np.zeros((0, FIGURES), np.int32))
        counts = np.stack((pairs.shared, pairs.left_size, pairs.right_size), axis=1)
        explain = Explainer(
            pairs.left,
            pairs.right,
            counts,
            found.aligned,
            measures,
            found.directions,
            found.judged.codes,
            self._store.texts.read,
        )
        return EdgeTable(
            pairs.left, pairs.right, found.judged.codes, pairs.shared, pairs.left_size, pairs.right_size,
            found.judged.similarity, found.copy, explain,
        )  # fmt: skip

    def _star(self, ngram: int, figures: int) -> list[Decided]:
        """Exact copies, each with its head; nothing where there are none."""
        if not self._folded:
            return []
        heads = self._heads
        folded = np.flatnonzero(heads != np.arange(len(heads)))
        exact = np.maximum(self._words[folded] - ngram + 1, 0)
        low, high = np.minimum(folded, heads[folded]), np.maximum(folded, heads[folded])
        codes = np.full(len(folded), EXACT, np.int8)
        star = JudgedPairs(
            overlap.Overlaps(low, high, exact, exact, exact), np.zeros((len(folded), figures), np.int32), codes
        )
        none = Aligned(star.figures, np.empty((0, 6), np.int32), np.zeros(len(star.codes) + 1, np.int64))
        return [Decided(star, none, self._directions(star, none))]

    def _align(self, judged: JudgedPairs) -> Aligned:
        """The blocks of the pairs: kept now that we know that they are edges."""
        if not judged.figures.shape[1]:
            return Aligned(judged.figures, np.empty((0, 6), np.int32), np.zeros(len(judged.codes) + 1, np.int64))
        left, right, sizes = judged.pairs.left, judged.pairs.right, self._store.texts.sizes
        with self._clock.stage("evidence"):
            if self._order is not None:
                return align_by(self._order, left, right, sizes, self._boilerplate.read, self._pool)
            return align(left, right, sizes, self._boilerplate.read, self._pool, blocks=True)

    def _directions(self, judged: JudgedPairs, aligned: Aligned) -> Directions:
        left, right = judged.pairs.left, judged.pairs.right
        one, two = self._dates[left], self._dates[right]
        known = (one != UNKNOWN_DATE) & (two != UNKNOWN_DATE)
        words = np.maximum(self._words, 1).astype(np.float64)
        said = self._phrasings.compare(left, right, aligned, judged.codes == relation.SPUN)
        signs = Signs(
            said.odds, said.weight, self._marked[right].astype(np.int8) - self._marked[left].astype(np.int8),
            np.where(known, np.sign(two - one), 0).astype(np.int8), words[left] / words[right],
            np.nan_to_num(said.mangled[:, 1] - said.mangled[:, 0]),
            self.obfuscated[right].astype(np.int8) - self.obfuscated[left].astype(np.int8),
            rewriting_direction.told(left, right, judged.codes == relation.REWRITTEN, self._boilerplate.read),
        )  # fmt: skip
        return directions(judged.codes, signs)
