"""Acts on a result: deletes or moves the files of documents that were dropped, and takes that back.

Nothing is touched that was not read as one document, that is another file than the one that was read (number, size and
time tell), or whose kept document is no longer there as it was: so no text is lost that has no other. Before a file
goes a line is written to the undo list, with its content where it is deleted; a run that is killed at any moment can be
taken back, and begun again.
"""

from __future__ import annotations

import base64
import os
import shutil
import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from dedup.errors import InputError, OutputError

SCHEMA = "dedup.undo/1"


class Task(NamedTuple):
    """A file that is to go."""

    path: str
    """As the result has it."""
    place: Path
    """Where that is now."""
    row: Mapping[str, Any]
    kept: Mapping[str, Any] | None
    """The file of the document that it goes for; None where that cannot be found again."""
    document: str
    kept_document: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is left alone, and why."""

    path: str
    reason: str


def path_of(row: Mapping[str, Any]) -> str:
    """The path of a file as a result has it."""
    if row.get("path") is not None:
        return str(row["path"])
    return os.fsdecode(bytes.fromhex(str(row.get("path_bytes", ""))))


def tasks(result: Mapping[str, Any], base: Path, name: str) -> tuple[list[Task], list[Refused]]:
    """What a result wants to go, and what of it cannot: records of files with several documents, and files that are
    kept under another name. Raises InputError where the result does not know its files.
    """
    rows = result.get("files")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{name}: does not say which files were read: scan anew with --format json")
    try:
        files = {row["name"]: row for row in rows}
        found, refused = list[Task](), list[Refused]()
        kept_ones = {files[row["file"]]["inode"] for row in result["documents"] if row["kept"] and row["file"] in files}
        for document in result["documents"]:
            if document["kept"] or document.get("against"):
                continue
            row = files.get(document["file"])
            if row is None or not row["whole"] or row["against"]:
                why = "was changed while it was scanned, or was no file" if row is None else "holds other documents too"
                refused.append(Refused(document["file"], f"{why} (document {document['id']})"))
                continue
            path = path_of(row)
            if row["inode"] in kept_ones:
                refused.append(Refused(path, "is kept under another name"))
                continue
            kept = files.get(document["duplicate_file"])
            if kept is not None and kept["inode"] == row["inode"]:
                refused.append(Refused(path, "would go for itself"))
                continue
            for one in (row, kept or row):
                (one["size"], one["mtime_ns"], one["inode"], path_of(one))  # all that is asked for later
            found.append(Task(path, base / path, row, kept, document["id"], document["duplicate_of"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{name}: does not follow dedup.scan/1: {type(error).__name__} {error}") from None
    return found, refused


def trouble(task: Task, base: Path) -> str:
    """Why a file must not go; empty where it may."""
    reason = changed(task.place, task.row)
    if reason:
        return reason
    if task.kept is None:
        return f"what is kept for it ({task.kept_document}) cannot be found again"
    kept = path_of(task.kept)
    reason = changed(base / kept, task.kept, follow=True)
    return f"{kept}, which is kept for it, {reason}" if reason else ""


def changed(place: Path, row: Mapping[str, Any], follow: bool = False, copied: bool = False) -> str:
    """What is wrong with a file that a result knows; empty where it is as it was. Where it is but read, a `copied` one
    of the same size and time will do: what was deleted and taken back is another file with the same text.
    """
    try:
        status = place.stat() if follow else place.lstat()
    except (OSError, ValueError) as error:
        return f"cannot be found: {getattr(error, 'strerror', None) or error}"
    if stat.S_ISLNK(status.st_mode):
        return "is a link"
    if not stat.S_ISREG(status.st_mode):
        return "is no file"
    same = (status.st_size, status.st_mtime_ns) == (row["size"], row["mtime_ns"])
    if not same or (status.st_ino != row["inode"] and not copied):
        return "is not the file that was scanned, or was changed since"
    return ""


class UndoList:
    """Lines of JSON, each on disk before its file goes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    def __enter__(self) -> UndoList:
        try:
            self._file = self.path.open("xb")
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written: {error.strerror}") from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            with suppress(OSError):  # a line that could not be written is told already, and its file is there
                self._file.close()
            with suppress(OSError):
                if not self.path.stat().st_size:
                    self.path.unlink()

    def add(self, row: Mapping[str, Any]) -> None:
        """Write a line, and see that it is on disk. Raises OutputError."""
        import orjson

        assert self._file is not None
        try:
            self._file.write(orjson.dumps({"schema": SCHEMA, **row}, option=orjson.OPT_APPEND_NEWLINE))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written: {error.strerror}; nothing more was done") from error


def delete(task: Task, undo: UndoList) -> None:
    """Delete a file; its content goes to the undo list. Raises OSError, OutputError."""
    with _opened(task) as (file, status):
        content = file.read()
        if len(content) != status.st_size:
            raise OSError(0, "changed while it was read")
        undo.add({
            **_named("path", task.place), "mode": stat.S_IMODE(status.st_mode), "mtime_ns": status.st_mtime_ns,
            "content": base64.b64encode(zlib.compress(content)).decode(),
        })  # fmt: skip
        _unlink(task)


