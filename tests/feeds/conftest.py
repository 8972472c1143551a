"""Places for indexes on both databases, as the tests of the index have them."""

import pytest

from tests.index.conftest import _server, place, places, server

__all__ = ["_server", "place", "places", "server"]


@pytest.fixture(autouse=True)
def _own_state_folder(tmp_path_factory, monkeypatch):
    """Locks of PostgreSQL indexes are in the user's state folder: not in that of whoever runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
