"""Where an index is: a file of SQLite, or an address of PostgreSQL; and the database that is opened there."""

from __future__ import annotations

import re
from pathlib import Path

import dedup.storage.compression  # noqa: F401 - registers what it does to older tables
from dedup.errors import IndexFileError
from dedup.storage.database import WAIT, Database, Sqlite

_ADDRESS = re.compile(
    r"\s*(postgres\w*(\+\w+)?:|(host|hostaddr|port|dbname|user|password|passfile|service|sslmode|options)\s*=)", re.I
)
_OTHER_ADDRESS = re.compile(r"\s*([a-z][a-z0-9+.-]*)://", re.I)


def is_address(place: str | Path) -> bool:
    """Whether an index is a PostgreSQL database, and no file: an address, or `host=… dbname=…`."""
    return bool(_ADDRESS.match(str(place)))


def open_database(place: str | Path, *, create: bool, wait: float = WAIT) -> Database:
    """The database of an index: a file, or an address of PostgreSQL. Raises IndexFileError, MissingExtraError."""
    if is_address(place):
        from dedup.storage.postgres import Postgres

        return Postgres(str(place), create=create, wait=wait)
    if other := _OTHER_ADDRESS.match(str(place)):  # what follows may be a password
        raise IndexFileError(f"{other[1]}://…: neither a file nor the address of a PostgreSQL database")
    if str(place) == ":memory:":
        raise IndexFileError(":memory:: an index that is gone when the command ends keeps nothing: name a file")
    return Sqlite(Path(place), create=create, wait=wait)
