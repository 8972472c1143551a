"""What the files of a run were, for those who act on its result later: where they are, and how to know them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dedup.model import InputFile
from dedup.read.copies import is_whole
from dedup.read.paths import PathEntry


def input_files(entries: Sequence[PathEntry], first_old: int | None = None) -> Iterator[InputFile]:
    """The files of a run that can be found again. Those that changed since they were read are left out: what is there
    now is not what was read.
    """
    for number, entry in enumerate(entries):
        if entry.stream or entry.path is None or entry.stamp is None:
            continue
        try:
            status = Path(entry.path).stat()
        except OSError:
            continue
        if entry.stamp == (status.st_size, status.st_mtime_ns):
            old = first_old is not None and number >= first_old
            whole = is_whole(entry) and entry.accepted == 1
            yield InputFile(entry.name, printable_path(entry.path), *entry.stamp, status.st_ino, whole, old)


def printable_path(path: str) -> str:
    """A path that no program takes for an option. Bytes that are no UTF-8 stay as the system spells them."""
    return f"./{path}" if path.startswith("-") else path
