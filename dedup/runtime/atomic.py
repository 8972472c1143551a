"""Files that appear whole or not at all, and those of one run all together or none of them."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from dedup.errors import OutputError


def check_folder(path: Path) -> None:
    """Raises OutputError when `path` cannot be a file that is written: better said before an hour's scan than after."""
    if path.is_dir():
        raise OutputError(f"{path}: is a folder")
    if not path.resolve().parent.is_dir():
        raise OutputError(f"{path}: no such folder: {path.parent}")


def check_new_folder(path: Path) -> None:
    """Raises OutputError when `path` cannot be a folder that is made: only an empty one may be there."""
    target = path.resolve()
    try:
        if path.exists() and not path.is_dir():
            raise OutputError(f"{path}: is a file, not a folder")
        if path.is_dir() and next(target.iterdir(), None) is not None:
            raise OutputError(f"{path}/: is a folder that is not empty: name a new one, or empty it")
    except OSError as error:
        raise OutputError(f"{path}/: cannot be written: {error.strerror}") from error
    if not target.parent.is_dir():
        raise OutputError(f"{path}/: no such folder: {path.parent}")


@dataclass(slots=True)
class _Staged:
    """An output that waits for the others."""

    path: Path
    """As it was given, for messages."""
    target: Path
    """What it takes the place of."""
    temporary: Path | None = None
    """The file or folder that will be it; None for what is written to as it stands (a pipe, a device)."""
    copy: BinaryIO | None = None
    """What goes there, if it is a pipe or a device."""


class OutputSet:
    """The outputs of one run: written under other names beside their places, and all put there at the end.

    Used as a context: a body that ends well puts them there, unless `commit` has already; after an error nothing is
    left of them, and all that was there before is there still.
    """

    def __init__(self) -> None:
        self._staged: list[_Staged] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self._discard()

    @contextmanager
    def folder(self, path: Path) -> Iterator[Path]:
        """A new folder to fill that will be `path`. Raises OutputError, also for an OSError of the body that names no
        other file.
        """
        check_new_folder(path)
        staged = _Staged(path, path.resolve())
        with _errors_of(staged):
            staged.temporary = Path(tempfile.mkdtemp(prefix=_prefix(staged.target), dir=staged.target.parent))
            self._staged.append(staged)
            yield staged.temporary
            staged.temporary.chmod(0o777 & ~_umask())

    @contextmanager
    def open(self, path: Path) -> Iterator[BinaryIO]:
        """A file to write that will take the place of `path`. A link stays a link.

        Raises OutputError, also for an OSError of the body that names no other file.
        """
        check_folder(path)
        staged = _Staged(path, path.resolve())
        with _errors_of(staged):
            if staged.target.exists() and not staged.target.is_file():
                staged.copy = cast(BinaryIO, tempfile.TemporaryFile(prefix="dedup-"))  # noqa: SIM115 - closed by _discard
                self._staged.append(staged)
                yield staged.copy
                return
            descriptor, name = tempfile.mkstemp(prefix=_prefix(staged.target), dir=staged.target.parent)
            staged.temporary = Path(name)
            self._staged.append(staged)
            with os.fdopen(descriptor, "wb", buffering=1 << 20) as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            staged.temporary.chmod(_mode(staged.target))

    def commit(self) -> None:
        """Put all in their places. If one cannot be, the others are as they were before. Raises OutputError."""
        replaced: list[tuple[_Staged, bool, Path | None]] = []
        try:
            for staged in self._staged:  # what cannot be taken back comes first: it is also what fails
                if staged.copy is not None:
                    _send(staged, staged.copy)
            for staged in self._staged:
                if staged.temporary is not None:
                    with _errors_of(staged):
                        existed, backup = staged.target.exists(), _backup(staged, len(self._staged))
                        replaced.append((staged, existed, backup))
                        staged.temporary.replace(staged.target)
        except BaseException:
            for staged, existed, backup in reversed(replaced):
                _take_back(staged, existed, backup)
            raise
        self._staged = []
        for _, _, backup in replaced:
            if backup is not None:
                with suppress(OSError):
                    backup.unlink()

    def _discard(self) -> None:
        for staged in self._staged:
            if staged.copy is not None:
                staged.copy.close()
            elif staged.temporary is not None:
                with suppress(OSError):
                    if staged.temporary.is_dir():
                        shutil.rmtree(staged.temporary)
                    else:
                        staged.temporary.unlink(missing_ok=True)
        self._staged = []


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` when the body ends well; on any error nothing is left of it.

    A link stays a link; what is no regular file (/dev/stdout, a pipe) is written directly. Raises OutputError, also
    for an OSError from the body.
    """
    check_folder(path)
    target = path.resolve()
    if target.exists() and not target.is_file():
        with _errors_of(_Staged(path, target)), target.open("wb") as out:
            yield out
        return
    with OutputSet() as outputs, outputs.open(path) as file:
        yield file


@contextmanager
def _errors_of(staged: _Staged) -> Iterator[None]:
    """Makes OutputErrors of what went wrong with this output; another file's trouble stays what it is."""
    try:
        yield
    except OSError as error:
        own = {None, str(staged.target), str(staged.temporary)}
        if error.filename is not None and str(error.filename) not in own and not _below(error.filename, staged):
            raise
        raise OutputError(f"{staged.path}: cannot be written: {error.strerror or error}") from error


def _below(name: object, staged: _Staged) -> bool:
    """Whether a file lies where this output is made (`mkstemp` names files that it could not make)."""
    return isinstance(name, str) and name.startswith(str(staged.target.parent / _prefix(staged.target)))


def _send(staged: _Staged, copy: BinaryIO) -> None:
    """Write what was kept for a pipe or a device."""
    copy.seek(0)
    with _errors_of(staged), staged.target.open("wb") as out:
        shutil.copyfileobj(copy, out, 1 << 20)


def _backup(staged: _Staged, outputs: int) -> Path | None:
    """A second name for the file that is replaced, while others may still fail; None where there is none."""
    if outputs < 2 or staged.temporary is None or not staged.target.is_file():
        return None
    backup = staged.temporary.with_name(staged.temporary.name + "~")
    try:
        backup.hardlink_to(staged.target)
    except OSError:  # file systems without hard links
        return None
    return backup


def _take_back(staged: _Staged, existed: bool, backup: Path | None) -> None:
    """Undo a replacement that may have been made."""
    with suppress(OSError):
        if backup is not None:
            backup.replace(staged.target)
            backup.unlink(missing_ok=True)  # two names of one file: renaming one to the other does nothing
        elif staged.temporary is None or staged.temporary.exists():
            return
        elif staged.target.is_dir():  # no folder is replaced that is not empty
            staged.target.replace(staged.temporary)
            if existed:
                staged.target.mkdir()
        elif not existed:
            staged.target.unlink(missing_ok=True)


def _prefix(target: Path) -> str:
    """How names of files begin that are being written."""
    return f".{os.fsencode(target.name)[:100].decode('utf-8', 'ignore')}."


def _mode(target: Path) -> int:
    """The mode of the file that is replaced, else what the umask allows."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    return 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)  # the only way to ask for it is to set it
    os.umask(mask)
    return mask
