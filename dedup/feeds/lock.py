"""One run over the feeds of an index at a time.

The lock is the kernel's (flock): it goes with the process, however that ends, and a file left behind locks nothing. The
file must not be deleted: two processes would hold a lock each, on two files of one name.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dedup.errors import IndexFileError
from dedup.storage.database import Database
from dedup.storage.opening import is_address

STEP = 0.1
"""Seconds between two tries."""
_RUN = 0x64647571
"""Advisory lock of a run over feeds, for the machines that share a PostgreSQL index."""


class BusyError(IndexFileError):
    """Another run has not ended."""


def lock_path(place: str | Path) -> Path:
    """The lock's file: beside the index; for a PostgreSQL index in the user's state folder, by its address."""
    if is_address(place):
        from dedup.storage.location import default_place

        name = hashlib.sha256(str(place).encode()).hexdigest()[:16]
        return default_place().parent / f"feeds-{name}.lock"
    path = Path(place)
    return path.with_name(path.name + ".feeds.lock")


@contextmanager
def one_run(place: str | Path, database: Database, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock. Raises BusyError if another one holds it for longer than `wait` seconds, IndexFileError where the
    file cannot be made.
    """
    path, until = lock_path(place), time.monotonic() + wait
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise IndexFileError(f"{path}: {error.strerror}") from error
    try:
        _until(lambda: _flocked(descriptor, path), until, wait)
        if is_address(place):
            _until(lambda: _asked(database, "pg_try_advisory_lock"), until, wait)
        try:
            yield
        finally:
            if is_address(place):
                _asked(database, "pg_advisory_unlock")
    finally:
        os.close(descriptor)


def _flocked(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise IndexFileError(f"{path}: {error.strerror}") from error
    return True


def _asked(database: Database, function: str) -> bool:
    return bool(database.query(f"SELECT {function}(?)", (_RUN,))[0][0])


def _until(take: Callable[[], bool], until: float, wait: float) -> None:
    while not take():
        if time.monotonic() >= until:
            waited = f" after {wait:g} seconds" if wait else ""
            raise BusyError(f"another run over these feeds has not ended{waited}")
        time.sleep(STEP)
