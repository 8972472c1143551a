"""numba's `njit`, compiling once what it compiles over and over.

numba makes machine code of each function that a kernel calls, with all that this one calls linked into it, and once
more as part of its caller, and so on up to the kernel: what stands five calls below is optimised six times. Here the
functions within a kernel are translated to LLVM's language alone. They are linked into the kernel, each once, and
optimised there as a whole, which takes half the time and comes to the same code.

Only the code of the function that somebody called is made. One that was compiled as a part of others so far is compiled
by itself when Python calls it. With a numba that was not tried, its own `njit` does all this.
"""

# numba's compiler has no types.
# mypy: disable-error-code="no-untyped-call, misc, untyped-decorator"

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba
from numba import config
from numba.core.typing.typeof import typeof_impl

from dedup.runtime.code_cache import Code
from dedup.runtime.signatures import decoded
from dedup.runtime.versions import TRIED

try:
    from numba.core.codegen import JITCodeLibrary
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.registry import CPUDispatcher
    from numba.core.sigutils import normalize_signature
    from numba.core.types.misc import unliteral

    _KNOWN = numba.version_info[:2] in TRIED
except ImportError:
    _KNOWN = False

_PART = {"no_cpython_wrapper": True}
"""Nobody but other kernels calls it."""
_ALL = {"no_cfunc_wrapper": True}
"""Nobody calls it from C."""


def njit(**options: Any) -> Callable[[Any], Any]:
    """As `numba.njit`, by name of its options."""
    if config.DISABLE_JIT or not _KNOWN:
        return numba.njit(**options)  # type: ignore[no-any-return]
    return lambda function: _Lean(function, targetoptions={"nopython": True, "boundscheck": None} | _ALL | options)


