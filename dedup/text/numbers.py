"""Numbers, dates and times of a text, with the value of each where it can be told.

"1,200", "1.2 million", "two", "$5bn", "45 per cent", "3rd", "4 July 2025", "6.30pm": what is written differently and
means the same has the same value. English words and months; digits in any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dedup.text.calendar import ENGLISH_MONTHS, SHORT_MONTHS


class NumberKind(StrEnum):
    """What a number says."""

    CARDINAL = "cardinal"
    ORDINAL = "ordinal"
    PERCENT = "percent"
    MONEY = "money"
    YEAR = "year"
    DATE = "date"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in the text: character offsets, end exclusive."""

    start: int
    end: int
    kind: NumberKind
    value: float | None
    """None for dates and times, which have `date`."""
    date: tuple[int, int, int] | None = None
    """(year, month, day), or (hour, minute, -1) of a time; 0 where not told (a year of 4 July)."""
    unit: str = ""
    """Currency of money: "$", "£", "€", … or the word; "%" of a percentage."""

    def agrees(self, other: Number) -> bool:
        """Whether both may say the same: equal values, or dates of which the parts that both tell are equal."""
        if self.date is not None and other.date is not None:
            return (self.kind == other.kind) and all(
                x == y or not (x and y) or (self.kind == NumberKind.TIME and x == y)
                for x, y in zip(self.date, other.date, strict=True)
            )
        if self.date is not None or other.date is not None:
            year = self.date or other.date
            value = self.value if self.date is None else other.value
            return year is not None and value is not None and value in year
        return self.value is not None and self.value == other.value


_ONE_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TWENTY_ON = "twenty thirty forty fifty sixty seventy eighty ninety"
_ONES, _TENS = _ONE_TO_NINETEEN.split(), ["", "", *_TWENTY_ON.split()]
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "mln": 1e6, "mn": 1e6, "m": 1e6,
    "billion": 1e9, "bln": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "trn": 1e12, "tn": 1e12,
}  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12,
}  # fmt: skip
_MONTHS = {name: number for number, name in enumerate(SHORT_MONTHS, 1)}
_SMALL = {word: float(value) for value, word in enumerate(_ONES)} | {
    word: 10.0 * value for value, word in enumerate(_TENS) if word
}
_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|"
    r"Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_NUMERAL = r"(?:\d{1,3}(?:,\d{3}){1,6}(?:\.\d+)?|\d{1,3}(?:[\xa0\u2009\u202f]\d{3}){1,6}|\d+(?:\.\d+)?)(?![\d])"
