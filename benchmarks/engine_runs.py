"""The same corpus scanned on Spark, on disk and in memory, each as a whole process, and how the results compare."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from benchmarks import spark_rows
from benchmarks.process import Run, measure
from benchmarks.report import Table
from benchmarks.settings import CACHE, Figures, note
from benchmarks.spark_runs import scan_on_spark

LIGHT = ("--no-phrasing", "--evidence", "none")
IN_MEMORY = ("--pairwise", "--no-stories", "--fact-limit", "0")
"""What engines do: stories and facts of groups are looked for in small batches alone."""
LOCAL = ("--engine", "local")
SPARK = ("--engine", "spark", "--master", "local[2]")
PAIRS = ("Spark, disk", "Spark, memory", "disk, memory")
"""Results that are compared."""


def scan_command(file: Path, out: str, *flags: str) -> list[str]:
    """One scan of a file."""
    return [sys.executable, "-m", "dedup", "scan", str(file), "-o", out, "--exit-zero", *flags]


def _took(run: Run) -> Figures:
    return {"seconds": run.seconds, "cpu_seconds": run.cpu, "rss_mb": run.rss_mb}


def beside(file: Path, documents: int, *flags: str, memory: bool = False) -> Figures:
    """Both engines on one corpus, and with `memory` a scan without any."""
    note(f"{file.stem}: on disk and on Spark")
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        local = measure(scan_command(file, f"{folder}/local.jsonl", *LOCAL, *flags))
        spark = scan_on_spark(scan_command(file, f"{folder}/spark/", *SPARK, *flags), folder / "work", folder)
        rows = {"Spark": spark_rows.of_folders(folder / "spark"), "disk": spark_rows.of_lines(folder / "local.jsonl")}
        if memory:
            note(f"{file.stem}: in memory")
            whole = measure(scan_command(file, f"{folder}/memory.jsonl", *IN_MEMORY, *flags))
            rows["memory"] = spark_rows.of_lines(folder / "memory.jsonl")
    different = {f"{a}, {b}": spark_rows.different(rows[a], rows[b]) for a, b in combinations(rows, 2)}
    found = {
        "corpus": file.stem, "documents": documents, "flags": list(flags), "rows": spark_rows.counts(rows["Spark"]),
        "different": different,
        "local": _took(local), "spark": {"seconds": spark.seconds, "cpu_seconds": spark.cpu}, "stages": spark.stages,
    }  # fmt: skip
    note(f"{file.stem}: different {different}; {local.cpu:.0f} and {spark.cpu:.0f} core seconds")
    return found | ({"memory": _took(whole)} if memory else {})


def total(counts: dict[str, int]) -> str:
    """Rows of all tables."""
    return f"{sum(counts.values()):,}"


def equal_table(compared: Sequence[Figures], random: Sequence[Figures] = ()) -> Table:
    """Rows that differ, of corpora that `beside` scanned, and of `random` ones together."""
    rows: list[tuple[str, ...]] = []
    if random:
        edges, disk, spark = (
            sum(sum(each[name].values()) for each in random) for name in ("relations", "on_disk", "on_spark")
        )
        documents, counted = (sum(each[name] for each in random) for name in ("documents", "rows"))
        first = f"{len(random)} random corpora"
        rows.append((first, f"{documents:,}", f"{edges:,}", f"{counted:,}", "-", f"{spark:,}", f"{disk:,}"))
    for each in compared:
        between = (total(each["different"][pair]) if pair in each["different"] else "-" for pair in PAIRS)
        rows.append((
            each["corpus"], f"{each['documents']:,}", f"{each['rows']['edges']:,}", total(each["rows"]), *between,
        ))  # fmt: skip
    columns = ("corpus", "documents", "edges", "rows compared", *PAIRS)
    return Table("Rows of documents, edges and clusters that two engines tell otherwise", columns, rows)


def times_table(compared: Sequence[Figures]) -> Table:
    """Processor time and time by the clock, of corpora that `beside` scanned."""
    rows = []
    for each in compared:
        local, spark = each["local"], each["spark"]
        rows.append((
            each["corpus"], f"{local['cpu_seconds']:.0f}", f"{spark['cpu_seconds']:.0f}",
            f"{spark['cpu_seconds'] / local['cpu_seconds']:.1f}", f"{local['seconds']:.0f}", f"{spark['seconds']:.0f}",
            f"{spark['seconds'] / local['seconds']:.1f}",
        ))  # fmt: skip
    columns = (
        "corpus", "on disk, core s", "Spark, core s", "times", "on disk, s", "Spark local[2], s", "times, by the clock",
    )  # fmt: skip
    return Table("The same scan on disk (--engine local) and on Spark (--master local[2])", columns, rows)
