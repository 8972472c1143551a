"""What tests of the index have in common: documents, results in comparable form, and a check of the whole state."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dedup import Config, Document, scan
from dedup.align.overlap import same_form
from dedup.boilerplate.marks import suspects
from dedup.columns import pack_bytes
from dedup.index import rules
from dedup.index.documents import NORMALISED, STANDS, SUSPECT, entries_of
from dedup.index.index import Index
from dedup.index.postings.blocks import Blocks
from dedup.index.postings.store import PostingStore
from dedup.model import Batch, Relation, ScanResult
from dedup.read import from_documents
from dedup.relations.relation import FORM, NONE
from tests import texts

PAIRWISE = {"match": {"pairwise": True}}
EPOCH = 1_700_000_000
TINY = {"MEMTABLE_LIMIT": 40, "MIN_LEVEL1": 60, "SLICE": 16, "FETCH": 3, "CHUNK": 8}
"""Sizes in `index.postings.store` so small that everything is merged, split and looked up in all levels."""
TINY_BLOCK = 8
"""The same of `index.postings.blocks.BLOCK`, which both know."""
"""Sizes of posting levels with which a handful of documents is merged, split and looked up in all of them."""


def prose(seed: int, count: int = 300) -> str:
    """Words that nothing else has."""
    generator = np.random.default_rng(seed)
    return " ".join(f"word{n}" for n in generator.integers(0, 5_000, count))


def edited(text: str, share: float, seed: int = 0) -> str:
    """A share of the words replaced."""
    words = text.split(" ")
    generator = np.random.default_rng(seed)
    for place in generator.choice(len(words), int(share * len(words)), replace=False):
        words[place] = f"new{seed}x{place}"
    return " ".join(words)


def paragraphs(text: str, which: Sequence[int]) -> str:
    """Some paragraphs."""
    parts = text.strip().split("\n\n")
    return "\n\n".join(parts[at % len(parts)] for at in which)


MINUTES = (
    "the members of the club met on the usual evening in the hall beside the old mill and heard of {} from the chair "
    "before they turned to the matter of {} which had been left over from the last time and was put to the vote; after "
    "the break with tea and cake somebody spoke of {} with slides that were shown on the wall and all agreed that it "
    "had been well worth the walk through the rain; next time it will be about {} and guests are welcome as ever"
)
THINGS = ("harbour", "pier", "ferry", "winter", "bread", "song", "river", "tower", "lamp", "glass", "stone", "wool")


def minutes(rng: random.Random) -> str:
    """A frame without names and numbers, filled in: what two alone do not give away, and others that have it do."""
    return MINUTES.format(*(" ".join(rng.choices(THINGS, k=4)) for _ in range(4)))


def shouted(text: str) -> str:
    """An exact copy by its words."""
    return "*** " + text.upper().replace(",", " -").replace(" ", "  ") + " ***"


def doc(name: str, text: str, date: int | None = None, source: str | None = None) -> Document:
    """A document; dates count days."""
    return Document(text, id=name, date=None if date is None else EPOCH + 86_400 * date, source=source)


def newsroom() -> list[Document]:
    """A report and what becomes of it, with others that have nothing to do with it."""
    return [
        doc("report", texts.REPORT, 1, "Vale Post"),
        doc("spun", texts.spun(texts.REPORT), 3, "buzz"),
        doc("exact", shouted(texts.REPORT), 2, "mirror"),
        doc("british", texts.swapped(texts.REPORT, texts.BRITISH)),
        doc("excerpt", paragraphs(texts.REPORT, (1, 2, 3)), 2),
        doc("independent", texts.INDEPENDENT, 1),
        doc("weather-1", texts.WEATHER.format(**texts.DAYS[0])),
        doc("weather-2", texts.WEATHER.format(**texts.DAYS[1])),
        doc("lottery", texts.LOTTERY.format(**texts.DRAWS[0])),
        doc("short", "Three words only"),
        doc("dashes", "--- !!! ---"),
    ]


def batches(documents: Iterable[Document]) -> Iterable[Batch]:
    """As `Index.add` takes them."""
    return from_documents(list(documents))


def add(index: Index, *documents: Document, **options: Any) -> Any:
    """Add some documents in one call."""
    return index.add(batches(documents), **options)


def ask(index: Index, *documents: Document, **options: Any) -> list[Any]:
    """Ask about some documents."""
    return list(index.query(batches(documents), **options))


def ids(index: Index) -> set[str]:
    """All documents."""
    return {row[0] for row in index.database.query("SELECT id FROM documents")}


Edges = dict[tuple[str, str], tuple[Any, ...]]
Clusters = set[tuple[Any, ...]]


def _edges(table: Any, names: Any) -> Edges:
    found: Edges = {}
    for edge in table.rows(full=False):
        pair = tuple(sorted((names[edge.a], names[edge.b])))
        rows = edge.copy if isinstance(edge.copy, tuple) else () if edge.copy is None else (edge.copy,)
        copies = frozenset(names[row] for row in rows)
        assert pair not in found
        numbers = (round(value, 9) for value in (edge.similarity, edge.jaccard, edge.containment))
        found[pair] = (str(edge.relation), *numbers, copies)
    return found


def edges_of_index(index: Index) -> Edges:
    """All edges, by the ids of their sides."""
    with index.transaction():
        heads = {row[0] for row in index.database.query("SELECT head FROM documents")}
        shelf, table = index._clustering.edges(heads)
        return _edges(table, shelf.ids)


def edges_of_scan(result: ScanResult) -> Edges:
    """The same of a scan, which tells forms besides."""
    found = _edges(result.edges, result.corpus.ids)
    return {pair: edge for pair, edge in found.items() if edge[0] != Relation.FORM}


def forms_of_index(index: Index) -> set[tuple[str, ...]]:
    """Pairs that are one frame with other facts, by their ids."""
    sql = (
        "SELECT one.id, two.id FROM edges JOIN documents one ON one.number = a JOIN documents two ON two.number = b"
        f" WHERE code = {FORM}"
    )
    return {tuple(sorted(pair)) for pair in index.database.query(sql)}


def forms_of_scan(result: ScanResult) -> set[tuple[str, ...]]:
    """The same of a scan, which tells those as well that clustering asked for."""
    found = _edges(result.edges, result.corpus.ids)
    return {pair for pair, edge in found.items() if edge[0] == Relation.FORM}


def clusters_of_index(index: Index) -> Clusters:
    """All clusters, without their ids."""
    return {
        (
            frozenset((m.id, m.relation and str(m.relation), round(m.similarity, 9)) for m in cluster.members),
            cluster.members[0].id, round(cluster.weakest, 9), cluster.source_missing,
        )
        for cluster in index.clusters()
    }  # fmt: skip


def clusters_of_scan(result: ScanResult) -> Clusters:
    """The same of a scan."""
    names = result.corpus.ids
    return {
        (
            frozenset(
                (names[row], relation and str(relation), round(similarity, 9))
                for row, relation, similarity in zip(
                    cluster.members, cluster.relations, cluster.similarities, strict=True
                )
            ),
            names[cluster.representative], round(cluster.weakest, 9), cluster.source_missing,
        )
        for cluster in result.clusters
    }  # fmt: skip


def assert_like_scan(index: Index, documents: Sequence[Document], config: Config | None = None) -> None:
    """The index holds what a pairwise scan of `documents` finds."""
    result = scan(documents, (config or Config()).update(PAIRWISE))
    assert ids(index) == set(result.corpus.ids)
    assert edges_of_index(index) == edges_of_scan(result)
    assert clusters_of_index(index) == clusters_of_scan(result)
    assert forms_of_index(index) <= forms_of_scan(result)
    if not result.clusters:
        assert forms_of_index(index) == forms_of_scan(result)


def cluster_ids(index: Index) -> dict[str, int]:
    """The id of the cluster of each document that is in one."""
    return {member.id: cluster.id for cluster in index.clusters() for member in cluster.members}


def assert_consistent(index: Index) -> None:
    """Everything in the tables fits together, and fits the texts."""
    with index.transaction():
        entries = _check_documents(index)
        _check_keys(index, entries)
        _check_edges(index, entries)
        _check_clusters(index)
        _check_memory(index)
    assert index.database.check() == []


def _check_documents(index: Index) -> dict[int, Any]:
    database = index.database
    numbers = [row[0] for row in database.query("SELECT number FROM documents")]
    entries = {entry.number: entry for entry in entries_of(database, "number", numbers)}
    assert sorted(numbers) == sorted(row[0] for row in database.query("SELECT number FROM bodies"))
    assert not numbers or max(numbers) < int(database.meta("next_number"))
    if not entries:
        return entries
    bodies = [index.text(number) for number in entries]
    sketch, _ = index._matcher.sketch(bodies)
    marked, normalised = suspects(pack_bytes(bodies)), set(sketch.normalised.tolist())
    signatures = dict(database.query("SELECT number, signature FROM bodies"))
    groups: dict[int, list[Any]] = {}
    for at, entry in enumerate(entries.values()):
        assert entry.size == len(bodies[at]) and entry.words == sketch.words[at]
        assert np.uint64(entry.digest & (1 << 64) - 1) == sketch.digests[at]
        assert entry.marks & ~STANDS == SUSPECT * bool(marked[at]) | NORMALISED * (at in normalised)
        assert np.frombuffer(signatures[entry.number], "<u4").tolist() == sketch.signatures[at].tolist()
        groups.setdefault(entry.founder, []).append(entry)
    forms = {}
    for founder, group in groups.items():
        assert founder == min(entry.number for entry in group)
        assert {entry.head for entry in group} == {rules.head(group)}
        form = {same_form(index.text(entry.number)) for entry in group}
        assert len(form) == 1 and not form & forms.keys()
        forms |= dict.fromkeys(form, founder)
    return entries


def _check_keys(index: Index, entries: dict[int, Any]) -> None:
    founders = [number for number, entry in entries.items() if entry.founder == number]
    keys = index._context.keys_of([index.text(number) for number in founders])
    database, order = index.database, np.array(founders, np.int64)
    sizes = dict(database.query("SELECT id, entries FROM levels"))
    blocks = {
        number: Blocks(np.array([number & 0xFFFFFFFF], np.uint32), [blob]).entries()
        for number, blob in database.query("SELECT id, entries FROM postings")
        if (number >> 32) % 3
    }
    directory = {
        row[0]: np.frombuffer(row[1], "<u4").astype(np.int64) for row in database.query("SELECT id, starts FROM levels")
    }
    named = {(level << 32) + start for level, starts in directory.items() for start in starts.tolist()}
    assert named == set(blocks)
    for level, starts in directory.items():
        assert (np.diff(starts) > 0).all()
        here = [blocks[(level << 32) + start] for start in starts.tolist()]
        assert sizes[level] == sum(map(len, here))
        whole = np.concatenate([np.zeros(0, np.uint64), *here])
        assert (np.diff(whole.astype(object)) > 0).all()
        assert all(
            len(block) == 0 or block[0] >> np.uint64(32) >= start for start, block in zip(starts, here, strict=True)
        )
    for kind, expected in enumerate(keys):
        found = np.sort(np.concatenate([np.zeros(0, np.uint64), *index._keys.everything(kind)]))
        assert found.tolist() == expected.entries(order).tolist()
        held = index._keys.held(kind)
        for number in entries:
            own = int(held[number]) if number < len(held) else 0
            assert own == (min(int(expected.held[founders.index(number)]), 65535) if number in founders else 0)


def _check_edges(index: Index, entries: dict[int, Any]) -> None:
    heads = {entry.head for entry in entries.values()}
    for a, b, kind, live, code in index.database.query("SELECT a, b, kind, live, code FROM edges"):
        assert a < b and {a, b} <= heads
        assert kind in tuple(rules.PairKind)
        assert code >= 0 or (kind != rules.PairKind.CANDIDATE and not live)
        assert live == (kind == rules.PairKind.CANDIDATE) or kind == rules.PairKind.ASKED
        assert (code == FORM) <= (kind == rules.PairKind.ALIKE) and (
            kind != rules.PairKind.ALIKE or code in (NONE, FORM)
        )


def _check_clusters(index: Index) -> None:
    database = index.database
    rows = database.query("SELECT number, cluster, relation, similarity FROM documents")
    members: dict[int, dict[int, Any]] = {}
    for number, cluster, relation, similarity in rows:
        assert (cluster is None) == (similarity is None)
        if cluster is not None:
            members.setdefault(cluster, {})[number] = (relation, similarity)
    known = database.query("SELECT id, representative, weakest FROM clusters")
    assert {row[0] for row in known} == set(members)
    assert all(number < int(database.meta("next_cluster")) for number in members)
    for number, best, weakest in known:
        assert len(members[number]) > 1
        assert [member for member, (relation, _) in members[number].items() if relation is None] == [best]
        assert weakest == min(similarity for _, similarity in members[number].values())


def _check_memory(index: Index) -> None:
    """What the index holds in memory is what another process would read."""
    own, fresh = index._keys._known, PostingStore(index.database)
    fresh.refresh()
    for one, two in zip(own.memtable, fresh._known.memtable, strict=True):
        assert one.tolist() == two.tolist()
    assert {level: starts.tolist() for level, starts in own.starts.items()} == {
        level: starts.tolist() for level, starts in fresh._known.starts.items()
    }
    assert [chunk.tolist() for chunk in own.counts] == [chunk.tolist() for chunk in fresh._known.counts]
