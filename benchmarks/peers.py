"""Speed, memory, recall and precision beside gaoya, rensa, datasketch and text-dedup, from a JSONL file to clusters.

Corpora: generated ones with planted copies (`corpus.py`), real articles, and texts of a Markov walk over them
(`articles.py`). Each tool is a whole process on the same file, start and parsing included: word 5-grams, 128
permutations, threshold 0.7, lower-cased. Runs alternate between the tools; before the first, each runs once,
unmeasured, on a small file, so that compiled code and file caches are warm for all. Each peer is used the way its own
documentation does, with the faster of its choices (see `peer_*.py`). What dedup does like them is its last row; its
defaults do more: excerpts, rewritten copies, direction, evidence of every pair, phrasing.

Truth is known where the copies were planted: the exact Jaccard of each pair, counted by `judge.py`. `recall_70` and
`recall_80` are the shares of planted pairs of at least that Jaccard that a tool reports, `precision_70` the share of
the pairs it reports whose true Jaccard is at least 0.7. dedup calls a short text within a longer one an excerpt, which
no Jaccard of 0.7 can confirm; `copies_precision_70` counts its exact and near-duplicate edges alone. Rewritten copies
that only the alignment finds lie below 0.7 by their nature: precision is told by the rows without them. Planted
edits put any word, names and numbers included, in the place of any other: to the defaults much of that is another
text's facts in the same frame, so their recall is lower by design. `verdict` edits as people do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import articles
from benchmarks.corpus import cached
from benchmarks.judge import Judge, Pair
from benchmarks.process import SHINGLES, Run, measure, middle, scan_command
from benchmarks.report import Table
from benchmarks.settings import NEWSWIRE, BenchmarkError, Figures, Options, note
from benchmarks.varied import varied_file

NEEDS = (*NEWSWIRE, articles.NEEDS[1])
SIZES = (100_000,)
QUICK_SIZES = (500,)
WARM_UP = 5_000
"""Documents of the unmeasured first run: enough that each kernel is called, and so compiled."""
MOST = 100_000
"""Documents beyond which only the tools marked `large` run, and once."""
BASE = "gaoya"
REAL = 23_616
"""Articles of `articles.real`."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One row of the table."""

    name: str
    needs: tuple[str, ...]
    """Distributions, the tool's own first; dedup needs none."""
    flags: tuple[str, ...] = ()
    large: bool = False

    @property
    def ours(self) -> bool:
        """Whether it is dedup."""
        return not self.needs

    def command(self, python: str, file: Path, out: Path) -> list[str]:
        """The process to measure."""
        if self.ours:
            return scan_command(file, out, *self.flags)
        return [python, "-m", f"benchmarks.peer_{self.name.replace('-', '_')}", str(file), str(out)]


TOOLS = (
    Tool("dedup", (), large=True),
    Tool("dedup, shingles alone", (), SHINGLES, large=True),
    Tool("dedup, bands alone", (), (*SHINGLES, "--no-excerpts"), large=True),
    Tool("gaoya", ("gaoya", "orjson"), large=True),
    Tool("rensa", ("rensa", "orjson"), large=True),
    Tool("datasketch", ("datasketch", "orjson", "xxhash")),
    Tool("text-dedup", ("text-dedup", "xxhash")),
)
_ASK = """
import json, platform, sys
from importlib.metadata import PackageNotFoundError, version
found = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def installed(python: str) -> dict[str, str]:
    """Versions of what the peers need, as far as the interpreter `python` has it."""
    names = sorted({name for tool in TOOLS for name in tool.needs})
    try:
        answer = subprocess.run([python, "-c", _ASK, *names], capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BenchmarkError(f"--peers-python {python}: {error}") from error
    found: dict[str, str] = json.loads(answer.stdout)
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tool runs: interpreter, the interpreter's version, the tool's."""

    python: str
    language: str
    version: str


