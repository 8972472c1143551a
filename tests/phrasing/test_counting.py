"""References of texts: what is kept of them, in the same bytes whatever the number of threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dedup.phrasing.reference import counting, synonyms
from dedup.phrasing.reference.kernels import WORDS, look_up
from dedup.phrasing.reference.model import LEVELS
from tests.phrasing import factories
from tests.phrasing import naive as slow
from tests.text import naive


def ids(reference, words):
    places = np.searchsorted(reference.words, [np.uint64(naive.word_hash(word)) for word in words])
    return (places + WORDS).tolist()


def test_all_that_the_twins_count_is_in_a_reference():
    texts, reference = factories.soup()
    known = factories.known(texts, reference)
    assert reference.header.documents == len(texts)
    assert reference.header.words == sum(len(slow.words(text)) for text in texts)
    assert {reference.word(WORDS + at): float(count) for at, count in enumerate(reference.word_counts)} == {
        word: known.frequencies[word] for word in known.words
    }
    table = slow.word_table(texts)
    for at in range(len(reference.words)):
        row = table[reference.word(WORDS + at)]
        assert reference.word_texts[at] == row[1]
        assert reference.word_capitals[at] == (255 * row[4] + row[3] // 2) // max(row[3], 1)
    assert reference.class_counts.tolist() == [known.frequencies[str(number)] for number in range(WORDS)]
    assert reference.total == known.total
    ngrams, found = reference.ngrams, reference.header.sizes["ngrams"]
    assert found == len(known.ngrams)
    for ngram, count in list(known.ngrams.items())[:200]:
        key = np.uint64(slow.key(ngram))
        assert LEVELS[look_up(key, ngrams.offsets, ngrams.remainders, ngrams.counts, ngrams.shift)] == count


def test_the_bytes_are_the_same_with_any_number_of_threads(monkeypatch):
    monkeypatch.setattr(counting, "CHUNK", 1500)
    monkeypatch.setattr(counting, "SAMPLE", 700)
    texts = factories.soup()[0]
    once = factories.made_bytes(texts, most=500, sources=["x"])
    assert (
        once
        == factories.made_bytes(texts, most=500, sources=["x"])
        == factories.made_bytes(texts, 2, most=500, sources=["x"])
    )
    assert len(once) < len(factories.made_bytes(texts, sources=["x"]))


def test_chunks_make_no_difference(monkeypatch):
    texts = factories.soup()[0]
    whole = factories.made_bytes(texts)
    monkeypatch.setattr(counting, "CHUNK", 700)
    assert factories.made_bytes(texts, 2) == whole


def counted(texts, *, threads=1):
    data = [text if isinstance(text, bytes) else text.encode() for text in texts]
    sizes = np.array([len(text) for text in data], np.int64)
    with ThreadPoolExecutor(threads) as pool:
        return counting.count(data.__getitem__, np.arange(len(data)), sizes, pool)


LONG = {
    "lines": "alpha beta gamma\n" * 400, "words": "alpha " * 1000, "one word": "x" * 5000,
    "marks": "naïve « déjà » vu — " * 200, "scripts": "市の港湾当局は月曜日に" * 200,
    "sentences": "Alpha beta. Gamma! " * 300,
    "blanks": " \n\t" * 2000, "emoji": "\U0001f600" * 900, "zero width": "a\u200bb " * 700, "nothing": "",
}  # fmt: skip


@pytest.mark.parametrize("kind", LONG)
def test_a_long_text_in_pieces_has_the_same_words(monkeypatch, kind):
    """Pieces end where words do: nothing but a word of more than a piece is counted otherwise."""
    texts = [LONG[kind], "beta déjà gamma x", LONG[kind]]
    whole = counted(texts)
    monkeypatch.setattr(counting, "CHUNK", 1 << 11)
    cut = counted(texts, threads=2)
    assert cut.documents == whole.documents
    if kind in ("one word", "scripts", "emoji"):
        return
    assert cut.words == whole.words
    for name, column in whole.vocabulary.items():
        if name not in ("class_counts", "word_capitals"):  # a piece begins like a sentence
            assert cut.vocabulary[name].tolist() == column.tolist()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000, 1023, 1024, 1025, 4096, 5000])
def test_pieces_are_the_text(monkeypatch, size):
    """Together they are the text, each is UTF-8, and none is much longer than a piece."""
    monkeypatch.setattr(counting, "CHUNK", size)
    texts = [b"", ("a\u00e9 \u20ac\n\U0001f600" * 100).encode(), b"ab", b"", b"x" * 3000]
    parts = counting._chunks(np.arange(5), np.array([len(text) for text in texts]))
    pieces = [[] for _ in texts]
    for part in parts:
        loaded, bases = counting._loaded(part, texts.__getitem__)
        for row, base, piece in zip(part[:, 0].tolist(), bases.tolist(), loaded, strict=True):
            assert base == sum(map(len, pieces[row])) and len(piece) <= size + min(1024, size // 2) + 3
            piece.decode()
            pieces[row].append(piece)
    assert [b"".join(found) for found in pieces] == texts


def test_no_more_chunks_are_counted_than_can_be_held(monkeypatch):
    monkeypatch.setattr(counting, "AHEAD", 3)
    begun, most = [], 0
    with ThreadPoolExecutor(4) as pool:
        for number, value in enumerate(counting._ahead(pool, lambda part: begun.append(part) or part, range(20))):
            most = max(most, len(begun) - number)
            assert value == number
    assert most <= 4


@pytest.mark.parametrize("chunk", [700, 1500, 1 << 20])
def test_synonyms_are_learned_from_a_sample_of_all_texts(monkeypatch, chunk):
    monkeypatch.setattr(counting, "CHUNK", chunk)
    monkeypatch.setattr(counting, "SAMPLE", 300)
    texts = [text.encode() for text in factories.soup()[0]]
    sizes = np.array([len(text) for text in texts], np.int64)
    with ThreadPoolExecutor(1) as pool:
        counted = counting.count(texts.__getitem__, np.arange(len(texts)), sizes, pool)
    assert 150 <= len(counted.streams) <= 300


def test_no_more_ngrams_are_kept_than_asked_for():
    texts, reference = factories.soup()
    fewer = factories.made(texts, most=200)
    assert 0 < fewer.header.sizes["ngrams"] <= 200 < reference.header.sizes["ngrams"]
    least = int(fewer.ngrams.counts.min())
    assert least >= 3 and (reference.ngrams.counts >= least).sum() == len(fewer.ngrams.counts)
    assert (reference.ngrams.counts >= least - 1).sum() > 200
    assert (fewer.words == reference.words).all()


@pytest.mark.parametrize("texts", [[], [""], ["one text alone, whatever it says"], ["¡!", "…"], ["1 2 3"] * 9])
def test_nothing_to_keep(texts):
    reference = factories.made(texts)
    assert len(reference.words) == len(reference.alike_of) == 0
    assert reference.header.documents == len(texts)


def test_words_are_kept_that_are_seen_often_enough_in_several_texts():
    reference = factories.made(["one one one two two three", "two three four four four", "four five 66 66 66"])
    assert {reference.word(WORDS + at) for at in range(len(reference.words))} == {"two", "four"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("陆军帮助", ["陆", "军", "帮", "助"]),
        ("3D打印 x", ["打", "印", "x"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("don’t CO\u00adOPERATE Zürich nai\u0308f", ["don", "t", "cooperate", "zürich", "nai\u0308f"]),
        ("ΛΌΓΟΣ “quoted”", ["λόγος", "quoted"]),
        ("w" * 500, ["w" * counting.LONGEST]),
        ("字" * 3 + "é" * 300, ["字", "é" * (counting.LONGEST // 2)]),
    ],
)
def test_words_of_any_script_are_shown_whole(text, words):
    reference = factories.made(["…", text, text, f"\U0001f600 {text}"])
    assert sorted(reference.word(WORDS + at) for at in range(len(reference.words))) == sorted(words)


def cars():
    """A stream of ids in which 8 and 9 stand in the same contexts, and 10 11 is a phrase that stands where 12 does."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(900):
        middle = [[8 + rng.integers(2)], [10, 11], [12]][rng.integers(3)]
        frame = rng.integers(20, 23, 2) if len(middle) == 1 and middle[0] < 10 else rng.integers(30, 33, 2)
        found += [5, frame[0], *middle, frame[1], *rng.integers(40, 60, 3)]
    return np.array([*found, 5], np.uint32)


def alike_to(found, unit):
    row = np.flatnonzero(found.alike_of == unit)
    return found.alike[row[0]].tolist() if len(row) else []


def test_what_stands_in_the_same_contexts():
    found = synonyms.find(cars(), 60)
    assert [10, 11] in found.phrases.tolist()
    phrase = 60 + found.phrases.tolist().index([10, 11])
    assert alike_to(found, 8)[0] == 9 and alike_to(found, 9)[0] == 8
    assert alike_to(found, 12)[0] == phrase and alike_to(found, phrase)[0] == 12
    assert (np.diff(found.closeness.astype(int), axis=1) <= 0).all()
    assert found.alike.shape == found.closeness.shape == (len(found.alike_of), synonyms.ALIKE)


def test_of_equally_close_ones_the_first_are_taken():
    vectors = np.eye(40, dtype=np.float32)
    near, closeness = synonyms._nearest(vectors)
    assert near[20].tolist() == list(range(12)) and near[3].tolist() == list(range(12)) and not closeness.any()
