"""Where a link leads: the addresses that it goes through, and what the page at its end calls itself."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin

from dedup.errors import FeedError
from dedup.feeds.http.fetch import Fetcher
from dedup.feeds.http.request import Request, Settings

LOOKED_AT = 512 << 10
"""Bytes of a page in which its head is looked for."""
_HTML = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
_TAG = re.compile(r"<(?:link|meta)\b[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""([a-z:-]{2,20})\s*=\s*(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'<>]{1,2000}))""", re.IGNORECASE
)
_TITLE = re.compile(r"<title\b[^<>]{0,200}>([^<>]{1,500})</title", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Led:
    """What a link leads to."""

    addresses: tuple[str, ...]
    """In the order in which they came: after redirects, then what the page says of itself."""
    title: str = ""
    """Of the page."""


def leads_to(url: str, settings: Settings) -> Led:
    """Ask the web. Raises FeedError where nothing comes, and for what may not be asked."""
    return asyncio.run(_asked(url, settings))


async def _asked(url: str, settings: Settings) -> Led:
    passed: list[str] = []

    async def note(target: str) -> None:
        passed.append(target)

    async with Fetcher(settings) as fetcher:
        got = await fetcher.fetch(Request(url, accept=_HTML, max_bytes=LOOKED_AT, cut=True), note)
    if got.error is not None and not passed:
        raise FeedError(f"{got.error}")
    found, title = _head(got.body, got.charset, got.final_url)
    return Led(tuple(dict.fromkeys([*passed, got.final_url, *found])), title)


def _head(body: bytes, charset: str | None, base: str) -> tuple[list[str], str]:
    """The addresses and the title in the head of a page."""
    try:
        text = body.decode(charset or "utf-8", "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    addresses, named = list[str](), ""
    for tag in _TAG.findall(text):
        values = {
            match[1].lower(): unescape(match[2] or match[3] or match[4] or "") for match in _ATTRIBUTE.finditer(tag)
        }
        if "canonical" in values.get("rel", "").lower().split() and values.get("href"):
            addresses.insert(0, _joined(base, values["href"]))
        elif values.get("property") == "og:url" and values.get("content"):
            addresses.append(_joined(base, values["content"]))
        elif values.get("property") == "og:title":
            named = named or values.get("content", "")
    title = _TITLE.search(text)
    return [address for address in addresses if address], named or (unescape(title[1]).strip() if title else "")


def _joined(base: str, address: str) -> str:
    """A whole address; empty for what is none."""
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return ""
