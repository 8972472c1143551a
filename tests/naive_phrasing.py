"""Slow, obvious twins of the phrasing kernels: dictionaries of tuples in place of hashes, loops in place of tables."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from dedup.text import sentences
from tests import naive

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
            count -= self.own[ngram]
            return count if count >= 1.5 else 0.0
        return count

    def occurrences(self, code: str) -> float:
        return max(self.known.frequencies.get(code, 0.0) - self.own["code", code], 0.0)

    def share(self, word: Word) -> float:
        """Of general English."""
        if word.number:
            return 1e-9
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

    def features(self, number: int) -> dict[str, float]:
        at, word, total = self.places[number], self.words[number], self.known.total
        a2, a1, code, b1, b2 = self.codes[at - 2 : at + 3]
        known = not code.isdecimal()
        frequency = self.known.frequencies.get
        n0, n1, n2 = map(self.occurrences, (code, a1, b1))
        left, right = self.seen("pair", a1, code), self.seen("pair", code, b1)
        around, frame = self.seen("triple", a1, code, b1), self.seen("skip", a1, b1)
        before, behind = self.seen("triple", a2, a1, code), self.seen("triple", code, b1, b2)
        skip_left, skip_right = self.seen("skip", a2, code), self.seen("skip", code, b2)
        capital = word.capital
        x = {
            "FREQUENCY": math.log((n0 + 0.5) / total),
            "COUNT": math.log(1 + n0),
            "LEFT": math.log(1 + left),
            "RIGHT": math.log(1 + right),
            "LEFT_BOUND": math.log((left + 0.5) / (n1 * n0 / total + 0.5)),
            "RIGHT_BOUND": math.log((right + 0.5) / (n2 * n0 / total + 0.5)),
            "AROUND": math.log(1 + around),
            "AROUND_BOUND": math.log((around + 0.3) / (left * right / (n0 + 1) + 0.3)),
            "BEFORE": math.log(1 + before),
            "BEHIND": math.log(1 + behind),
            "FRAME": math.log(1 + frame),
            "FRAME_BOUND": math.log((around + 0.3) / (frame * n0 / total + 0.3)),
            "SKIP_LEFT": math.log((skip_left + 0.5) / (frequency(a2, 0) * n0 / total + 0.5)),
            "SKIP_RIGHT": math.log((skip_right + 0.5) / (frequency(b2, 0) * n0 / total + 0.5)),
            "IS_OTHER": code == str(OTHER),
            "IS_NAME": code == str(NAME),
            "IS_NUMBER": code == str(NUMBER),
            "IS_CAPITAL": capital and not word.first,
            "IS_FIRST": word.first,
            "FREQUENCY_LEFT": math.log((n1 + 0.5) / total),
            "FREQUENCY_RIGHT": math.log((n2 + 0.5) / total),
            "CLASS_LEFT": a1.isdecimal(),
            "CLASS_RIGHT": b1.isdecimal(),
            "LOWERED": self.known.capitals[code] if known and not capital else 0,
            "RAISED": 1 - self.known.capitals[code] if known and capital and not word.first else 0,
            "UNSEEN_LEFT": left == 0,
            "UNSEEN_RIGHT": right == 0,
            "CONTEXT_LEFT": math.log(1 + self.seen("pair", a2, a1)),
            "CONTEXT_RIGHT": math.log(1 + self.seen("pair", b1, b2)),
            "LIKELIHOOD": 0.1 * self._likelihood(a2, a1, code, b1, b2),
            "ARTICLE": self._article(a1, code),
        }
        return x | self._general(number, known, x["FREQUENCY"]) | {"BURST": self._burst(code, known)}

    def _likelihood(self, a2: str, a1: str, code: str, b1: str, b2: str) -> float:
        """Of the word and the two behind it. The second one behind counts as often as the reference has it."""
        chance = (self.known.frequencies.get(b2, 0.0) + 0.1) / (self.known.total + 1e5 * 0.1)
        context = self.occurrences(b1)
        chance = (min(self.seen("pair", b1, b2), context) + 16 * chance) / (context + 16)
        context = self.seen("pair", code, b1)
        chance = (min(self.seen("triple", code, b1, b2), context) + 8 * chance) / (context + 8)
        return math.log(self.backed(a2, a1, code)) + math.log(self.backed(a1, code, b1)) + math.log(chance)

    def _article(self, before: str, code: str) -> bool:
        if code.isdecimal() or len(code.encode()) < 3 or code.startswith(("one", "once", "eu")):
            return False
        if not {"a", "an", "the"} <= self.known.words:
            return False
        return (before == "a" and code[0] in "aeio") or (before == "an" and code[0] in "bcdfgjklmnpqrstvwxyz")

    def _general(self, number: int, known: bool, frequency: float) -> dict[str, float]:
        """What general English says; `frequency` of the word in the reference."""
        word, own, found = self.words[number], self.share(self.words[number]), {}
        for side, other in (("LEFT", number - 1), ("RIGHT", number + 1)):
            behind = max(number, other)
            count, share = 0.0, 1e-8
            if 0 <= other < len(self.words) and plain(self.words[behind].gap) and not self.words[behind].first:
                pair = (self.words[other].folded, word.folded)
                count = self.known.general.get(("pair", *(pair if side == "LEFT" else pair[::-1])), 0.0) * 1e-3
                share = self.share(self.words[other])
            found[f"GENERAL_{side}"] = math.log(1 + count)
            found[f"GENERAL_{side}_BOUND"] = math.log((count + 3) / (share * own * 1e6 + 3))
        special = frequency - math.log(own) if known else 0.0
        return found | {"GENERAL_FREQUENCY": math.log(own), "SPECIAL": special}

    def _burst(self, code: str, known: bool) -> float:
        if not known:
            return 0.0
        expected = len(self.words) * self.known.frequencies[code] / self.known.total
        return math.log((self.many[code] + 0.5) / (expected + 0.5))

    def document(self, features: list[list[float]], names: list[str], odds: list[float]) -> list[float]:
        """The numbers of a text from those of its words."""
        rows = [dict(zip(names, row, strict=True)) for row in features]
        chances = [1 / (1 + math.exp(-one)) for one in odds]
        codes = [self.codes[at] for at in self.places]
        counted = len(rows)
        lower = [not code.isdecimal() and not row["IS_CAPITAL"] for code, row in zip(codes, rows, strict=True)]
        content = [small and row["FREQUENCY"] < -7.5 for small, row in zip(lower, rows, strict=True)]
        function = [small and not rare for small, rare in zip(lower, content, strict=True)]
        found: list[float] = []
        for group in (content, function):
            chosen = [row for row, inside in zip(features, group, strict=True) if inside]
            found += [sum(row[at] for row in chosen) / (len(chosen) + 5) for at in range(len(names))]
        edges = [-4.0, -3.5, -3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 1.0]
        bins = Counter(sum(one >= edge for edge in edges) for one in odds)
        found += [bins[at] / counted for at in range(1, 11)]
        found.append(sum(chances) / counted)
        for group in (content, function, [code == str(OTHER) for code in codes]):
            chosen = [chance for chance, inside in zip(chances, group, strict=True) if inside]
            found.append(sum(chosen) / (len(chosen) + 5))
        many = [self._many(code, codes) for code in codes]
        weights = [1 / math.sqrt(times) for times in many]
        found.append(sum(c * w for c, w in zip(chances, weights, strict=True)) / (sum(weights) + 1e-6))
        for name in ("IS_OTHER", "IS_NAME", "IS_NUMBER", "IS_CAPITAL"):
            found.append(sum(row[name] for row in rows) / counted)
        found += [sum(content) / counted, sum(function) / counted]
        found += [sum(row[name] for row in rows) / counted for name in ("IS_FIRST", "CLASS_LEFT")]
        found.append(sum(1 / times for times in many) / counted)
        shares = [self.known.frequencies[code] / self.known.total for code in self.known.frequent]
        expected = 1e-6 + sum(1 - math.exp(-counted * share) for share in shares)
        return [*found, sum(code in codes for code in self.known.frequent) / expected]

    @staticmethod
    def _many(code: str, codes: list[str]) -> int:
        """How often a word stands in the text; of words that are not known nobody can tell."""
        return 1 if code.isdecimal() else codes.count(code)


def net(x: list[float], first: list[list[float]], hidden: list[float], second: list[float], last: float) -> float:
    units = [offset + sum(value * row[unit] for value, row in zip(x, first, strict=True))
             for unit, offset in enumerate(hidden)]  # fmt: skip
    return last + sum(max(unit, 0.0) * weight for unit, weight in zip(units, second, strict=True))
