"""With an order of the texts a pair is aligned the same way whichever way round it is given."""

from __future__ import annotations

import random
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import Config
from dedup.align import figures as k
from dedup.align.alignment import align, align_by, turned
from dedup.pipeline.documents import Clock
from dedup.pipeline.judge import Judge, JudgedPairs
from tests import texts
from tests.align.test_alignment import edited, one_thread, story

MIRRORED = {
    k.WORDS_A: k.WORDS_B, k.WORDS_B: k.WORDS_A, k.CHANGED_A: k.CHANGED_B, k.CHANGED_B: k.CHANGED_A,
    k.DELETED: k.INSERTED, k.INSERTED: k.DELETED, k.FACTS_A: k.FACTS_B, k.FACTS_B: k.FACTS_A,
    k.FOUND_A: k.FOUND_B, k.FOUND_B: k.FOUND_A,
}  # fmt: skip
KINDS = {k.DELETE: k.INSERT, k.INSERT: k.DELETE}


class Texts:
    """A shelf of some texts."""

    def __init__(self, strings):
        self.strings = [string.encode() for string in strings]
        self.sizes = np.array([len(string) for string in self.strings], np.int64)
        self.texts, self.sources = self, [""] * len(strings)
        self.suspects, self.digests = np.zeros(len(strings), bool), [np.zeros(len(strings), np.uint64)]
        self.words = np.array([len(string.split()) for string in strings], np.int32)

    def read(self, row):
        return self.strings[row]


def versions(seed):
    rng = random.Random(seed)
    source = story(seed, 8)
    return [
        source,
        *(edited(source, rng, share) for share in (0.05, 0.2, 0.35)),
        " ".join(source.split()[20:70]),
        story(seed + 1),
    ]


PAIRS = [(a, b) for a in range(6) for b in range(6) if a != b]


def mirrored(figures):
    return [figures[MIRRORED.get(at, at)] for at in range(len(figures))]


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.permutations(range(6)))
def test_both_ways_round_give_mirrored_results(seed, order):
    shelf = Texts(versions(seed))
    left, right = (np.array(side, np.int64) for side in zip(*PAIRS, strict=True))
    with one_thread() as pool:
        found = align_by(np.array(order, np.uint64), left, right, shelf.sizes, shelf.read, pool)
    at = {pair: place for place, pair in enumerate(PAIRS)}
    for (a, b), place in at.items():
        back = at[b, a]
        assert found.figures[place].tolist() == mirrored(found.figures[back].tolist())
        there = [
            [KINDS.get(kind, kind), b0, b1, a0, a1, passage]
            for kind, a0, a1, b0, b1, passage in found.of(back).tolist()
        ]
        assert found.of(place).tolist() == there
        for kind, a0, a1, b0, b1, _ in found.of(place).tolist():
            one, two = shelf.read(a)[a0:a1], shelf.read(b)[b0:b1]
            assert one.decode() is not None and two.decode() is not None
            if kind == k.EQUAL:
                assert re.findall(rb"\w+", one.lower()) == re.findall(rb"\w+", two.lower())


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_in_the_given_order_it_is_the_plain_alignment(seed):
    shelf = Texts(versions(seed))
    pairs = [(a, b) for a, b in PAIRS if a < b]
    left, right = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    with one_thread() as pool:
        plain = align(left, right, shelf.sizes, shelf.read, pool, blocks=True)
        found = align_by(np.arange(6, dtype=np.uint64), left, right, shelf.sizes, shelf.read, pool)
    assert found.figures.tolist() == plain.figures.tolist() and found.blocks.tolist() == plain.blocks.tolist()
    assert found.kept.tolist() == plain.kept.tolist()


def test_no_pairs():
    shelf, none = Texts(["a b c"]), np.zeros(0, np.int64)
    with one_thread() as pool:
        found = align_by(np.zeros(1, np.uint64), none, none, shelf.sizes, shelf.read, pool)
    assert found.figures.shape == (0, k.FIGURES) and len(found.blocks) == 0 and found.kept.tolist() == [0]


@given(st.integers(0, 5), st.integers(0, 10**6))
def test_figures_turned_twice_are_what_they_were(count, seed):
    generator = np.random.default_rng(seed)
    figures = generator.integers(0, 99, (count, k.FIGURES)).astype(np.int32)
    which = generator.random(count) < 0.5
    once = turned(figures, which)
    assert turned(once, which).tolist() == figures.tolist()
    for row, old, new in zip(which, figures.tolist(), once.tolist(), strict=True):
        assert new == (mirrored(old) if row else old)
    none = np.zeros((count, 0), np.int32)
    assert turned(none, which).shape == none.shape


def judged(judge, pairs) -> JudgedPairs:
    left, right = (np.array(side, np.int64) for side in zip(*sorted(pairs), strict=True))
    return judge.copies(left, right)


@pytest.mark.parametrize("rewritten", [True, False])
@settings(max_examples=10)
@given(seed=st.integers(0, 10**6), rows=st.permutations(range(6)))
def test_a_judge_with_an_order_says_the_same_whichever_row_comes_first(rewritten, seed, rows):
    """The same texts stand in other rows; what orders them goes with the text."""
    strings = [texts.REPORT, texts.spun(texts.REPORT), texts.REPORT + "\nCorrected on Friday.", *versions(seed)[:3]]
    order = np.random.default_rng(seed).permutation(6)
    config = Config().update({"match": {"pairwise": True, "rewritten": rewritten}})
    answers = []
    with one_thread() as pool:
        for places in (range(6), rows):
            shelf = Texts([strings[at] for at in places])
            marks = np.array([order[at] for at in places], np.uint64)
            judge = Judge(config, shelf, shelf.words, frozenset(), pool, Clock(), marks)
            found = judged(judge, [(a, b) for a in range(6) for b in range(a + 1, 6)])
            overlaps, answer = found.pairs, {}
            for number in range(len(found.codes)):
                pair = (places[int(overlaps.left[number])], places[int(overlaps.right[number])])
                sizes = (int(overlaps.left_size[number]), int(overlaps.right_size[number]))
                figures = found.figures[number].tolist()
                if pair[0] > pair[1]:
                    pair, sizes = pair[::-1], sizes[::-1]
                    figures = mirrored(figures) if figures else figures
                answer[pair] = (
                    int(found.codes[number]),
                    int(overlaps.shared[number]),
                    sizes,
                    figures,
                    float(found.similarity[number]),
                )
            assert list(zip(overlaps.left.tolist(), overlaps.right.tolist(), strict=True)) == sorted(
                zip(overlaps.left.tolist(), overlaps.right.tolist(), strict=True)
            )
            answers.append(answer)
    assert answers[0] == answers[1]
    assert len(answers[0]) >= (2 if rewritten else 1)


def test_threads_are_not_needed_for_one_result():
    shelf = Texts(versions(3))
    left, right = (np.array(side, np.int64) for side in zip(*PAIRS, strict=True))
    order = np.array([3, 1, 5, 0, 2, 4], np.uint64)
    with one_thread() as one, ThreadPoolExecutor(3, initializer=lambda: np.seterr(over="ignore")) as three:
        found = [align_by(order, left, right, shelf.sizes, shelf.read, pool) for pool in (one, three)]
    assert (
        found[0].figures.tolist() == found[1].figures.tolist() and found[0].blocks.tolist() == found[1].blocks.tolist()
    )
