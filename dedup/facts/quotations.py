"""Quotes that two documents, or two places of one document, have in different words.

A quote is looked for by its content, sentence by sentence: first among the quotes of the other document, then in its
running text, by local alignment of words in which common ones weigh little. It is the same quote where enough of it
stands there in the same order. Where the documents are copies of each other its place between the same neighbours
counts too. What was cut off at either end, left out with an ellipsis, put into brackets, or only spelled or punctuated
otherwise is no other wording.

`quote_kernels` finds the quotes again; here is what differs in those found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dedup.facts import quote_kernels as k
from dedup.facts.document_kernels import LEAST_WORDS
from dedup.facts.mentions import Facts, may_count, numbers_at
from dedup.facts.quote_kernels import EDGE, GAP
from dedup.text.spelling import same_words
from dedup.text.tokens import word_list

LEAST_PART = 2.0
"""Weight of the words that match in one of several quotes that make up a match."""
FILLERS = "a an the that and so well but oh uh um hmm yeah s"
"""Words that are left out or put in without the quote being another one."""
_EDITED = re.compile(r"…|\.\s?\.|[\[\]]|\*\*|--?-")
Span4 = tuple[int, int, int, int]
Pairs = list[tuple[int, int]]
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class QuoteChange:
    """A quote in two wordings: character offsets in each document, end exclusive."""

    a_start: int
    a_end: int
    b_start: int
    b_end: int
    a_quoted: bool
    b_quoted: bool
    """Whether it stands between quotation marks there."""
    differences: tuple[Span4, ...]
    """(start and end in A, start and end in B) of the words that differ; one of them may be empty."""
    score: float
    """Share of the words that match, by weight."""


@cache
def _fillers() -> frozenset[int]:
    return frozenset(word_list(FILLERS.split()).tolist())


def mutated_quotes(a: Facts, b: Facts) -> list[QuoteChange]:
    """Quotes of either document that the other one has in other words, in the order of A. Symmetric."""
    if not len(a.units) and not len(b.units):
        return []
    forth, back = k.compare_quotes(a.arrays, b.arrays)
    if not len(forth[0]) and not len(back[0]):
        return []
    one = _Comparison(a, b)
    changes = list(one.changes(*forth))
    changes += [turned(change) for change in _Comparison(b, a, one).changes(*back)]
    return sorted(_best(changes), key=lambda change: (change.a_start, change.b_start))


def self_repeats(a: Facts) -> list[QuoteChange]:
    """Quotes that the document has twice, in two wordings: A and B are two places of it, A the first."""
    if len(a.units) < 2:
        return []
    changes = _Comparison(a, a).changes(*k.repeated_quotes(a.arrays))
    found = [change if change.a_start <= change.b_start else turned(change) for change in changes]
    return sorted(_best(found), key=lambda change: change.a_start)


def turned(change: QuoteChange) -> QuoteChange:
    """The same with A and B exchanged."""
    return QuoteChange(
        change.b_start, change.b_end, change.a_start, change.a_end, change.b_quoted, change.a_quoted,
        tuple((b0, b1, a0, a1) for a0, a1, b0, b1 in change.differences), change.score,
    )  # fmt: skip


def _best(changes: list[QuoteChange]) -> list[QuoteChange]:
    """Of those that are about the same words of both sides only the one that matches best."""
    kept: list[QuoteChange] = []
    for change in sorted(changes, key=lambda change: (-change.score, change.a_start, change.b_start)):
        if not any(_same_place(change, other) for other in kept):
            kept.append(change)
    return kept


def _same_place(one: QuoteChange, two: QuoteChange) -> bool:
    return one.a_start < two.a_end and two.a_start < one.a_end and one.b_start < two.b_end and two.b_start < one.b_end


class _Comparison:
    """The quotes of A that were found in B."""

    def __init__(self, a: Facts, b: Facts, back: _Comparison | None = None) -> None:
        self.a, self.b, self._back = a, b, back
        self._other: dict[Span4, bool] = {}
        """Whether the words of slots are other words: `back`, which looked for B's quotes, need not be asked twice."""

    def changes(
        self,
        matches: NDArray[np.int64],
        shares: NDArray[np.float64],
        pairs: NDArray[np.int64],
        slots: NDArray[np.int64],
    ) -> Iterator[QuoteChange]:
        """What differs in each match; nothing of those where nothing tells."""
        for match, share in zip(matches.tolist(), shares.tolist(), strict=True):
            a, b = (match[k.A_FIRST], match[k.A_LAST]), (match[k.B_FIRST], match[k.B_LAST])
            quoted = bool(match[k.IN_QUOTES])
            parts: Sequence[tuple[Range, Range, Sequence[Sequence[int]]]]
            if match[k.SEVERAL]:
                parts = self._parts(a, b, pairs[match[k.PAIRS] : match[k.PAIRS_END]].tolist())
            else:
                parts = [(a, b, slots[match[k.SLOTS] : match[k.SLOTS_END]].tolist())]
            for part in parts:
                change = self._change(*part, quoted, share)
                if change:
                    yield change

    def _parts(self, a: Range, b: Range, pairs: Pairs) -> list[tuple[Range, Range, list[Span4]]]:
        """The parts of a match, one for each quote of B that it touches: stretches of A and B, and slots."""
        cuts = [at for at in range(1, len(pairs)) if self.b.quote_of[pairs[at][1]] != self.b.quote_of[pairs[at - 1][1]]]
        parts = []
        for begin, end in pairwise([0, *cuts, len(pairs)]):
            own = pairs[begin:end]
            if self._weight(own) >= LEAST_PART:
                stretch_a, stretch_b = self._stretch_of(a, b, pairs, begin, end)
                parts.append((stretch_a, stretch_b, _slots(own, stretch_a, stretch_b)))
        return parts

    def _weight(self, pairs: Pairs) -> float:
        """Weight of the words that match."""
        rows, columns = map(list, zip(*pairs, strict=True))
        return float(np.minimum(self.a.weights[rows], self.b.weights[columns]).sum())

    def _stretch_of(self, whole_a: Range, whole_b: Range, pairs: Pairs, begin: int, end: int) -> tuple[Range, Range]:
        """The stretches of some pairs of a match which are one quote of B: to the ends of that quote, where as many
        words are left between this and the next one in A.
        """
        (a_first, b_first), (a_last, b_last) = pairs[begin], pairs[end - 1]
        a, b = (a_first, a_last + 1), (b_first, b_last + 1)
        number = self.b.quote_of[b_first]
        if begin == 0:
            a, b = (whole_a[0], a[1]), (whole_b[0], b[1])
        else:
            left = a_first - pairs[begin - 1][0] - 1
            if 0 < left <= EDGE and (self.b.quote_of[max(b_first - left - 1, 0) : b_first] == number).sum() == left:
                a, b = (a[0] - left, a[1]), (b[0] - left, b[1])
        if end == len(pairs):
            return (a[0], whole_a[1]), (b[0], whole_b[1])
        left = pairs[end][0] - a_last - 1
        if 0 < left <= EDGE and (self.b.quote_of[b_last + 1 : b_last + left + 2] == number).sum() == left:
            a, b = (a[0], a[1] + left), (b[0], b[1] + left)
        return a, b

    def _change(
        self, span_a: Range, span_b: Range, slots: Sequence[Sequence[int]], quoted: bool, share: float
    ) -> QuoteChange | None:
        """What differs in two stretches with some slots; None where nothing tells."""
        a, b = self.a, self.b
        found = [slot for slot in slots if self._differs(slot, quoted)]
        if not any(self._tells(slot) for slot in found):
            return None
        if a is not b and span_b[1] - span_b[0] > LEAST_WORDS and holds(a, b, span_b):
            return None  # A has it in these words too, in another place
        differences = tuple((*_chars(a, slot[0], slot[1]), *_chars(b, slot[2], slot[3])) for slot in found)
        return QuoteChange(*_chars(a, *span_a), *_chars(b, *span_b), True, quoted, differences, share)

    def _differs(self, slot: Sequence[int], quoted: bool) -> bool:
        """Whether the words of a slot are other words, and not just left out, put into brackets or spelled
        otherwise.
        """
        a_first, a_last, b_first, b_last = slot
        if a_first < a_last and b_first < b_last:
            known = self._back._other.get((b_first, b_last, a_first, a_last)) if self._back else None
            place = a_first, a_last, b_first, b_last
            if known is None:
                known = self._other.get(place)
            if known is None:
                known = self._other[place] = self._replaced(*place)
            return known
        # words that stand on one side only: between two quotes of one sentence the speaker or a cut
        if (
            not quoted
            or max(a_last - a_first, b_last - b_first) > GAP
            or self._edited(a_first, a_last, b_first, b_last)
        ):
            return False
        if _broken(self.a, a_first, a_last) or _broken(self.b, b_first, b_last):
            return False
        # "12%" and "12 per cent", "&" and "and": a sign is no word, and only the words beside it show that it is there
        around = _phrase(self.a, *_wider(self.a, a_first, a_last)), _phrase(self.b, *_wider(self.b, b_first, b_last))
        return not same_words(*around)

    def _replaced(self, a_first: int, a_last: int, b_first: int, b_last: int) -> bool:
        """Whether words on both sides are other words."""
        if max(a_last - a_first, b_last - b_first) > GAP or self._edited(a_first, a_last, b_first, b_last):
            return False
        return not same_words(_phrase(self.a, a_first, a_last), _phrase(self.b, b_first, b_last))

    def _edited(self, a_first: int, a_last: int, b_first: int, b_last: int) -> bool:
        """Whether there is an ellipsis or a bracket among some words or beside them."""
        gaps = _between(self.a, a_first, a_last), _between(self.b, b_first, b_last)
        return any(_EDITED.search(gap) for gap in gaps)

    def _tells(self, slot: Sequence[int]) -> bool:
        """Whether a difference is more than a little word put in or left out, which reporters mishear."""
        a_first, a_last, b_first, b_last = slot
        if a_first < a_last and b_first < b_last:
            return True
        words = [*self.a.tokens.hashes[a_first:a_last].tolist(), *self.b.tokens.hashes[b_first:b_last].tolist()]
        return len(words) <= EDGE and not all(word in _fillers() for word in words)


