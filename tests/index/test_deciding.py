"""Decisions by hand in an index: kept in it, honoured by what is there and what comes."""

from __future__ import annotations

import pytest

from dedup import Config, decisions
from dedup.index.index import Index
from dedup.read import from_documents
from tests.test_decisions import BATCH, NEAR, WHOLE, digests, line, scanned

SAME = BATCH | {"again": WHOLE}


def decided(*lines):
    return [decisions.parse(text, f"d.jsonl:{number}") for number, text in enumerate(lines, 1)]


def batches(batch):
    return from_documents([{"id": name, "text": text} for name, text in batch.items()])


def state(held):
    """Edges by ids, and clusters, the representative first."""
    found = {}
    for names, table in held.edges():
        found |= {frozenset((names[edge.a], names[edge.b])): edge.relation.value for edge in table}
    members = ([member.id for member in cluster.members] for cluster in held.clusters())
    return found, sorted([each[0], *sorted(each[1:])] for each in members)


LINES = {
    "apart": [line("not-a-copy", "whole", "near")],
    "third": [line("not-a-copy", "near", "nearer")],
    "form": [line("form", "whole", "near"), line("form", "nearer", "near")],
    "keep": [line("keep", "whole", "nearer")],
    "drop": [line("drop", "near", "again")],
    "forced": [line("drop", "whole", "other", relation="rewritten")],
    "exact": [line("not-a-copy", "whole", "again")],
    "head": [line("keep", "again", "whole")],
}


@pytest.mark.parametrize("name", LINES)
def test_before_and_after_come_to_the_same(tmp_path, name):
    """As a scan of the same documents says."""
    lines = decided(*LINES[name])
    with Index.open(tmp_path / "before.sqlite", Config()) as held:
        held.decide(lines)
        assert held.undecided(lines)
        held.add(batches(SAME))
        assert not held.undecided(lines) and not held.check(deep=True)
        before = state(held)
    with Index.open(tmp_path / "after.sqlite", Config()) as held:
        for item in SAME.items():
            held.add(batches(dict([item])))
        untouched = state(held)
        held.decide(lines)
        after = state(held)
        held.decide([one._replace(verdict=None) for one in held.decisions()])
        assert not held.decisions() and not held.check(deep=True)
        assert state(held) == untouched
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(b"\n".join(LINES[name]))
    result = scanned(SAME, path)
    names = list(result.corpus.ids)
    edges = {
        frozenset((names[edge.a], names[edge.b])): edge.relation.value
        for edge in result.edges if edge.relation.value != "form"
    }  # fmt: skip
    members = ([names[row] for row in cluster.members] for cluster in result.clusters)
    assert before == after == (edges, sorted([each[0], *sorted(each[1:])] for each in members))
    assert untouched != after


def test_a_query_honours_them(tmp_path):
    with Index.open(tmp_path / "i.sqlite", Config()) as held:
        held.add(batches({"whole": WHOLE, "other": BATCH["other"]}))
        ask = batches({"near": NEAR, "again": WHOLE})
        assert [[tie.id for tie in seen.ties] for seen in held.query(ask)] == [["whole"], ["whole"]]
        held.consider(decided(line("not-a-copy", "near", "whole"), line("not-a-copy", "again", "whole"),
                              line("drop", "other", "near")))  # fmt: skip
        ask = batches({"near": NEAR, "again": WHOLE})
        near, again = held.query(ask)
        assert [(tie.id, tie.relation.value) for tie in near.ties] == [("other", "near-duplicate")] and not again.ties
        assert not held.decisions()


def test_a_text_that_was_changed_is_judged(tmp_path):
    known = digests(scanned(BATCH))
    lines = decided(line("not-a-copy", "whole", "near", a_digest=known["whole"], b_digest=known["near"]))
    with Index.open(tmp_path / "i.sqlite", Config()) as held:
        held.decide(lines)
        held.add(batches({"whole": WHOLE, "near": NEAR, "twin": NEAR.upper()}))
        assert state(held)[1] == [["near", "twin"]]  # an exact copy of what is no copy is none either
        held.add(batches({"near": NEAR + " More follows tonight."}))
        assert any({"whole", "near"} <= set(cluster) for cluster in state(held)[1])
        (note,) = held.undecided(lines)
        assert "d.jsonl:1: 'whole' and 'near'" in note


def test_they_outlive_a_rebuild_and_other_connections(tmp_path):
    with Index.open(tmp_path / "i.sqlite", Config()) as held, Index.open(tmp_path / "i.sqlite", Config()) as other:
        held.add(batches(BATCH))
        other.decide(decided(line("not-a-copy", "whole", "near"), line("not-a-copy", "nearer", "near")))
        assert [one.verdict.value for one in held.decisions()] == ["not-a-copy"] * 2
        held.rebuild()
        assert all("near" not in cluster for cluster in state(held)[1])
