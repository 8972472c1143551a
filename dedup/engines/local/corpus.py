"""The documents of a run on disk: small columns in memory, texts and names by row from where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.engines.folding import Value
from dedup.engines.local.units import DOCUMENTS, OpenUnits, WorkFolder, unpacked
from dedup.engines.tables import FOLDED, Shelf, Slices

Rows = NDArray[np.int64]
Locate = Callable[[int, int, int], bytes]
COLUMNS = ("words", "digest", "size", "flags", "held", "date", "file", "place")


class DiskCorpus:
    """All documents. About 60 bytes of each are in memory."""

    def __init__(self, work: WorkFolder, counts: Sequence[int], locate: Locate) -> None:
        self._locate, self._units = locate, OpenUnits(work)
        self.starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)))
        columns: dict[str, list[NDArray[Any]]] = {name: [] for name in COLUMNS}
        for number in range(len(counts)):
            with work.open(DOCUMENTS, number) as unit:
                for name in COLUMNS:
                    columns[name].append(unit.read(name))
        joined = {name: np.concatenate(parts) if parts else None for name, parts in columns.items()}
        self.words = _column(joined["words"], np.int32)
        self.digest = _column(joined["digest"], np.uint64)
        self.size = _column(joined["size"], np.int32)
        self.flags = _column(joined["flags"], np.uint8)
        self.dates = _column(joined["date"], np.int64)
        self._file, self._place = _column(joined["file"], np.int32), _column(joined["place"], np.int64)
        held = joined["held"]
        self.held: list[NDArray[np.int32]] = [
            np.zeros(0, np.int32) if held is None else np.ascontiguousarray(held[:, kind]) for kind in range(3)
        ]
        self.folded, self.heads = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.renamed: dict[int, str] = {}

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def partitions(self) -> int:
        """Files of documents."""
        return len(self.starts) - 1

    def fold(self, folded: Rows, heads: Rows, renamed: dict[int, str]) -> None:
        """Learn which rows, ascending, are exact copies, of which others; and which got other ids."""
        self.folded, self.heads, self.renamed = folded, heads, renamed
        self.flags[folded] |= FOLDED

    def head_of(self, rows: Rows) -> Rows:
        """The heads of some rows."""
        if not len(self.folded):
            return rows.copy()
        at = np.minimum(np.searchsorted(self.folded, rows), len(self.folded) - 1)
        return np.where(self.folded[at] == rows, self.heads[at], rows)

    def read(self, row: int) -> bytes:
        """The text of a row."""
        size, place = int(self.size[row]), int(self._place[row])
        if place >= 0:
            return self._locate(int(self._file[row]), place, size)
        number = int(np.searchsorted(self.starts, row, "right")) - 1
        at = row - int(self.starts[number])
        with self._units.using(DOCUMENTS, number) as unit:
            start = int(unit.part("start", at, at + 1)[0])
            return unit.bytes("texts", start, start + size)

    def shelf(self, rows: Rows) -> Shelf:
        """Some rows, ascending and distinct, with their texts: read in the order in which they stand."""
        texts = self._texts(rows)
        sizes = self.size[rows].astype(np.int64)
        return Shelf(
            rows, Slices(b"".join(texts), np.cumsum(sizes) - sizes, sizes), self.words[rows], self.digest[rows],
            self.flags[rows], self.dates[rows],
        )  # fmt: skip

    def bare(self, rows: Rows) -> Shelf:
        """The same without their texts."""
        none = np.zeros(len(rows), np.int64)
        return Shelf(
            rows, Slices(b"", none, none), self.words[rows], self.digest[rows], self.flags[rows], self.dates[rows]
        )

    def _texts(self, rows: Rows) -> list[bytes]:
        found: list[bytes] = []
        for number, part in self._by_partition(rows):
            places, files, sizes = self._place[part].tolist(), self._file[part].tolist(), self.size[part].tolist()
            if min(places, default=0) >= 0:
                found += [self._locate(*where) for where in zip(files, places, sizes, strict=True)]
                continue
            first = int(self.starts[number])
            begin, end = int(part[0]) - first, int(part[-1]) - first + 1
            with self._units.using(DOCUMENTS, number) as unit:
                starts = unit.part("start", begin, end)[part - first - begin].tolist()
                found += [
                    unit.bytes("texts", start, start + size) if place < 0 else self._locate(file, place, size)
                    for file, place, size, start in zip(files, places, sizes, starts, strict=True)
                ]
        return found

    def _by_partition(self, rows: Rows) -> Iterator[tuple[int, Rows]]:
        """Ascending rows by the file that holds them."""
        numbers = np.searchsorted(self.starts, rows, "right") - 1
        for part in np.split(rows, np.flatnonzero(np.diff(numbers)) + 1):
            if len(part):
                yield int(np.searchsorted(self.starts, part[0], "right")) - 1, part

    def files(self, rows: Rows) -> list[int]:
        """Numbers of the files that some rows came from."""
        found: list[int] = self._file[rows].tolist()
        return found

    def ids(self, rows: Rows) -> list[str]:
        """Names of some rows, ascending."""
        return [self.renamed.get(row, name) for row, name in zip(rows.tolist(), self._strings("id", rows), strict=True)]

    def has_values(self) -> bool:
        """Whether any document has a value of the field by which it is chosen who stands."""
        for number in range(self.partitions):
            with self._units.using(DOCUMENTS, number) as unit:
                if any(value != b"null" for value in unpacked(unit.read("value"), unit.read("value_ends"))):
                    return True
        return False

    def values(self, rows: Rows) -> list[Value]:
        """Of the field by which it is chosen who stands, of some rows, ascending."""
        return [orjson.loads(value) for value in self._strings("value", rows)]

    def _strings(self, name: str, rows: Rows) -> list[str]:
        found: list[str] = []
        for number, part in self._by_partition(rows):
            first = int(self.starts[number])
            begin, end = int(part[0]) - first, int(part[-1]) - first + 1
            with self._units.using(DOCUMENTS, number) as unit:
                before = unit.part(f"{name}_ends", begin - 1, begin) if begin else np.zeros(1, np.int64)
                borders = np.concatenate((before, unit.part(f"{name}_ends", begin, end)))
                data = unit.bytes(name, int(borders[0]), int(borders[-1]))
            at = part - first - begin
            starts, ends = (borders[at] - borders[0]).tolist(), (borders[at + 1] - borders[0]).tolist()
            found += [data[a:b].decode() for a, b in zip(starts, ends, strict=True)]
        return found

    def close(self) -> None:
        """Close all files."""
        self._units.close()


def _column(values: NDArray[Any] | None, dtype: Any) -> NDArray[Any]:
    return np.zeros(0, dtype) if values is None else values.astype(dtype, copy=False)
