"""Words with their places, and where sentences end."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.fingerprint.minhash import fold
from dedup.text import sentences
from dedup.text.sentences import CAPITAL, DIGIT, FIRST, LINE, LONGEST, PARAGRAPH
from dedup.text.tokens import Tokens, abbreviations, tokenise, word_list
from tests.text import naive

ABBREVIATIONS = set(sentences.ABBREVIATIONS.split())
SCRIPTS = "aZ0 .,'’“”-_\n\u00ad\u200b\ufeffßéÉ\u0301İıſΣςЖж漢字かกิहिन्दीمُעברית한ﬁ²½Ａ１😀👍🏽🇩🇪\U0001d400"
PIECES = [
    "the", "Minister", "said", "Mr", "U", "S", "p", "m", "12", "3rd", "É", "été", "ß", "漢字", "क", "नमस्ते", "Жук",
    "الأربعاء",
    ".", "!", "?", "…", "。", "！", ",", ":", " ", " ", " ", "\u00a0", "\t", "\r\n", "\n", "\n\n", '"', "'", "(", "“",
    "”", "‘", "«", "\u00ad", "\u200b", "😀", "\u0301",
]  # fmt: skip
broken = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def clean(text: str) -> str:
    """What the kernels see: a surrogate is U+FFFD, one character for one."""
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def parts(tokens: Tokens) -> list[str]:
    """The sentences, each from its first to its last word."""
    found: list[list[int]] = []
    for at, number in enumerate(tokens.sentence.tolist()):
        if number == len(found):
            found.append([])
        found[number].append(at)
    return [tokens.text[tokens.starts[words[0]] : tokens.ends[words[-1]]] for words in found]


@given(st.one_of(st.text(alphabet=SCRIPTS, max_size=120), broken))
def test_words_and_places_are_those_of_the_twin(text):
    tokens = tokenise(text)
    expected = naive.word_places(text)
    assert tokens.hashes.tolist() == [naive.word_hash(word) for word, _, _ in expected]
    assert list(zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True)) == [place[1:] for place in expected]


@given(st.text(max_size=200))
def test_places_slice_any_text_to_its_words(text):
    tokens = tokenise(text)
    last = 0
    for at in range(len(tokens)):
        start, end = int(tokens.starts[at]), int(tokens.ends[at])
        assert last <= start < end <= len(text)
        last = end
        (only,) = naive.word_places(clean(tokens.word(at)))
        assert naive.word_hash(only[0]) == tokens.hashes[at]
    between = [text[a:b] for a, b in zip([0, *tokens.ends.tolist()], [*tokens.starts.tolist(), len(text)], strict=True)]
    assert not any(naive.word_places(clean(gap)) for gap in between), "a word was passed over"


@given(st.text(alphabet="aé漢😀 \ud800\udfff", max_size=60))
def test_surrogates_shift_nothing(text):
    """A surrogate is one character, alone or one of two."""
    tokens, other = tokenise(text), tokenise(clean(text))
    assert tokens.hashes.tolist() == other.hashes.tolist()
    assert tokens.starts.tolist() == other.starts.tolist() and tokens.ends.tolist() == other.ends.tolist()


def test_places_in_a_text_of_many_bytes_a_character():
    text = "“Ünïcödé” — naïve 😀 café\u0301s, 漢字 “end”"
    tokens = tokenise(text)
    assert [tokens.word(at) for at in range(len(tokens))] == [
        "Ünïcödé", "naïve", "café\u0301s", "漢", "字", "end",
    ]  # fmt: skip


def test_a_text_without_words():
    for text in ("", " \n ", "🎉 — …", "\u00ad\u200b"):
        tokens = tokenise(text)
        assert len(tokens) == len(tokens.sentence) == len(tokens.bits) == 0


@given(broken)
def test_sentences_are_those_of_the_twin(text):
    assert tokenise(text).sentence.tolist() == naive.sentences(text, ABBREVIATIONS, LONGEST)


@settings(max_examples=30)
@given(st.lists(st.integers(30, 70), min_size=5, max_size=12), st.booleans(), st.integers(0, 10**6))
def test_lines_of_one_width_are_those_of_the_twin(widths, empty, seed):
    generator = np.random.default_rng(seed)
    lines = []
    for width in widths:
        words = "".join(generator.choice(list("abcde "), width)) + str(generator.choice([".", ",", "", "é."]))
        lines.append(words.capitalize() if generator.random() < 0.3 else words)
    text = "\n".join(lines) + ("\n\nA new one.\n" if empty else "\n")
    assert tokenise(text).sentence.tolist() == naive.sentences(text, ABBREVIATIONS, LONGEST)


@given(broken)
def test_bits_say_what_can_be_seen_of_a_word(text):
    tokens = tokenise(text)
    numbers = tokens.sentence.tolist()
    for at, bits in enumerate(tokens.bits.tolist()):
        word = tokens.word(at)
        assert bool(bits & DIGIT) == (word[0] in "0123456789" or word.encode()[-1:] in b"0123456789")
        assert bool(bits & CAPITAL) == (word[0] != naive.folded(word[0]))
        assert bool(bits & FIRST) == (at == 0 or numbers[at] != numbers[at - 1])
        gap = text[tokens.ends[at - 1] : tokens.starts[at]] if at else "\n"
        assert bool(bits & LINE) == ("\n" in gap)
        assert bits & LINE or not bits & PARAGRAPH


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One ends. Two begins! Is it three? Four… Five", ["One ends", "Two begins", "Is it three", "Four", "Five"]),
        ("He paid 3.5 million. then left", ["He paid 3.5 million. then left"]),
        ("Mr. Smith met Gen. Jones at St. Mary. They ate.", ["Mr. Smith met Gen. Jones at St. Mary", "They ate"]),
        ("John F. Kennedy of the U.S. Army spoke. He left.", ["John F. Kennedy of the U.S. Army spoke", "He left"]),
        ('He said "never." She said "yes." (Both did.) All left.', [
            'He said "never', 'She said "yes', "Both did", "All left",
        ]),
        ("„Nein.“ „Doch.“ «Non.» «Si.» ‘Well.’ ‘Yes.’", ["Nein", "Doch", "Non", "Si", "Well", "Yes"]),
        ("Rose 5 per cent. 12 people came.", ["Rose 5 per cent", "12 people came"]),
        ("A headline\nThe text begins", ["A headline", "The text begins"]),
        ("one\n\ntwo\r\n\r\nthree", ["one", "two", "three"]),
        ("今天天气很好。我们去公园！好吗？", ["今天天气很好", "我们去公园", "好吗"]),
        ("Été. Émile vint. été fini", ["Été", "Émile vint. été fini"]),
        ("Привет. Мир. мир", ["Привет", "Мир. мир"]),
        ("नमस्ते. दुनिया", ["नमस्ते", "दुनिया"]),
        ("No. 5 is alive! Is no. 6?", ["No. 5 is alive", "Is no. 6"]),
        ("www.example.com is a site.It has no spaces", ["www.example.com is a site.It has no spaces"]),
        ("Ended.\u00a0Next one", ["Ended", "Next one"]),
    ],
)  # fmt: skip
def test_where_sentences_end(text, expected):
    assert parts(tokenise(text)) == expected


def test_hard_wrapped_lines_do_not_end_a_sentence_but_empty_ones_do():
    line = "shareholders of the engineering company rejected"
    text = "\n".join([line] * 7) + ".\n\nA second paragraph of few words. A third\nsentence runs on\n"
    assert len(line) >= 40
    assert parts(tokenise(text)) == [
        "\n".join([line] * 7), "A second paragraph of few words", "A third\nsentence runs on",
    ]  # fmt: skip
    # one line that is longer than any wrapped text has: now each line break ends a sentence
    assert len(parts(tokenise(text + "x " * 60 + "\n"))) > 9


def test_a_text_without_full_stops_is_cut():
    tokens = tokenise("word " * (100_000 if os.environ.get("NUMBA_DISABLE_JIT") != "1" else 1_000))
    counts = np.bincount(tokens.sentence)
    assert (counts[:-1] == LONGEST).all() and 0 < counts[-1] <= LONGEST
    assert np.array_equal(np.flatnonzero(tokens.bits & FIRST), np.arange(0, len(tokens), LONGEST))


def test_abbreviations_are_looked_up_by_their_hash():
    assert abbreviations().tolist() == sorted(naive.word_hash(word) for word in ABBREVIATIONS)
    assert word_list(["the", "été"]).tolist() == [naive.word_hash("the"), naive.word_hash("été")]
    with pytest.raises(ValueError, match="not one word"):
        word_list(["two words"])


@given(st.text(alphabet=SCRIPTS, max_size=80))
def test_words_of_a_normal_text_are_those_that_fingerprints_are_made_of(text):
    import unicodedata

    normal = unicodedata.normalize("NFKC", text)
    tokens = tokenise(normal)
    assert tokens.hashes.tolist() == [naive.word_hash(word) for word in fold(normal).split()]
