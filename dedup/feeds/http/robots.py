"""robots.txt: which pages a site lets programs fetch, and how fast (RFC 9309).

Asked for pages of items only. A feed is published to be fetched by programs; its page is not.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedup.errors import FeedError
from dedup.feeds.http.fetch import Fetcher
from dedup.feeds.http.request import Request

if TYPE_CHECKING:
    from protego import Protego

LONGEST = 500 << 10
"""Bytes that are read; RFC 9309, section 2.5, asks for at least that. The rest is ignored."""
PATIENCE = 30.0
"""Seconds that a page may wait for its turn at a host with a Crawl-delay. A page whose turn comes later is left."""


class Robots:
    """Rules of the hosts of one run, each fetched once, through the fetcher and its guard."""

    def __init__(self, fetcher: Fetcher, patience: float = PATIENCE) -> None:
        self._fetcher = fetcher
        self._patience = patience
        self._agent = fetcher.settings.agent.partition("/")[0].strip()
        self._rules: dict[str, asyncio.Task[_Rules]] = {}

    async def check(self, url: str) -> None:
        """Returns when a page may be fetched, after its turn has come. Errors: `FeedError` where it may not."""
        place = self._fetcher.guard.place(url)
        origin = place.url[: place.url.index("/", len(place.scheme) + 3)]
        if origin not in self._rules:
            self._rules[origin] = asyncio.create_task(self._load(origin))
        # Others may wait for the same rules: that one of them is cancelled is not their affair.
        rules = await asyncio.shield(self._rules[origin])
        if rules.closed is not None:
            raise FeedError(f"robots.txt cannot be had ({rules.closed}), so pages are not fetched")
        if rules.parsed is not None and not _allows(rules.parsed, place.url, self._agent):
            raise FeedError("robots.txt forbids it")
        await self._turn(rules)

    async def aclose(self) -> None:
        """End what is still being fetched."""
        for task in self._rules.values():
            task.cancel()
        await asyncio.gather(*self._rules.values(), return_exceptions=True)
        self._rules.clear()

    async def _load(self, origin: str) -> _Rules:
        """Rules of a host, or that it has none. 4xx: all is allowed, the site has no rules. 5xx, no answer, an answer
        that the guard refuses: nothing is allowed (RFC 9309, 2.3.1). 429 counts as the latter: who finds us too fast
        did not invite us.
        """
        got = await self._fetcher.fetch(
            Request(f"{origin}/robots.txt", accept="text/plain, */*;q=0.5", max_bytes=LONGEST, cut=True), aside=True
        )
        if got.error is None:
            return await asyncio.to_thread(_parse, got.body, self._agent)
        if got.status == 204 or (400 <= got.status < 500 and got.status != 429):
            return _Rules()
        return _Rules(closed=got.error or f"HTTP {got.status}")

    async def _turn(self, rules: _Rules) -> None:
        if not rules.delay:
            return
        now = asyncio.get_running_loop().time()
        wait = max(0.0, rules.next_at - now)
        if wait > self._patience:
            raise FeedError(f"robots.txt asks for {rules.delay:g} s between pages; its turn comes too late")
        rules.next_at = now + wait + rules.delay
        await asyncio.sleep(wait)


@dataclass(slots=True)
class _Rules:
    """Of one host."""

    parsed: Protego | None = None
    closed: str | None = None
    """Why nothing may be fetched."""
    delay: float = 0.0
    """Seconds between two pages."""
    next_at: float = 0.0
    """Time of the event loop from which the next page may be fetched."""


def _parse(body: bytes, agent: str) -> _Rules:
    from protego import Protego

    try:
        parsed = Protego.parse(body.decode("utf-8-sig", errors="replace"))
        return _Rules(parsed, delay=parsed.crawl_delay(agent) or 0.0)
    except Exception as error:
        # Strangers write these files; one that trips the parser must not end the run.
        return _Rules(closed=f"not understood: {type(error).__name__}")


def _allows(rules: Protego, url: str, agent: str) -> bool:
    try:
        return bool(rules.can_fetch(url, agent))
    except Exception:
        # The same.
        return False
