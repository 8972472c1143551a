"""Miniflux, by its own interface (version 1): https://miniflux.app/docs/api.html."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from dedup.feeds.readers.connection import Connection, ReaderError
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
        last = 0
        while True:
            fields = [("status", "unread"), ("order", "id"), ("direction", "asc"), ("limit", str(PAGE))]
            found = _entries(self._connection.get("/v1/entries", [*fields, ("after_entry_id", str(last))]))
            numbers = [int(row["id"]) for row in found]
            if not found or max(numbers) <= last:
                return
            last = max(numbers)
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
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ReaderError("the server's answer is no JSON: is this the address of Miniflux itself?")
    return found


def _entries(body: bytes) -> list[dict[str, Any]]:
    rows = _loaded(body).get("entries") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in rows):
        raise ReaderError("the server's answer holds no entries")
    return rows


def _entry(row: dict[str, Any]) -> Entry:
    feed = row.get("feed")
    url = feed.get("feed_url") if isinstance(feed, dict) else ""
    marks = frozenset({STAR} if row.get("starred") else ())
    return Entry(str(row["id"]), str(row.get("url") or ""), str(url or ""), str(row.get("title") or ""), marks)
