import subprocess
import sys
from dataclasses import replace

import pytest

from dedup.errors import FeedError
from dedup.feeds.format.parse import date_of, parse
from dedup.feeds.limits import LIMITS, Limits
from dedup.feeds.model import Feed, FeedKind, Item
from dedup.model import UNKNOWN_DATE
from tests.feeds.hostile_feeds import ATOM, CASES, DATES, JULY, RDF, RSS, entry, item

NOW = 1_790_000_000


def test_a_whole_feed():
    data = RSS % (
        item("One", "<guid>g1</guid><pubDate>Fri, 04 Jul 2025 10:00:00 GMT</pubDate><description>&lt;p&gt;Text.</description>",
             "http://www.e.example/1/?utm_source=rss")
    )  # fmt: skip
    assert parse(data.encode(), "https://e.example/feed", now=NOW) == Feed(
        FeedKind.RSS, "Feed", "https://e.example/",
        (Item(0, "g1", "https://e.example/1", "One", "Text.", JULY, "http://www.e.example/1/?utm_source=rss"),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "kind"),
    [(RSS % item(), FeedKind.RSS), (RDF % item(), FeedKind.RDF), (ATOM % entry(), FeedKind.ATOM)],
    ids=str,
)
def test_kinds(data, kind):
    assert parse(data.encode(), now=NOW).kind is kind
    assert parse(CASES["JSON Feed"].make(), now=NOW).kind is FeedKind.JSON


def test_title_and_link_of_the_feed_are_not_those_of_its_parts():
    data = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><author><name>N</name><title>no</title></author>'
        '<link rel="self" href="https://e.example/feed"/><link rel="hub" href="https://hub.example/"/>'
        '<link href="/site"/><title type="html">A &amp;amp; B</title></feed>'
    )
    feed = parse(data.encode(), "https://e.example/feed", now=NOW)
    assert (feed.title, feed.link) == ("A & B", "https://e.example/site")


def test_relative_links_of_a_file_are_relative_to_the_site():
    assert parse((RSS % item(link="/1")).encode(), now=NOW).items[0].url == "https://e.example/1"
    assert parse((RSS.replace("https://e.example/", "") % item(link="/1")).encode(), now=NOW).items[0].url == ""


def test_places_count_what_is_left_alone():
    data = (RSS % (item("A" * 500) + item("B") + item("C" * 500) + item("D"))).encode()
    feed = parse(data, now=NOW, limits=replace(LIMITS, item_bytes=300))
    assert [(one.place, one.title) for one in feed.items] == [(1, "B"), (3, "D")]
    assert [note.partition(" has")[0] for note in feed.notes] == ["item 0", "item 2", "no text (2 items)"]


def test_limits():
    data = (RSS % (item() * 20)).encode()
    assert len(parse(data, now=NOW, limits=Limits(items=5)).items) == 5
    assert len(parse(data, now=NOW, limits=Limits(tags=20)).items) < 5
    with pytest.raises(FeedError, match="over the limit"):
        parse(data, limits=Limits(feed_bytes=100))
    many = parse((RSS % ("<item><a><b/></a></item>" * 200)).encode(), now=NOW, limits=Limits(depth=1))
    assert many.items == ()
    assert len(many.notes) == 10
    assert "more items left alone" in many.notes[-1]
    long = parse(
        (RSS % item("t" * 50, "<guid>" + "g" * 50 + "</guid>")).encode(), now=NOW, limits=Limits(key=20, title=20)
    )
    assert long.items[0].title == "t" * 20
    assert long.items[0].key.startswith("sha256:")


def test_keys_do_not_depend_on_what_else_the_feed_still_holds():
    def keys(*titles):
        rows = "".join(f"<item><title>{title}</title></item>" for title in titles)
        return [one.key for one in parse((RSS % rows).encode(), now=NOW).items]

    assert keys("A", "B", "C")[1:] == keys("B", "C")
    assert len(set(keys("A", "B", "C"))) == 3


def test_shared_ids_without_links_are_told_apart_by_text():
    rows = "".join(f"<item><guid>same</guid><title>{title}</title></item>" for title in "ABA")
    first, second, third = (one.key for one in parse((RSS % rows).encode(), now=NOW).items)
    assert first == third != second


def test_dates_in_the_future_by_the_given_clock():
    data = (RSS % item(more="<pubDate>2025-07-04T10:00:00Z</pubDate>")).encode()
    assert parse(data, now=JULY - 86_400).items[0].date == JULY
    assert parse(data, now=JULY - 86_401).items[0].date == UNKNOWN_DATE
    update = RSS % item(more="<pubDate>2999-01-01</pubDate><dc:modified/><updated>2025-07-04T10:00:00Z</updated>")
    assert parse(update.encode(), now=NOW).items[0].date == JULY


@pytest.mark.parametrize(
    "text",
    ["", " ", "x" * 80, "0" * 80, "1 " * 40, "Jul " * 20, "4 Jul 2025 99:99", "31 Feb 2025", "\u0661\u0662 Jul 2025"],
)
def test_odd_dates_are_unknown_and_raise_nothing(text):
    assert date_of(text) == UNKNOWN_DATE or text.startswith("\u0661")


def test_there_are_thirty_forms_of_dates():
    assert len([seconds for seconds in DATES.values() if seconds != UNKNOWN_DATE]) >= 25


def test_reading_and_rewriting_load_neither_lxml_nor_feedparser():
    code = "import sys, dedup.feeds.format.rewrite, dedup.feeds.format.atom_writer, dedup.feeds.format.opml; print({'lxml', 'feedparser'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"
