"""Stages 3 and 4: candidate pairs without all postings in one place.

In memory each document is asked for the latest LIMIT documents before it by each of its keys. Here the postings of a
key range are cut by blocks of documents: a slice has the rows of a block that hold a key, and the LIMIT before them.
All slices of a block together are all that its documents can be compared with, so the kernels of the scan in memory
find the same pairs in it. No pair is handed on before all its keys were counted: a key that everybody has costs a block
LIMIT rows, and not each of its documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dedup.candidates import lsh, posting_kernels, slice_kernels
from dedup.candidates.posting_kernels import Asked, Runs, Shared
from dedup.candidates.postings import FAINT, KINDS, LIMIT, MOST, NEVER, PASSAGES, TERMS, counters, enough
from dedup.engines.tables import PAIRS, SLICES, arrow, batch_of, numbers, schema_of
from dedup.runtime.serial import SerialExecutor

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 4096
"""Rows that are asked about at once."""
HELD_MOST = 65535
TERM, PASSAGE = KINDS.index(TERMS), KINDS.index(PASSAGES)


@dataclass(frozen=True, slots=True)
class BlockSlices:
    """Slices of one kind of keys of one block."""

    sizes: NDArray[np.uint32]
    """(s,) rows in each."""
    rows: NDArray[np.uint32]
    """All rows, slice after slice; those of each ascending."""

    @staticmethod
    def joined(parts: Sequence[BlockSlices]) -> BlockSlices:
        """All slices of `parts`."""
        sizes = np.concatenate([np.zeros(0, np.uint32), *(part.sizes for part in parts)])
        return BlockSlices(sizes, np.concatenate([np.zeros(0, np.uint32), *(part.rows for part in parts)]))

    @property
    def ends(self) -> NDArray[np.int64]:
        """(s + 1,) where each begins and the last ends."""
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(self.sizes, dtype=np.int64)))


@dataclass(frozen=True, slots=True)
class CutPostings:
    """The slices of all blocks, block after block."""

    runs: NDArray[np.int64]
    """(blocks + 1,) where the slices of each block begin."""
    numbers: NDArray[np.int64]
    """(blocks + 1,) where their rows begin."""
    sizes: NDArray[np.uint32]
    rows: NDArray[np.uint32]

    def of(self, block: int) -> BlockSlices:
        """Those of one block."""
        runs, numbers = (slice(int(ends[block]), int(ends[block + 1])) for ends in (self.runs, self.numbers))
        return BlockSlices(self.sizes[runs], self.rows[numbers])


Counts = tuple[NDArray[np.int64], NDArray[np.int64]]
"""(blocks,) slices of each block, and the rows in them."""


def cut(entries: NDArray[np.uint64], block_rows: int, blocks: int) -> CutPostings:
    """Cut postings of one kind and a range of keys (packed key << 32 | row, any order, repeats and all; they are sorted
    in place) by blocks of `block_rows` rows.
    """
    entries = lsh.distinct(entries)
    return _filled(entries, block_rows, count(entries, block_rows, blocks))


def count(entries: NDArray[np.uint64], block_rows: int, blocks: int) -> Counts:
    """What cutting sorted, distinct postings gives each block."""
    runs, numbers = np.zeros(blocks, np.int64), np.zeros(blocks, np.int64)
    slice_kernels.count_slices(entries, block_rows, LIMIT, runs, numbers)
    return runs, numbers


def cut_some(whole: BlockSlices, block_rows: int, counts: Counts, first: int, last: int) -> CutPostings:
    """The slices of the blocks `first` to `last` alone, from those of a corpus that is one block; `counts` are of all
    blocks.
    """
    keys = np.repeat(np.arange(len(whole.sizes), dtype=np.uint64), whole.sizes)
    within = (np.arange(len(counts[0])) >= first) & (np.arange(len(counts[0])) < last)
    runs, numbers = (np.where(within, each, 0) for each in counts)
    return _filled(keys << np.uint64(32) | whole.rows, block_rows, (runs, numbers), within)


def _filled(
    entries: NDArray[np.uint64], block_rows: int, counts: Counts, within: NDArray[np.bool_] | None = None
) -> CutPostings:
    runs, numbers = (np.concatenate((np.zeros(1, np.int64), np.cumsum(each))) for each in counts)
    sizes, rows = np.empty(int(runs[-1]), np.uint32), np.empty(int(numbers[-1]), np.uint32)
    starts = runs[:-1].copy() if within is None else np.where(within, runs[:-1], -1)
    slice_kernels.fill_slices(entries, block_rows, LIMIT, starts, numbers[:-1].copy(), sizes, rows)
    return CutPostings(runs, numbers, sizes, rows)


@dataclass(frozen=True, slots=True)
class BlockPairs:
    """m pairs of rows, sorted: `a` < `b`."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    alike: NDArray[np.bool_]
    """By their shingles."""
    faint: NDArray[np.bool_]
    """They can be rewrites at most."""

    def take(self, which: NDArray[np.int64]) -> BlockPairs:
        """Some of them, in the order of `which`."""
        return BlockPairs(self.a[which], self.b[which], self.alike[which], self.faint[which])


