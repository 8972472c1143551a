"""One pass over the feeds that are due: fetch, decide, store, write.

Feeds are stored some at a time, as they arrive, while others are still being fetched. One that cannot be fetched or
read keeps its last cleaned feed; what cannot be decided passes as it is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dedup.errors import DedupError, FeedError
from dedup.feeds import schedule
from dedup.feeds.arrivals import FetchedFeed, body_digest, described
from dedup.feeds.choices import honour
from dedup.feeds.http.fetch import Fetcher
from dedup.feeds.http.request import Fetched, Request, Settings
from dedup.feeds.ingest import Counts, Ingester
from dedup.feeds.model import Feed, Item
from dedup.feeds.policy import Policy
from dedup.feeds.publish import Outputs, Targets
from dedup.feeds.records import PIPED, Article, KnownFeed
from dedup.feeds.schedule import RULES, Rules, Schedule
from dedup.feeds.session import Session
from dedup.feeds.urls import without_secrets
from dedup.feeds.waiting import TOGETHER, Waiting

if TYPE_CHECKING:
    from dedup.config import RetentionConfig
    from dedup.feeds.full_text import FullText, PageBudget

PAGES, PAGES_SECONDS, PAGES_TOTAL = 30, 15.0, 60.0
"""Pages of one host in one run, seconds for them, and seconds for all pages of a run, unless `Options.pages` says."""
LATE_RUNS, LATE_PAGES = 3, 5_000
"""Runs after which a page that never came in time is given up, and pages that are remembered."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is to do."""

    targets: Targets
    policy: Policy = field(default_factory=Policy)
    fetch: Settings = field(default_factory=Settings)
    rules: Rules = RULES
    dry_run: bool = False
    full_text: bool = False
    pages: PageBudget | None = None
    """None: that of this module."""
    decisions: tuple[str, ...] = ()
    """Files of what was decided by hand."""
    retention: RetentionConfig | None = None
    """When what is old is forgotten."""
    at_once: str | None = None
    """Fetch this feed now, or, where it is empty, all of them, whether they are due or not."""


