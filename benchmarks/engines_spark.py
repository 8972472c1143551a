"""A scan on Spark beside the same scan on disk and in memory: equal results, processor time by stage, workers killed.

Random corpora of all kinds of copies are scanned three times, on Spark cut and shuffled as it happens, in one session;
real news with the usual settings as well, as whole processes, and generated corpora (`corpus.py`, `--size 100000
1000000` for others) by `--engine local` and `--engine spark --master local[2]` without phrasing and evidence. All rows
of documents, edges and clusters are compared. Core seconds are processor time of all processes, whatever else the
machine does. Then a cluster of a master and two workers on loopback: in each stage one worker is killed with SIGKILL
and a new one started.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks import articles, spark_rows
from benchmarks.corpus import cached
from benchmarks.process import Run, measure
from benchmarks.report import Table
from benchmarks.settings import NEWSWIRE, ROOT, Figures, Options, note
from benchmarks.spark_runs import scan_on_spark, stage_of

NEEDS = (*NEWSWIRE, articles.NEEDS[1])
SIZES = (10_000, 100_000)
QUICK_SIZES = (500,)
CORPORA, QUICK_CORPORA = 50, 2
KILLED_DOCUMENTS = 1_000
CHANCE_DOCUMENTS, QUICK_CHANCE_DOCUMENTS, CHANCE_BLOCK = 4_000, 500, 8
MANY = 1_000_000_000
LIGHT = ("--no-phrasing", "--evidence", "none")
IN_MEMORY = ("--pairwise", "--no-stories", "--fact-limit", "0")
"""What engines do: stories and facts of groups are looked for in small batches alone."""
LOCAL = ("--engine", "local")
SPARK = ("--engine", "spark", "--master", "local[2]")


def _scan(file: Path, out: str, *flags: str) -> list[str]:
    return [sys.executable, "-m", "dedup", "scan", str(file), "-o", out, "--exit-zero", *flags]


def _took(run: Run) -> Figures:
    return {"seconds": run.seconds, "cpu_seconds": run.cpu, "rss_mb": run.rss_mb}


def _beside(file: Path, documents: int, *flags: str, memory: bool = False) -> Figures:
    """Both engines on one corpus, and with `memory` a scan without any."""
    note(f"{file.stem}: on disk and on Spark")
    with tempfile.TemporaryDirectory(dir=ROOT / "benchmarks" / "data") as name:
        folder = Path(name)
        local = measure(_scan(file, f"{folder}/local.jsonl", *LOCAL, *flags))
        spark = scan_on_spark(_scan(file, f"{folder}/spark/", *SPARK, *flags), folder / "work", folder)
        rows = {"Spark": spark_rows.of_folders(folder / "spark"), "disk": spark_rows.of_lines(folder / "local.jsonl")}
        if memory:
            note(f"{file.stem}: in memory")
            whole = measure(_scan(file, f"{folder}/memory.jsonl", *IN_MEMORY, *flags))
            rows["memory"] = spark_rows.of_lines(folder / "memory.jsonl")
    different = {f"{a}, {b}": spark_rows.different(rows[a], rows[b]) for a, b in combinations(rows, 2)}
    found = {
        "corpus": file.stem, "documents": documents, "flags": list(flags), "rows": spark_rows.counts(rows["Spark"]),
        "different": different,
        "local": _took(local), "spark": {"seconds": spark.seconds, "cpu_seconds": spark.cpu}, "stages": spark.stages,
    }  # fmt: skip
    note(f"{file.stem}: different {different}; {local.cpu:.0f} and {spark.cpu:.0f} core seconds")
    return found | ({"memory": _took(whole)} if memory else {})


def _random(count: int, found: list[Figures]) -> None:
    """So many random corpora, scanned in memory, on disk and on Spark, in one session; one by one into `found`."""
    from dedup.engines.spark.session import open_session

    agreement = import_module("tests.engines.spark.agreement")  # not followed by mypy: tests have no types
    settings = import_module("tests.engines.spark.conftest").QUICK

    note(f"{count} random corpora: in memory, on disk and on Spark")
    with tempfile.TemporaryDirectory() as name:
        spark = open_session("local[2]", {**settings, "spark.local.dir": name})
        try:
            for seed in range(count):
                folder = Path(name, str(seed))
                folder.mkdir()
                compared = agreement.compare(spark, seed, folder)
                found.append(asdict(compared))
                if compared.different or seed % 10 == 9:
                    note(f"{seed + 1} corpora; in the last one {compared.different} rows different")
        finally:
            spark.stop()


def _killed(size: int, file: Path) -> Figures:
    """A scan on two workers, of which one is killed in each stage."""
    from tests.engines.spark.cluster import Cluster

    note(f"{size:,} documents on two workers, of which one is killed in each stage")
    with tempfile.TemporaryDirectory(dir=ROOT / "benchmarks" / "data") as name:
        folder = Path(name)
        subprocess.run(_scan(file, f"{folder}/local.jsonl", *LOCAL, *LIGHT, "-q"), cwd=ROOT, check=True)
        with Cluster(folder, memory="3g") as cluster:
            command = _scan(
                file, f"{folder}/spark/", *LIGHT, "--engine", "spark", "--master", cluster.master, "--spark",
                "spark.executor.memory=1g", "--spark", "spark.task.maxFailures=20", "--spark",
                "spark.stage.maxConsecutiveAttempts=20", "--spark", "spark.network.timeout=60s",
            )  # fmt: skip
            begin, kills = time.perf_counter(), list[str]()
            with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
                assert process.stderr is not None
                for line in process.stderr:
                    if stage := stage_of(line):
                        kills.append(stage)
                        threading.Timer(2.0, _replace, (cluster,)).start()
                code = process.wait()
            seconds = time.perf_counter() - begin
        rows = spark_rows.of_folders(folder / "spark")
        different = spark_rows.different(rows, spark_rows.of_lines(folder / "local.jsonl"))
    note(f"killed in {len(kills)} stages: different {different}")
    return {
        "documents": size, "exit_code": code, "killed_in": kills, "seconds": seconds,
        "rows": spark_rows.counts(rows), "different": different,
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
    """All of it, for an hour of a core. Interrupted (Ctrl-C) it keeps what was measured until then."""
    few = QUICK_CHANCE_DOCUMENTS if options.quick else CHANCE_DOCUMENTS
    found: Figures = {"beside": [], "random": [], "by_chance": _by_chance(few, cached(few, options.data))}
    try:
        for size in options.sizes:
            found["beside"].append(_beside(cached(size, options.data), size, *LIGHT))
        _random(QUICK_CORPORA if options.quick else CORPORA, found["random"])
        if not options.quick:
            file = articles.real_file(options.data)
            with file.open("rb") as lines:
                documents = sum(1 for _ in lines)
            found["beside"].append(_beside(file, documents, memory=True))
            found["killed"] = _killed(KILLED_DOCUMENTS, cached(KILLED_DOCUMENTS, options.data))
    except KeyboardInterrupt:
        note("interrupted: what was measured is kept")
    return found


def _total(counts: dict[str, int]) -> str:
    return f"{sum(counts.values()):,}"


def _equal(figures: Figures) -> Table:
    rows: list[tuple[str, ...]] = []
    if corpora := figures["random"]:
        edges, disk, spark = (
            sum(sum(each[name].values()) for each in corpora) for name in ("relations", "on_disk", "on_spark")
        )
        documents, compared = (sum(each[name] for each in corpora) for name in ("documents", "rows"))
        first = f"{len(corpora)} random corpora"
        rows.append((first, f"{documents:,}", f"{edges:,}", f"{compared:,}", "-", f"{spark:,}", f"{disk:,}"))
    pairs = ("Spark, disk", "Spark, memory", "disk, memory")
    for each in figures["beside"]:
        between = (_total(each["different"][pair]) if pair in each["different"] else "-" for pair in pairs)
        rows.append((
            each["corpus"], f"{each['documents']:,}", f"{each['rows']['edges']:,}", _total(each["rows"]), *between,
        ))  # fmt: skip
    columns = ("corpus", "documents", "edges", "rows compared", *pairs)
    return Table("Rows of documents, edges and clusters that two engines tell otherwise", columns, rows)


def _sizes(figures: Figures) -> Table:
    rows = []
    for each in figures["beside"]:
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


def _by_stage(figures: Figures) -> Table:
    largest = max((each for each in figures["beside"] if each["flags"]), key=lambda each: int(each["documents"]))
    documents = largest["documents"]
    rows = [
        (
            name, f"{each['cpu_seconds']:.1f}", f"{each['cpu_seconds'] / documents * 1e6:.0f}",
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
        f"{killed['documents']:,}", str(len(killed["killed_in"])), str(killed["exit_code"]), _total(killed["rows"]),
        _total(killed["different"]), f"{killed['seconds']:.0f}",
    )  # fmt: skip
    columns = ("documents", "workers killed, one a stage", "exit code", "rows compared", "different", "seconds")
    return Table("A master and two workers on loopback", columns, [row])


def tables(figures: Figures) -> list[Table]:
    """Equal rows, time beside the engine on disk and by stage, keys by chance, and workers that are killed."""
    kills = [_kills(figures)] if "killed" in figures else []
    beside = [_equal(figures), _sizes(figures), _by_stage(figures)] if figures["beside"] else []
    return [*beside, _chances(figures), *kills]
