"""Phrases that somebody knows to be wrong ("tortured phrases"), found in a text in one pass over all of them.

What counts as the phrase, see `folding`: the same words and marks one after the other, whatever case, white space,
line ends, hyphens between words, kinds of apostrophe or hidden characters. Of phrases that overlap the leftmost is
found, of those that begin together the longest.

A text is not blamed for what the list itself calls right: a phrase that stands within its own expected wording
("technology spillover" in "reverse technology spillover"), or that differs from it by no more than a hyphen and is
written with the right one. But a phrase that is the expected wording of *another* entry, or of its own with a gloss
in brackets ("linear programming": "linear programming (lp)"), is found: the lists hold such, which of the entries is
wrong is not for a program to say, and a phrase that is silently not looked for helps nobody. `Phrases.doubtful` names
them, so that the user is told. An entry whose expected wording is the phrase itself is never found, and as the first
entry of a phrase wins, a list given first can so switch off what a later one holds.

The automaton is ahocorasick-rs (the Rust crate aho-corasick; Apache 2.0, stubs, wheels for Linux, macOS and Windows
also without the GIL). pyahocorasick (BSD; C) was compared: as fast, released more often, and with wheels for musl, but
its leftmost-longest search (`iter_long`) was wrong in 758 of 20,000 random trials (an old and open issue), and from
all matches, which it does find, the longest would have to be chosen here, at a cost that a hostile list can raise to
the length of the longest phrase for every character. Both give offsets in characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.errors import ConfigError
from dedup.model import Span
from dedup.phrasing.lists import folding, list_files, phrase_files
from dedup.phrasing.lists.phrase_files import Record

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

_GLOSS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_ALIKE = str.maketrans({**dict.fromkeys(folding.HYPHENS, "-"), **dict.fromkeys(folding.APOSTROPHES, "'")})


@dataclass(frozen=True, slots=True)
class _Entry:
    """A phrase of a list."""

    exact: str
    """See `_exact`: tells phrases apart that have the same stream."""
    expected: str | None
    right: str | None = None
    """The expected wording, exact, if its stream is that of the phrase."""
    around: str = ""
    """The stream of the expected wording, if the phrase stands within it and is not all of it."""
    inside: tuple[int, ...] = ()
    """Where in `around`."""

    @property
    def silent(self) -> bool:
        """Whether the phrase is its own expected wording."""
        return self.exact == self.right


MANY, FEW, WORDS_EACH = 3, 2, 150
"""Different phrases of the lists by which a text is mangled, whatever else is said of it; FEW where there is one for
each so many words. Of 30,000 clean texts (news, web pages, students, manuals, fortune cookies) 13 hold one phrase of
the Problematic Paper Screener's list that is not doubtful, none holds two."""


class Phrases:
    """Phrases with their expected wordings."""

    def __init__(self, records: Iterable[Record]) -> None:
        """Raises ConfigError for a phrase without a letter or digit."""
        groups = _groups(list(records))
        wrong = {stream: group for stream, group in groups.items() if not all(entry.silent for entry in group)}
        self._groups = list(wrong.values())
        self._automaton = _automaton(list(wrong))
        self.doubtful = _doubtful(wrong)
        """Phrases that the lists also name as an expected wording; in the order of the lists."""
        self._doubted = frozenset(self.doubtful)

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Phrases:
        """The phrases of some files, the first entry of each. Raises InputError for a file that cannot be read, and
        ConfigError, which names file, line and reason, for a bad one.
        """
        return cls(phrase_files.read(paths))

    def __len__(self) -> int:
        """Phrases that are looked for."""
        return sum(not entry.silent for group in self._groups for entry in group)

    def condemn(self, spans: Sequence[Span], words: int) -> bool:
        """Whether what was found in a text of so many words makes it a mangled one. Doubtful phrases do not count, nor
        single words: people list those that they dislike.
        """
        found = {_exact(span.text) for span in spans}.difference(self._doubted)
        different = sum(" " in phrase or "-" in phrase for phrase in found)
        return different >= MANY or (different >= FEW and different * WORDS_EACH >= words)

    def find(self, text: str) -> tuple[Span, ...]:
        """Where phrases stand in `text`, in order and without overlap; with the expected wording where one is known.
        Linear in the length of the text.
        """
        if self._automaton is None:
            return ()
        stream = folding.stream(text)
        matches = self._automaton.find_matches_as_indexes(stream.text)
        if not matches:
            return ()
        numbers, begins, ends = zip(*matches, strict=True)
        spans = []
        for number, begin, (at, behind) in zip(numbers, begins, stream.spans(begins, ends), strict=True):
            found = text[at:behind]
            entry = _choose(self._groups[number], found)
            if entry and not any(stream.text.startswith(entry.around, begin - k) for k in entry.inside if k <= begin):
                spans.append(Span(at, behind, found, entry.expected))
        return tuple(spans)


