"""What stands round an article and is not part of it: scraper marks and site boilerplate, found by rules.

Two kinds, see the tables in `scraper_rules` and `rules`:

- `scraper`: a machine put it there, or left it, when it took the text from elsewhere. A flag on the document.
- `boilerplate`: any honest outlet prints it. No flag.

Neither counts for similarity. Rules look at whole lines, at the last sentences of a text (feeds come without line
breaks), and, for the few marks that nothing else looks like, at running text. A line rule is a first word and what
may follow; the first word picks the rules to try, so that a line of prose costs one look-up. No rule looks further
than LONGEST characters, and no repetition in a pattern is unbounded or stands inside another that is: time is linear
in the text, whatever it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.boilerplate import line_parts, rules, scraper_rules, suspect_kernels
from dedup.model import Packed
from dedup.text.arrays import as_arrays
from dedup.text.tokens import Tokens

SCRAPER, BOILERPLATE = "scraper", "boilerplate"
LONGEST = 400
"""Characters of a line that rules look at; a longer line is a paragraph (cookie banners and copyright notes end
before, in the pages looked at)."""
TAIL = 500
"""Characters at the end of a text in which boilerplate may follow prose on one line."""
TAIL_SENTENCES = 4
_DECORATION = " \t\r\u00a0-–—*•·>»|#([{\"“'‘_~=+→►▶✔📷🔴👉"
_LINE = re.compile(r"[^\n]+")
_SENTENCE_END = re.compile(r"[.!?…\])”\"][”\"’')]?[ \t\u00a0]{1,4}(?=[^\s])")


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A stretch of a text that is no part of the article: character offsets, end exclusive."""

    start: int
    end: int
    kind: str
    """`scraper` or `boilerplate`."""


def find_marks(text: str) -> list[Mark]:
    """All marks of `text` in order, none overlapping; where both kinds claim a place, it is a scraper's."""
    return _settle([*scraper_marks(text), *boilerplate_marks(text)])


def scraper_marks(text: str) -> list[Mark]:
    """The scraper's marks alone, in order: what `suspects` foretells."""
    return _settle(Mark(start, end, SCRAPER) for start, end in scraper_rules.spans(text))


def suspects(texts: Packed) -> NDArray[np.bool_]:
    """(n,) whether each text may hold a scraper's mark: false only where `scraper_marks` finds none."""
    buffer, starts, sizes = as_arrays(texts)
    flags = np.zeros(len(sizes), np.uint8)
    suspect_kernels.suspects(buffer, starts, sizes, flags)
    return flags > 0


def boilerplate_marks(text: str) -> Iterator[Mark]:
    """Boilerplate, in no order."""
    last = len(text.rstrip())
    for match in _LINE.finditer(text):
        for start, end in _boilerplate(match.group(), match.start() < last <= match.end()):
            yield Mark(match.start() + start, match.start() + end, BOILERPLATE)


def boilerplate_places(data: bytes, lines: Places) -> list[tuple[int, int]]:
    """Boilerplate in those lines of a text (UTF-8) that are worth a look, see `repeated_lines.worth_a_look`: bytes, in
    order.

    A place in `lines` is that of the words of a line. The words in `boilerplate_marks` of the whole text are the same.
    """
    found: list[tuple[int, int]] = []
    last = len(data.rstrip())
    for first, stop in lines:
        begin, end = data.rfind(b"\n", 0, first) + 1, data.find(b"\n", stop)
        end = len(data) if end < 0 else end
        line = data[begin:end].decode()
        for start, close in _boilerplate(line, begin < last <= end):
            before = begin + len(line[:start].encode())
            found.append((before, before + len(line[start:close].encode())))
    return sorted(found)


def _boilerplate(line: str, last: bool) -> Iterator[tuple[int, int]]:
    """Places of boilerplate in one line; `last` says whether it is the last that is not empty."""
    if len(line) <= LONGEST:
        body = line.strip(_DECORATION)
        if body and rules.is_boilerplate(body):
            yield 0, len(line)
            return
        found = line_parts.credit(line) if body else None
        if found is not None:
            yield found, len(line)
    if "READ" in line:
        yield from line_parts.announcements(line)
    if last:
        yield from _last_sentences(line.rstrip())


def _last_sentences(line: str) -> Iterator[tuple[int, int]]:
    """Boilerplate among the last sentences of a text, where more than one stand on its last line."""
    cut = line_parts.truncated(line)
    if cut is not None:
        yield cut, len(line)
    starts = [match.end() for match in _SENTENCE_END.finditer(line, max(len(line) - TAIL, 0))][-TAIL_SENTENCES:]
    for start, end in zip(starts, [*starts[1:], len(line)], strict=False):
        if rules.is_boilerplate(line[start:end].strip(_DECORATION), sentence=True):
            yield start, end


def _settle(marks: Iterable[Mark]) -> list[Mark]:
    """In order, those that touch or overlap joined where they are of a kind, a scraper's cut out of the others."""
    found: list[Mark] = []
    for mark in sorted(marks):
        last = found[-1] if found else None
        if last is None or mark.start >= last.end:
            found.append(mark)
        elif mark.kind == last.kind:
            found[-1] = Mark(last.start, max(last.end, mark.end), last.kind)
        elif mark.kind == SCRAPER:
            _replace_last(found, last, mark)
        elif mark.end > last.end:
            found.append(Mark(last.end, mark.end, mark.kind))
    return found


def _replace_last(found: list[Mark], last: Mark, mark: Mark) -> None:
    """Put a scraper's mark into the boilerplate that was found last."""
    found.pop()
    if last.start < mark.start:
        found.append(Mark(last.start, mark.start, last.kind))
    found.append(mark)
    if last.end > mark.end:
        found.append(Mark(mark.end, last.end, last.kind))


Places = Sequence[tuple[int, int]]
"""Character (or byte) offsets, end exclusive, in order."""


def mask(tokens: Tokens, marks: Sequence[Mark], repeated: Places = ()) -> NDArray[np.bool_]:
    """(n,) whether each word counts for similarity.

    `repeated` are places of learned boilerplate in characters. Words on both sides of a gap then follow each other:
    a copy that lost the "ALSO READ" line between two sentences has the same shingles as its source.
    """
    counts = np.ones(len(tokens), bool)
    for start, end in (*((mark.start, mark.end) for mark in marks), *repeated):
        first = np.searchsorted(tokens.ends, start, "right")
        counts[first : np.searchsorted(tokens.starts, end, "left")] = False
    return counts


def blank(data: bytes, places: Places) -> bytes:
    """`data` with the bytes at `places` overwritten by spaces: the same words as `mask` leaves, for the kernels."""
    if not places:
        return data
    out = bytearray(data)
    for start, end in places:
        out[start:end] = b" " * (end - start)
    return bytes(out)


def byte_places(text: str, marks: Sequence[Mark]) -> list[tuple[int, int]]:
    """Places of the marks in the UTF-8 of `text`."""
    if not marks or text.isascii():
        return [(mark.start, mark.end) for mark in marks]
    at, size, found = 0, 0, []
    for mark in marks:
        start = size + len(text[at : mark.start].encode("utf-8", "replace"))
        size = start + len(text[mark.start : mark.end].encode("utf-8", "replace"))
        at = mark.end
        found.append((start, size))
    return found
