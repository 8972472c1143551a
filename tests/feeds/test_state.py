"""The tables of feeds: what is kept comes back as it was."""

from dataclasses import replace

import pytest

from dedup.feeds.policy import Treatment
from dedup.feeds.records import NEVER_TOUCH, PIPED, TRUSTED, Article, Fragment, KnownFeed, KnownItem
from dedup.feeds.schedule import Schedule
from dedup.feeds.session import Session
from dedup.feeds.state import LOG
from dedup.model import Relation
from dedup.storage import schema

URL = "https://a.example/feed"


@pytest.fixture
def state(place):
    with Session(place) as held, held.transaction(write=True):
        yield held.state


def article(number, **more):
    return Article(number, f"doc {number}", 1, "https://a.example/1", "Title", "a.example", 5, 100, True, 6, 7, **more)


def test_a_feed_comes_back_as_it_was_kept(state):
    schedule = Schedule(
        URL, "https://moved.example/", '"e"', "Mon", "https://of.example/", 10, 9, 600, 3, "an error", True,
        "https://to.example/", 8,
    )  # fmt: skip
    feed = KnownFeed(
        0, URL, "Mine", "a/b", TRUSTED | NEVER_TOUCH, 4, schedule, "Theirs", "https://a.example/", URL, "utf-8", "rss",
        "digest", "a.xml", True,
    )  # fmt: skip
    kept = state.add_feed(feed)
    assert state.feed(URL) == kept == replace(feed, number=1)
    assert state.feeds_of([1, 2]) == {1: kept}
    assert kept.traits.trusted and kept.traits.never_touch and not kept.traits.preferred


def test_a_schedule_comes_back_as_it_was_kept(state):
    number = state.add_feed(KnownFeed(0, URL, schedule=Schedule(URL, interval=99))).number
    later = Schedule(URL, None, '"f"', None, URL, 20, 19, 99, 0, None, False, None, 0)
    state.keep_schedules({number: later})
    assert state.feed(URL).schedule == later


def test_bodies_are_kept_compressed_and_replaced(state):
    feed = state.add_feed(KnownFeed(0, URL))
    for body in (b"one" * 1000, b"two" * 1000):
        state.keep_body(replace(feed, digest=str(body[:3])), body)
        assert state.body(feed.number) == body
    assert state.feed(URL).dirty
    stored = state.database.query("SELECT body FROM feed_bodies")
    assert len(stored) == 1 and len(stored[0][0]) < 300


def test_articles_come_back_as_they_were_kept(state):
    one = article(1)
    two = article(
        2,
        treatment=Treatment.DROP,
        relation=Relation.SPUN,
        original=1,
        similarity=0.75,
        reasons=("a", "b"),
        settled=True,
    )
    state.keep_articles([one, two])
    assert state.articles("number", [1, 2]) == [one, two]
    assert state.articles("document", ["doc 2"]) == state.articles("original", [1]) == state.dropped(9) == [two]
    state.keep_articles([replace(one, title="Other")])
    assert state.articles("number", [1])[0].title == "Other"


def test_items_are_told_by_feed_and_unlisted(state):
    state.keep_articles([article(1), article(2, treatment=Treatment.FLAG, relation=Relation.EXACT, original=1)])
    state.keep_items([KnownItem(feed, key, int(key), "d") for feed in (1, 2) for key in "12"])
    assert set(state.items(1, ["1", "2", "3"])) == {"1", "2"}
    assert [key for key, _ in state.listed_copies(1)] == ["2"]
    state.mark_unlisted(1, ["1"])
    assert not state.items(1, ["2"])["2"].listed and state.items(2, ["2"])["2"].listed
    assert state.listed_copies(1) == []
    assert [(one.article, one.feed, one.key) for one in state.places([2])] == [(2, 2, "2")]
    assert [one.feed for one in state.places([2], listed=False)] == [1, 2]


