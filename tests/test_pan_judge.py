"""plagdet, against cases worked out by hand."""

import math

import pytest

pytest.importorskip("rich")

from benchmarks.pan import Passage, plagdet

HIDDEN = Passage(100, 200, 1000, 1100)


def test_what_is_found_as_it_was_hidden_is_perfect():
    score = plagdet([([HIDDEN], [HIDDEN])])
    assert (score.plagdet, score.precision, score.recall, score.granularity) == (1, 1, 1, 1)


def test_half_of_one_side_is_three_quarters():
    """Characters of both sides count alike."""
    score = plagdet([([HIDDEN], [Passage(100, 150, 1000, 1100)])])
    assert (score.precision, score.recall) == (1.0, 0.75)
    assert score.plagdet == pytest.approx(2 * 0.75 / 1.75)


def test_what_meets_on_one_side_alone_is_wrong():
    score = plagdet([([HIDDEN], [Passage(100, 200, 2000, 2100)])])
    assert (score.precision, score.recall, score.plagdet) == (0, 0, 0)


def test_two_halves_are_one_too_many():
    halves = [Passage(100, 150, 1000, 1050), Passage(150, 200, 1050, 1100)]
    score = plagdet([([HIDDEN], halves)])
    assert (score.precision, score.recall, score.granularity) == (1, 1, 2)
    assert score.plagdet == pytest.approx(1 / math.log2(3))


def test_characters_found_twice_count_once():
    twice = [Passage(100, 180, 1000, 1100), Passage(120, 200, 1000, 1100)]
    assert plagdet([([HIDDEN], twice)]).recall == 1


def test_means_are_over_passages_not_characters():
    long = Passage(0, 10_000, 0, 10_000)
    score = plagdet([([HIDDEN], []), ([long], [long]), ([], [HIDDEN])])
    assert (score.recall, score.precision) == (0.5, 0.5)
    assert (score.hidden, score.found) == (2, 2)


def test_a_passage_of_another_pair_is_not_met():
    assert plagdet([([HIDDEN], []), ([], [HIDDEN])]).plagdet == 0


def test_nothing_hidden_and_nothing_found():
    score = plagdet([([], [])])
    assert (score.hidden, score.found, score.plagdet) == (0, 0, 0.0)
