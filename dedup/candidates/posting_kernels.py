"""Kernels of posting lists: which documents share keys, pair by pair, whatever else there is.

A posting is key << 32 | number of a document, uint64; lists of them are sorted. Arrays, scalars and
NamedTuples of them only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.runtime.jit import kernel

U = np.uint64
SLOTS = (1 << 15) - 1
"""Bits of a document's number that choose its slot, see `_sift`."""
CERTAIN = 4
"""Shared keys from which the length of the longer text does not matter."""
LARGE = 3.0
"""Nor does it where one in so many keys of the shorter text is shared: one sentence of a report."""


@kernel
def find_runs(entries: Any, keys: Any, limit: Any, firsts: Any, counts: Any) -> Any:
    """Where the postings of each key stand: for sorted, distinct `keys` (k,) uint32 the first of them in `entries`
    (`firsts` (k,) int64) and their number (`counts` (k,) int64), at most the `limit` last ones. Returns the sum.
    """
    total, place, count = 0, 0, len(entries)
    for number in range(len(keys)):
        key = U(keys[number]) << U(32)
        step = 1
        while place + step < count and entries[place + step] < key:  # gallop: keys stand far apart, or side by side
            step *= 2
        low, high = place, min(place + step + 1, count)
        while low < high:
            middle = (low + high) // 2
            if entries[middle] < key:
                low = middle + 1
            else:
                high = middle
        place = low
        end = place
        while end < count and entries[end] >> U(32) == U(keys[number]):
            end += 1
        firsts[number] = max(place, end - limit)
        counts[number] = end - firsts[number]
        total += counts[number]
        place = end
    return total


@kernel
def append_runs(entries: Any, firsts: Any, counts: Any, places: Any, out: Any) -> None:
    """Copy the numbers of the postings that `find_runs` found to `out` (uint32), those of key k to `places[k]` and on;
    `places` (k,) int64 moves to the end of what was copied.
    """
    for number in range(len(firsts)):
        at = places[number]
        for place in range(firsts[number], firsts[number] + counts[number]):
            out[at] = entries[place] & U(0xFFFFFFFF)
            at += 1
        places[number] = at


@kernel
def set_bits(entries: Any, shift: Any, bits: Any) -> None:
    """Set the bit of each posting's key in `bits` (uint8, eight to a byte): that of the bits above `shift`."""
    for place in range(len(entries)):
        value = entries[place] >> shift
        bits[value >> U(3)] |= np.uint8(U(1) << (value & U(7)))


@kernel
def _wider(array: Any) -> Any:
    """The same with room for as much again."""
    found = np.empty(2 * len(array), array.dtype)
    found[: len(array)] = array
    return found


@kernel
def _border(chosen: Any, counters: Any, most: Any) -> Any:
    """Least count of the `most` documents with the largest ones, and how many of that count are too many; `chosen` are
    numbers doubled, see `sharing`.
    """
    border, spare = np.int64(0), np.int64(0)
    if len(chosen) > most:
        ordered = counters[chosen >> 1]
        ordered.sort()
        border = np.int64(ordered[len(chosen) - most])
        for at in range(len(chosen) - most):
            spare += ordered[at] == border
    return border, spare


@kernel
def _enough(share: Any, slack: Any, least: Any, fewer: Any, crowded: Any, count: Any, rare: Any) -> Any:
    """Whether two documents share enough keys: `count` in all, `rare` of those that are not `crowded`."""
    if count >= share * fewer - slack and count >= least:
        return True
    return crowded > 0 and rare >= max(share * (fewer - crowded) - slack, least, 2)


class Asked(NamedTuple):
    """The q documents asked about."""

    keys: NDArray[np.int64]
    """Indices of runs."""
    ends: NDArray[np.int64]
    """(q,) where those of each document end."""
    own: NDArray[np.int64]
    """(q,) its own number, which is passed over."""
    bounds: NDArray[np.int64]
    """(q,) numbers below this one are looked at."""
    held: NDArray[np.int32]
    """(q,) keys that it has."""


class Runs(NamedTuple):
    """Documents of each key."""

    ends: NDArray[np.int64]
    """Run r is `numbers[ends[r] : ends[r + 1]]`, ascending."""
    numbers: NDArray[np.uint32]
    limit: int
    """So many of each are looked at, the last ones."""


class Enough(NamedTuple):
    """How many keys two documents must share."""

    share: float
    """Part of the keys of the one that has fewer,"""
    slack: float
    """less this,"""
    least: int
    """and at least so many."""
    faintest: float
    """Share of what is found too, and marked,"""
    fewest: int
    """if at least so many are shared that are not crowded."""
    of_more: float
    """Part of the keys of the one that has more, see CERTAIN and LARGE; for what is marked, however many are shared."""
    most: int
    """Documents found for one at most: those that share most, of these the latest."""


class Shared(NamedTuple):
    """Pairs found, with room for q * most."""

    asked: NDArray[np.int64]
    """Place of the document asked about."""
    found: NDArray[np.int64]
    """Number of the other, ascending for each document."""
    counts: NDArray[np.int64]
    """Keys shared."""
    faint: NDArray[np.bool_]


@kernel
def _window(runs: Any, key: Any, bound: Any) -> Any:
    """Where the documents of a key stand that are looked at: the latest ones below `bound`."""
    begin, end = runs.ends[key], runs.ends[key + 1]
    if end > begin and runs.numbers[end - 1] >= bound:
        end = begin + np.searchsorted(runs.numbers[begin:end], bound)
    return max(begin, end - runs.limit), end


