"""Summaries of a whole text within another one: found, shown whole, and told from passages that were taken."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Relation, compare
from dedup.align.alignment import align
from dedup.align.figures import EQUAL, PASSAGE
from dedup.rewriting import condensed, detection
from dedup.rewriting import condensed_kernels as k

SUMMARY = (
    "Port Sarrow's council shut the 93-year-old Gannet Bridge for at least six weeks after the firm Strand & Oakley "
    "found cracks of up to 40 centimetres in two steel arms. Some 14,000 vehicles a day must take a detour through the "
    "Quarry Road tunnel, while the operator Bluewake runs additional boats from Fish Quay. Orla Venning, head of "
    "transport, denied any danger of collapse. Bakery owner Piet Lammering wants compensation, and Hanne Dorrit of the "
    "dockworkers' union demanded an independent inquiry into maintenance. Repairs will cost 8.2 million crowns; a "
    "meeting follows on Thursday at the Sailors' Hall."
)


def summed_up(one: str, two: str) -> condensed.Condensed:
    words = detection.words_of([one.encode(), two.encode()])
    return condensed.condensed(words, condensed.summaries_of(words, np.array([0]), np.array([1]))[0])


@pytest.fixture
def article(seeds) -> str:
    return (seeds / "harbour-bridge_tidewater-courier.txt").read_text(encoding="utf-8")


@pytest.fixture
def other(seeds) -> str:
    return (seeds / "lake-boats_tarl-valley-gazette.txt").read_text(encoding="utf-8")


def test_a_summary_is_a_copy_and_its_passage_is_the_whole_article(article):
    found = compare(SUMMARY, article)
    assert found.copied and found.relation is Relation.REWRITTEN
    longest = max(found.passages, key=lambda pair: len(pair.b.text))
    assert len(longest.a.text) > 0.9 * len(SUMMARY) and len(longest.b.text) > 0.9 * len(article)


@pytest.mark.parametrize("turned", [False, True])
def test_a_summary_within_a_text_on_something_else_is_found_where_it_stands(article, other, turned):
    middle = len(other) // 2
    text = f"{other[:middle]}\n\n{SUMMARY}\n\n{other[middle:]}"
    found = compare(article, text) if turned else compare(text, article)
    pair = max(found.passages, key=lambda pair: len(pair.a.text) + len(pair.b.text))
    inside, whole = (pair.b, pair.a) if turned else (pair.a, pair.b)
    assert found.copied and found.relation is None
    assert abs(inside.start - text.index(SUMMARY)) < 120 and abs(len(inside.text) - len(SUMMARY)) < 240
    assert len(whole.text) > 0.9 * len(article)


def test_a_passage_that_was_taken_is_no_summary(article, other):
    paragraphs = article.split("\n\n")
    text = "\n\n".join((other[:600], *paragraphs[2:4], other[600:1200]))
    assert not summed_up(text, article).stretch
    assert all(len(pair.b.text) < 0.5 * len(article) for pair in compare(text, article).passages)


def test_other_reports_and_texts_with_names_put_in_are_no_summaries(seeds, article, other):
    report = (seeds / "harbour-bridge_tolvane-examiner.txt").read_text(encoding="utf-8")
    for old, new in (("lake", "Gannet Bridge"), ("boats", "Orla Venning"), ("company", "Strand & Oakley")):
        other = other.replace(old, new)
    for text in (report, report[:500], other, other[:600], "", "Port Sarrow", article):
        assert not summed_up(text, article).stretch


def test_both_may_be_long_beyond_measure():
    text = "word " * k.MOST_WORDS * 6
    assert summed_up(text, text) == (False, False)


@given(
    st.lists(st.integers(0, 5), max_size=40),
    st.lists(st.sampled_from([-1.5, -0.25, 0.0, 0.5, 2.0]), min_size=6, max_size=6),
    st.booleans(),
)
def test_the_densest_stretch_is_that_of_the_twin(local, gains, once):
    """All stretches tried: a stem that is worth something counts once in each, others always."""
    held = np.array(gains) > 0
    first, end = k._densest(np.array(local, np.int32), np.array(gains), held, once)

    def worth(begin: int, stop: int) -> float:
        part = local[begin:stop]
        return sum(gains[stem] for place, stem in enumerate(part) if not (once and held[stem] and stem in part[:place]))

    best = max((worth(a, b) for a in range(len(local)) for b in range(a, len(local) + 1)), default=0.0)
    assert worth(first, end) >= (0.5 * best if once else best - 1e-9)


@given(st.lists(st.integers(0, 4), max_size=30), st.integers(1, 12))
def test_what_stands_in_one_stretch_is_that_of_the_twin(local, size):
    weights, inside = np.array([2.0, 3.0, 1.0, 4.0, 5.5], np.float32), np.array([True, True, True, False, True])
    telling = {stem for stem in (0, 1, 4) if stem in local}
    windows = [set(local[end - size if end > size else 0 : end]) & telling for end in range(len(local) + 1)]
    most = max(sum(float(weights[stem]) for stem in window) for window in windows)
    whole = sum(float(weights[stem]) for stem in telling)
    found = k._gathered(np.array(local, np.int32), inside, weights, size)
    assert found == pytest.approx(most / max(whole, 1e-9), abs=1e-6)


def test_of_two_rows_each_is_judged_by_itself(article, other):
    words = detection.words_of([article.encode(), other.encode(), SUMMARY.encode()])
    found = condensed.summaries_of(words, np.array([0, 1, 2]), np.array([2, 2, 0]))
    assert found[:, 0].tolist() == [2, 0, 1]
    assert found[0, 1:5].tolist() == [*found[2, 3:5].tolist(), *found[2, 1:3].tolist()]


side = st.tuples(st.integers(0, 20), st.integers(1, 20)).map(lambda part: (part[0], part[0] + part[1]))
kinds = st.sampled_from([PASSAGE, PASSAGE, EQUAL])


@given(st.lists(st.tuples(kinds, side, side), max_size=6), side, side)
def test_passages_that_lie_mostly_in_the_stretch_give_way_to_it(rows, ours, theirs):
    blocks = np.array([[kind, *a, *b, 0] for kind, a, b in rows], np.int32).reshape(-1, 6)

    def mostly(part, place):
        inside = len(set(range(*part)) & set(range(*place)))
        return 2 * inside >= part[1] - part[0]

    kept = [row for row in rows if row[0] != PASSAGE or not (mostly(row[1], ours) and mostly(row[2], theirs))]
    found = condensed._without(blocks, np.array([*ours, *theirs], np.int32))
    assert [(row[0], tuple(row[1:3]), tuple(row[3:5])) for row in found.tolist()] == kept


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([1, 0, 80, 0, 300, 2], (True, True)), ([1, 0, 79, 0, 300, 2], (True, False)),
        ([1, 0, 80, 0, 300, 1], (False, False)),
        ([2, 0, 100, 20, 180, 2], (True, True)), ([2, 0, 100, 20, 179, 2], (True, False)),
        ([0, 0, 0, 0, 0, 0], (False, False)),
    ],
)  # fmt: skip
def test_a_summary_is_a_copy_where_it_is_most_of_its_text(found, expected):
    """Of texts of 100 and of 200 words."""
    nothing = np.zeros(300, np.int32)
    words = detection.Words(np.array([0, 100, 300]), nothing.astype(np.uint32), nothing, nothing.astype(np.uint8),
                            np.zeros((300, 2), np.uint32))  # fmt: skip
    assert condensed.condensed(words, np.array(found)) == expected


def test_summaries_of_many_pairs_are_what_they_are_one_by_one(article, other):
    rows = [SUMMARY.encode(), article.encode(), other.encode()]
    left, right, sizes = np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([len(row) for row in rows])
    with ThreadPoolExecutor(1) as pool:
        known = align(left, right, sizes, rows.__getitem__, pool, blocks=True)
    many = condensed.with_summaries(known, left, right, rows.__getitem__)
    assert np.array_equal(many.figures, known.figures)
    for pair, (one, two) in enumerate(zip(left, right, strict=True)):
        words = detection.words_of([rows[one], rows[two]])
        found = condensed.summaries_of(words, np.array([0]), np.array([1]))[0]
        assert many.of(pair).tolist() == condensed.with_summary(words, found, known.of(pair)).tolist()
    assert len(many.of(0)) and many.of(0)[-1, 0] == PASSAGE and many.of(0)[-1, 5] == -1
    assert many.of(1).tolist() == known.of(1).tolist()


def test_what_is_shown_in_sentences_keeps_them_beside_the_stretch(article):
    words = detection.words_of([SUMMARY.encode(), article.encode()])
    found = condensed.summaries_of(words, np.array([0]), np.array([1]))[0]
    none, sentences = np.zeros((0, 6), np.int32), np.array([[PASSAGE, 0, 50, 0, 60, 0]], np.int32)
    shown = condensed.with_summary(words, found, none, sentences)
    assert shown[0].tolist() == sentences[0].tolist() and len(shown) == 2
    alone = condensed.with_summary(words, found, none)
    assert alone.tolist() == [shown[1].tolist()]
    nothing = np.zeros(6, np.int64)
    assert condensed.with_summary(words, nothing, none, sentences).tolist() == sentences.tolist()
    begin, end = int(words.places[found[1], 0]), int(words.places[found[2] - 1, 1])
    assert alone[0, 1:3].tolist() == [begin, end] and SUMMARY[begin : begin + 4] == "Port"


@pytest.mark.parametrize(
    ("block", "stays"),
    [
        ((PASSAGE, 10, 20, 110, 120, -1), False),
        ((PASSAGE, 5, 15, 105, 115, -1), False),  # half of it on both sides
        ((PASSAGE, 4, 15, 105, 115, -1), True),  # less than half of one side
        ((PASSAGE, 10, 20, 150, 160, -1), True),  # elsewhere in the other text
        ((EQUAL, 10, 20, 110, 120, -1), True),  # no passage
    ],
)
def test_a_summary_takes_the_place_of_passages_that_lie_in_it(block, stays):
    other = (PASSAGE, 200, 210, 300, 310, -1)
    rest = condensed._without(np.array([other, block], np.int32), np.array([10, 30, 110, 130], np.int32))
    assert rest.tolist() == [list(row) for row in ([other, block] if stays else [other])]
