"""Whether one of two texts was copied from the other, where there is reason to ask: two texts that somebody compares.

In a scan one pair in a million is a copy, and a relation needs proof. Two texts that somebody lays side by side may
well be one: here a fair share of words in common runs says so, and it sees heavy revision that no relation is named
for.

| name   | value | what it says                                                                                      |
|--------|------:|---------------------------------------------------------------------------------------------------|
| RUN    |     3 | words of a run: what the same question brings into every answer is one or two words; where words   |
|        |       | are characters (`unspaced`) CHARACTERS times as many                                              |
| LENGTH |  1000 | words up to which that is enough. The chance of a run grows with the longer text: four times as    |
|        |       | long, a word more (`run_words`)                                                                   |
| COPIED |  .185 | share of the shorter text's words that stand in such runs. Of 95 answers of students (Clough &    |
|        |       | Stevenson 2011) the 38 written freely have less than .18, 54 of the 57 copies more; of 1,000 pairs |
|        |       | of news of any two stories none reaches it (99 %: .085). Reports of one event that share their    |
|        |       | quotes do                                                                                         |
"""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

from dedup.text.tokens import Tokens, unspaced

RUN, COPIED = 3, 0.185
LENGTH, LONGER = 1000, 4
CHARACTERS = 2.7
"""Characters of a script without spaces that say as much as a word of another: 8 make a run."""
_KEY = np.uint64(0x9E3779B97F4A7C15)


def run_words(longest: int, single: float = 0.0) -> int:
    """Words of a run, where the longer text has so many words, and the share `single` of them are characters."""
    characters = 1 + (CHARACTERS - 1) * single
    more = max(0.0, log(max(longest, 1) / (characters * LENGTH), LONGER))
    return round(characters * (RUN + int(more)))


def in_runs(words: NDArray[np.uint64], others: NDArray[np.uint64], run: int = RUN) -> NDArray[np.bool_]:
    """(n,) which words of a text, given as hashes, stand in a run of `run` words that the other text has too."""
    marked = np.zeros(len(words), np.bool_)
    if min(len(words), len(others)) >= run:
        common = np.isin(_runs(words, run), _runs(others, run))
        for place in range(run):
            marked[place : place + len(common)] |= common
    return marked


def _runs(words: NDArray[np.uint64], run: int) -> NDArray[np.uint64]:
    """Hash of each run."""
    count = len(words) - run + 1
    runs = np.zeros(count, np.uint64)
    for place in range(run):
        runs = (runs ^ runs >> np.uint64(32)) * _KEY + words[place : place + count]
    return runs


def shared(one: NDArray[np.uint64], two: NDArray[np.uint64], run: int = RUN) -> float:
    """Share of the shorter text's words that stand in common runs, 0 to 1."""
    if len(one) > len(two):
        one, two = two, one
    return float(in_runs(one, two, run).mean()) if len(one) else 0.0


def copied(one: Tokens, two: Tokens) -> bool:
    """Whether one of two texts was copied, in whole or in part and however revised."""
    run = run_words(max(len(one), len(two)), max(unspaced(one), unspaced(two)))
    return shared(one.hashes, two.hashes, run) >= COPIED
