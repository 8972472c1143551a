"""Clusters of an index, made anew where something changed: the rules of a scan on the documents that hang together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from dedup.align.alignment import Aligned
from dedup.align.figures import FIGURES
from dedup.align.overlap import Overlaps
from dedup.index import rules as plan
from dedup.index.documents import DocumentBatch, entries_of
from dedup.index.matching import Matcher
from dedup.index.rules import PairKind
from dedup.index.verdicts import Verdicts
from dedup.model import RELATIONS, Cluster, Edge, EdgeTable, Evidence
from dedup.pipeline import grouping, ranking
from dedup.pipeline.edges import Decided
from dedup.pipeline.judge import JudgedPairs
from dedup.pipeline.ranking import OwnWords
from dedup.relations.cluster import Link, groups
from dedup.relations.direction import Directions
from dedup.storage.database import Database, Row, damaged

_EDGES = "a, b, kind, live, code, shared, size_a, size_b, figures, side, confidence, reasons"


@dataclass(frozen=True, slots=True)
class StoredPairs:
    """Pairs of documents that were judged before."""

    decided: Decided
    """Rows are those of the shelf."""
    kind: NDArray[np.int8]
    live: NDArray[np.bool_]


def save(database: Database, shelf: DocumentBatch, found: Decided, kind: PairKind) -> None:
    """Keep judged pairs."""
    pairs, codes, sides = found.judged.pairs, found.judged.codes, found.directions
    columns = (
        shelf.numbers[pairs.left], shelf.numbers[pairs.right], codes, pairs.shared, pairs.left_size, pairs.right_size,
        sides.side, sides.confidence, sides.reasons,
    )  # fmt: skip
    figures = [row.tobytes() for row in np.ascontiguousarray(found.judged.figures, "<i4")]
    rows = zip(*(column.tolist() for column in columns), figures, strict=True)
    database.executemany(
        f"INSERT INTO edges ({_EDGES}) VALUES (?, ?, {int(kind)}, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (a, b) DO NOTHING",
        (
            (a, b, int(kind is PairKind.CANDIDATE), code, shared, size_a, size_b, drawn, side, confidence, reasons)
            for a, b, code, shared, size_a, size_b, side, confidence, reasons, drawn in rows
        ),
    )


def save_wording(database: Database, told: dict[int, tuple[float, bool]]) -> None:
    """Keep what was found out of the wording of documents."""
    database.executemany(
        "UPDATE documents SET mangled = ?, phrasing = ? WHERE number = ?",
        ((int(bad), None if isnan(score) else score, number) for number, (score, bad) in told.items()),
    )


def _pairs(shelf: DocumentBatch, rows: Sequence[Row]) -> StoredPairs:
    """Judged pairs as they were kept, sorted; both sides are on the shelf."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(_EDGES.split(","))
    a, b, kind, live, code, shared, size_a, size_b, figures, side, confidence, reasons = columns
    left, right = shelf.rows(np.array(a, np.int64)), shelf.rows(np.array(b, np.int64))
    widths = {len(each) for each in figures}
    if widths - {0, 4 * FIGURES} or len(widths) > 1 or not set(code) <= set(range(-1, len(RELATIONS))):
        raise damaged("an edge")
    width = len(figures[0]) // 4 if rows else FIGURES
    drawn = np.frombuffer(b"".join(figures), "<i4").reshape(len(rows), width).astype(np.int32)
    sizes = (np.array(values, np.int32) for values in (shared, size_a, size_b))
    judged = JudgedPairs(Overlaps(left, right, *sizes), drawn, np.array(code, np.int8))
    directions = Directions(np.array(side, np.int8), np.array(confidence, float), np.array(reasons, np.int16))
    none = Aligned(drawn, np.empty((0, 6), np.int32), np.zeros(len(rows) + 1, np.int64))
    return StoredPairs(Decided(judged, none, directions), np.array(kind, np.int8), np.array(live, bool))


