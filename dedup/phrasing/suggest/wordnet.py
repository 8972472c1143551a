"""The thesaurus in the package: WordNet's words and phrases, and how likely each stood where another one stands now.

`wordnet.npz` is made by `python -m benchmarks.wordnet`; its licence is in `wordnet.md`. Spinners put a synonym, a
similar or a more general word in the place of a word, so the way back leads to synonyms, similar and more special ones.
Which of a hundred it was no dictionary knows; it knows that spinners and writers go by usual senses, and the context
(`ranking`) has to say the rest.

Some words are known, since spinners use them, but never suggested: those that sort people by origin, colour, faith,
opinion, sexuality or health, or as bad or foolish. A suggestion "older → transgender" would be wrong and do harm. The
table marks them; slurs and obscene words are not in it at all, and neither are names.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.suggest.inflection import PARTS as FORMS
from dedup.phrasing.suggest.inflection import Inflection

FILE = Path(__file__).with_name("wordnet.npz")
PARTS = ("noun", "verb", "adj", "adv")
GENERAL, SIMILAR, GROUP = 0, 1, 2
"""Kinds of pairs of senses: the second is the more general one, both are similar, both are verbs of one group."""
LONGEST = 3
"""Words of a phrase."""
MOST = 150
"""Alternatives of one word, the likeliest."""
SAME, ALIKE, SPECIAL, WIDER = -1.0, -2.5, -2.5, -7.0
"""Nats of a word of the same sense, of a similar one, a more special and a more general one."""
RANK, OWN_RANK = -0.4, -0.4
"""Nats for each unit of log(1 + how many senses are more usual), of the word and of its alternative."""


class Wordnet:
    """Alternatives of words and phrases."""

    names = False

    def __init__(self, path: Path = FILE) -> None:
        with np.load(path) as held:
            columns = {name: held[name] for name in held.files}
        self._terms = columns["terms"].tobytes().decode().split("\n")
        parts, ends = columns["parts"], np.concatenate(([0], columns["ends"])).astype(np.int64)
        members, ranks = columns["members"], np.log1p(columns["ranks"]).astype(np.float64)
        self._irregular = columns["irregular"]
        self._unsaid = frozenset(self._terms[place] for place in columns["unsaid"].tolist())
        order = np.argsort(members, kind="stable")
        senses = np.repeat(np.arange(len(parts)), np.diff(ends))[order]
        begins = np.searchsorted(members[order], np.arange(len(self._terms) + 1))
        # one number at a time is got out of a view in a third of the time
        self._parts, self._ends, self._members, self._ranks = _views(parts, ends, members, ranks)
        self._senses, self._sense_ranks, self._begins = _views(senses, ranks[order], begins)
        self._links = _views(*_links(columns, len(parts)))

    @classmethod
    def shipped(cls) -> Wordnet:
        """The one of the package."""
        return _shipped()

    @cached_property
    def _inflection(self) -> Inflection:
        lines = (line.split() for line in self._irregular.tobytes().decode().split("\n"))
        return Inflection((part, form, lemma) for part, form, *lemmas in lines for lemma in lemmas)

    def ranked(self, words: str, *, said: bool = False) -> tuple[tuple[str, float], ...]:
        """Alternatives of a word or phrase of up to three words, in lower case, in the form that it has, the likeliest
        first, each with its worth in nats; `said` ones may be shown to readers.
        """
        if words.count(" ") >= LONGEST or not self._may_be_listed(words):
            return ()
        found: dict[str, float] = {}
        for lemma, form in self._inflection.readings(words):
            for other, worth in self._lemmas(lemma, form):
                if said and other in self._unsaid:
                    continue
                for inflected in self._inflection.inflected(other, form):
                    found[inflected] = max(worth, found.get(inflected, worth))
        for one in (words, *(self._unsaid.intersection(found) if said else ())):
            found.pop(one, None)
        return tuple(sorted(found.items(), key=lambda one: (-one[1], one[0]))[:MOST])

    def pairs(self) -> Iterator[tuple[str, str]]:
        """All forms of its phrases of two words."""
        for term in self._terms:
            if term.count(" ") == 1:
                for form in FORMS[""]:
                    for inflected in self._inflection.inflected(term, form):
                        one, two = inflected.split(" ")
                        yield one, two

    def _may_be_listed(self, words: str) -> bool:
        """False for most phrases that are not: inflection leaves either their first or their last word alone."""
        first, _, rest = words.partition(" ")
        return not rest or first in self._edges[0] or rest.rpartition(" ")[2] in self._edges[1]

    @cached_property
    def _edges(self) -> tuple[set[str], set[str]]:
        """First and last words of the phrases."""
        phrases = [term.split(" ") for term in self._terms if " " in term]
        return {phrase[0] for phrase in phrases}, {phrase[-1] for phrase in phrases}

    def _lemmas(self, lemma: str, form: str) -> Iterator[tuple[str, float]]:
        """Alternatives of a listed word in the senses that have a form."""
        place = bisect_left(self._terms, lemma)
        if place == len(self._terms) or self._terms[place] != lemma:
            return
        for at in range(self._begins[place], self._begins[place + 1]):
            sense = self._senses[at]
            if form not in FORMS[PARTS[self._parts[sense]]]:
                continue
            own = RANK * self._sense_ranks[at]
            for other, worth in [(sense, SAME), *self._around(sense)]:
                for member in range(self._ends[other], self._ends[other + 1]):
                    if self._members[member] != place:
                        rank = OWN_RANK * self._ranks[member]
                        yield self._terms[self._members[member]], own + worth + rank

    def _around(self, sense: int) -> Iterator[tuple[int, float]]:
        """Senses near one, and what they are worth."""
        begins, others, worths = self._links
        for at in range(begins[sense], begins[sense + 1]):
            yield others[at], worths[at]


def _views(*columns: NDArray[Any]) -> list[Any]:
    return [np.ascontiguousarray(column).data for column in columns]


def _links(
    columns: dict[str, NDArray[Any]], senses: int
) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.float64]]:
    """Senses near each one, by both ends of the pairs."""
    one, two, kinds = (columns[name].astype(np.int64) for name in ("one", "two", "kinds"))
    there, back = np.array([WIDER, ALIKE, ALIKE])[kinds], np.array([SPECIAL, ALIKE, ALIKE])[kinds]
    source, other, worth = np.append(one, two), np.append(two, one), np.append(there, back)
    order = np.argsort(source, kind="stable")
    return np.searchsorted(source[order], np.arange(senses + 1)), other[order], worth[order]


class _Shipped:
    """The one of the package, read when it is first asked."""

    names = False

    def __init__(self, *, said: bool) -> None:
        self._said = said

    def ranked(self, words: str) -> tuple[tuple[str, float], ...]:
        """See `Wordnet`."""
        return Wordnet.shipped().ranked(words, said=self._said)


class _Nothing:
    """What knows no word."""

    names = False

    def ranked(self, words: str) -> tuple[tuple[str, float], ...]:
        """None."""
        return ()


ENGLISH, SAID, NOTHING = _Shipped(said=False), _Shipped(said=True), _Nothing()
"""All alternatives, those that may be shown, and none."""


@cache
def _shipped() -> Wordnet:
    return Wordnet()
