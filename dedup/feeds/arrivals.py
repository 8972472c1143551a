"""Feeds that arrived, what they say of themselves, and the plan of what is to be done with their items."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from dedup.feeds.http.request import Fetched
from dedup.feeds.listing_table import stored
from dedup.feeds.model import Feed, Item
from dedup.feeds.publisher import author_of
from dedup.feeds.records import Article, KnownFeed, KnownItem
from dedup.feeds.schedule import Schedule
from dedup.feeds.urls import normalise


@dataclass(frozen=True, slots=True)
class FetchedFeed:
    """A feed that was fetched."""

    feed: KnownFeed
    """With what the new body says of it."""
    body: bytes
    parsed: Feed
    schedule: Schedule | None = None
    """None for a feed that came through the filter: its body is not kept."""
    texts: dict[int, str] = field(default_factory=dict)
    """Texts of pages, by place of the item, where they are more than the feed has."""
    late: tuple[str, ...] = ()
    """Keys of items whose pages did not come in time."""
    again: bool = False
    """Whether these are items of an earlier body, compared without their pages, and nothing else of the feed is new."""

    def text(self, item: Item) -> str:
        """What to compare of an item."""
        return self.texts.get(item.place) or item.text


@dataclass(slots=True)
class ItemPlan:
    """What is to be done with the items of some feeds."""

    articles: dict[str, Article] = field(default_factory=dict)
    """By document: those concerned, known or new."""
    texts: dict[str, str] = field(default_factory=dict)
    """Documents to be added to the index, or to be put in the place of what is there."""
    undecided: list[str] = field(default_factory=list)
    """Documents to be decided on, the first seen first."""
    items: list[KnownItem] = field(default_factory=list)
    """New or changed."""
    new: int = 0
    changed: int = 0
    again: set[str] = field(default_factory=set)
    """Documents that were decided on before, by what their feeds have."""
    shown: dict[str, Item] = field(default_factory=dict)
    """Of new documents: the item, for its headline and first words."""
    authors: dict[int, str] = field(default_factory=dict)
    """Who wrote all items of a feed that arrived, by its number."""
    listed: set[tuple[int, str]] = field(default_factory=set)
    """Feed and key of items that were not known."""
    reissued: set[str] = field(default_factory=set)
    """Documents of items that their feed lists again, as it does with most of what is new in it."""


def digest_of(*parts: str) -> str:
    """A short name of texts."""
    joined = "\0".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(joined, digest_size=12).hexdigest()


def body_digest(body: bytes) -> str:
    """A short name of a body."""
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def once(items: Iterable[Item]) -> list[Item]:
    """Items of different keys: what a feed lists twice is one."""
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(item.key, item)
    return list(found.values())


def documents_of(feed: KnownFeed, items: Sequence[Item]) -> dict[str, str]:
    """The document of each item, by key: its link; feed and key where it has none of its own (some feeds link every
    item to their front page).
    """
    shared = Counter(item.link for item in items)
    front = {normalise(feed.link), normalise(feed.url), ""}
    return {
        item.key: item.link if item.link not in front and shared[item.link] == 1 else f"{feed.url} {stored(item.key)}"
        for item in items
    }


def described(feed: KnownFeed, fetched: Fetched, parsed: Feed) -> KnownFeed:
    """A feed with what its new body says of it."""
    return replace(
        feed, name=parsed.title, link=parsed.link, base=fetched.final_url, charset=fetched.charset,
        kind=parsed.kind.value, digest=body_digest(fetched.body),
        author=author_of(item.author for item in parsed.items),
    )  # fmt: skip
