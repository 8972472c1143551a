"""Kernels of blocks: sorted postings in as few bytes as can still be searched without unpacking them.

A posting is key << 32 | number of a document, uint64. A block of them begins with a head of HEAD bytes: how many
postings (4 bytes, the lowest first, as everywhere here), how many keys are written (4), and the bytes that each field
of the three columns takes (1 each): keys, less the first one; where the postings of each key end; the numbers of the
documents. The second column is left out, and a key is written for each posting, where that takes less. Behind the
last block TAIL bytes of no meaning follow: fields are read eight bytes at a time. Arrays and scalars only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.runtime.jit import kernel
from dedup.runtime.simd import load8

U = np.uint64
HEAD = 11
ROOM = 12
"""Bytes that a posting takes at most."""
TAIL = 8


@kernel
def _width(value: Any) -> Any:
    """Bytes of a number."""
    width = 1
    while value >> U(8):
        value >>= U(8)
        width += 1
    return width


@kernel
def _put(out: Any, at: Any, value: Any, width: Any) -> None:
    for _ in range(width):
        out[at] = value & U(255)
        value >>= U(8)
        at += 1


@kernel
def _get(data: Any, at: Any, width: Any) -> Any:
    return load8(data, U(at)) & ((U(1) << U(8 * width)) - U(1))


@kernel
def pack(entries: Any, ends: Any, firsts: Any, out: Any, sizes: Any) -> None:
    """Sorted postings as blocks: block b holds those from `ends[b - 1]` up to `ends[b]`, whose keys are `firsts[b]`
    (uint32) and more, and takes `sizes[b]` bytes of `out` (uint8), behind the block before it.
    """
    at, begin = 0, 0
    for block in range(len(ends)):
        end, different, largest, first = ends[block], 0, U(0), U(firsts[block])
        last = entries[end - 1] >> U(32) if end > begin else first
        for place in range(begin, end):
            largest = max(largest, entries[place] & U(0xFFFFFFFF))
            different += place == begin or entries[place] >> U(32) != entries[place - 1] >> U(32)
        key_width, end_width, number_width = _width(last - first), _width(U(end - begin)), _width(largest)
        if (end - begin) * key_width <= different * (key_width + end_width):
            different, end_width = end - begin, 0
        _put(out, at, U(end - begin), 4)
        _put(out, at + 4, U(different), 4)
        out[at + 8], out[at + 9], out[at + 10] = key_width, end_width, number_width
        keys = at + HEAD
        key_ends = keys + different * key_width
        numbers = key_ends + different * end_width
        for place in range(begin, end):
            key = entries[place] >> U(32)
            _put(out, numbers, entries[place] & U(0xFFFFFFFF), number_width)
            numbers += number_width
            if end_width == 0 or place + 1 == end or entries[place + 1] >> U(32) != key:
                _put(out, keys, key - first, key_width)
                keys += key_width
                _put(out, key_ends, U(place + 1 - begin), end_width)
                key_ends += end_width
        sizes[block] = numbers - at
        at, begin = numbers, end


@kernel
def read_heads(data: Any, ends: Any, heads: Any) -> Any:
    """The heads of blocks, of which block b takes the bytes from `ends[b - 1]` to `ends[b]` of `data`: into `heads`
    (b, 7) where its keys, their ends and its numbers stand, the bytes of each, and how many keys are written.
    Returns how many postings the blocks hold, -1 when one is not what `pack` wrote.
    """
    total: Any = 0
    at: Any = 0
    for block in range(len(ends)):
        stop: Any = ends[block]
        if stop - at < HEAD:
            return -1
        count, written = np.int64(_get(data, at, 4)), np.int64(_get(data, at + 4, 4))
        key_width, end_width = np.int64(data[at + 8]), np.int64(data[at + 9])
        number_width = np.int64(data[at + 10])
        keys: Any = at + HEAD
        key_ends = keys + written * key_width
        numbers = key_ends + written * end_width
        if max(key_width, end_width, number_width) > 4 or numbers + count * number_width != stop:
            return -1
        if written > count or (end_width == 0 and written != count) or min(key_width, number_width) == 0:
            return -1
        heads[block, 0], heads[block, 1], heads[block, 2] = keys, key_ends, numbers
        heads[block, 3], heads[block, 4], heads[block, 5] = key_width, end_width, number_width
        heads[block, 6] = written
        total += count
        at = stop
    return total


@kernel
def unpack(data: Any, heads: Any, firsts: Any, out: Any) -> Any:
    """All postings of blocks whose first keys are `firsts` (uint32); returns how many, -1 when a block is none."""
    total = 0
    for block in range(len(heads)):
        keys, key_ends, numbers, key_width, end_width, number_width, written = heads[block]
        first = U(firsts[block])
        begin: Any = 0
        end: Any = 0
        for place in range(written):
            key = first + _get(data, keys + place * key_width, key_width) << U(32)
            end = np.int64(_get(data, key_ends + place * end_width, end_width)) if end_width else place + 1
            if end <= begin or total + end - begin > len(out) or numbers + end * number_width > len(data) - TAIL:
                return -1
            for posting in range(begin, end):
                out[total] = key | _get(data, numbers + posting * number_width, number_width)
                total += 1
            begin = end
    return total


@kernel
def find(data: Any, heads: Any, firsts: Any, blocks: Any, keys: Any, limit: Any, places: Any, counts: Any) -> None:
    """Where the postings of each of some sorted keys stand: key k, if at all, in the block `blocks[k]` (-1: nowhere).
    Into `places` (k,) int64 goes the byte of the first of them, into `counts` how many, at most the `limit` last ones.
    """
    for number in range(len(keys)):
        counts[number] = places[number] = 0
        if blocks[number] < 0:
            continue
        there, key_ends, numbers, key_width, end_width, number_width, written = heads[blocks[number]]
        wanted = U(keys[number]) - U(firsts[blocks[number]])
        low, high = 0, written
        while low < high:
            middle = (low + high) // 2
            if _get(data, there + middle * key_width, key_width) < wanted:
                low = middle + 1
            else:
                high = middle
        if low == written or _get(data, there + low * key_width, key_width) != wanted:
            continue
        begin: Any = low
        end: Any = low + 1
        if end_width:
            begin = np.int64(_get(data, key_ends + (low - 1) * end_width, end_width)) if low else 0
            end = np.int64(_get(data, key_ends + low * end_width, end_width))
        else:
            while end < written and _get(data, there + end * key_width, key_width) == wanted:
                end += 1
        if end <= begin or numbers + end * number_width > len(data) - TAIL:
            continue
        begin = max(begin, end - limit)
        places[number], counts[number] = numbers + begin * number_width, end - begin


@kernel
def append(data: Any, heads: Any, blocks: Any, places: Any, counts: Any, ends: Any, out: Any) -> None:
    """Copy the numbers that `find` found to `out` (uint32), those of key k to `ends[k]` and on, which moves behind."""
    for number in range(len(blocks)):
        at, place = ends[number], places[number]
        if counts[number] == 0:
            continue
        width = heads[blocks[number], 5]
        for _ in range(counts[number]):
            out[at] = _get(data, place, width)
            at += 1
            place += width
        ends[number] = at
