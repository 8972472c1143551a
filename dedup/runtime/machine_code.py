"""Machine code made ahead: what a run is going to need, in several processes, before it is needed.

`kernels.tsv` beside this file says which kernels each kind of run calls, with what types, and what they took to compile
(`python -m benchmarks.machine_code` writes it). One that is missing there, or stands there wrongly, is compiled when
it is called, as any other; so the table costs time where it is wrong, and nothing else.

As a program (`python -m dedup.runtime.machine_code`) it compiles what it is told on stdin, a line a kernel, and answers
each with a line.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from dedup.runtime.code_cache import writable
from dedup.runtime.versions import DIRECT

TABLE = Path(__file__).with_name("kernels.tsv")
LEAST = 2.0
"""Seconds of compiling from which other processes are worth starting."""
MOST = 4
"""Processes at most: one kernel takes a third of all the time, and each needs up to 800 MB."""
FIRST = 3


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel, the types that it is called with, and the kinds of runs that call it."""

    module: str
    name: str
    signature: str
    """Types of the arguments, see `signatures`."""
    seconds: float
    kinds: frozenset[str]

    @property
    def dispatcher(self) -> Any:
        """The function, a `jit.Kernel`."""
        return getattr(import_module(self.module), self.name)

    def kept(self) -> bool:
        """Whether its machine code is there."""
        return bool(self.dispatcher.kept(self.signature))

    def compile(self) -> None:
        """Make its machine code, and keep it."""
        self.dispatcher.compile(self.signature)


def every() -> list[Kernel]:
    """What any kind of run calls, what takes longest first."""
    rows = []
    for line in TABLE.read_text().splitlines()[1:] if TABLE.exists() else ():
        module, name, seconds, kinds, signature = line.split("\t")
        rows.append(Kernel(f"dedup.{module}", name, signature, float(seconds), frozenset(kinds.split())))
    return sorted(rows, key=lambda row: -row.seconds)


def kind_of(*, rewritten: bool, phrasing: bool) -> str:
    """What the table calls a scan with these settings."""
    if not rewritten and not phrasing:
        return "shingles"
    return "default" if phrasing else "rewritten"


def missing(kind: str) -> list[Kernel]:
    """Kernels of a kind of run whose machine code is still to be made; none where it cannot be kept. Where there is
    that of the FIRST that take longest, the rest is not asked for: each costs a look at a file.
    """
    found: list[Kernel] = []
    for number, kernel in enumerate((row for row in every() if kind in row.kinds) if DIRECT else ()):
        if number == FIRST and not found:
            break
        with suppress(Exception):  # a table that is not of these kernels
            if not kernel.kept():
                found.append(kernel)
    return found if found and writable() else []


def compile_all(wanted: Sequence[Kernel], done: Callable[[Kernel], object]) -> None:
    """Compile kernels in other processes, and tell of each when it is done. What fails there is left for later."""
    waiting, answers = list(reversed(wanted)), SimpleQueue[Kernel | None]()
    count = min(MOST, _processors(), len(wanted))
    with _workers(count) as workers:
        threads = [Thread(target=_feed, args=(worker, waiting, answers), daemon=True) for worker in workers]
        for thread in threads:
            thread.start()
        while count:
            kernel = answers.get()
            if kernel is None:
                count -= 1
            else:
                done(kernel)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _workers(count: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that compile; none outlives the body."""
    command = [sys.executable, "-m", __name__]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))}
    workers = [
        subprocess.Popen(  # noqa: S603 - ourselves
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=environment,
        )
        for _ in range(count)
    ]  # fmt: skip
    try:
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                with suppress(OSError, ValueError):
                    assert pipe
                    pipe.close()


def _feed(worker: subprocess.Popen[str], waiting: list[Kernel], answers: SimpleQueue[Kernel | None]) -> None:
    """Give a process one kernel after the other until none waits, or it dies."""
    assert worker.stdin and worker.stdout
    with suppress(OSError, ValueError, IndexError):
        while True:
            kernel = waiting.pop()
            print(kernel.module, kernel.name, kernel.signature, file=worker.stdin, flush=True)
            if not worker.stdout.readline():
                break
            answers.put(kernel)
    answers.put(None)


def main() -> None:
    """Compile what comes on stdin."""
    gc.disable()
    for line in sys.stdin:
        module, name, *signature = line.split()
        with suppress(Exception):
            Kernel(module, name, " ".join(signature), 0.0, frozenset()).compile()
        sys.stdout.write("\n")
        sys.stdout.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        main()
