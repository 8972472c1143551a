"""Whole processes, measured: wall time, CPU time and peak memory, and `dedup scan` as one of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from benchmarks.settings import ROOT, BenchmarkError

SHINGLES = ("--no-rewritten", "--no-phrasing")
"""Flags of a scan by shingles alone, which other tools do."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process. Seconds include its start; `rss_mb` is the largest of it and the children it waited for."""

    seconds: float
    cpu: float
    rss_mb: float


def measure(command: Sequence[str], env: Mapping[str, str] | None = None) -> Run:
    """Run `command` in the project's root; raises BenchmarkError with the end of its stderr when it fails.

    Python may keep what it compiled of the sources, as where the package is installed, whatever the environment says.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        report, log = Path(folder, "report.json"), Path(folder, "log")
        launcher = [sys.executable, "-I", "-S", str(ROOT / "benchmarks" / "launch.py"), str(report), *command]
        with log.open("wb") as out:
            subprocess.run(
                launcher, cwd=ROOT, env={**inherited, **(env or {})}, check=False, stdout=out,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        figures: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {"code": "?"}
        if figures["code"] != 0:
            lines = log.read_text(errors="replace").strip().splitlines() or ["no output"]
            raise BenchmarkError(f"exit code {figures['code']} of {' '.join(command[:4])} …: {lines[-1]}")
    return Run(figures["seconds"], figures["user"] + figures["system"], figures["rss_mb"])


def scan_command(file: Path, out: Path, *flags: str) -> list[str]:
    """`dedup scan` with its real defaults and `flags`, JSON to `out`."""
    python = [sys.executable, "-m", "dedup", "scan", str(file)]
    return [*python, "--format", "json", "-o", str(out), "--exit-zero", *flags]


def scan(file: Path, *flags: str) -> tuple[Run, dict[str, Any]]:
    """`dedup scan` on `file`: what it took, and its JSON without the documents."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "scan.json")
        run = measure(scan_command(file, out, *flags))
        result: dict[str, Any] = orjson.loads(out.read_bytes())
    del result["documents"]
    return run, result


def middle(runs: Sequence[Run], name: str = "seconds") -> float:
    """Median of one figure."""
    return float(median(getattr(run, name) for run in runs))
