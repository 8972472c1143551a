"""Mutated inputs, feeds, references, settings, indexes and raw bytes, and what comes of them.

Each kind runs in processes of its own, so that a crash of the interpreter counts as a violation, too, and is named by
the seed that made it. Every input is made from a seed: `python -m benchmarks.fuzz_worker KIND SEED 1` repeats one.

- `inputs`: files of every format that is read; each record becomes a document or a reject with a reason, and the
  second pass writes as many documents as were wanted;
- `feeds`: RSS, Atom and JSON feeds; read or refused; unmarked ones come out byte for byte, and marking twice is
  marking once;
- `references`: files of `dedup reference build`; refused or usable;
- `settings`: TOML; refused in words or valid;
- `indexes`: SQLite files with flipped bits; refused, noticed or answering;
- `kernels`: bytes that need not be UTF-8 through words, signatures and alignment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from benchmarks.report import Table
from benchmarks.settings import ROOT, Figures, Options, note

NEEDS: tuple[str, ...] = ()
SIZES = (20_000,)
QUICK_SIZES = (300,)
"""Mutated inputs of each kind."""
KINDS = ("inputs", "feeds", "references", "settings", "indexes", "kernels")
_EACH = 1_000
"""Inputs a process."""
_SECONDS = 900


def run(options: Options) -> Figures:
    """Rounds, outcomes and violations of each kind."""
    figures: Figures = {"kinds": []}
    for kind in KINDS:
        note(f"fuzz: {kind}")
        figures["kinds"].append({"kind": kind, **_kind(kind, max(options.sizes))})
    return figures


def tables(figures: Figures) -> list[Table]:
    """One table: a row a kind."""
    rows = []
    for kind in figures["kinds"]:
        outcomes = ", ".join(f"{name} {count:,}" for name, count in sorted(kind["outcomes"].items()))
        rows.append(
            (kind["kind"], f"{kind['rounds']:,}", str(len(kind["violations"])), f"{kind['slowest']:.2f}", outcomes)
        )
    notes = [f"{kind['kind']}: {line}" for kind in figures["kinds"] for line in kind["violations"][:5]]
    columns = ("mutated", "rounds", "violations", "slowest (s)", "outcomes")
    return [Table("Mutated inputs: what came of them", columns, rows, tuple(notes))]


def _kind(kind: str, rounds: int) -> Figures:
    starts = range(0, rounds, _EACH)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        parts = list(pool.map(lambda start: _process(kind, start, min(_EACH, rounds - start)), starts))
    outcomes: Counter[str] = Counter()
    for part in parts:
        outcomes.update(part["outcomes"])
    return {
        "rounds": rounds,
        "outcomes": dict(outcomes),
        "violations": [line for part in parts for line in part["violations"]],
        "slowest": max(part["slowest"] for part in parts),
    }


def _process(kind: str, first: int, count: int) -> Figures:
    """Seeds `first` to `first + count` in one process."""
    command = [sys.executable, "-m", "benchmarks.fuzz_worker", kind, str(first), str(count)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"outcomes": {}, "violations": [f"seeds from {first}: over {_SECONDS} s"], "slowest": float(_SECONDS)}
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or ["no words"])[-1]
        return {"outcomes": {}, "violations": [f"seeds from {first}: exit {done.returncode}: {last}"], "slowest": 0.0}
    result: Figures = json.loads(lines[-1])
    return result
