"""What a scan keeps of its documents while it goes on: columns, texts, keys; and how long each stage took."""

from __future__ import annotations

import resource
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.boilerplate.marks import suspects
from dedup.columns import pack
from dedup.config import Config
from dedup.fingerprint import rare_terms
from dedup.fingerprint.minhash import Keys, Sketch, Sketcher
from dedup.model import Batch, Packed, Strings, TextStore
from dedup.pipeline.ids import repeated, unique_ids
from dedup.runtime.spool import Column, Texts

Locate = Callable[[int, int, int], bytes]
"""(file, place, size in bytes) -> the text that stands there; see `read.locate`."""


@dataclass(slots=True)
class Clock:
    """Seconds and peak memory of each stage, in order."""

    stages: dict[str, dict[str, float]] = field(default_factory=dict)
    on_stage: Callable[[str], None] | None = None
    """Told the name of each stage that begins."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the body under `name`; repeated names add up."""
        if self.on_stage:
            self.on_stage(name)
        begin, before = time.perf_counter(), peak_mb()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - begin, before)

    def add(self, name: str, seconds: float, before: float = 0.0) -> None:
        """Count `seconds` to `name`. A stage that comes again does not answer for a peak that was there `before`."""
        after = peak_mb()
        entry = self.stages.setdefault(name, {"seconds": 0.0, "peak_mb": after})
        entry["seconds"] += seconds
        if after > before:
            entry["peak_mb"] = after


