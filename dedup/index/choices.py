"""What a person decided on documents of an index: kept in it, so that every later addition honours it.

Pairs are known by the words of their documents, so a decision holds for exact copies of either as well; who is kept or
goes is known by id and words. A decision may come before its documents do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dedup.decisions import COPIES, Decision, Named, Verdict, digest_text, merged, parse, row_of
from dedup.index.documents import DocumentBatch, DocumentRow, entries_of
from dedup.model import RELATIONS, Relation
from dedup.pipeline.choices import honour
from dedup.relations.cluster import Graph
from dedup.relations.relation import FORM, NONE
from dedup.storage.database import Database, damaged
from dedup.text.words import VERSION

META = "decisions"
"""Name under which they are kept, as lines of JSON."""
MASK = (1 << 64) - 1
Key = int | str
"""A document as a pair of decisions knows it: the digest of its words, else its id."""


def _digest(named: Named) -> int | None:
    version, _, value = (named.digest or "").partition(":")
    return int(value, 16) if version == str(VERSION) else None


class IndexChoices:
    """Decisions in force, ready to be asked."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self.decisions = [decision for decision in decisions if decision.verdict is not None]
        self._shift: dict[str, tuple[int, int | None]] = {}
        for decision in self.decisions:
            if decision.verdict and decision.verdict.is_copy:
                first = -1 if decision.verdict is Verdict.KEEP else 1
                self._shift[decision.b.id] = first, _digest(decision.b)

    def __bool__(self) -> bool:
        return bool(self.decisions)

    @cached_property
    def _pairs(self) -> dict[frozenset[Key], Decision]:
        return {
            frozenset(named.id if (value := _digest(named)) is None else value for named in (one.a, one.b)): one
            for one in self.decisions
        }

    @cached_property
    def _keys(self) -> set[Key]:
        return {key for pair in self._pairs for key in pair}

    def of(self, one: DocumentRow, other: DocumentRow) -> Decision | None:
        """What was decided on two documents."""
        for a in self._known(one):
            for b in self._known(other):
                if (found := self._pairs.get(frozenset((a, b)))) and (a != b or self._named(found, one, other)):
                    return found
        return None

    def _known(self, entry: DocumentRow) -> list[Key]:
        return [key for key in (entry.digest & MASK, entry.id) if key in self._keys]

    @staticmethod
    def _named(decision: Decision, one: DocumentRow, other: DocumentRow) -> bool:
        """Of exact copies the digests are the same: ids tell."""
        return {decision.a.id, decision.b.id} == {one.id, other.id}

    def shift(self, entry: DocumentRow) -> int:
        """What puts a document first or last in an order of representatives: -1, 0 or 1."""
        first, digest = self._shift.get(entry.id, (0, None))
        return first if digest is None or digest == entry.digest & MASK else 0

    def codes(self, shelf: DocumentBatch, left: NDArray[np.int64], right: NDArray[np.int64]) -> dict[int, int]:
        """Place of each pair of rows that was decided on -> relation code: NONE, FORM, or that of a copy."""
        if not self:
            return {}
        found = {}
        for place, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
            decision = self.of(shelf.entries[a], shelf.entries[b])
            if decision is not None:
                found[place] = code_of(decision)
        return found

    def honour(self, shelf: DocumentBatch, graph: Graph, ranks: dict[int, int]) -> dict[int, int]:
        """Have the documents stand that are to be kept, and those not that are to go; the ranks that say so."""
        if not self:
            return ranks
        shifts = {row: shift for row in graph.links if (shift := self.shift(shelf.entries[row]))}
        honour(graph, {row for row in shifts if shifts[row] < 0}, {row for row in shifts if shifts[row] > 0})
        return {row: rank + len(ranks) * shifts.get(row, 0) for row, rank in ranks.items()}

    def kept(self, shelf: DocumentBatch, rows: Iterable[int]) -> set[int]:
        """Those of some rows that are to be kept."""
        return {row for row in rows if self.shift(shelf.entries[row]) < 0} if self else set()

    def partners(self, entries: Sequence[DocumentRow], database: Database) -> list[tuple[int, DocumentRow]]:
        """Places of `entries`, each with a document of the index that it was decided to be a copy of."""
        same = [one for one in self.decisions if one.verdict and one.verdict.is_copy]
        if not same:
            return []
        by_id = {entry.id: place for place, entry in enumerate(entries)}
        wanted: dict[str, list[int]] = {}
        for one in same:
            for own, other in ((one.a, one.b), (one.b, one.a)):
                if own.id in by_id:
                    wanted.setdefault(other.id, []).append(by_id[own.id])
        found = entries_of(database, "id", sorted(wanted))
        return [
            (place, entry) for entry in found for place in wanted[entry.id] if self.of(entries[place], entry)
        ]  # fmt: skip


