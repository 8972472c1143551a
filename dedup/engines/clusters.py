"""Stage 9: clusters of what hangs together, without a text.

A member of a cluster has to be a verified copy of its representative. Where two were never compared, the stage asks for
that pair; who runs it has it judged, and calls again with all answers so far. Every call replays the same steps, so it
does not matter where, or how often, a component was begun.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dedup.engines.folding import Value
from dedup.engines.plan import Plan
from dedup.model import RELATIONS, Cluster
from dedup.pipeline import grouping, ranking, selection
from dedup.pipeline.ranking import OwnWords
from dedup.relations.cluster import Graph, Link, groups

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Members:
    """k documents of some components, exact copies too, sorted by component and row."""

    component: Rows
    row: Rows
    head: Rows
    """The row that stands for each among its exact copies."""
    ids: Sequence[str]
    dates: Rows
    words: NDArray[np.int32]
    around: NDArray[np.int32]
    """Words of each that are not its own; asked of heads alone."""
    odd: NDArray[np.bool_]
    mangled: NDArray[np.bool_]
    rounds: NDArray[np.int32]
    """Questions of its component that were answered."""
    values: Sequence[Value] = ()
    """Of the field by which it is chosen who stands; empty where none is."""


@dataclass(frozen=True, slots=True)
class Links:
    """m copies (heads) of some components, sorted by component."""

    component: Rows
    a: Rows
    b: Rows
    code: NDArray[np.int8]
    similarity: NDArray[np.float64]
    lesser: Rows
    """Row of the side that must not stand for the other by its wording, -1 for none."""
    round: NDArray[np.int32]
    """0: a candidate; r: in the answer to the r-th question."""

    def take(self, which: NDArray[np.int64]) -> Links:
        """Some of them, in the order of `which`."""
        return Links(*(getattr(self, name)[which] for name in self.__slots__))


@dataclass(slots=True)
class Clustered:
    """Clusters and what is dropped, by rows of the corpus; and what is to be judged first."""

    first: list[int] = field(default_factory=list)
    """The least row of each cluster."""
    members: list[tuple[int, ...]] = field(default_factory=list)
    """The representative first, then in order of rows."""
    codes: list[tuple[int, ...]] = field(default_factory=list)
    """Relation of each member to it, -1 for itself."""
    similarities: list[tuple[float, ...]] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    """Whether all members are dropped by the relations of the settings."""
    ties: list[tuple[int, int, int]] = field(default_factory=list)
    """What goes, for which row, by which relation, if not all clusters are `whole`."""
    asked: list[tuple[int, int, int]] = field(default_factory=list)
    """Component and pair of rows that have to be judged."""

    def extend(self, other: Clustered) -> None:
        """Take all of `other`."""
        for name in self.__slots__:
            getattr(self, name).extend(getattr(other, name))


class _AskError(Exception):
    """There is no answer yet."""

    def __init__(self, pairs: list[tuple[int, int]]) -> None:
        super().__init__()
        self.pairs = pairs


class _KnownWords(OwnWords):
    """Words of rows that are their own, which were counted before."""

    def __init__(self, words: NDArray[np.int32], around: NDArray[np.int32]) -> None:
        self._own, self._round = (words - around).tolist(), around.tolist()

    def find(self, rows: object) -> None:
        """They are known."""

    def around(self, row: int) -> int:
        """Words that do not count."""
        return int(self._round[row])

    def __call__(self, row: int) -> int:
        """Words that are its own."""
        return int(self._own[row])


Answer = tuple[dict[tuple[int, int], Link], dict[tuple[int, int], int]]
"""Links of pairs that are copies, and the worse worded side of some of them."""


@dataclass(frozen=True, slots=True)
class _Component:
    """One component, by places in it."""

    ids: Sequence[str]
    dates: Rows
    own: _KnownWords
    odd: frozenset[int]
    mangled: frozenset[int]
    heads: Rows
    preference: ranking.Preference
    answers: list[Answer]

    def rank(self, graph: Graph) -> dict[int, int]:
        """Places in the order of representatives."""
        return ranking.rank(
            graph, self.ids.__getitem__, self.dates, self.own, preference=self.preference, obfuscated=self.odd
        )

    def cluster(self) -> tuple[Graph, list[Cluster]]:
        """The graph of all copies and the clusters. Raises _AskError."""
        graph, waiting = Graph(), iter(self.answers)
        grouping.tie(graph, *next(waiting), self.own)

        def verify(asked: list[tuple[int, int]]) -> list[Link | None]:
            answer = next(waiting, None)
            if answer is None:
                raise _AskError(sorted(asked))
            grouping.tie(graph, *answer, self.own)
            return [graph.links[a].get(b) for a, b in asked]

        found = groups(graph, self.rank(graph), verify, lambda rows: {row for row in rows if row in self.mangled})
        return graph, grouping.clusters(found, self.heads, ())


def cluster_components(members: Members, links: Links, plan: Plan) -> Clustered:
    """The clusters of some whole components, and what those ask for that have to wait."""
    found, drop = Clustered(), selection.relations(plan.config.output.drop)
    for number, rows, component in _components(members, links, plan):
        try:
            graph, clusters = component.cluster()
        except _AskError as asks:
            found.asked += [(number, rows[a], rows[b]) for a, b in asks.pairs]
            continue
        for cluster in clusters:
            found.first.append(rows[min(cluster.members)])
            found.members.append(tuple(rows[place] for place in cluster.members))
            found.codes.append(tuple(-1 if each is None else RELATIONS.index(each) for each in cluster.relations))
            found.similarities.append(cluster.similarities)
            found.whole.append(selection.goes_whole(cluster, drop))
        chosen = selection.by_ties(drop, clusters, component.heads, graph, component.rank)
        for place in np.flatnonzero(chosen.rows >= 0).tolist():
            found.ties.append((rows[place], rows[int(chosen.rows[place])], int(chosen.codes[place])))
    return found


def _components(members: Members, links: Links, plan: Plan) -> Iterator[tuple[int, list[int], _Component]]:
    """Each component with its number and its rows."""
    numbers, begins = np.unique(members.component, return_index=True)
    ends = np.append(begins[1:], len(members.component))
    firsts, lasts = (np.searchsorted(links.component, numbers, side) for side in ("left", "right"))
    keep_by = plan.config.output.keep_by
    for number, begin, end, first, last in zip(
        numbers.tolist(), begins.tolist(), ends.tolist(), firsts.tolist(), lasts.tolist(), strict=True
    ):
        part = slice(begin, end)
        rows = members.row[part]
        yield number, rows.tolist(), _Component(
            members.ids[part], members.dates[part], _KnownWords(members.words[part], members.around[part]),
            frozenset(np.flatnonzero(members.odd[part]).tolist()),
            frozenset(np.flatnonzero(members.mangled[part]).tolist()),
            np.searchsorted(rows, members.head[part]).astype(np.int64),
            ranking.Preference(keep_by, members.dates[part], members.values[part]),
            _answers(links, rows, first, last, int(members.rounds[begin])),
        )  # fmt: skip


def _answers(links: Links, rows: Rows, first: int, last: int, rounds: int) -> list[Answer]:
    """The links of one component by the question that they answer, in places of the component."""
    part = slice(first, last)
    a, b = np.searchsorted(rows, links.a[part]).tolist(), np.searchsorted(rows, links.b[part]).tolist()
    lesser = np.where(links.lesser[part] >= 0, np.searchsorted(rows, links.lesser[part]), -1).tolist()
    found: list[Answer] = [({}, {}) for _ in range(rounds + 1)]
    columns = (links.code[part].tolist(), links.similarity[part].tolist(), links.round[part].tolist())
    for one, two, worse, code, similarity, number in zip(a, b, lesser, *columns, strict=True):
        found[number][0][one, two] = RELATIONS[code], similarity
        if worse >= 0:
            found[number][1][one, two] = worse
    return found
