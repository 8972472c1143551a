"""Posting lists on disk: which documents hold a key, for a hundred million keys and a few reads a document.

A row for each key would be a random page written for each of the 150 keys of a document. So postings are kept as a
log-structured merge tree (O'Neil et al. 1996) of three levels for each kind of key: what was added lately, a blob for
each transaction (level 0, held in memory); and two levels of small sorted blocks, found by a filter and a directory of
their first keys. A full level is merged into the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from dedup.candidates import posting_kernels
from dedup.candidates.postings import DocumentKeys, Entries, PostingLists, PostingSource, SortedPostings
from dedup.index.postings.blocks import BLOCK, Blocks, cuts, pack
from dedup.index.postings.levels import (
    ALL_KINDS,
    FILTER_BITS,
    NONE,
    Known,
    directory,
    level_of,
    merged,
    row_of,
    without,
)
from dedup.storage.database import Database, damaged, stored

MEMTABLE_LIMIT = 1 << 20
"""Postings of level 0 from which it is merged into level 1."""
LEVEL_RATIO = 8
"""Level 1 is merged into level 2 when it has more than this part of it, ..."""
MIN_LEVEL1 = 1 << 22
"""... and so many at least."""
SLICE = 1 << 19
"""Postings merged at once."""
CHUNK = 8192
"""Documents to a row of counts."""
FETCH = 2048
"""Blocks read at once: what bounds memory when many keys are looked up."""
APART = 20_000
"""Keys that are looked up at once, and from which a second connection reads half of them."""


class PostingStore:
    """Postings of all kinds. Call `refresh` first in each transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = Known()
        self._moved = False
        """Whether levels 1 and 2 are not as they were when the transaction began."""

    def refresh(self) -> None:
        """See what other processes wrote."""
        self._moved = False
        try:
            self._refresh()
        except BaseException:  # half of it would be read twice
            self.forget()
            raise

    def _refresh(self) -> None:
        rows = self._database.query("SELECT name, value FROM meta WHERE name IN ('generation', 'structure')")
        values = {name: int(value) for name, value in rows}
        generation, layout_version = values.get("generation", 0), values.get("structure", 0)
        known = self._known
        if known.layout_version != layout_version:
            known = self._known = Known(layout_version=layout_version)
            for level, starts, seen in self._database.query("SELECT id, starts, seen FROM levels"):
                known.starts[level], known.prefix_filter[level] = directory(starts, seen)
        if known.generation != generation:
            self._read_counts(known)
            self._read_memtable(known)
            known.generation = generation

    def _read_memtable(self, known: Known) -> None:
        """Blobs of level 0 that were added since."""
        for kind in range(ALL_KINDS):
            rows = self._database.query(
                "SELECT id, entries FROM postings WHERE id > ? AND id < ? ORDER BY id",
                (row_of(kind, 0, known.last), row_of(kind, 1, 0)),
            )
            if rows:
                parts = [self._checked(stored(entries, "<u8", "a list of keys")) for _, entries in rows]
                known.memtable[kind] = merged([known.memtable[kind], *parts])
        known.last = int(self._database.meta("sequence") or 0)

    def _checked(self, entries: Entries) -> Entries:
        """Sorted postings of documents that there are: kernels believe it. Raises IndexFileError."""
        if (entries[1:] < entries[:-1]).any():
            raise damaged("a list of keys")
        self._check_numbers(entries.astype(np.uint32))
        return entries

    def _check_numbers(self, numbers: NDArray[np.uint32]) -> None:
        if len(numbers) and int(numbers.max()) >= self._known.counts.shape[1]:
            raise damaged("a list of keys")

    def _read_counts(self, known: Known) -> None:
        """The counts of documents that were added since: the last chunk known may have grown."""
        first = max(known.counts.shape[1] // CHUNK - 1, 0)
        found = self._database.query("SELECT chunk, counts FROM held WHERE chunk >= ? ORDER BY chunk", (first,))
        end = int(self._database.meta("next_number") or 1) // CHUNK
        for chunk, counts in found:
            if len(counts) != 2 * CHUNK * (ALL_KINDS + 1) or chunk > end:
                raise damaged("the counts of keys")
            rows = np.frombuffer(counts, "<u2").reshape(ALL_KINDS + 1, CHUNK)
            self._room(chunk)[:, chunk * CHUNK : (chunk + 1) * CHUNK] = rows

    def _room(self, chunk: int) -> NDArray[np.uint16]:
        """The counts, with room for the documents of a chunk."""
        known = self._known
        more = (chunk + 1) * CHUNK - known.counts.shape[1]
        if more > 0:
            known.counts = np.pad(known.counts, ((0, 0), (0, more)))
        return known.counts

    def reset(self) -> None:
        """All postings are deleted in the transaction that is open, whatever state they were in."""
        generation, layout_version, last = (
            int(self._database.meta(name) or 0) for name in ("generation", "structure", "sequence")
        )
        self._known = Known(generation, layout_version, last)
        self._bump(layout_version=True)

    def forget(self) -> None:
        """Forget what is in memory: a transaction was rolled back."""
        self._known = Known()

    def held(self, kind: int) -> NDArray[np.uint16]:
        """(numbers,) keys of one kind that each document holds."""
        counts: NDArray[np.uint16] = self._known.counts[kind]
        return counts

    @property
    def days(self) -> NDArray[np.uint16]:
        """(numbers,) days since 1970 on which documents were published, 0 where not known."""
        days: NDArray[np.uint16] = self._known.counts[ALL_KINDS]
        return days

    def holds(self, number: int) -> bool:
        """Whether the keys of a document were added under its number."""
        return number < self._known.counts.shape[1] and bool(self._known.counts[:ALL_KINDS, number].any())

    def add(self, entries: Sequence[Entries]) -> None:
        """Add sorted postings of each kind.

        Documents come in the order of their numbers: those of later calls are larger. `count` them before, and call
        `settle` when all is read.
        """
        known = self._known
        known.last += 1
        rows = [(row_of(kind, 0, known.last), found.tobytes()) for kind, found in enumerate(entries) if len(found)]
        self._database.executemany("INSERT INTO postings (id, entries) VALUES (?, ?)", rows)
        for kind, found in enumerate(entries):
            known.memtable[kind] = merged([known.memtable[kind], found])
        self._bump()

    def settle(self) -> None:
        """Merge what is full."""
        for kind in range(ALL_KINDS):
            if len(self._known.memtable[kind]) > MEMTABLE_LIMIT:
                self._merge_fresh(kind)

    def count(self, numbers: NDArray[np.int64], keys: Sequence[DocumentKeys], days: NDArray[np.int64]) -> None:
        """Write down how many keys of each kind the documents `numbers` (n,) have, and their `days` (n,)."""
        counts = np.stack([*(found.held for found in keys), days], axis=1).clip(0, 65535).astype(np.uint16)
        for chunk in np.unique(numbers // CHUNK).tolist():
            here = numbers // CHUNK == chunk
            known = self._room(chunk)
            known[:, numbers[here]] = counts[here].T
            self._database.execute(
                "INSERT INTO held (chunk, counts) VALUES (?, ?)"
                " ON CONFLICT (chunk) DO UPDATE SET counts = excluded.counts",
                (chunk, known[:, chunk * CHUNK : (chunk + 1) * CHUNK].tobytes()),
            )

    def _bump(self, *, layout_version: bool = False) -> None:
        """Let other processes see that something changed; `layout_version`: more than a blob was added."""
        known = self._known
        known.generation += 1
        self._database.set_meta("generation", str(known.generation))
        self._database.set_meta("sequence", str(known.last))
        if layout_version:
            self._moved = True
            known.layout_version += 1
            self._database.set_meta("structure", str(known.layout_version))

    def runs(
        self, kind: int, keys: NDArray[np.uint32], pool: Executor | None = None, more: Entries = NONE
    ) -> PostingLists:
        """The postings of sorted, distinct keys of one kind: of those that are here the latest, and behind them all of
        `more`, which are not added yet. With a `pool` a second connection reads half of many keys in another thread.
        """
        latest = SortedPostings(more, everything=True)
        reader = self._database.read_connection() if pool and not self._moved and len(keys) > APART else None
        if pool and reader:
            with reader.transaction(write=False):
                if reader.meta("structure") == self._database.meta("structure"):  # nobody wrote in between
                    half = len(keys) // 2
                    aside = pool.submit(self._runs, kind, keys[:half], latest, reader)
                    rest = self._runs(kind, keys[half:], latest, self._database)
                    return aside.result().followed(rest)
        return self._runs(kind, keys, latest, self._database)

    def _runs(self, kind: int, keys: NDArray[np.uint32], latest: PostingSource, database: Database) -> PostingLists:
        """Those of one kind, the earliest documents first."""
        numbers, ends = np.empty(0, np.uint32), [np.zeros(1, np.int64)]
        for part, sources in self._sources(kind, keys, database):
            found, size = PostingLists.of(part, [*sources, latest]), len(numbers)
            ends.append(found.ends[1:] + size)
            numbers.resize(size + len(found.numbers), refcheck=False)  # in place: copies of this are most of the memory
            numbers[size:] = found.numbers
        self._check_numbers(numbers)
        return PostingLists(keys, np.concatenate(ends), numbers)

    def _sources(
        self, kind: int, keys: NDArray[np.uint32], database: Database
    ) -> Iterator[tuple[NDArray[np.uint32], list[PostingSource]]]:
        """The keys, some at a time, and what holds their postings, the oldest first."""
        blocks = [self._blocks(level_of(kind, level), keys) for level in (2, 1)]
        size = max(len(np.unique(found)) for found in blocks) if len(keys) > FETCH else 1
        for part in np.array_split(np.arange(len(keys)), max(1, -(-size // FETCH), -(-len(keys) // APART))):
            older = [self._read(level_of(kind, 2 - at), found[part], database) for at, found in enumerate(blocks)]
            yield keys[part], [*older, SortedPostings(self._known.memtable[kind])]

    def _blocks(self, level: int, keys: NDArray[np.uint32]) -> NDArray[np.int64]:
        """(k,) the block that may hold each key, -1 where a level has none of it."""
        starts = self._known.starts.get(level)
        if starts is None or not len(starts):
            return np.full(len(keys), -1, np.int64)
        blocks = np.maximum(np.searchsorted(starts, keys, "right") - 1, 0)
        seen = self._known.prefix_filter[level]
        if len(seen):
            places = keys >> np.uint32(32 - FILTER_BITS)
            blocks[seen[places >> np.uint32(3)] >> (places & np.uint32(7)) & 1 == 0] = -1
        return blocks

    def _read(self, level: int, blocks: NDArray[np.int64], database: Database | None = None) -> Blocks:
        """Some blocks (-1: none), each once, ascending; others may come between them."""
        wanted = np.unique(blocks)
        wanted = wanted[wanted >= 0]
        if not len(wanted):
            return Blocks(np.zeros(0, np.uint32), [])
        dense = 2 * len(wanted) > wanted[-1] - wanted[0]  # to read on is faster than to look up
        firsts = self._known.starts[level][np.arange(wanted[0], wanted[-1] + 1) if dense else wanted]
        ids = (firsts.astype(np.int64) + (level << 32)).tolist()
        if dense:
            sql = "SELECT entries FROM postings WHERE id >= ? AND id <= ? ORDER BY id"
            rows = (database or self._database).query(sql, (ids[0], ids[-1]))
        else:
            sql = "SELECT entries FROM postings WHERE {in_clause} ORDER BY id"
            rows = (database or self._database).select_in(sql, "id", ids)
        return Blocks(firsts, [row[0] for row in rows])

    def _merge_fresh(self, kind: int) -> None:
        """Level 0 into level 1, and level 1 into level 2 when it is large."""
        known = self._known
        self._merge(level_of(kind, 1), [known.memtable[kind]])
        known.memtable[kind] = NONE
        self._database.execute(
            "DELETE FROM postings WHERE id >= ? AND id < ?", (row_of(kind, 0, 0), row_of(kind, 1, 0))
        )
        sizes = self._sizes()
        middle = sizes[level_of(kind, 1)]
        if middle > max(MIN_LEVEL1, sizes.get(level_of(kind, 2), 0) // LEVEL_RATIO):
            self._merge(level_of(kind, 2), self._slices(level_of(kind, 1), delete=True))
            self._put_level(level_of(kind, 1), np.zeros(0, np.uint32), 0, np.zeros(0, np.uint8))
        self._bump(layout_version=True)

    def _sizes(self) -> dict[int, int]:
        """Postings of each level."""
        return {int(level): int(size) for level, size in self._database.query("SELECT id, entries FROM levels")}

    def _slices(self, level: int, *, delete: bool) -> Iterator[Entries]:
        """All postings of a level in order, some blocks at a time."""
        starts = self._known.starts.get(level, np.zeros(0, np.uint32))
        for first in range(0, len(starts), SLICE // BLOCK):
            yield self._read(level, np.arange(first, min(first + SLICE // BLOCK, len(starts)))).entries()
        if delete:
            self._database.execute("DELETE FROM postings WHERE id >= ? AND id < ?", (level << 32, (level + 1) << 32))

    def _merge(self, level: int, slices: Iterable[Entries]) -> None:
        """Merge sorted postings into a level, some at a time."""
        known, size = self._known, self._sizes().get(level, 0)
        starts = known.starts.get(level, np.zeros(0, np.uint32))
        seen = known.prefix_filter.get(level, np.zeros(0, np.uint8))
        if len(seen) or not len(starts):  # what was written without a filter stays without one
            seen = seen.copy() if len(seen) else np.zeros(1 << (FILTER_BITS - 3), np.uint8)
        for entries in slices:
            if len(entries):
                starts, size = self._merge_slice(level, starts, entries), size + len(entries)
                known.starts[level] = starts
                if len(seen):
                    posting_kernels.set_bits(entries, np.uint64(64 - FILTER_BITS), seen)
        self._put_level(level, starts, size, seen)

    def _merge_slice(self, level: int, starts: NDArray[np.uint32], entries: Entries) -> NDArray[np.uint32]:
        """The blocks between the first key and the last are written anew; returns the first keys of all blocks."""
        ends = (entries[[0, -1]] >> np.uint64(32)).astype(np.uint32)
        first, last = np.maximum(np.searchsorted(starts, ends, "right") - 1, 0).tolist() if len(starts) else (0, -1)
        made: list[NDArray[np.uint32]] = []
        steps = range(first, last + 1, SLICE // BLOCK) or range(1)
        at = 0
        for begin in steps:
            end = min(begin + SLICE // BLOCK, last + 1)
            border = np.uint64(starts[end]) << np.uint64(32) if end <= last else None
            stop = len(entries) if border is None else int(np.searchsorted(entries, border))
            old = self._read(level, np.arange(begin, end)).entries() if len(starts) else NONE
            if len(starts):
                ids = (starts[[begin, end - 1]].astype(np.int64) + (level << 32)).tolist()
                self._database.execute("DELETE FROM postings WHERE id >= ? AND id <= ?", ids)
            made.append(self._write(level, merged([old, entries[at:stop]])))
            at = stop
        return np.concatenate([starts[:first], *made, starts[last + 1 :]])

    def _write(self, level: int, entries: Entries) -> NDArray[np.uint32]:
        """Write sorted postings as blocks; returns their first keys."""
        found = cuts(entries)
        starts = (entries[found[:-1]] >> np.uint64(32)).astype(np.uint32)
        ids = (starts.astype(np.int64) + (level << 32)).tolist()
        rows = zip(ids, pack(entries, found, starts), strict=True)
        self._database.executemany("INSERT INTO postings (id, entries) VALUES (?, ?)", rows)
        return starts

    def _put_level(self, level: int, starts: NDArray[np.uint32], entries: int, seen: NDArray[np.uint8]) -> None:
        self._known.starts[level], self._known.prefix_filter[level] = starts, seen
        self._database.execute(
            "INSERT INTO levels (id, entries, starts, seen) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET entries = excluded.entries, starts = excluded.starts, seen = excluded.seen",
            (level, entries, starts.tobytes(), seen.tobytes()),
        )

    def drop(self, kind: int, keys: NDArray[np.uint32], numbers: NDArray[np.int64]) -> int:
        """Take documents out of the postings of these keys (sorted, distinct); returns how many postings went."""
        dead = np.sort(numbers.astype(np.uint64))
        gone = self._drop_fresh(kind, dead)
        for number in (1, 2):
            level = level_of(kind, number)
            blocks = np.unique(self._blocks(level, keys))
            for part in np.array_split(blocks[blocks >= 0], max(1, -(-len(blocks) // FETCH))):
                gone += self._drop_blocks(level, part, dead)
        self._bump(layout_version=True)
        return gone

    def _drop_fresh(self, kind: int, dead: NDArray[np.uint64]) -> int:
        gone = 0
        rows = self._database.query(
            "SELECT id, entries FROM postings WHERE id >= ? AND id < ?", (row_of(kind, 0, 0), row_of(kind, 1, 0))
        )
        for place, blob in rows:
            entries = stored(blob, "<u8", "a list of keys")
            kept = without(entries, dead)
            if len(kept) < len(entries):
                gone += len(entries) - len(kept)
                self._database.execute("UPDATE postings SET entries = ? WHERE id = ?", (kept.tobytes(), place))
        self._known.memtable[kind] = without(self._known.memtable[kind], dead)
        return gone

    def _drop_blocks(self, level: int, blocks: NDArray[np.int64], dead: NDArray[np.uint64]) -> int:
        ids = (self._known.starts[level][blocks].astype(np.int64) + (level << 32)).tolist() if len(blocks) else []
        changed, gone = [], 0
        for place, blob in self._database.select_in("SELECT id, entries FROM postings WHERE {in_clause}", "id", ids):
            first = np.array([place & 0xFFFFFFFF], np.uint32)
            entries = Blocks(first, [blob]).entries()
            kept = without(entries, dead)
            if len(kept) < len(entries):  # an empty block stays: the directory names it, and a merge takes it away
                gone += len(entries) - len(kept)
                changed.append((pack(kept, np.array([0, len(kept)]), first)[0], place))
        self._database.executemany("UPDATE postings SET entries = ? WHERE id = ?", changed)
        if gone:
            self._database.execute("UPDATE levels SET entries = entries - ? WHERE id = ?", (gone, level))
        return gone

    def of(self, kind: int, numbers: Sequence[int]) -> NDArray[np.uint32]:
        """Sorted, distinct keys of one kind of some documents. Looks through all."""
        wanted, found = np.array(numbers, np.uint64), [np.zeros(0, np.uint32)]
        for entries in self.everything(kind):
            own = entries[np.isin(entries & np.uint64(0xFFFFFFFF), wanted)]
            found.append((own >> np.uint64(32)).astype(np.uint32))
        return np.unique(np.concatenate(found))

    def everything(self, kind: int) -> Iterator[Entries]:
        """All postings of one kind, some at a time, those of a level in order."""
        yield self._known.memtable[kind]
        for number in (1, 2):
            yield from self._slices(level_of(kind, number), delete=False)
