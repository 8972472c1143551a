"""Bytes of a feed -> its items as plain text: RSS 0.90 to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1.

Whatever the bytes are, the answer is a feed, with notes on what was got over, or a FeedError that says why it is none.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import defaultdict
from dataclasses import replace

from dedup.feeds.format.document import FeedDocument, read_document
from dedup.feeds.format.fields import ItemFields, fields_of, head_fields
from dedup.feeds.limits import LIMITS, Limits
from dedup.feeds.model import Feed, Item
from dedup.feeds.urls import normalise
from dedup.model import UNKNOWN_DATE
from dedup.text.calendar import MONTHS, SHORT_MONTHS
from dedup.text.dates import parse_date

_AHEAD = 86_400
"""Seconds that a date may lie in the future: clocks that are wrong by a time zone."""
_FIRST_DAY = 86_400
"""Until then "1970" is what programs write that have no date."""
_SHORT_MONTHS = {"mär": 3, "sept": 9, "okt": 10, "dez": 12}
"""What feeds have beside the names and the English short forms."""
_MONTHS = _SHORT_MONTHS | {
    name: number
    for number, names in enumerate(zip(MONTHS, SHORT_MONTHS, strict=True), 1)
    for name in " ".join(names).split()
}
_CLOCK = r"(?:\D{1,6}(?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2}))?(?:[.,]\d{1,9})?\s*(?P<half>[ap]\.?m\b)?)?"
_ZONE = r"\s*(?P<zone>(?:UTC|GMT)?[+-]\d{1,2}:?(?:\d{2})?|[A-Za-z]{1,5})?(?:\s*\(.{0,30}\))?\s*"
_WEEKDAY = r"(?:[^\W\d]{2,12}\.?,?\s+)?"
_ODD = tuple(
    re.compile(form + _CLOCK + _ZONE, re.IGNORECASE)
    for form in (
        _WEEKDAY + r"(?P<d>\d{1,2})(?:st|nd|rd|th|\.)?[\s/-]+(?:de\s+)?"
        r"(?P<mon>[^\W\d]{3,10})\.?,?[\s/-]+(?:de\s+)?(?P<y>\d{4}|\d{2})",
        _WEEKDAY + r"(?P<mon>[^\W\d]{3,10})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})",
        r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})",
        r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
        r"(?P<y>\d{4})-(?P<m>\d{2})",
    )
)
_ODD += (
    re.compile(  # C's asctime
        _WEEKDAY + r"(?P<mon>[A-Za-z]{3})\s+(?P<d>\d{1,2})\s+(?P<h>\d{1,2}):(?P<min>\d{2}):(?P<s>\d{2})"
        r"(?P<half>)(?:\s+(?P<zone>[A-Z]{3,4}))?\s+(?P<y>\d{4})"
    ),
)
"""Dates that `parse_date` does not know but feeds hold. 04/07/2025 is none of them: it is two days."""
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
          "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9,
          "AEST": 10, "AEDT": 11, "HKT": 8, "SGT": 8, "WAT": 1, "SAST": 2, "EAT": 3, "PKT": 5}  # fmt: skip
"""Hours from UTC. IST is three zones, and counts as none."""
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)


def parse(
    data: bytes, url: str = "", charset: str | None = None, *, now: float | None = None, limits: Limits = LIMITS
) -> Feed:
    """Read a feed. `url` is where it came from, the base of relative links; `charset` is what the HTTP header said;
    `now` are seconds since 1970, for dates in the future. Raises FeedError if it is no feed, or is broken with no item.
    """
    document = read_document(data, charset, limits)
    return feed_of(document, url, time.time() if now is None else now)


def feed_of(document: FeedDocument, url: str, now: float) -> Feed:
    """The feed that was taken apart; see `parse`."""
    title, link = head_fields(document, url)
    base = url or link  # a feed read from a file: what is relative in it is so to its site
    items, digests, seen = [], {}, Notes()
    for number, place in enumerate(document.places):
        if place.refused:
            continue
        fields = fields_of(document, place, base, brief=True)
        if fields is None:
            document.notes.append(f"item {number} cannot be read: left alone")
            continue
        item = _item(number, fields, document.limits, now, seen)
        digests[number] = digest(item.title, item.text, item.url)
        items.append(item)
    notes = [*document.notes, *seen.lines()]
    if _distinct(items, digests):
        notes.append("ids that several items share")
    if len(notes) > _NOTES:
        notes = [*notes[: _NOTES - 1], f"{len(notes) - _NOTES + 1:,} more notes"]
    return Feed(document.kind, title, link, tuple(items), tuple(notes))


_NOTES = 40
"""Notes of one feed; a hostile one has as many as items."""


class Notes:
    """Notes on items, counted: one line a reason."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = defaultdict(int)

    def add(self, reason: str) -> None:
        """One more item with `reason`."""
        self._counts[reason] += 1

    def lines(self) -> list[str]:
        """As `no text (3 items)`."""
        return [f"{reason} ({count:,} item{'s' * (count != 1)})" for reason, count in self._counts.items()]