def _automaton(patterns: list[str]) -> AhoCorasick | None:
    """Finds the leftmost-longest of `patterns`; None if there are none."""
    if not patterns:
        return None
    from ahocorasick_rs import AhoCorasick, MatchKind  # here: most runs have no list of phrases

    return AhoCorasick(patterns, MatchKind.LeftmostLongest, store_patterns=False)


def _groups(records: Sequence[Record]) -> dict[str, list[_Entry]]:
    """Stream -> the entries that have it, in order, the first of each exact phrase."""
    phrases = _streams([record.phrase for record in records])
    expected = _streams([record.expected or "" for record in records])
    groups: dict[str, list[_Entry]] = {}
    for record, phrase, wording in zip(records, phrases, expected, strict=True):
        if folding.START not in phrase:
            raise ConfigError(f"{record.where}: no letter or digit in '{list_files.shown(record.phrase)}'")
        entry = _entry(record, phrase, wording)
        group = groups.setdefault(phrase, [])
        if all(entry.exact != other.exact for other in group):
            group.append(entry)
    return groups


def _streams(texts: Sequence[str]) -> list[str]:
    """The stream of each text, which holds no control character; many at once, as each call has its price."""
    return folding.stream(folding.CONTROL.join(texts)).text.split(folding.CONTROL) if texts else []


def _entry(record: Record, phrase: str, wording: str) -> _Entry:
    """An entry of which the streams of the phrase and of the expected wording are given."""
    exact = _exact(record.phrase)
    if phrase == wording:
        return _Entry(exact, record.expected, right=_exact(record.expected or ""))
    inside, at = [], wording.find(phrase)
    while at >= 0:
        inside.append(at)
        at = wording.find(phrase, at + 1)
    return _Entry(exact, record.expected, around=wording if inside else "", inside=tuple(inside))


def _exact(text: str) -> str:
    """What tells two writings of one stream apart: hyphens and blanks; not case, kinds of dashes, line ends."""
    return " ".join(text.translate(_ALIKE).casefold().split()).replace("- ", "-")


def _choose(group: Sequence[_Entry], found: str) -> _Entry | None:
    """The entry for what was found: the one that is written so, else the first; None if it is right as it is."""
    if len(group) == 1 and group[0].right is None:
        return group[0]
    exact = _exact(found)
    if any(entry.right == exact for entry in group):
        return None
    wrong = [entry for entry in group if not entry.silent]
    return next((entry for entry in wrong if entry.exact == exact), wrong[0])


def _doubtful(groups: dict[str, list[_Entry]]) -> tuple[str, ...]:
    """The phrases that are an expected wording, as it stands or without what it has in brackets."""
    wordings = [entry.expected for group in groups.values() for entry in group if entry.expected and not entry.right]
    right = set(_streams(wordings)) | set(_streams([_GLOSS.sub(" ", wording) for wording in wordings]))
    return tuple(group[0].exact for stream, group in groups.items() if stream in right)
