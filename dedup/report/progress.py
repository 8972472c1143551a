"""A progress bar on stderr for what takes longer than a second, and only on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any, Self

DELAY = 1.0
STAGES = {
    "fold": "exact copies",
    "bands": "candidates",
    "passages": "candidates",
    "terms": "candidates",
    "neighbours": "candidates",
    "align": "aligning pairs",
    "boilerplate": "boilerplate",
    "rewriting": "rewritten copies",
    "verify": "counting shingles",
    "rarity": "rarity of wording",
    "marks": "scraper marks",
    "phrasing": "phrasing",
    "evidence": "evidence",
    "wording": "wording of pairs",
    "cluster": "clusters",
    "stories": "stories",
    "facts": "quotes and numbers",
}
"""Stages of a scan after reading, in order, and what they are called on screen."""


ENGINE_STAGES = {
    "fold": "exact copies",
    "sort": "sorting postings",
    "slices": "cutting postings",
    "align": "aligning pairs",
    "phrasing": "phrasing",
    "verdicts": "rarity of wording",
    "edges": "evidence",
    "cluster": "clusters",
    "collect": "putting together",
}
"""Stages of a scan on disk after reading, in order, and what they are called on screen."""


class StepBar:
    """Partitions of each stage that are done, and the time that is left for it; nothing when stderr is no terminal or
    `quiet`.
    """

    def __init__(self, quiet: bool) -> None:
        self._wanted = not quiet and sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None
        self._name = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def stage(self, name: str, done: int, total: int) -> None:
        """So many of the partitions of a stage are done; 0 of 0 where nobody knows yet."""
        if not self._wanted or name not in ENGINE_STAGES:
            return
        if self._bar is None:
            self._start()
        names = list(ENGINE_STAGES)
        told = f"{ENGINE_STAGES[name]} (step {names.index(name) + 1} of {len(names)})"
        if name != self._name:
            self._bar.reset(self._task, description=told, total=total or None)
            self._name = name
        self._bar.update(self._task, completed=done, total=total or None)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=None)
        self._bar.start()


class Bar:
    """Bytes read of the total, then what is done with them and for how long; appears after DELAY seconds. Does nothing
    when stderr is no terminal or `quiet`.
    """

    def __init__(self, quiet: bool) -> None:
        self._wanted = not quiet and sys.stderr.isatty()
        self._begin = time.monotonic()
        self.done = 0
        self._bar: Any = None
        self._task: Any = None
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self.total = 0
        self._step = 0
        self._doing = "comparing"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the bar off the screen, for good."""
        with self._lock:
            self._wanted = False
            self._clear()
        if self._timer:
            self._timer.cancel()

    def hidden(self) -> int:
        """Bytes read so far; from the first call on nothing is shown. For a process that is not the one on screen."""
        self._wanted = False
        return self.done

    def advance(self, count: int) -> None:
        """`count` more bytes were read."""
        self.reach(self.done + count)

    def reach(self, done: int) -> None:
        """`done` bytes were read by now."""
        self.done = done
        if not self._wanted:
            return
        if self._bar is None and time.monotonic() - self._begin > DELAY:
            self._read()
        if self._bar:
            self._bar.update(self._task, completed=done)

    def compare(self) -> None:
        """All is read, and compared now: nobody knows for how long, so what moves is a clock and not a bar."""
        if not self._wanted:
            return
        with self._lock:
            self._clear()
        self._timer = threading.Timer(max(0.0, self._begin + DELAY - time.monotonic()), self._compare)
        self._timer.daemon = True
        self._timer.start()

    def stage(self, name: str) -> None:
        """A stage of the comparing begins; one that comes back takes the number on the screen no further back."""
        names = list(STAGES)
        if not self._wanted or name not in STAGES:
            return
        self._step = max(self._step, names.index(name) + 1)
        self._doing = f"comparing: {STAGES[name]} (step {self._step} of {len(names)})"
        with self._lock:
            if self._bar and self._timer:
                self._bar.update(self._task, description=self._doing)

    def _clear(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None

    def _read(self) -> None:
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn

        self._start("reading", TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())

    def _compare(self) -> None:
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

        with self._lock:
            if self._wanted:
                self._start(self._doing, SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())

    def _start(self, what: str, *columns: Any) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task(what, total=self.total or None)
        self._bar.start()
