"""Furniture: what stands round an article and is not part of it. Scraper marks and boilerplate, found by rules.

Two kinds, see the tables in `scraper_rules` and `furniture_rules`:

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

from dedup.model import Packed
from dedup.text import furniture_kernels, scraper_rules
from dedup.text import furniture_rules as rules
from dedup.text.arrays import as_arrays
from dedup.text.tokens import Tokens

SCRAPER, BOILERPLATE = "scraper", "boilerplate"
LONGEST = 400
"""Characters of a line that rules look at; a longer line is a paragraph (cookie banners and copyright notes end
before, in the pages looked at)."""
TAIL = 600
"""Characters at the end of a text in which furniture may follow prose on one line."""
TAIL_SENTENCES = 4
_DECORATION = " \t\r\u00a0-–—*•·>»|#([{\"“'‘_~=+→►▶✔📷🔴👉"
_LINE = re.compile(r"[^\n]+")
_SENTENCE_END = re.compile(r"[.!?…\])”\"][”\"’')]?[ \t\u00a0]{1,4}(?=[^\s])")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|©")


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
    furniture_kernels.suspects(buffer, starts, sizes, flags)
    return flags > 0


def boilerplate_marks(text: str) -> Iterator[Mark]:
    """Boilerplate, in no order."""
    for match in _LINE.finditer(text):
        if match.end() - match.start() > LONGEST:
            continue
        line = match.group()
        body = line.strip(_DECORATION)
        if not body:
            continue
        if _is_boilerplate(body):
            yield Mark(match.start(), match.end(), BOILERPLATE)
        else:
            found = rules.credit(line)
            if found is not None:
                yield Mark(match.start() + found, match.end(), BOILERPLATE)
    for start, end in rules.inline_spans(text):
        yield Mark(start, end, BOILERPLATE)
    for start, end in _last_sentences(text):
        if _is_boilerplate(text[start:end].strip(_DECORATION), sentence=True):
            yield Mark(start, end, BOILERPLATE)


def _is_boilerplate(body: str, sentence: bool = False) -> bool:
    """Whether a line, stripped of its ornaments, is boilerplate as a whole."""
    first = _WORD.match(body)
    if first is None:
        return rules.is_feed_tail(body)
    for rule in rules.by_first_word().get(first.group().lower(), ()):
        if (rule.in_prose or not sentence) and rule.pattern.match(body):
            return True
    return False


def _last_sentences(text: str) -> list[tuple[int, int]]:
    """Places of the last sentences of a text, where more than one stand on its last line."""
    end = len(text.rstrip())
    begin = max(text.rfind("\n", 0, end) + 1, end - TAIL)
    starts = [match.end() for match in _SENTENCE_END.finditer(text, begin, end)][-TAIL_SENTENCES:]
    return list(zip(starts, [*starts[1:], end], strict=True)) if starts else []


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
