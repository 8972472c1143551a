"""Time, memory and where they go in `dedup scan`, from ten thousand documents on.

Whole processes with the defaults, and by shingles alone, on generated corpora that differ in size alone (see
`corpus.py`, whose sentences recur, `articles.walked`, whose phrases do, and `varied.py`, whose wording recurs as in
news): if work grew faster than the number of documents, microseconds a document would rise. A million, of the first and
the last, are asked for: `--size 1000000`. Sizes
up to 100,000 are the median of three runs; before the first, one run on a small file warms the compiled code. Stages
are the scan's own account (`stats.stages`); `start and report` is the rest of the process: imports, and writing the
JSON.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import articles
from benchmarks.corpus import cached
from benchmarks.process import SHINGLES, middle, scan
from benchmarks.report import Table
from benchmarks.settings import NEWSWIRE, Figures, Options, note
from benchmarks.varied import varied_file

NEEDS = (*NEWSWIRE, articles.NEEDS[1])
SIZES = (10_000, 100_000)
QUICK_SIZES = (500, 1_000)
WARM_UP = 5_000
"""Documents of the unmeasured first run: enough that each kernel is called, and so compiled."""
ONCE = 1_000_000
"""Documents from which one run is enough."""
REST = "start and report"


def _shares(stats: dict[str, Any], seconds: float) -> dict[str, float]:
    """Share of the whole process of each stage and of what is none."""
    shares = {name: entry["seconds"] / seconds for name, entry in stats["stages"].items()}
    return shares | {REST: 1 - stats["seconds"] / seconds}


def _measure(file: Path, documents: int, repeats: int) -> Figures:
    done, shingles = [], []
    for number in range(repeats):
        note(f"{file.stem}, run {number + 1} of {repeats}")
        done.append(scan(file))
        shingles.append(scan(file, *SHINGLES)[0])
    runs = [run for run, _ in done]
    seconds = middle(runs)
    closest, result = min(done, key=lambda pair: abs(pair[0].seconds - seconds))
    return {
        "corpus": file.stem.split("-")[0], "shingles_seconds": middle(shingles),
        "shingles_rss_mb": max(run.rss_mb for run in shingles), "documents": documents,
        "bytes": file.stat().st_size, "seconds": seconds,
        "seconds_all": [run.seconds for run in runs], "cpu": middle(runs, "cpu"),
        "rss_mb": max(run.rss_mb for run in runs), "per_second": documents / seconds,
        "microseconds_each": seconds / documents * 1e6, "clusters": result["stats"]["clusters"],
        "edges": result["stats"]["edges"], "spilled_mb": result["stats"]["spilled_bytes"] / 1e6,
        "shares": _shares(result["stats"], closest.seconds),
    }  # fmt: skip


def run(options: Options) -> Figures:
    """All sizes."""
    scan(cached(min(WARM_UP, *options.sizes), options.data))
    sizes = []
    for size in options.sizes:
        repeats = options.repeat(1 if size >= ONCE else 3)
        sizes.append(_measure(cached(size, options.data), size, repeats))
        sizes.append(_measure(varied_file(size, options.data), size, repeats))
        if size < ONCE:
            sizes.append(_measure(articles.walked_file(size, options.data), size, repeats))
    return {"sizes": sizes}


_CORPORA = {"corpus": "sentences", "varied": "varied", "walked": "walked"}


def tables(figures: Figures) -> list[Table]:
    """What each size took, and the stages."""
    sizes = figures["sizes"]
    whole = [
        (
            f"{_CORPORA[size['corpus']]} {size['documents']:,}", f"{size['bytes'] / 1e6:,.0f}",
            f"{size['seconds']:.2f}",
            f"{size['per_second']:,.0f}", f"{size['microseconds_each']:.1f}", f"{size['cpu']:.1f}",
            f"{size['rss_mb']:,.0f}", f"{size['spilled_mb']:,.0f}", f"{size['shingles_seconds']:.2f}",
            f"{size['seconds'] / size['shingles_seconds']:.1f}", f"{size['shingles_rss_mb']:,.0f}",
        )
        for size in sizes
    ]  # fmt: skip
    columns = (
        "documents",
        "MB",
        "seconds",
        "documents/s",
        "µs/document",
        "CPU s",
        "peak MB",
        "MB on disk",
        "shingles alone, s",
        "ratio",
        "their peak MB",
    )
    stages = list(dict.fromkeys(name for size in sizes for name in size["shares"]))
    heads = ("stage", *(f"{_CORPORA[size['corpus']]} {size['documents']:,}" for size in sizes))
    shares = [(name, *(f"{size['shares'].get(name, 0):.1%}" for size in sizes)) for name in stages]
    return [Table("dedup scan by size", columns, whole), Table("Share of the time by stage", heads, shares)]
