"""What the reader decided by hand on items: kept in the index, and honoured by what was decided before."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.decisions import Decision, Verdict, read
from dedup.errors import InputError
from dedup.feeds.policy import ItemDecision as Outcome
from dedup.feeds.policy import PriorMatch, Treatment, order
from dedup.feeds.records import Article
from dedup.model import Relation

if TYPE_CHECKING:
    from dedup.feeds.session import Session
    from dedup.index.choices import IndexChoices
    from dedup.index.documents import DocumentRow
    from dedup.storage.database import Database

META = "feeds_decisions"
"""Name of the digest of the files that were honoured last: nothing is to be done while they are as they were."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was decided on some documents."""

    choices: IndexChoices | None = None
    entries: dict[str, DocumentRow] = field(default_factory=dict)

    @classmethod
    def of(cls, database: Database, names: Sequence[str]) -> Spoken:
        """Decisions that are kept, for documents of these ids."""
        from dedup.index.choices import KeptChoices
        from dedup.index.documents import entries_of

        choices = KeptChoices(database).now() if names else None
        if not choices:
            return cls()
        return cls(choices, {entry.id: entry for entry in entries_of(database, "id", sorted(set(names)))})

    def beside(self, database: Database, names: Sequence[str]) -> Spoken:
        """The same for documents of other ids: decisions are not read again."""
        from dedup.index.documents import entries_of

        return Spoken(self.choices, {entry.id: entry for entry in entries_of(database, "id", sorted(set(names)))})

    def outcome(self, name: str, earlier: Sequence[PriorMatch], by_rule: Outcome) -> Outcome:
        """What becomes of an item: what was decided on it, else what the rules say."""
        entry = self.entries.get(name)
        shift = self.choices.shift(entry) if self.choices and entry else 0
        if shift < 0:
            return Outcome(reasons=("kept: decided by hand",))
        if shift > 0 and earlier:
            best = min(earlier, key=order)
            return Outcome(Treatment.DROP, best.relation, best.similarity, best.root, ("dropped: decided by hand",))
        return by_rule

    def apart(self, one: str, other: str) -> bool:
        """Whether two documents were decided to be no copies."""
        if not self.choices or one not in self.entries or other not in self.entries:
            return False
        said = self.choices.of(self.entries[one], self.entries[other])
        return said is not None and said.verdict is not None and not said.verdict.is_copy


def honour(session: Session, paths: Sequence[str], now: int) -> list[Article]:
    """Keep the decisions in files with the index, and undo what was decided otherwise before; returns the articles that
    changed. Nothing happens where the files are as they were. Raises InputError, which names file and line.
    """
    if not paths:
        return []
    try:
        digest = hashlib.sha256(b"\0".join(Path(path).read_bytes() for path in paths)).hexdigest()
    except (OSError, ValueError) as error:
        raise InputError(f"{', '.join(paths)}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    decisions = read(paths)
    if session.database.meta(META) == digest:
        return []
    index = session.open_index()
    with session.transaction(write=True):
        index.decide(decisions)
        changed = _turned(session, decisions, now)
        session.state.keep_articles(changed)
        session.state.mark_dirty([article.number for article in changed])
        session.state.combined_dirty = True
        session.database.set_meta(META, digest)
    return changed


def _turned(session: Session, decisions: Sequence[Decision], now: int) -> list[Article]:
    """Articles that were treated otherwise than a person wants, as they are to be."""
    from dedup.index.choices import heads_of

    here = [one for one in decisions if one.verdict is not None and heads_of(one, session.database)]
    names = sorted({side.id for one in here for side in (one.a, one.b)})
    articles = {article.document: article for article in session.state.articles("document", names)}
    changed: dict[int, Article] = {}
    for one in here:
        pair = articles.get(one.a.id), articles.get(one.b.id)
        if pair[0] is None or pair[1] is None:
            continue
        for article in _settled(one, pair[0], pair[1], now):
            articles[article.document] = changed[article.number] = article
    for article in [*changed.values()]:  # what is a copy of a copy now goes with it
        if article.original is not None:
            for copy in session.state.articles("original", [article.number]):
                changed.setdefault(copy.number, replace(copy, original=article.original))
    return list(changed.values())


def _settled(one: Decision, a: Article, b: Article, now: int) -> list[Article]:
    """The two articles of a decision as it wants them; those that change."""
    if one.verdict is Verdict.DROP:
        root = a.number if a.original in (None, b.number) else a.original
        gone = replace(
            b, treatment=Treatment.DROP, relation=one.relation or b.relation or Relation.NEAR_DUPLICATE, original=root,
            similarity=one.measures.get("similarity", b.similarity), settled=True, decided=now,
            reasons=("dropped: decided by hand",),
        )  # fmt: skip
        return [gone, *([_standing(a, "kept", now)] if a.original == b.number else [])]
    if one.verdict is Verdict.KEEP:
        return [_standing(b, "kept", now)]
    copies = [copy for copy, other in ((a, b), (b, a)) if copy.original == other.number]
    return [_standing(copy, one.verdict.value.replace("-", " ") if one.verdict else "", now) for copy in copies]


def _standing(article: Article, said: str, now: int) -> Article:
    return replace(
        article, treatment=Treatment.KEEP, relation=None, original=None, similarity=0.0, settled=True, decided=now,
        reasons=(f"{said}: decided by hand",),
    )  # fmt: skip
