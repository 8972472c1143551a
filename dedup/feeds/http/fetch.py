"""Fetching many URLs at once: within limits of time and size, politely, and one bad server never harms the rest.

Whatever happens to a request becomes a `Fetched`, with `error` where it failed. Where connections may go is decided
by `guard`; httpx is loaded on the first request (`transport`).
"""

from __future__ import annotations

import asyncio
import inspect
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dedup.errors import FeedError
from dedup.feeds.http import content_coding
from dedup.feeds.http.headers import as_utf8, content_type, fresh_for, heads_of, retry_after, validator
from dedup.feeds.http.request import Fetched, Request, Settings
from dedup.feeds.http.ssrf_guard import Guard, GuardedUrl

if TYPE_CHECKING:
    import httpx

_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)

Redirected = Callable[[str], Awaitable[None]]
"""Asked before a redirect is followed, with its target. Errors: `FeedError` to stop there."""
OnResult = Callable[[Fetched], Awaitable[None] | None]


async def fetch_all(
    requests: Iterable[Request], settings: Settings, on_result: OnResult, *, guard: Guard | None = None
) -> None:
    """Fetch everything; `on_result` is called once for each request, in the order in which they end.

    It may be a coroutine function. What it raises ends the run and is raised here. While a plain function works, no
    other request gets on: leave heavy work to a thread. Errors: `FeedError` for a host in `allow_private` that is
    none.
    """
    async with Fetcher(settings, guard=guard) as fetcher:
        await fetcher.fetch_all(requests, on_result)


class Fetcher:
    """Fetches within the limits of `Settings`. One for a run: it keeps the connections, the counts per host, and no
    cookies. Use as an asynchronous context manager, in one event loop.

    `guard`, `context` (certificates): for tests.
    """

    def __init__(
        self, settings: Settings, *, guard: Guard | None = None, context: ssl.SSLContext | None = None
    ) -> None:
        self.settings = settings
        self.guard = guard or Guard(settings.allow_private)
        self._context = context
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._hosts: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._wire: Any = None
        self._common = [("user-agent", settings.agent), ("accept-encoding", content_coding.accepted())]

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        if self._wire is not None:
            await self._wire.aclose()
            self._wire = None

    async def fetch(self, request: Request, on_redirect: Redirected | None = None, *, aside: bool = False) -> Fetched:
        """Fetch one URL. Never raises, but when it is cancelled.

        `aside`: without counting for `concurrency`, for what is fetched while another request waits for it.
        """
        if aside:
            return await self._fetch(request, on_redirect)
        async with self._slots:
            return await self._fetch(request, on_redirect)

    async def fetch_all(self, requests: Iterable[Request], on_result: OnResult) -> None:
        """As the function of this name. Requests to one host wait for one another before they take one of the
        common slots: a list of a thousand feeds on one host does not hold up the others.
        """
        by_host: dict[tuple[str, int], deque[Request]] = {}
        for request in requests:
            by_host.setdefault(self._origin(request.url), deque()).append(request)
        try:
            async with asyncio.TaskGroup() as group:
                for waiting in by_host.values():
                    for _ in range(min(self.settings.per_host, len(waiting))):
                        group.create_task(self._work(waiting, on_result))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    def _origin(self, url: str) -> tuple[str, int]:
        try:
            place = self.guard.place(url)
        except FeedError:
            return "", 0
        return place.host, place.port

    async def _work(self, waiting: deque[Request], on_result: OnResult) -> None:
        """Fetch what waits for one host. The slot is kept until the result is taken: that bounds the bodies held."""
        while waiting:
            async with self._slots:
                if not waiting:
                    return
                delivered = on_result(await self._fetch(waiting.popleft(), None))
                if inspect.isawaitable(delivered):
                    await delivered

    async def _fetch(self, request: Request, on_redirect: Redirected | None) -> Fetched:
        trail = _Trail(request.url)
        try:
            return await self._follow(request, trail, on_redirect)
        except Exception as error:
            # All of them, not only the known: a feed that trips over a bug of ours may not take the others along.
            return trail.failed(_in_words(error, self.settings))

    async def _follow(self, request: Request, trail: _Trail, on_redirect: Redirected | None) -> Fetched:
        """The request and its redirects, each checked, within one budget of time. Waiting for a host's turn, and for
        `on_redirect`, does not count.
        """
        clock = asyncio.get_running_loop().time
        place = self.guard.place(request.url)
        validated = self.guard.place(request.validators_of).url if request.validators_of else place.url
        left = self.settings.total_timeout
        seen = {place.url}
        for _ in range(self.settings.redirects + 1):
            trail.asks(place.url)
            async with self._host(place):
                begun = clock()
                async with asyncio.timeout(left):
                    answer = await self._ask(place.url, request, trail, conditional=place.url == validated)
                left = max(0.0, left - (clock() - begun))
            if isinstance(answer, Fetched):
                return answer
            place = self._target(place, answer, seen)
            if on_redirect is not None:
                await on_redirect(place.url)
        raise FeedError(f"more than {self.settings.redirects} redirects")

    def _target(self, place: GuardedUrl, location: str, seen: set[str]) -> GuardedUrl:
        target = self.guard.place(location, base=place.url)
        if place.scheme == "https" and target.scheme == "http" and not self.settings.downgrade:
            raise FeedError("redirected from https to http")
        if target.url in seen:
            raise FeedError("redirected in a circle")
        seen.add(target.url)
        return target

    def _host(self, place: GuardedUrl) -> asyncio.Semaphore:
        key = (place.host, place.port)
        if key not in self._hosts:
            self._hosts[key] = asyncio.Semaphore(self.settings.per_host)
        return self._hosts[key]

    async def _ask(self, url: str, request: Request, trail: _Trail, *, conditional: bool) -> Fetched | str:
        """One request: its result, or where it redirects to."""
        response = await self._send(url, self._headers(request, conditional=conditional))
        try:
            trail.status = response.status_code
            trail.heads = heads_of(response)
            if trail.status in _REDIRECTS and "location" in trail.heads:
                trail.permanent = trail.permanent and trail.status in _PERMANENT
                trail.redirected = True
                return as_utf8(trail.heads["location"])
            if trail.status == 304 and conditional and (request.etag or request.last_modified):
                async for _ in response.stream:  # type: ignore[union-attr]  # nothing, and the connection stays open
                    pass
                return trail.result(not_modified=True)
            if trail.status not in (200, 203):
                return trail.failed(_status_in_words(trail.status))
            body = await self._body(response, request, trail.heads)
        finally:
            await response.aclose()
        return trail.result(body=body) if body or request.cut else trail.failed("an empty answer")

    async def _send(self, url: str, headers: list[tuple[str, str]]) -> httpx.Response:
        from dedup.feeds.http import transport

        if self._wire is None:
            self._wire = transport.Wire(self.guard, self.settings.concurrency, self._context)
        limits = self.settings
        timeouts = {"connect": limits.connect_timeout, "read": limits.read_timeout, "write": limits.read_timeout}
        response: httpx.Response = await self._wire.handle_async_request(transport.get(url, headers, timeouts))
        return response

    def _headers(self, request: Request, *, conditional: bool) -> list[tuple[str, str]]:
        headers = [*self._common, ("accept", request.accept)]
        if conditional and request.etag:
            headers.append(("if-none-match", request.etag))
        if conditional and request.last_modified:
            headers.append(("if-modified-since", request.last_modified))
        return headers

    async def _body(self, response: httpx.Response, request: Request, heads: dict[str, str]) -> bytes:
        """The unpacked body. Errors: `FeedError` where it is too long, broken, or cut short."""
        most = request.max_bytes or self.settings.max_bytes
        coding = heads.get("content-encoding", "")
        unpack = content_coding.decoder(coding)
        body = bytearray()
        packed = 0
        async for part in response.stream:  # type: ignore[union-attr]
            packed += len(part)
            if packed > self.settings.max_packed and not isinstance(unpack, content_coding.Identity):
                raise FeedError(f"more than {_size(self.settings.max_packed)} packed")
            for piece in unpack.feed(part):
                body += piece
                if len(body) > most:
                    if request.cut:
                        return bytes(body[:most])
                    raise FeedError(f"more than {_size(most)}")
        unpack.finish()
        return bytes(body)