@dataclass(frozen=True, slots=True)
class _Kind:
    """Slices of one kind, laid out by the rows of the block."""

    runs: Runs
    keys: NDArray[np.int64]
    """Slices of each row, row after row."""
    ends: NDArray[np.int64]
    """(rows + 1,)"""
    held: NDArray[np.integer]
    """(documents,) keys that each has."""

    @staticmethod
    def of(slices: BlockSlices, first: int, count: int, held: NDArray[np.integer]) -> _Kind:
        ends = slices.ends
        counts = np.zeros(count + 1, np.int64)
        slice_kernels.count_asked(ends, slices.rows, first, counts[1:])
        np.cumsum(counts, out=counts)
        keys = np.empty(int(counts[-1]), np.int64)
        slice_kernels.fill_asked(ends, slices.rows, first, counts[:-1].copy(), keys)
        return _Kind(Runs(ends, slices.rows, LIMIT), keys, counts, held)

    def asked(self, first: int, begin: int, end: int) -> Asked:
        """The rows `begin` to `end` of a block that begins at `first`."""
        rows = np.arange(first + begin, first + end, dtype=np.int64)
        keys = self.keys[self.ends[begin] : self.ends[end]]
        ends = self.ends[begin + 1 : end + 1] - self.ends[begin]
        return Asked(keys, ends, rows, rows, self.held[first + begin : first + end].astype(np.int32))


def block_candidates(
    slices: Sequence[BlockSlices], first: int, count: int, held: Sequence[NDArray[np.integer]],
    pool: Executor | None = None,
) -> BlockPairs:  # fmt: skip
    """The candidates of the rows `first` to `first + count`, each with rows before it, by the slices of each kind;
    `held` (3) are the keys of each kind that each document of the corpus holds, by row.
    """
    kinds = [_Kind.of(part, first, count, each) for part, each in zip(slices, held, strict=True)]
    clipped = [np.minimum(each, HELD_MOST).astype(np.uint16) for each in held]

    def some(begin: int) -> list[tuple[NDArray[np.uint64], NDArray[np.bool_]]]:
        end = min(begin + ROWS, count)
        return [_of_kind(kinds, number, clipped[number], first, begin, end) for number in range(len(kinds))]

    parts = list((pool or SerialExecutor()).map(some, range(0, count, ROWS)))
    pairs = [np.concatenate([np.zeros(0, np.uint64), *(part[k][0] for part in parts)]) for k in range(len(kinds))]
    weak = np.concatenate([np.zeros(0, bool), *(part[TERM][1] for part in parts)])
    near = np.unique(np.concatenate([pairs[number] for number in range(len(kinds)) if number != TERM]))
    far = ~np.isin(pairs[TERM], near)
    found = np.concatenate((near, pairs[TERM][far]))
    faint = np.concatenate((np.zeros(len(near), bool), weak[far]))
    alike = np.arange(len(found)) < len(near)
    order = np.argsort(found)
    a, b = lsh.unpack(found[order])
    return BlockPairs(a, b, alike[order], faint[order])


