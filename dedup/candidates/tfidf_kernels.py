"""TF-IDF kernels: the terms of each text by how rare they are, and the nearest texts by cosine.

Arrays, scalars and NamedTuples of them only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.runtime.jit import kernel, njit

U = np.uint64


class RowTerms(NamedTuple):
    """The terms of n rows, each row's the rarest first."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    """(n,) where those of each row begin and end."""
    cols: NDArray[np.int32]
    values: NDArray[np.float32]


class Postings(NamedTuple):
    """The rows that hold each term: of column c those from `starts[c]` to `starts[c + 1]`."""

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    values: NDArray[np.float32]


@kernel
def document_frequencies(keys: Any, firsts: Any) -> Any:
    """Where each run of equal terms begins in sorted `keys` (term << 32 | place), into `firsts` (int64, one longer than
    the runs); returns the number of runs.
    """
    runs = 0
    for place in range(len(keys)):
        if place == 0 or keys[place] >> U(32) != keys[place - 1] >> U(32):
            firsts[runs] = place
            runs += 1
    firsts[runs] = len(keys)
    return runs


@kernel
def row_terms(
    keys: Any, firsts: Any, columns: Any, places: Any, owners: Any, starts: Any, weights: Any, cols: Any, values: Any
) -> None:
    """Each row's terms in order of `columns`, the rarest first.

    `columns` are runs of `firsts` in the order wanted, `owners` (int32) the row and `weights` (float32) the weight of
    each place, `starts` (rows + 1,) where the rows begin in `cols` (int32: index into `columns`) and `values`;
    `places` (rows,) int64 is scratch and ends as the end of each row.
    """
    for row in range(len(places)):
        places[row] = starts[row]
    for column in range(len(columns)):
        run = columns[column]
        for key in range(firsts[run], firsts[run + 1]):
            place = np.int64(keys[key] & U(0xFFFFFFFF))
            row = owners[place]
            cols[places[row]] = column
            values[places[row]] = weights[place]
            places[row] += 1


@njit(nogil=True)
def _cosine(cols: Any, values: Any, one: Any, one_end: Any, two: Any, two_end: Any) -> Any:
    """Sum of products over shared columns; both rows ascending."""
    total = np.float32(0)
    while one < one_end and two < two_end:
        a, b = cols[one], cols[two]
        if a == b:
            total += values[one] * values[two]
        one += a <= b
        two += b <= a
    return total


@njit(nogil=True)
def _largest(scores: Any, row: Any, least: Any, rows: Any, best: Any) -> Any:
    """The rows of the largest `scores` but `row` itself, at least `least`, the best first, ties by row; clears
    `scores`. Fills `rows` and `best` and returns how many.
    """
    size, filled = len(rows), 0
    floor = least
    scores[row] = 0
    for other in range(len(scores)):
        score = scores[other]
        scores[other] = 0
        if score < floor or score <= 0 or (filled == size and score <= best[size - 1]):
            continue
        place = filled if filled < size else size - 1
        while place and best[place - 1] < score:
            best[place], rows[place] = best[place - 1], rows[place - 1]
            place -= 1
        best[place], rows[place] = score, other
        filled = min(filled + 1, size)
        if filled == size:
            floor = best[size - 1]
    return filled


@njit(nogil=True)
def _order(near: Any, best: Any, found: Any) -> None:
    """The largest of `best` first, of equal ones the first; there are few. numba's sorting of places takes a second to
    compile.
    """
    for number in range(1, found):
        place, other, score = number, near[number], best[number]
        while place and best[place - 1] < score:
            near[place], best[place] = near[place - 1], best[place - 1]
            place -= 1
        near[place], best[place] = other, score


@kernel
def nearest(
    first: Any, last: Any, terms: Any, postings: Any, budget: Any, pool: Any, least: Any, rows: Any, cosines: Any
) -> None:
    """The nearest texts of rows `first` to `last`, into `rows` (int64) and `cosines` (float32), both
    (last - first, k); -1 where there are fewer. `terms` is `RowTerms`, `postings` `Postings`.

    A row's terms are looked up rarest first until they have `budget` postings. Where terms are left over, the `pool`
    best by what was added so far are scored again over all terms.
    """
    starts, ends, cols, values = terms
    count, k = len(starts), rows.shape[1]
    scores = np.zeros(count, np.float32)
    near, best = np.empty(max(pool, k), np.int64), np.empty(max(pool, k), np.float32)
    for row in range(first, last):
        spent, at = 0, starts[row]
        while at < ends[row]:
            begin, stop = postings.starts[cols[at]], postings.starts[cols[at] + 1]
            if spent and spent + stop - begin > budget:
                break
            spent += stop - begin
            value = values[at]
            for place in range(begin, stop):
                scores[postings.rows[place]] += value * postings.values[place]
            at += 1
        whole = at == ends[row]
        found = _largest(scores, row, least if whole else np.float32(0), near, best)
        if not whole:
            for place in range(found):
                other = near[place]
                best[place] = _cosine(cols, values, starts[row], ends[row], starts[other], ends[other])
            _order(near, best, found)
        for place in range(k):
            good = place < found and best[place] >= least
            rows[row - first, place] = near[place] if good else -1
            cosines[row - first, place] = best[place] if good else 0
