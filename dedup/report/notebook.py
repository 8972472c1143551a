"""Results as notebooks show them: a few pairs side by side, as the HTML report lays them, bounded in size.

What a notebook shows is kept in its file and sent to a browser, and a result may hold a million documents and hostile
texts: only the first clusters are looked at, each cell is cut, and all texts are escaped by the templates.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dedup.model import RELATIONS, Cluster, Comparison, Phrasing, ScanResult
from dedup.report import rows
from dedup.report.html.pages import PairView, environment, pair_view
from dedup.report.html.sides import Fold, Line, Piece
from dedup.report.html.sources import ReportEdge
from dedup.report.rows import Row
from dedup.report.tables import to_dict, to_frame

__all__ = ["comparison_html", "phrasing_html", "result_html", "to_dict", "to_frame", "to_html"]

CLUSTERS, MEMBERS, LINES, CELL, SPANS = 3, 2, 12, 400, 25
"""Clusters, copies of each and rows of a pair that are shown, characters of a cell, and badly worded spans."""


class _Pair(NamedTuple):
    """A pair that is shown: its view, and how many rows of it are not."""

    view: PairView
    lines: list[Line]
    folded: int
    """Sentences without a difference."""
    more: int


class _Few:
    """The documents that are shown, as a report's source."""

    def __init__(self, documents: Sequence[Row], texts: Sequence[str | None], edge: Row) -> None:
        self.documents = documents
        self.clusters: Sequence[Row] = ()
        self.forms: Sequence[Row] = ()
        self.stories: Sequence[Row] = ()
        self.rejects: Sequence[Row] = ()
        self.stats: Row = {}
        self.notes: Sequence[str] = ()
        self._texts, self._edge = texts, edge

    def ties(self) -> Sequence[ReportEdge]:
        """None: the one that is shown is handed over."""
        return ()

    def edge(self, number: int) -> Row:
        """The one that is shown."""
        return self._edge

    def text(self, document: int) -> str | None:
        """The whole text where it is known."""
        return self._texts[document]


def result_html(result: ScanResult) -> str:
    """What was found, and some copies of the largest clusters beside what is kept."""
    largest = sorted(result.clusters, key=lambda cluster: (-len(cluster.members), cluster.id))
    shown = [(cluster, list(_pairs(result, cluster))) for cluster in largest[:CLUSTERS]]
    relations = Counter(RELATIONS[code].value for code in result.edges.relation.tolist())
    return environment().get_template("notebook.html.j2").render(
        title=repr(result), relations=sorted(relations.items()), clusters=shown, ids=result.corpus.ids,
        more=len(largest) - len(shown), rejects=len(result.rejects),
    )  # fmt: skip


def to_html(result: ScanResult, path: str | os.PathLike[str]) -> None:
    """The whole report, in a file or, where `path` ends in a slash or is a folder, as pages. Raises OutputError."""
    from dedup.report.html import ResultSource, write_file, write_folder
    from dedup.runtime.atomic import OutputSet

    place = Path(path)
    with OutputSet() as outputs:
        if os.fspath(path).endswith(("/", os.sep)) or place.is_dir():
            with outputs.folder(place) as folder:
                write_folder(ResultSource(result), folder)
        else:
            with outputs.open(place) as out:
                write_file(ResultSource(result), out)


def comparison_html(comparison: Comparison) -> str:
    """Two texts side by side, as far as they share passages."""
    documents = [{"id": side, "source": side, "date": None, "words": None, "flags": ()} for side in ("first", "second")]
    relation = comparison.relation.value if comparison.relation else "no copy"
    edge = {"evidence": rows.comparison_row(comparison)}
    tie = ReportEdge(0, 1, relation, comparison.similarity, (), 0)
    view = pair_view(_Few(documents, (None, None), edge), tie, edge)
    return environment().get_template("notebook_pair.html.j2").render(title=repr(comparison), pair=_bounded(view))


def phrasing_html(phrasing: Phrasing) -> str:
    """What is badly worded, and the wording that was found instead."""
    template = environment().get_template("notebook_phrasing.html.j2")
    spans = [(_cut(span.text), _cut(span.suggestion or "")) for span in phrasing.spans[:SPANS]]
    return template.render(title=repr(phrasing), spans=spans, more=len(phrasing.spans) - len(spans))


def _pairs(result: ScanResult, cluster: Cluster) -> Iterator[_Pair]:
    """The first copies of a cluster beside its representative; those that have no edge with it are not shown."""
    best, edges = cluster.representative, result.edges
    shown = 0
    for row in cluster.members:
        a, b = min(row, best), max(row, best)
        found = np.flatnonzero((edges.a == a) & (edges.b == b))
        if row == best or not len(found) or shown == MEMBERS:
            continue
        shown += 1
        number = int(found[0])
        edge = {"evidence": rows.evidence_row(edges.explain(number, True))}
        source = _Few([_document(result, side) for side in (a, b)], [result.corpus.text(side) for side in (a, b)], edge)
        copy = int(edges.copy[number])
        sides = {a: (0,), b: (1,)}.get(copy, ())
        tie = ReportEdge(0, 1, RELATIONS[edges.relation[number]].value, float(edges.similarity[number]), sides, number)
        yield _bounded(pair_view(source, tie, edge, int(best == b)))


def _document(result: ScanResult, row: int) -> Row:
    """What is shown of a document, and its flags."""
    corpus = result.corpus
    flags = [rows.flag_row(flag) for flag in result.flags.get(row, ())]
    return {
        "id": corpus.ids[row], "source": corpus.source(row), "date": rows.iso_date(int(corpus.dates[row])),
        "words": int(corpus.words[row]), "flags": flags,
    }  # fmt: skip


def _bounded(view: PairView) -> _Pair:
    """The first rows of a pair that show a difference, each side cut where it is long."""
    lines = [line for line in view.lines if isinstance(line, Line)]
    folded = sum(len(line.lines) for line in view.lines if isinstance(line, Fold))
    for line in lines[:LINES]:
        line.left, line.right = _cell(line.left), _cell(line.right)
    return _Pair(view, lines[:LINES], folded, len(lines) - len(lines[:LINES]))


def _cell(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of a cell, cut where it is long."""
    kept: list[Piece] = []
    left = CELL
    for piece in pieces:
        text, notes = piece.text[:left], tuple(map(_cut, piece.notes[:3]))
        kept.append(Piece(text + "…" * (len(text) < len(piece.text)), piece.kinds, notes))
        left -= len(text)
        if left <= 0:
            break
    return kept


def _cut(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
