"""Another policy for what is there already: what would be treated otherwise, and that done.

What was decided on a text stands, with its relation and its original; what is done with it follows the policy of now.
What the reader restored stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from dedup.feeds.ingest import GOES, cut_out
from dedup.feeds.items import RESTORED
from dedup.feeds.listing_table import Listing, Past, stored
from dedup.feeds.policy import FeedPreferences, Policy, Treatment
from dedup.feeds.records import Article, Fragment, KnownItem
from dedup.feeds.relisting import Relister
from dedup.feeds.session import Session
from dedup.feeds.state import State

_AT_ONCE = 2_000
"""Articles that are looked at in one go."""


@dataclass(slots=True)
class Changes:
    """What is treated otherwise by a policy."""

    articles: list[tuple[Article, Article]] = field(default_factory=list)
    """Before and after."""
    listings: list[tuple[Listing | None, Listing]] = field(default_factory=list)

    def counts(self) -> dict[tuple[str, str, str], int]:
        """How many, by kind, treatment before, and after."""
        found: dict[tuple[str, str, str], int] = {}
        rows = [(str(new.cause or new.relation), old.treatment, new.treatment) for old, new in self.articles]
        rows += [
            (new.cause.value, old.treatment if old else Treatment.KEEP, new.treatment) for old, new in self.listings
        ]
        for kind, before, after in rows:
            key = (kind, before.value, after.value)
            found[key] = found.get(key, 0) + 1
        return found


def changes(session: Session, policy: Policy, now: int) -> Changes:
    """What would be treated otherwise. Nothing is changed."""
    state, result = session.state, Changes()
    traits = {feed.number: feed.traits for feed in state.feeds()}
    last = 0
    while articles := state.after(last, _AT_ONCE):
        last = articles[-1].number
        for old in articles:
            if old.relation is None or old.reasons == RESTORED:
                continue
            treatment = policy.treatment(old.relation, traits.get(old.feed, FeedPreferences()), old.cause)
            if treatment is not old.treatment:
                result.articles.append((old, replace(old, treatment=treatment, decided=now)))
        _listings(state, policy, [one for one in articles if one.reasons != RESTORED], now, result)
    return result


def _listings(state: State, policy: Policy, articles: Sequence[Article], now: int, result: Changes) -> None:
    """Items that another one of their article was listed before, decided on anew from the first."""
    numbers = {article.number: article for article in articles}
    items: dict[int, list[KnownItem]] = {}
    for item in state.places(numbers, listed=False):
        items.setdefault(item.article, []).append(item)
    several = [
        item for number, found in items.items() if len(found) > 1
        for item in sorted(found, key=lambda item: (item.feed != numbers[number].feed, item.since, item.feed, item.key))
    ]  # fmt: skip
    if not several:
        return
    known = {(one.feed, one.key): one for one in state.listings.of({item.article for item in several})}
    wanted = {
        (one.feed, stored(one.key)): one for one in Relister(state, policy, now).decide(several, articles).listings
    }
    for key, new in wanted.items():
        old = known.get(key)
        if (old.treatment if old else Treatment.KEEP) is not new.treatment:
            result.listings.append((old, new))
    for key, old in known.items():
        if key not in wanted and old.treatment is not Treatment.KEEP:
            result.listings.append((old, replace(old, treatment=Treatment.KEEP, decided=now)))


def apply(session: Session, found: Changes, policy: Policy, now: int) -> None:
    """Do what was found; in one transaction. The next run, or the writing of outputs, shows it."""
    state = session.state
    with session.transaction(write=True):
        state.scope = policy.scope
        state.keep_articles([new for _, new in found.articles])
        gone = [new.number for _, new in found.articles if new.treatment in GOES]
        state.keep_fragments(_fragments(state, gone))
        state.listings.keep(_with_items(state, [new for _, new in found.listings]))
        state.mark_dirty({new.number for _, new in found.articles} | {new.article for _, new in found.listings})
        past = [
            Past(now, new.number, new.treatment.value, str(new.relation or ""), str(new.cause or ""), new.original,
                 ("by the policy of now",))
            for _, new in found.articles
        ]  # fmt: skip
        past += [
            Past(now, new.article, new.treatment.value, "", new.cause.value, None, ("by the policy of now",), new.feed,
                 new.key)
            for _, new in found.listings
        ]  # fmt: skip
        if past:
            state.listings.remember(past, state.numbers("feed_decision", len(past)))
            state.combined_dirty = True


def _fragments(state: State, articles: Iterable[int]) -> list[Fragment]:
    """Items that go now, as they stand in the last body of their feed."""
    wanted: dict[int, dict[str, int]] = {}
    kept = state.with_fragments(articles)
    for item in state.places(articles):
        if item.article not in kept:
            kept.add(item.article)
            wanted.setdefault(item.feed, {})[item.key] = item.article
    feeds = state.feeds_of(wanted)
    found = []
    for number, keys in wanted.items():
        body = state.body(number)
        if body is not None:
            found += cut_out(feeds[number], body, keys)
    return found


def _with_items(state: State, listings: Sequence[Listing]) -> list[Listing]:
    """Listings with the items that go now."""
    found = list(listings)
    keys: dict[int, dict[str, int]] = {}
    for at, one in enumerate(found):
        if one.treatment in GOES and one.item is None:
            keys.setdefault(one.feed, {})[stored(one.key)] = at
    feeds = state.feeds_of(keys)
    for number, wanted in keys.items():
        body = state.body(number)
        if body is None or number not in feeds:
            continue
        for cut in cut_out(feeds[number], body, wanted):
            found[cut.article] = replace(
                found[cut.article], item=cut.item, kind=cut.kind, charset=cut.charset, base=cut.base
            )
    return found
