import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dedup.errors import FeedError
from dedup.feeds.format.opml import Subscription, read_opml, write_opml
from dedup.feeds.limits import Limits

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


def listed(*outlines):
    return f"<opml version='1.0'><body>{''.join(outlines)}</body></opml>".encode()


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("feed://d.example/rss", "http://d.example/rss"),
        ("feed:https://d.example/rss", "https://d.example/rss"),
        ("FEED://d.example/rss", "http://d.example/rss"),
        ("feed:http://d.example/rss", "http://d.example/rss"),
        ("pcast://p.example/a.xml", "http://p.example/a.xml"),
        ("itpc://p.example/a.xml", "http://p.example/a.xml"),
        ("g.example/rss", "https://g.example/rss"),
        ("www.g.example", "https://www.g.example"),
        ("//g.example/rss", "https://g.example/rss"),
        ("g.example:8443/rss?a=b@c", "https://g.example:8443/rss?a=b@c"),
        ("m\u00fcnchen.example/feed", "https://xn--mnchen-3ya.example/feed"),
        ("https://medium.example/feed/@user", "https://medium.example/feed/@user"),
        (" https://a.example/x ", "https://a.example/x"),
    ],
)
def test_addresses_as_readers_write_them(link, url):
    left_out = []
    found = read_opml(listed(f'<outline text="A" xmlUrl="{link}"/>'), left_out=left_out)
    assert [feed.url for feed in found] == [url] and not left_out


@pytest.mark.parametrize(
    ("outline", "named"),
    [
        ('<outline text="A" xmlUrl="feed.xml"/>', "A feed.xml: not a web address"),
        ('<outline text="A" xmlUrl="/feed"/>', "A /feed: not a web address"),
        ('<outline text="A" xmlUrl="javascript:alert(1)"/>', "A javascript:alert(1): not a web address"),
        ('<outline text="A" xmlUrl="ftp://a.example/f"></outline>', "A ftp://a.example/f: not a web address"),
        ('<outline text="A" xmlUrl="https://a.example:99999/"/>', "a port that cannot be"),
        ('<outline text="A" xmlUrl="https://me:secret@a.example/"/>', "https://…@a.example/: a user name or password"),
        ('<outline text="A" xmlUrl="https://me:sec/ret@a.example/"/>', "a user name or password"),
        ('<outline text="A" xmlUrl="me:secret@a.example/f"/>', "A me:…@a.example/f"),
        ('<outline text="A" xmlUrl="feed://me:sec@ret@a.example/f"/>', "a user name or password"),
        ('<outline text="A" type="rss"/>', "A: no feed address (xmlUrl)"),
        ('<outline text="A" htmlUrl="https://a.example/"/>', "A https://a.example/: no feed address (xmlUrl)"),
        ('<outline text="A" type="include" url="https://a.example/l"/>', "type 'include' is no feed"),
        ('<outline xmlUrl="mailto:x"/>', "mailto:x: not a web address"),
    ],
)
def test_what_is_left_out_is_named(outline, named):
    left_out = []
    found = read_opml(listed(outline, '<outline text="B" xmlUrl="https://b.example/"/>'), left_out=left_out)
    assert [feed.title for feed in found] == ["B"]
    assert len(left_out) == 1 and named in left_out[0] and "\n" not in left_out[0]
    assert "secret" not in left_out[0] and "ret@" not in left_out[0]


def test_folders_are_not_left_out_and_lists_that_are_cut_are():
    left_out = []
    whole = listed('<outline text="F"><outline text="B" xmlUrl="https://b.example/"/></outline><outline text="G"/>')
    assert len(read_opml(whole, left_out=left_out)) == 1 and not left_out
    assert len(read_opml(whole[:-20], left_out=left_out)) == 1 and "breaks off" in left_out.pop()
    many = listed(*(f'<outline xmlUrl="https://a.example/{number}"/>' for number in range(9)))
    assert len(read_opml(many, limits=Limits(items=4), left_out=left_out)) == 4 and "limit" in left_out.pop()


def test_capitals_of_scheme_and_host_make_no_other_feed():
    text = b"<opml><outline xmlUrl='HTTPS://A.Example/Feed?X#Y'/><outline xmlUrl='https://a.example/Feed?X#Y'/></opml>"
    assert [row.url for row in read_opml(text)] == ["https://a.example/Feed?X#Y"]
