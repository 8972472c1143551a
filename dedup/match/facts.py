"""What documents about one event say differently: quotes in other words, other numbers, other names.

Quotes are matched in `quotations`; here are numbers, dates and names, and the flags of a whole cluster or story.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.match import quote_kernels as k
from dedup.match.mentions import Facts, facts, how_many, numbers_at
from dedup.match.quotations import QuoteChange, Span4, holds, mutated_quotes, self_repeats, turned
from dedup.model import Flag, FlagKind, Span
from dedup.text.numbers import Number
from dedup.text.sentences import CAPITAL, FIRST
from dedup.text.spelling import same_words

__all__ = [
    "FactChange", "Facts", "QuoteChange", "changed_facts", "differing_numbers", "facts", "group_flags",
    "mutated_quotes", "self_repeats",
]  # fmt: skip

SMALL_GROUP = 8
"""Documents of a group of which all pairs are compared."""
PARTNERS = 3
"""Other documents of a larger group, besides the representative, that each is compared with."""
RARE = 40
"""Documents of a group that have a word which is rare in it."""
NAMED = 100
"""Documents that are named as those that have a wording."""
SHARED_WORDS = 3
"""Content words that two sentences of independent reports share, if a number in them is about the same."""
RARE_THING, COMMON_THING = 0.35, 0.6
"""Share of the shorter sentence's content words that the other has, for things that few news count and for others."""
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
    places = np.array(substitutions, np.int64).reshape(-1, 4)
    ours, theirs = (a, places[:, 0], places[:, 1]), (b, places[:, 2], places[:, 3])
    count = how_many(*ours)
    looked = (_names(*ours) & _names(*theirs)) | ((count > 0) & (count == how_many(*theirs)))
    for place in np.flatnonzero(looked).tolist():
        slot = substitutions[place]
        for change in _changed_numbers(a, b, slot) or _changed_names(a, b, slot):
            found[change] = None
    return list(found)


