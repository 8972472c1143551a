"""Writing with the compression that a file's name asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO


class Compressing:
    """Writes to a file, compressed if the name of `out` says so."""

    def __init__(self, file: BinaryIO, out: Path) -> None:
        self._file = file
        self._compressor = _compressor(out.suffix.lower())

    def write(self, data: bytes) -> None:
        """Write all of `data`."""
        self._file.write(data if self._compressor is None else self._compressor.compress(data))

    def close(self) -> None:
        """Write what is still held back; does not close the file."""
        if self._compressor is not None:
            self._file.write(self._compressor.flush())


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
