"""Which files of an output folder are ours: a list of their names in the folder itself.

A cleaned feed often is what the publisher sent, byte for byte, so its content does not tell who wrote it. The list is
in the folder, not in the index: an index that was deleted and made anew finds its files again, and one that is told to
write into another folder does not take what is there for its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from dedup.errors import FeedError, OutputError
from dedup.runtime.atomic import atomic

LIST = ".dedup-files.xml"
"""Name of the list: XML like what it lists, an element a file."""
_NAME = re.compile(r"<file>([a-z0-9-]{1,80}\.(?:xml|json))</file>")
_LONGEST = 16 << 20
"""Bytes of a list: some 200,000 feeds."""


class Owned:
    """The files that are ours in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: set[str] | None = None

    def claim(self, names: Iterable[str], known: Iterable[str] = ()) -> set[str]:
        """Take names for files that are written next; returns those that others have. `known`: names under which an
        index wrote before there were lists; a feed that stands there is ours. Raises OutputError.
        """
        wanted, earlier = set(names), set(known)
        listed = self._listed()
        legacy = listed is None
        ours = listed or set()
        foreign = set()
        for name in wanted - ours:
            path = self._folder / name
            if (path.exists() or path.is_symlink()) and not (legacy and name in earlier and _is_feed(path)):
                foreign.add(name)
        fresh = wanted - foreign - ours
        if fresh:
            self._keep(
                ours | fresh | ({name for name in earlier if _is_feed(self._folder / name)} if legacy else set())
            )
        return foreign

    def _listed(self) -> set[str] | None:
        """The names in the list; None where there is none yet."""
        if self._names is None:
            path = self._folder / LIST
            try:
                if not path.is_file():
                    return None
                with path.open("rb") as file:
                    text = file.read(_LONGEST).decode("ascii", "replace")
            except OSError as error:
                raise OutputError(f"{path}: cannot be read: {error.strerror or error}") from error
            self._names = set(_NAME.findall(text))
        return self._names

    def _keep(self, names: set[str]) -> None:
        """Write the list; before the files, so that a run that is killed in between knows them."""
        path = self._folder / LIST
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self._folder}: cannot be written: {error.strerror or error}") from error
        with atomic(path) as out:
            lines = ["<files>", *(f"<file>{name}</file>" for name in sorted(names)), "</files>"]
            out.write(("\n".join(lines) + "\n").encode("ascii"))
        self._names = names


def _is_feed(path: Path) -> bool:
    """Whether a feed stands there that one might have fetched."""
    from dedup.feeds.format.document import read_document
    from dedup.feeds.limits import LIMITS

    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LIMITS.feed_bytes:
            return False
        read_document(path.read_bytes())
    except (OSError, FeedError):
        return False
    return True
