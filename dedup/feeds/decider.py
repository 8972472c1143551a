"""Where each article of a plan is decided on: held against the earlier ones that it is tied to, by the policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from dedup.feeds.arrivals import ItemPlan
from dedup.feeds.choices import Spoken
from dedup.feeds.model import Item
from dedup.feeds.policy import (
    Cause,
    FeedPreferences,
    ItemDecision,
    Policy,
    PriorMatch,
    Treatment,
    decide,
    decide_teaser,
)
from dedup.feeds.publisher import Hosts, folded, same_publisher
from dedup.feeds.records import Article
from dedup.feeds.session import Session
from dedup.feeds.teaser_table import TeaserTable
from dedup.feeds.teasers import Teaser, teaser, title_of
from dedup.feeds.urls import normalise
from dedup.model import Relation

if TYPE_CHECKING:
    from dedup.index.results import Match, QueryResult

_NAMED = 12
"""Characters of the name of a page from which two pages of a publisher that have it are one."""


class Decider:
    """Where the articles of one plan are decided on."""

    def __init__(self, session: Session, policy: Policy, plan: ItemPlan, now: int, hosts: Hosts) -> None:
        self._state, self._policy, self._now = session.state, policy, now
        self._database = session.database
        self._hosts, self._reissued, self._shown = hosts, plan.reissued, plan.shown
        self._authors = plan.authors
        self.teasers = TeaserTable(session.database)
        self._waiting, self._again = set(plan.undecided), plan.again
        self._traits: dict[int, FeedPreferences] = {}
        self.known = plan.articles
        """By document."""
        self._by_number = {article.number: article for article in plan.articles.values()}
        self._changed: set[str] = set()
        self._spoken = Spoken.of(self._database, plan.undecided)

    def decide(self, name: str, seen: QueryResult | None) -> Article:
        """Decide on an article; it must be the next one."""
        article = self.known[name]
        self._waiting.discard(name)
        traits = self._traits_of(article.feed)
        own = _teaser_of(self._shown[name], article) if name in self._shown else None
        if article.words < self._policy.shortest and own is not None:
            earlier = self._shown_before(article, own)
            by_rule = decide_teaser(traits, earlier, self._policy)
        else:
            earlier = self._earlier(article, seen)
            by_rule = self._as_form(decide(traits, article.words, earlier, self._policy), article, traits, seen)
        found = self._spoken.outcome(name, earlier, by_rule)
        if own is not None:
            self.teasers.add(article.number, own)
        if seen is None and article.words >= self._policy.shortest:
            found = replace(found, reasons=("not compared: no text that can be read",))
        for tie in found.takes_over:
            self._take_over(article, tie)
        article = replace(
            article, indexed=seen is not None, decided=self._now, treatment=found.treatment, relation=found.relation,
            similarity=found.similarity, original=found.root, reasons=found.reasons, cause=found.cause,
            settled=bool(found.takes_over) or found is not by_rule,
        )  # fmt: skip
        self._keep(article)
        self._changed.discard(name)
        return article

    def _as_form(
        self, found: ItemDecision, article: Article, traits: FeedPreferences, seen: QueryResult | None
    ) -> ItemDecision:
        """The decision on an article that is no copy but a form filled in with other facts, where forms are flagged."""
        treatment = self._policy.treatment_of(Cause.FORM, traits)
        stands = found.relation is None and not found.takes_over
        if seen is None or not seen.forms or treatment is Treatment.KEEP or not stands:
            return found
        self._load([form.id for form in seen.forms])
        known = [self.known[form.id] for form in seen.forms if form.id in self.known and form.id not in self._waiting]
        first = min((one.number for one in known if one.document != article.document), default=None)
        if first is None:
            return found
        return ItemDecision(
            treatment, Relation.FORM, 0.0, first, ("a form filled in with other facts",), cause=Cause.FORM
        )

    def load(self, names: Iterable[str]) -> None:
        """Have articles that will be asked for, and those that stand for them, at hand: by their documents."""
        self._load(list(dict.fromkeys(names)))
        roots = {one.original for one in self._by_number.values() if one.original is not None}
        for article in self._state.articles("number", roots - self._by_number.keys()):
            self._keep(self.known.get(article.document, article))

    def touched(self) -> dict[str, Article]:
        """Articles decided earlier that are not as they were."""
        return {name: self.known[name] for name in self._changed}

    def _earlier(self, article: Article, seen: QueryResult | None) -> list[PriorMatch]:
        if seen is None or not seen.ties:
            return []
        self._load([tie.id for tie in seen.ties])
        found = []
        for tie in seen.ties:
            other = self.known.get(tie.id) or self._adopted(tie)
            if article.document in self._again and other.number > article.number:
                continue
            if other.document != article.document and other.document not in self._waiting:
                found.append(self._as_earlier(article, other, tie))
        if self._spoken.choices:
            found = [tie for tie in found if not self._told_apart(article, tie)]
        return found

    def _told_apart(self, article: Article, tie: PriorMatch) -> bool:
        """Whether a person said that an article is no copy of what stands for the other."""
        root = self._by_number.get(tie.root)
        if root is None:
            return False
        spoken = self._spoken.beside(self._database, [article.document, root.document])
        return spoken.apart(article.document, root.document)

    def _shown_before(self, article: Article, own: Teaser) -> list[PriorMatch]:
        """Earlier articles that show the same headline and beginning."""
        matches = self.teasers.find(own)
        if not matches:
            return []
        wanted = [match.article for match in matches if match.article not in self._by_number]
        for article_seen in self._state.articles("number", wanted):
            self._keep(self.known.get(article_seen.document, article_seen))
        found = []
        for match in matches:
            other = self._by_number.get(match.article)
            if other is None or other.number == article.number or other.document in self._waiting:
                continue
            root, relation = self._root(other), Relation.EXACT if match.likeness.same else Relation.NEAR_DUPLICATE
            found.append(PriorMatch(
                other.number, root.number, relation, match.likeness.similarity, None, 0.0,
                self._same_publisher(article, other), False, self._traits_of(root.feed), root.settled,
                repeated=self._repeated(article, other, by_title=False),
            ))  # fmt: skip
        return found

    def _same_publisher(self, article: Article, other: Article) -> bool:
        """Whether two articles are one publisher's. Those of two feeds that one author each wrote are not, though the
        host is one: it may have become known only now that many write there.
        """
        if not same_publisher(article.source, other.source, self._hosts):
            return False
        one, two = self._author_of(article.feed), self._author_of(other.feed)
        return article.feed == other.feed or not one or not two or one == two

    def _author_of(self, feed: int) -> str:
        if feed not in self._authors:
            found = self._state.feeds_of([feed]).get(feed)
            self._authors[feed] = found.author if found else ""
        return self._authors[feed]

    def _repeated(self, article: Article, other: Article, *, by_title: bool = True) -> bool:
        """Whether something beside the text says that an item is an earlier one again: daily texts of a publisher may
        be the same under other dates and addresses.
        """
        if article.document in self._reissued or (article.url and article.url == other.url):
            return True
        if by_title and title_of(article.title) == title_of(other.title):
            return True
        dated = article.date == other.date and article.date != article.first_seen
        return dated or (bool(name := page_name(article.url)) and name == page_name(other.url))

    def _as_earlier(self, article: Article, other: Article, tie: Match) -> PriorMatch:
        root = self._root(other)
        return PriorMatch(
            other.number, root.number, tie.relation, tie.similarity, tie.copy, tie.confidence,
            self._same_publisher(article, other), article.words > other.words,
            self._traits_of(root.feed), root.settled, self._repeated(article, other),
        )  # fmt: skip

    def _root(self, article: Article) -> Article:
        """The article that stands for this one. Chains are short: who takes over is given the copies of the other."""
        seen = {article.number}
        while article.original is not None and article.original not in seen and article.cause is not Cause.FORM:
            seen.add(article.original)
            found = self._by_number.get(article.original) or next(
                iter(self._state.articles("number", [article.original])), None
            )
            if found is None:
                break
            self._by_number[found.number] = article = found
            self.known.setdefault(found.document, found)
        return article

    def _take_over(self, article: Article, tie: PriorMatch) -> None:
        """What stood becomes a copy of the new article, and its copies too."""
        old = self._by_number[tie.root]
        treatment = self._policy.treatment(tie.relation, self._traits_of(old.feed))
        for copy in self._state.articles("original", [old.number]):
            self._by_number.setdefault(copy.number, copy)
            self.known.setdefault(copy.document, copy)
        copies = [one for one in self._by_number.values() if one.original == old.number]
        for copy in [one for one in copies if one.cause is not Cause.FORM]:
            self._change(replace(copy, original=article.number))
        self._change(replace(
            old, decided=self._now, treatment=treatment, relation=tie.relation, similarity=tie.similarity,
            original=article.number, reasons=("seen first, but its source took over",), settled=True, cause=None,
        ))  # fmt: skip

    def _change(self, article: Article) -> None:
        self._keep(article)
        self._changed.add(article.document)

    def _keep(self, article: Article) -> None:
        self.known[article.document] = self._by_number[article.number] = article

    def _load(self, names: Iterable[str]) -> None:
        for article in self._state.articles("document", [name for name in names if name not in self.known]):
            self._keep(article)

    def _adopted(self, tie: Match) -> Article:
        """An article for a document that came into the index otherwise, from an archive: it was seen as well."""
        number = self._state.numbers("article")
        date = self._now if tie.date is None else tie.date
        article = Article(
            number, tie.id, 0, tie.id if tie.id.startswith("http") else "", tie.id, tie.source, date, 0, True, date,
            self._now, reasons=("in the index already",),
        )  # fmt: skip
        self._keep(article)
        self._changed.add(article.document)
        return article

    def _traits_of(self, feed: int) -> FeedPreferences:
        if feed not in self._traits:
            found = self._state.feeds_of([feed]).get(feed)
            self._traits[feed] = found.traits if found else FeedPreferences()
        return self._traits[feed]


def _teaser_of(item: Item, article: Article) -> Teaser:
    return teaser(item.title, item.text, article.date, item.image, folded(item.author))


def page_name(url: str) -> str:
    """The name of a page in its address, without a date or an ending; empty where it says little."""
    name = normalise(url).partition("?")[0].rpartition("/")[2].partition(".")[0].lower()
    return name if len(name) >= _NAMED and "-" in name.strip("-") else ""
