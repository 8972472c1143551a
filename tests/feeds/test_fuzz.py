"""Mutated feeds, some of each format: the rules of `benchmarks.fuzz_worker.feeds`, and what feedparser makes of it."""

import random
from collections import Counter
from pathlib import Path

import feedparser
import pytest

from benchmarks.fuzz_worker import _feeds, feeds, mutate_feed
from dedup.errors import FeedError
from dedup.feeds.format.opml import read_opml, write_opml
from dedup.feeds.format.parse import parse
from dedup.feeds.format.rewrite import rewrite
from dedup.feeds.model import Action, ItemMark
from tests.feeds.hostile_feeds import CASES

URL = "https://e.example/feed"
FLAG = ItemMark(Action.FLAG, "spun", 0.8, "https://first.example/", "First <!-- ]]>", "First")


@pytest.mark.parametrize("first", range(0, 1_500, 300))
def test_nothing_is_lost_by_marking_what_is_broken(first):
    once = feeds()
    outcomes = Counter(
        once(random.Random(f"feed {seed}"), Path()).partition(":")[0] for seed in range(first, first + 300)
    )
    assert outcomes["marked"] > 100
    assert outcomes["refused"] > 0


def test_broken_feeds_of_every_kind_are_marked_once(monkeypatch):
    """The feeds that other tests know to be nasty, broken some more."""
    small = [data for case in CASES.values() if case.items > 0 and len(data := case.make()) < 20_000]
    monkeypatch.setattr("benchmarks.fuzz_worker._feeds", lambda: small)
    once = feeds()
    outcomes = Counter(once(random.Random(f"nasty {seed}"), Path()).partition(":")[0] for seed in range(450))
    assert outcomes["marked"] > 100


@pytest.mark.parametrize("seed", range(20))
def test_another_reader_finds_the_same_items(seed):
    rng = random.Random(f"reader {seed}")
    data = mutate_feed(rng.choice(_feeds()[:2]), rng)
    try:
        items = parse(data, URL, now=1).items
        marked = rewrite(data, {item.place: FLAG for item in items[::2]})
    except FeedError:
        return
    before, after = (feedparser.parse(one) for one in (data, marked))
    if before.bozo:  # it guesses then, as we do
        return
    assert not after.bozo
    for name in ("id", "title", "link"):
        assert [entry.get(name) for entry in after.entries] == [entry.get(name) for entry in before.entries]


def test_mutated_lists_are_read_or_refused():
    whole = write_opml([(f"Feed {at}", f"https://{at}.example/feed", "a/b") for at in range(5)])
    read = 0
    for seed in range(300):
        data = mutate_feed(whole, random.Random(f"list {seed}"))
        left_out: list[str] = []
        try:
            found = read_opml(data, left_out=left_out)
        except FeedError as error:
            assert str(error)
            continue
        read += 1
        assert len(found) == len({row.url for row in found})
        assert all(row.url.startswith(("http://", "https://")) for row in found)
    assert read > 150
