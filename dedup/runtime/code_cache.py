"""Machine code of the kernels, kept between runs where there is room for it, and never needed.

numba's own cache raises where it cannot be used: without a writable folder (a read-only container, a hardened unit)
when a kernel is defined, on a full disk after a kernel was compiled, and on a truncated file whenever it is read. What
is kept only saves time. So here

- a place that cannot be written to is still read, and what is missing is compiled in memory, which is said once;
- an error while saving is said once, and saving is given up;
- a wheel may bring machine code for a common processor (SHIPPED; `python -m benchmarks.wheel` puts it there). It is
  taken where the processor can run it and nothing was compiled for it, and the sources and numba are the same;
- a file that cannot be read is as good as none, and made anew. Each carries a digest, for a damaged file may well be a
  pickle, of machine code that crashes; and what it was made for, for a run that is killed between the two files that
  numba writes leaves an index that names older code.
"""

# numba's caching has no types.
# mypy: disable-error-code="no-untyped-call, misc"

from __future__ import annotations

import hashlib
import io
import json
import pickle
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from numba.core import caching, environment

from dedup.runtime.compiler import rebuilt, whole

SHIPPED = Path(__file__).resolve().parent.parent / "machine_code"
"""A folder for each package of kernels (`shipped_folder`), with files as in one of numba's cache, and TARGET beside
them: what they were compiled for, as JSON."""
TARGET = "target.json"
_DIGEST = hashlib.sha256().digest_size
_said: list[str] = []


def _say(reason: str) -> None:
    """Once in a process: that code is not kept."""
    if not _said:
        _said.append(reason)
        with suppress(OSError, ValueError, AttributeError):  # there may be no stderr
            sys.stderr.write(
                f"note: compiled code cannot be kept ({reason}), so each run compiles it again, which takes a minute;"
                " NUMBA_CACHE_DIR names a writable folder\n"
            )


_InTree: Any = getattr(caching, "InTreeCacheLocator", None) or caching._InTreeCacheLocator  # numba 0.60 has the latter


class _ReadOnlyLocator(_InTree):
    """Beside the sources, where code may have been put when the package was installed."""

    def ensure_cache_path(self) -> None:
        """Nothing is written there."""


class _Unpickler(pickle.Unpickler):
    """Reads kept code without the modules of numba that it was compiled from.

    An environment holds the globals of a function, for code that goes back to Python, which ours does not. numba
    imports its module for them: with a function on arrays all that it knows of arrays, and scipy for linear algebra.
    That takes as long as all else that a scan of few texts does.
    """

    def find_class(self, module: str, name: str) -> Any:
        """What a name in the data stands for."""
        if (module, name) == ("numba.core.environment", "_rebuild_env"):
            return _environment
        return super().find_class(module, name)


def _environment(module: str, constants: list[Any], name: str) -> Any:
    """As numba rebuilds one; of the globals of a module that is not loaded there is its name, by which it is kept."""
    found = environment.lookup_environment(name)
    if found is None:
        loaded = sys.modules.get(module)
        found = environment.Environment(vars(loaded) if loaded else {"__name__": module})
        found.consts[:] = constants
        found.env_name = name
        environment.Environment._memo[name] = found
    return found


class _Files(caching.IndexDataCacheFile):
    """numba's two files of a function, with digests; errors of reading are misses."""

    def _dump(self, obj: Any) -> bytes:
        data: bytes = super()._dump(obj)
        return hashlib.sha256(data).digest() + data

    @staticmethod
    def _whole(data: bytes) -> Any:
        """What was dumped. ValueError: it is damaged."""
        if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
            raise ValueError("damaged")
        return _Unpickler(io.BytesIO(data[_DIGEST:])).load()

    def _load_index(self) -> Any:
        try:
            with Path(self._index_path).open("rb") as file:
                if pickle.load(file) != self._version:  # noqa: S301 - as numba does
                    return {}
                stamp, overloads = self._whole(file.read())
        except Exception:
            return {}
        return overloads if stamp == self._source_stamp else {}

    def _load_data(self, name: str) -> Any:
        return self._whole(Path(self._data_path(name)).read_bytes())

    def save(self, key: Any, data: Any) -> None:
        """Keep code with what it was made for."""
        super().save(key, (self._source_stamp, key, data))

    def load(self, key: Any) -> Any:
        """The code for a key; None where there is none."""
        found = super().load(key)
        return found[2] if found and found[:2] == (self._source_stamp, key) else None


class _Implementation(caching.CompileResultCacheImpl):
    _locator_classes = [*caching.CacheImpl._locator_classes, _ReadOnlyLocator]  # noqa: RUF012 - as numba has it

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        """What was compiled."""
        return rebuilt(target_context, payload)


@cache
def shipped_target() -> tuple[str, str, str] | None:
    """System, processor and features that the shipped code was compiled for; None where there is none for this one."""
    from llvmlite import binding

    try:
        triple, processor, features = json.loads((SHIPPED / TARGET).read_text())
    except (OSError, ValueError):
        return None
    here = binding.get_host_cpu_features()
    able = all(here.get(feature.lstrip("+"), False) for feature in features.split(",") if feature.startswith("+"))
    return (triple, processor, features) if able and triple == binding.get_process_triple() else None


def shipped_folder(module: str) -> str:
    """Folder in SHIPPED of a module's kernels: its package. numba names files by the last part of a module's name, the
    function and its line, of which two packages may have the same.
    """
    return module.rpartition(".")[0]


class CodeCache(caching.FunctionCache):
    """The kept code of one function; `stamp` tells the sources that it was compiled from."""

    _impl_class = _Implementation

    def __init__(self, function: Any, stamp: str) -> None:
        super().__init__(function)
        self._writable = not isinstance(self._impl.locator, _ReadOnlyLocator)
        self._cache_file = _Files(self._cache_path, self._impl.filename_base, stamp)
        self._shipped = _Files(str(SHIPPED / shipped_folder(function.__module__)), self._impl.filename_base, stamp)

    def _keys(self, sig: Any, target_context: Any) -> list[tuple[_Files, Any]]:
        """Where the code for a signature may be, and its key there."""
        key = self._index_key(sig, target_context.codegen())
        target = shipped_target()
        return [(self._cache_file, key), *([(self._shipped, (key[0], target, key[2]))] if target else [])]

    def holds(self, sig: Any, target_context: Any) -> bool:
        """Whether there is code for a signature."""
        return any(key in files._load_index() for files, key in self._keys(sig, target_context))

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Kept or shipped code, or None."""
        with suppress(Exception):
            for files, key in self._keys(sig, target_context):
                if (data := files.load(key)) is not None:
                    return self._impl.rebuild(target_context, data)
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep code if that can be done."""
        if not whole(data):
            return
        if not self._writable:
            _say("no folder for it is writable")
            return
        try:
            super().save_overload(sig, data)
        except Exception as error:  # also of a numba whose inner parts are others
            self._writable = False
            _say((isinstance(error, OSError) and error.strerror) or type(error).__name__)


def keep(compiled: Any, stamp: str) -> None:
    """Let a dispatcher of numba use kept code, and keep what it compiles."""
    try:
        compiled._cache = CodeCache(compiled.py_func, stamp)
    except (RuntimeError, OSError) as error:  # no place at all: the sources are in no folder
        _say(str(error))
    except Exception:  # a numba whose inner parts are others: its own cache serves, for want of better
        with suppress(RuntimeError, OSError):
            compiled.enable_caching()