@kernel
def _find_windows(asked: Any, place: Any, start: Any, runs: Any, windows: Any) -> None:
    """Where the documents stand that are looked at for each key of the one at `place`, whose keys begin at `start`:
    into `windows` (keys, 2).
    """
    for at in range(start, asked.ends[place]):
        windows[at - start, 0], windows[at - start, 1] = _window(runs, asked.keys[at], asked.bounds[place])


@kernel
def _sift(numbers: Any, windows: Any, sieve: Any) -> None:
    """Count the documents in `windows` in few slots, which fit the first cache: none is there more often than its slot
    was counted.
    """
    for at in range(len(windows)):
        for entry in range(windows[at, 0], windows[at, 1]):
            slot = numbers[entry] & SLOTS
            sieve[slot] += sieve[slot] < 255


@kernel
def _touch(
    asked: Any, place: Any, runs: Any, windows: Any, floor: Any, sieve: Any, counters: Any, touched: Any, rare: Any
) -> Any:
    """Count the keys that each document shares with the one at `place`, as far as it may share `floor`.

    Returns how many documents there are, how many of the keys are crowded, the numbers of the documents (`touched`, or
    a larger array), and for each the keys shared that are not crowded (`rare`).
    """
    size, crowded, bound = 0, 0, asked.bounds[place]
    for crowds in range(2):
        for at in range(len(windows)):
            begin, end = windows[at]
            if (end - begin >= runs.limit) != (crowds == 1):
                continue
            crowded += crowds
            for entry in range(begin, end):
                number = np.int64(runs.numbers[entry])
                if floor > 1 and sieve[number & SLOTS] < floor:
                    continue
                if number >= bound or number == asked.own[place]:  # a damaged run may not ascend
                    continue
                if counters[number] == 0:
                    if size == len(touched):
                        touched, rare = _wider(touched), _wider(rare)
                    touched[size], rare[size] = number, 0
                    size += 1
                counters[number] += counters[number] < 65535
        if crowds == 0:
            for at in range(size):
                rare[at] = counters[touched[at]]
    return size, crowded, touched, rare


@kernel
def _most_keys(ends: Any) -> Any:
    """Keys of the document that has most."""
    found, start = np.int64(0), np.int64(0)
    for end in ends:
        found, start = max(found, end - start), end
    return found


@kernel
def sharing(asked: Any, runs: Any, held_there: Any, rule: Any, counters: Any, out: Any) -> Any:
    """Documents that share enough keys with each of those asked about; returns how many pairs.

    `asked` is `Asked`, `runs` `Runs`, `rule` `Enough`, `out` `Shared`; `held_there` (by number) are how many keys the
    others have. A key that `limit` documents hold tells little, and hides those before them: it is enough to share such
    a part of the other keys, two at least. `counters` (by number) is uint16, zero before and after.
    """
    total, start = 0, 0
    share, slack, least, faintest, fewest, of_more, most = rule
    floor = min(least, fewest, 255)
    touched, rare = np.empty(1024, np.int64), np.empty(1024, np.int64)
    every, sieve = np.empty((_most_keys(asked.ends), 2), np.int64), np.zeros(SLOTS + 1, np.uint8)
    for place in range(len(asked.ends)):
        windows = every[: asked.ends[place] - start]
        _find_windows(asked, place, start, runs, windows)
        start = asked.ends[place]
        if floor > 1:
            _sift(runs.numbers, windows, sieve)
        size, crowded, touched, rare = _touch(asked, place, runs, windows, floor, sieve, counters, touched, rare)
        if floor > 1:
            sieve[:] = 0
        good = 0
        for at in range(size):
            number = touched[at]
            fewer, count = min(asked.held[place], held_there[number]), counters[number]
            more = max(asked.held[place], held_there[number])
            part = count >= min(of_more * more, fewer / LARGE)
            if (part or count >= CERTAIN) and _enough(share, slack, least, fewer, crowded, count, rare[at]):
                touched[good] = 2 * number
                good += 1
            elif part and rare[at] >= fewest and _enough(faintest, slack, least, fewer, crowded, count, rare[at]):
                touched[good] = 2 * number + 1
                good += 1
            else:
                counters[number] = 0
        chosen = touched[:good]
        chosen.sort()
        border, spare = _border(chosen, counters, most)
        for at in range(good):
            number = chosen[at] >> 1
            count = counters[number]
            counters[number] = 0
            if count < border:
                continue
            if count == border and spare > 0:
                spare -= 1
                continue
            out.asked[total], out.found[total], out.counts[total] = place, number, count
            out.faint[total] = chosen[at] & 1
            total += 1
    return total


@kernel
def touching(keys: Any, ends: Any, bounds: Any, runs: Any, asked: Any, found: Any, marks: Any, out: Any) -> None:
    """Into `out` (m,) bool which of m pairs share any key: `asked` (ascending) and `found` as `sharing` leaves them,
    the rest as it takes them. `marks` (by number) is uint16, zero before and after.
    """
    first = 0
    while first < len(asked):
        place, last = asked[first], first
        while last < len(asked) and asked[last] == place:
            marks[found[last]] = 1
            last += 1
        for at in range(ends[place - 1] if place else 0, ends[place]):
            begin, end = _window(runs, keys[at], bounds[place])
            for entry in range(begin, end):
                number = np.int64(runs.numbers[entry])
                if number < len(marks) and marks[number] > 0:
                    marks[number] = 2
        for pair in range(first, last):
            out[pair] = marks[found[pair]] > 1
        for pair in range(first, last):
            marks[found[pair]] = 0
        first = last
