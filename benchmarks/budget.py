"""What a default scan may spend on each of its stages, on real articles, beside a scan by shingles alone.

Whole processes in turn on the same file: shingles alone, without phrasing, and as it comes, on all cores and on one;
and gaoya, where it is installed (see `peers`). A stage is told in times of a scan by shingles alone in the same run,
which depends little on the machine. BUDGET says what it may be, and what a stage goes over: all documents, candidates,
the pairs that were found to be copies, or what is asked for.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import articles
from benchmarks.peers import TOOLS, WARM_UP, places
from benchmarks.process import SHINGLES, Run, measure, middle, scan
from benchmarks.report import Table
from benchmarks.settings import Figures, Options, note
from benchmarks.varied import varied_file

NEEDS = articles.NEEDS
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
ONE_CORE = "default on one core"
"""Of real articles alone: generated ones would take as long as all the rest."""
RUNS = {
    "shingles alone": SHINGLES,
    "without phrasing": ("--no-phrasing",),
    "default": (),
    ONE_CORE: (),
}
REAL = ("real", "mix")
LARGE = 100_000
"""Documents of the generated corpora."""
BASE, PEER, WHOLE = "shingles alone", "gaoya", 4.0
"""What all is told by; and what the whole default scan may take of it."""
BUDGET: dict[str, tuple[str, float]] = {
    "sample": ("the first texts", 0.2), "read": ("documents", 0.5), "fingerprint": ("documents", 0.5),
    "store": ("documents", 0.1), "fold": ("documents", 0.2), "bands": ("documents", 0.1),
    "passages": ("documents", 0.1), "terms": ("documents", 0.2), "align": ("candidates", 0.5),
    "boilerplate": ("candidates", 0.2), "verify": ("candidates", 0.1), "rewriting": ("candidates", 0.5),
    "rarity": ("likely copies", 0.4),
    "marks": ("documents that may hold some", 0.1), "phrasing": ("documents", 1.0), "evidence": ("copies", 0.2),
    "wording": ("copies", 0.2), "cluster": ("copies", 0.2), "facts": ("documents of a cluster or story", 0.4),
    "neighbours": ("documents, of up to 5,000", 0.4), "stories": ("documents, of up to 5,000", 0.4),
    "start and report": ("the process, and each copy in the report", 0.8),
}  # fmt: skip


def _stages(result: Figures, seconds: float) -> dict[str, float]:
    stages = {name: entry["seconds"] for name, entry in result["stats"]["stages"].items()}
    return stages | {"start and report": seconds - result["stats"]["seconds"]}


def _corpus(path: Path, repeats: int, options: Options) -> Figures:
    """All runs on one file, in turn."""
    runs: dict[str, list[Run]] = {}
    stages: dict[str, list[dict[str, float]]] = {}
    stats: dict[str, Any] = {}
    peer = next(tool for tool in TOOLS if tool.name == PEER)
    place = places(options)[0].get(PEER)
    for number in range(repeats):
        for name, flags in RUNS.items():
            if name == ONE_CORE and (path.stem not in REAL or not hasattr(os, "sched_setaffinity")):
                continue
            note(f"{path.name}: {name}, run {number + 1} of {repeats}")
            with pinned() if name == ONE_CORE else nullcontext():
                run, result = scan(path, *flags)
            runs.setdefault(name, []).append(run)
            stages.setdefault(name, []).append(_stages(result, run.seconds))
            stats[name] = {key: result["stats"][key] for key in ("documents", "text_bytes", "candidates", "edges")}
        if place:
            with tempfile.TemporaryDirectory() as folder:
                runs.setdefault(PEER, []).append(measure(peer.command(place.python, path, Path(folder, "out.json"))))
    rows = [
        {
            "name": name, "seconds": middle(done), "cpu": middle(done, "cpu"),
            "rss_mb": max(run.rss_mb for run in done), "stats": stats.get(name, {}),
            "stages": _least(stages[name]) if name in stages else {},
        }
        for name, done in runs.items()
    ]  # fmt: skip
    return {"file": path.stem, "bytes": path.stat().st_size, "runs": rows}


@contextmanager
def pinned() -> Iterator[None]:
    """What is started meanwhile runs on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _least(found: list[dict[str, float]]) -> dict[str, float]:
    """The least of each stage: what else goes on at a time only ever adds."""
    return {name: min(stages[name] for stages in found) for name in found[0]}


