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

from collections.abc import Callable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.suggest.inflection import PARTS as FORMS
from dedup.phrasing.suggest.inflection import Inflection
from dedup.phrasing.suggest.wordnet_kernels import Senses, around

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
WORTH_EDGES = 20_000
"""Questions from which it pays to learn how phrases begin and end, which takes as long as answering so many without."""
KEPT = 20_000
"""Terms that are kept in each form for the next time."""
RANK, OWN_RANK = -0.4, -0.4
"""Nats for each unit of log(1 + how many senses are more usual), of the word and of its alternative."""


_WORTHS = (WIDER, ALIKE, ALIKE), (SPECIAL, ALIKE, ALIKE)
"""Of the second sense of a pair for the first, and of the first for the second, by kind."""
HASHES = (1 << 20) - 1
_PARTS_OF = {form: np.array([form in FORMS[part] for part in PARTS]) for form in FORMS[""]}
"""Which parts of speech have a form."""


class Wordnet:
    """Alternatives of words and phrases."""

    names = False

    def __init__(self, path: Path = FILE) -> None:
        with np.load(path) as held:
            columns = {name: held[name] for name in held.files}
        self._terms = columns["terms"].tobytes().decode().split("\n")
        self._places = dict(zip(self._terms, range(len(self._terms)), strict=True))
        self._irregular = columns["irregular"]
        self._unsaid = frozenset(self._terms[place] for place in columns["unsaid"].tolist())
        self._barred = np.zeros((2, len(self._terms)), np.uint8)  # none; what is not said
        self._barred[1, columns["unsaid"]] = 1
        self._senses = _senses(columns, len(self._terms))
        self._inflected: dict[str, dict[int, list[str]]] = {form: {} for form in FORMS[""]}
        self._asked = 0
        any_ = bytearray(b"\1") * (HASHES + 1)
        self._edges = any_, any_

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
        if words.count(" ") >= LONGEST or not self.may_list(words):
            return ()
        found: dict[str, float] = {}
        for lemma, form in self._inflection.readings(words):
            place = self._places.get(lemma)
            if place is not None:
                others, worths = around(place, _PARTS_OF[form], self._barred[int(said)], self._senses)
                for forms, worth in zip(self._forms(others.tolist(), form), worths.tolist(), strict=True):
                    for inflected in forms:
                        if inflected not in found or worth > found[inflected]:
                            found[inflected] = worth
        for one in (words, *(self._unsaid.intersection(found) if said else ())):
            found.pop(one, None)
        likeliest = sorted(found)
        likeliest.sort(key=found.__getitem__, reverse=True)
        return tuple([(one, found[one]) for one in likeliest[:MOST]])

    def _forms(self, places: list[int], form: str) -> list[list[str]]:
        """Terms in a form. They are kept, for the same terms are near many others."""
        kept, terms = self._inflected[form], self._terms
        if not form:
            return [[terms[place]] for place in places]
        if len(kept) > KEPT:
            kept = self._inflected[form] = {}
        missing = [place for place in places if place not in kept]
        kept.update((place, self._inflection.inflected(terms[place], form)) for place in missing)
        return [kept[place] for place in places]

    def pairs(self) -> Iterator[tuple[str, str]]:
        """All forms of its phrases of two words."""
        for term in self._terms:
            if term.count(" ") == 1:
                for form in FORMS[""]:
                    for inflected in self._inflection.inflected(term, form):
                        one, two = inflected.split(" ")
                        yield one, two

    def may_list(self, words: str) -> bool:
        """False for most words and phrases that it does not list: inflection changes the first or the last word."""
        known, lemmas, (begins, ends) = self._places, self._inflection.lemmas, self._edges
        if " " not in words:
            return words in known or bool(lemmas(words))
        self._asked += 1
        if self._asked == WORTH_EDGES:
            self._edges = self._known_edges()
            begins, ends = self._edges
        first, _, rest = words.partition(" ")
        begin, _, last = words.rpartition(" ")
        begun, ended = begins[hash(begin) & HASHES], ends[hash(rest) & HASHES]
        if begun and ended and words in known:
            return True
        if ended:
            for lemma, _ in lemmas(first):
                if f"{lemma} {rest}" in known:
                    return True
        if begun:
            for lemma, _ in lemmas(last):
                if f"{begin} {lemma}" in known:
                    return True
        return False

    def _known_edges(self) -> tuple[bytearray, bytearray]:
        """Which hashes all but the last, and all but the first words of the phrases have: they tell most others apart
        and are far smaller than sets.
        """
        begins, ends = bytearray(HASHES + 1), bytearray(HASHES + 1)
        for term in self._terms:
            if " " in term:
                begins[hash(term.rpartition(" ")[0]) & HASHES] = 1
                ends[hash(term.partition(" ")[2]) & HASHES] = 1
        return begins, ends


def _senses(columns: dict[str, NDArray[Any]], terms: int) -> Senses:
    """The columns of a table as the kernel takes them."""
    count, ends = len(columns["parts"]), np.concatenate(([0], columns["ends"])).astype(np.int32)
    members, ranks = columns["members"].astype(np.int32), columns["ranks"]
    by_term = np.argsort(members, kind="stable").astype(np.int32)
    of_term = np.repeat(np.arange(count, dtype=np.int32), np.diff(ends))[by_term]
    begins = _begins(members, terms)
    one, two, kinds = columns["one"].astype(np.int32), columns["two"].astype(np.int32), columns["kinds"]
    source, near = np.append(one, two), np.append(two, one)
    links = np.append(kinds, len(_WORTHS[0]) + kinds)
    order = np.argsort(source, kind="stable").astype(np.int32)
    first = _begins(source, count)
    nats = np.log1p(np.arange(256, dtype=np.uint8)).astype(np.float64)
    return Senses(
        begins, of_term, ranks[by_term], columns["parts"], ends, members, ranks, first, near[order],
        links[order], RANK * nats, OWN_RANK * nats, np.array(_WORTHS).ravel(), SAME,
    )  # fmt: skip


def _begins(values: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """(count + 1,) where each number begins once `values` are sorted, and the last ends."""
    return np.concatenate(([0], np.cumsum(np.bincount(values, minlength=count)))).astype(np.int32)


class _Shipped:
    """The one of the package, read when it is first asked."""

    names = False

    def __init__(self, *, said: bool) -> None:
        self._said = said

    @cached_property
    def may_list(self) -> Callable[[str], bool]:
        """See `Wordnet`."""
        return Wordnet.shipped().may_list

    def ranked(self, words: str) -> tuple[tuple[str, float], ...]:
        """See `Wordnet`."""
        return Wordnet.shipped().ranked(words, said=self._said)


class _Nothing:
    """What knows no word."""

    names = False

    def may_list(self, words: str) -> bool:
        """None."""
        return False

    def ranked(self, words: str) -> tuple[tuple[str, float], ...]:
        """None."""
        return ()


ENGLISH, SAID, NOTHING = _Shipped(said=False), _Shipped(said=True), _Nothing()
"""All alternatives, those that may be shown, and none."""


@cache
def _shipped() -> Wordnet:
    return Wordnet()
