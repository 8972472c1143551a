"""Pure decisions of an index: they read nothing and write nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum

from dedup.index.documents import ODD, DocumentRow
from dedup.model import RELATIONS, Relation
from dedup.pipeline.ranking import by_name
from dedup.relations.relation import EXCERPT


class PairKind(IntEnum):
    """Why a pair is kept in `edges`."""

    CANDIDATE = 0
    """It shares keys."""
    ASKED = 1
    """Clustering asked for it: both have a neighbour in common. It may be no copy (code -1)."""
    ALIKE = 2
    """It shares keys and looks like a copy, and is none: a form, or nothing (code -1)."""


def head(group: Sequence[DocumentRow], shift: Callable[[DocumentRow], int] = lambda entry: 0) -> int:
    """Number of the one of some exact copies that is compared with others: the order of `ranking.rank_exact`; before
    that what a person decided (`shift`: less comes first).
    """
    return min(group, key=lambda entry: (shift(entry), entry.marks & ODD, entry.known_date, by_name(entry.id))).number


def cluster_ids(found: Sequence[Sequence[int]], before: Mapping[int, int | None], following: int) -> list[int]:
    """Ids of clusters that were made anew: each keeps the id that most of its members had, if no cluster before it in
    the list took that; else a new one from `following` on. `found` are the members, `before` the old id of each.
    """
    taken: set[int] = set()
    ids = []
    for members in found:
        known = Counter(old for number in members if (old := before.get(number)) is not None and old not in taken)
        best = min(known, key=lambda old: (-known[old], old)) if known else following
        following += best == following
        taken.add(best)
        ids.append(best)
    return ids


def closeness(relation: Relation, similarity: float) -> tuple[int, float]:
    """Order of ties: exact copies first, excerpts last, then by similarity."""
    code = RELATIONS.index(relation)
    return (0 if code == 0 else 2 if code == EXCERPT else 1, -similarity)
