"""A result as SARIF 2.1.0 (OASIS), which code hosts and editors show beside the lines: one finding a copy, with the
place in the scanned file and, as related location, that of the text it is a copy of.

Lines and columns are told of files that are one text, and lines of files with a record on each; of other formats the
file alone. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

import orjson

from dedup import __version__
from dedup.model import BOTH, Flag, FlagKind, Relation, ScanResult, Span
from dedup.report.console import percent, plain
from dedup.report.rows import Row

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINDINGS, SPANS, NOTIFICATIONS = 20_000, 10, 1_000
"""Findings (GitHub takes 25,000 of a run), places of one flag, and rejects that are told."""
_WIDTH = 80
_RULES: Mapping[str, str] = {
    "exact": "Exact copy: the same words but for case, punctuation and white space",
    "near-duplicate": "Near-duplicate: nearly the same words",
    "excerpt": "Excerpt: most of one text stands in the other",
    "spun": "Spun copy: the same sentences with words replaced",
    "rewritten": "Rewrite: the same facts in the same order in other words",
    "mangled": "Mangled wording, as a synonym spinner leaves it",
    "mutated-quote": "A direct quote that another copy has in other words",
    "mutated-number": "A number, date or name that another copy has otherwise",
    "scraper-mark": "A mark that a scraper left",
    "self-repeat": "A text that says one thing twice",
    "obfuscated": "Look-alike letters or invisible characters",
}
_COPIES = frozenset((Relation.EXACT, Relation.NEAR_DUPLICATE, Relation.EXCERPT, Relation.SPUN, Relation.REWRITTEN))


@dataclass(frozen=True, slots=True)
class SarifPlace:
    """A file that documents came from."""

    path: str | None
    """None for standard input."""
    is_text: bool = False
    """It is one document, and stands there as it was read."""
    is_lines: bool = False
    """A document is a line."""


def write_sarif(
    result: ScanResult, out: BinaryIO, places: Mapping[str, SarifPlace], failing: Collection[Relation] = ()
) -> None:  # fmt: skip
    """One run with a result a copy and a result a place that is flagged. `places` are the files by their name in the
    result; what is of a relation in `failing` is an error, everything else a warning or a note.
    """
    run = _Run(result, places, frozenset(failing))
    findings = run.findings()
    results = list(islice(findings, FINDINGS))
    notes = [_notification(f"only the first {FINDINGS:,} findings are told")] if next(findings, None) else []
    rules = sorted({finding["ruleId"] for finding in results})
    for finding in results:
        finding["ruleIndex"] = rules.index(finding["ruleId"])
    driver = {"name": "dedup", "version": __version__, "rules": [_rule(name) for name in rules]}
    told = {
        "tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results,
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [*notes, *run.notifications()]}
        ],
    }  # fmt: skip
    out.write(orjson.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [told]}, option=orjson.OPT_APPEND_NEWLINE))


class _Run:
    """The findings of one result."""

    def __init__(self, result: ScanResult, places: Mapping[str, SarifPlace], failing: frozenset[Relation]) -> None:
        self._result, self._places, self._failing = result, places, failing
        self._lines = lru_cache(64)(self._text_lines)

    def findings(self) -> Iterator[Row]:
        """Copies first, then flags, each in the order of the documents."""
        yield from self._copies()
        for row in sorted(self._result.flags):
            for flag in self._result.flags[row]:
                yield from self._flagged(row, flag)

    def notifications(self) -> Iterator[Row]:
        """What could not be read."""
        rejects = self._result.rejects
        for reject in rejects[:NOTIFICATIONS]:
            where = f"{reject.source}:{reject.line}" if reject.line else reject.source
            yield _notification(f"rejected {plain(where)}: {plain(reject.reason)}")
        if len(rejects) > NOTIFICATIONS:
            yield _notification(f"… and {len(rejects) - NOTIFICATIONS:,} more rejected")

    def _copies(self) -> Iterator[Row]:
        """A finding a pair; within a cluster only pairs with the document that is kept."""
        result = self._result
        best = {cluster.id: cluster.representative for cluster in result.clusters}
        cluster_of = result.cluster_of
        for number, edge in enumerate(result.edges):
            kind = int(cluster_of[edge.a])
            inside = kind >= 0 and kind == cluster_of[edge.b]
            if edge.relation not in _COPIES or (inside and best[kind] not in (edge.a, edge.b)):
                continue
            copy, other = (edge.a, edge.b) if self._copy_is_a(number, best.get(kind)) else (edge.b, edge.a)
            passages = result.edges.explain(number, True).passages
            spans = [(pair.a, pair.b) if copy == edge.a else (pair.b, pair.a) for pair in passages]
            yield self._copy(copy, other, edge.relation, edge.similarity, spans)

    def _copy_is_a(self, number: int, best: int | None) -> bool:
        """Whether a finding is about the first document of an edge: it was scanned, and is the copy as far as known."""
        edges = self._result.edges
        a, b, copy = int(edges.a[number]), int(edges.b[number]), int(edges.copy[number])
        if b >= self._result.new:
            return True
        return copy == a if copy >= 0 else (copy == BOTH or best is not None) and best == b

    def _copy(self, copy: int, other: int, relation: Relation, similarity: float, spans: list[Any]) -> Row:
        corpus = self._result.corpus
        share = percent(similarity, exact=relation is Relation.EXACT)
        said = f"{_RULES[relation.value].partition(':')[0]} ({share}) of {plain(corpus.ids[other], _WIDTH)}"
        level = "error" if relation in self._failing else "note" if relation is Relation.REWRITTEN else "warning"
        own, its = ([pair[side] for pair in spans] for side in (0, 1))
        beside = self._location(other, min((s.start for s in its), default=None), max((s.end for s in its), default=0))
        beside |= {"id": 1, "message": {"text": f"The text it is a copy of: {plain(corpus.ids[other], _WIDTH)}"}}
        begin, end = min((s.start for s in own), default=None), max((s.end for s in own), default=0)
        return self._finding(relation.value, level, said, copy, begin, end, corpus.ids[other]) | {
            "relatedLocations": [beside]
        }

    def _flagged(self, row: int, flag: Flag) -> Iterator[Row]:
        """A finding a place of a flag."""
        for span in flag.spans[:SPANS]:
            yield self._finding(flag.kind.value, "note", _said(flag.kind, span), row, span.start, span.end, span.text)

    def _finding(self, rule: str, level: str, said: str, row: int, begin: int | None, end: int, about: str) -> Row:
        key = "\0".join((rule, self._result.corpus.ids[row], about))
        return {
            "ruleId": rule, "level": level, "message": {"text": said}, "locations": [self._location(row, begin, end)],
            "partialFingerprints": {"dedup/v1": hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]},
        }  # fmt: skip

    def _location(self, row: int, begin: int | None, end: int) -> Row:
        """A document, or a stretch of its text."""
        corpus = self._result.corpus
        name = corpus.file_names[corpus.files[row]]
        place = self._places.get(name, SarifPlace(name))
        physical: Row = {"artifactLocation": {"uri": _uri(place.path or name)}}
        line = int(corpus.lines[row])
        if place.is_text and not line:
            starts, shift = self._lines(row)
            begin, end = (0, int(starts[-1])) if begin is None else (begin, end)
            physical["region"] = _region(starts, shift, begin, end)
        elif place.is_lines and line:
            physical["region"] = {"startLine": line}
        logical = [{"fullyQualifiedName": plain(corpus.ids[row], 4 * _WIDTH), "kind": "document"}]
        return {"physicalLocation": physical, "logicalLocations": logical}

    def _text_lines(self, row: int) -> tuple[list[int], int]:
        """Where the lines of a text begin, and at last where it ends; and how many lines of its file stand before it
        (the head of a Markdown file is not part of the text).
        """
        corpus = self._result.corpus
        text = corpus.text(row)
        starts = [0]
        at = text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = text.find("\n", at + 1)
        place = self._places.get(corpus.file_names[corpus.files[row]])
        try:
            data = Path(place.path).read_bytes() if place and place.path else b""
        except OSError:  # it may be gone by now
            data = b""
        wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        return [*starts, len(text)], 0 if wide else max(data.count(b"\n") - len(starts) + 1, 0)


def _region(starts: list[int], shift: int, begin: int, end: int) -> Row:
    """Lines and columns from 1 of a stretch; the end column is the one behind it."""
    lines = starts[:-1]
    first = bisect_right(lines, begin) - 1
    last = bisect_right(lines, max(end - 1, begin)) - 1
    return {
        "startLine": first + shift + 1, "startColumn": begin - lines[first] + 1,
        "endLine": last + shift + 1, "endColumn": max(end, begin) - lines[last] + 1,
    }  # fmt: skip


def _uri(path: str) -> str:
    """A path as a reference from the folder in which the program runs, where it lies below it; else the whole one."""
    here = Path.cwd()
    whole = Path(os.path.normpath(here / path))
    return quote(os.fsencode(whole.relative_to(here).as_posix())) if whole.is_relative_to(here) else whole.as_uri()


def _said(kind: FlagKind, span: Span) -> str:
    """One place of a flag in words."""
    other = str((span.other or {}).get("text", "")) or span.suggestion or ""
    than = f" (elsewhere: “{plain(other, _WIDTH)}”)" if other else ""
    return f"{_RULES[kind.value]}: “{plain(span.text, _WIDTH)}”{than}"


def _rule(name: str) -> Row:
    return {"id": name, "shortDescription": {"text": _RULES[name]}}


def _notification(text: str) -> Row:
    return {"level": "warning", "message": {"text": text}}
