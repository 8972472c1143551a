"""What the blocks of an alignment tell of a pair, beside naive twins; and which words are another spelling."""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.align import figure_kernels as kernels
from dedup.align import figures as k
from dedup.align.alignment import align, turned
from dedup.text.tokens import tokenise
from tests.align import naive
from tests.align.test_alignment import blocks_of, edited, pairs, story


def figures(one: str, two: str) -> np.ndarray:
    rows = [one.encode(), two.encode()]
    sizes = np.array([len(row) for row in rows])
    with ThreadPoolExecutor(1) as pool:
        return align(np.array([0]), np.array([1]), sizes, rows.__getitem__, pool).figures[0]


@settings(max_examples=60)
@given(pairs)
def test_figures_of_an_alignment_are_those_of_its_blocks(pair):
    one, two = (tokenise(text) for text in pair)
    blocks, found = blocks_of(one, two), figures(*pair)
    equal = [row for row in blocks if row[0] == k.EQUAL]
    furthest, moved = -1, 0
    for _, a0, a1, b0, b1, _ in equal:
        moved += a1 - a0 if b0 < furthest else 0
        furthest = max(furthest, b1)
    assert found[k.MOVED] == moved
    kept = [int(one.sentence[at]) for _, a0, a1, *_ in equal for at in range(a0, a1)]
    assert found[k.SENTENCES] == len(list(itertools.groupby(kept)))
    changed = [int(one.sentence[row[1]]) for row in blocks if row[0] == k.REPLACE]
    assert found[k.CHANGED_SENTENCES] == len(list(itertools.groupby(changed)))
    assert found[k.CLOSENESS] == int(16 * naive.closeness([tuple(row) for row in blocks]) + 0.5)
    sizes = [(a1 - a0, b1 - b0) for kind, a0, a1, b0, b1, _ in blocks if kind == k.REPLACE]
    assert found[k.IN_SLOT] == sum(max(a, b) <= 4 and abs(a - b) <= 2 for a, b in sizes)


block = st.tuples(st.sampled_from([k.EQUAL, k.REPLACE, k.DELETE, k.INSERT]), st.integers(1, 9), st.integers(1, 9),
                  st.integers(0, 9), st.integers(0, 3))  # fmt: skip


@given(st.lists(block, max_size=15))
def test_closeness_is_that_of_the_twin(parts):
    """Blocks one after the other, some with a gap between them or in another passage."""
    rows, a, b, passage = [], 0, 0, 0
    for kind, ours, theirs, gap, other in parts:
        a, b, passage = a + (gap == 9), b + (gap == 8), passage + (other == 3)
        more = 0 if kind == k.INSERT else ours, 0 if kind == k.DELETE else ours if kind == k.EQUAL else theirs
        rows.append((kind, a, a + more[0], b, b + more[1], passage))
        a, b = a + more[0], b + more[1]
    found = np.array(rows, np.int32).reshape(-1, 6)
    assert kernels._closeness(found, len(rows)) == pytest.approx(naive.closeness(rows))


def bytes_of(*words: str):
    buffer = np.frombuffer("".join(words).encode() + bytes(16), np.uint8)
    ends = np.cumsum([len(word.encode()) for word in words]).tolist()
    return [buffer, *(place for pair in zip([0, *ends], ends, strict=False) for place in pair)]


small_words = st.text(st.sampled_from("abcA"), min_size=1, max_size=8)


@given(small_words, small_words)
def test_words_look_alike_as_the_twin_says(one, two):
    assert bool(kernels._look_alike(*bytes_of(one, two))) == naive.look_alike(one, two)


@pytest.mark.parametrize(("one", "two"), [("กข", "กค"), ("漢字", "漢語"), ("é", "è"), ("да", "до")])
def test_letters_are_whole(one, two):
    """They share bytes, and half of their letters at most."""
    assert not kernels._look_alike(*bytes_of(one, two))


SPELT = [
    ("über", "ueber"), ("Ärger", "Aerger"), ("æon", "aeon"), ("schön", "schoen"), ("søt", "soet"), ("Åse", "Aase"),
    ("Straße", "Strasse"), ("0f", "of"), ("1ake", "lake"), ("Ill", "lll"), ("caf\u00c3\u00a9s", "caf\u00e9s"),
    ("ueber", "über"),
]  # fmt: skip
OTHER = [("über", "ober"), ("uber", "ueber"), ("of", "off"), ("Straße", "Strase"), ("é", "à"), ("abc", ""), ("", "abc"),
         ("cafés", "cases"), ("über", "uuber")]  # fmt: skip