def test_soil_and_written(state):
    for name in "ab":
        state.add_feed(KnownFeed(0, f"https://{name}.example/"))
    state.keep_articles([article(1)])
    state.keep_items([KnownItem(2, "1", 1, "d")])
    state.mark_dirty([1])
    assert [feed.number for feed in state.feeds("dirty = 1")] == [2]
    state.written([2])
    assert state.feeds("dirty = 1") == []


def test_fragments_stay_as_they_were_first_kept(state):
    first = Fragment(1, 1, b"<item>\xff</item>", "rss", "cp1252", URL)
    state.keep_fragments([first, replace(first, item=b"other")])
    state.keep_fragments([replace(first, item=b"other")])
    assert state.fragments([1, 2]) == {1: first}
    assert state.with_fragments([1, 2]) == {1}


def test_the_log_is_bounded(state):
    for first in range(0, LOG + 100, 100):
        state.log(first, [(1, f"line {first + at}") for at in range(100)])
    found = state.logged()
    assert len(found) == LOG
    assert found[0] == (LOG, 1, f"line {LOG + 99}")


def test_numbers_are_never_given_twice(state):
    first = state.add_feed(KnownFeed(0, URL)).number
    state.remove_feed(first)
    assert state.add_feed(KnownFeed(0, URL)).number == first + 1


def test_text_that_a_database_does_not_take(state):
    state.add_feed(KnownFeed(0, URL, "zero\0 and \ud800 half", name="\udcff"))
    assert state.feed(URL).title == "zero and ? half"
    state.keep_items([KnownItem(1, "k\0\ud800", 1, "d")])
    assert set(state.items(1, ["k\0\ud800"])) == {"k\0\ud800"}


def test_piped_is_the_highest_flag(state):
    """Feeds to be fetched are asked for as `flags < PIPED`."""
    state.add_feed(KnownFeed(0, URL, flags=7))
    state.add_feed(KnownFeed(0, "stdin:x", flags=PIPED | TRUSTED))
    assert [feed.url for feed in state.feeds(f"flags < {PIPED}")] == [URL]


def test_names_of_an_item(state):
    state.keep_articles([replace(article(1), document="https://a.example/story")])
    state.keep_items([KnownItem(1, "guid-1", 1, "d")])
    for name in ("1", "http://www.a.example/story?utm_source=x", "guid-1", "https://a.example/1"):
        assert [found.number for found in state.named(name)] == [1]
    assert state.named("nothing") == []


def test_a_folder_that_is_missing_is_made(tmp_path):
    with Session(tmp_path / "new" / "er" / "index.sqlite") as held:
        assert held.state.feeds() == []


def test_an_index_of_the_first_version_gets_the_tables(tmp_path, monkeypatch):
    path = tmp_path / "old.sqlite"
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        patched.setattr(schema, "VERSION", 1)
        Session(path).close()
    with Session(path) as held:
        assert held.state.feeds() == []
        assert held.database.query("PRAGMA user_version")[0][0] == schema.VERSION


def test_old_articles_are_forgotten_with_the_last_of_their_copies(state):
    state.add_feed(KnownFeed(0, URL))
    copies = {"relation": Relation.SPUN, "treatment": Treatment.DROP}
    state.keep_articles([
        article(1), article(2, original=1, **copies), article(3), article(4, original=3, **copies),
        replace(article(5), decided=50),
    ])  # fmt: skip
    state.keep_fragments([Fragment(2, 1, b"<item/>", "rss", "utf-8", URL)])
    state.keep_items([KnownItem(1, f"key {number}", number, "d", number == 4) for number in range(1, 6)])
    assert state.forget(7) == 0  # decided at 7
    assert state.forget(8) == 2  # the first two; the third stands for one that is listed
    assert [found.number for found in state.articles("number", range(9))] == [3, 4, 5]
    assert state.fragments([2]) == {} and state.combined_dirty
    assert [found.key for found in state.places([1, 2, 3, 4, 5], listed=False)] == ["key 4", "key 5"]
