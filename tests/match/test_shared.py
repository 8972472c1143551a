"""Words in common runs, and how closely a copy follows."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.match import relation
from dedup.match.align import align
from dedup.match.shared import RUN, copied, in_runs, shared
from tests import naive
from tests.match.test_align import edited, one_thread, story

few_words = st.lists(st.integers(0, 5), max_size=30)


def hashes(words):
    return np.array([naive.word_hash(str(word)) for word in words], np.uint64)


@given(few_words, few_words)
def test_in_runs_marks_what_its_twin_marks(one, two):
    assert in_runs(hashes(one), hashes(two)).tolist() == naive.in_runs(one, two, RUN)


@given(few_words, few_words)
def test_shared_is_a_share_and_the_same_from_both_sides_of_unequal_texts(one, two):
    share = shared(hashes(one), hashes(two))
    assert 0 <= share <= 1
    if len(one) != len(two):
        assert share == shared(hashes(two), hashes(one))


def test_a_text_and_itself_and_nothing():
    words = hashes(range(10))
    assert shared(words, words) == 1 and copied(words, words)
    assert shared(words, hashes([])) == 0 and not copied(words, hashes([]))
    assert not copied(words, hashes(range(20, 40)))


def closeness(one, two):
    rows = [one.encode(), two.encode()]
    sizes = np.array([len(row) for row in rows], np.int64)
    with one_thread() as pool:
        return float(relation.closeness(align(np.array([0]), np.array([1]), sizes, rows.__getitem__, pool).figures)[0])


def test_closeness_falls_with_what_is_rewritten():
    source = story(3, 30)
    found = [closeness(source, edited(source, random.Random(1), share)) for share in (0.0, 0.05, 0.2, 0.5)]
    assert found == sorted(found, reverse=True) and found[0] > 0.5 > found[3]
    assert closeness(source, source) == pytest.approx(1.0, abs=0.001)
    assert closeness(source, story(4, 30)) < 0.05


def test_closeness_of_nothing():
    assert closeness("", "") == 0.0
