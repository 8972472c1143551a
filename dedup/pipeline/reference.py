"""References of clean text: made from documents of which each is told once, looked at, and put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dedup.config import Config, OutputConfig
from dedup.errors import InputError
from dedup.model import Batch, Reject, ScanResult
from dedup.pipeline.scan import InputFacts, run
from dedup.pipeline.score import Reviewer, open_reference
from dedup.runtime.atomic import OutputSet, atomic

if TYPE_CHECKING:
    from dedup.phrasing.reference.model import Header, Reference

REVIEWED_BYTES = 4 << 20
"""Text that is looked at for mangled phrasing in one go."""


@dataclass(frozen=True, slots=True)
class ReferenceSummary:
    """A reference as people are told of it."""

    header: Header
    file: str | None
    """None for the one in the package."""
    size: int | None
    """Bytes on disk, where it is a file."""


@dataclass(frozen=True, slots=True)
class Built:
    """What became of the documents that a reference was to be made of."""

    shown: ReferenceSummary
    read: int
    folded: int
    """Left out because they say what another one says."""
    mangled: int | None
    """Left out because of their phrasing; None where nobody asked."""
    rejects: tuple[Reject, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """How a reference is to be made."""

    path: Path
    sources: tuple[str, ...] = ()
    """What it is made of, in words."""
    note: str = ""
    skip: Reviewer | None = None
    """What finds the documents to leave out; None for none."""
    outputs: OutputSet | None = None
    """What the file appears together with; None: it appears at once."""


def build(
    batches: Iterable[Batch],
    config: Config,
    plan: BuildPlan,
    inputs: InputFacts,
) -> Built:
    """Count the n-grams of the batches of a reader, of near-duplicates one alone, and write them.

    Raises InputError when no document is left, or too little text to judge by, OutputError when the file cannot be
    written.
    """
    from dedup.phrasing.reference import counting
    from dedup.phrasing.reference.about import About
    from dedup.phrasing.scoring import checking

    folding = {"match": {"rewritten": False}, "find": {"stories": False, "phrasing": False}}
    config = replace(config.update(folding), output=OutputConfig())  # what a user drops of a scan is another question
    result = run(batches, config, inputs)
    rows, texts = np.flatnonzero(result.kept_rows), result.corpus.texts
    folded, mangled = len(result.kept_rows) - len(rows), None
    with ThreadPoolExecutor(config.run.thread_count, "dedup") as pool:
        if plan.skip:
            clean = _clean(rows, result, plan.skip, pool)
            rows, mangled = clean, len(rows) - len(clean)
        if not len(rows):
            raise InputError(_nothing_left(result, mangled))
        words = int(result.corpus.words[rows].sum())
        if words < counting.LEAST_REFERENCE:
            raise InputError(
                f"{words:,} words are too few for a reference: judged by fewer than {counting.LEAST_REFERENCE:,}, "
                "clean texts are called mangled; give more texts, or use the reference in the package"
            )
        with plan.outputs.open(plan.path) if plan.outputs else atomic(plan.path) as out:
            about = About(plan.sources, plan.note, _today())
            header = checking.build(texts.read, rows, texts.sizes, out, pool, about=about)
            size = out.seek(0, 2)
    return Built(
        ReferenceSummary(header, str(plan.path), size),
        len(result.kept_rows),
        folded,
        mangled,
        result.rejects,
        result.notes,
    )


def merge(paths: Sequence[Path], path: Path) -> ReferenceSummary:
    """Put the counts of several references together. Raises ReferenceFileError, OutputError."""
    from dedup.phrasing.reference import merging

    parts: list[Reference] = [open_reference(part) for part in paths]
    with atomic(path) as out:
        header = merging.merge(parts, out)
    return _shown(header, path)


def show(path: Path | None) -> ReferenceSummary:
    """What a reference is made of; without a path, the one in the package. Raises ReferenceFileError."""
    return _shown(open_reference(path).header, path)


def _shown(header: Header, path: Path | None) -> ReferenceSummary:
    size = path.stat().st_size if path and path.is_file() else None
    return ReferenceSummary(header, None if path is None else str(path), size)


def _clean(rows: NDArray[np.int64], result: ScanResult, reviewer: Reviewer, pool: Executor) -> NDArray[np.int64]:
    """The rows that are not mangled. What cannot be judged stays: it is too short to do harm, or in a language that
    the reviewer does not know.
    """
    texts = result.corpus.texts
    ends = np.cumsum(texts.sizes[rows])
    cuts = np.flatnonzero(np.diff(ends // REVIEWED_BYTES)) + 1
    kept = np.ones(len(rows), bool)
    for places in np.split(np.arange(len(rows)), cuts):
        verdicts = reviewer.scorer.score([texts.read(row) for row in rows[places].tolist()], pool)
        kept[places] = [not verdict.mangled for verdict in verdicts]
    return rows[kept]


def _nothing_left(result: ScanResult, mangled: int | None) -> str:
    if mangled:
        return f"nothing to count: all of the {mangled:,} documents are mangled"
    if not result.rejects:
        return "nothing to count: no documents"
    first = result.rejects[0]
    return f"nothing to count: no document could be read (rejected {first.source}: {first.reason})"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