def code_of(decision: Decision) -> int:
    """The relation code that a decision gives a pair."""
    if decision.verdict is Verdict.FORM:
        return int(FORM)
    if decision.verdict is None or not decision.verdict.is_copy:
        return int(NONE)
    relation = decision.relation if decision.relation in COPIES else None
    if relation in (None, Relation.EXACT):
        relation = Relation.NEAR_DUPLICATE
    return RELATIONS.index(relation)


class KeptChoices:
    """The decisions that an index holds; read again when another process changed them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._raw: str | None = ""
        self._extra: list[Decision] = []
        self._choices = IndexChoices([])

    def consider(self, decisions: Sequence[Decision]) -> None:
        """Have decisions count that are not kept."""
        self._extra, self._raw = list(decisions), ""

    def now(self) -> IndexChoices:
        """Those in force. Raises IndexFileError."""
        raw = self._database.meta(META)
        if raw != self._raw:
            self._choices, self._raw = IndexChoices(merged(_parsed(raw or ""), self._extra)), raw
        return self._choices

    def put(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Keep more, inside of a write transaction; returns those that change anything."""
        before = {one.pair: one for one in self.kept()}
        decisions = [self._complete(one) for one in decisions]
        after = [one for one in merged(before.values(), decisions) if one.verdict is not None]
        held = {one.pair: one for one in after}
        changed = [one for one in merged((), decisions) if not _same(before.get(one.pair), held.get(one.pair))]
        if changed:
            self._keep(after)
        return changed

    def meet(self, entries: Sequence[DocumentRow]) -> None:
        """Note the words of new documents in decisions that name them by their ids alone."""
        names = {entry.id: entry for entry in entries}
        kept = self.kept()
        after = [one._replace(a=_with_words(one.a, names), b=_with_words(one.b, names)) for one in kept]
        if after != kept:
            self._keep(after)

    def _complete(self, one: Decision) -> Decision:
        """A decision with the words of its documents, where it says nothing of them and they are there."""
        names = [side.id for side in (one.a, one.b) if side.digest is None]
        found = {entry.id: entry for entry in entries_of(self._database, "id", names)}
        return one._replace(a=_with_words(one.a, found), b=_with_words(one.b, found))

    def _keep(self, decisions: Sequence[Decision]) -> None:
        self._database.set_meta(META, "\n".join(json.dumps(row_of(one)) for one in decisions))

    def kept(self) -> list[Decision]:
        """Those that are kept, without what is only considered."""
        return _parsed(self._database.meta(META) or "")


def _with_words(named: Named, entries: Mapping[str, DocumentRow]) -> Named:
    if named.digest is not None or named.id not in entries:
        return named
    return named._replace(digest=digest_text(entries[named.id].digest, VERSION))


def _same(one: Decision | None, other: Decision | None) -> bool:
    return (one is None and other is None) or (
        one is not None and other is not None and one[:4] == other[:4]
    )  # fmt: skip


def _parsed(raw: str) -> list[Decision]:
    from dedup.errors import InputError

    try:
        return [parse(line.encode(), f"decision {number}") for number, line in enumerate(raw.splitlines(), 1)]
    except InputError:
        raise damaged("what was decided by hand") from None


def heads_of(decision: Decision, database: Database) -> tuple[DocumentRow, DocumentRow] | None:
    """The documents that a decision names, where both are there with these words."""
    found = {entry.id: entry for entry in entries_of(database, "id", [decision.a.id, decision.b.id])}
    sides = []
    for named in (decision.a, decision.b):
        entry, digest = found.get(named.id), _digest(named)
        if entry is None or (digest is not None and entry.digest & MASK != digest):
            return None
        sides.append(entry)
    return sides[0], sides[1]
