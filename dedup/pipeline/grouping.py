"""From judged pairs to clusters: who stands for whom, for a scan and for an index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from dedup.model import BOTH, Cluster, Relation
from dedup.pipeline.edges import Decided
from dedup.pipeline.judge import JudgedPairs
from dedup.relations.cluster import Graph, Group, Link

ENOUGH = 0.7
"""Share of the words of a text that another must have to stand for it: what was left out would be lost. Near-duplicates
by their shingles have it at the default threshold; what was aligned may stand in the other."""


def graph(copies: JudgedPairs, decided: Decided, own: Callable[[int], int]) -> Graph:
    """Copies as a graph. An excerpt must not stand for the whole, nor a shortened text for what it left out, nor a spun
    copy for its source, nor the worse worded of two where nothing else tells; `own` says how many words of a row are
    its own: a text is no longer for what stands round it.
    """
    made = Graph()
    extend(made, copies, decided, own)
    return made


def extend(graph: Graph, copies: JudgedPairs, decided: Decided, own: Callable[[int], int]) -> None:
    """Add copies that were found later."""
    pairs = decided.judged.pairs
    rows = zip(pairs.left.tolist(), pairs.right.tolist(), decided.lesser.tolist(), strict=True)
    tie(graph, copies.links(), {(a, b): row for a, b, row in rows if row >= 0}, own)


def tie(
    graph: Graph, links: Mapping[tuple[int, int], Link], worse: Mapping[tuple[int, int], int], own: Callable[[int], int]
) -> None:  # fmt: skip
    """Add links between rows; `worse` is the side of a pair that must not stand for the other by its wording."""
    for (a, b), link in links.items():
        lesser, leaning = None, False
        shorter, longer = sorted((own(a), own(b)))
        shortened = link[0] is Relation.NEAR_DUPLICATE and shorter < ENOUGH * longer
        if link[0] is Relation.EXCERPT or shortened:
            lesser = a if own(a) <= own(b) else b
        elif link[0] in (Relation.SPUN, Relation.NEAR_DUPLICATE, Relation.REWRITTEN):
            lesser, leaning = worse.get((a, b)), link[0] is Relation.NEAR_DUPLICATE
        graph.add(a, b, link, lesser, leaning=leaning)


def unlink(graph: Graph, copies: JudgedPairs, fixed: Collection[int], own: Callable[[int], int]) -> None:
    """Take out those of the `copies` by which a row that is `fixed` would have to give way: it stands, and so does the
    whole that it is an excerpt of, its source, and what has far more words of its own.
    """
    for a, b in zip(copies.pairs.left.tolist(), copies.pairs.right.tolist(), strict=True):
        if a not in fixed and b not in fixed:
            continue
        row, other = (a, b) if a in fixed else (b, a)
        if other in graph.better.get(row, ()) or own(row) < ENOUGH * own(other):
            graph.links[a].pop(b, None)
            graph.links[b].pop(a, None)
            graph.better[row].discard(other)


def clusters(grouped: list[Group], heads: NDArray[np.int64], orphans: Collection[int]) -> list[Cluster]:
    """Clusters with exact copies unfolded, numbered by their first row; `heads` (n,) of all rows."""
    folded: dict[int, list[int]] = {}
    for row in np.flatnonzero(heads != np.arange(len(heads))).tolist():
        folded.setdefault(int(heads[row]), []).append(row)
    in_groups = {row for group in grouped for row in (group.representative, *group.members)}
    alone = [Group(head) for head in folded if head not in in_groups]
    found = []
    for group in (*grouped, *alone):
        links: dict[int, Link] = {}
        for row, link in [(group.representative, (Relation.EXACT, 1.0)), *group.members.items()]:
            links[row] = link
            links |= dict.fromkeys(folded.get(row, ()), link)
        del links[group.representative]
        rows = sorted(links)
        found.append((min(rows[0], group.representative), group.representative, rows, links))
    found.sort(key=lambda cluster: cluster[0])
    return [
        Cluster(
            number, best, (best, *rows), min(links[row][1] for row in rows),
            (None, *(links[row][0] for row in rows)), (1.0, *(links[row][1] for row in rows)), best in orphans,
        )
        for number, (_, best, rows, links) in enumerate(found)
    ]  # fmt: skip


def orphans(a: NDArray[np.int64], b: NDArray[np.int64], copy: NDArray[np.int64]) -> set[int]:
    """Rows that rewrite a text which is not there: one of two rewritings, and a copy of nothing else. `a`, `b` and
    `copy` (m,) are columns of an `EdgeTable`.
    """
    twins = copy == BOTH
    spun = set(a[twins].tolist()) | set(b[twins].tolist())
    return spun - set(copy[copy >= 0].tolist())
