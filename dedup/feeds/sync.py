"""What was decided, put on the entries of somebody's reader: read, a star, or a label.

For each entry what is to be asked is written down before it is asked, and that it was done after the answer. So a run
that is killed asks again for what it does not know to be done, which changes nothing where it was; and what its owner
takes off an entry afterwards is not put on it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dedup.feeds.items import RESTORED
from dedup.feeds.policy import Treatment
from dedup.feeds.readers.model import Account, Entry
from dedup.feeds.records import Article
from dedup.feeds.session import Session
from dedup.feeds.state import State
from dedup.feeds.urls import normalise

AT_ONCE = 100
"""Entries of one request."""
_ASKED, _DONE, _UNDONE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class WantedMark:
    """An entry, what is to be put on it, and the article that it is."""

    entry: Entry
    mark: str
    article: int


@dataclass(slots=True)
class Synced:
    """What a run did, or would do."""

    unread: int = 0
    known: int = 0
    """Entries that dedup has seen as well."""
    marked: list[WantedMark] = field(default_factory=list)
    taken: int = 0
    """Marks taken off again: their items were restored."""


def sync(
    session: Session, reader: Account, marks: Mapping[Treatment, str], now: int, *, dry_run: bool = False
) -> Synced:
    """Put `marks`, by treatment, on the unread entries of an account. Raises ReaderError; what was done until then is
    known to the next run.
    """
    journal, result = _Journal(session, reader.account, now), Synced()
    entries = list({entry.id: entry for entry in reader.unread()}.values())  # one told twice is no repost of itself
    result.unread = len(entries)
    found = _matched(session.state, entries)
    result.known = sum(article is not None for article, _ in found.values())
    asked = journal.rows([entry.id for entry in entries])
    for entry in entries:
        article, treatment = found[entry.id]
        mark = marks.get(treatment, "") if article is not None else ""
        if mark and asked.get((entry.id, mark), _ASKED) == _ASKED and article is not None:
            result.marked.append(WantedMark(entry, mark, article.number))
    if not dry_run:
        journal.settle({entry.id for entry in entries})
    undone = journal.restored()
    result.taken = sum(map(len, undone.values()))
    if dry_run:
        return result
    for mark, rows in _by_mark(result.marked).items():
        for at in range(0, len(rows), AT_ONCE):
            part = rows[at : at + AT_ONCE]
            journal.ask(part)
            reader.put([one.entry for one in part if mark not in one.entry.marks], mark)
            journal.done([one.entry.id for one in part], mark, _DONE)
    for mark, ids in undone.items():
        for at in range(0, len(ids), AT_ONCE):
            reader.take(ids[at : at + AT_ONCE], mark)
            journal.done(ids[at : at + AT_ONCE], mark, _UNDONE)
    return result


def _by_mark(wanted: Iterable[WantedMark]) -> dict[str, list[WantedMark]]:
    found: dict[str, list[WantedMark]] = {}
    for one in wanted:
        found.setdefault(one.mark, []).append(one)
    return found


def _matched(state: State, entries: Sequence[Entry]) -> dict[str, tuple[Article | None, Treatment]]:
    """The article of each entry, and what was decided on it where it stands. One article in two feeds is treated in
    the one alone that listed it later, and of one that a feed lists twice the first entry stands.
    """
    links = {entry.id: normalise(entry.url) for entry in entries}
    articles = {one.document: one for one in state.articles("document", set(links.values()) - {""})}
    feeds = {normalise(feed.url): feed for feed in state.feeds()}
    listings = state.listings.of({one.number for one in articles.values()})
    places = {(one.article, one.feed): one for one in listings if one.treatment is not Treatment.KEEP}
    seen: set[tuple[int, int]] = set()
    result: dict[str, tuple[Article | None, Treatment]] = {}
    for entry in sorted(entries, key=lambda one: _order(one.id)):
        article = articles.get(links[entry.id])
        feed = feeds.get(normalise(entry.feed_url)) if entry.feed_url else None
        if article is None or (feed is not None and feed.traits.never_touch):
            result[entry.id] = article, Treatment.KEEP
            continue
        treatment = article.treatment
        place = (article.number, feed.number) if feed is not None else None
        listing = places.get(place) if place is not None else None
        if treatment is Treatment.KEEP and listing is not None and place is not None:
            again = listing.first_feed == listing.feed  # the feed's own item under another id: the first one stands
            if not again or place in seen:
                treatment = listing.treatment
        if place is not None:
            seen.add(place)
        result[entry.id] = article, treatment
    return result


def _order(name: str) -> tuple[int, str]:
    """Entries in the order in which they came, as their numbers have it."""
    return (len(name), name)


class _Journal:
    """What was asked of one account."""

    def __init__(self, session: Session, account: str, now: int) -> None:
        self._session, self._database, self._account, self._now = session, session.database, account, now

    def rows(self, entries: Sequence[str]) -> dict[tuple[str, str], int]:
        """How far it is, by entry and mark."""
        found = self._database.query("SELECT entry, mark, done FROM reader_marks WHERE account = ?", (self._account,))
        wanted = set(entries)
        return {(row[0], row[1]): row[2] for row in found if row[0] in wanted}

    def ask(self, wanted: Sequence[WantedMark]) -> None:
        """Write down what is asked next."""
        with self._session.transaction(write=True):
            self._database.executemany(
                "INSERT INTO reader_marks (account, entry, mark, article, done, moment) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (account, entry, mark) DO NOTHING",
                [(self._account, one.entry.id, one.mark, one.article, _ASKED, self._now) for one in wanted],
            )

    def done(self, ids: Sequence[str], mark: str, value: int) -> None:
        """Write down that it is done."""
        with self._session.transaction(write=True):
            self._database.executemany(
                "UPDATE reader_marks SET done = ?, moment = ? WHERE account = ? AND entry = ? AND mark = ?",
                [(value, self._now, self._account, name, mark) for name in ids],
            )

    def settle(self, unread: set[str]) -> None:
        """What was asked before a run was killed, of entries that are no longer unread, was done, or is out of date."""
        rows = self._database.query(
            "SELECT entry, mark FROM reader_marks WHERE account = ? AND done = ?", (self._account, _ASKED)
        )
        for mark in {row[1] for row in rows}:
            self.done([row[0] for row in rows if row[1] == mark and row[0] not in unread], mark, _DONE)

    def restored(self) -> dict[str, list[str]]:
        """Entries by mark whose items the reader restored after they were marked."""
        rows = self._database.query(
            "SELECT reader_marks.mark, reader_marks.entry FROM reader_marks JOIN articles ON articles.number ="
            " reader_marks.article WHERE reader_marks.account = ? AND reader_marks.done = ? AND articles.treatment ="
            " 'keep' AND articles.reasons = ? ORDER BY reader_marks.mark, reader_marks.entry",
            (self._account, _DONE, "\n".join(RESTORED)),
        )
        found: dict[str, list[str]] = {}
        for mark, entry in rows:
            found.setdefault(mark, []).append(entry)
        return found
