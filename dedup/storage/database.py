"""One interface to the two databases that can hold an index, and the SQLite side of it.

SQL is written once, with `?` for parameters. A write transaction has the index to itself; readers never wait, and see
one state of it for as long as their transaction lasts.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.errors import IndexFileError, NoIndexError
from dedup.storage import schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

WAIT = 120.0
"""Seconds that a writer waits for another one."""
PAGE = 8192
"""Bytes of a page."""
CACHE_KB = 16 << 10
SMALLEST = 512
"""Bytes of the smallest page: SQLite takes what is smaller for an empty file, and writes over it."""
Row = tuple[Any, ...]
FILLS: dict[int, Callable[[Database], None]] = {}
"""What a migration from a version does besides its statements, put here by the module that knows what the rows mean."""


def damaged(what: str) -> IndexFileError:
    """What is there cannot have been written by us."""
    return IndexFileError(f"the index is damaged: {what} cannot be read (dedup index rebuild makes all but texts anew)")


def stored(data: bytes, kind: str, what: str) -> NDArray[Any]:
    """An array as it was stored. Raises IndexFileError."""
    import numpy as np  # here: a pass over feeds without news needs no arrays, and starts without it

    if len(data) % np.dtype(kind).itemsize:
        raise damaged(what)
    return np.frombuffer(data, kind)


class Database(ABC):
    """A connection. Raises IndexFileError for everything that a database can say."""

    name: str
    _depth, _changing = 0, False

    @abstractmethod
    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of a SELECT."""

    @abstractmethod
    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """One statement; returns the number of rows it touched."""

    @abstractmethod
    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """One statement for many rows."""

    @abstractmethod
    def in_clause(self, column: str, values: Sequence[int] | Sequence[str]) -> tuple[str, Any]:
        """A condition that `column` is one of many `values`, and its one parameter."""

    @abstractmethod
    def _begin(self, write: bool) -> None: ...

    @abstractmethod
    def _end(self, commit: bool) -> None: ...

    @abstractmethod
    def check(self) -> list[str]:
        """What the database itself finds wrong with its files."""

    @abstractmethod
    def size(self) -> int:
        """Bytes on disk."""

    @abstractmethod
    def optimize(self) -> None:
        """Give back space and bring the statistics up to date, outside of a transaction."""

    @abstractmethod
    def close(self) -> None:
        """End the connection."""

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[None]:
        """All of the body or nothing. Inside of another transaction it is part of that one."""
        if self._depth:
            if write and not self._changing:  # it would wait for itself, or be lost when the reader breaks off
                raise IndexFileError(f"{self.name}: cannot be changed while it is read")
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        self._begin(write)
        self._depth, self._changing = 1, write
        try:
            yield
        except BaseException:
            self._depth = 0
            self._end(commit=False)
            raise
        self._depth = 0
        self._end(commit=True)

    def read_connection(self) -> Database | None:
        """Another connection, for reading in another thread what was committed last; None where none can be had."""
        return None

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._depth > 0

    def select_in(self, sql: str, column: str, values: Sequence[int] | Sequence[str]) -> list[Row]:
        """Rows of `sql` with `{in_clause}` in it, for many values of `column`."""
        if not len(values):
            return []
        condition, parameter = self.in_clause(column, values)
        return self.query(sql.replace("{in_clause}", condition), (parameter,))

    def delete_in(self, table: str, column: str, values: Sequence[int]) -> None:
        """Delete the rows with these values."""
        if len(values):
            condition, parameter = self.in_clause(column, values)
            self.execute(f"DELETE FROM {table} WHERE {condition}", (parameter,))

    def fill(self, number: int) -> None:
        """What a migration from version `number` does besides its statements."""
        if fill := FILLS.get(number):
            fill(self)

    def meta(self, name: str) -> str | None:
        """A value kept under a name."""
        found = self.query("SELECT value FROM meta WHERE name = ?", (name,))
        return None if not found else str(found[0][0])

    def set_meta(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        self.execute(
            "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )


class Sqlite(Database):
    """An index in one file."""

    def __init__(self, path: Path, *, create: bool, wait: float = WAIT) -> None:
        self.name = str(path)
        self._path = path
        self._reader: Sqlite | None = None
        try:
            _check_place(path, create)
            options = "" if create else _options(path)
        except OSError as error:
            raise IndexFileError(f"{path}: cannot be opened: {error.strerror}") from error
        self._fixed = bool(options)
        with self._errors():
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?{options}" if options else path, uri=self._fixed, timeout=wait,
                isolation_level=None, check_same_thread=False, cached_statements=256,
            )  # fmt: skip
            try:
                self._prepare(create, wait)
            except BaseException:
                self._connection.close()
                raise

    def read_connection(self) -> Database | None:
        """See `Database`."""
        if self._reader is None:
            self._reader = Sqlite(self._path, create=False)
            self._reader.execute("PRAGMA cache_size = -1024")  # it reads on and on, and nothing twice
        return self._reader

    def _write_ahead(self, wait: float) -> None:
        """Let readers go on while somebody writes. The switch does not wait for others by itself, as statements do."""
        end = time.monotonic() + wait
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(0.01)
            else:
                return

    def _prepare(self, create: bool, wait: float) -> None:
        """Settings of the connection; tables, where they are missing or old."""
        run = self._connection.execute
        run(f"PRAGMA page_size = {PAGE}")  # of a new file alone
        run("BEGIN")  # one state of it, also while another process makes the tables
        tables = run("SELECT count(*) FROM sqlite_master").fetchone()[0]
        application, version = run("PRAGMA application_id").fetchone()[0], run("PRAGMA user_version").fetchone()[0]
        run("COMMIT")
        if application != schema.APPLICATION_ID and (tables or application or version):
            raise IndexFileError(f"{self.name}: not an index of dedup, but a database of another program")
        if version > schema.VERSION:
            raise IndexFileError(
                f"{self.name}: made by a newer dedup (version {version} of the tables; this one knows {schema.VERSION})"
            )
        if not version and not create:
            raise NoIndexError(f"{self.name}: holds no index")
        if self._fixed and version < schema.VERSION:
            raise IndexFileError(f"{self.name}: made by an older dedup, and cannot be written to bring it up to date")
        if not self._fixed:
            self._write_ahead(wait)
        run("PRAGMA synchronous = NORMAL")  # with WAL a power cut may take the last commits, never the file
        run(f"PRAGMA cache_size = -{CACHE_KB}")
        run("PRAGMA temp_store = MEMORY")
        run("PRAGMA journal_size_limit = 67108864")
        if version < schema.VERSION:
            self._migrate()

    def _migrate(self) -> None:
        with self.transaction(write=True):
            version = self.query("PRAGMA user_version")[0][0]  # another process may have been first
            for number in range(version, schema.VERSION):
                for statement in schema.MIGRATIONS[number]:
                    self.execute(statement.format(blob="BLOB", without_rowid=" WITHOUT ROWID"))
                self.fill(number)
            self.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            self.execute(f"PRAGMA user_version = {schema.VERSION}")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise IndexFileError(f"{self.name}: {_reason(error)}") from error
        except UnicodeDecodeError as error:  # of what SQLite says of a damaged file, or of a text in it
            raise IndexFileError(f"{self.name}: damaged") from error

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """See `Database`."""
        with self._errors():
            return self._connection.execute(sql, parameters).fetchall()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """See `Database`."""
        with self._errors():
            return self._connection.execute(sql, parameters).rowcount

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """See `Database`."""
        with self._errors():
            self._connection.executemany(sql, rows)

    def in_clause(self, column: str, values: Sequence[int] | Sequence[str]) -> tuple[str, Any]:
        """See `Database`."""
        return f"{column} IN (SELECT value FROM json_each(?))", json.dumps(list(values))

    def _begin(self, write: bool) -> None:
        self.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    def _end(self, commit: bool) -> None:
        if commit:
            try:
                self.execute("COMMIT")
            except IndexFileError:  # a full disk: what was written must not stay half open
                self._rollback()
                raise
        else:
            self._rollback()

    def _rollback(self) -> None:
        if self._connection.in_transaction:  # a full disk may have ended it already
            self._connection.execute("ROLLBACK")

    def check(self) -> list[str]:
        """See `Database`."""
        found = [str(row[0]) for row in self.query("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    def size(self) -> int:
        """See `Database`."""
        pages, size = self.query("PRAGMA page_count")[0][0], self.query("PRAGMA page_size")[0][0]
        return int(pages * size)

    def optimize(self) -> None:
        """See `Database`."""
        self.execute("PRAGMA optimize")
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def vacuum(self) -> None:
        """Write the file anew without the space of what was deleted."""
        self.execute("VACUUM")

    def close(self) -> None:
        """See `Database`."""
        if self._reader is not None:
            self._reader.close()
        self._connection.close()


def _check_place(path: Path, create: bool) -> None:
    """Raises IndexFileError if no index can be there; OSError if nobody can tell."""
    if path.is_dir():
        raise IndexFileError(f"{path}: is a folder")
    if not create and not path.is_file():
        raise NoIndexError(f"{path}: no such index")
    if path.is_file() and 0 < path.stat().st_size < SMALLEST:
        raise IndexFileError(f"{path}: not an index of dedup")
    if create and not path.parent.is_dir():
        raise IndexFileError(f"{path}: no such folder: {path.parent}")


def _options(path: Path) -> str:
    """How to open a file that can be read alone: SQLite would make files beside it, unless it is told that nobody
    writes. Where there is a log that is not in it yet it has to see for itself. Raises OSError.
    """
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return ""
    log = Path(f"{path}-wal")
    return "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"


def _reason(error: sqlite3.Error) -> str:
    """What SQLite says, in words that help."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return "in use by another process that did not finish in time"
    if "not a database" in text:
        return "not an index of dedup"
    if "disk is full" in text or "disk I/O" in text or "readonly" in text:
        return f"cannot be written: {text}"
    if "unable to open" in text:
        return "cannot be opened: the file, or its folder, cannot be read and written"
    if "malformed" in text:
        return f"damaged: {text}"
    return text
