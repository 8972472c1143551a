"""Which of some copies is kept: the order of representatives, the same for a scan and for an index.

Texts with look-alike letters or hidden characters come last. The earliest known date comes first. Of texts of one date
the longest does, by what is its own: boilerplate, scraper marks and a title that is printed again do not count, and
lengths that differ by no more than TOLERANCE are equal. Of those the one with the least round it comes first, then the
one whose name is no copy's ("ferry (1).txt"), then the shorter name, then (in a scan, of files that are one document
each) the one whose file is older, then the first by name. Nothing depends on the order of arrival. Times of files are
of whole seconds, and an index knows none: it holds what it was given, wherever it came from.

Where the user says what comes first (`Preference`), that goes before all of this, which decides between equals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from dedup.boilerplate.marks import blank
from dedup.model import UNKNOWN_DATE
from dedup.pipeline.boilerplate import Boilerplate
from dedup.relations.cluster import Graph, components
from dedup.text.tokens import tokenise

TOLERANCE = 0.02
"""Share of the longest text that another may lack and still count as long: a corrected word is no reason to keep a text
with share buttons round it."""
NO_TIME = 1 << 62
"""Seconds since 1970 of what is no file: later than all."""
TITLE_BYTES = 300
"""A first line up to this long may be a title."""
_COPY = re.compile(
    r"(^|[/\\])copy( \(?\d+\)?)? of |[ _-]+copy( ?\(?\d+\)?)?(?=\.\w+$|$)|\s?\(\d{1,3}\)(?=(\.\w+)+$|$)"
    r"|[._-](old|bak|backup|orig)(?=\.\w+$|$)|~$",
    re.IGNORECASE,
)
"""What programs and people put into the name of a copy."""
_LINE = re.compile(rb"[^\n]*[^\s][^\n]*")
_DECORATION = b" \t\r#*_=-\xc2\xa0"


def by_name(name: str, time: int = NO_TIME) -> tuple[bool, int, int, str]:
    """Order of names: those of copies last, shorter ones first, then what is older by the `time` of its file."""
    return _COPY.search(name) is not None, len(name), time, name


def no_time(row: int) -> int:
    """The time of what is no file."""
    return NO_TIME


class OwnWords:
    """Words of rows that are their own; `words` (n,) are all of them. `load` is told which rows will be read."""

    def __init__(
        self,
        boilerplate: Boilerplate,
        words: NDArray[np.int32],
        load: Callable[[list[int]], object] = lambda rows: None,
    ) -> None:
        self._boilerplate, self._words, self._load = boilerplate, words, load
        self._around: dict[int, int] = {}

    def find(self, rows: Iterable[int]) -> None:
        """Look at rows that will be asked for."""
        unknown = sorted({row for row in rows if row not in self._around})
        if unknown:
            self._load(unknown)
            self._around |= {row: self._count(row) for row in unknown}

    def around(self, row: int) -> int:
        """Words that do not count."""
        self.find([row])
        return self._around[row]

    def __call__(self, row: int) -> int:
        """Words that are its own."""
        return int(self._words[row]) - self.around(row)

    def _count(self, row: int) -> int:
        places = self._boilerplate.places.get(row, [])
        text = self._boilerplate.raw(row)
        repeated = title_again(text)
        if not places and not repeated:
            return 0
        return len(tokenise(text.decode())) - len(tokenise(blank(text, [*places, *repeated]).decode()))


def title_again(text: bytes) -> list[tuple[int, int]]:
    """Bytes of the lines that print the first one again, whole or without the name of the site behind it."""
    lines = _LINE.finditer(text)
    first = next(lines, None)
    title = first.group().strip(_DECORATION).lower() if first else b""
    if not title or len(title) > TITLE_BYTES or title[:8] not in text.lower()[first.end() if first else 0 :]:
        return []
    found = []
    for match in lines:
        line = match.group().strip(_DECORATION).lower()
        if line == title or (b" " in line and len(line) <= TITLE_BYTES and _begins(title, line)):
            found.append(match.span())
    return found


def _begins(title: bytes, line: bytes) -> bool:
    """Whether one is the other and something set off behind it: "Ferry sinks | The Post"."""
    long, short = (title, line) if len(title) > len(line) else (line, title)
    return long.startswith(short) and long[len(short) :].lstrip()[:1] in (b"|", b"-", b"\xe2", b"\xc2", b":")


class Preference:
    """What the user wants to stand: less comes first. `keep_by` is the setting, `values` (n,) are those of its field;
    numbers come before texts, and what has none last.
    """

    def __init__(self, keep_by: str, dates: NDArray[np.int64], values: Sequence[int | float | str | None]) -> None:
        self.longest = keep_by == "longest"
        self._places: NDArray[np.int64] | None = None
        if keep_by == "newest":
            self._places = np.where(dates == UNKNOWN_DATE, UNKNOWN_DATE, -dates)
        elif values:
            self._places = _places(values, smallest_first=keep_by.startswith("-"))

    def exact(self, row: int) -> int:
        """The key of a row among its exact copies, which have equally many words."""
        return 0 if self._places is None else int(self._places[row])

    def key(self, row: int, own: OwnWords) -> int:
        """The key of a row."""
        return -own(row) if self.longest else self.exact(row)


def _places(values: Sequence[int | float | str | None], *, smallest_first: bool) -> NDArray[np.int64]:
    """(n,) place of each value in the order of all, the same for equal ones."""
    numbers = {value for value in values if value is not None and not isinstance(value, str)}
    texts = {value for value in values if isinstance(value, str)}
    order = [*sorted(numbers, reverse=not smallest_first), *sorted(texts, reverse=not smallest_first), None]
    place = {value: number for number, value in enumerate(order)}
    return np.array([place[value] for value in values], np.int64)


def rank(
    graph: Graph, name: Callable[[int], str], dates: NDArray[np.int64], own: OwnWords,
    time: Callable[[int], int] = no_time, preference: Preference | None = None,
    obfuscated: Container[int] = (),
) -> dict[int, int]:  # fmt: skip
    """Place of each row of `graph` in the order of representatives of its component."""

    def key(row: int) -> tuple[bool, int, int]:
        return row in obfuscated, preference.key(row, own) if preference else 0, int(dates[row])

    edges = ((a, b) for a, others in graph.links.items() for b in others if a < b)
    order: list[int] = []
    for rows in components(edges):
        if preference and preference.longest:
            own.find(rows)
        keys = {row: key(row) for row in rows}
        for _, those in groupby(sorted(rows, key=keys.__getitem__), key=keys.__getitem__):
            order += _of_one_date(list(those), name, own, time)
    return {row: place for place, row in enumerate(order)}


def _of_one_date(rows: list[int], name: Callable[[int], str], own: OwnWords, time: Callable[[int], int]) -> list[int]:
    if len(rows) == 1:
        return rows
    own.find(rows)
    rows.sort(key=lambda row: -own(row))
    order: list[int] = []
    while rows:
        least = own(rows[0]) * (1 - TOLERANCE)
        tier = [row for row in rows if own(row) >= least]
        rows = rows[len(tier) :]
        order += sorted(tier, key=lambda row: (own.around(row), by_name(name(row), time(row))))
    return order


def rank_exact(
    rows: NDArray[np.int64], names: Sequence[str], dates: NDArray[np.int64], time: Callable[[int], int] = no_time,
    preference: Preference | None = None, obfuscated: Container[int] = (),
) -> dict[int, int]:  # fmt: skip
    """The same of exact copies: `names` are those of `rows`, `dates` (n,) of all. Their words are the same ones."""
    whose = zip(rows.tolist(), dates[rows].tolist(), names, strict=True)
    keys = [
        (row in obfuscated, preference.exact(row) if preference else 0, date, by_name(name, time(row)))
        for row, date, name in whose
    ]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return {int(rows[at]): place for place, at in enumerate(order)}
