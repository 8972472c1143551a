"""Files of a run: arrays by name, each file whole or not there at all; and the folder that holds them.

Arrays are read with `pread`, not mapped: mapped pages would count as resident memory.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dedup.errors import StorageError

_MAGIC, _HEADER = b"dedup-u1", struct.Struct("<8sq")
_ALIGNED = 64
MANIFEST, LOCK = "manifest.json", "lock"
READ, LAYOUT, SORTED, LOOKED = NOTES = "read.json", "layout.json", "sorted.json", "looked.json"
"""Files of values that the run has noted."""
STAGES = (
    "documents", "keys", "fold", "runs", "slices", "looks", "wording", "wording-of-copies", "verdicts", "edges",
    "rounds",
)  # fmt: skip
"""Folders of partitions, in the order in which they are made."""
DOCUMENTS, KEYS, FOLD, RUNS, SLICES, LOOKS, WORDING, AGAIN, VERDICTS, EDGES, ROUNDS = STAGES
SHOWN = 3
"""Differences that are named one by one."""


def packed(values: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Values as one array, and where each ends."""
    ends = np.cumsum([len(value) for value in values], dtype=np.int64)
    return np.frombuffer(b"".join(values), np.uint8), ends


def unpacked(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> list[bytes]:
    """The values again."""
    whole, borders = data.tobytes(), [0, *ends.tolist()]
    return [whole[a:b] for a, b in pairwise(borders)]


class Unit:
    """One file of arrays, open to be read. Raises StorageError for one that is damaged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_RDONLY)
            magic, size = _HEADER.unpack(os.pread(self._file, _HEADER.size, 0))
            if magic != _MAGIC:
                raise ValueError(magic)
            self._arrays: dict[str, tuple[str, list[int], int]] = json.loads(os.pread(self._file, size, _HEADER.size))
        except (OSError, ValueError, struct.error) as error:
            raise StorageError(f"{path}: cannot be read ({error}); remove it, and the run makes it again") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self.close()

    def size(self, name: str) -> int:
        """Entries of an array along its first axis."""
        return self._arrays[name][1][0]

    def read(self, name: str) -> NDArray[Any]:
        """A whole array."""
        return self.part(name, 0, self.size(name))

    def part(self, name: str, begin: int, end: int) -> NDArray[Any]:
        """`array[begin:end]`."""
        kind, shape, offset = self._arrays[name]
        found = np.empty((end - begin, *shape[1:]), np.dtype(kind))
        width = found.itemsize * int(np.prod(shape[1:], dtype=np.int64))
        view, at = found.reshape(-1).view(np.uint8).data, offset + begin * width
        while len(view):
            data = os.preadv(self._file, [view[: 1 << 30]], at)
            if not data:
                raise StorageError(f"{self._path}: is shorter than it was; remove it, and the run makes it again")
            view, at = view[data:], at + data
        return found

    def bytes(self, name: str, begin: int, end: int) -> bytes:
        """`array[begin:end]` of bytes."""
        return self.part(name, begin, end).tobytes()


def write_unit(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as one file that appears whole. Raises StorageError."""
    header, offset = dict[str, tuple[str, list[int], int]](), 0
    room = _ALIGNED * (4 + 2 * len(arrays))
    for name, array in arrays.items():
        header[name] = array.dtype.str, list(array.shape), room + offset
        offset += -(-array.nbytes // _ALIGNED) * _ALIGNED
    told = json.dumps(header).encode()
    if len(told) + _HEADER.size > room:
        raise ValueError("the names of the arrays are too long")
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as out:
            out.write(_HEADER.pack(_MAGIC, len(told)) + told)
            for name, array in arrays.items():
                out.seek(header[name][2])
                out.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
            out.truncate(max(out.tell(), room))
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error


class WorkFolder:
    """The folder of one run. Raises StorageError for one that another run uses, that holds another run, or that is not
    a folder of a run at all.
    """

    def __init__(self, path: Path, identity: Mapping[str, str]) -> None:
        self.path = path
        self._made = not path.exists()
        try:
            path.mkdir(exist_ok=True)
            foreign = not (path / MANIFEST).exists() and any(each.name not in (LOCK,) for each in path.iterdir())
            if foreign and not self._is_ours():
                raise StorageError(f"{path}: is not empty, and no folder of a run: name a new one")
            self._lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise StorageError(f"{path}: cannot be used: {error.strerror or error}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise StorageError(f"{path}: another run is using it") from error
        self.resumed = self._known(identity)

    def _is_ours(self) -> bool:
        """Whether only what a run that was killed at its beginning has left is there."""
        return all(each.name in (LOCK, f".{MANIFEST}.part") for each in self.path.iterdir())

    def _known(self, identity: Mapping[str, str]) -> bool:
        """Whether this very run was begun here before; else it is begun now."""
        try:
            noted = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
            known, self._made = dict(noted["identity"].items()), bool(noted["made"])
        except FileNotFoundError:
            self.note(MANIFEST, {"identity": dict(identity), "made": self._made})
            return False
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            self.close()
            raise StorageError(f"{self.path / MANIFEST}: cannot be read: {error}") from error
        differs = sorted(name for name in {*known, *identity} if known.get(name) != identity.get(name))
        if differs:
            self.close()
            raise StorageError(_refusal(self.path, differs, known, identity))
        return True

    def note(self, name: str, values: Mapping[str, Any]) -> None:
        """Keep values as a file of JSON."""
        path = self.path / name
        partial = path.with_name(f".{name}.part")
        with partial.open("w", encoding="utf-8") as out:
            json.dump(values, out)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)

    def noted(self, name: str) -> dict[str, Any] | None:
        """Values that were kept; None where there are none."""
        try:
            found: dict[str, Any] = json.loads((self.path / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            path = self.path / name
            raise StorageError(f"{path}: cannot be read ({error}); remove it, and the run makes it again") from error
        return found

    def unit(self, stage: str, number: int | str = 0) -> Path:
        """The file of a partition of a stage."""
        name = f"{number:06d}" if isinstance(number, int) else number
        return self.path / stage / name

    def has(self, stage: str, number: int | str = 0) -> bool:
        """Whether a partition is done."""
        return self.unit(stage, number).exists()

    @contextmanager
    def open(self, stage: str, number: int | str = 0) -> Iterator[Unit]:
        """A partition that is done."""
        with Unit(self.unit(stage, number)) as unit:
            yield unit

    def drop(self, stage: str) -> None:
        """Remove all partitions of a stage that nobody needs any more; also of one that was moved to another disk, with
        a link left here.
        """
        folder = self.path / stage
        shutil.rmtree(folder.resolve(), ignore_errors=True)
        if folder.is_symlink():
            with suppress(OSError):
                folder.unlink()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        found = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                try:
                    found += (Path(folder) / name).stat().st_size
                except OSError:  # replaced just now
                    continue
        return found

    def remove(self) -> None:
        """Remove what the run has put there, and the folder if this or an earlier process has made it and nothing else
        is in it. What cannot be removed stays: the result is written by then.
        """
        for name in STAGES:
            self.drop(name)
        for name in (*NOTES, MANIFEST, LOCK):
            for each in (name, f".{name}.part"):
                with suppress(OSError):
                    (self.path / each).unlink()
        self.close()
        if self._made:
            with suppress(OSError):
                self.path.rmdir()

    def close(self) -> None:
        """Let other runs use it."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


class OpenUnits:
    """Partitions of one folder that are read again and again: some stay open, as a process may have so many files only.
    Threads take turns.
    """

    MOST = 256

    def __init__(self, work: WorkFolder) -> None:
        self._work = work
        self._open: dict[Path, Unit] = {}
        self._lock = threading.RLock()

    @contextmanager
    def using(self, stage: str, number: int | str) -> Iterator[Unit]:
        """A partition that is done, for as long as nobody else asks."""
        path = self._work.unit(stage, number)
        with self._lock:
            unit = self._open.pop(path, None) or Unit(path)
            self._open[path] = unit  # the latest is the last
            if len(self._open) > self.MOST:
                self._open.pop(next(iter(self._open))).close()
            yield unit

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()


def _refusal(path: Path, differs: Sequence[str], known: Mapping[str, str], identity: Mapping[str, str]) -> str:
    """Why a folder is refused: what of this run is not as in the one that it holds."""
    told = []
    for name in differs[:SHOWN]:
        there, here = known.get(name), identity.get(name)
        change = "is new" if there is None else "is no longer there" if here is None else f"was {there}, is {here} now"
        told.append(f"{name} {change}")
    more = f" … and {len(differs) - SHOWN:,} more" if len(differs) > SHOWN else ""
    return f"{path}: holds a run of something else: {'; '.join(told)}{more}; name another --work, or remove it"
