"""Candidate pairs by locality-sensitive hashing: bands of MinHash signatures, passage keys and term keys.

All are the same machine: 32-bit keys packed with their row into one uint64, sorted, and read off as runs of equal
keys. No dict, one array a band; a band is done before the next begins.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.fingerprint import pair_kernels

Fetch = Callable[[int], NDArray[np.uint64]]
LOW = np.uint64(0xFFFFFFFF)

WEIGHTS = (0.01, 0.99)
"""What datasketch's optimiser is told a false positive and a false negative cost. Every candidate is verified on the
texts, so a false positive costs some microseconds and a false negative a missed copy."""

BUCKET = 32
"""Rows to a bucket up to which all pairs are taken (496). Larger buckets are chained, so that pairs grow with the rows
and not with their square: 10,000 pages with one footer cost about twice what 10,000 unrelated ones do
(`python -m benchmarks hard`)."""


@dataclass(frozen=True, slots=True)
class CandidateRule:
    """How many keys make a pair of rows a candidate."""

    bucket: int
    """Rows to a key up to which all pairs are taken; in larger buckets a row is only linked to the one before."""
    share: float
    """Least share of the keys of the text with fewer keys that both must hold, …"""
    slack: float
    """… less so many keys: of few keys chance takes a larger share."""
    least: int
    """Least number of keys that both must hold."""
    of_more: float = 0.0
    """Least share of the keys of the text with more keys that both must hold, where they are few (posting lists)."""


PASSAGES = CandidateRule(bucket=8, share=0.25, slack=0.0, least=1)
"""A stretch of text that stands in more documents than the bucket is a phrase or boilerplate far more often than an
excerpt, which has other keys beside. A verbatim excerpt shares nearly all of its keys; one with every twentieth word
changed still about a third."""

TERMS = CandidateRule(bucket=24, share=0.14, slack=1.0, least=2)
"""Of spun copies at share 1 99.7 % share at least these with their source among 6,073 news stories, 99.2 % among 20,043
short newswire items, and 99.6 % among 100,000 documents made of newswire sentences that stand in eight of them each (in
smaller buckets fewer: 8 rows 90.7 %, 16 99.2 %, at a share of .12; `python -m benchmarks candidates`)."""

# datasketch.lsh._optimal_param(threshold, num_perm, *WEIGHTS), so that a scan need not import scipy (0.5 s); a test
# asks datasketch for each of them again.
_BANDS: dict[tuple[int, int], tuple[int, int]] = {
    (30, 64): (18, 1),
    (35, 64): (32, 2),
    (40, 64): (32, 2),
    (45, 64): (24, 2),
    (50, 64): (19, 2),
    (55, 64): (21, 3),
    (60, 64): (21, 3),
    (65, 64): (16, 3),
    (70, 64): (16, 4),
    (75, 64): (13, 4),
    (80, 64): (12, 5),
    (85, 64): (10, 6),
    (90, 64): (8, 8),
    (95, 64): (5, 12),
    (30, 128): (59, 2),
    (35, 128): (43, 2),
    (40, 128): (32, 2),
    (45, 128): (42, 3),
    (50, 128): (39, 3),
    (55, 128): (29, 3),
    (60, 128): (32, 4),
    (65, 128): (26, 4),
    (70, 128): (25, 5),
    (75, 128): (21, 6),
    (80, 128): (18, 7),
    (85, 128): (14, 9),
    (90, 128): (11, 11),
    (95, 128): (7, 18),
    (30, 256): (59, 2),
    (35, 256): (85, 3),
    (40, 256): (80, 3),
    (45, 256): (55, 3),
    (50, 256): (64, 4),
    (55, 256): (53, 4),
    (60, 256): (51, 5),
    (65, 256): (40, 5),
    (70, 256): (39, 6),
    (75, 256): (34, 7),
    (80, 256): (28, 9),
    (85, 256): (23, 11),
    (90, 256): (17, 15),
    (95, 256): (11, 23),
}


def bands_and_rows(threshold: float, num_perm: int) -> tuple[int, int]:
    """Bands and rows to a band for a Jaccard threshold, by datasketch's optimiser with `WEIGHTS`."""
    percent = round(threshold * 100)
    if abs(threshold * 100 - percent) < 1e-9 and (percent, num_perm) in _BANDS:
        return _BANDS[percent, num_perm]
    from datasketch.lsh import _optimal_param

    bands, rows = _optimal_param(threshold, num_perm, *WEIGHTS)
    return int(bands), int(rows)


