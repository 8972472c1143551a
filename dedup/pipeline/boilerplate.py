"""The scan's memory of what is boilerplate: where scraper marks and boilerplate stand in the rows that were looked
at.
"""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from dedup.boilerplate.marks import blank, boilerplate_places, byte_places, scraper_marks
from dedup.boilerplate.repeated_lines import Lines, join, line_hashes, repeated_lines, worth_a_look
from dedup.columns import pack_bytes, unpack
from dedup.model import Flag, FlagKind, Span
from dedup.pipeline.documents import Documents

ByteRange = tuple[int, int]
ROWS_A_BLOCK = 256


class Boilerplate:
    """Boilerplate of rows; `find` looks at those not yet known, `read` gives a text without it."""

    def __init__(self, store: Documents, pool: Executor, *, learn: bool = True) -> None:
        self._store, self._pool, self._learn = store, pool, learn
        self._suspects = set(np.flatnonzero(store.suspects).tolist())
        self._known = np.zeros(len(store.texts.sizes), bool)
        self.places: dict[int, list[ByteRange]] = {}
        """Row -> byte ranges of what does not count, in order; rows without boilerplate are not in it."""

    def read(self, row: int) -> bytes:
        """The text with its boilerplate, as far as it is known, overwritten by spaces."""
        data = self._store.texts.read(row)
        places = self.places.get(row)
        return blank(data, places) if places else data

    def raw(self, row: int) -> bytes:
        """The text as it is."""
        return self._store.texts.read(row)

    def find(self, rows: NDArray[np.int64]) -> None:
        """Look at `rows` (sorted, distinct)."""
        rows = rows[~self._known[rows]]
        self._known[rows] = True
        if not len(rows):
            return
        parts = np.array_split(rows, -(-len(rows) // ROWS_A_BLOCK))
        found = list(self._pool.map(self._by_rules, parts))
        lines = join([lines for lines, _ in found], [len(part) for part in parts])
        learned = self._learned(rows, lines)
        by_rule: dict[int, list[ByteRange]] = {}
        for _, places in found:
            by_rule |= places
        for row in sorted(by_rule.keys() | learned.keys()):
            self.places[row] = _joined([*by_rule.get(row, ()), *learned.get(row, ())])

    def marks(self) -> dict[int, Flag]:
        """Scraper marks of all rows, as flags."""
        flags = {}
        for row in sorted(self._suspects):
            text = self._store.texts.read(row).decode()
            spans = tuple(Span(mark.start, mark.end, text[mark.start : mark.end]) for mark in scraper_marks(text))
            if spans:
                flags[row] = Flag(FlagKind.SCRAPER_MARK, spans=spans)
        return flags

    def _by_rules(self, rows: NDArray[np.int64]) -> tuple[Lines, dict[int, list[ByteRange]]]:
        """The lines of some rows, and what the rules say of them."""
        packed = pack_bytes([self._store.texts.read(row) for row in rows.tolist()])
        lines = line_hashes(packed)
        texts = unpack(packed)
        places: dict[int, list[ByteRange]] = {}
        documents, spans = worth_a_look(lines)
        for number in np.unique(documents).tolist():
            begin, end = np.searchsorted(documents, (number, number + 1))
            found = boilerplate_places(texts[number], [(a, b) for a, b in spans[begin:end].tolist()])
            if found:
                places[int(rows[number])] = found
        for number, row in enumerate(rows.tolist()):
            if row in self._suspects:
                text = texts[number].decode()
                marks = byte_places(text, scraper_marks(text))
                if marks:
                    places[row] = [*places.get(row, ()), *marks]
        return lines, places

    def _learned(self, rows: NDArray[np.int64], lines: Lines) -> dict[int, list[ByteRange]]:
        """Lines that an outlet repeats under different articles."""
        names = [self._store.sources[row] for row in rows.tolist()]
        codes = {name: code for code, name in enumerate(sorted(set(names) - {""}))}
        if not codes or not self._learn:
            return {}
        sources = np.array([codes.get(name, -1) for name in names], np.int64)
        found: dict[int, list[ByteRange]] = {}
        for line in np.flatnonzero(repeated_lines(sources, lines)).tolist():
            begin, end = lines.places[line].tolist()
            found.setdefault(int(rows[lines.documents[line]]), []).append((begin, end))
        return found


def _joined(places: list[ByteRange]) -> list[ByteRange]:
    """In order, overlaps joined."""
    found: list[ByteRange] = []
    for begin, end in sorted(places):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found
