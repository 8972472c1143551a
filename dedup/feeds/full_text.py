"""The pages of what is new in feeds, within a budget: a site that answers slowly holds up its own feeds alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from dedup.feeds.http.pages import Page, Pages
from dedup.feeds.model import Item


@dataclass(frozen=True, slots=True)
class PageBudget:
    """How much is spent on pages."""

    seconds: float = 60.0
    """Of one run, from its first page on."""
    host_pages: int = 30
    """Pages of one host in one run: what it has new in a day, never its whole past."""
    host_seconds: float = 15.0
    """Of one host in one run, from its first page on."""


@dataclass(slots=True)
class _Host:
    """What was spent on one host."""

    slots: asyncio.Semaphore
    pages: int = 0
    ends: float = 0.0
    """When its time is over, by the clock of the loop; 0 before its first page."""


@dataclass(frozen=True, slots=True)
class PageTexts:
    """What came of the pages of one feed."""

    texts: dict[int, str] = field(default_factory=dict)
    """By place of the item, where the page has more than the feed."""
    late: tuple[str, ...] = ()
    """Keys of items whose page did not come in time, or was not asked for."""


class FullText:
    """Texts of pages, within one budget for a run."""

    def __init__(self, pages: Pages, budget: PageBudget, concurrency: int, per_host: int) -> None:
        self._pages, self._budget, self._per_host = pages, budget, per_host
        # Half of the requests at a time: feeds are fetched meanwhile.
        self._slots = asyncio.Semaphore(max(1, concurrency // 2))
        self._hosts: dict[str, _Host] = {}
        self._ends = 0.0

    async def read(self, items: Sequence[Item]) -> PageTexts:
        """The pages of some items of one feed, all at once."""
        pages = await asyncio.gather(*(self._page(item.url) for item in items))
        pairs = list(zip(items, pages, strict=True))
        texts = {
            item.place: page.text for item, page in pairs if page and page.text and len(page.text) > len(item.text)
        }
        return PageTexts(texts, tuple(item.key for item, page in pairs if page is None))

    async def _page(self, url: str) -> Page | None:
        """A page, or why it has no text; None where there was no time for it."""
        host = self._host(url)
        left = self._left(host)
        if left <= 0 or host.pages >= self._budget.host_pages:
            return None
        host.pages += 1
        try:
            async with asyncio.timeout(left), host.slots, self._slots:
                return await self._pages.get(url)
        except TimeoutError:
            return None

    def _host(self, url: str) -> _Host:
        try:
            name = (urlsplit(url).hostname or "").lower()
        except ValueError:
            name = ""
        return self._hosts.setdefault(name, _Host(asyncio.Semaphore(self._per_host)))

    def _left(self, host: _Host) -> float:
        """Seconds for the next page of a host."""
        now = asyncio.get_running_loop().time()
        self._ends = self._ends or now + self._budget.seconds
        host.ends = host.ends or now + self._budget.host_seconds
        return min(self._ends, host.ends) - now
