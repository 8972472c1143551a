"""What commands that read texts have in common: opening the inputs, and saying what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dedup.cli.outputs import refuse_folders, refuse_inputs

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.model import Batch, Reject
    from dedup.read import Kept, Reader
    from dedup.read.skipped import Skipped
    from dedup.report.progress import Bar

SHOWN_REJECTS = 10
AHEAD_BYTES = 8 << 20
"""Input from which another process reads it: below, starting one costs what it saves."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Files of a run beside its inputs."""

    outputs: Sequence[Path] = ()
    """None of them may be an input, or one of those that are read."""
    read: Sequence[Path] = ()
    """Others that are read."""
    folders: Sequence[Path] = ()
    """Of outputs: none may lie in an input."""
    copied: Sequence[Path] = ()
    """Those of the folders that inputs are copied to, which must be files then."""


@dataclass(frozen=True, slots=True)
class Mode:
    """How inputs are read."""

    brief: bool = False
    """The progress bar goes when all is read."""
    lean: bool = False
    """Memory that is freed goes back to the system."""
    unread: bool = False
    """There are no batches: all was read before."""


BRIEF = Mode(brief=True)


@contextmanager
def opened(
    paths: Sequence[str],
    config: Config,
    quiet: bool,
    beside: Beside,
    *,
    kept: Kept | None = None,
    base: Path | None = None,
    against: Sequence[str] = (),
    mode: Mode = Mode(),
) -> Iterator[tuple[Reader, Shown]]:
    """The reader of `paths` and its batches, with a progress bar on stderr unless `quiet`.

    What is heavy should be imported in the body and not before: by then another process may be reading. When all is
    read the bar says "comparing", and the `stage` it is told, until the body is left. `kept`, `base` and `against` are
    the reader's. With `base` an index takes what is read, and memory is used as in a lean `mode`. Raises InputError,
    UsageError without paths, and OutputError where what is `beside` the inputs does not go with them.
    """
    if not paths:
        raise click.UsageError("no input: give files, folders, or - for stdin")
    from dedup.read import Kept, Reader
    from dedup.report.progress import Bar

    if base is not None or mode.lean:
        _keep_little_memory()
    else:
        _keep_freed_memory()
    with Bar(quiet) as bar:
        kept = replace(kept or Kept(), value_field=config.output.keep_field)
        reader = Reader(paths, config.read, on_bytes=bar.advance, kept=kept, base=base, against=against)
        _check_there(beside.read)
        refuse_inputs(beside.outputs, reader.entries, beside.read)
        refuse_folders(beside.folders, beside.copied, [*paths, *map(str, against)], reader.asked)
        bar.total = reader.total_bytes
        batches = iter(()) if mode.unread else _batches(reader, config, bar)
        yield reader, Shown(batches, bar.stop if mode.brief else bar.compare, bar.stage)


def _check_there(files: Sequence[Path]) -> None:
    """Raises InputError for one that is not there, also where this run would never open it: it was named."""
    from dedup.errors import InputError

    for path in files:
        try:
            path.stat()
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}") from error


class Shown(Iterator["Batch"]):
    """Batches that are read behind a bar."""

    def __init__(self, batches: Iterator[Batch], then: Callable[[], None], stage: Callable[[str], None]) -> None:
        self._batches, self._then = batches, then
        self.stage = stage
        """Takes the name of the stage that begins."""

    def __next__(self) -> Batch:
        try:
            return next(self._batches)
        except StopIteration:
            self._then()
            raise


def _keep_freed_memory() -> None:
    """Have glibc keep large blocks that are freed: it would give each back to the system at once, and the next batch
    would fault in every page of its buffers anew (a tenth of a scan's time).
    """
    _mallopt({_MMAP_THRESHOLD: 32 << 20, _TRIM_THRESHOLD: 128 << 20})


def _keep_little_memory() -> None:
    """Have glibc give back what is freed: a process that runs long and stays small, rather than a fast one. Blocks that
    are too small for a mapping of their own are kept for all threads together.
    """
    _mallopt({_MMAP_THRESHOLD: 1 << 20, _TRIM_THRESHOLD: 1 << 20, _ARENA_MAX: 2})


_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h


def _mallopt(values: dict[int, int]) -> None:
    import ctypes
    from contextlib import suppress

    with suppress(OSError, AttributeError, TypeError):
        glibc = ctypes.CDLL(None)
        for name, value in values.items():
            glibc.mallopt(name, value)


def _batches(reader: Reader, config: Config, bar: Bar) -> Iterator[Batch]:
    """The reader's batches; where there is much to read, from a process that has begun by now."""
    from dedup.read import prefetch

    if reader.streams or reader.total_bytes < AHEAD_BYTES or config.run.thread_count < 2 or not prefetch.possible():
        return reader.batches()
    room = config.run.memory_bytes // 16
    reading = prefetch.ReaderProcess(
        reader.batches,
        room,
        state=reader.state,
        restore=reader.restore,
        progress=bar.hidden,
        on_progress=bar.reach,
    )
    return reading.batches()


def messages(
    rejects: Sequence[Reject], notes: Sequence[str], verbose: bool, skipped: Skipped | None = None
) -> None:  # fmt: skip
    """Rejects and notes, on stderr; when `verbose` also each file that was `skipped`."""
    from dedup.report.console import plain

    shown = rejects if verbose else rejects[:SHOWN_REJECTS]
    for reject in shown:
        where = plain(reject.source) + (f":{reject.line}" if reject.line else "")
        click.echo(f"dedup: rejected {where}: {plain(reject.reason)}", err=True)
    if len(rejects) > len(shown):
        more = len(rejects) - len(shown)
        click.echo(f"dedup: … and {more:,} more rejected (-v shows all, --rejects FILE writes them)", err=True)
    for file in skipped.rows() if skipped is not None and verbose else ():
        click.echo(f"dedup: {plain(file.source)}: {file.reason}" if file.source else f"dedup: {file.reason}", err=True)
    for note in notes:
        click.echo(f"dedup: note: {plain(note)}", err=True)


def check_read(texts: int, reader: Reader, against: int = 0) -> None:
    """Raises InputError where there was nothing to read, or nothing could be read, also of what is compared `against`.
    A table without rows is fine.
    """
    from dedup.errors import InputError

    old = [] if reader.old_file is None else reader.entries[reader.old_file :]
    names = {entry.name for entry in old}
    sides = [(texts, reader.asked, [reject for reject in reader.rejects if reject.source not in names], "")]
    if reader.old_file is not None:
        sides.append((against, old, [reject for reject in reader.rejects if reject.source in names], " of --against"))
    for read, entries, rejects, which in sides:
        if not read and rejects:
            raise InputError(f"nothing could be read{which}; no output was written")
        if not read and not entries:
            why = "no file of a kind that is read is there"
            if len(reader.skipped) and not reader.skipped.missing:
                why = "all that is there is hidden or left out (-v names it)"
            raise InputError(f"nothing to read{which}: {why}; no output was written")
