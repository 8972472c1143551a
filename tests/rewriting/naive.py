"""Twins of the rewriting kernels in plain Python: what two texts share, and in which order."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import combinations, product
from math import log, sqrt

from dedup.rewriting import kernels as k
from dedup.rewriting.stem_kernels import DAY, DENIAL, NAME, NUMBER, OPEN


def heaviest_run(places: list[int], weights: list[float]) -> float:
    """Weight of the heaviest choice of places that never falls."""
    best: list[float] = []
    for here, place in enumerate(places):
        before = [best[other] for other in range(here) if places[other] <= place]
        best.append(weights[here] + max(before, default=0.0))
    return max(best, default=0.0)


def bags(one: list[int], two: list[int], weigh, marks) -> dict[int, float]:
    """Cosine, and the weight of all stems, rare ones, names and numbers: of each, and of both."""
    counts = Counter(one), Counter(two)
    vectors = [{stem: (1 + log(count)) * weigh(stem) for stem, count in bag.items()} for bag in counts]
    dot = sum(value * vectors[1].get(stem, 0.0) for stem, value in vectors[0].items())
    lengths = [sum(value * value for value in vector.values()) for vector in vectors]
    found = {k.COSINE: dot / sqrt(max(lengths[0] * lengths[1], 1e-9))}
    kinds = (
        (k.WEIGHT_A, lambda stem: True), (k.RARE_A, lambda stem: weigh(stem) >= k.RARE),
        (k.NAMES_A, lambda stem: marks(stem) & NAME), (k.NUMBERS_A, lambda stem: marks(stem) & NUMBER),
    )  # fmt: skip
    for column, holds in kinds:
        sides = [{stem for stem in bag if holds(stem)} for bag in counts]
        for offset, stems in enumerate((*sides, sides[0] & sides[1])):
            found[column + offset] = sum(map(weigh, stems))
    return found


def order(one: list[int], two: list[int], weigh) -> dict[int, float]:
    """How far the telling stems of both stand in one order, near each other, and where."""
    both = [stem for stem in dict.fromkeys(one) if stem in two and weigh(stem) >= k.TELLING][: k.MOST_STEMS]
    ours, theirs, worth = [one.index(stem) for stem in both], [two.index(stem) for stem in both], list(map(weigh, both))
    whole = sum(worth)
    steps = close = right = far = 0.0
    for (a, b, value), (c, d, other) in zip(
        zip(ours, theirs, worth, strict=True), list(zip(ours, theirs, worth, strict=True))[1:], strict=False
    ):
        if c - a <= k.NEAR_B:
            steps += min(value, other)
            close += min(value, other) * (abs(d - b) <= k.NEAR_A)
    for first, second in combinations(range(len(both)), 2):
        gap = theirs[second] - theirs[first]
        if ours[second] - ours[first] > k.NEAR_A and abs(gap) > k.NEAR_B:
            weight = min(worth[first], worth[second])
            far += weight
            right += weight * (gap > 0)
    apart = sum(
        value * abs(a / len(one) - b / len(two)) for a, b, value in zip(ours, theirs, worth, strict=True)
    )  # fmt: skip
    return {
        k.ORDER: heaviest_run(theirs, worth) / whole if both else 0.0,
        k.DISTANT: right / far if far else 0.5, k.CLOSE: close / (steps + 1e-9), k.APART: apart / (whole + 1e-9),
    }  # fmt: skip


def gap(one: list[int], two: list[int], weigh) -> float:
    """Weight of the heaviest stretch of one text without a telling word of the other."""
    most = here = 0.0
    for stem in one:
        if stem not in two:
            here += weigh(stem) if weigh(stem) >= k.CONTENT else 0.0
        elif weigh(stem) >= k.TELLING:
            here = 0.0
        most = max(most, here)
    return most


def cosines(one: list[int], two: list[int], of_one: list[int], of_two: list[int], weigh):
    """Cosine of each sentence with each one of the other text, and the lengths of their vectors."""

    def parts(stems: list[int], sentences: list[int]) -> list[list[int]]:
        return [
            [stem for stem, number in zip(stems, sentences, strict=True) if number == each]
            for each in range(sentences[-1] + 1)
        ]

    ours, theirs = parts(one, of_one), parts(two, of_two)
    lengths = [[sqrt(sum(weigh(stem) ** 2 for stem in part)) for part in side] for side in (ours, theirs)]
    same = [[0.0] * len(theirs) for _ in ours]
    for (a, part), (b, other) in product(enumerate(ours), enumerate(theirs)):
        shared = sum(weigh(stem) ** 2 for stem in part if stem in other and weigh(stem) ** 2 >= 1)
        same[a][b] = min(1.0, shared / max(lengths[0][a] * lengths[1][b], 1e-9))
    return same, *lengths


def partners(same: list[list[float]], lengths: list[float]) -> tuple[float, float, float]:
    """How well sentences are said by their best partner: on average, how many are, and how many in one order."""
    best = [max(range(len(row)), key=row.__getitem__) for row in same]
    total = max(sum(lengths), 1e-9)
    said = [number for number, row in enumerate(same) if row[best[number]] >= k.MATCH]
    mean = sum(row[at] * length for row, at, length in zip(same, best, lengths, strict=True))
    run = heaviest_run([best[number] for number in said], [lengths[number] for number in said])
    return mean / total, sum(lengths[number] for number in said) / total, run / total


def in_long_runs(one: list[int], two: list[int], size: int) -> float:
    """Share of the shorter text's words in runs of `size` and more that both have, counted in the first text."""
    others = {tuple(two[place : place + size]) for place in range(len(two) - size + 1)}
    held = set()
    for place in range(len(one) - size + 1):
        if tuple(one[place : place + size]) in others:
            held.update(range(place, place + size))
    return min(1.0, len(held) / min(len(one), len(two)))


