"""Learned boilerplate: what an outlet repeats is found, what is copied many times is not taken for it."""

from __future__ import annotations

import os
import random
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.boilerplate.repeated_lines import LEAST, Lines, join, line_hashes, repeated_lines
from dedup.columns import pack

WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "r", "st", "l", "mp", "ck")]
MANY = 3000 if os.environ.get("NUMBA_DISABLE_JIT") != "1" else 40
FOOTER = "Join the readers who get the Examiner by post every week of the year"
PITCH = "The Examiner is printed on paper made in the valley. Nobody owns it but its readers."


def sentence(rng: random.Random, size: int = 14) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(size)).capitalize() + "."


def story(rng: random.Random, count: int = 10) -> list[str]:
    return [sentence(rng) for _ in range(count)]


def masked(texts: list[str], sources: list[int]) -> list[list[str]]:
    """Boilerplate of each text, as it stands in it."""
    lines = line_hashes(pack(texts))
    found: list[list[str]] = [[] for _ in texts]
    for at in np.flatnonzero(repeated_lines(np.array(sources), lines)).tolist():
        text = lines.documents[at]
        begin, end = lines.places[at]
        found[text].append(texts[text].encode()[begin:end].decode())
    return found


def test_a_footer_under_different_stories_is_learned():
    rng = random.Random(1)
    texts = ["\n".join([*story(rng), FOOTER]) for _ in range(LEAST)]
    assert masked(texts, [0] * LEAST) == [[FOOTER]] * LEAST
    assert masked(texts, [0, 1, 2]) == [[]] * LEAST
    assert masked(texts, [-1] * LEAST) == [[]] * LEAST
    assert masked(texts[:2], [0, 0]) == [[]] * 2


def test_also_in_texts_without_line_breaks():
    rng = random.Random(2)
    texts = [" ".join([*story(rng), PITCH]) for _ in range(4)]
    pitch = ["The Examiner is printed on paper made in the valley", "Nobody owns it but its readers"]
    assert masked(texts, [3] * 4) == [pitch] * 4


@pytest.mark.parametrize("changes", [1, 2, 5])
def test_many_copies_with_changed_words_keep_their_text(changes):
    rng = random.Random(changes)
    article = " ".join(story(rng, 20)).split(" ")
    texts = []
    for _ in range(MANY):
        copy = list(article)
        for _ in range(changes):
            copy[rng.randrange(len(copy))] = rng.choice(WORDS) + rng.choice(WORDS)
        texts.append(" ".join(copy).replace(". ", ".\n"))
    assert not any(masked(texts, [0] * MANY))


