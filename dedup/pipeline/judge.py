"""What candidate pairs are to each other: aligned, counted, and named by the rule."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.align import figures as k
from dedup.align import overlap
from dedup.align.alignment import align, turned
from dedup.align.neighbourhood import Neighbourhood
from dedup.align.rarity import COUNTING_THREADS, Background, Rarity, weigh_among
from dedup.columns import ReadText
from dedup.config import Config
from dedup.facts import agreement
from dedup.model import RELATIONS, Relation
from dedup.pipeline.boilerplate import Boilerplate
from dedup.pipeline.documents import Clock, Documents
from dedup.pipeline.rewriting import Rewrites
from dedup.relations import relation
from dedup.relations.cluster import Link
from dedup.rewriting import detection

EXACT, EXCERPT = RELATIONS.index(Relation.EXACT), RELATIONS.index(Relation.EXCERPT)
COMMON_WORDS = 0.5
"""Share of the shorter text's words, in any order, that the other must have before a pair is aligned: spun copies keep
more in order, and of candidates that share but a passage or a topic four in five have less."""
LOOK = 0.35
"""Kept words / words of the shorter text from which a pair is looked at again without boilerplate."""
MOSTLY_BOILERPLATE = 0.5
"""Share of boilerplate in a text above which it is no article, and nothing but an exact copy is reported of it."""
Among = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows that count for each pair, and (m + 1,) where those of each begin."""


def _of_some(among: Among | None, which: NDArray[np.int64]) -> Among | None:
    """The rows that count for some of the pairs."""
    if among is None:
        return None
    rows, bounds = among
    parts = [rows[bounds[pair] : bounds[pair + 1]] for pair in which.tolist()]
    return np.concatenate([rows[:0], *parts]), np.cumsum([0, *(len(part) for part in parts)])


def _groups(count: int, found: JudgedPairs) -> NDArray[np.int64]:
    """(count,) the row that stands for each row in the background: the first that says the same, if that stands for
    itself. So a chain of forms, each like the next, does not become one.
    """
    groups = np.arange(count)
    same = agreement.say_the_same(found.pairs, found.figures)
    left, right = found.pairs.left[same], found.pairs.right[same]
    low, high = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((low, high))
    for one, two in zip(low[order].tolist(), high[order].tolist(), strict=True):
        if groups[two] == two and groups[one] == one:
            groups[two] = one
    return groups


@dataclass(frozen=True, slots=True)
class JudgedPairs:
    """m pairs of rows: shingles, figures of the alignment ((m, 0) without), and what they are to each other."""

    pairs: overlap.Overlaps
    figures: NDArray[np.int32]
    codes: NDArray[np.int8]

    def copies(self) -> JudgedPairs:
        """The pairs that are copies."""
        which = self.codes >= 0
        return JudgedPairs(self.pairs.take(which), self.figures[which], self.codes[which])

    def take(self, which: NDArray[np.int64]) -> JudgedPairs:
        """Some of the pairs, in the order of `which`."""
        return JudgedPairs(self.pairs.take(which), self.figures[which], self.codes[which])

    @staticmethod
    def joined(parts: Sequence[JudgedPairs]) -> JudgedPairs:
        """All pairs of `parts`, one after the other."""
        names = ("left", "right", "shared", "left_size", "right_size")
        columns = [np.concatenate([getattr(part.pairs, name) for part in parts]) for name in names]
        codes, figures = np.concatenate([p.codes for p in parts]), np.concatenate([p.figures for p in parts])
        return JudgedPairs(overlap.Overlaps(*columns), figures, codes)

    def turned(self, which: NDArray[np.bool_]) -> JudgedPairs:
        """The same with the two sides of some pairs exchanged."""
        pairs = self.pairs
        overlaps = overlap.Overlaps(
            np.where(which, pairs.right, pairs.left), np.where(which, pairs.left, pairs.right), pairs.shared,
            np.where(which, pairs.right_size, pairs.left_size), np.where(which, pairs.left_size, pairs.right_size),
        )  # fmt: skip
        return JudgedPairs(overlaps, turned(self.figures, which), self.codes)

    @property
    def order(self) -> NDArray[np.int64]:
        """Places of the pairs, sorted by rows."""
        return np.lexsort((self.pairs.right, self.pairs.left)).astype(np.int64)

    @property
    def similarity(self) -> NDArray[np.float64]:
        """(m,) aligned share; Jaccard, containment for excerpts, where the alignment finds less (or there is none):
        sentences that are cut otherwise on both sides (a word a line) hide from it.
        """
        found = np.where(self.codes == EXCERPT, self.pairs.containment, self.pairs.jaccard)
        if self.figures.shape[1]:
            found = np.maximum(found, relation.similarity(self.figures, self.codes))
        return np.where(self.codes == EXACT, 1.0, found)

    def links(self) -> dict[tuple[int, int], Link]:
        """Relation and similarity of each pair of rows."""
        columns = (self.pairs.left, self.pairs.right, self.codes, self.similarity)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return {(a, b): (RELATIONS[code], value) for a, b, code, value in rows}


