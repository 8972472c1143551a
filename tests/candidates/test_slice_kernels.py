"""Slices of postings against plain Python: what each document of a block is compared with by a key."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.candidates import slice_kernels

Postings = list[tuple[int, int]]

postings = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 39)), max_size=120)
keys_near_the_top = st.sampled_from([0, 0xFFFFFFFA])


def naive_slices(found: Postings, block_rows: int, limit: int) -> dict[int, list[list[int]]]:
    """Of each block, the rows of each key, with at most `limit` before those of the block."""
    slices: dict[int, list[list[int]]] = {}
    for key in sorted({key for key, _ in found}):
        rows = sorted({row for own, row in found if own == key})
        for block in sorted({row // block_rows for row in rows}):
            own = [row for row in rows if row // block_rows == block]
            before = [row for row in rows if row < own[0]][-limit:] if limit else []
            if len(before) + len(own) > 1:
                slices.setdefault(block, []).append(before + own)
    return slices


def cut(found: Postings, block_rows: int, limit: int, blocks: int) -> dict[int, list[list[int]]]:
    """The same by the kernels."""
    entries = np.unique(np.array([key << 32 | row for key, row in found], np.uint64))
    runs, numbers = np.zeros(blocks + 1, np.int64), np.zeros(blocks + 1, np.int64)
    slice_kernels.count_slices(entries, block_rows, limit, runs[1:], numbers[1:])
    runs, numbers = np.cumsum(runs), np.cumsum(numbers)
    sizes, rows = np.zeros(runs[-1], np.uint32), np.zeros(numbers[-1], np.uint32)
    to, at = runs[:-1].copy(), numbers[:-1].copy()
    slice_kernels.fill_slices(entries, block_rows, limit, to, at, sizes, rows)
    assert (to == runs[1:]).all() and (at == numbers[1:]).all(), "each block is filled to its end"
    slices: dict[int, list[list[int]]] = {}
    for block in range(blocks):
        place = int(numbers[block])
        for size in sizes[runs[block] : runs[block + 1]].tolist():
            slices.setdefault(block, []).append(rows[place : place + size].tolist())
            place += size
        assert place == numbers[block + 1]
    return slices


@settings(max_examples=150, deadline=None)
@given(postings, st.integers(1, 41), st.integers(0, 5), keys_near_the_top)
def test_slices_are_those_of_the_twin(found, block_rows, limit, first_key):
    shifted = [(first_key + key, row) for key, row in found]
    blocks = 39 // block_rows + 1
    assert cut(shifted, block_rows, limit, blocks) == naive_slices(shifted, block_rows, limit)


def test_a_row_alone_is_no_slice_and_older_ones_are_left_out():
    assert cut([(7, 3)], 10, 64, 4) == {}
    found = [(7, row) for row in (0, 1, 2, 3, 11)]
    assert cut(found, 10, 2, 4) == {0: [[0, 1, 2, 3]], 1: [[2, 3, 11]]}
    assert cut([(7, 9), (8, 10)], 10, 64, 4) == {}, "other keys"


@settings(max_examples=100, deadline=None)
@given(postings, st.integers(1, 41), st.integers(1, 5))
def test_each_row_of_a_block_is_asked_about_in_the_slices_where_others_come_before_it(found, block_rows, limit):
    for block, slices in naive_slices(found, block_rows, limit).items():
        first, rows = block * block_rows, np.array([row for each in slices for row in each], np.uint32)
        ends = np.cumsum([0, *map(len, slices)])
        counts = np.zeros(block_rows + 1, np.int64)
        slice_kernels.count_asked(ends, rows, first, counts[1:])
        places = np.cumsum(counts)
        keys = np.full(int(places[-1]), -1, np.int64)
        slice_kernels.fill_asked(ends, rows, first, places[:-1].copy(), keys)
        for own in range(block_rows):
            expected = [number for number, each in enumerate(slices) if first + own in each[1:]]
            assert keys[places[own] : places[own + 1]].tolist() == expected
