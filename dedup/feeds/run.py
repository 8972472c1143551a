"""One pass over the feeds that are due: fetch, decide, store, write.

Feeds are stored some at a time, as they arrive, while others are still being fetched. One that cannot be fetched or
read keeps its last cleaned feed; what cannot be decided passes as it is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dedup.errors import FeedError
from dedup.feeds import schedule
from dedup.feeds.fetch import Fetched, Fetcher, Request, Settings
from dedup.feeds.holdings import Holdings
from dedup.feeds.model import Feed
from dedup.feeds.outputs import Outputs, Targets
from dedup.feeds.policy import Policy
from dedup.feeds.schedule import RULES, Rules, Schedule
from dedup.feeds.sift import Arrival, Sifter, Tally, body_digest
from dedup.feeds.state import PIPED, Article, KnownFeed

if TYPE_CHECKING:
    from dedup.feeds.page import Page

TOGETHER, TOGETHER_BYTES = 64, 16 << 20
"""Feeds, and bytes of their bodies, that are stored in one transaction: the index takes a thousand documents at a time
best, and 64 feeds of some 50 items are three such. More would only wait longer for the slowest."""
PAGES = 30
"""Pages that are fetched for one feed in one run: what a feed has new in a day, never its whole past."""


PAGES_SECONDS, PAGES_TOTAL = 15.0, 60.0
"""Seconds for the pages of feeds that are stored together, and for those of a run: a site that answers slowly holds up
nobody else's feed. An item whose page is late is compared by what its feed has."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is to do."""

    targets: Targets
    policy: Policy = field(default_factory=Policy)
    fetch: Settings = field(default_factory=Settings)
    rules: Rules = RULES
    dry_run: bool = False
    full_text: bool = False


