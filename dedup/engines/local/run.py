"""A scan on disk, from the inputs to the result: the order of its stages, and where a run that was killed goes on."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dedup.candidates.postings import KINDS
from dedup.engines.local.corpus import DiskCorpus, Locate
from dedup.engines.local.grouping import Grouping, fold_corpus
from dedup.engines.local.judging import ROOM_SLICES, PairStages
from dedup.engines.local.reading import Partitions
from dedup.engines.local.result import DiskResult
from dedup.engines.local.units import (
    DOCUMENTS,
    KEYS,
    LAYOUT,
    LOOKED,
    LOOKS,
    READ,
    RUNS,
    SLICES,
    SORTED,
    VERDICTS,
    WorkFolder,
)  # fmt: skip
from dedup.engines.local.wording import WordingStage
from dedup.engines.plan import Plan
from dedup.errors import InputError, StorageError
from dedup.model import Batch, Reject
from dedup.pipeline.documents import Clock, peak_mb
from dedup.read import Reader
from dedup.read.paths import PathEntry

LEAST_BLOCK, MOST_BLOCK = 1 << 11, 1 << 20
POSTING_BYTES = 24
"""Memory that a posting takes while a block is compared: its row in a slice, and those before the block."""
ROOM_KEYS, ROOM_RUNS, ROOM_REST = 0.55, 0.3, 0.15
"""Bytes of keys, of postings by key and of all else on disk for a byte of text."""
OnStage = Callable[[str, int, int], None]
"""(stage, partitions done, of how many)."""
Batches = Callable[[], Iterator[Batch]]


@dataclass(frozen=True, slots=True)
class DiskScan:
    """What a scan on disk found."""

    result: DiskResult
    stats: dict[str, Any]
    notes: tuple[str, ...]
    rejects: tuple[Reject, ...]


def room_needed(entries: Sequence[PathEntry], plan: Plan) -> int:
    """Bytes on disk that a run takes at most, as far as that can be told before: compressed inputs are taken to hold
    four times as much. Texts of plain JSON lines are not stored again.
    """
    total = 0.0
    for entry in entries:
        text = entry.size * (4 if entry.compression or entry.format in ("parquet", "zip") else 1)
        stored = entry.format != "jsonl" or bool(entry.compression)
        postings = (ROOM_RUNS + max(ROOM_KEYS, ROOM_SLICES)) / (1 if plan.config.match.rewritten else 2)
        total += text * (stored + max(postings, ROOM_REST) + ROOM_REST)
    return int(total)


def check_room(folder: Path, needed: int) -> None:
    """Raises StorageError where a disk has less room than is needed."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StorageError(
            f"{folder}: {free / 1e9:,.1f} GB are free, and up to {needed / 1e9:,.1f} GB are needed: name a --work on "
            "another disk"
        )


def identity_of(plan: Plan, entries: Sequence[PathEntry]) -> dict[str, str]:
    """By what a run is known again: settings, code, reference, and the files with their sizes and times. Raises
    InputError for standard input and pipes, which cannot be read again.
    """
    found = plan.identity()
    for entry in entries:
        if entry.stream or entry.path is None:
            raise InputError(f"{entry.name}: can be read only once, and a run on disk may have to read it again")
        try:
            status = Path(entry.path).stat()
        except OSError as error:
            raise InputError(f"{entry.path}: {error.strerror or error}") from error
        found[f"the input {entry.path}"] = f"{status.st_size} bytes of {status.st_mtime_ns / 1e9:.6f}"
    found["the inputs, in order,"] = f"{len(entries)}: " + " ".join(entry.path or "" for entry in entries)
    return found


