"""Who published: tables of links, rules of the reader, and what is learned from feeds."""

import pytest

from dedup.errors import ConfigError
from dedup.feeds.publisher import Host, Hosts, Link, author_of, learn, publisher, rules_of, same_publisher

UNDER = {"feed_link": "https://dev.example/alice", "feed_url": "https://dev.example/feed/alice"}


@pytest.mark.parametrize(
    ("link", "name"),
    [
        (Link("https://a.example/x", feed_link="https://b.example/"), "a.example"),
        (Link("", feed_link="https://b.example/", feed_url="https://c.example/rss"), "b.example"),
        (Link("", feed_url="https://c.example/rss"), "c.example"),
        (Link("http://feedproxy.google.com/~r/b/~3/1", feed_link="https://b.example/"), "b.example"),
        (Link("https://www.google.com/url?sa=t&url=https://www.a.example/1%3Fx%3D2"), "a.example"),
        (Link("https://news.google.com/rss/articles/CBMiOPAQUE", origin="https://www.reuters.example"), "reuters.example"),
        (Link("https://www.msn.com/en/x", feed_link="https://b.example/"), "b.example"),
        (Link("https://medium.com/@Bob/x-1"), "medium.com/@bob"),
        (Link("https://bob.medium.com/x-1"), "bob.medium.com"),
        (Link("https://dev.to/alice/x-1"), "dev.to/alice"),
        (Link("https://t.me/somebody/12"), "t.me/somebody"),
        (Link("https://old.reddit.com/r/x/comments/1/t/", author="/u/Alice"), "reddit.com/u-alice"),
        (Link("https://www.youtube.com/watch?v=1", author="Some Channel"), "youtube.com/some-channel"),
        (Link("https://www.youtube.com/@chan/videos"), "youtube.com/@chan"),
        (Link("https://mastodon.example/@eve/1234"), "mastodon.example/@eve"),
        (Link("https://lemmy.example/post/1", author="Zoë", feed_link="https://lemmy.example/c/x"), "lemmy.example/zoe"),
        (Link("https://bob.blogspot.co.uk/2015/x"), "bob.blogspot.co.uk"),
        (Link("https://dev.example/alice/pier", **UNDER), "dev.example/alice"),
        (Link("https://dev.example/bob/pier", **UNDER), "dev.example"),
        (
            Link("https://n.example/world/1", feed_link="https://n.example/world", feed_url="https://n.example/world/rss"),
            "n.example",
        ),
    ],
)  # fmt: skip
def test_who_published(link, name):
    assert publisher(link) == name


def test_a_rule_of_the_reader_counts_before_all_else():
    link = Link("https://dev.to/alice/x", author="Alice B")
    assert publisher(link, Hosts(rules_of(["dev.to=one"]))) == "dev.to"
    assert publisher(link, Hosts(rules_of(["https://www.dev.to = author"]))) == "dev.to/alice-b"
    own = Hosts(rules_of(["blogs.example=subdomain", "planet.example=aggregator"]))
    assert publisher(Link("https://a.blogs.example/1"), own) == "a.blogs.example"
    assert not same_publisher("a.blogs.example", "blogs.example", own)
    assert publisher(Link("https://planet.example/1", feed_link="https://b.example"), own) == "b.example"
    for wrong in ("dev.to", "dev.to=many", "=one"):
        with pytest.raises(ConfigError, match="HOST=KIND"):
            rules_of([wrong])


def test_hosts_of_several_authors_are_learned_from_feeds_of_one_each():
    assert author_of(["A b", "a. B", "A B"]) == "a-b"
    assert author_of(["A"]) == author_of(["A", "B", "A"]) == author_of(["", "", ""]) == ""
    assert learn([("h.example", "a"), ("h.example", "b"), ("i.example", "a"), ("i.example", "a")]) == {"h.example"}
    link = Link("https://h.example/p/1", author="Bob")
    assert publisher(link) == "h.example"
    assert publisher(link, Hosts(learned={"h.example": Host.AUTHOR})) == "h.example/bob"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("alice.wordpress.com", "wordpress.com", False), ("a.blogspot.com", "b.blogspot.com", False),
        ("edition.a.example", "a.example", True), ("dev.to/alice", "dev.to/bob", False),
        ("dev.to/alice", "dev.to/alice", True), ("h.example", "h.example/alice", True),
    ],
)  # fmt: skip
def test_same_publisher_where_many_write(one, other, same):
    assert same_publisher(one, other) is same_publisher(other, one) is same
