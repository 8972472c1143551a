"""Rewritten texts in a scan and side by side."""

from __future__ import annotations

from dedup import Config, compare, scan
from dedup.model import Relation
from tests.rewrites import INDEPENDENT, REWRITE, ROUGH, SMOOTH, SOURCE, UPDATE

TEXTS = [SOURCE, REWRITE, INDEPENDENT, UPDATE]


def test_a_rewrite_is_an_edge_and_a_cluster():
    result = scan(TEXTS)
    edges = [(edge.a, edge.b) for edge in result.edges if edge.relation is Relation.REWRITTEN]
    assert edges == [(0, 1)]
    assert [sorted(cluster.members) for cluster in result.clusters] == [[0, 1]]
    assert result.kept.all()


def test_a_rewrite_goes_where_it_is_named():
    result = scan(TEXTS, Config().update({"output": {"drop": ["rewritten"]}}))
    assert result.kept.tolist()[2:] == [True, True]
    assert result.kept.sum() == 3


def test_its_evidence_are_the_sentences():
    edge = next(iter(scan(TEXTS).edges.rows(full=True)))
    assert edge.relation is Relation.REWRITTEN
    assert len(edge.evidence.passages) >= 7
    assert "Solberg" in edge.evidence.passages[2].a.text
    assert "Solberg" in edge.evidence.passages[2].b.text
    assert edge.similarity > 0.8
    told = edge.evidence.figures["sentences"]
    assert len(told) == len(edge.evidence.passages)
    assert {"Ingrid", "Solberg"} <= set(told[2]["agree"])
    assert "48" in told[3]["agree"] and "30" in told[3]["agree"]
    assert not any(name in words["only_a"] for words in told for name in ("Solberg", "Toft", "Brennholm", "1931"))


def test_two_texts_side_by_side():
    found = compare(SOURCE, REWRITE)
    assert found.relation is Relation.REWRITTEN
    assert found.copied
    assert compare(SOURCE, INDEPENDENT).relation is None
    assert compare(SOURCE, UPDATE).relation is not Relation.REWRITTEN


def test_with_dates_the_later_one_is_the_copy():
    dated = [{"text": SOURCE, "date": "2025-03-04"}, {"text": REWRITE, "date": "2025-03-02"}]
    for documents, copy in ((dated, 0), (dated[::-1], 1)):
        assert [edge.copy for edge in scan(documents).edges] == [copy]


def test_without_dates_the_style_tells_or_nothing():
    edge = next(iter(scan([ROUGH, SMOOTH]).edges))
    assert edge.relation is Relation.REWRITTEN
    assert edge.copy == 1
    assert any("connectives" in reason or "writer's own" in reason for reason in edge.evidence.direction.reasons)
    assert next(iter(scan([SMOOTH, ROUGH]).edges)).copy == 0
