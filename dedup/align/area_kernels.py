"""Area kernels: which stretches of two texts hold the same passage, whatever the order of the words in it.

An area is a range of words on both sides. It begins as the sentences of a cluster of seeds (`seed_kernels`) and is
then fitted word by word: a side is the stretch whose words are best explained by their being taken from the other side.
Of a passage the share q of the words is kept; a word that is seen f times in 1 outside would stand in a stretch of
L words by chance with p = 1 - exp(-f L). A word that the other side has is then worth log(q / p + 1 - q), one that it
has not log(1 - q), and the stretch with the highest sum is the area (Karlin & Altschul 1990). q is measured on the area
itself, so that the borders of a verbatim copy are sharp and those of a garbled one give way. The sum is also what
decides whether there is a passage at all. Order plays no part; what is kept in order is told by the blocks.

Thresholds, and where they come from: pairs of PAN 2013 with odd numbers (verbatim, "02", and with words shuffled,
replaced, put in and taken out at random, "03") and all pairs without a passage ("01"). `python -m benchmarks pan`
measures what comes of them; plagdet is its figure. "Spun" are whole stories of 500 words with words replaced.

| name         | value | what it says                                                                              |
|--------------|------:|-------------------------------------------------------------------------------------------|
| LEAST_GAIN   |    44 | worth of the poorer side of an area. All of 02 have more and 94 % of 03; the best of 01   |
|              |       | that are long enough (an anecdote retold, lists of ingredients) have 39, 37 and 35        |
| LEAST_WORDS  |    20 | words of its shorter side: fewer are a phrase. 97 % of 03 have more; in 01 two areas of   |
|              |       | 12 and 18 words are worth 48 and 59                                                       |
| KEPT_LEAST   |   .25 | lower bound of q: 5 % of 03 keep less than .30; .35 gives the same within .001            |
| KEPT_MOST    |   .97 | upper bound: with q = 1 a single changed word would end an area                           |
| STRICT       |   1.2 | how much more an area must be worth where it was fitted as if it were verbatim; 1.0 loses |
|              |       | .013 plagdet on 03, and without that fit borders in the source of 02 are too wide (.006)  |
| NEAR         |   100 | words within which a kept word is looked for; unbounded, chance alone would explain a     |
|              |       | spun copy as long as its source; 60 to 150 give the same within .003                      |
| BACKGROUND   |   200 | words added to those outside: short texts do not tell how frequent a word is;             |
|              |       | 100 to 400 give the same within .004                                                      |
| REACH        |    40 | words around the other side that count too while a side is fitted first; 30 to 150: .002   |
| DROP         |    20 | worth that is given up on the way to a better border; 10 to 35 give the same within .001  |
| APART        |    20 | words between two areas, on both sides, up to which they are one; 8 to 40: .002            |
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.runtime.jit import njit

LEAST_GAIN, LEAST_WORDS = 44.0, 20
KEPT_LEAST, KEPT_MOST = 0.25, 0.97
STRICT, NEAR, BACKGROUND = 1.2, 100, 200.0
REACH, DROP, APART = 40, 20.0, 20
ROUNDS = 4
"""Fits of both sides in turn, at most; two or three settle it."""
AREAS = 64
"""Most areas of a pair. Lists and tables can have any number; what is beyond the strongest proves nothing more."""
FITTED = 64
"""Words that are fitted for the areas of a pair, as a multiple of the words of both texts: clusters of which little can
be explained are tried again and again, and texts can be made of such. 2,000 natural pairs need 2.4 at most."""
_COUNTS = 32
"""Frequencies that are told apart; a word seen more often than that outside is common in any case."""


@njit(nogil=True)
def _count(ids: Any, begin: Any, end: Any, by: Any, counts: Any) -> None:
    for place in range(begin, end):
        counts[ids[place]] += by


@njit(nogil=True)
def _kept_share(ids: Any, begin: Any, end: Any, left: Any, counts: Any, chances: Any) -> Any:
    """Share of the words of a stretch that are kept, beyond what chance gives."""
    kept, most = 0.0, 1e-9
    for place in range(begin, end):
        word = ids[place]
        chance = chances[min(counts[word], _COUNTS - 1)]
        kept += (left[word] > 0) - chance
        most += 1.0 - chance
        left[word] -= 1
    _count(ids, begin, end, 1, left)
    return min(max(kept / most, KEPT_LEAST), KEPT_MOST)


@njit(nogil=True)
def _densest(ids: Any, begin: Any, end: Any, left: Any, counts: Any, gains: Any, miss: Any) -> Any:
    """The part of a stretch that is worth most (Kadane), and its worth."""
    best, run, start = 0.0, 0.0, begin
    first, last = begin, begin
    for place in range(begin, end):
        word = ids[place]
        run += gains[min(counts[word], _COUNTS - 1)] if left[word] > 0 else miss
        left[word] -= 1
        if run <= 0.0:
            run, start = 0.0, place + 1
        elif run > best:
            best, first, last = run, start, place + 1
    _count(ids, begin, end, 1, left)
    return first, last, best


@njit(nogil=True)
def _walk(ids: Any, at: Any, step: Any, left: Any, counts: Any, gains: Any, miss: Any) -> Any:
    """How many words from `at` on a stretch gains by, and its gain; they are taken out of `left`."""
    best, run, taken, good = 0.0, 0.0, 0, 0
    place = at
    while 0 <= place < len(ids) and run > best - DROP:
        word = ids[place]
        run += gains[min(counts[word], _COUNTS - 1)] if left[word] > 0 else miss
        left[word] -= 1
        taken += 1
        place += step
        if run > best:
            best, good = run, taken
    for index in range(good, taken):
        left[ids[at + step * index]] += 1
    return good, best


@njit(nogil=True)
def _fit(
    ids: Any, begin: Any, end: Any, others: Any, begin_y: Any, end_y: Any, counts: Any, outside: Any, left: Any,
    chances: Any, gains: Any, least: Any,
) -> Any:  # fmt: skip
    """The stretch near `ids[begin:end]` that is best explained by `others[begin_y:end_y]`, and its worth.

    `counts` are those of each word outside of both, `left` is all 0, before and after; at `least` that share is kept.
    """
    _count(others, begin_y, end_y, 1, left)
    for seen in range(_COUNTS):
        chances[seen] = 1.0 - np.exp(-(seen + 0.5) / (outside + BACKGROUND) * min(end_y - begin_y, NEAR))
    kept = max(_kept_share(ids, begin, end, left, counts, chances), least)
    for seen in range(_COUNTS):
        gains[seen] = np.log(kept / chances[seen] + 1.0 - kept)
    miss = np.log(1.0 - kept)
    begin, end, worth = _densest(ids, begin, end, left, counts, gains, miss)
    if end > begin:
        _count(ids, begin, end, -1, left)
        after, more = _walk(ids, end, 1, left, counts, gains, miss)
        before, yet_more = _walk(ids, begin - 1, -1, left, counts, gains, miss)
        begin, end, worth = begin - before, end + after, worth + more + yet_more
        _count(ids, begin, end, 1, left)
    _count(others, begin_y, end_y, -1, left)
    return begin, end, worth


@njit(nogil=True)
def _settle(ids_a: Any, ids_b: Any, area: Any, counts: Any, left: Any, chances: Any, gains: Any, least: Any) -> Any:
    """Fit both sides of an area in turn until they stay, at first as if at `least` that share were kept; returns the
    worth of its poorer side.
    """
    a0, a1, b0, b1 = area[0], area[1], area[2], area[3]
    core_a, core_a1, core_b, core_b1 = a0, a1, b0, b1
    _count(ids_a, core_a, core_a1, -1, counts)
    _count(ids_b, core_b, core_b1, -1, counts)
    outside = len(ids_a) + len(ids_b) - (a1 - a0) - (b1 - b0)
    worth = 0.0
    for turn in range(ROUNDS):
        reach = 0 if turn else REACH
        from_b, to_b = max(b0 - reach, 0), min(b1 + reach, len(ids_b))
        old_a, old_a1, old_b, old_b1 = a0, a1, b0, b1
        a0, a1, one = _fit(ids_a, a0, a1, ids_b, from_b, to_b, counts, outside, left, chances, gains, least)
        b0, b1, two = _fit(ids_b, b0, b1, ids_a, a0, a1, counts, outside, left, chances, gains, least)
        worth = min(one, two)
        if a0 == a1 or b0 == b1 or (a0 == old_a and a1 == old_a1 and b0 == old_b and b1 == old_b1):
            break
        least = KEPT_LEAST
    _count(ids_a, core_a, core_a1, 1, counts)
    _count(ids_b, core_b, core_b1, 1, counts)
    area[0], area[1], area[2], area[3] = a0, a1, b0, b1
    return worth


@njit(nogil=True)
def _held(a0: Any, a1: Any, b0: Any, b1: Any, found: Any, count: Any) -> Any:
    """Whether an area lies within one that was found."""
    for index in range(count):
        if found[index, 0] <= a0 and a1 <= found[index, 1] and found[index, 2] <= b0 and b1 <= found[index, 3]:
            return True
    return False


@njit(nogil=True)
def _join(found: Any, count: Any) -> Any:
    """Make one of areas that lie beside each other on both sides; returns how many are left."""
    at = 0
    while at < count:
        other = at + 1
        while other < count:
            gap_a = max(found[at, 0], found[other, 0]) - min(found[at, 1], found[other, 1])
            gap_b = max(found[at, 2], found[other, 2]) - min(found[at, 3], found[other, 3])
            if gap_a > APART or gap_b > APART:
                other += 1
                continue
            for side in (0, 2):
                found[at, side] = min(found[at, side], found[other, side])
                found[at, side + 1] = max(found[at, side + 1], found[other, side + 1])
            count -= 1
            found[other] = found[count]
            other = at + 1  # the area has grown: it may reach others now
        at += 1
    return count


@njit(nogil=True)
def _by_place(found: Any, count: Any) -> None:
    """Sort areas by their place in the first text (few, nearly sorted: by insertion)."""
    for index in range(1, count):
        at = index
        while at and (
            found[at, 0] < found[at - 1, 0] or (found[at, 0] == found[at - 1, 0] and found[at, 2] < found[at - 1, 2])
        ):
            for side in range(4):
                found[at, side], found[at - 1, side] = found[at - 1, side], found[at, side]
            at -= 1


@njit(nogil=True)
def _members(labels: Any, clusters: Any) -> Any:
    """The seeds of each cluster: of c, `members[starts[c] : starts[c + 1]]`."""
    starts = np.zeros(clusters + 1, np.int64)
    for label in labels:
        starts[label + 1] += 1
    for label in range(clusters):
        starts[label + 1] += starts[label]
    members, ends = np.empty(len(labels), np.int32), np.empty(clusters, np.int64)
    for label in range(clusters):
        ends[label] = starts[label]
    for index in range(len(labels)):
        members[ends[labels[index]]] = index
        ends[labels[index]] += 1
    return starts, members


@njit(nogil=True)
def areas(
    ids_a: Any, bounds_a: Any, ids_b: Any, bounds_b: Any, words: Any, seeds: Any, labels: Any, order: Any, out: Any
) -> Any:
    """The passages that two texts share, as ranges of words (a0, a1, b0, b1) into `out` (AREAS, 4) int32, by their
    place in the first text; returns their number.

    Texts are numbers of words below `words`, and where each sentence begins and ends; `seeds` (s, 2) are pairs of
    sentences, `labels` the cluster of each, `order` the clusters, the strongest first.
    """
    starts, members = _members(labels, len(order))
    counts, left = np.zeros(words, np.int32), np.zeros(words, np.int32)
    _count(ids_a, 0, len(ids_a), 1, counts)
    _count(ids_b, 0, len(ids_b), 1, counts)
    chances, gains = np.empty(_COUNTS), np.empty(_COUNTS)
    area, strict, found = np.empty(4, np.int64), np.empty(4, np.int64), 0
    budget = FITTED * (len(ids_a) + len(ids_b))
    for label in order:
        begin, end = starts[label], starts[label + 1]
        # what a cluster holds beside the area that was found in it may be another one
        while begin < end and found < len(out) and budget > 0:
            i0, i1, j0, j1 = 1 << 30, -1, 1 << 30, -1
            for index in range(begin, end):
                i, j = seeds[members[index]]
                i0, i1, j0, j1 = min(i0, i), max(i1, i), min(j0, j), max(j1, j)
            area[0], area[1], area[2], area[3] = bounds_a[i0], bounds_a[i1 + 1], bounds_b[j0], bounds_b[j1 + 1]
            if _held(area[0], area[1], area[2], area[3], out, found):
                break
            budget -= area[1] - area[0] + area[3] - area[2]
            for side in range(4):
                strict[side] = area[side]
            worth = _settle(ids_a, ids_b, area, counts, left, chances, gains, KEPT_LEAST)
            verbatim = _settle(ids_a, ids_b, strict, counts, left, chances, gains, KEPT_MOST)
            if verbatim > STRICT * worth:
                worth = verbatim
                for side in range(4):
                    area[side] = strict[side]
            a0, a1, b0, b1 = area
            rest = begin
            for index in range(begin, end):
                i, j = seeds[members[index]]
                if bounds_a[i] >= a1 or bounds_a[i + 1] <= a0 or bounds_b[j] >= b1 or bounds_b[j + 1] <= b0:
                    members[rest], members[index] = members[index], members[rest]
                    rest += 1
            if worth >= LEAST_GAIN and min(a1 - a0, b1 - b0) >= LEAST_WORDS and not _held(a0, a1, b0, b1, out, found):
                out[found, 0], out[found, 1], out[found, 2], out[found, 3] = a0, a1, b0, b1
                found += 1
            if rest == end:
                break
            end = rest
    found = _join(out, found)
    _by_place(out, found)
    return found
