"""The cleaned feeds, the merged one and the one of what was dropped: made from what is stored and from nothing else.

So a run that was killed leaves nothing half done: what was decided is stored, and the next run writes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dedup.errors import FeedError, OutputError
from dedup.feeds.listing_table import stored
from dedup.feeds.model import Action, Feed, FeedKind, ItemMark
from dedup.feeds.owned import Owned
from dedup.feeds.policy import Scope, Treatment
from dedup.feeds.records import Article, Fragment, KnownFeed
from dedup.feeds.state import State
from dedup.feeds.urls import without_login
from dedup.runtime.atomic import atomic

if TYPE_CHECKING:
    from dedup.feeds.format.atom_writer import AtomEntry
    from dedup.feeds.format.document import FeedDocument

MERGED, QUARANTINE = 200, 200
"""Items of the merged feed and of that of what was dropped. Readers ask at least once a day; a newsroom publishes some
80 items in that time."""
QUARANTINE_FILE = "dropped.xml"
_HALF = re.compile(r"\.(?:[a-z0-9-]+-[0-9a-f]{8,16}(?:-\d{1,9})?\.(?:xml|json)|dropped\.xml|\.dedup-files\.xml)\..{8}")
"""Names of files that are being written (`atomic`)."""
_OLD = 3600
"""Seconds after which nobody is writing them any more."""
_SLUG = 40
_ACTIONS = {
    Treatment.KEEP: Action.KEEP, Treatment.FLAG: Action.FLAG, Treatment.DROP: Action.DROP, Treatment.MERGE: Action.DROP,
}  # fmt: skip
_WRAPPERS = {
    FeedKind.RSS: (b'<rss version="2.0"><channel>', b"</channel></rss>"),
    FeedKind.RDF: (b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">',
               b"</rdf:RDF>"),
    FeedKind.ATOM: (b'<feed xmlns="http://www.w3.org/2005/Atom">', b"</feed>"),
    FeedKind.JSON: (b'{"version": "https://jsonfeed.org/version/1.1", "items": [', b"]}"),
}  # fmt: skip
"""What makes a feed of one item."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Where outputs go."""

    folder: Path
    merged: Path | None = None
    merged_items: int = MERGED
    dropped_items: int = QUARANTINE


