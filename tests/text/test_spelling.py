"""Spellings of the same words, and words that only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.text import spelling
from dedup.text.calendar import ENGLISH_MONTHS, ENGLISH_WEEKDAYS, MONTHS, SHORT_MONTHS, WEEKDAYS
from dedup.text.spelling import plain, same_words

PLAIN = {
    "haemorrhage": "hemorrhage", "oestrogen": "estrogen", "colour": "color", "coloured": "colored", "neighbourhood":
    "neighborhood", "organise": "organize", "organisations": "organizations", "analysed": "analyzed",
    "centre": "center",
    "theatres": "theaters", "travelled": "traveled", "counsellor": "counselor", "dialogue": "dialog",
    "defence": "defense",
    "licence": "license", "programmes": "programs", "judgement": "judgment", "grey": "gray", "towards": "toward",
    "amongst": "among", "whilst": "while", "amidst": "amid", "tyres": "tires", "cheque": "check", "ploughed": "plowed",
    "mum": "mom", "learnt": "learned", "govt": "government", "percent": "per cent", "OK": "okay",
    # what stays as it is
    "hour": "hor", "our": "or", "rise": "rize", "acre": "acre", "fire": "fire", "ice": "ice", "wards": "wards",
    "hall": "hall", "vogue": "vogue", "grammes": "grams", "cement": "cment", "does": "does", "maestro": "mestro",
}  # fmt: skip


@pytest.mark.parametrize("word", PLAIN)
def test_words_in_one_spelling(word):
    assert plain(word) == PLAIN[word] and plain(word.upper()) == PLAIN[word]


SAME = [
    ("the colour grey", "The color gray!"), ("air port", "airport"), ("twenty-five men", "25 men"),
    ("1.2 million", "1,200,000"),
    ("won’t go", "will not go"), ("can't", "cannot"), ("he'd gone", "he had gone"), ("he'd go", "he would go"),
    ("it's", "it is"), ("it's", "it has"), ("let's go", "let us go"), ("the US", "the United States"),
    ("U.S.A. troops", "United States troops"), ("the U.K.", "the United Kingdom"), ("E.U.", "European Union"),
    ("U.N. men", "United Nations men"), ("45%", "45 per cent"), ("salt & pepper", "salt and pepper"),
    ("Dr Weir", "Doctor Weir"),
    ("Sept 4", "September 4"), ("Müller", "Mueller"), ("café", "cafe"), ("naïve", "naive"), ("two of 3", "2 of three"),
    ("", "…"), ("$5bn", "5 billion dollars"), ("we're", "we are"), ("I'm", "I am"), ("Straße", "Strasse"),
]  # fmt: skip
OTHER = [
    ("sat", "Saturday"), ("sun", "Sunday"), ("us", "United States"), ("the cat", "the car"), ("25 men", "26 men"),
    ("two men", "2 women"), ("won’t", "would not"), ("can", "can't"), ("it's", "it was"), ("Müller", "Möller"),
    ("cue", "cu"),
    ("one", ""), ("two of 3", "3 of two"), ("mum", "mummy"), ("Dr Weir", "Mr Weir"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "two"), SAME)
def test_the_same_words(one, two):
    assert same_words(one, two) and same_words(two, one)


@pytest.mark.parametrize(("one", "two"), OTHER)
def test_other_words(one, two):
    assert not same_words(one, two) and not same_words(two, one)


phrases = st.lists(
    st.sampled_from(["it's", "he'd", "The", "colour", "3", "two", "Dr", "&", "é", "-", "US"]), max_size=8
).map(" ".join)


@given(phrases, phrases)
def test_it_does_not_matter_which_comes_first(one, two):
    assert same_words(one, two) == same_words(two, one) and same_words(one, one)


def test_months_and_weekdays():
    assert ENGLISH_MONTHS[0] == "january" and ENGLISH_MONTHS[11] == "december" and len(ENGLISH_MONTHS) == 12
    assert SHORT_MONTHS == ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    assert ENGLISH_WEEKDAYS[0] == "monday" and ENGLISH_WEEKDAYS[6] == "sunday" and len(WEEKDAYS) == 7
    names = [name for rows in (MONTHS, WEEKDAYS) for names in rows for name in names.split()]
    assert len(set(names)) == len(names), "no name means two"


READINGS = {
    "it's": {"itis", "ithas", "itus", "its"}, "he'd": {"hewould", "hehad"}, "Sat.": {"saturday"}, "sat": {"sat"},
    "US": {"unitedstates"}, "": {""}, "won't": {"willnot"}, "45%": {"45percent"}, "a&b": {"aandb"},
}  # fmt: skip


@pytest.mark.parametrize("text", READINGS)
def test_every_way_that_a_phrase_may_be_read(text):
    assert spelling._readings(text) == READINGS[text]


def test_no_more_than_a_few_doubtful_words_are_read_in_every_way():
    found = spelling._readings(" ".join(["d"] * 6))
    assert len(found) == 2**spelling._MOST_AMBIGUOUS and "hadhadhadhaddd" in found


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("3 men", "three men", True), ("men 3", "three men", True), ("3 men 4", "three men", False),
        ("men", "men", False),
        ("3 men", "three women", False), ("3 men and 4", "three men and four", True),
        ("3 men and 4", "four men and 3", False),
    ],
)  # fmt: skip
def test_the_same_numbers_among_the_same_words(one, two, same):
    assert spelling._same_numbers(one, two) is same
