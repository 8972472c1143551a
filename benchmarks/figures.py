"""Figures in the documentation: `docs/figures.md` and the two tables of README.md, made from the JSON files in
`results/` and from nothing else.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.report import Table, load
from benchmarks.settings import RESULTS, ROOT, BenchmarkError, Figures

README, PAGE, PLOTS = ROOT / "README.md", ROOT / "docs" / "figures.md", ROOT / "docs" / "plots"
BEGIN, END = "<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"
Tables = Callable[[Figures], list[Table]]
HEADLINES = ("verdict", "budget")
"""Benchmarks whose `headline(figures)` goes into the README: accuracy on text that nobody tuned on, speed of a default
scan."""


def _machine(content: Mapping[str, Any]) -> str:
    machine, versions = content["machine"], content["versions"]
    cores = "1 core" if machine["cores"] == 1 else f"{machine['cores']} cores"
    libraries = ", ".join(f"{name} {versions[name]}" for name in ("numpy", "numba") if name in versions)
    return (
        f"{machine['cpu']}, {cores}, {machine['memory_gb']:g} GB, {machine['os']}, "
        f"Python {machine['python']}, {libraries}"
    )


def _measured(name: str, content: Mapping[str, Any]) -> str:
    return f"Measured by `python -m benchmarks {name}` on {content['date'][:10]}: {_machine(content)}."


def section(tables: Mapping[str, Tables], summaries: Mapping[str, str], quick: bool) -> str:
    """All tables there are results for, a heading for each benchmark; raises BenchmarkError when there are none."""
    parts = []
    for name, made in tables.items():
        if (content := load(name, quick)) is not None:
            parts += [f"## `{name}`", summaries[name], _measured(name, content)]
            parts += [table.markdown() for table in made(content["figures"])]
    if not parts:
        raise BenchmarkError("no results yet: run some benchmarks first (python -m benchmarks --list)")
    return "\n\n".join(parts).replace("](benchmarks/results/", "](plots/") + "\n"


def headline(headlines: Mapping[str, Callable[[Figures], Table]], quick: bool) -> str:
    """The tables of README.md."""
    parts = []
    for name, made in headlines.items():
        if (content := load(name, quick)) is not None:
            parts += [made(content["figures"]).markdown(), _measured(name, content)]
    return "\n\n".join(parts) + "\n"


def replaced(path: Path, section: str) -> tuple[str, str]:
    """A file as it is, and with `section` between the marks; raises BenchmarkError when the marks are not there."""
    if not path.exists():
        raise BenchmarkError(f"{path} does not exist")
    text = path.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise BenchmarkError(f"{path} has no {BEGIN} … {END}")
    return text, f"{head}{BEGIN}\n\n{section}\n{END}{tail}"


def _copy_plots(text: str) -> None:
    """Drawings that a text names, to where the documents can show them."""
    PLOTS.mkdir(exist_ok=True)
    for name in re.findall(r"\]\(plots/([^)]+)\)", text):
        shutil.copyfile(RESULTS / name, PLOTS / name)


def main(made: Mapping[Path, str], write: bool, check: bool) -> int:
    """Print, write or check what belongs into each file; returns the exit code."""
    differ = 0
    for path, text in made.items():
        if not write and not check:
            print(text)
            continue
        now, wanted = replaced(path, text)
        if write:
            path.write_text(wanted, encoding="utf-8")
            _copy_plots(text)
        elif now != wanted:
            print(f"{path} differs from results/: run python -m benchmarks figures --write")
            differ = 1
    return differ