def test_a_footer_is_learned_beside_many_copies_but_their_text_is_kept():
    rng = random.Random(3)
    article = story(rng, 20)
    copies = []
    for _ in range(MANY // 4):
        lines = list(article)
        lines[rng.randrange(20)] = sentence(rng)
        copies.append("\n".join([*lines, FOOTER]))
    others = ["\n".join([*story(rng), FOOTER]) for _ in range(30)]
    assert masked(copies + others, [0] * (MANY // 4 + 30)) == [[FOOTER]] * (MANY // 4 + 30)


@pytest.mark.parametrize("versions", [3, 4, 8])
def test_versions_of_one_story_keep_what_they_share(versions):
    rng = random.Random(versions)
    background = story(rng, 12)
    texts = ["\n".join([*story(rng, 8), *background]) for _ in range(versions)]
    assert not any(masked(texts, [0] * versions))


def test_spun_copies_keep_the_sentences_that_were_not_spun():
    rng = random.Random(4)
    article = story(rng, 20)
    texts = []
    for _ in range(50):
        lines = list(article)
        for at in rng.sample(range(20), 8):
            words = lines[at].split()
            for place in rng.sample(range(len(words)), 4):
                words[place] = rng.choice(WORDS) + "x"
            lines[at] = " ".join(words)
        texts.append("\n".join(lines))
    assert not any(masked(texts, [0] * 50))


def test_a_footer_is_learned_where_each_story_is_there_many_times():
    rng = random.Random(9)
    texts = []
    for _ in range(30):
        article = story(rng)
        for _ in range(10):
            lines = list(article)
            lines[rng.randrange(10)] += " " + sentence(rng, 6)
            texts.append("\n".join([*lines, FOOTER]))
    assert masked(texts, [0] * 300) == [[FOOTER]] * 300


def test_link_lists_under_a_sentence_of_news_are_learned():
    rng = random.Random(5)
    links = [sentence(rng, 12) for _ in range(8)]
    texts = ["\n".join([sentence(rng, 30), *links]) for _ in range(5)]
    assert [len(lines) for lines in masked(texts, [0] * 5)] == [8] * 5


def test_pages_that_are_boilerplate_alone_lose_it_where_others_have_a_text():
    rng = random.Random(6)
    links = [sentence(rng, 12) for _ in range(3)]
    texts = ["\n".join([*story(rng), *links]) for _ in range(3)] + ["\n".join(links)] * 2
    assert [len(lines) for lines in masked(texts, [0] * 5)] == [3] * 5


def test_a_line_repeated_in_one_document_is_counted_once():
    rng = random.Random(7)
    texts = ["\n".join([*story(rng), FOOTER, FOOTER, FOOTER]), "\n".join([*story(rng), FOOTER])]
    assert not any(masked(texts, [0, 0]))


def test_no_documents_and_no_words():
    assert len(line_hashes(pack([]))) == 0
    assert repeated_lines(np.zeros(0, np.int64), line_hashes(pack([]))).tolist() == []
    assert repeated_lines(np.zeros(2, np.int64), line_hashes(pack(["", "…\n\n!"]))).tolist() == []


def cut(text: str) -> list[str]:
    """Lines of `text` without sentences, the slow way: folded words."""
    from tests.text import naive

    return [" ".join(naive.words(line)) for line in text.split("\n") if naive.words(line)]


@given(st.text(alphabet="ab éÉß\n漢\u200b", max_size=60), st.text(alphabet="ab éÉß\n漢\u200b", max_size=60))
def test_lines_are_equal_where_their_words_are(one, two):
    lines = line_hashes(pack([one, two]))
    expected = cut(one) + cut(two)
    assert len(lines) == len(expected)
    by_hash = defaultdict(set)
    for value, words in zip(lines.hashes.tolist(), expected, strict=True):
        by_hash[value].add(words)
    assert all(len(words) == 1 for words in by_hash.values())
    assert len(by_hash) == len(set(expected))


@given(st.lists(st.text(alphabet="ab. \n。é", max_size=80), max_size=6))
def test_lines_cover_each_word_once_and_in_order(texts):
    lines = line_hashes(pack(texts))
    assert (np.diff(lines.documents) >= 0).all()
    same = np.diff(lines.documents) == 0
    assert (lines.places[1:, 0][same] >= lines.places[:-1, 1][same]).all()
    assert (lines.words > 0).all()
    anchors = lines.anchors.astype(np.int64)
    assert (np.diff(anchors, axis=1) >= 0).all()


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_parts_joined_are_as_the_whole(seed, size):
    rng = random.Random(seed)
    texts = ["\n".join([*story(rng, rng.randrange(4)), FOOTER]) for _ in range(size * 2)]
    parts = [line_hashes(pack(texts[:size])), line_hashes(pack(texts[size:]))]
    whole, joined = line_hashes(pack(texts)), join(parts, [size, size])
    for name in Lines.__slots__:
        assert np.array_equal(getattr(whole, name), getattr(joined, name))


def test_order_of_documents_within_a_source_matters_little():
    rng = random.Random(8)
    texts = ["\n".join([*story(rng), FOOTER]) for _ in range(20)]
    for _ in range(5):
        rng.shuffle(texts)
        assert masked(texts, [0] * 20) == [[FOOTER]] * 20
