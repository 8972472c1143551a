"""Why an item was treated as it was, for people and programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dedup.errors import FeedError
from dedup.feeds.listing_table import Past
from dedup.feeds.policy import Treatment
from dedup.feeds.records import Article
from dedup.feeds.session import Session
from dedup.feeds.state import State
from dedup.feeds.teasers import title_of
from dedup.feeds.urls import redacted

if TYPE_CHECKING:
    from dedup.feeds.http.leads import Led

SUBSTITUTIONS = 12
"""Replaced words that are shown: the proof, and not the whole list."""

LEAST_HEADLINE, MOST_NAMED = 4, 20
"""Words of a headline from which it names an item, and items that it names at most."""

RESTORED = ("restored by the reader",)
"""Why an item stands that the reader wants: no other decision takes that back."""


def find(session: Session, name: str) -> list[Article]:
    """Articles of a number, link or key. Raises FeedError if there is none."""
    found = session.state.named(name)
    if not found:
        hint = "give its link, its id, or the number that run -v shows"
        if name.lower().startswith(("http://", "https://")):
            hint += "; dedup feeds explain --follow asks the web where a link leads"
        raise FeedError(f"no item is known by '{redacted(name)[:200]}' ({hint})")
    return found


def find_led(session: Session, led: Led) -> list[Article]:
    """Articles of what a link leads to: by the addresses, or else by the headline of the page, which some feeds list
    under a link of their own that leads to it. Empty where there is none.
    """
    for address in led.addresses:
        if found := session.state.named(address):
            return found
    words = title_of(led.title)
    if len(words) < LEAST_HEADLINE:
        return []
    rows = session.database.query("SELECT number, title FROM articles ORDER BY number DESC")
    numbers = [number for number, title in rows if title_of(title) == words]
    return session.state.articles("number", numbers[:MOST_NAMED])


def explain(session: Session, article: Article) -> dict[str, Any]:
    """All that is known of the decision on an article."""
    state = session.state
    items = state.places([article.number], listed=False)
    feeds = state.feeds_of([article.feed, *(item.feed for item in items)])
    root = next(iter(state.articles("number", [article.original])), None) if article.original is not None else None
    return {
        **_row(article), "words": article.words, "decided": _moment(article.decided),
        "treatment": article.treatment.value, "relation": article.relation.value if article.relation else None,
        "similarity": round(article.similarity, 4) if article.relation else None, "reasons": list(article.reasons),
        "feeds": [feed.address for number, feed in feeds.items() if any(item.feed == number for item in items)],
        "first_feed": feeds[article.feed].shown if article.feed in feeds else None,
        "listed": [
            {"feed": feeds[item.feed].shown, "since": _moment(item.since) if item.since else None, "now": item.listed}
            for item in sorted(items, key=lambda item: (item.since, item.feed, item.key)) if item.feed in feeds
        ],
        "copy_of": _row(root) if root else None,
        "copies": [_row(copy) for copy in state.articles("original", [article.number])],
        "evidence": _evidence(session, article, root) if root else None,
        "cause": article.cause.value if article.cause else None, "listings": _listings(state, article),
        "history": _history(state, article),
    }  # fmt: skip


def raw(session: Session, article: Article) -> bytes:
    """A dropped item as it stood in its feed. Raises FeedError if it is not kept."""
    fragment = session.state.fragments([article.number]).get(article.number)
    if fragment is None:
        raise FeedError("the item itself is kept of dropped items only")
    return fragment.item


def restore(session: Session, article: Article, now: int) -> None:
    """Let an item stand, whatever it is a copy of; the next run writes its feeds. Nothing takes over from it."""
    kept = replace(
        article, treatment=Treatment.KEEP, relation=None, original=None, similarity=0.0, settled=True, decided=now,
        reasons=RESTORED, cause=None,
    )  # fmt: skip
    state = session.state
    past = Past(now, article.number, Treatment.KEEP.value, reasons=kept.reasons)
    with session.transaction(write=True):
        state.keep_articles([kept])
        listings = state.listings.of([article.number])
        state.listings.keep([replace(one, treatment=Treatment.KEEP, decided=now) for one in listings])
        state.listings.remember([past], state.numbers("feed_decision"))
        session.state.mark_dirty([article.number])
        session.state.combined_dirty = True


def _listings(state: State, article: Article) -> list[dict[str, Any]]:
    """Items of the article that another one was listed before."""
    found = state.listings.of([article.number])
    feeds = state.feeds_of({feed for one in found for feed in (one.feed, one.first_feed)})
    names = {number: feed.shown for number, feed in feeds.items()}
    return [
        {"feed": names.get(one.feed, ""), "id": one.key, "treatment": one.treatment.value, "cause": one.cause.value,
         "first": names.get(one.first_feed, ""), "decided": _moment(one.decided)}
        for one in found
    ]  # fmt: skip


def _history(state: State, article: Article) -> list[dict[str, Any]]:
    """The decisions on the article and its items, the first first."""
    found = state.listings.history(article.number)
    feeds = state.feeds_of({past.feed for past in found if past.feed})
    return [_past(past, feeds[past.feed].shown if past.feed in feeds else None) for past in found]


def _past(past: Past, feed: str | None) -> dict[str, Any]:
    return {
        "moment": _moment(past.moment), "treatment": past.treatment, "relation": past.relation or None,
        "cause": past.cause or None, "original": past.original, "reasons": list(past.reasons), "item": past.key or None,
        "feed": feed,
    }  # fmt: skip


def _row(article: Article) -> dict[str, Any]:
    return {
        "number": article.number, "title": article.title, "link": redacted(article.url or article.document),
        "source": article.source, "published": _moment(article.date), "first_seen": _moment(article.first_seen),
    }  # fmt: skip


def _moment(seconds: int) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None


def _evidence(session: Session, article: Article, root: Article) -> dict[str, Any] | None:
    """Both texts laid side by side, as they are in the index now; None where one of them is not."""
    if not article.indexed or not root.indexed:
        return None
    index = session.open_index()
    numbers = [index.find(one.document) for one in (article, root)]
    if None in numbers:
        return None
    from dedup import compare

    texts = [index.text(number).decode() for number in numbers if number is not None]
    found = compare(texts[0], texts[1])
    return {
        "similarity": round(found.similarity, 4), "jaccard": round(found.jaccard, 4),
        "containment": round(found.containment, 4), "passages": len(found.passages),
        "substitutions": [
            {"here": pair.a.text, "there": pair.b.text} for pair in found.substitutions[:SUBSTITUTIONS]
        ],
        "substitutions_total": len(found.substitutions),
    }  # fmt: skip
