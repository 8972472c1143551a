"""Miniflux, by its own interface (version 1): https://miniflux.app/docs/api.html."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dedup.feeds.readers.connection import MOST_ENTRIES, Connection, ReaderError, loaded, rows_of, text_of
from dedup.feeds.readers.model import READ, STAR, Entry

PAGE = 250
"""Entries in one answer."""


class Miniflux:
    """An account, by a token of the server's own (Settings, API keys)."""

    labels = False

    def __init__(self, base: str, token: str) -> None:
        self.account = f"miniflux {base.rstrip('/')}"
        self._connection = Connection(base, {"X-Auth-Token": token, "Accept": "application/json"})

    def unread(self) -> Iterator[Entry]:
        """All unread entries, by their numbers. Pages go on from the last one: what is marked meanwhile moves none."""
        last, count = 0, 0
        while True:
            fields = [("status", "unread"), ("order", "id"), ("direction", "asc"), ("limit", str(PAGE))]
            found = _entries(self._connection.get("/v1/entries", [*fields, ("after_entry_id", str(last))]))
            numbers = [int(row["id"]) for row in found]
            if not found or max(numbers) <= last:
                return
            last, count = max(numbers), count + len(found)
            if count > MOST_ENTRIES:
                raise ReaderError(f"more than {MOST_ENTRIES:,} unread entries")
            yield from map(_entry, found)
            if len(found) < PAGE:
                return

    def put(self, entries: Sequence[Entry], mark: str) -> None:
        """Read ones in one request; a star is a switch, so that only those without one are asked for."""
        if mark == READ:
            self._connection.put("/v1/entries", {"entry_ids": [int(one.id) for one in entries], "status": "read"})
            return
        for one in entries:
            if mark == STAR and not self._is_starred(one.id):
                self._connection.put(f"/v1/entries/{int(one.id)}/bookmark")

    def take(self, ids: Sequence[str], mark: str) -> None:
        """Take a mark off."""
        if mark == READ:
            self._connection.put("/v1/entries", {"entry_ids": [int(name) for name in ids], "status": "unread"})
            return
        for name in ids:
            if mark == STAR and self._is_starred(name):
                self._connection.put(f"/v1/entries/{int(name)}/bookmark")

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _is_starred(self, name: str) -> bool:
        """As it is now: what was asked for before a crash may have been done."""
        return bool(_loaded(self._connection.get(f"/v1/entries/{int(name)}")).get("starred"))


def _loaded(body: bytes) -> dict[str, Any]:
    return loaded(body, "Miniflux itself")


def _entries(body: bytes) -> list[dict[str, Any]]:
    rows = rows_of(_loaded(body), "entries")
    if not all(type(row.get("id")) is int and 0 < row["id"] < 1 << 63 for row in rows):  # no bool
        raise ReaderError("the server's answer holds no entries")
    return rows


def _entry(row: dict[str, Any]) -> Entry:
    feed = row.get("feed")
    url = text_of(feed.get("feed_url")) if isinstance(feed, dict) else ""
    marks = frozenset({STAR} if row.get("starred") else ())
    return Entry(str(row["id"]), text_of(row.get("url")), url, text_of(row.get("title")), marks)