def _take(pairs: StoredPairs, which: NDArray[np.bool_]) -> StoredPairs:
    places = np.flatnonzero(which)
    return StoredPairs(pairs.decided.take(places), pairs.kind[places], pairs.live[places])


class Clustering:
    """Keeps the clusters of an index in step with its edges."""

    def __init__(self, database: Database, matcher: Matcher, verdicts: Verdicts) -> None:
        self._database, self._matcher, self._verdicts = database, matcher, verdicts

    def touching(self, heads: Iterable[int]) -> list[Row]:
        """All pairs that were judged of some heads, a pair of two of them twice."""
        wanted, sql = sorted(heads), f"SELECT {_EDGES} FROM edges WHERE {{in_clause}}"
        return [row for side in "ab" for row in self._database.select_in(sql, side, wanted)]

    def component(self, touched: Iterable[int]) -> tuple[set[int], list[Row]]:
        """Heads that hang together with some of those `touched`, and all pairs of theirs that were judged."""
        known: set[int] = set()
        edges: dict[tuple[int, int], Row] = {}
        border = set(touched)
        while border:
            known |= border
            rows = self.touching(border)
            edges |= {(row[0], row[1]): row for row in rows}
            border = {number for row in rows if row[2] == PairKind.CANDIDATE for number in row[:2]} - known
        inside = [row for row in edges.values() if row[0] in known and row[1] in known]
        return known, sorted(inside, key=lambda row: row[:2])

    def shelf(self, heads: set[int], texts: dict[int, bytes] | None = None) -> DocumentBatch:
        """Heads and their exact copies."""
        return DocumentBatch(self._database, entries_of(self._database, "head", sorted(heads)), texts)

    def renew(self, touched: Iterable[int], texts: dict[int, bytes] | None = None) -> None:
        """Make the clusters of all that hangs together with the heads `touched` anew; `texts` are known already."""
        heads, rows = self.component(touched)
        if not heads:
            return
        shelf = self.shelf(heads, texts)
        pairs = _pairs(shelf, rows)
        first = _take(pairs, pairs.kind == PairKind.CANDIDATE)
        refused = {(a, b) for a, b, kind, *_ in rows if kind == PairKind.ALIKE}
        asked = _Asked(self._verdicts, shelf, _take(pairs, pairs.kind == PairKind.ASKED), refused)
        copies = first.decided.judged
        own = self._own_words(shelf)
        own.find(row for pair in copies.links() for row in pair)  # all at once: each alone costs far more
        graph = grouping.graph(copies, first.decided, own)
        ranks = ranking.rank(
            graph, shelf.ids.__getitem__, shelf.dates, own, obfuscated=set(np.flatnonzero(shelf.odd).tolist())
        )
        choices = self._verdicts.choices.now()
        ranks = choices.honour(shelf, graph, ranks)

        def verify(unproven: list[tuple[int, int]]) -> list[Link | None]:
            links = asked.links(unproven)
            for found in asked.copies():
                grouping.extend(graph, found.judged, found, own)
            choices.honour(shelf, graph, ranks)
            return links

        def bad(rows: list[int]) -> set[int]:
            return self._mangled(shelf, rows) - choices.kept(shelf, rows)

        grouped = groups(graph, ranks, verify, bad)
        asked.save(self._database)
        table = Decided.joined([first.decided, *asked.copies()])
        sides = table.judged.pairs
        orphans = grouping.orphans(sides.left, sides.right, table.copy)
        self._put(shelf, grouping.clusters(grouped, shelf.heads, orphans))

    def _own_words(self, shelf: DocumentBatch) -> OwnWords:
        """Words of documents without boilerplate; texts are read when they are asked for."""
        boilerplate = self._matcher.judge_of(shelf).boilerplate

        def load(rows: list[int]) -> None:
            shelf.texts.load(rows)
            if self._matcher.config.match.rewritten:
                boilerplate.find(np.array(rows, np.int64))

        return OwnWords(boilerplate, shelf.words, load)

    def _mangled(self, shelf: DocumentBatch, rows: list[int]) -> set[int]:
        """Which of some rows are flagged for their wording; those that nobody asked about are judged now."""
        if not self._matcher.config.find.phrasing:
            return set()
        unknown = [shelf.entries[row] for row in rows if shelf.entries[row].mangled is None]
        found = {row for row in rows if shelf.entries[row].mangled}
        if unknown:
            part = DocumentBatch(self._database, unknown, shelf.texts.known)
            told = self._matcher.wording(part)
            save_wording(self._database, told)
            found |= {row for row in rows if told.get(int(shelf.numbers[row]), (0.0, False))[1]}
        return found

    def _put(self, shelf: DocumentBatch, clusters: list[Cluster]) -> None:
        """Write the clusters of all documents on the shelf."""
        before = {entry.number: entry.cluster for entry in shelf.entries}
        members = [shelf.numbers[list(cluster.members)].tolist() for cluster in clusters]
        following = int(self._database.meta("next_cluster") or 0)
        ids = plan.cluster_ids(members, before, following)
        if ids and max(ids) >= following:
            self._database.set_meta("next_cluster", str(max(ids) + 1))
        self._database.delete_in("clusters", "id", sorted({old for old in before.values() if old is not None}))
        left = [number for number, old in before.items() if old is not None]
        if left:
            condition, parameter = self._database.in_clause("number", left)
            self._database.execute(
                f"UPDATE documents SET cluster = NULL, relation = NULL, similarity = NULL WHERE {condition}",
                (parameter,),
            )
        self._database.executemany(
            "INSERT INTO clusters (id, representative, weakest, source_missing) VALUES (?, ?, ?, ?)",
            (
                (number, int(shelf.numbers[found.representative]), found.weakest, int(found.source_missing))
                for number, found in zip(ids, clusters, strict=True)
            ),
        )
        self._database.executemany(
            "UPDATE documents SET cluster = ?, relation = ?, similarity = ? WHERE number = ?",
            (
                (number, None if relation is None else RELATIONS.index(relation), similarity, member)
                for number, found, those in zip(ids, clusters, members, strict=True)
                for relation, similarity, member in zip(found.relations, found.similarities, those, strict=True)
            ),
        )

    def pairs(self, heads: set[int]) -> tuple[DocumentBatch, Iterator[tuple[Edge, float]]]:
        """Edges between some heads and others as they were judged, with the confidence in their directions."""
        rows = {row[:2]: row for row in self.touching(heads) if row[3]}
        numbers = sorted({number for pair in rows for number in pair})
        shelf = DocumentBatch(self._database, entries_of(self._database, "number", numbers))
        found = _pairs(shelf, [rows[pair] for pair in sorted(rows)]).decided
        return shelf, zip(_as_edges(found), found.directions.confidence.tolist(), strict=True)

    def edges(self, touched: Iterable[int]) -> tuple[DocumentBatch, EdgeTable]:
        """All edges of what hangs together with the heads `touched`, those of exact copies with them: as a scan gives
        them.
        """
        heads, rows = self.component(touched)
        shelf = self.shelf(heads)
        pairs = _pairs(shelf, [row for row in rows if row[3]])
        judge = self._matcher.judge_of(shelf)
        sides = pairs.decided.judged.pairs
        ends = np.union1d(sides.left, sides.right)
        shelf.texts.load(range(len(shelf)) if len(ends) else ())
        judge.boilerplate.find(ends)
        edges = self._matcher.edges(shelf, judge, shelf.heads)
        parts = [
            edges.decide(_take(pairs, pairs.kind == kind).decided.judged)
            for kind in (PairKind.CANDIDATE, PairKind.ASKED)
        ]
        return shelf, edges.table(parts, self._matcher.config.fingerprint.ngram)