@pytest.mark.parametrize(("one", "two"), SPELT)
def test_letters_that_are_written_out(one, two):
    data = bytes_of(one, two)
    assert kernels._same_letters(*data) or kernels._same_skeleton(*data)
    assert kernels._spelt_alike(*data, 3)


@pytest.mark.parametrize(("one", "two"), OTHER)
def test_letters_that_are_others(one, two):
    data = bytes_of(one, two)
    assert not kernels._same_letters(*data) and not kernels._same_skeleton(*data)


def test_a_word_for_one_that_looks_like_it_is_a_spelling_and_two_words_for_one_are_none():
    assert kernels._spelt_alike(*bytes_of("defence", "defense"), 2)
    assert not kernels._spelt_alike(*bytes_of("defence", "defense"), 3)


values = st.lists(st.integers(0, 3), min_size=1, max_size=20)


@given(values, st.data())
def test_how_often_a_substitution_is_made(numbers, data):
    array = np.array(numbers, np.uint64)
    head = data.draw(st.integers(0, len(numbers)))
    assert kernels._most_repeated(array, len(array)) == max(map(numbers.count, numbers))
    assert kernels._most_repeated_head(array, head, len(array)) == max(map(numbers.count, numbers[:head]), default=0)


SOURCE = (
    "The dastun was opened on Monday. People of the town came to see the dastun, and the mayor said that no dastun had "
    "been seen in the valley for 40 years. A second dastun is to follow in the spring, if the council finds the money."
)


def test_one_word_in_place_of_another_is_counted():
    found = figures(SOURCE, SOURCE.replace("dastun", "mirofel"))
    assert found[k.REPEATED] == found[k.TITLE_SWAPS] == found[k.SUBJECT_CHANGED] == found[k.CHANGES] == 4
    found = figures(SOURCE, SOURCE[:20] + SOURCE[20:].replace("dastun", "mirofel"))
    assert found[k.REPEATED] == 3 and found[k.CHANGES] == 3
    common = figures(SOURCE, SOURCE.replace("said", "claimed"))
    assert common[k.CHANGES] == 1 and common[k.REPEATED] == 0, "no rare word"


def test_numbers_of_a_title():
    head = "Version 12 of the program was written on 3 May 1998 by the people of the project, and it works well. "
    found = figures(head + SOURCE, head.replace("12", "13").replace("1998", "1999") + SOURCE)
    assert found[k.TITLE_NUMBERS] == found[k.NUMBERS_CHANGED] == 2
    assert figures(head + SOURCE, head + SOURCE.replace("40", "50"))[k.TITLE_NUMBERS] == 0, "behind the title"
    assert figures(head + SOURCE, head + SOURCE.replace("40", "50"))[k.NUMBERS_CHANGED] == 1


@given(st.lists(st.integers(0, 99), min_size=k.FIGURES, max_size=k.FIGURES), st.booleans())
def test_turned_figures_are_those_of_the_pair_the_other_way_round(numbers, exchanged):
    row = np.array([numbers], np.int32)
    found = turned(row, np.array([exchanged]))[0].tolist()
    mirrored = {k.WORDS_A: k.WORDS_B, k.CHANGED_A: k.CHANGED_B, k.DELETED: k.INSERTED, k.FACTS_A: k.FACTS_B,
                k.FOUND_A: k.FOUND_B}  # fmt: skip
    both = mirrored | {two: one for one, two in mirrored.items()}
    assert found == [numbers[both.get(at, at)] if exchanged else numbers[at] for at in range(k.FIGURES)]
    assert turned(np.zeros((2, 0), np.int32), np.array([True, False])).shape == (2, 0)


def test_what_memory_held_before_has_no_say_in_an_alignment():
    """A gap with two words on one side and a hundred on the other: what lies outside the band is never computed."""
    rng = random.Random(1)
    one = story(181, 20)
    pair = tokenise(one), tokenise(edited(one, random.Random(182), 0.6))
    found = set()
    for _ in range(60):
        value = rng.randrange(256)
        held = [np.full(rng.randrange(1, 20_000), value, np.uint8) for _ in range(300)]
        del held
        found.add(tuple(map(tuple, blocks_of(*pair))))
    assert len(found) == 1
