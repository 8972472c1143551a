"""Forms: documents that fill in one frame with other facts. They are told, once for each frame, and are no copies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dedup.align.figures import EQUAL
from dedup.columns import ReadText
from dedup.facts.agreement import is_form
from dedup.model import Form
from dedup.pipeline.edges import Decided
from dedup.pipeline.judge import JudgedPairs
from dedup.relations.cluster import components

FRAME_CHARACTERS = 400
"""Characters of a frame that are shown."""
SLOT = " … "
SHORTEST = 2
"""Words that two documents share in a row before they are shown as part of the frame."""


def distinct(parts: list[JudgedPairs], copies: Mapping[int, Mapping[int, object]]) -> JudgedPairs | None:
    """Each pair of `parts` once, without those that are `copies` of each other; None if there are none."""
    parts = [part for part in parts if len(part.codes)]
    if not parts:
        return None
    joined = JudgedPairs.joined(parts)
    pairs = zip(joined.pairs.left.tolist(), joined.pairs.right.tolist(), strict=True)
    places: dict[tuple[int, int], int] = {}
    for place, (a, b) in enumerate(pairs):
        if b not in copies.get(a, {}):
            places.setdefault((a, b), place)
    if not places:
        return None
    return joined.take(np.array([places[pair] for pair in sorted(places)], np.int64))


def recurring(parts: list[JudgedPairs]) -> NDArray[np.int64]:
    """(m, 2) rows of forms of which most numbers differ: another day's report, and no other report of that day."""
    rows = [np.zeros((0, 2), np.int64)]
    for part in parts:
        if len(part.codes):
            which = is_form(part.figures)
            rows.append(np.stack((part.pairs.left[which], part.pairs.right[which]), axis=1))
    return np.concatenate(rows)


def groups(found: Decided, heads: NDArray[np.int64], read: ReadText) -> list[Form]:
    """Documents tied by forms, exact copies with them, and the frame that the first two of each group have."""
    pairs = found.judged.pairs
    edges = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    folded: dict[int, list[int]] = {}
    for row in np.flatnonzero(heads != np.arange(len(heads))).tolist():
        folded.setdefault(int(heads[row]), []).append(row)
    group_of = {row: number for number, rows in enumerate(components(edges)) for row in rows}
    first: dict[int, int] = {}
    for place, (a, _) in enumerate(edges):
        first.setdefault(group_of[a], place)
    members: dict[int, list[int]] = {}
    for row, number in group_of.items():
        members.setdefault(number, []).extend((row, *folded.get(row, ())))
    return [
        Form(number, tuple(sorted(members[number])), _frame(found, first[number], read)) for number in sorted(members)
    ]


def _frame(found: Decided, place: int, read: ReadText) -> str:
    """What two documents share word by word, with an ellipsis for what each has in its place."""
    text = read(int(found.judged.pairs.left[place]))
    parts, length = [], 0
    for kind, begin, end, *_ in found.aligned.of(place).tolist():
        words = text[begin:end].decode("utf-8", "replace").split()
        if kind == EQUAL and len(words) >= SHORTEST:
            parts.append(" ".join(words))
            length += len(parts[-1])
        if length > FRAME_CHARACTERS:
            break
    frame = SLOT.join(parts)
    return frame if len(frame) <= FRAME_CHARACTERS else frame[:FRAME_CHARACTERS].rstrip() + "…"
