"""What the words of a document weigh and which stand in quotes, beside naive twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.facts import document_kernels as k
from dedup.facts.alignment_kernels import common_subsequence, numbered, places, room_for
from dedup.facts.mentions import _known_words, facts
from dedup.text.sentences import PARAGRAPH
from dedup.text.tokens import tokenise, word_list
from tests.facts import naive

VOCABULARY = ["harbour", "pier", "eel", "the", "of", "it", "people", "year", "three", "about", "and", "or", "zorbel"]
CLASSES = {"the": k.FUNCTION, "of": k.FUNCTION, "people": k.COMMON, "three": k.COUNTING, "and": k.FUNCTION | k.JOINS}
words = st.lists(st.sampled_from(VOCABULARY), max_size=40)
numbers = st.lists(st.integers(0, 5), max_size=30)


def test_known_words_have_their_classes():
    table, kinds = _known_words()
    for word, kind in CLASSES.items():
        place = int(np.flatnonzero(table == word_list([word])[0])[0])
        assert kinds[place] & kind == kind, word
    assert word_list(["zorbel"])[0] not in table
    own, of = k.class_table(np.array([5, 7, 5], np.uint64), np.array([1, 2, 4], np.uint8))
    assert {int(key): int(kind) for key, kind in zip(own, of, strict=True) if key} == {5: 5, 7: 2}, (
        "a word has more than one"
    )


@given(words)
def test_weights_are_those_of_the_twin(text):
    found = facts(tokenise(" ".join(text)))
    assert found.weights.tolist() == naive.weights(text, found.kinds.tolist())


pieces = st.lists(
    st.sampled_from(
        ["“", "”", "pier", "eel", "the", "harbour", "said", ".", "…", "...", "Now", "\n\n", ",", "3", "he"]
    ),
    max_size=60,
)


@given(pieces)
def test_quotes_are_cut_as_the_twin_cuts_them(parts):
    text = " ".join(parts)
    found = facts(tokenise(text))
    tokens = found.tokens
    outer = [quote for quote in found.quotes if not quote.level]
    quote_of, expected, cuts = [-1] * len(tokens), [], set()
    for quote in outer:
        cuts |= {int(np.searchsorted(tokens.starts, quote_start)) for quote_start in left_out(text, quote)}
    for number, quote in enumerate(found.quotes):
        if quote.level:
            continue
        inside = [at for at in range(len(tokens)) if quote.start <= tokens.starts[at] < quote.end]
        for at in inside:
            quote_of[at] = number
        if len(inside) >= k.LEAST_WORDS:
            expected += naive.units(tokens.sentence.tolist(), cuts, inside[0], inside[-1] + 1)
    assert found.quote_of.tolist() == quote_of
    assert [tuple(unit) for unit in found.units.tolist()] == expected
    paragraphs = set(np.flatnonzero(tokens.bits & PARAGRAPH).tolist())
    assert found.arrays[k.WORDS].tolist() == naive.stream(quote_of, cuts, paragraphs)
    own = [-1.0 if at < 0 else float(found.weights[at]) for at in found.arrays[k.WORDS].tolist()]
    assert found.arrays[k.WORD_WEIGHTS].tolist() == own


def left_out(text, quote):
    """Characters at which something is left out of a quote."""
    begin = quote.start
    while begin and not text[begin - 1].isalnum():
        begin -= 1
    return [begin + at for at in naive.ellipses(text[begin : quote.end], 0, quote.end - begin)]


@given(st.integers(0, 5000))
def test_tables_are_powers_of_two_with_twice_the_room(count):
    size = int(room_for(count))
    assert size >= max(2 * count, 16) and size & (size - 1) == 0 and (size == 16 or size < 4 * count)


@given(numbers, numbers)
def test_words_are_numbered_as_they_come(one, two):
    hashes = [np.array([value * 977 + 1 for value in side], np.uint64) for side in (one, two)]
    table, ids = np.zeros(room_for(len(one) + len(two)), np.uint64), np.zeros(room_for(len(one) + len(two)), np.int32)
    ours, theirs = np.empty(len(one), np.int32), np.empty(len(two), np.int32)
    known = numbered(hashes[1], table, ids, theirs, numbered(hashes[0], table, ids, ours, 0))
    order = list(dict.fromkeys([*one, *two]))
    assert known == len(order)
    assert ours.tolist() == [order.index(value) for value in one]
    assert theirs.tolist() == [order.index(value) for value in two]
    head, after = places(theirs, known)
    for number in range(known):
        chain, place = [], int(head[number])
        while place >= 0:
            chain.append(place)
            place = int(after[place])
        assert chain == [at for at, value in enumerate(theirs.tolist()) if value == number]


@given(numbers, numbers, st.integers(0, 8), st.integers(0, 80))
def test_common_subsequences_are_as_long_as_those_of_the_twin(one, two, least, more):
    """Longer than a block of 64 words, too."""
    one, two = [*one, *[6] * more, *one], [*two, *[6] * more]
    forth, back = np.full(len(one), -1, np.int32), np.full(len(two), -1, np.int32)
    length = common_subsequence(np.array(one, np.int32), np.array(two, np.int32), 7, least, forth, back)
    expected = naive.common_subsequence(one, two)
    if expected < least:
        assert length == 0 and (forth == -1).all() and (back == -1).all()
        return
    assert length == expected == (forth >= 0).sum() == (back >= 0).sum()
    pairs = [(at, other) for at, other in enumerate(forth.tolist()) if other >= 0]
    assert [other for _, other in pairs] == sorted(other for _, other in pairs)
    assert all(one[at] == two[other] and back[other] == at for at, other in pairs)


def test_only_so_many_words_and_sentences_are_looked_at(monkeypatch):
    monkeypatch.setattr(k, "MOST_UNITS", k.MOST_UNITS)
    text = "“" + "One two three four five. " * (k.MOST_UNITS + 20) + "”"
    found = facts(tokenise(text))
    assert len(found.units) == k.MOST_UNITS
    assert len(found.arrays[k.WORDS]) == 5 * (k.MOST_UNITS + 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“One two three four.” he said", ["One two three four"]),
        ("“One two three.” he said", []),
        ("“One two three four. Five.” he said", ["One two three four. Five"]),
        ("“One. Two three four five six.” he said", ["One. Two three four five six"]),
        ("“One two three four. Five six seven eight.” x", ["One two three four", "Five six seven eight"]),
        ("“One two three four … five six seven eight.” x", ["One two three four", "five six seven eight"]),
        ("“One two three four … five six.” x", ["One two three four", "five six"]),
        ("“One two ‘three four five’ six seven.” x", ["One two ‘three four five’ six seven"]),
    ],
)
def test_sentences_of_quotes(text, expected):
    found = facts(tokenise(text))
    starts, ends = found.tokens.starts, found.tokens.ends
    assert [text[starts[first] : ends[last - 1]] for first, last in found.units.tolist()] == expected