if _KNOWN:

    class _Library(JITCodeLibrary):
        """The code of one function while kernels are compiled: machine code only where it is called from Python."""

        _made = False

        def finalize(self) -> None:
            """No more is added; nothing is optimised yet."""
            self._finalized = True
            for library in self._linking_libraries:
                self._reload_init.update(library._reload_init)

        def _optimize_functions(self, ll_module: Any) -> None:
            """Not yet: they are optimised within their kernel."""
            ll_module.data_layout = self._codegen._data_layout

        def _optimize_final_module(self) -> None:
            """Once. numba runs a cheaper pass first, so that a second one finds more counting of references to leave
            out; here all stands in one module from the beginning, and the kernels are no slower without it.
            """
            passes, builder = self._codegen._module_pass_manager()
            passes.run(self._final_module, builder)

        def get_pointer_to_function(self, name: str) -> int:
            """Address of the machine code; 0 for what is only a part of others."""
            if _Lean.depth > 1 or not (self._made or self._has(name)):
                self._ensure_finalized()
                return 0
            if not self._made:
                self._make()
            return super().get_pointer_to_function(name)  # type: ignore[no-any-return]

        def _has(self, name: str) -> bool:
            try:
                return not self._final_module.get_function(name).is_declaration
            except NameError:
                return False

        def _make(self) -> None:
            """Link all parts, each once, optimise them and make machine code."""
            self._linking_libraries = list(reversed(self._parts({})))
            self._finalized = False
            self._made = True
            super().finalize()

        def _parts(self, found: dict[Any, None]) -> dict[Any, None]:
            """All parts but `found`, each behind those that it calls: LLVM links nothing that nobody has asked for yet,
            so callers come first when they are linked.
            """
            for library in self._linking_libraries:
                if library not in found:
                    if isinstance(library, _Library) and not library._made:
                        library._parts(found)
                    found[library] = None
            return found

    class _Lean(CPUDispatcher):
        """A function that is compiled as a whole when Python calls it, and as a part otherwise."""

        depth = 0
        """Functions that are being compiled, one within the other; `global_compiler_lock` is held for it."""

        def compile(self, sig: Any) -> Any:
            """Compile for a signature, if that is still to be done."""
            with global_compiler_lock, _compiling():
                if _Lean.depth > 1:
                    return self._compile_part(sig)
                args, _ = normalize_signature(sig)
                if args in self.overloads and _is_part(self.overloads[args]):
                    del self.overloads[args]
                return super().compile(sig)

        def _compile_part(self, sig: Any) -> Any:
            """As numba does, without its clocks, which tick 200,000 times, and once for all numbers of a type: numba
            compiles a function anew for each number that stands in a call, and for what it takes for one at first.
            """
            args = tuple(map(unliteral, normalize_signature(sig)[0]))
            if args in self.overloads:
                return self.overloads[args].entry_point
            compiler, options = self._compiler, self._compiler.targetoptions
            compiler.targetoptions = options | _PART
            try:
                with self._compiling_counter:
                    found = compiler.compile(args, None)
            finally:
                compiler.targetoptions = options
            self.add_overload(found)
            return found.entry_point

        def add_overload(self, cres: Any) -> None:
            """Keep what was compiled; Python must not call a part."""
            if _is_part(cres):
                self.overloads[tuple(cres.signature.args)] = cres
            else:
                super().add_overload(cres)

    @contextmanager
    def _compiling() -> Iterator[None]:
        """While it lasts all libraries are ours. Garbage is not looked for: a seventh of the time went into that."""
        codegen = CPUDispatcher.targetdescr.target_context.codegen()
        _Lean.depth += 1
        collected = _Lean.depth == 1 and gc.isenabled()
        if _Lean.depth == 1:
            gc.disable()
            codegen._library_class = _Library
            set_env = codegen.set_env
            codegen.set_env = lambda name, env: codegen._engine.is_symbol_defined(name) and set_env(name, env)
        try:
            yield
        finally:
            _Lean.depth -= 1
            if _Lean.depth == 0:
                del codegen._library_class, codegen.set_env
                if collected:
                    gc.enable()

    def _do_without_scipy() -> None:
        """Have numba load its array functions without scipy, when something is compiled.

        They import scipy.linalg where it is installed, in case somebody compiles linear algebra. No kernel of ours
        does, and it takes a tenth of a second.
        """
        context = CPUDispatcher.targetdescr.target_context
        load = context.load_additional_registries

        def load_lightly() -> None:
            loaded = "scipy.linalg" in sys.modules
            if not loaded:
                sys.modules["scipy.linalg"] = None  # type: ignore[assignment]  # its import fails now, as intended
            try:
                load()
            finally:
                if not loaded:
                    del sys.modules["scipy.linalg"]

        context.load_additional_registries = load_lightly

    _do_without_scipy()

    def _is_part(cres: Any) -> bool:
        return isinstance(cres.library, _Library) and not cres.library._made


def whole(cres: Any) -> bool:
    """Whether machine code was made of what was compiled, so that it can be kept."""
    return not _KNOWN or not _is_part(cres)


def machine_code(dispatcher: Any, signature: str) -> tuple[Callable[..., Any], Code | None]:
    """What calls the machine code of a kernel for a signature (see `signatures`), which is made; and the code to keep,
    None if it cannot be.
    """
    arguments = decoded(signature)
    call = dispatcher.compile(arguments)
    made = dispatcher.overloads[arguments]
    try:
        code = Code(
            made.library._get_compiled_object(), made.fndesc.llvm_cpython_wrapper_name, made.fndesc.env_name,
            pickle.dumps(list(made.environment.consts)),
        )  # fmt: skip
    except Exception:  # a numba whose inner parts are others
        return call, None
    return call, code


def see_through(kind: type, behind: Callable[[Any], Any]) -> None:
    """Have numba take values of a kind, which kernels name, for what stands behind them."""

    @typeof_impl.register(kind)
    def typed(value: Any, _context: Any) -> Any:
        return CPUDispatcher.targetdescr.typing_context.resolve_value_type(behind(value))
