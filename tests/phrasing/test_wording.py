"""Counts of n-grams against a Counter, and which of two wordings they find the better."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.match import align_kernels
from dedup.match.align import align
from dedup.phrasing import kernels, wording
from dedup.phrasing.wording import Counts
from dedup.text.arrays import as_arrays, tables
from dedup.text.packing import pack
from tests import naive

U = np.uint64
NO_KEYS, NO_COUNTS = np.zeros(64, np.uint64), np.zeros(64, np.int32)


def counted(texts: list[str], bits: tuple[int, int, int]) -> tuple[list[np.ndarray], int]:
    """Tables of 2**bits places, and the number of words."""
    buffer, starts, sizes = as_arrays(pack(texts))
    hashes = [np.zeros(len(buffer) // 2 + 2, np.uint64) for _ in range(3)]
    counts = kernels.ngram_hashes(buffer, starts, sizes, *tables(), *hashes)
    found = [np.zeros(1 << size, np.uint32) for size in bits]
    for values, count, table in zip(hashes, counts, found, strict=True):
        kernels.add_sorted(np.sort(values[: int(count)]), table)
    return found, int(counts[0])


def ngrams(texts: list[str]) -> list[Counter[tuple[str, ...]]]:
    found: list[Counter[tuple[str, ...]]] = [Counter(), Counter(), Counter()]
    for text in texts:
        words = naive.words(text)
        for order in range(3):
            found[order].update(tuple(words[at : at + order + 1]) for at in range(len(words) - order))
    return found


def key(ngram: tuple[str, ...]) -> np.uint64:
    hashes = [naive.word_hash(word) for word in ngram]
    if len(hashes) == 1:
        return U(hashes[0])
    state = len(hashes)
    for value in hashes:
        state = naive.mix(state, value)
    return U(state)


def seen(ngram: tuple[str, ...], table: np.ndarray) -> int:
    shift = U(64 - (len(table) - 1).bit_length())
    return int(kernels._seen(key(ngram), table, shift, NO_KEYS, NO_COUNTS))


@settings(max_examples=40)
@given(st.lists(st.lists(st.sampled_from([*"abcdefgh", "été", "漢", "12"]), max_size=30).map(" ".join), max_size=6))
def test_counts_are_those_of_a_counter(texts):
    found, total = counted(texts, (10, 13, 15))
    expected = ngrams(texts)
    assert total == sum(expected[0].values())
    for table, counts in zip(found, expected, strict=True):
        for ngram, count in counts.items():
            assert seen(ngram, table) == count
        assert int((table & kernels.MOST_COUNTED).sum()) == sum(counts.values())


def test_ngrams_that_share_a_place_are_kept_apart():
    """300 words for 512 places: hundreds look first where another stands."""
    words = [f"w{n}" for n in range(300) for _ in range(n % 4 + 1)]
    table = counted([" ".join(words)], (9, 12, 13))[0][0]
    counts = Counter(words)
    firsts = Counter(naive.word_hash(word) >> 55 for word in counts)
    assert max(firsts.values()) >= 3
    wrong = [word for word, count in counts.items() if seen((word,), table) != count]
    # eleven bits tell two neighbours apart, so that one in two thousand is taken for another: at most one here
    assert len(wrong) <= 2
    # and of words that were never counted hardly one looks counted
    assert sum(seen((f"other{n}",), table) > 0 for n in range(300)) <= 2


def test_a_full_table_loses_counts_and_nothing_else():
    words = [f"w{n}" for n in range(400)]
    (table, _, _), total = counted([" ".join(words)], (6, 6, 6))
    assert total == 400
    assert (table != 0).all()
    assert 0 < sum(seen((word,), table) for word in words) <= 2 * 400


def test_counts_stop_at_their_limit():
    table = counted(["word " * 10], (6, 6, 6))[0][0]
    table[np.flatnonzero(table)[0]] += kernels.MOST_COUNTED - 12
    assert seen(("word",), table) == kernels.MOST_COUNTED - 2
    for _ in range(2):
        kernels.add_sorted(np.full(5, naive.word_hash("word"), np.uint64), table)
        assert seen(("word",), table) == kernels.MOST_COUNTED


def test_counting_in_parts_is_counting_the_whole():
    texts = [f"some words of text {n} and {n % 3}" for n in range(40)]
    whole, _ = counted(texts, (9, 10, 11))
    parts, _ = counted(texts[:13], (9, 10, 11))
    buffer, starts, sizes = as_arrays(pack(texts[13:]))
    hashes = [np.zeros(len(buffer) // 2 + 2, np.uint64) for _ in range(3)]
    counts = kernels.ngram_hashes(buffer, starts, sizes, *tables(), *hashes)
    for values, count, table in zip(hashes, counts, parts, strict=True):
        kernels.add_sorted(np.sort(values[: int(count)]), table)
    for order, ngrams_of in enumerate(ngrams(texts)):
        for ngram, count in ngrams_of.items():
            assert seen(ngram, whole[order]) == seen(ngram, parts[order]) == count


BACKGROUND = [
    f"The minister of country {n} said on day {n} that military aid for the army would be sent to the east, and that "
    f"the air force of the ally had asked for new equipment in a phone conversation with the president of land {n}."
    for n in range(30)
]
CLEAN = BACKGROUND[3]
SPUN = (
    CLEAN.replace("military aid", "army help")
    .replace("air force", "air drive")
    .replace("phone conversation", "phone dialog")
)


def compared(texts: list[str], pairs: list[tuple[int, int]], counts: Counts | None = None) -> wording.Wording:
    rows = [text.encode() for text in texts]
    sizes = np.array([len(row) for row in rows], np.int64)
    left, right = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    with ThreadPoolExecutor(2) as pool:
        found = align(left, right, sizes, rows.__getitem__, pool, blocks=True)
        counts = counts or small(texts, np.arange(len(texts)))
        return wording.compare(
            left, right, found.blocks, found.kept, align_kernels.REPLACE, rows.__getitem__, counts, pool
        )


def small(texts: list[str], rows: np.ndarray) -> Counts:
    """The counts of some rows, in tables that need no 86 MB."""
    found, total = counted([texts[row] for row in rows.tolist()], (12, 14, 15))
    return Counts(found[0], found[1], found[2], total, rows)


def test_the_side_with_unseen_ngrams_is_the_copy():
    found = compared([*BACKGROUND, SPUN], [(3, 30)])
    assert found.odds[0] > 4
    assert found.weight[0] == pytest.approx(found.odds[0]), "all substitutions agree"


def test_a_pair_turned_round_says_the_same():
    forth, back = compared([SPUN, *BACKGROUND], [(0, 4)]), compared([*BACKGROUND, SPUN], [(3, 30)])
    assert forth.odds[0] == pytest.approx(-back.odds[0], rel=1e-5)
    assert forth.weight[0] == pytest.approx(back.weight[0], rel=1e-5)


def test_two_wordings_that_are_each_worse_somewhere_do_not_agree():
    one = CLEAN.replace("military aid", "army help").replace("phone conversation", "phone dialog")
    two = CLEAN.replace("air force", "air drive").replace("new equipment", "fresh gear")
    found = compared([*BACKGROUND, one, two], [(30, 31)])
    assert found.weight[0] > 8
    assert abs(found.odds[0]) < 0.6 * found.weight[0]


def test_own_ngrams_of_both_sides_are_left_out():
    """A copy that says the same odd thing ten times is no witness for it."""
    loud = SPUN + " Army help, army help, army help. Air drive, air drive, air drive."
    texts = [*BACKGROUND, loud]
    found = compared(texts, [(3, 30)])
    assert found.odds[0] > 4
    # as if neither text had been counted
    others = np.array([row for row in range(31) if row not in (3, 30)])
    alone = replace(small(texts, others), total=small(texts, np.arange(31)).total)
    other = compared(texts, [(3, 30)], alone)
    assert other.odds[0] == pytest.approx(found.odds[0], rel=1e-6)
    assert other.weight[0] == pytest.approx(found.weight[0], rel=1e-6)


def test_pairs_without_substitutions_say_nothing():
    found = compared(
        [*BACKGROUND, CLEAN, "Something else entirely, in a few words.", SPUN], [(3, 30), (3, 31), (3, 32)]
    )
    assert found.odds[:2].tolist() == [0, 0] and found.weight[:2].tolist() == [0, 0]
    assert found.odds[2] > 0


def test_many_pairs_are_the_same_as_one_by_one():
    texts = [*BACKGROUND, *(text.replace("military aid", f"army help{n % 3}") for n, text in enumerate(BACKGROUND))]
    pairs = [(row, row + 30) for row in range(30)] * 3
    pairs.sort()
    together = compared(texts, pairs)
    for at in (0, 1, 45, 89):
        alone = compared(texts, pairs[at : at + 1])
        assert together.odds[at] == pytest.approx(alone.odds[0], rel=1e-5)


def test_of_a_large_batch_a_sample_is_counted_evenly(monkeypatch):
    monkeypatch.setattr(wording, "SAMPLE_BYTES", 100)
    for name, bits in (("WORD_BITS", 6), ("PAIR_BITS", 6), ("TRIPLE_BITS", 6)):
        monkeypatch.setattr(wording, name, bits)
    rows = [b"ten bytes!"] * 50
    sizes = np.array([len(row) for row in rows], np.int64)
    with ThreadPoolExecutor(2) as pool:
        counts = wording.count(np.arange(50), sizes, rows.__getitem__, pool)
        assert counts.rows.tolist() == list(range(0, 50, 5))
        assert counts.total == 20
        assert wording.count(np.arange(0), sizes, rows.__getitem__, pool).total == 0
