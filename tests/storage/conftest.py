"""The databases of `tests.index`: what is kept in them is an index."""

from tests.index.conftest import _server, file, index, place, places, server

__all__ = ["_server", "file", "index", "place", "places", "server"]
