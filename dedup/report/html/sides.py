"""Two texts side by side: rows of sentences that line up, and in them pieces of text, each with its marks.

Everything here is plain data (strings and tuples); escaping is the template's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from dedup.report.rows import Row

FOLDED = 3
"""Rows without any difference, from which they are folded."""
LONGEST = 20_000
"""Characters of a side that are shown; what is left out is counted."""
_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"[.!?。！？]['\"”’»)\]]*\s+|\n+|[。！？]")
_SHOWN_WORD = re.compile(r"\w[\w'’.-]*\w|\w")


class PieceMark(NamedTuple):
    """Something to show about a stretch of one text."""

    start: int
    end: int
    kind: str
    """Class of the mark: sub, only, mangled, scraper, quote, number, hidden, shared."""
    note: str = ""


class Piece(NamedTuple):
    """Text with the same marks throughout."""

    text: str
    kinds: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Line:
    """One row of the table: a sentence of each side, or of one alone."""

    left: list[Piece] = field(default_factory=list)
    right: list[Piece] = field(default_factory=list)
    differs: bool = True


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows without a difference, shown when asked for."""

    lines: list[Line]


class Range(NamedTuple):
    """A stretch of both texts: (start, end) of each."""

    a: tuple[int, int]
    b: tuple[int, int]
    equal: bool
    """Word for word."""


class Side:
    """One text, of which all or only some stretches are known, and its marks."""

    def __init__(self, text: str | None, known: Iterable[Row], marks: Iterable[PieceMark]) -> None:
        self.text = text
        self._known = sorted((row["start"], row["end"], row["text"]) for row in known)
        self._marks = sorted(marks)

    def read(self, start: int, end: int) -> str:
        """The text of a stretch; empty where it is not known."""
        if self.text is not None:
            return self.text[start:end]
        for begin, stop, text in self._known:
            if begin <= start and end <= stop:
                return str(text[start - begin : end - begin])
        return ""

    def pieces(self, start: int, end: int, more: Sequence[PieceMark] = ()) -> list[Piece]:
        """The stretch, cut wherever a mark begins or ends."""
        marks = [mark for mark in (*self._marks, *more) if mark.start < end and mark.end > start]
        cuts = sorted({start, end, *(min(max(at, start), end) for mark in marks for at in (mark.start, mark.end))})
        found = []
        for low, high in pairwise(cuts):
            here = [mark for mark in marks if mark.start <= low and mark.end >= high]
            if text := self.read(low, high):
                notes = tuple(dict.fromkeys(mark.note for mark in here if mark.note and mark.end == high))
                found.append(Piece(text, tuple(dict.fromkeys(mark.kind for mark in here)), notes))
        return found


def ranges(passage: Row, substitutions: Sequence[Row]) -> Iterator[Range]:
    """A passage as stretches that are equal word for word, and those that differ between them."""
    at_a, at_b = passage["a"]["start"], passage["b"]["start"]
    end_a, end_b = passage["a"]["end"], passage["b"]["end"]
    for pair in substitutions:
        a, b = pair["a"], pair["b"]
        if a["start"] < at_a or a["end"] > end_a or b["start"] < at_b or b["end"] > end_b:
            continue
        if a["start"] > at_a or b["start"] > at_b:
            yield Range((at_a, a["start"]), (at_b, b["start"]), True)
        yield Range((a["start"], a["end"]), (b["start"], b["end"]), False)
        at_a, at_b = a["end"], b["end"]
    if at_a < end_a or at_b < end_b:
        yield Range((at_a, end_a), (at_b, end_b), True)


def _cuts(part: Range, left: Side, right: Side) -> Iterator[tuple[int, int]]:
    """Where sentences end in an equal stretch: offsets in both texts, found by counting words."""
    one, two = left.read(*part.a), right.read(*part.b)
    words_a = [match.end() for match in _WORD.finditer(one)]
    words_b = [match.end() for match in _WORD.finditer(two)]
    if len(words_a) != len(words_b):
        return
    starts_b = [*(match.start() for match in _WORD.finditer(two)), len(two)]
    number = 0
    for match in _SENTENCE_END.finditer(one):
        while number < len(words_a) and words_a[number] <= match.start():
            number += 1
        # what stands between two words ends with the sentence, but for a quotation mark that opens the next one
        before = words_b[number - 1] if number else 0
        space = max(two.rfind(white, before, starts_b[number]) for white in " \n")
        yield part.a[0] + match.end(), part.b[0] + (starts_b[number] if space < 0 else space + 1)


def _passage_lines(parts: Iterable[Range], left: Side, right: Side) -> Iterator[Line]:
    """Rows of a passage, cut where a sentence ends on both sides."""
    line = Line(differs=False)
    for part in parts:
        at_a, at_b = part.a[0], part.b[0]
        if part.equal:
            for end_a, end_b in _cuts(part, left, right):
                line.left += left.pieces(at_a, end_a)
                line.right += right.pieces(at_b, end_b)
                at_a, at_b = end_a, end_b
                yield line
                line = Line(differs=False)
            line.left += left.pieces(at_a, part.a[1])
            line.right += right.pieces(at_b, part.b[1])
        else:
            line.differs = True
            one, two = left.read(*part.a), right.read(*part.b)
            kind = "sub" if one.strip() and two.strip() else "only"
            line.left += left.pieces(*part.a, [PieceMark(*part.a, kind, two)])
            line.right += right.pieces(*part.b, [PieceMark(*part.b, kind, one)])
    if line.left or line.right:
        yield line


