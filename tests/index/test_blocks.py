"""Blocks of postings: packed, searched as they are, and what damage does to them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.candidates.postings import PostingLists, SortedPostings
from dedup.errors import IndexFileError
from dedup.index.postings import blocks
from dedup.index.postings.blocks import Blocks, cuts, pack

KEYS = st.one_of(
    st.integers(0, 9), st.integers(250, 260), st.integers(65530, 65540), st.integers((1 << 32) - 3, (1 << 32) - 1)
)
NUMBERS = st.one_of(st.integers(0, 300), st.integers(65530, 65540), st.integers((1 << 32) - 3, (1 << 32) - 1))
POSTINGS = st.sets(st.tuples(KEYS, NUMBERS), max_size=90).map(sorted)


def packed(pairs):
    return np.array([key << 32 | number for key, number in pairs], np.uint64)


def made(entries, size=7):
    """Some blocks of few postings, and their first keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        found = cuts(entries)
    firsts = (entries[found[:-1]] >> np.uint64(32)).astype(np.uint32)
    return firsts, pack(entries, found, firsts)


@given(POSTINGS, st.integers(1, 12))
def test_what_is_packed_comes_out_again(pairs, size):
    firsts, blobs = made(packed(pairs), size)
    assert Blocks(firsts, blobs).entries().tolist() == packed(pairs).tolist()


@given(POSTINGS, st.integers(1, 12))
def test_blocks_are_cut_between_keys_and_no_longer_than_they_must_be(pairs, size):
    entries = packed(pairs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        found = cuts(entries).tolist()
    assert found[0] == 0 and found[-1] == len(pairs)
    keys = [key for key, _ in pairs]
    for begin, end in itertools.pairwise(found):
        assert end == len(pairs) or keys[end] != keys[end - 1]
        assert end - begin <= size or keys[begin] == keys[end - 1]
        follower = [key for key in keys[end:] if key == keys[end]] if end < len(pairs) else []
        assert not follower or end - begin + len(follower) > size


@given(POSTINGS, st.sets(KEYS, max_size=14).map(sorted), st.integers(1, 12), st.data())
def test_keys_are_found_as_in_a_list(pairs, keys, limit, data):
    entries, wanted = packed(pairs), np.array(keys, np.uint32)
    firsts, blobs = made(entries)
    expected, found = SortedPostings(entries).find(wanted, limit), Blocks(firsts, blobs).find(wanted, limit)
    assert found.counts.tolist() == expected.counts.tolist()
    shift = data.draw(st.integers(0, 3))
    outs = []
    for placed in (expected, found):
        ends = np.cumsum(expected.counts) - expected.counts + shift
        out = np.zeros(int(expected.counts.sum()) + shift, np.uint32)
        placed.append(ends, out)
        outs.append((ends.tolist(), out.tolist()))
    assert outs[0] == outs[1]


def test_fields_are_as_narrow_as_they_can_be():
    lonely = packed([(1000 + key, number) for key, number in enumerate(range(200))])
    crowd = packed([(1000, number) for number in range(200)])
    assert len(made(lonely, 200)[1][0]) == 11 + 200 * (1 + 1)
    assert len(made(crowd, 200)[1][0]) == 11 + 1 + 1 + 200


def test_a_block_without_postings():
    firsts = np.array([5], np.uint32)
    blobs = pack(np.zeros(0, np.uint64), np.array([0, 0]), firsts)
    found = Blocks(firsts, blobs)
    assert found.entries().tolist() == []
    assert found.find(np.array([4, 5, 6], np.uint32), 9).counts.tolist() == [0, 0, 0]


def test_the_first_key_may_stand_before_the_first_posting():
    entries = packed([(7, 1), (9, 2)])
    firsts = np.array([5], np.uint32)
    assert Blocks(firsts, pack(entries, np.array([0, 2]), firsts)).entries().tolist() == entries.tolist()


def test_no_blocks():
    found = Blocks(np.zeros(0, np.uint32), [])
    assert found.entries().tolist() == []
    assert PostingLists.of(np.array([1, 2], np.uint32), [found]).numbers.tolist() == []


def test_a_missing_block_is_an_error():
    firsts, blobs = made(packed([(key, 1) for key in range(20)]))
    with pytest.raises(IndexFileError, match="damaged"):
        Blocks(firsts, blobs[1:])


@given(POSTINGS.filter(len), st.data())
def test_damage_is_told_or_bounded(pairs, data):
    firsts, blobs = made(packed(pairs))
    which = data.draw(st.integers(0, len(blobs) - 1))
    blob = bytearray(blobs[which])
    if data.draw(st.booleans()):
        blob = blob[: data.draw(st.integers(0, len(blob) - 1))]
    for _ in range(data.draw(st.integers(1, 3))):
        if blob:
            blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    blobs[which] = bytes(blob)
    wanted = np.unique(np.array([key for key, _ in pairs] + [0, (1 << 32) - 1], np.uint32))
    try:
        found = Blocks(firsts, blobs)
        assert PostingLists.of(wanted, [found]).ends[-1] <= len(wanted) * 64
        assert len(found.entries()) <= sum(map(len, blobs))
    except IndexFileError as error:
        assert "damaged" in str(error)
