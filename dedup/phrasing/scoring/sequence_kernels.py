"""How probable words in a row are by a reference. Arrays and scalars, and NamedTuples of them, only."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import pair_key, triple_key
from dedup.phrasing.scoring.feature_kernels import KINDS, PAIR_PRIOR, TRIPLE_PRIOR, WORD_PRIOR
from dedup.phrasing.scoring.level_kernels import Grams, level
from dedup.runtime.hash_tables import find_slot
from dedup.runtime.jit import njit

U = np.uint64
F = np.float32


class Model(NamedTuple):
    """What gives words their probability."""

    frequencies: NDArray[np.float32]
    """(ids,) occurrences."""
    codes: NDArray[np.uint64]
    """(ids,) what n-grams are hashed over."""
    grams: Grams
    values: NDArray[np.float32]
    """(256,) count of each level."""
    total: float
    """Occurrences of all words."""


@njit(nogil=True)
def own_count(key: Any, own: Any) -> Any:
    """How often an n-gram is one of those to be left out."""
    slot = find_slot(own.keys, key, U(len(own.keys) - 1))
    return F(own.counts[slot]) if own.keys[slot] != U(0) else F(0)


@njit(nogil=True)
def left_count(found: Any, key: Any, own: Any) -> Any:
    """How often an n-gram that stands `found` times in the reference does so without what is to be left out; what would
    then be left as a single occurrence is none, as in all references.
    """
    if len(own.keys) > 1 and found > F(0):
        left_out = own_count(key, own)
        if left_out > F(0):
            found -= left_out
            if found < F(1.5):
                return F(0)
    return found


@njit(nogil=True)
def word_count(word: Any, model: Any, own: Any) -> Any:
    """Occurrences of a word."""
    found = model.frequencies[word]
    if len(own.keys) > 1:
        found = max(found - own_count(model.codes[word], own), F(0))
    return found


@njit(nogil=True)
def ngram_count(key: Any, model: Any, own: Any) -> Any:
    """Occurrences of an n-gram."""
    return left_count(model.values[level(key, model.grams)], key, own)


@njit(nogil=True)
def next_chance(word: Any, single: Any, pair: Any, triple: Any, context: Any, total: Any) -> Any:
    """Probability of a word that occurs `word` times, after two others: the pair of which was seen `context` times, the
    last of them `single` times, it and the word in a row `pair` times, all three `triple` times, of `total` words.
    Triples are backed by pairs, and these by words; the triple of a context that was never seen does not matter.
    """
    chance = (word + WORD_PRIOR) / (total + KINDS * WORD_PRIOR)
    chance = (min(pair, single) + PAIR_PRIOR * chance) / (single + PAIR_PRIOR)
    return (min(triple, context) + TRIPLE_PRIOR * chance) / (context + TRIPLE_PRIOR)


@njit(nogil=True)
def sequence_odds(stream: Any, begin: Any, end: Any, model: Any, own: Any) -> Any:
    """Log probability of `stream[begin:end]` after what stands before it. `stream` holds two ids before `begin`."""
    odds, codes = 0.0, model.codes
    context = ngram_count(pair_key(codes[stream[begin - 2]], codes[stream[begin - 1]]), model, own)
    for at in range(begin, end):
        word, one, two = codes[stream[at]], codes[stream[at - 1]], codes[stream[at - 2]]
        pair, triple = ngram_count(pair_key(one, word), model, own), F(0)
        if context > F(0):
            triple = ngram_count(triple_key(two, one, word), model, own)
        counts = word_count(stream[at], model, own), word_count(stream[at - 1], model, own)
        odds += np.log(next_chance(counts[0], counts[1], pair, triple, context, model.total))
        context = pair
    return odds