@dataclass(slots=True)
class Summary:
    """What a run did, or would do."""

    feeds: int = 0
    """That were due."""
    changed: int = 0
    """With another body than before."""
    unchanged: int = 0
    failed: int = 0
    tally: Counts = field(default_factory=Counts)
    problems: list[tuple[int | None, str]] = field(default_factory=list)
    """(feed, what went wrong)."""
    repaired: int = 0
    """Cleaned feeds that the run before did not come to write."""
    late: int = 0
    """Pages that did not come in time, and are asked for again in the next run."""
    forgotten: int = 0
    """Items that no feed lists any more, and that are old by the settings."""
    files_failed: bool = False
    """Some output could not be written: the disk is full, or the folder is closed to us."""
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For one line of JSON."""
        tally = self.tally
        return {
            "feeds": self.feeds, "changed": self.changed, "unchanged": self.unchanged, "failed": self.failed,
            "new_items": tally.new, "changed_items": tally.changed, "flagged": tally.flagged, "dropped": tally.dropped,
            "merged": tally.merged, "taken_over": tally.taken_over, "relisted": tally.relisted,
            "repaired": self.repaired, "forgotten": self.forgotten, "late_pages": self.late,
            "problems": len(self.problems), "seconds": round(self.seconds, 3),
        }  # fmt: skip


@dataclass(slots=True)
class _News:
    """What came of some feeds."""

    arrivals: list[FetchedFeed] = field(default_factory=list)
    schedules: dict[int, Schedule] = field(default_factory=dict)
    """Of feeds without a new body."""
    problems: list[tuple[int | None, str]] = field(default_factory=list)

    def add(self, other: _News) -> None:
        """Put another one to this."""
        self.arrivals += other.arrivals
        self.schedules |= other.schedules
        self.problems += other.problems


@asynccontextmanager
async def _reader(options: Options, fetcher: Fetcher) -> AsyncIterator[FullText]:
    """What reads pages. Raises MissingExtraError."""
    from dedup.feeds.full_text import FullText, PageBudget
    from dedup.feeds.http.pages import Pages

    budget = options.pages or PageBudget(PAGES_TOTAL, PAGES, PAGES_SECONDS)
    async with Pages(fetcher) as pages:
        yield FullText(pages, budget, options.fetch.concurrency, options.fetch.per_host)


FetchAll = Callable[[Iterable[Request], Callable[[Fetched], Awaitable[None]]], Awaitable[None]]
"""As `Fetcher.fetch_all`; tests put their own in its place."""


class _Undone(Exception):  # noqa: N818 - no error: the end of a dry run
    """Takes back what a dry run stored."""


def run(session: Session, options: Options, now: int, *, fetch_all: FetchAll | None = None) -> Summary:
    """One pass; `now` are seconds since 1970. The caller holds the lock. Raises DedupError where nothing can be stored
    at all.
    """
    begun = time.monotonic()
    passing = _Pass(session, options, now)
    if not options.dry_run:
        passing.honour()
        passing.repair()
    due = passing.due()
    if due or passing.late:
        asyncio.run(passing.fetch(due, fetch_all))
    if not options.dry_run:
        passing.look_for_rewrites()
        passing.forget()
        passing.finish()
    passing.summary.seconds = time.monotonic() - begun
    return passing.summary


class _Pass:
    """The state of one pass."""

    def __init__(self, session: Session, options: Options, now: int) -> None:
        self._session, self._options, self._now = session, options, now
        self._state = session.state
        self._ingester = Ingester(session, options.policy)
        self._outputs = Outputs(self._state, options.targets)
        self._feeds: dict[str, KnownFeed] = {}
        self.summary = Summary()
        self.late = self._state.late_pages if options.full_text else {}
        """Pages of earlier runs that did not come in time."""
        self._again = {number: keys for number, keys in self.late.items() if keys}

    # -- before and after

    def honour(self) -> None:
        """Keep what was decided by hand, and treat items by it that were decided on before."""
        changed = honour(self._session, self._options.decisions, self._now)
        if changed:
            self._ingester.keep_dropped(changed)

    def repair(self) -> None:
        """Write what the run before did not come to, or what is another feed by the settings of this one."""
        if self._state.scope is not self._options.policy.scope:
            with self._session.transaction(write=True):
                self._state.scope = self._options.policy.scope
        dirty = self._state.feeds(f"dirty = 1 AND flags < {PIPED}")
        if dirty:
            self._outputs.sweep(time.time())
            self.summary.repaired = len(dirty)
            self._write(dirty)

    def _write(self, feeds: Sequence[KnownFeed], parsed: dict[int, Feed] | None = None) -> None:
        """Write cleaned feeds, and that they are written."""
        self._outputs.feeds(feeds, parsed)
        with self._session.transaction(write=True):
            self._outputs.settle()

    def due(self) -> list[KnownFeed]:
        """Feeds to be fetched, no address twice; those that waited longest first."""
        found: dict[str, KnownFeed] = {}
        everyone = self._state.feeds(f"flags < {PIPED}")
        asked = self._options.at_once
        if asked and not any(asked in (feed.url, feed.address) for feed in everyone):
            raise FeedError(f"no such feed in the list: {without_secrets(asked)}")
        for feed in sorted(everyone, key=lambda feed: (feed.schedule.next_at, feed.number)):
            if asked is not None:
                wanted = asked in ("", feed.url, feed.address)
            else:
                wanted = schedule.due(feed.schedule, self._now, self._options.rules)
            if wanted:
                found.setdefault(schedule.request(feed.schedule).url, feed)
        self.summary.feeds = len(found)
        self._feeds = found
        return list(found.values())

    def look_for_rewrites(self) -> None:
        """Among all that came, at once: it takes the latest articles together."""
        try:
            found = self._ingester.look_for_rewrites(self._now)
        except DedupError:
            raise
        except Exception as error:  # nothing was stored: what came passes as it was decided
            self.summary.problems.append((None, f"rewrites are not looked for: {type(error).__name__}: {error}"[:300]))
            return
        if found.articles:
            self.summary.tally.add(found)
            self._write(self._state.feeds(f"dirty = 1 AND flags < {PIPED}"))

    def forget(self) -> None:
        """Forget what is old, where the settings say so."""
        if self._options.retention is not None and self._options.retention.after:
            from dedup.feeds.retention import forget_daily

            self.summary.forgotten = forget_daily(self._session, self._options.retention, self._now).items

    def finish(self) -> None:
        """The feeds that are made of all, and that everything is written."""
        folder = str(self._options.targets.folder.absolute())
        if self._feeds and self._state.folder != folder:
            with self._session.transaction(write=True):
                self._state.folder = folder
        self._outputs.write_combined()
        self.summary.files_failed = self._outputs.failed
        self.summary.problems += self._outputs.problems
        if self.summary.late:
            told = (
                f"{self.summary.late:,} pages did not come in time: compared by their feeds, and again in the next run"
            )
            self.summary.problems.append((None, told))
        if self._options.full_text and self._state.late_pages != self.late:
            with self._session.transaction(write=True):
                self._state.late_pages = self.late
        if self._outputs.problems or self._state.combined_dirty:
            with self._session.transaction(write=True):
                self._state.combined_dirty = self._outputs.failed
                self._state.log(self._now, self._outputs.problems)

    # -- fetching

    async def fetch(self, due: Sequence[KnownFeed], fetch_all: FetchAll | None) -> None:
        """Fetch feeds, and take them in as they arrive."""
        arrived: asyncio.Queue[Fetched | None] = asyncio.Queue(2 * TOGETHER)
        async with Fetcher(self._options.fetch) as fetcher:
            taking = asyncio.create_task(self._take(arrived, fetcher))
            sending = asyncio.create_task(self._send(due, arrived, fetch_all or fetcher.fetch_all))
            try:
                await asyncio.wait((taking, sending), return_when=asyncio.FIRST_EXCEPTION)
            finally:
                for task in (sending, taking):
                    task.cancel()
                ended = await asyncio.gather(taking, sending, return_exceptions=True)
            for error in ended:
                if isinstance(error, Exception):
                    raise error

    async def _send(
        self, due: Sequence[KnownFeed], arrived: asyncio.Queue[Fetched | None], fetch_all: FetchAll
    ) -> None:
        await fetch_all([schedule.request(feed.schedule) for feed in due], arrived.put)
        await arrived.put(None)

    async def _take(self, arrived: asyncio.Queue[Fetched | None], fetcher: Fetcher) -> None:
        """Take in what has arrived, until the last: a feed is stored when its pages are there, and holds up no other
        one. A dry run waits for all of it: it has one transaction only.
        """
        async with AsyncExitStack() as stack:
            reader = (
                await stack.enter_async_context(_reader(self._options, fetcher)) if self._options.full_text else None
            )
            waiting = Waiting()
            stack.push_async_callback(waiting.cancel)
            held, more = _News(), True
            if reader:
                for arrival in self._late_arrivals():
                    waiting.add(arrival, _with_pages(arrival, list(arrival.parsed.items), reader))
            while more or waiting.tasks:
                part, done, more = await waiting.next(arrived, more)
                news = await asyncio.to_thread(self._read, part) if part else _News()
                new, news.arrivals = news.arrivals, done
                for arrival in new:
                    if reader and (wanted := self._wanted(arrival)):
                        waiting.add(arrival, _with_pages(arrival, wanted, reader))
                    else:
                        news.arrivals.append(arrival)
                if self._options.dry_run:
                    held.add(news)
                else:
                    await asyncio.to_thread(self._store, news)
            if self._options.dry_run:
                await asyncio.to_thread(self._store, held)

    def _wanted(self, arrival: FetchedFeed) -> list[Item]:
        """Items of a feed whose pages are new."""
        asked = self._again.get(arrival.feed.number, {})
        return [item for item in self._ingester.unknown(arrival) if item.url and item.key not in asked]

    def _late_arrivals(self) -> list[FetchedFeed]:
        """Items whose pages did not come in time in the run before."""
        from dedup.feeds.format.parse import parse

        found = []
        for number, feed in self._state.feeds_of(self._again).items():
            body, keys = self._state.body(number), self._again[number]
            if body is None:
                continue
            try:
                parsed = parse(body, feed.base, feed.charset, now=self._now)
            except FeedError:
                continue
            items = tuple(item for item in parsed.items if item.key in keys and item.url)
            if items:
                found.append(FetchedFeed(feed, body, replace(parsed, items=items), again=True))
        gone = self._again.keys() - {arrival.feed.number for arrival in found}
        for number in gone:
            self.late.pop(number, None)
        return found

    def _read(self, part: Sequence[Fetched]) -> _News:
        """Tell what is new; parse it."""
        news = _News()
        for fetched in part:
            feed = self._feeds[fetched.url]
            after = schedule.after(feed.schedule, fetched, self._now, self._options.rules)
            if fetched.error is not None:
                self.summary.failed += 1
                news.problems.append((feed.number, fetched.error))
                news.schedules[feed.number] = after
            elif fetched.not_modified or body_digest(fetched.body) == feed.digest:
                self.summary.unchanged += 1
                news.schedules[feed.number] = after
            else:
                self._parse(feed, fetched, after, news)
        return news

    def _parse(self, feed: KnownFeed, fetched: Fetched, after: Schedule, news: _News) -> None:
        from dedup.feeds.format.parse import parse

        try:
            parsed = parse(fetched.body, fetched.final_url, fetched.charset, now=self._now)
        except Exception as error:
            self.summary.failed += 1
            message = str(error) if isinstance(error, FeedError) else f"{type(error).__name__}: {error}"
            news.problems.append((feed.number, message))
            news.schedules[feed.number] = schedule.failed(feed.schedule, message, self._now, self._options.rules)
            return
        self.summary.changed += 1
        news.arrivals.append(FetchedFeed(described(feed, fetched, parsed), fetched.body, parsed, after))

    # -- storing

    def _store(self, news: _News) -> None:
        """Store some feeds, and write their files."""
        if self._options.dry_run:
            self._try(news)
            return
        if news.arrivals:
            self.summary.tally.add(self._ingester.ingest(news.arrivals, self._now))
        late = self._remember(news.arrivals) if self._options.full_text else False
        if news.schedules or news.problems or late:
            with self._session.transaction(write=True):
                self._state.keep_schedules(news.schedules)
                self._state.log(self._now, news.problems)
                if late:
                    self._state.late_pages = self.late
        self.summary.problems += news.problems
        if news.arrivals:
            parsed = {arrival.feed.number: arrival.parsed for arrival in news.arrivals if not arrival.again}
            self._write(self._state.feeds(f"dirty = 1 AND flags < {PIPED}"), parsed)

    def _remember(self, arrivals: Sequence[FetchedFeed]) -> bool:
        """Which pages are to be asked for again; whether that changed."""
        before = {number: dict(keys) for number, keys in self.late.items()}
        for arrival in arrivals:
            number = arrival.feed.number
            tries = self._again.get(number, {}) if arrival.again else {}
            kept = {key: runs for key, runs in self.late.get(number, {}).items() if key not in tries}
            left = {key: tries.get(key, 0) + 1 for key in arrival.late}
            fresh = {key: runs for key, runs in left.items() if runs < LATE_RUNS}
            room = max(0, LATE_PAGES - sum(len(keys) for keys in self.late.values()))
            self.late[number] = kept | dict(list(fresh.items())[:room])
            self.summary.late += min(len(fresh), room)
            if lost := len(left) - min(len(fresh), room):
                self.summary.problems.append((number, f"{lost:,} pages are given up: compared by the feed alone"))
        self.late = {number: keys for number, keys in self.late.items() if keys}
        return self.late != before

    def _try(self, news: _News) -> None:
        """Decide, and take everything back."""
        self.summary.problems += news.problems
        if not news.arrivals:
            return
        self._session.open_index()  # outside of the transaction: what it keeps of itself is not part of the trial
        try:
            with self._session.transaction(write=True):
                self.summary.tally.add(self._ingester.ingest(news.arrivals, self._now))
                self.summary.tally.add(self._ingester.look_for_rewrites(self._now))
                raise _Undone
        except _Undone:
            pass


async def _with_pages(arrival: FetchedFeed, items: list[Item], reader: FullText) -> FetchedFeed:
    """A feed with the text of the pages of some items."""
    found = await reader.read(items)
    return replace(arrival, texts=found.texts, late=found.late)


def copies_of(tally: Counts) -> list[Article]:
    """What became copies, in the order in which it was decided."""
    return sorted(tally.articles, key=lambda article: article.number)
