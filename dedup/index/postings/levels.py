"""The levels of postings: how their rows are named, and what is held of them in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dedup.candidates.postings import KINDS, Entries
from dedup.storage.database import damaged, stored

FILTER_BITS = 25
"""Bits of a key that a level is asked for before it is read: 4 MB a level and kind. Of ten million keys they fill a
quarter, of a hundred million nearly all."""
QUOTES = len(KINDS)
"""The kind of keys that quotes have, behind those that make candidates."""
ALL_KINDS, LEVELS = QUOTES + 1, 3
NONE: Entries = np.zeros(0, np.uint64)


@dataclass(slots=True)
class Known:
    """What is held in memory of the state that `generation` stands for."""

    generation: int = -1
    layout_version: int = -1
    last: int = 0
    """The last blob of level 0 that was read."""
    memtable: list[Entries] = field(default_factory=lambda: [NONE] * ALL_KINDS)
    starts: dict[int, NDArray[np.uint32]] = field(default_factory=dict)
    """First key of each block of a level, by the level's id."""
    prefix_filter: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    """By the level's id: a bit for each beginning of a key that stands there. It saves most look-ups: most keys of a
    text stand nowhere."""
    counts: NDArray[np.uint16] = field(default_factory=lambda: np.zeros((ALL_KINDS + 1, 0), np.uint16))
    """(kinds + 1, numbers) keys that documents hold; and last their day."""


def directory(starts: bytes, seen: bytes) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """The first keys of the blocks of a level, and what is known of keys that are there. Raises IndexFileError."""
    firsts, bits = stored(starts, "<u4", "a directory of keys"), stored(seen, "u1", "a directory of keys")
    if (firsts[1:] <= firsts[:-1]).any() or len(bits) not in (0, 1 << (FILTER_BITS - 3)):
        raise damaged("a directory of keys")
    return firsts, bits


def level_of(kind: int, level: int) -> int:
    """The id of a level of one kind."""
    return kind * LEVELS + level


def row_of(kind: int, level: int, place: int) -> int:
    """The id of a row of one kind; `place` is the first key of a block, or the number of a blob."""
    return level_of(kind, level) << 32 | place


def merged(parts: list[Entries]) -> Entries:
    """Sorted postings of all parts."""
    filled = [part for part in parts if len(part)]
    if len(filled) < 2:
        return filled[0] if filled else NONE
    found = np.concatenate(filled)
    found.sort(kind="stable")
    return found


def without(entries: Entries, dead: NDArray[np.uint64]) -> Entries:
    """Postings without those of the documents `dead`, sorted."""
    numbers = entries & np.uint64(0xFFFFFFFF)
    return entries[dead[np.searchsorted(dead, numbers).clip(max=len(dead) - 1)] != numbers] if len(dead) else entries
