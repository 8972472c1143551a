"""Candidates of a scan that judges pairwise: the same pairs that an index finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedup.candidates import lsh
from dedup.candidates.postings import (
    FAINT,
    KINDS,
    NEVER,
    PASSAGES,
    TERMS,
    Column,
    DocumentKeys,
    PostingLists,
    SortedPostings,
    apart,
    document_keys,
    shared_key_candidates,
)
from dedup.config import Config
from dedup.fingerprint.minhash import PART_BITS, WINDOW, Sketcher
from dedup.fingerprint.rare_terms import NO_CLASSES, known_classes
from dedup.phrasing.reference.model import Reference
from dedup.pipeline.documents import CorpusStore, KeyColumn
from dedup.pipeline.score import open_reference

ROWS = 4096
"""Rows that are asked about at once."""


def word_classes(reference: Reference) -> NDArray[np.uint8]:
    """Which words are rare, by a reference."""
    return known_classes(reference.words, reference.word_texts, reference.header.documents)


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
    classes = NO_CLASSES
    if match.pairwise and match.rewritten:
        classes = word_classes(reference or reference_of(config))
    return Sketcher(marks.ngram, marks.num_perm, marks.seed, bands, rows, window, classes)


def candidates(store: CorpusStore, config: Config, alive: NDArray[np.bool_]) -> tuple[NDArray[np.uint64], ...]:
    """Pairs of rows (packed row << 32 | larger row, sorted, distinct) that are alike by their shingles, others that may
    be copies in other words, and others that may be rewrites at most. Rows that are not `alive` are passed over.
    """
    none = np.zeros(0, np.uint64), np.zeros(store.rows, np.int32)
    columns = [
        _bands(store),
        _keys(store.passages) if config.match.excerpts else none,
        _keys(store.terms) if config.match.rewritten else none,
    ]
    live = [(entries[alive[(entries & lsh.LOW).astype(np.int64)]], held) for entries, held in columns]
    keys = document_keys(live)
    near = np.union1d(*(_pairs(keys, kind)[0] for kind in range(KINDS.index(TERMS))))
    pairs, faint = _pairs(keys, KINDS.index(TERMS))
    far = ~np.isin(pairs, near)
    return near, pairs[far & ~faint], pairs[far & faint]


def _bands(store: CorpusStore) -> Column:
    rows = np.arange(store.rows, dtype=np.uint64)
    count = store.band_count if store.rows else 0
    bands = [store.band(number).astype(np.uint64) << np.uint64(32) | rows for number in range(count)]
    return np.concatenate([np.zeros(0, np.uint64), *bands]), np.full(store.rows, len(bands), np.int32)


def _keys(column: KeyColumn) -> Column:
    return np.concatenate([column.part(part) for part in range(1 << PART_BITS)]), column.held


def _runs(asked: DocumentKeys) -> PostingLists:
    return PostingLists.of(asked.distinct, [SortedPostings(asked.entries(np.arange(len(asked.held))), everything=True)])


def _pairs(keys: list[DocumentKeys], kind: int) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Pairs of rows by one kind of key, by blocks of rows: each with the rows before it; and which are faint."""
    asked, terms = keys[kind], KINDS[kind] is TERMS
    passages = keys[KINDS.index(PASSAGES)]
    runs, other = _runs(asked), _runs(passages) if terms else None
    room = np.minimum(asked.held, 65535).astype(np.uint16)
    parts, marks = [np.zeros(0, np.uint64)], [np.zeros(0, bool)]
    for first in range(0, len(room), ROWS):
        rows = np.arange(first, min(first + ROWS, len(room)))
        pairs = shared_key_candidates(
            asked.take(rows), runs, rows, rows, room, KINDS[kind], faintest=FAINT if terms else NEVER
        )
        if other is not None:
            pairs = apart(pairs, passages.take(rows), other, rows, len(room))
        parts.append(pairs.found.astype(np.uint64) << np.uint64(32) | (pairs.asked + first).astype(np.uint64))
        marks.append(pairs.faint)
    found = np.concatenate(parts)
    order = np.argsort(found)
    return found[order], np.concatenate(marks)[order]
