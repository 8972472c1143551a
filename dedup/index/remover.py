"""Documents taken out: their keys, pairs and clusters go with them, what hung together through them is split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dedup.index import rules
from dedup.index.documents import DocumentRow, day, entries_of
from dedup.index.matching import ANY_NUMBER
from dedup.index.postings.levels import QUOTES
from dedup.index.services import IndexServices
from dedup.index.stories import forget_lonely
from dedup.storage import compression


class Remover:
    """Takes documents out, inside of a write transaction."""

    def __init__(self, context: IndexServices) -> None:
        self._context = context

    def remove(self, numbers: Sequence[int]) -> int:
        """Take out documents, their keys and pairs; groups of exact copies get another founder and head."""
        dead = set(numbers)
        entries = entries_of(self._context.database, "number", sorted(dead))
        if not entries:
            return 0
        touched, lost = self._context.forget_pairs(
            {entry.founder: entry.head for entry in entries if entry.number == entry.head}
        )
        touched |= {entry.head for entry in entries if entry.number != entry.head}
        groups: dict[int, list[DocumentRow]] = {}
        for entry in entries_of(self._context.database, "founder", sorted({entry.founder for entry in entries})):
            groups.setdefault(entry.founder, []).append(entry)
        touched |= self._near(entries)
        self._drop_keys([entry for entry in entries if entry.number == entry.founder])
        clusters = {entry.cluster for entry in entries if entry.cluster is not None}
        for table in ("documents", "bodies"):
            self._context.database.delete_in(table, "number", sorted(dead))
        again = [
            self._regroup(founder, [e for e in group if e.number not in dead]) for founder, group in groups.items()
        ]
        moved = [entry for entry in again if entry is not None]
        if moved:
            touched |= self._rejoin(moved, lost - dead)
        elif lost:
            touched |= self._context.verdicts.renew((), lost - dead)
        self._context.clustering.renew(touched - dead)
        self._orphaned(clusters)
        forget_lonely(self._context, sorted({entry.story for entry in entries if entry.story is not None}))
        return len(entries)

    def _near(self, entries: list[DocumentRow]) -> set[int]:
        """Heads of the other documents in the clusters of these: what hung together through one that goes."""
        clusters = sorted({entry.cluster for entry in entries if entry.cluster is not None})
        return {entry.head for entry in entries_of(self._context.database, "cluster", clusters)}

    def _orphaned(self, clusters: set[int]) -> None:
        """Delete clusters that nobody is in."""
        held = {
            row[0]
            for row in self._context.database.select_in(
                "SELECT cluster FROM documents WHERE {in_clause}", "cluster", sorted(clusters)
            )
        }
        self._context.database.delete_in("clusters", "id", sorted(clusters - held))

    def _regroup(self, founder: int, left: list[DocumentRow]) -> DocumentRow | None:
        """Founder and head of what is left of a group; returns the head where one of the two changed."""
        if not left:
            return None
        first, head = min(entry.number for entry in left), rules.head(left, self._context.verdicts.choices.now().shift)
        if first == founder and head == left[0].head:
            return None
        self._context.database.execute(
            "UPDATE documents SET founder = ?, head = ? WHERE founder = ?", (first, head, founder)
        )
        kept = next(entry for entry in left if entry.number == head)
        return replace(kept, founder=first, head=head)

    def _drop_keys(self, founders: list[DocumentRow]) -> None:
        """Take the keys of documents out: they are made anew from the texts."""
        if not founders:
            return
        lost: list[int] = []
        texts = compression.read(self._context.database, [entry.number for entry in founders], lost)
        if texts:
            numbers = np.array(list(texts), np.int64)
            for kind, keys in enumerate(self._context.keys_of(list(texts.values()))):
                self._context.keys.drop(kind, np.unique(keys.keys), numbers)
        if lost:  # nobody knows what they were: all are looked through
            for kind in range(QUOTES + 1):
                self._context.keys.drop(kind, self._context.keys.of(kind, lost), np.array(lost, np.int64))

    def _rejoin(self, heads: list[DocumentRow], lost: set[int]) -> set[int]:
        """Compare the heads of groups again whose founder or head went, and what stands otherwise since (`lost`);
        returns the heads that are touched.
        """
        texts = {entry.number: self._context.text(entry.number) for entry in heads}
        keys = self._context.keys_of([texts[entry.number] for entry in heads])
        founders = np.array([entry.founder for entry in heads], np.int64)
        missing = np.array([not self._context.keys.holds(number) for number in founders.tolist()], bool)
        if missing.any():
            part = [key.take(np.flatnonzero(missing)) for key in keys]
            order = founders[missing]
            days = np.array([day(entry) for entry, new in zip(heads, missing, strict=True) if new], np.int64)
            self._context.keys.count(order, part, days)
            self._context.keys.add([key.entries(order) for key in part])
        _, more = self._context.forget_pairs({entry.founder: entry.head for entry in heads})
        found = self._context.matcher.candidates(
            keys[:QUOTES], self._context.keys, founders, np.full(len(heads), ANY_NUMBER)
        )
        self._context.keys.settle()
        return self._context.connect(found, founders, texts, lost | more) | {entry.head for entry in heads}
