"""What a document says that can be compared: its quotes, cut into sentences, its numbers, and what is counted."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.facts import document_kernels as k
from dedup.text.common_words import COMMON_WORDS, FUNCTION_WORDS
from dedup.text.numbers import NUMBER_WORDS, Number, NumberKind, find_numbers
from dedup.text.quotes import Quote, find_quotes
from dedup.text.sentences import CAPITAL, DIGIT, FIRST
from dedup.text.tokens import Tokens, word_list

ROUGH = (
    "about almost approximately around at as estimated fewer least less many more most much nearly no over roughly "
    "some than to under up"
)
"""Words before a number that make it a rough one: "at least", "more than", "as many as"."""
_ELLIPSIS = re.compile(r"…|\.\s?\.(?:\s?\.)?|\[\s?\]|\*\*\*")


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things."""

    number: Number
    words: frozenset[int]
    """The other content words of its sentence."""
    common: bool
    """Whether the thing is one of those that most news count: people, years."""


class Facts:
    """What is known of one document of n words; what not every comparison needs is found out when asked."""

    def __init__(self, tokens: Tokens, quotes: list[Quote], arrays: tuple[NDArray[Any], ...]) -> None:
        self.tokens, self.quotes = tokens, quotes
        self.arrays = arrays
        """As the kernels take them."""
        self.weights: NDArray[np.float32] = arrays[k.WEIGHTS]
        """(n,) what a match of each word says: little for function words and for those the document is full of."""
        self.kinds: NDArray[np.uint8] = arrays[k.KINDS]
        """(n,) classes of known words."""
        self.quote_of: NDArray[np.int32] = arrays[k.QUOTE_OF]
        """(n,) index of the outermost quote that a word stands in, -1 for none."""
        self.units: NDArray[np.int64] = arrays[k.UNITS]
        """(u, 2) sentences within quotes, or what an ellipsis left of them: first word and the one after the last."""

    @cached_property
    def raw(self) -> bytes:
        """The hashes as bytes, to search in."""
        return self.tokens.hashes.tobytes()

    @cached_property
    def rare_quoted(self) -> frozenset[int]:
        """Hashes of the quoted words that the document has but a few times, and that are not common ones."""
        words = self.arrays[k.WORDS][self.arrays[k.WORD_WEIGHTS] > 1]
        return frozenset(self.tokens.hashes[words].tolist())

    @cached_property
    def numbers(self) -> list[Number]:
        """All numbers in order."""
        near = np.flatnonzero((self.kinds & k.COUNTING > 0) | (self.tokens.bits & DIGIT > 0))
        starts, ends = self.tokens.starts[near].tolist(), self.tokens.ends[near].tolist()
        return find_numbers(self.tokens.text, zip(starts, ends, strict=True))

    @cached_property
    def counting(self) -> list[int]:
        """Of each word, and the end: words before it that numbers are written with."""
        found: list[int] = _before((self.kinds & k.COUNTING > 0) | (self.tokens.bits & DIGIT > 0)).tolist()
        return found

    @cached_property
    def no_names(self) -> NDArray[np.int64]:
        """(n + 1,) words before each that are no names: without a capital, or the first of a sentence."""
        return _before(self.tokens.bits & (CAPITAL | FIRST) != CAPITAL)

    @cached_property
    def small(self) -> frozenset[int]:
        """Hashes of the words that stand somewhere without a capital."""
        return frozenset(self.tokens.hashes[self.tokens.bits & CAPITAL == 0].tolist())

    @cached_property
    def counts(self) -> dict[int, Count]:
        """Hash of what is counted (the word after a number) -> the count; only things with one number that is not said
        to be rough.
        """
        return _counts(self)


