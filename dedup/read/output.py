"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from dedup.errors import OutputError


@contextmanager
def replacing(out: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `out` when all went well; on any error nothing is left of it.

    A device or pipe is written to directly. Raises OutputError.
    """
    try:
        target = out.resolve()  # a link stays a link
        if target.exists() and not target.is_file():
            with _special(target) as file:
                yield file
            return
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    except OSError as error:
        raise _failed(out, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            _finish(file, name, target, out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class Compressing:
    """Writes to a file, compressed if the name of `out` says so. Turns OSError into OutputError."""

    def __init__(self, file: BinaryIO, out: Path) -> None:
        self._out = out
        self._file = file
        self._compressor = _compressor(out.suffix.lower())

    def write(self, data: bytes) -> None:
        """Write all of `data`."""
        self._put(data if self._compressor is None else self._compressor.compress(data))

    def close(self) -> None:
        """Write what is still held back; does not close the file."""
        if self._compressor is not None:
            self._put(self._compressor.flush())

    def _put(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise _failed(self._out, error) from error


def _compressor(suffix: str) -> Any:
    if suffix == ".gz":
        import zlib

        return zlib.compressobj(wbits=31)
    if suffix == ".bz2":
        import bz2

        return bz2.BZ2Compressor()
    if suffix == ".xz":
        import lzma

        return lzma.LZMACompressor()
    if suffix == ".zst":
        import zstandard

        return zstandard.ZstdCompressor().compressobj()
    return None


def _special(target: Path) -> Any:
    if stat.S_ISDIR(target.stat().st_mode):
        raise OutputError(f"{target}: is a folder")
    return target.open("wb")


def _finish(file: BinaryIO, name: str, target: Path, out: Path) -> None:
    """Bring the data to disk, give the file the usual mode and its name."""
    try:
        file.flush()
        os.fsync(file.fileno())
        Path(name).chmod(_mode(target))
        Path(name).replace(target)
    except OSError as error:
        raise _failed(out, error) from error


def _mode(target: Path) -> int:
    """The mode of the file that is replaced, else what the umask allows."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)  # the only way to ask for it is to set it
    os.umask(mask)
    return 0o666 & ~mask


def _failed(out: Path, error: OSError) -> OutputError:
    return OutputError(f"{out}: cannot be written: {error.strerror or error}")
