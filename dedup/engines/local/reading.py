"""Stage 1 on disk: documents as they are read, fingerprinted and put away in partitions of files."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.candidates.postings import KINDS
from dedup.columns import PAD, pack, pack_bytes, unpack
from dedup.engines.fingerprinting import TextPrints, fingerprint_packed
from dedup.engines.local.units import DOCUMENTS, KEYS, WorkFolder, packed, write_unit
from dedup.engines.plan import Plan
from dedup.fingerprint import pair_kernels
from dedup.model import Batch, Packed

PARTITION_ROWS, LEAST_BYTES, MOST_BYTES = 1 << 16, 1 << 20, 64 << 20
"""Documents of a partition, and bytes of their texts, at most (how many bytes, memory says)."""


@dataclass(slots=True)
class _Read:
    """A batch of documents and where they came from."""

    batch: Batch
    texts: Packed
    """Freed when it was put away."""
    fingerprints: TextPrints


@dataclass(slots=True)
class _Partition:
    """Documents that follow each other, on their way to a file."""

    first: int
    parts: list[_Read] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0

    def add(self, part: _Read) -> None:
        """Take a batch."""
        self.parts.append(part)
        self.rows += len(part.fingerprints.words)
        self.bytes += int(part.fingerprints.sizes.sum())


class Partitions:
    """Reads all documents and puts them away; what was put away by an earlier run is passed over."""

    def __init__(self, work: WorkFolder, plan: Plan, pool: ThreadPoolExecutor, bits: int) -> None:
        self._work, self._plan, self._pool, self._bits = work, plan, pool, bits
        self._most = max(LEAST_BYTES, min(MOST_BYTES, plan.config.run.memory_bytes // 16))
        self._ahead = plan.config.run.thread_count + 1

    def write(self, batches: Iterator[Batch], counts: list[int]) -> list[int]:
        """Put all documents away; `counts` are those of the partitions that are there. Returns those of all."""
        counts = list(counts)
        running: deque[Future[_Read]] = deque()
        partition = _Partition(sum(counts))
        row, done = 0, sum(counts)
        for given in batches:
            batch = given
            row += len(batch)
            if row <= done:
                if batch.release:
                    batch.release()
                continue
            new = min(len(batch), row - done)
            if new < len(batch):
                batch = _last(batch, new)
            running.append(self._pool.submit(self._fingerprint, batch, row - new))
            while len(running) > self._ahead or (running and running[0].done()):
                partition = self._take(partition, running.popleft().result(), counts)
        while running:
            partition = self._take(partition, running.popleft().result(), counts)
        if partition.rows:
            self._put(partition, counts)
        return counts

    def _fingerprint(self, batch: Batch, first: int) -> _Read:
        texts = batch.packed or pack(batch.texts)
        found = fingerprint_packed(texts, first, self._plan)
        places = np.array(batch.places, np.int64)
        stored = Packed(bytes(texts.buffer), texts.sizes) if (places < 0).any() else Packed(b"", [])
        batch.texts, batch.packed = [], None
        if batch.release:
            batch.release()
        return _Read(batch, stored, found)

    def _take(self, partition: _Partition, part: _Read, counts: list[int]) -> _Partition:
        partition.add(part)
        if partition.bytes < self._most and partition.rows < PARTITION_ROWS:
            return partition
        self._put(partition, counts)
        return _Partition(partition.first + partition.rows)

    def _put(self, partition: _Partition, counts: list[int]) -> None:
        """Write a partition: its keys first, so that where its documents are, they are."""
        number = len(counts)
        write_unit(self._work.unit(KEYS, number), self._keys(partition))
        write_unit(self._work.unit(DOCUMENTS, number), _columns(partition))
        counts.append(partition.rows)

    def _keys(self, partition: _Partition) -> dict[str, NDArray[Any]]:
        """Keys of each kind, in ranges."""
        arrays: dict[str, NDArray[Any]] = {}
        for kind in range(len(KINDS)):
            keys = np.concatenate([part.fingerprints.keys[kind] for part in partition.parts])
            cuts, values = np.zeros((1 << self._bits) + 1, np.int64), np.empty_like(keys)
            pair_kernels.spread(keys, np.uint64(self._bits), values, cuts)
            arrays[f"keys{kind}"], arrays[f"cuts{kind}"] = values, cuts
        return arrays


def _columns(partition: _Partition) -> dict[str, NDArray[Any]]:
    """What is known of the documents of a partition."""
    found = [part.fingerprints for part in partition.parts]
    batches = [part.batch for part in partition.parts]
    arrays: dict[str, NDArray[Any]] = {
        "words": np.concatenate([part.words for part in found]),
        "digest": np.concatenate([part.digest for part in found]),
        "size": np.concatenate([part.sizes for part in found]),
        "flags": np.concatenate([part.flags for part in found]),
        "held": np.concatenate([part.held for part in found], axis=1).T.copy(),
        "date": np.concatenate([np.array(batch.dates, np.int64) for batch in batches]),
        "file": np.concatenate([np.array(batch.files, np.int32) for batch in batches]),
        "line": np.concatenate([np.array(batch.lines, np.int64) for batch in batches]),
        "place": np.concatenate([np.array(batch.places, np.int64) for batch in batches]),
    }
    texts, starts = _texts(partition)
    arrays["texts"], arrays["start"] = texts, starts
    strings = {
        "id": [name.encode() for batch in batches for name in batch.ids],
        "source": [name.encode() for batch in batches for name in batch.sources],
        "value": [orjson.dumps(value) for batch in batches for value in batch.values],
        "marks": [
            orjson.dumps(part.marks[place]) if place in part.marks else b""
            for part in found
            for place in range(len(part.words))
        ],
    }
    for name, values in strings.items():
        arrays[name], arrays[f"{name}_ends"] = packed(values)
    return arrays


def _texts(partition: _Partition) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The texts that cannot be read again from where they came, and where each begins, -1 where it can."""
    parts, starts, at = list[bytes](), list[NDArray[np.int64]](), 0
    for part in partition.parts:
        places = np.array(part.batch.places, np.int64)
        if not part.texts.sizes:
            starts.append(np.full(len(places), -1, np.int64))
            continue
        sizes = np.array(part.texts.sizes, np.int64)
        begins = PAD + np.cumsum(sizes + 1) - sizes - 1
        stored = places < 0
        view = memoryview(part.texts.buffer)
        parts += [bytes(view[begins[n] : begins[n] + sizes[n]]) for n in np.flatnonzero(stored).tolist()]
        kept = np.where(stored, sizes, 0)
        starts.append(np.where(stored, at + np.cumsum(kept) - kept, -1))
        at += int(kept.sum())
    return np.frombuffer(b"".join(parts), np.uint8), np.concatenate(starts)


def _last(batch: Batch, count: int) -> Batch:
    """The last documents of a batch."""
    texts = unpack(batch.packed)[-count:] if batch.packed else None
    if batch.release:
        batch.release()
    names = ("texts", "ids", "files", "lines", "dates", "sources", "places", "origins", "values")
    found = Batch(**{name: getattr(batch, name)[-count:] for name in names})
    if texts is not None:
        found.texts, found.packed = [], pack_bytes(texts)
    return found
