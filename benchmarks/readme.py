"""The benchmark section of README.md, made from the JSON files in `results/` and from nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.report import Table, load
from benchmarks.settings import ROOT, BenchmarkError, Figures

README = ROOT / "README.md"
BEGIN, END = "<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"
Tables = Callable[[Figures], list[Table]]


def _machine(content: Mapping[str, Any]) -> str:
    machine, versions = content["machine"], content["versions"]
    libraries = ", ".join(f"{name} {versions[name]}" for name in ("numpy", "numba") if name in versions)
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']:g} GB, {machine['os']}, "
        f"Python {machine['python']}, {libraries}"
    )


def section(tables: Mapping[str, Tables], quick: bool) -> str:
    """All tables there are results for; raises BenchmarkError when there are none."""
    found = {name: content for name in tables if (content := load(name, quick)) is not None}
    if not found:
        raise BenchmarkError("no results yet: run some benchmarks first (python -m benchmarks --list)")
    measured: dict[tuple[str, str], list[str]] = {}
    for name, content in found.items():
        measured.setdefault((_machine(content), content["date"][:10]), []).append(f"`{name}`")
    lines = [f"{', '.join(names)}: {day}, {machine}." for (machine, day), names in measured.items()]
    parts = [table.markdown() for name, content in found.items() for table in tables[name](content["figures"])]
    return "\n\n".join(["\n\n".join(lines), *parts]) + "\n"


def replaced(section: str) -> tuple[str, str]:
    """README.md as it is, and with `section` between the marks; raises BenchmarkError when the marks are not there."""
    if not README.exists():
        raise BenchmarkError(f"{README} does not exist")
    text = README.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise BenchmarkError(f"{README} has no {BEGIN} … {END}")
    return text, f"{head}{BEGIN}\n\n{section}\n{END}{tail}"


def main(tables: Mapping[str, Tables], quick: bool, write: bool, check: bool) -> int:
    """Print, write or check; returns the exit code."""
    made = section(tables, quick)
    if not write and not check:
        print(made, end="")
        return 0
    now, wanted = replaced(made)
    if check:
        if now != wanted:
            print(f"{README} differs from results/: run python -m benchmarks readme --write")
        return int(now != wanted)
    README.write_text(wanted, encoding="utf-8")
    return 0
