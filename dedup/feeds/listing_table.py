"""Items that do not stand because another one of their article was listed before; and all decisions there ever were.

Beside `state`: a row of `listings` is there only for what is treated, or was and was restored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dedup.feeds.policy import Cause, Treatment
from dedup.storage.database import Database

HISTORY = 20
"""Decisions that are kept of one article."""


@dataclass(frozen=True, slots=True)
class Listing:
    """An item that is treated though its article stands."""

    feed: int
    key: str
    article: int
    cause: Cause
    treatment: Treatment
    first_feed: int
    decided: int
    item: bytes | None = None
    """As it stood in its feed, where it is left out."""
    kind: str = ""
    charset: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """A decision, as it was made."""

    moment: int
    article: int
    treatment: str
    relation: str = ""
    cause: str = ""
    original: int | None = None
    reasons: tuple[str, ...] = ()
    feed: int = 0
    key: str = ""
    """Of the item, where it was about that alone."""


_COLUMNS = "feed, name, article, cause, treatment, first_feed, decided, item, kind, charset, base"


def stored(text: str) -> str:
    """A text as it is kept, one that every database takes: none has lone surrogates, PostgreSQL no zero characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _listing(row: Sequence[Any]) -> Listing:
    from dedup.storage.compression import decompress

    item = decompress(row[7]) if row[7] is not None else None
    return Listing(row[0], row[1], row[2], Cause(row[3]), Treatment(row[4]), row[5], row[6], item, *row[8:])


class ListingTable:
    """Writing is for a transaction of the caller's. Raises IndexFileError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, listings: Iterable[Listing]) -> None:
        """Keep listings, new or changed; an item that is kept already stays as it is."""
        from dedup.storage.compression import compress

        rows = [
            (one.feed, stored(one.key), one.article, one.cause.value, one.treatment.value, one.first_feed, one.decided,
             compress(one.item) if one.item is not None else None, one.kind, one.charset, one.base)
            for one in listings
        ]  # fmt: skip
        self._database.executemany(
            f"INSERT INTO listings ({_COLUMNS}) VALUES ({', '.join('?' * 11)}) ON CONFLICT (feed, name) DO UPDATE SET"  # noqa: S608
            " article = excluded.article, cause = excluded.cause, treatment = excluded.treatment,"
            " first_feed = excluded.first_feed, decided = excluded.decided,"
            " item = coalesce(listings.item, excluded.item),"
            " kind = CASE WHEN listings.item IS NULL THEN excluded.kind ELSE listings.kind END,"
            " charset = CASE WHEN listings.item IS NULL THEN excluded.charset ELSE listings.charset END,"
            " base = CASE WHEN listings.item IS NULL THEN excluded.base ELSE listings.base END",
            rows,
        )

    def treated(self, feed: int) -> list[Listing]:
        """Items of the last body of a feed that are flagged or left out."""
        rows = self._database.query(
            f"SELECT {', '.join('listings.' + name for name in _COLUMNS.split(', '))} FROM listings JOIN items"  # noqa: S608
            " ON items.feed = listings.feed AND items.name = listings.name"
            " WHERE listings.feed = ? AND items.listed = 1 AND listings.treatment <> 'keep'",
            (feed,),
        )
        return [_listing(row) for row in rows]

    def of(self, articles: Iterable[int]) -> list[Listing]:
        """Those of some articles, in the order of their decisions."""
        rows = self._database.select_in(
            f"SELECT {_COLUMNS} FROM listings WHERE {{in_clause}} ORDER BY decided, feed, name",  # noqa: S608
            "article",
            sorted(set(articles)),
        )
        return [_listing(row) for row in rows]

    def dropped(self, count: int) -> list[Listing]:
        """The items left out last that are kept as they were."""
        rows = self._database.query(
            f"SELECT {_COLUMNS} FROM listings WHERE treatment = 'drop' AND item IS NOT NULL"  # noqa: S608
            " ORDER BY decided DESC, feed, name LIMIT ?",
            (count,),
        )
        return [_listing(row) for row in rows]

    def forget_feed(self, number: int) -> None:
        """A feed is no longer read: of the items that it stood before, the first of each article stands now."""
        self._database.execute("DELETE FROM listings WHERE feed = ?", (number,))
        rows = self._database.query(
            "SELECT listings.article, listings.feed, listings.name FROM listings LEFT JOIN items"
            " ON items.feed = listings.feed AND items.name = listings.name WHERE listings.first_feed = ?"
            " ORDER BY listings.article, items.since, listings.decided, listings.feed, listings.name",
            (number,),
        )
        heirs: dict[int, int] = {}
        for article, feed, name in rows:
            if heirs.setdefault(article, feed) == feed:
                self._database.execute("DELETE FROM listings WHERE feed = ? AND name = ?", (feed, name))
                self._database.execute("UPDATE feeds SET dirty = 1 WHERE number = ?", (feed,))
            else:
                self._database.execute(
                    "UPDATE listings SET first_feed = ? WHERE feed = ? AND name = ?", (heirs[article], feed, name)
                )

    # -- what was decided when

    def remember(self, decisions: Iterable[Past], first: int) -> None:
        """Keep decisions under numbers from `first` on."""
        rows = [
            (first + at, one.moment, one.article, one.feed, stored(one.key), one.treatment, one.relation, one.cause,
             one.original, "\n".join(one.reasons))
            for at, one in enumerate(decisions)
        ]  # fmt: skip
        self._database.executemany(
            "INSERT INTO feed_decisions (number, moment, article, feed, name, treatment, relation, cause, original,"
            " reasons) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def history(self, article: int) -> list[Past]:
        """The decisions on an article and its items, the first first."""
        rows = self._database.query(
            "SELECT moment, article, treatment, relation, cause, original, reasons, feed, name FROM feed_decisions"
            " WHERE article = ? ORDER BY number DESC LIMIT ?",
            (article, HISTORY),
        )
        return [
            Past(row[0], row[1], row[2], row[3], row[4], row[5], tuple(row[6].split("\n")) if row[6] else (), *row[7:])
            for row in reversed(rows)
        ]