def places(options: Options) -> tuple[dict[str, Place], dict[str, str]]:
    """Interpreter and version of each tool that can run, and why the others cannot."""
    pythons = {python: installed(python) for python in (options.peers_python, sys.executable)}
    found, missing = {}, {}
    for tool in TOOLS:
        if tool.ours:
            found[tool.name] = Place(sys.executable, pythons[sys.executable]["python"], "")
            continue
        homes = [python for python, has in pythons.items() if all(name in has for name in tool.needs)]
        if homes:
            has = pythons[homes[0]]
            found[tool.name] = Place(homes[0], has["python"], has[tool.needs[0]])
        else:
            missing[tool.name] = f"not installed: {', '.join(tool.needs)}"
    return found, missing


@dataclass(frozen=True, slots=True)
class Found:
    """What a tool reported."""

    pairs: set[Pair]
    copies: set[Pair] | None
    """dedup: exact and near-duplicate edges alone."""
    clusters: int
    about: str


def _ordered(pairs: Iterable[Sequence[int]]) -> set[Pair]:
    return {(a, b) if a < b else (b, a) for a, b in pairs}


def _from_dedup(out: Path) -> Found:
    """Edges, and each member of a cluster with its representative."""
    result = orjson.loads(out.read_bytes())
    rows = {document["id"]: row for row, document in enumerate(result.pop("documents"))}
    kinds: dict[str, list[tuple[int, int]]] = {"exact": [], "near-duplicate": [], "excerpt": []}
    for edge in result["edges"]:
        if edge["relation"] in kinds:
            kinds[edge["relation"]].append((rows[edge["a"]], rows[edge["b"]]))
    stars = [
        (rows[cluster["representative"]], rows[member])
        for cluster in result["clusters"]
        for member in cluster["members"]
        if member != cluster["representative"]
    ]
    stats = result["stats"]
    pairs = _ordered([*stars, *(pair for rows in kinds.values() for pair in rows)])
    copies = _ordered([*kinds["exact"], *kinds["near-duplicate"]])
    return Found(pairs, copies, len(result["clusters"]), f"{stats['bands']} bands of {stats['rows']}")


def _from_peer(out: Path) -> Found:
    result = orjson.loads(out.read_bytes())
    return Found(_ordered(result["pairs"]), None, len(result["clusters"]), result["about"])


class Round:
    """All tools on one corpus."""

    def __init__(self, file: Path, homes: dict[str, Place]) -> None:
        self.file, self.homes = file, homes
        self.runs: dict[str, list[Run]] = {}
        self.found: dict[str, Found] = {}
        self.failed: dict[str, str] = {}

    def once(self, tool: Tool, file: Path, keep: bool = True) -> None:
        """Run a tool once; a tool that failed is not run again."""
        if tool.name in self.failed:
            return
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "out.json")
            try:
                run = measure(tool.command(self.homes[tool.name].python, file, out))
            except BenchmarkError as error:
                self.failed[tool.name] = str(error)
                return
            if keep:
                self.runs.setdefault(tool.name, []).append(run)
                self.found[tool.name] = _from_dedup(out) if tool.ours else _from_peer(out)

    def row(self, tool: Tool, judge: Judge) -> Figures:
        """The figures of one tool."""
        runs, found = self.runs[tool.name], self.found[tool.name]
        row: Figures = {
            "name": tool.name, "version": self.homes[tool.name].version, "about": found.about,
            "seconds": middle(runs), "seconds_all": [run.seconds for run in runs], "cpu": middle(runs, "cpu"),
            "rss_mb": max(run.rss_mb for run in runs), "pairs": len(found.pairs), "clusters": found.clusters,
            "recall_70": judge.recall(found.pairs, 0.7), "recall_80": judge.recall(found.pairs, 0.8),
            "precision_70": judge.precision(found.pairs, 0.7), "precision_65": judge.precision(found.pairs, 0.65),
        }  # fmt: skip
        if found.copies is not None:
            row["copies_precision_70"] = judge.precision(found.copies, 0.7)
        return row


