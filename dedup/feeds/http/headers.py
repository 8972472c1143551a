"""What the headers of an answer say: of its type, and how long it stays fresh."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dedup.feeds.http.request import DAY

if TYPE_CHECKING:
    import httpx

_LONGEST_VALIDATOR = 1024
"""Characters of an ETag or Last-Modified that is kept; they are stored for every feed."""


def heads_of(response: httpx.Response) -> dict[str, str]:
    """Headers by lower-case name; of repeated ones the first, but lists are put together."""
    heads: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip()
        if name in heads and name in ("cache-control", "content-encoding"):
            heads[name] += f", {value}"
        else:
            heads.setdefault(name, value)
    return heads


def as_utf8(value: str) -> str:
    """A Location as it was meant: in the header latin-1, in fact most often UTF-8."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value


def validator(value: str | None) -> str | None:
    """An ETag or Last-Modified as it is kept; None where it is too long."""
    return value if value and len(value) <= _LONGEST_VALIDATOR else None


def content_type(value: str) -> tuple[str | None, str | None]:
    """Media type and charset of a Content-Type, lower case; None where there is none."""
    media_type, *parameters = (part.strip().lower() for part in value[:500].split(";"))
    charset = next((p.partition("=")[2].strip(" \"'") for p in parameters if p.startswith("charset")), "")
    return media_type or None, charset[:40] or None


def retry_after(heads: dict[str, str], now: float) -> int | None:
    """Seconds of a Retry-After header: a number, or a date that is held against the server's own clock."""
    value = heads.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,12}", value):
        return min(int(value), DAY)
    at = _date(value)
    if at is None:
        return None
    sent = _date(heads.get("date", ""))
    return _bounded(at - (now if sent is None else sent))


def fresh_for(heads: dict[str, str], now: float) -> int | None:
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
