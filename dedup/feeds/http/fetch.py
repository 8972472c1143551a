"""Fetching many URLs at once: within limits of time and size, politely, and one bad server never harms the rest.

Whatever happens to a request becomes a `Fetched`, with `error` where it failed. Where connections may go is decided
by `guard`; httpx is loaded on the first request (`transport`).
"""

from __future__ import annotations

import asyncio
import inspect
import math
import re
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dedup import __version__
from dedup.errors import ConfigError, FeedError
from dedup.feeds.http import content_coding
from dedup.feeds.http.ssrf_guard import Guard, GuardedUrl

if TYPE_CHECKING:
    import httpx

AGENT = f"dedup/{__version__} (+feed hygiene)"
FEEDS = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"
"""Accept header for feeds."""

DAY = 86_400
_LONGEST_VALIDATOR = 1024
"""Characters of an ETag or Last-Modified that is kept; they are stored for every feed."""
_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits. Errors: `ConfigError` for one that cannot be."""

    concurrency: int = 32
    """Requests at the same time."""
    per_host: int = 2
    """The same, to one host and port. Browsers take 6; nobody waits for us."""
    connect_timeout: float = 10.0
    """Seconds for name, connection and TLS."""
    read_timeout: float = 20.0
    """Seconds of silence."""
    total_timeout: float = 60.0
    """Seconds for one request with all its redirects: a server that sends a byte a second is never silent."""
    max_bytes: int = 32 << 20
    """Of an unpacked body."""
    max_packed: int = 16 << 20
    """Of a body as it is sent, where that is packed."""
    redirects: int = 5
    downgrade: bool = False
    """Follow redirects from https to http. What an https feed says can be trusted to be its publisher's; after such
    a redirect it no longer can, and nobody would notice."""
    agent: str = AGENT
    """User-Agent. Add an address at which a publisher reaches you."""
    allow_private: frozenset[str] = frozenset()
    """Hosts (`name`, at ports 80 and 443, or `name:port`) that may have private addresses."""

    def __post_init__(self) -> None:
        for name in ("concurrency", "per_host", "max_bytes", "max_packed"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1")
        for name in ("connect_timeout", "read_timeout", "total_timeout"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(f"{name} must be more than 0 seconds")
        if self.redirects < 0:
            raise ConfigError("redirects must not be negative")
        if not self.agent.strip() or not self.agent.isascii() or not self.agent.isprintable():
            raise ConfigError("agent must be printable ASCII, and not empty")


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be fetched."""

    url: str
    etag: str | None = None
    """As received with the copy that is kept; sent back to the letter."""
    last_modified: str | None = None
    """The same. A text, not a date: some servers compare letters."""
    validators_of: str | None = None
    """URL that answered with these two (`Fetched.final_url`), where it is not `url`. They are sent to nobody else:
    another server's "v1" is not this one's."""
    accept: str = FEEDS
    max_bytes: int | None = None
    """In place of that of the settings."""
    cut: bool = False
    """Take the first `max_bytes` of a longer body, and an empty one too, in place of failing."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a request."""

    url: str
    """As it was asked for."""
    final_url: str
    """After redirects; the last one that was tried where it failed."""
    status: int = 0
    """HTTP status of the last answer, 0 where none came."""
    body: bytes = b""
    """Unpacked. Of whatever type: servers lie about it."""
    charset: str | None = None
    """From the Content-Type, lower case."""
    media_type: str | None = None
    """The same: `application/rss+xml`."""
    etag: str | None = None
    last_modified: str | None = None
    not_modified: bool = False
    """304: what is kept is still right."""
    moved_to: str | None = None
    """Where it lives now, if every redirect on the way there was permanent (301, 308)."""
    gone: bool = False
    """410, straight or after permanent redirects only."""
    retry_after: int | None = None
    """Seconds that the server wants to be left alone for, at most a day."""
    cache_seconds: int | None = None
    """Seconds that the answer stays fresh (Cache-Control, Expires), at most a day."""
    error: str | None = None
    """One line for people, where there is neither a body nor a 304."""


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
            trail.heads = _heads(response)
            if trail.status in _REDIRECTS and "location" in trail.heads:
                trail.permanent = trail.permanent and trail.status in _PERMANENT
                trail.redirected = True
                return _as_utf8(trail.heads["location"])
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
        media_type, charset = _content_type(self.heads.get("content-type", ""))
        return Fetched(
            url=self.url,
            final_url=self.final_url,
            status=self.status,
            body=body,
            charset=charset,
            media_type=media_type,
            etag=_validator(self.heads.get("etag")),
            last_modified=_validator(self.heads.get("last-modified")),
            not_modified=not_modified,
            moved_to=self.final_url if self.redirected and self.permanent else None,
            cache_seconds=_fresh_for(self.heads, time.time()),
        )

    def failed(self, error: str) -> Fetched:
        return Fetched(
            url=self.url,
            final_url=self.final_url or self.url,
            status=self.status,
            gone=self.status == 410 and self.permanent,
            retry_after=_retry_after(self.heads, time.time()),
            error=error,
        )


def _heads(response: httpx.Response) -> dict[str, str]:
    """Headers by lower-case name; of repeated ones the first, but lists are put together."""
    heads: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip()
        if name in heads and name in ("cache-control", "content-encoding"):
            heads[name] += f", {value}"
        else:
            heads.setdefault(name, value)
    return heads


def _as_utf8(value: str) -> str:
    """A Location as it was meant: in the header latin-1, in fact most often UTF-8."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value


def _validator(value: str | None) -> str | None:
    return value if value and len(value) <= _LONGEST_VALIDATOR else None


def _content_type(value: str) -> tuple[str | None, str | None]:
    """Media type and charset of a Content-Type, lower case; None where there is none."""
    media_type, *parameters = (part.strip().lower() for part in value[:500].split(";"))
    charset = next((p.partition("=")[2].strip(" \"'") for p in parameters if p.startswith("charset")), "")
    return media_type or None, charset[:40] or None


def _retry_after(heads: dict[str, str], now: float) -> int | None:
    """Seconds of a Retry-After header: a number, or a date that is held against the server's own clock."""
    value = heads.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,12}", value):
        return min(int(value), DAY)
    at = _date(value)
    if at is None:
        return None
    sent = _date(heads.get("date", ""))
    return _bounded(at - (now if sent is None else sent))


def _fresh_for(heads: dict[str, str], now: float) -> int | None:
    """Seconds that an answer stays fresh; None where the server says nothing of it, or wants to be asked each time."""
    control = heads.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    found = re.search(r"(?<![\w-])max-age\s*=\s*\"?([0-9]{1,12})", control)
    if found is not None:
        age = heads.get("age", "")
        return _bounded(int(found[1]) - (int(age) if re.fullmatch(r"[0-9]{1,12}", age) else 0))
    at = _date(heads.get("expires", ""))
    if at is None:
        return None
    sent = _date(heads.get("date", ""))
    return _bounded(at - (now if sent is None else sent))


def _date(value: str) -> float | None:
    """An HTTP date as seconds since 1970; None where it is none."""
    from email.utils import parsedate_to_datetime

    if not value or len(value) > 64:
        return None
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _bounded(seconds: float) -> int:
    return int(min(max(seconds, 0), DAY))


def _status_in_words(status: int) -> str:
    from http import HTTPStatus

    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _in_words(error: Exception, settings: Settings) -> str:
    """One line about what went wrong. It quotes what a stranger sent, so it is cut and cleaned."""
    import httpx

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
