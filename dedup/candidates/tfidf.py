"""TF-IDF neighbours: for each text the texts nearest by cosine, from our own term counts.

The weighting is scikit-learn's `TfidfTransformer(sublinear_tf=True)` with `norm="l2"`: (1 + ln tf) times
ln((1 + n) / (1 + df)) + 1, to length one. The product is ours: each row adds up the postings of its own terms, rarest
first, so that no block of a dense or sparse matrix is ever held. See `BUDGET` for what is left out in large batches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dedup.candidates import tfidf_kernels
from dedup.columns import pack
from dedup.model import Packed
from dedup.text import term_kernels
from dedup.text.arrays import as_arrays, normal_form, tables
from dedup.text.calendar import MONTHS, SHORT_MONTHS, WEEKDAYS
from dedup.text.term_kernels import DATES, ONLY_WITH_DAY, WEEKDAY
from dedup.text.tokens import abbreviations, word_list

BUDGET = 200_000
"""Postings a row looks up, rarest terms first; the rest of its terms are only counted for the best `POOL` rows. Up to
10,000 news texts this leaves nothing out; of 20,000 it finds .999 of the ten nearest and of 40,000 .995, the nearest
one of all but one in ten thousand. Half of it takes a quarter less time and finds .994 and .984.

Against scipy's sparse product in blocks on as many threads: 2,000 texts 0.1 s (scipy 1.0), 10,000 2 s (4.5), 20,000 6 s
(14), 40,000 21 s (92), in half the memory or less."""
LIMIT = 50_000
"""Texts up to which the neighbours of all are worth their time on a few cores; beyond, candidates should come from
elsewhere. With half the budget 100,000 took 59 s and 630 MB on two cores."""
POOL = 4
"""Rows scored again over all terms, for each neighbour asked for."""
BLOCK = 256
"""Rows that a thread works on at a time."""


@cache
def date_words() -> tuple[NDArray[np.uint64], NDArray[np.uint16]]:
    """Sorted hashes of the names of months and weekdays, and what each means (see `term_kernels.count_terms`)."""
    codes: dict[str, int] = {"sept": 9 << 5 | ONLY_WITH_DAY}
    for month, (names, short) in enumerate(zip(MONTHS, SHORT_MONTHS, strict=True), 1):
        codes |= {short: month << 5 | ONLY_WITH_DAY} | dict.fromkeys(names.split(), month << 5)
    for day, names in enumerate(WEEKDAYS, 1):
        codes |= dict.fromkeys(names.split(), WEEKDAY << 5 | day)
    hashes = word_list(list(codes))
    order = np.argsort(hashes)
    return hashes[order], np.array(list(codes.values()), np.uint16)[order]


@dataclass(frozen=True, slots=True)
class Terms:
    """The distinct terms of n texts, text after text, each text's ascending; m terms in all."""

    starts: NDArray[np.int64]
    """(n + 1,) where the terms of each text begin, and the last end."""
    ids: NDArray[np.uint32]
    """(m,) terms; from `term_kernels.DATES` on they are mentioned dates."""
    counts: NDArray[np.uint16]
    """(m,) occurrences, 65,535 for more."""
    kinds: NDArray[np.uint8]
    """(m,) bits NAME, NUMBER, LEAD, DATE of `term_kernels`."""
    words: NDArray[np.int32]
    """(n,) words of each text."""

    def __len__(self) -> int:
        return len(self.words)

    @property
    def owners(self) -> NDArray[np.int32]:
        """(m,) text of each term."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))

    def take(self, rows: NDArray[np.int64]) -> Terms:
        """The terms of some texts, in the order of `rows`."""
        sizes = np.diff(self.starts)[rows]
        starts = np.concatenate(([0], np.cumsum(sizes)))
        places = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], sizes)
        return Terms(starts, self.ids[places], self.counts[places], self.kinds[places], self.words[rows])


def terms(texts: Packed) -> Terms:
    """The terms of `texts`. Texts whose canonical form may differ are counted in NFKC. Deterministic."""
    found, normalise = _count(texts)
    marked = np.flatnonzero(normalise)
    if not len(marked):
        return found
    buffer, starts, sizes = as_arrays(texts)
    places = zip(starts[marked].tolist(), sizes[marked].tolist(), strict=True)
    again, _ = _count(pack([normal_form(bytes(buffer[start : start + size]).decode()) for start, size in places]))
    rows = np.arange(len(found))
    rows[marked] = len(found) + np.arange(len(marked))
    return join((found, again)).take(rows)


def _count(texts: Packed) -> tuple[Terms, NDArray[np.uint8]]:
    """Terms, and (n,) 1 where a text should be counted in NFKC."""
    buffer, starts, sizes = as_arrays(texts)
    entries = np.empty(int((sizes + 4).sum()), np.uint64)  # a word takes two bytes, and may be a date beside
    ends, words = np.zeros(len(sizes), np.int64), np.zeros(len(sizes), np.int32)
    normalise = np.zeros(len(sizes), np.uint8)
    filled = int(
        term_kernels.text_terms(
            buffer, starts, sizes, *tables(), abbreviations(), *date_words(), entries, ends, words, normalise
        )
    )
    for begin, end in pairwise([0, *ends.tolist()]):
        entries[begin:end].sort()  # numpy's sort uses wide vectors, numba's does not
    ids, counts, kinds = np.empty(filled, np.uint32), np.empty(filled, np.uint16), np.empty(filled, np.uint8)
    count = int(term_kernels.count_terms(entries, ends, ids, counts, kinds))
    bounds = np.concatenate((np.zeros(1, np.int64), ends))
    return Terms(bounds, ids[:count].copy(), counts[:count].copy(), kinds[:count].copy(), words), normalise


def join(parts: Sequence[Terms]) -> Terms:
    """The terms of batches that follow each other."""
    ends = np.cumsum([0, *(int(part.starts[-1]) for part in parts)])
    starts = [part.starts[1:] + end for part, end in zip(parts, ends[:-1].tolist(), strict=True)]
    return Terms(
        np.concatenate([np.zeros(1, np.int64), *starts]),
        np.concatenate([np.zeros(0, np.uint32), *(part.ids for part in parts)]),
        np.concatenate([np.zeros(0, np.uint16), *(part.counts for part in parts)]),
        np.concatenate([np.zeros(0, np.uint8), *(part.kinds for part in parts)]),
        np.concatenate([np.zeros(0, np.int32), *(part.words for part in parts)]),
    )


@dataclass(frozen=True, slots=True)
class TermIndex:
    """Weighted terms by row and by term; c columns, terms that stand in more than one text, rarest first."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    """(n,) where each row's terms begin and end."""
    cols: NDArray[np.int32]
    values: NDArray[np.float32]
    """Column and weight, ascending in each row; rows have length one over all their terms."""
    posting_starts: NDArray[np.int64]
    """(c + 1,)"""
    posting_rows: NDArray[np.int32]
    posting_values: NDArray[np.float32]