def facts(tokens: Tokens) -> Facts:
    """Quotes of a document, and what its words weigh."""
    quotes = find_quotes(tokens.text)
    places = [(quote.start, quote.end, quote.level) for quote in quotes]
    starts, ends = np.ascontiguousarray(tokens.starts), np.ascontiguousarray(tokens.ends)
    arrays = k.gather(
        tokens.hashes, starts, ends, tokens.sentence, tokens.bits, *_known_words(),
        np.array(places, np.int64).reshape(-1, 3), np.array(_ellipses(tokens.text, quotes), np.int64),
    )  # fmt: skip
    return Facts(tokens, quotes, arrays)


def numbers_at(facts: Facts, start: int, end: int) -> list[Number]:
    """The numbers that meet a span of characters, in order."""
    first = bisect_right(facts.numbers, start, key=lambda number: number.end)
    last = bisect_left(facts.numbers, end, key=lambda number: number.start)
    return facts.numbers[first:last]


def may_count(facts: Facts, first: int, last: int) -> bool:
    """Whether there may be a part of a number among the words from `first` to before `last`."""
    counting = facts.counting
    return counting[min(last + 1, len(counting) - 1)] > counting[max(first - 1, 0)]


def how_many(facts: Facts, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many numbers meet each of some spans of characters."""
    last = np.searchsorted([number.start for number in facts.numbers], ends)
    return last - np.searchsorted([number.end for number in facts.numbers], starts, side="right")


def _before(words: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(words)))


@cache
def _known_words() -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """The words that belong to a class, as `document_kernels.class_table` holds them."""
    classes = {
        k.FUNCTION: FUNCTION_WORDS, k.COMMON: COMMON_WORDS, k.COUNTING: NUMBER_WORDS, k.ROUGH: ROUGH, k.JOINS: "and or"
    }  # fmt: skip
    hashes = [word_list(words.split()) for words in classes.values()]
    kinds = np.repeat(np.array(list(classes), np.uint8), list(map(len, hashes)))
    table, kinds = k.class_table(np.concatenate(hashes), kinds)
    return table, kinds


def _ellipses(text: str, quotes: Sequence[Quote]) -> list[int]:
    """Where an ellipsis stands in a quote or right before it."""
    places = []
    for quote in quotes:
        if quote.level:
            continue
        begin = quote.start
        while begin and not text[begin - 1].isalnum():
            begin -= 1
        places += [match.start() for match in _ELLIPSIS.finditer(text, begin, quote.end)]
    return places


def _counts(facts: Facts) -> dict[int, Count]:
    tokens, kinds, bits = facts.tokens, facts.kinds, facts.tokens.bits
    kept = (NumberKind.CARDINAL, NumberKind.MONEY, NumberKind.PERCENT)
    numbers = [number for number in facts.numbers if number.kind in kept and number.value]
    ends = np.searchsorted(tokens.starts, [(number.start, number.end) for number in numbers]).reshape(-1, 2)
    things: dict[int, list[Count]] = {}
    for number, (first, last) in zip(numbers, ends.tolist(), strict=True):
        if bits[first] & (CAPITAL | FIRST) == CAPITAL:
            continue  # part of a name: Marine One
        if last >= len(tokens) or kinds[last] & k.FUNCTION or bits[last] & (CAPITAL | DIGIT):
            continue
        if last + 1 < len(tokens) and kinds[last + 1] & k.JOINS:
            continue  # one of two: "drones and missiles"
        if tokens.sentence[last] != tokens.sentence[first] or (kinds[max(first - 2, 0) : first] & k.ROUGH).any():
            continue
        inside = slice(*np.searchsorted(tokens.sentence, (tokens.sentence[first], tokens.sentence[first] + 1)).tolist())
        words = tokens.hashes[inside][(kinds[inside] & k.FUNCTION == 0) & (bits[inside] & DIGIT == 0)]
        thing = int(tokens.hashes[last])
        count = Count(number, frozenset(words.tolist()) - {thing}, bool(facts.weights[last] <= 1))
        things.setdefault(thing, []).append(count)
    return {thing: counts[0] for thing, counts in things.items() if len({c.number.value for c in counts}) == 1}
