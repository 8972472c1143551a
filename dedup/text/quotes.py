"""Direct quotes of a text: “ ” " « » „ “ ‘ ’, nested, over several paragraphs, and those that nobody closed.

One pass over the marks of each paragraph with a short stack. A mark opens where it stands before a word and after
white space, closes where it stands after one; straight marks that may do both take turns. What looks like a mark but
is none is left out: apostrophes (don’t, workers’, ’90s, 'tis), inches and feet.

A quote that is not closed ends where the next one of its kind begins, else with the paragraph, unless the next
paragraph begins with the same mark again: then it goes on there, as printers do it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

DEEPEST = 8
"""Quotes within quotes that are kept apart; marks beyond that close the outermost."""
SHORT = 2
"""Words up to which a quote is a name or a scare quote rather than something said."""
_MARKS = "[\"“”„‟＂«»‹›‘’‚‛'「」『』]"
_MARK = re.compile(rf"{_MARKS}(?!(?<=[A-Za-z0-9]['’])[A-Za-z0-9])")
"""Marks but for apostrophes within a word."""
_TEX_MARK = re.compile(f"''|{_MARKS}|``")
"""In texts that open with ``, '' closes."""
_PARAGRAPH = re.compile(r"[^\n\r\u2028\u2029]+")
_WRAPPED_PARAGRAPH = re.compile(r"(?:[^\n]|\n(?![ \t]*(?:\n|[ \t]{2})))+")
_WRAP_MOST, _WRAP_LEAST, _WRAP_LINES = 100, 40, 6
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+(?:['’-]\w+)*")
_ELISION = re.compile(
    r"(?:\d\ds?|tis|twas|twere|twill|em|til|till|cause|n|bout|round|cos|kay|nuff|neath|gainst)\b", re.IGNORECASE
)
_DOUBLE, _SINGLE, _ANGLE, _SMALL_ANGLE, _CORNER, _WHITE_CORNER = range(6)
_FAMILY = {
    **dict.fromkeys(('"', "“", "”", "„", "‟", "＂", "``", "''"), _DOUBLE),
    **dict.fromkeys("‘’‚‛'", _SINGLE),
    **dict.fromkeys("«»", _ANGLE), **dict.fromkeys("‹›", _SMALL_ANGLE),
    **dict.fromkeys("「」", _CORNER), **dict.fromkeys("『』", _WHITE_CORNER),
}  # fmt: skip
_BEFORE_OPENING = frozenset("([{—–-…/:;,") | (frozenset(_FAMILY) - {"”", "’", "'", '"'})
_AFTER_CLOSING = frozenset(".,;:!?)]}")
_Mark = tuple[int, str]
"""Where a mark stands, and which."""
_Found = tuple[int, int, bool, int, bool]
"""Start, end, closed, paragraphs and short of a `Quote`."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What stands between two quotation marks: character offsets of the inside, end exclusive, no white space at
    either end.
    """

    start: int
    end: int
    level: int = 0
    """0 for a quote that stands in no other one."""
    closed: bool = True
    """False where the closing mark is missing."""
    paragraphs: int = 1
    short: bool = False
    """At most SHORT words."""


@dataclass(slots=True)
class _OpenQuote:
    """A quote whose closing mark has not been seen yet."""

    start: int
    mark: str
    family: int
    paragraphs: int = 1
    next_same: int = -1
    """Where the next quote of its family opens: an unclosed one ends there."""


def find_quotes(text: str) -> list[Quote]:
    """All direct quotes of `text` by their start, outer ones first. Linear in the length of the text."""
    pattern = _TEX_MARK if "``" in text else _MARK
    marks = [(match.start(), match.group()) for match in pattern.finditer(text)]
    finder = _Finder(text)
    for begin, end, first, last in _marked_paragraphs(text, marks):
        finder.paragraph(begin, end, marks[first:last])
    finder.drop_pending()
    return _levelled(finder.found)


def _levelled(found: list[_Found]) -> list[Quote]:
    """Sorted, and each with the number of quotes round it."""
    found.sort(key=lambda quote: (quote[0], -quote[1]))
    around: list[int] = []
    levelled = []
    for start, end, closed, paragraphs, short in found:
        while around and around[-1] <= start:
            around.pop()
        levelled.append(Quote(start, end, len(around), closed, paragraphs, short))
        if len(around) < DEEPEST:
            around.append(end)
    return levelled


def _wrapped(text: str) -> bool:
    """Whether the lines are all of about one width, so that a line break ends no paragraph."""
    count = total = 0
    for line in text.split("\n"):
        if line.strip():
            if len(line) > _WRAP_MOST:
                return False
            count, total = count + 1, total + len(line)
    return count >= _WRAP_LINES and total >= _WRAP_LEAST * count


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Where paragraphs begin and end, without the white space round them; empty ones are passed over."""
    pattern = _WRAPPED_PARAGRAPH if _wrapped(text) else _PARAGRAPH
    for match in pattern.finditer(text):
        begin, end = _trimmed(text, match.start(), match.end())
        if begin < end:
            yield begin, end


