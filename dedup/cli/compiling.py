"""Machine code that a run needs and that is not there yet, made ahead of it, and said: it takes up to a minute."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dedup.config import Config

if TYPE_CHECKING:
    from dedup.runtime.machine_code import Kernel

MESSAGE = "compiling for this machine, once after installation"


def kind_of_scan(config: Config) -> str:
    """What `kernels.tsv` calls a scan."""
    from dedup.runtime.machine_code import kind_of

    return kind_of(rewritten=config.match.rewritten, phrasing=config.find.phrasing)


def compile_ahead(kind: str, quiet: bool) -> None:
    """Compile in several processes what a kind of run needs, if that takes long; else it is compiled when called.

    On a terminal a bar tells how far it is; elsewhere (a pipe, a log, a mail from cron) one line says why nothing
    happens for so long.
    """
    from dedup.runtime.machine_code import LEAST, compile_all, missing

    wanted = missing(kind)
    if sum(kernel.seconds for kernel in wanted) < LEAST:
        return
    if not quiet and sys.stderr.isatty():
        _compile_with_bar(wanted)
        return
    if not quiet:
        click.echo(f"dedup: note: {MESSAGE}; it takes up to a minute", err=True)
    compile_all(wanted, lambda kernel: None)


def _compile_with_bar(wanted: Sequence[Kernel]) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from dedup.runtime.machine_code import compile_all

    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(MESSAGE, total=sum(kernel.seconds for kernel in wanted))

        def done(kernel: Kernel) -> None:
            bar.advance(task, kernel.seconds)

        compile_all(wanted, done)