def peak_mb() -> float:
    """Peak resident memory of this process so far, MB (10**6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


Seen = tuple[Sketch, NDArray[np.bool_]]
"""Fingerprints of a batch, and which of its documents may hold scraper marks."""


class Documents(Protocol):
    """What the later stages ask of documents, by row: of a scan, or of some of an index."""

    @property
    def texts(self) -> TextStore:
        """The texts."""
        ...

    @property
    def sources(self) -> Strings | Sequence[str]:
        """Publishers; empty where not known."""
        ...

    @property
    def suspects(self) -> NDArray[np.bool_]:
        """(n,) whether a document may hold scraper marks."""
        ...

    @property
    def odd(self) -> NDArray[np.bool_]:
        """(n,) whether a document may hold look-alike letters or hidden characters."""
        ...

    @property
    def digests(self) -> list[NDArray[np.uint64]]:
        """Hashes of the word sequences, in order."""
        ...


class KeyColumn:
    """Keys of one kind of all documents, by range."""

    def __init__(self, limit: int) -> None:
        self._values = Column(limit, np.uint64)
        self._cuts: list[NDArray[np.int64]] = []
        self._held: list[NDArray[np.int32]] = []

    def append(self, keys: Keys) -> None:
        """Store the keys of the next documents."""
        self._values.append(keys.values)
        self._cuts.append(keys.cuts)
        self._held.append(keys.held)

    @property
    def spilled(self) -> int:
        """Bytes in the temporary file."""
        return self._values.spilled

    @property
    def held(self) -> NDArray[np.int32]:
        """(n,) number of keys of each document."""
        return np.concatenate([np.zeros(0, np.int32), *self._held])

    def part(self, part: int) -> NDArray[np.uint64]:
        """All keys of one of the 2**PART_BITS ranges."""
        slices = (self._values.slice(c, int(cut[part]), int(cut[part + 1])) for c, cut in enumerate(self._cuts))
        return np.concatenate([np.zeros(0, np.uint64), *slices])

    def close(self) -> None:
        """Give memory and file back."""
        self._values.close()


class CorpusStore:
    """Takes batches in and holds what later stages need of each document: columns, texts, keys."""

    def __init__(self, config: Config, sketcher: Sketcher, locate: Locate) -> None:
        limit = config.run.memory_bytes
        self.texts = Texts(limit // 2, self._again)
        self._locate = locate
        self.bands = Column(limit // 8, np.uint32)
        self.passages, self.terms = KeyColumn(limit * 3 // 16), KeyColumn(limit * 3 // 16)
        self.normalised: list[NDArray[np.int64]] = []
        self.ids, self.sources = Strings(), Strings()
        self.columns: dict[str, list[NDArray[Any]]] = {
            name: [] for name in ("files", "lines", "dates", "places", "hashes")
        }
        self.words: list[NDArray[np.int32]] = []
        self.digests: list[NDArray[np.uint64]] = []
        self._suspects: list[NDArray[np.bool_]] = []
        self.values: list[int | float | str | None] = []
        """Of the field by which it is chosen who stands; empty where no field is."""
        self._odd: list[NDArray[np.int64]] = []
        self.rows = 0
        self._sketcher = sketcher
        self._rewritten = config.match.rewritten

    def read(self, batches: Iterable[Batch], pool: ThreadPoolExecutor, ahead: int, clock: Clock) -> None:
        """Fingerprint all batches; at most `ahead` of them are in work at once."""
        running: deque[tuple[Batch, Future[Seen]]] = deque()
        row, iterator = 0, iter(batches)
        if self._rewritten and not len(self._sketcher.classes):
            iterator = self._learn(iterator, clock)
        while True:
            begin = time.perf_counter()
            batch = next(iterator, None)
            clock.add("read", time.perf_counter() - begin)
            if batch is None:
                break
            running.append((batch, pool.submit(self._sketch, batch, row)))
            row += len(batch)
            while len(running) > ahead or (running and running[0][1].done()):
                self._take(running, clock)
        while running:
            self._take(running, clock)
        self.texts.freeze()
        self.columns = {name: [np.concatenate(parts)] for name, parts in self.columns.items() if parts}

    def _learn(self, batches: Iterator[Batch], clock: Clock) -> Iterator[Batch]:
        """Learn from the first documents which words are rare; returns all batches again.

        That the sample is the beginning and not the whole keeps it one pass, and the result the same for any number
        of threads.
        """
        with clock.stage("sample"):
            first: list[Batch] = []
            texts = size = 0
            for batch in batches:
                batch.packed = batch.packed or pack(batch.texts)
                first.append(batch)
                texts, size = texts + len(batch), size + sum(batch.packed.sizes)
                if rare_terms.enough(texts, size):
                    break
            classes = rare_terms.word_classes([batch.packed for batch in first if batch.packed])
            self._sketcher = replace(self._sketcher, classes=classes)
        return chain(first, batches)

    def _sketch(self, batch: Batch, row: int) -> Seen:
        """Fingerprint a batch, and let go of the texts that can be read again."""
        packed = batch.packed or pack(batch.texts)
        marks = suspects(packed) if self._rewritten else np.zeros(len(packed.sizes), bool)
        sketch = self._sketcher.sketch(packed, row)
        stored = np.array(batch.places, np.int64) < 0
        if stored.all():
            buffer, starts = bytes(sketch.packed.buffer), sketch.starts
        else:
            view, ends = memoryview(sketch.packed.buffer), sketch.starts + sketch.sizes
            parts = [view[sketch.starts[number] : ends[number]] for number in np.flatnonzero(stored)]
            buffer = b"".join(parts)
            starts = np.where(stored, np.cumsum(sketch.sizes * stored) - sketch.sizes, -1)
        batch.texts, batch.packed = [], Packed(buffer, sketch.packed.sizes)
        if batch.release:
            batch.release()
        return replace(sketch, packed=batch.packed, starts=starts), marks

    def _again(self, row: int) -> bytes:
        """The text of a row that was not stored."""
        file, place = int(self.columns["files"][0][row]), int(self.columns["places"][0][row])
        return self._locate(file, place, int(self.texts.sizes[row]))

    def _take(self, running: deque[tuple[Batch, Future[Seen]]], clock: Clock) -> None:
        batch, future = running.popleft()
        with clock.stage("fingerprint"):
            sketch, marks = future.result()
        with clock.stage("store"):
            self._store(batch, sketch)
            self._suspects.append(marks)

    def _store(self, batch: Batch, sketch: Sketch) -> None:
        self.texts.extend(sketch.packed.buffer, sketch.starts, sketch.sizes)
        self.ids.extend(batch.ids)
        self.sources.extend(batch.sources)
        self.values.extend(batch.values)
        for name in ("files", "lines", "dates", "places"):
            self.columns[name].append(np.array(getattr(batch, name), np.int32 if name == "files" else np.int64))
        self.columns["hashes"].append(np.fromiter(map(hash, batch.ids), np.int64, len(batch)))
        self.words.append(sketch.words)
        self.digests.append(sketch.digests)
        self.bands.append(sketch.bands)
        self.passages.append(sketch.passages)
        self.terms.append(sketch.terms)
        self.normalised.append(sketch.normalised + self.rows)
        self._odd.append(sketch.obfuscated + self.rows)
        self.rows += len(batch)

    @property
    def spilled(self) -> int:
        """Bytes in temporary files."""
        return self.texts.spilled + self.bands.spilled + self.passages.spilled + self.terms.spilled

    @property
    def suspects(self) -> NDArray[np.bool_]:
        """(n,) whether a document may hold scraper marks."""
        return np.concatenate([np.zeros(0, bool), *self._suspects])

    @property
    def odd(self) -> NDArray[np.bool_]:
        """(n,) whether a document may hold look-alike letters or hidden characters."""
        found = np.zeros(self.rows, bool)
        found[np.concatenate([np.zeros(0, np.int64), *self._odd])] = True
        return found

    def column(self, name: str) -> NDArray[Any]:
        """One column of all documents."""
        return self.columns[name][0] if self.rows else np.zeros(0, np.int64)

    @property
    def band_count(self) -> int:
        """Bands of a signature."""
        return self._sketcher.bands

    def band(self, number: int) -> NDArray[np.uint32]:
        """(n,) keys of one band."""
        sizes = [len(words) for words in self.words]
        parts = [self.bands.slice(c, number * size, (number + 1) * size) for c, size in enumerate(sizes)]
        return np.concatenate(parts)

    def unique_ids(self) -> int:
        """Give repeated ids a suffix (#2, #3, …); returns how many."""
        hashes = self.column("hashes")
        rows = repeated(hashes).tolist()
        if not rows:
            return 0
        known = set(hashes.tolist())
        renamed = unique_ids(rows, map(self.ids.__getitem__, rows), lambda name: hash(name) in known)
        self.ids.overrides.update(renamed)
        return len(renamed)

    def forget_keys(self) -> None:
        """Give the memory of the keys back, when all candidates are known; texts stay for the report."""
        self.bands.close()
        self.passages.close()
        self.terms.close()