def _marked_paragraphs(text: str, marks: list[_Mark]) -> Iterator[tuple[int, int, int, int]]:
    """The paragraphs in which marks stand: begin and end, and the first of its marks and the one after the last."""
    first, plain = 0, not any(end in text for end in "\r\u2028\u2029") and (not marks or not _wrapped(text))
    paragraphs = _paragraphs(text) if marks and not plain else iter(())
    while first < len(marks):
        at = marks[first][0]
        if plain:
            stop = text.find("\n", at)
            begin, end = _trimmed(text, text.rfind("\n", 0, at) + 1, stop if stop >= 0 else len(text))
        else:
            begin, end = next((begin, end) for begin, end in paragraphs if end > at)
        last = first + 1
        while last < len(marks) and marks[last][0] < end:
            last += 1
        yield begin, end, first, last
        first = last


def _trimmed(text: str, begin: int, end: int) -> tuple[int, int]:
    while begin < end and text[begin].isspace():
        begin += 1
    while begin < end and text[end - 1].isspace():
        end -= 1
    return begin, end


class _Finder:
    """The pass over the marks: what is open, and what has been found."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[_Found] = []
        self.stack: list[_OpenQuote] = []
        self.pending: _OpenQuote | None = None
        self.pending_end = 0

    def paragraph(self, begin: int, end: int, marks: list[_Mark]) -> None:
        """Take the marks of one paragraph."""
        first = 1 if self._goes_on(begin, marks) else 0
        if not first:
            self.drop_pending()
        straight = sum(mark == '"' for _, mark in marks[first:])
        shapes = [self._shape(at, mark, begin, end) for at, mark in marks]
        closers = self._closers_ahead(marks, shapes)
        for (at, mark), shape, closer_ahead in zip(marks[first:], shapes[first:], closers[first:], strict=True):
            straight -= mark == '"'
            self._mark(at, mark, *shape, straight, closer_ahead)
        self._end(end)

    def _goes_on(self, begin: int, marks: list[_Mark]) -> bool:
        """Whether the quote left open in the paragraph before is taken up again by this one's first mark."""
        if self.pending is None or marks[0] != (begin, self.pending.mark):
            return False
        if self.text[self.pending_end : begin].strip():
            return False  # a paragraph without marks comes between
        self.pending.paragraphs += 1
        self.pending.next_same = -1
        self.stack.append(self.pending)
        self.pending = None
        return True

    def drop_pending(self) -> None:
        """The quote left open in the paragraph before stays unclosed."""
        if self.pending is not None:
            self._found(self.pending, self.pending_end, closed=False)
        self.pending = None

    def _closers_ahead(self, marks: list[_Mark], shapes: list[tuple[bool, bool]]) -> list[bool]:
        """Of each mark: whether a mark that may close a single quote comes before the next one that may open one."""
        ahead, result = False, [False] * len(marks)
        for index in range(len(marks) - 1, -1, -1):
            result[index] = ahead
            mark = marks[index][1]
            if _FAMILY[mark] != _SINGLE:
                continue
            opens, closes = shapes[index]
            if closes and mark != "‘":
                ahead = True
            elif opens and mark != "’":
                ahead = False
        return result

    def _shape(self, at: int, mark: str, begin: int, end: int) -> tuple[bool, bool]:
        """Whether the mark may open (a word follows, none goes before), and may close (the other way round)."""
        before = self.text[at - 1] if at > begin else ""
        after = self.text[at + len(mark)] if at + len(mark) < end else ""
        opens = (
            bool(after) and not after.isspace() and after not in _AFTER_CLOSING
            and (not before or before.isspace() or before in _BEFORE_OPENING)
        )  # fmt: skip
        closes = bool(before) and not before.isspace() and not after.isalnum()
        return opens, closes

    def _mark(self, at: int, mark: str, opens: bool, closes: bool, straight: int, closer_ahead: bool) -> None:
        family = _FAMILY[mark]
        if family == _SINGLE:
            self._single(at, mark, opens, closes, closer_ahead)
        elif mark in '"＂':
            self._straight(at, mark, opens, closes, straight)
        elif family == _DOUBLE:
            self._curly(at, mark, opens, closes)
        elif family in (_ANGLE, _SMALL_ANGLE):
            self._angle(at, mark, family, opens)
        elif mark in "「『":
            self._open(at, mark, family)
        else:
            self._close(at, family)

    def _straight(self, at: int, mark: str, opens: bool, closes: bool, left: int) -> None:
        inside = self._innermost(_DOUBLE)
        if at and self.text[at - 1].isdigit():
            # after a digit it closes a quote or means inches: an odd number of marks to come speaks for inches
            if inside is not None and left % 2 == 0:
                self._close(at, _DOUBLE)
        elif opens and not closes:
            self._open(at, mark, _DOUBLE)
        elif (closes and not opens) or inside is not None:
            self._close(at, _DOUBLE)
        elif left:
            self._open(at, mark, _DOUBLE)

    def _curly(self, at: int, mark: str, opens: bool, closes: bool) -> None:
        inside = self._innermost(_DOUBLE)
        german = inside is not None and inside.mark == "„"
        if mark == "“":
            if german or (closes and not opens and inside is not None):
                self._close(at, _DOUBLE)
            else:
                self._open(at, mark, _DOUBLE)
        elif mark in ("”", "''"):
            if inside is not None:
                self._close(at, _DOUBLE)
            elif opens and not closes:  # Swedish and Finnish: ”so”
                self._open(at, mark, _DOUBLE)
        else:
            self._open(at, mark, _DOUBLE)

    def _angle(self, at: int, mark: str, family: int, opens: bool) -> None:
        inside = self._innermost(family)
        pointing_in = mark in "«‹"
        if inside is not None and (inside.mark != mark or not pointing_in):
            self._close(at, family)
        elif pointing_in or opens:
            self._open(at, mark, family)

    def _single(self, at: int, mark: str, opens: bool, closes: bool, closer_ahead: bool) -> None:
        inside = self._innermost(_SINGLE)
        if mark == "‚" or (mark == "‘" and inside is not None and inside.mark == "‚"):
            if mark == "‘":
                self._close(at, _SINGLE)
            elif opens:
                self._open(at, mark, _SINGLE)
        elif opens and mark != "’":
            if _ELISION.match(self.text, at + 1) is None and (mark != "'" or closer_ahead):
                self._open(at, mark, _SINGLE)
        elif closes and inside is not None and not (closer_ahead and self._possessive(at)):
            self._close(at, _SINGLE)

    def _possessive(self, at: int) -> bool:
        """Whether the mark looks like that of "workers’ rights"."""
        after = self.text[at + 1 : at + 3]
        return self.text[at - 1] in "sS" and len(after) == 2 and after[0].isspace() and after[1].islower()

    def _innermost(self, family: int) -> _OpenQuote | None:
        """The innermost open quote of a family. A single quote within which a double one is open is out of reach."""
        for quote in reversed(self.stack):
            if quote.family == family:
                return quote
            if family == _SINGLE:
                return None
        return None

    def _open(self, at: int, mark: str, family: int) -> None:
        for quote in self.stack:
            if quote.family == family and quote.next_same < 0:
                quote.next_same = at
        self.stack.append(_OpenQuote(at + len(mark), mark, family))
        if len(self.stack) > DEEPEST:
            self._unclosed(self.stack.pop(0), at)

    def _close(self, at: int, family: int) -> None:
        if self._innermost(family) is None:
            return
        while True:
            quote = self.stack.pop()
            if quote.family == family:
                self._found(quote, at, closed=True)
                return
            self._unclosed(quote, at)

    def _unclosed(self, quote: _OpenQuote, end: int) -> None:
        """A quote without its closing mark. Of single marks most are apostrophes; only what begins like a sentence
        is taken for a quote.
        """
        if quote.family != _SINGLE or (quote.mark == "‘" and self.text[quote.start : quote.start + 1].isupper()):
            self._found(quote, quote.next_same if quote.next_same >= 0 else end, closed=False)

    def _end(self, end: int) -> None:
        """The end of a paragraph: the outermost quote that is still open may go on in the next one."""
        for depth, quote in enumerate(self.stack):
            if depth == 0 and quote.next_same < 0:
                self.pending, self.pending_end = quote, end
            else:
                self._unclosed(quote, end)
        self.stack.clear()

    def _found(self, quote: _OpenQuote, end: int, *, closed: bool) -> None:
        begin, stop = _trimmed(self.text, quote.start, max(end, quote.start))
        if begin < stop:
            short = stop - begin <= 80 and sum(1 for _ in _WORD.finditer(self.text, begin, stop)) <= SHORT
            self.found.append((begin, stop, closed, quote.paragraphs, short))
