"""Posting lists against their twins."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.candidates import posting_kernels as kernels
from dedup.candidates import postings
from dedup.candidates.lsh import CandidateRule
from dedup.candidates.postings import (
    DocumentKeys,
    KeyPairs,
    PostingLists,
    SortedPostings,
    apart,
    document_keys,
    shared_key_candidates,
)
from tests.text import naive

U = np.uint64
KEYS = st.one_of(st.integers(0, 12), st.sampled_from([(1 << 32) - 1, (1 << 31) + 5, 1 << 20]))
POSTINGS = st.sets(st.tuples(KEYS, st.integers(0, 30)), max_size=120).map(sorted)


def packed(pairs):
    return np.array([key << 32 | number for key, number in pairs], np.uint64)


def empty(size, dtype=np.int64):
    return np.full(size, 77, dtype)


def keys_of(sets, held=None):
    """As `DocumentKeys` of these documents."""
    entries = packed([(key, at) for at, keys in enumerate(sets) for key in keys])
    return DocumentKeys.of(entries, np.array([len(keys) for keys in sets] if held is None else held, np.int32))


def lists(found):
    ends = [0, *found.ends.tolist()]
    return [found.keys[a:b].tolist() for a, b in pairwise(ends)]


@given(POSTINGS, st.sets(KEYS, max_size=14).map(sorted), st.integers(1, 40))
def test_runs_stand_where_the_twin_finds_them(pairs, keys, limit):
    entries, firsts, counts = packed(pairs), empty(len(keys)), empty(len(keys))
    total = kernels.find_runs(entries, np.array(keys, np.uint32), limit, firsts, counts)
    expected = naive.posting_runs([pairs], keys, limit)
    assert total == sum(counts) == sum(map(len, expected.values()))
    for key, first, count in zip(keys, firsts.tolist(), counts.tolist(), strict=True):
        assert [pair[1] for pair in pairs[first : first + count]] == expected[key]


def test_keys_far_apart_are_galloped_to():
    entries = packed([(key, 1) for key in range(0, 3000, 3)])
    wanted = [0, 1, 3, 900, 901, 2997, 2998, 4000]
    firsts, counts = empty(len(wanted)), empty(len(wanted))
    assert kernels.find_runs(entries, np.array(wanted, np.uint32), 5, firsts, counts) == 4
    assert counts.tolist() == [1, 0, 1, 1, 0, 1, 0, 0]
    assert [firsts[at] for at in (0, 2, 3, 5)] == [0, 1, 300, 999]


@given(POSTINGS, st.sets(KEYS, max_size=14).map(sorted), st.integers(1, 40))
def test_runs_are_appended_behind_what_is_there(pairs, keys, limit):
    entries, firsts, counts = packed(pairs), empty(len(keys)), empty(len(keys))
    total = int(kernels.find_runs(entries, np.array(keys, np.uint32), limit, firsts, counts))
    room = counts + 2
    places = np.concatenate(([0], np.cumsum(room)))[:-1].astype(np.int64) + 1
    begins, out = places.copy(), empty(total + 2 * len(keys) + 1, np.uint32)
    kernels.append_runs(entries, firsts, counts, places, out)
    assert (places - begins).tolist() == counts.tolist()
    expected = naive.posting_runs([pairs], keys, limit)
    for key, begin, end in zip(keys, begins.tolist(), places.tolist(), strict=True):
        assert out[begin:end].tolist() == expected[key]
    untouched = np.ones(len(out), bool)
    for begin, end in zip(begins.tolist(), places.tolist(), strict=True):
        untouched[begin:end] = False
    assert (out[untouched] == 77).all()


@given(st.lists(POSTINGS, max_size=4), st.sets(KEYS, max_size=14).map(sorted), st.integers(1, 40))
def test_runs_of_several_lists(sources, keys, limit):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "LIMIT", limit)
        found = PostingLists.of(np.array(keys, np.uint32), [SortedPostings(packed(source)) for source in sources])
    expected = naive.posting_runs(sources, keys, limit)
    assert found.keys.tolist() == keys and found.ends[0] == 0 and len(found.ends) == len(keys) + 1
    for at, key in enumerate(keys):
        assert found.numbers[found.ends[at] : found.ends[at + 1]].tolist() == expected[key]
    assert len(found.numbers) == found.ends[-1]


SETS = st.lists(st.sets(st.integers(0, 15), max_size=12), min_size=1, max_size=8)


@given(SETS, st.randoms())
def test_keys_of_documents(sets, draw):
    pairs = [(key, at) for at, keys in enumerate(sets) for key in keys] * 2
    draw.shuffle(pairs)
    held = np.arange(len(sets), dtype=np.int32)
    found = DocumentKeys.of(packed(pairs), held)
    assert lists(found) == [sorted(keys) for keys in sets]
    assert found.held.tolist() == held.tolist()
    assert found.distinct.tolist() == sorted(set().union(*sets))


@given(SETS, st.lists(st.integers(0, 7), max_size=10))
def test_some_documents_in_any_order(sets, rows):
    rows = [row % len(sets) for row in rows]
    found = keys_of(sets).take(np.array(rows, np.int64))
    assert lists(found) == [sorted(sets[row]) for row in rows]
    assert found.held.tolist() == [len(sets[row]) for row in rows]


@given(SETS, st.integers(0, 1 << 31))
def test_keys_as_postings(sets, first):
    numbers = [first + 3 * at for at in range(len(sets))]
    entries = keys_of(sets).entries(np.array(numbers, np.int64))
    expected = sorted((key, number) for keys, number in zip(sets, numbers, strict=True) for key in keys)
    assert entries.tolist() == packed(expected).tolist()


@given(
    asked=SETS, there=st.lists(st.sets(st.integers(0, 15), max_size=12), max_size=25), data=st.data(),
    shared=st.builds(CandidateRule, st.integers(1, 12), st.sampled_from([0.0, 0.14, 0.25, 0.5, 1.0]),
                     st.sampled_from([0.0, 1.0]), st.integers(1, 4), st.sampled_from([0.0, 0.2, 0.5])),
    most=st.integers(1, 6), less=st.sampled_from([0.0, 0.05, 0.2]), fewest=st.integers(0, 3),
)  # fmt: skip
def test_who_shares_enough_keys(asked, there, data, shared, most, less, fewest):
    faintest = postings.FaintRule(max(shared.share - less, 0.0), fewest)
    size = len(there)
    number = st.integers(-1, size)
    own = [data.draw(number) for _ in asked]
    bounds = [data.draw(st.integers(0, size + 2)) for _ in asked]
    held = [len(keys) + data.draw(st.integers(0, 3)) for keys in asked]
    held_there = [len(keys) + data.draw(st.integers(0, 3)) for keys in there]
    pairs = sorted((key, at) for at, keys in enumerate(there) for key in keys)
    every = sorted(set().union(*asked))
    runs = naive.posting_runs([pairs], every, 1000)
    expected = naive.sharing(
        asked, runs, own, bounds, held, held_there, shared.bucket, shared.share, shared.slack, shared.least, most,
        (faintest.share, fewest), shared.of_more,
    )  # fmt: skip
    found = keys_of(asked, held)
    room = len(asked) * most
    places, numbers, counts, counters = empty(room), empty(room), empty(room), np.zeros(size, np.uint16)
    faint = np.zeros(room, bool)
    made = PostingLists.of(np.array(every, np.uint32), [SortedPostings(packed(pairs), everything=True)])
    total = kernels.sharing(
        kernels.Asked(
            np.searchsorted(made.keys, found.keys), found.ends, np.array(own), np.array(bounds), found.held
        ),
        kernels.Runs(made.ends, made.numbers, shared.bucket), np.array(held_there, np.uint16),
        postings.enough(shared, faintest, most), counters,
        kernels.Shared(places, numbers, counts, faint),
    )  # fmt: skip
    columns = (column[: int(total)].tolist() for column in (places, numbers, counts, faint))
    assert list(zip(*columns, strict=True)) == expected
    assert not counters.any()
    # and by the front door
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "MOST", most)
        given_pairs = shared_key_candidates(
            found, made, np.array(own), np.array(bounds), np.array(held_there, np.uint16), shared, faintest=faintest
        )
    told = zip(given_pairs.asked.tolist(), given_pairs.found.tolist(), given_pairs.faint.tolist(), strict=True)
    assert list(told) == [(place, number, mark) for place, number, _, mark in expected]


@given(
    asked=SETS, there=st.lists(st.sets(st.integers(0, 15), max_size=6), min_size=1, max_size=25), data=st.data(),
    limit=st.integers(1, 8),
)  # fmt: skip
def test_pairs_that_share_any_key(asked, there, data, limit):
    bounds = [data.draw(st.integers(0, len(there) + 2)) for _ in asked]
    every = [(place, number) for place in range(len(asked)) for number in range(len(there))]
    pairs = sorted(data.draw(st.sets(st.sampled_from(every))))
    marks = data.draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    keys, postings_ = sorted(set().union(*asked)), sorted((key, at) for at, held in enumerate(there) for key in held)
    touch = naive.touching(asked, naive.posting_runs([postings_], keys, 1000), bounds, limit, pairs)
    made = PostingLists.of(np.array(keys, np.uint32), [SortedPostings(packed(postings_), everything=True)])
    columns = np.array(pairs, np.int64).reshape(-1, 2).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "LIMIT", limit)
        given_pairs = KeyPairs(columns[0], columns[1], np.array(marks, bool))
        found = apart(given_pairs, keys_of(asked), made, np.array(bounds), len(there))
    kept = [pair for pair, mark, near in zip(pairs, marks, touch, strict=True) if not (mark and near)]
    assert list(zip(found.asked.tolist(), found.found.tolist(), strict=True)) == kept
    assert not postings.counters(len(there)).any()


def ask_one(keys, there, most, *, shared=None, bound=None):
    pairs = sorted((key, at) for at, held in enumerate(there) for key in held)
    held = np.array([len(each) for each in there], np.uint16)
    with pytest.MonkeyPatch.context() as patch:
        made = PostingLists.of(np.array(sorted(keys), np.uint32), [SortedPostings(packed(pairs), everything=True)])
        patch.setattr(postings, "MOST", most)
        limit = np.array([len(there) if bound is None else bound])
        found = shared_key_candidates(keys_of([keys]), made, np.array([-1]), limit, held, shared or postings.BANDS)
    return found.found.tolist()


def test_documents_in_one_slot_of_the_sieve_are_told_apart():
    far = kernels.SLOTS + 1
    there = [{1, 2}, {3}, *[set() for _ in range(far - 2)], {3}, {1, 3}]
    two = CandidateRule(8, 0.0, 0.0, 2)
    assert ask_one({1, 2, 3}, there, 9, shared=two) == [0, far + 1]
    assert ask_one({1, 2, 3}, there, 9, shared=CandidateRule(8, 0.0, 0.0, 3)) == []


def test_few_keys_of_a_long_text_are_chance():
    asked = set(range(1, 14))
    long = [set(range(1, keys + 1)) | set(range(100, 150)) for keys in (2, 3, 4)]
    assert ask_one(asked, long, 9, shared=postings.TERMS) == [1, 2]
    assert ask_one(asked, [each | set(range(200, 240)) for each in long], 9, shared=postings.TERMS) == [2]
    assert ask_one(asked, [{1, 2, 99}], 9, shared=postings.TERMS) == [0]
    assert ask_one({1, 2, 50, 51, 52, 53}, long, 9, shared=postings.TERMS) == [0, 1, 2]  # a third of the short one


def test_of_those_that_share_as_much_the_latest_are_taken():
    there = [{1, 2}, {1}, {1, 2, 3}, {2}, {3}, {1, 2}]
    assert ask_one({1, 2, 3}, there, 2) == [2, 5]
    assert ask_one({1, 2, 3}, there, 3) == [0, 2, 5]
    assert ask_one({1, 2, 3}, there, 4) == [0, 2, 4, 5]
    assert ask_one({1, 2, 3}, there, 9) == [0, 1, 2, 3, 4, 5]


def test_a_crowded_key_shows_its_latest_documents():
    there = [{1}] * 50
    assert ask_one({1}, there, 99, shared=CandidateRule(3, 0.0, 0.0, 1)) == [47, 48, 49]
    assert ask_one({1}, there, 99, shared=CandidateRule(3, 0.0, 0.0, 1), bound=20) == [17, 18, 19]


def test_an_old_copy_is_found_by_the_keys_that_no_crowd_holds():
    rare, crowd = set(range(10)), set(range(100, 130))
    there = [rare | crowd, *(crowd | {1000 + at} for at in range(20))]
    kind = CandidateRule(8, 0.25, 0.0, 1)
    assert 0 in ask_one(rare | crowd, there, 99, shared=kind)
    assert 0 in ask_one({0, 1, 2, 3, 4} | crowd, there, 99, shared=kind)
    assert 0 not in ask_one({0, *range(200, 209)} | crowd, there, 99, shared=kind)


def test_documents_with_enough_passages_have_no_band_keys():
    sizes = [postings.ENOUGH - 1, postings.ENOUGH, postings.ENOUGH + 5]
    bands = packed([(key, at) for at in range(3) for key in range(10)]), np.full(3, 10, np.int32)
    passages = packed([(key, at) for at in range(3) for key in range(sizes[at])]), np.array(sizes, np.int32)
    terms = packed([(5, 2)]), np.array([0, 0, 1], np.int32)
    found = document_keys([bands, passages, terms])
    assert lists(found[0]) == [list(range(10)), [], []] and found[0].held.tolist() == [10, 0, 0]
    assert [len(keys) for keys in lists(found[1])] == sizes and lists(found[2]) == [[], [], [5]]


def test_more_documents_are_touched_than_there_is_room_at_first():
    there = [{number % 4, 9} for number in range(2500)]
    assert ask_one({0, 1, 2, 3, 9}, there, 5000, shared=CandidateRule(5000, 0.0, 0.0, 2)) == list(range(2500))


def test_numbers_that_nobody_has_are_passed_over():
    """Postings of a damaged index must not write outside of the counters."""
    made = PostingLists.of(np.array([1], np.uint32), [SortedPostings(packed([(1, 0), (1, 5), (1, (1 << 32) - 1)]))])
    held = np.ones(1, np.uint16)
    found = shared_key_candidates(keys_of([{1}]), made, np.array([-1]), np.array([(1 << 32) - 1]), held, postings.BANDS)
    assert found.found.tolist() == [0]


def test_a_damaged_run_that_does_not_ascend_stays_within_the_counters():
    made = PostingLists(np.array([1], np.uint32), np.array([0, 3]), np.array([1 << 31, 7, 0], np.uint32))
    found = shared_key_candidates(
        keys_of([{1}]), made, np.array([-1]), np.array([9]), np.ones(2, np.uint16), postings.BANDS
    )
    assert found.found.tolist() == [0]


def test_nothing_asked_and_nothing_there():
    nothing = PostingLists.of(np.zeros(0, np.uint32), [])
    for sets in ([set()], [set(), set()]):
        found = shared_key_candidates(
            keys_of(sets),
            nothing,
            np.full(len(sets), -1),
            np.full(len(sets), 9),
            np.zeros(3, np.uint16),
            postings.TERMS,
        )
        assert len(found.asked) == len(found.found) == 0
    assert keys_of([set()]).distinct.tolist() == []


def test_pairs_packed():
    found = KeyPairs(np.array([0, 1, 1]), np.array([7, 2, 1 << 31]), np.zeros(3, bool))
    assert found.packed.tolist() == [7, 1 << 32 | 2, 1 << 32 | 1 << 31]
