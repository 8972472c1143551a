"""Whether what a scorer points at is what the spinner replaced, and whether it knows what stood there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice, product
from typing import TYPE_CHECKING

from benchmarks.spinner import Substitution
from dedup.model import Span

if TYPE_CHECKING:
    from benchmarks.phrasing_texts import Spun

Entries = Mapping[str, tuple[str, ...]]
MOST_WORDINGS = 256
"""Wordings that are tried for a span over many substitutions."""


def judge(span: Span, copy: Spun, source: str, entries: Entries) -> Counter[str]:
    """Counts of one span: whether it is `inside` (overlaps with a substitution), whether its suggestion is `right` (the
    original or what the vocabulary has for it), and both for those whose originals are of one word (`single`,
    `single_right`).
    """
    met = [one for one in copy.substitutions if one[2] < span.end and one[3] > span.start]
    if not met:
        return Counter(spans=1, suggested=span.suggestion is not None)
    right = span.suggestion is not None and _right(span, copy.text, source, met, entries)
    single = all(len(source[a:b].split()) == 1 for a, b, _, _ in met)
    return Counter(
        spans=1, suggested=span.suggestion is not None, inside=1, right=right, single=single,
        single_right=single and right,
    )  # fmt: skip


def wording_right(span: Span, copy: Spun, source: str, entries: Entries) -> bool:
    """Whether the suggestion of a span is right: it puts back the original, or what the vocabulary has for it."""
    met = [one for one in copy.substitutions if one[2] < span.end and one[3] > span.start]
    return bool(met) and span.suggestion is not None and _right(span, copy.text, source, met, entries)


def _right(span: Span, text: str, source: str, met: list[Substitution], entries: Entries) -> bool:
    """Whether the stretch of span and substitutions becomes one of the wordings it could have come from."""
    begin, end = min(span.start, met[0][2]), max(span.end, met[-1][3])
    proposed = _plain(f"{text[begin : span.start]}{span.suggestion}{text[span.end : end]}")
    parts: list[tuple[str, ...]] = []
    at = begin
    for a, b, c, d in met:
        head = _plain(source[a:b])
        parts += [(text[at:c],), (head, *entries.get(head, ()))]
        at = d
    wordings = product(*parts, (text[at:end],))
    return any(_plain("".join(wording)) == proposed for wording in islice(wordings, MOST_WORDINGS))


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
