"""Whole pages of items (`--full-text`): fetched as feeds are, if robots.txt lets us, and their text taken out."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec

from dedup.errors import FeedError, MissingExtraError
from dedup.feeds.http.extract_worker import LENGTH
from dedup.feeds.http.fetch import Fetcher
from dedup.feeds.http.request import Request
from dedup.feeds.http.robots import Robots
from dedup.runtime import worker

LONGEST_PAGE = 4 << 20
"""Bytes. Articles have 100 to 500 KB of markup; beyond that it is a listing, or an attack on the parser."""
SHORTEST_TEXT = 100
"""Characters. What is shorter is a note about cookies or a paywall, and worse than what the feed itself says."""
EXTRACTION = 10.0
"""Seconds for one page. Most take 20 ms."""
START = 30.0
"""Seconds more for the first page of a process, which loads the library."""
_HTML = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
_MARKUP = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", None)


@dataclass(frozen=True, slots=True)
class Page:
    """What came of an item's page."""

    url: str
    text: str | None = None
    """None: keep the feed's own."""
    reason: str | None = None
    """Why there is no text, one line."""


class Pages:
    """Texts of pages. Use as an asynchronous context manager; the fetcher stays the caller's.

    Errors: `MissingExtraError` without trafilatura.
    """

    def __init__(self, fetcher: Fetcher, *, robots: Robots | None = None, extractor: Extractor | None = None) -> None:
        self._fetcher = fetcher
        self._robots = robots or Robots(fetcher)
        self._extractor = extractor or Extractor()

    async def __aenter__(self) -> Pages:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._robots.aclose()
        await self._extractor.aclose()

    async def get(self, url: str) -> Page:
        """Text of a page, or why there is none. Never raises, but when it is cancelled."""
        try:
            await self._robots.check(url)
        except FeedError as error:
            return Page(url, reason=str(error))
        wanted = Request(url, accept=_HTML, max_bytes=min(LONGEST_PAGE, self._fetcher.settings.max_bytes))
        got = await self._fetcher.fetch(wanted, on_redirect=self._robots.check)
        if got.error is not None:
            return Page(url, reason=got.error)
        if got.media_type not in _MARKUP:
            return Page(url, reason=f"not a page but {got.media_type}")
        text = await self._extractor.text(got.body)
        if text is None or len(text) < SHORTEST_TEXT:
            return Page(url, reason="no article was found on the page")
        return Page(url, text)


class Extractor:
    """trafilatura in a process of its own, one page at a time.

    Hostile markup can keep a parser busy for minutes, or crash it; a thread could not be ended, a process can. It is
    started for the first page, and anew after one that took too long (`seconds`). Errors: `MissingExtraError` without
    trafilatura.
    """

    def __init__(self, seconds: float = EXTRACTION, command: list[str] | None = None) -> None:
        if command is None and find_spec("trafilatura") is None:
            raise MissingExtraError("--full-text", "html")
        self._command = command or worker.command("dedup.feeds.http.extract_worker")
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def text(self, page: bytes) -> str | None:
        """Text of a page; None where nothing was found in time."""
        async with self._turn:
            fresh = self._process is None
            finished = False
            try:
                async with asyncio.timeout(self._seconds + (START if fresh else 0)):
                    found = await self._ask(page)
                finished = True
            except (TimeoutError, OSError, asyncio.IncompleteReadError):
                return None
            finally:
                if not finished:  # also when we are cancelled: half an answer must not be taken for the next one's
                    await self._end()
            return found or None

    async def aclose(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()

    async def _ask(self, page: bytes) -> str:
        process = self._process = self._process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(LENGTH.pack(len(page)) + page)
        await process.stdin.drain()
        size = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))[0]
        return (await process.stdout.readexactly(size)).decode("utf-8", errors="replace")

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=worker.environment(),
        )

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        assert process.stdin is not None
        process.stdin.close()
        with suppress(OSError):
            await process.stdin.wait_closed()
        await process.wait()
