"""Flags of what the documents of a cluster or story say differently: quotes in other words, other numbers and names.

Whether quotes differ is known to `quotations`, whether facts do to `facts`; here the documents to compare are chosen,
and what was found is gathered by document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.facts.agreement import FactChange, changed_facts, differing_numbers
from dedup.facts.mentions import Facts
from dedup.facts.quotations import QuoteChange, Span4, holds, mutated_quotes, self_repeats, turned
from dedup.model import Flag, FlagKind, Span

SMALL_GROUP = 8
"""Documents of a group of which all pairs are compared."""
PARTNERS = 3
"""Other documents of a larger group, besides the representative, that each is compared with."""
RARE = 40
"""Documents of a group that have a word which is rare in it."""
NAMED = 100
"""Documents that are named as those that have a wording."""


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


class _Holders:
    """Which documents of a large group may hold some words: those that hold the two neighbours, or the one word, that
    fewest hold. To search through all for each wording would take the square of the group.
    """

    _TURN = np.uint64(0x9E3779B97F4A7C15)

    def __init__(self, texts: Sequence[NDArray[np.uint64]]) -> None:
        keys = [self._keys(words, every=True) for words in texts]
        places = np.repeat(np.arange(len(keys)), [len(each) for each in keys])
        joined = np.concatenate(keys) if keys else np.zeros(0, np.uint64)
        order = np.argsort(joined, kind="stable")
        self._sorted, self._places = joined[order], places[order]

    def of(self, words: NDArray[np.uint64]) -> list[int]:
        """Places of the documents, in their order."""
        keys = self._keys(words)
        begins, ends = (np.searchsorted(self._sorted, keys, side) for side in ("left", "right"))
        best = int(np.argmin(ends - begins))
        return sorted(set(self._places[begins[best] : ends[best]].tolist()))

    def _keys(self, words: NDArray[np.uint64], *, every: bool = False) -> NDArray[np.uint64]:
        """Neighbouring words as one hash each; single words if there are no others, or with `every` too."""
        pairs = words[:-1] * self._TURN ^ words[1:]
        return np.concatenate((pairs, words)) if every or not len(pairs) else pairs


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
        words = tokens.hashes[first:last]
        key = words.tobytes()
        if key not in self.carriers:
            large = len(self.rows) > SMALL_GROUP and len(words) > 0
            likely = [self.rows[place] for place in self._holders.of(words)] if large else self.rows
            holding = (self._name(at) for at in likely if holds(self.known[at], self.known[row], (first, last)))
            self.carriers[key] = list(islice(holding, NAMED))
        return list(self.carriers[key])

    @cached_property
    def _holders(self) -> _Holders:
        return _Holders([self.known[row].tokens.hashes for row in self.rows])

    def _differences(self, row: int, other: int, change: QuoteChange) -> list[dict[str, Any]]:
        ours, theirs = self.known[row].tokens.text, self.known[other].tokens.text
        return [{"start": a, "end": b, "text": ours[a:b], "other": theirs[c:d]} for a, b, c, d in change.differences]