def shared_words(one: str, two: str) -> set[str]:
    """Names, numbers and long words that both sentences have: what a rewrite leaves."""
    found = []
    for text in (one, two):
        words = {match[0] for match in _SHOWN_WORD.finditer(text)}
        found.append({word.casefold() for word in words if len(word) > 5 or word[:1].isupper() or word[:1].isdigit()})
    return found[0] & found[1]


def _rewritten_line(passage: Row, left: Side, right: Side) -> Line:
    """A sentence and the one that says the same in other words."""
    sides: list[list[Piece]] = []
    both = shared_words(left.read(*_bounds(passage["a"])), right.read(*_bounds(passage["b"])))
    for side, span in ((left, passage["a"]), (right, passage["b"])):
        start, end = _bounds(span)
        marks = [
            PieceMark(start + match.start(), start + match.end(), "shared")
            for match in _SHOWN_WORD.finditer(side.read(start, end))
            if match[0].casefold() in both
        ]
        sides.append(side.pieces(start, end, marks))
    return Line(sides[0], sides[1])


def _bounds(span: Row) -> tuple[int, int]:
    return span["start"], span["end"]


def _gaps(spans: Sequence[tuple[int, int]], size: int) -> dict[int, tuple[int, int]]:
    """What lies before each of the spans (by its start) and behind the last one (by `size`) and in none of them."""
    found, at = {}, 0
    for start, end in sorted(spans):
        if start > at:
            found[start] = (at, start)
        at = max(at, end)
    if at < size:
        found[size] = (at, size)
    return found


def lines(edge: Row, left: Side, right: Side, swap: bool, rewritten: bool) -> tuple[list[Line], int]:
    """All rows of a pair, `b` on the left where `swap`; and how many characters were left out at the end."""
    evidence = edge["evidence"]
    passages = [_turned(pair, swap) for pair in evidence.get("passages", ())]
    substitutions = [_turned(pair, swap) for pair in evidence.get("substitutions", ())]
    passages.sort(key=lambda pair: pair["a"]["start"])
    size_a, size_b = len(left.text or ""), len(right.text or "")
    gaps_a = _gaps([_bounds(pair["a"]) for pair in passages], size_a)
    gaps_b = _gaps([_bounds(pair["b"]) for pair in passages], size_b)
    found: list[Line] = []
    shown = 0
    for pair in passages:
        if shown > LONGEST:
            break
        found += _alone(left, gaps_a.get(pair["a"]["start"]), True)
        found += _alone(right, gaps_b.get(pair["b"]["start"]), False)
        inside = [each for each in substitutions if pair["a"]["start"] <= each["a"]["start"] < pair["a"]["end"]]
        if rewritten:
            found.append(_rewritten_line(pair, left, right))
        else:
            found += _passage_lines(ranges(pair, inside), left, right)
        shown = pair["a"]["end"]
    if shown > LONGEST:
        return found, max(size_a, passages[-1]["a"]["end"]) - shown
    found += _alone(left, gaps_a.get(size_a), True)
    found += _alone(right, gaps_b.get(size_b), False)
    return found, 0


def _turned(pair: Row, swap: bool) -> Row:
    return {"a": pair["b"], "b": pair["a"]} if swap else pair


def _alone(side: Side, gap: tuple[int, int] | None, is_left: bool) -> Iterator[Line]:
    """Rows for what only one side has, a sentence each; nothing where there are no words."""
    if gap is None:
        return
    start, end = gap[0], min(gap[1], gap[0] + LONGEST)
    text = side.read(start, end)
    cuts = [*(start + match.end() for match in _SENTENCE_END.finditer(text)), end]
    for cut in cuts:
        if cut > start and _WORD.search(side.read(start, cut)):
            pieces = side.pieces(start, cut, [PieceMark(start, cut, "only")])
            yield Line(pieces, []) if is_left else Line([], pieces)
            start = cut


def folded(found: Sequence[Line]) -> list[Line | Fold]:
    """The rows, runs of rows without a difference folded into one."""
    result: list[Line | Fold] = []
    run: list[Line] = []
    for line in found:
        line.left, line.right = _trimmed(line.left), _trimmed(line.right)
        if not line.differs and not _marked(line):
            run.append(line)
            continue
        result += [*_fold(run), line]
        run = []
    return result + _fold(run)


def _fold(run: list[Line]) -> list[Line | Fold]:
    return [Fold(run)] if len(run) >= FOLDED else [*run]


def _trimmed(pieces: list[Piece]) -> list[Piece]:
    """Without white space at both ends: it would make lines of nothing."""
    if pieces:
        pieces[0] = pieces[0]._replace(text=pieces[0].text.lstrip())
        pieces[-1] = pieces[-1]._replace(text=pieces[-1].text.rstrip())
    return [piece for piece in pieces if piece.text]


def _marked(line: Line) -> bool:
    return any(piece.kinds for piece in (*line.left, *line.right))
