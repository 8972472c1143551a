"""The reader: paths in, batches of documents out."""

from __future__ import annotations

import os
import stat
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from dedup.config import ReadConfig
from dedup.model import Batch, Reject
from dedup.read.kept import NOTHING, Kept
from dedup.read.naming import lasting
from dedup.read.passes import Pass
from dedup.read.paths import PathEntry, find, with_old


class Reader:
    """The documents in files, folders and standard input ("-").

    Raises InputError when made with a path that does not exist. With `base`, ids are those that an index keeps:
    paths from there, and digests for what has no name (see `naming`). `on_bytes` is called with the
    number of bytes on disk that were read since the last call. The paths in `against` are read after all others.
    """

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        config: ReadConfig,
        *,
        stdin: BinaryIO | None = None,
        on_bytes: Callable[[int], None] | None = None,
        kept: Kept = NOTHING,
        base: Path | None = None,
        against: Sequence[str | os.PathLike[str]] = (),
    ) -> None:
        found = find(paths, config, base)
        if against:
            found = with_old(found, find(against, config), paths, against)
        self._lasting = base is not None
        self.config = config
        self.entries = found.entries
        """The inputs; after reading also what was found out about each."""
        self.old_file = found.old_file
        """Number of the first entry that came from `against`; None without."""
        self.finished = False
        """Whether all was read."""
        self._started = False
        self._pass = Pass(found.entries, config, stdin=stdin, on_bytes=on_bytes, kept=kept)
        self._pass.intake.rejects.extend(found.rejects)
        self.skipped = self._pass.intake.skipped = found.skipped
        """Files that are not read; complete when all is read."""
        self.notes: list[str] = found.notes
        """What the user should know; complete when all is read."""
        self.total_bytes = sum(
            _size_of_stream(entry.path, stdin) if entry.stream else entry.size for entry in self.entries
        )
        """Size on disk of all files; 0 for what has none."""

        # Not left to the garbage collector: it closes files too, but warns of it.
        self._finalizer = weakref.finalize(self, _close_spools, self.entries)

    def close(self) -> None:
        """Delete the copies of streams; happens by itself when the reader is no longer used."""
        self._finalizer()

    @property
    def asked(self) -> list[PathEntry]:
        """The inputs that were to be scanned: all but those in `against`."""
        return self.entries[: self.old_file]

    @property
    def file_names(self) -> list[str]:
        """Names of the inputs; grows while reading. `Batch.files` are indices into it."""
        return self._pass.intake.file_names

    @property
    def file_times(self) -> dict[str, int]:
        """When each file was changed last, by its name, in seconds since 1970."""
        return {entry.name: entry.stamp[1] // 1_000_000_000 for entry in self.entries if entry.stamp is not None}

    @property
    def stream_names(self) -> set[str]:
        """Names of those that are standard input or pipes."""
        return {entry.name for entry in self.entries if entry.stream}

    @property
    def rejects(self) -> list[Reject]:
        """What could not be taken in, in order; grows while reading."""
        return self._pass.intake.rejects

    @property
    def streams(self) -> bool:
        """Whether standard input or a pipe is among the inputs."""
        return any(entry.stream for entry in self.entries)

    def state(self) -> tuple[Any, ...]:
        """What another process must know that has not read the inputs itself; for `restore`."""
        return self.entries, self.file_names, self.rejects, self.notes, self.skipped

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take over what a copy of this reader found out in another process."""
        self.entries[:], self.file_names[:], self.rejects[:], self.notes[:], skipped = state
        self.skipped.take_over(skipped)
        self._started = self.finished = True

    def batches(self) -> Iterator[Batch]:
        """The documents in order of the input, about 4 MB of text or 4,096 documents at a time. Can be called once."""
        if self._started:
            raise RuntimeError("Reader.batches() can be called only once")
        self._started = True
        yield from lasting(self._pass.chunks(), self) if self._lasting else self._pass.chunks()
        self.notes.extend(self._pass.intake.notes())
        self.finished = True


def _close_spools(entries: Sequence[PathEntry]) -> None:
    for entry in entries:
        if entry.spool is not None:
            entry.spool.close()
            entry.spool = None


def _size_of_stream(path: str | None, stdin: BinaryIO | None) -> int:
    """Bytes of standard input where a file was redirected to it, else 0."""
    try:
        status = (
            os.fstat((stdin if stdin is not None else sys.stdin.buffer).fileno()) if path is None else Path(path).stat()
        )
    except (OSError, ValueError, AttributeError):
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
