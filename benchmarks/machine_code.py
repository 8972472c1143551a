"""Write `dedup/runtime/kernels.tsv`: which kernels each kind of run calls, with what types, and what they take to
compile.

Each kind of run is done once in processes of its own, with an empty cache (`python -m benchmarks.machine_code`). Times
are CPU seconds of one run, to put the kernels in order by.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.settings import ROOT, note
from tests import rewrites

TABLE = ROOT / "dedup" / "runtime" / "kernels.tsv"
SEEDS = str(ROOT / "seeds")
TEXTS, INDEX = "{folder}/texts", "{folder}/index.sqlite"
"""Texts that few batches hold; and an index."""
SELDOM = "seldom"
"""What runs on TEXTS alone call is in wheels, and else compiled when called."""
RUNS = {
    "shingles": (("scan", SEEDS, "--no-rewritten", "--no-phrasing"),),
    "rewritten": (("scan", SEEDS, "--no-phrasing"),),
    "default": (("scan", SEEDS),),
    "score": (("score", SEEDS),),
    "index": (("index", "add", SEEDS, "--index", INDEX), ("index", "query", SEEDS, "--index", INDEX)),
    SELDOM: (("scan", SEEDS, TEXTS), ("index", "add", TEXTS, "--index", INDEX)),
}
"""Commands of each kind of run."""
HIDDEN = "Please send the \u041erd\u0435r to \u0421\u0410B\u0130N number 0ne before Tu\u200besday, as said. " * 3
Found = dict[tuple[str, str, str], tuple[float, set[str]]]


def record(arguments: list[str]) -> None:
    """Run the command line in this process, and print the kernels that it compiled."""
    from dedup.cli import main
    from dedup.runtime.jit import Kernel

    rows: list[tuple[str, str, str, float]] = []
    inner = Kernel.compile

    def compile_and_tell(self: Kernel, signature: str) -> object:
        begin = time.thread_time()
        found = inner(self, signature)
        rows.append((self.py_func.__module__, self.py_func.__qualname__, signature, time.thread_time() - begin))
        return found

    Kernel.compile = compile_and_tell  # type: ignore[method-assign,assignment]
    leave = os._exit
    process = os.getpid()

    def say(code: int) -> None:
        if os.getpid() == process:
            Path(os.environ["KERNELS"]).write_text(json.dumps(rows))
        leave(code)

    os._exit = say  # type: ignore[assignment]
    sys.argv = ["dedup", *arguments]
    main()


def _found(kind: str, found: Found) -> None:
    note(kind)
    with tempfile.TemporaryDirectory() as folder:
        texts, answer = Path(folder) / "texts", Path(folder) / "kernels.json"
        texts.mkdir()
        for name, text in (("one", rewrites.SOURCE), ("two", rewrites.REWRITE), ("three", HIDDEN)):
            (texts / f"{name}.txt").write_text(text)
        env = os.environ | {"NUMBA_CACHE_DIR": f"{folder}/code", "KERNELS": str(answer)}
        for arguments in RUNS[kind]:
            filled = [argument.format(folder=folder) for argument in arguments]
            command = [sys.executable, "-m", "benchmarks.machine_code", *filled]
            subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
            for module, name, signature, seconds in json.loads(answer.read_text()):
                known = found.setdefault((module.removeprefix("dedup."), name, signature), (seconds, set()))
                known[1].add(kind)


def main() -> None:
    """All kinds of runs, one after the other."""
    found: Found = {}
    TABLE.unlink(missing_ok=True)  # what stands there is compiled in other processes
    for kind in RUNS:
        _found(kind, found)
    rows = [
        f"{module}\t{name}\t{seconds:.1f}\t{' '.join(sorted(kinds))}\t{signature}"
        for (module, name, signature), (seconds, kinds) in sorted(found.items())
    ]
    TABLE.write_text("\n".join(["module\tname\tseconds\tkinds\ttypes", *rows]) + "\n")
    note(f"{len(rows)} kernels")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        record(sys.argv[1:])
    else:
        main()
