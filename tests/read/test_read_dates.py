"""Dates in all the ways they are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import Put, read_all

from dedup.model import UNKNOWN_DATE
from dedup.text.dates import parse_date

NOON = int(datetime(2025, 7, 4, 12, 30, 15, tzinfo=UTC).timestamp())
DAY = int(datetime(2025, 7, 4, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "value",
    [
        "2025-07-04T12:30:15", "2025-07-04 12:30:15", "2025-07-04T12:30:15Z", "2025-07-04T12:30:15.250Z",
        "2025-07-04T05:30:15-0700", "2025-07-04T05:30:15-07:00", "2025-07-04 05:30:15 -0700",
        "2025-07-04 12:30:15 UTC", " 2025-07-04T12:30:15 ", "20250704T123015", "20250704123015", 20250704123015,
        "Fri, 04 Jul 2025 12:30:15 GMT", "Fri, 4 Jul 2025 14:30:15 +0200", "04 Jul 2025 12:30:15 +0000",
        NOON, float(NOON) + 0.5, str(NOON), f"{NOON}.75", NOON * 1000, NOON * 1000 + 999, str(NOON * 1000),
        NOON * 10**6, NOON * 10**9, NOON * 1000.0,
        datetime(2025, 7, 4, 12, 30, 15), datetime(2025, 7, 4, 5, 30, 15, tzinfo=timezone(timedelta(hours=-7))),
    ],
)  # fmt: skip
def test_moments(value: object) -> None:
    assert parse_date(value) == NOON


@pytest.mark.parametrize("value", ["2025-07-04", "20250704", 20250704, date(2025, 7, 4), "2025-W27-5"])
def test_days(value: object) -> None:
    assert parse_date(value) == DAY


@pytest.mark.parametrize(
    "value",
    [
        "", "yesterday", "2025", 2025, "2025-13-01", "04/07/2025", None, True, [], {}, float("nan"), float("inf"),
        10**30, -(10**30), "9" * 5000, "Fri, 99 Jul 2025 12:30:15 GMT", "²", "٣",
        "Fri, " * 10_000, "4 Jul 2025 99999999999:00",
    ],
)  # fmt: skip
def test_unknown(value: object) -> None:
    assert parse_date(value) == UNKNOWN_DATE


def test_before_1970() -> None:
    assert parse_date("1969-12-31T23:59:59Z") == parse_date(-1) == parse_date("-1") == -1


@given(st.datetimes(timezones=st.timezones() | st.none()))
def test_iso_round_trip(moment: datetime) -> None:
    base = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    assert parse_date(moment.isoformat()) == (base - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


rfc_2822 = st.from_regex(
    r"([A-Z][a-z]{2}, )?[0-9]{1,2} [A-Z][a-z]{2} [0-9]{2,4} [0-9]{2}:[0-9]{2}.{0,20}", fullmatch=True
)


@given(st.text() | st.from_regex(r"[0-9 :TZ+.,-]{0,40}", fullmatch=True) | rfc_2822 | st.floats() | st.integers())
def test_never_raises(value: object) -> None:
    assert isinstance(parse_date(value), int)


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
