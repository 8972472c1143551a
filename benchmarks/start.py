"""Time to start: `dedup --help`, and a scan of the shipped seeds with cold and with warm compiled code.

Whole processes, in turn, with the bare interpreter and the imports of NumPy and of numba beside them. NumPy's is what
no scan can go below; numba is loaded only where something is compiled. Cold means an empty NUMBA_CACHE_DIR, as after an
installation: the kernels are compiled in that run and never again.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence

from benchmarks.process import SHINGLES, Run, measure, middle
from benchmarks.report import Table
from benchmarks.settings import ROOT, Figures, Options, note

NEEDS: tuple[str, ...] = ()
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
_SCAN = [sys.executable, "-m", "dedup", "scan", str(ROOT / "seeds"), "--exit-zero"]
WARM: dict[str, list[str]] = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
    "python -c 'import numpy, numba'": [sys.executable, "-c", "import numpy, numba"],
    "dedup --help": [sys.executable, "-m", "dedup", "--help"],
    "dedup scan seeds/, warm": _SCAN,
    "the same by shingles alone": [*_SCAN, *SHINGLES],
}


def _row(name: str, runs: Sequence[Run]) -> Figures:
    seconds = [run.seconds for run in runs]
    return {
        "name": name, "median": middle(runs), "least": min(seconds), "seconds_all": seconds,
        "cpu": middle(runs, "cpu"), "rss_mb": max(run.rss_mb for run in runs),
    }  # fmt: skip


def _warm(repeats: int, env: Mapping[str, str]) -> list[Figures]:
    """All commands in turn."""
    runs: dict[str, list[Run]] = {name: [] for name in WARM}
    for _ in range(repeats):
        for name, command in WARM.items():
            runs[name].append(measure(command, env))
    return [_row(name, found) for name, found in runs.items()]


def run(options: Options) -> Figures:
    """Cold runs first, but for quick figures; the last of their caches serves the warm ones."""
    cold = []
    with tempfile.TemporaryDirectory() as folder:
        env: dict[str, str] = {}
        for number in range(options.repeat(3, quick=0)):
            note(f"cold scan {number + 1}")
            env = {"NUMBA_CACHE_DIR": f"{folder}/{number}"}
            cold.append(measure(_SCAN, env))
        note("warm runs")
        warm = _warm(options.repeat(10, quick=3), env)
    return {"commands": [*warm, *([_row("dedup scan seeds/, cold", cold)] if cold else [])]}


def tables(figures: Figures) -> list[Table]:
    """One row a command."""
    rows = [
        (row["name"], f"{row['median']:.3f}", f"{row['least']:.3f}", f"{row['cpu']:.2f}", f"{row['rss_mb']:,.0f}")
        for row in figures["commands"]
    ]
    return [Table("Time to start", ("command", "median s", "least s", "CPU s", "peak MB"), rows)]
