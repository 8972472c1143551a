"""What is to be fetched within which limits, and what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dedup import __version__
from dedup.errors import ConfigError

AGENT = f"dedup/{__version__} (+feed hygiene)"
FEEDS = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"
"""Accept header for feeds."""
DAY = 86_400


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
