"""Results: facts about the machine, JSON files, and tables for the terminal and for Markdown."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable

import dedup
from benchmarks.settings import RESULTS, BenchmarkError, Figures, Options

LIBRARIES = ("numpy", "numba", "llvmlite", "orjson", "datasketch")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text: what is printed and what goes into the documents."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    notes: tuple[str, ...] = ()

    def show(self, console: Console) -> None:
        """Print it."""
        table = RichTable(title=self.title, title_justify="left", header_style="dim", box=None, pad_edge=False)
        for number, name in enumerate(self.columns):
            table.add_column(name, justify="right" if number else "left")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)
        for line in self.notes:
            console.print(line, style="dim", markup=False)

    def markdown(self) -> str:
        """The same as a Markdown table with its title in bold above."""
        ruler = ["---", *["--:"] * (len(self.columns) - 1)]
        lines = [f"**{self.title}**", "", *("| " + " | ".join(row) + " |" for row in (self.columns, ruler, *self.rows))]
        return "\n".join([*lines, *(f"\n{line}" for line in self.notes)])


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def machine() -> dict[str, Any]:
    """The machine, as far as it changes figures."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "cpu": _cpu(),
        "cores": usable, "memory_gb": round(memory, 1), "os": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }  # fmt: skip


def versions() -> dict[str, str]:
    """dedup and the libraries it runs on."""
    found = {"dedup": dedup.__version__}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def path_of(name: str, quick: bool) -> Path:
    """File that holds the results of a benchmark."""
    return RESULTS / (f"{name}-quick.json" if quick else f"{name}.json")


def save(name: str, options: Options, figures: Figures) -> Path:
    """Write figures, machine and arguments; returns the file."""
    arguments = {"quick": options.quick, "sizes": list(options.sizes), "repeats": options.repeats}
    content = {
        "benchmark": name, "date": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(),
        "versions": versions() | figures.pop("versions", {}), "arguments": arguments, "figures": figures,
    }  # fmt: skip
    path = path_of(name, options.quick)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def load(name: str, quick: bool) -> dict[str, Any] | None:
    """The results of a benchmark, None where it has not been run."""
    path = path_of(name, quick)
    if not path.exists():
        return None
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BenchmarkError(f"{path}: {error}") from error
    return content


def console() -> Console:
    """Where tables go; wide enough for them when it is no terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 160)
