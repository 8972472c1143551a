"""A scan's result as JSON, JSON lines or CSV, written as it is made: memory does not grow with the result."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any, BinaryIO

import orjson

from dedup.model import ScanResult
from dedup.report import rows
from dedup.runtime import forks

_SLICE = 128
"""Rows that are made at once: an edge of two reworded texts may have hundreds of substitutions, 50 KB as objects."""
_LINE = 16
"""Slices of a section that stand on one line."""
_FORMULA_MARKS = tuple("=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212")
"""What a formula begins with, also in full width and small forms, which some spreadsheets take for the same."""
_BEFORE = re.compile(r"[\s\x00-\x20\x7f-\xa0\xad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff'\"]+")
"""Spaces, controls and invisible characters, and quotation marks: what may stand before it."""
_LOOKED_AT = 4096
CSV_FIELDS = (
    "id", "source", "file", "line", "date", "words", "cluster", "representative", "kept", "relation", "similarity",
    "dropped_by", "duplicate_of", "duplicate_file",
)  # fmt: skip


def write_json(result: ScanResult, out: BinaryIO, evidence: str = "full") -> None:
    """One JSON object, schema `dedup.scan/1`; `evidence` is none, short or full."""
    out.write(b'{"schema":' + orjson.dumps(rows.SCHEMA))
    sections: list[tuple[str, Iterable[bytes]]] = [
        ("documents", _lists(rows.documents(result))),
        ("edges", _edges(result, evidence, _list)),
        ("clusters", _lists(rows.clusters(result))),
        ("forms", _lists(rows.forms(result))),
        ("stories", _lists(rows.stories(result))),
        ("rejects", _lists(map(rows.reject_row, result.rejects))),
        ("files", _lists(rows.files(result))),
    ]
    for name, parts in sections:
        out.write(b',\n"%s":[' % name.encode())
        for number, part in enumerate(parts):
            out.write((b"," if number % _LINE else b",\n" if number else b"\n") + part)
        out.write(b"]")
    out.write(b',\n"settings":' + orjson.dumps(result.settings))
    out.write(b',\n"notes":' + orjson.dumps(result.notes))
    out.write(b',\n"stats":' + orjson.dumps(result.stats, option=orjson.OPT_SERIALIZE_NUMPY) + b"}\n")


def write_jsonl(result: ScanResult, out: BinaryIO, evidence: str = "full") -> None:
    """One JSON object a line; `type` says what: scan, document, edge, cluster, form, story, reject, file, stats."""
    head = [{"type": "scan", "schema": rows.SCHEMA, "settings": result.settings}]
    write_lines((head, typed("document", rows.documents(result))), out)
    for part in _edges(result, evidence, lambda found: _lines(typed("edge", found))):
        out.write(part)
    parts = (
        typed("cluster", rows.clusters(result)),
        typed("form", rows.forms(result)),
        typed("story", rows.stories(result)),
        typed("reject", map(rows.reject_row, result.rejects)),
        typed("file", rows.files(result)),
    )
    tail = [{"type": "stats", "notes": result.notes} | result.stats]
    write_lines((*parts, tail), out)


def write_lines(parts: Iterable[Iterable[rows.Row]], out: BinaryIO) -> None:
    """Rows as JSON lines, some at a time."""
    for part in slices(chain.from_iterable(parts)):
        out.write(_lines(part))


def _edges(result: ScanResult, evidence: str, dump: Callable[[Iterator[rows.Row]], bytes]) -> Iterator[bytes]:
    """All edges, some at a time, as `dump` writes them: what is shown of each takes Python a while."""
    return forks.spread(
        lambda begin: dump(rows.edges(result, evidence, begin, begin + _SLICE)), range(0, len(result.edges), _SLICE)
    )


def _lists(values: Iterable[rows.Row]) -> Iterator[bytes]:
    """Rows, some at a time, as parts of one list."""
    return map(_list, slices(values))


def _list(values: Iterable[rows.Row]) -> bytes:
    """Rows as a part of a list: without the brackets that orjson puts around them."""
    return orjson.dumps(list(values))[1:-1]


def _lines(values: Iterable[rows.Row]) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in values)


def write_csv(result: ScanResult, out: BinaryIO) -> None:
    """One line a document, with its relation to the representative of its cluster, and what it is dropped for; none
    for those that the others were compared with.
    """
    ties = {
        row: (relation.value if relation else "", similarity)
        for cluster in result.clusters
        for row, relation, similarity in zip(cluster.members, cluster.relations, cluster.similarities, strict=True)
    }
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.DictWriter(text, CSV_FIELDS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for number, row in enumerate(islice(rows.documents(result), result.new)):
        relation, similarity = ties.get(number, ("", ""))
        row["id"], row["source"], row["file"] = (_inert(row[name]) for name in ("id", "source", "file"))
        for name in ("duplicate_of", "duplicate_file"):
            row[name] = _inert(row[name] or "")
        writer.writerow(row | {"relation": relation, "similarity": similarity})
    text.detach()


def typed(kind: str, values: Iterable[rows.Row]) -> Iterator[rows.Row]:
    """Rows for JSON lines, which say of what kind they are."""
    return ({"type": kind} | row for row in values)


def _inert(value: str) -> str:
    """A cell that no spreadsheet takes for a formula, also behind spaces and characters that are not seen, and that
    makes no second row where a carriage return ends one (ids come from the web).
    """
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if value[:1] in ("\t", "\n") or _BEFORE.sub("", value[:_LOOKED_AT], count=1)[:1] in _FORMULA_MARKS:
        return "'" + value
    return value


def slices(values: Iterable[Any], size: int = _SLICE) -> Iterator[list[Any]]:
    """Some values at a time."""
    iterator = iter(values)
    while part := list(islice(iterator, size)):
        yield part
