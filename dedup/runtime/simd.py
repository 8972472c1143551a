"""Eight steps that numba cannot say in Python: what kernels call.

They are the inner steps of the kernels: an unaligned 8-byte load, counting trailing zeros, the classification of 64
bytes at once, the places in 64 bytes where something may begin, those in sixteen numbers that are the same as one,
sixteen lanes of MinHash, sixteen places of a small net, and reading the key of hash tables. LLVM turns the wide vectors
into whatever the processor has (two AVX2 registers, four NEON ones, …), so results are the same everywhere, those of
the net but for their last digit. `simd_code` has the instructions, which are loaded when a kernel is compiled.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import Any

from dedup.runtime.versions import DIRECT

BLOCK = 64
"""Bytes that `classify` looks at."""
LANES = 16
"""Hashes that `min_affine` works on at once; its input must be padded to a multiple. Places of `add_units`, numbers
of `same_places`."""
UNITS = 4
"""Hidden units of a net that `add_units` works on at once: with eight places of each in a register, half of the sixteen
that most processors have."""
HINTS = ("[{\\|", "urc", "ppe", "igi", "epu", "zue", "ggr", "sby", "pr?m", "pr?v")
"""What `hints` looks for: one of the first, or one of the others in any case; `?` is any byte."""


class Step:
    """One of the steps. Only kernels can call it."""

    def __init__(self, name: str) -> None:
        self._name = name

    @cached_property
    def intrinsic(self) -> Any:
        """What numba makes instructions of."""
        return getattr(import_module("dedup.runtime.simd_code"), self._name)

    def __call__(self, *arguments: Any) -> Any:
        """Raises NotImplementedError."""
        raise NotImplementedError(f"{self._name} is a step of kernels")


def __getattr__(name: str) -> Any:
    """With a numba that was not tried, the steps themselves."""
    if name in _STEPS:
        return getattr(import_module("dedup.runtime.simd_code"), name)
    raise AttributeError(name)


_STEPS = ("load8", "trailing_zeros", "classify", "hints", "same_places", "min_affine", "add_units", "table_key")
if DIRECT:
    load8, trailing_zeros, classify, hints = map(Step, _STEPS[:4])
    same_places, min_affine, add_units, table_key = map(Step, _STEPS[4:])
