"""Slow, obvious twins of the kernels on the words of a document, written from their docstrings."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from dedup.facts import document_kernels as k


def weights(words: list[str], kinds: list[int]) -> list[float]:
    """What a match of each word says."""
    times = Counter(words)
    found = []
    for word, kind in zip(words, kinds, strict=True):
        weight = {1: 2.0, 2: 1.5, 3: 1.5}.get(times[word], 1.0)
        weight = 1.0 if kind & k.COMMON else weight
        found.append(0.5 if kind & k.FUNCTION or len(word) <= 2 else weight)
    return found


def units(sentences: list[int], cuts: set[int], first: int, last: int) -> list[tuple[int, int]]:
    """The sentences of the words [first, last) of a quote, where a short one goes with the one before it, or is joined
    by the next; never over a cut.
    """
    bounds = [at for at in range(first + 1, last) if sentences[at] != sentences[at - 1] or at in cuts]
    found: list[tuple[int, int]] = []
    for begin, end in zip([first, *bounds], [*bounds, last], strict=True):
        before = found[-1][1] - found[-1][0] if found else k.LEAST_WORDS
        if found and min(end - begin, before) < k.LEAST_WORDS and begin not in cuts:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


def stream(quote_of: list[int], cuts: set[int], paragraphs: set[int]) -> list[int]:
    """The quoted words, with -1 between what is not said in one breath."""
    quoted = [at for at, quote in enumerate(quote_of) if quote >= 0]
    found: list[int] = []
    for place, at in enumerate(quoted):
        before = quoted[place - 1] if place else at
        parted = at - before > 1 and any(other in paragraphs for other in range(before + 1, at + 1))
        if at in cuts or at - before > k.INTERRUPTED or (place and parted):
            found.append(-1)
        found.append(at)
    return found


def common_subsequence(one: list[int], two: list[int]) -> int:
    """Length of the longest common subsequence."""

    @cache
    def length(a: int, b: int) -> int:
        if a == len(one) or b == len(two):
            return 0
        if one[a] == two[b]:
            return 1 + length(a + 1, b + 1)
        return max(length(a + 1, b), length(a, b + 1))

    return length(0, 0)


def holds(within: list[str], words: list[str]) -> bool:
    """Whether words stand in a text in the same order."""
    return f" {' '.join(words)} " in f" {' '.join(within)} "


def ellipses(text: str, begin: int, end: int) -> list[int]:
    """Where something is left out of a quote, or right before its first letter."""
    while begin and not text[begin - 1].isalnum():
        begin -= 1
    return [found.start() for found in re.finditer(r"…|\.\s?\.(\s?\.)?|\[\s?\]|\*\*\*", text[begin:end])]
