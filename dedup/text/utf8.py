"""Letters in UTF-8 and the hash of a word, a letter or eight bytes at a time: what all word kernels are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import uint8

from dedup.runtime.jit import njit

# Arrays are handed to a function once a text, never once a word: numba counts a reference for each (two atomic
# operations, 6 ns), so what works on one word takes integers.
U = np.uint64
_PRIME = U(0x9E3779B97F4A7C15)
START = U(0xD6E8FEB86659FD93)
CASE = U(0x2020202020202020)
_LAST = U(0x10FFFF)


@njit(nogil=True)
def mix(state: Any, block: Any) -> Any:
    """One step of the hash: eight more bytes into the state."""
    product = (state ^ block) * _PRIME
    return product ^ (product >> U(32))


@njit(nogil=True)
def decode(raw: Any) -> Any:
    """The code point that begins in the lowest byte of `raw` (little-endian UTF-8), and its length in bytes.

    Bytes that are no UTF-8 give some code point of the table, whatever they are.
    """
    lead, second = raw & U(0xFF), raw >> U(8) & U(63)
    if lead < U(0x80):
        return lead, U(1)
    if lead < U(0xE0):
        return (lead & U(31)) << U(6) | second, U(2)
    third = raw >> U(16) & U(63)
    if lead < U(0xF0):
        return (lead & U(15)) << U(12) | second << U(6) | third, U(3)
    code = (lead & U(7)) << U(18) | second << U(12) | third << U(6) | (raw >> U(24) & U(63))
    return min(code, _LAST), U(4)


@njit(nogil=True)
def encode(code: Any) -> Any:
    """UTF-8 of a code point as a little-endian integer, and its length in bytes."""
    tail = U(0x80) | (code & U(63))
    if code < U(0x80):
        return code, U(1)
    if code < U(0x800):
        return U(0xC0) | code >> U(6) | tail << U(8), U(2)
    middle = U(0x80) | (code >> U(6) & U(63))
    if code < U(0x10000):
        return U(0xE0) | code >> U(12) | middle << U(8) | tail << U(16), U(3)
    upper = U(0x80) | (code >> U(12) & U(63))
    return U(0xF0) | code >> U(18) | upper << U(8) | middle << U(16) | tail << U(24), U(4)


@njit(nogil=True)
def push(state: Any, pending: Any, count: Any, code: Any) -> Any:
    """One more letter into the hash of a word: its state, the bytes that wait for eight, and their number."""
    code, step = encode(code)
    pending |= code << (count * U(8))
    count += step
    if count >= U(8):
        count -= U(8)
        state = mix(state, pending)
        pending = code >> ((step - count) * U(8)) if count else U(0)
    return state, pending, count


@njit(nogil=True)
def write(out: Any, filled: Any, code: Any) -> Any:
    """UTF-8 of a code point to `out`; returns where the next one goes."""
    code, step = encode(code)
    for byte in range(step):
        out[filled + U(byte)] = uint8(code >> (U(8) * U(byte)) & U(255))
    return filled + step
