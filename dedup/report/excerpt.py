"""Badly worded places of a text as people read them: a list of the worst phrases, and where they stand.

Where there is colour a phrase is coloured by how bad it is; in either case the closest wording that was found stands
beside it. That is seldom what the author wrote: it shows what is odd about the phrase.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import inf

from rich.cells import cell_len
from rich.text import Text

from dedup.model import Span
from dedup.report.console import plain

AROUND, NEAR = 64, 24
"""Characters shown before and after a place; excerpts of a paragraph that are no further apart than NEAR are joined."""
TRIED = 4
"""Places looked at for each excerpt that is shown: many of the worst stand together."""
PHRASE_WIDTH = 40
SEVERE, NOTABLE = 6.0, 3.0
"""Gains, in nats, from which a place is shown as bad (400 times likelier) and as noticeable (20 times)."""
_PARAGRAPH = re.compile(r"\n\s*")


def severity(span: Span) -> str:
    """The style of a place. One without a gain comes from a list of known phrases: nobody has to weigh it."""
    gain = inf if span.gain is None else span.gain
    return "bold red" if gain >= SEVERE else "red" if gain >= NOTABLE else "yellow"


def worst(spans: Sequence[Span]) -> list[Span]:
    """The spans, the worst first."""
    return sorted(spans, key=lambda span: (-inf if span.gain is None else -span.gain, span.start))


def phrase_lines(spans: Sequence[Span], limit: int | None = None) -> list[Text]:
    """A line each for the worst `limit` phrases: what stands there, and perhaps a better wording."""
    found: dict[tuple[str, str], list[Span]] = {}
    for span in worst(spans):
        found.setdefault((plain(span.text).casefold(), plain(span.suggestion or "").casefold()), []).append(span)
    shown = list(found.values())[:limit]
    pairs = [(plain(same[0].text, PHRASE_WIDTH), plain(same[0].suggestion or "", PHRASE_WIDTH)) for same in shown]
    width = max((cell_len(phrase) for phrase, _ in pairs), default=0)
    lines = []
    for same, (phrase, wording) in zip(shown, pairs, strict=True):
        line = Text().append(phrase, severity(same[0])).append(" " * (width - cell_len(phrase) + 3))
        line.append("perhaps " if wording else "", "dim").append(wording, "green")
        if len(same) > 1:
            line.append(f"{'   ' if wording else ''}{len(same):,} places", "dim")
        line.rstrip()
        lines.append(line)
    if len(found) > len(shown):
        lines.append(Text().append(f"… and {len(found) - len(shown):,} more", "dim"))
    return lines


def excerpts(text: str, spans: Sequence[Span], limit: int | None = None) -> list[Text]:
    """The text round its worst places, in order, each excerpt on one line; no more than `limit`."""
    places: list[tuple[int, int]] = []
    if limit is None:
        places = _joined([_window(text, span) for span in spans], text)
    else:
        for span in worst(spans)[: limit * TRIED]:
            joined = _joined([*places, _window(text, span)], text)
            places = joined if len(joined) <= limit else places
    return [_excerpt(text, begin, end, spans) for begin, end in places]


def _window(text: str, span: Span) -> tuple[int, int]:
    """What is shown round a span: whole words, and no more than its paragraph."""
    low, high = max(span.start - AROUND, 0), min(span.end + AROUND, len(text))
    breaks = [match.end() for match in _PARAGRAPH.finditer(text, low, span.start)]
    if breaks:
        low = breaks[-1]
    elif low and not text[low - 1].isspace() and (space := re.search(r"\s+", text[low : span.start])):
        low += space.end()
    if after := _PARAGRAPH.search(text, span.end, high):
        high = after.start()
    elif high < len(text) and not text[high].isspace() and (space := re.search(r"\s+\S*$", text[span.end : high])):
        high = span.end + space.start()
    return low, high


def _joined(places: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """In order; what overlaps is joined, and what is near in one paragraph."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(places):
        last = found[-1][1] if found else -1
        if found and (begin <= last or (begin <= last + NEAR and "\n" not in text[last:begin])):
            found[-1] = found[-1][0], max(last, end)
        else:
            found.append((begin, end))
    return found


def _excerpt(text: str, begin: int, end: int, spans: Sequence[Span]) -> Text:
    """One excerpt, every place in it with its suggestion."""
    line, at = Text(), begin
    if _cut(text[max(begin - AROUND, 0) : begin][::-1]):
        line.append("… ", "dim")
    for span in sorted(spans, key=lambda span: span.start):
        if at <= span.start and span.end <= end:
            line.append(plain(text[at : span.start])).append(plain(span.text), severity(span))
            line.append(f" [{plain(span.suggestion) if span.suggestion else '?'}]", "green")
            at = span.end
    line.append(plain(text[at:end]).rstrip())
    return line.append(" …", "dim") if _cut(text[end : end + AROUND]) else line


def _cut(beyond: str) -> bool:
    """Whether a paragraph goes on where an excerpt ends; `beyond` are the characters from there on."""
    rest = beyond.lstrip()
    return bool(rest) and "\n" not in beyond[: len(beyond) - len(rest)]
