"""What is known of a reader's account: its entries, and what can be put on them. Nothing that computes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

READ, STAR, LABEL = "read", "star", "label:"
"""Marks; a label has its name behind it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An unread entry of an account."""

    id: str
    url: str
    feed_url: str
    """Address of its feed, as the reader fetches it."""
    title: str = ""
    marks: frozenset[str] = frozenset()
    """Marks that it has, of those that can be put on it."""


class Account(Protocol):
    """An account of a reader. Raises ReaderError for whatever a server does."""

    account: str
    """A name for it that holds no secret."""
    labels: bool
    """Whether it has labels."""

    def unread(self) -> Iterator[Entry]:
        """All unread entries, the oldest first."""

    def put(self, entries: Sequence[Entry], mark: str) -> None:
        """Put a mark on entries; on those that have it already, nothing changes."""

    def take(self, ids: Sequence[str], mark: str) -> None:
        """Take a mark off entries, where they have it."""

    def close(self) -> None:
        """End the connection."""
