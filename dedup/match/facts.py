"""What documents about one event say differently: quotes in other words, other numbers, other names.

Quotes are matched in `quotations`; here are numbers, dates and names, and the flags of a whole cluster or story.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from dedup.match.mentions import Facts, facts
from dedup.match.quotations import QuoteChange, Span4, mutated_quotes, self_repeats, turned
from dedup.model import Flag, FlagKind, Span
from dedup.text.numbers import Number, NumberKind
from dedup.text.sentences import CAPITAL, DIGIT, FIRST
from dedup.text.spelling import same_words
from dedup.text.tokens import word_list

__all__ = [
    "FactChange", "Facts", "QuoteChange", "changed_facts", "differing_numbers", "facts", "group_flags",
    "mutated_quotes", "self_repeats",
]  # fmt: skip

NEIGHBOURS = 4
"""Other documents of a group, besides the representative, that each is compared with."""
SHARED_WORDS = 3
"""Content words that two sentences of independent reports share, if a number in them is about the same."""
ROUGH = (
    "about almost approximately around at as estimated fewer least less many more most much nearly no over roughly "
    "some than to under up"
)
"""Words before a number that make it a rough one: "at least", "more than", "as many as"."""
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun"


@dataclass(frozen=True, slots=True)
class FactChange:
    """A number, date or name that differs: character offsets in each document, end exclusive."""

    kind: str
    """`number`, `date` or `name`."""
    a_start: int
    a_end: int
    b_start: int
    b_end: int


def changed_facts(a: Facts, b: Facts, substitutions: Sequence[Span4]) -> list[FactChange]:
    """The numbers, dates and names that differ in aligned slots: `substitutions` are (start and end in A, start and
    end in B), characters.
    """
    found: dict[FactChange, None] = {}
    for slot in substitutions:
        for change in _changed_numbers(a, b, slot) or _changed_names(a, b, slot):
            found[change] = None
    return list(found)


def _numbers_at(facts: Facts, start: int, end: int) -> list[Number]:
    """The numbers that meet a span."""
    first = bisect_right(facts.numbers, start, key=lambda number: number.end)
    last = bisect_left(facts.numbers, end, key=lambda number: number.start)
    return facts.numbers[first:last]


def _changed_numbers(a: Facts, b: Facts, slot: Span4) -> list[FactChange]:
    ours, theirs = _numbers_at(a, *slot[:2]), _numbers_at(b, *slot[2:])
    if len(ours) != len(theirs):
        return []
    return [
        FactChange("date" if x.date and y.date else "number", x.start, x.end, y.start, y.end)
        for x, y in zip(ours, theirs, strict=True)
        if not x.agrees(y) and not _rounded(x, y)
    ]


def _rounded(x: Number, y: Number) -> bool:
    """Whether one is the other with fewer digits: 1.19 million and 1.2 million."""
    if x.value is None or y.value is None or not x.value or not y.value:
        return False
    few, many = sorted((x.value, y.value), key=lambda value: len(f"{value:.15g}".rstrip("0").replace(".", "")))
    digits = len(f"{few:.15g}".replace(".", "").rstrip("0"))
    return digits > 1 and abs(many) >= 1000 and float(f"{many:.{digits - 1}e}") == few


def _changed_names(a: Facts, b: Facts, slot: Span4) -> list[FactChange]:
    one, two = a.tokens.text[slot[0] : slot[1]], b.tokens.text[slot[2] : slot[3]]
    if not (_is_name(a, *slot[:2]) and _is_name(b, *slot[2:])) or same_words(one, two) or _same_name(one, two):
        return []
    return [FactChange("date" if _weekday(one) and _weekday(two) else "name", *slot)]


def _weekday(text: str) -> bool:
    return text.lower().rstrip(".") in WEEKDAYS.split()


def _is_name(facts: Facts, start: int, end: int) -> bool:
    """Whether all words are capitalised, none because it begins a sentence, in a sentence that has others."""
    tokens = facts.tokens
    first, last = np.searchsorted(tokens.starts, (start, end)).tolist()
    bits = tokens.bits[first:last]
    if not len(bits) or not (bits & CAPITAL).all() or (bits & FIRST).any():
        return False
    line = tokens.bits[np.searchsorted(tokens.sentence, tokens.sentence[first]) : last + 20]
    return bool((line & CAPITAL == 0).sum() * 3 >= len(line))


def _same_name(one: str, two: str) -> bool:
    """Whether one name is part of the other, or its initials."""
    words, others = one.lower().split(), two.lower().split()
    if set(words) <= set(others) or set(others) <= set(words):
        return True
    initials = ("".join(word[0] for word in words), "".join(word[0] for word in others))
    return initials[0] == two.lower().replace(".", "") or initials[1] == one.lower().replace(".", "")


def differing_numbers(a: Facts, b: Facts) -> list[FactChange]:
    """Numbers of the same thing that differ between two independent reports; only where what is counted is named the
    same, each report gives one number of it, and the sentences share other words too.
    """
    ours, theirs = _counted(a), _counted(b)
    return [
        FactChange("number", x.start, x.end, y.start, y.end)
        for thing, (x, x_words) in ours.items()
        if thing in theirs
        for y, y_words in (theirs[thing],)
        if x.unit == y.unit and x.kind == y.kind and not x.agrees(y) and len(x_words & y_words) >= SHARED_WORDS
    ]


def _counted(facts: Facts) -> dict[int, tuple[Number, frozenset[int]]]:
    """What is counted (hash of the word after a number) -> the number and the other content words of its sentence;
    only things with one number that is not said to be rough.
    """
    tokens = facts.tokens
    things: dict[int, list[tuple[Number, frozenset[int]]]] = {}
    for number in facts.numbers:
        if number.kind not in (NumberKind.CARDINAL, NumberKind.MONEY, NumberKind.PERCENT) or not number.value:
            continue
        first, last = np.searchsorted(tokens.starts, (number.start, number.end)).tolist()
        if last >= len(tokens) or tokens.sentence[last] != tokens.sentence[first] or _rough(facts, first):
            continue
        if facts.function[last] or tokens.bits[last] & (CAPITAL | DIGIT) or _joined(facts, last):
            continue
        sentence = np.searchsorted(tokens.sentence, (tokens.sentence[first], tokens.sentence[first] + 1)).tolist()
        inside = slice(*sentence)
        words = tokens.hashes[inside][~facts.function[inside] & (tokens.bits[inside] & DIGIT == 0)]
        thing = int(tokens.hashes[last])
        things.setdefault(thing, []).append((number, frozenset(words.tolist()) - {thing}))
    return {
        thing: mentions[0] for thing, mentions in things.items() if len({number.value for number, _ in mentions}) == 1
    }


def _rough(facts: Facts, word: int) -> bool:
    """Whether one of the two words before says that the number is not exact."""
    before = facts.tokens.hashes[max(word - 2, 0) : word].tolist()
    return any(hash_ in _rough_hashes() for hash_ in before)


def _joined(facts: Facts, word: int) -> bool:
    """Whether the thing counted is one of two ("drones and missiles")."""
    return word + 1 < len(facts.tokens) and facts.tokens.word(word + 1).lower() in ("and", "or")


@cache
def _rough_hashes() -> frozenset[int]:
    return frozenset(word_list(ROUGH.split()).tolist())


def group_flags(
    rows: Sequence[int], known: Mapping[int, Facts], *, trust: Mapping[int, float] | None = None,
    aligned: Mapping[tuple[int, int], Sequence[Span4]] | None = None, names: Mapping[int, str] | None = None,
    pairs: Iterable[tuple[int, int]] | None = None,
) -> dict[int, list[Flag]]:  # fmt: skip
    """Flags of the documents of a cluster or story.

    `rows`: the documents, the representative first. `known`: their facts. `trust`: of two wordings that of the document
    with less trust is flagged; both where it is equal or not given. `aligned`: (row, row) of copies -> the character
    spans that differ in aligned slots; for other pairs numbers are compared by what they count. `names`: what to call a
    document in the flags (its row where not given). `pairs`: which documents to compare; where not given, each with the
    representative and with its next NEIGHBOURS in the order of `rows`, so that a group of n costs n comparisons.
    """
    gathered = _Gathered(known, trust or {}, names or {})
    for one, two in pairs if pairs is not None else _pairs(rows):
        for change in mutated_quotes(known[one], known[two]):
            gathered.quote(one, two, change)
        slots = aligned.get((one, two)) if aligned else None
        facts_ = changed_facts(known[one], known[two], slots) if slots is not None else (
            differing_numbers(known[one], known[two]))  # fmt: skip
        for fact in facts_:
            gathered.fact(one, two, fact)
    for row in rows:
        for change in self_repeats(known[row]):
            gathered.repeat(row, change)
    return gathered.flags()


def _pairs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each row with the first one and with the NEIGHBOURS that follow it."""
    for at, row in enumerate(rows):
        if at > NEIGHBOURS + 1:
            yield rows[0], row
        for other in rows[at + 1 : at + 1 + NEIGHBOURS]:
            yield row, other
        if at == 0:
            yield from ((row, other) for other in rows[1 + NEIGHBOURS : 2 + NEIGHBOURS])