def _corpus(file: Path, size: int, options: Options, homes: dict[str, Place], missing: dict[str, str]) -> Figures:
    """All tools on one corpus; the slow ones on planted copies alone."""
    small, left_out = cached(min(WARM_UP, size), options.data), dict(missing)
    if not file.with_suffix(".truth.json").exists():
        left_out |= {tool.name: "only on planted copies" for tool in TOOLS if not tool.large}
    elif size > MOST:
        left_out |= {tool.name: f"only up to {MOST:,} documents" for tool in TOOLS if not tool.large}
    tools = [tool for tool in TOOLS if tool.name not in left_out]
    work = Round(file, homes)
    for tool in tools:
        work.once(tool, small, keep=False)
    repeats = options.repeat(3 if size <= MOST else 1)
    for number in range(repeats):
        for tool in tools:
            note(f"{file.stem}, run {number + 1} of {repeats}: {tool.name}")
            work.once(tool, file)
    note("judging")
    judge = Judge(file)
    rows = [work.row(tool, judge) for tool in tools if tool.name not in work.failed]
    base = next((row["seconds"] for row in rows if row["name"] == BASE), None)
    for row in rows:
        row["ratio_to_gaoya"] = base / row["seconds"] if base else None
    truth = judge.planted.values()
    judge.close()
    return {
        "corpus": file.stem.split("-")[0], "documents": size,
        "bytes": file.stat().st_size, "repeats": repeats, "planted_pairs": len(truth),
        "planted_70": sum(value >= 0.7 for value in truth), "planted_80": sum(value >= 0.8 for value in truth),
        "tools": rows, "left_out": left_out | work.failed,
    }  # fmt: skip


def run(options: Options) -> Figures:
    """All sizes."""
    homes, missing = places(options)
    data = options.data
    files = [(cached(size, data), size) for size in options.sizes]
    if not options.quick:
        files.append((articles.real_file(data), REAL))
    files += [(make(size, data), size) for make in (varied_file, articles.walked_file) for size in options.sizes]
    sizes = [_corpus(file, size, options, homes, missing) for file, size in files]
    versions = {name: place.version for name, place in homes.items() if place.version}
    return {"versions": versions, "python": {name: place.language for name, place in homes.items()}, "sizes": sizes}


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _cells(row: dict[str, Any], documents: int) -> tuple[str, ...]:
    ratio = row["ratio_to_gaoya"]
    return (
        f"{row['name']} {row['version']}".strip(), f"{row['seconds']:.2f}", f"{documents / row['seconds']:,.0f}",
        "–" if ratio is None else f"{ratio:.2f}×", f"{row['cpu']:.1f}", f"{row['rss_mb']:,.0f}",
        _percent(row["recall_70"]), _percent(row["recall_80"]),
        _percent(row["precision_70"]), _percent(row["precision_65"]),
    )  # fmt: skip


def _notes(size: dict[str, Any]) -> tuple[str, ...]:
    """Who is not in the table, and dedup without its excerpts where that is another figure."""
    notes = [
        f"{row['name']}: precision of exact and near-duplicate edges alone {_percent(row['copies_precision_70'])}."
        for row in size["tools"]
        if row.get("copies_precision_70") not in (None, row["precision_70"])
    ]
    if size["left_out"]:
        notes.append("Left out: " + "; ".join(f"{name}: {why}" for name, why in size["left_out"].items()) + ".")
    return tuple(notes)


def tables(figures: Figures) -> list[Table]:
    """One table a size."""
    columns = (
        "tool", "seconds", "documents/s", "speed, gaoya = 1", "CPU s", "peak MB", "recall J ≥ .7", "recall J ≥ .8",
        "precision J ≥ .7", "precision J ≥ .65",
    )  # fmt: skip
    made = []
    for size in figures["sizes"]:
        megabytes = f"{size['bytes'] / 1e6:,.0f} MB of JSON lines"
        title = f"{size['corpus']}: {size['documents']:,} documents, {megabytes}, file to clusters"
        rows = [_cells(row, size["documents"]) for row in size["tools"]]
        made.append(Table(title, columns, rows, _notes(size)))
    return made
