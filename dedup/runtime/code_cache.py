"""Machine code of the kernels, kept between runs where there is room for it, and never needed.

Each file holds the code of one kernel for one signature. Its name has a digest of all that it was made for, and it
begins with a digest of itself, for a damaged file would be machine code that crashes. What is kept only saves time. So

- a place that cannot be written to is still read, and what is missing is compiled in memory, which is said once;
- an error while saving is said once, and saving is given up;
- a file that cannot be read is as good as none, and made anew;
- a wheel may bring machine code for a common processor (SHIPPED; `python -m benchmarks.wheel` puts it there). It is
  taken where the processor can run it and nothing was compiled for it, and the sources and numba are the same.
"""

# llvmlite has no types.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import hashlib
import json
import os
import pickle
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from dedup.runtime.versions import identity

PACKAGE = Path(__file__).resolve().parent.parent
SHIPPED = PACKAGE / "machine_code"
"""A folder with such files, and TARGET beside them: what they were compiled for, as JSON."""
TARGET = "target.json"
SUFFIX = ".code"
_DIGEST = hashlib.sha256().digest_size
_said: list[str] = []
"""Why code cannot be kept."""


class Code(NamedTuple):
    """Machine code of a kernel for one signature."""

    object: bytes
    """An object file."""
    function: str
    """Symbol of what Python calls."""
    environment: str
    """Symbol of the pointer to what holds the constants."""
    constants: bytes
    """The constants, a list, pickled."""


def _say(reason: str) -> None:
    """Once in a process: that code is not kept."""
    if not _said:
        _said.append(reason)
        with suppress(OSError, ValueError, AttributeError):  # there may be no stderr
            sys.stderr.write(
                f"note: compiled code cannot be kept ({reason}), so each run compiles it again, which takes a minute;"
                " NUMBA_CACHE_DIR names a writable folder\n"
            )


def folders() -> Iterator[Path]:
    """Where code may be kept, the best first: where NUMBA_CACHE_DIR says; beside the sources; in the user's cache."""
    own = hashlib.sha256(os.fsencode(PACKAGE)).hexdigest()[:16]
    if told := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(told) / f"dedup-{own}"
        return
    yield PACKAGE / "__pycache__" / "kernels"
    with suppress(RuntimeError):  # nobody's home
        base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache"
        yield Path(base) / "dedup" / own


@cache
def host_target() -> tuple[str, str, str]:
    """System, processor and features that code is compiled for, as numba's settings say or as they are here."""
    from llvmlite import binding

    features = os.environ.get("NUMBA_CPU_FEATURES")
    processor = os.environ.get("NUMBA_CPU_NAME") or binding.get_host_cpu_name()
    return binding.get_process_triple(), processor, _features().flatten() if features is None else features


def _features() -> Any:
    from llvmlite import binding

    return binding.get_host_cpu_features()


@cache
def shipped_target() -> tuple[str, str, str] | None:
    """What the shipped code was compiled for; None where there is none for this processor."""
    try:
        triple, processor, features = json.loads((SHIPPED / TARGET).read_text())
    except (OSError, ValueError):
        return None
    here = _features()
    able = all(here.get(feature.lstrip("+"), False) for feature in features.split(",") if feature.startswith("+"))
    return (triple, processor, features) if able and triple == host_target()[0] else None


def _file_name(name: str, stamp: str, signature: str, target: tuple[str, str, str]) -> str:
    made_for = "\n".join((name, stamp, signature, *target, identity()))
    return f"{name}-{stamp[:8]}-{hashlib.sha256(made_for.encode()).hexdigest()[:32]}{SUFFIX}"


def _places(name: str, stamp: str, signature: str) -> Iterator[Path]:
    """Files that may hold the code."""
    file = _file_name(name, stamp, signature, host_target())
    yield from (folder / file for folder in folders())
    if target := shipped_target():
        yield SHIPPED / _file_name(name, stamp, signature, target)


def holds(name: str, stamp: str, signature: str) -> bool:
    """Whether there is code of a kernel for a signature; `stamp` tells the sources."""
    return any(file.exists() for file in _places(name, stamp, signature))


def load(name: str, stamp: str, signature: str) -> Code | None:
    """Kept or shipped code, or None."""
    for file in _places(name, stamp, signature):
        with suppress(Exception):
            data = file.read_bytes()
            if hashlib.sha256(data[_DIGEST:]).digest() == data[:_DIGEST]:
                return Code(*pickle.loads(data[_DIGEST:]))  # noqa: S301 - as it was written
    return None


def writable() -> bool:
    """Whether code can be kept, as far as that can be told without keeping any."""
    if _said:
        return False
    return any(_can_write(folder) for folder in folders())


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def save(name: str, stamp: str, signature: str, code: Code) -> None:
    """Keep code if that can be done; code of the kernel from other sources goes."""
    if _said:
        return
    folder = next((folder for folder in folders() if _can_write(folder)), None)
    if folder is None:
        _say("no folder for it is writable")
        return
    try:
        data = pickle.dumps(tuple(code))
        _write(folder / _file_name(name, stamp, signature, host_target()), hashlib.sha256(data).digest() + data)
        for old in folder.glob(f"{name}-*{SUFFIX}"):
            if not old.name.startswith(f"{name}-{stamp[:8]}-"):
                old.unlink(missing_ok=True)
    except Exception as error:
        _say((isinstance(error, OSError) and error.strerror) or type(error).__name__)


def _write(file: Path, data: bytes) -> None:
    """Write a file that appears whole."""
    handle, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def keep_by_numba(compiled: Any) -> None:
    """Let a numba that was not tried keep the code of a function in its own way."""
    try:
        compiled.enable_caching()
    except (RuntimeError, OSError) as error:  # no place at all
        _say(str(error))
