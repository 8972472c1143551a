"""A scan on Spark beside the same scan on disk: equal results, time by stage, bytes that are shuffled, workers killed.

`dedup scan --engine spark --master local[2]` and `--engine local` as whole processes on generated corpora
(`corpus.py`), without phrasing and evidence: the edges and clusters of both are compared row by row. What each stage
shuffles and keeps is read from Spark's own counters. Then a cluster of a master and two workers, processes on loopback:
in each stage one worker is killed with SIGKILL and a new one started. 100,000 documents and more are asked for:
`--size 100000 1000000`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.corpus import cached
from benchmarks.process import measure
from benchmarks.report import Table
from benchmarks.settings import NEWSWIRE, ROOT, Figures, Options, note

NEEDS = NEWSWIRE
SIZES = (10_000,)
QUICK_SIZES = (500,)
KILLED_DOCUMENTS = 1_000
CHANCE_DOCUMENTS, QUICK_CHANCE_DOCUMENTS, CHANCE_BLOCK = 4_000, 500, 8
MANY = 1_000_000_000
LIGHT = ("--no-phrasing", "--evidence", "none", "--exit-zero", "-q")


def _scan(file: Path, out: Path, *flags: str) -> list[str]:
    return [sys.executable, "-m", "dedup", "scan", str(file), "-o", f"{out}/", *LIGHT, *flags]


def _rows(folder: Path, name: str) -> set[str]:
    """The rows of a table, which is a file or a folder of files."""
    path = folder / name
    table = pq.read_table(path if path.is_dir() else folder / f"{name}.parquet")
    return {json.dumps(row, sort_keys=True) for row in table.to_pylist()}


def _beside(size: int, file: Path) -> Figures:
    """Both engines on one corpus."""
    note(f"{size:,} documents: on disk and on Spark")
    with tempfile.TemporaryDirectory(dir=ROOT / "benchmarks" / "data") as name:
        folder = Path(name)
        local = measure(_scan(file, folder / "local", "--engine", "local"))
        events = folder / "events"
        events.mkdir()
        spark = measure(
            _scan(
                file, folder / "spark", "--engine", "spark", "--master", "local[2]", "--work", str(folder / "work"),
                "--spark", "spark.eventLog.enabled=true", "--spark", f"spark.eventLog.dir=file://{events}",
                "--spark", "spark.eventLog.compress=false", "--spark", "spark.eventLog.rolling.enabled=false",
                "--spark", "spark.driver.memory=4g",
            )
        )  # fmt: skip
        rows = different = 0
        for table in ("edges", "clusters"):
            ours, theirs = _rows(folder / "spark", table), _rows(folder / "local", table)
            rows, different = rows + len(theirs), different + len(ours ^ theirs)
        kept = {stage: _bytes(folder / "work" / stage) for stage in _stage_names(events)}
        stages = {stage: {**each, "kept_bytes": kept.get(stage, 0)} for stage, each in _stages(events).items()}
    return {
        "documents": size, "rows": rows, "different": different, "local_seconds": local.seconds,
        "local_rss_mb": local.rss_mb, "spark_seconds": spark.seconds, "stages": stages,
    }  # fmt: skip


def _bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*.parquet")) if path.is_dir() else 0


def _events(folder: Path) -> Iterator[dict[str, Any]]:
    """Spark's own log."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.name.startswith("."):
            with file.open(encoding="utf-8") as lines:
                for line in lines:
                    if line.startswith("{"):
                        yield json.loads(line)


def _stage_names(folder: Path) -> list[str]:
    return list(_stages(folder))


