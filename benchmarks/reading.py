"""Reading JSON beside what follows: from how many cores on one process that reads is not enough.

CPU seconds, each in a process of its own on one file: to read all records and pack their texts, as the process does
that reads ahead; the same for the two halves of the file, to see what cutting it in two costs; and to fingerprint what
was read, by shingles alone and with the keys of a default scan. Reading keeps up with c cores as long as the
fingerprints take c - 1 times as long.
"""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import articles
from benchmarks.report import Table
from benchmarks.settings import Figures, Options
from dedup.columns import pack
from dedup.config import Config
from dedup.fingerprint import rare_terms
from dedup.model import Packed
from dedup.pipeline import pairwise
from dedup.read import Reader

NEEDS = articles.NEEDS[:2]
SIZES = (40_000,)
QUICK_SIZES = (500,)
SHINGLES = {"match": {"rewritten": False}}


def _file(size: int, data: Path, *, quick: bool) -> Path:
    return (
        articles.cached("real-3000", lambda: islice(articles.real(data), 3000))
        if quick
        else articles.walked_file(size, data)
    )


def _packed(file: Path) -> list[Packed]:
    return [pack(batch.texts) for batch in Reader([str(file)], Config().read).batches()]


def _read(file: Path) -> float:
    """CPU seconds to read a file and pack its texts."""
    begin = time.process_time()
    _packed(file)
    return time.process_time() - begin


def _fingerprint(file: Path) -> tuple[float, float]:
    """CPU seconds to fingerprint the texts of a file, by shingles alone and with all keys."""
    batches, took = _packed(file), []
    classes = rare_terms.word_classes(batches[:1])
    for config in (Config().update(SHINGLES), Config()):
        maker = pairwise.sketcher(config)
        if config.match.rewritten:
            maker = replace(maker, classes=classes)
        maker.sketch(batches[0], 0)  # compiles
        begin = time.process_time()
        for batch in batches:
            maker.sketch(batch, 0)
        took.append(time.process_time() - begin)
    return took[0], took[1]


def _halves(file: Path, folder: Path) -> list[Path]:
    """The file cut in two between lines."""
    data = file.read_bytes()
    cut = data.index(b"\n", len(data) // 2) + 1
    halves = [folder / "one.jsonl", folder / "two.jsonl"]
    halves[0].write_bytes(data[:cut])
    halves[1].write_bytes(data[cut:])
    return halves


def run(options: Options) -> Figures:
    """All on one file of walked texts; with `--quick` of real ones, for a walk takes long to begin."""
    (size, *_) = options.sizes
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as aside, TemporaryDirectory() as folder:
        file = aside.submit(_file, size, options.data, quick=options.quick).result()
        repeats = options.repeat(3)
        whole = min(aside.submit(_read, file).result() for _ in range(repeats))
        halves = _halves(file, Path(folder))
        parts = [min(aside.submit(_read, half).result() for _ in range(repeats)) for half in halves]
        shingles, everything = aside.submit(_fingerprint, file).result()
    return {
        "documents": size, "bytes": file.stat().st_size, "read": whole, "halves": parts, "shingles": shingles,
        "everything": everything,
    }  # fmt: skip


def tables(figures: Figures) -> list[Table]:
    """CPU seconds, and the cores that one reading process keeps busy."""
    read = figures["read"]
    rows = [
        ("read JSON and pack the texts", f"{read:.2f}", f"{figures['bytes'] / read / 1e6:,.0f}", ""),
        ("the same, two halves together", f"{sum(figures['halves']):.2f}", "", ""),
    ]
    for name, key in (("fingerprint, shingles alone", "shingles"), ("fingerprint, all keys", "everything")):
        rows.append((name, f"{figures[key]:.2f}", f"{figures['bytes'] / figures[key] / 1e6:,.0f}",
                     f"{1 + figures[key] / read:.1f}"))  # fmt: skip
    columns = ("what", "CPU s", "MB/s", "cores up to which one process reads enough")
    return [Table(f"Reading {figures['documents']:,} records, {figures['bytes'] / 1e6:,.0f} MB", columns, rows)]
