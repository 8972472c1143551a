"""Calls kept machine code without numba: LLVM links it, and numba's own C code hands it the arguments.

What numba makes of a kernel is an object file with a function for Python to call. It needs numba's functions in C for
arrays, memory and errors, which stand in three libraries that can be loaded without the rest of numba, and an
`Environment` with the types of arrays that are returned.
"""

# Neither llvmlite nor numba's libraries have types.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import builtins
import ctypes
import pickle
import platform
import sys
from collections.abc import Callable
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from llvmlite import binding

from dedup.runtime.code_cache import Code
from dedup.runtime.table_key import TABLE_KEY, TABLE_KEY_SYMBOL
from dedup.runtime.versions import folder

_UNPICKLE = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_unpickled: dict[bytes, Any] = {}


@_UNPICKLE
def _unpickle(data: int, size: int, _digest: int) -> Any:
    """What kernels hold as a pickle: errors that they raise, the class of arrays that they return."""
    text = ctypes.string_at(data, size)
    if text not in _unpickled:
        _unpickled[text] = pickle.loads(text)  # noqa: S301 - a part of our machine code
    return _unpickled[text]


def _library(name: str) -> Any:
    """A library of numba, without its package around it; numba will find it loaded, should it be needed."""
    if name in sys.modules:
        return sys.modules[name]
    package = folder("numba")
    assert package is not None
    for suffix in EXTENSION_SUFFIXES:
        file = package.joinpath(*name.split(".")[1:]).with_suffix(suffix)
        if file.exists():
            spec = spec_from_file_location(name, file, loader=ExtensionFileLoader(name, str(file)))
            assert spec is not None and spec.loader is not None
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            return sys.modules.setdefault(name, module)
    raise ImportError(name)


def _load_numba() -> None:
    """Let numba find its libraries and add what it adds: how that is done without it was tried on Linux alone."""
    from numba.core.registry import cpu_target
    from numba.core.runtime import rtsys

    rtsys.initialize(cpu_target.target_context)


class _Linker:
    """One engine of LLVM, which holds the code of all kernels."""

    def __init__(self) -> None:
        if sys.platform != "linux":
            _load_numba()
        self._dynfunc = _library("numba._dynfunc")
        self._add_symbols()
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        x86 = platform.machine().lower() in ("x86_64", "amd64", "i386", "i686")
        machine = binding.Target.from_triple(binding.get_process_triple()).create_target_machine(
            cpu=binding.get_host_cpu_name(), reloc="static" if x86 else "default", codemodel="jitdefault", jit=True
        )
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)

    def _add_symbols(self) -> None:
        """What object files ask for by name, as numba would add it."""
        runtime = _library("numba.core.runtime._nrt_python")
        helpers = {"_Py_NoneStruct": id(None), TABLE_KEY_SYMBOL: ctypes.addressof(TABLE_KEY)}
        for library in (_library("numba._helperlib"), self._dynfunc):
            helpers |= {f"numba_{name}": address for name, address in library.c_helpers.items()}
        for name, address in runtime.c_helpers.items():
            helpers[name if name.startswith("_") else f"NRT_{name}"] = address
        for name, value in vars(builtins).items():
            if isinstance(value, type) and issubclass(value, BaseException):
                helpers[f"PyExc_{name}"] = id(value)
        if "numba" not in sys.modules:  # numba's own would load numba
            helpers["numba_unpickle"] = ctypes.cast(_unpickle, ctypes.c_void_p).value or 0
        for name, address in helpers.items():
            binding.add_symbol(name, address)

    def link(self, function: Callable[..., Any], code: Code) -> Callable[..., Any]:
        """What calls the code of a function."""
        self._engine.add_object_file(binding.ObjectFileRef.from_data(code.object))
        self._engine.finalize_object()
        environment = self._dynfunc.Environment({"__name__": function.__module__})
        environment.consts.extend(pickle.loads(code.constants))  # noqa: S301 - a digest goes before it
        place = self._engine.get_global_value_address(code.environment)
        ctypes.c_void_p.from_address(place).value = id(environment)
        made: Callable[..., Any] = self._dynfunc.make_function(
            sys.modules[function.__module__], function.__name__, "machine code",
            self._engine.get_function_address(code.function), environment, (self._engine,),
        )  # fmt: skip
        return made


@cache
def _linker() -> _Linker:
    return _Linker()


def linked(function: Callable[..., Any], code: Code) -> Callable[..., Any]:
    """What calls the machine code of a function. One thread at a time."""
    return _linker().link(function, code)
