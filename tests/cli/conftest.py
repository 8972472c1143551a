"""What the tests of commands share."""

import pytest

from dedup.cli.compiling import compile_ahead


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """Nothing is left to compile: the first command of a new clone would say so, where tests look at what is said."""
    for kind in ("default", "score", "index"):
        compile_ahead(kind, quiet=True)
