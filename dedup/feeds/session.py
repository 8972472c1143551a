"""An index and the state of feeds in it. The index itself is opened when a document is to be compared: a pass over
feeds that have nothing new needs a database alone, and starts in a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.config import Config
from dedup.feeds.state import State
from dedup.storage.database import WAIT
from dedup.storage.location import make_folder
from dedup.storage.opening import is_address, open_database

if TYPE_CHECKING:
    from dedup.index.index import Index


class Session:
    """A context manager. Raises IndexFileError for everything that the database can say."""

    def __init__(
        self, place: str | Path, settings: Callable[[Config], Config] | None = None, *, create: bool = True,
        wait: float = WAIT,
    ) -> None:  # fmt: skip
        """`settings` lays the reader's settings over those that the index was made with; it is asked when that is
        opened.
        """
        self.place = place
        if create and not is_address(place):
            make_folder(Path(place).parent)
        self.database = open_database(place, create=create, wait=wait)
        self.state = State(self.database)
        self._settings = settings
        self._index: Index | None = None
        self.before_index: Callable[[], None] = lambda: None
        """Called before the index is opened: what it needs is not loaded by a pass without news."""

    @property
    def has_index(self) -> bool:
        """Whether the index is open."""
        return self._index is not None

    def open_index(self) -> Index:
        """The index; outside of a transaction, if it is not open yet. Raises IndexFileError, ReferenceFileError."""
        if self._index is None:
            self.before_index()
            from dedup.index.index import Index

            config = Config().update(Index.settings(self.place))
            self._index = Index(self.database, self._settings(config) if self._settings else config)
        return self._index

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[None]:
        """All of the body or nothing."""
        owner = self._index or self.database
        with owner.transaction(write=write):
            yield

    def close(self) -> None:
        """End the connection, and the threads of the index."""
        if self._index is not None:
            self._index.close()
        else:
            self.database.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
