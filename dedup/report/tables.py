"""A result as columns, for DataFrames of pandas, polars and pyarrow: no Python object but the texts in the cells."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.model import BOTH, RELATIONS, UNKNOWN_DATE, ScanResult
from dedup.read.library import SOURCE

Columns = dict[str, Any]
_FIRST_YEAR, _LAST_YEAR = -62_135_596_800, 253_402_300_799
"""Seconds since 1970 of the years 1 and 9999: beyond them not every table knows a date."""
_NAMES = [relation.value for relation in RELATIONS]


def to_dict(result: ScanResult, evidence: str = "full") -> dict[str, Any]:
    """What `dedup scan --format json` writes. Raises ValueError for an `evidence` that there is not."""
    from dedup.report import machine

    if evidence not in ("none", "short", "full"):
        raise ValueError(f"evidence is none, short or full, got {evidence!r}")
    out = io.BytesIO()
    machine.write_json(result, out, evidence)
    return dict(orjson.loads(out.getbuffer()))


def to_frame(result: ScanResult, what: str, backend: str) -> Any:
    """One of `TABLES` as a DataFrame. Raises ValueError for another one, ImportError where the package is missing."""
    if what not in TABLES:
        raise ValueError(f"there is no table {what!r} (known: {', '.join(TABLES)})")
    if find_spec(backend) is None:
        raise ImportError(f"this needs {backend}: pip install {backend}")
    import narwhals as nw

    given, types = TABLES[what](result), _SCHEMAS[what]
    schema = {name: nw.Datetime("ms") if name == "date" else getattr(nw, types[name]) for name in given}
    frame = nw.from_dict(given, schema=schema, backend=backend)  # type: ignore[arg-type]
    numbers = [name for name in given if types[name] == "Float64"]
    return (frame.with_columns(nw.col(*numbers).fill_nan(None)) if numbers else frame).to_native()


def documents(result: ScanResult) -> Columns:
    """A row an item of the input, in its order, rejects too; where files were read, a row a document that was taken
    in. Documents that the others were compared with are not in it.
    """
    corpus, new = result.corpus, result.new
    names = corpus.file_names
    sources = [
        source or (None if names[file] == SOURCE else names[file])
        for source, file in zip(_head(corpus.sources, new), corpus.files[:new].tolist(), strict=True)
    ]
    dates = corpus.dates[:new]
    known = (dates != UNKNOWN_DATE) & (dates >= _FIRST_YEAR) & (dates <= _LAST_YEAR)
    moments = np.where(known, dates * 1000, np.iinfo(np.int64).min).astype("datetime64[ms]")
    best, relation, similarity = _to_representative(result)
    story = np.full(len(corpus), -1, np.int64)
    for told in result.stories:
        story[list(told.members)] = told.id
    phrasing = np.full(new, np.nan) if result.phrasing is None else result.phrasing[:new]
    reasons = [""] * (new if result.inputs is None else result.inputs)
    if result.inputs is not None:
        for reject in result.rejects:
            if reject.source == SOURCE and reject.line:
                reasons[reject.line - 1] = reject.reason
    laid = _layout(result)
    return {
        "id": laid(_head(corpus.ids, new), None), "source": laid(sources, None), "date": laid(moments, "NaT"),
        "words": laid(corpus.words[:new].astype(np.int64), 0), "kept": np.array(result.kept),
        "cluster": np.array(result.labels), "representative": laid(best, False), "relation": laid(relation, None),
        "similarity": laid(similarity, np.nan), **_dropped(result, laid), "story": laid(story[:new], -1),
        "phrasing": laid(phrasing, np.nan),
        "flags": laid([", ".join(flag.kind.value for flag in result.flags.get(row, ())) for row in range(new)], ""),
        "reject": [reason or None for reason in reasons],
    }  # fmt: skip


def edges(result: ScanResult) -> Columns:
    """A row a verified pair. `position_a` and `position_b` count from 0 in the input, or, where the pair is of a new
    document and one that it was compared with, in what was given as `against`.
    """
    table, corpus = result.edges, result.corpus
    names = {row: corpus.ids[row] for row in np.unique(np.concatenate((table.a, table.b))).tolist()}
    a, b = table.a.tolist(), table.b.tolist()
    sides = np.select([table.copy == table.a, table.copy == table.b, table.copy == BOTH], [0, 1, 2], 3)
    words = ("a", "b", "both", None)
    return {
        "a": [names[row] for row in a], "b": [names[row] for row in b],
        "position_a": corpus.lines[table.a] - 1, "position_b": corpus.lines[table.b] - 1,
        "relation": [_NAMES[code] for code in table.relation.tolist()], "jaccard": np.array(table.jaccard),
        "containment": np.array(table.containment), "similarity": np.array(table.similarity),
        "copy": [words[side] for side in sides.tolist()], "against": table.b >= result.new,
    }  # fmt: skip


def flags(result: ScanResult) -> Columns:
    """A row a place in a text that something is wrong with."""
    columns: Columns = {name: [] for name in _SCHEMAS["flags"]}
    for row, found in sorted(result.flags.items()):
        name, position = result.corpus.ids[row], int(result.corpus.lines[row]) - 1
        for flag in found:
            for span in flag.spans:
                other = (span.other or {}).get("text")
                values = (name, position, flag.kind.value, span.start, span.end, span.text, span.suggestion, other)
                for column, value in zip(columns.values(), values, strict=True):
                    column.append(value)
    return columns


def _head(column: Any, count: int) -> list[str]:
    """The first strings of a column."""
    return [value for value, _ in zip(column, range(count), strict=False)]


def _layout(result: ScanResult) -> Callable[[Any, Any], Any]:
    """What lays a column of documents out by the items of the input, with a value where there is no document."""
    new, count = result.new, result.inputs
    if count is None or count == new:
        return lambda column, _: column
    places = result.corpus.lines[:new] - 1

    def lay(column: Any, missing: Any) -> Any:
        if isinstance(column, np.ndarray):
            found: NDArray[Any] = np.full(count, missing, column.dtype)
            found[places] = column
            return found
        listed = [missing] * count
        for place, value in zip(places.tolist(), column, strict=True):
            listed[place] = value
        return listed

    return lay


def _to_representative(result: ScanResult) -> tuple[NDArray[np.bool_], list[str | None], NDArray[np.float64]]:
    """Of each document: whether it stands for its cluster, else what ties it to the one that does."""
    total = len(result.corpus)
    best, relation, similarity = np.zeros(total, bool), [None] * total, np.full(total, np.nan)
    names: list[str | None] = [*relation]
    for cluster in result.clusters:
        best[cluster.representative] = True
        for row, kind, value in zip(cluster.members, cluster.relations, cluster.similarities, strict=True):
            if kind is not None:
                names[row], similarity[row] = kind.value, value
    return best[: result.new], names[: result.new], similarity[: result.new]


def _dropped(result: ScanResult, laid: Callable[[Any, Any], Any]) -> Columns:
    """By which relation a document is dropped, and for which one."""
    new = result.new
    if result.dropped_for is None or result.dropped_by is None:
        nothing = laid([None] * new, None)
        return {"dropped_by": nothing, "duplicate_of": nothing}
    codes, rows = result.dropped_by[:new].tolist(), result.dropped_for[:new].tolist()
    return {
        "dropped_by": laid([None if code < 0 else _NAMES[code] for code in codes], None),
        "duplicate_of": laid([None if row < 0 else result.corpus.ids[row] for row in rows], None),
    }


TABLES: Mapping[str, Callable[[ScanResult], Columns]] = {"documents": documents, "edges": edges, "flags": flags}
_SCHEMAS: Mapping[str, Mapping[str, str]] = {
    "documents": {
        "id": "String", "source": "String", "date": "Datetime", "words": "Int64", "kept": "Boolean", "cluster": "Int64",
        "representative": "Boolean", "relation": "String", "similarity": "Float64", "dropped_by": "String",
        "duplicate_of": "String", "story": "Int64", "phrasing": "Float64", "flags": "String", "reject": "String",
    },
    "edges": {
        "a": "String", "b": "String", "position_a": "Int64", "position_b": "Int64", "relation": "String",
        "jaccard": "Float64", "containment": "Float64", "similarity": "Float64", "copy": "String",
        "against": "Boolean",
    },
    "flags": {
        "id": "String", "position": "Int64", "kind": "String", "start": "Int64", "end": "Int64", "text": "String",
        "suggestion": "String", "other": "String",
    },
}  # fmt: skip
