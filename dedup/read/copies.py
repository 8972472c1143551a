"""The second pass where files are kept rather than records: copies of the chosen input files, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.errors import InputError, OutputError
from dedup.read.documents.model import KINDS
from dedup.read.passes import changed, check_unchanged, open_regular
from dedup.read.paths import PathEntry
from dedup.read.reader import Reader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dedup.runtime.atomic import OutputSet

_WHOLE = frozenset(("text", "html", *KINDS)) - {"warc"}
"""Formats whose files are one document each."""
_BLOCK = 1 << 20


def is_whole(entry: PathEntry) -> bool:
    """Whether a file is one document, and nothing else is in it."""
    return not entry.stream and entry.format in _WHOLE


def check_files(entries: Sequence[PathEntry], folder: Path) -> None:
    """Raises OutputError if the inputs are no files that could be copied to a folder one by one."""
    for entry in entries:
        if entry.stream or entry.format not in _WHOLE:
            what = "is no file" if entry.stream else "holds many documents, of which some would be written and some not"
            raise OutputError(
                f"{folder}/: a folder takes whole files, and {entry.name} {what}: name a file ({folder}.jsonl)"
            )


def write_files(
    reader: Reader, wanted: Sequence[bool] | NDArray[np.bool_], folder: Path, outputs: OutputSet, *, keep_rejects: bool
) -> int:
    """Copy the files of the documents with `wanted[i]` to `folder`, by their paths as the report has them; returns
    their number. With `keep_rejects` also files that could not be read. Those that were only compared with are nobody's
    choice.

    Raises InputError if one has changed since it was read, OutputError if the folder cannot be written.
    """
    entries = reader.asked
    check_files(entries, folder)
    if len(wanted) != sum(entry.accepted for entry in entries):
        raise ValueError(f"{len(wanted)} choices for {sum(entry.accepted for entry in entries)} documents")
    chosen, at = [], 0
    for entry, path in zip(entries, _layout(entries), strict=True):
        if wanted[at] if entry.accepted else keep_rejects:
            chosen.append((entry, path))
        at += entry.accepted
    with outputs.folder(folder) as place:
        for entry, path in chosen:
            _copy(entry, place / path)
    return len(chosen)


def _layout(entries: Sequence[PathEntry]) -> list[Path]:
    """Where each goes: as it is called, or where that leads outside, by its path from the folder of them all."""
    found = []
    for entry in entries:
        called = Path(entry.name)
        found.append(Path(*Path(entry.path or "").parts[-len(called.parts) :]))  # names with other bytes are escaped
    if not any(Path(entry.name).is_absolute() or ".." in Path(entry.name).parts for entry in entries):
        return found
    whole = [os.path.abspath(entry.path or "") for entry in entries]  # noqa: PTH100 - links stay as they were spelled
    base = os.path.commonpath([os.path.dirname(path) for path in whole])  # noqa: PTH120
    return [Path(os.path.relpath(path, base)) for path in whole]


def _copy(entry: PathEntry, target: Path) -> None:
    """With its times and its mode. Raises InputError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise OutputError(f"{entry.name}: two files would be written as one")
    try:
        source = os.fdopen(open_regular(entry.path or ""), "rb")
    except OSError as error:
        raise changed(entry) from error
    with source, target.open("wb") as copy:
        while block := _read(source, entry):
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
        status = os.fstat(source.fileno())
    target.chmod(status.st_mode & 0o777)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    check_unchanged(entry)


def _read(source: object, entry: PathEntry) -> bytes:
    try:
        data: bytes = source.read(_BLOCK)  # type: ignore[attr-defined]
    except OSError as error:
        raise InputError(f"{entry.name}: cannot be read again: {error.strerror}") from error
    return data
