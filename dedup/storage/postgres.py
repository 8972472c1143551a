"""An index on PostgreSQL, for several machines: the same tables and statements as on SQLite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from dedup.errors import IndexFileError, MissingExtraError, NoIndexError
from dedup.storage import schema
from dedup.storage.database import WAIT, Database, Row

_LOCK = "1684305264, hashtext(coalesce(current_schema(), ''))"
"""Advisory lock of the one that writes: `ddup`, and the schema, as a database may hold several indexes."""
SCHEMA = "dedup"
"""Where the tables are, unless the address or the server's settings for the user or the database name a search path."""
CONNECT = 15
"""Seconds to wait for the server's answer, unless the address says how many (`connect_timeout`)."""


@cache
def _placeholders(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


class Postgres(Database):
    """An index in the schema `dedup` (or another one named in the address) of a PostgreSQL database."""

    def __init__(self, address: str, *, create: bool, wait: float = WAIT) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise MissingExtraError("an index on PostgreSQL", "postgres") from error
        self._error, self._locked = psycopg.Error, psycopg.errors.LockNotAvailable
        self._writing = False
        self.name = HIDDEN
        try:
            said = psycopg.conninfo.conninfo_to_dict(address)
        except (psycopg.Error, ValueError):  # it quotes what it does not understand, passwords too
            said = {"port": "none"}
        self.name = _shown(said) or HIDDEN
        if self.name == HIDDEN:
            raise IndexFileError(
                f"{self.name}: not the address of a database (in a password / is written as %2F, @ as %40, : as %3A, "
                "# as %23, ? as %3F, % as %25)"
            )
        with self._errors():
            said.setdefault("connect_timeout", CONNECT)
            self._connection = psycopg.connect(**said, autocommit=True, prepare_threshold=2)  # type: ignore[arg-type]
        try:
            with self._errors():
                self._connection.execute(f"SET lock_timeout = {max(1, int(wait * 1000))}".encode())
            self._choose_schema(create)
            if self._version() != schema.VERSION:
                self._migrate(create)
        except BaseException:
            self._connection.close()
            raise

    def _choose_schema(self, create: bool) -> None:
        """Tables of other programs must not get in the way, nor be taken for ours."""
        source = self.query("SELECT source FROM pg_settings WHERE name = 'search_path'")[0][0]
        if source not in ("default", "configuration file"):
            return
        if create and not self.query("SELECT 1 FROM pg_namespace WHERE nspname = ?", (SCHEMA,)):
            self.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        self.execute(f"SET search_path = {SCHEMA}")

    def _version(self) -> int:
        """Of the tables; 0 where there are none."""
        found = {
            row[0]
            for row in self.query(
                "SELECT column_name::text FROM information_schema.columns WHERE table_name = 'meta'"
                " AND table_schema = current_schema()"
            )
        }
        if found and found != {"name", "value"}:
            raise IndexFileError(f"{self.name}: not an index of dedup, but tables of another program")
        return int(self.meta("version") or 0) if found else 0

    def _migrate(self, create: bool) -> None:
        """Tables, where they are missing or old."""
        with self.transaction(write=True):
            version = self._version()
            if not version and not create:
                raise NoIndexError(f"{self.name}: holds no index")
            if version > schema.VERSION:
                raise IndexFileError(
                    f"{self.name}: made by a newer dedup (version {version} of the tables; this one knows "
                    f"{schema.VERSION})"
                )
            for number in range(version, schema.VERSION):
                for statement in schema.MIGRATIONS[number]:
                    self.execute(statement.format(blob="BYTEA", without_rowid=""))
                self.fill(number)
            if version == 0:
                # blocks are dense: compressing them again costs time and gains nothing
                self.execute("ALTER TABLE postings ALTER entries SET STORAGE EXTERNAL")
            if version < schema.VERSION:
                self.set_meta("version", str(schema.VERSION))

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except self._locked as error:
            raise IndexFileError(f"{self.name}: in use by another process that did not finish in time") from error
        except self._error as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise IndexFileError(f"{self.name}: {lines[0]}") from error

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """See `Database`."""
        with self._errors():
            return self._connection.execute(_placeholders(sql).encode(), parameters or None, binary=True).fetchall()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """See `Database`."""
        with self._errors():
            return self._connection.execute(_placeholders(sql).encode(), parameters or None).rowcount

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """See `Database`."""
        with self._errors(), self._connection.cursor() as cursor:
            cursor.executemany(_placeholders(sql).encode(), rows)

    def in_clause(self, column: str, values: Sequence[int] | Sequence[str]) -> tuple[str, Any]:
        """See `Database`."""
        return f"{column} = ANY(?)", list(values)

    def _begin(self, write: bool) -> None:
        if write:  # of the session, and before the transaction: what it sees is what the writer before left behind
            self.query(f"SELECT pg_advisory_lock({_LOCK})")
            self._writing = True
        self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")

    def _end(self, commit: bool) -> None:
        try:
            self.execute("COMMIT" if commit else "ROLLBACK")
        finally:
            if self._writing:
                self._writing = False
                self.query(f"SELECT pg_advisory_unlock({_LOCK})")

    def check(self) -> list[str]:
        """See `Database`: the server looks after its files."""
        return []

    def size(self) -> int:
        """See `Database`."""
        sizes = [self.query("SELECT pg_total_relation_size(to_regclass(?))", (table,))[0][0] for table in schema.TABLES]
        return sum(int(size) for size in sizes)

    def optimize(self) -> None:
        """See `Database`: the server does it by itself."""

    def close(self) -> None:
        """See `Database`."""
        self._connection.close()


HIDDEN = "postgresql://…"
"""What is shown of an address that is not understood: any piece of it may be of a password."""
_PLAIN = re.compile(r"[\w.,\[\]:%/ -]*")
_NAME = re.compile(r"[\w. $-]*")


def _shown(said: Mapping[str, Any]) -> str:
    """Host and name of a database, and nothing else of its address; empty where they are none. An unescaped `/` or `@`
    in a password makes a host, port or name of its pieces.
    """
    host, port, name = (str(said.get(key) or "") for key in ("host", "port", "dbname"))
    right = _PLAIN.fullmatch(host) and re.fullmatch(r"[\d,]*", port) and _NAME.fullmatch(name)
    return f"postgresql://{host}/{name}" if right else ""
