"""Which of two texts is the rewrite: each sign counted, the difference weighed, and left open where it is small."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.rewriting import direction
from dedup.rewriting.weights import SIGNS
from tests.rewrites import REWRITE, SOURCE

TEN = "The ferry left the quay and nobody on it saw"
"""Ten words without any sign."""
COUNTED = {
    "figures": ("12 a", 2), "brackets": ("(a) [b]", 4), "quotes": ('"a" “b”', 4), "spacing": ("a  b , c!! d--e", 4),
    "commas": ("a, b,", 2), "dashes": ("a – b—c", 2), "connectives": ("Moreover, thus", 2),
    "summing up": ("In summary", 1),
    "contractions": ("it's don’t", 2), "participles": ("going singing", 2), "being": ("is been", 2),
    "said": ("said told", 2), "acronyms": ("NATO A EU", 2), "fillers": ("very also", 2),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTED)
def test_signs_are_counted_for_a_hundred_words(name):
    part, times = COUNTED[name]
    text = f"{TEN} {part}"
    words = len(direction._WORD.findall(text))
    plain = {"fillers": 1}.get(name, 0)  # "and"
    assert direction.signs(text)[name] == pytest.approx(100 * (times + plain) / words)
    assert direction.signs(f"{TEN}.")[name] == pytest.approx(100 * plain / 10)


def test_signs_of_the_whole_text():
    found = direction.signs("One two three. Four! Five six?")
    assert found["long sentences"] == pytest.approx(2) and found["uneven"] == pytest.approx(np.std([3, 1, 2]) / 3)
    assert found["long words"] == pytest.approx(np.mean([3, 3, 5, 4, 4, 3])) and found["other words"] == pytest.approx(
        6 / 6**0.8
    )
    assert direction.signs("One one ONE")["other words"] == pytest.approx(1 / 3**0.8)
    ends = {"Done.": 0, "Done": 1, 'Done."': 0, "Done (so)": 0, "": 0, "Done, ": 1}
    assert {text: direction.signs(text)["open end"] for text in ends} == ends
    starts = {"small": 1, " small": 1, "Large": 0, "": 0, "3 small": 0}
    assert {text: direction.signs(text)["small start"] for text in starts} == starts
    assert set(direction.signs("")) == set(SIGNS) and not any(direction.signs("").values())


pieces = st.lists(
    st.sampled_from(["The", "ferry", "moreover,", "(12)", '"so"', "is", "going", ".", "\n"]), max_size=20
).map(" ".join)


@given(pieces, pieces)
def test_the_odds_are_opposite_the_other_way_round(one, two):
    forth, back = direction.differences(one, two), direction.differences(two, one)
    assert np.allclose(forth, -back) and (np.abs(forth) <= direction.MOST).all()
    lost, added = direction.odds(one, two)
    assert direction.odds(two, one) == pytest.approx((-lost, -added))
    weights = np.array([weight for weight, _ in SIGNS.values()])
    assert lost + added == pytest.approx(float(forth @ weights))
    assert lost == pytest.approx(sum(f * w for f, w in zip(forth, weights, strict=True) if w < 0))


def test_differences_are_those_of_the_signs_in_units_of_their_scale():
    ours, theirs, found = direction.signs(SOURCE), direction.signs(REWRITE), direction.differences(SOURCE, REWRITE)
    for value, (name, (_, scale)) in zip(found, SIGNS.items(), strict=True):
        expected = (theirs[name] - ours[name]) / scale
        assert value == pytest.approx(max(min(expected, direction.MOST), -direction.MOST)), name


def test_what_a_rewriter_loses_and_adds_speaks_against_him():
    assert min(direction.odds(SOURCE, REWRITE)) > 0


def test_pairs_that_are_not_asked_for_or_open_stay_so(monkeypatch):
    monkeypatch.setattr(direction, "SURE", 1.2)
    texts = [SOURCE.encode(), REWRITE.encode(), SOURCE.replace("Tuesday", "Wednesday").encode()]
    left, right = np.array([0, 0, 1, 0]), np.array([1, 1, 0, 2])
    found = direction.told(left, right, np.array([True, False, True, True]), texts.__getitem__)
    assert found[0].tolist() == pytest.approx(list(direction.odds(SOURCE, REWRITE)))
    assert found[1].tolist() == [0, 0] == found[3].tolist()
    assert found[2].tolist() == pytest.approx((-found[0]).tolist())
