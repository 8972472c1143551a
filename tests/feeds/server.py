"""A web server on this machine that also does what no server should.

    with Server({"/feed": page(b"<rss/>"), "/bomb": raw(b"...")}) as server:
        server.url("/feed")

A route is a function of the request that yields bytes to send; a `float` in between is a pause in seconds. The
connection stays open after an answer unless the route ends with `CLOSE`.
"""

import asyncio
import contextlib
import gzip
import threading
from collections import Counter
from dataclasses import dataclass, field

CLOSE = object()


@dataclass
class Got:
    """A request that came in."""

    path: str
    headers: dict
    connection: int
    """Number of the connection it came in on, from 1."""


@dataclass
class Server:
    routes: dict
    default: object = None
    """Route of every path that is not in `routes`; else 404."""
    log: list = field(default_factory=list)
    count: Counter = field(default_factory=Counter)
    """Requests per path."""
    tls: object = None
    """An `ssl.SSLContext`, for https."""
    host: str = "127.0.0.1"
    """Address to listen at."""
    most_open: int = 0
    """Requests that were being answered at the same time, at most."""

    def __enter__(self):
        self._ready = threading.Event()
        self._connections = 0
        self._busy = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def url(self, path="/", host="127.0.0.1"):
        return f"http{'s' if self.tls else ''}://{host}:{self.port}{path}"

    @property
    def allow(self):
        """For `Settings.allow_private`."""
        return frozenset({f"127.0.0.1:{self.port}"})

    async def _run(self):
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._tasks = set()
        listening = await asyncio.start_server(self._serve, self.host, 0, backlog=1000, ssl=self.tls)
        self.port = listening.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        listening.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        self._connections += 1
        number = self._connections
        try:
            while await self._answer(reader, writer, number):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(asyncio.current_task())
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(self, reader, writer, number):
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        got = Got(first.split(" ")[1], headers, number)
        self.log.append(got)
        self.count[got.path] += 1
        self._busy += 1
        self.most_open = max(self.most_open, self._busy)
        try:
            route = self.routes.get(got.path) or self.default or status(404)
            for part in route(got):
                if part is CLOSE:
                    return False
                if isinstance(part, (int, float)):
                    await asyncio.sleep(part)
                    continue
                writer.write(part)
                await writer.drain()
            return True
        finally:
            self._busy -= 1


def head(code, length, **headers):
    """Status line and headers; underscores in names become hyphens."""
    lines = [f"HTTP/1.1 {code} Whatever"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def page(body=b"<rss/>", code=200, **headers):
    """An answer as it should be."""
    return lambda _: [head(code, len(body), **headers), body]


def status(code, **headers):
    return page(b"", code, **headers)


def redirect(to, code=302):
    return status(code, Location=to)


def raw(*parts):
    """These parts, whatever was asked, and then the connection is closed."""
    return lambda _: [*parts, CLOSE]


def slowly(body, pause, **headers):
    """A byte at a time."""

    def route(_):
        yield head(200, len(body), **headers)
        for number in range(len(body)):
            yield pause
            yield body[number : number + 1]

    return route


def endless(block=b"x" * 65536, **headers):
    def route(_):
        yield head(200, None, **headers)
        while True:
            yield block

    return route


def conditional(body, etag=None, last_modified=None, **headers):
    """200 with validators; 304 when they come back to the letter."""
    own = {"ETag": etag, "Last-Modified": last_modified}
    headers |= {name: value for name, value in own.items() if value is not None}

    def route(got):
        same = (etag and got.headers.get("if-none-match") == etag) or (
            last_modified and not etag and got.headers.get("if-modified-since") == last_modified
        )
        return [head(304, None, **headers)] if same else [head(200, len(body), **headers), body]

    return route


def gzip_bomb(size):
    """`size` zeros, packed."""
    return gzip.compress(bytes(size))