def _stages(folder: Path) -> dict[str, dict[str, float]]:
    """Of each of our stages, what the tasks of its jobs took and shuffled."""
    named: dict[int, str] = {}
    found: dict[str, dict[str, float]] = {}
    for event in _events(folder):
        if event["Event"] == "SparkListenerJobStart":
            name = event.get("Properties", {}).get("spark.job.description") or "(others)"
            for stage in event["Stage IDs"]:
                named.setdefault(stage, name)
        elif event["Event"] == "SparkListenerTaskEnd" and event.get("Task Metrics"):
            metrics = event["Task Metrics"]
            entry = found.setdefault(
                named.get(event["Stage ID"], "(others)"),
                {"task_seconds": 0.0, "shuffled_bytes": 0, "spilled_bytes": 0, "largest_task_seconds": 0.0},
            )
            seconds = metrics["Executor Run Time"] / 1000
            entry["task_seconds"] += seconds
            entry["largest_task_seconds"] = max(entry["largest_task_seconds"], seconds)
            entry["shuffled_bytes"] += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
            entry["spilled_bytes"] += metrics["Disk Bytes Spilled"]
    return found


def _killed(size: int, file: Path) -> Figures:
    """A scan on two workers, of which one is killed in each stage."""
    from tests.engines.spark.cluster import Cluster

    note(f"{size:,} documents on two workers, of which one is killed in each stage")
    with tempfile.TemporaryDirectory(dir=ROOT / "benchmarks" / "data") as name:
        folder = Path(name)
        subprocess.run(_scan(file, folder / "local", "--engine", "local"), cwd=ROOT, check=True)
        with Cluster(folder, memory="3g") as cluster:
            command = _scan(
                file, folder / "spark", "--engine", "spark", "--master", cluster.master, "--spark",
                "spark.executor.memory=1g", "--spark", "spark.task.maxFailures=20", "--spark",
                "spark.stage.maxConsecutiveAttempts=20", "--spark", "spark.network.timeout=60s",
            )  # fmt: skip
            command.remove("-q")
            begin, kills = time.perf_counter(), list[str]()
            with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
                assert process.stderr is not None
                for line in process.stderr:
                    stage = line.removeprefix("dedup: ").strip()
                    if line.startswith("dedup: ") and " " not in stage:
                        kills.append(stage)
                        threading.Timer(2.0, _replace, (cluster,)).start()
                code = process.wait()
            seconds = time.perf_counter() - begin
        rows = different = 0
        for table in ("edges", "clusters"):
            ours, theirs = _rows(folder / "spark", table), _rows(folder / "local", table)
            rows, different = rows + len(theirs), different + len(ours ^ theirs)
    return {
        "documents": size, "exit_code": code, "killed_in": kills, "seconds": seconds, "rows": rows,
        "different": different,
    }  # fmt: skip


def _by_chance(size: int, file: Path) -> Figures:
    """What keys of 32 bits cost where there are a billion documents, and most keys are held by others by chance: the
    stages between sketches and candidates, in this process, with the keys of the corpus as they are, and once more with
    as few different ones as make them as crowded.
    """
    from dedup.candidates.postings import KINDS
    from dedup.columns import pack
    from dedup.config import Config
    from dedup.engines.fingerprinting import fingerprint_packed
    from dedup.engines.plan import Plan
    from dedup.engines.spark.layout import Layout
    from dedup.engines.spark.sketches import packed_keys

    with file.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    found = fingerprint_packed(pack(texts), 0, Plan.of(Config(phrasing=False)))
    layout = Layout(size, 4, CHANCE_BLOCK, size, 4096, 1, 1)
    low = np.uint64(0xFFFFFFFF)
    cases: dict[str, Figures] = {}
    for name, space in (("as they are", 1 << 32), ("as of a billion", max(int((1 << 32) * size / MANY), 1))):
        keys = tuple((each >> np.uint64(32)) % np.uint64(space) << np.uint64(32) | (each & low) for each in found.keys)
        table = pa.table(
            {"row": pa.array(np.arange(size)), "keys": pa.array(packed_keys(keys, found.held), pa.binary())}
        )
        if not cases:
            _stages_of(table.slice(0, 2 * CHANCE_BLOCK), layout)  # what is compiled, is not measured
        cases[name] = _stages_of(table, layout)
    kinds = {kind: len(each) / size for kind, each in zip(("bands", "passages", "terms"), found.keys, strict=True)}
    assert len(kinds) == len(KINDS)
    return {"documents": size, "as_of": MANY, "keys": kinds, "bytes": float(found.sizes.mean()), "cases": cases}


