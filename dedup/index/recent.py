"""Rewrites among the latest documents, told as a scan of them tells rewrites: by nearest neighbours, and before the
words that they have in common. An index that grows keeps neither, so it finds fewer; and what depends on the latest
documents is kept nowhere in it.

Of 120 rewrites by language models that came hours after their sources into two weeks of news, the keys of the index
find the source of 89, the nearest neighbours of 119.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dedup.align.figures import FIGURES
from dedup.align.overlap import Overlaps
from dedup.candidates import lsh, tfidf
from dedup.index.documents import DocumentBatch, entries_of
from dedup.index.query import tie_of
from dedup.index.results import Match
from dedup.index.services import IndexServices
from dedup.pipeline.candidates import FAINT_COSINE, NEIGHBOURS, terms_of
from dedup.pipeline.judge import Judge, JudgedPairs

_ROWS, _COUNTS = np.zeros(0, np.int64), np.zeros(0, np.int32)
_NONE = JudgedPairs(
    Overlaps(_ROWS, _ROWS, _COUNTS, _COUNTS, _COUNTS), np.zeros((0, FIGURES), np.int32), np.zeros(0, np.int8)
)


def recent_rewrites(context: IndexServices, asked: Sequence[str], since: int, most: int) -> dict[str, list[Match]]:
    """For documents of the ids `asked`, among the `most` latest that were added from `since` on, those that say the
    same in other words.
    """
    numbers, wanted = _latest(context, since, most), entries_of(context.database, "id", list(asked))
    own = {entry.founder for entry in wanted}
    entries = entries_of(context.database, "number", sorted(own | set(numbers)))
    if not own or len(entries) < 2:
        return {}
    shelf = DocumentBatch(context.database, entries)
    shelf.texts.load(range(len(shelf)))
    left, right = _neighbours(context, shelf, own)
    if not len(left):
        return {}
    config = context.matcher.config.update({"match": {"pairwise": False}})
    judge = Judge(
        config, shelf, shelf.words, shelf.normalised, context.matcher.pool, context.matcher.clock, None,
        np.arange(len(shelf)),
    )  # fmt: skip
    found = judge.with_rewrites(_NONE, left, right)
    if not len(found.codes):
        return {}
    matches = _matches(context, shelf, judge, found)
    return {entry.id: matches[entry.founder] for entry in wanted if entry.founder in matches}


def _latest(context: IndexServices, since: int, most: int) -> list[int]:
    """Founders among the latest documents."""
    rows = context.database.query(
        "SELECT number, added FROM documents WHERE number = founder ORDER BY number DESC LIMIT ?", (most,)
    )
    return [number for number, added in rows if added >= since]


def _neighbours(
    context: IndexServices, shelf: DocumentBatch, own: set[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of rows, sorted, of which one is a document asked about (`own`, by number) and the other is near it."""
    asked = np.isin(shelf.numbers, np.array(sorted(own), np.int64))
    rows = np.arange(len(shelf))
    terms = terms_of(shelf.texts.read, rows, context.matcher.pool)
    first = int(np.flatnonzero(asked)[0])  # those asked about are the latest: what comes before them is not looked at
    pairs, _ = tfidf.neighbours(terms, NEIGHBOURS, context.matcher.pool, FAINT_COSINE, first=first)
    left, right = lsh.unpack(pairs)
    which = asked[left] | asked[right]
    return left[which], right[which]


def _matches(context: IndexServices, shelf: DocumentBatch, judge: Judge, found: JudgedPairs) -> dict[int, list[Match]]:
    """The pairs as either side sees them, by number."""
    edges = context.matcher.edges(shelf, judge, np.arange(len(shelf)))
    decided = edges.decide(found)
    table = edges.table([decided], context.matcher.config.fingerprint.ngram)
    matches: dict[int, list[Match]] = {}
    for place, edge in enumerate(table.rows(full=False)):
        for one, other in ((edge.a, edge.b), (edge.b, edge.a)):
            match = tie_of(edge, one, shelf.entries[other], float(decided.directions.confidence[place]))
            matches.setdefault(shelf.entries[one].number, []).append(match)
    return matches
