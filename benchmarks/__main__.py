"""`python -m benchmarks NAME [--quick] [--data DIR] [--size N ...]`, `--list`, `figures [--write | --check]`."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import figures, report
from benchmarks.settings import DATA, BenchmarkError, Options

NAMES = (
    "peers", "budget", "scaling", "kernels", "hard", "start", "excerpts", "ngram", "rewritten", "candidates", "pan",
    "clough", "quotes", "stories", "phrasing", "index", "stores", "reading", "feeds", "feeds_weeks", "feeds_sync",
    "direction", "verdict", "rewrites", "extremes", "fuzz", "reports", "engines", "engines_spark",
    "engines_equal",
)  # fmt: skip
"""A module each, with NEEDS (files of `--data`), SIZES and QUICK_SIZES (documents; empty: takes no `--size`),
`run(options)` and `tables(figures)`."""


def _module(name: str) -> Any:
    return import_module(f"benchmarks.{name}")


def _summary(module: Any) -> str:
    """The first paragraph of a module's docstring, in one line."""
    return " ".join((module.__doc__ or "").partition("\n\n")[0].split())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument(
        "name", nargs="?", choices=[*NAMES, "figures"], metavar="NAME", help=", ".join((*NAMES, "figures"))
    )
    parser.add_argument("--list", action="store_true", help="name the benchmarks and what they measure")
    parser.add_argument("--quick", action="store_true", help="small sizes, a minute at most; results/NAME-quick.json")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="evaluation data  [../shared/data]")
    parser.add_argument("--size", type=int, nargs="+", default=[], metavar="N", help="documents")
    parser.add_argument(
        "--repeat", type=int, default=0, metavar="N", help="how often to measure  [the benchmark's own]"
    )
    parser.add_argument("--peers-python", default=sys.executable, metavar="PATH", help="interpreter that has the peers")
    parser.add_argument("--write", action="store_true", help="figures: put the tables into the documents")
    parser.add_argument("--check", action="store_true", help="figures: exit 1 when they have other tables")
    return parser


def _options(arguments: argparse.Namespace, module: Any) -> Options:
    """The options of one benchmark, checked."""
    name, data = arguments.name, arguments.data.resolve()
    missing = [file for file in module.NEEDS if not (data / file).is_file()]
    if missing:
        raise BenchmarkError(f"{name} needs {', '.join(missing)} in {data} (--data DIR)")
    if arguments.size and not module.SIZES:
        raise BenchmarkError(f"{name} takes no --size")
    if any(size < 100 for size in arguments.size):
        raise BenchmarkError("--size: at least 100 documents")
    sizes = tuple(arguments.size) or (module.QUICK_SIZES if arguments.quick else module.SIZES)
    # absolute, but not resolved: the interpreter of a virtual environment is a link
    return Options(arguments.quick, data, sizes, arguments.repeat, str(Path(arguments.peers_python).absolute()))


def _figures(quick: bool, write: bool, check: bool) -> int:
    """The tables of the documents; returns the exit code."""
    modules = {name: _module(name) for name in NAMES}
    summaries = {name: _summary(module) for name, module in modules.items()}
    tables = {name: module.tables for name, module in modules.items()}
    headlines = {name: modules[name].headline for name in figures.HEADLINES}
    made = {
        figures.PAGE: figures.section(tables, summaries, quick), figures.README: figures.headline(headlines, quick),
    }  # fmt: skip
    return figures.main(made, write, check)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.name == "figures":
        return _figures(arguments.quick, arguments.write, arguments.check)
    module = _module(arguments.name)
    options = _options(arguments, module)
    result = module.run(options)
    console = report.console()
    for table in module.tables(result):
        table.show(console)
        console.print()
    console.print(f"written: {report.save(arguments.name, options, result)}", style="dim")
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run one benchmark; returns the exit code."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.list:
        for name in NAMES:
            print(f"{name:11} {_summary(_module(name))}")
        return 0
    if not arguments.name:
        parser.error("which benchmark? (--list names them)")
    try:
        return _run(arguments)
    except BenchmarkError as error:
        print(f"benchmarks: error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
