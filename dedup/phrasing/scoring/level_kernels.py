"""N-grams of a text looked up in a reference: one quantised count (a level) for each place of its stream, and order.

Each n-gram is looked up once, though it says something of every word that it holds. Whatever is computed from counts
can be a table over the 256 levels. Keys are made before anything is looked up, so that look-ups do not wait for one
another, and a bucket is compared as a whole, without branches. Arrays and scalars, and NamedTuples of them, only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import REMAINDER
from dedup.runtime.hash_tables import find_slot
from dedup.runtime.jit import kernel, njit
from dedup.runtime.simd import LANES, same_places, trailing_zeros
from dedup.text.words import mix

U = np.uint64
EXACT, STEP = 16, float(np.log(2.0**32 / 16) / 239)
"""As in `phrasing.reference.model.LEVELS`: counts up to EXACT are exact, then each level is STEP (in nats) more."""


class Grams(NamedTuple):
    """A table of n-grams, as `phrasing.reference.model.Table` has it."""

    offsets: NDArray[np.uint32]
    remainders: NDArray[np.uint16]
    """(n + LANES,), for so many are compared at once: a bucket holds eight on average, and one in 300 more than 16."""
    counts: NDArray[np.uint8]
    """(n + 1,)"""
    shift: np.uint64


class Own(NamedTuple):
    """N-grams that the table is to forget, open-addressed; one place for none."""

    keys: NDArray[np.uint64]
    counts: NDArray[np.int32]


NOTHING = Own(np.zeros(1, np.uint64), np.zeros(1, np.int32))
"""Nothing is to be forgotten."""


@njit(nogil=True)
def level(key: Any, grams: Any) -> Any:
    """Level of an n-gram, 0 for none."""
    bucket = key >> grams.shift
    at, size = U(grams.offsets[bucket]), U(grams.offsets[bucket + U(1)] - grams.offsets[bucket])
    wanted = np.uint16(key >> (grams.shift - REMAINDER) & U(0xFFFF))
    while True:
        here = same_places(grams.remainders, at, wanted)
        if size < U(LANES):
            here &= (U(1) << size) - U(1)
        if here or size <= U(LANES):
            break
        at, size = at + U(LANES), size - U(LANES)
    return grams.counts[at + trailing_zeros(here)] if here else np.uint8(0)


@njit(nogil=True)
def less(found: Any, key: Any, own: Any) -> Any:
    """A level less what is to be forgotten; what would then be left as a single occurrence is none, as in all
    references.
    """
    slot = find_slot(own.keys, key, U(len(own.keys) - 1))
    if own.keys[slot] == U(0):
        return found
    count = float(found) if found <= EXACT else EXACT * np.exp((found - EXACT) * STEP)
    count -= own.counts[slot]
    if count < 1.5:
        return np.uint8(0)
    if count <= EXACT:
        return np.uint8(count + 0.5)
    return np.uint8(EXACT + np.log(count / EXACT) / STEP + 0.5)


@njit(nogil=True)
def stream_keys(stream: Any, codes: Any, pairs: Any, skips: Any, triples: Any) -> None:
    """Keys of the n-grams that end at each place of a stream from the third on: see
    `phrasing.reference.kernels.pair_key` …
    """
    one, two = codes[stream[0]], codes[stream[1]]
    pair_of, skip_of = mix(U(2), two), mix(U(5), one)
    triple_of = mix(mix(U(3), one), two)
    for at in range(2, len(stream)):
        code = codes[stream[at]]
        pairs[at] = mix(mix(pair_of, code), U(2))
        skips[at] = mix(mix(skip_of, code), U(5))
        triples[at] = mix(mix(triple_of, code), U(3))
        triple_of = mix(mix(U(3), two), code)
        skip_of = mix(U(5), two)
        pair_of = mix(U(2), code)
        two = code


@njit(nogil=True)
def look_up_keys(keys: Any, begin: Any, end: Any, grams: Any, own: Any, places: Any, out: Any) -> None:
    """Levels of keys `begin` to `end`. `places` (n,) uint64 is scratch.

    One step for all keys, then the next: what a step waits for (memory) is not waited for in turn.
    """
    offsets, remainders, counts, shift = grams.offsets, grams.remainders, grams.counts, grams.shift
    none = U(len(counts) - 1)
    for at in range(begin, end):
        bucket = keys[at] >> shift
        first = U(offsets[bucket])
        size = U(offsets[bucket + U(1)]) - first
        places[at] = first << U(16) | min(size, U(0xFFFF))
    for at in range(begin, end):
        first, size = places[at] >> U(16), places[at] & U(0xFFFF)
        wanted = np.uint16(keys[at] >> (shift - REMAINDER) & U(0xFFFF))
        here = same_places(remainders, first, wanted) & ((U(1) << min(size, U(LANES))) - U(1))
        # half of all keys are there, in no order: a branch would be guessed wrong every other time
        held = U(0) - U(here != U(0))
        places[at] = ((first + trailing_zeros(here)) & held) | (none & ~held)
        if size > U(LANES) and here == U(0):
            places[at] = _behind(first + U(LANES), size - U(LANES), wanted, grams)
    for at in range(begin, end):
        out[at] = counts[places[at]]
    if len(own.keys) > 1:
        for at in range(begin, end):
            if out[at]:
                out[at] = less(out[at], keys[at], own)


@njit(nogil=True)
def _behind(at: Any, size: Any, wanted: Any, grams: Any) -> Any:
    """The place of a remainder in the rest of a bucket, the last one of all (with no count) for none."""
    while True:
        here = same_places(grams.remainders, at, wanted)
        if size < U(LANES):
            here &= (U(1) << size) - U(1)
        if here:
            return at + trailing_zeros(here)
        if size <= U(LANES):
            return U(len(grams.counts) - 1)
        at, size = at + U(LANES), size - U(LANES)


@kernel
def levels_of(stream: Any, codes: Any, grams: Any, own: Any, keys: Any, out: Any) -> None:
    """Levels (3, n) uint8 of pairs, skips and triples that end at each place of a stream; `keys` (4, n) is scratch."""
    stream_keys(stream, codes, keys[0], keys[1], keys[2])
    for order in range(3):
        look_up_keys(keys[order], 2, len(stream), grams, own, keys[3], out[order])
