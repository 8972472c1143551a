"""Feeds that are made to keep a parser busy: the time is linear in their size, and bounded at the size that is read."""

from contextlib import suppress

import pytest

from dedup.errors import FeedError
from dedup.feeds.format.parse import parse
from dedup.feeds.format.rewrite import rewrite
from dedup.feeds.limits import LIMITS, Limits
from dedup.feeds.model import Action, ItemMark
from tests.cost import costs_at_most

URL = "https://e.example/feed"
FLAG = ItemMark(Action.FLAG, "exact", 1.0, "https://first.example/", "First", "")
HEAD, TAIL = b'<rss version="2.0"><channel><title>F</title>', b"</channel></rss>"
ITEM = b"<item><title>T</title><link>https://e.example/1</link><description>text</description></item>"
JSON = b'{"version":"https://jsonfeed.org/version/1.1","title":"F","items":['
SIZE = 1 << 20


def described(unit, before=b"", after=b""):
    return HEAD + b"<item><description>" + before + unit * (SIZE // len(unit)) + after + b"</description></item>" + TAIL


def doctype(unit, before=b"<!DOCTYPE x ["):
    return before + unit * (SIZE // len(unit)) + HEAD + ITEM + TAIL


SLOW = {
    "brackets in a document type": lambda: doctype(b"["),
    "closing brackets": lambda: doctype(b"]"),
    "pairs of brackets": lambda: doctype(b"[]"),
    "angles in a document type": lambda: doctype(b"<"),
    "quotes in a document type": lambda: doctype(b"''"),
    "comments in a document type": lambda: doctype(b"<!---->"),
    "entities": lambda: doctype(b'<!ENTITY a "b">'),
    "document types": lambda: doctype(b"<!DOCTYPE x [", b""),
    "sections": lambda: described(b"<![CDATA[]]>"),
    "open sections": lambda: described(b"<![CDATA[", after=b"]]>"),
    "ends of sections": lambda: described(b"]]>"),
    "comments": lambda: described(b"<!---->"),
    "comments in a section": lambda: described(b"<!--", b"<![CDATA[", b"]]>"),
    "instructions in a section": lambda: described(b"<?", b"<![CDATA[", b"]]>"),
    "escaped comments": lambda: described(b"&lt;!--"),
    "escaped scripts": lambda: described(b"&lt;script&gt;"),
    "ampersands": lambda: described(b"&"),
    "attributes": lambda: HEAD + b"<item " + b'a="b" ' * 150_000 + b"/>" + TAIL,
    "namespaces": lambda: HEAD + b'<c xmlns:z="1"/>' * 50_000 + ITEM + TAIL,
    "namespaces in one tag": lambda: HEAD[:5] + b"".join(b'xmlns:a%d="b" ' % at for at in range(25_000)) +
    b"><item/></rss>",
    "depth": lambda: HEAD + b"<a>" * 250_000 + ITEM + TAIL,
    "ends of nothing": lambda: HEAD + b"<x>" + b"<a>" * 999 + b"</y>" * 100_000 + ITEM + TAIL,
    "items": lambda: HEAD + b"<item/>" * 100_000 + TAIL,
    "categories": lambda: HEAD + (b"<item>" + b"<category/>" * 95 + b"</item>") * 500 + TAIL,
    "elements of an item": lambda: HEAD + b"<item>" + b"<title>a</title>" * 25_000 + b"</item>" + TAIL,
    "JSON members": lambda: b'{"version":"https://jsonfeed.org/version/1",' + b'"a":1,' * 500_000 + b'"items":[{}]}',
    "JSON members in a value": lambda: b'{"x":{' + b'"a":1,' * 500_000 + b'"b":1},' + JSON[1:] + b'{"id":"1"}]}',
    "JSON members of an item": lambda: JSON + b'{"id":"1",' + b'"a":1,' * 150_000 + b'"b":1}]}',
    "JSON items": lambda: JSON + b"{}," * 500_000 + b"{}]}",
    "JSON commas": lambda: JSON + b"," * SIZE + b"{}]}",
    "JSON depth": lambda: JSON + b"[" * SIZE + b"]" * SIZE + b"]}",
    "JSON tags": lambda: JSON + b'{"id":"1","tags":[' + b'"a",' * 250_000 + b'"a"]}]}',
    "JSON lists of items": lambda: JSON + b'],"items":['.join([b"{}," * 500 + b"{}"] * 250) + b"]}",
    "JSON escapes": lambda: JSON + b'{"id":"1","content_html":"' + b"\\n" * (SIZE // 2) + b'"}]}',
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_no_feed_takes_long(name):
    """1 MB; 32 MB take 32 times as long, or are over a limit."""
    data = SLOW[name]()
    with costs_at_most(250), suppress(FeedError):
        items = parse(data, URL, now=1).items
        assert items or name in ("depth", "JSON commas", "JSON depth", "ends of nothing", "elements of an item")
        rewrite(data, {item.place: FLAG for item in items[:100]})


def test_a_document_type_that_is_passed_over_hides_no_item():
    for unit in (b"[", b"]", b"[]", b"<", b'"'):
        (found,) = parse(doctype(unit), URL, now=1).items
        assert found.title == "T"


def test_many_members_are_refused_in_words():
    with pytest.raises(FeedError, match="more than 2,000 members"):
        parse(SLOW["JSON members"](), URL, now=1)
    with pytest.raises(FeedError, match="too many members"):
        rewrite(SLOW["JSON members of an item"](), {0: FLAG})


def test_a_tag_is_put_once_into_a_list_however_long():
    for count in (0, 1, LIMITS.children - 1, LIMITS.children, LIMITS.children + 1):
        tags = b",".join([b'"a"'] * count)
        once = rewrite(JSON + b'{"id":"1","tags":[' + tags + b"]}]}", {0: FLAG})
        assert once.count(b'"dedup:exact"') == 1
        assert rewrite(once, {0: FLAG}) == once


@pytest.mark.parametrize("limits", [Limits(tags=20), Limits(items=2), Limits(tags=12)])
def test_what_is_behind_a_limit_stays_as_it_is(limits):
    data = HEAD + ITEM * 6 + TAIL
    count = len(parse(data, URL, now=1, limits=limits).items)
    assert 0 < count < 6
    marked = rewrite(data, {0: FLAG}, limits=limits)
    assert marked.count(ITEM) == 5
    assert rewrite(data, {0: ItemMark(Action.DROP)}, limits=limits) == HEAD + ITEM * 5 + TAIL
    assert rewrite(marked, {0: FLAG}) == marked
