"""Members of .zip and .tar archives, one after the other, without unpacking anything to a folder.

Nothing in an archive is believed: what comes out of it is counted, and what is too much of what went in ends it.
"""

from __future__ import annotations

import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from dedup.read.sources import BrokenInputError, Source

LEAST, RATIO = 1 << 30, 200
"""Bytes that any archive may come to, and times its own size."""
_DIRECTORY = 16 << 20
"""Bytes of the list of a ZIP archive: some 150,000 members."""
_HEADER = 1 << 20
"""Bytes of a header in a tar archive."""
_PIECE = 64 << 10
_BROKEN = (BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, struct.error, OverflowError, tarfile.TarError)
"""What the libraries raise. (NotImplementedError is a RuntimeError, UnicodeDecodeError a ValueError.)"""
ENCRYPTED = "encrypted: a password is needed"


class TooMuchError(BrokenInputError):
    """An archive comes to more than it may; the rest of it is not read."""


@dataclass(slots=True)
class ArchiveMember:
    """A file in an archive."""

    name: str
    """As it stands there."""
    size: int = 0
    """As the archive has it."""
    source: Source | None = None
    """To be read before the next member."""
    refused: str = ""
    """Why it cannot be read."""
    skipped: str = ""
    """Why it is no file to read."""


class UnpackBudget:
    """Counts what comes out of an archive; `taken()` tells the bytes that went in so far."""

    def __init__(self, taken: Callable[[], int]) -> None:
        self._taken, self._given = taken, 0

    def spend(self, size: int) -> None:
        """Raises TooMuchError."""
        self._given += size
        if self._given > LEAST and self._given > RATIO * self._taken():
            raise TooMuchError(f"unpacks to more than {RATIO} times its size; the rest of it was not read")


def zip_members(file: BinaryIO, size: int) -> Iterator[ArchiveMember]:
    """Raises BrokenInputError, OSError."""
    if not size:
        raise BrokenInputError("empty file")
    budget = UnpackBudget(lambda: size)
    try:
        archive = ZipFile(_Limited(file))
    except _BROKEN as error:
        raise BrokenInputError(f"broken ZIP archive: {_said(error)}") from error
    with archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            member = ArchiveMember(info.filename, info.file_size)
            if info.flag_bits & 1:
                member.refused = ENCRYPTED
            elif info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                member.refused = "compressed in a way that is not read"
            else:
                member.source = _Unpacked(partial(archive.open, info), spend=budget.spend)
            yield member


def tar_members(source: Source, taken: Callable[[], int]) -> Iterator[ArchiveMember]:
    """Raises BrokenInputError."""
    forward = _Forward(source, UnpackBudget(taken))
    try:
        archive: Any = tarfile.TarFile(fileobj=forward, tarinfo=_Header)  # type: ignore[arg-type]
        while (info := archive.next()) is not None:
            archive.members = []  # it would keep all of them
            if info.isreg():
                yield ArchiveMember(
                    info.name, info.size, _Unpacked(partial(archive.extractfile, info), failed=forward.fail)
                )
                if forward.error is not None:  # it was told with the member
                    return
            elif not info.isdir():
                yield ArchiveMember(info.name, skipped="a link" if info.islnk() or info.issym() else "not a file")
    except _BROKEN as error:
        said = "empty file" if str(error) == "empty file" else f"broken tar archive: {_said(error)}"
        raise BrokenInputError(said) from error
    if _Header.broken(archive):
        raise BrokenInputError("broken tar archive: a damaged header, or it ends too early")


def safe_name(name: str) -> str:
    """The path of a member; empty if it leads out of the archive."""
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or name[1:3] == ":/":
        return ""
    return "/".join(parts).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_hidden(name: str) -> bool:
    """Whether a member is what file managers hide."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


class _Unpacked:
    """Bytes of a member of an archive: `opened` at the first read. `spend` is told of each piece, `failed` of what is
    broken.
    """

    def __init__(
        self, opened: Callable[[], Any], *, spend: Callable[[int], None] = lambda size: None,
        failed: Callable[[Exception], None] = lambda error: None,
    ) -> None:  # fmt: skip
        self._opened, self._spend, self._failed = opened, spend, failed
        self._file: Any = None

    def read(self, size: int) -> bytes:
        try:
            if self._file is None:
                self._file = self._opened()
            data: bytes = self._file.read(min(size, _PIECE))
        except _BROKEN as error:
            self._failed(error)
            raise BrokenInputError(f"broken in the archive: {_said(error)}") from error
        self._spend(len(data))
        return data


class _Limited:
    """A file that is not read by more than fits into the memory at once: the size of the list is the archive's word."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size if 0 <= size <= _DIRECTORY else _DIRECTORY + 1)
        if len(data) > _DIRECTORY:
            raise BadZipFile("a list of files that is too long")
        return data


class _Forward:
    """A source as tarfile wants it; it only goes forward."""

    def __init__(self, source: Source, budget: UnpackBudget) -> None:
        self._source, self._budget = source, budget
        self._position, self._held = 0, b""
        self.error: Exception | None = None

    def fail(self, error: Exception) -> None:
        """A member is broken; so is what comes after it."""
        self.error = error

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> int:
        if position < self._position:
            raise tarfile.ReadError("it goes back")
        while self._position < position and self.read(min(_PIECE, position - self._position)):
            pass
        return self._position

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _HEADER:
            raise tarfile.ReadError("a header that is too long")
        parts = []
        while size > 0:
            if not self._held:
                self._held = self._next()
                if not self._held:
                    break
            parts.append(self._held[:size])
            self._held = self._held[size:]
            size -= len(parts[-1])
            self._position += len(parts[-1])
        return b"".join(parts)

    def _next(self) -> bytes:
        try:
            data = self._source.read(_PIECE)
            self._budget.spend(len(data))
        except (BrokenInputError, OSError) as error:
            self.error = error
            raise
        return data


class _Header(tarfile.TarInfo):
    """tarfile takes a damaged header for the end of the archive; this tells."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> _Header:
        try:
            return super().fromtarfile(archive)
        except (tarfile.TruncatedHeaderError, tarfile.InvalidHeaderError):  # type: ignore[attr-defined]
            archive._dedup_broken = True  # type: ignore[attr-defined]
            raise

    @staticmethod
    def broken(archive: Any) -> bool:
        """Whether an archive ended by such a header."""
        return bool(getattr(archive, "_dedup_broken", False))


def _said(error: Exception) -> str:
    said = ""
    with suppress(Exception):
        said = " ".join(str(error).split())[:200].replace(
            "File is not a zip file", "no ZIP archive, or its end is missing"
        )
    return said or type(error).__name__
