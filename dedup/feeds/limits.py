"""How much of a feed is read. Feeds come from strangers, so every dimension has an end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What is over `feed_bytes` is refused; what is over another limit is left alone, with a note."""

    feed_bytes: int = 32 << 20
    """The largest honest feeds (podcasts with twenty years of episodes) have about 15 MB."""
    items: int = 10_000
    """The same podcasts have some 5,000 episodes; items after these are left as they are."""
    item_bytes: int = 4 << 20
    """Of one item as it stands in the file. A book has 1 MB; pictures inlined as data: URLs are not text."""
    depth: int = 256
    """Of elements or JSON values in an item. Mail newsletters nest tables some 40 deep."""
    tags: int = 1_000_000
    """Of the whole feed, comments and sections among them, at some 3 µs each: 10,000 items of 30 elements have 600,000,
    32 MiB of "<a>" 11 million.
    """
    children: int = 2_000
    """Elements or members of one item: a tag cloud has hundreds."""
    attributes: int = 200
    """Of one tag: those after are not looked at."""
    key: int = 1_000
    """Characters of an identifier; a longer one is replaced by its digest."""
    title: int = 10_000
    """Characters of a title; it is cut there."""


LIMITS = Limits()
