"""A scan on Spark as a process: processor time of each stage, and what Spark itself counts."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks.settings import ROOT, BenchmarkError

STARTED = "(start)"
"""What comes before the first stage: Java, the session, and what workers are asked."""
LOGGED = (
    "spark.eventLog.enabled=true", "spark.eventLog.compress=false", "spark.eventLog.rolling.enabled=false",
    "spark.driver.memory=4g",
)  # fmt: skip
EACH = 0.5
"""Seconds between two looks at the processes."""
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True, slots=True)
class SparkRun:
    """One scan."""

    seconds: float
    cpu: float
    """Of all its processes."""
    stages: dict[str, dict[str, float]]
    """By stage, in order: `cpu_seconds` of all processes while it ran, and of its tasks `task_seconds` (waiting for a
    core included), `largest_task_seconds`, `shuffled_bytes`, `spilled_bytes`; and `kept_bytes`."""


def stage_of(line: str) -> str:
    """The stage that a line of the scan's stderr says begins; empty for any other line."""
    name = line.removeprefix("dedup: ").strip()
    return name if line.startswith("dedup: ") and " " not in name else ""


def scan_on_spark(command: Sequence[str], work: Path, folder: Path) -> SparkRun:
    """Run `dedup scan --engine spark`, with stages told on stderr, that keeps its stages in `work`; `folder` is free to
    use. Raises BenchmarkError where it fails.
    """
    events = folder / "events"
    events.mkdir()
    settings = [part for each in (*LOGGED, f"spark.eventLog.dir=file://{events}") for part in ("--spark", each)]
    begin = time.perf_counter()
    with subprocess.Popen(
        [*command, "--work", str(work), *settings], cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    ) as process, _Spent(process.pid) as spent:  # fmt: skip
        assert process.stderr is not None
        begins, last = _begins(process.stderr, spent.seconds)
        code = process.wait()
    seconds, cpu = time.perf_counter() - begin, spent.seconds()
    if code != 0:
        raise BenchmarkError(f"exit code {code} of {' '.join(command[:4])} …: {last}")
    ends = [at for _, at in begins[1:]] + [cpu]
    logged = _logged(events)
    stages = {}
    for (stage, start), end in zip(begins, ends, strict=True):
        kept = sum(file.stat().st_size for file in (work / stage).rglob("*.parquet"))
        stages[stage] = {"cpu_seconds": end - start, **logged.get(stage, _NOTHING), "kept_bytes": kept}
    return SparkRun(seconds, cpu, stages)


_NOTHING = {"task_seconds": 0.0, "largest_task_seconds": 0.0, "shuffled_bytes": 0, "spilled_bytes": 0}


def _begins(lines: Iterator[str], spent: Callable[[], float]) -> tuple[list[tuple[str, float]], str]:
    """Stages with the processor seconds that were spent when they began, and the last line that tells of none."""
    begins, last = [(STARTED, 0.0)], "no output"
    for line in lines:
        if stage := stage_of(line):
            begins.append((stage, spent()))
        elif line.strip():
            last = line.strip()
    return begins, last


class _Spent:
    """Processor seconds of a process and all below it, looked at again and again: the Pythons of Spark are waited for
    by nobody, and are forgotten when they end.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._ticks: dict[int, int] = {}
        self._waited: dict[int, int] = {}
        self._ends, self._lock = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ends.set()
        self._thread.join()

    def seconds(self) -> float:
        """Until now. Of what Java started and waited for, such as each chmod, it knows the sum."""
        self._look()
        return (sum(self._ticks.values()) + sum(self._waited.values())) / _TICKS

    def _watch(self) -> None:
        while not self._ends.wait(EACH):
            self._look()

    def _look(self) -> None:
        with self._lock:
            children: dict[int, list[int]] = {}
            found: dict[int, tuple[str, list[str]]] = {}
            for path in Path("/proc").iterdir():
                if path.name.isdigit():
                    try:
                        name, _, rest = (path / "stat").read_text().rpartition(")")
                    except OSError:  # it ended
                        continue
                    fields = rest.split()
                    children.setdefault(int(fields[1]), []).append(int(path.name))
                    found[int(path.name)] = name, fields
            waiting = [self._root]
            while waiting:
                number = waiting.pop()
                waiting += children.get(number, [])
                if number in found:
                    name, fields = found[number]
                    self._ticks[number] = int(fields[11]) + int(fields[12])
                    if name.endswith("(java"):
                        self._waited[number] = int(fields[13]) + int(fields[14])


def _events(folder: Path) -> Iterator[dict[str, Any]]:
    """Spark's own log."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.name.startswith("."):
            with file.open(encoding="utf-8") as lines:
                for line in lines:
                    if line.startswith("{"):
                        yield json.loads(line)


def _logged(folder: Path) -> dict[str, dict[str, float]]:
    """Of each of our stages, what the tasks of its jobs took and shuffled."""
    named: dict[int, str] = {}
    found: dict[str, dict[str, float]] = {}
    for event in _events(folder):
        if event["Event"] == "SparkListenerJobStart":
            name = event.get("Properties", {}).get("spark.job.description") or STARTED
            for stage in event["Stage IDs"]:
                named.setdefault(stage, name)
        elif event["Event"] == "SparkListenerTaskEnd" and event.get("Task Metrics"):
            metrics = event["Task Metrics"]
            entry = found.setdefault(named.get(event["Stage ID"], STARTED), dict(_NOTHING))
            seconds = metrics["Executor Run Time"] / 1000
            entry["task_seconds"] += seconds
            entry["largest_task_seconds"] = max(entry["largest_task_seconds"], seconds)
            entry["shuffled_bytes"] += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
            entry["spilled_bytes"] += metrics["Disk Bytes Spilled"]
    return found
