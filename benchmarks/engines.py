"""A scan on disk beside the same scan in memory: equal results, cost a document by size, and runs that are killed.

`dedup scan --engine local` and `dedup scan --pairwise` as whole processes. Equality is of all rows (documents, edges,
clusters) on real news and on generated corpora (`corpus.py`, whose sentences recur, and `varied.py`, whose wording
recurs as in news). By size: shingles and rewritten search without phrasing, on varied texts, and how many of the copies
in them are in the cluster of their source. A million and more are asked for: `--size 100000 1000000`. Killed: a run is
killed with SIGKILL at a random moment, gone on with, and killed again, until it was killed so often; then it ends.
"""

from __future__ import annotations

import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks import articles
from benchmarks.corpus import cached
from benchmarks.engine_runs import IN_MEMORY, LOCAL, scan_command
from benchmarks.process import Run, measure
from benchmarks.report import Table
from benchmarks.settings import CACHE, NEWSWIRE, ROOT, BenchmarkError, Figures, Options, kept_when_interrupted, note
from benchmarks.varied import source_of, varied_file

NEEDS = (*NEWSWIRE, articles.NEEDS[1])
SIZES = (10_000, 100_000)
QUICK_SIZES = (500,)
KILLED, QUICK_KILLED = 20, 2
KILLED_DOCUMENTS, QUICK_KILLED_DOCUMENTS = 10_000, 500
SEED = 5
BESIDE_MOST = 200_000
"""Documents up to which a scan in memory is measured beside."""
TYPES = (b'{"type":"document"', b'{"type":"edge"', b'{"type":"cluster"')
LIGHT = ("--no-phrasing",)


def _command(file: Path, out: Path, *flags: str) -> list[str]:
    return scan_command(file, str(out), "-q", *flags)


def _local(file: Path, out: Path, *flags: str) -> list[str]:
    return _command(file, out, *LOCAL, *flags)


def _rows(file: Path) -> Iterator[bytes]:
    """The lines of a result that have to be the same."""
    with file.open("rb") as lines:
        yield from (line for line in lines if line.startswith(TYPES))


def _stats(file: Path) -> Figures:
    with file.open("rb") as lines:
        for line in lines:
            if line.startswith(b'{"type":"stats"'):
                return dict(orjson.loads(line))
    raise BenchmarkError(f"{file} has no figures")


def _equal(one: Path, two: Path) -> tuple[int, int]:
    """Rows of the first, and how many of either are not in the other at the same place."""
    count = other = 0
    left, right = _rows(one), _rows(two)
    for count, line in enumerate(left, 1):  # noqa: B007 - the last number is used
        other += line != next(right, None)
    return count, other + sum(1 for _ in right)


def _run(run: Run, stats: Figures, documents: int) -> Figures:
    return {
        "seconds": run.seconds, "cpu_seconds": run.cpu, "rss_mb": run.rss_mb,
        "microseconds_each": run.seconds / documents * 1e6,
        "edges": stats["edges"], "clusters": stats["clusters"], "candidates": stats.get("candidates", 0),
        "disk_mb": stats.get("disk_bytes", 0) / 1e6,
        "stages": {name: entry["seconds"] for name, entry in stats["stages"].items()},
    }  # fmt: skip


def _beside(file: Path, *flags: str) -> Figures:
    """Both scans of a file."""
    note(f"{file.stem}: in memory and on disk")
    with tempfile.TemporaryDirectory() as folder:
        memory, local = Path(folder, "memory.jsonl"), Path(folder, "local.jsonl")
        runs = measure(_command(file, memory, *IN_MEMORY, *flags)), measure(_local(file, local, *flags))
        of_memory, of_local = _stats(memory), _stats(local)
        rows, other = _equal(memory, local)
    documents = int(of_local["documents"])
    note(f"{rows:,} rows, {other:,} different; {runs[0].seconds:.1f} s in memory, {runs[1].seconds:.1f} s on disk")
    return {
        "corpus": file.stem, "documents": documents, "rows": rows, "different": other,
        "memory": _run(runs[0], of_memory, documents), "local": _run(runs[1], of_local, documents),
    }  # fmt: skip


def _alone(file: Path) -> Figures:
    """A scan on disk, where none in memory is asked for."""
    note(f"{file.stem}: on disk")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        out = Path(folder, "local.jsonl")
        run = measure(_local(file, out, "--evidence", "none", *LIGHT))
        stats = _stats(out)
        documents = int(stats["documents"])
        planted, found = _planted(out, documents)
    note(f"{run.seconds:.1f} s, {run.rss_mb:,.0f} MB, {stats['disk_bytes'] / 1e6:,.0f} MB on disk")
    local = _run(run, stats, documents)
    return {"corpus": file.stem, "documents": documents, "planted": planted, "found": found, "local": local}


