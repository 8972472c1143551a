"""Addresses that only lead to another one: what alerts, searches and networks put around a link, by their hosts.

Only hosts that are known to do so are looked at. `url=` on any other host may say what a page is about.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qsl, unquote

_WEB = re.compile(r"https?://[^\s\"<>]+", re.IGNORECASE)
_GOOGLE = r"google\.(?:com?\.)?[a-z]{2,3}"
_PARAMETERS: tuple[tuple[re.Pattern[str], re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(host), re.compile(path), names)
    for host, path, names in (
        (_GOOGLE, r"/(?:url|imgres|newsstand/s/.*|amp/url)?", ("url", "q", "imgrefurl")),  # Alerts, search
        (rf"news\.{_GOOGLE}", r"(?:/.*)?", ("url",)),
        (r"(?:l|lm)\.facebook\.com", r"/l\.php", ("u",)),
        (r"l\.(?:instagram|threads)\.(?:com|net)", r"/?.*", ("u",)),
        (r"out\.reddit\.com|reddit\.com", r"(?:/out)?(?:/.*)?", ("url",)),
        (r"bing\.com", r"/(?:news/apiclick\.aspx|ck/a)", ("url", "r")),
        (r"duckduckgo\.com", r"/l", ("uddg",)),
        (r"(?:[a-z]+\.)?youtube\.com", r"/redirect", ("q",)),
        (r"t\.umblr\.com", r"/redirect", ("z",)),
        (r"vk\.com", r"/away\.php", ("to",)),
        (r"slack-redir\.net", r"/link", ("url",)),
        (r"(?:link|news)\.medium\.com|medium\.com", r"/r", ("url",)),
        (r"getpocket\.com", r"/redirect", ("url",)),
        (r"linkedin\.com", r"/redir/redirect|/safety/go", ("url",)),
        (r"feedproxy\.google\.com|feeds\.feedburner\.com|feedly\.com", r"/.*", ("url", "origlink")),
        (r"(?:[a-z0-9-]+\.)?safelinks\.protection\.outlook\.com", r"/?", ("url",)),
    )
)
"""Host (without "www."), path, and parameters that hold the address, the most usual first."""
_IN_PATH = (
    (re.compile(r"r\.search\.yahoo\.com"), re.compile(r"/.*?/RU=([^/]+)/.*")),
    (re.compile(r"web\.archive\.org"), re.compile(r"/web/[0-9]{1,14}[a-z_*]*/(https?:/.*)", re.IGNORECASE)),
)
"""Host, and how the address stands in the path."""
_NEWS = re.compile(r"/(?:rss/|__i/rss/rd/)?articles/([A-Za-z0-9_-]{16,2000}).*")
"""Google News until 2024: a message in base64 that holds the address. Later ones are opaque."""


def wrapped(host: str, path: str, query: str) -> str | None:
    """The address inside of one, by its normalised host, path and query; None where there is none. Never raises."""
    for hosts, paths, names in _PARAMETERS:
        if query and hosts.fullmatch(host) and paths.fullmatch(path):
            values = dict(reversed(parse_qsl(query, max_num_fields=200) if query.count("&") < 200 else []))
            found = next((values[name] for name in names if _WEB.match(values.get(name, ""))), None)
            if found is not None:
                return found
    for hosts, form in _IN_PATH:
        match = form.fullmatch(path) if hosts.fullmatch(host) else None
        if match is not None and (inner := _WEB.fullmatch(_slashes(unquote(match[1])))):
            return inner[0] + (f"?{query}" if query else "")
    if re.fullmatch(rf"news\.{_GOOGLE}", host) and (match := _NEWS.fullmatch(path)):
        return _of_google_news(match[1])
    return None


def _slashes(text: str) -> str:
    """With both slashes behind the scheme: some servers and parsers make one of them."""
    return re.sub(r"^(https?):/(?!/)", r"\1://", text, flags=re.IGNORECASE)


def _of_google_news(name: str) -> str | None:
    """The address in the name of an article of Google News; None where it does not show it."""
    try:
        data = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4))
    except (ValueError, binascii.Error):
        return None
    at = data.find(b"http")
    if at < 1:
        return None
    end = at  # its length stands before it, in one byte or two; a second address (AMP) may follow
    while end < len(data) and 0x21 <= data[end] < 0x7F:
        end += 1
    size = data[at - 1] if data[at - 1] < 0x80 and (at < 2 or data[at - 2] < 0x80) else _two_bytes(data, at)
    found = data[at : at + size] if 0 < size <= end - at else data[at:end]
    match = _WEB.fullmatch(found.decode("ascii", "replace"))
    return match[0] if match else None


def _two_bytes(data: bytes, at: int) -> int:
    return (data[at - 2] & 0x7F) | data[at - 1] << 7 if at >= 2 else 0
