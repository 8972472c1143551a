"""Rewriting kernels against their twins in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.rewriting import align_kernels as align
from dedup.rewriting import kernels as k
from dedup.rewriting.stem_kernels import DAY, DENIAL, NAME, NUMBER, OPEN
from tests.rewriting import naive

BITS = 4
TABLE = np.array([0.5, 1.2, 1.7, 2.2, 2.6, 3.0, 3.6, 4.1, 4.4, 5.0, 5.6, 5.9, 6.3, 6.6, 7.0, 7.4], np.float32)
CLASSES = np.array(
    [0, OPEN, DENIAL, DAY, 0, DAY | OPEN, *[0] * 10],
    np.uint8,
)
WORDS = st.tuples(st.integers(0, 15), st.booleans())
TEXTS = st.lists(WORDS, min_size=1, max_size=60)
NUMBERS = {6, 11}
NAMES = {8, 12, 13}


def stems_of(text) -> list[int]:
    return [word << (32 - BITS) for word, _ in text]


def sentences_of(text) -> list[int]:
    ends = [end for _, end in text]
    return [sum(ends[:place]) for place in range(len(ends))]


def marks_of(stem: int) -> int:
    word = stem >> (32 - BITS)
    return (NUMBER if word in NUMBERS else 0) | (NAME if word in NAMES else 0) | int(CLASSES[word])


def weigh(stem: int) -> float:
    return float(TABLE[stem >> (32 - BITS)])


def kernel_features(one, two):
    stems = np.array([*stems_of(one), *stems_of(two)], np.uint32)
    sentences = np.array([*sentences_of(one), *sentences_of(two)], np.int32)
    marks = np.array([marks_of(int(stem)) & (NUMBER | NAME) for stem in stems], np.uint8)
    starts, out = np.array([0, len(one), len(one) + len(two)]), np.zeros((1, k.FEATURES))
    zero, second = np.zeros(1, np.int64), np.ones(1, np.int64)
    k.pair_features(starts, stems, sentences, marks, TABLE, CLASSES, BITS, zero, second, out)
    return out[0]


@given(TEXTS, TEXTS)
def test_features_of_two_texts_are_those_of_the_twin(one, two):
    first, second = sorted((one, two), key=lambda text: (len(text), stems_of(text)))
    parts = stems_of(first), stems_of(second), sentences_of(first), sentences_of(second)
    if parts[0] == parts[1] and parts[2] != parts[3]:
        first, second = one, two  # the same words: the first one counts as the shorter
        parts = stems_of(first), stems_of(second), sentences_of(first), sentences_of(second)
    assert kernel_features(one, two) == pytest.approx(naive.pair_features(*parts, weigh, marks_of), abs=1e-5)


@given(st.lists(st.integers(0, 9), max_size=30), st.data())
def test_the_heaviest_run_that_never_falls(places, data):
    weights = data.draw(st.lists(st.floats(0.1, 9), min_size=len(places), max_size=len(places)))
    found = k.rising(np.array(places, np.int32), np.array(weights, np.float64), len(places))
    assert found == pytest.approx(naive.heaviest_run(places, weights))


@given(TEXTS, TEXTS)
def test_sentences_are_aligned_as_well_as_by_the_twin(one, two):
    same, ours, theirs = naive.cosines(stems_of(one), stems_of(two), sentences_of(one), sentences_of(two), weigh)
    steps = align.sentence_steps(np.array(same), np.array(ours), np.array(theirs))
    a, b, weight = len(ours), len(theirs), 0.0
    while a or b:
        step = steps[a, b]
        back_a = 0 if step == align.SKIP_B else 2 if step == align.TWO_TO_ONE else 1
        back_b = 0 if step == align.SKIP_A else 2 if step == align.ONE_TO_TWO else 1
        if back_a and back_b:
            weight += align._group(np.array(same), np.array(ours), np.array(theirs), a - back_a, a, b - back_b, b)
        a, b = a - back_a, b - back_b
    assert weight == pytest.approx(naive.best_alignment(same, ours, theirs), abs=1e-6)
