"""What is kept of feeds, as the code has it: feeds, articles, items, and dropped items as they stood."""

from __future__ import annotations

from dataclasses import dataclass, field

from dedup.feeds.policy import Cause, FeedPreferences, Treatment
from dedup.feeds.schedule import Schedule
from dedup.feeds.urls import redacted
from dedup.model import Relation

TRUSTED, PREFERRED, NEVER_TOUCH, PIPED = 1, 2, 4, 8
"""Bits of `feeds.flags`. PIPED: it comes through `dedup feeds filter`, and is not fetched."""


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """A feed that is listed, or that came through the filter."""

    number: int
    url: str
    title: str = ""
    """As the reader calls it; empty for the feed's own."""
    folder: str = ""
    flags: int = 0
    added: int = 0
    schedule: Schedule = field(default_factory=lambda: Schedule(""))
    name: str = ""
    """As it calls itself."""
    link: str = ""
    base: str = ""
    charset: str | None = None
    kind: str = ""
    """Empty until the first body."""
    digest: str = ""
    file: str = ""
    dirty: bool = False
    author: str = ""
    """The one who wrote all its items, folded; empty where there are several."""

    @property
    def traits(self) -> FeedPreferences:
        """For the policy."""
        return FeedPreferences(bool(self.flags & TRUSTED), bool(self.flags & PREFERRED), bool(self.flags & NEVER_TOUCH))

    @property
    def shown(self) -> str:
        """What to call it."""
        return redacted(self.title or self.name or self.url)

    @property
    def address(self) -> str:
        """Its address for people: without user name and password."""
        return redacted(self.url)


@dataclass(frozen=True, slots=True)
class Article:
    """What an item is about, and what was decided on it."""

    number: int
    document: str
    feed: int
    """That it was first seen in."""
    url: str
    title: str
    source: str
    date: int
    """Of publication where known and not after the day it was first seen, else that day."""
    words: int
    indexed: bool
    first_seen: int
    decided: int
    treatment: Treatment = Treatment.KEEP
    relation: Relation | None = None
    original: int | None = None
    similarity: float = 0.0
    reasons: tuple[str, ...] = ()
    settled: bool = False
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item of a feed."""

    feed: int
    key: str
    article: int
    digest: str
    listed: bool = True
    place: int = 0
    since: int = 0
    """When it was first listed; 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A dropped item as it stood in its feed."""

    article: int
    feed: int
    item: bytes
    kind: str
    charset: str
    base: str
