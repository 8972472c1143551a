"""Stories of an index: what reports one event, told from document to document as they come.

A scan sees all documents at once and joins whole groups. Here a new document is compared with those of the days around
it that share rare words with it, and joins the story whose members are most like it, on average (single-pass
clustering: Allan, Papka and Lavrenko 1998, "On-line new event detection and tracking", section 4). So stories depend
on the order in which documents come, as edges and clusters do not; and only what has a date is in one: over years two
texts about one thing are seldom about one event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dedup.candidates.lsh import unpack
from dedup.index.documents import DAY, DocumentBatch, DocumentRow, entries_of
from dedup.index.matching import STORY_DAYS
from dedup.index.services import IndexServices
from dedup.pipeline.candidates import terms_of
from dedup.pipeline.findings import STORY_WORDS
from dedup.stories import stories as story

THRESHOLD = 1.5
"""Mean score from which a document joins a story. Higher than in a scan: where words are weighed by the background
alone, names that the whole batch is full of count for more."""
SCORED = 16_000
"""Pairs whose texts are in memory at once. Each document is near some twenty, which are near others too: four times as
many pairs have half as many texts for each, and to read and weigh these is most of the work."""
Likeness = tuple[DocumentRow, float]


def likenesses(
    context: IndexServices, asked: Sequence[DocumentRow], told: NDArray[np.uint64], texts: Mapping[int, bytes]
) -> list[list[Likeness]]:
    """For each document asked about those that may report the same event (`told`: packed place << 32 | number), with
    the log-odds that they do. `texts` are those known, by number.
    """
    found: list[list[Likeness]] = [[] for _ in asked]
    for first in range(0, len(told), SCORED):
        places, numbers = unpack(told[first : first + SCORED])
        others = {other.number: other for other in entries_of(context.database, "number", np.unique(numbers).tolist())}
        pairs = [
            (place, others[number])
            for place, number in zip(places.tolist(), numbers.tolist(), strict=True)
            if number in others and _near(asked[place], others[number])
        ]
        if not pairs:
            continue
        entries = {entry.number: entry for place, other in pairs for entry in (asked[place], other)}
        shelf = DocumentBatch(context.database, list(entries.values()), dict(texts))
        shelf.texts.load(range(len(shelf)))
        made = story.weigh(terms_of(shelf.texts.read, np.arange(len(shelf)), context.matcher.pool), fixed=True)
        left, right = (
            shelf.rows(np.array(side, np.int64))
            for side in ([asked[place].number for place, _ in pairs], [other.number for _, other in pairs])
        )
        for (place, other), score in zip(pairs, story.scores(made, left, right, shelf.dates).tolist(), strict=True):
            found[place].append((other, score))
    return found


def _near(one: DocumentRow, other: DocumentRow) -> bool:
    """Whether two documents are long enough, and published within some days of each other."""
    if one.date is None or other.date is None or min(one.words, other.words) < STORY_WORDS:
        return False
    return abs(one.date - other.date) <= STORY_DAYS * DAY


def best(scored: Sequence[Likeness], joined: Mapping[int, int]) -> int | None:
    """The story that a document joins: its id, or less than 0 the number of a document that is in none yet; None where
    it stands alone. `joined` are the stories that documents came into since they were read.
    """
    groups: dict[int, list[float]] = {}
    for other, score in scored:
        groups.setdefault(joined.get(other.number) or other.story or -other.number, []).append(score)
    means = {group: sum(scores) / len(scores) for group, scores in groups.items()}
    nearest = max(means, key=lambda group: (means[group], group), default=None)
    return nearest if nearest is not None and means[nearest] >= THRESHOLD else None


def assign_stories(
    context: IndexServices, fresh: Sequence[DocumentRow], told: NDArray[np.uint64], texts: Mapping[int, bytes]
) -> None:
    """Put new documents, in the order of their numbers, into the stories that they belong to."""
    joined: dict[int, int] = {}
    for entry, scored in zip(fresh, likenesses(context, fresh, told, texts), strict=True):
        nearest = best(scored, joined)
        if nearest is None:
            continue
        if nearest < 0:  # a story is called after its first document
            nearest = -nearest
            joined[nearest] = nearest
        joined[entry.number] = nearest
    context.database.executemany(
        "UPDATE documents SET story = ? WHERE founder = ?", ((held, founder) for founder, held in joined.items())
    )


def forget_lonely(context: IndexServices, stories: Sequence[int]) -> None:
    """Take the last one out of stories that lost the others."""
    sql = "SELECT story FROM documents WHERE {in_clause} GROUP BY story HAVING count(DISTINCT founder) < 2"
    lonely = [row[0] for row in context.database.select_in(sql, "story", stories)]
    if lonely:
        condition, parameter = context.database.in_clause("story", lonely)
        context.database.execute(f"UPDATE documents SET story = NULL WHERE {condition}", (parameter,))
