"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dedup.errors import OutputError


def check_folder(path: Path) -> None:
    """Raises OutputError when `path` cannot be a file that is written: better said before an hour's scan than after."""
    if path.is_dir():
        raise OutputError(f"{path}: is a folder")
    if not path.resolve().parent.is_dir():
        raise OutputError(f"{path}: no such folder: {path.parent}")


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` when the body ends well; on any error nothing is left of it.

    A link stays a link; what is no regular file (/dev/stdout, a pipe) is written directly. Raises OutputError, also
    for an OSError from the body.
    """
    check_folder(path)
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            with target.open("wb") as out:
                yield out
            return
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb", buffering=1 << 20) as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            Path(name).chmod(_mode(target))
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _mode(target: Path) -> int:
    """The mode of the file that is replaced, else what the umask allows."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)  # the only way to ask for it is to set it
    os.umask(mask)
    return 0o666 & ~mask
