"""References tried on their own text before they judge."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import cache
from itertools import product
from random import Random

import numpy as np
import pytest

from dedup.phrasing.reference import merging
from dedup.phrasing.reference.about import About
from dedup.phrasing.reference.model import Check, Reference, _checked
from dedup.phrasing.scoring import checking, kinds
from dedup.phrasing.scoring.scorer import Scorer
from dedup.pipeline.score import scorer_of
from tests.phrasing.factories import COMMON, made, sentence_soup


def prose(seed: int) -> str:
    """Common words, and rare ones that each stand in a score of places."""
    rng = Random(f"prose {seed}")
    rare = ["".join(letters) for letters in product("bcdfglmnprst", "aeiou", "dlmnr", "aeio")]
    words = [rng.choice(COMMON) if rng.random() < 0.45 else rng.choice(rare) for _ in range(150)]
    return ". ".join(" ".join(words[at : at + 15]).capitalize() for at in range(0, 150, 15))


@cache
def built() -> Reference:
    texts = [prose(seed).encode() for seed in range(200)]
    out, sizes = io.BytesIO(), np.array([len(text) for text in texts], np.int64)
    with ThreadPoolExecutor(2) as pool:
        header = checking.build(texts.__getitem__, np.arange(len(texts)), sizes, out, pool, about=About(note="x"))
    reference = Reference(bytearray(out.getvalue()), "built")
    assert header == reference.header and header.note == "x"
    return reference


def checked(**changes: object) -> Reference:
    """A reference whose check says this."""
    check = replace(Check(300, 0.7, 0.9, 0.95, checking.net()), **changes)
    reference = made([sentence_soup(seed, 60) for seed in range(6)])
    reference.header = replace(reference.header, check=check)
    return reference


def test_a_check_is_written_and_read_again():
    check = built().header.check
    assert check and check.net == checking.net()
    assert 0 < check.pieces <= 200 and 0 <= check.found <= 1 and 0 <= check.told <= 1


def test_what_replaces_words_is_put_where_they_stood():
    text, places = checking._put(b"the old tram runs", [[4, 7], [8, 12]], [b"ancient", b"bus"])
    assert text == b"the ancient bus runs"
    assert [text[c:d] for _, _, c, d in places] == [b"ancient", b"bus"] and places[0][:2] == (4, 7)


def test_pieces_come_from_all_over_long_texts():
    texts = [b"word " * 2000, "ä".encode() * 5000, b"short"]
    pieces = checking._pieces(texts.__getitem__, np.arange(3), np.array([len(text) for text in texts]))
    assert pieces[-1] == b"short" and len(pieces) > 6
    assert all(piece.decode() is not None and len(piece) <= checking.PIECE for piece in pieces)


@pytest.mark.parametrize(
    ("changes", "texts", "directions"),
    [
        ({}, None, None), ({"found": 0.1}, "10%", None), ({"told": 0.5}, None, "50%"),
        ({"pieces": 20}, "too little text", "too little text"), ({"net": "of old"}, "build it again", "build it again"),
    ],
)  # fmt: skip
def test_a_reference_may_judge_what_it_can(changes, texts, directions):
    leave = checking.leave(checked(**changes))
    for reason, expected in ((leave.texts, texts), (leave.directions, directions)):
        assert (reason is None) == (expected is None) and (expected or "") in (reason or "")


def test_the_shipped_one_and_large_english_ones_may_judge_unchecked():
    assert checking.leave(Reference.shipped()) == checking.Leave()
    reference = made([sentence_soup(seed, 60) for seed in range(6)])
    reference.header = replace(reference.header, words=checking.ENOUGH)
    assert (checking.leave(reference).texts is None) == checking.english(reference)


def test_the_threshold_is_that_of_the_check_where_it_is_higher():
    plain = scorer_of(checked(threshold=0.0)).threshold
    assert scorer_of(checked(threshold=0.99)).threshold == 0.99 > plain == scorer_of(Reference.shipped()).threshold


def test_a_refused_reference_judges_no_text_and_says_why(monkeypatch):
    scorer = scorer_of(checked(found=0.2))
    other = Scorer(scorer.reference)
    judged = other.judge([sentence_soup(1, 90).encode()])
    monkeypatch.setattr(Scorer, "knows", lambda _, judged: np.ones(len(judged.lengths), bool))
    monkeypatch.setattr(kinds, "MOST_MARKS", 9.0)
    assert other.why_not(judged) == [None]
    assert scorer.why_not(judged) == [scorer.refused] and "20%" in scorer.refused


@pytest.mark.parametrize("held", [None, 1, [], {}, {"pieces": 1}, {"found": 2.0}, {"net": 7}, {"pieces": -1}])
def test_what_a_header_may_say_of_a_check(held):
    whole = asdict(Check(3, 0.5, 0.5, 0.5, "x"))
    assert _checked(json.loads(json.dumps(whole))) == Check(**whole)
    assert _checked(whole | held if isinstance(held, dict) and held and held != {"pieces": 1} else held) is None


def test_a_merged_reference_is_worth_what_its_weakest_part_is():
    one, two = Check(10, 0.5, 0.9, 0.8, "x"), Check(20, 0.6, 0.7, 0.9, "x")
    assert merging._weakest([one, two]) == Check(30, 0.6, 0.7, 0.8, "x")
    assert merging._weakest([one, None]) is None and merging._weakest([one, replace(two, net="y")]) is None
