"""Every nasty feed has one clear outcome, reading and rewriting, within a bound of memory and time."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from dedup.errors import FeedError
from dedup.feeds.format.parse import parse
from dedup.feeds.format.rewrite import extract, rewrite
from dedup.feeds.model import Action, ItemMark
from tests.feeds.hostile_feeds import CASES

URL = "https://e.example/feed"
NOW = 1_790_000_000
FLAG = ItemMark(Action.FLAG, "near-duplicate", 0.93, "https://first.example/?a=1&b=2", "First <b>]]></b>", "First & Co")
DROP = ItemMark(Action.DROP, "exact")
UNSAFE = {"doctype not closed"}
"""Additions would move where it is thought to end."""
HEAVY = UNSAFE | {"3 million tags", "nested 200,000 deep", "a million attributes on the root", "12,000 items"}


def test_there_are_over_a_hundred():
    assert len(CASES) > 180


@pytest.mark.parametrize("name", CASES)
def test_outcome(name):
    case = CASES[name]
    if case.items < 0:
        with pytest.raises(FeedError, match=case.error):
            parse(case.make(), URL, case.charset, now=NOW)
        return
    feed = parse(case.make(), URL, case.charset, now=NOW)
    assert len(feed.items) == case.items
    assert any(case.note in note for note in feed.notes) or not case.note, feed.notes
    if feed.items:
        first = feed.items[0]
        expected = {"title": case.title, "text": case.text, "url": case.link, "date": case.date, "key": case.key}
        wanted = {field: value for field, value in expected.items() if value is not None}
        assert {field: getattr(first, field) for field in wanted} == wanted
    for one in feed.items:
        assert one.key
        assert not one.url or one.url.startswith(("http://", "https://"))
        one.title.encode(), one.text.encode(), one.key.encode()  # no lone surrogates
        assert "\0" not in one.title + one.text + one.key
    assert len(feed.notes) <= 40


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.items > 0 and name not in HEAVY])
def test_rewriting_changes_what_is_marked_and_nothing_else(name):
    case = CASES[name]
    data = case.make()
    before = parse(data, URL, case.charset, now=NOW)
    place = before.items[0].place
    assert rewrite(data, {place: ItemMark(Action.KEEP)}, case.charset) is data
    flagged = rewrite(data, {place: FLAG}, case.charset)
    assert flagged != data
    assert rewrite(flagged, {place: FLAG}, case.charset) == flagged
    after = parse(flagged, URL, case.charset, now=NOW)
    assert [(one.title, one.text, one.url, one.date) for one in after.items] == [
        (one.title, one.text, one.url, one.date) for one in before.items
    ]
    if len(before.items) > 1:
        dropped = rewrite(data, {place: DROP}, case.charset)
        assert len(dropped) < len(data)
        rest = parse(dropped, URL, case.charset, now=NOW).items
        assert [one.title for one in rest] == [one.title for one in before.items[1:]]


@pytest.mark.parametrize("name", sorted(UNSAFE))
def test_what_cannot_be_rewritten_safely_is_refused(name):
    with pytest.raises(FeedError, match="cannot be rewritten safely"):
        rewrite(CASES[name].make(), {0: FLAG})


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.items < 0])
def test_what_is_no_feed_is_not_rewritten(name):
    data = CASES[name].make()
    assert rewrite(data, {}) == data
    with pytest.raises(FeedError):
        rewrite(data, {0: FLAG})
    with pytest.raises(FeedError):
        extract(data, 0)


ALL_OF_IT = """
import faulthandler, json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
from tests.feeds.hostile_feeds import CASES
from dedup.errors import FeedError
from dedup.feeds.format.parse import parse
outcomes = {}
for name, case in CASES.items():
    faulthandler.dump_traceback_later(60, exit=True)  # of one case
    try:
        outcomes[name] = len(parse(case.make(), "https://e.example/feed", case.charset).items)
    except FeedError:
        outcomes[name] = -1
    faulthandler.cancel_dump_traceback_later()
print(json.dumps(outcomes))
"""


def test_memory_and_time_are_bounded():
    root = Path(__file__).resolve().parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", ALL_OF_IT], capture_output=True, text=True, timeout=900, cwd=root, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert json.loads(done.stdout) == {name: case.items for name, case in CASES.items()}
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != 2 << 30  # only the child was limited


@pytest.mark.parametrize("name", ["XXE of a file", "XXE over http", "external DTD", "parameter entities", "XInclude"])
def test_nothing_outside_is_opened(name, monkeypatch):
    def refuse(event, args):
        if armed and event in {"open", "socket.connect", "socket.getaddrinfo"}:
            opened.append((event, args))

    opened, armed = [], []
    sys.addaudithook(refuse)
    case = CASES[name]
    data = case.make()
    parse(data, URL)  # lazy imports
    armed.append(True)
    try:
        parse(data, URL)
        rewrite(data, {0: FLAG})
    finally:
        armed.clear()
    assert opened == []
