"""A result with letters for ids and publishers, to be shown to people who are not to know whose texts they judge.

What stands in the texts stays, but for the names of publishers, ids and files themselves: they are blacked out wherever
they stand as words. Bylines, places and whatever else gives an author away does not go. Notes and rejects, which name
files, are left out, and nothing can be decided on: nobody could tell what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from dedup.report.html.sources import ReportEdge, ReportSource
from dedup.report.rows import Row

BLACK = "█"
LEAST = 3
"""Characters from which a name is blacked out in texts: shorter ones stand in any."""
NAMES = 20_000
"""Names that are looked for in texts, the longest; more would take longer than the report."""
_TEXTS = ("text", "suggestion")


def letters(number: int) -> str:
    """A, B, … Z, AA, AB, …"""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


class Anonymous:
    """Another source, without what names its documents."""

    def __init__(self, source: ReportSource) -> None:
        self._source = source
        rows = source.documents
        self._ids = {row["id"]: letters(number) for number, row in enumerate(rows)}
        publishers = dict.fromkeys(row["source"] for row in rows if row["source"] != row["file"])
        self._sources = {name: f"source {letters(number)}" for number, name in enumerate(publishers)}
        self._names = _names([*publishers, *self._ids, *(row["file"] for row in rows)])
        self.documents: Sequence[Row] = [self._document(row) for row in rows]
        self.clusters: Sequence[Row] = [self._members(row) for row in source.clusters]
        self.stories: Sequence[Row] = [self._members(row) for row in source.stories]
        self.forms: Sequence[Row] = [
            self._members(row) | {"frame": self._masked(row.get("frame", ""))} for row in source.forms
        ]
        self.rejects: Sequence[Row] = ()
        self.notes: Sequence[str] = ("ids and publishers are letters here; their names are blacked out in the texts",)
        self.stats: Row = source.stats

    def _document(self, row: Row) -> Row:
        name = self._ids[row["id"]]
        return {
            "id": name, "source": self._sources.get(row["source"], name), "file": name, "line": None,
            **{key: row[key] for key in ("date", "words", "cluster", "representative", "kept", "story") if key in row},
            "flags": [{**flag, "spans": [self._span(span) for span in flag["spans"]]} for flag in row["flags"]],
        }  # fmt: skip

    def _members(self, row: Row) -> Row:
        told = row | {"members": [self._ids[name] for name in row["members"]]}
        if "representative" in row:
            told["representative"] = self._ids[row["representative"]]
        return told

    def _span(self, span: Row) -> Row:
        told: Row = span | {key: self._masked(span[key]) for key in _TEXTS if span.get(key)}
        if other := span.get("other"):
            told["other"] = {"text": self._masked(str(other.get("text", "")))}
        return told

    def _masked(self, text: str) -> str:
        """The same, as long as it was, without names."""
        if self._names is None:
            return text
        return self._names.sub(lambda match: BLACK * len(match[0]), text)

    def ties(self) -> Sequence[ReportEdge]:
        """All edges."""
        return self._source.ties()

    def edge(self, number: int) -> Row:
        """An edge with its evidence."""
        edge = self._source.edge(number)
        evidence: dict[str, Any] = dict(edge["evidence"])
        for key in ("passages", "substitutions"):
            if key in evidence:
                evidence[key] = [{side: self._span(pair[side]) for side in "ab"} for pair in evidence[key]]
        return {"evidence": evidence}

    def text(self, document: int) -> str | None:
        """The whole text, where the result holds it."""
        text = self._source.text(document)
        return None if text is None else self._masked(text)


def _names(names: Iterable[str]) -> re.Pattern[str] | None:
    """Finds names that stand as words; an id that is a path also by the name of its file."""
    wanted: set[str] = set()
    for name in names:
        last = re.split(r"[/\\]", name)[-1]
        wanted |= {each.strip() for each in (name, last, last.partition(".")[0])}
    told = [name for name in wanted if len(name) >= LEAST and not name.isdigit()]
    chosen = sorted(told, key=lambda name: (-len(name), name))[:NAMES]
    if not chosen:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, chosen))})(?!\w)", re.IGNORECASE)
