"""Terms, their kinds, and nearest texts, against the naive twin."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.align import frequencies
from dedup.candidates import lsh, tfidf
from dedup.columns import pack
from dedup.text import term_kernels
from dedup.text.term_kernels import DATES, LEAD, NAME, NUMBER, STEM, WEEKDAY
from dedup.text.tokens import tokenise, word_list
from tests.text import naive

SENTENCE = "harbour council vote minister drone rain bridges bridge the of and a Tolvane größer größte île naïveté"
WORDS = SENTENCE.split()
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def pool():
    with ThreadPoolExecutor(2) as threads:
        yield threads


def stems(text):
    return [word[:STEM] for word in naive.words(text)]


def term(word):
    """The term of a word in lower case."""
    return int(frequencies.word_terms(word_list([word[:STEM]]))[0])


def kinds(text):
    """Kinds of the terms of one text, by term."""
    found = tfidf.terms(pack([text]))
    return dict(zip(found.ids.tolist(), found.kinds.tolist(), strict=True))


def dates(text):
    """Dates of one text as (month, day)."""
    return [(value >> 5 & 31, value & 31) for value in kinds(text) if value >= DATES]


@given(TEXTS)
def test_terms_are_counted_stems(texts):
    found = tfidf.terms(pack(texts))
    assert len(found) == len(texts)
    for row, text in enumerate(texts):
        part = slice(found.starts[row], found.starts[row + 1])
        expected = sorted((term(stem), stems(text).count(stem)) for stem in set(stems(text)))
        assert list(zip(found.ids[part].tolist(), found.counts[part].tolist(), strict=True)) == expected
        assert found.words[row] == len(naive.words(text))


def test_a_text_that_needs_another_form_is_counted_in_it():
    parts = ["plain words here", "cafe\u0301 cafe\u0301 terraces", "caf\u00e9 terraces", "the \ufb01nal"]
    found = tfidf.terms(pack(parts))
    assert found.starts.tolist() == [0, 3, 5, 7, 9]
    assert found.ids[3:5].tolist() == found.ids[5:7].tolist()
    assert found.counts[3:5].sum() == 3
    assert term("final") in found.ids[7:].tolist()


def test_names_figures_and_the_lead():
    found = kinds(
        "Ships of the Tolvane line carried 1,200 tons. " + "Later words fill the text out. " * 20 + "Ormery fog."
    )
    assert found[term("tolvan")] == NAME | LEAD
    assert found[term("ships")] == LEAD  # the first word of a sentence
    assert found[term("later")] & NAME == 0
    assert found[term("ormery")] == 0
    number = [kind for kind in found.values() if kind & NUMBER]
    assert number == [NUMBER | LEAD]


def test_a_headline_in_capitals_makes_no_names():
    found = kinds("Council Votes To Close Bridge\n\nThe council of Tolvane did so.")
    assert [word for word in ("counci", "votes", "close", "tolvan") if found[term(word)] & NAME] == ["tolvan"]


def test_a_name_that_is_also_a_word_is_none():
    assert kinds("We met Bill today. The bill was paid.")[term("bill")] & NAME == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It was on Oct. 12 that", [(10, 12)]),
        ("On 27 September he", [(9, 27)]),
        ("On September 27, he", [(9, 27)]),
        ("am 3. März wurde", [(3, 3)]),
        ("el 12 de octubre y", [(10, 12)]),
        ("In March they", [(3, 0)]),
        ("they march on", []),
        ("the 4th of July is", [(7, 4)]),
        ("on the 4 July", [(7, 4)]),
        ("The Dec harbour", []),
        ("on Friday and on friday", [(WEEKDAY, 5)]),
        ("in May 2016", [(5, 0)]),
        ("they may stay", []),
    ],
)
def test_mentioned_dates(text, expected):
    assert dates(f"So {text} it was.") == expected


@given(TEXTS)
def test_neighbours_are_those_of_the_naive_twin(texts):
    with ThreadPoolExecutor(2) as pool:
        made = tfidf.index(tfidf.terms(pack(texts)))
        rows, cosines = tfidf.nearest(made, 3, pool)
    expected = np.array(naive.tfidf_cosines([stems(text) for text in texts]))
    np.fill_diagonal(expected, -1)
    for row in range(len(texts)):
        best = [value for value in np.sort(expected[row])[::-1][:3] if value > 1e-9]
        assert np.allclose(cosines[row, : len(best)], best, atol=1e-5)
        found = rows[row, : len(best)]
        assert np.allclose(expected[row, found], best, atol=1e-5)
        assert (rows[row, len(best) :] == -1).all()


def news(count, seed=1):
    """Texts of words drawn by rank, each one followed by a copy with some words changed."""
    generator = np.random.default_rng(seed)
    texts = []
    for _ in range(count // 2):
        words = np.minimum(generator.zipf(1.3, 120), 5000)
        texts.append(" ".join(f"w{word}x" for word in words))
        words[generator.random(120) < 0.4] = 7
        texts.append(" ".join(f"w{word}x" for word in words))
    return texts


def test_a_small_budget_still_finds_the_nearest(pool):
    made = tfidf.index(tfidf.terms(pack(news(400))))
    rows, cosines = tfidf.nearest(made, 5, pool, budget=1 << 40)
    few, near = tfidf.nearest(made, 5, pool, budget=300)
    assert (rows[:, 0] == few[:, 0]).mean() > 0.98
    same = rows == few
    assert np.allclose(cosines[same], near[same], atol=1e-5)


def test_pairs_are_packed_sorted_and_distinct(pool):
    found = tfidf.terms(pack(news(100)))
    pairs, cosines = tfidf.neighbours(found, 4, pool, least=0.3)
    left, right = lsh.unpack(pairs)
    assert (left < right).all() and (np.diff(pairs.astype(np.int64)) > 0).all()
    assert len(cosines) == len(pairs) and cosines.min() >= 0.3
    assert {(row, row + 1) for row in range(0, 100, 2)} <= set(zip(left.tolist(), right.tolist(), strict=True))


def test_from_a_row_on_they_are_what_they_are_among_all(pool):
    made = tfidf.index(tfidf.terms(pack(news(300))))
    rows, cosines = tfidf.nearest(made, 4, pool)
    for first in (0, 1, 290, 299, 300):
        some, near = tfidf.nearest(made, 4, pool, first=first)
        assert np.array_equal(some[first:], rows[first:]) and np.array_equal(near[first:], cosines[first:])
        assert np.all(some[:first] == -1) and not near[:first].any()


def test_the_number_of_threads_changes_nothing():
    found = tfidf.terms(pack(news(600)))
    results = []
    for threads in (1, 3):
        with ThreadPoolExecutor(threads) as pool:
            results.append(tfidf.neighbours(found, 4, pool))
    assert all(np.array_equal(one, two) for one, two in zip(*results, strict=True))


def test_joined_and_taken_terms_are_those_of_the_texts():
    texts = news(20)
    whole = tfidf.terms(pack(texts))
    joined = tfidf.join([tfidf.terms(pack(texts[:7])), tfidf.terms(pack(texts[7:]))])
    taken = whole.take(np.array([3, 11]))
    assert all(np.array_equal(getattr(whole, name), getattr(joined, name)) for name in whole.__slots__)
    only = tfidf.terms(pack([texts[3], texts[11]]))
    assert all(np.array_equal(getattr(taken, name), getattr(only, name)) for name in only.__slots__)


@pytest.mark.parametrize("texts", [[], [""], ["", "", "a"], ["…", "one two"]])
def test_texts_without_words_have_no_neighbours(texts, pool):
    pairs, cosines = tfidf.neighbours(tfidf.terms(pack(texts)), 3, pool)
    assert len(pairs) == len(cosines) == 0


def test_background_and_batch_frequencies():
    common, rare = term("said"), term("zzyzzy")
    terms = np.array([common, rare, DATES | 5], np.uint32)
    alone = frequencies.idf(terms)
    assert alone[0] < 1.5 < 6 < alone[1] and alone[2] == 0
    batch = frequencies.idf(terms, np.array([0, 40_000, 0]), 40_000)
    assert batch[1] < 1.1 and batch[0] > 4  # a large batch is judged by itself
    assert frequencies.word_terms(tokenise("Said").hashes)[0] == common


def test_the_table_holds_only_frequent_terms():
    terms, classes = frequencies.table()
    assert (np.diff(terms.astype(np.int64)) > 0).all()
    assert classes.max() <= 10 * frequencies.STEPS
    assert frequencies.FILE.stat().st_size < 300_000
    for words in (frequencies._held()["plain"], frequencies._held()["known"]):
        assert (np.diff(words.astype(np.int64)) > 0).all() and len(words) > 20_000


def test_folding_one_word_and_many_agree():
    hashes = np.random.default_rng(3).integers(0, 1 << 63, 1000).astype(np.uint64)
    one = [int(term_kernels.fold_term(value)) for value in hashes]
    assert frequencies.word_terms(hashes).tolist() == one
    assert max(one) < DATES
