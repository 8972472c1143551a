"""What shows a reader that one text rewrites another: sentences side by side, what they agree in and what they differ
in.
"""

from __future__ import annotations

from typing import Any

from rich.text import Text

from dedup.model import Evidence, ScanResult
from dedup.report.console import plain

_Told = dict[str, Any]
_Pair = tuple[str, str, _Told]
"""A sentence of each text, and the words of both and of one alone."""
SHOWN_SENTENCES, SHOWN_WORDS = 2, 6
LEAST_WIDTH = 24
"""Characters of a sentence that are shown at least, however narrow the terminal is."""


def sentence_lines(result: ScanResult, number: int, row: int, indent: int, width: int) -> Text:
    """The pairs of sentences of one edge that agree in most, as lines of `width` characters: the source's words first,
    and an arrow, where it is known which side is the copy; else those of the document that is not `row`.
    """
    edges = result.edges
    copy = int(edges.copy[number])
    turned = int(edges.b[number]) != (copy if copy >= 0 else row)
    room, found = max((width - indent - 3) // 2, LEAST_WIDTH), Text()
    for pair in _best(edges.explain(number, True)):
        one, two, told = _turned(*pair) if turned else pair
        found.append("\n" if found else "")
        found.append(f"{' ' * indent}{plain(one, room)} {'→' if copy >= 0 else '↔'} ", "dim")
        found.append(plain(two, room), "bright_red" if copy >= 0 else "dim")
        if notes := _notes(told):
            found.append(f"\n{' ' * indent}  {plain(notes, max(width - indent - 2, LEAST_WIDTH))}", "dim")
    return found


def _turned(one: str, two: str, told: _Told) -> _Pair:
    """A pair of sentences the other way round."""
    return two, one, told | {"only_a": told["only_b"], "only_b": told["only_a"]}


def _best(evidence: Evidence) -> list[_Pair]:
    """Sentences that go together, with what they agree and differ in; those with most in common, in their order."""
    told = evidence.figures.get("sentences", [])
    rows = [(pair.a.text, pair.b.text, each) for pair, each in zip(evidence.passages, told, strict=False)]
    order = sorted(range(len(rows)), key=lambda place: (-len(rows[place][2]["agree"]), place))[:SHOWN_SENTENCES]
    return [rows[place] for place in sorted(order)]


def _notes(told: _Told) -> str:
    """The words that both sentences have, and those of one alone."""
    names = {"agree": "both", "only_a": "only the first", "only_b": "only the second"}
    parts = [f"{title}: {', '.join(told[name][:SHOWN_WORDS])}" for name, title in names.items() if told[name]]
    return "; ".join(parts)