def _as_edges(found: Decided) -> EdgeTable:
    """Judged pairs as edges without evidence."""
    pairs = found.judged.pairs
    return EdgeTable(
        pairs.left, pairs.right, found.judged.codes, pairs.shared, pairs.left_size, pairs.right_size,
        found.judged.similarity, found.copy, lambda number, full: Evidence(),
    )  # fmt: skip


class _Asked:
    """Answers what clustering asks of pairs that were no candidates, from what is kept or by judging them."""

    def __init__(
        self, verdicts: Verdicts, shelf: DocumentBatch, kept: StoredPairs, alike: set[tuple[int, int]]
    ) -> None:
        """`alike` are pairs of numbers that look like copies and are none."""
        self._verdicts, self._shelf, self._kept = verdicts, shelf, kept
        rows = shelf.rows(np.array(sorted(alike), np.int64).reshape(-1, 2))
        self._judged: list[Decided] = []
        self._refused: list[tuple[int, int]] = []
        self._links = kept.decided.judged.copies().links()
        sides = kept.decided.judged.pairs
        self._known = set(zip(sides.left.tolist(), sides.right.tolist(), strict=True))
        self._none = {(a, b) for a, b in rows.tolist()}
        self._used: set[tuple[int, int]] = set()

    def links(self, asked: list[tuple[int, int]]) -> list[Link | None]:
        """See `cluster.Verify`."""
        unknown = np.array(sorted(set(asked) - self._known - self._none), np.int64).reshape(-1, 2)
        if len(unknown):
            found, *_ = self._verdicts.copies(self._verdicts.look(self._shelf, unknown[:, 0], unknown[:, 1]))
            self._judged.append(found)
            links = found.judged.links()
            self._links |= links
            self._known |= {(a, b) for a, b in unknown.tolist()}
            self._refused += [(a, b) for a, b in unknown.tolist() if (a, b) not in links]
        self._used |= set(asked)
        return [self._links.get(pair) for pair in asked]

    def copies(self) -> list[Decided]:
        """Pairs that were asked for and are copies."""
        return [self._among(found) for found in (self._kept.decided, *self._judged)]

    def _among(self, found: Decided) -> Decided:
        sides = found.judged.pairs
        pairs = zip(sides.left.tolist(), sides.right.tolist(), strict=True)
        chosen = np.array([pair in self._used for pair in pairs], bool) & (found.judged.codes >= 0)
        return found.take(np.flatnonzero(chosen))

    def save(self, database: Database) -> None:
        """Keep the answers, and which of them are edges of the clusters as they are now."""
        for found in self._judged:
            save(database, self._shelf, found, PairKind.ASKED)
        if self._refused:
            pairs = np.array(sorted(self._refused), np.int64)
            save(database, self._shelf, _no_copies(pairs[:, 0], pairs[:, 1]), PairKind.ASKED)
        numbers = self._shelf.numbers
        live = {pair for pair in self._used if self._links.get(pair)}
        database.executemany(
            "UPDATE edges SET live = ? WHERE a = ? AND b = ?",
            ((int((a, b) in live), int(numbers[a]), int(numbers[b])) for a, b in sorted(self._known)),
        )


def _no_copies(left: NDArray[np.int64], right: NDArray[np.int64]) -> Decided:
    """Pairs that were judged and are nothing to each other."""
    count = len(left)
    none = np.zeros(count, np.int32)
    figures = np.zeros((count, FIGURES), np.int32)
    directions = Directions(np.full(count, -1, np.int8), np.zeros(count), np.zeros(count, np.int8))
    judged = JudgedPairs(Overlaps(left, right, none, none, none), figures, np.full(count, -1, np.int8))
    return Decided(judged, Aligned(figures, np.empty((0, 6), np.int32), np.zeros(count + 1, np.int64)), directions)
