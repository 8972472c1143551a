"""Why one side of a pair is taken for the copy, in words, and how sure of it they are."""

from __future__ import annotations

from collections.abc import Iterable

WORDING, MARKED, LATER, SHORT, INSIDE, HIDDEN, LOST, ADDED = 1, 2, 4, 8, 16, 128, 256, 512
REASONS = {
    WORDING: "its wording is the rarer in what differs",
    MARKED: "it has the marks of a scraper",
    LATER: "published later",
    SHORT: "the less complete",
    INSIDE: "the shorter one: it stands in the other",
    HIDDEN: "it has look-alike letters or hidden characters",
    LOST: "it lost what is a writer's own: exact figures, asides, direct speech, uneven sentences",
    ADDED: "it reads as rewritten: more connectives, participles and longer words, in more variety",
}
"""What bits of `direction.Directions.reasons` say."""
BOTH_REASON = "each is worded worse than the other in places: both rewrite a third text"
BOTH_MAYBE = "each is worded worse than the other in places: perhaps both rewrite a third text, perhaps one the other"
BOTH_CERTAIN = 0.9
"""Probability below which it is said with a perhaps: of copies beside their source some come out so, too."""


def both_rewrite(confidence: float) -> str:
    """What is said of two texts that are two rewritings of a third (BOTH), by how sure that is."""
    told = "both rewrite a text that is not here"
    return told if confidence >= BOTH_CERTAIN else f"perhaps {told}"


def missing_source(confidences: Iterable[float]) -> str:
    """What is said of a cluster whose source is missing, by how sure that is of each of its pairs that says so."""
    sure = any(confidence >= BOTH_CERTAIN for confidence in confidences)
    return "the source is missing: all rewrite another text" if sure else "perhaps the source is missing"
