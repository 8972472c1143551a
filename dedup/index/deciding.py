"""Decisions that come to an index: they are kept, and what they change is judged and clustered anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedup.decisions import SHOWN, Decision
from dedup.index import rules
from dedup.index.choices import heads_of
from dedup.index.documents import DocumentBatch, DocumentRow, entries_of
from dedup.index.incoming import Part
from dedup.index.remover import Remover
from dedup.index.services import IndexServices
from dedup.index.writer import Writer
from dedup.model import UNKNOWN_DATE


class Deciding:
    """Takes decisions in, inside of a write transaction."""

    def __init__(self, context: IndexServices, adding: Writer, removing: Remover) -> None:
        self._context, self._adding, self._removing = context, adding, removing

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Keep decisions and honour them."""
        changed = self._context.verdicts.choices.put(decisions)
        here = [sides for one in changed if (sides := heads_of(one, self._context.database)) is not None]
        again = self._regrouped(here)
        self._add_again(again)
        gone = {entry.number for entry in again}
        self._judge([(a, b) for a, b in here if not {a.number, b.number} & gone])

    def missing(self, decisions: Sequence[Decision]) -> list[str]:
        """What to tell of decisions whose documents are not there (yet)."""
        missing = [one for one in decisions if heads_of(one, self._context.database) is None]
        return [_not_here(missing)] if missing else []

    def _regrouped(self, pairs: Sequence[tuple[DocumentRow, DocumentRow]]) -> list[DocumentRow]:
        """Documents in groups of exact copies that are to be grouped otherwise, or to have another head."""
        choices, founders = self._context.verdicts.choices.now(), set[int]()
        groups: dict[int, list[DocumentRow]] = {}
        for entry in entries_of(self._context.database, "founder", sorted({e.founder for pair in pairs for e in pair})):
            groups.setdefault(entry.founder, []).append(entry)
        for a, b in pairs:
            decision = choices.of(a, b)
            copy = decision is not None and decision.verdict is not None and decision.verdict.is_copy
            same = a.digest == b.digest
            split, joined = a.founder == b.founder and not copy and decision, same and a.founder != b.founder
            founders |= {a.founder, b.founder} if split or joined else set()
        for founder, group in groups.items():
            if len(group) > 1 and rules.head(group, choices.shift) != group[0].head:
                founders.add(founder)
        return [entry for founder in sorted(founders) for entry in groups[founder]]

    def _add_again(self, entries: Sequence[DocumentRow]) -> None:
        """Take documents out and in again, as they were."""
        if not entries:
            return
        database = self._context.database
        numbers = [entry.number for entry in entries]
        moments: dict[int, int] = dict(
            database.select_in("SELECT number, added FROM documents WHERE {in_clause}", "number", numbers)
        )
        part = Part(
            [entry.id for entry in entries], [entry.source for entry in entries],
            [UNKNOWN_DATE if entry.date is None else entry.date for entry in entries],
            [self._context.text(number) for number in numbers], [entry.origin for entry in entries],
        )  # fmt: skip
        self._removing.remove(numbers)
        self._adding.add(part, [moments[number] for number in numbers])

    def _judge(self, pairs: Sequence[tuple[DocumentRow, DocumentRow]]) -> None:
        """Judge pairs anew, and cluster what hangs together with them."""
        context = self._context
        heads = sorted({tuple(sorted((a.head, b.head))) for a, b in pairs if a.head != b.head})
        ends = sorted({number for pair in heads for number in pair})
        context.database.executemany("DELETE FROM edges WHERE a = ? AND b = ?", heads)
        touched = set(ends) | {entry.head for pair in pairs for entry in pair}
        if heads:
            shelf = DocumentBatch(context.database, entries_of(context.database, "number", ends))
            columns = np.array(heads, np.int64).T
            looked = context.verdicts.look(shelf, shelf.rows(columns[0]), shelf.rows(columns[1]))
            context.verdicts.keep(looked)
            touched |= context.verdicts.renew([looked], set(ends))
        context.clustering.renew(touched)


def _not_here(missing: Sequence[Decision]) -> str:
    names = "; ".join(f"{one.where}: {one.a.id!r} and {one.b.id!r}" for one in missing[:SHOWN])
    more = f" … and {len(missing) - SHOWN:,} more" if len(missing) > SHOWN else ""
    return f"decisions kept for documents that are not here, or have other words: {names}{more}"
