"""Which of two wordings a reference finds the better."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dedup.align import figures as k
from dedup.align.alignment import align
from dedup.phrasing.reference import counting
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring import wording
from dedup.phrasing.scoring.scorer import Scorer

BACKGROUND = [
    f"The minister of country {n} said on day {n} that military aid for the army would be sent to the east, and that "
    f"the air force of the ally had asked for new equipment in a phone conversation with the president of land {n}."
    for n in range(30)
]
CLEAN = BACKGROUND[3]
SPUN = (
    CLEAN.replace("military aid", "army help")
    .replace("air force", "air drive")
    .replace("phone conversation", "phone dialog")
)


def scorer(texts: list[str]) -> Scorer:
    rows = [text.encode() for text in texts]
    out = io.BytesIO()
    with ThreadPoolExecutor(1) as pool:
        sizes = np.array([len(row) for row in rows], np.int64)
        counting.build(rows.__getitem__, np.arange(len(rows)), sizes, out, pool)
    return Scorer(Reference(bytearray(out.getvalue()), "a test"))


def compared(
    texts: list[str], pairs: list[tuple[int, int]], judge: Scorer | None = None, left_out: dict[int, int] | None = None
) -> wording.Wording:
    rows = [text.encode() for text in texts]
    sizes = np.array([len(row) for row in rows], np.int64)
    left, right = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    forgotten = np.full(len(texts), -1, np.int64)
    for row, other in (left_out or {}).items():
        forgotten[row] = other
    with ThreadPoolExecutor(2) as pool:
        found = align(left, right, sizes, rows.__getitem__, pool, blocks=True)
        both = wording.AlignedPairs(left, right, found.blocks, found.kept, k.REPLACE)
        return wording.compare(both, rows.__getitem__, forgotten, judge or scorer(BACKGROUND), pool)


def test_the_side_with_unseen_ngrams_is_the_copy():
    found = compared([*BACKGROUND, SPUN], [(3, 30)])
    assert found.odds[0] > 4
    assert found.weight[0] == pytest.approx(found.odds[0]), "all substitutions agree"


def test_a_pair_turned_round_says_the_same():
    forth, back = compared([SPUN, *BACKGROUND], [(0, 4)]), compared([*BACKGROUND, SPUN], [(3, 30)])
    assert forth.odds[0] == pytest.approx(-back.odds[0], rel=1e-5)
    assert forth.weight[0] == pytest.approx(back.weight[0], rel=1e-5)


def test_two_wordings_that_are_each_worse_somewhere_do_not_agree():
    one = CLEAN.replace("military aid", "army help").replace("phone conversation", "phone dialog")
    two = CLEAN.replace("air force", "air drive").replace("new equipment", "fresh gear")
    found = compared([*BACKGROUND, one, two], [(30, 31)])
    assert found.weight[0] > 8
    assert abs(found.odds[0]) < 0.6 * found.weight[0]


def test_what_the_reference_has_from_the_pair_itself_is_left_out():
    """A copy that says the same odd thing ten times is no witness for it."""
    loud = SPUN + " Army help for the army. Army help for the army. Air drive of the ally. Air drive of the ally."
    texts = [*BACKGROUND, loud]
    judge = scorer(texts)
    with_itself = compared(texts, [(3, 30)], judge).odds[0]
    without = compared(texts, [(3, 30)], judge, {30: 30, 3: 30}).odds[0]
    assert without > with_itself
    assert without > 3


def test_texts_to_be_left_out_stand_behind_those_that_are_judged():
    left_out = np.array([2, -1, 2, 0])
    texts, places = wording.with_left_out(np.array([0, 1, 3]), left_out, lambda row: b"%d" % row)
    assert texts == [b"0", b"1", b"3", b"2"]
    assert places.tolist() == [3, -1, 0]


def test_pairs_without_substitutions_say_nothing():
    found = compared(
        [*BACKGROUND, CLEAN, "Something else entirely, in a few words.", SPUN], [(3, 30), (3, 31), (3, 32)]
    )
    assert found.odds[:2].tolist() == [0, 0] and found.weight[:2].tolist() == [0, 0]
    assert found.odds[2] > 0


def test_many_pairs_are_the_same_as_one_by_one():
    texts = [*BACKGROUND, *(text.replace("military aid", f"army help{n % 3}") for n, text in enumerate(BACKGROUND))]
    pairs = [(row, row + 30) for row in range(30)] * 3
    pairs.sort()
    together = compared(texts, pairs)
    for at in (0, 1, 45, 89):
        alone = compared(texts, pairs[at : at + 1])
        assert together.odds[at] == pytest.approx(alone.odds[0], rel=1e-5)
