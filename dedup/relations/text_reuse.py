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

from dedup.text.tokens import Tokens, southern, unspaced

RUN, COPIED = 3, 0.185
LENGTH, LONGER = 1000, 4
CHARACTERS = 2.7
"""Characters of a script without spaces that say as much as a word of another: 8 make a run."""
SOUTHERN = 3.2
"""The same of Thai and its neighbours (a word of Thai, by how often each is used, has 3.2): 10 make a run. Of 2,000
pairs of messages of different programs 2 are then called copied, with 8 to a run 10."""
_KEY = np.uint64(0x9E3779B97F4A7C15)


def run_words(longest: int, single: float = 0.0, south: float = 0.0) -> int:
    """Words of a run, where the longer text has so many words, and the share `single` of them are characters, the share
    `south` of scripts of southern Asia.
    """
    characters = 1 + (CHARACTERS - 1) * single + (SOUTHERN - CHARACTERS) * south
    more = max(0.0, log(max(longest, 1) / (characters * LENGTH), LONGER))
    return round(characters * (RUN + int(more)))


def in_runs(words: NDArray[np.uint64], others: NDArray[np.uint64], run: int = RUN) -> NDArray[np.bool_]:
    """(n,) which words of a text, given as hashes, stand in a run of `run` words that the other text has too."""
    if min(len(words), len(others)) < run:
        return np.zeros(len(words), np.bool_)
    return _covered(np.isin(_runs(words, run), _runs(others, run)), run)


def _covered(chosen: NDArray[np.bool_], run: int) -> NDArray[np.bool_]:
    """(n,) which words stand in one of the `chosen` (n - run + 1,) runs."""
    marked = np.zeros(len(chosen) + run - 1, np.bool_)
    for place in range(run):
        marked[place : place + len(chosen)] |= chosen
    return marked


def _runs(words: NDArray[np.uint64], run: int) -> NDArray[np.uint64]:
    """Hash of each run."""
    count = len(words) - run + 1
    runs = np.zeros(count, np.uint64)
    for place in range(run):
        runs = (runs ^ runs >> np.uint64(32)) * _KEY + words[place : place + count]
    return runs


def shared(one: NDArray[np.uint64], two: NDArray[np.uint64], run: int = RUN) -> float:
    """Share of the shorter text's words that stand in common runs, 0 to 1. A run counts once, however often the text
    says it: "it is not possible to" before every line of a list is one phrase.
    """
    if len(one) > len(two):
        one, two = two, one
    if len(one) < run:
        return 0.0
    runs = _runs(one, run)
    first = np.zeros(len(runs), np.bool_)
    first[np.unique(runs, return_index=True)[1]] = True
    common = _covered(first & np.isin(runs, _runs(two, run)), run)
    return float(common.sum() / _covered(first, run).sum())


def is_reused(one: Tokens, two: Tokens) -> bool:
    """Whether one of two texts was copied, in whole or in part and however revised."""
    longest = max(len(one), len(two))
    run = run_words(longest, max(unspaced(one), unspaced(two)), max(southern(one), southern(two)))
    return shared(one.hashes, two.hashes, run) >= COPIED
