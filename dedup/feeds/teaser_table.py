"""The headlines and beginnings of earlier items, kept and looked up. What they prove is told by `teasers`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dedup.feeds.listing_table import stored
from dedup.feeds.teasers import Likeness, Teaser, TeaserCounts, alike, joined, keys
from dedup.storage.database import Database

_COUNTS = "feeds_teaser_words"
_MOST = 200
"""Earlier items that are looked at for one, the newest: a key that more have is no evidence."""


@dataclass(frozen=True, slots=True)
class TeaserMatch:
    """An earlier item that shows the same."""

    article: int
    likeness: Likeness


class TeaserTable:
    """The teasers of a state; what is new is held until it is stored. For one transaction of the caller's."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: TeaserCounts | None = None
        self._new: dict[int, Teaser] = {}
        self._new_keys: dict[int, list[int]] = {}

    @property
    def counts(self) -> TeaserCounts:
        """In how many items words stand."""
        if self._counts is None:
            self._counts = TeaserCounts(self._database.meta(_COUNTS) or "")
        return self._counts

    def find(self, one: Teaser) -> list[TeaserMatch]:
        """Earlier items that show the same, the first seen first."""
        wanted = keys(one)
        if not wanted:
            return []
        numbers = {number for code in wanted for number in self._new_keys.get(code, ())[-_MOST:]}
        for code in wanted if len(numbers) < _MOST else ():
            rows = self._database.query(
                "SELECT article FROM teaser_keys WHERE code = ? ORDER BY article DESC LIMIT ?", (code, _MOST)
            )
            numbers |= {row[0] for row in rows}
        newest = sorted(numbers, reverse=True)[:_MOST]
        earlier = self._stored(number for number in newest if number not in self._new)
        earlier |= {number: self._new[number] for number in newest if number in self._new}
        return [
            TeaserMatch(number, likeness)
            for number, other in sorted(earlier.items())
            if (likeness := alike(one, other, self.counts)) is not None
        ]

    def _stored(self, articles: Iterable[int]) -> dict[int, Teaser]:
        rows = self._database.select_in(
            "SELECT teasers.article, teasers.title, teasers.lead, teasers.image, teasers.author, articles.date FROM"
            " teasers JOIN articles ON articles.number = teasers.article WHERE {in_clause}",
            "teasers.article",
            sorted(articles),
        )
        return {row[0]: Teaser(tuple(row[1].split()), tuple(row[2].split()), row[5], row[3], row[4]) for row in rows}

    def add(self, article: int, one: Teaser) -> None:
        """One more item, for those that come after it."""
        if article not in self._new:
            self.counts.add(one)
        self._new[article] = one
        for code in keys(one):
            self._new_keys.setdefault(code, []).append(article)

    def store(self) -> None:
        """Keep what was added."""
        if not self._new:
            return
        self._database.executemany(
            "INSERT INTO teasers (article, title, lead, image, author) VALUES (?, ?, ?, ?, ?) ON CONFLICT (article) DO"
            " UPDATE SET title = excluded.title, lead = excluded.lead, image = excluded.image,"
            " author = excluded.author",
            [
                (number, stored(joined(one.title)), stored(joined(one.lead)), stored(one.image), stored(one.author))
                for number, one in self._new.items()
            ],
        )
        self._database.executemany(
            "INSERT INTO teaser_keys (code, article) VALUES (?, ?) ON CONFLICT (code, article) DO NOTHING",
            sorted((code, number) for code, numbers in self._new_keys.items() for number in set(numbers)),
        )
        self._database.set_meta(_COUNTS, self.counts.packed())
        self._new, self._new_keys = {}, {}
