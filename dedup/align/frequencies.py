"""How common a term is in news at large: the background that small batches lack.

`frequencies.npz` beside this file holds, for a few thousand frequent English words and stems (and the function words
of six more languages), the share of news texts that hold them, as the 32-bit hash and a class of a quarter octave, and
the hashes of words that are mostly written with a small letter, and of others of general English (from wordfreq by
Robyn Speer, CC BY-SA 4.0): no word, no text. `python -m benchmarks.frequencies`
makes it.

The share stands for `WEIGHT` texts beside those of the batch: four texts are judged by the background, ten thousand
by themselves.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.align.fact_kernels import PLAIN, RULE_WORD, UNKNOWN_WEIGHT, WEIGHT_BITS, WORD_OF_NUMBER
from dedup.text.numbers import COUNT_WORDS
from dedup.text.term_kernels import DATES, FOLD
from dedup.text.tokens import word_list

FILE = Path(__file__).with_name("frequencies.npz")
WEIGHT = 1000
"""Texts that the background counts for."""
STEPS = 4
"""Classes to an octave: class c is a share of 2 ** (-c / STEPS)."""
FACT_STEPS = 4
"""Steps to one of natural logarithm in the weights of facts."""
NUMBER_WEIGHT, VAGUE_NUMBERS = 12, "one two first second"
"""What a number in words weighs as a fact, and those that weigh one step: they are often no number."""
RULE_WORDS = (
    "shall must may provided unless without permission permitted hereby herein thereof notwithstanding condition "
    "conditions requirement requirements obligation obligations prohibited liable liability warranty warranties "
    "disclaimed implied granted grant grants subject redistribute redistributed redistributions sublicense waive "
    "waived indemnify pursuant"
)
"""Words that lay down rules: more than one in twenty-five of a licence, one in a hundred and fifty of news."""
UNKNOWN = 2.0**-13
"""Share of a word that the table does not hold; the rarest in it have 2 ** -10."""


@cache
def _held() -> dict[str, NDArray[Any]]:
    """What the file holds: sorted `terms` and their `classes`; sorted terms of `plain` words, which are mostly written
    with a small letter, and of other `known` words of general English.
    """
    with np.load(FILE) as file:
        return dict(file)


def table() -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Sorted terms and the class of each."""
    return _held()["terms"], _held()["classes"]


def word_terms(hashes: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """(n,) terms of whole words, given their 64-bit hashes (`text.term_kernels.fold_term` is the same for one)."""
    mixed = (hashes ^ hashes >> np.uint64(29)) * FOLD >> np.uint64(32)
    return np.where(mixed >= DATES, mixed & np.uint64(0x7FFFFFFF), mixed).astype(np.uint32)


@cache
def fact_weights() -> NDArray[np.uint8]:
    """(2**WEIGHT_BITS,) what a word of each slot weighs: ln(1 / its share of news texts) in FACT_STEPS, with PLAIN
    where it is a name at best by chance, WORD_OF_NUMBER where it writes a number, RULE_WORD where it lays down a rule.
    """
    terms, classes = table()
    weights = np.full(1 << WEIGHT_BITS, UNKNOWN_WEIGHT, np.uint8)
    shift = np.uint32(32 - WEIGHT_BITS)
    worth = np.maximum(1, FACT_STEPS * np.log(2) * classes / STEPS).astype(np.uint8)
    np.minimum.at(weights, terms >> shift, worth)
    plain, known = _held()["plain"], _held()["known"]
    np.minimum.at(weights, known >> shift, np.uint8(UNKNOWN_WEIGHT - 1))
    weights[plain >> shift] |= PLAIN
    weights[word_terms(word_list(RULE_WORDS.split())) >> shift] = PLAIN | RULE_WORD
    for words, weight in ((COUNT_WORDS, NUMBER_WEIGHT), (VAGUE_NUMBERS, FACT_STEPS)):
        weights[word_terms(word_list(words.split())) >> shift] = WORD_OF_NUMBER | np.uint8(weight)
    return weights


def shares(terms: NDArray[np.uint32]) -> NDArray[np.float64]:
    """(n,) share of news texts that hold each term, a stem or a whole word (`word_terms`); `UNKNOWN` for rare ones."""
    known, classes = table()
    places = np.minimum(np.searchsorted(known, terms), len(known) - 1)
    found = 2.0 ** (-classes[places].astype(np.float64) / STEPS)
    return np.where(known[places] == terms, found, UNKNOWN)


def idf(terms: NDArray[np.uint32], df: NDArray[np.int64] | int = 0, count: int = 0) -> NDArray[np.float32]:
    """(n,) inverse document frequency: ln((1 + N) / (1 + D)) + 1 over background and batch together; 0 for dates.

    `df` (n,) of the `count` texts of the batch hold each term; without them it is that of the background alone.
    """
    held = df + WEIGHT * shares(terms)
    weights = np.log((1 + count + WEIGHT) / (1 + held)) + 1
    return np.where(terms >= DATES, 0, weights).astype(np.float32)