def stances(one: list[int], two: list[int], marks) -> dict[int, float]:
    """Days that one alone names; words that leave it open, and that deny."""
    found: dict[int, float] = {}
    for column, stems, others in ((k.DAYS_A, one, two), (k.DAYS_B, two, one)):
        found[column] = len({stem for stem in stems if marks(stem) & DAY and stem not in others})
    for column, bit in ((k.OPEN_A, OPEN), (k.DENIALS_A, DENIAL)):
        for side, stems in enumerate((one, two)):
            found[column + side] = sum(bool(marks(stem) & bit) for stem in stems)
    return found


def pair_features(one: list[int], two: list[int], of_one: list[int], of_two: list[int], weigh, marks) -> list[float]:
    """All features of two texts, the shorter one first."""
    found = bags(one, two, weigh, marks)
    found |= {k.SENTENCES_A: of_one[-1] + 1, k.SENTENCES_B: of_two[-1] + 1, k.WORDS_A: len(one), k.WORDS_B: len(two)}
    if found[k.SHARED] >= k.LEAST * min(found[k.WEIGHT_A], found[k.WEIGHT_B]):
        found |= order(one, two, weigh) | stances(one, two, marks)
        found |= {k.GAP_A: gap(one, two, weigh), k.GAP_B: gap(two, one, weigh)}
        same, lengths, others = cosines(one, two, of_one, of_two, weigh)
        for side, (rows, sizes) in enumerate(
            ((same, lengths), ([list(row) for row in zip(*same, strict=True)], others))
        ):
            columns = (k.MEAN_A + side, k.PART_A + side, k.SERIES_A + side)
            found |= dict(zip(columns, partners(rows, sizes), strict=True))
        found |= {k.RUNS: in_long_runs(one, two, k.RUN), k.VERBATIM: in_long_runs(one, two, k.LONG_RUN)}
    return [float(found.get(column, 0.0)) for column in range(k.FEATURES)]


def best_alignment(same: list[list[float]], lengths_a: list[float], lengths_b: list[float]) -> float:
    """Weight of the best alignment of sentences: one for one, one for two, two for one, or left out, in one order."""

    def group(a0: int, a1: int, b0: int, b1: int) -> float:
        dot = sum(same[a][b] * lengths_a[a] * lengths_b[b] for a in range(a0, a1) for b in range(b0, b1))
        ours, theirs = (sum(x * x for x in part) for part in (lengths_a[a0:a1], lengths_b[b0:b1]))
        cosine = min(1.0, dot / max(sqrt(ours * theirs), 1e-9))
        return cosine * (sqrt(ours) + sqrt(theirs)) if cosine >= k.MATCH else 0.0

    @cache
    def best(a: int, b: int) -> float:
        values = [0.0]
        for back_a, back_b in ((1, 0), (0, 1), (1, 1), (1, 2), (2, 1)):
            if a >= back_a and b >= back_b:
                gained = group(a - back_a, a, b - back_b, b) if back_a and back_b else 0.0
                values.append(best(a - back_a, b - back_b) + gained)
        return max(values)

    return best(len(lengths_a), len(lengths_b))
