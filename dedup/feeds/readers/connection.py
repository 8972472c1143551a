"""Requests to a reader's server: no redirects, no proxies of the environment, a limit of size, no secret in errors."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from dedup.errors import FeedError
from dedup.feeds.urls import without_secrets

if TYPE_CHECKING:
    import httpx

TIMEOUT = 30.0
LONGEST = 600.0
"""Seconds for one answer: a server may send a byte now and then, and never end."""
MOST_BYTES = 64 << 20
"""Of one answer: a thousand entries with their texts."""
MOST_ENTRIES = 200_000
"""Of an account: a server may have another page for ever."""
_CODINGS = ("gzip", "deflate")
"""Of answers: by the others a few bytes can stand for gigabytes at once."""
_LOCAL = (".local", ".lan", ".home", ".internal", ".home.arpa")


class ReaderError(FeedError):
    """A reader's server did not do what was asked."""


class Connection:
    """One server, and what is sent with each request."""

    def __init__(self, base: str, headers: Mapping[str, str] | None = None) -> None:
        """`base`: the address of the interface. Raises ReaderError where a secret would go over the open network."""
        self.base = base.rstrip("/")
        self.headers = {name: plain_secret(value) for name, value in (headers or {}).items()}
        parts = _parts(self.base)
        if parts is None or "@" in base:
            raise ReaderError(f"not the address of a reader: {without_secrets(base.partition('?')[0])}")
        if parts.query or parts.fragment:  # it may hold a key, and would be shown and kept
            raise ReaderError(f"{base.partition('?')[0].partition('#')[0]}: the address of a reader has no ? or #")
        if parts.scheme == "http" and not _is_near(parts.hostname or ""):
            raise ReaderError(f"{self.base}: the token would go over the network in the open: use https")
        from dedup.feeds.http.lean import httpx

        self._client: httpx.Client = httpx.Client(
            follow_redirects=False, trust_env=False, timeout=TIMEOUT, headers={"Accept-Encoding": ", ".join(_CODINGS)}
        )

    def get(self, path: str, parameters: list[tuple[str, str]] | None = None) -> bytes:
        """The body of an answer."""
        return self._ask("GET", path, params=parameters or [])

    def put(self, path: str, data: Any = None) -> bytes:
        """The same, with JSON sent."""
        return self._ask("PUT", path, json=data) if data is not None else self._ask("PUT", path)

    def post(self, path: str, fields: list[tuple[str, str]]) -> bytes:
        """The same, with a form sent."""
        from urllib.parse import urlencode

        content = urlencode(fields, errors="replace").encode("ascii")
        return self._ask("POST", path, content=content, headers={"Content-Type": "application/x-www-form-urlencoded"})

    def close(self) -> None:
        """End it."""
        self._client.close()

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> bytes:
        from dedup.feeds.http.lean import httpx

        where = f"{self.base}{path.partition('?')[0]}"
        try:
            with self._client.stream(
                method, self.base + path, headers={**self.headers, **(headers or {})}, **more
            ) as answer:
                if answer.status_code >= 300:
                    raise ReaderError(f"{where}: {_status(answer.status_code)}")
                if answer.headers.get("Content-Encoding", "identity").strip().lower() not in (*_CODINGS, "identity"):
                    raise ReaderError(f"{where}: the answer is packed in a way that was not asked for")
                return _body(answer, where)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ReaderError(f"{where}: {type(error).__name__}") from None  # its text may hold the request


def _body(answer: httpx.Response, where: str) -> bytes:
    parts, size, end = [], 0, time.monotonic() + LONGEST
    for part in answer.iter_bytes():
        size += len(part)
        if time.monotonic() > end:
            raise ReaderError(f"{where}: the answer did not end within {LONGEST:.0f} s")
        if size > MOST_BYTES:
            raise ReaderError(f"{where}: more than {MOST_BYTES >> 20} MiB")
        parts.append(part)
    return b"".join(parts)


def plain_secret(text: str) -> str:
    """A token as a header can hold it. Raises ReaderError, which does not show it."""
    if not text.isascii() or not text.isprintable():
        raise ReaderError("the token has characters that no token has")
    return text


def loaded(body: bytes, what: str) -> dict[str, Any]:
    """An answer as JSON, from what `what` names. Raises ReaderError."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ReaderError(f"the server's answer is no JSON: is this the address of {what}?")
    return found


def rows_of(found: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of objects in an answer; empty where there is none. Raises ReaderError."""
    rows = found.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ReaderError(f"the server's answer holds no {name}")
    return rows


def text_of(value: Any) -> str:
    """A text in an answer, as every table takes it: no lone surrogates, no zeros; empty for what is none."""
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _parts(base: str) -> SplitResult | None:
    """An address that can be asked; None for what is none."""
    try:
        parts = urlsplit(base)
        port = parts.port
    except ValueError:
        return None
    good = parts.scheme in ("http", "https") and parts.hostname and port != 0 and base.isprintable()
    return parts if good else None


def _status(code: int) -> str:
    told = {
        401: "the token is not accepted", 403: "the token may not do that", 404: "no such interface here",
        429: "asked too often",
    }  # fmt: skip
    if code < 400:
        return f"it leads elsewhere (status {code}): give the address that it ends at"
    return f"{told.get(code, 'the server failed' if code >= 500 else 'refused')} (status {code})"


def _is_near(host: str) -> bool:
    """Whether a host is of this machine or its own network, by its name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith(_LOCAL)
    return address.is_private or address.is_loopback
