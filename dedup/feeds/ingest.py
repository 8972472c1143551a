"""What arrived is held against the index, decided on, and stored: all of it in one transaction, or none.

Whatever moment the program is killed at, an item is either unknown, and comes again with the next fetch, or it is
stored with its decision, its document, and the body and validators of its feed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dedup.errors import DedupError, FeedError
from dedup.feeds.arrivals import FetchedFeed, ItemPlan, digest_of, documents_of, once
from dedup.feeds.decider import Decider
from dedup.feeds.listing_table import Listing, Past, stored
from dedup.feeds.model import Item
from dedup.feeds.policy import FeedPreferences, Policy, Treatment, count_words
from dedup.feeds.publisher import Host, Hosts, Link, learn, publisher
from dedup.feeds.records import Article, Fragment, KnownFeed, KnownItem
from dedup.feeds.relisting import Relister
from dedup.feeds.session import Session
from dedup.feeds.urls import source_of
from dedup.index.results import QueryResult
from dedup.model import UNKNOWN_DATE, Relation

GOES = (Treatment.DROP, Treatment.MERGE)
"""Treatments that take an item out of its feed."""
ASKED, LATEST, REWRITTEN_WITHIN = 300, 2_000, 4 * 86_400
"""New items that are held against the latest ones for rewrites, at most: with more at once (a list that is read for the
first time) what the index finds must do; how many are the latest ones; and seconds since they came."""
REISSUED = 3
"""New items of a feed that it had before in the same words, from which that counts as giving new ids."""


@dataclass(slots=True)
class Counts:
    """What became of the items that arrived."""

    new: int = 0
    changed: int = 0
    flagged: int = 0
    dropped: int = 0
    merged: int = 0
    taken_over: int = 0
    relisted: int = 0
    """Items whose article another one listed before, and that are treated for it."""
    articles: list[Article] = field(default_factory=list)
    """New ones that are copies, and those that were taken over from."""

    def add(self, other: Counts) -> None:
        """Put another one to this."""
        for name in ("new", "changed", "flagged", "dropped", "merged", "taken_over", "relisted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.articles += other.articles


class Ingester:
    """Decides on what arrives, by one policy."""

    def __init__(self, session: Session, policy: Policy) -> None:
        self._session, self._policy, self._state = session, policy, session.state
        self._learned: Hosts | None = None
        self._alone: list[str] = []
        """Documents that are new and copies of nothing."""

    def _known_hosts(self) -> Hosts:
        if self._learned is None:
            self._learned = self._hosts()
        return self._learned

    def unknown(self, arrival: FetchedFeed) -> list[Item]:
        """Items of a feed that are new or changed."""
        known = self._state.items(arrival.feed.number, [item.key for item in arrival.parsed.items])
        return [
            item for item in arrival.parsed.items
            if item.key not in known or known[item.key].digest != digest_of(item.title, item.text)
        ]  # fmt: skip

    def ingest(self, arrivals: Sequence[FetchedFeed], now: int) -> Counts:
        """Store some feeds and decide on their items. What goes wrong with one of them does not touch the others: its
        items pass as they are, and the log says why. Raises DedupError where nothing can be stored at all; inside of a
        transaction, which cannot be tried again, every error.
        """
        inside = self._session.database.in_transaction
        try:
            return self._ingest(arrivals, now)
        except DedupError:
            raise
        except Exception as error:
            if inside:
                raise
            if len(arrivals) == 1:
                return self._pass(arrivals[0], now, error)
        total = Counts()
        for arrival in arrivals:
            total.add(self.ingest([arrival], now))
        return total

    def _ingest(self, arrivals: Sequence[FetchedFeed], now: int) -> Counts:
        self._learned = None
        if not self._session.has_index:  # it is opened outside of a transaction, and only if it is needed
            with self._session.transaction():
                needed = bool(self._plan(arrivals, now).texts)
            if needed:
                self._session.open_index()
        with self._session.transaction(write=True):
            plan = self._plan(arrivals, now)  # anew: another process may have been first
            self._numbered(plan)
            seen = self._add(plan, now)
            decided, touched = self._decide(plan, seen, now)
            self._alone += [one.document for one in decided if one.indexed and _stands(one)]
            relisted = self._store(arrivals, plan, [*decided, *touched], now)
        tally = _tally(plan, decided, touched)
        tally.relisted = sum(one.treatment is not Treatment.KEEP for one in relisted)
        return tally

    def _pass(self, arrival: FetchedFeed, now: int, error: Exception) -> Counts:
        """Store a feed without deciding on what is new in it."""
        with self._session.transaction(write=True):
            plan = self._plan([arrival], now)
            self._numbered(plan)
            reason = f"not compared: {type(error).__name__}: {error}"
            passed = [replace(plan.articles[name], reasons=(reason[:300],)) for name in plan.undecided]
            self._store([arrival], plan, passed, now)
            self._state.log(now, [(arrival.feed.number, f"items pass as they are: {type(error).__name__}: {error}")])
        return Counts(plan.new, plan.changed)

    def keep_dropped(self, articles: Sequence[Article]) -> None:
        """Keep the items of articles that go since a moment ago, as they stand in their feeds."""
        with self._session.transaction(write=True):
            self._keep_fragments((), [article for article in articles if article.treatment in GOES])

    def look_for_rewrites(self, now: int) -> Counts:
        """Hold what came since the last call, and is a copy of nothing, against the latest articles, in one go: what
        rewrites one of them is a copy since now.
        """
        asked, self._alone = self._alone, []
        if (
            not 0 < len(asked) <= ASKED
            or self._policy.treatment(Relation.REWRITTEN, FeedPreferences()) is Treatment.KEEP
        ):
            return Counts()
        index = self._session.open_index()
        with self._session.transaction(write=True):
            found = index.rewrites(asked, since=now - REWRITTEN_WITHIN, most=LATEST)
            seen = {name: QueryResult(name, True, tuple(ties)) for name, ties in found.items()}
            plan = ItemPlan(again=set(seen))
            for article in self._state.articles("document", seen):
                if _stands(article):
                    plan.articles[article.document] = article
                    plan.undecided.append(article.document)
            decided, touched = self._decide(plan, seen, now)
            if decided:
                plan.articles = {one.document: one for one in decided}
                self._store((), plan, [*decided, *touched], now)
        return _tally(plan, decided, touched)

    # -- what is new

    def _plan(self, arrivals: Sequence[FetchedFeed], now: int) -> ItemPlan:
        plan = ItemPlan()
        for arrival in arrivals:
            plan.authors[arrival.feed.number] = arrival.feed.author
            if arrival.again:
                self._look_again(arrival, plan)
            else:
                self._look_at(arrival, plan, now)
        return plan

    def _look_again(self, arrival: FetchedFeed, plan: ItemPlan) -> None:
        """Put items into the plan whose pages came after they were decided on: those that stand, and are as they were.
        Now they are copies of what was seen before them, if of anything.
        """
        number = arrival.feed.number
        known = self._state.items(number, [item.key for item in arrival.parsed.items])
        articles = {one.number: one for one in self._state.articles("number", [old.article for old in known.values()])}
        for item in arrival.parsed.items:
            old, text = known.get(item.key), arrival.texts.get(item.place, "")
            if old is None or old.digest != digest_of(item.title, item.text):
                continue
            article, words = articles.get(old.article), count_words(text)
            if article is None or article.document in plan.articles or words < self._policy.shortest:
                continue
            if article.feed == number and not article.settled and article.relation is None:
                plan.articles[article.document] = replace(article, words=words)
                plan.texts[article.document] = text
                plan.undecided.append(article.document)
                plan.again.add(article.document)

    def _hosts(self) -> Hosts:
        """What is known of the hosts of links, by the reader's rules and by the feeds of this state."""
        pairs = [(source_of(site), author) for site, author in self._state.authors()]
        return Hosts(self._policy.hosts, dict.fromkeys(learn(pairs), Host.AUTHOR))

    def _look_at(self, arrival: FetchedFeed, plan: ItemPlan, now: int) -> None:
        """Put what is new in one feed into the plan. New articles have numbers below 0 there."""
        number, items = arrival.feed.number, once(arrival.parsed.items)
        known = self._state.items(number, [item.key for item in items])
        names = documents_of(arrival.feed, items)
        fresh = [names[item.key] for item in items if item.key not in known]
        held = {article.document: article for article in self._state.articles("document", fresh)}
        by_number = {one.number: one for one in self._state.articles("number", [old.article for old in known.values()])}
        plan.reissued |= self._reissued(arrival, [item for item in items if item.key not in known], names)
        for item in items:
            old, digest = known.get(item.key), digest_of(item.title, item.text)
            if old is not None and old.digest == digest:
                if not old.listed or old.place != item.place:
                    plan.items.append(replace(old, listed=True, place=item.place))
                continue
            article = by_number.get(old.article) if old is not None else held.get(names[item.key])
            name = article.document if article is not None else names[item.key]
            article = plan.articles.get(name, article)
            if article is None:
                article = _article(arrival, item, name, -1 - plan.new, now, self._known_hosts())
                plan.new += 1
                plan.shown[name] = item
                plan.undecided.append(name)
                if article.words >= self._policy.shortest:
                    plan.texts[name] = arrival.text(item)
            else:
                plan.changed += old is not None
                article = self._again(plan, article, arrival, item)
            plan.articles[name] = article
            if old is None:
                plan.listed.add((number, item.key))
            since = now if old is None else old.since
            plan.items.append(KnownItem(number, item.key, article.number, digest, place=item.place, since=since))

    def _reissued(self, arrival: FetchedFeed, fresh: Sequence[Item], names: dict[str, str]) -> set[str]:
        """Documents of items that the feed has listed before in the same words, under other ids, where that is so of
        most that is new in it: a site that was moved, or whose program gives new ids.
        """
        if len(fresh) < REISSUED:
            return set()
        digests = {item.key: digest_of(item.title, item.text) for item in fresh}
        known = self._state.same_digest(arrival.feed.number, digests.values())
        found = {names[key] for key, digest in digests.items() if digest in known}
        return found if len(found) >= REISSUED and 2 * len(found) >= len(fresh) else set()

    def _again(self, plan: ItemPlan, article: Article, arrival: FetchedFeed, item: Item) -> Article:
        """A known article with another title or text, in its feed or in another one. The decision stands, but for what
        was too short to be compared and is no longer. What stands in the index is what the feed says that it was first
        seen in: else two feeds that cut it differently would replace it in turns.
        """
        text = arrival.text(item)
        words, long_enough = count_words(text), count_words(text) >= self._policy.shortest
        if article.feed == arrival.feed.number:
            article = replace(article, title=item.title, url=item.url, words=words if long_enough else article.words)
        if article.indexed or article.document in plan.texts:
            if article.feed == arrival.feed.number and long_enough:
                plan.texts[article.document] = text
        elif long_enough and not article.settled:
            plan.texts[article.document] = text
            article = replace(article, words=words)
            if article.document not in plan.undecided:
                plan.undecided.append(article.document)
        return article

    def _numbered(self, plan: ItemPlan) -> None:
        """Numbers for new articles. Of what comes together, the first published counts as the first seen."""
        fresh = [one for one in plan.articles.values() if one.number < 0]
        if not fresh:
            return
        fresh.sort(key=lambda one: (one.date, -one.number))
        first = self._state.numbers("article", len(fresh))
        numbers = {one.number: first + place for place, one in enumerate(fresh)}
        plan.articles |= {one.document: replace(one, number=numbers[one.number]) for one in fresh}
        plan.items = [replace(item, article=numbers.get(item.article, item.article)) for item in plan.items]
        plan.undecided.sort(key=lambda name: plan.articles[name].number)

    # -- deciding

    def _add(self, plan: ItemPlan, now: int) -> dict[str, QueryResult]:
        """Add documents to the index; what it knows of each."""
        if not plan.texts:
            return {}
        from dedup.model import Document
        from dedup.read import from_documents

        documents = [
            Document(stored(text), name, float(plan.articles[name].date), plan.articles[name].source)
            for name, text in plan.texts.items()
        ]
        added = self._session.open_index().add(from_documents(documents), now=now, answer=True)
        return {seen.id: seen for seen in added.seen}

    def _decide(self, plan: ItemPlan, seen: dict[str, QueryResult], now: int) -> tuple[list[Article], list[Article]]:
        """Decisions on new articles, in the order in which they count as seen; and the articles that others took over
        from, or whose root changed.
        """
        decider = Decider(self._session, self._policy, plan, now, self._known_hosts())
        decider.load(tie.id for name in plan.undecided if name in seen for tie in seen[name].ties)
        done = [decider.decide(name, seen.get(name)) for name in plan.undecided]
        decider.teasers.store()
        return [decider.known[article.document] for article in done], list(decider.touched().values())

    # -- storing

    def _store(
        self, arrivals: Sequence[FetchedFeed], plan: ItemPlan, articles: Sequence[Article], now: int
    ) -> list[Listing]:
        """Everything that is known now; returns the items that another one was listed before."""
        latest = {name: article for name, article in plan.articles.items() if article.number > 0}
        latest |= {article.document: article for article in articles}
        fresh = [item for item in plan.items if (item.feed, item.key) in plan.listed]
        relisted = Relister(self._state, self._policy, now).decide(fresh, latest.values())
        self._state.keep_articles(list(latest.values()))
        self._state.combined_dirty = True
        self._state.keep_items(plan.items)
        for arrival in arrivals:
            if arrival.schedule is None:
                self._state.keep_author(arrival.feed.number, arrival.feed.author)
                continue
            self._state.keep_body(arrival.feed, arrival.body)
            self._state.keep_schedules({arrival.feed.number: arrival.schedule})
            self._state.mark_unlisted(arrival.feed.number, [item.key for item in arrival.parsed.items])
        copies = [article for article in articles if article.treatment is not Treatment.KEEP]
        self._state.mark_dirty({article.number for article in articles} | relisted.articles)
        self._keep_fragments(arrivals, [article for article in copies if article.treatment in GOES])
        self._state.listings.keep(self._with_items(arrivals, relisted.listings))
        known = [_past(article, now) for article in articles if article.relation is not None or article.settled]
        self._remember([*known, *relisted.past()])
        return relisted.listings

    def _remember(self, decisions: Sequence[Past]) -> None:
        if decisions:
            self._state.listings.remember(decisions, self._state.numbers("feed_decision", len(decisions)))

    def _with_items(self, arrivals: Sequence[FetchedFeed], relisted: Sequence[Listing]) -> list[Listing]:
        """Listings with the items that are left out, as they stand in their feeds."""
        here = {arrival.feed.number: arrival for arrival in arrivals}
        gone: dict[int, dict[str, int]] = {}
        for number, one in enumerate(relisted):
            if one.treatment in GOES:
                gone.setdefault(one.feed, {})[stored(one.key)] = number
        found = list(relisted)
        for feed, keys in gone.items():
            body = here[feed].body if feed in here else self._state.body(feed)
            owner = here[feed].feed if feed in here else self._state.feeds_of([feed]).get(feed)
            if body is None or owner is None:
                continue
            for cut in cut_out(owner, body, keys):
                found[cut.article] = replace(
                    found[cut.article], item=cut.item, kind=cut.kind, charset=cut.charset, base=cut.base
                )
        return found

    def _keep_fragments(self, arrivals: Sequence[FetchedFeed], gone: Sequence[Article]) -> None:
        """Keep the items that are dropped, as they stand in their feeds: those will not list them for ever."""
        if not gone:
            return
        kept = self._state.with_fragments(article.number for article in gone)
        wanted: dict[int, dict[str, int]] = {}
        for item in self._state.places(article.number for article in gone):
            if item.article not in kept:
                kept.add(item.article)
                wanted.setdefault(item.feed, {})[item.key] = item.article
        here = {arrival.feed.number: arrival for arrival in arrivals}
        feeds = self._state.feeds_of(wanted)
        for number, keys in wanted.items():
            body = here[number].body if number in here else self._state.body(number)
            if body is not None:
                owner = here[number].feed if number in here else feeds[number]
                self._state.keep_fragments(cut_out(owner, body, keys))


