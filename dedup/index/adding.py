"""New documents, put beside those that are there: keys, groups of exact copies, pairs, clusters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dedup.index import plan
from dedup.index.clustering import entries_of
from dedup.index.context import Context
from dedup.index.matching import ANY_NUMBER
from dedup.index.model import Added
from dedup.index.parts import Part
from dedup.index.removing import Removing
from dedup.index.shelf import COLUMNS, Entry, compress, entry_of
from dedup.match.fingerprint import Sketch
from dedup.text.furniture import suspects
from dedup.text.packing import pack_bytes

PACKED = 64
"""Texts that a thread packs at once."""


class Adding:
    """Adds documents, inside of a write transaction."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._removing = Removing(context)

    def add(self, part: Part, moments: list[int]) -> Added:
        """Add some documents of different ids."""
        self._context.matcher.expect(len(part))
        held = {entry.id: entry for entry in entries_of(self._context.database, "id", part.ids)}
        packed = pack_bytes(part.texts)
        sketch = self._context.matcher.sketch(packed)
        digests = sketch.digests.view(np.int64).tolist()
        old = {name: self._same_text(entry, part, digests) for name, entry in held.items()} if held else {}
        stale = [entry.number for name, entry in held.items() if not old[name]]
        if stale:
            self._removing.remove(stale)
        fresh = np.array([at for at, name in enumerate(part.ids) if not old.get(name)], np.int64)
        first = int(self._context.database.meta("next_number") or 1)
        if not len(fresh):
            return Added(known=len(part))
        self._context.database.keep("next_number", str(first + len(fresh)))
        marked = suspects(packed)
        entries = [
            entry_of(first + place, part, at, sketch, bool(marked[at])) for place, at in enumerate(fresh.tolist())
        ]
        texts = {entry.number: part.texts[at] for entry, at in zip(entries, fresh.tolist(), strict=True)}
        tied = self._place(entries, texts, sketch, fresh, [moments[at] for at in fresh.tolist()])
        return Added(len(fresh) - len(stale), len(stale), len(part) - len(fresh), tied)

    def _same_text(self, entry: Entry, part: Part, digests: list[int]) -> bool:
        """Whether a known document comes again as it is."""
        at = part.ids.index(entry.id)
        return (
            entry.digest == digests[at]
            and entry.size == len(part.texts[at])
            and self._context.text(entry.number) == part.texts[at]
        )

    def _place(
        self, entries: list[Entry], texts: dict[int, bytes], sketch: Sketch, rows: NDArray[np.int64], added: list[int]
    ) -> int:
        """Put new documents (`rows` of the sketch) beside those that are there; returns how many have ties."""
        entries, changed, grown = self._group(entries, texts)
        self._insert(entries, texts, sketch, rows, added)
        keys = self._context.matcher.keys(sketch)
        own = np.array([entry.founder == entry.number for entry in entries], bool)
        numbers = np.array([entry.number for entry in entries], np.int64)
        founders = [key.take(rows[own]) for key in keys]
        entered = [key.entries(numbers[own]) for key in founders]
        self._context.keys.count(numbers[own], np.stack([key.held for key in founders], axis=1))
        asked = own | np.array([entry.founder in changed for entry in entries], bool)
        groups = np.array([entry.founder for entry in entries], np.int64)[asked]
        bounds = np.where(own[asked], groups, ANY_NUMBER)
        found = self._context.matcher.candidates(
            [key.take(rows[asked]) for key in keys], self._context.keys, groups, bounds, entered
        )
        self._context.keys.add(entered)
        self._context.keys.settle()
        touched = self._context.forget_pairs(changed) | grown
        touched |= self._context.connect(found, groups, texts)
        self._context.clustering.renew(touched, texts)
        tied = self._context.database.rows(
            "SELECT count(*) FROM documents WHERE {among} AND cluster IS NOT NULL", "number", numbers.tolist()
        )
        return int(tied[0][0])

    def _group(self, entries: list[Entry], texts: dict[int, bytes]) -> tuple[list[Entry], dict[int, int], set[int]]:
        """Founders and heads of new documents; also the known groups that get another head (founder -> the old one),
        and the heads of groups that have more than one document now.
        """
        groups: dict[int, list[list[Entry]]] = {}
        known = entries_of(self._context.database, "digest", list({entry.digest for entry in entries}))
        for entry in sorted(known, key=lambda entry: (entry.founder, entry.number)):
            here = groups.setdefault(entry.digest, [])
            if not here or here[-1][0].founder != entry.founder:
                here.append([])
            here[-1].append(entry)
        new = {entry.number for entry in entries}
        for entry in entries:
            here = groups.setdefault(entry.digest, [])
            group = next(
                (group for group in here if self._context.same_words(group[0].number, entry.number, texts)), None
            )
            if group is None:
                here.append([entry])
            else:
                group.append(entry)
        found: dict[int, Entry] = {}
        changed: dict[int, int] = {}
        grown: set[int] = set()
        for group in (group for here in groups.values() for group in here):
            if group[-1].number not in new:
                continue
            founder, head = group[0].number if group[0].number in new else group[0].founder, plan.head(group)
            if group[0].number not in new and group[0].head != head:
                changed[founder] = group[0].head
                self._context.database.run("UPDATE documents SET head = ? WHERE founder = ?", (head, founder))
            if len(group) > 1:
                grown.add(head)
            found |= {
                entry.number: replace(entry, founder=founder, head=head) for entry in group if entry.number in new
            }
        return [found[entry.number] for entry in entries], changed, grown

    def _insert(
        self, entries: list[Entry], texts: dict[int, bytes], sketch: Sketch, rows: NDArray[np.int64], added: list[int]
    ) -> None:
        names = "number, id, founder, head, digest, source, date, words, size, marks, mangled, cluster, added"
        self._context.database.many(
            f"INSERT INTO documents ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (*(getattr(entry, name) for name in COLUMNS.split(", ")), moment)
                for entry, moment in zip(entries, added, strict=True)
            ),
        )
        signatures = np.ascontiguousarray(sketch.signatures[rows], "<u4")
        parts = [entries[first : first + PACKED] for first in range(0, len(entries), PACKED)]
        packed = self._context.matcher.pool.map(lambda part: [compress(texts[entry.number]) for entry in part], parts)
        bodies = (body for part in packed for body in part)
        self._context.database.many(
            "INSERT INTO bodies (number, text, signature) VALUES (?, ?, ?)",
            (
                (entry.number, body, signature.tobytes())
                for entry, body, signature in zip(entries, bodies, signatures, strict=True)
            ),
        )
