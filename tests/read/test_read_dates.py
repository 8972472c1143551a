"""Dates of records and pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from reading import Put, read_all

from dedup.model import UNKNOWN_DATE

DAY = int(datetime(2025, 7, 4, tzinfo=UTC).timestamp())


def test_unreadable_dates_are_counted_in_one_note(put: Put) -> None:
    row = '{"text": "a", "date": "soon"}\n{"text": "a", "date": null}\n{"text": "a", "date": "later"}\n'
    got = read_all(put("a.jsonl", row))
    assert got.dates == [UNKNOWN_DATE] * 3
    assert got.reader.notes == ["2 dates could not be read (the first: 'soon')"]


LD = '<script type="application/ld+json">{"@type": "NewsArticle", %s}</script><p>one'
PAGES = {
    "meta": '<meta property="article:published_time" content="2025-07-04"><p>one',
    "JSON-LD": LD % '"datePublished": "2025-07-04T00:00:00Z", "dateModified": "2025-08-01"',
    "JSON-LD in a graph": LD % '"@graph": [{"datePublished"  :\n "2025-07-04"}]',
    "time": '<p>one <time datetime="2025-07-04">yesterday</time><time datetime="2024-01-01">before</time>',
    "time, other attributes first": "<time class=x pubdate datetime='2025-07-04T00:00:00+00:00'>now</time><p>one",
    "time, where the page is cut": '<p>one <time datetime="2025-07-04',
    "meta before time": '<time datetime="2024-01-01">x</time><meta name=date content="2025-07-04"><p>one',
}
UNDATED = {
    "empty": LD % '"datePublished": ""', "no date": LD % '"datePublished": "soon"',
    "modified alone": LD % '"dateModified": "2025-07-04"',
    "time without": "<p>one <time>2025-07-04</time>",
    "escaped": LD % r'"datePublished": "\u0032025-07-04"',
}  # fmt: skip


@pytest.mark.parametrize("kind", PAGES)
def test_pages_that_say_when(put: Put, kind: str) -> None:
    assert read_all(put("a.html", PAGES[kind])).dates == [DAY]


@pytest.mark.parametrize("kind", UNDATED)
def test_pages_that_do_not_say_when(put: Put, kind: str) -> None:
    assert read_all(put("a.html", UNDATED[kind])).dates == [UNKNOWN_DATE]
