"""Verdicts on phrasing for people: counts, then each text with its score, and the mangled ones with their phrases."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import IO

from rich.console import Console
from rich.text import Text

from dedup.model import ReferenceInfo, Reject, ScoredText
from dedup.report.console import console_for, plain
from dedup.report.excerpt import excerpts, phrase_lines
from dedup.report.score import ScoreCounts

SHOWN_TEXTS, SHOWN_PHRASES, SHOWN_EXCERPTS = 20, 6, 3
FEW = 3
"""Texts up to which each is shown with its phrases, mangled or not: who gives that few wants to know all about them."""
INDENT = 6
LEAST_WIDTH = 30
HINT = "perhaps, [ ]: the closest wording that was found, often not the one that stood there"
Block = list[Text]
"""What is shown of one text: lines."""


def write_text(
    scored: Iterable[ScoredText], reference_info: ReferenceInfo, rejects: Sequence[Reject], out: IO[str], *,
    color: bool | None = None, everything: bool = False, skipped: Callable[[], int] = lambda: 0,
) -> None:  # fmt: skip
    """Write the verdicts. `color` is that of `terminal.console_for`; `rejects` may grow until the last text has come,
    and `skipped` is asked then.

    The counts come first, then the worst texts, so the most of them are held until the end, and no more. With
    `everything` all texts are written in their order, as they come, and the counts last.
    """
    console, tally = console_for(out, color), ScoreCounts()
    if everything:
        for text in tally.counting(scored):
            details = _details(text, console, None)
            _print(console, [_line(text, console), *details, *([Text()] if details else ())])
        _print(console, [Text(), *_summary(tally, reference_info, rejects, skipped())])
        return
    mangled, others = _Worst(), _Worst()
    for text in tally.counting(scored):
        (mangled if text.phrasing.mangled else others).add(text, tally.texts, console)
    _print(console, _summary(tally, reference_info, rejects, skipped()))
    for line, details in mangled.blocks():
        _print(console, [Text(), line, *details])
    _more(console, tally.mangled - len(mangled.blocks()), "mangled")
    for number, (line, details) in enumerate(others.blocks()):
        _print(console, [*([] if number else [Text()]), line, *(details if tally.texts <= FEW else ())])
    _more(console, tally.texts - tally.mangled - len(others.blocks()), "that are not")


class _Worst:
    """The texts with the highest scores, no more than are shown, as they will be."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Text, Block]] = []

    def add(self, text: ScoredText, number: int, console: Console) -> None:
        """Hold `text`, the `number`-th of all, if it is among the worst."""
        unjudged = 1.0 if text.phrasing.mangled else -1.0
        rank = (unjudged if text.phrasing.score is None else float(text.phrasing.score), -number)
        if len(self._heap) == SHOWN_TEXTS and rank < self._heap[0][:2]:
            return
        wanted = text.phrasing.mangled or number <= FEW
        details = _details(text, console, SHOWN_PHRASES) if wanted else []
        entry = (*rank, _line(text, console), details)
        (heapq.heappushpop if len(self._heap) == SHOWN_TEXTS else heapq.heappush)(self._heap, entry)

    def blocks(self) -> list[tuple[Text, Block]]:
        """The line and the details of each, the worst first, and of equals the first."""
        return [entry[2:] for entry in sorted(self._heap, key=lambda entry: (-entry[0], -entry[1]))]


def _summary(tally: ScoreCounts, reference_info: ReferenceInfo, rejects: Sequence[Reject], skipped: int) -> Block:
    line = Text().append(f"{tally.texts:,} text{'' if tally.texts == 1 else 's'}", "bold")
    if tally.mangled:
        line.append(f" · {tally.mangled:,} mangled", "bold red")
    elif tally.clean:
        line.append(" · none mangled", "bold green")
    if tally.unjudged:
        line.append(f" · {tally.unjudged:,} not judged", "yellow")
    if rejects:
        line.append(f" · {len(rejects):,} rejected", "red")
    if skipped:
        line.append(f" · {skipped:,} file{'' if skipped == 1 else 's'} skipped", "yellow")
    return [
        line,
        *(Text().append(said, "dim") for said in (_judged_by(reference_info), HINT)[: 1 + bool(tally.mangled)]),
    ]


def _judged_by(reference_info: ReferenceInfo) -> str:
    name = "the shipped reference" if reference_info.file is None else plain(reference_info.file)
    line = (
        f"judged by {name} ({reference_info.documents:,} texts, {reference_info.words:,} words) · "
        f"mangled from {reference_info.threshold:.2f}"
    )
    if reference_info.file is None:  # measured with this one alone
        line += ", more where it knows less of a kind of text"
    return line


def _line(text: ScoredText, console: Console) -> Text:
    """Score, verdict and id of one text, and why it was not judged."""
    phrasing, line = text.phrasing, Text()
    score = "   –" if phrasing.score is None else f"{phrasing.score:.2f}"
    if phrasing.mangled:  # by listed phrases also where it was not judged
        line.append(f"{score}  mangled     ", "bold red")
    elif phrasing.score is None:
        line.append(f"{score}  not judged  ", "dim")
    else:
        line.append(f"{score}  clean       ", "green")
    room = 0 if console.soft_wrap else max(console.width - len(line), LEAST_WIDTH)
    line.append(plain(text.id, room), "bold" if phrasing.mangled else "")
    if phrasing.score is None and phrasing.reason:
        line.append(f"  {plain(phrasing.reason)}", "dim")
    return line


def _details(text: ScoredText, console: Console, limit: int | None) -> Block:
    """Phrases of one text and where they stand; `limit` phrases, or all."""
    spans = text.phrasing.spans
    if not spans:
        nothing = "no single phrase stands out"
        return [_indented(Text().append(nothing, "dim"))] if text.phrasing.mangled else []
    lines = [_indented(line) for line in phrase_lines(spans, limit)]
    if found := excerpts(text.text.decode(), spans, None if limit is None else SHOWN_EXCERPTS):
        lines.append(Text())
    for excerpt in found:
        width = max(console.width - INDENT - 2, LEAST_WIDTH)
        parts = [excerpt] if console.soft_wrap else list(excerpt.wrap(console, width))
        lines += [_indented(part, "  " if number else "› ") for number, part in enumerate(parts)]
    return lines


def _indented(line: Text, mark: str = "") -> Text:
    return Text(" " * INDENT).append(mark, "dim").append_text(line)


def _more(console: Console, count: int, what: str) -> None:
    if count:
        _print(console, [Text().append(f"… and {count:,} {what} (-v shows all, --format jsonl too)", "dim")])


def _print(console: Console, lines: Block) -> None:
    for line in lines:
        console.print(line)
