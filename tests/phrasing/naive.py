"""Slow, obvious twins of the phrasing kernels: dictionaries of tuples in place of hashes, loops in place of tables."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from dedup.text import sentences
from tests.text import naive

NUMBER, NAME, OTHER, MARK, BEGIN = 1, 2, 3, 4, 5
FIRST_WORD = 8
ABBREVIATIONS = set(sentences.ABBREVIATIONS.split())
Ngram = tuple[str, ...]
"""A kind (pair, skip, triple) and codes: a known word, or the class of another as a number in letters."""


@dataclass
class Word:
    """A word of a text, as all of the twins see it."""

    folded: str
    begin: int
    end: int
    shown: str
    first: bool
    gap: str
    """What stands between it and the word before."""

    @property
    def capital(self) -> bool:
        return naive.folded(self.shown[0]) != self.shown[0]

    @property
    def number(self) -> bool:
        return self.shown[0] in "0123456789" or self.shown[-1] in "0123456789"


def words(text: str) -> list[Word]:
    places = naive.word_places(text)
    numbers = naive.sentences(text, ABBREVIATIONS, sentences.LONGEST)
    found, before = [], 0
    for at, (folded, begin, end) in enumerate(places):
        first = at == 0 or numbers[at] != numbers[at - 1]
        found.append(Word(folded, begin, end, text[begin:end], first, text[before:begin]))
        before = end
    return found


def plain(gap: str) -> bool:
    return set(gap) <= set(" \t\r\n\u00a0-\u2010\u2011'\u2019")


def code(word: Word, known: set[str]) -> str:
    """The word itself, or its class."""
    if word.number:
        return str(NUMBER)
    if word.folded in known:
        return word.folded
    return str(NAME if word.capital else OTHER)


def stream(text: str, known: set[str]) -> list[str]:
    found = []
    for word in words(text):
        if word.first:
            found.append(str(BEGIN))
        elif not plain(word.gap):
            found.append(str(MARK))
        found.append(code(word, known))
    return [*found, str(BEGIN)]


def ngrams(codes: list[str]) -> list[Ngram]:
    found = [("pair", *codes[at - 1 : at + 1]) for at in range(1, len(codes))]
    found += [("skip", codes[at - 2], codes[at]) for at in range(2, len(codes))]
    found += [("triple", *codes[at - 2 : at + 1]) for at in range(2, len(codes))]
    return found


def code_hash(code: str) -> int:
    return int(code) if code.isdecimal() else naive.word_hash(code)


def key(ngram: Ngram) -> int:
    """Hash of an n-gram, or of a code alone."""
    kind, *codes = ngram
    if kind == "code":
        return code_hash(codes[0])
    salt = {"pair": 2, "skip": 5, "triple": 3, "general": 1}[kind]
    state = salt
    for one in codes:
        state = naive.mix(state, code_hash(one))
    return naive.mix(state, salt)


def word_table(texts: list[str]) -> dict[str, list[int]]:
    """Occurrences, texts, the last text (from 1), occurrences inside sentences, capitalised ones of these, text and
    byte of the first occurrence.
    """
    table: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        for word in words(text):
            if word.number:
                continue
            held = table.setdefault(word.folded, [0, 0, 0, 0, 0, row, len(text[: word.begin].encode())])
            held[0] += 1
            held[1] += held[2] != row + 1
            held[2] = row + 1
            held[3] += not word.first
            held[4] += not word.first and word.capital
    return table


def nearest(levels: list[float], count: float) -> int:
    """Number of the level that is nearest, of two the lower one."""
    return min(range(len(levels)), key=lambda at: (abs(levels[at] - count), at))


@dataclass
class Known:
    """A reference as dictionaries."""

    frequencies: dict[str, float]
    """Occurrences of each word that is known, and of each class, by code."""
    capitals: dict[str, float]
    ngrams: dict[Ngram, float]
    """Counts, as rough as a table holds them."""
    general: dict[Ngram, float]
    """The same a milliard words."""
    total: float
    common: set[str] = field(default_factory=set)
    frequent: list[str] = field(default_factory=list)

    @property
    def words(self) -> set[str]:
        return {code for code in self.frequencies if not code.isdecimal()}


def requantised(count: float) -> float:
    """What is left of a count when some are forgotten, as rough as a table holds it; a single one is none."""
    if count < 1.5:
        return 0.0
    step = math.log(2.0**32 / 16) / 239
    return float(int(count + 0.5)) if count <= 16 else 16 * math.exp(step * int(math.log(count / 16) / step + 0.5))


MEANS = """
FREQUENCY PAIR PAIR_BOUND TRIPLE TRIPLE_BOUND SKIP SKIP_BOUND FRAME_BOUND CHANCE GENERAL SPECIAL GENERAL_PAIR
GENERAL_BOUND BURST LOWERED RAISED ARTICLE UNSEEN
"""
"""Of which a text has the means, in order."""


class Judge:
    """Every number of every word of one text, computed one after the other."""

    def __init__(self, text: str, known: Known, own: list[str] | None = None) -> None:
        self.known, self.words = known, words(text)
        codes = stream(text, known.words)
        self.codes = [str(BEGIN)] * 2 + codes + [str(BEGIN)] * 2
        left_out = own if own is not None else []
        self.own: Counter[Ngram] = Counter(ngrams(left_out))
        self.own.update(("code", code) for code in left_out)
        self.places = self._places()
        self.many = Counter(self.codes[at] for at in self.places)

    def _places(self) -> list[int]:
        found, at = [], 2
        for word in self.words:
            at += word.first or not plain(word.gap)
            found.append(at)
            at += 1
        return found

    def seen(self, *ngram: str) -> float:
        count = self.known.ngrams.get(ngram, 0.0)
        if count and self.own[ngram]:
            return requantised(count - self.own[ngram])
        return count

    def occurrences(self, code: str) -> float:
        return max(self.known.frequencies.get(code, 0.0) - self.own["code", code], 0.0)

    def share(self, word: Word) -> float:
        """Of general English."""
        if word.number:
            return 1e-8
        return max(self.known.general.get(("general", word.folded), 0.0) * 1e-9, 1e-8)

    def backed(self, one: str, two: str, word: str) -> float:
        """Chance of a word after two others: triples, backed by pairs, backed by words."""
        chance = (self.occurrences(word) + 0.1) / (self.known.total + 1e5 * 0.1)
        context = self.occurrences(two)
        chance = (min(self.seen("pair", two, word), context) + 16 * chance) / (context + 16)
        context = self.seen("pair", one, two)
        return (min(self.seen("triple", one, two, word), context) + 8 * chance) / (context + 8)

    def odds(self, begin: int, end: int) -> float:
        """Log probability of `codes[begin:end]`."""
        return sum(math.log(self.backed(*self.codes[at - 2 : at + 1])) for at in range(begin, end))

    def rows(self) -> dict[str, list[float]]:
        """Every number of every place, marks and edges included, by name; nothing is said of the first two."""
        at_place = dict(zip(self.places, range(len(self.words)), strict=True))
        numbers = [self._place(at, at_place.get(at)) for at in range(len(self.codes))]
        return {name: [float(one.get(name, 0.0)) for one in numbers] for name in numbers[2]}

    def _place(self, at: int, number: int | None) -> dict[str, float]:
        code, total = self.codes[at], self.known.total
        word = None if number is None else self.words[number]
        held = not code.isdecimal()
        n0 = self.occurrences(code)
        frequency = math.log((n0 + 0.5) / total)
        loud = 2 * sum(one.capital for one in self.words) > len(self.words)
        capital, inside = bool(word and word.capital), bool(word and word.capital and not word.first and not loud)
        share = self.known.capitals[code] if held else 0.0
        own = 1e-8 if number is None else self.share(self.words[number])
        x = {
            "FREQUENCY": frequency,
            "GENERAL": math.log(own),
            "SPECIAL": frequency - math.log(own) if held else 0.0,
            "BURST": self._burst(code, held),
            "LOWERED": share if held and not capital else 0.0,
            "RAISED": 1 - share if held and inside else 0.0,
            "IS_CAPITAL": inside,
            "IS_FIRST": bool(word and word.first),
            "IS_OTHER": code == str(OTHER),
            "IS_NAME": code == str(NAME),
            "IS_NUMBER": code == str(NUMBER),
            "IS_MARK": code in (str(MARK), str(BEGIN)),
            "IS_CONTENT": held and not inside and self._log_share(code) < -7.5,
            "IS_FUNCTION": held and not inside and self._log_share(code) >= -7.5,
            "ARTICLE": at > 0 and self._article(self.codes[at - 1], code),
        }
        return x | (self._ngrams(at) | self._general(at, number, own) if at >= 2 else {})

    def _log_share(self, code: str) -> float:
        return math.log((self.known.frequencies.get(code, 0.0) + 0.5) / self.known.total)

    def _ngrams(self, at: int) -> dict[str, float]:
        two, one, code = self.codes[at - 2 : at + 1]
        n0, n1, n2 = map(self.occurrences, (code, one, two))
        total = self.known.total
        pair, before = self.seen("pair", one, code), self.seen("pair", two, one)
        skip, triple = self.seen("skip", two, code), self.seen("triple", two, one, code)
        return {
            "PAIR": math.log(1 + pair),
            "SKIP": math.log(1 + skip),
            "TRIPLE": math.log(1 + triple),
            "PAIR_BOUND": math.log((pair + 0.5) / (n1 * n0 / total + 0.5)),
            "SKIP_BOUND": math.log((skip + 0.5) / (n2 * n0 / total + 0.5)),
            "TRIPLE_BOUND": math.log((triple + 0.3) / (before * pair / (n1 + 1) + 0.3)),
            "FRAME_BOUND": math.log((triple + 0.3) / (skip * n1 / total + 0.3)),
            "CHANCE": math.log(self.backed(two, one, code)),
            "UNSEEN": not code.isdecimal() and not one.isdecimal() and pair == 0,
        }

    def _article(self, before: str, code: str) -> bool:
        if code.isdecimal() or len(code.encode()) < 3 or code.startswith(("one", "once", "eu")):
            return False
        if not {"a", "an", "the"} <= self.known.words:
            return False
        return (before == "a" and code[0] in "aeio") or (before == "an" and code[0] in "bcdfgjklmnpqrstvwxyz")

    def _general(self, at: int, number: int | None, own: float) -> dict[str, float]:
        """What general English says of a word and the one before it, where they stand side by side."""
        if not number or self.places[number - 1] != at - 1:
            return {"GENERAL_PAIR": 0.0, "GENERAL_BOUND": 0.0}
        one, two = self.words[number - 1], self.words[number]
        count = self.known.general.get(("pair", one.folded, two.folded), 0.0) * 1e-3
        bound = math.log((count + 3) / (self.share(one) * own * 1e6 + 3))
        return {"GENERAL_PAIR": math.log(1 + count), "GENERAL_BOUND": bound}

    def _burst(self, code: str, known: bool) -> float:
        many = self.many[code]
        if not known or not many:
            return 0.0
        expected = len(self.words) * self.occurrences(code) / self.known.total
        return min(math.log((many + 0.5) / (expected + 0.5)), 4.0)

    def document(self, rows: dict[str, list[float]], odds: list[float]) -> list[float]:
        """The numbers of a text from those of its places, and the log odds of its words."""
        names, counted = MEANS.split(), len(self.words)
        chances = [1 / (1 + math.exp(-one)) for one in odds]
        groups = "IS_CONTENT", "IS_FUNCTION", "IS_OTHER"
        inside = {name: [bool(rows[name][at]) for at in self.places] for name in groups}
        found: list[float] = []
        for group in ("IS_CONTENT", "IS_FUNCTION"):
            chosen = [at for at, one in zip(self.places, inside[group], strict=True) if one]
            found += [sum(rows[name][at] for at in chosen) / (len(chosen) + 5) for name in names]
        edges = [-4.0, -3.5, -3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 1.0]
        found += [sum(one >= edge for one in odds) / counted for edge in edges]
        found.append(sum(chances) / counted)
        for group in ("IS_CONTENT", "IS_FUNCTION", "IS_OTHER"):
            mean = [chance for chance, one in zip(chances, inside[group], strict=True) if one]
            found.append(sum(mean) / (len(mean) + 5))
        codes = [self.codes[at] for at in self.places]
        many = [self._many(code, codes) for code in codes]
        weights = [1 / math.sqrt(times) for times in many]
        found.append(sum(c * w for c, w in zip(chances, weights, strict=True)) / (sum(weights) + 1e-6))
        shown = ("IS_OTHER", "IS_NAME", "IS_NUMBER", "IS_CAPITAL", "IS_CONTENT", "IS_FUNCTION", "IS_FIRST")
        found += [sum(rows[name][at] for at in self.places) / counted for name in shown]
        found.append(sum(rows["IS_MARK"][2:-2]) / counted)
        found.append(sum(1 / times for times in many) / counted)
        shares = [self.known.frequencies[code] / self.known.total for code in self.known.frequent]
        expected = 1e-6 + sum(1 - math.exp(-counted * share) for share in shares)
        found.append(sum(code in codes for code in self.known.frequent) / expected)
        of_content = [one for one, content in zip(odds, inside["IS_CONTENT"], strict=True) if content]
        found += [sum(of_content) / (len(of_content) + 5), sum(max(one, -3.0) for one in odds) / counted]
        return found + self._windows(chances)

    @staticmethod
    def _windows(chances: list[float]) -> list[float]:
        means = [sum(chances[at : at + 8]) / 8 for at in range(len(chances) - 7)]
        if not means:
            return [0.0] * 4
        shares = [sum(mean > least for mean in means) / len(means) for least in (0.15, 0.25, 0.4)]
        return [sum(mean * mean for mean in means) / len(means), *shares]

    @staticmethod
    def _many(code: str, codes: list[str]) -> int:
        """How often a word stands in the text; of words that are not known nobody can tell."""
        return 1 if code.isdecimal() else codes.count(code)


def net(x: list[float], first: list[list[float]], hidden: list[float], second: list[float], last: float) -> float:
    units = [offset + sum(value * row[unit] for value, row in zip(x, first, strict=True))
             for unit, offset in enumerate(hidden)]  # fmt: skip
    return last + sum(max(unit, 0.0) * weight for unit, weight in zip(units, second, strict=True))
