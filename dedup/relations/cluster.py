"""From verified edges to clusters, each with a representative that every member was verified against.

Union-find ties whatever is connected; a component may chain (A like B, B like C, A unlike C), and dropping C for A
would then lose a text that A does not hold. So components are split, not marked: the best document becomes the
representative, members that are verified copies of it stay, the rest is clustered anew among itself. A member that
was not paired with the representative but has a neighbour in common is verified now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from dedup.model import Relation

Link = tuple[Relation, float]
"""Relation and similarity of a verified pair."""
Verify = Callable[[list[tuple[int, int]]], list[Link | None]]
"""Judges pairs (a < b) of rows that were no candidates; None where they are no copies."""
Bad = Callable[[list[int]], Collection[int]]
"""Which of some rows are badly worded: no such one stands for others that are not."""


@dataclass(slots=True)
class Group:
    """One cluster in the making: the representative's row and what ties each other member to it."""

    representative: int
    members: dict[int, Link] = field(default_factory=dict)


@dataclass(slots=True)
class Graph:
    """Verified edges between rows, and which rows are lesser than which."""

    links: dict[int, dict[int, Link]] = field(default_factory=lambda: defaultdict(dict))
    better: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Row -> the rows that hold it as an excerpt, or that it is a spun copy of."""
    leaning: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Row -> those of the `better` ones that are better worded and no more: nothing is lost when it stands for them."""

    def add(self, a: int, b: int, link: Link, lesser: int | None, *, leaning: bool = False) -> None:
        """An edge; `lesser` is the side that must not stand for the other, if any: an excerpt, a spun copy; or, with
        `leaning`, should not where either might: of two near-duplicates the worse worded.
        """
        self.links[a][b] = self.links[b][a] = link
        if lesser is not None:
            other = b if lesser == a else a
            self.better[lesser].add(other)
            if leaning:
                self.leaning[lesser].add(other)


def components(edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Connected rows, by union-find with path halving; each list sorted, lists in order of their first row."""
    parent: dict[int, int] = {}

    def find(row: int) -> int:
        parent.setdefault(row, row)
        while parent[row] != row:
            parent[row] = row = parent[parent[row]]
        return row

    for a, b in edges:
        one, two = find(a), find(b)
        if one != two:
            parent[max(one, two)] = min(one, two)
    found: dict[int, list[int]] = defaultdict(list)
    for row in sorted(parent):
        found[find(row)].append(row)
    return list(found.values())


def groups(graph: Graph, rank: dict[int, int], verify: Verify, bad: Bad = lambda rows: set()) -> list[Group]:
    """Split the components of `graph` into groups; the row of lowest `rank` is the best representative.

    The representative is never an excerpt or a spun copy of another document that is still to be placed: keeping it
    would drop the whole, or the source. (Where each of some near-duplicates is worse worded than another one, the first
    stands for all.) Nor is it one that is `bad` where another can be had; that is asked of the best alone, since it
    takes long to find out. All components advance together, one group of each a round, so that `verify`
    and `bad` are asked in large batches.
    """
    edges = ((a, b) for a, others in graph.links.items() for b in others if a < b)
    waiting = [sorted(rows, key=rank.__getitem__) for rows in components(edges)]
    done: list[Group] = []
    while waiting:
        openings = list(zip(_choose(waiting, graph, bad), waiting, strict=True))
        asked = [pair for best, rows in openings for pair in _unproven(best, set(rows), graph)]
        answers = dict(zip(asked, verify(asked), strict=True)) if asked else {}
        waiting = []
        for best, rows in openings:
            group, rest = Group(best), []
            for row in rows:
                link = graph.links[best].get(row) or answers.get((min(best, row), max(best, row)))
                if link and row not in _better(best, graph, {row}) - graph.leaning.get(best, set()):
                    group.members[row] = link
                elif row != best:
                    rest.append(row)
            if group.members:
                done.append(group)
            if len(rest) > 1:
                waiting.append(rest)
    return done


def _choose(waiting: list[list[int]], graph: Graph, bad: Bad) -> list[int]:
    """Of each list of ranked rows the first that is no excerpt and no spun copy of another of them, and not bad."""
    eligible = []
    for rows in waiting:
        here = set(rows)
        hubs = _hubs_first(rows, here, graph)
        eligible.append([row for row in hubs if not _better(row, graph, here)] or hubs)
    chosen = [rows[0] for rows in eligible]
    open_, place = list(range(len(eligible))), 0
    while open_:
        found = bad([eligible[number][place] for number in open_])
        for number in open_:
            if eligible[number][place] not in found:
                chosen[number] = eligible[number][place]
        place += 1
        open_ = [n for n in open_ if eligible[n][place - 1] in found and place < len(eligible[n])]
    return chosen


def _better(row: int, graph: Graph, here: set[int]) -> set[int]:
    """Which of the rows `here` a row must not stand for. Of two texts of which one is rewritten the direction is less
    than sure: there it decides between texts that as many others are tied to.
    """
    links = graph.links[row]
    return {other for other in graph.better.get(row, set()) & here if links[other][0] is not Relation.REWRITTEN}


def _hubs_first(rows: list[int], here: set[int], graph: Graph) -> list[int]:
    """Ranked rows in the order in which they should stand for `here`. Where texts are rewritten those that most others
    are tied to come first: two rewrites of one text are seldom like each other, and one of them would leave the other
    without it.
    """
    if not any(
        link[0] is Relation.REWRITTEN for row in rows for other, link in graph.links[row].items() if other in here
    ):
        return rows
    ties = {row: (-len(graph.links[row].keys() & here), len(graph.better.get(row, set()) & here)) for row in rows}
    return sorted(rows, key=ties.__getitem__)


def _unproven(best: int, rows: set[int], graph: Graph) -> list[tuple[int, int]]:
    """Pairs of `best` with rows that it shares a neighbour with, but no edge."""
    near = graph.links[best].keys() & rows
    beyond = {far for row in near for far in graph.links[row] if far in rows} - near - {best}
    return [(min(best, row), max(best, row)) for row in sorted(beyond)]
