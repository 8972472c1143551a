"""Types of arguments: of values, as text, and as numba has them.

As text: int64, uint8[1Cr] for an array of one dimension, contiguous, read-only, tuples as (int64,uint8[1C]), and such
with names as package.module:Class(int64,uint8[1C]).
"""

# numba's types have no types.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import numpy as np

_ARRAY = re.compile(r"(\w+)\[(\d)(\w)(r?)\]")
_C, _F, _ALIGNED, _WRITABLE = 0x1, 0x2, 0x100, 0x400
"""Flags of arrays, as NumPy has them in C."""
_NDARRAY = np.ndarray
_TOLD = _C | _F | _ALIGNED | _WRITABLE
_SCALARS = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.float32, np.float64)
_NAMES: dict[type, str] = {kind: kind.__name__ for kind in _SCALARS}
_NAMES |= {bool: "bool", np.bool_: "bool", float: "float64"}
_KINDS = frozenset(np.dtype(kind) for kind in (*_SCALARS, np.bool_))


class UnknownTypeError(Exception):
    """A value of a kind that kernels are not called with."""


def kinds_of(values: Iterable[Any]) -> tuple[Any, ...]:
    """The types of values, as something that can be looked up quickly: each call of a kernel asks. Raises
    UnknownTypeError.
    """
    found: list[Any] = []
    for value in values:
        kind = type(value)
        if kind is _NDARRAY:
            found.append((value.dtype, value.ndim, value.flags.num & _TOLD))
        elif kind in _NAMES:
            found.append(kind)
        elif kind is int:
            found.append(_integer(value))
        elif isinstance(value, tuple):
            found.append((kind, kinds_of(value)))
        elif isinstance(value, np.ndarray):  # a file that is mapped
            found.append((value.dtype, value.ndim, value.flags.num & _TOLD))
        else:
            raise UnknownTypeError
    return tuple(found)


def _integer(value: int) -> str:
    if not -(1 << 63) <= value < 1 << 64:
        raise UnknownTypeError
    return "int64" if value < 1 << 63 else "uint64"


def signature_of(kinds: Iterable[Any]) -> str:
    """The types that `kinds_of` told, as text. Raises UnknownTypeError."""
    return " ".join(map(_text, kinds))


def _text(kind: Any) -> str:
    if isinstance(kind, str):
        return kind
    if isinstance(kind, type):
        return _NAMES[kind]
    if len(kind) == 2:
        of, parts = kind
        name = "" if of is tuple else f"{of.__module__}:{of.__qualname__}"
        return f"{name}({','.join(map(_text, parts))})"
    dtype, dimensions, flags = kind
    if dtype not in _KINDS or not flags & _ALIGNED or not dtype.isnative:
        raise UnknownTypeError
    layout = "C" if flags & _C else "F" if flags & _F else "A"
    return f"{dtype.name}[{dimensions}{layout}{'' if flags & _WRITABLE else 'r'}]"


def encoded(types: Iterable[Any]) -> str:
    """Types of numba as text."""
    return " ".join(map(_encoded, types))


def _encoded(kind: Any) -> str:
    if hasattr(kind, "layout"):
        return f"{kind.dtype}[{kind.ndim}{kind.layout}{'' if kind.mutable else 'r'}]"
    if not hasattr(kind, "types"):
        return str(kind)
    named = getattr(kind, "instance_class", None)
    name = f"{named.__module__}:{named.__qualname__}" if named else ""
    return f"{name}({','.join(map(_encoded, kind.types))})"


def decoded(signature: str) -> tuple[Any, ...]:
    """Types of numba from text."""
    return tuple(map(_decoded, signature.split()))


def _decoded(text: str) -> Any:
    from numba import types

    name, opened, inside = text.partition("(")
    if opened:
        parts, depth = [""], 0
        for letter in inside[:-1]:
            depth += (letter == "(") - (letter == ")")
            if letter == "," and not depth:
                parts.append("")
            else:
                parts[-1] += letter
        module, _, named = name.partition(":")
        cls = getattr(import_module(module), named) if named else None
        return types.BaseTuple.from_types(tuple(map(_decoded, filter(None, parts))), cls)
    if found := _ARRAY.fullmatch(text):
        dtype, ndim, layout, readonly = found.groups()
        return types.Array(_scalar(dtype), int(ndim), layout, readonly=bool(readonly))
    return _scalar(text)


def _scalar(name: str) -> Any:
    from numba import types

    return getattr(types, "boolean" if name == "bool" else name)
