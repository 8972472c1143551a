"""Rows of the tables of feeds, and the records that they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dedup.feeds.listing_table import stored
from dedup.feeds.policy import Cause, Treatment
from dedup.feeds.records import Article, KnownFeed, KnownItem
from dedup.feeds.schedule import Schedule
from dedup.model import Relation

FEED = (
    "number, url, title, folder, flags, added, pause, moved, etag, last_modified, validators_of, next_at, checked_at,"
    " failures, last_error, gone, moving_to, moving_since, name, link, base, charset, kind, digest, file, dirty,"
    " author"
)
ARTICLE = (
    "number, document, feed, url, title, source, date, words, indexed, first_seen, decided, treatment, relation,"
    " original, similarity, reasons, settled, cause"
)
ITEM = "feed, name, article, digest, listed, place, since"
SCHEDULE = (
    "moved, etag, last_modified, validators_of, next_at, checked_at, failures, last_error, gone, moving_to,"
    " moving_since"
)
"""Columns of feeds, articles and items; and of feeds those that a fetch changes."""


def marks(columns: str) -> str:
    """Question marks for the values of some columns."""
    return ", ".join("?" * len(columns.split(",")))


def setting(columns: str) -> str:
    """The columns, each set to a value."""
    return ", ".join(f"{name.strip()} = ?" for name in columns.split(","))


def feed_of(row: Sequence[Any]) -> KnownFeed:
    """The feed of a row of FEED."""
    number, url, title, folder, flags, added, pause, moved, etag, modified, of, next_at, checked, failures = row[:14]
    error, gone, moving_to, since, name, link, base, charset, kind, digest, file, dirty, author = row[14:]
    schedule = Schedule(
        url, moved, etag, modified, of, next_at, checked, pause, failures, error, bool(gone), moving_to, since
    )
    return KnownFeed(
        number,
        url,
        title,
        folder,
        flags,
        added,
        schedule,
        name,
        link,
        base,
        charset,
        kind,
        digest,
        file,
        bool(dirty),
        author,
    )


def schedule_row(schedule: Schedule) -> tuple[Any, ...]:
    """Values of the columns SCHEDULE."""
    return (
        schedule.at, schedule.etag, schedule.last_modified, schedule.validators_of, schedule.next_at,
        schedule.checked_at, schedule.failures, schedule.last_error, int(schedule.gone), schedule.moving_to,
        schedule.moving_since,
    )  # fmt: skip


def article_of(row: Sequence[Any]) -> Article:
    """The article of a row of ARTICLE."""
    relation, reasons = row[12], row[15]
    number, document, feed, url, title, source, date, words = row[:8]
    return Article(
        number, document, feed, url, title, source, date, words, bool(row[8]), row[9], row[10], Treatment(row[11]),
        Relation(relation) if relation else None, row[13], row[14], tuple(reasons.split("\n")) if reasons else (),
        bool(row[16]), Cause(row[17]) if row[17] else None,
    )  # fmt: skip


def item_of(row: Sequence[Any]) -> KnownItem:
    """The item of a row of ITEM."""
    return KnownItem(row[0], row[1], row[2], row[3], bool(row[4]), row[5], row[6])


def article_row(article: Article) -> tuple[Any, ...]:
    """Values of the columns ARTICLE."""
    return (
        article.number, article.document, article.feed, stored(article.url), stored(article.title), article.source,
        article.date, article.words, int(article.indexed), article.first_seen, article.decided, article.treatment.value,
        article.relation.value if article.relation else "", article.original, article.similarity,
        "\n".join(article.reasons), int(article.settled),
        article.cause.value if article.cause else "",
    )  # fmt: skip
