"""Two documents laid side by side: in the terminal, as JSON and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, BinaryIO

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dedup.model import Comparison
from dedup.report.console import console_for, plain
from dedup.report.html import pages, sides
from dedup.report.html.sources import ReportEdge, ReportSource
from dedup.report.rows import Row

SCHEMA = "dedup.compare/1"
NO_COPY, REVISED = "no copy", "revised copy"
"""What is said where no relation is: unrelated as far as one can tell, and copied but rewritten so heavily that a scan,
where one pair in a million is a copy, would not say so."""
_BRACKETS = {"sub": ("[", "]"), "only": ("{", "}"), "mangled": ("<", ">")}
"""How marks are shown without colour."""
ALONE = 3
"""Sentences in a row that stand on one side alone and are shown."""
_STYLES = {"sub": "yellow underline", "only": "blue", "mangled": "red underline", "number": "red", "quote": "red",
           "scraper": "dim strike", "hidden": "red reverse", "shared": "bold"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """Two documents and what they are to each other."""

    source: ReportSource
    tie: ReportEdge
    edge: Row
    comparison: Comparison

    @property
    def copied(self) -> bool:
        """Whether one is a copy of the other."""
        return self.tie.relation not in (NO_COPY, "form", "same-story")


def laid_out(source: ReportSource, comparison: Comparison, evidence: Row) -> Compared:
    """Of a result with two documents: its edge, or where it has none what the comparison by itself says."""
    ties = source.ties()
    if ties:
        return Compared(source, ties[0], source.edge(0), comparison)
    relation = comparison.relation.value if comparison.relation else REVISED if comparison.copied else NO_COPY
    tie = ReportEdge(0, 1, relation, comparison.similarity, (), 0)
    edge = {"jaccard": comparison.jaccard, "containment": comparison.containment, "evidence": evidence}
    return Compared(source, tie, edge, comparison)


def write_json(view: Compared, out: BinaryIO) -> None:
    """One object, schema `dedup.compare/1`."""
    ids = [row["id"] for row in view.source.documents]
    copy = [ids[side] for side in view.tie.copy]
    row = {
        "schema": SCHEMA, "a": ids[0], "b": ids[1], "relation": view.tie.relation, "copied": view.copied,
        "similarity": round(view.tie.similarity, 6), "closeness": round(view.comparison.closeness, 6),
        "jaccard": round(view.edge["jaccard"], 6), "containment": round(view.edge["containment"], 6),
        "copy": copy if len(copy) > 1 else copy[0] if copy else None, "evidence": view.edge["evidence"],
        "documents": list(view.source.documents),
    }  # fmt: skip
    out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_SERIALIZE_NUMPY))


def write_html(view: Compared, out: BinaryIO) -> None:
    """A page of its own."""
    pages.write_pair(view.source, view.tie, view.edge, out)


def write_text(view: Compared, out: IO[str], *, color: bool | None = None, everything: bool = False) -> None:
    """For the terminal; `color` is that of `console_for`, `everything` shows what does not differ, too."""
    console = console_for(out, color)
    shown = pages.pair_view(view.source, view.tie, view.edge)
    _head(console, view, shown)
    if view.tie.relation == "exact" or not shown.lines:
        return
    table = Table(box=None, pad_edge=False, show_header=True, header_style="bold", expand=True, padding=(0, 2, 0, 0))
    for name in (shown.left["id"], shown.right["id"]):
        table.add_column(plain(name, 60), ratio=1, overflow="fold")
    for line in _chosen(shown.lines, everything):
        if isinstance(line, str):
            table.add_row(Text(line, "dim"), "")
        else:
            style = "" if line.differs else "dim"
            table.add_row(*(_text(pieces, style, console) for pieces in (line.left, line.right)))
    console.print()
    console.print(table)
    if shown.left_out:
        console.print(f"… and {shown.left_out:,} more characters", style="dim")
    if console.no_color:
        console.print("\n[ ] replaced, { } on one side only, < > mangled", style="dim", markup=False)


def _head(console: Console, view: Compared, shown: pages.PairView) -> None:
    tie = view.tie
    console.print(Text(f"{tie.relation}  {shown.similarity} aligned", "bold red" if view.copied else "bold green"))
    sides_told = f"{shown.shares[0]} of the left, {shown.shares[1]} of the right text · " if shown.shares else ""
    count = len(view.edge["evidence"].get("substitutions", ()))
    places = f"{count:,} {'place differs' if count == 1 else 'places differ'}"
    console.print(f"{sides_told}Jaccard {view.edge['jaccard']:.2f} · {places}", style="dim")
    if view.copied:
        reasons = f": {plain(', '.join(shown.reasons))}" if shown.reasons else ""
        said = {"": f"the right text is taken for the copy{reasons}", "open": "nothing tells which is the copy"}
        console.print(said.get(shown.direction, shown.direction))


def _chosen(lines: Sequence[sides.Line | sides.Fold], everything: bool) -> list[sides.Line | str]:
    """Rows of the table; unless `everything` is wanted, long runs that say little are told in words."""
    chosen: list[sides.Line | str] = []
    alone = 0
    for line in lines:
        if isinstance(line, sides.Fold):
            chosen += line.lines if everything else [f"… {len(line.lines)} sentences without a difference"]
            continue
        alone = 0 if line.left and line.right else alone + 1
        if everything or alone <= ALONE:
            chosen.append(line)
        else:
            told = f"… {alone - ALONE} more on one side alone (-v shows all)"
            chosen = [*chosen[:-1], told] if alone > ALONE + 1 else [*chosen, told]
    return chosen


def _text(pieces: Sequence[sides.Piece], style: str, console: Console) -> Text:
    text = Text(style=style)
    for piece in pieces:
        kind = next((kind for kind in _STYLES if kind in piece.kinds), "")
        left, right = _BRACKETS.get(kind, ("", "")) if console.no_color else ("", "")
        text.append(left).append(plain(piece.text), _STYLES.get(kind, "")).append(right)
    return text
