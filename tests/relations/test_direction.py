"""Which side is the copy: what each sign is worth, and that it is worth the same on either side."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.model import BOTH, UNDECIDED
from dedup.relations import direction as d
from dedup.relations import reasons as r
from dedup.relations.direction import Directions, Signs, directions
from dedup.relations.relation import EXCERPT, NEAR, SPUN

LEAN = d.LEAN_LEFT | d.LEAN_RIGHT


def decided(code=NEAR, odds=0.0, weight=None, marked=0, later=0, longer=1.0, text=0.0) -> Directions:
    """One pair."""
    weight = abs(odds) if weight is None else weight
    return directions(
        np.array([code], np.int8),
        Signs(
            np.array([odds]), np.array([weight]), np.array([marked], np.int8), np.array([later], np.int8),
            np.array([longer]), np.array([text]),
        ),
    )  # fmt: skip


def test_nothing_known_is_undecided():
    found = decided()
    assert (found.side[0], found.confidence[0], found.reasons[0]) == (UNDECIDED, 0.0, 0)


@pytest.mark.parametrize(
    ("signs", "reasons", "worth"),
    [
        ({"code": SPUN, "odds": 8.0, "weight": 8.0}, d.WORDING, 2.0),
        ({"code": SPUN, "odds": 1000.0, "weight": 1000.0}, d.WORDING, d.ONE_OFFSET + d.ONE_AGREED),
        # an editor's changes count less than the date
        ({"odds": 4.0}, d.WORDING, 1.0),
        ({"odds": 1000.0}, d.WORDING, d.EDITED_MOST),
        ({"odds": -1000.0, "later": 1}, d.LATER, d.DATE - d.EDITED_MOST),
        ({"marked": 1}, d.MARKED, d.MARKS),
        ({"later": 1}, d.LATER, d.DATE),
        ({"later": 1, "longer": 1.2}, d.LATER | d.SHORT, d.DATE + d.SHORTER),
        ({"code": EXCERPT, "longer": 3.0}, d.INSIDE | d.SHORT, d.EXCERPT_SIDE + d.SHORTER),
        ({"odds": 40.0, "marked": 1, "later": 1}, d.WORDING | d.MARKED | d.LATER, d.EDITED_MOST + 5.0),
        # signs that contradict each other are set off, and only what speaks for the verdict is a reason
        ({"marked": 1, "later": -1}, d.MARKED, d.MARKS - d.DATE),
        ({"odds": -40.0, "marked": 1, "later": -1}, d.MARKED, None),
    ],
)
def test_signs_and_their_mirror_image(signs, reasons, worth):
    mirrored = {
        name: value if name in ("code", "weight") else 1 / value if name == "longer" else -value
        for name, value in signs.items()
    }
    right, left = decided(**signs), decided(**mirrored)
    if worth is None:
        assert right.side[0] == 0 and left.side[0] == 1
        return
    assert right.side[0] == 1 and left.side[0] == 0
    for found in (right, left):
        assert found.reasons[0] & ~LEAN == reasons
        assert found.confidence[0] == pytest.approx(1 / (1 + math.exp(-worth)))


def test_being_a_little_shorter_says_too_little():
    assert decided(longer=1.05).side[0] == decided(longer=2.0).side[0] == UNDECIDED
    assert decided(odds=0.5, longer=2.0).side[0] == 1


def test_two_rewritings_of_a_third_text():
    """Many substitutions, each sure, that do not agree."""
    found = decided(SPUN, odds=5.0, weight=60.0)
    assert found.side[0] == BOTH and found.reasons[0] & ~LEAN == d.WORDING
    assert 0.9 < found.confidence[0] <= 1
    assert decided(SPUN, odds=-5.0, weight=60.0).side[0] == BOTH
    assert decided(SPUN, odds=50.0, weight=60.0).side[0] == 1
    assert decided(SPUN, odds=5.0, weight=d.BOTH_WEIGHT - 1).side[0] == 1, "too little to know"
    assert decided(NEAR, odds=5.0, weight=60.0).side[0] == 1, "only of spun copies"


@given(
    st.lists(
        st.tuples(
            st.sampled_from([NEAR, EXCERPT, SPUN]), st.floats(-100, 100), st.floats(0, 100), st.integers(-1, 1),
            st.integers(-1, 1), st.floats(0.05, 20), st.floats(-8, 8),
        ),
        min_size=1, max_size=20,
    )
)  # fmt: skip
def test_a_pair_turned_round_is_decided_the_same(rows):
    codes, odds, extra, marked, later, longer, text = (np.array(column) for column in zip(*rows, strict=True))
    codes, weight = codes.astype(np.int8), np.abs(odds) + extra
    longer = np.where(longer == 1.0, 1.01, longer)
    odds = np.where(odds == 0.0, 0.5, odds)
    forth = directions(codes, Signs(odds, weight, marked, later, longer, text))
    back = directions(codes, Signs(-odds, weight, -marked, -later, 1 / longer, -text))
    turned = np.where(back.side >= 0, 1 - back.side, back.side)
    # a sum at the very border may fall to either side of it
    sure = np.abs(forth.confidence - 1 / (1 + math.exp(-d.SURE))) > 1e-6
    sure &= np.abs(back.confidence - 1 / (1 + math.exp(-d.SURE))) > 1e-6
    assert (forth.side[sure] == turned[sure]).all()
    assert np.allclose(forth.confidence[sure], back.confidence[sure])
    assert (forth.reasons[sure] & ~LEAN == back.reasons[sure] & ~LEAN).all()
    leaning = np.where(back.leaning >= 0, 1 - back.leaning, back.leaning)
    assert (forth.leaning[sure] == leaning[sure]).all()
    assert (forth.leaning[later != 0] == UNDECIDED).all(), "where a date tells, nothing else has to"
    for found in (forth, back):
        assert ((found.confidence == 0) == (found.side == UNDECIDED)).all()
        assert (found.confidence[found.side != UNDECIDED] >= 0.5).all() and (found.confidence <= 1).all()


def test_open_wording_is_no_verdict():
    """Neither side is named, nor both, where half of the weight agrees: dates decide, or nothing does."""
    assert decided(SPUN, odds=56.0, weight=106.0).side[0] == UNDECIDED
    assert decided(SPUN, odds=56.0, weight=106.0).leaning[0] == 1
    assert decided(SPUN, odds=-56.0, weight=106.0, text=0.5).leaning[0] == 0
    dated = decided(SPUN, odds=56.0, weight=106.0, later=-1)
    assert (dated.side[0], dated.reasons[0], dated.leaning[0]) == (0, d.LATER, UNDECIDED)


@pytest.mark.parametrize("weight", [14.0, 30.0, 60.0, 120.0])
def test_wording_against_the_date_must_be_beyond_doubt(weight):
    """The later one is the copy, unless all of much wording and the text as a whole say otherwise."""
    doubtful = decided(SPUN, odds=-0.8 * weight, weight=weight, later=1)
    assert doubtful.side[0] == 1 and doubtful.reasons[0] == d.LATER
    assert doubtful.confidence[0] < 0.7, "it says that the two disagree"
    assert decided(SPUN, odds=-weight, weight=weight, text=0.0, later=1).side[0] == 1
    assert decided(SPUN, odds=-0.9 * weight, weight=weight, text=-1.0, later=1).side[0] == 1
    agreed = decided(SPUN, odds=weight, weight=weight, later=1)
    assert agreed.side[0] == 1 and agreed.confidence[0] > 0.99


def test_a_text_worded_much_worse_as_a_whole_overrules_the_date():
    found = decided(SPUN, odds=-198.0, weight=200.0, text=-8.0, later=1)
    assert found.side[0] == 0 and found.reasons[0] == d.WORDING
    assert 0.9 < found.confidence[0] < 0.99


@pytest.mark.parametrize(
    ("odds", "text", "side"),
    [(27.0, 6.0, 1), (27.0, 4.0, UNDECIDED), (27.0, 0.0, BOTH), (27.0, -4.0, BOTH), (36.0, 3.0, 1),
     (36.0, 0.0, UNDECIDED), (36.0, -4.0, UNDECIDED), (57.0, -1.0, 1), (57.0, -9.0, UNDECIDED)],
)  # fmt: skip
def test_the_whole_text_joins_the_evidence(odds, text, side):
    """Where the words alone are open, the text as a whole says whether there is a source."""
    assert decided(SPUN, odds=odds, weight=60.0, text=text).side[0] == side


def test_the_better_worded_of_two_near_duplicates_is_kept():
    assert decided(NEAR, odds=12.0, weight=12.0).leaning[0] == 1
    assert decided(NEAR, odds=-12.0, weight=12.0).leaning[0] == 0
    assert decided(NEAR, odds=5.0, weight=6.0).leaning[0] == 1, "of one length"
    assert decided(NEAR, odds=1.0, weight=1.0).leaning[0] == UNDECIDED, "nearly nothing"
    assert decided(NEAR, odds=4.0, weight=20.0).leaning[0] == UNDECIDED, "it is worse in places, too"
    assert decided(NEAR, odds=10.0, weight=20.0, longer=0.95).leaning[0] == UNDECIDED
    assert decided(NEAR, odds=4.0, weight=4.0, longer=0.95).leaning[0] == UNDECIDED, "a word or two"
    assert decided(NEAR, odds=12.0, weight=12.0, longer=0.95).leaning[0] == 1
    assert decided(NEAR, odds=-12.0, weight=12.0, longer=1.2).leaning[0] == UNDECIDED, "the longer one says more"
    assert decided(NEAR, odds=12.0, weight=12.0, marked=-1).leaning[0] == UNDECIDED
    assert decided(EXCERPT, odds=12.0, weight=12.0).leaning[0] == UNDECIDED


def test_every_reason_has_words():
    bits = [r.WORDING, r.MARKED, r.LATER, r.SHORT, r.INSIDE, r.HIDDEN, r.LOST, r.ADDED]
    assert sorted(r.REASONS) == bits and not sum(bits) & (d.LEAN_LEFT | d.LEAN_RIGHT)
    assert len(set(r.REASONS.values())) == 8
