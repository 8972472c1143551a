"""What a document says that can be compared: its quotes, cut into sentences, and its numbers."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dedup.text.common_words import COMMON_WORDS, FUNCTION_WORDS
from dedup.text.numbers import Number, find_numbers
from dedup.text.quotes import Quote, find_quotes
from dedup.text.sentences import PARAGRAPH
from dedup.text.tokens import Tokens, word_list

LEAST_WORDS = 4
"""Words below which a quote is not compared: names, titles, scare quotes."""
MOST_UNITS = 400
"""Sentences within quotes of one document that are compared."""
MOST_WORDS = 20_000
"""Words of a document that quotes are looked for in; what follows is not searched."""
INTERRUPTED = 15
"""Words that may stand between two parts of one quote ("…, he told reporters on Friday, …")."""
WALL = np.float32(-1)
"""Weight of a place that no alignment crosses."""
_ELLIPSIS = re.compile(r"…|\.\s?\.(?:\s?\.)?|\[\s?\]|\*\*\*")


@dataclass(frozen=True, slots=True)
class Stream:
    """The quoted words of a document one after the other, with walls between what is not said in one breath."""

    hashes: NDArray[np.uint64]
    weights: NDArray[np.float32]
    """WALL where there is a wall."""
    words: NDArray[np.int64]
    """Index of each word in the document, -1 for a wall."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one document of n words."""

    tokens: Tokens
    quotes: list[Quote]
    numbers: list[Number]
    weights: NDArray[np.float32]
    """(n,) what a match of each word says: little for function words and for those the document is full of."""
    function: NDArray[np.bool_]
    """(n,) function words."""
    quote_of: NDArray[np.int32]
    """(n,) index of the outermost quote that a word stands in, -1 for none."""
    units: list[tuple[int, int]]
    """Sentences within quotes, or what an ellipsis left of them: first word and the one after the last."""
    quoted: Stream
    raw: bytes
    """The hashes as bytes, to search in."""


def facts(tokens: Tokens) -> Facts:
    """Quotes and numbers of a document, and what its words weigh."""
    quotes, numbers = find_quotes(tokens.text), find_numbers(tokens.text)
    quote_of = np.full(len(tokens), -1, np.int32)
    cut = _cut(tokens)
    units: list[tuple[int, int]] = []
    for index, quote in enumerate(quotes):
        if quote.level:
            continue
        first, last = np.searchsorted(tokens.starts, (quote.start, quote.end)).tolist()
        quote_of[first:last] = index
        if last - first >= LEAST_WORDS:
            units += _sentences(tokens, cut, first, last)
    function = np.isin(tokens.hashes, _hashes(FUNCTION_WORDS))
    weights = _weights(tokens, function)
    return Facts(
        tokens, quotes, numbers, weights, function, quote_of, units[:MOST_UNITS],
        _stream(tokens, weights, quote_of, cut), tokens.hashes.tobytes(),
    )  # fmt: skip


def numbers_at(facts: Facts, start: int, end: int) -> list[Number]:
    """The numbers that meet a span of characters, in order."""
    first = bisect_right(facts.numbers, start, key=lambda number: number.end)
    last = bisect_left(facts.numbers, end, key=lambda number: number.start)
    return facts.numbers[first:last]


@cache
def _hashes(words: str) -> NDArray[np.uint64]:
    return np.sort(word_list(words.split()))


def _cut(tokens: Tokens) -> NDArray[np.bool_]:
    """(n + 1,) whether an ellipsis stands before a word."""
    cut = np.zeros(len(tokens) + 1, np.bool_)
    places = [match.start() for match in _ELLIPSIS.finditer(tokens.text)]
    cut[np.searchsorted(tokens.starts, places)] = True
    return cut


def _sentences(tokens: Tokens, cut: NDArray[np.bool_], first: int, last: int) -> list[tuple[int, int]]:
    """The sentences of the words [first, last); very short ones go with a neighbour, unless an ellipsis parts them."""
    ends = np.flatnonzero((np.diff(tokens.sentence[first:last]) > 0) | cut[first + 1 : last]) + first + 1
    spans: list[tuple[int, int]] = []
    for begin, end in pairwise([first, *ends.tolist(), last]):
        short = end - begin < LEAST_WORDS or (spans and spans[-1][1] - spans[-1][0] < LEAST_WORDS)
        if spans and short and not cut[begin]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
    return spans


def _weights(tokens: Tokens, function: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Of each word: 0.5 for function words, 1 for common ones and those the document is full of, else up to 2."""
    _, inverse, counts = np.unique(tokens.hashes, return_inverse=True, return_counts=True)
    times = counts[inverse.reshape(-1)]
    weights = np.where(times == 1, 2.0, np.where(times <= 3, 1.5, 1.0))
    weights[np.isin(tokens.hashes, _hashes(COMMON_WORDS))] = 1.0
    short = (tokens.ends - tokens.starts) <= 2
    return np.where(function | short, 0.5, weights).astype(np.float32)


def _stream(
    tokens: Tokens, weights: NDArray[np.float32], quote_of: NDArray[np.int32], cut: NDArray[np.bool_]
) -> Stream:
    words = np.flatnonzero(quote_of[:MOST_WORDS] >= 0)
    new = np.flatnonzero(np.diff(words) > 1) + 1
    walled = cut[words]
    paragraph = np.cumsum(tokens.bits & PARAGRAPH > 0)
    far = (words[new] - words[new - 1] > INTERRUPTED) | (paragraph[words[new]] != paragraph[words[new - 1]])
    walled[new] |= far
    walls = np.flatnonzero(walled)
    words = np.insert(words, walls, -1)
    wall = words < 0
    return Stream(
        np.where(wall, np.uint64(0), tokens.hashes[words]),
        np.where(wall, WALL, weights[words]).astype(np.float32),
        words,
    )