def digest(*parts: str) -> str:
    """A short name of texts."""
    joined = "\0".join(parts).encode("utf-8", "replace")
    return "sha256:" + hashlib.sha256(joined).hexdigest()[:32]


def _item(place: int, fields: ItemFields, limits: Limits, now: float, notes: Notes) -> Item:
    url = fields.links[0] if fields.links else ""
    link = normalise(url)
    date = _date(fields, now, notes)
    for reason in fields.notes:
        notes.add(reason)
    if not fields.text:
        notes.add("no text")
    key = fields.id if len(fields.id) <= limits.key else digest(fields.id)
    key = key or link or digest(fields.title, fields.text, url)
    image = normalise(fields.image).partition("?")[0] if fields.image else ""
    return Item(place, key, link, fields.title, fields.text, date, url, fields.author, image, fields.origin)


def _date(fields: ItemFields, now: float, notes: Notes) -> int:
    """The first date that can be. One in the future is unknown: it would make an old item new for ever, and to cut it
    to now would make it another date at each reading. So is the first day of 1970, and of year 1.
    """
    for text in fields.dates:
        date = date_of(text)
        if date == UNKNOWN_DATE:
            notes.add("a date that cannot be read")
        elif date > now + _AHEAD:
            notes.add("a date in the future")
        elif 0 <= date < _FIRST_DAY or date < -62_135_000_000:
            notes.add("a date that is none")
        else:
            return date
    return UNKNOWN_DATE


def date_of(text: str) -> int:
    """Seconds since 1970 UTC of a date as feeds write it; `UNKNOWN_DATE` if it cannot be read."""
    named = text.rpartition(" ")[2].upper() in _ZONES  # the standard library takes a zone that it does not know for UTC
    date = parse_date(text) if not named and (len(text) > 4 or not text.isdecimal()) else UNKNOWN_DATE
    if date != UNKNOWN_DATE or len(text) > 80:
        return date
    for form in _ODD:
        if match := form.fullmatch(text.strip()):
            return _odd(match.groupdict())
    return UNKNOWN_DATE


def _odd(parts: dict[str, str | None]) -> int:
    month = parts.get("m") or _MONTHS.get((parts.get("mon") or "").lower())
    hour, year = int(parts["h"] or 0), int(parts["y"] or 0)
    if month is None:
        return UNKNOWN_DATE
    if half := parts["half"]:
        hour = hour % 12 + 12 * half.lower().startswith("p")
    year += (2000 if year < 70 else 1900) if year < 100 else 0
    day, minute, second = (int(parts.get(name) or default) for name, default in (("d", 1), ("min", 0), ("s", 0)))
    date = parse_date(f"{year:04}-{int(month):02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    return date if date == UNKNOWN_DATE else date - _offset(parts["zone"] or "")


def _offset(zone: str) -> int:
    """Seconds east of UTC; 0 for a zone that is not known."""
    if match := _OFFSET.fullmatch(zone):
        seconds = int(match[2]) * 3_600 + int(match[3] or 0) * 60
        return seconds if match[1] == "+" else -seconds
    return _ZONES.get(zone.upper(), 0) * 3_600


def _distinct(items: list[Item], digests: dict[int, str]) -> bool:
    """Give different items that share an id a key of their own; whether there were any. All of a group get one, not all
    but the first, so that the key does not depend on which of them the feed still holds first.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        groups[item.key].append(index)
    found = False
    for group in groups.values():
        names = {items[index].link or digests[items[index].place] for index in group}
        if len(names) > 1:
            found = True
            for index in group:
                item = items[index]
                items[index] = replace(item, key=f"{item.key} {item.link or digests[item.place]}")
    return found
