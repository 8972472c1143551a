"""What an index answers. Nothing that computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dedup.model import Evidence, Flag, Relation

Side = Literal["this", "other", "both"]


@dataclass(frozen=True, slots=True)
class Match:
    """A document of the index that a text is tied to."""

    number: int
    """Order of arrival."""
    id: str
    source: str
    date: int | None
    """Seconds since 1970 UTC."""
    relation: Relation
    similarity: float
    jaccard: float
    containment: float
    copy: Side | None
    """Which side was copied or rewritten; both when the source is missing, None when undecided."""
    confidence: float
    cluster: int | None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A document of the index, by name."""

    number: int
    id: str
    source: str
    date: int | None
    """Seconds since 1970 UTC."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A direct quote that other documents have in the same words."""

    start: int
    end: int
    """Character offsets, end exclusive, without the marks."""
    text: str
    others: tuple[DocumentRef, ...]
    """Documents that are no copies, the earliest first."""


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What the index knows of one text: its ties, the closest first."""

    id: str
    known: bool
    """A document of this id and text is in the index."""
    ties: tuple[Match, ...]
    number: int | None = None
    """Of the document, where it is in the index."""
    cluster: int | None = None
    """The cluster that it is in, or that it would join."""
    representative: str | None = None
    """Of that cluster."""
    flags: tuple[Flag, ...] = ()
    """What it quotes and counts otherwise than the documents that it is tied to, and its scraper marks; only with
    evidence."""
    quoted: tuple[Quoted, ...] = ()
    """Its quotes that documents have that it is not tied to; only with evidence."""
    story: tuple[DocumentRef, ...] = ()
    """Documents that report the same event and that it is not tied to, the latest first."""
    forms: tuple[DocumentRef, ...] = ()
    """Documents that fill in the same frame with other facts, by arrival: no copies."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of some documents."""

    new: int = 0
    changed: int = 0
    """Known ids with another text: the old one was taken out."""
    known: int = 0
    tied: int = 0
    """New or changed documents that are copies of others or were copied."""
    replaced: tuple[str, ...] = ()
    """Ids of the changed ones."""
    renamed: tuple[tuple[str, str], ...] = ()
    """Ids under which another input had put another text, and what the document is called instead."""
    seen: tuple[QueryResult, ...] = ()
    """Of each document, in order; only where it was asked for."""

    def plus(self, other: Added) -> Added:
        """What became of these and others."""
        return Added(
            self.new + other.new, self.changed + other.changed, self.known + other.known, self.tied + other.tied,
            self.replaced + other.replaced, self.renamed + other.renamed,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document of an index."""

    number: int
    id: str
    source: str
    date: int | None
    """Seconds since 1970 UTC, as `added`."""
    added: int
    words: int
    cluster: int | None
    story: int | None
    text: bytes
    """UTF-8."""
    origin: str = ""
    """The input that it came from; empty where not known."""


@dataclass(frozen=True, slots=True)
class Member:
    """A document of a cluster."""

    number: int
    id: str
    source: str
    date: int | None
    words: int
    relation: Relation | None
    """To the representative; None for itself."""
    similarity: float


@dataclass(frozen=True, slots=True)
class IndexedCluster:
    """A cluster of an index."""

    id: int
    weakest: float
    source_missing: bool
    members: tuple[Member, ...]
    """The representative first, then by arrival."""
