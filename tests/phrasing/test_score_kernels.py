"""What the kernels say of words and texts, each number against one computed in plain Python."""

from __future__ import annotations

import math
from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.scoring import feature_kernels as features
from dedup.phrasing.scoring import kernels, level_kernels, sequence_kernels
from dedup.phrasing.scoring import reference_columns as module
from dedup.phrasing.scoring.document_kernels import DOCUMENT, MEANS
from dedup.phrasing.scoring.level_kernels import NOTHING, Own
from dedup.phrasing.scoring.scorer import Scorer, Stretches
from dedup.phrasing.scoring.weights import Weights
from dedup.runtime.hash_tables import first_slot
from tests.phrasing import factories
from tests.phrasing import naive as slow

_NAMES = """
FREQUENCY PAIR PAIR_BOUND TRIPLE TRIPLE_BOUND SKIP SKIP_BOUND FRAME_BOUND CHANCE GENERAL SPECIAL GENERAL_PAIR
GENERAL_BOUND BURST LOWERED RAISED ARTICLE UNSEEN IS_CAPITAL IS_FIRST IS_OTHER IS_NAME IS_NUMBER IS_MARK IS_CONTENT
IS_FUNCTION
"""
NAMES = _NAMES.split()
TAPS = [(row, shift) for row in range(len(NAMES)) for shift in (-1, 0, 2)]
seeds = st.tuples(st.integers(0, 1 << 30), st.integers(1, 25)).map(
    lambda one: factories.sentence_soup(*one, strange=0.2)
)
few = settings(max_examples=15)


