"""An index on either database: every test that takes a `place` runs on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dedup import Config
from dedup.index.index import Index
from tests.index.servers import NoServerError, Server, unavailable

BACKENDS = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def _server() -> Iterator[Server | str]:
    try:
        server = Server.start()
    except NoServerError as error:
        yield str(error)
        return
    yield server
    server.stop()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """A PostgreSQL server on loopback."""
    found = request.getfixturevalue("_server")
    if isinstance(found, str):
        unavailable(found)
    return found


@pytest.fixture(params=BACKENDS)
def places(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Makes places where no index is yet."""
    if request.param == "sqlite":
        return lambda: str(tmp_path_factory.mktemp("index") / "index.sqlite")
    return request.getfixturevalue("server").place


@pytest.fixture
def place(places: Callable[[], str]) -> str:
    """A place where no index is yet."""
    return places()


@pytest.fixture
def index(place: str) -> Iterator[Index]:
    """A new index."""
    with Index.open(place, Config()) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a SQLite index may be put."""
    return tmp_path / "index.sqlite"
