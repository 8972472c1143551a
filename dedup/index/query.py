"""What an index knows of a text: its ties, and the clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dedup.boilerplate.marks import scraper_marks
from dedup.facts import mentions, mutations
from dedup.index import rules
from dedup.index.documents import DocumentRow, day, entries_of, new_entries
from dedup.index.incoming import Part
from dedup.index.maintenance import STORIES
from dedup.index.matching import ANY_NUMBER, MatchCandidates
from dedup.index.quotes import speakers
from dedup.index.results import DocumentRef, IndexedCluster, Match, Member, QueryResult, Quoted, Side
from dedup.index.services import IndexServices
from dedup.index.stories import Likeness, best, likenesses
from dedup.model import RELATIONS, Edge, Flag, FlagKind, Relation, Span
from dedup.pipeline.findings import SPUN_TRUST
from dedup.pipeline.obfuscated import flag_of
from dedup.relations.relation import FORM
from dedup.text.tokens import tokenise

COMPARED = 5
"""Ties with which quotes and numbers are compared."""
MAX_STORY_MEMBERS = 20
"""Documents of a story that are told, the latest ones."""
TWINS = 20
"""Exact copies of a text that are told: a thousand say no more than twenty."""


@dataclass(frozen=True, slots=True)
class _Twins:
    """Exact copies of a text."""

    head: DocumentRow
    own: DocumentRow | None
    """The document that has the same id and text."""
    others: list[DocumentRow]
    """All but that one, the head first."""


class Query:
    """Answers, inside of a transaction."""

    def __init__(self, context: IndexServices) -> None:
        self._context = context

    def query(self, part: Part, evidence: bool) -> list[QueryResult]:
        """What is known of texts, which are not added. With `evidence` ties say what proves them."""
        context, count = self._context, len(part)
        context.matcher.expect(count)
        seen = context.matcher.sketch(part.texts)
        guests = new_entries(part, seen, range(count), range(-1, -1 - count, -1))
        days = np.array([day(guest) for guest in guests], np.int64) * (evidence and context.matcher.config.find.stories)
        found = context.matcher.candidates(
            context.matcher.keys(seen[0]), context.keys, np.full(count, -1), np.full(count, ANY_NUMBER), days=days
        )
        found = context.with_decided(found, guests)
        same = self._exact(part, guests)
        ties, forms = self._ties(found, guests, part, evidence, {at: twin.head.founder for at, twin in same.items()})
        for at, twin in same.items():
            ties[at] += [_exact_tie(guests[at], entry) for entry in twin.others[:TWINS]]
        known = {at: twin.own for at, twin in same.items() if twin.own}
        answers = [
            replace(self._answer(name, known.get(at), ties[at]), forms=tuple(forms[at]))
            for at, name in enumerate(part.ids)
        ]
        if evidence:
            answers = [self._flagged(seen, text) for seen, text in zip(answers, part.texts, strict=True)]
            texts = {guest.number: text for guest, text in zip(guests, part.texts, strict=True)}
            likely = likenesses(context, guests, found.told, texts)
            answers = [
                self._told(seen, text, scored) for seen, text, scored in zip(answers, part.texts, likely, strict=True)
            ]
        return answers

    def show(self, numbers: Sequence[int]) -> list[QueryResult]:
        """What documents of the index are tied to, in their order; who quotes the same and reports the same event."""
        read = self._context.text
        return [self._told(seen, read(seen.number)) if seen.number else seen for seen in self.seen(numbers)]

    def _told(self, seen: QueryResult, text: bytes, scored: Sequence[Likeness] = ()) -> QueryResult:
        """The same with the documents that quote what the text quotes, and those that report the same event: its own
        story, or the one that it would join by what `scored` says.
        """
        numbers = [tie.number for tie in seen.ties] + ([] if seen.number is None else [seen.number])
        tied = entries_of(self._context.database, "number", numbers)
        if seen.number is None:
            story = best(scored, {})
        else:
            story = next(entry.story for entry in tied if entry.number == seen.number)
        own = {entry.founder for entry in tied}
        return replace(self._quoted(seen, text, own), story=self._fellows(story, own))

    def _fellows(self, story: int | None, own: set[int]) -> tuple[DocumentRef, ...]:
        """Documents of a story, see `stories.best`, of other founders than `own`, the latest first."""
        if story is None:
            return ()
        column, number = ("number", -story) if story < 0 else ("story", story)
        members = entries_of(self._context.database, column, [number])
        numbers = [member.number for member in members if member.founder not in own and member.number == member.founder]
        told = self._context.others(sorted(numbers)[-MAX_STORY_MEMBERS:])
        return tuple(told[number] for number in sorted(told, reverse=True))

    def _quoted(self, seen: QueryResult, text: bytes, own: set[int]) -> QueryResult:
        """The same with the documents that quote what the text quotes: founders other than `own`."""
        known = speakers(self._context.keys, self._context.text, text, own)
        others = self._context.others(sorted({number for those in known.values() for number in those}))
        string = text.decode()
        quoted = (
            Quoted(quote.start, quote.end, string[quote.start : quote.end], tuple(others[number] for number in those))
            for quote, those in known.items()
        )
        return replace(seen, quoted=tuple(quoted))

    def _flagged(self, seen: QueryResult, text: bytes) -> QueryResult:
        """The same with flags, by the closest ties that are no exact copies."""
        string = text.decode()
        marks = scraper_marks(string)
        spans = tuple(Span(mark.start, mark.end, string[mark.start : mark.end]) for mark in marks)
        flags = [Flag(FlagKind.SCRAPER_MARK, spans=spans)] if spans else []
        if hidden := flag_of(string):
            flags.append(hidden)
        ties = [tie for tie in seen.ties if tie.relation is not Relation.EXACT][:COMPARED]
        if ties:
            texts = [string, *(self._context.text(tie.number).decode() for tie in ties)]
            flags += _changed_facts(texts, ties)
        return replace(seen, flags=tuple(flags))

    def _exact(self, part: Part, guests: list[DocumentRow]) -> dict[int, _Twins]:
        """What is there of each text by its words, by its place."""
        by_digest: dict[int, list[DocumentRow]] = {}
        for entry in entries_of(self._context.database, "digest", list({guest.digest for guest in guests})):
            by_digest.setdefault(entry.digest, []).append(entry)
        found = {}
        for at, guest in enumerate(guests):
            here = by_digest.get(guest.digest, [])
            texts = {guest.number: part.texts[at]}
            heads = (entry for entry in here if entry.number == entry.head)
            head = next((e for e in heads if self._context.same_words(e.number, guest.number, texts)), None)
            here = [e for e in here if e.id == guest.id or not self._apart(guest, e)]
            if head:
                own = (e for e in here if e.id == guest.id and self._context.text(e.number) == part.texts[at])
                same = next(own, None)
                others = (e for e in here if e.founder == head.founder and e is not same)
                found[at] = _Twins(
                    head, same, sorted(others, key=lambda entry: (entry.number != head.number, entry.number))
                )
        return found

    def _apart(self, guest: DocumentRow, entry: DocumentRow) -> bool:
        """Whether somebody decided that two documents of the same words are no copies."""
        decision = self._context.verdicts.choices.now().of(guest, entry)
        return decision is not None and decision.verdict is not None and not decision.verdict.is_copy

    def _ties(
        self, found: MatchCandidates, guests: list[DocumentRow], part: Part, evidence: bool, same: dict[int, int]
    ) -> tuple[list[list[Match]], list[list[DocumentRef]]]:
        """Ties of each text by its candidates, and the documents that fill in the same form. An exact copy is tied to
        its group (`same`: its founder) already.
        """
        ties: list[list[Match]] = [[] for _ in guests]
        told: list[list[DocumentRef]] = [[] for _ in guests]
        pairs = zip(found.asked.tolist(), found.founder.tolist(), strict=True)
        kept = np.array([same.get(at) != founder for at, founder in pairs], bool)
        if not kept.any():
            return ties, told
        asked, matcher = found.asked[kept], self._context.matcher
        texts = {guest.number: text for guest, text in zip(guests, part.texts, strict=True)}
        shelf, heads = self._context.heads(found.founder[kept], texts, guests)
        verdicts = self._context.verdicts
        looked = verdicts.look(shelf, shelf.rows(-1 - asked), heads, found.alike[kept], found.faint[kept])
        decided, edges, forms = verdicts.copies(looked)
        table = edges.table([decided], matcher.config.fingerprint.ngram)
        for number, edge in enumerate(table.rows(full=evidence)):
            guest, other = shelf.entries[edge.a], shelf.entries[edge.b]  # guests have negative numbers: they come first
            tie = tie_of(edge, edge.a, other, float(decided.directions.confidence[number]))
            ties[-1 - guest.number].append(replace(tie, evidence=edge.evidence) if evidence else tie)
        if matcher.config.find.forms:
            for own, row in zip(forms.pairs.left.tolist(), forms.pairs.right.tolist(), strict=True):
                told[-1 - shelf.entries[own].number].append(_other(shelf.entries[row]))
        return ties, told

    def seen(self, numbers: Sequence[int]) -> list[QueryResult]:
        """What documents of the index are tied to, in their order."""
        database = self._context.database
        entries = {entry.number: entry for entry in entries_of(database, "number", list(numbers))}
        ties: dict[int, list[Match]] = {}
        shelf, pairs = self._context.clustering.pairs({entry.head for entry in entries.values()})
        for edge, confidence in pairs:
            for own, other in ((edge.a, edge.b), (edge.b, edge.a)):
                tie = tie_of(edge, own, shelf.entries[other], confidence)
                ties.setdefault(shelf.entries[own].number, []).append(tie)
        forms = self._forms(sorted({entry.head for entry in entries.values()}))
        groups: dict[int, list[DocumentRow]] = {}
        for member in entries_of(database, "founder", sorted({entry.founder for entry in entries.values()})):
            groups.setdefault(member.founder, []).append(member)
        answers = []
        for number in numbers:
            entry = entries.get(number)
            if entry is None:
                answers.append(QueryResult(str(number), False, ()))
                continue
            twins = [_exact_tie(entry, twin) for twin in groups.get(entry.founder, ()) if twin.number != number]
            answer = self._answer(entry.id, entry, [*twins, *ties.get(entry.head, ())])
            answers.append(replace(answer, forms=tuple(forms.get(entry.head, ()))))
        return answers

    def _forms(self, heads: list[int]) -> dict[int, list[DocumentRef]]:
        """For some heads the documents that fill in the same form, by arrival."""
        if not self._context.matcher.config.find.forms:
            return {}
        sql = f"SELECT a, b FROM edges WHERE {{in_clause}} AND code = {FORM}"
        pairs = [row for side in "ab" for row in self._context.database.select_in(sql, side, heads)]
        others = self._context.others(sorted({number for pair in pairs for number in pair}))
        wanted = set(heads)
        found = sorted({(own, other) for a, b in pairs for own, other in ((a, b), (b, a)) if own in wanted})
        told: dict[int, list[DocumentRef]] = {}
        for own, other in found:
            told.setdefault(own, []).append(others[other])
        return told

    def _answer(self, name: str, own: DocumentRow | None, ties: list[Match]) -> QueryResult:
        """Ties in order, and the cluster that they lead to."""
        ties.sort(key=lambda tie: (*rules.closeness(tie.relation, tie.similarity), tie.number))
        clusters = [own.cluster] if own else [tie.cluster for tie in ties]
        cluster = next((number for number in clusters if number is not None), None)
        best = self._representative(cluster)
        number = None if own is None else own.number
        return QueryResult(name, own is not None, tuple(ties), number, cluster, best or (ties[0].id if ties else None))

    def _representative(self, cluster: int | None) -> str | None:
        if cluster is None:
            return None
        rows = self._context.database.query(
            "SELECT documents.id FROM clusters JOIN documents ON documents.number = clusters.representative"
            " WHERE clusters.id = ?",
            (cluster,),
        )
        return rows[0][0] if rows else None

    def stories(self) -> list[tuple[DocumentRef, ...]]:
        """All stories of more than one cluster, each by arrival, in the order of their first documents."""
        found: dict[int, list[DocumentRef]] = {}
        sql = f"SELECT story, number, id, source, date FROM documents WHERE story IN ({STORIES}) ORDER BY number"
        for story, *other in self._context.database.query(sql):
            found.setdefault(story, []).append(DocumentRef(*other))
        return [tuple(members) for members in found.values()]

    def clusters(self, ids: Sequence[int] | None = None) -> list[IndexedCluster]:
        """Clusters of these ids, or all, in order of their ids."""
        database, columns = self._context.database, "id, representative, weakest, source_missing"
        if ids is None:
            rows = database.query(f"SELECT {columns} FROM clusters ORDER BY id")
        else:
            rows = database.select_in(
                f"SELECT {columns} FROM clusters WHERE {{in_clause}} ORDER BY id", "id", list(ids)
            )
        members: dict[int, list[Member]] = {}
        names = "cluster, number, id, source, date, words, relation, similarity"
        sql = f"SELECT {names} FROM documents WHERE {{in_clause}} ORDER BY number"
        for cluster, number, name, source, date, words, code, similarity in database.select_in(
            sql, "cluster", [row[0] for row in rows]
        ):
            relation = None if code is None else RELATIONS[code]
            members.setdefault(cluster, []).append(Member(number, name, source, date, words, relation, similarity))
        return [
            IndexedCluster(number, weakest, bool(missing), _first(members[number], best))
            for number, best, weakest, missing in rows
        ]


def _changed_facts(texts: list[str], ties: list[Match]) -> list[Flag]:
    """What the first of some texts quotes and counts otherwise than the others, which `ties` tie it to."""
    rows = range(len(texts))
    known = {row: mentions.facts(tokenise(texts[row])) for row in rows}
    aligned = {
        (0, row): [(pair.a.start, pair.a.end, pair.b.start, pair.b.end) for pair in tie.evidence.substitutions]
        for row, tie in enumerate(ties, 1)
        if tie.evidence
    }
    spun = any(tie.relation is Relation.SPUN and tie.copy in ("this", "both") for tie in ties)
    found = mutations.group_flags(
        [*rows[1:], 0], known, trust={0: SPUN_TRUST} if spun else None, aligned=aligned,
        names={row: tie.id for row, tie in enumerate(ties, 1)}, pairs=[(0, row) for row in rows[1:]],
    )  # fmt: skip
    return found.get(0, [])


def _other(entry: DocumentRow) -> DocumentRef:
    return DocumentRef(entry.number, entry.id, entry.source, entry.date)


def _first(members: list[Member], best: int) -> tuple[Member, ...]:
    """The representative first, then by arrival."""
    return tuple(sorted(members, key=lambda member: (member.number != best, member.number)))


def _exact_tie(own: DocumentRow, twin: DocumentRow) -> Match:
    """Of two exact copies the one that was published later is the copy."""
    known = own.date is not None and twin.date is not None and own.date != twin.date
    side: Side | None = ("this" if own.known_date > twin.known_date else "other") if known else None
    return Match(
        twin.number, twin.id, twin.source, twin.date, Relation.EXACT, 1.0, 1.0, 1.0, side, 0.0, twin.cluster
    )  # fmt: skip


def tie_of(edge: Edge, own: int, other: DocumentRow, confidence: float) -> Match:
    """An edge as its side `own` (a row) sees it."""
    side: Side | None = None
    if edge.copy is not None:
        side = "both" if isinstance(edge.copy, tuple) else "this" if edge.copy == own else "other"
    return Match(
        other.number, other.id, other.source, other.date, edge.relation, edge.similarity, edge.jaccard,
        edge.containment, side, confidence, other.cluster,
    )  # fmt: skip
