"""Verdicts on phrasing as rows of plain values, and these as JSON or JSON lines, written as the texts are judged.

Field names and types are the contract `dedup.score/1` (`score.schema.json` beside this file).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import orjson

from dedup.model import ReferenceInfo, Reject, ScoredText, Span
from dedup.report.machine import slices, typed
from dedup.report.rows import Row, gain_value, reject_row

SCHEMA = "dedup.score/1"
_NUMBERS = orjson.OPT_SERIALIZE_NUMPY


@dataclass(slots=True)
class ScoreCounts:
    """How many texts there were; complete when all were written."""

    texts: int = 0
    mangled: int = 0
    unjudged: int = 0

    @property
    def clean(self) -> int:
        """Texts that were judged and are not mangled."""
        return self.texts - self.mangled - self.unjudged

    def counting(self, scored: Iterable[ScoredText]) -> Iterator[ScoredText]:
        """The same texts, counted as they go by."""
        for text in scored:
            self.texts += 1
            self.mangled += text.phrasing.mangled
            self.unjudged += text.phrasing.score is None and not text.phrasing.mangled
            yield text


def write_json(
    scored: Iterable[ScoredText], reference_info: ReferenceInfo, rejects: Sequence[Reject], out: BinaryIO
) -> None:
    """One JSON object; `rejects` may grow until the last text has come."""
    out.write(b'{"schema":' + orjson.dumps(SCHEMA))
    out.write(b',\n"reference":' + orjson.dumps(reference_row(reference_info), option=_NUMBERS))
    for name, values in (("texts", map(text_row, scored)), ("rejects", map(reject_row, rejects))):
        out.write(b',\n"%s":[' % name.encode())
        for number, part in enumerate(slices(values)):
            # orjson writes a list as [a,b]; the brackets come off so that slices join into one list
            out.write((b",\n" if number else b"\n") + orjson.dumps(part, option=_NUMBERS)[1:-1])
        out.write(b"]")
    out.write(b"}\n")


def write_jsonl(
    scored: Iterable[ScoredText], reference_info: ReferenceInfo, rejects: Sequence[Reject], out: BinaryIO
) -> None:
    """One JSON object a line; `type` says what: score, text, reject, stats."""
    tally = ScoreCounts()
    _write_lines([{"type": "score", "schema": SCHEMA, "reference": reference_row(reference_info)}], out)
    _write_lines(typed("text", map(text_row, tally.counting(scored))), out)
    _write_lines(typed("reject", map(reject_row, rejects)), out)
    counts = {"texts": tally.texts, "mangled": tally.mangled, "not_judged": tally.unjudged, "rejects": len(rejects)}
    _write_lines([{"type": "stats"} | counts], out)


def _write_lines(values: Iterable[Row], out: BinaryIO) -> None:
    for part in slices(values):
        out.write(b"".join(orjson.dumps(row, option=_NUMBERS | orjson.OPT_APPEND_NEWLINE) for row in part))


def text_row(scored: ScoredText) -> Row:
    """One text."""
    phrasing = scored.phrasing
    return {
        "id": scored.id,
        "source": scored.source,
        "line": scored.line,
        "judged": phrasing.score is not None,
        "score": None if phrasing.score is None else round(phrasing.score, 6),
        "mangled": phrasing.mangled,
        "reason": phrasing.reason,
        "spans": [span_row(span) for span in phrasing.spans],
    }


def span_row(span: Span) -> Row:
    """One badly worded place."""
    return {
        "start": span.start,
        "end": span.end,
        "text": span.text,
        "suggestion": span.suggestion,
        "gain": gain_value(span),
    }


def reference_row(reference_info: ReferenceInfo) -> Row:
    """What the texts were judged by."""
    return {
        "file": reference_info.file,
        "shipped": reference_info.file is None,
        "documents": reference_info.documents,
        "words": reference_info.words,
        "digest": reference_info.digest,
        "threshold": reference_info.threshold,
        "false_positives": reference_info.false_positives,
    }
