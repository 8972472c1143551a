"""Looking after an index: what is in it, whether it holds together, and making it anew with other settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.columns import pack_bytes
from dedup.index.documents import STANDS
from dedup.index.postings.levels import QUOTES
from dedup.index.postings.store import PostingStore
from dedup.index.results import IndexedDocument
from dedup.model import RELATIONS, UNKNOWN_DATE, Batch
from dedup.relations.relation import FORM
from dedup.storage import compression as bodies
from dedup.storage import schema
from dedup.storage.database import Database, Row

SHOWN = 20
"""Findings of one kind that a check names; the rest is counted."""
_CHECKS = (
    ("documents without a text", "SELECT number FROM documents WHERE number NOT IN (SELECT number FROM bodies)"),
    ("texts without a document", "SELECT number FROM bodies WHERE number NOT IN (SELECT number FROM documents)"),
    ("documents whose head is gone", "SELECT number FROM documents WHERE head NOT IN (SELECT number FROM documents)"),
    (
        "documents whose keys stand under one that is gone",
        "SELECT number FROM documents WHERE founder NOT IN (SELECT number FROM documents)",
    ),
    (
        "pairs of documents that are gone or no heads",
        "SELECT a FROM edges WHERE a NOT IN (SELECT number FROM documents WHERE number = head)"
        " OR b NOT IN (SELECT number FROM documents WHERE number = head)",
    ),
    (
        "documents in a cluster that is gone",
        "SELECT number FROM documents WHERE cluster IS NOT NULL AND cluster NOT IN (SELECT id FROM clusters)",
    ),
    (
        "clusters without their representative",
        "SELECT id FROM clusters WHERE NOT EXISTS (SELECT 1 FROM documents WHERE documents.cluster = clusters.id"
        " AND documents.number = clusters.representative)",
    ),
    (
        "clusters of fewer than two documents",
        "SELECT id FROM clusters WHERE (SELECT count(*) FROM documents WHERE documents.cluster = clusters.id) < 2",
    ),
    (
        "stories of one document",
        "SELECT story FROM documents WHERE story IS NOT NULL GROUP BY story HAVING count(DISTINCT founder) < 2",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statistics:
    """An index in numbers."""

    place: str
    documents: int
    clusters: int
    clustered: int
    """Documents in clusters."""
    edges: dict[str, int]
    """Verified pairs by relation; exact copies are counted as documents more than groups of them."""
    stories: int
    told: int
    """Documents in stories."""
    sources: int
    text_bytes: int
    """Before compression."""
    bytes: int
    """On disk."""
    first_added: int | None
    last_added: int | None
    settings: dict[str, Any]


STORIES = (
    "SELECT story FROM documents WHERE story IS NOT NULL GROUP BY story"
    " HAVING count(DISTINCT coalesce(cluster, -number)) > 1"
)
"""Stories but for those that are one cluster of copies: they say nothing more."""


def statistics(database: Database) -> Statistics:
    """Count what is there."""
    documents, sources, size, first, last, clustered, heads = database.query(
        "SELECT count(*), count(DISTINCT source), coalesce(sum(size), 0), min(added), max(added), count(cluster),"
        " count(DISTINCT founder) FROM documents"
    )[0]
    edges = {RELATIONS[0].value: documents - heads}
    told = f"live = 1 OR code = {FORM}"
    for code, count in database.query(f"SELECT code, count(*) FROM edges WHERE {told} GROUP BY code ORDER BY code"):
        edges[RELATIONS[code].value] = count
    clusters = database.query("SELECT count(*) FROM clusters")[0][0]
    stories, told = database.query(f"SELECT count(DISTINCT story), count(*) FROM documents WHERE story IN ({STORIES})")[
        0
    ]
    settings = json.loads(database.meta("settings") or "{}")
    return Statistics(
        database.name, documents, clusters, clustered, edges, stories, told, sources, int(size), database.size(), first,
        last, settings,
    )  # fmt: skip


def listed(what: str, names: Sequence[str]) -> str:
    """A finding with those that it concerns."""
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{what}: {', '.join(names[:SHOWN])}{more}"


def _called(database: Database, what: str, numbers: list[int]) -> list[str]:
    """Numbers, and the ids of those that are documents."""
    sql = "SELECT number, id FROM documents WHERE {in_clause}"
    rows = database.select_in(sql, "number", numbers[:SHOWN]) if what.startswith("documents") else []
    names = {row[0]: row[1] for row in rows}
    return [f"{number} ('{names[number]}')" if number in names else str(number) for number in numbers]


def check(database: Database, keys: PostingStore) -> list[str]:
    """What does not hold together, in words; empty for a sound index."""
    found = database.check()
    for what, sql in _CHECKS:
        numbers = [row[0] for row in database.query(sql)]
        if numbers:
            found.append(listed(what, _called(database, what, numbers)))
    founders = np.array(
        [row[0] for row in database.query("SELECT founder FROM documents WHERE number = founder")], np.int64
    )
    for kind in range(QUOTES + 1):
        found += _check_keys(kind, keys, np.sort(founders))
    return found


def _check_keys(kind: int, keys: PostingStore, founders: NDArray[np.int64]) -> list[str]:
    """Whether the documents that should have keys of one kind have some, and no others."""
    held = np.flatnonzero(keys.held(kind))
    there = np.zeros(max(len(keys.held(kind)), 1), bool)
    stray = 0
    for entries in keys.everything(kind):
        numbers = (entries & np.uint64(0xFFFFFFFF)).astype(np.int64)
        known = numbers < len(there)
        there[numbers[known]] = True
        stray += int((~known).sum())
    dead = np.setdiff1d(np.flatnonzero(there), founders)
    missing = np.setdiff1d(np.intersect1d(held, founders), np.flatnonzero(there))
    found = []
    if stray or len(dead):
        found.append(f"keys of {len(dead) + stray:,} documents that are gone (kind {kind})")
    if len(missing):
        found.append(f"{len(missing):,} documents without their keys (kind {kind})")
    return found


_KNOWN = "number, id, source, date, added, words, cluster, story, origin"


def documents(
    database: Database, after: int = 0, count: int = 1000, table: str = "documents", lost: list[str] | None = None
) -> tuple[list[IndexedDocument], int]:
    """Documents with numbers above `after`, by number, with their texts; and the last number looked at, `after` when
    there are no more. Ids of those whose text is damaged go to `lost`; without such a list they are a DamagedTextError.
    """
    rows = database.query(f"SELECT {_KNOWN} FROM {table} WHERE number > ? ORDER BY number LIMIT ?", (after, count))
    return _with_texts(database, rows, lost), rows[-1][0] if rows else after


def chosen(database: Database, numbers: Sequence[int]) -> list[IndexedDocument]:
    """Documents of these numbers, by number, with their texts."""
    sql = f"SELECT {_KNOWN} FROM documents WHERE {{in_clause}} ORDER BY number"
    return _with_texts(database, database.select_in(sql, "number", numbers))


def _with_texts(database: Database, rows: list[Row], lost: list[str] | None = None) -> list[IndexedDocument]:
    texts = bodies.read(database, [row[0] for row in rows], None if lost is None else [])
    if lost is not None:
        lost += [row[1] for row in rows if row[0] not in texts]
    return [IndexedDocument(*(*row[:-1], texts[row[0]], row[-1])) for row in rows if row[0] in texts]


def taken_apart(database: Database, lost: list[str] | None) -> Iterator[tuple[Batch, list[int]]]:
    """Empty an index but for the texts, and hand its documents back to be added again, each with the time when it was
    added. For the inside of a write transaction. Ids of those whose text is damaged go to `lost`, if there is such a
    list.
    """
    database.execute(f"CREATE TABLE rebuilt AS SELECT {_KNOWN}, marks FROM documents")
    for table in ("documents", *schema.DERIVED):
        database.execute(f"DELETE FROM {table}")
    after = begin = 0
    while True:
        part, after = documents(database, begin, table="rebuilt", lost=lost)
        if after == begin:
            break
        database.execute("DELETE FROM bodies WHERE number > ? AND number <= ?", (begin, after))
        begin = after
        if not part:
            continue
        dates = [UNKNOWN_DATE if one.date is None else one.date for one in part]
        ids, sources, texts, origins = (
            [getattr(one, name) for one in part] for name in ("id", "source", "text", "origin")
        )
        batch = Batch(ids=ids, sources=sources, dates=dates, origins=origins, packed=pack_bytes(texts))
        yield batch, [one.added for one in part]
    kept = [row[0] for row in database.query(f"SELECT id FROM rebuilt WHERE marks & {STANDS} <> 0")]
    condition, parameter = database.in_clause("id", kept)
    if kept:
        database.execute(f"UPDATE documents SET marks = marks | {STANDS} WHERE {condition}", (parameter,))
    database.execute("DROP TABLE rebuilt")
