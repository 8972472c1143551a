"""Which numba and llvmlite are installed, told without loading them."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

TRIED = {(0, 68)}
"""Versions of numba whose inner parts are the ones used here; any other compiles in its own way."""
DISABLED = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
"""Nothing is compiled."""
_HARMLESS = {"NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"}
"""Settings of numba that machine code does not depend on, or that are told apart by themselves."""


def folder(package: str) -> Path | None:
    """Where a package is installed; None if it is not, or not as files."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _sources() -> tuple[bytes, bytes]:
    """The files that name the versions of numba and llvmlite."""
    found = []
    for package in ("numba", "llvmlite"):
        place = folder(package)
        try:
            found.append((place / "_version.py").read_bytes() if place is not None else b"")
        except OSError:
            found.append(b"")
    return found[0], found[1]


_SOURCES = _sources()
_NUMBA = re.search(rb'"version": "(\d+)\.(\d+)', _SOURCES[0])
DIRECT = not DISABLED and _NUMBA is not None and (int(_NUMBA[1]), int(_NUMBA[2])) in TRIED
"""Whether kept code is called without numba."""


@cache
def identity() -> str:
    """What machine code depends on beside sources, processor and types: numba, LLVM, Python, and numba's settings."""
    settings = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith("NUMBA_"))
    kept = [setting for setting in settings if setting.partition("=")[0] not in _HARMLESS]
    parts = (*_SOURCES, str(sys.implementation.cache_tag).encode(), *(os.fsencode(setting) for setting in kept))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