def _stages_of(table: pa.Table, layout: Any) -> Figures:
    """Seconds of processor, and bytes that would be shuffled, from sketches to candidates."""
    from dedup.engines.spark.postings import CountPairs, Pack, Slice

    times, sizes = [], []
    batches = table.to_batches()
    for stage, key in ((Pack(layout), "place"), (Slice(layout), "block"), (CountPairs(layout), "part")):
        begin = time.process_time()
        made = pa.Table.from_batches(list(stage(batches)))
        times.append(time.process_time() - begin)
        sizes.append(made.nbytes)
        batches = made.sort_by(key).combine_chunks().to_batches()
    return {"seconds": times, "shuffled_bytes": sizes[:2], "pairs": made.num_rows}


def _replace(cluster: Any) -> None:
    """Kill a worker, and start another one."""
    cluster.kill_worker()
    cluster.add_worker()


def run(options: Options) -> Figures:
    """All of it."""
    beside = [_beside(size, cached(size, options.data)) for size in options.sizes]
    few = QUICK_CHANCE_DOCUMENTS if options.quick else CHANCE_DOCUMENTS
    found: Figures = {"beside": beside, "by_chance": _by_chance(few, cached(few, options.data))}
    if not options.quick:  # minutes, however small the corpus is
        found["killed"] = _killed(KILLED_DOCUMENTS, cached(KILLED_DOCUMENTS, options.data))
    return found


def _sizes(figures: Figures) -> Table:
    rows = [
        (
            f"{each['documents']:,}", f"{each['rows']:,}", f"{each['different']:,}", f"{each['local_seconds']:.0f}",
            f"{each['spark_seconds']:.0f}", f"{each['spark_seconds'] / each['local_seconds']:.1f}",
        )
        for each in figures["beside"]
    ]  # fmt: skip
    columns = ("documents", "rows compared", "different", "on disk, s", "Spark local[2], s", "times")
    return Table("The same scan on disk (--engine local) and on Spark (--master local[2])", columns, rows)


def _by_stage(figures: Figures) -> Table:
    largest = figures["beside"][-1]
    documents = largest["documents"]
    rows = [
        (
            name, f"{each['task_seconds']:.1f}", f"{each['task_seconds'] / documents * 1e6:.0f}",
            f"{each['shuffled_bytes'] / documents:,.0f}", f"{each['kept_bytes'] / documents:,.0f}",
            f"{each['largest_task_seconds']:.1f}",
        )
        for name, each in largest["stages"].items()
    ]  # fmt: skip
    columns = (
        "stage", "core seconds", "µs/document", "bytes shuffled/document", "bytes kept/document", "longest task, s",
    )  # fmt: skip
    return Table(f"Where it goes, on Spark, {documents:,} documents", columns, rows)


def _chances(figures: Figures) -> Table:
    chance = figures["by_chance"]
    rows = []
    for name, each in chance["cases"].items():
        times = (f"{seconds / chance['documents'] * 1e6:.0f}" for seconds in each["seconds"])
        sizes = (f"{size / chance['documents']:,.0f}" for size in each["shuffled_bytes"])
        rows.append((f"keys {name}", *times, *sizes, f"{each['pairs']:,}"))
    columns = (
        "", "pack, µs/document", "slice, µs/document", "pair, µs/document", "postings, bytes/document",
        "slices, bytes/document", "pairs",
    )  # fmt: skip
    return Table("Keys of 32 bits that a billion documents hold by chance, in one process", columns, rows)


def _kills(figures: Figures) -> Table:
    killed = figures["killed"]
    row = (
        f"{killed['documents']:,}", str(len(killed["killed_in"])), str(killed["exit_code"]), f"{killed['rows']:,}",
        f"{killed['different']:,}", f"{killed['seconds']:.0f}",
    )  # fmt: skip
    columns = ("documents", "workers killed, one a stage", "exit code", "rows compared", "different", "seconds")
    return Table("A master and two workers on loopback", columns, [row])


def tables(figures: Figures) -> list[Table]:
    """Beside the engine on disk, by stage, by chance, and with workers that are killed."""
    kills = [_kills(figures)] if "killed" in figures else []
    return [_sizes(figures), _by_stage(figures), _chances(figures), *kills]
