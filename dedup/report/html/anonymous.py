"""A result with letters for ids and publishers, to be shown to people who are not to know whose texts they judge.

What stands in the texts stays, but for the names of publishers, ids, files and folders themselves, and web and mail
addresses: they are blacked out wherever they stand, names as words in a row whatever is between them. Bylines, places
and whatever else gives an author away does not go. Notes and rejects, which name files, are left out, and nothing can
be decided on: nobody could tell what was meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from dedup.report.html.sources import ReportEdge, ReportSource
from dedup.report.rows import Row

BLACK = "█"
LEAST = 3
"""Characters from which a name is blacked out in texts: shorter ones stand in any."""
BETWEEN = 8
"""Characters that may stand between two words of a name: "Buzz & Brook", a line break and an indent."""
_TEXTS = ("text", "suggestion")
_ROW = ("id", "weakest", "relations", "similarities", "source_missing")
"""What is shown of clusters, stories and forms beside their members; what else a result may hold is not known."""
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>\"]+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://(?:www\.)?([^/?#]+)", re.IGNORECASE)


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
        self._names = _Names([*publishers, *self._ids, *(row["file"] for row in rows)])
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
        told = {key: row[key] for key in _ROW if key in row} | {"members": [self._ids[name] for name in row["members"]]}
        if "representative" in row:
            told["representative"] = self._ids[row["representative"]]
        return told

    def _span(self, span: Row) -> Row:
        told: Row = {key: span[key] for key in ("start", "end", *_TEXTS, "other") if key in span}
        told |= {key: self._masked(str(span[key])) for key in _TEXTS if span.get(key)}
        if other := span.get("other"):
            told["other"] = {"text": self._masked(str(other.get("text", "")))}
        return told

    def _masked(self, text: str) -> str:
        """The same, as long as it was, without names."""
        text = _ADDRESS.sub(lambda match: BLACK * len(match[0]), text)
        parts, at = [], 0
        for begin, end in self._names.places(text):
            parts += [text[at:begin], BLACK * (end - begin)]
            at = end
        return "".join([*parts, text[at:]])

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


class _Names:
    """Finds names in texts by their words, in one pass however many there are."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: set[tuple[str, ...]] = set()
        self._lengths: dict[str, list[int]] = {}
        """First word -> numbers of words of the names that begin with it, falling."""
        for name in _parts(list(names)):
            words = tuple(_folded(match[0]) for match in _WORD.finditer(name))
            if words and len(name) >= LEAST and not "".join(words).isdigit():
                self._names.add(words)
        lengths: dict[str, set[int]] = {}
        for words in self._names:
            lengths.setdefault(words[0], set()).add(len(words))
        self._lengths = {word: sorted(found, reverse=True) for word, found in lengths.items()}

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where names stand, in order and apart, the longer one where two begin at a place."""
        matches = list(_WORD.finditer(text))
        words, at = [_folded(match[0]) for match in matches], 0
        while at < len(words):
            sizes = self._lengths.get(words[at], ())
            size = next((size for size in sizes if self._stands(matches, words, at, size)), 0)
            if size:
                yield matches[at].start(), matches[at + size - 1].end()
            at += size or 1

    def _stands(self, matches: Sequence[re.Match[str]], words: Sequence[str], at: int, size: int) -> bool:
        row = matches[at : at + size]
        if len(row) < size or tuple(words[at : at + size]) not in self._names:
            return False
        return all(b.start() - a.end() <= BETWEEN for a, b in pairwise(row))


def _folded(word: str) -> str:
    """A word without case and accents: names of files have them in another form than texts."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char))


def _parts(names: Sequence[str]) -> set[str]:
    """Names, and of paths and addresses what stands for them: the name of the file with and without its suffixes, the
    host, and folders that not all lie in, since they may be called after who wrote what is in them.
    """
    found: set[str] = set()
    folders: dict[str, int] = {}
    for name in names:
        host = _SCHEME.match(name)
        path = name[host.end() :] if host else name
        *above, last = re.split(r"[/\\]", path)
        found |= {name.strip(), last.strip(), last.partition(".")[0].strip()}
        if host:
            found |= {host[1], host[1].rpartition(".")[0]}
        for folder in {each.strip() for each in above} - {""} if not host else ():
            folders[folder] = folders.get(folder, 0) + 1
    most = sum(bool(re.search(r"[/\\]", name)) and not _SCHEME.match(name) for name in names)
    return found | {folder for folder, count in folders.items() if count < most}
