"""Where a link leads, and which item that is."""

import pytest

from dedup.errors import FeedError
from dedup.feeds.http.leads import Led, leads_to
from dedup.feeds.http.request import Settings
from dedup.feeds.items import find_led
from tests.feeds.feed_factory import START, item, rss, story
from tests.feeds.feed_harness import FeedHarness
from tests.feeds.server import Server, page, redirect, status

HEAD = (
    '<html><head><title>Herons of the lake &amp; others | Site</title><link rel="stylesheet" href="x.css">'
    "<link href='/story/1' rel=\"Canonical\"><meta property=og:url content=https://a.example/story/og>"
)


def settings(server):
    return Settings(allow_private=frozenset([f"127.0.0.1:{server.port}"]))


def test_redirects_and_what_the_page_says_of_itself():
    with Server({}) as server:
        server.routes |= {
            "/s": redirect(server.url("/t"), 302), "/t": redirect(server.url("/page"), 301),
            "/page": page(HEAD.encode() + b"<p>" * 400_000, Content_Type="text/html"),
        }  # fmt: skip
        led = leads_to(server.url("/s"), settings(server))
        assert led.addresses == (
            server.url("/t"), server.url("/page"), server.url("/story/1"), "https://a.example/story/og"
        )  # fmt: skip
        assert led.title == "Herons of the lake & others | Site"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe<", b"<link rel=canonical href='http://[bad'>", b"<title>" * 9999])
def test_pages_that_say_nothing(body):
    with Server({}) as server:
        server.routes["/"] = page(body, Content_Type="text/html; charset=no-such")
        assert leads_to(server.url("/"), settings(server)) == Led((server.url("/"),))


def test_what_ends_in_an_error_still_says_where_it_led():
    with Server({}) as server:
        server.routes |= {"/s": redirect(server.url("/gone"), 302), "/gone": status(404)}
        assert leads_to(server.url("/s"), settings(server)).addresses == (server.url("/gone"),)
        with pytest.raises(FeedError, match="404"):
            leads_to(server.url("/gone"), settings(server))
        with pytest.raises(FeedError, match="not a public address"):
            leads_to(server.url("/s"), Settings())


def test_the_item_that_it_is(tmp_path):
    desk = FeedHarness(tmp_path)
    desk.add("https://a.example/feed")
    wrapped = item("https://short.example/x7", story(1), title="Herons of the lake leave")
    desk.bodies["https://a.example/feed"] = rss("a.example", item("https://a.example/1", story(2)), wrapped)
    desk.run(START)
    with desk.open() as held:
        (one,) = find_led(held, Led(("https://t.example/", "https://www.a.example/1?utm_source=x")))
        assert one.url == "https://a.example/1"
        (one,) = find_led(held, Led(("https://b.example/page",), "Herons of the lake leave | The Site"))
        assert one.url == "https://short.example/x7"
        assert find_led(held, Led(("https://b.example/page",), "Herons")) == []
