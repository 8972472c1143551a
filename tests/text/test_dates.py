"""Dates in all the ways they are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.model import UNKNOWN_DATE
from dedup.text.dates import date_reader, parse_date

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


def test_a_format_is_tried_first():
    read = date_reader("%d/%m/%Y")
    assert read("04/07/2025") == read(" 04/07/2025 ") == DAY and read("2025-07-04") == DAY
    assert read("soon") == read("4" * 300) == UNKNOWN_DATE and read(NOON) == NOON
    assert date_reader("") is parse_date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (10_000, 10_000), (9_999, UNKNOWN_DATE), (0, 0), (1, UNKNOWN_DATE), (99_999_999_999, 99_999_999_999),
        (19000101, -2_208_988_800), (18991231, 18991231), (21001231, 4_133_894_400), (21010101, 21010101),
        (20250732, 20250732), (10**11, 10**8), (10**14, 10**8), (10**17, 10**8), (10**19, UNKNOWN_DATE),
        (-62_135_596_800, -62_135_596_800), (-62_135_596_801, UNKNOWN_DATE), (1.5, 1), (-0.5, -1),
    ],
)  # fmt: skip
def test_numbers(value: object, expected: int) -> None:
    assert parse_date(value) == expected
