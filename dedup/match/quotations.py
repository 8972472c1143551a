"""Quotes that two documents, or two places of one document, have in different words.

A quote is looked for by its content, sentence by sentence: first among the quotes of the other document, then in its
running text, by local alignment of words in which common ones weigh little. It is the same quote where enough of it
stands there in the same order. Where the documents are copies of each other its place between the same neighbours
counts too. What was cut off at either end, left out with an ellipsis, put into brackets, or only spelled or punctuated
otherwise is no other wording.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from math import log, log1p

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from dedup.match.local_kernel import local_alignment
from dedup.match.mentions import LEAST_WORDS, MOST_WORDS, WALL, Facts, numbers_at
from dedup.text.sentences import PARAGRAPH
from dedup.text.spelling import same_words
from dedup.text.tokens import word_list

EDGE = 4
"""Words at the end of a quote that may all be replaced."""
GAP = 10
"""Words that may be left out or put in between two that match; more is another passage."""
NEAR = 6
"""Words on either side of a quote that are its neighbours."""
LEAST_REPEAT = 8
"""Words of a quote that stands twice in one document."""
LEAST_PART = 2.0
"""Weight of the words that match in one of several quotes that make up a match."""
LONGEST_QUOTE = 200
"""Words of a quote that is looked for as a whole."""
COPIED = 0.4
"""Share of the shorter document that stands in the other in order, if one is a copy."""
LEAST_KNOWN = 0.4
"""Share of a quote's words, by weight, that the other document has somewhere, if the quote may stand there without
marks. The model wants more; this only saves time."""
MOST_ALIGNED = 5_000
"""Words of a document that are aligned with all of another one."""
FILLERS = "a an the that and so well but oh uh um hmm yeah s"
"""Words that are left out or put in without the quote being another one."""
_EDITED = re.compile(r"…|\.\s?\.|[\[\]]|\*\*|--?-")
QUOTED, RUNNING, REPEAT, PLACED = 0.9, 2.2, 3.5, -3.5
"""Least log odds among the other's quotes, in its running text, in the same document, and in the same place of a copy.
"""
QUOTED_MODEL = (-1.7, 2.2, 1.65, 2.3, -1.35, 1.3, 0.9, 2.85, -1.4, -0.7, -0.5)
RUNNING_MODEL = (-3.1, 2.5, 2.05, 3.7, -1.85, 2.25, 1.2, 0.0, -1.85, -1.0, -0.3)
"""Logistic regression on the planted quotes of `benchmarks quotes` (November, vocabulary `tune`) against quotes of
other stories about the same events; the values that go with the weights are in `_log_odds`."""
Span4 = tuple[int, int, int, int]


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


@dataclass(frozen=True, slots=True)
class _Match:
    """Some words of A found in B."""

    pairs: list[tuple[int, int]]
    """Equal words in order."""
    a: tuple[int, int]
    b: tuple[int, int]
    """The whole stretch: first word and the one after the last."""
    quoted: bool
    """Whether B has it in quotes."""
    share: float
    """Weight of the words that match, as a share of all words of both stretches."""
    score: float
    """Log odds that it is the same quote."""


def mutated_quotes(a: Facts, b: Facts) -> list[QuoteChange]:
    """Quotes of either document that the other one has in other words, in the order of A. Symmetric."""
    aligned = _Aligned(a, b)
    changes = _Comparison(a, b, aligned).changes()
    changes += [turned(change) for change in _Comparison(b, a, aligned).changes()]
    return sorted(_best(changes), key=lambda change: (change.a_start, change.b_start))


def self_repeats(a: Facts) -> list[QuoteChange]:
    """Quotes that the document has twice, in two wordings: A and B are two places of it, A the first."""
    found = []
    comparison = _Comparison(a, a, _Aligned(a, a))
    for unit in a.units:
        match = comparison.quoted(unit, REPEAT, without=int(a.quote_of[unit[0]]))
        if match is None or min(match.a[1] - match.a[0], match.b[1] - match.b[0]) < LEAST_REPEAT:
            continue  # what is as short as that is said twice in other words on purpose
        for change in comparison.in_quotes(match):
            found.append(change if change.a_start <= change.b_start else turned(change))
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


class _Aligned:
    """Which words of two documents stand for each other, if one is a copy of the other; found out when asked."""

    def __init__(self, a: Facts, b: Facts) -> None:
        self.a, self.b = a, b

    def partners(self, facts: Facts) -> NDArray[np.int64] | None:
        """(n,) of each word of one of them the word of the other, -1 for none; None where neither is a copy."""
        if self._both is None:
            return None
        return self._both[0] if facts is self.a else self._both[1]

    @cached_property
    def _both(self) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        ours, theirs = (facts.tokens.hashes[:MOST_ALIGNED].tolist() for facts in (self.a, self.b))
        least = int(COPIED * min(len(ours), len(theirs)))
        if LCSseq.similarity(ours, theirs, score_cutoff=least) < least:
            return None
        forth, back = np.full(len(self.a.tokens), -1, np.int64), np.full(len(self.b.tokens), -1, np.int64)
        for block in LCSseq.opcodes(ours, theirs):
            if block.tag == "equal":
                forth[block.src_start : block.src_end] = np.arange(block.dest_start, block.dest_end)
                back[block.dest_start : block.dest_end] = np.arange(block.src_start, block.src_end)
        return forth, back


class _Comparison:
    """The quotes of A, looked for in B."""

    def __init__(self, a: Facts, b: Facts, aligned: _Aligned) -> None:
        self.a, self.b, self.aligned = a, b, aligned
        known = np.isin(a.tokens.hashes, b.tokens.hashes[:MOST_WORDS])
        self.known = np.concatenate(([0.0], np.cumsum(np.where(known, a.weights, 0))))
        """Weight of the words of A up to each that B has too."""

    def changes(self) -> list[QuoteChange]:
        """Sentences in quotes of A that B has in other words."""
        found, left = [], []
        for unit in self.a.units:
            if holds(self.b, self.a, unit):
                continue
            match = self.quoted(unit) or self.running(unit) or self.placed(unit)
            if match:
                found += self.in_quotes(match)
            else:
                left.append(unit)
        for quote in self._quotes_of(left):
            match = self.quoted(quote)
            found += self.in_quotes(match) if match else []
        return found

    def _quotes_of(self, units: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The whole quotes of some units, where they have others too: these may show which quote it is."""
        quotes = []
        for number in dict.fromkeys(int(self.a.quote_of[unit[0]]) for unit in units):
            quote = self.a.quotes[number]
            first, last = np.searchsorted(self.a.tokens.starts, (quote.start, quote.end)).tolist()
            if last - first <= LONGEST_QUOTE and (first, last) not in units:
                quotes.append((first, last))
        return quotes

    def in_quotes(self, match: _Match) -> list[QuoteChange]:
        """The changes of a match, one for each quote of B that it touches."""
        if not match.quoted:
            change = self.change(match)
            return [change] if change else []
        cuts = [
            at for at in range(1, len(match.pairs))
            if self.b.quote_of[match.pairs[at][1]] != self.b.quote_of[match.pairs[at - 1][1]]
        ]  # fmt: skip
        changes = []
        for begin, end in pairwise([0, *cuts, len(match.pairs)]):
            pairs = match.pairs[begin:end]
            if cuts and self._weight(pairs) < LEAST_PART:
                continue
            stretch_a, stretch_b = self._stretch_of(match, begin, end)
            change = self.change(replace(match, pairs=pairs, a=stretch_a, b=stretch_b))
            if change:
                changes.append(change)
        return changes

    def _weight(self, pairs: list[tuple[int, int]]) -> float:
        """Weight of the words that match."""
        rows, columns = map(list, zip(*pairs, strict=True))
        return float(np.minimum(self.a.weights[rows], self.b.weights[columns]).sum())

    def _stretch_of(self, match: _Match, begin: int, end: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The stretches of some pairs of a match which are one quote of B: to the ends of that quote, where as many
        words are left between this and the next one in A.
        """
        (a_first, b_first), (a_last, b_last) = match.pairs[begin], match.pairs[end - 1]
        a, b = (a_first, a_last + 1), (b_first, b_last + 1)
        number = self.b.quote_of[b_first]
        if begin == 0:
            a, b = (match.a[0], a[1]), (match.b[0], b[1])
        else:
            left = a_first - match.pairs[begin - 1][0] - 1
            if 0 < left <= EDGE and (self.b.quote_of[max(b_first - left - 1, 0) : b_first] == number).sum() == left:
                a, b = (a[0] - left, a[1]), (b[0] - left, b[1])
        if end == len(match.pairs):
            return (a[0], match.a[1]), (b[0], match.b[1])
        left = match.pairs[end][0] - a_last - 1
        if 0 < left <= EDGE and (self.b.quote_of[b_last + 1 : b_last + left + 2] == number).sum() == left:
            a, b = (a[0], a[1] + left), (b[0], b[1] + left)
        return a, b

    def quoted(self, unit: tuple[int, int], least: float = QUOTED, without: int = -1) -> _Match | None:
        """The unit among the quotes of B, but for one of them."""
        stream = self.b.quoted
        weights = stream.weights
        if without >= 0:
            weights = np.where(self.b.quote_of[stream.words] == without, WALL, weights)
        pairs = self._align(unit, stream.hashes, weights)
        match = self._measured(unit, [(row, int(stream.words[column])) for row, column in pairs], True)
        return match if match and match.score >= least else None

    def running(self, unit: tuple[int, int], least: float = RUNNING) -> _Match | None:
        """The unit anywhere in B."""
        first, last = unit
        if self.known[last] - self.known[first] < LEAST_KNOWN * float(self.a.weights[first:last].sum()):
            return None
        pairs = self._align(unit, self.b.tokens.hashes[:MOST_WORDS], self.b.weights[:MOST_WORDS])
        match = self._measured(unit, pairs, False)
        if match is None or (self.b.tokens.bits[match.b[0] + 1 : match.b[1]] & PARAGRAPH).any():
            return None
        return match if match.score >= least else None

    def placed(self, unit: tuple[int, int], least: float = PLACED) -> _Match | None:
        """What stands in quotes between the same neighbours in B, if B is a copy of A or the other way round."""
        partner = self.aligned.partners(self.a)
        if partner is None:
            return None
        first, last = unit
        around = [*partner[max(first - NEAR, 0) : first], *partner[last : last + NEAR]]
        near = [int(column) for column in around if column >= 0]
        pairs = [(row, int(partner[row])) for row in range(first, last) if partner[row] >= 0]
        if len(near) < NEAR // 2 or near[-1] - near[0] > 3 * (last - first) + 4 * NEAR:
            return None
        if any(self.b.quote_of[column] < 0 for _, column in pairs):
            return None
        match = self._measured(unit, pairs, True, EDGE + 4)
        return match if match and match.score >= least else None

    def _align(
        self, unit: tuple[int, int], hashes: NDArray[np.uint64], weights: NDArray[np.float32]
    ) -> list[tuple[int, int]]:
        """Pairs of equal words of the best local alignment."""
        first, last = unit
        matched = np.empty((min(last - first, len(hashes)), 2), np.int64)
        ours = slice(first, last)
        _, count = local_alignment(self.a.tokens.hashes[ours], self.a.weights[ours], hashes, weights, matched)
        return [(first + row, column) for row, column in matched[:count].tolist()]

    def _measured(
        self, unit: tuple[int, int], pairs: list[tuple[int, int]], quoted: bool, edge: int = EDGE
    ) -> _Match | None:
        """The stretch of both sides with the replaced words at its ends, and how much of it matches."""
        if not pairs:
            return None
        a, b = self.a, self.b
        (a_first, b_first), (a_last, b_last) = pairs[0], pairs[-1]
        theirs = (_unit_at(b, b_first)[0], _unit_at(b, b_last)[1]) if quoted else (0, 0)
        if quoted:
            before = _few(a_first - unit[0], b_first - theirs[0], edge)
            after = _few(unit[1] - 1 - a_last, theirs[1] - 1 - b_last, edge)
        else:
            before = self._lone(a_first - unit[0], a_first - 1, b_first - 1)
            after = self._lone(unit[1] - 1 - a_last, a_last + 1, b_last + 1)
        span_a = (a_first - before[0], a_last + 1 + after[0])
        span_b = (b_first - before[1], b_last + 1 + after[1])
        same = self._weight(pairs)
        in_b = np.arange(*span_b)
        if quoted:
            in_b = in_b[b.quote_of[in_b] >= 0]
        share = 2 * same / float(a.weights[slice(*span_a)].sum() + b.weights[in_b].sum())
        covers = [(span_a[1] - span_a[0]) / (unit[1] - unit[0])]
        if quoted:
            covers.append(min((span_b[1] - span_b[0]) / (theirs[1] - theirs[0]), 1.0))
        sizes = self._sizes(_slots(pairs, span_a, span_b), quoted)
        lengths = span_a[1] - span_a[0], span_b[1] - span_b[0]
        searched = len(b.quoted.words) if quoted else len(b.tokens)
        score = _log_odds(same, share, covers, sizes, len(pairs), lengths, searched)
        return _Match(pairs, span_a, span_b, quoted, share, score)

    def _sizes(self, slots: list[Span4], quoted: bool) -> list[tuple[int, int]]:
        """Words of each slot in A and in B, those within quotes only."""
        if not quoted:
            return [(slot[1] - slot[0], slot[3] - slot[2]) for slot in slots]
        return [
            (int((self.a.quote_of[slot[0] : slot[1]] >= 0).sum()), int((self.b.quote_of[slot[2] : slot[3]] >= 0).sum()))
            for slot in slots
        ]

    def _lone(self, left: int, a_word: int, b_word: int) -> tuple[int, int]:
        """One word each, where it is the last one of the quote in A and both say something."""
        if left != 1 or not 0 <= b_word < len(self.b.function):
            return 0, 0
        return (0, 0) if self.a.function[a_word] or self.b.function[b_word] else (1, 1)

    def change(self, match: _Match) -> QuoteChange | None:
        """What differs in a match; None where nothing tells."""
        a, b = self.a, self.b
        slots = [slot for slot in _slots(match.pairs, match.a, match.b) if self._differs(slot, match.quoted)]
        if not any(self._tells(slot) for slot in slots):
            return None
        if a is not b and match.b[1] - match.b[0] > LEAST_WORDS and holds(a, b, match.b):
            return None  # A has it in these words too, in another place
        differences = tuple((*_chars(a, slot[0], slot[1]), *_chars(b, slot[2], slot[3])) for slot in slots)
        return QuoteChange(*_chars(a, *match.a), *_chars(b, *match.b), True, match.quoted, differences, match.share)

    def _differs(self, slot: Span4, quoted: bool) -> bool:
        """Whether the words of a slot are other words, and not just left out, put into brackets or spelled
        otherwise.
        """
        a_first, a_last, b_first, b_last = slot
        if max(a_last - a_first, b_last - b_first) > GAP:
            return False
        gaps = _between(self.a, a_first, a_last), _between(self.b, b_first, b_last)
        if any(_EDITED.search(gap) for gap in gaps):
            return False
        if a_first == a_last or b_first == b_last:
            # words that stand on one side only: between two quotes of one sentence the speaker or a cut
            return quoted and not (_broken(self.a, a_first, a_last) or _broken(self.b, b_first, b_last))
        return not same_words(_phrase(self.a, a_first, a_last), _phrase(self.b, b_first, b_last))

    def _tells(self, slot: Span4) -> bool:
        """Whether a difference is more than a little word put in or left out, which reporters mishear."""
        a_first, a_last, b_first, b_last = slot
        if a_first < a_last and b_first < b_last:
            return True
        words = [*self.a.tokens.hashes[a_first:a_last].tolist(), *self.b.tokens.hashes[b_first:b_last].tolist()]
        return len(words) <= EDGE and not all(word in _fillers() for word in words)


def _log_odds(
    same: float, share: float, covers: list[float], sizes: list[tuple[int, int]], pairs: int, lengths: tuple[int, int],
    searched: int,
) -> float:  # fmt: skip
    """Log odds that two stretches are one quote.

    `same`: weight of the words that match, `share`: of all. `covers`: how much of each of the two quotes (of one,
    where it is looked for in running text) the stretches are. `sizes`: words between those that match, on each side.
    `searched`: words that it was looked for in.
    """
    longest = max((max(size) for size in sizes), default=0)
    skew = 2 * sum(abs(x - y) for x, y in sizes) / sum(lengths)
    shorter = min(lengths)
    seen = (
        1.0, log(same + 0.5), log(share + 0.05), max(covers), skew, log(pairs), log(pairs / shorter),
        min(covers) if len(covers) > 1 else 0.0, log1p(longest), longest / shorter, log(searched),
    )  # fmt: skip
    model = QUOTED_MODEL if len(covers) > 1 else RUNNING_MODEL
    return sum(weight * value for weight, value in zip(model, seen, strict=True))


def holds(within: Facts, facts: Facts, span: tuple[int, int]) -> bool:
    """Whether the words `span` (first, after last) of one document stand in another one in the same order."""
    hashes = facts.tokens.hashes[slice(*span)].tobytes()
    at = within.raw.find(hashes)
    while at >= 0 and at % 8:
        at = within.raw.find(hashes, at + 1)
    return at >= 0


def _unit_at(facts: Facts, word: int) -> tuple[int, int]:
    """The sentence within a quote that a word stands in."""
    at = bisect_right(facts.units, word, key=lambda unit: unit[0]) - 1
    if at >= 0 and facts.units[at][1] > word:
        return facts.units[at]
    return word, word + 1


def _few(a: int, b: int, edge: int) -> tuple[int, int]:
    """The words left at one end of both quotes, if they are few and about as many; else none."""
    few = 0 < a <= edge + 2 and 0 < b <= edge + 2 and abs(a - b) <= 3 and min(a, b) <= edge
    return (a, b) if few else (0, 0)


def _slots(pairs: list[tuple[int, int]], a: tuple[int, int], b: tuple[int, int]) -> list[Span4]:
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
    numbers = numbers_at(facts, start, end)
    return facts.tokens.text[min([start, *(n.start for n in numbers)]) : max([end, *(n.end for n in numbers)])]


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
