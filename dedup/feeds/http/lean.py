"""httpx and httpcore without what nobody here asks them for: an eighth of a pass over feeds that have nothing new.

httpx imports its command line, and with it `rich` and all of `pygments`, wherever these are installed. httpcore asks
for `sniffio` several times at each request; where that is not installed, each time all folders of the path are looked
through.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec


@contextmanager
def _absent(name: str) -> Iterator[None]:
    """Have a module that nothing has loaded not be found."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # what the import system takes for "there is none"
    try:
        yield
    finally:
        del sys.modules[name]


with _absent("httpx._main"):
    import httpcore
    import httpx

if "sniffio" not in sys.modules and find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

__all__ = ["httpcore", "httpx"]
