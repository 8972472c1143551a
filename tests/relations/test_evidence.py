"""Evidence: places that slice the texts, and what was put in or left out shown with the word beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dedup.align.alignment import align
from dedup.model import Pair
from dedup.relations.evidence import FEW_WORDS, explain
from tests import texts
from tests.text import naive


def explained(one: str, two: str) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    rows = [one.encode(), two.encode()]
    sizes = np.array([len(row) for row in rows], np.int64)
    with ThreadPoolExecutor(1) as pool:
        found = align(np.array([0]), np.array([1]), sizes, rows.__getitem__, pool, blocks=True)
    return explain(found.of(0), *rows)


def substitutions(one: str, two: str) -> list[tuple[str, str]]:
    return [(pair.a.text, pair.b.text) for pair in explained(one, two)[1]]


ACCENTED = str.maketrans({"a": "ä", "e": "é", "i": "ï", "o": "😀o", "u": "漢"})
OTHERS = [
    texts.spun(texts.REPORT), texts.swapped(texts.REPORT, texts.BRITISH), "\n\n".join(texts.REPORT.split("\n\n")[2:5]),
    texts.INDEPENDENT, texts.REPORT, "",
]  # fmt: skip


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("accents", [False, True])
def test_places_slice_both_texts(other, accents):
    one, two = texts.REPORT, other
    if accents:
        one, two = one.translate(ACCENTED), two.translate(ACCENTED)
    passages, changed = explained(one, two)
    for pair in (*passages, *changed):
        for span, text in ((pair.a, one), (pair.b, two)):
            assert 0 <= span.start <= span.end <= len(text)
            assert text[span.start : span.end] == span.text
    for found in (passages, changed):
        assert [pair.a.start for pair in found] == sorted(pair.a.start for pair in found)
    for pair in changed:
        assert naive.words(pair.a.text) != naive.words(pair.b.text), "what is reported differs"
        assert pair.a.text and pair.b.text, "nothing stands for nothing"


def test_a_spun_copy_is_one_passage_and_its_synonyms_are_reported():
    two = texts.spun(texts.REPORT)
    passages, changed = explained(texts.REPORT, two)
    assert len(passages) == 1
    assert len(passages[0].a.text) > 0.95 * len(texts.REPORT.strip())
    said = {(pair.a.text.lower(), pair.b.text.lower()) for pair in changed}
    for word, other in (("dispute", "quarrel"), ("theatre", "playhouse"), ("dozens", "scores"), ("victory", "triumph")):
        assert any(word in one and other in two for one, two in said), (word, other)


BODY = (
    "Officers of the county searched the valley for two missing boys on Sunday night after their dog came home alone."
)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("missing boys", "missing little boys", ("missing", "missing little")),
        ("Officers of", "Officers quickly of", ("Officers", "Officers quickly")),
        ("searched the valley", "searched the whole valley", ("valley", "whole valley")),
        ("two missing boys", "two boys", ("two missing", "two")),
        ("missing boys", "lost boys", ("missing", "lost")),
        ("county", "district", ("county", "district")),
    ],
)
def test_what_was_put_in_stands_with_the_word_beside_it(before, after, expected):
    assert before in BODY
    other = BODY.replace(before, after)
    assert substitutions(BODY, other) == [expected]
    assert substitutions(other, BODY) == [expected[::-1]]


def test_what_was_put_in_between_commas_has_no_word_beside_it():
    assert substitutions(BODY, BODY.replace("dog came", "dog, wet, came")) == []


def test_a_long_insertion_is_no_substitution():
    more = "who had been called from their supper by the schoolmaster's wife, "
    assert len(more) > FEW_WORDS
    assert substitutions(BODY, BODY.replace("searched the", more + "searched the")) == []


def test_nothing_in_common_is_no_evidence():
    assert explained(BODY, "Shares fell in early trade as oil rose to its highest price for a decade.") == ((), ())
    assert explained("", "") == ((), ())


@pytest.mark.parametrize(
    ("one", "two", "said"),
    [
        ("1,400", "1,500", ("1,400", "1,500")),
        ("2.400", "3.400", ("2.400", "3.400")),
        ("12.03.2026", "12.04.2026", ("12.03.2026", "12.04.2026")),
        ("400", "500", ("400", "500")),
    ],
)
def test_a_number_is_shown_whole(one, two, said):
    """Its groups of digits are words of their own."""
    first, second = (texts.REPORT.replace(".", f" for {number} passengers.", 1) for number in (one, two))
    assert said in substitutions(first, second)
