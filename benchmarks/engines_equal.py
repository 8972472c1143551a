"""Spark, disk and memory give the same rows: random corpora, real articles, and workers that are killed.

Random corpora of all kinds of copies are scanned three times, on Spark cut and shuffled as it happens, in one session;
real news with the usual settings as well, as whole processes. All rows of documents, edges and clusters are compared.
Then a cluster of a master and two workers on loopback: in each stage one worker is killed with SIGKILL and a new one
started, and the rows are compared with those of `--engine local`.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import articles, spark_rows
from benchmarks.corpus import cached
from benchmarks.engine_runs import LIGHT, LOCAL, beside, equal_table, scan_command, times_table, total
from benchmarks.report import Table
from benchmarks.settings import CACHE, NEWSWIRE, ROOT, Figures, Options, kept_when_interrupted, note
from benchmarks.spark_runs import stage_of

NEEDS = (*NEWSWIRE, articles.NEEDS[1])
SIZES = QUICK_SIZES = ()
CORPORA, QUICK_CORPORA = 50, 1
KILLED_DOCUMENTS = 1_000


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
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        subprocess.run(scan_command(file, f"{folder}/local.jsonl", *LOCAL, *LIGHT, "-q"), cwd=ROOT, check=True)
        with Cluster(folder, memory="3g") as cluster:
            command = scan_command(
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


def _replace(cluster: Any) -> None:
    """Kill a worker, and start another one."""
    cluster.kill_worker()
    cluster.add_worker()


def run(options: Options) -> Figures:
    """All of it, for an hour of a core. Interrupted (Ctrl-C) it keeps what was measured until then."""
    found: Figures = {"random": [], "beside": []}
    with kept_when_interrupted():
        _random(QUICK_CORPORA if options.quick else CORPORA, found["random"])
        if not options.quick:
            file = articles.real_file(options.data)
            with file.open("rb") as lines:
                documents = sum(1 for _ in lines)
            found["beside"].append(beside(file, documents, memory=True))
            found["killed"] = _killed(KILLED_DOCUMENTS, cached(KILLED_DOCUMENTS, options.data))
    return found


def _kills(figures: Figures) -> Table:
    killed = figures["killed"]
    row = (
        f"{killed['documents']:,}", str(len(killed["killed_in"])), str(killed["exit_code"]), total(killed["rows"]),
        total(killed["different"]), f"{killed['seconds']:.0f}",
    )  # fmt: skip
    columns = ("documents", "workers killed, one a stage", "exit code", "rows compared", "different", "seconds")
    return Table("A master and two workers on loopback", columns, [row])


def tables(figures: Figures) -> list[Table]:
    """Rows that differ, what the real articles cost, and workers that are killed."""
    times = [times_table(figures["beside"])] if figures["beside"] else []
    kills = [_kills(figures)] if "killed" in figures else []
    return [equal_table(figures["beside"], figures["random"]), *times, *kills]
