"""What pairs of an index are to each other, before the documents that look like copies of either.

Whether two documents look like copies is decided by their texts alone, and kept (`PairKind.ALIKE` where they are none).
What they are depends on the documents round them (`align.neighbourhood`): pairs whose surroundings changed are judged
again, so that an index holds the same whatever came first. Of a document only the `neighbourhood.MOST` first that look
like it count, so in a frame with thousands of documents another one seldom changes anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dedup.align.figures import FIGURES
from dedup.align.neighbourhood import Neighbourhood
from dedup.align.overlap import Overlaps
from dedup.index.choices import KeptChoices
from dedup.index.documents import DocumentBatch, entries_of
from dedup.index.matching import Matcher
from dedup.index.rules import PairKind
from dedup.pipeline.edges import Decided, Edges
from dedup.pipeline.judge import Judge, JudgedPairs
from dedup.relations.relation import FORM, NONE
from dedup.storage.database import Database, Row, damaged

JUDGED = 4000
"""Pairs whose texts are in memory at once."""
MASK = (1 << 64) - 1
PAIR = "a, b, shared, size_a, size_b, figures"
Light = tuple[int, int, bool]
"""Two documents that look like copies, and whether they say the same."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Pairs that look like copies, by their rows on a shelf (left < right)."""

    shelf: DocumentBatch
    judge: Judge
    found: JudgedPairs

    @property
    def numbers(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of the documents of each pair."""
        pairs = self.found.pairs
        return self.shelf.numbers[pairs.left], self.shelf.numbers[pairs.right]

    def lights(self) -> list[Light]:
        """The pairs by their numbers."""
        one, two = self.numbers
        return list(zip(one.tolist(), two.tolist(), self.judge.same(self.found).tolist(), strict=True))


class Verdicts:
    """Judges the pairs of an index, inside of a transaction."""

    def __init__(self, database: Database, matcher: Matcher) -> None:
        self._database, self._matcher = database, matcher
        self.choices = KeptChoices(database)

    def look(
        self, shelf: DocumentBatch, left: NDArray[np.int64], right: NDArray[np.int64], alike: NDArray[np.bool_] | None =
        None, faint: NDArray[np.bool_] | None = None,
    ) -> Looked:  # fmt: skip
        """Those that look like copies among pairs of rows (any order, left != right); those too that a person called
        copies, and none that he called something else. See `Judge.look_alikes`.
        """
        low, high = np.minimum(left, right), np.maximum(left, right)
        order = np.lexsort((high, low))
        decided = self.choices.now().codes(shelf, low[order], high[order])
        apart = [place for place, code in decided.items() if code in (NONE, FORM)]
        order = np.delete(order, apart)
        shelf.texts.load(np.union1d(left, right).tolist())
        judge = self._matcher.judge_of(shelf)
        marks = (None if each is None else each[order] for each in (alike, faint))
        found = judge.look_alikes(low[order], high[order], *marks)
        if len(decided) > len(apart):
            found = self._with_decided(judge, shelf, found, low[order], high[order])
        return Looked(shelf, judge, found)

    def _with_decided(
        self, judge: Judge, shelf: DocumentBatch, found: JudgedPairs, left: NDArray[np.int64], right: NDArray[np.int64]
    ) -> JudgedPairs:  # fmt: skip
        """`found`, and those of the pairs that a person called copies and that do not look like any."""
        held = set(zip(found.pairs.left.tolist(), found.pairs.right.tolist(), strict=True))
        decided = self.choices.now().codes(shelf, left, right)
        missing = [place for place in sorted(decided) if (int(left[place]), int(right[place])) not in held]
        codes = np.array([decided[place] for place in missing], np.int8)
        found = JudgedPairs.joined([found, judge.decided(left[missing], right[missing], codes)])
        return found.take(found.order)

    def copies(self, looked: Looked) -> tuple[Decided, Edges, JudgedPairs]:
        """The copies among pairs with their directions, what decided these, and the forms."""
        judged = replace(looked.found, codes=self.codes(looked))
        edges = self._matcher.edges(looked.shelf, looked.judge, np.arange(len(looked.shelf)))
        copies = judged.take(np.flatnonzero((judged.codes != NONE) & (judged.codes != FORM)))
        return edges.decide(copies), edges, judged.take(np.flatnonzero(judged.codes == FORM))

    def codes(self, looked: Looked) -> NDArray[np.int8]:
        """(m,) what pairs that look like copies are: by what the index holds now, and what they are on a visit (their
        numbers are below 0), to which the others on a visit are nothing.
        """
        codes = self._by_rule(looked)
        pairs = looked.found.pairs
        for place, code in self.choices.now().codes(looked.shelf, pairs.left, pairs.right).items():
            if code in (NONE, FORM) or codes[place] in (NONE, FORM):
                codes = codes.copy()
                codes[place] = code
        return codes

    def _by_rule(self, looked: Looked) -> NDArray[np.int8]:
        """(m,) what pairs are by the rules alone."""
        if not self._matcher.config.match.rewritten or not len(looked.found.codes):
            return looked.found.codes
        one, two = looked.numbers
        ends = np.union1d(one, two)
        pairs = self._touching(ends[ends >= 0].tolist())
        pairs += [pair for pair in looked.lights() if min(pair[:2]) < 0]
        others, bounds = self._others(pairs, one, two)
        if not len(others):
            return looked.judge.verdict(looked.found, (others, bounds))
        shelf = looked.shelf
        used = {shelf.numbers[row]: shelf.entries[row] for row in np.union1d(*_sides(looked.found)).tolist()}
        more = np.setdiff1d(others, ends).tolist()
        entries = [*used.values(), *entries_of(self._database, "number", more)]
        if len(entries) != len(used) + len(more):
            raise damaged("a document of a pair")
        wide = DocumentBatch(self._database, entries, shelf.texts.known)
        wide.texts.load(range(len(wide)))
        judge = self._matcher.judge_of(wide)
        judge.boilerplate.find(np.arange(len(wide)))
        overlaps = replace(looked.found.pairs, left=wide.rows(one), right=wide.rows(two))
        return judge.verdict(replace(looked.found, pairs=overlaps), (wide.rows(others), bounds))

    def _others(
        self, pairs: Sequence[Light], one: NDArray[np.int64], two: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What pairs of documents are judged by, see `Neighbourhood.others`; `pairs` are those that touch them."""
        if all(same for *_, same in pairs):
            return np.zeros(0, np.int64), np.zeros(len(one) + 1, np.int64)
        around = Neighbourhood(pairs, self._order(pairs))
        near = sorted({number for end in np.union1d(one, two).tolist() for number in around.of(end)})
        kept = set(near)
        sql = f"SELECT a, b FROM edges WHERE {{in_clause}} AND same = 1 AND kind <> {int(PairKind.ASKED)}"
        around.join((a, b) for a, b in self._database.select_in(sql, "a", near) if b in kept)
        return around.others(one, two)

    def _order(self, pairs: Iterable[Light]) -> dict[int, int]:
        """The digests of the documents of some pairs."""
        numbers = sorted({number for pair in pairs for number in pair[:2] if number >= 0})
        rows = self._database.select_in("SELECT number, digest FROM documents WHERE {in_clause}", "number", numbers)
        return {number: digest & MASK for number, digest in rows}

    def _touching(self, numbers: Sequence[int]) -> list[Light]:
        """All pairs with one of some documents that look like copies, one of two of them twice."""
        sql = f"SELECT a, b, same FROM edges WHERE {{in_clause}} AND kind <> {int(PairKind.ASKED)}"
        return [(a, b, bool(same)) for side in "ab" for a, b, same in self._database.select_in(sql, side, numbers)]

    # -- keeping -----------------------------------------------------------------------------------------------------

    def keep(self, looked: Looked) -> None:
        """Keep pairs that look like copies; they are still to be judged."""
        pairs = looked.found.pairs
        columns = (*looked.numbers, looked.judge.same(looked.found), pairs.shared, pairs.left_size, pairs.right_size)
        figures = [row.tobytes() for row in np.ascontiguousarray(looked.found.figures, "<i4")]
        rows = zip(*(column.tolist() for column in columns), figures, strict=True)
        self._database.executemany(
            "INSERT INTO edges (a, b, same, shared, size_a, size_b, figures, kind, live, code, side, confidence,"
            f" reasons) VALUES (?, ?, ?, ?, ?, ?, ?, {int(PairKind.ALIKE)}, 0, {NONE}, -1, 0, 0)"
            " ON CONFLICT (a, b) DO UPDATE SET same = excluded.same, shared = excluded.shared,"
            " size_a = excluded.size_a, size_b = excluded.size_b, figures = excluded.figures, kind = excluded.kind,"
            " live = 0, code = excluded.code",
            ((a, b, int(same), *rest) for a, b, same, *rest in rows),
        )

    def renew(self, fresh: Sequence[Looked], lost: set[int]) -> set[int]:
        """Judge pairs that were kept just now, and those that stand otherwise since: `lost` are documents that others
        look like no more. Returns the heads whose edges changed.
        """
        lights = [light for looked in fresh for light in looked.lights()]
        new = {light[:2] for light in lights}
        stale = self._stale(lights) | lost
        touched = self._forget_asked(sorted(stale))
        for looked in fresh:
            touched |= self._save(looked, self.codes(looked))
        sql = f"SELECT {PAIR}, kind, code FROM edges WHERE {{in_clause}} AND kind <> {int(PairKind.ASKED)}"
        rows = {
            row[:2]: row
            for side in "ab"
            for row in self._database.select_in(sql, side, sorted(stale))
            if row[:2] not in new
        }
        again = [rows[pair] for pair in sorted(rows)]
        for first in range(0, len(again), JUDGED):
            touched |= self._again(again[first : first + JUDGED])
        return touched

    def _stale(self, lights: Sequence[Light]) -> set[int]:
        """Documents whose surroundings new pairs change."""
        other = [light[:2] for light in lights if not light[2]]
        pairs = self._touching(sorted({number for pair in other for number in pair}))
        around = Neighbourhood(pairs, self._order(pairs))
        return {
            this for one, two in other for this, that in ((one, two), (two, one)) if that in around.of(this)
        }  # fmt: skip

    def _forget_asked(self, numbers: Sequence[int]) -> set[int]:
        """Forget what clustering asked about some documents; returns these and the others of the pairs."""
        sql = f"SELECT a, b FROM edges WHERE {{in_clause}} AND kind = {int(PairKind.ASKED)}"
        pairs = {row for side in "ab" for row in self._database.select_in(sql, side, numbers)}
        self._database.executemany("DELETE FROM edges WHERE a = ? AND b = ?", sorted(pairs))
        return {number for pair in pairs for number in pair}

    def _again(self, rows: Sequence[Row]) -> set[int]:
        """Judge pairs that are known once more."""
        numbers = sorted({number for row in rows for number in row[:2]})
        entries = entries_of(self._database, "number", numbers)
        if len(entries) != len(numbers):
            raise damaged("a pair")
        shelf = DocumentBatch(self._database, entries)
        a, b, shared, size_a, size_b, figures, kinds, codes = zip(*rows, strict=True)
        if {len(each) for each in figures} - {4 * FIGURES}:
            raise damaged("an edge")
        drawn = np.frombuffer(b"".join(figures), "<i4").reshape(len(rows), FIGURES).astype(np.int32)
        sides = [shelf.rows(np.array(side, np.int64)) for side in (a, b)]
        sizes = [np.array(column, np.int32) for column in (shared, size_a, size_b)]
        overlaps = Overlaps(sides[0], sides[1], *sizes)
        shelf.texts.load(range(len(shelf)))
        judge, known = self._matcher.judge_of(shelf), np.array(codes, np.int8)
        judge.boilerplate.find(np.arange(len(shelf)))
        looked = Looked(shelf, judge, judge.named(JudgedPairs(overlaps, drawn, known)))
        now = self.codes(looked)
        changed = np.flatnonzero(now != known)
        was = np.array(kinds)[changed] == PairKind.CANDIDATE
        part = Looked(shelf, judge, looked.found.take(changed))
        gone = np.concatenate([side[was] for side in part.numbers]).tolist()
        return self._save(part, now[changed]) | set(gone)

    def _save(self, looked: Looked, codes: NDArray[np.int8]) -> set[int]:
        """Keep what pairs are that are known to look like copies; returns the documents that are copies."""
        copy = (codes != NONE) & (codes != FORM)
        one, two = looked.numbers
        others = np.flatnonzero(~copy)
        self._database.executemany(
            f"UPDATE edges SET kind = {int(PairKind.ALIKE)}, live = 0, code = ?, side = -1, confidence = 0, reasons = 0"
            " WHERE a = ? AND b = ?",
            zip(codes[others].tolist(), one[others].tolist(), two[others].tolist(), strict=True),
        )
        places = np.flatnonzero(copy)
        if not len(places):
            return set()
        edges = self._matcher.edges(looked.shelf, looked.judge, np.arange(len(looked.shelf)))
        found = edges.decide(replace(looked.found, codes=codes).take(places))
        sides, pairs = found.directions, found.judged.pairs
        columns = (found.judged.codes, sides.side, sides.confidence, sides.reasons)
        numbers = looked.shelf.numbers[pairs.left], looked.shelf.numbers[pairs.right]
        self._database.executemany(
            f"UPDATE edges SET kind = {int(PairKind.CANDIDATE)}, live = 1, code = ?, side = ?, confidence = ?, "
            f"reasons = ?"
            " WHERE a = ? AND b = ?",
            zip(*(column.tolist() for column in (*columns, *numbers)), strict=True),
        )
        return set(np.concatenate(numbers).tolist())


def _sides(found: JudgedPairs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return found.pairs.left, found.pairs.right