_WORDS = rf"(?:{'|'.join(sorted((*_ONES, *_TENS[2:]), key=len, reverse=True))})"
_SCALE_WORD = r"(?:hundred|thousand|million|billion|trillion)"
_SCALE = rf"(?:[\s\xa0-]?(?:{_SCALE_WORD}|mln|bln|trn)s?\b|[\s\xa0]?(?:mn|bn|tn|[mk](?![a-z]))\b)"
_SPELLED = (
    rf"(?:{_WORDS}|(?:an?|half\s+an?)(?=\s{_SCALE_WORD}\b))(?:[\s-](?:and\s)?(?:{_WORDS}|{_SCALE_WORD})\b){{0,9}}"
)
_MONEY_WORD = r"(?:dollars?|euros?|pounds?|dlrs?|yen|francs?|crowns?|rupees?|roubles?|rubles?|yuan|pesos?)"
_ORDINAL = rf"(?:\d+(?:st|nd|rd|th)|(?:(?:{'|'.join(_TENS[2:])})-)?(?:{'|'.join(_ORDINALS)}))"
_YEAR = r"(?:1[5-9]|20)\d\d"
_PATTERN = re.compile(
    rf"""
    (?P<iso>\b\d{{4}}-\d\d-\d\d\b)
  | (?P<dmy>\b\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}(?![a-z])(?:,?\s{_YEAR}\b)?)
  | (?P<mdy>\b{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?![\d:%]|[,.]\d|[a-z])(?:,?\s{_YEAR}\b)?)
  | (?P<my>\b{_MONTH}\s{_YEAR}\b)
  | (?P<time>(?<![\w.:])\d{{1,2}}(?:[:.]\d\d)?\s?[ap]\.?m\b\.?|(?<![\w.:])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:]))
  | (?P<money>(?<!\w)(?:US|AU?|CA?|NZ|HK|R)?[$£€¥₹₽]\s?{_NUMERAL}(?:{_SCALE}|\s?b\b)?)
  | (?P<ordinal>(?<![\w.,-]){_ORDINAL}\b)
  | (?P<number>(?<![\w.,$])(?<![a-z]-)(?:(?<!\S)[-−](?=\d))?(?:{_NUMERAL}(?:{_SCALE})?|\b{_SPELLED}\b))
    (?:\s?(?P<percent>%|per\s?cent\b|percentage\spoints?\b|pct\b)|\s(?P<currency>{_MONEY_WORD})\b)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TRIGGER = re.compile(
    r"(?<![^\W_])(?:\d|[-−](?=\d)|[A-Z]{0,2}[$£€¥₹₽]|[Oo]ne|[Tt](?:w|en|h[ir])|[Ff](?:our|i[fv]|or|ir)|[Ss](?:ix|eve|ec)|"
    rf"[Ee](?:ig|le)|[Nn]in|[Zz]ero|[Aa]n?(?=\s{_SCALE_WORD})|[Hh]alf(?=\san?\s)|[JFMASOND](?=[a-z]{{2,8}}\.?\s\d))"
)
"""Where a number may begin: cheap to look for, and wrong now and then."""
_PARTS = re.compile(r"\d+(?:[.,\xa0\u2009\u202f]\d+)*|[^\W\d_]+|[$£€¥₹₽]")
_OTHER_SCRIPTS = bytes({*range(0x00, 0xD9), 0xE2})
"""Bytes of UTF-8 texts without digits other than 0 to 9."""
_BEFORE, _AFTER = 16, 16
"""Characters before and after one of NUMBER_WORDS in which a number may begin."""
NUMBER_WORDS = (
    f"{_ONE_TO_NINETEEN} {_TWENTY_ON} {' '.join(_SCALES)} hundreds thousands millions billions trillions mlns blns "
    f"trns {' '.join(_ORDINALS)} {' '.join(SHORT_MONTHS)} sept {' '.join(ENGLISH_MONTHS)} half p am pm per cent "
    "percent percentage point points pct dollar dollars euro euros pound pounds dlr dlrs yen franc francs crown crowns "
    "rupee rupees rouble roubles ruble rubles yuan peso pesos"
)
"""Words that numbers are written with: of each number the words are among these, begin with a digit, or stand beside
one that does."""
COUNT_WORDS = f"{_ONE_TO_NINETEEN} {_TWENTY_ON} {' '.join(_ORDINALS)} 二 三 四 五 六 七 八 九 十 百 千 万 億 兆"
"""Words that are numbers by themselves."""
_NAMED = {"cent": "¢", **dict.fromkeys(("dollar", "dollars", "dlr", "dlrs"), "$"), "euro": "€", "euros": "€",
          "pound": "£", "pounds": "£"}  # fmt: skip


def find_numbers(text: str, near: Iterable[tuple[int, int]] | None = None) -> list[Number]:
    """All numbers of `text` in order, none within another. Linear in the length of the text.

    `near`: where the words stand that begin or end with a digit and those of NUMBER_WORDS, in order; numbers are looked
    for round these alone, which finds the same and takes a fraction of the time.
    """
    if near is None or (not text.isascii() and text.encode("utf-8", "replace").translate(None, _OTHER_SCRIPTS)):
        near = [(0, len(text))]
    numbers, end, seen = [], 0, 0
    for begin, stop in near:
        seen = max(seen, begin - _BEFORE)
        for trigger in _TRIGGER.finditer(text, seen, stop + _AFTER):
            # the pattern is tried only where something looks like a number: four times as fast
            seen = trigger.end()
            if trigger.start() >= end and (match := _PATTERN.match(text, trigger.start())):
                numbers.append(_number(match))
                end = match.end()
    return numbers


def _number(match: re.Match[str]) -> Number:
    start, end = match.span()
    kind = match.lastgroup
    if kind == "number" and match.group().isdecimal():
        value = float(match.group())
        year = end - start == 4 and 1500 <= value <= 2100
        return Number(start, end, NumberKind.YEAR if year else NumberKind.CARDINAL, value)
    if kind in ("percent", "currency"):
        count, _ = _value(match["number"])
        if kind == "percent":
            return Number(start, end, NumberKind.PERCENT, count, unit="%")
        word = match["currency"].lower()
        return Number(start, end, NumberKind.MONEY, count, unit=_NAMED.get(word, word.removesuffix("s")))
    if kind in ("iso", "dmy", "mdy", "my"):
        return Number(start, end, NumberKind.DATE, None, _date(match.group(), kind))
    if kind == "time":
        return Number(start, end, NumberKind.TIME, None, _time(match.group()))
    count, symbol = _value(match.group())
    if kind == "money":
        return Number(start, end, NumberKind.MONEY, count, unit=symbol)
    return Number(start, end, NumberKind.ORDINAL if kind == "ordinal" else NumberKind.CARDINAL, count)


def _date(text: str, kind: str) -> tuple[int, int, int]:
    """(year, month, day), 0 for what is not told."""
    digits = [int(part) for part in re.findall(r"\d+", text)]
    if kind == "iso":
        return digits[0], digits[1], digits[2]
    month = next(_MONTHS[word[:3].lower()] for word in re.findall(r"[A-Za-z]{3,}", text) if word[:3].lower() in _MONTHS)
    if kind == "my":
        return digits[0], month, 0
    return (digits[1] if len(digits) > 1 else 0), month, digits[0]


def _time(text: str) -> tuple[int, int, int]:
    """(hour, minute, -1) on the 24-hour clock."""
    digits = [int(part) for part in re.findall(r"\d+", text)]
    hour, minute = digits[0], digits[1] if len(digits) > 1 else 0
    letters = text.lower()
    if "p" in letters:
        hour = hour % 12 + 12
    elif "a" in letters:
        hour %= 12
    return hour, minute, -1


def _value(text: str) -> tuple[float | None, str]:
    """The value of a numeral, of number words or of both, and the currency sign that stands before it."""
    total, current, seen, symbol, sign = 0.0, 0.0, False, "", 1.0
    if text[0] in "-−":
        sign = -1.0
    for part in _PARTS.findall(text.lower()):
        word = part.removesuffix("s") if part not in _SMALL else part
        if part[0].isdigit():
            current, seen = float(re.sub(r"[,\xa0\u2009\u202f]", "", part)), True
        elif part in _SMALL:
            current, seen = current + _SMALL[part], True
        elif part in _ORDINALS:
            current, seen = current + _ORDINALS[part], True
        elif part == "half":
            current, seen = 0.5, True
        elif word == "hundred":
            current, seen = (current if seen else 1.0) * 100, True
        elif word in _SCALES:
            total, current, seen = total + (current if seen and current else 1.0) * _SCALES[word], 0.0, True
        elif part in "$£€¥₹₽":
            symbol = part
    return (sign * (total + current) if seen else None), symbol