def _names(facts: Facts, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of spans of characters: whether they may be names."""
    first, last = np.searchsorted(facts.tokens.starts, starts), np.searchsorted(facts.tokens.starts, ends)
    named: NDArray[np.bool_] = (last > first) & (facts.no_names[last] == facts.no_names[first])
    return named


def _changed_numbers(a: Facts, b: Facts, slot: Span4) -> list[FactChange]:
    ours, theirs = numbers_at(a, *slot[:2]), numbers_at(b, *slot[2:])
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
    """Whether all words are capitalised, none because it begins a sentence, in a sentence that has others, and not all
    are words that the document has in small letters, too: in a headline every word has a capital.
    """
    tokens = facts.tokens
    first, last = np.searchsorted(tokens.starts, (start, end)).tolist()
    bits = tokens.bits[first:last]
    if not len(bits) or not (bits & CAPITAL).all() or (bits & FIRST).any():
        return False
    if all(word in facts.small for word in tokens.hashes[first:last].tolist()):
        return False
    begin, end = np.searchsorted(tokens.sentence, (tokens.sentence[first], tokens.sentence[last - 1] + 1)).tolist()
    line = slice(begin, min(end, last + 20))
    small = tokens.bits[line] & CAPITAL == 0
    return bool(small.sum() * 3 >= len(small) and (small & (facts.kinds[line] & k.FUNCTION == 0)).any())


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
    ours, theirs = a.counts, b.counts
    changes = []
    for thing in ours.keys() & theirs.keys():
        x, y = ours[thing], theirs[thing]
        if x.number.kind == y.number.kind and x.number.unit == y.number.unit and not x.number.agrees(y.number):
            shared = len(x.words & y.words)
            share = COMMON_THING if x.common else RARE_THING
            if shared >= SHARED_WORDS and shared >= share * min(len(x.words), len(y.words)):
                changes.append(FactChange("number", x.number.start, x.number.end, y.number.start, y.number.end))
    return sorted(changes, key=lambda change: change.a_start)


def group_flags(
    rows: Sequence[int], known: Mapping[int, Facts], *, trust: Mapping[int, float] | None = None,
    aligned: Mapping[tuple[int, int], Sequence[Span4]] | None = None, names: Mapping[int, str] | None = None,
    pairs: Iterable[tuple[int, int]] | None = None,
) -> dict[int, list[Flag]]:  # fmt: skip
    """Flags of the documents of a cluster or story.

    `rows`: the documents, the representative first. `known`: their facts. `trust`: of two wordings that of the document
    with less trust is flagged; both where it is equal or not given. `aligned`: (row, row) of copies -> the character
    spans that differ in aligned slots; for other pairs numbers are compared by what they count. `names`: what to call a
    document in the flags (its row where not given). `pairs`: which documents to compare; where not given all of a small
    group, and of a large one each with the representative and with the few that share most of its quotes' rare words,
    so that the work grows with the documents and not with their pairs.

    The spans of a mutated quote carry `other`: the other wording (`text`), whether it is `quoted` there and
    `quoted_here`, the `documents` that have it, those that have this one too (`own`), and the `differences`
    (character offsets in this document, `text`, and the `other` words).
    """
    gathered = _Gathered(rows, known, trust or {}, names or {})
    for one, two in pairs if pairs is not None else _pairs(rows, known):
        for change in mutated_quotes(known[one], known[two]):
            gathered.quote(one, two, change)
        slots = aligned.get((one, two)) if aligned else None
        if slots is None:
            differing = differing_numbers(known[one], known[two])
        else:
            differing = changed_facts(known[one], known[two], slots)
        for fact in differing:
            gathered.fact(one, two, fact)
    for row in rows:
        for change in self_repeats(known[row]):
            gathered.repeat(row, change)
    return gathered.flags()


def _pairs(rows: Sequence[int], known: Mapping[int, Facts]) -> Iterator[tuple[int, int]]:
    """The documents to compare, each pair once and in the order of `rows`."""
    if len(rows) <= SMALL_GROUP:
        yield from combinations(rows, 2)
        return
    place = {row: at for at, row in enumerate(rows)}
    pairs = {(rows[0], row) for row in rows[1:]}
    for row, others in _related(rows, known).items():
        pairs |= {(row, other) if place[row] < place[other] else (other, row) for other in others}
    yield from sorted(pairs, key=lambda pair: (place[pair[0]], place[pair[1]]))


def _related(rows: Sequence[int], known: Mapping[int, Facts]) -> dict[int, list[int]]:
    """For each document the PARTNERS with whose quotes its own share most rare words, but for those that quote the
    same.
    """
    words = {row: known[row].rare_quoted for row in rows}
    having: dict[int, list[int]] = {}
    for row, hashes in words.items():
        for hash_ in hashes:
            having.setdefault(hash_, []).append(row)
    related = {}
    for row, hashes in words.items():
        shared: Counter[int] = Counter()
        for hash_ in hashes:
            if len(having[hash_]) <= RARE:
                shared.update(having[hash_])
        best = [other for other, _ in shared.most_common(4 * PARTNERS) if words[other] != hashes]
        related[row] = best[:PARTNERS]
    return related


class _Gathered:
    """Spans of the flags of a group, one for each quote or number of a document and each other wording of it."""

    def __init__(
        self, rows: Sequence[int], known: Mapping[int, Facts], trust: Mapping[int, float], names: Mapping[int, str]
    ) -> None:
        self.rows, self.known, self.trust, self.names = rows, known, trust, names
        self.spans: dict[tuple[int, FlagKind], dict[tuple[int, int, str], dict[str, Any]]] = {}
        self.carriers: dict[bytes, list[str]] = {}

    def quote(self, one: int, two: int, change: QuoteChange) -> None:
        """A quote in two wordings, on the side that is trusted less."""
        both_quoted = change.a_quoted and change.b_quoted
        for row, other, side in ((one, two, change), (two, one, turned(change))):
            # a reporter may put a quote in his own words: without marks it counts only against one who is not trusted
            if self._doubted(row, other, strictly=not both_quoted and bool(self.trust)):
                entry = self._entry(
                    row, other, FlagKind.MUTATED_QUOTE, side.a_start, side.a_end, side.b_start, side.b_end
                )
                entry["quoted"], entry["quoted_here"] = side.b_quoted, side.a_quoted
                entry["own"] = self._carrying(row, side.a_start, side.a_end)
                entry["documents"] = self._carrying(other, side.b_start, side.b_end)
                entry["differences"] = self._differences(row, other, side)

    def fact(self, one: int, two: int, change: FactChange) -> None:
        """A number, date or name that differs."""
        a, b = (change.a_start, change.a_end), (change.b_start, change.b_end)
        for row, other, ours, theirs in ((one, two, a, b), (two, one, b, a)):
            if self._doubted(row, other):
                entry = self._entry(row, other, FlagKind.MUTATED_NUMBER, *ours, *theirs)
                entry["kind"] = change.kind
                if self._name(other) not in entry["documents"]:
                    entry["documents"].append(self._name(other))

    def repeat(self, row: int, change: QuoteChange) -> None:
        """A quote that one document has in two wordings."""
        entry = self._entry(row, row, FlagKind.SELF_REPEAT, change.a_start, change.a_end, change.b_start, change.b_end)
        entry |= {"start": change.b_start, "end": change.b_end, "documents": [self._name(row)]}
        entry["differences"] = self._differences(row, row, change)

    def flags(self) -> dict[int, list[Flag]]:
        """Flags by row, their spans in order."""
        result: dict[int, list[Flag]] = {}
        for (row, kind), spans in sorted(self.spans.items(), key=lambda item: item[0]):
            text = self.known[row].tokens.text
            made = tuple(
                Span(start, end, text[start:end], other={"text": other, **details})
                for (start, end, other), details in sorted(spans.items(), key=lambda item: item[0])
            )
            result.setdefault(row, []).append(Flag(kind, spans=made))
        return result

    def _entry(
        self, row: int, other: int, kind: FlagKind, start: int, end: int, other_start: int, other_end: int
    ) -> dict[str, Any]:
        text = self.known[other].tokens.text[other_start:other_end]
        return self.spans.setdefault((row, kind), {}).setdefault((start, end, text), {"documents": []})

    def _doubted(self, row: int, other: int, strictly: bool = False) -> bool:
        """Whether a document is trusted less than another one, or no more where equal trust is enough."""
        ours, theirs = self.trust.get(row, 0.0), self.trust.get(other, 0.0)
        return ours < theirs or (ours == theirs and not strictly)

    def _name(self, row: int) -> str:
        return self.names.get(row, str(row))

    def _carrying(self, row: int, start: int, end: int) -> list[str]:
        """The documents that have these words of one of them, NAMED at most."""
        tokens = self.known[row].tokens
        first, last = np.searchsorted(tokens.starts, (start, end)).tolist()
        key = tokens.hashes[first:last].tobytes()
        if key not in self.carriers:
            holding = (self._name(at) for at in self.rows if holds(self.known[at], self.known[row], (first, last)))
            self.carriers[key] = list(islice(holding, NAMED))
        return list(self.carriers[key])

    def _differences(self, row: int, other: int, change: QuoteChange) -> list[dict[str, Any]]:
        ours, theirs = self.known[row].tokens.text, self.known[other].tokens.text
        return [{"start": a, "end": b, "text": ours[a:b], "other": theirs[c:d]} for a, b, c, d in change.differences]
