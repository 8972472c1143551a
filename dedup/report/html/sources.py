"""What a report is made from: rows of the contract `dedup.scan/1`, and the texts where they can be had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from dedup.errors import InputError
from dedup.model import BOTH, RELATIONS, UNDECIDED, ScanResult
from dedup.report import rows
from dedup.report.rows import Row


class ReportEdge(NamedTuple):
    """An edge without its evidence. `a`, `b`: indices into the documents of the report."""

    a: int
    b: int
    relation: str
    similarity: float
    copy: tuple[int, ...]
    """Indices of the side or sides that were copied; empty where nothing tells."""
    number: int
    """By which its evidence is asked for."""


class ReportSource(Protocol):
    """A result to be shown."""

    documents: Sequence[Row]
    clusters: Sequence[Row]
    forms: Sequence[Row]
    stories: Sequence[Row]
    rejects: Sequence[Row]
    stats: Row
    notes: Sequence[str]

    def ties(self) -> Sequence[ReportEdge]:
        """All edges."""
        ...

    def edge(self, number: int) -> Row:
        """An edge with its evidence."""
        ...

    def text(self, document: int) -> str | None:
        """The whole text; None where the result does not hold it."""
        ...


class ResultSource:
    """A result in memory."""

    def __init__(self, result: ScanResult) -> None:
        self._result = result
        self.documents: Sequence[Row] = list(rows.documents(result))
        # documents that others were compared with, and that nothing is tied to, have no row of their own
        tied = rows.tied_rows(result)
        shown = [row for row in range(len(result.corpus)) if row < result.new or row in tied]
        self._jaccard, self._containment = result.edges.jaccard, result.edges.containment  # columns, made when asked
        self._rows, self._index = shown, {row: index for index, row in enumerate(shown)}
        self.clusters: Sequence[Row] = list(rows.clusters(result))
        self.forms: Sequence[Row] = list(rows.forms(result))
        self.stories: Sequence[Row] = list(rows.stories(result))
        self.rejects: Sequence[Row] = [rows.reject_row(reject) for reject in result.rejects]
        self.stats: Row = dict(result.stats)
        self.notes: Sequence[str] = result.notes

    def ties(self) -> Sequence[ReportEdge]:
        """All edges."""
        edges, index = self._result.edges, self._index
        columns = (edges.a, edges.b, edges.relation, edges.similarity, edges.copy)
        ties = []
        for number, (a, b, code, similarity, copy) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        ):
            sides = (a, b) if copy == BOTH else () if copy == UNDECIDED else (copy,)
            ties.append(
                ReportEdge(
                    index[a], index[b], RELATIONS[code].value, similarity, tuple(index[row] for row in sides), number
                )
            )
        return ties

    def edge(self, number: int) -> Row:
        """An edge with its evidence."""
        evidence = rows.evidence_row(self._result.edges.explain(number, True))
        jaccard, containment = float(self._jaccard[number]), float(self._containment[number])
        row: Row = {"jaccard": jaccard, "containment": containment, "evidence": evidence}
        edges = self._result.edges
        if said := self._result.decided.get((int(edges.a[number]), int(edges.b[number]))):
            row["decided"] = said
        return row

    def text(self, document: int) -> str | None:
        """The whole text."""
        return self._result.corpus.text(self._rows[document])


class JsonSource:
    """What `dedup scan --format json` wrote. Raises InputError for anything else."""

    def __init__(self, content: Any, name: str) -> None:
        if not isinstance(content, dict) or content.get("schema") != rows.SCHEMA:
            raise InputError(f"{name}: is not a result of dedup scan --format json ({rows.SCHEMA})")
        try:
            self.documents: Sequence[Row] = content["documents"]
            self.clusters: Sequence[Row] = content["clusters"]
            self.forms: Sequence[Row] = content.get("forms", [])
            self.stories: Sequence[Row] = content["stories"]
            self.rejects: Sequence[Row] = content["rejects"]
            self.stats: Row = content["stats"]
            self.notes: Sequence[str] = content.get("notes", [])
            self._edges: Sequence[Row] = content["edges"]
            self._index = {row["id"]: index for index, row in enumerate(self.documents)}
            self._ties = [self._tie(number, edge) for number, edge in enumerate(self._edges)]
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise InputError(f"{name}: does not follow {rows.SCHEMA}: {type(error).__name__} {error}") from None

    def _tie(self, number: int, edge: Row) -> ReportEdge:
        copy = edge["copy"]
        sides = [] if copy is None else copy if isinstance(copy, list) else [copy]
        return ReportEdge(
            self._index[edge["a"]], self._index[edge["b"]], edge["relation"], float(edge["similarity"]),
            tuple(self._index[name] for name in sides), number,
        )  # fmt: skip

    def ties(self) -> Sequence[ReportEdge]:
        """All edges."""
        return self._ties

    def edge(self, number: int) -> Row:
        """An edge with its evidence."""
        return self._edges[number]

    def text(self, document: int) -> str | None:
        """None: a result in JSON holds passages, no texts."""
        return None
