"""What is found by looking at more than a pair: stories, and what documents of one cluster or story say differently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from dedup.config import FindConfig
from dedup.facts import mentions, mutations
from dedup.model import RELATIONS, Cluster, EdgeTable, Flag, FlagKind, Relation, Story, Strings
from dedup.pipeline.boilerplate import Boilerplate
from dedup.pipeline.candidates import terms_of
from dedup.pipeline.documents import Clock, CorpusStore
from dedup.runtime import forks
from dedup.stories import stories as story
from dedup.text.tokens import tokenise

Flags = dict[int, tuple[Flag, ...]]
Slots = list[tuple[int, int, int, int]]
"""Character ranges in both texts of what differs."""
STORY_WORDS = 40
"""Words below which a text is no report of an event: a headline, a caption."""
QUOTE_MARKS = ('"', "“", "„", "«", "‘")
SPUN = RELATIONS.index(Relation.SPUN)
UNALIGNED = [RELATIONS.index(relation) for relation in (Relation.FORM, Relation.REWRITTEN)]
"""Relations of texts that have no words in the same slots."""
AT_ONCE = 16
"""Groups that one process compares before the next."""
MARKED_TRUST, SPUN_TRUST = -1.0, -2.0
"""How much less is believed what a text with scraper marks, and what a spun copy says."""


class Findings:
    """Looks at whole clusters and stories; `notes` say what was too much to look at."""

    def __init__(
        self, config: FindConfig, store: CorpusStore, boilerplate: Boilerplate, heads: NDArray[np.int64],
        words: NDArray[np.int32], pool: Executor, clock: Clock,
    ) -> None:  # fmt: skip
        self._config, self._store, self._boilerplate = config, store, boilerplate
        self._heads, self._words, self._pool, self._clock = heads, words, pool, clock
        self.notes: list[str] = []

    def stories(
        self, clusters: Sequence[Cluster], dates: NDArray[np.int64], apart: NDArray[np.int64]
    ) -> list[Story]:  # fmt: skip
        """Clusters and single documents about one event, two of them at least. Pairs of rows `apart` (m, 2) are about
        two.
        """
        if not self._config.stories:
            return []
        members = {cluster.representative: cluster.members for cluster in clusters}
        dropped = {row for cluster in clusters for row in cluster.members[1:]}
        units = np.array(
            [row for row in np.flatnonzero(self._words >= STORY_WORDS).tolist() if row not in dropped], np.int64
        )
        if len(units) > self._config.story_limit:
            self.notes.append(
                f"stories were not looked for among {len(units):,} documents (story_limit is "
                f"{self._config.story_limit:,})"
            )
            return []
        if len(units) < 2:
            return []
        with self._clock.stage("stories"):
            terms = terms_of(self._boilerplate.read, units, self._pool)
            apart = np.sort(np.searchsorted(units, apart[np.isin(apart, units).all(1)]), axis=1).astype(np.uint64)
            packed = (apart[:, 0] << np.uint64(32) | apart[:, 1]).astype(np.uint64)
            found = story.stories(terms, dates[units], self._pool, apart=packed)
        groups = [[int(units[place]) for place in group] for group in found.groups]
        return [
            Story(number, tuple(sorted(row for unit in group for row in members.get(unit, (unit,)))))
            for number, group in enumerate(groups)
        ]

    def flags(
        self, clusters: Sequence[Cluster], stories: Sequence[Story], edges: EdgeTable, ids: Strings, known: Flags
    ) -> Flags:
        """`known` flags (scraper marks) and those of quotes, numbers and names."""
        groups = list(self._groups(clusters, stories))
        groups += [[row] for row in self._quoting(groups)]
        total = sum(map(len, groups))
        if total > self._config.fact_limit:
            self.notes.append(
                f"quotes and numbers of {total:,} documents were not compared (fact_limit is "
                f"{self._config.fact_limit:,})"
            )
            return known
        with self._clock.stage("facts"):
            found = {row: list(flags) for row, flags in known.items()}
            compared = _Compared(self._facts, ids, edges, _ties(groups, edges), self._trust(edges, known))
            parts = [range(begin, min(begin + AT_ONCE, len(groups))) for begin in range(0, len(groups), AT_ONCE)]
            for said in forks.spread(lambda part: [compared.flags(at, groups[at]) for at in part], parts):
                for row, flags in chain.from_iterable(map(dict.items, said)):
                    found.setdefault(row, []).extend(flags)
        return {row: tuple(flags) for row, flags in sorted(found.items())}

    def _facts(self, row: int) -> mentions.Facts:
        return mentions.facts(tokenise(self._boilerplate.read(row).decode()))

    def _groups(self, clusters: Sequence[Cluster], stories: Sequence[Story]) -> Iterable[list[int]]:
        """Rows to compare with each other, the representative first; of exact copies one alone."""
        best = {row: cluster.representative for cluster in clusters for row in cluster.members}
        told = {row for found in stories for row in found.members}
        for rows in (*(found.members for found in stories), *(c.members for c in clusters if c.members[0] not in told)):
            heads = sorted({int(self._heads[row]) for row in rows}, key=lambda row: (best.get(row, row) != row, row))
            if len(heads) > 1:
                yield heads

    def _quoting(self, groups: list[list[int]]) -> list[int]:
        """Rows in no group that may quote one thing twice. In a large batch only groups are looked at."""
        if len(self._heads) > self._config.fact_limit:
            return []
        grouped = {row for rows in groups for row in rows}
        rows = [row for row in range(len(self._heads)) if self._heads[row] == row and row not in grouped]
        return [row for row in rows if _marks(self._store.texts.read(row).decode()) > 1]

    def _trust(self, edges: EdgeTable, known: Flags) -> dict[int, float]:
        """Whose wording is believed less: copies that were spun, texts with scraper marks."""
        trust = {
            row: MARKED_TRUST for row, flags in known.items() if any(f.kind is FlagKind.SCRAPER_MARK for f in flags)
        }
        spun = edges.relation == SPUN
        return trust | {int(row): SPUN_TRUST for row in edges.copy[spun & (edges.copy >= 0)]}


@dataclass(frozen=True, slots=True)
class _Compared:
    """What is asked of each group."""

    facts: Callable[[int], mentions.Facts]
    ids: Strings
    edges: EdgeTable
    ties: dict[int, list[int]]
    trust: dict[int, float]

    def flags(self, number: int, rows: Sequence[int]) -> dict[int, list[Flag]]:
        """Flags of the documents of a group, the representative first."""
        facts_of, names = {row: self.facts(row) for row in rows}, {row: self.ids[row] for row in rows}
        slots = self._slots(number, rows)
        return mutations.group_flags(rows, facts_of, trust=self.trust, aligned=slots, names=names)

    def _slots(self, number: int, rows: Sequence[int]) -> dict[tuple[int, int], Slots]:
        """What differs in the aligned slots of copies, by (row, row) in the order of their group."""
        place, found = {row: at for at, row in enumerate(rows)}, {}
        for edge in self.ties.get(number, ()):
            a, b = int(self.edges.a[edge]), int(self.edges.b[edge])
            pairs = self.edges.explain(edge, True).substitutions
            slots = [(pair.a.start, pair.a.end, pair.b.start, pair.b.end) for pair in pairs]
            if place[a] < place[b]:
                found[a, b] = slots
            else:
                found[b, a] = [(c, d, e, f) for e, f, c, d in slots]
        return found


def _ties(groups: Sequence[Sequence[int]], edges: EdgeTable) -> dict[int, list[int]]:
    """The edges of copies that have words in the same slots, by the number of the group that both are in."""
    group = {row: number for number, rows in enumerate(groups) for row in rows}
    found: dict[int, list[int]] = {}
    for edge in np.flatnonzero(~np.isin(edges.relation, UNALIGNED)).tolist():
        number = group.get(int(edges.a[edge]))
        if number is not None and number == group.get(int(edges.b[edge])):
            found.setdefault(number, []).append(edge)
    return found


def _marks(text: str) -> int:
    """Opening quotation marks, straight ones by twos."""
    return sum(text.count(mark) for mark in QUOTE_MARKS[1:]) + text.count(QUOTE_MARKS[0]) // 2
