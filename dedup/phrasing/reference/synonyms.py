"""Which words and phrases could stand in one another's place: those that stand in the same contexts.

Rows are words and two-word phrases, columns the frequent words one and two places before and behind. Cells are
positive pointwise mutual information with smoothed contexts (Levy, Goldberg & Dagan 2015, sections 2.1 and 3.2),
reduced by a truncated SVD (scikit-learn), singular values to the power of one half; closeness is the cosine. No
dictionary is needed, and what is learned is the language of the reference. Antonyms and names of one kind stand in
the same contexts, too: the context of a sentence has to choose (`scorer`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.synonym_kernels import nearest

CONTEXTS, SMOOTHING = 3000, 0.75
DIMENSIONS, ROUNDS = 128, 3
ALIKE = 12
"""Units kept for each."""
LEAST = 8
"""Occurrences from which a word or phrase is looked at."""
MOST_UNITS = 25_000
"""The most frequent ones, no more: the search is quadratic."""
PHRASES, LEAST_PHRASE, BOUND = 8000, 20, 3.0
"""Two-word phrases at most, their least number of occurrences, and how much more often than by chance (log) the two
words stand together."""
BLOCK = 256
"""Units whose closeness to all is worked out at once: 26 MB."""


@dataclass(frozen=True, slots=True)
class Synonyms:
    """As the columns of `model.Reference`."""

    phrases: NDArray[np.uint32]
    alike_of: NDArray[np.uint32]
    alike: NDArray[np.uint32]
    closeness: NDArray[np.uint8]


def find(streams: NDArray[np.uint32], kinds: int) -> Synonyms:
    """Synonyms from the ids of texts, one after the other (n,), of `kinds` different ids at most (WORDS + V)."""
    frequencies = np.bincount(streams, minlength=kinds).astype(np.int64)  # those of a sample: all else is of it, too
    phrases, first = _phrases(streams, frequencies)
    units, matrix = _contexts(streams, frequencies, phrases, first)
    if len(units) <= ALIKE or matrix.nnz == 0:
        empty = np.zeros((0, ALIKE), np.uint32)
        return Synonyms(phrases, np.zeros(0, np.uint32), empty, empty.astype(np.uint8))
    alike, closeness = _nearest(_vectors(matrix))
    return Synonyms(phrases, units.astype(np.uint32), units[alike].astype(np.uint32), closeness)


def _phrases(
    streams: NDArray[np.uint32], frequencies: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Frequent two-word phrases (P, 2), and for each place of the stream the number of the phrase that begins there,
    -1 for none.
    """
    wide = np.uint64(len(frequencies))
    pairs = streams[:-1] * wide + streams[1:]
    pairs[(streams[:-1] < WORDS) | (streams[1:] < WORDS)] = 0
    found, counts = np.unique(pairs, return_counts=True)
    found, counts = found[counts >= LEAST_PHRASE], counts[counts >= LEAST_PHRASE]
    found, counts = found[found > 0], counts[found > 0]
    one, two = (found // wide).astype(np.int64), (found % wide).astype(np.int64)
    bound = np.log(counts * float(len(streams)) / (frequencies[one] * frequencies[two]))
    order = np.lexsort((found, -counts * np.minimum(bound, 8.0)))
    chosen = np.sort(order[bound[order] >= BOUND][:PHRASES])
    kept = found[chosen]
    where = np.searchsorted(kept, pairs)
    hit = (where < len(kept)) & (kept[np.minimum(where, len(kept) - 1)] == pairs) if len(kept) else pairs < 0
    number = np.where(hit, where, -1)
    return np.stack((one[chosen], two[chosen]), axis=1).astype(np.uint32), number.astype(np.int64)


def _contexts(
    streams: NDArray[np.uint32], frequencies: NDArray[np.int64], phrases: NDArray[np.uint32], first: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Any]:
    """Ids of the units that are looked at, sorted, and their contexts as a sparse matrix of mutual information."""
    from scipy import sparse

    many = np.bincount(first[first >= 0], minlength=len(phrases))
    counts = np.concatenate((frequencies, many))
    counts[:WORDS] = 0
    units = np.sort(np.argsort(-counts, kind="stable")[:MOST_UNITS])
    units = units[counts[units] >= LEAST]
    row_of = np.full(len(counts), -1, np.int32)
    row_of[units] = np.arange(len(units))
    columns = np.full(len(frequencies), -1, np.int32)
    frequent = np.argsort(-frequencies, kind="stable")[: min(CONTEXTS, len(frequencies))]
    columns[np.sort(frequent)] = np.arange(len(frequent))
    words, context = row_of[streams], columns[streams]
    starts = np.flatnonzero(first >= 0)
    named = row_of[len(frequencies) + first[starts]]
    shape = (len(units), len(frequent))
    blocks = []  # one after the other: all places of the texts at once took 600 MB
    for offset, behind in ((-1, 0), (-2, 0), (1, 1), (2, 1)):
        rows, cells = [], []
        for places, row in ((np.arange(len(streams)), words), (starts + behind, named)):
            at = places + offset
            inside = (at >= 0) & (at < len(streams))
            other = np.where(inside, context[at.clip(0, len(streams) - 1)], -1)
            kept = (row >= 0) & (other >= 0)
            rows.append(row[kept])
            cells.append(other[kept])
        where = (np.concatenate(rows), np.concatenate(cells))
        block = sparse.coo_matrix((np.ones(len(where[0]), np.float32), where), shape).tocsr()
        block.sum_duplicates()
        blocks.append(block)
    matrix = sparse.hstack(blocks, format="csr")
    return units, _informative(matrix)


def _informative(matrix: Any) -> Any:
    """Counts as positive pointwise mutual information."""
    from scipy import sparse

    cells = matrix.tocoo()
    rows = np.asarray(matrix.sum(axis=1)).ravel()
    columns = np.asarray(matrix.sum(axis=0)).ravel() ** SMOOTHING
    columns *= rows.sum() / max(columns.sum(), 1)
    values = np.log(cells.data * rows.sum() / (rows[cells.row] * columns[cells.col]))
    kept = values > 0
    return sparse.csr_matrix((values[kept].astype(np.float32), (cells.row[kept], cells.col[kept])), matrix.shape)


def _vectors(matrix: Any) -> NDArray[np.float32]:
    """(units, dimensions) of length 1.

    Most of the work is sparse products in one thread: the others of the linear algebra would wait for it busily, and
    take three times as much of the processors as the work itself.
    """
    from sklearn.decomposition import TruncatedSVD
    from threadpoolctl import threadpool_limits

    size = min(DIMENSIONS, min(matrix.shape) - 1)
    model = TruncatedSVD(size, n_iter=ROUNDS, random_state=0)
    with threadpool_limits(1, "blas"):
        vectors = model.fit_transform(matrix) / np.sqrt(np.maximum(model.singular_values_, 1e-9))
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return np.asarray(vectors, np.float32)


def _nearest(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Rows of the ALIKE nearest of each row, and their closeness."""
    found = np.empty((len(vectors), ALIKE), np.int64)
    closeness = np.empty((len(vectors), ALIKE), np.uint8)
    for begin in range(0, len(vectors), BLOCK):
        cosines = vectors[begin : begin + BLOCK] @ vectors.T
        own = np.arange(len(cosines))
        cosines[own, own + begin] = -1
        # rounded, so that a last bit that differs between machines decides nothing
        cosines *= 255
        np.clip(np.rint(cosines, out=cosines), 0, 255, out=cosines)
        nearest(cosines, found[begin : begin + BLOCK], closeness[begin : begin + BLOCK])
    return found, closeness
