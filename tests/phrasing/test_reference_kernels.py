"""Streams, words, n-grams, and tables of them, each against a slow twin."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.columns import pack
from dedup.phrasing.reference import counting, kernels
from dedup.phrasing.reference.model import LEVELS, Table, quantise
from dedup.text.arrays import as_arrays, tables
from dedup.text.tokens import abbreviations
from tests.phrasing import naive as slow
from tests.text import naive

U = np.uint64
KNOWN = ["the", "council", "voted", "to", "buy", "old", "depot", "ñandú", "don", "t", "x"]
GLUE = [
    "the", "Council", "VOTED", "depot", "ÑANDÚ", "Roth", "unknown", "1911", "2nd", "b2b", "x", "字", "e\u0301t", " ",
    " ", " ", "  ", "\u00a0", "\n", "\n\n", ", ", ". ", "! ", "-", "–", " — ", "’", "'", "‘", " “", "”", "\u2010",
    "\u200b", "\u00ad", "\u2011", "\u2012", "\u2015", "Mr. ", "J. ", "…", "。", "?",
]  # fmt: skip
pieces = st.lists(st.sampled_from(GLUE), max_size=25).map("".join)
texts = pieces | st.text(max_size=30)
few = settings(max_examples=30)


def table_of(words: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sorted hashes of words, and the table that `find_id` looks into."""
    hashes = np.array(sorted(naive.word_hash(word) for word in words), U)
    room = 1 << max(4, (2 * len(hashes)).bit_length())
    keys, ids = np.zeros(room, U), np.zeros(room, np.uint32)
    kernels.fill_ids(hashes, np.arange(kernels.WORDS, kernels.WORDS + len(hashes), dtype=np.uint32), keys, ids)
    return hashes, keys, ids


def streams(found: list[str], known: list[str]) -> tuple[list[list[str]], np.ndarray, np.ndarray]:
    """What `ngram_keys` makes of texts: the stream of each as codes, all n-grams, and how often each class was seen."""
    hashes, keys, ids = table_of(known)
    names = {naive.word_hash(word): word for word in known}
    codes = [str(number) for number in range(kernels.WORDS)] + [names[value] for value in hashes.tolist()]
    buffer, starts, sizes = as_arrays(pack(found))
    room = len(buffer) + 2 * len(starts) + 2
    out, ids_out, classes = np.zeros(3 * room, U), np.zeros(room, np.uint32), np.zeros(kernels.WORDS, np.int64)
    values = np.concatenate((np.arange(kernels.WORDS, dtype=U), hashes))
    filled, length = kernels.ngram_keys(
        buffer, starts, sizes, *tables(), abbreviations(), keys, ids, values, out, ids_out, classes
    )
    whole = [codes[number] for number in ids_out[:length].tolist()]
    parts, at = [], 0
    for text in found:
        size = len(slow.stream(text, set(known)))
        parts.append(whole[at : at + size])
        at += size
    assert at == length
    return parts, out[:filled], classes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", "BEGIN"),
        ("The council voted to buy the old depot.", "BEGIN the council voted to buy the old depot BEGIN"),
        ("the Roth depot, in 1911", "BEGIN the NAME depot MARK OTHER NUMBER BEGIN"),
        ("the old-depot voted. To buy", "BEGIN the old depot voted BEGIN to buy BEGIN"),
        ("don't, don’t “buy”", "BEGIN don t MARK don t MARK buy BEGIN"),
        ("old\u00a0depot\nthe 2nd", "BEGIN old depot BEGIN the NUMBER BEGIN"),
        ("to – buy", "BEGIN to MARK buy BEGIN"),
        ("to\u2010buy\u2011old\u2012the\u2015x", "BEGIN to buy old MARK the MARK x BEGIN"),
    ],
)
def test_streams(text, codes):
    (found,), _, _ = streams([text], KNOWN)
    assert found == [code if code.islower() else str(getattr(slow, code)) for code in codes.split()]


