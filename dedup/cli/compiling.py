"""Machine code that a run needs and that is not there yet, made ahead of it, with a line on the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dedup.config import Config

if TYPE_CHECKING:
    from dedup.runtime.machine_code import Kernel


def kind_of_scan(config: Config) -> str:
    """What `kernels.tsv` calls a scan."""
    from dedup.runtime.machine_code import kind_of

    return kind_of(rewritten=config.match.rewritten, phrasing=config.find.phrasing)


def compile_ahead(kind: str, quiet: bool) -> None:
    """Compile in several processes what a kind of run needs, if that takes long; else it is compiled when called."""
    from dedup.runtime.machine_code import LEAST, compile_all, missing

    wanted = missing(kind)
    total = sum(kernel.seconds for kernel in wanted)
    if total < LEAST:
        return
    if quiet or not sys.stderr.isatty():
        compile_all(wanted, lambda kernel: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("compiling for this machine, once after installation", total=total)

        def done(kernel: Kernel) -> None:
            bar.advance(task, kernel.seconds)

        compile_all(wanted, done)
