"""What is known of a feed and its items, and what is to be done with an item. Nothing that computes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dedup.model import UNKNOWN_DATE


class FeedKind(StrEnum):
    """Formats of feeds."""

    RSS = "rss"
    """RSS 0.91 to 2.0: items inside the channel, no namespace."""
    RDF = "rdf"
    """RSS 0.90 and 1.0: items beside the channel, in a namespace."""
    ATOM = "atom"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed."""

    place: int
    """Number of the item in the file, from 0. Items that are left alone (too large) have one too, and are not read."""
    key: str
    """What it is known by in its feed: its guid or id, else its link, else a digest of title and text."""
    link: str
    """Absolute and normalised (`urls.normalise`); empty where there is none."""
    title: str
    """Plain text."""
    text: str
    """Plain text of the fullest content that the item carries."""
    date: int = UNKNOWN_DATE
    """Seconds since 1970 UTC of publication, else of the last update; unknown where it lies in the future."""
    url: str = ""
    """Absolute as published, for readers to follow: `link` is for comparing. Empty where there is none."""
    author: str = ""
    image: str = ""
    """Address of its first picture, without what only sets the size; empty where there is none."""
    origin: str = ""
    """Site that it says it is from, where it lists what others wrote (`<source url>`)."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that was read."""

    kind: FeedKind
    title: str
    link: str
    """Of the site, absolute; empty where there is none."""
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()
    """What was wrong with it and was got over: an encoding that lied, tags that were not closed, items without text."""


class Action(StrEnum):
    """What is done with an item in the cleaned feed."""

    KEEP = "keep"
    FLAG = "flag"
    """A category with a dedup scheme, and a note with a link to the item seen first."""
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class ItemMark:
    """What is done with one item, and why."""

    action: Action
    relation: str = ""
    """Relation to the item seen first (`model.Relation`)."""
    similarity: float = 0.0
    first_link: str = ""
    first_title: str = ""
    first_source: str = ""
    """Who published the item seen first."""