def holds(within: Facts, facts: Facts, span: tuple[int, int]) -> bool:
    """Whether the words `span` (first, after last) of one document stand in another one in the same order."""
    hashes = facts.tokens.hashes[slice(*span)].tobytes()
    at = within.raw.find(hashes)
    while at >= 0 and at % 8:
        at = within.raw.find(hashes, at + 1)
    return at >= 0


def _slots(pairs: Pairs, a: Range, b: Range) -> list[Span4]:
    """Words between those that match, at the ends too: first and after last in A, the same in B."""
    slots, a_next, b_next = [], a[0], b[0]
    for row, column in [*pairs, (a[1], b[1])]:
        if row > a_next or column > b_next:
            slots.append((a_next, row, b_next, column))
        a_next, b_next = row + 1, column + 1
    return slots


def _chars(facts: Facts, first: int, last: int) -> tuple[int, int]:
    """Characters of the words [first, last); where there are none, the empty span after the word before."""
    tokens = facts.tokens
    if first < last:
        return int(tokens.starts[first]), int(tokens.ends[last - 1])
    at = int(tokens.ends[first - 1]) if first else 0
    return at, at


def _phrase(facts: Facts, first: int, last: int) -> str:
    """The text of some words, with the whole of a number that they are a part of ("200" of "1,200")."""
    start, end = _chars(facts, first, last)
    if not may_count(facts, first, last):
        return facts.tokens.text[start:end]
    numbers = numbers_at(facts, start, end)
    return facts.tokens.text[min([start, *(n.start for n in numbers)]) : max([end, *(n.end for n in numbers)])]


def _wider(facts: Facts, first: int, last: int) -> Range:
    """Words with the one before and the one after them."""
    return max(first - 1, 0), min(last + 1, len(facts.tokens))


def _between(facts: Facts, first: int, last: int) -> str:
    """The text from the end of the word before to the start of the word after."""
    tokens = facts.tokens
    begin = tokens.ends[first - 1] if first else 0
    end = tokens.starts[last] if last < len(tokens) else len(tokens.text)
    return tokens.text[begin:end]


def _broken(facts: Facts, first: int, last: int) -> bool:
    """Whether the words [first - 1, last] do not all stand in one quote."""
    around = facts.quote_of[max(first - 1, 0) : last + 1]
    return bool((around != around[0]).any())