def move(task: Task, target: Path, undo: UndoList) -> None:
    """Move a file to `target`, which must not be there. Raises OSError, OutputError."""
    if os.path.lexists(target):
        raise FileExistsError(0, f"{target} is there already")
    target.parent.mkdir(parents=True, exist_ok=True)
    with _opened(task) as (file, status):
        undo.add({**_named("path", task.place), **_named("moved", target), "mtime_ns": status.st_mtime_ns})
        _put(file, status, target)
        _unlink(task)


def _unlink(task: Task) -> None:
    """Delete a file whose content is kept: that one, not what was put in its place meanwhile. Raises OSError."""
    reason = changed(task.place, task.row)
    if reason:
        raise OSError(0, reason)
    task.place.unlink()


def _put(file: BinaryIO, status: os.stat_result, target: Path) -> None:
    """Have the content of a file at `target`, whole, with mode and time; never in the place of another one."""
    temporary = target.with_name(f".{target.name[:80]}.{os.getpid()}.part")
    try:
        with temporary.open("xb") as out:
            shutil.copyfileobj(file, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(stat.S_IMODE(status.st_mode))
        os.utime(temporary, ns=(status.st_mtime_ns, status.st_mtime_ns))
        target.hardlink_to(temporary)  # fails where something is there
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def _opened(task: Task) -> Iterator[tuple[BinaryIO, os.stat_result]]:
    """A file, if it is still the one that was looked at. Raises OSError."""
    with _regular(task.place) as (file, status):
        if (status.st_ino, status.st_mtime_ns) != (task.row["inode"], task.row["mtime_ns"]):
            raise OSError(0, "is another file now")
        yield file, status


@contextmanager
def _regular(place: Path) -> Iterator[tuple[BinaryIO, os.stat_result]]:
    """A file that is one: opening a pipe would wait for who writes to it. Raises OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(place, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, f"{place} is no file")
        yield file, status


def _named(key: str, path: Path) -> dict[str, str]:
    """A path for JSON: absolute, and by its bytes where it is no UTF-8."""
    whole = os.path.abspath(path)  # noqa: PTH100 - links stay as they were spelled
    try:
        whole.encode()
    except UnicodeEncodeError:
        return {f"{key}_bytes": os.fsencode(whole).hex()}
    return {key: whole}


def _path(row: Mapping[str, Any], key: str) -> Path:
    if f"{key}_bytes" in row:
        return Path(os.fsdecode(bytes.fromhex(row[f"{key}_bytes"])))
    return Path(row[key])


def read_undo(path: Path) -> list[dict[str, Any]]:
    """The lines of an undo list. One that was being written when the run was killed is left out: its file is still
    there. Raises InputError, which names file and line.
    """
    import orjson

    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    found = []
    for number, line in enumerate(lines[:-1], 1):
        try:
            row = orjson.loads(line)
            if row["schema"] != SCHEMA or not _path(row, "path").is_absolute():
                raise ValueError("is no undo list")
            _check_content(row) if "content" in row else _path(row, "moved")
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}:{number}: is no line of an undo list ({SCHEMA}): {error}") from None
        found.append(row)
    return found


def _check_content(row: Mapping[str, Any]) -> None:
    """Raises KeyError, TypeError, ValueError where a file could not be made of a line."""
    base64.b64decode(row["content"], validate=True)
    if not (isinstance(row["mtime_ns"], int) and isinstance(row["mode"], int) and 0 <= row["mode"] <= 0o7777):
        raise ValueError("time or mode is none")


def undo(row: Mapping[str, Any]) -> str:
    """Take a line back: its file is there again. Returns why not; empty where it is. Nothing is written over."""
    place = _path(row, "path")
    try:
        if "content" in row:
            return _restore(place, zlib.decompress(base64.b64decode(row["content"])), row)
        return _move_back(_path(row, "moved"), place)
    except (OSError, ValueError, zlib.error) as error:  # a path with a zero in it is a ValueError
        return str(getattr(error, "strerror", None) or error)


def _restore(place: Path, content: bytes, row: Mapping[str, Any]) -> str:
    if os.path.lexists(place):
        same = place.is_file() and not place.is_symlink() and place.read_bytes() == content
        return "" if same else "something else is there now"
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name[:80]}.{os.getpid()}.part")
    try:
        with temporary.open("xb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(int(row["mode"]))
        os.utime(temporary, ns=(int(row["mtime_ns"]), int(row["mtime_ns"])))
        place.hardlink_to(temporary)
    finally:
        with suppress(OSError):
            temporary.unlink()
    return ""


def _move_back(moved: Path, place: Path) -> str:
    if os.path.lexists(place):
        return _settle(moved, place)
    with _regular(moved) as (file, status):
        place.parent.mkdir(parents=True, exist_ok=True)
        _put(file, status, place)
    moved.unlink()
    return ""


def _settle(moved: Path, place: Path) -> str:
    """Have one file where there may be two: the run was killed between the copy and the end of the first one, or this
    was taken back before. A link to what was moved is no second file.
    """
    if place.is_symlink() or not place.is_file():
        return "something else is there now"
    if not os.path.lexists(moved):
        return ""
    if moved.is_symlink() or not moved.is_file() or place.read_bytes() != moved.read_bytes():
        return "something else is there now"
    moved.unlink()  # two names of one file are fine: one of them stays
    return ""


def shown_paths(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Paths of undo lines."""
    return [str(_path(row, "path")) for row in rows]