@pytest.fixture(autouse=True, scope="module")
def small_general():
    """General English of a dozen words, so that the twin can hold all of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "general_table", factories.general)
        yield


@cache
def known():
    return factories.known(*factories.soup())


@cache
def scorer():
    rng = np.random.default_rng(5)
    net = Weights(
        np.array([row for row, _ in TAPS]), np.array([shift for _, shift in TAPS]),
        rng.normal(0, 0.1, (3, len(TAPS))).astype(np.float32), rng.normal(0, 0.5, 3).astype(np.float32),
        rng.normal(0, 1, 3).astype(np.float32), -0.7, rng.normal(0, 0.1, DOCUMENT + 1),
        np.full(DOCUMENT, -0.5, np.float32), np.full(DOCUMENT, 0.5, np.float32),
        np.array([0.1, 1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]), np.zeros(7), np.inf,
        np.zeros(DOCUMENT + 2), 0.5, 0.5, 0.0,
    )  # fmt: skip
    return Scorer(factories.soup()[1], weights=net)


def own_of(codes):
    """A table of what is to be left out."""
    reference = factories.soup()[1]
    numbers = {str(number): number for number in range(WORDS)}
    numbers |= {reference.word(WORDS + number): WORDS + number for number in range(len(reference.words))}
    room = 1 << (8 * len(codes)).bit_length()
    keys, counts = np.full(room, 7, np.uint64), np.full(room, 7, np.int32)  # what was there before is gone
    stream = np.array([numbers[code] for code in codes], np.uint32)
    kernels.add_own(stream, reference.codes, keys, counts)
    return keys, counts


def test_every_number_has_a_twin():
    assert [getattr(features, name) for name in NAMES] == list(range(features.ROWS))
    assert NAMES[:MEANS] == slow.MEANS.split()


def check(text, judged, number, begin, twin):
    """The numbers of text `number`, whose words begin at `begin` = (word, id), against the twin; their log odds."""
    words, ids = begin
    assert judged.lengths[number].tolist() == [len(twin.words), len(twin.codes)]
    found, twins = judged.rows[:, ids : ids + len(twin.codes)].astype(float), twin.rows()
    expected = np.array([twins[name][2:] for name in NAMES])
    wrong = np.abs(found[:, 2:] - expected) > 2e-3
    assert not wrong.any(), [(text, NAMES[row], twin.codes[2 + at]) for row, at in np.argwhere(wrong)][:5]
    net, part = scorer().weights, slice(words, words + len(twin.words))
    odds = [slow.net([found[row, at + shift] for row, shift in TAPS], net.first.T.tolist(), net.hidden.tolist(),
                     net.second.tolist(), net.last) for at in twin.places]  # fmt: skip
    assert judged.odds[part] == pytest.approx(odds, abs=1e-3)
    assert judged.usual[number] == sum(twin.codes[at] in known().common for at in twin.places)
    assert judged.places[part].tolist() == twin.places
    chances = [math.log(twin.backed(*twin.codes[at - 2 : at + 1])) for at in twin.places]
    assert judged.chances[part] == pytest.approx(chances, abs=1e-3)
    return odds


@few
@given(st.lists(seeds, min_size=1, max_size=3))
def test_numbers_of_words_and_texts(texts):
    judged = scorer().judge([text.encode() for text in texts], features=True)
    begin = (0, 0)
    for number, text in enumerate(texts):
        twin = slow.Judge(text, known())
        odds = check(text, judged, number, begin, twin)
        if twin.words:
            assert judged.documents[number] == pytest.approx(twin.document(twin.rows(), odds), abs=2e-3)
        begin = begin[0] + len(twin.words), begin[1] + len(twin.codes)


@few
@given(st.integers(0, 23), st.integers(1, 30))
def test_what_is_left_out_is_not_seen(row, size):
    """A text that is part of the reference, judged as if it were not."""
    whole = factories.soup()[0][row]
    codes = slow.stream(whole, known().words)
    text = " ".join(whole.split(" ")[:size])
    judged = scorer().judge([text.encode(), whole.encode()], np.array([1]), features=True)
    assert judged.lengths.shape == (1, 2)
    check(text, judged, 0, (0, 0), slow.Judge(text, known(), codes))


def test_what_is_left_out_is_that_of_one_text_alone():
    texts = [text.encode() for text in factories.soup()[0][1:4]]
    together = scorer().judge(texts, np.array([0, -1, 1]))
    apart = [
        scorer().judge(*one)
        for one in (([texts[0]], np.array([0])), ([texts[1]],), ([texts[2], texts[1]], np.array([1])))
    ]
    assert together.odds.tolist() == [odds for one in apart for odds in one.odds.tolist()]
    assert (scorer().judge([texts[0]]).odds != apart[0].odds).any()


def test_a_text_without_words_has_no_numbers():
    judged = scorer().judge([b"", b" \xe2\x80\x94 ", b"depot"])
    assert judged.lengths.tolist() == [[0, 5], [0, 5], [1, 7]] and len(judged.odds) == 1
    assert not judged.documents[:2].any() and judged.documents[2].any()


def test_what_is_to_be_left_out_is_counted():
    codes = slow.stream("the army said the army, the Army said 1911", known().words)
    own = own_of(codes)
    expected = Counter(slow.key(ngram) for ngram in slow.ngrams(codes))
    expected.update(slow.key(("code", code)) for code in codes)
    keys, counts = own
    assert {int(key): int(counts[at]) for at, key in enumerate(keys.tolist()) if key} == expected
    for key, count in expected.items():
        assert sequence_kernels.own_count(np.uint64(key), Own(keys, counts)) == count
    assert sequence_kernels.own_count(np.uint64(12345), Own(keys, counts)) == 0


@pytest.mark.parametrize(("own", "left"), [(0, 5.0), (1, 4.0), (3, 2.0), (4, 0.0), (5, 0.0), (9, 0.0)])
def test_a_single_occurrence_that_is_left_is_none(own, left):
    keys, counts = np.zeros(4, np.uint64), np.zeros(4, np.int32)
    if own:
        place = int(first_slot(np.uint64(77), np.uint64(3)))
        keys[place], counts[place] = 77, own
    assert sequence_kernels.left_count(np.float32(5), np.uint64(77), Own(keys, counts)) == left
    assert sequence_kernels.left_count(np.float32(5), np.uint64(77), NOTHING) == 5
    assert sequence_kernels.left_count(np.float32(0), np.uint64(77), Own(keys, counts)) == 0


@few
@given(seeds, st.integers(0, 40), st.integers(1, 4))
def test_odds_of_a_sequence(text, begin, size):
    columns = scorer().columns
    twin = slow.Judge(text, known())
    begin = 2 + begin % (len(twin.codes) - 2)
    end = min(begin + size, len(twin.codes))
    ids = scorer().judge([text.encode()]).streams
    odds = sequence_kernels.sequence_odds(ids, begin, end, columns.model, NOTHING)
    assert odds == pytest.approx(twin.odds(begin, end), rel=1e-4)


@few
@given(st.lists(st.floats(1e-30, 1e30), min_size=1), st.lists(st.floats(-40, 40), min_size=1))
def test_quick_functions(numbers, odds):
    for number in numbers:
        assert features.quick_log(np.float32(number)) == pytest.approx(math.log(np.float32(number)), abs=1e-5)
    for one in odds:
        assert features.quick_chance(np.float32(one)) == pytest.approx(1 / (1 + math.exp(-one)), abs=1e-4)


@few
@given(st.integers(0, 1 << 30), st.integers(0, 70))
def test_a_bucket_of_any_size(seed, size):
    rng = np.random.default_rng(seed)
    remainders = np.sort(rng.choice(200, size, replace=False)).astype(np.uint16)
    offsets = np.array([3] + [3 + size] * 16, np.uint32)
    held = np.concatenate((np.full(3, 7, np.uint16), remainders, np.full(level_kernels.LANES, 7, np.uint16)))
    counts = np.arange(1, 5 + size).astype(np.uint8)
    counts[-1] = 0
    grams = level_kernels.Grams(offsets, held, counts, np.uint64(60))
    keys = np.arange(200, dtype=np.uint64) << np.uint64(44)
    out, scratch = np.zeros(200, np.uint8), np.zeros(200, np.uint64)
    level_kernels.look_up_keys(keys, 0, 200, grams, NOTHING, scratch, out)
    expected = np.zeros(200, np.uint8)
    expected[remainders] = counts[3:-1]
    assert out.tolist() == expected.tolist()
    assert [level_kernels.level(key, grams) for key in keys] == expected.tolist()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("a apple", [1]), ("an apple", []), ("an council", [1]), ("a council", []), ("A army", [1]), ("an honest", []),
        ("a one", []), ("a European", []), ("a, apple", []), ("a xyzzy", []), ("the apple", []),
    ],
)  # fmt: skip
def test_articles(text, wrong):
    judged = scorer().judge([text.encode()], features=True)
    assert np.flatnonzero(judged.rows[features.ARTICLE, judged.places]).tolist() == wrong


def test_articles_of_a_reference_that_has_none():
    other = Scorer(factories.made(["el viejo tren del museo"] * 6), weights=scorer().weights)
    assert not other.judge([b"a apple, an viejo"], features=True).rows[features.ARTICLE].any()


def test_counts_of_large_references_are_scaled_down(monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 100.0)
    small = Scorer(factories.soup()[1], weights=scorer().weights)
    whole = sum(known().frequencies.values())
    assert small.columns.total == pytest.approx(100)
    assert small.columns.frequencies.sum() == pytest.approx(100, rel=1e-4)
    assert small.columns.values[10] == pytest.approx(10 * 100 / whole)


def test_some_words_alone_are_judged_as_they_are_among_all():
    texts = [text.encode() for text in factories.soup()[0][1:4]]
    whole = scorer().judge(texts)
    stretches = Stretches(np.array([[3, 20], [10, 40], [90, 95], [7, 8]]), np.array([3, 3, 4]), 2)
    part = scorer().judge(texts, wanted=stretches)
    ends = np.cumsum(whole.lengths[:, 0])
    text = np.searchsorted(ends, np.arange(len(whole.odds)), "right")
    wanted = np.zeros(len(whole.odds), bool)
    for number, (begin, end) in zip((0, 0, 0, 2), stretches.bytes.tolist(), strict=True):
        inside = np.flatnonzero((text == number) & (whole.spans[:, 0] >= begin) & (whole.spans[:, 0] < end))
        if len(inside):
            wanted[inside[0] : min(inside[-1] + 3, ends[number])] = True
    assert 4 < wanted.sum() < len(wanted) / 2
    assert (part.spans == whole.spans).all()
    assert (part.odds == np.where(wanted, whole.odds, 0)).all()
    assert (part.chances == np.where(wanted, whole.chances, 0)).all()
