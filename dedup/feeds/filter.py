"""A feed that another program fetched goes through and comes out clean (newsboat's `filter:`)."""

from __future__ import annotations

from dataclasses import replace

from dedup.errors import FeedError
from dedup.feeds.arrivals import FetchedFeed, body_digest
from dedup.feeds.format.parse import digest, parse
from dedup.feeds.format.rewrite import rewrite
from dedup.feeds.ingest import Counts, Ingester
from dedup.feeds.model import Feed
from dedup.feeds.policy import Policy
from dedup.feeds.publish import marks
from dedup.feeds.publisher import author_of
from dedup.feeds.records import PIPED, KnownFeed
from dedup.feeds.schedule import Schedule
from dedup.feeds.session import Session
from dedup.feeds.urls import without_login


def clean(session: Session, data: bytes, url: str, policy: Policy, now: int) -> tuple[bytes, Counts]:
    """The cleaned feed, and what was new in it. `url` names the feed; without one its own link does, or its title.
    Raises FeedError if it is none, or cannot be rewritten, and IndexFileError.
    """
    state, tally = session.state, Counts()
    parsed = parse(data, url, now=now)
    url = url or f"stdin:{parsed.link or digest(parsed.title)}"
    feed = state.feed(url)
    if feed is None:
        url = without_login(url)  # for its name in the list a password is not needed
        feed = state.feed(url)
    if feed is None:
        with session.transaction(write=True):
            feed = state.feed(url) or state.add_feed(
                KnownFeed(0, url, flags=PIPED, added=now, schedule=Schedule(url), name=parsed.title, link=parsed.link)
            )
    body = body_digest(data)
    if feed.digest != body:
        # With the link that it has now: items that link there have none of their own.
        here = FetchedFeed(_described(feed, parsed), data, parsed)
        ingester = Ingester(session, policy)
        tally = ingester.ingest([here], now)
        tally.add(ingester.look_for_rewrites(now))
        if feed.flags & PIPED:
            with session.transaction(write=True):
                state.keep_digest(feed.number, body)
    if state.scope is not policy.scope:
        with session.transaction(write=True):
            state.scope = policy.scope
    found = marks(state, feed, parsed)
    if not found:
        return data, tally
    cleaned = rewrite(data, found)
    if not cleaned:
        raise FeedError("nothing is left of it")
    return cleaned, tally


def _described(feed: KnownFeed, parsed: Feed) -> KnownFeed:
    """A feed with what its new body says of it."""
    return replace(feed, link=parsed.link, name=parsed.title, author=author_of(item.author for item in parsed.items))