def _stands(article: Article) -> bool:
    """Whether it is a copy of nothing, and nobody said more about it."""
    return article.relation is None and not article.settled


def _past(article: Article, now: int) -> Past:
    relation, cause = article.relation.value if article.relation else "", article.cause.value if article.cause else ""
    return Past(now, article.number, article.treatment.value, relation, cause, article.original, article.reasons)


def _article(arrival: FetchedFeed, item: Item, name: str, number: int, now: int, hosts: Hosts) -> Article:
    feed = arrival.feed
    date = item.date if item.date != UNKNOWN_DATE and item.date <= now else now
    source = publisher(Link(item.url, item.author, item.origin, feed.link, feed.url, feed.name), hosts)
    words = count_words(arrival.text(item))
    return Article(number, name, feed.number, item.url, item.title, source, date, words, False, now, now)


def cut_out(feed: KnownFeed, body: bytes, keys: dict[str, int]) -> list[Fragment]:
    """Items of a body as they stand in it, by key; the numbers are those of their articles. What cannot be cut out is
    left out.
    """
    from dedup.feeds.format.document import read_document
    from dedup.feeds.format.parse import feed_of
    from dedup.feeds.format.rewrite import fragment

    document = read_document(body, feed.charset)
    charset = document.source.outer or document.source.codec
    found = {}
    for item in feed_of(document, feed.base, 0).items:
        number = keys.get(stored(item.key))
        if number is None or number in found:
            continue
        try:
            raw = fragment(document, document.places[item.place])
        except FeedError:
            continue
        found[number] = Fragment(number, feed.number, raw, document.kind.value, charset, feed.base)
    return list(found.values())


def _tally(plan: ItemPlan, decided: Sequence[Article], touched: Sequence[Article]) -> Counts:
    copies = [article for article in decided if article.relation is not None]
    over = [article for article in touched if article.settled and article.relation is not None]
    count = Counter(article.treatment for article in copies)
    return Counts(
        plan.new, plan.changed, count[Treatment.FLAG], count[Treatment.DROP], count[Treatment.MERGE], len(over),
        articles=[*copies, *over],
    )  # fmt: skip
