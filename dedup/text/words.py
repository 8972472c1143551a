"""Word kernels: UTF-8 bytes in, one 64-bit hash a word out.

What a word is: a run of letters and digits of any script with their marks; case is folded. Invisible characters (soft
hyphen, zero-width space, …) are passed over wherever they stand. Anything else ends a word, an apostrophe too: "don't"
and "don’t" are two words each, the same two. Scripts without spaces (Chinese, Japanese, Thai, …) give one word a
character, with its marks.

Fast path: 64 bytes are classified at once, runs of ASCII letters and digits are lower-cased (bit 0x20, which digits
have anyway) and hashed eight bytes a step. A run that holds anything else goes through `slow_word`,
character by character, and gives the same hash for the same folded word. A text whose canonical form may differ from
what stands in the bytes (combining marks, ligatures) is marked: normalise it (NFKC) and hash it again.

Buffers are uint8 arrays with at least `packing.PAD` bytes before the first and after the last text; all integers inside
kernels are unsigned, so that indexing needs no test for negative values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, uint8, uint32

from dedup.text.simd import BLOCK, classify, kernel, load8, trailing_zeros
from dedup.text.unicode_table import (
    CLASS_SHIFT,
    FOLD_MASK,
    IGNORED,
    MARK,
    SEPARATOR,
    SINGLE,
)

VERSION = 1
"""Raised whenever the same text may give other words or other hashes."""
# Arrays are handed to a function once a text, never once a word: numba counts a reference for each (two atomic
# operations, 6 ns), so what works on one word takes integers.
U = np.uint64
_PRIME = U(0x9E3779B97F4A7C15)
START = U(0xD6E8FEB86659FD93)
CASE = U(0x2020202020202020)
_ALL = U(0xFFFFFFFFFFFFFFFF)
_END = np.uint32(0xFFFFFFFF)
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
def _encode(code: Any) -> Any:
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


@kernel
def slow_word(buffer: Any, at: Any, end: Any, stage1: Any, stage2: Any, out: Any, filled: Any) -> Any:
    """The next word in [at, end), any script: (hash or 0, where it begins, position after it, table bits seen, bytes
    in `out`).

    The folded word is also written to `out` from `filled` on, unless `out` is empty.
    """
    state, pending, count, begin = START, U(0), U(0), at
    inside, single = False, False
    seen = U(0)
    while at < end:
        code, step = decode(load8(buffer, at))
        entry = U(stage2[U(stage1[code >> U(8)]) * U(256) + (code & U(255))])
        seen |= entry
        kind = entry >> U(CLASS_SHIFT) & U(7)
        folded = entry & U(FOLD_MASK)
        if kind == U(IGNORED) or (kind == U(MARK) and not inside):
            at += step
            continue
        if kind == U(SEPARATOR):
            if inside:
                break
            at += step
            continue
        if inside and kind != U(MARK) and (single or kind == U(SINGLE)):
            break
        if not inside:
            inside, begin = True, at
        single |= kind == U(SINGLE)
        at += step
        code, step = _encode(folded)
        if U(len(out)):
            for byte in range(step):
                out[filled + U(byte)] = uint8(code >> (U(8) * U(byte)) & U(255))
            filled += step
        pending |= code << (count * U(8))
        count += step
        if count >= U(8):
            count -= U(8)
            state = mix(state, pending)
            pending = code >> ((step - count) * U(8)) if count else U(0)
    if not inside:
        return U(0), begin, at, seen, filled
    if count:
        state = mix(state, pending)
    return state, begin, at, seen, filled


@njit(nogil=True)
def _short_word(low: Any, high: Any, size: Any) -> Any:
    """Hash of 1 to 16 ASCII letters and digits, given 16 bytes. No branch: word lengths cannot be predicted."""
    bits = size << U(3)
    more = U(0) - U(size > U(8))
    low = (low | CASE) & (_ALL >> (U(64) - min(bits, U(64))))
    high = (high | CASE) & (_ALL >> ((U(128) - bits) & U(63)))
    state = mix(START, low)
    return state ^ ((state ^ mix(state, high)) & more)


@njit(nogil=True)
def _runs(buffer: Any, start: Any, end: Any, edges: Any, specials: Any) -> Any:
    """Where runs of word bytes begin and end (alternating, relative to `start`), and the bytes that are no ASCII."""
    edge_count, special_count, carry = U(0), U(0), U(0)
    at = start
    while at < end:
        word, special = classify(buffer, at)
        if end - at < U(BLOCK):
            inside = (U(1) << (end - at)) - U(1)
            word &= inside
            special &= inside
        flips = word ^ (word << U(1) | carry)
        carry = word >> U(63)
        while flips:
            edges[edge_count] = uint32(at - start + trailing_zeros(flips))
            edge_count += U(1)
            flips &= flips - U(1)
        while special:
            specials[special_count] = uint32(at - start + trailing_zeros(special))
            special_count += U(1)
            special &= special - U(1)
        at += U(BLOCK)
    if carry:
        edges[edge_count] = uint32(end - start)
        edge_count += U(1)
    specials[special_count] = _END
    return edge_count


@kernel
def word_hashes(
    buffer: Any, start: Any, end: Any, stage1: Any, stage2: Any, edges: Any, specials: Any, out: Any, spans: Any
) -> Any:
    """Hashes of the words in `buffer[start:end]` into `out`; returns (their number, 1 if the text needs NFKC).

    `edges` and `specials` are uint32 scratch of at least end - start + 2, `out` uint64 of at least
    (end - start) / 2 + 2. `spans` gets begin and end of each word, in bytes from `start`: (as long as `out`, 2)
    uint32, or (0, 2) where they are not wanted.
    """
    edge_count = _runs(buffer, start, end, edges, specials)
    count, seen, special = U(0), U(0), U(0)
    nothing = np.empty(0, np.uint8)
    keep = len(spans) > 0
    for index in range(U(0), edge_count, U(2)):
        begin, stop = U(edges[index]), U(edges[index + U(1)])
        if U(specials[special]) >= stop:
            at, size = start + begin, stop - begin
            if size <= U(16):
                state = _short_word(load8(buffer, at), load8(buffer, at + U(8)), size)
            else:
                state = START
                while size >= U(8):
                    state = mix(state, load8(buffer, at) | CASE)
                    at += U(8)
                    size -= U(8)
                if size:
                    state = mix(state, (load8(buffer, at) | CASE) & ((U(1) << (size << U(3))) - U(1)))
            out[count] = state
            if keep:
                spans[count, 0] = uint32(begin)
                spans[count, 1] = uint32(stop)
            count += U(1)
            continue
        while U(specials[special]) < stop:
            special += U(1)
        at = start + begin
        while at < start + stop:
            word, first, at, bits, _ = slow_word(buffer, at, start + stop, stage1, stage2, nothing, U(0))
            seen |= bits
            out[count] = word
            if keep:
                spans[count, 0] = uint32(first - start)
                spans[count, 1] = uint32(at - start)
            count += U(word != U(0))
    return count, seen >> U(31)


@kernel
def fold_words(buffer: Any, start: Any, end: Any, stage1: Any, stage2: Any, out: Any) -> Any:
    """The folded words of `buffer[start:end]` joined by one space, into `out` (uint8, 4 bytes for each of the text).

    Returns the number of bytes. Two texts are exact copies when these bytes are the same.
    """
    filled, at = U(0), start
    while at < end:
        gap = filled
        if filled:
            out[filled] = uint8(32)
            filled += U(1)
        word, _, at, _, filled = slow_word(buffer, at, end, stage1, stage2, out, filled)
        if word == U(0):
            filled = gap
    return filled
