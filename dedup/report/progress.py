"""A progress bar on stderr for what takes longer than a second, and only on a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

DELAY = 1.0


class Bar:
    """Bytes read of the total; appears after DELAY seconds. Does nothing when stderr is no terminal or `quiet`."""

    def __init__(self, quiet: bool) -> None:
        self._wanted = not quiet and sys.stderr.isatty()
        self._begin = time.monotonic()
        self.done = 0
        self._bar: Any = None
        self._task: Any = None
        self.total = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the bar off the screen, for good."""
        self._wanted = False
        if self._bar:
            self._bar.stop()
            self._bar = None

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
            self._start()
        if self._bar:
            finished = self.total and done >= self.total
            self._bar.update(self._task, completed=done, description="comparing" if finished else "reading")

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("reading", total=self.total or None)
        self._bar.start()
