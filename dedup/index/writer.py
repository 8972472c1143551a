"""New documents, put beside those that are there: keys, groups of exact copies, pairs, clusters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from dedup.candidates.postings import DocumentKeys
from dedup.fingerprint.minhash import Sketch
from dedup.index import rules
from dedup.index.choices import IndexChoices
from dedup.index.documents import COLUMNS, DocumentRow, day, entries_of, new_entries
from dedup.index.incoming import Part
from dedup.index.matching import ANY_NUMBER
from dedup.index.postings.levels import QUOTES
from dedup.index.quotes import quote_keys
from dedup.index.remover import Remover
from dedup.index.results import Added
from dedup.index.services import IndexServices
from dedup.index.stories import assign_stories
from dedup.storage import compression

PACKED = 64
"""Texts that a thread packs at once."""


@dataclass(frozen=True, slots=True)
class _Fresh:
    """n new documents."""

    entries: list[DocumentRow]
    texts: dict[int, bytes]
    """By number."""
    keys: list[DocumentKeys]
    """Of each kind, those of quotes last."""
    signatures: NDArray[np.uint32]
    """(n, num_perm)"""
    added: list[int]
    """Seconds since 1970."""


class Writer:
    """Adds documents, inside of a write transaction."""

    def __init__(self, context: IndexServices) -> None:
        self._context = context
        self._removing = Remover(context)

    def add(self, part: Part, moments: list[int]) -> Added:
        """Add some documents of different ids."""
        matcher, database = self._context.matcher, self._context.database
        matcher.expect(len(part))
        quoted = matcher.pool.submit(quote_keys, part.texts)
        held = entries_of(database, "id", part.ids)
        seen = matcher.sketch(part.texts)
        sketch = seen[0]
        known = self._known(held, part, sketch)
        if renamed := self._of_others(held, known, part):
            part = replace(part, ids=[renamed.get(name, name) for name in part.ids])
            held = entries_of(database, "id", part.ids)
            known = self._known(held, part, sketch)
        stale = [entry.number for entry in held if entry.id not in known]
        if stale:
            self._removing.remove(stale)
        rows = np.array([at for at, name in enumerate(part.ids) if name not in known], np.int64)
        first = int(database.meta("next_number") or 1)
        if not len(rows):
            return Added(known=len(part))
        database.set_meta("next_number", str(first + len(rows)))
        places = rows.tolist()
        fresh = _Fresh(
            new_entries(part, seen, places, range(first, first + len(places))),
            {first + place: part.texts[at] for place, at in enumerate(places)},
            [keys.take(rows) for keys in (*matcher.keys(sketch), quoted.result())],
            np.ascontiguousarray(sketch.signatures[rows], "<u4"),
            [moments[at] for at in places],
        )
        del seen, sketch
        tied = self._place(fresh)
        replaced = tuple(entry.id for entry in held if entry.id not in known)
        counts = (len(rows) - len(stale), len(stale), len(part) - len(rows), tied)
        return Added(*counts, replaced, tuple((old, new) for old, new in renamed.items() if new not in known))

    def _of_others(self, held: list[DocumentRow], known: set[str], part: Part) -> dict[str, str]:
        """Other names for documents whose ids another input has given to other texts already: "1" in one file and "1"
        in another are two documents. What comes from the same input, or from none that is known, is a new state.
        """
        others = {entry.id: entry.origin for entry in held if entry.id not in known and entry.origin}
        found: dict[str, str] = {}
        names = set(part.ids) if others else set()
        for name, origin in zip(part.ids, part.origins, strict=True):
            if origin and others.get(name, origin) != origin:
                other = f"{origin}#{name}"
                while other in names:
                    other += "'"
                names.add(other)
                found[name] = other
        return found

    def _known(self, held: list[DocumentRow], part: Part, sketch: Sketch) -> set[str]:
        """Ids of documents that come again as they are."""
        places = {name: at for at, name in enumerate(part.ids)} if held else {}
        digests = sketch.digests.view(np.int64)
        return {
            entry.id
            for entry in held
            for at in [places[entry.id]]
            if entry.digest == digests[at]
            and entry.size == len(part.texts[at])
            and self._stored(entry.number) == part.texts[at]
        }

    def _stored(self, number: int) -> bytes | None:
        """A text; None where it is damaged: what comes again takes its place."""
        return compression.read(self._context.database, [number], []).get(number)

    def _place(self, fresh: _Fresh) -> int:
        """Put new documents beside those that are there; returns how many have ties."""
        context, texts = self._context, fresh.texts
        if context.verdicts.choices.now():
            context.verdicts.choices.meet(fresh.entries)
        entries, changed, grown = self._group(fresh.entries, texts)
        self._insert(entries, fresh)
        own = np.array([entry.founder == entry.number for entry in entries], bool)
        numbers = np.array([entry.number for entry in entries], np.int64)
        founders = [keys.take(np.flatnonzero(own)) for keys in fresh.keys]
        entered = [keys.entries(numbers[own]) for keys in founders]
        days = np.array([day(entry) for entry in entries], np.int64)
        context.keys.count(numbers[own], founders, days[own])
        asked = own | np.array([entry.founder in changed for entry in entries], bool)
        groups = np.array([entry.founder for entry in entries], np.int64)[asked]
        bounds = np.where(own[asked], groups, ANY_NUMBER)
        keys = [keys.take(np.flatnonzero(asked)) for keys in fresh.keys[:QUOTES]]
        wanted = days[asked] * own[asked] * context.matcher.config.find.stories
        found = context.matcher.candidates(keys, context.keys, groups, bounds, entered[:QUOTES], wanted)
        judged = [entry for entry, new in zip(entries, asked.tolist(), strict=True) if new]
        found = context.with_decided(found, judged)
        context.keys.add(entered)
        context.keys.settle()
        touched, lost = context.forget_pairs(changed)
        touched |= grown | context.connect(found, groups, texts, lost)
        context.clustering.renew(touched, texts)
        assign_stories(context, judged, found.told, texts)
        sql = "SELECT count(*) FROM documents WHERE {in_clause} AND cluster IS NOT NULL"
        return int(context.database.select_in(sql, "number", numbers.tolist())[0][0])

    def _group(
        self, entries: list[DocumentRow], texts: dict[int, bytes]
    ) -> tuple[list[DocumentRow], dict[int, int], set[int]]:
        """Founders and heads of new documents; also the known groups that get another head (founder -> the old one),
        and the heads of groups that have more than one document now.
        """
        groups: dict[int, list[list[DocumentRow]]] = {}
        known = entries_of(self._context.database, "digest", list({entry.digest for entry in entries}))
        for entry in sorted(known, key=lambda entry: (entry.founder, entry.number)):
            here = groups.setdefault(entry.digest, [])
            if not here or here[-1][0].founder != entry.founder:
                here.append([])
            here[-1].append(entry)
        new = {entry.number for entry in entries}
        choices = self._context.verdicts.choices.now()
        for entry in entries:
            here = groups.setdefault(entry.digest, [])
            group = next((group for group in here if self._belongs(entry, group, texts, choices)), None)
            if group is None:
                here.append([entry])
            else:
                group.append(entry)
        found: dict[int, DocumentRow] = {}
        changed: dict[int, int] = {}
        grown: set[int] = set()
        for group in (group for here in groups.values() for group in here):
            if group[-1].number not in new:
                continue
            if len(group) == 1:  # alone, as it came
                found[group[0].number] = group[0]
                continue
            founder, head = (
                group[0].number if group[0].number in new else group[0].founder,
                rules.head(group, choices.shift),
            )
            if group[0].number not in new and group[0].head != head:
                changed[founder] = group[0].head
                self._context.database.execute("UPDATE documents SET head = ? WHERE founder = ?", (head, founder))
            if len(group) > 1:
                grown.add(head)
            found |= {
                entry.number: replace(entry, founder=founder, head=head, story=group[0].story)
                for entry in group
                if entry.number in new
            }
        return [found[entry.number] for entry in entries], changed, grown

    def _belongs(
        self, entry: DocumentRow, group: list[DocumentRow], texts: dict[int, bytes], choices: IndexChoices
    ) -> bool:
        """Whether a document is an exact copy of a group, and nobody decided that it is none."""
        decided = (choices.of(entry, other) for other in group) if choices else ()
        if any(one.verdict and not one.verdict.is_copy for one in decided if one):
            return False
        return self._context.same_words(group[0].number, entry.number, texts)

    def _insert(self, entries: list[DocumentRow], fresh: _Fresh) -> None:
        names = COLUMNS.split(", ")
        row_of = attrgetter(*names)
        self._context.database.executemany(
            f"INSERT INTO documents ({COLUMNS}, added) VALUES ({', '.join('?' * (len(names) + 1))})",
            ((*row_of(entry), moment) for entry, moment in zip(entries, fresh.added, strict=True)),
        )
        parts = [entries[first : first + PACKED] for first in range(0, len(entries), PACKED)]
        packed = self._context.matcher.pool.map(
            lambda part: [self._packed(entry.number, fresh.texts[entry.number]) for entry in part], parts
        )
        stored = (body for part in packed for body in part)
        self._context.database.executemany(
            "INSERT INTO bodies (number, text, checksum, signature) VALUES (?, ?, ?, ?)",
            (
                (entry.number, *body, signature.tobytes())
                for entry, body, signature in zip(entries, stored, fresh.signatures, strict=True)
            ),
        )

    @staticmethod
    def _packed(number: int, text: bytes) -> tuple[bytes, int]:
        return compression.compress(text), compression.checksum(number, text)
