"""Feeds whose pages are being fetched, while others arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from dedup.feeds.arrivals import FetchedFeed
from dedup.feeds.http.request import Fetched

TOGETHER, TOGETHER_BYTES = 64, 16 << 20
"""Feeds, and bytes of their bodies, that are stored in one transaction: the index takes a thousand documents at a time
best, and 64 feeds of some 50 items are three such. More would only wait longer for the slowest."""
LINGER = 0.25
"""Seconds that what has arrived waits for more: a transaction, and what it needs of the index, costs as much for one
feed as for ten."""
WAITING, WAITING_BYTES = 256, 128 << 20
"""Feeds, and bytes of their bodies, that wait for pages at a time: with more no further feed is taken in."""


class Waiting:
    """Feeds whose pages are being fetched."""

    def __init__(self) -> None:
        self.tasks: dict[asyncio.Task[FetchedFeed], int] = {}
        """With the bytes of their bodies."""
        self._getting: asyncio.Task[Fetched | None] | None = None

    def add(self, arrival: FetchedFeed, work: Coroutine[Any, Any, FetchedFeed]) -> None:
        """Begin to fetch the pages of a feed."""
        self.tasks[asyncio.create_task(work)] = len(arrival.body)

    async def next(
        self, arrived: asyncio.Queue[Fetched | None], more: bool
    ) -> tuple[list[Fetched], list[FetchedFeed], bool]:
        """What has arrived, feeds whose pages are there, and whether more will arrive."""
        room = len(self.tasks) < WAITING and sum(self.tasks.values()) < WAITING_BYTES
        if more and room and self._getting is None:
            self._getting = asyncio.create_task(arrived.get())
        wanted: set[asyncio.Task[Any]] = set(self.tasks)
        await asyncio.wait(wanted | {self._getting} if self._getting else wanted, return_when=asyncio.FIRST_COMPLETED)
        part: list[Fetched] = []
        if self._getting is not None and self._getting.done():
            one, self._getting = self._getting.result(), None
            part, more = await _together(one, arrived)
        done = [task for task in self.tasks if task.done()]
        for task in done:
            del self.tasks[task]
        return part, [task.result() for task in done], more

    async def cancel(self) -> None:
        """End what is still going on."""
        left = [*self.tasks, *([self._getting] if self._getting else [])]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _together(
    one: Fetched | None, arrived: asyncio.Queue[Fetched | None]
) -> tuple[list[Fetched], bool]:  # fmt: skip
    """What has arrived, `one` first, and what does in the next moment; and whether more will."""
    part, size = list[Fetched](), 0
    lingered = False
    while one is not None:
        part.append(one)
        size += len(one.body)
        if len(part) >= TOGETHER or size >= TOGETHER_BYTES:
            break
        if arrived.empty() and not lingered:
            lingered = True
            await asyncio.sleep(LINGER)
        if arrived.empty():
            break
        one = arrived.get_nowait()
    return part, one is not None
