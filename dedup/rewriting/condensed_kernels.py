"""Condensed kernels: which stretch of one text says in short what the whole of another says.

A stretch is worth what its words tell of the other text. A word that the other has by chance with p and would have with
q, were it summed up here, is worth log(q / p + 1 - q); one that it has not, log(1 - q); the stretch of the highest sum
is the candidate (Karlin & Altschul 1990, as in `area_kernels`, with the frequencies of news at large instead of those
of the two texts). Each word counts once: a summary says things once, and a text that has the same name put in
everywhere gains nothing. The stretch of the other text is found in the same way, with words counted as often as they
stand there. Order plays no part: a summary need not keep it.

Thresholds: pairs of PAN 2013 with summaries ("05", even and odd pairs alike within .03) and all without passages
("01"). `python -m benchmarks pan` measures what comes of them.

| name         | value | what it says                                                                              |
|--------------|------:|-------------------------------------------------------------------------------------------|
| TOLD         |    .9 | q: share of the words of a summary that its source has, too. .6 to .8 lose .01 to .03     |
| HELD         |   .15 | the same of the source's words: most of what it says is left out                          |
| WORDS_A_TEXT |   250 | words of a news text, for which the table of weights says how often one has a word        |
| LEAST_WORTH  |    50 | worth of a stretch; of 05 one in thirteen has less; one in 25 of other articles on one    |
|              |       | subject has more                                                                          |
| LEAST_PLAIN  |    20 | the same of its words that are no names and no numbers: texts in which but the names were |
|              |       | put in have 9 at most in 98 of 100                                                        |
| COVERED      |   .65 | weight of the stretch's words that the other has; none of 01 have so much                 |
| NAMES_HELD   |    .5 | the same of its names and numbers                                                         |
| WHOLE        |    .8 | share of the other text that is summed up: of 05 all have .9                              |
| TIMES        |   2.5 | how much longer that is than the stretch: less is a rewrite (`rewriting`)                 |
| GATHERED     |    .7 | weight of the words that both have, within one stretch of the other text as long as the   |
|              |       | summary: more is a passage that was taken. 88 % of 05 have less, and 5 % of 02            |
| SENTENCES    |     3 | sentences of the stretch: one or two are a headline or an aside                           |
| SURE         |   1.8 | worth of one word of the stretch, and                                                     |
| SURE_COVERED |    .8 | the weight covered, from which the text is a copy: of 05 one in two; of other articles    |
|              |       | on the subject one in 200, as of US news of one day                                       |
| MOST_WORDS   |  3000 | words of the text that is summed up: of a book on a country any article is a part         |
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.rewriting.kernels import CONTENT, RARE
from dedup.rewriting.stem_kernels import NAME, NUMBER, number_pair
from dedup.runtime.jit import kernel, njit

TOLD, HELD, WORDS_A_TEXT, LEAST_TEXTS = 0.9, 0.15, 250.0, 0.3
LEAST_WORTH, LEAST_PLAIN, COVERED, NAMES_HELD = 50.0, 20.0, 0.65, 0.5
WHOLE, TIMES, GATHERED, SENTENCES, MOST_WORDS = 0.8, 2.5, 0.7, 3, 3000
SURE, SURE_COVERED = 1.8, 0.8
SENTENCE_WORDS = 3
"""Words that are more than grammar which make a line a sentence."""
FOREIGN = 0.75
"""Weight of rare words in a stretch from which its language is not that of the weights (`detection.RARE_SHARE`)."""


@njit(nogil=True)
def _gains(weights: Any, held: Any, words: Any, share: Any, out: Any) -> None:
    """Into `out` (stems,) what each stem tells of a text of so many words that has those of `held`, if that share of
    the words is of it.
    """
    texts = max(words / WORDS_A_TEXT, LEAST_TEXTS)
    for stem in range(len(weights)):
        weight = np.float64(weights[stem])
        if weight < CONTENT:
            out[stem] = 0.0
        elif held[stem]:
            chance = 1.0 - (1.0 - np.exp(-weight)) ** texts
            out[stem] = np.log(share / max(chance, 1e-9) + 1.0 - share)
        else:
            out[stem] = np.log(1.0 - share)


@njit(nogil=True)
def _densest(local: Any, gains: Any, held: Any, once: Any) -> Any:
    """First and last word (exclusive) of the stretch that is worth most; with `once` a word that was counted is worth
    nothing when it comes again.
    """
    last = np.full(len(gains), -1, np.int64)
    best, run, start, first, end = 0.0, 0.0, 0, 0, 0
    for place in range(len(local)):
        stem = local[place]
        if not once or not held[stem] or last[stem] < start:
            run += gains[stem]
        last[stem] = place
        if run <= 0.0:
            run, start = 0.0, place + 1
        elif run > best:
            best, first, end = run, start, place + 1
    return first, end


@njit(nogil=True)
def _whole_sentences(sentences: Any, begin: Any, end: Any) -> Any:
    """The stretch with those sentences whole of which it holds half; nothing where there are none."""
    if end <= begin:
        return 0, 0
    a0, a1 = np.searchsorted(sentences, sentences[begin]), np.searchsorted(sentences, sentences[begin] + 1)
    b0, b1 = np.searchsorted(sentences, sentences[end - 1]), np.searchsorted(sentences, sentences[end - 1] + 1)
    first = a0 if 2 * (begin - a0) <= a1 - a0 else a1
    last = b1 if 2 * (end - b0) >= b1 - b0 else b0
    return (first, last) if last > first else (0, 0)


@njit(nogil=True)
def _telling(local: Any, sentences: Any, begin: Any, end: Any, weights: Any) -> Any:
    """Sentences of a stretch that have enough words which are more than grammar."""
    found, words = 0, 0
    for place in range(begin, end):
        words += weights[local[place]] >= CONTENT
        if place == end - 1 or sentences[place + 1] != sentences[place]:
            found += words >= SENTENCE_WORDS
            words = 0
    return found


@njit(nogil=True)
def _convinces(local: Any, begin: Any, end: Any, gains: Any, weights: Any, marks: Any, held: Any) -> Any:
    """How well the words of a stretch, each counted once, prove that it sums up the text that has those of `held`: 0
    not at all, 1 enough to show it, 2 for sure.
    """
    seen = np.zeros(len(weights), np.bool_)
    worth, plain, whole, shared, rare = 0.0, 0.0, 1e-9, 0.0, 0.0
    names, known, words = 0.0, 0.0, 0
    for place in range(begin, end):
        stem = local[place]
        weight = np.float64(weights[stem])
        if seen[stem] or weight < CONTENT:
            continue
        seen[stem] = True
        words += 1
        worth += gains[stem]
        whole += weight
        shared += weight * held[stem]
        rare += weight * (weight >= RARE)
        if marks[stem] & (NAME | NUMBER):
            names += weight
            known += weight * held[stem]
        else:
            plain += gains[stem]
    enough = worth >= LEAST_WORTH and plain >= LEAST_PLAIN and shared >= COVERED * whole
    if not enough or known < NAMES_HELD * names or rare >= FOREIGN * whole:
        return 0
    return 1 + (worth >= SURE * words and shared >= SURE_COVERED * whole)


@njit(nogil=True)
def _gathered(local: Any, inside: Any, weights: Any, size: Any) -> Any:
    """Of the stems of `inside` that a text has, the share of the weight that stands in one stretch of `size` words."""
    counts, ever = np.zeros(len(weights), np.int32), np.zeros(len(weights), np.bool_)
    here, most, whole = 0.0, 0.0, 1e-9
    for place in range(len(local)):
        stem = local[place]
        if inside[stem] and weights[stem] >= CONTENT:
            here += weights[stem] * (counts[stem] == 0)
            whole += weights[stem] * (not ever[stem])
            counts[stem] += 1
            ever[stem] = True
        if place >= size:
            gone = local[place - size]
            if inside[gone] and weights[gone] >= CONTENT:
                counts[gone] -= 1
                here -= weights[gone] * (counts[gone] == 0)
        most = max(most, here)
    return most / whole


@njit(nogil=True)
def _summary(local_a: Any, sentences: Any, local_b: Any, weights: Any, marks: Any, out: Any) -> Any:
    """How surely a stretch of A sums up B, as `_convinces` says; its words and those of B that it sums up are put into
    `out` (4,).
    """
    if len(local_b) < TIMES * SENTENCES or len(local_b) > MOST_WORDS:
        return 0
    held, inside = np.zeros(len(weights), np.bool_), np.zeros(len(weights), np.bool_)
    for stem in local_b:
        held[stem] = True
    gains = np.empty(len(weights))
    _gains(weights, held, len(local_b), TOLD, gains)
    first, end = _densest(local_a, gains, held, True)
    a0, a1 = _whole_sentences(sentences, first, end)
    if TIMES * (a1 - a0) > len(local_b) or _telling(local_a, sentences, a0, a1, weights) < SENTENCES:
        return 0
    sure = _convinces(local_a, a0, a1, gains, weights, marks, held)
    if sure == 0:
        return 0
    for place in range(a0, a1):
        inside[local_a[place]] = True
    if _gathered(local_b, inside, weights, a1 - a0) > GATHERED:
        return 0
    _gains(weights, inside, a1 - a0, HELD, gains)
    b0, b1 = _densest(local_b, gains, inside, False)
    out[0], out[1], out[2], out[3] = a0, a1, b0, b1
    return sure if b1 - b0 >= max(TIMES * (a1 - a0), WHOLE * len(local_b)) else 0


@kernel
def find_summaries(
    starts: Any, stems: Any, sentences: Any, marks: Any, table: Any, bits: Any, left: Any, right: Any, out: Any
) -> None:  # fmt: skip
    """Into `out` (pairs, 6) int64: 1 where a stretch of the left text sums up the right one, 2 the other way round, 0
    where neither; the words of the left and of the right text, end exclusive; and how surely: 1, or 2.

    `starts` to `bits` as `kernels.pair_features` takes them.
    """
    found = np.empty(4, np.int64)
    for pair in range(len(left)):
        a0, a1 = starts[left[pair]], starts[left[pair] + 1]
        b0, b1 = starts[right[pair]], starts[right[pair] + 1]
        out[pair] = 0
        if a1 == a0 or b1 == b0:
            continue
        local_a, local_b, count = number_pair(stems, a0, a1, b0, b1)
        weights, kinds = np.zeros(count, np.float32), np.zeros(count, np.uint8)
        for place in range(a0, a1):
            weights[local_a[place - a0]] = table[stems[place] >> np.uint32(32 - bits)]
            kinds[local_a[place - a0]] |= marks[place]
        for place in range(b0, b1):
            weights[local_b[place - b0]] = table[stems[place] >> np.uint32(32 - bits)]
            kinds[local_b[place - b0]] |= marks[place]
        sure = _summary(local_a, sentences[a0:a1], local_b, weights, kinds, found)
        if sure:
            out[pair, 0], out[pair, 5] = 1, sure
            out[pair, 1:5] = found
            continue
        sure = _summary(local_b, sentences[b0:b1], local_a, weights, kinds, found)
        if sure:
            out[pair, 0], out[pair, 5] = 2, sure
            out[pair, 1], out[pair, 2], out[pair, 3], out[pair, 4] = found[2], found[3], found[0], found[1]