def file_name(feed: KnownFeed) -> str:
    """A name for the cleaned feed: readable, and no other feed's. It is kept: a feed may change its title."""
    plain = unicodedata.normalize("NFKD", feed.title or feed.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG].strip("-")
    if not slug:
        slug = re.sub(r"[^a-z0-9]+", "-", (urlsplit(feed.url).hostname or "feed").lower()).strip("-")[:_SLUG]
    digest = sha256(feed.url.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{slug}-{digest}.{'json' if feed.kind == FeedKind.JSON else 'xml'}"


def is_one_of(path: Path, others: Iterable[Path]) -> bool:
    """Whether it is the same file as one of them: also by a link, a hard link, or another spelling."""
    for other in others:
        try:
            if path.resolve() == other.resolve() or (path.exists() and other.exists() and path.samefile(other)):
                return True
        except OSError:  # links in a circle: nothing can be written there either
            continue
    return False


def mark_of(article: Article, root: Article | None) -> ItemMark:
    """What the rewriter is told of a copy."""
    relation = article.cause or article.relation or ""
    first = (root.url, root.title, root.source) if root else ("", "", "")
    return ItemMark(_ACTIONS[article.treatment], str(relation), article.similarity, *first)


def marks(state: State, feed: KnownFeed, parsed: Feed) -> dict[int, ItemMark]:
    """What is done with the items of a feed, by place."""
    found = _marks(state, feed)
    return {item.place: mark for item in parsed.items if (mark := found.get(stored(item.key))) is not None}


def _marks(state: State, feed: KnownFeed) -> dict[str, ItemMark]:
    """The same by key: what is done with articles that are copies, and with items whose article another one listed
    first. Of both the graver counts.
    """
    if feed.traits.never_touch:
        return {}
    listings = state.listings.treated(feed.number)
    found = {}
    if listings:
        articles = {one.number: one for one in state.articles("number", {listing.article for listing in listings})}
        feeds = state.feeds_of({listing.first_feed for listing in listings})
        for listing in listings:
            if (article := articles.get(listing.article)) is not None:
                first = feeds.get(listing.first_feed)
                name = first.shown if first else article.source
                action = _ACTIONS[listing.treatment]
                found[listing.key] = ItemMark(action, listing.cause.value, 1.0, article.url, article.title, name)
    treated = in_scope(state, feed, dict(state.listed_copies(feed.number)))
    roots = _roots(state, treated.values()) if treated else {}
    for key, article in treated.items():
        if key not in found or _ACTIONS[article.treatment] is Action.DROP:
            found[key] = mark_of(article, roots.get(article.original or 0))
    return found


def in_scope(state: State, feed: KnownFeed, treated: dict[str, Article]) -> dict[str, Article]:
    """Of the copies that a feed lists, by key, those that are treated there: with a scope of folders, those whose
    original, or another copy of it that was seen before, some feed of the same folder lists or listed.
    """
    if not treated or state.scope is Scope.ALL:
        return treated
    roots = {article.original for article in treated.values() if article.original is not None}
    family: dict[int, list[Article]] = {}
    for one in [*state.articles("number", roots), *state.articles("original", roots)]:
        family.setdefault(one.original if one.original is not None else one.number, []).append(one)
    places: dict[int, set[int]] = {}
    for item in state.places({one.number for members in family.values() for one in members}, listed=False):
        places.setdefault(item.article, set()).add(item.feed)
    feeds = state.feeds_of({number for numbers in places.values() for number in numbers})
    here = {number for number, other in feeds.items() if other.folder == feed.folder}
    return {
        key: article for key, article in treated.items()
        if any(
            places.get(other.number, set()) & here for other in family.get(article.original or 0, ())
            if other.number == article.original or other.number < article.number
        )
    }  # fmt: skip


def _roots(state: State, articles: Iterable[Article]) -> dict[int, Article]:
    wanted = {article.original for article in articles if article.original is not None}
    return {article.number: article for article in state.articles("number", wanted)}


def cleaned(state: State, feed: KnownFeed, body: bytes, parsed: Feed | None = None) -> tuple[bytes, str | None]:
    """The cleaned feed; and why it is the original, where it could not be rewritten."""
    found = _marks(state, feed)
    if not found:
        return body, None
    from dedup.feeds.format.parse import parse
    from dedup.feeds.format.rewrite import rewrite

    try:
        parsed = parsed or parse(body, feed.base, feed.charset, now=0)
        places = {item.place: mark for item in parsed.items if (mark := found.get(stored(item.key))) is not None}
        return rewrite(body, places, feed.charset), None
    except Exception as error:  # also a bug: the reader gets the feed as it came, rather than none
        kind = "" if isinstance(error, FeedError) else f"{type(error).__name__}: "
        return body, f"passed on as it came: {kind}{error}"


class Outputs:
    """Writes what feeds became. Raises OutputError when a file cannot be written."""

    def __init__(self, state: State, targets: Targets) -> None:
        self._state, self._targets = state, targets
        self._written: set[int] = set()
        """Feeds whose files are as they should be, but which the database still calls dirty."""
        self.failed = False
        """Some file could not be written."""
        self.problems: list[tuple[int | None, str]] = []
        self._names: dict[int, str] = {}
        self._owned = Owned(targets.folder)

    def feeds(self, feeds: Iterable[KnownFeed], parsed: dict[int, Feed] | None = None) -> None:
        """Write the cleaned feeds of these. A file that cannot be written does not keep the others from it."""
        known, wanted = parsed or {}, list(feeds)
        for feed in wanted:
            if feed.kind:  # it has a body
                self._names[feed.number] = self._names.get(feed.number) or feed.file or self._free(feed)
        foreign = self._foreign({self._names[feed.number] for feed in wanted if feed.kind})
        for feed in wanted:
            try:
                self._feed(feed, known.get(feed.number), foreign)
            except OutputError as error:
                self.failed = True
                self.problems.append((feed.number, str(error)))

    def _foreign(self, names: set[str]) -> dict[str, str]:
        """Why each of these files that may not be written is left alone."""
        try:
            earlier = [] if self._state.keeps_lists else [feed.file for feed in self._state.feeds("file <> ''")]
            others = self._owned.claim(names, earlier)
        except OutputError as error:
            return dict.fromkeys(names, str(error))
        why = dict.fromkeys(others, "is there already and was not written by dedup; it is left alone, not written")
        for name in names - others:
            if (merged := self._targets.merged) is not None and is_one_of(merged, [self._targets.folder / name]):
                why[name] = "the merged feed is written there, not this one"
        return {name: f"{self._targets.folder / name}: {reason}" for name, reason in why.items()}

    def _feed(self, feed: KnownFeed, parsed: Feed | None, foreign: dict[str, str]) -> None:
        body = self._state.body(feed.number) if feed.kind else None
        if body is not None:
            if (name := self._names[feed.number]) in foreign:
                raise OutputError(foreign[name])
            data, problem = cleaned(self._state, feed, body, parsed)
            if problem:
                self.problems.append((feed.number, problem))
            write(self._targets.folder / name, data)
        self._written.add(feed.number)

    def _free(self, feed: KnownFeed) -> str:
        """A name that no other feed has: an address can be made so that its digest begins like another one's."""
        first = name = file_name(feed)
        count = 1
        while name in self._names.values() or self._state.feeds("file = ? AND number <> ?", (name, feed.number)):
            count += 1
            stem, dot, end = first.rpartition(".")
            name = f"{stem}-{count}{dot}{end}"
        return name

    def write_combined(self) -> None:
        """Write the merged feed and that of what was dropped, if anything changed or they are missing."""
        dirty = self._state.combined_dirty
        for path, make in (
            (self._targets.merged, self._merged),
            (self._targets.folder / QUARANTINE_FILE, self._dropped),
        ):
            if path is None or (not dirty and path.exists()):
                continue
            try:
                data = make()
                if data is not None:
                    write(path, data)
            except OutputError as error:
                self.failed = True
                self.problems.append((None, str(error)))
            except Exception as error:  # a bug of ours, or a feed that we did not think of: the last good file stays
                self.problems.append((None, f"{path.name} was not written: {type(error).__name__}: {error}"))

    def settle(self) -> None:
        """Tell the database what is written; in a transaction of the caller's."""
        self._state.keep_files({number: name for number, name in self._names.items() if number in self._written})
        self._state.written(self._written)
        self._state.keeps_lists = True
        self._written.clear()

    def sweep(self, now: float) -> None:
        """Delete what runs that were killed left half written."""
        if not self._targets.folder.is_dir():
            return
        for path in self._targets.folder.iterdir():
            if _HALF.fullmatch(path.name):
                with suppress(OSError):
                    if path.stat().st_mtime < now - _OLD:
                        path.unlink()

    def _merged(self) -> bytes | None:
        from dedup.feeds.format.atom_writer import collect

        articles = {article.number: article for article in self._state.newest(self._targets.merged_items)}
        where: dict[int, dict[int, Article]] = {}
        placed: set[int] = set()
        items = self._state.places(articles)
        for item in sorted(items, key=lambda item: (item.feed != articles[item.article].feed, item.feed, item.key)):
            if item.article not in placed:  # once, and out of the feed that it was first seen in if that has it still
                placed.add(item.article)
                where.setdefault(item.feed, {})[item.place] = articles[item.article]
        feeds, roots = self._state.feeds_of(where), _roots(self._state, articles.values())
        also = _also_at(self._state, articles)
        found: dict[int, AtomEntry] = {}
        for number, places in where.items():
            for article, entry in self._entries(feeds[number], places):
                kept = article.treatment is Treatment.KEEP
                mark = None if kept else mark_of(article, roots.get(article.original or 0))
                found[article.number] = replace(entry, mark=mark, html=entry.html + also.get(article.number, ""))
        order = sorted(found, key=lambda number: (articles[number].date, number), reverse=True)
        return collect([found[number] for number in order], title="All feeds", link="", feed_id="tag:dedup,2026:merged")

    def _entries(self, feed: KnownFeed, places: dict[int, Article]) -> list[tuple[Article, AtomEntry]]:
        """Items of a feed as entries. Those alone are read: with all of their feeds it would take ten times as long."""
        from dedup.feeds.format.document import read_document

        body = self._state.body(feed.number)
        if body is None:
            return []
        try:
            document = read_document(body, feed.charset)
        except FeedError as error:
            self.problems.append((feed.number, f"not in the merged feed: {error}"))
            return []
        made = [(article, _entry(document, place, article, feed.base)) for place, article in places.items()]
        return [
            (
                article,
                replace(entry, source_title=feed.shown, source_feed=without_login(feed.url), source_link=feed.link),
            )
            for article, entry in made
            if entry is not None
        ]

    def _dropped(self) -> bytes | None:
        from dedup.feeds.format.atom_writer import collect

        articles = self._state.dropped(self._targets.dropped_items)
        listings = self._state.listings.dropped(self._targets.dropped_items)
        if not articles and not listings and not (self._targets.folder / QUARANTINE_FILE).exists():
            return None
        fragments = self._state.fragments(article.number for article in articles)
        feeds = self._state.feeds_of(
            {fragment.feed for fragment in fragments.values()} | {listing.feed for listing in listings}
        )
        roots = _roots(self._state, articles)
        rows = [
            (article.decided, article, fragment, mark_of(article, roots.get(article.original or 0)))
            for article in articles
            if (fragment := fragments.get(article.number)) is not None
        ]
        known = {one.number: one for one in self._state.articles("number", {one.article for one in listings})}
        for one in listings:
            if (article := known.get(one.article)) is not None and one.item is not None:
                fragment = Fragment(one.article, one.feed, one.item, one.kind, one.charset, one.base)
                mark = ItemMark(Action.DROP, one.cause.value, 1.0, article.url, article.title, article.source)
                rows.append((one.decided, article, fragment, mark))
        rows.sort(key=lambda row: -row[0])
        found = [
            entry for _, article, fragment, mark in rows[: self._targets.dropped_items]
            for entry in _restored(fragment, article, mark, feeds.get(fragment.feed))
        ]  # fmt: skip
        return collect(found, title="Dropped from feeds", link="", feed_id="tag:dedup,2026:dropped")


def _restored(fragment: Fragment, article: Article, mark: ItemMark, feed: KnownFeed | None) -> list[AtomEntry]:
    """A dropped item as an entry; nothing if it cannot be read any more."""
    from dedup.feeds.format.document import read_document

    before, after = _WRAPPERS[FeedKind(fragment.kind)]
    item, charset = fragment.item, fragment.charset
    if charset.startswith(("utf-16", "utf-32")):
        item, charset = item.decode(charset, "replace").encode(), "utf-8"
    try:
        entry = _entry(read_document(before + item + after, charset), 0, article, fragment.base)
    except FeedError:
        return []
    if entry is None:
        return []
    title, url = feed.shown if feed else article.source, without_login(feed.url) if feed else ""
    return [replace(entry, mark=mark, source_title=title, source_feed=url, original=fragment.item)]


def _entry(document: FeedDocument, place: int, article: Article, base: str) -> AtomEntry | None:
    """One item of a feed that was taken apart; None if it cannot be read."""
    from dedup.feeds.format.atom_writer import AtomEntry
    from dedup.feeds.format.fields import fields_of

    fields = fields_of(document, document.places[place], base) if place < len(document.places) else None
    if fields is None:
        return None
    return AtomEntry(
        place, article.url or article.document, article.title, article.url, article.date, fields.html, fields.author,
        tuple(fields.tags), tuple(fields.enclosures),
    )  # fmt: skip


def _also_at(state: State, articles: Iterable[int]) -> dict[int, str]:
    """A paragraph of HTML for each article that copies were merged into."""
    links: dict[int, list[str]] = {}
    for copy in state.articles("original", articles):
        if copy.treatment is Treatment.MERGE and copy.original is not None and copy.url.startswith(("http:", "https:")):
            name = escape(copy.source or copy.url)
            links.setdefault(copy.original, []).append(f'<a href="{escape(copy.url)}">{name}</a>')
    return {number: f'<p class="dedup-note">Also at: {", ".join(found)}</p>' for number, found in links.items()}


def write(path: Path, data: bytes) -> None:
    """Write a file, unless it has these bytes already: servers and readers go by its date. Raises OutputError."""
    try:
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
    with atomic(path) as out:
        out.write(data)
