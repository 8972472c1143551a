"""What a person decided, honoured by a scan: pairs that are not judged, and who stands or goes whatever the rules say.

A pair that was decided to be no copy never ties two documents, nor does any other pair of texts with the same words.
Both may still stand in one cluster where each is a copy of a third that is kept: then neither goes for the other.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dedup.decisions import Pair, Resolved
from dedup.model import RELATIONS, Relation
from dedup.pipeline.selection import Dropped
from dedup.relations.cluster import Graph

EXACT = RELATIONS.index(Relation.EXACT)


def _ordered(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


@dataclass(slots=True)
class Choices:
    """Decisions on the rows of a scan, and on the heads of its groups of exact copies."""

    rows: Resolved
    apart: set[Pair] = field(default_factory=set)
    """Pairs of heads."""
    forms: set[Pair] = field(default_factory=set)
    same: dict[Pair, int] = field(default_factory=dict)
    """Pairs of heads -> relation code."""

    @classmethod
    def of(cls, rows: Resolved, old: NDArray[np.bool_]) -> Choices:
        """Decisions on rows; those that are `old` (n,) stay, whatever was said of them."""
        rows.keep = {row for row in rows.keep if not old[row]}
        rows.drop = {row: other for row, other in rows.drop.items() if not old[row]}
        return cls(rows)

    def shift(self, row: int) -> int:
        """What puts a row first or last in an order of representatives: -1, 0 or 1."""
        return (row in self.rows.drop) - (row in self.rows.keep)

    def separate(self, heads: NDArray[np.int64]) -> None:
        """Take apart, in place, exact copies that were decided to be none; then learn what holds for heads (n,)."""
        split = []
        for a, b in sorted(self.rows.apart):
            if heads[a] == heads[b]:
                row, head = (a, int(heads[a])) if heads[a] != a else (b, int(heads[b]))
                split.append(_ordered(row, head))
                heads[row] = row
        form = self.rows.forms
        self.apart = {self._of(pair, heads) for pair in self.rows.apart} | set(split)
        self.forms = {self._of(pair, heads) for pair in form}
        found = {self._of(pair, heads): code for pair, code in self.rows.same.items()}
        self.same = {(a, b): code for (a, b), code in found.items() if a != b and (a, b) not in self.apart}

    @staticmethod
    def _of(pair: Pair, heads: NDArray[np.int64]) -> Pair:
        return _ordered(*(int(heads[row]) for row in pair))

    def undecided(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(m,) pairs of heads that were not decided to be no copies."""
        if not self.apart:
            return np.ones(len(left), bool)
        keys = np.array([a << 32 | b for a, b in self.apart], np.int64)
        return ~np.isin(np.minimum(left, right) << 32 | np.maximum(left, right), keys)

    def honour(self, graph: Graph, fixed: Collection[int] = ()) -> None:
        """Have the documents stand that are to be kept, and those not that are to go; but for rows that are `fixed`."""
        honour(graph, self.rows.keep, self.rows.drop, fixed)

    def settle(self, dropped: Dropped, heads: NDArray[np.int64]) -> list[str]:
        """Keep what was to be kept and drop what was to be dropped, in place; returns notes. Nothing goes but for a
        document that stays, so of documents that were all to go for each other one stays.
        """
        for row in self.rows.keep:
            dropped.rows[row], dropped.codes[row] = -1, -1
        goes, stayed, waiting = dict[int, int](), set[int](), sorted(self.rows.drop, reverse=True)
        while waiting:
            row = waiting.pop()
            target = _stands_for(self.rows.drop[row], goes, dropped)
            if dropped.rows[row] >= 0 or target == row:
                stayed |= {row} if target == row else set()
                continue
            relation = self._relation(row, target, heads)
            for other in np.flatnonzero(dropped.rows == row).tolist():
                if heads[other] == heads[row]:
                    dropped.drop(other, target, relation)
                else:  # it is tied to what goes now, and to nothing else that is known of
                    dropped.rows[other], dropped.codes[other] = -1, -1
                    waiting += [other] if other in self.rows.drop else []
            goes[row] = self.rows.drop[row]
        ends = {row: _stands_for(row, goes, dropped) for row in goes}
        for row, target in ends.items():
            dropped.drop(row, target, self._relation(row, target, heads))
        left = sum(dropped.rows[row] < 0 for row in stayed)
        return [f"{left:,} kept that were to be dropped: nothing else stands for them"] if left else []

    def _relation(self, row: int, target: int, heads: NDArray[np.int64]) -> Relation:
        """The relation by which a row goes for another one."""
        return RELATIONS[EXACT if heads[row] == heads[target] else self._said(row)]

    def _said(self, row: int) -> int:
        """The relation by which a row goes."""
        return self.rows.same.get(_ordered(row, self.rows.drop[row]), RELATIONS.index(Relation.NEAR_DUPLICATE))


def _stands_for(row: int, goes: dict[int, int], dropped: Dropped) -> int:
    """What stands for a row, which `goes` by decision or is dropped by a rule. Chains of decisions may be as long as
    there are decisions, and are made shorter as they are followed.
    """
    while True:
        path = []
        while row in goes:
            path.append(row)
            row = goes[row]
        goes.update(dict.fromkeys(path, row))
        other = int(dropped.rows[row])
        if other < 0:
            return row
        row = other


def honour(graph: Graph, keep: Collection[int], drop: Collection[int], fixed: Collection[int] = ()) -> None:
    """Have rows of a graph stand that are to be kept, and those not that are to go; but for those that are `fixed`."""
    stays, goes = set(keep) | set(fixed), set(drop)  # once: there may be as many as documents
    for row in [row for row in keep if row in graph.links]:
        for other in graph.links[row].keys() - stays:
            graph.better[row].discard(other)
            graph.better[other].add(row)
            graph.leaning[other].discard(row)
    for row in [row for row in drop if row in graph.links]:
        for other in graph.links[row].keys() - goes:
            graph.better[other].discard(row)
            graph.better[row].add(other)
            graph.leaning[row].discard(other)
