"""Whether two texts say the same by the figures of their alignment: each threshold, just reached and just missed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.align import figures as k
from dedup.align.overlap import Overlaps
from dedup.align.rarity import Rarity
from dedup.facts import agreement as a
from dedup.text.numbers import find_numbers

ALL = np.zeros(1, np.int64)


def figures(**values: int) -> np.ndarray:
    found = np.zeros((1, k.FIGURES), np.int32)
    for name, value in ({"WORDS_A": 100, "WORDS_B": 100, "KNOWN": 1} | values).items():
        found[0, getattr(k, name)] = value
    return found


def pairs(jaccard: float) -> Overlaps:
    """A pair of texts that share so much of a thousand shingles."""
    sizes = np.array([1000], np.int32)
    shared = round(1000 * 2 * jaccard / (1 + jaccard))
    return Overlaps(ALL, ALL + 1, np.array([shared], np.int32), sizes, sizes)


def rarity(mean: float = 1.0, share: float = 1.0) -> Rarity:
    return Rarity(np.ones(1), np.array([mean]), np.array([share]))


FORMS = [
    ({"NUMBERS_CHANGED": 3, "NUMBERS_KEPT": 3}, True), ({"NUMBERS_CHANGED": 2}, False),
    ({"NUMBERS_CHANGED": 3, "NUMBERS_KEPT": 4}, False),
    ({"NUMBERS": 30, "NUMBERS_CHANGED": 3, "NUMBERS_KEPT": 22}, True),
    ({"NUMBERS": 29, "NUMBERS_CHANGED": 3, "NUMBERS_KEPT": 22}, False),
    ({"NUMBERS": 30, "NUMBERS_CHANGED": 3, "NUMBERS_KEPT": 23}, False),
    ({"NUMBERS": 90, "NUMBERS_CHANGED": 4, "NUMBERS_KEPT": 62, "TITLE_NUMBERS": 1}, True),
    ({"NUMBERS": 90, "NUMBERS_CHANGED": 4, "NUMBERS_KEPT": 63, "TITLE_NUMBERS": 1}, False),
    ({"NUMBERS": 90, "NUMBERS_CHANGED": 4, "NUMBERS_KEPT": 62}, False),
    ({"NUMBERS": 90, "NUMBERS_CHANGED": 3, "NUMBERS_KEPT": 40, "TITLE_NUMBERS": 1}, False),
]  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), FORMS)
def test_forms_are_filled_in_with_other_numbers(values, expected):
    assert bool(a.is_form(figures(**values))[0]) is expected


@given(*[st.integers(0, 20)] * 6)
def test_how_far_facts_agree(kept, changed, facts_a, facts_b, found_a, found_b):
    said = a.said(figures(FACTS_KEPT=kept, FACTS_CHANGED=changed, FACTS_A=facts_a, FACTS_B=facts_b, FOUND_A=found_a,
                          FOUND_B=found_b))  # fmt: skip
    assert said.agree[0] == (kept / (kept + changed) if kept + changed else 1)
    fewer, found = (facts_a, found_a) if facts_a <= facts_b else (facts_b, found_b)
    assert said.found[0] == (found / fewer if fewer else 1)


def facts(agree: int, found: int, **more: int) -> np.ndarray:
    """Facts of which so many of a hundred agree, and are found."""
    return figures(FACTS_KEPT=agree, FACTS_CHANGED=100 - agree, FACTS_A=100, FACTS_B=200, FOUND_A=found, **more)


AGREE = [
    (75, 50, {}, 0.0, True), (74, 50, {}, 0.0, False), (75, 49, {}, 0.0, False), (50, 50, {"KNOWN": 0}, 0.0, True),
    (49, 50, {"KNOWN": 0}, 0.0, False), (10, 95, {}, 0.85, True), (10, 94, {}, 0.85, False), (10, 95, {}, 0.84, False),
]  # fmt: skip


@pytest.mark.parametrize(("agree", "found", "more", "share", "expected"), AGREE)
def test_facts_agree_or_all_of_one_text_stands_in_the_other(agree, found, more, share, expected):
    assert bool(a.agree(facts(agree, found, **more), rarity(share=share))[0]) is expected


RULES = [
    ({"RULES": 8}, True), ({"RULES": 7}, False), ({"RULES": 6, "WORDS_A": 50, "WORDS_B": 50}, True),
    ({"RULES": 5, "WORDS_A": 50, "WORDS_B": 50}, False),
]  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), RULES)
def test_texts_that_lay_down_rules(values, expected):
    assert bool(a.lay_down_rules(figures(**values))[0]) is expected
    assert bool(a.other_subject(pairs(1), figures(**values, CLAUSE_WORDS=1))[0]) is expected
    assert not a.other_subject(pairs(1), figures(**values))[0]


SIGNED = [
    ({"KEPT_WORDS": 90}, True), ({"KEPT_WORDS": 89, "CHANGED_A": 5, "CHANGED_B": 5}, False),
    ({"KEPT_WORDS": 90, "CLAUSE_WORDS": 8}, False), ({"KEPT_WORDS": 90, "RULES": 1}, False),
    ({"KEPT_WORDS": 90, "WORDS_B": 101}, False),
]  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), SIGNED)
def test_one_licence_signed_anew(values, expected):
    found = figures(**({"RULES": 20} | values))
    assert bool(a.signed_anew(found)[0]) is expected
    assert bool(a.say_the_same(pairs(0), found)[0]) is expected


SAY_THE_SAME = [
    (90, 80, {}, 0.0, True), (89, 80, {}, 0.0, False), (90, 79, {}, 0.0, False), (90, 80, {"OWN": 5}, 0.9, False),
    (90, 80, {"OWN": 4}, 0.0, True),
]  # fmt: skip


@pytest.mark.parametrize(("agree", "found", "more", "jaccard", "expected"), SAY_THE_SAME)
def test_texts_that_count_once(agree, found, more, jaccard, expected):
    assert bool(a.say_the_same(pairs(jaccard), facts(agree, found, **more))[0]) is expected


def test_texts_without_facts_count_once_where_their_wording_is_the_same():
    for kept, jaccard, expected in ((49, 0.79, False), (50, 0.0, True), (49, 0.81, True)):
        found = figures(FACTS_KEPT=kept, FACTS_A=kept, FACTS_B=kept, FOUND_A=kept, FOUND_B=kept)
        assert bool(a.say_the_same(pairs(jaccard), found)[0]) is expected


NUMBERS = [
    ({"NUMBERS_CHANGED": 1, "NUMBERS_KEPT": 3}, 0.5, 1.0, True),
    ({"NUMBERS_CHANGED": 1, "NUMBERS_KEPT": 4}, 0.5, 1.0, False),
    ({"NUMBERS_CHANGED": 1, "NUMBERS_KEPT": 3}, 0.75, 1.0, False),
    ({"NUMBERS_CHANGED": 1, "WORDS_B": 120}, 0.5, 1.0, False),
    ({"NUMBERS_CHANGED": 1, "WORDS_B": 119}, 0.5, 1.0, True), ({"NUMBERS": 1}, 0.5, 1.0, True), ({}, 0.5, 1.0, False),
    ({"NUMBERS": 1, "NUMBERS_KEPT": 1}, 0.5, 1.0, False), ({"FACTS_CHANGED": 10}, 0.9, 0.39, True),
    ({"FACTS_CHANGED": 9}, 0.9, 0.39, False), ({"FACTS_CHANGED": 10}, 0.9, 0.4, False),
    ({"FACTS_CHANGED": 10, "WORDS_A": 160}, 0.9, 0.39, False), ({"FACTS_CHANGED": 10, "WORDS_A": 159}, 0.9, 0.39, True),
]  # fmt: skip


@pytest.mark.parametrize(("values", "jaccard", "mean", "expected"), NUMBERS)
def test_another_days_report(values, jaccard, mean, expected):
    assert bool(a.other_numbers(pairs(jaccard), figures(**values), rarity(mean))[0]) is expected


SUBJECTS = [
    ({"TITLE_NUMBERS": 2}, 0.8, True), ({"TITLE_NUMBERS": 1}, 0.8, False), ({"TITLE_NUMBERS": 2}, 0.95, False),
    ({"TITLE_NUMBERS": 1, "WORDS_A": 1000, "WORDS_B": 1000}, 0.8, True),
    ({"TITLE_NUMBERS": 1, "WORDS_A": 999, "WORDS_B": 1000}, 0.8, False),
    ({"TITLE_NUMBERS": 2, "NUMBERS": 30}, 0.8, False),
    ({"TITLE_NUMBERS": 2, "NUMBERS": 29}, 0.8, True), ({"SUBJECT_CHANGED": 3}, 1, True),
    ({"SUBJECT_CHANGED": 2}, 1, False),
    ({"TITLE_SWAPS": 3, "CHANGES": 6}, 1, True), ({"TITLE_SWAPS": 3, "CHANGES": 7}, 1, False),
    ({"TITLE_SWAPS": 2, "CHANGES": 2}, 1, False),
    ({"REPEATED": 8, "CHANGES": 32, "FACTS_KEPT": 97, "FACTS_CHANGED": 3}, 1, True),
    ({"REPEATED": 8, "CHANGES": 33, "FACTS_KEPT": 97, "FACTS_CHANGED": 3}, 1, False),
    ({"REPEATED": 7, "CHANGES": 8, "FACTS_KEPT": 97, "FACTS_CHANGED": 3}, 1, False),
    ({"REPEATED": 8, "CHANGES": 32, "FACTS_KEPT": 98, "FACTS_CHANGED": 2}, 1, False),
    ({"REPEATED": 8, "CHANGES": 32, "FACTS_A": 100, "FACTS_B": 100, "FOUND_A": 89}, 1, True),
    ({"REPEATED": 8, "CHANGES": 32, "FACTS_A": 100, "FACTS_B": 100, "FOUND_A": 90}, 1, False),
]  # fmt: skip


@pytest.mark.parametrize(("values", "jaccard", "expected"), SUBJECTS)
def test_texts_about_something_else(values, jaccard, expected):
    assert bool(a.other_subject(pairs(jaccard), figures(**values))[0]) is expected


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("1.19 million", "1,187,000", True), ("1.2 million", "1,187,000", True), ("1 million", "1,187,000", False),
        ("1.3 million", "1,187,000", False), ("12", "12.4", False), ("1,200", "1,187", True), ("1,190", "1,187", True),
        ("0", "3", False), ("4 July", "5 July", False), ("1.18 million", "1,187,000", False),
    ],
)  # fmt: skip
def test_numbers_that_are_rounded(one, two, expected):
    (first,), (second,) = find_numbers(f"it is {one} in all"), find_numbers(f"it is {two} in all")
    assert a._rounded(first, second) is expected and a._rounded(second, first) is expected


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("Ilse Brandt", "Brandt", True), ("Brandt", "ilse brandt", True), ("World Health Organization", "WHO", True),
        ("W.H.O.", "World Health Organization", True), ("Ilse Brandt", "Tomas Weir", False),
        ("World Bank", "WHO", False),
        ("Brandt Ilse", "Ilse Brandt", True), ("Ilse Brandt", "Ilse Weir", False),
    ],
)  # fmt: skip
def test_names_that_are_one(one, two, expected):
    assert a._same_name(one, two) is expected and a._same_name(two, one) is expected


def test_weekdays():
    assert all(map(a._weekday, ("Tuesday", "TUES.", "tue", "Sun"))) and not any(map(a._weekday, ("Tu", "May", "")))