class _Gathered:
    """Spans of the flags of a group, one for each quote or number and document, with all other wordings' documents."""

    def __init__(self, known: Mapping[int, Facts], trust: Mapping[int, float], names: Mapping[int, str]) -> None:
        self.known, self.trust, self.names = known, trust, names
        self.spans: dict[tuple[int, FlagKind], dict[tuple[int, int, str], dict[str, Any]]] = {}

    def quote(self, one: int, two: int, change: QuoteChange) -> None:
        """A quote in two wordings, on the side that is trusted less."""
        for row, other, side in ((one, two, change), (two, one, turned(change))):
            if self.trust.get(row, 0.0) <= self.trust.get(other, 0.0):
                details = {"quoted": side.b_quoted, "differences": self._differences(row, other, side)}
                self._add(row, other, FlagKind.MUTATED_QUOTE, side.a_start, side.a_end, side.b_start, side.b_end,
                          details)  # fmt: skip

    def fact(self, one: int, two: int, change: FactChange) -> None:
        """A number, date or name that differs."""
        a, b = (change.a_start, change.a_end), (change.b_start, change.b_end)
        for row, other, ours, theirs in ((one, two, a, b), (two, one, b, a)):
            if self.trust.get(row, 0.0) <= self.trust.get(other, 0.0):
                self._add(row, other, FlagKind.MUTATED_NUMBER, *ours, *theirs, {"kind": change.kind})

    def repeat(self, row: int, change: QuoteChange) -> None:
        """A quote that one document has in two wordings."""
        details = {"start": change.b_start, "end": change.b_end,
                   "differences": self._differences(row, row, change)}  # fmt: skip
        self._add(row, row, FlagKind.SELF_REPEAT, change.a_start, change.a_end, change.b_start, change.b_end, details)

    def _differences(self, row: int, other: int, change: QuoteChange) -> list[dict[str, Any]]:
        ours, theirs = self.known[row].tokens.text, self.known[other].tokens.text
        return [{"start": a, "end": b, "text": ours[a:b], "other": theirs[c:d]} for a, b, c, d in change.differences]

    def _add(
        self, row: int, other: int, kind: FlagKind, start: int, end: int, other_start: int, other_end: int,
        details: dict[str, Any],
    ) -> None:  # fmt: skip
        text = self.known[other].tokens.text[other_start:other_end]
        entry = self.spans.setdefault((row, kind), {}).setdefault((start, end, text), {"documents": [], **details})
        name = self.names.get(other, str(other))
        if name not in entry["documents"]:
            entry["documents"].append(name)

    def flags(self) -> dict[int, list[Flag]]:
        """Flags by row."""
        result: dict[int, list[Flag]] = {}
        for (row, kind), spans in sorted(self.spans.items(), key=lambda item: (item[0][0], item[0][1])):
            text = self.known[row].tokens.text
            made = tuple(
                Span(start, end, text[start:end], other={"text": other, **details})
                for (start, end, other), details in sorted(spans.items(), key=lambda item: item[0])
            )
            result.setdefault(row, []).append(Flag(kind, spans=made))
        return result
