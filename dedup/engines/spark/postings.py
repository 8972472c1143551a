"""From keys to candidate pairs, in two shuffles: postings by key, and slices of them by block of documents.

What is shuffled are not rows for Spark to handle one by one, but a few kilobytes of numbers each: the postings of many
documents that go to one place. (A document has some 150 keys; as rows of their own they cost Java five times the bytes,
and most of the time.)

A key that a large part of all documents hold would end in one place. Such keys are found in a sample, and their
postings go to a place for each range of `salt_rows` documents, together with what came last before it, which is all
that the rule of the latest documents asks for. So the longest list that any place holds does not grow with the corpus.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dedup.candidates.postings import KINDS, LIMIT
from dedup.engines.posting_slices import BlockSlices, block_candidates, cut
from dedup.engines.spark.groups import whole_groups
from dedup.engines.spark.layout import Layout
from dedup.engines.spark.sketches import unpacked_keys

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PACKED = "place bigint, kind tinyint, postings binary, held binary"
"""Postings (uint64: key << 32 | row) that go to one place, and how many keys the document of each holds (uint16)."""
SLICES = "block bigint, kind tinyint, sizes binary, numbers binary, held binary"
"""Slices of one block: how many rows are in each (uint32), the rows (uint32), how many keys each holds (uint16)."""
PAIRS = "a bigint, b bigint, alike boolean, faint boolean, part bigint"
AT_ONCE = 6 << 20
"""Postings that are packed at once."""
SAMPLE = 64
"""One document of so many is looked at to find the keys that many documents hold."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Sampled:
    """Sketches (row, keys) in; kind << 32 | key of each of their keys out, for documents of the sample alone."""

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        import pyarrow as pa

        for batch in batches:
            for kind, entries, _ in unpacked_keys(batch.column("keys"), batch.column("row").to_numpy()):
                codes = (entries >> np.uint64(32)).astype(np.int64) | np.int64(kind) << 32
                yield pa.RecordBatch.from_pydict({"code": pa.array(codes)})


