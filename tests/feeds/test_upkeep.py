"""Another policy for what is there, counts by feed, advice on errors, fetching at once."""

from dataclasses import replace

import pytest

from dedup.cli.feeds.group import _row, _shown
from dedup.cli.feeds.items import _lines
from dedup.cli.feeds.run import _welcome
from dedup.errors import FeedError
from dedup.feeds.advice import advice
from dedup.feeds.format.parse import parse
from dedup.feeds.items import explain, restore
from dedup.feeds.policy import Cause, Policy, Scope, Treatment
from dedup.feeds.publish import QUARANTINE_FILE
from dedup.feeds.reapply import apply, changes
from dedup.feeds.status import status
from dedup.model import Relation
from tests.feeds.feed_factory import EDITED, REPORT, SPUN, START, item, rss, story
from tests.feeds.feed_harness import FeedHarness

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
HOUR = 3600
DROP = Policy(
    {Relation.SPUN: Treatment.DROP, Relation.NEAR_DUPLICATE: Treatment.DROP}, {Cause.SAME_LINK: Treatment.DROP}
)


@pytest.fixture
def desk(tmp_path):
    made = FeedHarness(tmp_path)
    for url, folder in ((A, "x"), (B, "y"), (C, "x")):
        made.add(url, folder=folder)
    made.bodies[A] = rss("a.example", item("https://a.example/1", REPORT), item("https://a.example/2", story(1)))
    made.run(START)
    spun, edited = item("https://b.example/1", SPUN), item("https://b.example/2", EDITED)
    made.bodies[B] = rss("b.example", spun, edited)
    made.bodies[C] = rss("a.example", item("https://a.example/1?utm_source=x", REPORT, key="x"))
    made.run(START + HOUR)
    return made


def reapplied(desk, policy, now=START + 2 * HOUR):
    with desk.open() as held:
        before = desk.dump()
        found = changes(held, policy, now)
        assert desk.dump() == before
        apply(held, found, policy, now)
    return found.counts()


def test_another_policy_for_what_is_there(desk):
    assert [len(desk.links(url)) for url in (A, B, C)] == [2, 2, 1]
    with desk.open() as held:
        restore(held, held.state.named("https://b.example/2")[0], START + HOUR)
    counts = reapplied(desk, DROP)
    assert counts == {("spun", "flag", "drop"): 1, ("same-link", "flag", "drop"): 1}
    desk.run(START + 2 * HOUR, policy=DROP)
    assert [desk.links(url) for url in (B, C)] == [["https://b.example/2"], []]
    assert len(parse((desk.folder / QUARANTINE_FILE).read_bytes()).items) == 2
    assert reapplied(desk, DROP) == {}
    with desk.open() as held:
        history = explain(held, held.state.named("https://b.example/1")[0])["history"]
        assert [row["treatment"] for row in history] == ["flag", "drop"]
    reapplied(desk, Policy(dict.fromkeys(DROP.treatments, Treatment.KEEP), {Cause.SAME_LINK: Treatment.KEEP}))
    desk.run(START + 3 * HOUR)
    assert [desk.output(url) == desk.bodies[url] for url in (A, B, C)] == [True] * 3


def test_another_scope_for_what_is_there(desk):
    assert reapplied(desk, replace(Policy(), scope=Scope.FOLDER)) == {}  # both feeds of the article are in one folder
    with desk.open() as held, held.transaction(write=True):
        held.state.change_feed(replace(held.state.feed(C), folder="z"))
    assert reapplied(desk, replace(Policy(), scope=Scope.FOLDER)) == {("same-link", "flag", "keep"): 1}
    assert reapplied(desk, Policy()) == {("same-link", "keep", "flag"): 1}


def test_what_came_by_feed(desk):
    with desk.open() as held:
        restore(held, held.state.named("https://b.example/1")[0], START + 2 * HOUR)
        rows = {row.url: row for row in status(held, START)}
        assert (rows[A].items, rows[A].flagged) == (2, 0)
        assert (rows[B].items, rows[B].flagged, rows[B].restored) == (2, 1, 1)
        assert (rows[C].items, rows[C].flagged, rows[C].dropped) == (1, 1, 0)
        assert all(row.items == 0 for row in status(held, START + 3 * HOUR))


def test_a_feed_is_fetched_now_when_it_is_asked_for(desk):
    asked = len(desk.asked)
    assert desk.run(START + HOUR + 1).feeds == 0
    assert desk.run(START + HOUR + 1, at_once=B).feeds == 1
    assert desk.run(START + HOUR + 2, at_once="").feeds == 3
    assert len(desk.asked) == asked + 4
    with pytest.raises(FeedError, match="no such feed"):
        desk.run(START, at_once="https://d.example/")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("10.0.0.1, which is not a public address", "--allow-private a.example:8080"),
        ("status 404", "new address"), ("status 503", "tried again by itself"), ("a web page (HTML), no feed", "web page"),
        ("a.example: no address (Name or service not known)", "typing error"), ("something else", ""),
    ],
)  # fmt: skip
def test_advice(error, words):
    found = advice(error, "http://a.example:8080/feed")
    assert words in " ".join(found) if words else found is None


def test_the_first_run_says_where_the_feeds_are(tmp_path):
    assert "dedup feeds add --index x" in _welcome(0, tmp_path, "x")
    assert str(tmp_path) in _welcome(3, tmp_path, "") and "opml --cleaned" in _welcome(3, tmp_path, "")


def test_a_feed_in_the_list_says_how_it_fares_and_what_to_do(desk):
    desk.bodies[B] = "HTTP 404 Not Found"
    desk.run(START + 9 * HOUR)
    with desk.open() as held:
        feeds = {feed.url: feed for feed in held.state.feeds()}
        shown = {url: list(_shown(_row(feed, held.state.folder), feed)) for url, feed in feeds.items()}
    assert shown[A][0] == f"x/a.example  {A}" and shown[A][1].startswith("    ok, fetched 2025-")
    assert shown[A][2] == f"    {desk.file(A)}" and len(shown[A]) == 3
    assert "    error, once: nothing is there any more (HTTP 404 Not Found); next 2025-" in shown[B][1]
    assert shown[B][2] == "    → look for its new address on https://b.example/, then add that one"


def test_an_explanation_has_a_history(desk):
    with desk.open() as held:
        restore(held, held.state.named("https://a.example/1?utm_source=y")[0], START + 2 * HOUR)
        lines = list(_lines(explain(held, held.state.named("https://a.example/1")[0])))
        moments = ["2025-06-15T15:06:40Z", "2025-06-15T16:06:40Z", "2025-06-15T16:06:40Z", "2025-06-15T17:06:40Z"]
        words = [
            "first seen in a.example", "listed in a.example", "flag in a.example: same-link",
            "keep: restored by the reader",
        ]  # fmt: skip
        history = [f"        {moment}  {told}" for moment, told in zip(moments, words, strict=True)]
        assert lines[lines.index("    history") + 1 :] == history
        (untouched,) = held.state.named("https://a.example/2")
        assert list(_lines(explain(held, untouched)))[-2:] == ["    history", history[0]]
    desk.bodies[A] = rss("a.example", item("https://a.example/9", story(9)))
    desk.run(START + 9 * HOUR)
    with desk.open() as held:
        (untouched,) = held.state.named("https://a.example/2")
        assert list(_lines(explain(held, untouched)))[-1] == "        now  no feed lists it any more"