@dataclass(slots=True)
class Summary:
    """What a run did, or would do."""

    feeds: int = 0
    """That were due."""
    changed: int = 0
    """With another body than before."""
    unchanged: int = 0
    failed: int = 0
    tally: Tally = field(default_factory=Tally)
    problems: list[tuple[int | None, str]] = field(default_factory=list)
    """(feed, what went wrong)."""
    repaired: int = 0
    """Cleaned feeds that the run before did not come to write."""
    files_failed: bool = False
    """Some output could not be written: the disk is full, or the folder is closed to us."""
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For one line of JSON."""
        tally = self.tally
        return {
            "feeds": self.feeds, "changed": self.changed, "unchanged": self.unchanged, "failed": self.failed,
            "new_items": tally.new, "changed_items": tally.changed, "flagged": tally.flagged, "dropped": tally.dropped,
            "merged": tally.merged, "taken_over": tally.taken_over, "repaired": self.repaired,
            "problems": len(self.problems), "seconds": round(self.seconds, 3),
        }  # fmt: skip


@dataclass(slots=True)
class _News:
    """What came of some feeds."""

    arrivals: list[Arrival] = field(default_factory=list)
    schedules: dict[int, Schedule] = field(default_factory=dict)
    """Of feeds without a new body."""
    problems: list[tuple[int | None, str]] = field(default_factory=list)


FetchAll = Callable[[Iterable[Request], Callable[[Fetched], Awaitable[None]]], Awaitable[None]]
"""As `Fetcher.fetch_all`; tests put their own in its place."""


class _Undone(Exception):  # noqa: N818 - no error: the end of a dry run
    """Takes back what a dry run stored."""


def run(holdings: Holdings, options: Options, now: int, *, fetch_all: FetchAll | None = None) -> Summary:
    """One pass; `now` are seconds since 1970. The caller holds the lock. Raises DedupError where nothing can be stored
    at all.
    """
    begun = time.monotonic()
    passing = _Pass(holdings, options, now)
    if not options.dry_run:
        passing.repair()
    due = passing.due()
    if due:
        asyncio.run(passing.fetch(due, fetch_all))
    if not options.dry_run:
        passing.finish()
    passing.summary.seconds = time.monotonic() - begun
    return passing.summary


class _Pass:
    """The state of one pass."""

    def __init__(self, holdings: Holdings, options: Options, now: int) -> None:
        self._holdings, self._options, self._now = holdings, options, now
        self._state = holdings.state
        self._sifter = Sifter(holdings, options.policy)
        self._outputs = Outputs(self._state, options.targets)
        self._feeds: dict[str, KnownFeed] = {}
        self.summary = Summary()
        self._page_seconds = PAGES_TOTAL

    # -- before and after

    def repair(self) -> None:
        """Write what the run before did not come to."""
        dirty = self._state.feeds(f"dirty = 1 AND flags < {PIPED}")
        if dirty:
            self._outputs.sweep(time.time())
            self.summary.repaired = len(dirty)
            self._write(dirty)

    def _write(self, feeds: Sequence[KnownFeed], parsed: dict[int, Feed] | None = None) -> None:
        """Write cleaned feeds, and that they are written."""
        self._outputs.feeds(feeds, parsed)
        with self._holdings.transaction(write=True):
            self._outputs.settle()

    def due(self) -> list[KnownFeed]:
        """Feeds to be fetched, no address twice; those that waited longest first."""
        found: dict[str, KnownFeed] = {}
        everyone = self._state.feeds(f"flags < {PIPED}")
        for feed in sorted(everyone, key=lambda feed: (feed.schedule.next_at, feed.number)):
            if schedule.due(feed.schedule, self._now, self._options.rules):
                found.setdefault(schedule.request(feed.schedule).url, feed)
        self.summary.feeds = len(found)
        self._feeds = found
        return list(found.values())

    def finish(self) -> None:
        """The feeds that are made of all, and that everything is written."""
        self._outputs.together()
        self.summary.files_failed = self._outputs.failed
        self.summary.problems += self._outputs.problems
        if self._outputs.problems or self._state.together_dirty:
            with self._holdings.transaction(write=True):
                self._state.together_dirty = self._outputs.failed
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
        """Take in what has arrived, until the last. A dry run waits for all of it: it has one transaction only."""
        most = len(self._feeds) if self._options.dry_run else TOGETHER
        more = True
        while more:
            part: list[Fetched] = []
            while len(part) < most and sum(len(one.body) for one in part) < TOGETHER_BYTES:
                if part and arrived.empty() and not self._options.dry_run:
                    break
                one = await arrived.get()
                if one is None:
                    more = False
                    break
                part.append(one)
            if part:
                news = await asyncio.to_thread(self._read, part)
                if self._options.full_text and news.arrivals:
                    news.arrivals = await self._with_pages(news.arrivals, fetcher)
                await asyncio.to_thread(self._store, news)

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
        from dedup.feeds.parse import parse

        try:
            parsed = parse(fetched.body, fetched.final_url, fetched.charset, now=self._now)
        except Exception as error:
            self.summary.failed += 1
            message = str(error) if isinstance(error, FeedError) else f"{type(error).__name__}: {error}"
            news.problems.append((feed.number, message))
            news.schedules[feed.number] = schedule.failed(feed.schedule, message, self._now, self._options.rules)
            return
        self.summary.changed += 1
        news.arrivals.append(Arrival(described(feed, fetched, parsed), fetched.body, parsed, after))

    async def _with_pages(self, arrivals: list[Arrival], fetcher: Fetcher) -> list[Arrival]:
        """Arrivals with the text of the pages of what is new in them."""
        from dedup.feeds.page import Pages

        wanted = {
            (number, item.place): item
            for number, arrival in enumerate(arrivals)
            for item in [item for item in self._sifter.unknown(arrival) if item.url][:PAGES]
        }
        texts: dict[int, dict[int, str]] = {}
        async with Pages(fetcher) as pages:
            got = await self._in_time({key: pages.get(item.url) for key, item in wanted.items()})
        for (number, place), page in got.items():
            if page.text and len(page.text) > len(wanted[number, place].text):
                texts.setdefault(number, {})[place] = page.text
        return [replace(arrival, texts=texts.get(number, {})) for number, arrival in enumerate(arrivals)]

    async def _in_time(self, asked: dict[tuple[int, int], Coroutine[Any, Any, Page]]) -> dict[tuple[int, int], Page]:
        """The pages that came before the time for them was over; those of all feeds are fetched at once."""
        begun = time.monotonic()
        tasks = {key: asyncio.create_task(one) for key, one in asked.items()}
        try:
            if tasks:
                await asyncio.wait(tasks.values(), timeout=max(0.0, min(PAGES_SECONDS, self._page_seconds)))
        finally:
            self._page_seconds -= time.monotonic() - begun
            late = [task for task in tasks.values() if not task.done()]
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if late:
            self.summary.problems.append((None, f"{len(late)} pages did not come in time: compared by their feeds"))
        return {key: task.result() for key, task in tasks.items() if task not in late}

    # -- storing

    def _store(self, news: _News) -> None:
        """Store some feeds, and write their files."""
        if self._options.dry_run:
            self._try(news)
            return
        if news.arrivals:
            self.summary.tally.add(self._sifter.sift(news.arrivals, self._now))
        if news.schedules or news.problems:
            with self._holdings.transaction(write=True):
                self._state.keep_schedules(news.schedules)
                self._state.log(self._now, news.problems)
        self.summary.problems += news.problems
        if news.arrivals:
            parsed = {arrival.feed.number: arrival.parsed for arrival in news.arrivals}
            self._write(self._state.feeds(f"dirty = 1 AND flags < {PIPED}"), parsed)

    def _try(self, news: _News) -> None:
        """Decide, and take everything back."""
        self.summary.problems += news.problems
        if not news.arrivals:
            return
        self._holdings.open_index()  # outside of the transaction: what it keeps of itself is not part of the trial
        try:
            with self._holdings.transaction(write=True):
                self.summary.tally.add(self._sifter.sift(news.arrivals, self._now))
                raise _Undone
        except _Undone:
            pass


def described(feed: KnownFeed, fetched: Fetched, parsed: Feed) -> KnownFeed:
    """A feed with what its new body says of it."""
    return replace(
        feed, name=parsed.title, link=parsed.link, base=fetched.final_url, charset=fetched.charset,
        kind=parsed.kind.value, digest=body_digest(fetched.body),
    )  # fmt: skip


def copies_of(tally: Tally) -> list[Article]:
    """What became copies, in the order in which it was decided."""
    return sorted(tally.articles, key=lambda article: article.number)
