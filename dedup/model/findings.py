"""What is found in one text: flags, and the verdict on its wording."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from dedup.model.shown import faces, plural


class FlagKind(StrEnum):
    """What can be wrong with one document."""

    MANGLED = "mangled"
    MUTATED_QUOTE = "mutated-quote"
    MUTATED_NUMBER = "mutated-number"
    SCRAPER_MARK = "scraper-mark"
    SELF_REPEAT = "self-repeat"
    OBFUSCATED = "obfuscated"


class Span(NamedTuple):
    """A stretch of a document's text as it was read: character offsets, end exclusive."""

    start: int
    end: int
    text: str
    suggestion: str | None = None
    """The closest wording that was found; often not the one that stood there."""
    other: dict[str, Any] | None = None
    gain: float | None = None
    """Nats by which the suggestion is likelier than what stands there; None where nobody counted."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A finding about one document."""

    kind: FlagKind
    score: float | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrasing:
    """The verdict on the wording of one text."""

    score: float | None
    """In [0, 1], 1 = mangled; None where it was not judged."""
    mangled: bool
    """By its score, or by the phrases of a list that stand in it."""
    spans: tuple[Span, ...]
    """What is badly worded, in order of the text."""
    reason: str | None = None
    """Why it was not judged."""

    def __repr__(self) -> str:
        if self.score is None and not self.mangled:
            return f"Phrasing(not judged: {self.reason})"
        verdict = "mangled" if self.mangled else "clean"
        score = "no score" if self.score is None else f"score {self.score:.4g}"
        return f"Phrasing({verdict}, {score}, {len(self.spans):,} {plural('span', len(self.spans))})"

    def _repr_html_(self) -> str:
        return str(faces().phrasing_html(self))


@dataclass(frozen=True, slots=True)
class ReferenceInfo:
    """What the wording of texts is held against: a reference, and where it draws the line."""

    file: str | None
    """None for the reference in the package."""
    documents: int
    words: int
    """Counted in the reference."""
    digest: str
    threshold: float
    """Score from which a text of a kind that is well known is mangled; others have to score more."""
    false_positives: float
    """Share of the clean texts of a kind that may be."""


class ScoredText(NamedTuple):
    """One text and the verdict on its wording."""

    id: str
    source: str
    """Publisher where known, else the file."""
    line: int | None
    """Line or record from 1; None where the file is the text."""
    text: bytes
    """As it was read, UTF-8."""
    phrasing: Phrasing
