"""Rewrites among the latest documents of an index."""

from dataclasses import replace

import pytest

from dedup import scan
from dedup.index import matching
from dedup.index.index import Index
from dedup.model import Document, Relation
from dedup.read import from_documents
from tests.index.indexes import EPOCH, prose
from tests.rewrites import INDEPENDENT, REWRITE, ROUGH, SMOOTH, SOURCE

TEXTS = {"source": SOURCE, "rough": ROUGH, "other": INDEPENDENT, "rewrite": REWRITE, "smooth": SMOOTH}


def documents(texts):
    return from_documents([Document(text, name) for name, text in texts.items()])


@pytest.fixture
def index(tmp_path):
    with Index.open(tmp_path / "i.sqlite") as held:
        for number in range(3):
            held.add(documents({f"prose {number}": prose(number)}), now=EPOCH)
        for at, (name, text) in enumerate(TEXTS.items()):
            held.add(documents({name: text}), now=EPOCH + at)
        yield held


def pairs(index, *names, since=0, most=100):
    found = index.rewrites(list(names), since=since, most=most)
    return {name: [match.id for match in matches] for name, matches in found.items()}


def test_they_are_those_of_a_scan(index):
    names, result = list(TEXTS), scan(list(TEXTS.values()), phrasing=False, stories=False)
    edges = {
        frozenset((names[edge.a], names[edge.b]))
        for edge in result.edges.rows(full=False)
        if edge.relation == "rewritten"
    }
    found = pairs(index, *TEXTS)
    assert {frozenset((name, other)) for name, others in found.items() for other in others} == edges
    assert edges == {frozenset(("source", "rewrite")), frozenset(("rough", "smooth"))}


def test_those_asked_about_alone_and_among_the_latest_alone(index):
    assert pairs(index, "rewrite") == {"rewrite": ["source"]}
    assert pairs(index, "source") == {"source": ["rewrite"]}
    assert pairs(index, "rewrite", since=EPOCH + 1) == {}
    assert pairs(index, "rewrite", "smooth", most=4) == {"smooth": ["rough"]}
    assert pairs(index, "nobody") == pairs(index) == {}
    (match,) = index.rewrites(["smooth"], since=0, most=100)["smooth"]
    assert (match.relation, match.id) == (Relation.REWRITTEN, "rough") and 0.3 < match.similarity <= 1


def test_what_the_keys_do_not_find_is_found_and_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(matching, "FAINT", matching.NEVER)
    monkeypatch.setattr(matching, "KINDS", tuple(replace(rule, least=99) for rule in matching.KINDS))
    with Index.open(tmp_path / "i.sqlite") as held:
        seen = held.add(documents({"rough": ROUGH, "smooth": SMOOTH}), now=EPOCH, answer=True).seen
        before = list(held.database.query("SELECT a, b, code FROM edges"))
        assert pairs(held, "smooth") == {"smooth": ["rough"]}
        assert list(held.database.query("SELECT a, b, code FROM edges")) == before and not held.check(deep=True)
        assert not any(one.ties for one in seen)


def test_an_empty_index(tmp_path):
    with Index.open(tmp_path / "i.sqlite") as held:
        assert pairs(held, "nobody") == {}
        held.add(documents({"source": SOURCE}))
        assert pairs(held, "source") == {}
