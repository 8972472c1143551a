"""Varied texts of the benchmarks: each depends on its number alone, and copies are like their source."""

import json
import random

import pytest

from benchmarks import varied


@pytest.fixture(scope="module")
def pool():
    draw = random.Random(3)
    words = [f"word{number}" for number in range(400)] + ['"said,"', "naïve", "1,234"]
    texts = [" ".join(draw.choice(words) for _ in range(300)) for _ in range(40)]
    return varied.Pool({"text": text} for text in [*texts, "Rareword stands once."])


def documents(pool, first, last):
    return [json.loads(line) for line in pool.lines(first, last).splitlines()]


def test_any_part_is_that_of_the_whole(pool):
    whole = documents(pool, 0, 100)
    assert [each["id"] for each in whole] == [f"doc-{number}" for number in range(100)]
    assert documents(pool, 37, 61) == whole[37:61]


def test_copies_are_of_earlier_originals_and_like_them(pool):
    sources = {number: varied.source_of(number) for number in range(3000)}
    copies = {number: source for number, source in sources.items() if source >= 0}
    assert 200 < len(copies) < 400
    for copy, source in list(copies.items())[:30]:
        assert source < copy and sources[source] < 0
        (one,), (two,) = documents(pool, source, source + 1), documents(pool, copy, copy + 1)
        one, two = one["text"].split(), two["text"].split()
        same = sum(a == b for a, b in zip(one, two, strict=True)) / len(one)
        assert same >= 1 - varied.MOST_EDITED


def test_new_documents_have_new_words(pool):
    half = {word for each in documents(pool, 0, 400) for word in each["text"].split()}
    whole = half | {word for each in documents(pool, 400, 800) for word in each["text"].split()}
    assert len(half) > 403 and len(whole) > len(half)


def test_shares_and_growth():
    texts = ["a b c d e f", "a b c d e x", "k l m n o p"]
    assert varied.recurring(texts) == 0.5
    assert varied.growth(["a b", "a c", "a b", "d"]) == 2.0
