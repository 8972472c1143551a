"""Which pairs of documents are worth a look."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.candidates import lsh, tfidf
from dedup.columns import pack_bytes
from dedup.config import MatchConfig
from dedup.fingerprint.minhash import PART_BITS
from dedup.pipeline.documents import Clock, CorpusStore

ALL_PAIRS = 100
"""Documents up to which every pair is aligned: too few to tell rare words from common ones by."""
NEIGHBOURS_LIMIT = 5_000
"""Documents up to which TF-IDF neighbours are looked for too. They find every spun copy of the labelled corpora and
term keys 99.9 %, but at 10,000 documents they take longer than all the rest of a scan (`python -m benchmarks
candidates`)."""
NEIGHBOURS, LEAST_COSINE, FAINT_COSINE = 10, 0.35, 0.15
"""TF-IDF neighbours of a document, and the least cosine: no spun copy of the labelled corpora has less than 0.43. Pairs
down to the second one, where one in four of the rewrites by language models lies, are asked for nothing else."""
NOTHING = np.zeros(0, np.uint64)


class CandidateFinder:
    """Finds packed pairs (row << 32 | larger row) among `rows`; `counts` and `notes` say how it went."""

    def __init__(
        self, store: CorpusStore, match: MatchConfig, bands: int, alive: NDArray[np.bool_], pool: Executor, clock: Clock
    ) -> None:
        self._store, self._match, self._bands = store, match, bands
        self._alive, self._pool, self._clock = alive, pool, clock
        self.rows = np.flatnonzero(alive).astype(np.uint64)
        self.counts: dict[str, Any] = {}
        self.notes: list[str] = []
        self.faint = NOTHING
        """Pairs that can be rewrites at most: `rewritten` finds them as well."""

    def by_shingles(self) -> NDArray[np.uint64]:
        """Pairs that share a band key or enough passage keys."""
        if len(self.rows) < 2:
            return NOTHING
        with self._clock.stage("bands"):
            near = lsh.band_candidates(self._store.band, self._bands, self.rows, self._pool)
        if near.chained_buckets:
            self.notes.append(
                f"{near.chained_buckets:,} crowded bucket{'' if near.chained_buckets == 1 else 's'} (more than "
                f"{lsh.BUCKET} texts that look alike) chained: each text in them was compared with the first and with "
                "its nearest, not with all"
            )
        self.counts |= {"band_candidates": len(near.pairs), "chained_rows": near.chained_rows}
        if not self._match.excerpts:
            return near.pairs
        with self._clock.stage("passages"):
            column = self._store.passages
            inside = lsh.key_candidates(column.part, column.held, self._alive, self._pool, lsh.PASSAGES, 1 << PART_BITS)
        return lsh.distinct(np.concatenate((near.pairs, inside.pairs)))

    def rewritten(self, known: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Pairs besides the `known` ones (sorted) that may be rewritten copies."""
        count = len(self.rows)
        if count < 2:
            return NOTHING
        if count <= ALL_PAIRS:
            one, two = np.triu_indices(count, 1)
            found = self.rows[one] << np.uint64(32) | self.rows[two]
        else:
            with self._clock.stage("terms"):
                column = self._store.terms
                found = lsh.key_candidates(
                    column.part, column.held, self._alive, self._pool, lsh.TERMS, 1 << PART_BITS
                ).pairs
            self.counts["term_candidates"] = len(found)
            if count <= NEIGHBOURS_LIMIT:
                found = lsh.distinct(np.concatenate((found, self._neighbours())))
        return np.setdiff1d(found, known, assume_unique=True)

    def _neighbours(self) -> NDArray[np.uint64]:
        with self._clock.stage("neighbours"):
            terms = terms_of(self._store.texts.read, self.rows.astype(np.int64), self._pool)
            pairs, cosines = tfidf.neighbours(terms, NEIGHBOURS, self._pool, FAINT_COSINE)
            left, right = lsh.unpack(pairs)
            pairs = self.rows[left] << np.uint64(32) | self.rows[right]
            self.faint = pairs[cosines < LEAST_COSINE]
            found = pairs[cosines >= LEAST_COSINE]
            self.counts["neighbour_candidates"] = len(found)
            return found


def terms_of(read: Callable[[int], bytes], rows: NDArray[np.int64], pool: Executor) -> tfidf.Terms:
    """The terms of some rows, in their order; `read` gives the text of a row as UTF-8."""
    parts = np.array_split(rows, max(1, len(rows) // 256))
    return tfidf.join(list(pool.map(lambda part: tfidf.terms(pack_bytes([read(row) for row in part.tolist()])), parts)))