def hot_keys(sketches: DataFrame, documents: int, salt_rows: int) -> tuple[int, ...]:
    """The keys that about `salt_rows` documents and more hold, by a sample (kind << 32 | key, ascending)."""
    if documents <= salt_rows:
        return ()
    some = sketches.where(f"row % {SAMPLE} = 0" if salt_rows >= 8 * SAMPLE else "true").select("row", "keys")
    least = max(salt_rows // (SAMPLE if salt_rows >= 8 * SAMPLE else 1), 1)
    codes = some.mapInArrow(Sampled(), "code bigint").groupBy("code").count()
    return tuple(sorted(row["code"] for row in codes.where(f"count >= {least}").collect()))


@dataclass(frozen=True)
class Pack:
    """Sketches (row, keys) in, `PACKED` out."""

    layout: Layout

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        held: list[list[tuple[NDArray[np.uint64], NDArray[np.uint16]]]] = [[] for _ in KINDS]
        count = 0
        for batch in batches:
            for kind, entries, keys in unpacked_keys(batch.column("keys"), batch.column("row").to_numpy()):
                held[kind].append((entries, keys))
                count += len(entries)
            if count >= AT_ONCE:
                yield from self._packed(held)
                held, count = [[] for _ in KINDS], 0
        yield from self._packed(held)

    def _packed(self, held: list[list[tuple[NDArray[np.uint64], NDArray[np.uint16]]]]) -> Iterator[Any]:
        for kind, parts in enumerate(held):
            if not parts:
                continue
            entries, keys = (np.concatenate(column) for column in zip(*parts, strict=True))
            keyed = entries >> np.uint64(32)
            hot = np.isin(keyed.astype(np.int64) | np.int64(kind) << 32, np.array(self.layout.hot, np.int64))
            places = ((keyed * _GOLDEN) >> np.uint64(40)).astype(np.int64) % self.layout.places
            yield _by_place(places[~hot], kind, entries[~hot], keys[~hot])
            if hot.any():
                yield self._salted(kind, entries[hot], keys[hot])

    def _salted(self, kind: int, entries: NDArray[np.uint64], keys: NDArray[np.uint16]) -> Any:
        """Postings of keys that many hold, each to the place of its range, and the last ones before a range to that."""
        layout = self.layout
        order = np.argsort(entries, kind="stable")
        entries, keys = entries[order], keys[order]
        number = np.searchsorted(layout.hot, (entries >> np.uint64(32)).astype(np.int64) | np.int64(kind) << 32)
        salts = (entries & np.uint64(0xFFFFFFFF)).astype(np.int64) // layout.salt_rows
        first = layout.places + number.astype(np.int64) * layout.salts
        found = [(first + salts, entries, keys)]
        runs = np.concatenate(([True], (first + salts)[1:] != (first + salts)[:-1], [True]))
        cuts = np.flatnonzero(runs)
        for begin, end in pairwise(cuts.tolist()):  # of the keys of one batch that many hold, few there are
            last = slice(max(begin, end - LIMIT), end)
            for salt in range(int(salts[begin]) + 1, layout.salts):
                found.append((np.full(last.stop - last.start, first[begin] + salt), entries[last], keys[last]))
        places, entries, keys = (np.concatenate(column) for column in zip(*found, strict=True))
        return _by_place(places, kind, entries, keys)


def _by_place(places: NDArray[np.int64], kind: int, entries: NDArray[np.uint64], keys: NDArray[np.uint16]) -> Any:
    """A row of `PACKED` for each place."""
    import pyarrow as pa

    order = np.argsort(places, kind="stable")
    places = places[order]
    cuts = _cuts(places)
    return pa.RecordBatch.from_pydict({
        "place": pa.array(places[cuts[:-1]]), "kind": pa.array(np.full(len(cuts) - 1, kind, np.int8)),
        "postings": _binaries(entries[order], cuts), "held": _binaries(keys[order], cuts),
    })  # fmt: skip


def _cuts(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where runs of equal values begin, and where the last ends."""
    if not len(values):
        return np.zeros(1, np.int64)
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    return np.concatenate(([0], changes, [len(values)])).astype(np.int64)


def _binaries(values: NDArray[Any], cuts: NDArray[np.int64]) -> Any:
    """A column of binaries, each the values of one run."""
    import pyarrow as pa

    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    offsets = pa.py_buffer((cuts * little.itemsize).astype(np.int64))
    wide = pa.Array.from_buffers(pa.large_binary(), len(cuts) - 1, [None, offsets, pa.py_buffer(little)])
    return wide.cast(pa.binary())


def _values(table: Any, name: str, dtype: str) -> NDArray[Any]:
    """All numbers in the binaries of a column, one after the other."""
    parts = [np.frombuffer(value.as_buffer(), dtype) for value in table.column(name) if value.is_valid]
    return np.concatenate([np.zeros(0, dtype), *parts])


@dataclass(frozen=True)
class Slice:
    """`PACKED`, sorted by place, in; `SLICES` out."""

    layout: Layout

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        import pyarrow.compute as pc

        for group in whole_groups(batches, "place"):
            place = group.column("place")[0].as_py()
            for kind in range(len(KINDS)):
                part = group.filter(pc.equal(group.column("kind"), kind))
                if part.num_rows:
                    yield self._sliced(place, kind, _values(part, "postings", "<u8"), _values(part, "held", "<u2"))

    def _sliced(self, place: int, kind: int, entries: NDArray[np.uint64], keys: NDArray[np.uint16]) -> Any:
        import pyarrow as pa

        layout = self.layout
        first = 0
        if place >= layout.places:
            first = (place - layout.places) % layout.salts * (layout.salt_rows // layout.block_rows)
        rows = (entries & np.uint64(0xFFFFFFFF)).astype(np.uint32)
        own, where = np.unique(rows, return_index=True)
        held = keys[where]
        found = cut(entries, layout.block_rows, -(-layout.documents // layout.block_rows))
        runs, numbers = found.runs[first:], found.numbers[first:]
        blocks = np.flatnonzero(np.diff(runs))
        sizes, rows = found.sizes[runs[0] :], found.rows[numbers[0] :]
        run_cuts = np.concatenate((runs[blocks], runs[-1:])) - runs[0]
        cuts = np.concatenate((numbers[blocks], numbers[-1:])) - numbers[0]
        return pa.RecordBatch.from_pydict({
            "block": pa.array(blocks.astype(np.int64) + first),
            "kind": pa.array(np.full(len(blocks), kind, np.int8)), "sizes": _binaries(sizes, run_cuts),
            "numbers": _binaries(rows, cuts), "held": _binaries(held[np.searchsorted(own, rows)], cuts),
        })  # fmt: skip


@dataclass(frozen=True)
class CountPairs:
    """`SLICES`, sorted by block, in; `PAIRS` out."""

    layout: Layout

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        for group in whole_groups(batches, "block"):
            yield self._pairs(int(group.column("block")[0].as_py()), group)

    def _pairs(self, block: int, group: Any) -> Any:
        """The pairs of one block. Its kernels count by number of the document, so what stands before the block is
        numbered without gaps.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        layout = self.layout
        begin = block * layout.block_rows
        count = min(layout.block_rows, layout.documents - begin)
        kinds = [group.filter(pc.equal(group.column("kind"), kind)) for kind in range(len(KINDS))]
        rows = [_values(part, "numbers", "<u4").astype(np.int64) for part in kinds]
        before = np.unique(np.concatenate([numbers[numbers < begin] for numbers in rows]))
        known = np.concatenate((before, np.arange(begin, begin + count)))
        slices, held = [], []
        for part, numbers in zip(kinds, rows, strict=True):
            places = np.searchsorted(known, numbers)
            slices.append(BlockSlices(_values(part, "sizes", "<u4"), places.astype(np.uint32)))
            held.append(np.zeros(len(known), np.int32))
            held[-1][places] = _values(part, "held", "<u2")
        found = block_candidates(slices, len(before), count, held)
        order = np.lexsort((found.a, found.b))
        parts = (np.int64(block) << 32) + np.arange(len(order)) // layout.part_pairs
        return pa.RecordBatch.from_pydict({
            "a": pa.array(known[found.a[order]]), "b": pa.array(known[found.b[order]]),
            "alike": pa.array(found.alike[order]), "faint": pa.array(found.faint[order]), "part": pa.array(parts),
        })  # fmt: skip


def candidate_pairs(sketches: DataFrame, layout: Layout) -> DataFrame:
    """Pairs of documents that are looked at (`PAIRS`), of the sketches of those that are no exact copies."""
    packed = sketches.select("row", "keys").mapInArrow(Pack(layout), PACKED)
    by_place = packed.repartition(layout.places, "place").sortWithinPartitions("place")
    slices = by_place.mapInArrow(Slice(layout), SLICES)
    by_block = slices.repartition(layout.blocks, "block").sortWithinPartitions("block")
    return by_block.mapInArrow(CountPairs(layout), PAIRS)
