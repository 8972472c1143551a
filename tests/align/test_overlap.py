"""What pairs share, counted on their texts, beside sets; and exact copies."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.align import overlap
from dedup.align.overlap import Overlaps, blocks_of, fold_exact, overlaps, same_form
from dedup.fingerprint.minhash import shingles
from dedup.text.arrays import normal_form

WORDS = [
    "Pier",
    "pier",
    "eel",
    "1,200",
    "d\u00e9j\u00e0",
    "deja\u0301",
    "\ufb01sh",
    "fish",
    "\u6f22\u5b57",
    "it's",
    "-",
    "\u200b",
]
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), min_size=2, max_size=6)


def counted(strings: list[str], pairs: list[tuple[int, int]], ngram: int) -> Overlaps:
    data = [string.encode() for string in strings]
    left, right = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    normalised = frozenset(row for row, string in enumerate(strings) if normal_form(string) != string)
    sizes = np.array([len(row) for row in data], np.int64)
    with ThreadPoolExecutor(2) as pool:
        return overlaps(left, right, sizes, data.__getitem__, normalised, ngram, pool)


@given(texts, st.integers(1, 4))
def test_overlaps_are_those_of_sets_of_shingles(strings, ngram):
    pairs = [(a, b) for a in range(len(strings)) for b in range(len(strings))]
    found = counted(strings, pairs, ngram)
    sets = [set(shingles(string, ngram)) for string in strings]
    for pair, (a, b) in enumerate(pairs):
        shared, smaller, union = len(sets[a] & sets[b]), min(len(sets[a]), len(sets[b])), len(sets[a] | sets[b])
        assert (found.shared[pair], found.left_size[pair], found.right_size[pair]) == (
            shared,
            len(sets[a]),
            len(sets[b]),
        )
        assert found.jaccard[pair] == shared / max(union, 1)
        assert found.containment[pair] == shared / max(smaller, 1)


def test_some_pairs_are_taken_by_place_or_by_mark():
    found = counted(["pier eel fish", "eel fish pier eel", "fish"], [(0, 1), (0, 2), (1, 2)], 1)
    for which in (np.array([False, True, True]), np.array([1, 2])):
        taken = found.take(which)
        assert taken.left.tolist() == [0, 1] and taken.right.tolist() == [2, 2] and taken.shared.tolist() == [1, 1]
    turned = found.take(np.array([2, 0]))
    assert turned.left_size.tolist() == [3, 3] and turned.right_size.tolist() == [1, 3]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20), st.data())
def test_blocks_hold_all_pairs_and_about_as_much_text(pairs, data):
    """Each text of the left side counts once for the pairs that it stands in, one after the other."""
    sizes = data.draw(st.lists(st.integers(0, 9), min_size=6, max_size=6))
    pairs = sorted(pairs)
    left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlap, "BLOCK_BYTES", 10)
        borders = blocks_of(left, right, np.array(sizes, np.int64))
    cost, before, tens = 0, None, []
    for one, two in pairs:
        cost += sizes[two] + (sizes[one] if one != before else 0)
        tens.append(cost // 10)
        before = one
    cuts = [at for at in range(1, len(pairs)) if tens[at] != tens[at - 1]]
    assert borders == ([0, *cuts, len(pairs)] if pairs else [0])


def folded(strings: list[str], digests: list[int], order: list[int]) -> list[int]:
    data = [string.encode() for string in strings]

    def rank(rows):
        return {row: order.index(row) for row in rows.tolist()}

    return fold_exact(np.array(digests, np.uint64), rank, data.__getitem__).tolist()


def test_exact_copies_have_one_head_the_first_in_rank():
    strings = ["One two", "one TWO", "three", "one two", "One two"]
    assert folded(strings, [7, 7, 8, 7, 7], [0, 1, 2, 3, 4]) == [0, 0, 2, 0, 0]
    assert folded(strings, [7, 7, 8, 7, 7], [4, 3, 2, 1, 0]) == [4, 4, 2, 4, 4]
    assert folded(["a", "b"], [1, 2], [0, 1]) == [0, 1] and folded([], [], []) == []


def test_texts_that_share_but_a_digest_are_no_copies():
    assert folded(["One two", "three", "one two."], [7, 7, 7], [0, 1, 2]) == [0, 1, 0]
    no_words = ["\U0001f600 \U0001f600", "\U0001f600\U0001f600", "\u2013", "\u2013 \u2013"]
    assert folded(no_words, [7, 7, 7, 7], [0, 1, 2, 3]) == [0, 0, 2, 3]


@pytest.mark.parametrize("seed", range(5))
def test_heads_are_those_of_a_naive_twin(seed):
    rng = random.Random(seed)
    strings = [rng.choice(["One two", "one  two", "ONE TWO!", "three", "Three four"]) for _ in range(20)]
    digests = [rng.randrange(3) for _ in strings]
    order = rng.sample(range(20), 20)
    expected = []
    for row, string in enumerate(strings):
        mates = [other for other in range(20) if digests[other] == digests[row]]
        first = min(mates, key=order.index)
        same = same_form(strings[first].encode()) == same_form(string.encode())
        expected.append(first if same else row)
    assert folded(strings, digests, order) == expected