@few
@given(st.lists(texts, max_size=4))
def test_streams_ngrams_and_classes_are_those_of_the_twin(found):
    found = [text.encode("utf-8", "replace").decode() for text in found]
    parts, out, classes = streams(found, KNOWN)
    expected = [slow.stream(text, set(KNOWN)) for text in found]
    assert parts == expected
    ngrams = Counter(slow.key(ngram) for codes in expected for ngram in slow.ngrams(codes))
    assert Counter(out.tolist()) == ngrams
    seen = Counter(code for codes in expected for code in codes if code.isdecimal())
    assert classes.tolist() == [seen[str(number)] for number in range(kernels.WORDS)]


def add_words(found: list[str], rows: list[int], keys: np.ndarray, table: np.ndarray, held: int = 0) -> tuple[int, int]:
    buffer, starts, sizes = as_arrays(pack(found))
    return kernels.add_words(
        buffer, starts, sizes, np.array(rows, np.int64), np.zeros(len(rows), np.int64), *tables(), abbreviations(),
        keys, table, held,
    )  # fmt: skip


def contents(keys: np.ndarray, table: np.ndarray) -> dict[int, list[int]]:
    return {int(key): table[at].tolist() for at, key in enumerate(keys.tolist()) if key}


@few
@given(st.lists(texts, max_size=4))
def test_words_are_counted_as_by_the_twin(found):
    found = [text.encode("utf-8", "replace").decode() for text in found]
    keys, table = counting._room(1 << 8)
    total, held = add_words(found, list(range(len(found))), keys, table)
    expected = slow.word_table(found)
    assert total == sum(len(slow.words(text)) for text in found)
    assert held == len(expected) == (keys != 0).sum()
    assert contents(keys, table) == {naive.word_hash(word): numbers for word, numbers in expected.items()}


def test_words_of_many_calls_and_tables_are_those_of_one():
    """What is counted in parts, with a table that grows, is what is counted at once."""
    words = [f"w{number}x" for number in range(60)]
    found = [" ".join(words[at % 7 :: 1 + at % 5]) for at in range(9)]
    keys, table = counting._room(1 << 8)
    held = 0
    for row, text in enumerate(found):
        if 8 * held > len(keys):
            keys, table, held = counting._grown(keys, table)
        _, held = add_words([text], [row], keys, table, held)
    assert len(keys) > 1 << 8 and held == (keys != 0).sum()
    assert contents(keys, table) == {naive.word_hash(word): row for word, row in slow.word_table(found).items()}


def test_a_full_table_takes_no_new_words_but_counts_those_it_has():
    keys, table = counting._room(1 << 4)
    _, held = add_words([" ".join(f"w{number}x" for number in range(40))], [0], keys, table)
    assert held == 14
    _, held = add_words([" ".join(f"w{number}x" for number in range(40))], [1], keys, table, held)
    assert held == 14 and sorted(table[keys != 0][:, 0].tolist()) == [2] * 14


def test_words_seen_once_are_forgotten_when_room_runs_out(monkeypatch):
    monkeypatch.setattr(counting, "MOST_WORDS", 1 << 6)
    keys, table = counting._room(1 << 6)
    add_words(["one two two three three three"], [0], keys, table)
    keys, table, held = counting._grown(keys, table)
    assert held == 2 and len(keys) == 1 << 6
    assert contents(keys, table).keys() == {naive.word_hash("two"), naive.word_hash("three")}


@given(st.lists(st.integers(0, 9), max_size=60))
def test_runs(values):
    keys, counts = np.array(sorted(values), U), np.zeros(len(values), np.uint32)
    kept = kernels.runs(keys, counts)
    assert dict(zip(keys[:kept].tolist(), counts[:kept].tolist(), strict=True)) == Counter(values)
    assert keys[:kept].tolist() == sorted(set(values))


some_keys = st.integers(0, 30) | st.integers((1 << 64) - 9, (1 << 64) - 1)
counts_of = st.dictionaries(some_keys, st.integers(1, (1 << 32) - 1))