class Judge:
    """Judges pairs of rows, sorted by the left one. `words` (n,) are the words of all rows.

    Texts do not align quite the same the other way round. With an `order` (n,) of the texts themselves a pair is always
    aligned the same way, whichever row comes first. `documents` are the rows before which wording is rare or common;
    without them each pair is judged by itself.
    """

    def __init__(
        self, config: Config, store: Documents, words: NDArray[np.int32], normalised: frozenset[int], pool: Executor,
        clock: Clock, order: NDArray[np.uint64] | None = None, documents: NDArray[np.int64] | None = None,
    ) -> None:  # fmt: skip
        match = config.match
        self._rule = relation.RelationRule(match.threshold, match.containment, match.excerpts)
        self._rewritten, self._ngram = match.rewritten, config.fingerprint.ngram
        self._store, self._words, self._normalised = store, words, normalised
        self._pool, self._clock, self._order = pool, clock, order
        self._documents, self._threads = documents, config.run.thread_count
        self._background: Background | None = None
        self._neighbours: Neighbourhood | None = None
        self._groups = np.arange(len(words))
        self.forms: list[JudgedPairs] = []
        """Pairs that look like copies and are one frame filled in twice."""
        self.boilerplate = Boilerplate(store, pool, learn=not match.pairwise)
        self._rewrites = Rewrites(store.texts.sizes, self.boilerplate, pool, documents)

    def copies(
        self, left: NDArray[np.int64], right: NDArray[np.int64], alike: NDArray[np.bool_] | None = None,
        faint: NDArray[np.bool_] | None = None,
    ) -> JudgedPairs:  # fmt: skip
        """The copies among the pairs. Those not `alike` by their shingles can be copies only if they align, and `faint`
        ones only as rewrites.
        """
        found = self.look_alikes(left, right, alike, faint)
        judged = JudgedPairs(found.pairs, found.figures, self.verdict(found))
        self.forms.append(judged.take(np.flatnonzero(judged.codes == relation.FORM)))
        return judged.take(np.flatnonzero((judged.codes >= 0) & (judged.codes != relation.FORM)))

    def forget(self) -> None:
        """Give the memory of the background back, when all pairs are judged: where more come, it is counted again."""
        self._background = None

    def decided(self, left: NDArray[np.int64], right: NDArray[np.int64], codes: NDArray[np.int8]) -> JudgedPairs:
        """Pairs, sorted by the left row, of which a person said what they are (`codes`, (m,))."""
        figures = np.zeros((len(left), 0), np.int32)
        if self._rewritten:
            self.boilerplate.find(np.union1d(left, right))
            figures = self._align(left, right, self.boilerplate.read)
        return JudgedPairs(self._overlaps(left, right), figures, codes)

    def look_alikes(
        self, left: NDArray[np.int64], right: NDArray[np.int64], alike: NDArray[np.bool_] | None = None,
        faint: NDArray[np.bool_] | None = None,
    ) -> JudgedPairs:  # fmt: skip
        """The pairs that would be copies if they said the same: by the two texts alone. See `copies`."""
        alike = np.ones(len(left), bool) if alike is None else alike
        faint = np.zeros(len(left), bool) if faint is None else faint
        if self._order is None:
            return self._look_alikes(left, right, alike, faint)
        turned = self._order[left] > self._order[right]
        left, right = np.where(turned, right, left), np.where(turned, left, right)
        order = np.lexsort((right, left))
        found = self._look_alikes(left[order], right[order], alike[order], faint[order])
        found = found.turned(found.pairs.left > found.pairs.right)
        return found.take(found.order)

    def _look_alikes(
        self, left: NDArray[np.int64], right: NDArray[np.int64], alike: NDArray[np.bool_], faint: NDArray[np.bool_]
    ) -> JudgedPairs:
        if not self._rewritten:
            pairs = self._overlaps(left, right)
            return JudgedPairs(pairs, np.zeros((len(left), 0), np.int32), self._rule.by_shingles(pairs)).copies()
        found = self._by_wording(left[~faint], right[~faint], alike[~faint])
        which = ~np.isin(left << 32 | right, found.pairs.left << 32 | found.pairs.right)
        return self.with_rewrites(found, left[which], right[which])

    def with_rewrites(self, found: JudgedPairs, left: NDArray[np.int64], right: NDArray[np.int64]) -> JudgedPairs:
        """`found`, and those of other pairs of rows, sorted by the left one, that say the same in other words."""
        with self._clock.stage("rewriting"):
            one, two = self._rewrites.among(left, right)
        if not len(one):
            return found
        figures = detection.align(one, two, self.boilerplate.read).figures
        more = JudgedPairs(self._overlaps(one, two), figures, np.full(len(one), relation.REWRITTEN, np.int8))
        found = JudgedPairs.joined([found, more])
        return found.take(found.order)

    def _by_wording(self, left: NDArray[np.int64], right: NDArray[np.int64], alike: NDArray[np.bool_]) -> JudgedPairs:
        """Those that have the same words, or other words in the same slots."""
        with self._clock.stage("align"):
            figures = self._align(left, right, self._store.texts.read)
        shorter = np.minimum(figures[:, k.WORDS_A], figures[:, k.WORDS_B])
        which = alike | (figures[:, k.KEPT_WORDS] >= LOOK * shorter)
        left, right, alike, figures = left[which], right[which], alike[which], figures[which]
        self._without_boilerplate(left, right, figures)
        which = alike | relation.hopeful(figures)
        pairs, figures = self._overlaps(left[which], right[which]), figures[which]
        codes = self._rule.by_alignment(pairs, figures)
        codes[self._mostly_boilerplate(pairs, figures)] = relation.NONE
        return JudgedPairs(pairs, figures, codes).copies()

    def verdict(self, found: JudgedPairs, among: Among | None = None) -> NDArray[np.int8]:
        """(m,) what pairs that look like copies are: copies, forms or nothing to each other. `among` are the rows
        before which each is judged; without them the whole batch, or where pairs are judged each by itself those that
        look like copies of either among the pairs that are judged first.
        """
        codes, worded = found.codes.copy(), np.flatnonzero(found.codes != relation.REWRITTEN)
        if not self._rewritten or not len(worded):
            return codes
        with self._clock.stage("rarity"):
            part = self._as_aligned(found.take(worded))
            rarity = self._weigh(part) if self._order is None else self._weigh_among(part, _of_some(among, worded))
            codes[worded] = self._rule.verdict(part.pairs, part.figures, rarity, part.codes)
        return self._reworded(found, codes)

    def _reworded(self, found: JudgedPairs, codes: NDArray[np.int8]) -> NDArray[np.int8]:
        """`codes` (m,), where those that looked like copies by their wording, and are none or forms, may be rewrites: a
        close rewrite keeps so many words that it aligns, and other words in most places look like other facts.
        """
        other = (codes == relation.NONE) | (codes == relation.FORM)
        rest = np.flatnonzero(other & (found.codes != relation.NONE))
        if not len(rest):
            return codes
        left, right = found.pairs.left[rest], found.pairs.right[rest]
        order = np.lexsort((right, left))
        with self._clock.stage("rewriting"):
            one, two = self._rewrites.among(left[order], right[order], detection.LOOK_ALIKE)
        codes[rest[np.isin(left << 32 | right, one << 32 | two)]] = relation.REWRITTEN
        return codes

    def same(self, found: JudgedPairs) -> NDArray[np.bool_]:
        """(m,) pairs that look like copies and say the same."""
        same = np.ones(len(found.codes), bool)
        if self._rewritten:
            turned, worded = self._as_aligned(found), found.codes != relation.REWRITTEN
            same[worded] = agreement.say_the_same(turned.pairs, turned.figures)[worded]
        return same

    def named(self, found: JudgedPairs) -> JudgedPairs:
        """Pairs that are known to look like copies, with the relation that they would have by their wording; those that
        are known to be rewritten stay so.
        """
        if not self._rewritten:
            return found
        turned = self._as_aligned(found)
        codes = self._rule.by_alignment(turned.pairs, turned.figures)
        codes[found.codes == relation.REWRITTEN] = relation.REWRITTEN
        return JudgedPairs(found.pairs, found.figures, codes)

    def _as_aligned(self, found: JudgedPairs) -> JudgedPairs:
        """Pairs the way round in which they were aligned."""
        if self._order is None:
            return found
        return found.turned(self._order[found.pairs.left] > self._order[found.pairs.right])

    def _weigh(self, found: JudgedPairs) -> Rarity:
        """How rare wording is before the whole batch."""
        if self._background is None:
            self._background = self._count(found)
        pairs, sizes = found.pairs, self._store.texts.sizes
        return self._background.weigh(pairs.left, pairs.right, self._groups, sizes, self.boilerplate.read, self._pool)

    def _weigh_among(self, found: JudgedPairs, among: Among | None) -> Rarity:
        """How rare it is before the documents that look like copies of the two."""
        left, right = found.pairs.left, found.pairs.right
        if among is None:
            if self._neighbours is None:
                assert self._order is not None
                pairs = zip(left.tolist(), right.tolist(), self.same(found).tolist(), strict=True)
                self._neighbours = Neighbourhood(pairs, dict(enumerate(self._order.tolist())))
            among = self._neighbours.others(left, right)
        return weigh_among(left, right, *among, self._store.texts.sizes, self.boilerplate.read, self._pool)

    def _count(self, found: JudgedPairs) -> Background:
        """The background of the batch, as far as it matters to the pairs `found`."""
        asked = np.union1d(found.pairs.left, found.pairs.right)
        self._groups = _groups(len(self._words), found)
        assert self._documents is not None
        return Background.of(
            asked, self._documents, self._groups, int(self._words[asked].sum()), self.boilerplate.read,
            self._store.texts.sizes, self._pool, min(self._threads, COUNTING_THREADS),
        )  # fmt: skip

    def _align(self, left: NDArray[np.int64], right: NDArray[np.int64], read: ReadText) -> NDArray[np.int32]:
        return align(left, right, self._store.texts.sizes, read, self._pool, least=COMMON_WORDS).figures

    def _without_boilerplate(
        self, left: NDArray[np.int64], right: NDArray[np.int64], figures: NDArray[np.int32]
    ) -> None:
        """Align again, in place, the pairs of which one side has boilerplate."""
        with self._clock.stage("boilerplate"):
            self.boilerplate.find(np.union1d(left, right))
            places = self.boilerplate.places
            touched = np.array([a in places or b in places for a, b in zip(left.tolist(), right.tolist(), strict=True)])
            touched = np.flatnonzero(touched)
            if len(touched):
                figures[touched] = self._align(left[touched], right[touched], self.boilerplate.read)

    def _mostly_boilerplate(self, pairs: overlap.Overlaps, figures: NDArray[np.int32]) -> NDArray[np.bool_]:
        left, right = self._words[pairs.left], self._words[pairs.right]
        bare_left, bare_right = figures[:, k.WORDS_A], figures[:, k.WORDS_B]
        known = figures[:, k.WORDS_A] > 0
        return known & ((bare_left < MOSTLY_BOILERPLATE * left) | (bare_right < MOSTLY_BOILERPLATE * right))

    def _overlaps(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> overlap.Overlaps:
        with self._clock.stage("verify"):
            return overlap.overlaps(
                left, right, self._store.texts.sizes, self.boilerplate.read, self._normalised, self._ngram, self._pool
            )
