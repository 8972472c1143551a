"""Functions that run as machine code. numba is loaded where something has to be compiled, and nowhere else.

Loading numba takes longer than all that a scan of a few texts does. What it is needed for is compiling: machine code
that was kept can be called without it (`linker`), if it is known which kept code belongs to the types of a call
(`signatures`). So a function here is only a note of what numba is to compile, until somebody asks for its `dispatcher`.
With a numba that was not tried, numba does all this itself, keeping code included.
"""

# numba's decorators have no types.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache, cached_property, update_wrapper
from importlib import import_module
from pathlib import Path
from threading import RLock
from typing import Any

from dedup.runtime import code_cache
from dedup.runtime.signatures import UnknownTypeError, kinds_of, signature_of
from dedup.runtime.simd import Step
from dedup.runtime.versions import DIRECT, DISABLED

PACKAGE = Path(__file__).resolve().parent.parent
_lock = RLock()
"""Held while code is looked for, linked or compiled."""


def stamped() -> list[Path]:
    """The sources of all kernels, and of the tuples that they take."""
    others = {
        "runtime": ("simd", "simd_code", "compiler", "hash_tables"),
        "text": ("utf8", "lookalikes", "words", "unicode_table", "sentences"),
        "align": ("figures",),
        "phrasing/suggest": ("rewording_table",),
    }
    files = [PACKAGE / folder / f"{name}.py" for folder, names in others.items() for name in names]
    return files + sorted(PACKAGE.rglob("*kernel*.py"))


@cache
def stamp() -> str:
    """Digest of everything that is compiled: code of many files goes into one kernel, and installed packages may all
    have the same time.
    """
    return hashlib.sha256(b"".join(file.read_bytes() for file in stamped())).hexdigest()


class Function:
    """A function that numba compiles as a part of kernels, or by itself when Python calls it."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        update_wrapper(self, function)
        self.py_func, self.options = function, options

    @cached_property
    def dispatcher(self) -> Any:
        """What numba makes of it."""
        return _compiler().njit(**self.options)(self.py_func)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Compile it by itself, in every process anew."""
        return self.dispatcher(*arguments, **named)

    def __reduce__(self) -> tuple[Any, ...]:
        """By name: another process has the same module."""
        return _named, (self.py_func.__module__, self.py_func.__qualname__)


class Kernel(Function):
    """A function that Python calls, whose machine code is kept."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        super().__init__(function, options)
        self._calls: dict[Any, Callable[..., Any]] = {}
        self._made: dict[str, Callable[..., Any]] = {}
        self.compiled: list[str] = []
        """Signatures that no code was kept for, in this process."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the machine code for the types of the arguments. Unlike numba's, it takes them by place alone."""
        if named:
            raise TypeError(f"{self.py_func.__name__}() takes no arguments by name")
        try:
            call = self._calls[kinds_of(arguments)]
        except KeyError:
            call = self._prepare(arguments)
        except UnknownTypeError:  # what kernels do not take: numba says so
            return self.dispatcher(*arguments)
        return call(*arguments)

    def _prepare(self, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        kinds = kinds_of(arguments)
        with _lock:
            if kinds not in self._calls:
                signature = signature_of(kinds)  # several kinds may have the same
                if signature not in self._made:
                    self._made[signature] = self._machine_code(signature)
                self._calls[kinds] = self._made[signature]
            return self._calls[kinds]

    def _machine_code(self, signature: str) -> Callable[..., Any]:
        """Kept or shipped code for a signature, or new."""
        code = code_cache.load(self._name, stamp(), signature)
        if code is not None:
            with suppress(Exception):  # a numba whose inner parts are others: as if there were none
                from dedup.runtime import linker

                return linker.linked(self.py_func, code)
        return self.compile(signature)

    def compile(self, signature: str) -> Callable[..., Any]:
        """Make the machine code for a signature, and keep it."""
        with _lock:
            self.compiled.append(signature)
            call, code = _compiler().machine_code(self.dispatcher, signature)
        if code is not None:
            code_cache.save(self._name, stamp(), signature, code)
        return call

    def kept(self, signature: str) -> bool:
        """Whether there is code for a signature."""
        return code_cache.holds(self._name, stamp(), signature)

    @property
    def _name(self) -> str:
        return f"{self.py_func.__module__}.{self.py_func.__name__}"


@cache
def _compiler() -> Any:
    """What knows numba, with all that kernels are made of: numba looks for steps when it begins to compile."""
    from dedup.runtime import compiler, simd_code  # noqa: F401

    compiler.see_through(Function, lambda function: function.dispatcher)
    compiler.see_through(Step, lambda step: step.intrinsic)
    return compiler


def _named(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


def njit(**options: Any) -> Callable[[Any], Any]:
    """As `numba.njit`, by name of its options; the function is a part of kernels."""
    if not DIRECT:
        import numba

        return numba.njit(**options)
    return lambda function: Function(function, options)


def kernel(function: Any) -> Any:
    """Compile without the GIL, and keep the machine code for the next run."""
    if DIRECT:
        return Kernel(function, {"nogil": True})
    import numba

    compiled = numba.njit(nogil=True)(function)
    if not DISABLED:
        code_cache.keep_by_numba(compiled)
    return compiled
