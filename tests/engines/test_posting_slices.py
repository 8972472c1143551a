"""Candidates from slices of postings: those of posting lists that are whole."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.candidates import lsh
from dedup.candidates.postings import KINDS, LIMIT, TERMS, DocumentKeys
from dedup.engines.posting_slices import BlockSlices, block_candidates, candidates, count, cut, cut_some, slices
from dedup.engines.tables import KEYS, batch_of, schema_of
from dedup.pipeline import pairwise

TERM = KINDS.index(TERMS)


def drawn(rng, documents, size, crowded):
    """Postings of one kind: some keys that nearly everybody has, some that few have, many that one has; repeats too."""
    keys, held = [], np.zeros(documents, np.int32)
    for row in range(documents):
        own = [int(key) for key in rng.integers(0, 1 << 32, size // 3)]
        own += [int(key) * 7919 for key in rng.integers(1, 40, int(rng.integers(0, size)))]
        own += [2_000_000_000 + key for key in range(crowded) if rng.random() < 0.9]
        own += own[: int(rng.integers(0, 3))]
        held[row] = len(own)
        keys += [key << 32 | row for key in own]
    entries = np.array(keys, np.uint64)
    rng.shuffle(entries)
    return entries, held


def whole(columns):
    """What `pipeline.pairwise` finds."""
    keys = [DocumentKeys.of(entries.copy(), held) for entries, held in columns]
    near = np.union1d(*(pairwise._pairs(keys, kind)[0] for kind in range(TERM)))
    pairs, faint = pairwise._pairs(keys, TERM)
    far = ~np.isin(pairs, near)
    found = [(int(pair), True, False) for pair in near]
    found += [(int(pair), False, bool(weak)) for pair, weak in zip(pairs[far], faint[far], strict=True)]
    return sorted(found)


def packed(found):
    pairs = (found.a << 32 | found.b).tolist()
    return list(zip(pairs, found.alike.tolist(), found.faint.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(8))
def test_slices_of_any_size(seed):
    rng = np.random.default_rng(seed)
    documents = int(rng.integers(2, 260))
    crowded = [0, 2, 6][seed % 3]
    columns = [drawn(rng, documents, size, crowded) for size in (3, 12, 30)]
    wanted = whole(columns)
    for block_rows in {1, 5, int(rng.integers(1, documents + 1)), documents}:
        blocks = -(-documents // block_rows)
        found = []
        ranges = [rng.integers(0, 1 << 63, dtype=np.uint64) for _ in range(2)]  # keys in three ranges
        cuts = []
        for entries, _ in columns:
            part = np.searchsorted(np.sort(np.array(ranges, np.uint64)), entries)
            cuts.append([cut(entries[part == number], block_rows, blocks) for number in range(3)])
        for block in range(blocks):
            first = block * block_rows
            those = [BlockSlices.joined([each.of(block) for each in parts]) for parts in cuts]
            count = min(block_rows, documents - first)
            found += packed(block_candidates(those, first, count, [held for _, held in columns]))
        assert sorted(found) == wanted
    if crowded and documents > 2 * LIMIT:
        assert len(wanted) > documents


def test_a_key_that_everybody_has_costs_a_block_no_more_than_its_rows_and_the_limit():
    entries = np.array([5 << 32 | row for row in range(5_000)], np.uint64)
    found = cut(entries, 500, 10)
    assert found.sizes.tolist() == [500] + [500 + LIMIT] * 9
    lonely = np.array([key << 32 | key for key in range(100)], np.uint64)
    assert len(cut(lonely, 10, 10).rows) == 0


@pytest.mark.parametrize("seed", range(6))
def test_some_blocks_get_what_they_get_of_all(seed):
    rng = np.random.default_rng(seed)
    documents, block_rows = 130, int(rng.integers(1, 60))
    blocks = -(-documents // block_rows)
    entries, _ = drawn(rng, documents, 30, 3)
    every, whole = cut(entries.copy(), block_rows, blocks), cut(entries.copy(), documents, 1).of(0)
    counts = count(lsh.distinct(entries), block_rows, blocks)
    first = int(rng.integers(0, blocks))
    last = int(rng.integers(first, blocks + 1))
    some = cut_some(whole, block_rows, counts, first, last)
    for block in range(blocks):
        found, wanted = some.of(block), every.of(block)
        if first <= block < last:
            assert found.sizes.tolist() == wanted.sizes.tolist() and found.rows.tolist() == wanted.rows.tolist()
        else:
            assert not len(found.sizes) and not len(found.rows)


def test_arrow_batches_say_the_same():
    rng = np.random.default_rng(3)
    columns = [drawn(rng, 150, size, 3) for size in (3, 12, 30)]
    wanted, block_rows = whole(columns), 40
    parts = []
    for kind, (entries, held) in enumerate(columns):
        rows = (entries & np.uint64(0xFFFFFFFF)).astype(np.int64)
        keys = {
            "kind": np.full(len(rows), kind, np.int8), "key": (entries >> np.uint64(32)).astype(np.int64), "row": rows,
            "held": held[rows],
        }  # fmt: skip
        batch = batch_of(keys, schema_of(**KEYS))
        low = keys["key"] < 1 << 31
        import pyarrow as pa

        parts += [slices(batch.filter(pa.array(which)), block_rows) for which in (low, ~low)]
    found = []
    for block in range(4):
        ours = [part.filter(pa.array(part.column(0).to_numpy() == block)) for part in parts]
        pairs = candidates(ours, block_rows, 150)
        columns_ = (pairs.column(name).to_pylist() for name in ("a", "b", "alike", "faint"))
        found += [(a << 32 | b, alike, faint) for a, b, alike, faint in zip(*columns_, strict=True)]
    assert sorted(found) == wanted
