"""What decisions by hand say of the settings: how often each relation was right, and which threshold fits best.

Precision and recall are those among the pairs that somebody decided on. Recall says nothing of copies that no scan
found: nobody could decide on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dedup.decisions import Decision
from dedup.model import RELATIONS, Relation
from dedup.relations.relation import DEFAULT_THRESHOLD, KEPT, WHOLE

STEPS = tuple(round(0.05 * number, 2) for number in range(6, 21))
"""Thresholds that are looked at."""
LEAST_COPIES, LEAST_OTHERS = 10, 5
"""Decisions of each kind without which no threshold is proposed: with fewer the next decision would turn it."""
DOUBTFUL = 0.5
"""Share of copies from which a relation is worth dropping by."""


Measured = tuple[Relation | None, Mapping[str, float]]
"""What a pair was found to be, and its measures (`decisions.MEASURES`)."""


class Label(NamedTuple):
    """One decided pair."""

    relation: Relation | None
    copy: bool
    holds_to: float | None
    """The highest threshold at which the pair is still a near-duplicate; None where it is none, or not known."""


class Step(NamedTuple):
    """What one threshold would do to the near-duplicates that were decided on."""

    threshold: float
    found: int
    wrong: int
    precision: float | None
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Tuning:
    """What decisions say."""

    relations: dict[Relation, tuple[int, int]]
    """Decided pairs of each relation, and those of them that are copies."""
    steps: tuple[Step, ...]
    proposed: float | None
    reason: str
    """Why nothing is proposed, or what the proposal rests on."""
    doubtful: tuple[Relation, ...]
    """Relations of which most pairs are no copies."""
    unlabelled: int
    """Decisions of which nothing is known but the verdict."""


def holds_to(measures: Mapping[str, float]) -> float | None:
    """The highest threshold at which a near-duplicate of these measures is one: by its shingles, or by its alignment,
    whose shares rise with the threshold (`relations.relation.RelationRule`). None where neither is known.
    """
    found = [measures["jaccard"]] if "jaccard" in measures else []
    if "kept" in measures and "whole" in measures:
        room = min((measures["kept"] - KEPT) / (1 - KEPT), (measures["whole"] - WHOLE) / (1 - WHOLE))
        found.append(DEFAULT_THRESHOLD + (1 - DEFAULT_THRESHOLD) * room if room >= 0 else 0.0)
    return max(found) if found else None


def labels(decisions: Iterable[Decision], found_now: Mapping[frozenset[str], Measured]) -> list[Label]:
    """Decided pairs with what a result says of them (`found_now`, by the ids of both), else what was known when they
    were decided.
    """
    found = []
    for one in decisions:
        if one.verdict is None:
            continue
        relation, measures = found_now.get(frozenset((one.a.id, one.b.id)), (one.relation, {}))
        measures = {**one.measures, **measures}
        near = relation is Relation.NEAR_DUPLICATE
        found.append(Label(relation, one.verdict.is_copy, holds_to(measures) if near else None))
    return found


def _step(threshold: float, near: Sequence[Label]) -> Step:
    copies = sum(label.copy for label in near)
    found = sum(label.copy and (label.holds_to or 0) >= threshold for label in near)
    wrong = sum(not label.copy and (label.holds_to or 0) >= threshold for label in near)
    precision = found / (found + wrong) if found + wrong else None
    recall = found / copies if copies else 0.0
    f1 = 2 * found / (found + wrong + copies) if found + wrong + copies else 0.0
    return Step(threshold, found, wrong, precision, recall, f1)


def tune(pairs: Sequence[Label]) -> Tuning:
    """What decided pairs say."""
    relations: dict[Relation, tuple[int, int]] = {}
    for relation in RELATIONS:
        those = [label for label in pairs if label.relation is relation]
        if those:
            relations[relation] = len(those), sum(label.copy for label in those)
    near = [label for label in pairs if label.holds_to is not None]
    steps = tuple(_step(threshold, near) for threshold in STEPS)
    copies = sum(label.copy for label in near)
    others = len(near) - copies
    doubtful = tuple(
        relation for relation, (count, right) in relations.items()
        if count >= LEAST_COPIES and right < DOUBTFUL * count and relation not in (Relation.FORM, Relation.SAME_STORY)
    )  # fmt: skip
    unlabelled = sum(label.relation is None for label in pairs)
    if copies < LEAST_COPIES or others < LEAST_OTHERS:
        reason = (
            f"{copies:,} near-duplicates decided to be copies and {others:,} decided to be none: at least "
            f"{LEAST_COPIES} and {LEAST_OTHERS} are needed"
        )
        return Tuning(relations, steps, None, reason, doubtful, unlabelled)
    # of equally good ones the one that is nearest to the default: the pairs do not tell them apart
    best = max(steps, key=lambda step: (round(step.f1, 9), -abs(step.threshold - DEFAULT_THRESHOLD)))
    reason = f"by {copies:,} copies and {others:,} others; measured on the pairs that it was chosen by"
    return Tuning(relations, steps, best.threshold, reason, doubtful, unlabelled)
