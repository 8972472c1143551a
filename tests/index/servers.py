"""A PostgreSQL server of our own for tests: from Debian's `postgresql`, on loopback, in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

USER, PASSWORD = "dedup", "hard-to-guess"
OPTIONS = {
    "listen_addresses": "127.0.0.1", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "shared_buffers": "32MB", "autovacuum": "off", "jit": "off", "lc_messages": "C",
}  # fmt: skip


class NoServerError(Exception):
    """There is no PostgreSQL here that could be started."""


def unavailable(reason: str) -> None:
    """Skip on a user's machine; fail where the servers are part of what is tested."""
    if os.environ.get("DEDUP_REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _binaries() -> Path:
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True
    )
    on_path = shutil.which("initdb")
    for folder in (*installed, *([Path(on_path).resolve().parent] if on_path else [])):
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise NoServerError("no PostgreSQL server (apt-get install postgresql)")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@dataclass
class Server:
    """A running server."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    numbers: count[int] = field(default_factory=count)

    @classmethod
    def start(cls) -> Server:
        """Make a cluster and serve it. PostgreSQL refuses to run as root, so root lends it the user `postgres`."""
        try:
            import psycopg  # noqa: F401
        except ImportError as error:
            raise NoServerError("psycopg is not installed (the extra `postgres`)") from error
        binaries = _binaries()
        identity: dict[str, Any] = {}
        folder = Path(tempfile.mkdtemp(prefix="dedup-postgres-"))
        if os.getuid() == 0:
            try:
                account = pwd.getpwnam("postgres")
            except KeyError:
                raise NoServerError("PostgreSQL does not run as root, and there is no user postgres") from None
            identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(folder, account.pw_uid, account.pw_gid)
        data, secret = folder / "data", folder / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}", "-N",
             "--locale=C", "-E", "UTF8"],
            check=True, capture_output=True, cwd="/", timeout=120, **identity,
        )  # fmt: skip
        port = free_port()
        options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-p", str(port), "-k", folder, *options],
                cwd="/", stdout=log, stderr=log, **identity,
            )  # fmt: skip
        server = cls(folder, port, process)
        try:
            server._wait()
        except BaseException:
            server.stop()
            raise
        return server

    def _wait(self) -> None:
        import psycopg

        end = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.address).close()
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise NoServerError(f"PostgreSQL does not start: {(self.folder / 'log').read_text()}") from None
                time.sleep(0.05)
            else:
                return

    @property
    def address(self) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def run(self, sql: str) -> None:
        import psycopg

        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(sql.encode())

    def place(self) -> str:
        """The address of a schema with nothing in it."""
        name = f"test_{next(self.numbers)}"
        self.run(f"CREATE SCHEMA {name}")
        return f"{self.address}?options=-csearch_path%3D{name}"

    def stop(self) -> None:
        self.process.send_signal(2)  # SIGINT: clients are sent away
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
