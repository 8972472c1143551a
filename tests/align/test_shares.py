"""How much of two texts an alignment holds, and how common terms are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.align import fact_kernels, frequencies
from dedup.align import figures as k
from dedup.align import rarity_kernels as r
from dedup.align.alignment import Aligned
from dedup.align.neighbourhood import Neighbourhood
from dedup.align.rarity import Rarity
from dedup.align.shares import shares
from dedup.text.term_kernels import DATES, fold_term
from dedup.text.tokens import word_list

small = st.integers(0, 30)


@given(st.lists(st.tuples(*[small] * 10), min_size=1, max_size=5))
def test_shares_are_those_of_the_twin(rows):
    figures = np.zeros((len(rows), k.FIGURES), np.int32)
    columns = (k.WORDS_A, k.WORDS_B, k.KEPT_WORDS, k.CHANGED_A, k.CHANGED_B, k.CHANGES, k.LIKE_SPELT, k.SENTENCES,
               k.CHANGED_SENTENCES, k.IN_SLOT)  # fmt: skip
    figures[:, columns] = rows
    found = shares(figures)
    for pair, row in enumerate(rows):
        words_a, words_b, kept, changed_a, changed_b, changes, alike, sentences, changed, in_slot = row
        words_a, words_b = max(words_a, 1), max(words_b, 1)
        sides = [(words_a, (kept + changed_a) / words_a), (words_b, (kept + changed_b) / words_b)]
        of_shorter = max(share for words, share in sides if words == min(words_a, words_b))
        of_longer = min(share for words, share in sides if words == max(words_a, words_b))
        assert found.kept[pair] == kept / min(words_a, words_b)
        assert (found.aligned[pair], found.whole[pair]) == (of_shorter, of_longer)
        assert found.density[pair] == (changes - alike) / max(kept + changed_a, 1)
        assert found.spread[pair] == changed / max(sentences, 1)
        assert found.slots[pair] == in_slot / max(changes, 1) and found.changes[pair] == changes - alike


def test_rarity_of_weights():
    """Of the weights of grams: of both texts, shared, rare shared, rare of both."""
    weights = np.zeros((2, 6))
    columns = (r.GRAMS_A, r.GRAMS_B, r.SHARED, r.RARE, r.RARE_A, r.RARE_B)
    weights[0, columns] = [40, 20, 10, 5.0, 8.0, 6.0]
    found = Rarity.of(weights)
    assert (found.contained[0], found.mean[0], found.share[0]) == (10 / 20, 5 / 10, 5 / 6)
    assert (found.contained[1], found.mean[1], found.share[1]) == (0, 0, 0), "texts of nothing"


def test_terms_of_words_are_those_of_the_kernel():
    words = word_list(["harbour", "the", "Ukraine", "paris", "x", "1998"])
    assert frequencies.word_terms(words).tolist() == [int(fold_term(word)) for word in words]
    assert (frequencies.word_terms(np.arange(1, 200_000, dtype=np.uint64) << np.uint64(40)) < DATES).all()


def test_common_words_are_common_and_unknown_ones_rare():
    the, unknown = frequencies.shares(frequencies.word_terms(word_list(["the", "zorbelmirofel"]))).tolist()
    assert the > 0.5 and unknown == frequencies.UNKNOWN
    terms, classes = frequencies.table()
    assert (np.diff(terms.astype(np.int64)) > 0).all()
    assert np.allclose(frequencies.shares(terms), 2.0 ** (-classes.astype(float) / 4))
    beyond = np.array([0, 0xFFFFFFFE], np.uint32)  # before the first and behind the last
    known = [(frequencies.shares(terms[terms == value]).tolist() or [frequencies.UNKNOWN])[0] for value in beyond]
    assert frequencies.shares(beyond).tolist() == known


@given(st.integers(0, 500), st.integers(0, 5000))
def test_inverse_document_frequencies(df, more):
    term, count = frequencies.word_terms(word_list(["the"])), df + more
    share = float(frequencies.shares(term)[0])
    expected = math.log((1 + count + 1000) / (1 + df + 1000 * share)) + 1
    assert frequencies.idf(term, np.array([df]), count)[0] == pytest.approx(expected, rel=1e-6)
    assert frequencies.idf(np.array([DATES | 37], np.uint32), np.array([df]), count)[0] == 0, "a date"


def test_what_words_weigh_as_facts():
    names = ["zorbelmirofel", "shall", "three", "one", "the", "money"]
    weights = dict(zip(names, (int(w) for w in of_words(names)), strict=True))
    assert weights["zorbelmirofel"] == fact_kernels.UNKNOWN_WEIGHT
    assert weights["shall"] == fact_kernels.PLAIN | fact_kernels.RULE_WORD
    assert weights["three"] == fact_kernels.WORD_OF_NUMBER | frequencies.NUMBER_WEIGHT
    assert weights["one"] == fact_kernels.WORD_OF_NUMBER | frequencies.FACT_STEPS
    assert (
        weights["the"] & fact_kernels.PLAIN
        and weights["the"] & fact_kernels.WEIGHT < weights["money"] & fact_kernels.WEIGHT
    )
    assert all(weights[name] & fact_kernels.WEIGHT >= 1 for name in names)


def of_words(names: list[str]) -> np.ndarray:
    return frequencies.fact_weights()[
        frequencies.word_terms(word_list(names)) >> np.uint32(32 - fact_kernels.WEIGHT_BITS)
    ]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=5), st.data())
def test_alignments_are_taken_and_joined_pair_by_pair(counts, data):
    kept = np.concatenate(([0], np.cumsum(counts)))
    blocks = np.arange(6 * kept[-1], dtype=np.int32).reshape(-1, 6)
    figures = np.arange(len(counts), dtype=np.int32)[:, None] * np.ones((1, k.FIGURES), np.int32)
    found = Aligned(figures, blocks, kept)
    which = np.array(data.draw(st.lists(st.integers(0, len(counts) - 1), max_size=6)), np.int64)
    taken, both = found.take(which), Aligned.joined([found, found.take(which)])
    assert taken.kept[-1] == len(taken.blocks)
    for place, pair in enumerate(which.tolist()):
        assert taken.of(place).tolist() == found.of(pair).tolist() == both.of(len(counts) + place).tolist()
        assert taken.figures[place, 0] == both.figures[len(counts) + place, 0] == pair
    assert [both.of(pair).tolist() for pair in range(len(counts))] == [
        found.of(pair).tolist() for pair in range(len(counts))
    ]


documents = st.lists(st.tuples(st.integers(-2, 7), st.integers(-2, 7), st.booleans()), max_size=20)


@given(
    documents, st.permutations(range(-2, 8)), st.lists(st.tuples(st.integers(-2, 7), st.integers(-2, 7)), max_size=3)
)
def test_neighbours_are_those_of_a_naive_twin(pairs, order, joined):
    """Those that look like copies of one of the two and say something else, one of those that say the same."""
    place = {number: at for at, number in enumerate(order)}
    known = Neighbourhood(pairs, place)
    known.join(joined)
    near, same = {}, {}
    for one, two, alike in [*pairs, *((one, two, True) for one, two in joined)]:
        for this, other in ((one, two), (two, one)):
            if alike:
                same.setdefault(this, set()).add(other)
            elif other >= 0:
                near.setdefault(this, set()).add(other)
    for one, two in ((0, 1), (2, 5), (-1, 3)):
        passed = {one, two} | same.get(one, set()) | same.get(two, set())
        expected = []
        for number in sorted((near.get(one, set()) | near.get(two, set())) - passed, key=place.__getitem__):
            if not same.get(number, set()) & set(expected):
                expected.append(number)
        numbers, bounds = known.others(np.array([one]), np.array([two]))
        assert numbers.tolist() == expected and bounds.tolist() == [0, len(expected)]
        assert known.of(one) == sorted(near.get(one, set()), key=place.__getitem__)
