"""Kernels for the words of a document: what they weigh, and which stand in quotes.

A document is a tuple of arrays, as `gather` returns it and `mentions.Facts.arrays` holds it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.facts.alignment_kernels import WALL, numbered, room_for
from dedup.runtime.hash_tables import find_slot
from dedup.runtime.jit import kernel, njit
from dedup.text.sentences import PARAGRAPH

U = np.uint64
FUNCTION, COMMON, COUNTING, ROUGH, JOINS = 1, 2, 4, 8, 16
"""Classes of known words: function words, common ones, what numbers are written with, what makes them rough, and
"and" and "or"."""
LEAST_WORDS = 4
"""Words below which a quote is not compared: names, titles, scare quotes."""
MOST_UNITS = 400
"""Sentences within quotes of one document that are compared."""
MOST_WORDS = 20_000
"""Words of a document that quotes are looked for in; what follows is not searched."""
INTERRUPTED = 15
"""Words that may stand between two parts of one quote ("…, he told reporters on Friday, …")."""
HASHES, WEIGHTS, KINDS, BITS, QUOTE_OF, QUOTES, UNITS, WORDS, WORD_WEIGHTS = range(9)
"""Arrays of a document: of each word its hash, weight, classes, bits and quote; of each quote its first word and the
one after the last (0, 0 for one within another); the sentences within quotes; the quoted words (-1 for a wall) with
their weights."""


@kernel
def class_table(hashes: Any, classes: Any) -> Any:
    """Hash table of known words: their hashes (0 for none) and the classes of each; words may come more than once."""
    table, kinds = np.zeros(room_for(len(hashes)), np.uint64), np.zeros(room_for(len(hashes)), np.uint8)
    mask = U(len(table) - 1)
    for at in range(len(hashes)):
        place = find_slot(table, hashes[at], mask)
        table[place] = hashes[at]
        kinds[place] |= classes[at]
    return table, kinds


@njit(nogil=True)
def _weigh(hashes: Any, starts: Any, ends: Any, table: Any, classes: Any, weights: Any, kinds: Any) -> Any:
    """Classes and weight of each word: 0.5 for function words and very short ones, 1 for common ones and those the
    document is full of, else up to 2.
    """
    count, mask = len(hashes), U(len(table) - 1)
    size = room_for(count)
    own, ids, numbers = np.zeros(size, np.uint64), np.empty(size, np.int32), np.empty(count, np.int32)
    times = np.zeros(numbered(hashes, own, ids, numbers, 0), np.int32)
    for at in range(count):
        times[numbers[at]] += 1
        place = find_slot(table, hashes[at], mask)
        kinds[at] = classes[place] if table[place] == hashes[at] else 0
    for at in range(count):
        often = times[numbers[at]]
        weight = 2.0 if often == 1 else (1.5 if often <= 3 else 1.0)
        if kinds[at] & COMMON:
            weight = 1.0
        if kinds[at] & FUNCTION or ends[at] - starts[at] <= 2:
            weight = 0.5
        weights[at] = weight


@njit(nogil=True)
def _sentences(sentence: Any, cut: Any, first: Any, last: Any, units: Any, count: Any) -> Any:
    """The sentences of the words [first, last); very short ones go with a neighbour, unless an ellipsis parts them."""
    begin, own = first, count
    for end in range(first + 1, last + 1):
        if end < last and sentence[end] <= sentence[end - 1] and not cut[end]:
            continue
        short = end - begin < LEAST_WORDS or (count > own and units[count - 1, 1] - units[count - 1, 0] < LEAST_WORDS)
        if count > own and short and not cut[begin]:
            units[count - 1, 1] = end
        else:
            units[count, 0], units[count, 1] = begin, end
            count += 1
        begin = end
    return count


@njit(nogil=True)
def _stream(weights: Any, bits: Any, quote_of: Any, cut: Any, words: Any, word_weights: Any) -> Any:
    """The quoted words with walls between what is not said in one breath; returns how many places these are."""
    count, before, paragraph = 0, -1, False
    for at in range(min(len(weights), MOST_WORDS)):
        paragraph |= bits[at] & PARAGRAPH > 0
        if quote_of[at] < 0:
            continue
        far = before >= 0 and at - before > 1 and (at - before > INTERRUPTED or paragraph)
        if far or cut[at]:
            words[count], word_weights[count] = -1, WALL
            count += 1
        words[count], word_weights[count] = at, weights[at]
        count += 1
        before, paragraph = at, False
    return count


@kernel
def gather(
    hashes: Any, starts: Any, ends: Any, sentence: Any, bits: Any, table: Any, classes: Any, quotes: Any, ellipses: Any
) -> Any:
    """The arrays of a document of n words. `quotes` (q, 3): first and after last character, and the level; `ellipses`:
    characters at which one stands; `table` and `classes` as `class_table` returns them.
    """
    count = len(hashes)
    weights, kinds = np.empty(count, np.float32), np.empty(count, np.uint8)
    _weigh(hashes, starts, ends, table, classes, weights, kinds)
    cut = np.zeros(count + 1, np.bool_)
    for place in ellipses:
        cut[np.searchsorted(starts, place)] = True
    quote_of, inside = np.full(count, -1, np.int32), np.zeros((len(quotes), 2), np.int64)
    units, found = np.empty((count + 1, 2), np.int64), 0
    for number in range(len(quotes)):
        if quotes[number, 2]:
            continue
        first, last = np.searchsorted(starts, quotes[number, 0]), np.searchsorted(starts, quotes[number, 1])
        inside[number, 0], inside[number, 1] = first, last
        quote_of[first:last] = number
        if last - first >= LEAST_WORDS:
            found = _sentences(sentence, cut, first, last, units, found)
    quoted = 0
    for at in range(count):
        quoted += quote_of[at] >= 0
    words, word_weights = np.empty(2 * quoted, np.int64), np.empty(2 * quoted, np.float32)
    length = _stream(weights, bits, quote_of, cut, words, word_weights)
    return (
        hashes, weights, kinds, bits, quote_of, inside, units[: min(found, MOST_UNITS)].copy(),
        words[:length].copy(), word_weights[:length].copy(),
    )  # fmt: skip
