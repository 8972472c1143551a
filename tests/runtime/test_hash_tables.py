"""Hash tables: what is in them is found, nobody can crowd them, and results do not depend on their secret key."""

import os
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.align.alignment import align
from dedup.align.figures import KEPT_WORDS
from dedup.align.overlap import overlaps
from dedup.runtime import hash_tables, table_key

U = np.uint64
MASK = 2**64 - 1
MANY = 4_000 if os.environ.get("NUMBA_DISABLE_JIT") != "1" else 300
GOLDEN = 0x9E3779B97F4A7C15  # the multiplier that places were made with once
CROWDS = {
    "one place of a multiplied table": lambda at: (at * pow(GOLDEN, -1, 1 << 64)) & MASK,
    "a stretch of its middle bits": lambda at: ((5 << 20 | at << 44 | at & 0xFFFFF) * pow(GOLDEN, -1, 1 << 64)) & MASK,
    "equal lower bits": lambda at: at << 32 | 7,
    "equal middle bits": lambda at: at << 45 | at & 0xFFFFF,
    "the highest bits alone": lambda at: at << 52 | 1,
    "counting": lambda at: at + 1,
    "halves alike": lambda at: (at << 32 ^ at << 3) | 1,
    "one xor-shifted stretch": lambda at: at << 40 ^ at << 11 | 3,
}


def filled(keys: list[int]) -> tuple[np.ndarray, int]:
    """A table of keys, half full, and how many places were looked at to fill it."""
    mask = (1 << (2 * len(keys) - 1).bit_length()) - 1
    table, looked = np.zeros(mask + 1, np.uint64), 0
    for key in keys:
        first = int(hash_tables.first_slot(U(key), U(mask)))
        slot = int(hash_tables.find_slot(table, U(key), U(mask)))
        looked += 1 + (slot - first) % (mask + 1)
        table[slot] = key
    return table, looked


@pytest.fixture
def other_key():
    """Call it, and tables have another key; afterwards they have the one that they had."""
    before = tuple(table_key.TABLE_KEY)
    yield lambda seed: table_key.TABLE_KEY.__setitem__(
        slice(None), [random.Random(seed).getrandbits(64) | 1, 2 * seed + 3]
    )
    table_key.TABLE_KEY[:] = before


@given(st.lists(st.integers(1, MASK), unique=True, max_size=40), st.integers(1, MASK))
def test_a_table_is_a_dictionary(keys, other):
    table, _ = filled(keys or [1])
    for key in keys:
        assert table[int(hash_tables.find_slot(table, U(key), U(len(table) - 1)))] == key
    found = table[int(hash_tables.find_slot(table, U(other), U(len(table) - 1)))]
    assert found == (other if other in (keys or [1]) else 0)


@pytest.mark.parametrize("crowd", CROWDS)
def test_keys_chosen_for_one_stretch_of_a_table_do_not_crowd_it(crowd):
    """Random keys take one and a half looks each; with a known place they took thousands."""
    keys = list(dict.fromkeys(CROWDS[crowd](at) for at in range(1, MANY + 1)))
    assert len(keys) > MANY // 2 and 0 not in keys
    assert filled(keys)[1] < 4 * len(keys)


def test_places_depend_on_the_key(other_key):
    places = []
    for seed in range(3):
        other_key(seed)
        places.append([int(hash_tables.first_slot(U(key), U(0xFFFF))) for key in range(1, 200)])
    assert places[0] != places[1] != places[2] != places[0]


def test_each_process_has_a_key_of_its_own():
    assert all(number % 2 for number in table_key.TABLE_KEY)
    assert len({*table_key.TABLE_KEY, GOLDEN, 1}) == 4


@pytest.mark.parametrize("seed", range(4))
def test_alignments_do_not_depend_on_the_key(seed, other_key):
    rng = random.Random(seed)
    words = [f"w{rng.randrange(90)}{'.' * (rng.random() < 0.1)}" for _ in range(300)]
    other = [rng.choice(words) if rng.random() < 0.2 else word for word in words]
    texts = [" ".join(side).encode() for side in (words, other)]
    sides, sizes = (np.zeros(1, np.int64), np.ones(1, np.int64)), np.array([len(text) for text in texts])
    answers = []
    with ThreadPoolExecutor(1, initializer=lambda: np.seterr(over="ignore")) as pool:
        for salt in range(3):
            other_key(salt)
            found = align(*sides, sizes, texts.__getitem__, pool, blocks=True)
            shared = overlaps(*sides, sizes, texts.__getitem__, frozenset(), 2, pool)
            answers.append((found.figures.tolist(), found.blocks.tolist(), shared.shared.tolist()))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0][0][KEPT_WORDS] > 150
