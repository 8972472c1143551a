"""What came in some days, what was done with it, and what the reader undid: by feed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dedup.feeds.items import RESTORED
from dedup.feeds.records import KnownFeed
from dedup.feeds.session import Session


@dataclass(slots=True)
class Row:
    """Of one feed."""

    feed: str
    url: str
    folder: str
    items: int = 0
    """New ones."""
    flagged: int = 0
    dropped: int = 0
    """Or merged."""
    restored: int = 0
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def status(session: Session, since: int) -> list[Row]:
    """A row a feed, for what was new or decided from `since` on (seconds since 1970)."""
    query, feeds = session.database.query, session.state.feeds()
    rows = {feed.number: _row(feed) for feed in feeds}
    new = query("SELECT feed, count(*) FROM items WHERE since >= ? GROUP BY feed", (since,))
    for feed, count in new:
        if feed in rows:
            rows[feed].items = count
    treated = query(
        "SELECT items.feed, articles.treatment, count(*) FROM items JOIN articles ON articles.number = items.article"
        " WHERE items.since >= ? AND articles.treatment <> 'keep' GROUP BY items.feed, articles.treatment",
        (since,),
    )
    treated += query(
        "SELECT listings.feed, listings.treatment, count(*) FROM listings JOIN articles ON articles.number ="
        " listings.article WHERE listings.decided >= ? AND listings.treatment <> 'keep' AND articles.treatment = 'keep'"
        " GROUP BY listings.feed, listings.treatment",
        (since,),
    )
    for feed, treatment, count in treated:
        if feed in rows and treatment == "flag":
            rows[feed].flagged += count
        elif feed in rows:
            rows[feed].dropped += count
    undone = query(
        "SELECT articles.feed, count(DISTINCT articles.number) FROM feed_decisions JOIN articles ON articles.number ="
        " feed_decisions.article WHERE feed_decisions.moment >= ? AND feed_decisions.reasons = ?"
        " GROUP BY articles.feed",
        (since, "\n".join(RESTORED)),
    )
    for feed, count in undone:
        if feed in rows:
            rows[feed].restored = count
    return list(rows.values())


def _row(feed: KnownFeed) -> Row:
    return Row(feed.shown, feed.address, feed.folder, error=feed.schedule.last_error)