def run(options: Options) -> Figures:
    """Real articles, the mix, varied and walked texts; with --quick some real articles alone."""
    data = options.data
    scan(articles.cached("walked-5000", lambda: articles.walked(WARM_UP, data)))
    if options.quick:
        files = [articles.cached("real-3000", lambda: islice(articles.real(data), 3000))]
    else:
        files = [articles.cached("real", lambda: articles.real(data))]
        files.append(articles.cached("mix", lambda: articles.mix(data)))
        files += [varied_file(LARGE, data), articles.walked_file(LARGE, data)]
    corpora = [_corpus(file, options.repeat(3), options) for file in files]
    for name in over(corpora[0]):
        note(f"over its budget: {name}")
    return {"corpora": corpora}


def over(corpus: Figures) -> list[str]:
    """Stages of the default scan that take more than their budget, and the whole, if it does."""
    runs = {row["name"]: row for row in corpus["runs"]}
    base, default = runs[BASE]["seconds"], runs["default"]
    found = [name for name, seconds in default["stages"].items() if seconds > BUDGET.get(name, ("", 0))[1] * base]
    return [*found, *(["the whole"] if default["seconds"] > WHOLE * base else [])]


def tables(figures: Figures) -> list[Table]:
    """Whole scans of all corpora, and the stages of the first."""
    whole = []
    for corpus in figures["corpora"]:
        base = next(row for row in corpus["runs"] if row["name"] == BASE)
        documents = f"{corpus['file']}: {base['stats']['documents']:,}, {corpus['bytes'] / 1e6:,.0f} MB"
        whole += [
            (
                documents, row["name"], f"{row['seconds']:.1f}", f"{row['cpu']:.1f}", f"{row['rss_mb']:,.0f}",
                f"{row['seconds'] / base['seconds']:.1f}",
            )
            for row in corpus["runs"]
        ]  # fmt: skip
    first = figures["corpora"][0]
    runs = {row["name"]: row for row in first["runs"]}
    base, stages, late = runs[BASE]["seconds"], runs["default"]["stages"], over(first)
    rows = [
        (
            name, BUDGET.get(name, ("?", 0))[0], f"{seconds:.2f}", f"{seconds / base:.2f}",
            f"{BUDGET.get(name, ('', 0))[1]:.1f}{' (over)' if name in late else ''}",
        )
        for name, seconds in stages.items()
    ]  # fmt: skip
    columns = ("corpus: documents", "scan", "seconds", "CPU s", "peak MB", "times shingles alone")
    heads = ("stage", "goes over", "seconds", "times shingles alone", "budget")
    title = f"Stages of a default scan of {first['file']} articles"
    return [Table("A default scan beside one by shingles alone", columns, whole), Table(title, heads, rows)]


def headline(figures: Figures) -> Table:
    """What is typed, on real articles, for the README."""
    first = figures["corpora"][0]
    count, size = first["runs"][0]["stats"]["documents"], first["bytes"] / 1e6
    rows = [
        (row["name"], f"{row['seconds']:.1f}", f"{row['rss_mb']:,.0f}", f"{count / row['seconds']:,.0f}")
        for row in first["runs"]
    ]  # fmt: skip
    title = f"Whole runs of `dedup scan` on {count:,} real articles, {size:,.0f} MB"
    return Table(title, ("scan", "seconds", "peak MB", "articles/s"), rows)
