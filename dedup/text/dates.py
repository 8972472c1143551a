"""Dates as the web writes them -> seconds since 1970 UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from dedup.model import UNKNOWN_DATE

_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = -62_135_596_800, 253_402_300_799
"""Seconds of the years 1 and 9999: what lies outside is no date."""
_LONGEST = 64
"""Characters; no known date format needs more, and the slow attempts below must not see long strings."""
_NUMBER = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,9})?")
_UTC = re.compile(r"\s*(?:UTC|GMT|Z)$", re.IGNORECASE)
_OFFSET = re.compile(r"\s+([+-][0-9]{2}:?[0-9]{2})$")
_RFC_2822 = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?[0-9]{1,2}[ -][A-Za-z]{3,9}[ -][0-9]{2,4}\s+[0-9]{1,2}:[0-9]{2}.*")


def parse_date(value: Any) -> int:
    """Seconds since 1970 UTC of an ISO 8601 or RFC 2822 string, of epoch seconds (milli-, micro-, nanoseconds) or of a
    datetime; a time without an offset counts as UTC. `UNKNOWN_DATE` for everything else; never raises.
    """
    if type(value) is str:
        try:
            if not value.isdigit():
                return _seconds(datetime.fromisoformat(value))
        except ValueError:
            pass
        return _unusual(value)
    if isinstance(value, datetime):
        return _seconds(value)
    if isinstance(value, date):
        return _seconds(datetime(value.year, value.month, value.day))
    if type(value) is int or type(value) is float:
        return _from_number(value)
    return UNKNOWN_DATE


def date_reader(format: str) -> Callable[[Any], int]:
    """`parse_date`, which first tries `format` (as `strptime` has it) on strings if there is one."""
    if not format:
        return parse_date

    def read(value: Any) -> int:
        if type(value) is str and len(value) <= 4 * _LONGEST:
            try:
                return _seconds(datetime.strptime(value.strip(), format))
            except ValueError:
                pass
        return parse_date(value)

    return read


def _seconds(moment: datetime) -> int:
    delta = moment - (_EPOCH if moment.tzinfo is None else _EPOCH_UTC)
    return delta.days * 86_400 + delta.seconds


def _unusual(text: str) -> int:
    """Digits only, an offset set apart by a space, "UTC" in words, RFC 2822."""
    return UNKNOWN_DATE if len(text) > _LONGEST or not text.isascii() else _slowly(text.strip())


@lru_cache(1024)  # dates of one record are asked for more than once, and records of one day follow each other
def _slowly(text: str) -> int:
    if _NUMBER.fullmatch(text):
        return _from_number(float(text) if "." in text else int(text))
    try:
        return _seconds(datetime.fromisoformat(_OFFSET.sub(r"\1", _UTC.sub("+00:00", text))))
    except ValueError:
        pass
    return _rfc_2822(text)


def _rfc_2822(text: str) -> int:
    if not _RFC_2822.fullmatch(text):
        return UNKNOWN_DATE
    from email.utils import parsedate_to_datetime  # lazy: costs 10 ms, and few inputs need it

    try:
        return _seconds(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return UNKNOWN_DATE


def _from_number(number: int | float) -> int:
    """Epoch seconds, or finer units by magnitude; 20250704 and 20250704153000 are read as written."""
    if type(number) is int:
        if (seconds := _compact(number)) is not None:
            return seconds
        if 0 < number < 10_000:
            return UNKNOWN_DATE  # a bare year, not a moment of 1970
    if not abs(number) < 1e19:  # also NaN
        return UNKNOWN_DATE
    for limit, unit in ((1e17, 1_000_000_000), (1e14, 1_000_000), (1e11, 1_000)):
        if abs(number) >= limit:
            number = number / unit if type(number) is float else number // unit
            break
    seconds = int(number // 1)
    return seconds if _FIRST <= seconds <= _LAST else UNKNOWN_DATE


def _compact(number: int) -> int | None:
    """Seconds of a number that reads YYYYMMDD or YYYYMMDDhhmmss in the years 1900 to 2100."""
    digits = str(number) if 0 < number < 10**14 else ""
    if len(digits) not in (8, 14) or not "1900" <= digits[:4] <= "2100":
        return None
    try:
        return _seconds(datetime.fromisoformat(digits if len(digits) == 8 else f"{digits[:8]}T{digits[8:]}"))
    except ValueError:
        return None
