"""What goes and what stands: of which relations copies are dropped, and for which kept document each of them is.

A cluster says what is tied; what goes is the user's choice of relations. Nothing is dropped but for a document that
stays and that it is tied to by one of them: where an excerpt may stay, an exact copy of it goes for the excerpt and
not for the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.errors import SettingError
from dedup.model import RELATIONS, Cluster, EdgeTable, Relation, Story
from dedup.relations.cluster import Graph

COPIES = frozenset((Relation.EXACT, Relation.NEAR_DUPLICATE, Relation.EXCERPT, Relation.SPUN))
"""What is dropped by default. Rewritten texts are tied into clusters as well, and dropped only where that is asked."""
UNTIED = frozenset(relation for relation in Relation if relation.value in ("form", "same-story"))
"""What says that two documents are alike and no copies: dropped where it is named, after all else."""
EXACT = RELATIONS.index(Relation.EXACT)
Rank = Callable[[Graph], Mapping[int, int]]
"""Place of each row of a graph in the order of representatives."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What goes, by row (n,): the row of the kept document that it goes for, -1 where it is kept; and by which relation
    (index into `RELATIONS`), -1 where it is kept.
    """

    rows: NDArray[np.int64]
    codes: NDArray[np.int8]

    @classmethod
    def nothing(cls, count: int) -> Dropped:
        """All of `count` rows are kept."""
        return cls(np.full(count, -1, np.int64), np.full(count, -1, np.int8))

    def drop(self, row: int, other: int, relation: Relation) -> None:
        """Have `row` go for `other`."""
        self.rows[row], self.codes[row] = other, RELATIONS.index(relation)

    def unfold(self, heads: NDArray[np.int64], exact: bool) -> Dropped:
        """Exact copies go with their head; where the head stays they go for it, if they do (`exact`)."""
        rows, codes = self.rows[heads], self.codes[heads]
        folded = heads != np.arange(len(heads))
        if exact:
            rows = np.where(folded & (self.rows[heads] < 0), heads, rows)
            codes = np.where(folded & (self.rows[heads] < 0), EXACT, codes).astype(np.int8)
        return Dropped(rows, codes)


def relations(names: Iterable[str]) -> frozenset[Relation]:
    """The relations that a setting names, one or several (with commas) a text. Raises SettingError."""
    known = {relation.value: relation for relation in Relation}
    found = set()
    for name in (name.strip().lower() for text in names for name in text.split(",")):
        if name not in known:
            wrong = f"{name!r} is no relation" if name else "a relation is missing"
            raise SettingError("output", "drop", f"{wrong} (known: {', '.join(sorted(known))})")
        found.add(known[name])
    return frozenset(found)


def dropped_for(
    drop: frozenset[Relation], clusters: Sequence[Cluster], heads: NDArray[np.int64], graph: Graph, rank: Rank
) -> Dropped:
    """Which copies go, each for what. `graph` has the verified copies among the `heads` (n,). A
    representative always stays.
    """
    if all(goes_whole(cluster, drop) for cluster in clusters):
        return by_clusters(clusters, len(heads))
    return by_ties(drop, clusters, heads, graph, rank)


def goes_whole(cluster: Cluster, drop: frozenset[Relation]) -> bool:
    """Whether all members but the representative are dropped."""
    return all(relation is None or relation in drop for relation in cluster.relations)


def by_clusters(clusters: Sequence[Cluster], count: int) -> Dropped:
    """All members go for their representatives, of `count` rows."""
    chosen = Dropped.nothing(count)
    for cluster in clusters:
        for row, relation in zip(cluster.members[1:], cluster.relations[1:], strict=True):
            chosen.drop(row, cluster.representative, relation or Relation.EXACT)
    return chosen


def by_ties(
    drop: frozenset[Relation], clusters: Sequence[Cluster], heads: NDArray[np.int64], graph: Graph, rank: Rank
) -> Dropped:
    """What is tied by one of the relations `drop` to what stays goes for it, where not all members of clusters go."""
    chosen = Dropped.nothing(len(heads))
    ties = _of(graph, drop)
    best = {cluster.representative for cluster in clusters}
    for row, other in _settle(ties, rank(ties), best):
        chosen.drop(row, other, ties.links[row][other][0])
    return chosen.unfold(heads, Relation.EXACT in drop)


def drop_untied(
    chosen: Dropped,
    drop: frozenset[Relation],
    edges: EdgeTable,
    stories: Sequence[Story],
    heads: NDArray[np.int64],
    old: NDArray[np.bool_],
    rank: Rank,
) -> Dropped:
    """`chosen`, and what goes besides because one form, or one story, is enough. Who stands for a copy that is not the
    same text stays: that copy is tied to nobody else. So do those that are `old` (n,).
    """
    if not drop & UNTIED:
        return chosen
    chosen = Dropped(chosen.rows.copy(), chosen.codes.copy())
    is_head = heads == np.arange(len(heads))
    standing = is_head & (chosen.rows < 0)
    fixed = set(chosen.rows[(chosen.rows >= 0) & is_head].tolist()) | set(np.flatnonzero(old).tolist())
    ties = Graph()
    wanted = np.isin(edges.relation, [RELATIONS.index(relation) for relation in drop & UNTIED])
    wanted &= standing[edges.a] & standing[edges.b]
    for a, b, code in zip(*(column[wanted].tolist() for column in (edges.a, edges.b, edges.relation)), strict=True):
        ties.add(a, b, (RELATIONS[code], 0.0), None)
    if Relation.SAME_STORY in drop:
        _tie_stories([[row for row in story.members if standing[row]] for story in stories], ties, rank, fixed)
    for row, other in _settle(ties, rank(ties), fixed):
        chosen.drop(row, other, ties.links[row][other][0])
    return chosen.unfold(heads, Relation.EXACT in drop)


def _of(graph: Graph, drop: frozenset[Relation]) -> Graph:
    """The part of a graph that is of these relations."""
    part = Graph()
    for a, others in graph.links.items():
        for b, link in others.items():
            if a < b and link[0] in drop:
                lesser = a if b in graph.better.get(a, ()) else b if a in graph.better.get(b, ()) else None
                part.add(a, b, link, lesser)
    return part


def _tie_stories(stories: Sequence[Sequence[int]], ties: Graph, rank: Rank, fixed: Collection[int]) -> None:
    """Tie what is left of each story to the one in it that is to stay."""
    link, all_ties = (Relation.SAME_STORY, 0.0), Graph()
    for rows in stories:
        for row in rows[1:]:
            all_ties.add(rows[0], row, link, None)
    ranks = rank(all_ties)
    for rows in stories:
        if len(rows) > 1:
            best = min(rows, key=lambda row: (row not in fixed, ranks[row]))
            for row in rows:
                if row != best and row not in ties.links[best]:
                    ties.add(row, best, link, None)


def _settle(ties: Graph, rank: Mapping[int, int], fixed: Collection[int]) -> Iterator[tuple[int, int]]:
    """Rows that go, each with the row that it goes for: one that stays and that it is tied to, and not one that is less
    than itself (an excerpt of it, a spun copy). Those that are `fixed` stay. Row by row, the best first: what was once
    kept is kept for good.
    """
    order = sorted(ties.links, key=lambda row: (row not in fixed, rank[row]))
    place = {row: number for number, row in enumerate(_better_first(order, ties))}
    kept = {row for row in order if row in fixed}
    for row in place:
        if row in kept:
            continue
        standing = [other for other in ties.links[row] if other in kept and row not in ties.better.get(other, ())]
        if standing:
            yield row, min(standing, key=lambda other: (other not in fixed, place[other]))
        else:
            kept.add(row)


def _better_first(order: Sequence[int], ties: Graph) -> list[int]:
    """The same order, but each row behind those that are better than it."""
    done: dict[int, None] = {}
    entered: set[int] = set()
    for first in order:
        stack = [first]
        while stack:
            row = stack[-1]
            waiting = [] if row in entered else sorted(ties.better.get(row, set()) - entered, reverse=True)
            entered.add(row)
            if waiting:
                stack += waiting
            else:
                done.setdefault(stack.pop())
    return list(done)