def _of_kind(
    kinds: Sequence[_Kind], number: int, held: NDArray[np.uint16], first: int, begin: int, end: int
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Pairs (packed a << 32 | b) by one kind of keys, of some rows of the block, and which are faint."""
    kind, rule, terms = kinds[number], KINDS[number], number == TERM
    asked = kind.asked(first, begin, end)
    room = (end - begin) * MOST
    found_in = [np.empty(room, np.int64) for _ in range(3)]
    out = Shared(found_in[0], found_in[1], found_in[2], np.empty(room, bool))
    rules = enough(rule, FAINT if terms else NEVER, MOST)
    total = int(posting_kernels.sharing(asked, kind.runs, held, rules, counters(len(held)), out))
    places, found, faint = out.asked[:total], out.found[:total], out.faint[:total]
    weak = np.flatnonzero(faint)
    if terms and len(weak):
        passages = kinds[PASSAGE].asked(first, begin, end)
        touch = np.empty(len(weak), bool)
        posting_kernels.touching(
            passages.keys, passages.ends, passages.bounds, kinds[PASSAGE].runs, places[weak], found[weak],
            counters(len(held)), touch,
        )  # fmt: skip
        kept = np.ones(total, bool)
        kept[weak[touch]] = False
        places, found, faint = places[kept], found[kept], faint[kept]
    later = (places + first + begin).astype(np.uint64)
    return found.astype(np.uint64) << np.uint64(32) | later, faint.copy()


def slices(keys: pa.RecordBatch, block_rows: int) -> pa.RecordBatch:
    """The slices (`tables.SLICES`) of keys (`tables.KEYS`, of heads alone) that are all those of one kind and of some
    range of keys.
    """
    kind = numbers(keys, "kind", np.int8)
    rows, held = numbers(keys, "row", np.int64), numbers(keys, "held", np.int32)
    blocks = int(rows.max(initial=-1)) // block_rows + 1
    entries = numbers(keys, "key", np.int64).astype(np.uint64) << np.uint64(32) | rows.astype(np.uint64)
    found = cut(entries, block_rows, blocks)
    order = np.argsort(rows, kind="stable")
    where = np.searchsorted(rows[order], found.rows)
    theirs = np.minimum(held[order][where], HELD_MOST).astype("<u2") if len(where) else np.zeros(0, "<u2")
    ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(found.sizes, dtype=np.int64)))
    columns = {
        "block": np.repeat(np.arange(blocks), np.diff(found.runs)),
        "kind": np.full(len(found.sizes), kind[0] if len(kind) else 0, np.int8),
        "numbers": _binaries(found.rows.astype("<u4"), ends), "held": _binaries(theirs, ends),
    }  # fmt: skip
    return batch_of(columns, schema_of(**SLICES))


def _binaries(values: NDArray[np.unsignedinteger], ends: NDArray[np.int64]) -> pa.Array:
    """A binary for each run of values."""
    pa_ = arrow()
    offsets = pa_.py_buffer((ends * values.itemsize).astype(np.int32))
    data = pa_.py_buffer(np.ascontiguousarray(values))
    return pa_.Array.from_buffers(pa_.binary(), len(ends) - 1, [None, offsets, data])


def candidates(
    batches: Iterable[pa.RecordBatch], block_rows: int, documents: int, pool: Executor | None = None
) -> pa.RecordBatch:
    """The candidate pairs (`tables.PAIRS`) of one block, from all its slices (`tables.SLICES`) of all kinds, of a
    corpus of so many `documents`.
    """
    parts: list[list[BlockSlices]] = [[], [], []]
    held = np.zeros((len(KINDS), documents), np.int32)
    block = 0
    for batch in batches:
        kinds = numbers(batch, "kind", np.int8)
        block = int(numbers(batch, "block", np.int64)[0]) if len(kinds) else block
        for kind in np.unique(kinds).tolist():
            part = batch.filter(arrow().array(kinds == kind))
            rows, sizes = _numbers(part, "numbers", "<u4")
            parts[kind].append(BlockSlices(sizes.astype(np.uint32), rows.astype(np.uint32)))
            held[kind][rows] = _numbers(part, "held", "<u2")[0]
    first = block * block_rows
    count = max(min(block_rows, documents - first), 0)
    found = block_candidates([BlockSlices.joined(part) for part in parts], first, count, list(held), pool)
    columns = {"a": found.a, "b": found.b, "alike": found.alike, "faint": found.faint}
    return batch_of(columns, schema_of(**PAIRS))


def _numbers(batch: pa.RecordBatch, name: str, dtype: str) -> tuple[NDArray[np.integer], NDArray[np.int64]]:
    """The numbers in all binaries of a column, one after the other, and how many are in each."""
    column = batch.column(batch.schema.get_field_index(name))
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    width = np.dtype(dtype).itemsize
    begin, end = (int(ends[0]), int(ends[-1])) if len(ends) else (0, 0)
    values = np.frombuffer(data, np.uint8)[begin:end].view(dtype) if data is not None else np.zeros(0, dtype)
    return values, np.diff(ends) // width
