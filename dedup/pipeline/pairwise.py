"""Candidates of a scan that judges pairwise: the same pairs that an index finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedup.config import Config
from dedup.match import lsh, terms
from dedup.match.fingerprint import PART_BITS, WINDOW, Sketcher
from dedup.match.lsh import Shared
from dedup.match.postings import BANDS, KINDS, PASSAGES, TERMS, DocumentKeys, Entries, Runs, sharing
from dedup.phrasing.reference import Reference
from dedup.pipeline.score import open_reference
from dedup.store import KeyColumn, Store

ROWS = 4096
"""Rows that are asked about at once."""


def word_classes(reference: Reference) -> NDArray[np.uint8]:
    """Which words are rare, by a reference."""
    return terms.known_classes(reference.words, reference.word_texts, reference.header.documents)


def reference_of(config: Config) -> Reference:
    """The one that pairs are judged by: the file of the settings, else the one in the package."""
    return open_reference(Path(config.find.reference) if config.find.reference else None)


def sketcher(config: Config, reference: Reference | None = None) -> Sketcher:
    """What fingerprints the documents of a scan or an index. Where pairs are judged each by itself, `reference` (else
    the one of the settings) says which words are rare; otherwise that is still to be learned.
    """
    marks, match = config.fingerprint, config.match
    bands, rows = lsh.bands_and_rows(match.threshold, marks.num_perm)
    window = WINDOW if match.excerpts else 0
    classes = terms.NO_CLASSES
    if match.pairwise and match.rewritten:
        classes = word_classes(reference or reference_of(config))
    return Sketcher(marks.ngram, marks.num_perm, marks.seed, bands, rows, window, classes)


def candidates(store: Store, config: Config, alive: NDArray[np.bool_]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Pairs of rows (packed row << 32 | larger row, sorted, distinct) that are alike by their shingles, and others that
    may be rewritten copies. Rows that are not `alive` are passed over.
    """
    found = {}
    for kind in KINDS:
        if (kind is PASSAGES and not config.match.excerpts) or (kind is TERMS and not config.match.rewritten):
            found[kind] = np.zeros(0, np.uint64)
            continue
        entries, held = _bands(store) if kind is BANDS else _keys(store.passages if kind is PASSAGES else store.terms)
        entries = entries[alive[(entries & np.uint64(0xFFFFFFFF)).astype(np.int64)]]
        found[kind] = _pairs(entries, held, kind)
    near = np.union1d(found[BANDS], found[PASSAGES])
    return near, np.setdiff1d(found[TERMS], near)


def _bands(store: Store) -> tuple[Entries, NDArray[np.int32]]:
    rows = np.arange(store.rows, dtype=np.uint64)
    count = store.band_count if store.rows else 0
    bands = [store.band(number).astype(np.uint64) << np.uint64(32) | rows for number in range(count)]
    return np.concatenate([np.zeros(0, np.uint64), *bands]), np.full(store.rows, len(bands), np.int32)


def _keys(column: KeyColumn) -> tuple[Entries, NDArray[np.int32]]:
    return np.concatenate([column.part(part) for part in range(1 << PART_BITS)]), column.held


def _pairs(entries: Entries, held: NDArray[np.int32], kind: Shared) -> NDArray[np.uint64]:
    """Pairs of rows by one kind of key, by blocks of rows: each with the rows before it."""
    asked = DocumentKeys.of(entries, held)
    entries = np.unique(entries)
    runs = Runs.of(np.unique((entries >> np.uint64(32)).astype(np.uint32)), [entries])
    room = np.minimum(held, 65535).astype(np.uint16)
    parts = [np.zeros(0, np.uint64)]
    for first in range(0, len(held), ROWS):
        rows = np.arange(first, min(first + ROWS, len(held)))
        begin = int(asked.ends[first - 1]) if first else 0
        part = DocumentKeys(asked.keys[begin : asked.ends[rows[-1]]], asked.ends[rows] - begin, held[rows])
        pairs = sharing(part, runs, rows, rows, room, kind)
        parts.append(pairs.found.astype(np.uint64) << np.uint64(32) | (pairs.asked + first).astype(np.uint64))
    return np.unique(np.concatenate(parts))