def _planted(out: Path, documents: int) -> tuple[int, int]:
    """How many of the varied texts are copies, and how many of those are in one cluster with their source."""
    cluster = np.full(documents, -1, np.int64)
    with out.open("rb") as lines:
        for number, line in enumerate(line for line in lines if line.startswith(TYPES[2])):
            cluster[[int(name[4:]) for name in orjson.loads(line)["members"]]] = number  # "doc-7"
    sources = np.array([source_of(number) for number in range(documents)], np.int64)
    copies = np.flatnonzero(sources >= 0)
    together = (cluster[copies] >= 0) & (cluster[copies] == cluster[sources[copies]])
    return len(copies), int(together.sum())


def _killed(file: Path, often: int) -> Figures:
    """A scan that is killed so often."""
    rng = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        whole, out = Path(folder, "whole.jsonl"), Path(folder, "out.jsonl")
        begin = time.perf_counter()
        subprocess.run(_local(file, whole), cwd=ROOT, check=True)
        usual = time.perf_counter() - begin
        kills, ended, total = 0, 0, 0.0
        while kills < often:
            begin = time.perf_counter()
            with subprocess.Popen(_local(file, out), cwd=ROOT) as process:
                try:
                    process.wait(rng.uniform(0.1, 0.6) * usual)
                    ended += 1  # it was done before: begin anew, and be sooner
                    out.unlink()
                    usual = min(usual, time.perf_counter() - begin)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
            total += time.perf_counter() - begin
            if kills == often:
                subprocess.run(_local(file, out), cwd=ROOT, check=True)
        rows, other = _equal(whole, out)
    note(f"killed {kills} times; {ended} runs ended; {other} rows different")
    return {
        "corpus": file.stem, "killed": kills, "ended": ended + 1, "rows": rows, "different": other,
        "usual_seconds": usual, "seconds": total,
    }  # fmt: skip


def run(options: Options) -> Figures:
    """All of it. Interrupted (Ctrl-C) it keeps the sizes that were measured until then."""
    equal, sizes = list[Figures](), list[Figures]()
    documents = QUICK_KILLED_DOCUMENTS if options.quick else KILLED_DOCUMENTS
    killed = _killed(cached(documents, options.data), QUICK_KILLED if options.quick else KILLED)
    if not options.quick:
        equal.append(_beside(articles.real_file(options.data)))
    with kept_when_interrupted():
        for size in options.sizes:
            file = varied_file(size, options.data)
            if size <= BESIDE_MOST:
                equal += [_beside(each, *LIGHT) for each in (cached(size, options.data), file)]
            sizes.append(_alone(file))
    return {"equal": equal, "sizes": sizes, "killed": killed}


def _equality(figures: Figures) -> Table:
    columns = (
        "corpus", "documents", "rows compared", "different", "in memory, s", "its peak MB", "on disk, s",
        "its peak MB", "MB on disk",
    )  # fmt: skip
    rows = [
        (
            each["corpus"], f"{each['documents']:,}", f"{each['rows']:,}", f"{each['different']:,}",
            f"{each['memory']['seconds']:.1f}", f"{each['memory']['rss_mb']:,.0f}", f"{each['local']['seconds']:.1f}",
            f"{each['local']['rss_mb']:,.0f}", f"{each['local']['disk_mb']:,.0f}",
        )
        for each in figures["equal"]
    ]  # fmt: skip
    return Table("The same scan in memory (--pairwise) and on disk (--engine local)", columns, rows)


def _by_size(figures: Figures) -> Table:
    stages = list(dict.fromkeys(name for each in figures["sizes"] for name in each["local"]["stages"]))
    rows: list[tuple[Any, ...]] = []
    for each in figures["sizes"]:
        local, documents = each["local"], each["documents"]
        rows.append((
            f"{documents:,}", f"{local['seconds']:,.0f}", f"{local['microseconds_each']:.0f}",
            f"{local['cpu_seconds'] / documents * 1e6:.0f}", f"{local['rss_mb']:,.0f}", f"{local['disk_mb']:,.0f}",
            f"{local['candidates']:,}", f"{local['edges']:,}", f"{each['found'] / each['planted']:.2%}",
            *(f"{local['stages'].get(name, 0) / documents * 1e6:.1f}" for name in stages),
        ))  # fmt: skip
    columns = (
        "documents", "seconds", "µs/document", "CPU µs/document", "peak MB", "MB on disk", "candidates", "edges",
        "copies with their source", *stages,
    )  # fmt: skip
    return Table("On disk by size, without phrasing and evidence; stages in µs a document", columns, rows)


def _kills(figures: Figures) -> Table:
    killed = figures["killed"]
    row = (
        killed["corpus"], str(killed["killed"]), str(killed["ended"]),
        f"{killed['rows']:,}", f"{killed['different']:,}",
        f"{killed['usual_seconds']:.1f}", f"{killed['seconds']:.1f}",
    )  # fmt: skip
    columns = (
        "corpus", "killed with -9", "runs that ended", "rows compared", "different", "a run that is not killed, s",
        "until the last kill, s",
    )  # fmt: skip
    return Table("Killed at random moments and gone on with", columns, [row])


def tables(figures: Figures) -> list[Table]:
    """Equality, sizes, kills."""
    return [_equality(figures), _by_size(figures), _kills(figures)]
