"""Stages 2 and 9 on disk: exact copies are folded; what hangs together is clustered, asking until nothing is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.columns import ReadText
from dedup.engines.clusters import Clustered, Links, Members, cluster_components
from dedup.engines.folding import fold_rows, id_hashes
from dedup.engines.local.corpus import DiskCorpus
from dedup.engines.local.judging import (
    PairStages,
    Told,
    columns_of,
    crowded_rows,
    edge_columns,
)
from dedup.engines.local.units import EDGES, FOLD, ROUNDS, VERDICTS, WorkFolder, packed, unpacked, write_unit
from dedup.engines.plan import Plan
from dedup.engines.posting_slices import BlockPairs
from dedup.engines.tables import ODD
from dedup.errors import SettingError
from dedup.pipeline.ids import repeated, unique_ids
from dedup.relations.components import DisjointSets
from dedup.relations.relation import FORM

Rows = NDArray[np.int64]
AT_ONCE = 200_000
"""Documents of components that are clustered at once."""
FOLDED_AT_ONCE = 100_000


def fold_corpus(work: WorkFolder, corpus: DiskCorpus, plan: Plan) -> None:
    """Rename repeated ids and find exact copies; tell the corpus. Raises SettingError where it is to be chosen by a
    field that no document has.
    """
    if not work.has(FOLD):
        keep_field = plan.config.output.keep_field
        if keep_field and len(corpus) and not corpus.has_values():
            reason = f"no record has a field '{keep_field}' with a number or a text in it"
            raise SettingError("output", "keep_by", reason)
        hashes = np.concatenate([np.zeros(0, np.uint64), *_hashes(corpus)])
        rows = repeated(hashes)
        known = np.sort(hashes)
        renamed = unique_ids(rows.tolist(), corpus.ids(rows), lambda name: _holds(known, id_hashes([name])[0]))
        corpus.renamed = renamed
        folded, heads = _folded(corpus, plan)
        names, ends = packed([name.encode() for name in renamed.values()])
        arrays: dict[str, NDArray[Any]] = {"folded": folded, "heads": heads, "names": names, "ends": ends}
        write_unit(work.unit(FOLD), arrays | {"renamed": np.array(list(renamed), np.int64)})
    with work.open(FOLD) as unit:
        names_ = [name.decode() for name in unpacked(unit.read("names"), unit.read("ends"))]
        renamed = dict(zip(unit.read("renamed").tolist(), names_, strict=True))
        corpus.fold(unit.read("folded"), unit.read("heads"), renamed)


def _hashes(corpus: DiskCorpus) -> list[NDArray[np.uint64]]:
    """Hashes of all ids, a partition at a time."""
    borders = corpus.starts.tolist()
    return [id_hashes(corpus.ids(np.arange(a, b))) for a, b in pairwise(borders)]


def _holds(known: NDArray[np.uint64], value: np.uint64) -> bool:
    at = int(np.searchsorted(known, value))
    return at < len(known) and bool(known[at] == value)


def _folded(corpus: DiskCorpus, plan: Plan) -> tuple[Rows, Rows]:
    """Rows that are exact copies, ascending, and their heads."""
    order = np.argsort(corpus.digest, kind="stable")
    digests = corpus.digest[order]
    new = np.concatenate(([True], digests[1:] != digests[:-1])) if len(digests) else np.zeros(0, bool)
    group = np.cumsum(new) - 1
    many = np.bincount(group, minlength=1)[group] > 1 if len(group) else new
    rows, group = order[many], group[many]
    folded, heads = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    begin = 0

    def read_of(some: Rows) -> ReadText:
        return lambda place: corpus.read(int(some[place]))

    while begin < len(rows):
        end = min(begin + FOLDED_AT_ONCE, len(rows))
        end = int(np.searchsorted(group, group[end - 1], "right"))  # whole groups
        some = np.sort(rows[begin:end])
        values = corpus.values(some) if plan.config.output.keep_field else []
        found = fold_rows(
            corpus.digest[some], corpus.ids(some), corpus.dates[some], corpus.flags[some], values,
            read_of(some), plan,
        )  # fmt: skip
        which = np.flatnonzero(found != np.arange(len(found)))
        folded.append(some[which])
        heads.append(some[found[which]])
        begin = end
    every, theirs = np.concatenate(folded), np.concatenate(heads)
    by_row = np.argsort(every)
    return every[by_row], theirs[by_row]


@dataclass(slots=True)
class _Graph:
    """All verified copies among heads, and the components that they make."""

    a: Rows
    b: Rows
    code: NDArray[np.int8]
    similarity: NDArray[np.float64]
    lesser: Rows
    round: NDArray[np.int32]
    rows: Rows
    """Documents in it, ascending, exact copies too."""
    component: Rows
    """Of each of `rows`."""
    rounds: NDArray[np.int32]
    """Questions that were answered, of each component."""
    around: NDArray[np.int32]
    """Of each of `rows`, words that are not its own."""


class Grouping:
    """Clusters a corpus."""

    def __init__(self, work: WorkFolder, corpus: DiskCorpus, plan: Plan, stages: PairStages, evidence: str) -> None:
        self._work, self._corpus, self._plan, self._stages = work, corpus, plan, stages
        self._evidence = evidence
        self.answered = 0
        """Rounds of questions."""

    def run(self, mangled: NDArray[np.bool_], told: Told) -> Clustered:
        """Cluster until nothing is open; `mangled` (n,) are badly worded documents. Answers are kept as edges."""
        graph = self._graph()
        found, waiting = Clustered(), np.unique(graph.component)
        neighbours = None
        done, count = 0, len(waiting)
        while len(waiting):
            asked: list[tuple[int, int, int]] = []
            for part in self._parts(graph, waiting):
                clustered = cluster_components(*self._component(graph, part, mangled), self._plan)
                asked += clustered.asked
                done += len(part) - len({number for number, *_ in clustered.asked})
                clustered.asked = []
                found.extend(clustered)
                told(done, count)
            waiting = np.unique(np.array([number for number, *_ in asked], np.int64))
            if len(waiting):
                neighbours = neighbours or self._stages.neighbours()
                self.answered += 1
                self._answer(graph, asked, neighbours)
        return found

    def _parts(self, graph: _Graph, waiting: Rows) -> list[Rows]:
        """Components to cluster, some at a time."""
        sizes = np.bincount(graph.component, minlength=int(waiting.max()) + 1)[waiting]
        return [
            part for part in np.split(waiting, np.flatnonzero(np.diff(np.cumsum(sizes) // AT_ONCE)) + 1) if len(part)
        ]

    def _component(self, graph: _Graph, part: Rows, mangled: NDArray[np.bool_]) -> tuple[Members, Links]:
        """The documents and links of some components."""
        corpus = self._corpus
        places = np.flatnonzero(_among(graph.component, part))
        rows = graph.rows[places]
        names, values = np.array(corpus.ids(rows), object), []
        if self._plan.config.output.keep_field:
            values = corpus.values(rows)
        order = np.argsort(graph.component[places], kind="stable")
        ours = places[order]
        shown = rows[order]
        component = graph.component[ours]
        members = Members(
            component, shown, corpus.head_of(shown), names[order].tolist(), corpus.dates[shown], corpus.words[shown],
            graph.around[ours], (corpus.flags[shown] & ODD) > 0, mangled[shown], graph.rounds[component],
            [values[at] for at in order.tolist()] if values else (),
        )  # fmt: skip
        of_link = graph.component[np.searchsorted(graph.rows, graph.a)]
        which = np.flatnonzero(_among(of_link, part))
        which = which[np.argsort(of_link[which], kind="stable")]
        links = Links(
            of_link[which], graph.a[which], graph.b[which], graph.code[which], graph.similarity[which],
            graph.lesser[which], graph.round[which],
        )  # fmt: skip
        return members, links

    def _graph(self) -> _Graph:
        """From the edges of all blocks; answers of a run that was killed are asked for again, and found."""
        sides: dict[str, list[NDArray[Any]]] = {name: [] for name in ("a", "b", "code", "similarity", "lesser")}
        around = [np.zeros((0, 2), np.int64)]
        for block in range(self._stages.blocks):
            with self._work.open(VERDICTS, block) as unit:
                code = unit.read("code")
                copies = code != FORM
                a, b = unit.read("a")[copies], unit.read("b")[copies]
                for rows, name in ((a, "around_a"), (b, "around_b")):
                    around.append(np.stack((rows, unit.read(name)[copies]), axis=1))
            with self._work.open(EDGES, block) as unit:
                self._take(sides, {name: unit.read(name) for name in sides})
        joined = {name: np.concatenate(parts) for name, parts in sides.items()} if sides["a"] else None
        none = np.zeros(0, np.int64)
        columns = joined or dict.fromkeys(sides, none)
        heads = np.unique(np.concatenate((columns["a"], columns["b"], self._corpus.heads)))
        rows = np.union1d(heads, self._corpus.folded)
        component = _connected(rows, columns["a"], columns["b"], self._corpus)
        words = np.zeros(len(rows), np.int32)
        known = np.concatenate(around)
        words[np.searchsorted(rows, known[:, 0])] = known[:, 1]
        count = int(component.max(initial=-1)) + 1
        return _Graph(
            columns["a"], columns["b"], columns["code"].astype(np.int8), columns["similarity"].astype(np.float64),
            columns["lesser"], np.zeros(len(columns["a"]), np.int32), rows, component, np.zeros(count, np.int32), words,
        )  # fmt: skip

    def _take(self, sides: dict[str, list[NDArray[Any]]], columns: dict[str, NDArray[Any]]) -> int:
        """Copies among heads, of the edges of a file."""
        corpus = self._corpus
        which = (columns["code"] != FORM) & (columns["code"] != 0)
        which &= (corpus.head_of(columns["a"]) == columns["a"]) & (corpus.head_of(columns["b"]) == columns["b"])
        for name, parts in sides.items():
            parts.append(columns[name][which])
        return int(which.sum())

    def _answer(self, graph: _Graph, asked: Sequence[tuple[int, int, int]], neighbours: Any) -> None:
        """Have the pairs judged that components ask for, and put the copies among them into the graph."""
        number = self.answered
        table = np.array(sorted((a, b) for _, a, b in asked), np.int64).reshape(-1, 2)
        if not self._work.has(ROUNDS, number):
            alike, faint = np.ones(len(table), bool), np.zeros(len(table), bool)
            looks = self._stages.judge_looks(BlockPairs(table[:, 0], table[:, 1], alike, faint))
            found, _ = self._stages.judge_verdicts(looks, neighbours)
            edges = self._stages.decide(found, crowded_rows(found.take(found.code != FORM)), self._evidence)
            judged = {f"judged_{name}": column for name, column in columns_of(found).items()}
            write_unit(self._work.unit(ROUNDS, number), edge_columns(edges) | judged | {"asked": table})
        sides: dict[str, list[NDArray[Any]]] = {name: [] for name in ("a", "b", "code", "similarity", "lesser")}
        with self._work.open(ROUNDS, number) as unit:
            added = self._take(sides, {name: unit.read(name) for name in sides})
        for name, parts in sides.items():
            setattr(graph, name, np.concatenate((getattr(graph, name), *parts)))
        again = np.unique(np.array([component for component, *_ in asked], np.int64))
        graph.rounds[again] += 1
        own = graph.component[np.searchsorted(graph.rows, graph.a[len(graph.a) - added :])]
        graph.round = np.concatenate((graph.round, graph.rounds[own]))


def _among(values: Rows, wanted: Rows) -> NDArray[np.bool_]:
    """Which values are among sorted, distinct ones."""
    at = np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)
    found: NDArray[np.bool_] = wanted[at] == values
    return found


def _connected(rows: Rows, a: Rows, b: Rows, corpus: DiskCorpus) -> Rows:
    """The component of each row, numbered in the order of their first rows."""
    one = np.searchsorted(rows, np.concatenate((a, corpus.folded)))
    two = np.searchsorted(rows, np.concatenate((b, corpus.heads)))
    sets = DisjointSets(len(rows))
    sets.join(one, two)
    return np.unique(sets.labels(np.arange(len(rows))), return_inverse=True)[1].astype(np.int64)
