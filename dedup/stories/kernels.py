"""Story kernels: how alike two texts are in terms, names, figures and dates, what that is worth, and the groups that it
makes. Arrays, scalars and NamedTuples of them only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.runtime.jit import kernel, njit
from dedup.text.term_kernels import DATE, LEAD, NAME, NUMBER, WEEKDAY

COMMON = np.float32(3)
"""idf up to which a figure says nothing: "10", "2016"."""
SOFT, FEW, CHANCE, TINY = np.float32(0.03), np.float32(10), np.float32(0.4), np.float32(1e-9)
"""Added to a cosine before its logarithm; idf added to names and figures, so that a few do not make a whole; overlap of
the weekdays of two unrelated texts."""


class Weighed(NamedTuple):
    """Terms of n texts with their weights (m,), and totals (n, 6): what the story kernels read."""

    starts: NDArray[np.int64]
    ids: NDArray[np.uint32]
    kinds: NDArray[np.uint8]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    totals: NDArray[np.float32]


class StoryModel(NamedTuple):
    """What the features of a pair, and the days between its dates, are worth."""

    unknown: int
    """Date of a text that has none."""
    coefficients: NDArray[np.float64]
    """One for each feature, and the constant last."""
    time_days: NDArray[np.float64]
    time_odds: NDArray[np.float64]
    """What so many days between the two add, by linear interpolation."""
    limit: float
    """The texts count between -limit and limit."""


@kernel
def story_totals(terms: Any) -> None:
    """What `pair_features` needs of each text alone, into the totals of `terms` (`Weighed`): length of its weights, of
    those of its lead; idf of its names, of its figures; number of weekdays and of days that it mentions.
    """
    starts, ids, kinds, idf, weights, totals = terms
    for text in range(len(starts) - 1):
        whole, lead, names, numbers = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        weekdays, days = 0, 0
        for place in range(starts[text], starts[text + 1]):
            kind, square = kinds[place], weights[place] * weights[place]
            if kind & DATE:
                weekday = ids[place] >> 5 & 31 == WEEKDAY
                weekdays += weekday
                days += not weekday and ids[place] & 31 > 0
                continue
            whole += square
            if kind & LEAD:
                lead += square
            if kind & NAME:
                names += idf[place]
            elif kind & NUMBER:
                numbers += max(idf[place] - COMMON, np.float32(0))
        totals[text, 0], totals[text, 1], totals[text, 2] = np.sqrt(whole), np.sqrt(lead), names
        totals[text, 3], totals[text, 4], totals[text, 5] = numbers, weekdays, days


@njit(nogil=True)
def _features(terms: Any, a: Any, b: Any, out: Any) -> None:
    """The six features of `pair_features` for texts `a` and `b`, into `out`."""
    starts, ids, kinds, idf, weights, totals = terms
    whole, lead, names, numbers = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    weekdays, days = 0, 0
    one, one_end, two, two_end = starts[a], starts[a + 1], starts[b], starts[b + 1]
    while one < one_end and two < two_end:
        x, y = ids[one], ids[two]
        if x == y:
            both, either = kinds[one] & kinds[two], kinds[one] | kinds[two]
            if either & DATE:
                weekday = x >> 5 & 31 == WEEKDAY
                weekdays += weekday
                days += not weekday and x & 31 > 0
            else:
                product = weights[one] * weights[two]
                whole += product
                if both & LEAD:
                    lead += product
                if either & NAME:
                    names += idf[one]
                elif either & NUMBER:
                    numbers += max(idf[one] - COMMON, np.float32(0))
        one += x <= y
        two += y <= x
    out[0] = np.log(whole / max(totals[a, 0] * totals[b, 0], TINY) + SOFT)
    out[1] = np.log(lead / max(totals[a, 1] * totals[b, 1], TINY) + SOFT)
    out[2] = min(names / (min(totals[a, 2], totals[b, 2]) + FEW), np.float32(1))
    out[3] = numbers / (min(totals[a, 3], totals[b, 3]) + FEW)
    out[4], out[5] = 0, 0
    if totals[a, 4] and totals[b, 4]:
        out[4] = weekdays / (totals[a, 4] + totals[b, 4] - weekdays) - CHANCE
    if totals[a, 5] and totals[b, 5]:
        out[5] = 1 if days else -1


@kernel
def pair_features(terms: Any, left: Any, right: Any, out: Any) -> None:
    """How alike the texts of each pair are, into `out` (pairs, 6) float32.

    In order: logarithm of the cosine (plus SOFT), of the cosine of the leads; names shared of the fewer, figures
    shared of the fewer, by idf; weekdays shared of all (0: no better than chance, or not known); a day of the year
    shared (1), none shared though both name one (-1). `terms` is `Weighed`, with the totals of `story_totals`.
    """
    for pair in range(len(left)):
        _features(terms, left[pair], right[pair], out[pair])


@njit(nogil=True)
def _between(value: Any, places: Any, heights: Any) -> Any:
    """Height at `value` of the line through some points, `places` ascending; beyond them that of the first or last."""
    if value <= places[0]:
        return heights[0]
    for number in range(len(places) - 1):
        if value < places[number + 1]:
            slope = (heights[number + 1] - heights[number]) / (places[number + 1] - places[number])
            return slope * (value - places[number]) + heights[number]
    return heights[len(heights) - 1]


@njit(nogil=True)
def _score(features: Any, days: Any, model: Any) -> Any:
    """Log-odds of one pair: of the texts, cut off at the limit, and of the `days` between the two dates, negative
    where not known.
    """
    coefficients, limit = model.coefficients, model.limit
    total = coefficients[len(features)]
    for number in range(len(features)):
        total += coefficients[number] * features[number]
    total = min(max(total, -limit), limit)
    if days >= 0:
        total += _between(days, model.time_days, model.time_odds)
    return total


@njit(nogil=True)
def _days_apart(dates: Any, unknown: Any, a: Any, b: Any) -> Any:
    """Days between two dates in seconds, -1 where one is not known."""
    if dates[a] == unknown or dates[b] == unknown:
        return -1.0
    return abs(dates[a] - dates[b]) / 86400.0


@kernel
def story_scores(features: Any, left: Any, right: Any, dates: Any, model: Any, out: Any) -> None:
    """Score of each pair, into `out` (pairs,) float64. `dates` are seconds, int64; `model` is `StoryModel`."""
    for pair in range(len(left)):
        days = _days_apart(dates, model.unknown, left[pair], right[pair])
        out[pair] = _score(features[pair], days, model)


@kernel
def link_stories(
    terms: Any, left: Any, right: Any, dates: Any, model: Any, threshold: Any, sample: Any, group: Any
) -> None:
    """Join texts to groups along the pairs, which come best first; `group` (texts,) int64 gets the first text of each
    one's group.

    Two groups become one when the mean score of the pairs between them reaches `threshold` (average linkage). Of a
    group larger than `sample` that many members speak for it; when groups join, theirs do in proportion to the sizes.
    """
    count = len(group)
    size, held = np.ones(count, np.int64), np.ones(count, np.int64)
    speakers = np.zeros((count, sample), np.int32)
    features = np.zeros(len(model.coefficients) - 1, np.float32)
    for text in range(count):
        group[text], speakers[text, 0] = text, text
    for pair in range(len(left)):
        one, two = _root(group, left[pair]), _root(group, right[pair])
        if one == two:
            continue
        total = 0.0
        for a in speakers[one, : held[one]]:
            for b in speakers[two, : held[two]]:
                _features(terms, a, b, features)
                total += _score(features, _days_apart(dates, model.unknown, a, b), model)
        if total < threshold * (held[one] * held[two]):
            continue
        first, other = min(one, two), max(one, two)
        held[first] = _join_speakers(speakers, first, held[first], size[first], other, held[other], size[other])
        size[first] += size[other]
        group[other] = first
    for text in range(count):
        group[text] = _root(group, text)


@njit(nogil=True)
def _root(group: Any, text: Any) -> Any:
    """First text of the group, by path halving."""
    while group[text] != text:
        group[text] = group[group[text]]
        text = group[text]
    return text


@njit(nogil=True)
def _join_speakers(
    speakers: Any, first: Any, first_held: Any, first_size: Any, other: Any, other_held: Any, other_size: Any
) -> Any:
    """Puts the speakers of both groups into the row of `first`, evenly thinned where they are too many; returns how
    many there are now.
    """
    room = speakers.shape[1]
    keep_first, keep_other = first_held, other_held
    if first_held + other_held > room:
        keep_other = min(max(room * other_size // (first_size + other_size), 1), other_held)
        keep_first = min(room - keep_other, first_held)
    for place in range(keep_first):
        speakers[first, place] = speakers[first, place * first_held // keep_first]
    for place in range(keep_other):
        speakers[first, keep_first + place] = speakers[other, place * other_held // keep_other]
    return keep_first + keep_other
