"""What a document says: its numbers, what is counted in it, and where."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.facts.mentions import Facts, facts, how_many, may_count, numbers_at
from dedup.facts.quotations import QuoteChange, _best, _chars, _phrase, _slots, holds, turned
from dedup.text.numbers import find_numbers
from dedup.text.sentences import CAPITAL
from dedup.text.tokens import tokenise, word_list
from tests.facts import naive


def known(text: str) -> Facts:
    return facts(tokenise(text))


pieces = st.lists(
    st.sampled_from(
        ["3", "1,200", "two", "hundred", "million", "pier", "4 July", "half", "a", "-", ",", "$5", "45%", "eel"]
    ),
    max_size=25,
).map(" ".join)


@given(pieces)
def test_numbers_are_those_of_the_whole_text(text):
    assert known(text).numbers == find_numbers(text)


@given(pieces, st.integers(0, 90), st.integers(0, 90))
def test_numbers_that_meet_a_span(text, one, two):
    found, (start, end) = known(text), sorted((one, two))
    expected = [number for number in found.numbers if number.start < end and number.end > start]
    assert numbers_at(found, start, end) == expected
    assert how_many(found, np.array([start]), np.array([end])).tolist() == [len(expected)]


@given(pieces, st.integers(0, 20), st.integers(0, 20))
def test_where_no_number_may_be_there_is_none(text, one, two):
    """Among some words and the ones beside them."""
    found = known(text)
    first, last = (min(at, len(found.tokens)) for at in sorted((one, two)))
    start, end = _chars(found, first, last)
    if not may_count(found, first, last):
        assert numbers_at(found, start, end) == []
        assert _phrase(found, first, last) == text[start:end]
    phrase = _phrase(found, first, last)
    assert text[start:end] in phrase and phrase in text


COUNTED = {
    "14 miners were freed": {"miners": 14}, "At least 14 miners were freed": {}, "About 14 miners": {},
    "The 14 miners, and 14 miners more": {"miners": 14}, "14 miners here. 15 miners there": {},
    "some 14 drones and missiles": {}, "14 drones or missiles": {}, "14 of them": {}, "In 2016 many came": {},
    "14 Miners": {}, "14 15 miners": {"miners": 15}, "two men and 3 dogs": {"dogs": 3}, "the 45 per cent": {},
    "He met Marine One pilots": {}, "one pilot flew": {"pilot": 1}, "as many as 20 ferries": {},
    "in all 20 ferries": {"ferries": 20}, "zero ferries": {}, "the ferries were 20. Boats came": {},
}  # fmt: skip


@pytest.mark.parametrize("text", COUNTED)
def test_what_is_counted(text):
    things = {int(word_list([word])[0]): value for word, value in COUNTED[text].items()}
    found = known(text).counts
    assert {thing: count.number.value for thing, count in found.items()} == things


def test_a_count_knows_its_sentence():
    found = known("Rescuers pulled 14 miners out of the shaft. The mayor thanked them.").counts
    (count,) = found.values()
    assert set(word_list(["rescuers", "pulled", "shaft"]).tolist()) <= count.words
    assert not count.words & set(word_list(["miners", "the", "mayor", "14"]).tolist())
    assert not count.common and known("There were 14 people in the shaft.").counts.popitem()[1].common


def test_words_that_are_no_names_are_counted_up():
    text = "The mayor met Ilse Brandt in Sarrow."
    found = known(text)
    names = [word in ("Ilse", "Brandt", "Sarrow") for word in text.rstrip(".").split()]
    assert found.no_names.tolist() == [names[:at].count(False) for at in range(len(names) + 1)]
    small = [word for word in text.rstrip(".").split() if word.islower()]
    assert found.small == frozenset(word_list(small).tolist())
    assert ((found.tokens.bits & CAPITAL) > 0).tolist() == [word[0].isupper() for word in text.rstrip(".").split()]


def test_rare_quoted_words():
    found = known("“The zorbel was seen by many people,” he said. The zorbel is rare. A mirofel is no zorbel.")
    assert set(word_list(["zorbel"]).tolist()) <= found.rare_quoted
    assert not found.rare_quoted & set(word_list(["mirofel", "people", "the", "rare"]).tolist())


texts = st.lists(st.sampled_from(["pier", "eel", "harbour"]), max_size=12)


@given(texts, texts, st.integers(0, 12), st.integers(0, 12))
def test_words_stand_in_a_text_as_the_twin_says(within, words, one, two):
    first, last = (min(at, len(words)) for at in sorted((one, two)))
    expected = naive.holds(within, words[first:last]) if first < last else True
    assert holds(known(" ".join(within)), known(" ".join(words)), (first, last)) == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6), st.integers(0, 2), st.integers(0, 2))
def test_slots_and_matching_words_are_all_of_both_stretches(gaps, more_a, more_b):
    pairs, a, b = [], 0, 0
    for ours, theirs in gaps:
        a, b = a + ours, b + theirs
        pairs.append((a, b))
        a, b = a + 1, b + 1
    found = _slots(pairs, (0, a + more_a), (0, b + more_b))
    for side, end in ((0, a + more_a), (1, b + more_b)):
        covered = [pair[side] for pair in pairs]
        covered += [at for slot in found for at in range(slot[2 * side], slot[2 * side + 1])]
        assert sorted(covered) == list(range(end))
    assert all(slot[1] > slot[0] or slot[3] > slot[2] for slot in found)


def change(a: int, b: int, score: float, size: int = 10) -> QuoteChange:
    return QuoteChange(a, a + size, b, b + size, True, False, ((a, a + 1, b, b + 2),), score)


def test_of_changes_in_one_place_the_best_is_kept():
    best, worse, elsewhere, half = change(0, 0, 0.9), change(5, 5, 0.8), change(0, 50, 0.7), change(20, 20, 0.9)
    assert _best([worse, elsewhere, best, half]) == [best, half, elsewhere]
    assert _best([change(0, 0, 0.5), change(10, 10, 0.4)]) == [change(0, 0, 0.5), change(10, 10, 0.4)], (
        "beside each other"
    )


def test_a_change_turned_twice_is_itself():
    one = change(3, 40, 0.6)
    assert turned(turned(one)) == one
    assert (turned(one).a_start, turned(one).b_start, turned(one).a_quoted) == (40, 3, False)
    assert turned(one).differences == ((40, 42, 3, 4),)