@dataclass(slots=True)
class LocalScan:
    """One scan on disk."""

    plan: Plan
    work: WorkFolder
    reader: Reader
    batches: Batches
    """Reads the documents; asked only where they are not all put away."""
    locate: Locate
    evidence: str = "full"
    """How much of what proves each pair: none, short or full."""
    on_stage: OnStage = lambda name, done, total: None
    clock: Clock = field(default_factory=Clock)
    disk_bytes: int = 0

    def run(self) -> DiskScan:
        """All stages. Raises StorageError, InputError."""
        begin, plan, work, evidence = time.perf_counter(), self.plan, self.work, self.evidence
        with ThreadPoolExecutor(plan.config.run.thread_count, "dedup") as pool:
            counts = self._read(pool)
            corpus = DiskCorpus(work, counts, self.locate)
            with self._stage("fold"):
                fold_corpus(work, corpus, plan)
            stages, layout = self._compare(corpus, pool)
            wording = WordingStage(work, corpus, plan, pool)
            with self._stage("phrasing"):
                mangled = wording.run(self._told("phrasing"))
            with self._stage("verdicts"):
                if not all(work.has(VERDICTS, block) for block in range(stages.blocks)):
                    stages.verdicts(stages.neighbours(), self._told("verdicts"))
            with self._stage("edges"):
                stages.edges(evidence, self._told("edges"))
            with self._stage("cluster"):
                grouped = Grouping(work, corpus, plan, stages, evidence)
                clustered = grouped.run(mangled, self._told("cluster"))
            with self._stage("collect"):
                result = DiskResult(work, corpus, plan, wording, self.reader.file_names)
                result.collect(stages.blocks, grouped.answered, clustered, evidence)
        stats = self._stats(corpus, result, layout, time.perf_counter() - begin)
        return DiskScan(result, stats, tuple(self._notes(corpus)), tuple(self.reader.rejects))

    # -- stages ----------------------------------------------------------------------------------------------------

    def _read(self, pool: ThreadPoolExecutor) -> list[int]:
        """Put all documents away; returns how many are in each partition."""
        known = self.work.noted(READ)
        if known is not None:
            _restore(self.reader, known)
            return list(known["counts"])
        layout = self.work.noted(LAYOUT)
        if layout is None:
            layout = {"bits": _bits(sum(entry.size for entry in self.reader.entries), self.plan)}
            self.work.note(LAYOUT, layout)
        counts: list[int] = []
        while self.work.has(DOCUMENTS, len(counts)):
            with self.work.open(DOCUMENTS, len(counts)) as unit:
                counts.append(unit.size("words"))
        with self._stage("read"):
            counts = Partitions(self.work, self.plan, pool, int(layout["bits"])).write(self.batches(), counts)
        self.work.note(READ, _remembered(self.reader, counts))
        self._measure()
        return counts

    def _compare(self, corpus: DiskCorpus, pool: ThreadPoolExecutor) -> tuple[PairStages, Mapping[str, int]]:
        """Candidates, and which of them look like copies. What is not needed any more is removed."""
        work, layout = self.work, self.work.noted(LAYOUT) or {}
        if "block_rows" not in layout:
            layout["block_rows"] = _block_rows(corpus, self.plan)
            work.note(LAYOUT, layout)
        stages = PairStages(work, corpus, self.plan, pool, int(layout["block_rows"]), int(layout["bits"]))
        if work.noted(SORTED) is None:
            with self._stage("sort"):
                stages.sort(self._told("sort"))
            self._measure()
            work.note(SORTED, {})
        work.drop(KEYS)
        if work.noted(LOOKED) is None:
            for wave in stages.waves():
                self._look(stages, wave)
            work.note(LOOKED, {})
        work.drop(SLICES)
        work.drop(RUNS)
        return stages, layout

    def _look(self, stages: PairStages, wave: range) -> None:
        """Compare the documents of some blocks, if that was not done."""
        if not stages.looked(wave):
            with self._stage("slices"):
                stages.slices(wave, self._told("slices"))
            self._measure()
            with self._stage("align"):
                stages.looks(wave, self._told("align"))
        self.work.drop(SLICES)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self.on_stage(name, 0, 0)
        with self.clock.stage(name):
            yield

    def _told(self, name: str) -> Callable[[int, int], None]:
        return lambda done, total: self.on_stage(name, done, total)

    def _measure(self) -> None:
        self.disk_bytes = max(self.disk_bytes, self.work.size)

    # -- what is told ------------------------------------------------------------------------------------------------

    def _stats(
        self, corpus: DiskCorpus, result: DiskResult, layout: Mapping[str, int], seconds: float
    ) -> dict[str, Any]:  # fmt: skip
        self._measure()
        kept = result.kept
        blocks = -(-len(corpus) // layout["block_rows"])
        return {
            "engine": "local", "documents": len(corpus), "kept": int(kept.sum()), "dropped": int((~kept).sum()),
            "clusters": len(result.clusters), "edges": len(result.table), "rejects": len(self.reader.rejects),
            "words": int(corpus.words.sum()), "text_bytes": int(corpus.size.sum(dtype=np.int64)),
            "candidates": sum(self._candidates(block) for block in range(blocks)),
            "partitions": corpus.partitions, "blocks": blocks, "disk_bytes": self.disk_bytes, "seconds": seconds,
            "peak_mb": peak_mb(), "stages": self.clock.stages,
        }  # fmt: skip

    def _candidates(self, block: int) -> int:
        with self.work.open(LOOKS, block) as unit:
            return int(unit.read("candidates")[0])

    def _notes(self, corpus: DiskCorpus) -> Iterator[str]:
        yield from self.reader.notes
        renamed, ngram = len(corpus.renamed), self.plan.config.fingerprint.ngram
        if renamed:
            yield f"{renamed:,} repeated id{_s(renamed)} got a suffix (#2, #3, …)"
        short = int(((corpus.words < ngram) & (corpus.words > 0)).sum())
        wordless = int((corpus.words == 0).sum())
        if short:
            yield f"{short:,} text{_s(short)} of fewer than {ngram} words: compared for exact copies only"
        if wordless:
            yield f"{wordless:,} text{_s(wordless)} without words: compared for exact copies only"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _bits(size: int, plan: Plan) -> int:
    """So many bits of a key choose its range that the keys of one range can be sorted in memory."""
    keys = size * ROOM_KEYS
    room = plan.config.run.memory_bytes / 4 / max(plan.config.run.thread_count, 1)
    bits = 4
    while bits < 12 and keys / (1 << bits) * 3 > room:
        bits += 1
    return bits


def _block_rows(corpus: DiskCorpus, plan: Plan) -> int:
    """Documents that are compared at once: as many as memory holds the postings of."""
    held = sum((each.astype(np.int64) for each in corpus.held), np.zeros(len(corpus.held[0]), np.int64))
    postings = np.concatenate((np.zeros(1, np.int64), np.cumsum(held)))
    room, rows = plan.config.run.memory_bytes / 4 / POSTING_BYTES, MOST_BLOCK
    while rows > LEAST_BLOCK:
        ends = postings[np.append(np.arange(0, len(held), rows), len(held))]
        if np.diff(ends).max(initial=0) <= room:
            break
        rows = max(rows // 2, LEAST_BLOCK)
    return rows


def _remembered(reader: Reader, counts: Sequence[int]) -> dict[str, Any]:
    """What a later run must know of the inputs that it will not read again."""
    names = ("name", "format", "compression", "stamp", "accepted", "text_key", "failed")
    return {
        "counts": list(counts), "kinds": len(KINDS), "file_names": list(reader.file_names), "notes": list(reader.notes),
        "rejects": [asdict(reject) for reject in reader.rejects],
        "entries": [
            {name: getattr(entry, name) for name in names} | {"header": entry.header.hex()} for entry in reader.entries
        ],
    }  # fmt: skip


def _restore(reader: Reader, known: Mapping[str, Any]) -> None:
    """Have a reader know what an earlier run found out about its inputs."""
    for entry, told in zip(reader.entries, known["entries"], strict=True):
        for name, value in told.items():
            setattr(entry, name, value)
        entry.header = bytes.fromhex(told["header"])
        entry.stamp = None if told["stamp"] is None else (told["stamp"][0], told["stamp"][1])
    rejects = [Reject(**reject) for reject in known["rejects"]]
    reader.restore((list(reader.entries), known["file_names"], rejects, known["notes"], reader.skipped))


def begin(
    plan: Plan, reader: Reader, folder: Path, batches: Batches, locate: Locate, *, evidence: str = "full",
    on_stage: OnStage | None = None,
) -> LocalScan:  # fmt: skip
    """A scan in a folder: a new one, or one that was killed there and goes on. Raises StorageError where the folder
    holds another run or the disk has too little room, InputError for inputs that cannot be read twice.
    """
    identity = identity_of(plan, reader.entries) | {"--evidence": evidence}
    work = WorkFolder(folder, identity)
    try:
        if not work.resumed:
            check_room(folder, room_needed(reader.entries, plan))
    except StorageError:
        work.remove()
        raise
    scan = LocalScan(plan, work, reader, batches, locate, evidence)
    if on_stage is not None:
        scan.on_stage = on_stage
    return scan
