"""Articles that come again in other words: found among the latest ones, flagged, never dropped."""

from dataclasses import replace

import pytest

from dedup.feeds import ingest
from dedup.feeds.policy import Policy, Treatment
from dedup.index import matching
from dedup.model import Relation
from tests.feeds.feed_factory import START, item, rss, story
from tests.feeds.feed_harness import DROP_ALL, FeedHarness
from tests.rewrites import INDEPENDENT, REWRITE, SOURCE

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
HOUR = 3600


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Two newsrooms whose rewrites the keys of the index do not find."""
    monkeypatch.setattr(matching, "FAINT", matching.NEVER)
    monkeypatch.setattr(matching, "KINDS", tuple(replace(rule, least=99) for rule in matching.KINDS))
    made = FeedHarness(tmp_path, DROP_ALL)
    for url in (A, B, C):
        made.add(url)
    made.bodies = {url: rss(url[8:17], item(f"{url[:17]}/0", story(at))) for at, url in enumerate((A, B, C))}
    made.bodies[A] = rss("a.example", item("https://a.example/1", SOURCE), item("https://a.example/0", story(0)))
    made.run(START)
    made.bodies[B] = rss("b.example", item("https://b.example/1", REWRITE, date=START + HOUR))
    made.bodies[C] = rss("c.example", item("https://c.example/1", INDEPENDENT, date=START + HOUR))
    return made


def test_a_rewrite_is_flagged_and_another_report_is_not(desk):
    assert desk.run(START + HOUR).tally.flagged == 1
    found = desk.article("https://b.example/1")
    assert (found.relation, found.treatment) == (Relation.REWRITTEN, Treatment.FLAG)
    assert found.original == desk.article("https://a.example/1").number and 0.3 < found.similarity <= 1
    assert desk.article("https://c.example/1").relation is None
    assert desk.links(B) == ["https://b.example/1"] and b"https://a.example/1" in desk.output(B)
    assert desk.run(START + 2 * HOUR).tally.new == 0


@pytest.mark.parametrize("changes", [{"ASKED": 1}, {"LATEST": 1}, {"REWRITTEN_WITHIN": HOUR - 1}])
def test_of_many_at_once_and_of_old_ones_only_the_index_is_asked(desk, monkeypatch, changes):
    for name, value in changes.items():
        monkeypatch.setattr(ingest, name, value)
    assert desk.run(START + HOUR).tally.flagged == 0


def test_who_keeps_rewrites_does_not_wait_for_them(desk, monkeypatch):
    monkeypatch.setattr("dedup.index.index.recent_rewrites", None)
    policy = Policy({Relation.REWRITTEN: Treatment.KEEP})
    assert desk.run(START + HOUR, policy=policy).tally.flagged == 0


def test_the_publishers_own_other_version_is_an_update(desk):
    desk.bodies[A] = rss("a.example", item("https://a.example/2", REWRITE), item("https://a.example/1", SOURCE))
    desk.bodies[B] = rss("b.example", item("https://b.example/0", story(1)))
    assert desk.run(START + HOUR).tally.flagged == 0
    assert "an update by the same publisher" in desk.article("https://a.example/2").reasons
