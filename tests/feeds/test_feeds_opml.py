import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dedup.errors import FeedError
from dedup.feeds.limits import Limits
from dedup.feeds.opml import Subscription, read_opml, write_opml

LIST = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Mine</title></head><body>
<outline text="A &amp; B" type="rss" xmlUrl="https://a.example/feed?x=1&amp;y=2" htmlUrl="https://a.example/"/>
<outline text="News"><outline text="World/Asia">
  <outline title="C" text="c" xmlUrl="https://c.example/feed"></outline>
  <outline text="again" xmlUrl="https://c.example/feed"/>
</outline><outline text="D" xmlURL='https://d.example/feed'/></outline>
<outline text="bad" xmlUrl="javascript:alert(1)"/><outline text="local" xmlUrl="file:///etc/passwd"/>
<outline text="E" type="rss" url="https://e.example/rss"/>
<!-- <outline text="no" xmlUrl="https://no.example/"/> -->
</body></opml>"""


def test_reading():
    assert read_opml(LIST) == [
        Subscription("A & B", "https://a.example/feed?x=1&y=2", ""),
        Subscription("C", "https://c.example/feed", "News/World-Asia"),
        Subscription("D", "https://d.example/feed", "News"),
        Subscription("E", "https://e.example/rss", ""),
    ]


@pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig", "latin-1"])
def test_encodings(codec):
    text = '<?xml version="1.0" encoding="iso-8859-1"?><opml><body><outline text="caf\u00e9" xmlUrl="https://a.example/"/></body></opml>'
    assert read_opml(text.encode(codec)) == [("caf\u00e9", "https://a.example/", "")]


@pytest.mark.parametrize("data", [b"", b"<html><body><outline xmlUrl='https://x.example/'/>", b"{}", b"\x1f\x8bxx"])
def test_what_is_no_list_is_refused(data):
    with pytest.raises(FeedError):
        read_opml(data)


def test_broken_and_hostile_lists():
    cut = b'<opml><body><outline text="a" xmlUrl="https://a.example/"><outline text="b" xmlUrl="https://b.exa'
    assert [row.title for row in read_opml(cut)] == ["a"]
    deep = b"<opml><body>" + b'<outline text="f">' * 200_000 + b'<outline text="a" xmlUrl="https://a.example/"/>'
    (row,) = read_opml(deep)
    assert row.folder == "/".join("f" * 32)
    laughs = b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><outline text="&x;" xmlUrl="https://a.example/"/></opml>'
    assert read_opml(laughs)[0].title == "&x;"
    with pytest.raises(FeedError, match="limit"):
        read_opml(LIST, limits=Limits(feed_bytes=10))
    assert len(read_opml(LIST, limits=Limits(items=2))) == 2


def test_folders_after_deep_nesting_are_right_again():
    text = (
        "<opml>"
        + '<outline text="f">' * 40
        + "</outline>" * 40
        + '<outline text="a" xmlUrl="https://a.example/"/></opml>'
    )
    assert read_opml(text.encode()) == [("a", "https://a.example/", "")]


NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z", "Cn"], exclude_characters="/\ufffe\uffff"),
    min_size=1,
    max_size=20,
)
ROWS = st.builds(
    Subscription,
    NAMES,
    st.integers(0, 10**6).map(lambda n: f"https://e.example/{n}?a=1&b=<{n}".replace("<", "%3C")),
    st.lists(NAMES, max_size=3).map("/".join),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, max_size=8, unique_by=lambda row: row.url))
def test_what_is_written_is_read_again(rows):
    data = write_opml(rows, title="<&>")
    etree.fromstring(data)
    assert sorted(read_opml(data)) == sorted(rows)
