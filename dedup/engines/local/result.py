"""What a run on disk found: documents, edges and clusters, one at a time, as rows of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.decisions import digest_text
from dedup.engines.clusters import Clustered
from dedup.engines.local.corpus import DiskCorpus
from dedup.engines.local.units import DOCUMENTS, EDGES, ROUNDS, OpenUnits, WorkFolder, unpacked
from dedup.engines.local.wording import WordingStage
from dedup.engines.pairs import EdgeRows, decide_stars
from dedup.engines.plan import Plan
from dedup.model import BOTH, UNDECIDED, UNKNOWN_DATE, EdgeTable
from dedup.pipeline import grouping
from dedup.relations.relation import FORM
from dedup.report.rows import Row, cluster_fields, iso_date, pair_fields, relation_name
from dedup.text.words import VERSION

Rows = NDArray[np.int64]
EXACT = 0
_IDS = ("a", "b", "code", "shared", "size_a", "size_b", "similarity", "copy")


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where each edge is kept: a file, and its place in it."""

    names: list[tuple[str, int]]
    unit: NDArray[np.int32]
    place: Rows


class DiskResult:
    """The result of a run; memory does not grow with evidence, names and texts."""

    def __init__(
        self, work: WorkFolder, corpus: DiskCorpus, plan: Plan, wording: WordingStage, file_names: Sequence[str]
    ) -> None:  # fmt: skip
        self._work, self._corpus, self._plan, self._wording = work, corpus, plan, wording
        self._names = list(file_names)

    def collect(self, blocks: int, rounds: int, clustered: Clustered, evidence: str) -> None:
        """Put together what the stages left."""
        corpus = self._corpus
        self._stars = decide_stars(
            corpus.bare(np.union1d(corpus.folded, corpus.heads)), corpus.folded, corpus.heads, self._plan, evidence
        )
        self._edges(blocks, rounds)
        table = self.table
        orphans = grouping.orphans(table.a, table.b, table.copy)
        order = np.argsort(np.array(clustered.first, np.int64), kind="stable").tolist()
        self.clusters = [
            (
                clustered.members[at],
                clustered.codes[at],
                clustered.similarities[at],
                clustered.members[at][0] in orphans,
            )
            for at in order
        ]
        self.cluster_of = np.full(len(corpus), -1, np.int64)
        for number, (members, *_) in enumerate(self.clusters):
            self.cluster_of[list(members)] = number
        self._drop(clustered)

    def _edges(self, blocks: int, rounds: int) -> None:
        """All edges but their evidence, sorted."""
        names = [(EDGES, block) for block in range(blocks)] + [(ROUNDS, number) for number in range(1, rounds + 1)]
        columns: dict[str, list[NDArray[Any]]] = {name: [] for name in _IDS}
        units, places = list[NDArray[np.int32]](), list[Rows]()
        for number, name in enumerate(names):
            with self._work.open(*name) as unit:
                for column, parts in columns.items():
                    parts.append(unit.read(column))
            units.append(np.full(len(columns["a"][-1]), number, np.int32))
            places.append(np.arange(len(columns["a"][-1])))
        for column, parts in columns.items():
            parts.append(getattr(self._stars, column))
        units.append(np.full(len(self._stars.a), len(names), np.int32))
        places.append(np.arange(len(self._stars.a)))
        joined = {name: np.concatenate(parts) for name, parts in columns.items()}
        unit_of, place = np.concatenate(units), np.concatenate(places)
        kept = _without_lost_forms(joined["a"], joined["b"], joined["code"])
        kept = kept[np.lexsort((joined["b"][kept], joined["a"][kept]))]
        found = {name: values[kept] for name, values in joined.items()}
        self._sources = _Sources(names, unit_of[kept], place[kept])
        none = np.zeros(0, np.int64)
        self.table: EdgeTable = EdgeRows(**found, lesser=none, evidence=[]).table()

    def _drop(self, clustered: Clustered) -> None:
        """What goes, and for what."""
        count = len(self._corpus)
        self.dropped_for, self.dropped_by = np.full(count, -1, np.int64), np.full(count, -1, np.int8)
        if all(clustered.whole):
            for members, codes, *_ in self.clusters:
                self.dropped_for[list(members[1:])] = members[0]
                self.dropped_by[list(members[1:])] = codes[1:]
        elif clustered.ties:
            ties = np.array(clustered.ties, np.int64)
            self.dropped_for[ties[:, 0]], self.dropped_by[ties[:, 0]] = ties[:, 1], ties[:, 2]

    @property
    def kept(self) -> NDArray[np.bool_]:
        """(n,) documents that stay."""
        return self.dropped_for < 0

    # -- rows ------------------------------------------------------------------------------------------------------

    def documents(self) -> Iterator[Row]:
        """A row a document, as `report.rows.documents` has them."""
        corpus = self._corpus
        representative = np.zeros(len(corpus), bool)
        representative[[members[0] for members, *_ in self.clusters]] = True
        for number in range(corpus.partitions):
            begin, end = int(corpus.starts[number]), int(corpus.starts[number + 1])
            rows = np.arange(begin, end)
            targets = np.unique(self.dropped_for[begin:end])
            targets = targets[targets >= 0]
            named = dict(
                zip(targets.tolist(), zip(corpus.ids(targets), corpus.files(targets), strict=True), strict=True)
            )
            with self._work.open(DOCUMENTS, number) as unit:
                lines, files = unit.read("line").tolist(), unit.read("file").tolist()
                sources = unpacked(unit.read("source"), unit.read("source_ends"))
                marks = unpacked(unit.read("marks"), unit.read("marks_ends"))
            scores, flags = self._wording.of_partition(number)
            told = zip(rows.tolist(), corpus.ids(rows), sources, marks, files, lines, scores.tolist(), strict=True)
            for row, name, source, mark, file, line, score in told:
                date, cluster = int(corpus.dates[row]), int(self.cluster_of[row])
                yield {
                    "id": name,
                    "source": source.decode() or self._names[file],
                    "file": self._names[file],
                    "line": line or None,
                    "date": None if date == UNKNOWN_DATE else iso_date(date),
                    "words": int(corpus.words[row]),
                    "digest": digest_text(int(corpus.digest[row]), VERSION),
                    "cluster": None if cluster < 0 else cluster,
                    "representative": bool(representative[row]),
                    "kept": bool(self.dropped_for[row] < 0),
                    "against": False,
                    **self._dropped(row, named),
                    "story": None,
                    "phrasing": None if isnan(score) else round(score, 6),
                    "flags": _flags(flags.get(row), mark),
                }

    def _dropped(self, row: int, named: dict[int, tuple[str, int]]) -> Row:
        other = int(self.dropped_for[row])
        if other < 0:
            return {"dropped_by": None, "duplicate_of": None, "duplicate_file": None}
        name, file = named[other]
        relation = relation_name(int(self.dropped_by[row]))
        return {"dropped_by": relation, "duplicate_of": name, "duplicate_file": self._names[file]}

    def edges(self) -> Iterator[Row]:
        """A row an edge, as `report.rows.edges` has them."""
        table, sources = self.table, self._sources
        jaccard, containment = table.jaccard, table.containment
        units, ends = OpenUnits(self._work), list[Rows]()
        for name in sources.names:
            with units.using(*name) as held:
                ends.append(np.concatenate((np.zeros(1, np.int64), held.read("evidence_ends"))))
        step = 1 << 16
        for begin in range(0, len(table), step):
            part = slice(begin, min(begin + step, len(table)))
            used = np.union1d(table.a[part], table.b[part])
            names = dict(zip(used.tolist(), self._corpus.ids(used), strict=True))
            columns = (
                table.a, table.b, table.relation, jaccard, containment, table.similarity, table.copy, sources.unit,
                sources.place,
            )  # fmt: skip
            for a, b, code, one, two, three, copy, unit, place in zip(
                *(column[part].tolist() for column in columns), strict=True
            ):
                if unit < len(ends):
                    with units.using(*sources.names[unit]) as held:
                        text = held.bytes("evidence", int(ends[unit][place]), int(ends[unit][place + 1]))
                else:
                    text = self._stars.evidence[place]
                told = [names[a], names[b]] if copy == BOTH else None if copy == UNDECIDED else names[copy]
                yield pair_fields(
                    (names[a], names[b]), relation_name(code), (one, two, three), told, orjson.Fragment(text)
                )
        units.close()

    def cluster_rows(self) -> Iterator[Row]:
        """A row a cluster, as `report.rows.clusters` has them."""
        step = 1 << 14
        for begin in range(0, len(self.clusters), step):
            part = self.clusters[begin : begin + step]
            used = np.unique(np.array([row for members, *_ in part for row in members], np.int64))
            names = dict(zip(used.tolist(), self._corpus.ids(used), strict=True))
            for number, (members, codes, similarities, orphan) in enumerate(part, begin):
                ids = [names[row] for row in members]
                yield cluster_fields(number, ids, list(map(relation_name, codes)), similarities, orphan)


def _flags(mangled: bytes | None, marks: bytes) -> list[Any]:
    """Flags of a document, mangled first."""
    first = [orjson.loads(mangled)] if mangled else []
    return [*first, *orjson.loads(marks)] if marks else first


def _without_lost_forms(a: Rows, b: Rows, code: NDArray[np.int8]) -> Rows:
    """Places of edges, each form once and only where the two are no copies: clustering may have asked again."""
    forms = np.flatnonzero(code == FORM)
    if not len(forms):
        return np.arange(len(a))
    packed = a[forms] << 32 | b[forms]
    others = np.flatnonzero(code != FORM)
    _, first = np.unique(packed, return_index=True)
    first = first[~np.isin(packed[first], a[others] << 32 | b[others])]
    return np.sort(np.concatenate((others, forms[first])))
