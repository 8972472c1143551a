"""httpx over connections that the guard has checked. Imports httpx: load it only where something is fetched."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dedup.feeds.http.lean import httpcore, httpx
from dedup.feeds.http.ssrf_guard import Guard

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_ADDRESSES = 4
"""Of one host, tried one after the other. More only lengthen the wait for a host that is down."""

_Origin = tuple[str, str, int | None]
"""Scheme, host, port."""

_opened: ContextVar[list[bool] | None] = ContextVar("opened", default=None)

_ERRORS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
)


class Backend(httpcore.AsyncNetworkBackend):
    """Makes connections, to checked addresses only.

    httpcore hands the host over by name and asks for TLS separately, with the name as well: so the address is chosen
    here, while the Host header, SNI and the check of the certificate stay with the name.
    """

    def __init__(self, guard: Guard, inner: httpcore.AsyncNetworkBackend | None = None) -> None:
        self._guard = guard
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to one of the host's addresses. `timeout` (seconds) is for resolving and connecting together.

        Errors: `FeedError` where the guard refuses, httpcore's where nobody answers.
        """
        mark = _opened.get()
        if mark is not None:
            mark[0] = True
        clock = asyncio.get_running_loop().time
        end = None if timeout is None else clock() + timeout
        try:
            async with asyncio.timeout(timeout):
                addresses = (await self._guard.addresses(host, port))[:_MOST_ADDRESSES]
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host}: the name server does not answer") from error
        for number, address in enumerate(addresses):
            left = None if end is None else max(0.01, (end - clock()) / (len(addresses) - number))
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout=left, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number + 1 == len(addresses):
                    raise
        raise httpcore.ConnectError(f"{host}: no address")  # pragma: no cover (the guard gives one at least)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise httpcore.ConnectError("sockets of this machine are not fetched from")

    async def sleep(self, seconds: float) -> None:
        """As httpcore asks."""
        await asyncio.sleep(seconds)


class Wire(httpx.AsyncBaseTransport):
    """Sends one request, follows nothing, keeps no cookies, asks no proxy, reads no environment but the certificates
    that the operator trusts (SSL_CERT_FILE, SSL_CERT_DIR).

    It is used without an `httpx.AsyncClient`: redirects, decoding and cookies are what a client adds, and here these
    are done by `fetch` under its own limits, or not at all. `idle`: servers whose connections are kept for another
    request; the most that are open is that and the requests under way.
    """

    def __init__(self, guard: Guard, idle: int, context: ssl.SSLContext | None = None) -> None:
        self._backend = Backend(guard)
        self._idle = idle
        self._context = context
        self._pools: OrderedDict[_Origin, _Pool] = OrderedDict()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response, its body not yet read and not decoded.

        A connection that was kept open may have died meanwhile, or carry rubbish that the last answer left behind:
        where one fails before it answered, the request is sent once more. Errors: `httpx.TransportError`, `FeedError`.
        """
        mark = [False]
        token = _opened.set(mark)
        try:
            return await self._send(request)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if mark[0]:
                raise
            return await self._send(request)
        finally:
            _opened.reset(token)

    async def aclose(self) -> None:
        """Close all connections."""
        while self._pools:
            await self._pools.popitem()[1].connections.aclose()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        origin = (url.scheme, url.host, url.port)
        pool = self._pool(origin)
        try:
            with _mapped():
                answer = await pool.connections.handle_async_request(
                    httpcore.Request(
                        method=request.method,
                        url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                        headers=request.headers.raw,
                        extensions=request.extensions,
                    )
                )
        except BaseException:
            await self._leave(pool)
            raise
        return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer, lambda: self._leave(pool)))

    def _pool(self, origin: _Origin) -> _Pool:
        """The connections to one server. Each has a pool of its own: httpcore looks through all connections of a pool
        at every request, for each of them, which with many servers took more time than everything else.
        """
        pool = self._pools.get(origin)
        if pool is None:
            pool = self._pools[origin] = _Pool(self._new_connections(origin[0]))
        self._pools.move_to_end(origin)
        pool.users += 1
        return pool

    async def _leave(self, pool: _Pool) -> None:
        """A request is done; servers that have waited longest for another one are let go."""
        pool.users -= 1
        while len(self._pools) > self._idle:
            unused = next((origin for origin, other in self._pools.items() if not other.users), None)
            if unused is None:
                return
            await self._pools.pop(unused).connections.aclose()

    def _new_connections(self, scheme: str) -> httpcore.AsyncConnectionPool:
        """The certificates take 20 ms to load: once, and only for https. httpcore by itself loads them every time."""
        if scheme == "https" and self._context is None:
            self._context = httpx.create_ssl_context()
        return httpcore.AsyncConnectionPool(
            ssl_context=self._context if scheme == "https" else None,
            max_connections=None,
            keepalive_expiry=5.0,
            network_backend=self._backend,
        )


@dataclass(slots=True)
class _Pool:
    connections: httpcore.AsyncConnectionPool
    users: int = 0
    """Requests that are being sent or read."""


class _Stream(httpx.AsyncByteStream):
    """The body of a response as it comes from the network."""

    def __init__(self, answer: httpcore.Response, done: Callable[[], Awaitable[None]]) -> None:
        self._answer = answer
        self._done: Callable[[], Awaitable[None]] | None = done

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _mapped():
            async for part in self._answer.aiter_stream():
                yield part

    async def aclose(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        done, self._done = self._done, None
        if done is None:
            return
        try:
            await self._answer.aclose()
        finally:
            await done()


@contextmanager
def _mapped() -> Iterator[None]:
    """Turn errors of httpcore into those of httpx."""
    try:
        yield
    except Exception as error:
        for ours, theirs in _ERRORS:
            if isinstance(error, ours):
                raise theirs(str(error)) from error
        raise


def get(url: str, headers: list[tuple[str, str]], timeouts: dict[str, Any]) -> httpx.Request:
    """A GET request; `timeouts` in seconds by httpx's names: connect, read, write, pool."""
    raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
    return httpx.Request("GET", url, headers=raw, extensions={"timeout": timeouts})
