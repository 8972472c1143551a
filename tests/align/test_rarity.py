"""How rare shared wording is: the kernels beside a naive twin, and what a background counts."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dedup.align import rarity
from dedup.align.rarity import Background
from dedup.text.tokens import tokenise

WORDS = [
    "harbour",
    "pier",
    "eel",
    "ferry",
    "winter",
    "bread",
    "song",
    "river",
    "tower",
    "lamp",
    "glass",
    "stone",
    "wool",
]


def sentence(rng: random.Random, count: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(count))


def batch(seed: int, count: int = 30) -> list[str]:
    rng = random.Random(seed)
    frame = sentence(rng, 12)
    made = [f"{frame} {sentence(rng, rng.randrange(3, 20))}" for _ in range(count // 2)]
    return [*made, *(sentence(rng, rng.randrange(0, 25)) for _ in range(count - len(made)))]


def weighed(
    texts: list[str], pairs: list[tuple[int, int]], groups: list[int] | None = None, threads: int = 2
) -> rarity.Rarity:
    data = [text.encode() for text in texts]
    sizes = np.array([len(text) for text in data], np.int64)
    left, right = (np.array(side, np.int64) for side in zip(*sorted(pairs), strict=True))
    rows = np.arange(len(texts))
    of = rows if groups is None else np.array(groups, np.int64)
    asked = np.union1d(left, right)
    words = sum(len(texts[row].split()) for row in asked.tolist())
    with ThreadPoolExecutor(2) as pool:
        known = Background.of(asked, rows, of, words, data.__getitem__, sizes, pool, threads)
        return known.weigh(left, right, of, sizes, data.__getitem__, pool)


def naive(texts: list[str], pairs: list[tuple[int, int]], groups: list[int] | None = None) -> list[tuple[float, ...]]:
    """The same with sets."""
    grams = []
    for text in texts:
        words = tokenise(text).hashes.tolist()
        grams.append({tuple(words[at : at + 3]) for at in range(len(words) - 2)})
    of = list(range(len(texts))) if groups is None else groups
    held = Counter(gram for group in set(of) for gram in set().union(*(g for g, o in zip(grams, of) if o == group)))  # noqa: B905
    found = []
    for a, b in sorted(pairs):
        shared, own = grams[a] & grams[b], 1 if of[a] == of[b] else 2
        rare = {gram: 1 / max(held[gram] - own + 1, 1) for gram in shared}
        totals = [sum(rare.get(gram, 1 / max(held[gram], 1)) for gram in grams[row]) for row in (a, b)]
        weight = sum(rare.values())
        fewer = min(len(grams[a]), len(grams[b]))
        found.append((len(shared) / max(fewer, 1), weight / max(len(shared), 1), weight / max(min(totals), 1e-9)))
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("threads", [1, 3])
def test_like_sets(seed, threads):
    rng = random.Random(seed)
    texts = batch(seed)
    pairs = list({tuple(sorted(rng.sample(range(len(texts)), 2))) for _ in range(40)})
    groups = [rng.choice((at, at - at % 4)) for at in range(len(texts))]
    for of in (None, groups):
        found = weighed(texts, pairs, of, threads)
        assert list(zip(found.contained, found.mean, found.share, strict=True)) == [
            pytest.approx(row) for row in naive(texts, pairs, of)
        ]


def test_a_frame_weighs_little_and_what_two_share_weighs_all():
    frame = "the council of the valley will meet in the old hall on the green at noon to hear"
    own = [f"{frame} item {number} of its list which nobody else has read" for number in range(20)]
    found = weighed([*own, "a heron stood on the quay", "a heron stood on the quay at dawn"], [(0, 1), (20, 21)])
    assert found.mean[0] < 0.1 and found.mean[1] == 1.0


def test_documents_that_say_the_same_count_once():
    """A press release with fifty copies is no frame of its own."""
    release = "the ferry to the island will sail from the coal quay until the pier is mended next winter"
    texts = [f"{release} says number {number}" for number in range(50)]
    alone, together = weighed(texts, [(0, 1)]), weighed(texts, [(0, 1)], [0] * 50)
    assert alone.mean[0] < 0.05 and together.mean[0] == 1.0


def test_without_a_background_every_gram_counts_one():
    data = [b"one two three four five", b"one two three four six"]
    sizes = np.array([len(text) for text in data])
    one, two = np.array([0]), np.array([1])
    with ThreadPoolExecutor(1) as pool:
        found = Background.none().weigh(one, two, np.arange(2), sizes, data.__getitem__, pool)
    assert (found.contained[0], found.mean[0]) == (pytest.approx(2 / 3), 1.0)


def test_a_sample_stands_for_all_where_there_is_too_much(monkeypatch):
    texts = batch(3, 40)
    pairs = [(0, 1), (2, 3)]
    whole = weighed(texts, pairs)
    monkeypatch.setattr(rarity, "GRAMS_MOST", 30)
    part = weighed(texts, pairs)
    assert np.abs(part.mean - whole.mean).max() < 0.5 and (part.contained <= 1).all()


def naive_among(texts: list[str], pairs: list[tuple[int, int]], others: list[list[int]]) -> list[tuple[float, ...]]:
    """Backgrounds of their own, with sets."""
    grams = []
    for text in texts:
        words = tokenise(text).hashes.tolist()
        grams.append({tuple(words[at : at + 3]) for at in range(len(words) - 2)})
    found = []
    for (a, b), among in zip(pairs, others, strict=True):
        weight = {gram: 1 / (1 + sum(gram in grams[row] for row in among)) for gram in grams[a] | grams[b]}
        shared = grams[a] & grams[b]
        rare, totals = sum(weight[gram] for gram in shared), [sum(weight[g] for g in grams[row]) for row in (a, b)]
        fewer = min(len(grams[a]), len(grams[b]))
        found.append((len(shared) / max(fewer, 1), rare / max(len(shared), 1), rare / max(min(totals), 1e-9)))
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("at_once", [1, 1 << 24])
def test_pairs_with_backgrounds_of_their_own_like_sets(seed, at_once, monkeypatch):
    monkeypatch.setattr(rarity, "AMONG_BYTES", at_once)
    rng, texts = random.Random(seed), batch(seed)
    pairs = [(a, b) for a in range(10) for b in range(a + 1, 10)]
    others = [rng.sample(range(10, 30), rng.choice((0, 0, 3, 12))) for _ in pairs]
    data = [text.encode() for text in texts]
    sizes = np.array([len(text) for text in data], np.int64)
    left, right = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    rows = np.array([row for among in others for row in among], np.int64)
    bounds = np.cumsum([0, *map(len, others)])
    with ThreadPoolExecutor(2) as pool:
        found = rarity.weigh_among(left, right, rows, bounds, sizes, data.__getitem__, pool)
    told = zip(found.contained.tolist(), found.mean.tolist(), found.share.tolist(), strict=True)
    for one, two in zip(told, naive_among(texts, pairs, others), strict=True):
        assert one == pytest.approx(two)
