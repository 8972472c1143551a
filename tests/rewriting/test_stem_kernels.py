"""The stems of texts beside what the words are, and sentences laid beside each other."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.align import figures as k
from dedup.align.fact_kernels import PLAIN, WEIGHT_BITS, WORD_OF_NUMBER
from dedup.align.frequencies import fact_weights
from dedup.rewriting import detection
from dedup.rewriting.stem_kernels import DAY, DENIAL, NAME, NUMBER, OPEN, number_pair
from dedup.text.sentences import CAPITAL, DIGIT
from dedup.text.term_kernels import fold_term
from dedup.text.tokens import tokenise, word_list

WORDS = ["Ferries", "ferry", "the", "Brandt", "three", "1,200", "harbours", "né", "may", "Sarrow.", "A.", "\n\n", "x1"]
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join), max_size=4)


@given(texts)
def test_stems_are_those_of_the_words(strings):
    words = detection.words_of([string.encode() for string in strings])
    assert len(words.starts) == len(strings) + 1 and words.starts[-1] == len(words.stems)
    for number, string in enumerate(strings):
        tokens, part = tokenise(string), slice(*words.starts[number : number + 2].tolist())
        assert words.sentences[part].tolist() == tokens.sentence.tolist()
        data = string.encode()
        spelt = [string[a:b] for a, b in zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True)]
        assert [data[a:b].decode() for a, b in words.places[part].tolist()] == spelt
        for word, stem, mark, hash_, bits in zip(
            spelt, words.stems[part].tolist(), words.marks[part].tolist(), tokens.hashes, tokens.bits, strict=True
        ):
            known = int(fact_weights()[int(fold_term(hash_)) >> (32 - WEIGHT_BITS)])
            numeral = bool(bits & DIGIT or known & WORD_OF_NUMBER)
            assert mark == (NUMBER if numeral else NAME if bits & CAPITAL and not known & PLAIN else 0)
            head = word if bits & DIGIT else word[:6]
            assert stem == int(fold_term(word_list([head.lower().replace("é", "e")])[0])), word


@pytest.mark.xfail(strict=True, reason="`sentences._look` takes a character with a simplified form for a capital")
def test_a_character_with_another_form_is_no_name():
    assert detection.words_of(["漢".encode()]).marks.tolist() == [0]


def test_words_that_tell_are_in_their_classes():
    classes = detection.stem_classes()

    def of(word: str) -> int:
        return int(classes[detection.words_of([word.encode()]).stems[0] >> np.uint32(32 - detection.BITS)])

    assert of("Tuesday") & DAY and of("september") & DAY and of("would") & OPEN and of("never") & DENIAL
    assert not of("may") & DAY and of("may") & OPEN, "a month is seldom meant"
    assert of("zorbel") == of("council") == 0


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_both_texts_share_numbers(one, two):
    stems = np.array([value << 20 for value in (*one, *two)], np.uint32)
    ours, theirs, count = number_pair(stems, 0, len(one), len(one), len(one) + len(two))
    order = list(dict.fromkeys([*one, *two]))
    assert count == len(order)
    assert ours.tolist() == [order.index(value) for value in one]
    assert theirs.tolist() == [order.index(value) for value in two]


SENTENCES = [
    "The harbour of Lund was closed after a tanker lost oil.", "Divers found a torn hull near the lighthouse.",
    "Corvus promised to pay for cleaning the beaches of Marstrand.", "Ingrid Solberg heads the transport office.",
    "Engineers found cracks in three steel girders.", "Nobody was hurt.",
]  # fmt: skip


@given(st.lists(st.sampled_from(SENTENCES), max_size=6), st.lists(st.sampled_from(SENTENCES), max_size=6))
def test_figures_of_sentences_are_those_of_the_passages(one, two):
    data = [" ".join(one).encode(), " ".join(two).encode()]
    found = detection.align(np.array([0]), np.array([1]), data.__getitem__)
    figures, blocks = found.figures[0], found.of(0).tolist()
    stems = [detection.words_of([text]).stems.tolist() for text in data]
    assert figures[k.WORDS_A] == len(stems[0]) and figures[k.WORDS_B] == len(stems[1])
    kept = changed_a = changed_b = changed = 0
    last = (0, 0)
    for number, (kind, a0, a1, b0, b1, place) in enumerate(blocks):
        assert kind == k.PASSAGE and place == number and last[0] <= a0 < a1 and last[1] <= b0 < b1
        last = a1, b1
        ours, theirs = (detection.words_of([part]).stems.tolist() for part in (data[0][a0:a1], data[1][b0:b1]))
        shared = (Counter(ours) & Counter(theirs)).total()
        kept, changed_a, changed_b = kept + shared, changed_a + len(ours) - shared, changed_b + len(theirs) - shared
        changed += shared < max(len(ours), len(theirs))
    assert figures[k.KEPT_WORDS] == kept and figures[k.CHANGED_SENTENCES] == changed
    assert (figures[k.CHANGED_A], figures[k.CHANGED_B]) == (changed_a, changed_b)
    assert figures[k.PASSAGES] == figures[k.SENTENCES] == len(blocks)


def test_many_pairs_are_what_they_are_one_by_one():
    data = [" ".join(SENTENCES[a:b]).encode() for a, b in ((0, 6), (1, 5), (3, 3), (2, 6))]
    left, right = np.array([0, 0, 1, 2]), np.array([1, 3, 3, 3])
    many = detection.align(left, right, data.__getitem__)
    assert many.kept.tolist() == np.concatenate(([0], np.cumsum(np.diff(many.kept)))).tolist()
    for pair in range(4):
        alone = detection.align(left[pair : pair + 1], right[pair : pair + 1], data.__getitem__)
        assert alone.of(0).tolist() == many.of(pair).tolist()
        assert alone.figures[0].tolist() == many.figures[pair].tolist()
    assert many.figures[3, k.WORDS_A] == 0 and len(many.of(3)) == 0


def test_what_a_stem_weighs_in_a_batch_is_less_where_many_have_it():
    common, rare = "zorbel", "mirofel"
    batch = [f"{common} {rare if row < detection.FAMILY else 'pier'} word{row}".encode() for row in range(40)]
    weights, plain = detection.batch_weights(detection.words_of(batch)), detection.stem_weights()
    slots = {
        word: detection.words_of([word.encode()]).stems[0] >> np.uint32(32 - detection.BITS) for word in (common, rare)
    }
    assert weights[slots[rare]] == plain[slots[rare]], "so few may tell one story"
    assert weights[slots[common]] == pytest.approx(np.log(40 / (40 - detection.FAMILY)))
    assert (weights <= plain).all() and (weights >= 0).all()
    assert (detection.batch_weights(detection.words_of([])) == plain).all()