def recall(similarity: NDArray[np.float64], bands: int, rows: int) -> NDArray[np.float64]:
    """Probability that a pair of each Jaccard similarity shares a bucket (Leskovec et al., MMDS, section 3.4.2)."""
    return 1.0 - (1.0 - similarity**rows) ** bands


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """Pairs (m,) uint64, packed row << 32 | larger row, sorted, distinct; and what was chained."""

    pairs: NDArray[np.uint64]
    chained_buckets: int
    chained_rows: int


def pack(keys: NDArray[np.uint32], rows: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """(n,) keys and rows as sortable uint64: key << 32 | row."""
    packed = keys.astype(np.uint64)
    packed <<= np.uint64(32)
    packed |= rows
    return packed


def unpack(pairs: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The two rows of packed pairs."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & LOW).astype(np.int64)


def _bucket_pairs(
    keys: NDArray[np.uint64], limit: int, star: bool
) -> tuple[NDArray[np.uint64], NDArray[np.int64], int]:
    """All pairs of the sorted `keys` (repeats included), (begin, end) of large buckets, rows in them."""
    guess, large = np.empty(len(keys), np.uint64), np.empty((256, 2), np.int64)
    found, buckets, crowded = pair_kernels.bucket_pairs(keys, np.uint64(limit), star, guess, large)
    if found > len(guess) or buckets > len(large):
        guess, large = np.empty(found, np.uint64), np.empty((buckets, 2), np.int64)
        pair_kernels.bucket_pairs(keys, np.uint64(limit), star, guess, large)
    return guess[: int(found)], large[: int(buckets)], int(crowded)


def _neighbours(keys: NDArray[np.uint64], large: NDArray[np.int64], other: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """In each large bucket, link rows that follow each other when ordered by the next band's key.

    Two rows that agree in two bands are far likelier copies than two that agree in one, so this finds the close
    pairs within a crowd at the price of a sort.
    """
    found = []
    for begin, end in large:
        rows = keys[begin:end] & LOW
        rows = rows[np.argsort(other[rows.astype(np.int64)], kind="stable")]
        one, two = np.minimum(rows[1:], rows[:-1]), np.maximum(rows[1:], rows[:-1])
        found.append(one << np.uint64(32) | two)
    return np.concatenate(found) if found else np.zeros(0, np.uint64)


def band_candidates(
    fetch: Callable[[int], NDArray[np.uint32]], bands: int, rows: NDArray[np.uint64], pool: Executor
) -> CandidatePairs:
    """Pairs of `rows` that share the key of at least one band; `fetch(band)` gives that band's (documents,) keys."""

    def one(band: int) -> tuple[NDArray[np.uint64], int, int]:
        keys = pack(fetch(band)[rows], rows)
        keys.sort()
        pairs, large, crowded = _bucket_pairs(keys, BUCKET, star=True)
        if len(large):
            pairs = np.concatenate((pairs, _neighbours(keys, large, fetch((band + 1) % bands))))
        return distinct(pairs), len(large), crowded

    results = list(pool.map(one, range(bands)))
    pairs = distinct(np.concatenate([pairs for pairs, _, _ in results]))
    return CandidatePairs(pairs, sum(r[1] for r in results), sum(r[2] for r in results))


def distinct(pairs: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sorted, without repeats; sorts in place."""
    pairs.sort()
    return pairs[np.concatenate(([True], pairs[1:] != pairs[:-1]))] if len(pairs) else pairs


def key_candidates(
    fetch: Fetch, held: NDArray[np.int32], alive: NDArray[np.bool_], pool: Executor, shared: CandidateRule, parts: int
) -> CandidatePairs:
    """Pairs of rows with enough keys in common; `held` (rows,) is how many keys each has. Rows that are not `alive`
    are passed over.

    `fetch(part)` gives the packed keys of one range of keys, for parts 0 to `parts` - 1: the ranges do not overlap
    and hold all keys, so that memory is bounded by one range for each thread.
    """
    everyone = bool(alive.all())

    def one(part: int) -> tuple[NDArray[np.uint64], int, int]:
        keys = distinct(fetch(part))
        if not everyone:
            keys = keys[alive[(keys & LOW).astype(np.int64)]]
        pairs, large, crowded = _bucket_pairs(keys, shared.bucket, star=False)
        return pairs, len(large), crowded

    found, buckets, crowded = [np.zeros(0, np.uint64)], 0, 0
    for pairs, large, rows_in in pool.map(one, range(parts)):
        found.append(pairs)
        buckets += large
        crowded += rows_in
    pairs = np.concatenate(found)
    found.clear()
    pairs.sort()
    kept = pair_kernels.frequent_pairs(pairs, held, shared.share, shared.slack, shared.least)
    return CandidatePairs(pairs[: int(kept)].copy(), buckets, crowded)
