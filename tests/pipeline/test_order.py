"""The same documents give the same result, whatever the number of threads, the memory, and the order of files."""

from __future__ import annotations

import random

import pytest

from dedup import Config, Document, ScanResult, scan
from dedup.pipeline import candidates
from tests import texts
from tests.pipeline.test_boilerplate import FOOTER, sentences


def newsroom(seed: int = 1, stories: int = 30) -> list[Document]:
    """Stories, spun copies and edited ones, each outlet with its footer."""
    rng = random.Random(seed)
    found = []
    for number in range(stories):
        source = sentences(number, 14)
        words = source.split(" ")
        spun = [f"syn{word}" if rng.random() < 0.2 else word for word in words]
        edited = [word for word in words if rng.random() > 0.03]
        versions = [("source", words), ("spun", spun), ("edited", edited)][: 1 + number % 3]
        for kind, version in versions:
            outlet = f"Outlet {rng.randrange(4)}"
            day = f"2024-03-{rng.randrange(1, 29):02}"
            found.append(Document(" ".join(version) + "\n" + FOOTER[0], f"{kind}{number:02}", day, outlet))
    found += [Document(texts.REPORT, "report"), Document(texts.spun(texts.REPORT), "report-spun"),
              Document(texts.REPORT.upper(), "report-upper"), Document(texts.INDEPENDENT, "independent")]  # fmt: skip
    return found


def said(result: ScanResult) -> dict[str, object]:
    """Everything a result says, by ids."""
    ids = list(result.corpus.ids)

    def name(copy: int | tuple[int, ...] | None) -> object:
        return frozenset(ids[row] for row in copy) if isinstance(copy, tuple) else None if copy is None else ids[copy]

    return {
        "edges": {
            frozenset((ids[edge.a], ids[edge.b])): (edge.relation, round(edge.jaccard, 9), name(edge.copy))
            for edge in result.edges
        },
        "clusters": {
            (ids[cluster.representative], frozenset(ids[row] for row in cluster.members)) for cluster in result.clusters
        },
        "stories": {frozenset(ids[row] for row in story.members) for story in result.stories},
        "flags": {
            ids[row]: sorted((flag.kind, len(flag.spans)) for flag in flags) for row, flags in result.flags.items()
        },
        "kept": {ids[row] for row in range(len(ids)) if result.kept[row]},
    }


def evidence(result: ScanResult) -> list[object]:
    return [(edge.a, edge.b, edge.similarity, edge.evidence) for edge in result.edges.rows(full=True)]


def run(**values: object) -> Config:
    return Config().update({"run": values})


@pytest.fixture
def by_keys(monkeypatch):
    """Candidates by term keys and neighbours instead of all pairs, as in larger batches."""
    monkeypatch.setattr(candidates, "ALL_PAIRS", 10)


@pytest.mark.parametrize("threads", [2, 4, 7])
def test_threads_change_nothing(threads, by_keys):
    documents = newsroom()
    one, many = scan(documents, run(threads=1)), scan(documents, run(threads=threads))
    assert said(one) == said(many)
    assert evidence(one) == evidence(many)
    assert one.notes == many.notes
    assert len(one.edges) > 20 and one.flags is not None


def test_memory_changes_nothing(by_keys):
    documents = newsroom()
    plain, small = scan(documents), scan(documents, run(memory="64K"))
    assert small.stats["spilled_bytes"] > 0
    assert said(plain) == said(small) and evidence(plain) == evidence(small)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("few", [True, False])
def test_order_of_documents_changes_no_relation(seed, few, monkeypatch):
    monkeypatch.setattr(candidates, "ALL_PAIRS", 1_000 if few else 10)
    documents = newsroom()
    shuffled = list(documents)
    random.Random(seed).shuffle(shuffled)
    one, other = said(scan(documents)), said(scan(shuffled))
    assert one["clusters"] == other["clusters"]
    assert one["kept"] == other["kept"] and one["stories"] == other["stories"]
    relations = [{pair: edge[:2] for pair, edge in result["edges"].items()} for result in (one, other)]
    assert relations[0] == relations[1]
    copies = [{pair: edge[2] for pair, edge in result["edges"].items()} for result in (one, other)]
    assert copies[0] == copies[1]


def test_all_pairs_and_neighbours_find_the_same(monkeypatch):
    """Term keys alone would not: among a hundred texts, a word that a copy shares with its source is no rare one."""
    documents = newsroom()
    every = scan(documents)
    assert "neighbour_candidates" not in every.stats
    monkeypatch.setattr(candidates, "ALL_PAIRS", 10)
    near = scan(documents)
    assert near.stats["neighbour_candidates"] > 0
    assert said(near) == said(every)
    assert evidence(near) == evidence(every)


def test_every_copy_of_the_newsroom_is_found_and_no_other():
    documents = newsroom()
    found = said(scan(documents))["edges"]
    families = {document.id: document.id[-2:] if document.id[-2:].isdigit() else "report" for document in documents}
    families["independent"] = "independent"
    assert all(len({families[name] for name in pair}) == 1 for pair in found)
    wanted = {
        frozenset((one, two)) for one in families for two in families if one < two and families[one] == families[two]
    }
    assert set(found) == wanted
