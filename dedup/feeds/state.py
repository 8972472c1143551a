"""What is kept of feeds, their items and the decisions on them, beside the documents of an index. Records in `records`,
the rows that they are in `rows`.

An *article* is what items are about: the same link in two feeds of a site is one article and one document of the index.
Decisions are made on articles, once; items tell which feed shows which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dedup.feeds.listing_table import ListingTable, stored
from dedup.feeds.records import TRUSTED, Article, Fragment, KnownFeed, KnownItem
from dedup.feeds.rows import (
    ARTICLE,
    FEED,
    ITEM,
    SCHEDULE,
    article_of,
    article_row,
    feed_of,
    item_of,
    marks,
    schedule_row,
    setting,
)
from dedup.feeds.run_memory import RunMemory
from dedup.feeds.schedule import Schedule
from dedup.feeds.urls import normalise
from dedup.storage.database import Database

LOG = 1_000
"""Lines of the log that are kept."""


class State(RunMemory):
    """The tables of feeds. Writing is for a transaction of the caller's. Raises IndexFileError."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.listings = ListingTable(database)

    def numbers(self, table: str, count: int = 1) -> int:
        """The first of `count` numbers that nothing in `table` ever had."""
        name = f"next_{table}"
        first = int(self.database.meta(name) or 1)
        self.database.set_meta(name, str(first + count))
        return first

    # -- feeds

    def feeds(self, condition: str = "", parameters: Sequence[Any] = ()) -> list[KnownFeed]:
        """Feeds by folder and as they were added."""
        where = f" WHERE {condition}" if condition else ""
        rows = self.database.query(f"SELECT {FEED} FROM feeds{where} ORDER BY folder, number", parameters)  # noqa: S608
        return [feed_of(row) for row in rows]

    def feed(self, url: str) -> KnownFeed | None:
        """The feed of this address."""
        return next(iter(self.feeds("url = ?", (url,))), None)

    def feeds_of(self, numbers: Iterable[int]) -> dict[int, KnownFeed]:
        """Feeds by their numbers."""
        rows = self.database.select_in(f"SELECT {FEED} FROM feeds WHERE {{in_clause}}", "number", sorted(set(numbers)))  # noqa: S608
        return {row[0]: feed_of(row) for row in rows}

    def add_feed(self, feed: KnownFeed) -> KnownFeed:
        """Keep a new feed; returns it with its number."""
        feed = replace(feed, number=self.numbers("feed"))
        row = (
            feed.number, feed.url, stored(feed.title), stored(feed.folder), feed.flags, feed.added,
            feed.schedule.interval, *schedule_row(feed.schedule), stored(feed.name), feed.link, feed.base, feed.charset,
            feed.kind, feed.digest, feed.file, int(feed.dirty), feed.author,
        )  # fmt: skip
        self.database.execute(f"INSERT INTO feeds ({FEED}) VALUES ({marks(FEED)})", row)  # noqa: S608
        return feed

    def change_feed(self, feed: KnownFeed) -> None:
        """What the reader says of a feed."""
        self.database.execute(
            "UPDATE feeds SET title = ?, folder = ?, flags = ?, pause = ? WHERE number = ?",
            (stored(feed.title), stored(feed.folder), feed.flags, feed.schedule.interval, feed.number),
        )

    def remove_feed(self, number: int) -> None:
        """Forget a feed and what it shows. Its articles stay: they were seen."""
        for table, column in (("feeds", "number"), ("feed_bodies", "feed"), ("items", "feed")):
            self.database.delete_in(table, column, [number])
        self.listings.forget_feed(number)

    def keep_schedules(self, schedules: Mapping[int, Schedule]) -> None:
        """Keep when feeds are fetched next, by their numbers."""
        self.database.executemany(
            f"UPDATE feeds SET {setting(SCHEDULE)} WHERE number = ?",  # noqa: S608
            ((*schedule_row(schedule), number) for number, schedule in schedules.items()),
        )

    def keep_body(self, feed: KnownFeed, body: bytes) -> None:
        """Keep what was fetched, and what is known of it."""
        from dedup.storage.compression import compress

        self.database.execute(
            "UPDATE feeds SET name = ?, link = ?, base = ?, charset = ?, kind = ?, digest = ?, dirty = 1,"
            " author = ? WHERE number = ?",
            (stored(feed.name), feed.link, feed.base, feed.charset, feed.kind, feed.digest, feed.author, feed.number),
        )
        self.database.execute(
            "INSERT INTO feed_bodies (feed, body) VALUES (?, ?) ON CONFLICT (feed) DO UPDATE SET body = excluded.body",
            (feed.number, compress(body)),
        )

    def body(self, number: int) -> bytes | None:
        """What was last fetched of a feed."""
        from dedup.storage.compression import decompress

        rows = self.database.query("SELECT body FROM feed_bodies WHERE feed = ?", (number,))
        return decompress(rows[0][0]) if rows else None

    def keep_digest(self, number: int, digest: str) -> None:
        """Keep which body of a piped feed was decided last."""
        self.database.execute("UPDATE feeds SET digest = ? WHERE number = ?", (digest, number))

    def keep_files(self, files: Mapping[int, str]) -> None:
        """Keep the names of cleaned feeds."""
        self.database.executemany(
            "UPDATE feeds SET file = ? WHERE number = ?", ((name, at) for at, name in files.items())
        )

    def mark_dirty(self, numbers: Iterable[int]) -> None:
        """The cleaned feeds that show any of these articles must be written anew."""
        rows = self.database.select_in(
            "SELECT DISTINCT feed FROM items WHERE {in_clause}", "article", sorted(set(numbers))
        )
        self._dirty(1, [row[0] for row in rows])

    def written(self, numbers: Iterable[int]) -> None:
        """These cleaned feeds are written."""
        self._dirty(0, sorted(set(numbers)))

    def _dirty(self, value: int, numbers: Sequence[int]) -> None:
        if numbers:
            condition, parameter = self.database.in_clause("number", numbers)
            self.database.execute(f"UPDATE feeds SET dirty = {value} WHERE {condition}", (parameter,))  # noqa: S608

    # -- items and articles

    def items(self, feed: int, keys: Sequence[str]) -> dict[str, KnownItem]:
        """Those of some keys that are known in a feed, by the keys as they were given."""
        names = {stored(key): key for key in keys}
        rows = self.database.select_in(
            f"SELECT {ITEM} FROM items WHERE feed = {int(feed)} AND {{in_clause}}",  # noqa: S608
            "name",
            list(names),
        )
        return {names[row[1]]: item_of(row) for row in rows}

    def same_digest(self, feed: int, digests: Iterable[str]) -> set[str]:
        """Those of some digests that items of a feed have or had."""
        sql = f"SELECT DISTINCT digest FROM items WHERE feed = {int(feed)} AND {{in_clause}}"  # noqa: S608
        rows = self.database.select_in(sql, "digest", sorted(set(digests)))
        return {row[0] for row in rows}

    def keep_author(self, number: int, author: str) -> None:
        """Keep who wrote all items of a piped feed."""
        self.database.execute("UPDATE feeds SET author = ? WHERE number = ?", (author, number))

    def authors(self) -> list[tuple[str, str]]:
        """Site, or address where it names none, and author of the feeds that have one author."""
        rows = self.database.query("SELECT link, url, author FROM feeds WHERE author <> ''")
        return [(row[0] or row[1], row[2]) for row in rows]

    def keep_items(self, items: Iterable[KnownItem]) -> None:
        """Keep items, new or changed."""
        self.database.executemany(
            f"INSERT INTO items ({ITEM}) VALUES ({marks(ITEM)})"  # noqa: S608
            " ON CONFLICT (feed, name) DO UPDATE SET article = excluded.article, digest = excluded.digest,"
            " listed = excluded.listed, place = excluded.place",
            [
                (one.feed, stored(one.key), one.article, one.digest, int(one.listed), one.place, one.since)
                for one in items
            ],
        )

    def mark_unlisted(self, feed: int, keys: Iterable[str]) -> None:
        """The last body of a feed has these items alone."""
        shown = {stored(key) for key in keys}
        listed = self.database.query("SELECT name, listed FROM items WHERE feed = ? AND listed = 1", (feed,))
        gone = [row[0] for row in listed if row[0] not in shown]
        self.database.executemany(
            "UPDATE items SET listed = 0 WHERE feed = ? AND name = ?", [(feed, name) for name in gone]
        )

    def listed_copies(self, feed: int) -> list[tuple[str, Article]]:
        """Listed items of a feed that are copies: key and article."""
        names = ", ".join(f"articles.{name.strip()}" for name in ARTICLE.split(","))
        rows = self.database.query(
            f"SELECT items.name, {names} FROM items JOIN articles ON articles.number = items.article"  # noqa: S608
            " WHERE items.feed = ? AND items.listed = 1 AND articles.treatment <> 'keep'",
            (feed,),
        )
        return [(row[0], article_of(row[1:])) for row in rows]

    def places(self, articles: Iterable[int], *, listed: bool = True) -> list[KnownItem]:
        """Items that are about these articles."""
        only = " AND listed = 1" if listed else ""
        rows = self.database.select_in(
            f"SELECT {ITEM} FROM items WHERE {{in_clause}}{only}"  # noqa: S608
            " ORDER BY feed, name",
            "article",
            sorted(set(articles)),
        )
        return [item_of(row) for row in rows]

    def forget(self, before: int) -> int:
        """Forget articles that were decided on before, that no feed lists and that no other is a copy of; returns how
        many. One that is listed again later is new again.
        """
        self.database.execute(
            "DELETE FROM items WHERE listed = 0 AND article IN (SELECT number FROM articles WHERE decided < ?)",
            (before,),
        )
        old = (
            "SELECT number FROM articles WHERE decided < ? AND NOT EXISTS (SELECT 1 FROM items WHERE items.article ="
            " articles.number) AND NOT EXISTS (SELECT 1 FROM articles other WHERE other.original = articles.number)"
        )
        gone = 0
        while found := [row[0] for row in self.database.query(old, (before,))]:  # originals go after their copies
            for table, column in (
                ("fragments", "article"), ("listings", "article"), ("teasers", "article"), ("teaser_keys", "article"),
                ("feed_decisions", "article"), ("articles", "number"),
            ):  # fmt: skip
                self.database.delete_in(table, column, found)
            gone += len(found)
        self.combined_dirty = self.combined_dirty or gone > 0
        return gone

    def documents(self) -> set[str]:
        """Ids that the texts of all articles have in the index."""
        return {row[0] for row in self.database.query("SELECT document FROM articles WHERE indexed = 1")}

    def trusted(self) -> list[str]:
        """Documents that a trusted feed was the first to show, and that are copies of nothing."""
        sql = (
            "SELECT articles.document FROM articles JOIN feeds ON feeds.number = articles.feed"
            " WHERE feeds.flags & ? <> 0 AND articles.indexed = 1 AND articles.relation = '' ORDER BY articles.number"
        )
        return [row[0] for row in self.database.query(sql, (TRUSTED,))]

    def articles(self, column: str, values: Iterable[int] | Iterable[str]) -> list[Article]:
        """Articles by `number`, `document`, `original` or `url`, in order of their numbers."""
        wanted: list[Any] = sorted(set(values))
        rows = self.database.select_in(
            f"SELECT {ARTICLE} FROM articles WHERE {{in_clause}} ORDER BY number",  # noqa: S608
            column,
            wanted,
        )
        return [article_of(row) for row in rows]

    def after(self, number: int, count: int) -> list[Article]:
        """The next articles after one, by their numbers."""
        sql = f"SELECT {ARTICLE} FROM articles WHERE number > ? ORDER BY number LIMIT ?"  # noqa: S608
        rows = self.database.query(sql, (number, count))
        return [article_of(row) for row in rows]

    def named(self, name: str) -> list[Article]:
        """Articles by what a reader may call one: its number, its link in any spelling, or the key of an item."""
        found: list[Article] = []
        if name.isascii() and name.isdecimal() and len(name) < 18:
            found += self.articles("number", [int(name)])
        found += self.articles("document", {name, normalise(name)} - {""})
        keys = self.database.query("SELECT DISTINCT article FROM items WHERE name = ?", (stored(name),))
        found += self.articles("number", [row[0] for row in keys])
        found += self.articles("url", [name])
        return list({article.number: article for article in found}.values())

    def newest(self, count: int) -> list[Article]:
        """The newest articles that feeds list and that are not dropped."""
        rows = self.database.query(
            f"SELECT {ARTICLE} FROM articles WHERE treatment IN ('keep', 'flag') AND EXISTS (SELECT 1 FROM items"  # noqa: S608
            " WHERE items.article = articles.number AND items.listed = 1 AND items.feed IN"
            " (SELECT feed FROM feed_bodies)) ORDER BY date DESC, number DESC LIMIT ?",
            (count,),
        )
        return [article_of(row) for row in rows]

    def dropped(self, count: int) -> list[Article]:
        """The articles dropped last."""
        rows = self.database.query(
            f"SELECT {ARTICLE} FROM articles WHERE treatment IN ('drop', 'merge')"  # noqa: S608
            " ORDER BY decided DESC, number DESC LIMIT ?",
            (count,),
        )
        return [article_of(row) for row in rows]

    def keep_articles(self, articles: Sequence[Article]) -> None:
        """Keep articles, new or changed."""
        changes = ", ".join(
            f"{name} = excluded.{name}" for name in map(str.strip, ARTICLE.split(",")) if name != "number"
        )
        self.database.executemany(
            f"INSERT INTO articles ({ARTICLE}) VALUES ({marks(ARTICLE)})"  # noqa: S608
            f" ON CONFLICT (number) DO UPDATE SET {changes}",
            [article_row(article) for article in articles],
        )

    # -- dropped items

    def keep_fragments(self, fragments: Iterable[Fragment]) -> None:
        """Keep dropped items; one that is kept already stays as it is."""
        from dedup.storage.compression import compress

        self.database.executemany(
            "INSERT INTO fragments (article, feed, item, kind, charset, base) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (article) DO NOTHING",
            [(one.article, one.feed, compress(one.item), one.kind, one.charset, one.base) for one in fragments],
        )

    def fragments(self, articles: Iterable[int]) -> dict[int, Fragment]:
        """Dropped items by article."""
        from dedup.storage.compression import decompress

        rows = self.database.select_in(
            "SELECT article, feed, item, kind, charset, base FROM fragments WHERE {in_clause}",
            "article",
            sorted(set(articles)),
        )
        return {row[0]: Fragment(row[0], row[1], decompress(row[2]), *row[3:]) for row in rows}

    def with_fragments(self, articles: Iterable[int]) -> set[int]:
        """Those of some articles whose item is kept."""
        rows = self.database.select_in(
            "SELECT article FROM fragments WHERE {in_clause}", "article", sorted(set(articles))
        )
        return {row[0] for row in rows}

    # -- log

    def log(self, now: int, lines: Iterable[tuple[int | None, str]]) -> None:
        """Keep what went wrong: (feed, message)."""
        rows = list(lines)
        if not rows:
            return
        first = self.numbers("feed_log", len(rows))
        self.database.executemany(
            "INSERT INTO feed_log (number, moment, feed, message) VALUES (?, ?, ?, ?)",
            [(first + at, now, feed, stored(message)[:1000]) for at, (feed, message) in enumerate(rows)],
        )
        self.database.execute("DELETE FROM feed_log WHERE number < ?", (first + len(rows) - LOG,))

    def logged(self, count: int = LOG) -> list[tuple[int, int | None, str]]:
        """The last lines of the log, the newest first: (moment, feed, message)."""
        rows = self.database.query("SELECT moment, feed, message FROM feed_log ORDER BY number DESC LIMIT ?", (count,))
        return [(row[0], row[1], row[2]) for row in rows]