@dataclass(slots=True)
class _Trail:
    """What is known of a request so far, for its result."""

    url: str
    final_url: str = ""
    status: int = 0
    permanent: bool = True
    """All redirects so far were."""
    redirected: bool = False
    heads: dict[str, str] = field(default_factory=dict)

    def asks(self, url: str) -> None:
        """The next request: nothing of the last answer may be taken for its own."""
        self.final_url, self.status, self.heads = url, 0, {}

    def result(self, *, body: bytes = b"", not_modified: bool = False) -> Fetched:
        media_type, charset = content_type(self.heads.get("content-type", ""))
        return Fetched(
            url=self.url,
            final_url=self.final_url,
            status=self.status,
            body=body,
            charset=charset,
            media_type=media_type,
            etag=validator(self.heads.get("etag")),
            last_modified=validator(self.heads.get("last-modified")),
            not_modified=not_modified,
            moved_to=self.final_url if self.redirected and self.permanent else None,
            cache_seconds=fresh_for(self.heads, time.time()),
        )

    def failed(self, error: str) -> Fetched:
        return Fetched(
            url=self.url,
            final_url=self.final_url or self.url,
            status=self.status,
            gone=self.status == 410 and self.permanent,
            retry_after=retry_after(self.heads, time.time()),
            error=error,
        )


def _status_in_words(status: int) -> str:
    from http import HTTPStatus

    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _in_words(error: Exception, settings: Settings) -> str:
    """One line about what went wrong. It quotes what a stranger sent, so it is cut and cleaned."""
    from dedup.feeds.http.lean import httpx

    if isinstance(error, TimeoutError):
        text = f"took more than {settings.total_timeout:g} s in all"
    elif isinstance(error, httpx.ConnectTimeout):
        text = f"no connection within {settings.connect_timeout:g} s"
    elif isinstance(error, httpx.TimeoutException):
        text = f"silent for {settings.read_timeout:g} s"
    elif isinstance(error, httpx.RemoteProtocolError):
        text = f"no proper HTTP: {error}"
    elif isinstance(error, (FeedError, httpx.TransportError)):
        text = str(error) or "the connection broke"
    else:
        text = f"{type(error).__name__}: {error}"
    text = "".join(letter if letter.isprintable() else " " for letter in text[:1000]).strip()
    return text if len(text) <= 300 else text[:299] + "…"


def _size(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count} bytes"
