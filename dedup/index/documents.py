"""Some documents of an index as the stages of a scan want them: rows from 0, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dedup.index.incoming import Part
from dedup.model import UNKNOWN_DATE
from dedup.pipeline.documents import Seen
from dedup.storage import compression
from dedup.storage.database import Database
from dedup.text.obfuscation import obfuscation

SUSPECT, NORMALISED, STANDS, ODD = 1, 2, 4, 8
"""Bits of `documents.marks`: may hold scraper marks; was brought to NFKC; stood for a cluster when `gc` took others;
has look-alike letters or hidden characters."""
DAY = 86_400
COLUMNS = "number, id, founder, head, digest, source, date, words, size, marks, mangled, cluster, story, origin"


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A row of `documents`."""

    number: int
    id: str
    founder: int
    head: int
    digest: int
    source: str
    date: int | None
    words: int
    size: int
    marks: int
    mangled: int | None
    cluster: int | None
    story: int | None
    origin: str
    """The input that it came from; empty where not known."""

    @property
    def known_date(self) -> int:
        """Seconds since 1970, `UNKNOWN_DATE` where not known."""
        return UNKNOWN_DATE if self.date is None else self.date


def new_entries(part: Part, seen: Seen, places: Sequence[int], numbers: Sequence[int]) -> list[DocumentRow]:
    """Documents of `part` at some places that are not in the index yet, each alone in its group, by their `numbers`;
    `seen` are the fingerprints of all of `part`.
    """
    sketch, suspects = seen
    normalised, odd = set(sketch.normalised.tolist()), set(sketch.obfuscated.tolist())
    digests, words = sketch.digests.view(np.int64).tolist(), sketch.words.tolist()
    marked, found = suspects.tolist(), []
    for at, number in zip(places, numbers, strict=True):
        marks = SUSPECT * marked[at] | NORMALISED * (at in normalised)
        if at in odd and obfuscation(part.texts[at].decode()):
            marks |= ODD
        date = None if part.dates[at] == UNKNOWN_DATE else part.dates[at]
        found.append(DocumentRow(
            number, part.ids[at], number, number, digests[at], part.sources[at], date, words[at], len(part.texts[at]),
            marks, None, None, None, part.origins[at],
        ))  # fmt: skip
    return found


def entries_of(database: Database, column: str, values: Sequence[int] | Sequence[str]) -> list[DocumentRow]:
    """Documents of which `column` is one of `values`."""
    return [
        DocumentRow(*row)
        for row in database.select_in(f"SELECT {COLUMNS} FROM documents WHERE {{in_clause}}", column, values)
    ]


def day(entry: DocumentRow) -> int:
    """The day of publication, counted from 1970; 0 where it is not known or before."""
    return 0 if entry.date is None else max(entry.date // DAY, 0)


class _Texts:
    """Texts of rows, read from the index when they are asked for, and kept for as long as the shelf lives."""

    def __init__(
        self, database: Database, numbers: list[int], sizes: NDArray[np.int64], known: dict[int, bytes]
    ) -> None:
        self._database, self._numbers, self.sizes = database, numbers, sizes
        self.known = known

    def load(self, rows: Iterable[int]) -> None:
        """Read many at once."""
        wanted = [number for number in {self._numbers[row] for row in rows} if number not in self.known]
        self.known.update(compression.read(self._database, wanted))

    def read(self, row: int) -> bytes:
        """The text of one row as UTF-8."""
        number = self._numbers[row]
        if number not in self.known:
            self.load([row])
        return self.known[number]


class DocumentBatch:
    """A `store.Shelf` of the documents given, by number."""

    def __init__(
        self, database: Database, entries: Sequence[DocumentRow], known: dict[int, bytes] | None = None
    ) -> None:
        self.entries = sorted(entries, key=lambda entry: entry.number)
        self.numbers = np.array([entry.number for entry in self.entries], np.int64)
        sizes = np.array([entry.size for entry in self.entries], np.int64)
        self.texts = _Texts(database, self.numbers.tolist(), sizes, {} if known is None else known)

    def __len__(self) -> int:
        return len(self.entries)

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of documents that are here, by their numbers."""
        return np.searchsorted(self.numbers, numbers)

    @cached_property
    def ids(self) -> list[str]:
        """Names."""
        return [entry.id for entry in self.entries]

    @cached_property
    def sources(self) -> list[str]:
        """Publishers; empty where not known."""
        return [entry.source for entry in self.entries]

    @cached_property
    def suspects(self) -> NDArray[np.bool_]:
        """(n,) whether a document may hold scraper marks."""
        return np.array([bool(entry.marks & SUSPECT) for entry in self.entries], bool)

    @cached_property
    def odd(self) -> NDArray[np.bool_]:
        """(n,) whether a document has look-alike letters or hidden characters."""
        return np.array([bool(entry.marks & ODD) for entry in self.entries], bool)

    @cached_property
    def words(self) -> NDArray[np.int32]:
        """(n,)"""
        return np.array([entry.words for entry in self.entries], np.int32)

    @cached_property
    def dates(self) -> NDArray[np.int64]:
        """(n,) seconds since 1970, `UNKNOWN_DATE` where not known."""
        return np.array([entry.known_date for entry in self.entries], np.int64)

    @cached_property
    def order(self) -> NDArray[np.uint64]:
        """(n,) digests: what `judge.Judge` aligns by."""
        return np.array([entry.digest for entry in self.entries], np.int64).view(np.uint64)

    @property
    def digests(self) -> list[NDArray[np.uint64]]:
        """The same, as a scan keeps them."""
        return [self.order]

    @cached_property
    def heads(self) -> NDArray[np.int64]:
        """(n,) row of the head of each row, of those whose head is here; else itself."""
        heads = np.array([entry.head for entry in self.entries], np.int64)
        rows = self.rows(heads).clip(max=max(len(self) - 1, 0))
        return np.where(self.numbers[rows] == heads, rows, np.arange(len(self))) if len(self) else rows

    @cached_property
    def normalised(self) -> frozenset[int]:
        """Rows whose shingles are counted in NFKC."""
        return frozenset(row for row, entry in enumerate(self.entries) if entry.marks & NORMALISED)
