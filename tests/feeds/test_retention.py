"""What is forgotten when: one rule, whichever command asks for it."""

from dataclasses import replace

import pytest

from dedup.config import RetentionConfig
from dedup.errors import ConfigError
from dedup.feeds.retention import DAY, Forgotten, Rule, forget, forget_daily
from dedup.model import Document
from dedup.read import from_documents
from tests.feeds.feed_factory import EDITED, REPORT, SPUN, START, item, rss, story
from tests.feeds.feed_harness import FeedHarness

A, B = "https://a.example/feed", "https://b.example/feed"
HOUR = 3600


@pytest.fixture
def desk(tmp_path):
    """Two feeds that list a story and a copy of it no more, and go on listing one story each."""
    made = FeedHarness(tmp_path)
    made.add(A)
    made.add(B)
    kept = {url: item(f"{url[:17]}/kept", story(20 + at)) for at, url in enumerate((A, B))}
    made.bodies = {
        A: rss("a.example", item("https://a.example/1", REPORT), item("https://a.example/2", story(1)), kept[A]),
        B: rss("b.example", item("https://b.example/1", SPUN), kept[B]),
    }
    made.run(START)
    made.bodies = {url: rss(url[8:17], kept[url]) for url in (A, B)}
    made.run(START + HOUR)
    with made.open() as held:
        held.open_index().add(from_documents([Document(story(30), "archive")]), now=START)
    return made


def there(desk):
    with desk.open() as held:
        return {one.id for one in held.open_index().documents()}


def gone(desk, before, **rule):
    with desk.open() as held:
        return forget(held.open_index(), Rule(before, **rule))


def test_what_a_feed_lists_stays_and_what_stands_for_copies(desk):
    assert gone(desk, START) == Forgotten()
    names = there(desk)
    with desk.open() as held:
        before = desk.dump()
        assert forget(held.open_index(), Rule(START + 1), dry_run=True) == Forgotten(3, 3)
        assert desk.dump() == before
    assert gone(desk, START + 1) == Forgotten(3, 3)
    assert names - there(desk) == {"https://a.example/2", "https://b.example/1", "archive"}
    tables = ("listings", "feed_decisions", "fragments")
    with desk.open() as held:
        assert [held.database.query(f"SELECT count(*) FROM {name}")[0][0] for name in tables] == [0, 0, 0]
        assert len(held.state.articles("number", range(99))) == 2 and not held.open_index().check(deep=True)
    assert gone(desk, START + 1) == Forgotten()


def test_what_stands_for_copies_goes_too_if_it_is_asked_for(desk):
    assert gone(desk, START + 1, representatives=False) == Forgotten(3, 4)
    assert there(desk) == {"https://a.example/kept", "https://b.example/kept"}


def test_texts_may_stay(desk):
    names = there(desk)
    assert gone(desk, START + 1, texts=False) == Forgotten(3, 0) and there(desk) == names
    assert gone(desk, START + 1) == Forgotten(0, 3)


def test_a_copy_that_comes_later_is_known_by_what_was_kept(desk):
    gone(desk, START + 1)
    desk.bodies[B] = rss("b.example", item("https://b.example/9", EDITED))
    desk.run(START + 2 * HOUR)
    assert desk.article("https://b.example/9").relation is not None


def test_a_run_forgets_by_itself_once_a_day(desk):
    retention = RetentionConfig("1h")
    assert desk.run(START + HOUR, retention=RetentionConfig()).forgotten == 0
    assert desk.run(START + 2 * HOUR, retention=retention).forgotten == 3
    with desk.open() as held:
        assert held.state.forgotten == START + 2 * HOUR
        assert forget_daily(held, retention, START + 2 * HOUR + DAY - 1) == Forgotten()
    desk.bodies[A] = rss("a.example", item("https://a.example/3", story(3)))
    assert desk.run(START + 3 * HOUR, retention=retention).forgotten == 0
    desk.run(START + 3 * HOUR + DAY, retention=retention)
    assert "https://a.example/kept" not in there(desk) and "https://a.example/3" in there(desk)


def test_a_clock_that_went_back_does_not_keep_it_from_forgetting(desk):
    with desk.open() as held, held.transaction(write=True):
        held.state.forgotten = START + 900 * DAY
    assert desk.run(START + 2 * HOUR, retention=RetentionConfig("1h")).forgotten == 3


def test_settings():
    assert (RetentionConfig().seconds, RetentionConfig("2w").seconds) == (None, 14 * DAY)
    with pytest.raises(ConfigError, match="is not an age"):
        RetentionConfig("soon")
    assert replace(RetentionConfig("1d"), representatives=False).update({"after": "2d"}).seconds == 2 * DAY
