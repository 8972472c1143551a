"""Items whose article is known already, decided on with what the state holds of the others (`listings`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from dedup.feeds import listings
from dedup.feeds.listing_table import Listing, Past
from dedup.feeds.listings import Listed, ListingPlace
from dedup.feeds.policy import Cause, Policy, Treatment
from dedup.feeds.records import Article, KnownFeed, KnownItem
from dedup.feeds.state import State

EARLIEST, LATEST = 500, 500
"""Items of one article that are looked at for a new one: a feed may list one link ten thousand times a day."""


@dataclass(slots=True)
class Relisted:
    """What becomes of items."""

    listings: list[Listing] = field(default_factory=list)
    articles: set[int] = field(default_factory=set)
    """Whose feeds are to be written anew."""

    def past(self) -> list[Past]:
        """The same, for the history."""
        return [
            Past(one.decided, one.article, one.treatment.value, "", one.cause.value, None, (), one.feed, one.key)
            for one in self.listings
        ]


class Relister:
    """Decides on new items of known articles, by one policy; in a transaction of the caller's, before the new items are
    stored.
    """

    def __init__(self, state: State, policy: Policy, now: int) -> None:
        self._state, self._policy, self._now = state, policy, now

    def decide(self, items: Sequence[KnownItem], articles: Iterable[Article]) -> Relisted:
        """What becomes of new `items`, in the order in which they came; `articles`: those that they are about."""
        first = {article.number: article.feed for article in articles}
        known = self._known(items)
        count: dict[int, int] = {number: len(found) for number, found in known.items()}
        for item in items:
            count[item.article] = count.get(item.article, 0) + 1
        wanted = [item for item in items if count[item.article] > 1]
        result = Relisted()
        if not wanted:
            return result
        feeds = self._state.feeds_of({item.feed for item in wanted} | {
            item.feed for item in wanted for item in known.get(item.article, ())
        })  # fmt: skip
        treated = {
            (one.feed, one.key): one for one in self._state.listings.of({item.article for item in wanted})
            if one.treatment is not Treatment.KEEP
        }  # fmt: skip
        earlier = {
            number: [
                _listed(item, feeds, (item.feed, item.key) in treated)
                for item in _ends(sorted(found, key=lambda item: (item.feed != first.get(number), item.since)))
            ]
            for number, found in known.items()
        }
        for item in wanted:
            self._one(item, earlier.setdefault(item.article, []), feeds, result)
        return result

    def _known(self, items: Sequence[KnownItem]) -> dict[int, list[KnownItem]]:
        """Items that are stored already, by article."""
        new = {(item.feed, item.key) for item in items}
        found: dict[int, list[KnownItem]] = {}
        for item in self._state.places({item.article for item in items}, listed=False):
            if (item.feed, item.key) not in new:
                found.setdefault(item.article, []).append(item)
        return found

    def _one(self, item: KnownItem, earlier: list[Listed], feeds: dict[int, KnownFeed], result: Relisted) -> None:
        new = _listed(item, feeds, treated=False)
        ruling = listings.decide(new, earlier, self._policy)
        if ruling.cause is not None:
            result.listings.append(self._listing(item, ruling.cause, ruling.treatment, ruling.first_feed))
            result.articles.add(item.article)
            new = replace(new, treated=ruling.treatment is not Treatment.KEEP)
        for other in ruling.gives_way:
            treatment = self._policy.treatment_of(Cause.SAME_LINK, other.place.traits)
            old = replace(item, feed=other.place.feed, key=other.key)
            result.listings.append(self._listing(old, Cause.SAME_LINK, treatment, item.feed))
            result.articles.add(item.article)
            earlier[earlier.index(other)] = replace(other, treated=treatment is not Treatment.KEEP)
        earlier.append(new)
        if len(earlier) > EARLIEST + LATEST:
            del earlier[EARLIEST]

    def _listing(self, item: KnownItem, cause: Cause, treatment: Treatment, first_feed: int) -> Listing:
        return Listing(item.feed, item.key, item.article, cause, treatment, first_feed, self._now)


def _ends(items: Sequence[KnownItem]) -> Sequence[KnownItem]:
    """The first ones and the last ones."""
    return items if len(items) <= EARLIEST + LATEST else [*items[:EARLIEST], *items[-LATEST:]]


def _listed(item: KnownItem, feeds: dict[int, KnownFeed], treated: bool) -> Listed:
    feed = feeds.get(item.feed)
    place = ListingPlace(item.feed, feed.folder, feed.traits) if feed else ListingPlace(item.feed)
    return Listed(item.key, place, item.digest, item.since, treated)
