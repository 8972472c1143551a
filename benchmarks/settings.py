"""What every benchmark is given, where things are, and the one error that is shown without a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
CACHE = ROOT / "benchmarks" / "data"
"""Generated corpora and truth; git-ignored."""
RESULTS = ROOT / "benchmarks" / "results"
NEWSWIRE = ("reuters21578.jsonl.gz", "abc_2006.txt.gz")
"""Files of `--data` that the generated corpora are made of."""

Figures = dict[str, Any]
"""What a benchmark measured, as JSON holds it."""


class BenchmarkError(Exception):
    """Something is missing or was asked wrongly; the message is one line."""


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    quick: bool
    data: Path
    sizes: tuple[int, ...]
    repeats: int
    """0: the benchmark's own number."""
    peers_python: str
    """Interpreter that the peers run under where it has them."""

    def repeat(self, usual: int, quick: int = 1) -> int:
        """How often to measure."""
        return self.repeats or (quick if self.quick else usual)


def note(message: str) -> None:
    """Tell what is going on, on stderr."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def kept_when_interrupted() -> Iterator[None]:
    """What was measured before Ctrl-C is kept: the rest is left out, and told."""
    try:
        yield
    except KeyboardInterrupt:
        note("interrupted: what was measured is kept")


def generated(name: str, make: Callable[[], Iterable[bytes]]) -> Path:
    """`benchmarks/data/NAME` with what `make` makes, written if it is not there; never half a file."""
    path = CACHE / name
    if not path.exists():
        note(f"generating {name}")
        CACHE.mkdir(exist_ok=True)
        partial = path.with_suffix(".part")
        with partial.open("wb") as out:
            out.writelines(make())
        partial.replace(path)
    return path