Idf = Callable[[NDArray[np.uint32], NDArray[np.int64], int], NDArray[np.float32]]
"""(terms, texts that hold each, texts in all) -> the weight of each."""


def smooth_idf(ids: NDArray[np.uint32], df: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """scikit-learn's: ln((1 + n) / (1 + df)) + 1, from the batch alone; dates weigh nothing."""
    weights = np.log((1 + count) / (1 + df)) + 1
    return np.where(ids >= DATES, 0, weights).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Runs:
    """The m terms in order of the terms: c different ones."""

    keys: NDArray[np.uint64]
    """(m,) term << 32 | place, sorted."""
    firsts: NDArray[np.int64]
    """(c + 1,) where each term begins in `keys`."""

    @property
    def df(self) -> NDArray[np.int64]:
        """(c,) texts that hold each term."""
        return np.diff(self.firsts)

    @property
    def terms(self) -> NDArray[np.uint32]:
        """(c,)"""
        return (self.keys[self.firsts[:-1]] >> np.uint64(32)).astype(np.uint32)

    def spread(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(m,) the value of each term, in the order of the texts."""
        spread = np.empty(len(self.keys), np.float32)
        spread[(self.keys & np.uint64(0xFFFFFFFF)).astype(np.int64)] = np.repeat(values, self.df)
        return spread


def _runs(found: Terms) -> _Runs:
    keys = found.ids.astype(np.uint64) << np.uint64(32) | np.arange(len(found.ids), dtype=np.uint64)
    keys.sort()
    firsts = np.empty(len(keys) + 1, np.int64)
    runs = int(tfidf_kernels.document_frequencies(keys, firsts))
    return _Runs(keys, firsts[: runs + 1].copy())


def batch_idf(found: Terms, idf: Idf) -> NDArray[np.float32]:
    """(m,) idf of each term of each text, with the document frequencies of these texts."""
    runs = _runs(found)
    return runs.spread(idf(runs.terms, runs.df, len(found)))


def sublinear(counts: NDArray[np.uint16]) -> NDArray[np.float32]:
    """1 + ln tf."""
    return 1 + np.log(counts.astype(np.float32))


def index(found: Terms, idf: Idf = smooth_idf) -> TermIndex:
    """Weigh and turn round the terms of all texts."""
    runs = _runs(found)
    df, held = runs.df, runs.terms
    weights = runs.spread(idf(held, df, len(found))) * sublinear(found.counts)
    owners = found.owners
    length = np.sqrt(np.bincount(owners, weights.astype(np.float64) ** 2, len(found)))
    weights /= np.maximum(length, 1e-12).astype(np.float32)[owners]
    columns = np.flatnonzero((df > 1) & (held < DATES))
    return _turn(found, runs, columns[np.argsort(df[columns], kind="stable")], weights)


def _turn(found: Terms, runs: _Runs, columns: NDArray[np.int64], weights: NDArray[np.float32]) -> TermIndex:
    """Rows and postings of the terms in `columns`."""
    keys, firsts = runs.keys, runs.firsts
    sizes = firsts[columns + 1] - firsts[columns]
    posting_starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    places = np.arange(posting_starts[-1]) + np.repeat(firsts[columns] - posting_starts[:-1], sizes)
    places = (keys[places] & np.uint64(0xFFFFFFFF)).astype(np.int64)
    owners = found.owners
    cols, values = np.empty(len(keys), np.int32), np.empty(len(keys), np.float32)
    ends = np.empty(len(found), np.int64)
    tfidf_kernels.row_terms(keys, firsts, columns, ends, owners, found.starts[:-1], weights, cols, values)
    return TermIndex(found.starts[:-1], ends, cols, values, posting_starts, owners[places], weights[places])


def nearest(
    made: TermIndex, k: int, pool: Executor, least: float = 0.0, budget: int = BUDGET, first: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k nearest rows of each from row `first` on, the best first, and their cosines: (n, k) each, -1 and 0 where
    there are fewer, and in the rows before.
    """
    count = len(made.starts)
    rows, cosines = np.full((count, k), -1, np.int64), np.zeros((count, k), np.float32)
    terms = tfidf_kernels.RowTerms(made.starts, made.ends, made.cols, made.values)
    postings = tfidf_kernels.Postings(made.posting_starts, made.posting_rows, made.posting_values)

    def block(begin: int) -> None:
        part = slice(begin, min(begin + BLOCK, count))
        tfidf_kernels.nearest(
            begin, part.stop, terms, postings, budget, POOL * k, np.float32(least), rows[part], cosines[part]
        )

    for _ in pool.map(block, range(first, count, BLOCK)):
        pass
    return rows, cosines


def neighbours(
    found: Terms, k: int, pool: Executor, least: float = 0.0, idf: Idf = smooth_idf, first: int = 0
) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    """Pairs of which one is among the k nearest of the other, with a cosine of at least `least`; of rows from `first`
    on the neighbours are looked for.

    Returns the pairs (p,), packed row << 32 | larger row, sorted, and the cosine of each (p,).
    """
    rows, cosines = nearest(index(found, idf), k, pool, least, first=first)
    one = np.repeat(np.arange(len(rows), dtype=np.int64), k)
    two, values = rows.ravel(), cosines.ravel()
    one, two, values = one[two >= 0], two[two >= 0], values[two >= 0]
    packed = (np.minimum(one, two) << 32 | np.maximum(one, two)).astype(np.uint64)
    pairs, places = np.unique(packed, return_index=True)
    return pairs, values[places]