def as_keys(counts: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(sorted(counts), U), np.array([counts[key] for key in sorted(counts)], np.uint32)


@given(counts_of, counts_of)
def test_merged_counts(one, two):
    keys, counts = counting.merged(as_keys(one), as_keys(two))
    assert keys.tolist() == sorted(one.keys() | two.keys())
    expected = [min(one.get(key, 0) + two.get(key, 0), (1 << 32) - 1) for key in sorted(one.keys() | two.keys())]
    assert counts.tolist() == expected


@given(st.lists(counts_of, max_size=6))
def test_counts_of_chunks_are_merged_in_any_number(chunks):
    stack, expected = counting._Stack(), Counter()
    for chunk in chunks:
        stack.push(as_keys({key: value % 1000 for key, value in chunk.items()}))
        expected.update({key: value % 1000 for key, value in chunk.items()})
    keys, counts = stack.whole()
    assert dict(zip(keys.tolist(), counts.tolist(), strict=True)) == dict(expected)


def test_ngrams_seen_once_are_forgotten_when_too_many_are_held(monkeypatch):
    monkeypatch.setattr(counting, "MOST_KEYS", 5)
    stack = counting._Stack()
    for part in ({1: 1, 2: 2, 3: 1}, {4: 1, 2: 1, 5: 9}):
        stack.push(as_keys(part))
    assert stack.whole()[0].tolist() == [1, 2, 3, 4, 5]
    stack.push(as_keys({6: 1}))
    assert stack.whole()[0].tolist() == [2, 5]


def looked_up(table: Table, keys: np.ndarray) -> list[int]:
    return [
        int(kernels.look_up(key, table.offsets, table.remainders, table.counts, table.shift)) for key in U(keys)
    ]  # fmt: skip


@settings(max_examples=20)
@given(st.integers(0, 400), st.integers(0, 1 << 32), st.sampled_from([None, 4, 9, 16]))
def test_every_ngram_is_found_with_its_count_and_others_are_not(size, seed, bits):
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(0, 1 << 64, size, U))
    counts = rng.integers(1, 1000, len(keys)).astype(np.uint32)
    table = Table.of(keys, counts, bits)
    assert looked_up(table, keys[:60]) == quantise(counts).tolist()[:60]
    assert (table.keys == keys >> table.shift - U(16) << table.shift - U(16)).all()
    assert sum(value > 0 for value in looked_up(table, rng.integers(0, 1 << 64, 60, U))) <= 1
    assert len(table.offsets) == (1 << table.bits) + 1 and 64 - int(table.shift) == table.bits


def test_of_ngrams_that_fall_together_the_more_frequent_one_counts():
    keys = np.array([1 << 60, (1 << 60) + 1, (1 << 60) + (1 << 50)], U)
    table = Table.of(keys, np.array([3, 7, 5], np.uint32))
    assert looked_up(table, keys) == [7, 7, 5] and len(table.counts) == 2


def test_the_edges_of_a_table():
    keys = np.array([0, 1 << 40, (1 << 64) - 1], U)
    table = Table.of(keys, np.array([1, 2, 3], np.uint32))
    assert looked_up(table, keys) == [1, 2, 3]
    empty = Table.of(np.zeros(0, U), np.zeros(0, np.uint32))
    assert looked_up(empty, keys) == [0, 0, 0]


def test_quantised_counts_are_exact_up_to_16_and_within_8_percent_above():
    counts = np.unique(np.concatenate((np.arange(3000), np.geomspace(3000, 2**32, 4000)))).astype(np.int64)
    held = LEVELS[quantise(counts)]
    assert (held[:17] == np.arange(17)).all()
    assert (np.diff(quantise(counts).astype(int)) >= 0).all()
    assert (np.abs(held[1:] - counts[1:]) <= 0.08 * counts[1:]).all()
    assert LEVELS[-1] == pytest.approx(2**32) and quantise(np.array([2.0**40])).tolist() == [255]
    assert (quantise(LEVELS) == np.arange(256)).all()


@given(st.floats(0, 2.0**33))
def test_quantised_is_the_nearest(count):
    off = np.abs(LEVELS - count)
    assert off[quantise(np.array([count]))[0]] <= off.min() + 1e-6
