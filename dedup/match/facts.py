"""What documents about one event say differently: quotes in other words, other numbers, other names.

A quote is looked for by its content, sentence by sentence: first among the quotes of the other document, then in its
running text, by local alignment of words in which common ones weigh little. It is the same quote where enough of it
stands there in the same order; where the documents are copies of each other, its place between the same neighbours
counts too. What was cut off at either end, left out with an ellipsis, put into brackets, or only spelled or punctuated
otherwise is no other wording.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.match.local_kernel import local_alignment
from dedup.model import Flag, FlagKind, Span
from dedup.text.numbers import Number, NumberKind, find_numbers
from dedup.text.quotes import Quote, find_quotes
from dedup.text.sentences import CAPITAL, DIGIT, FIRST
from dedup.text.spelling import same_words
from dedup.text.tokens import Tokens, word_list

LEAST_WORDS = 3
"""Words below which a quote is not compared: names, titles, scare quotes."""
MOST_WORDS = 20_000
"""Words of a document that quotes are looked for in; what follows is not searched."""
MOST_UNITS = 400
"""Sentences within quotes of one document that are compared."""
EDGE = 4
"""Words at the end of a quote that may all be replaced."""
NEIGHBOURS = 4
"""Other documents of a group, besides the representative, that each is compared with."""
SHARED_WORDS = 3
"""Content words that two sentences of independent reports share, if a number in them is about the same."""
ROUGH = (
    "about almost approximately around at as estimated fewer least less many more most much nearly no over roughly "
    "some than to under up"
)
"""Words before a number that make it a rough one: "at least", "more than", "as many as"."""
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun"
GAP = 10
"""Words that may be left out or put in between two that match; more is another passage."""
FUNCTION_WORDS = (
    "a about after again all also am an and any are as at be because been before being between both but by can could "
    "d did do does doing don didn doesn isn wasn won wouldn couldn shouldn aren weren hasn haven hadn down during each "
    "even ever few for from further get go going gonna had has have having he her here hers him himself his how i if "
    "in into is it its itself just ll m ma may me might more most much must my myself no nor not now of off on once "
    "only or other our ours ourselves out over own per re s same shall she should so some such t than that the their "
    "theirs them themselves then there these they this those through to too under until up us ve very was we were "
    "what when where which while who whom whose why will with would yet you your yours yourself"
)
NEGATIONS = "no not never none nobody nothing neither nor without cannot t"
Place = Callable[[int, int], tuple[int, int] | None]
"""Span of words of A -> the span of words of B that it is aligned with, None where it is with nothing."""
Span4 = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one document of n words."""

    tokens: Tokens
    quotes: list[Quote]
    numbers: list[Number]
    weights: NDArray[np.float32]
    """(n,) what a match of each word says: little for function words and for those the document is full of."""
    function: NDArray[np.bool_]
    """(n,) function words."""
    quote_of: NDArray[np.int32]
    """(n,) index of the outermost quote that a word stands in, -1 for none."""
    units: list[tuple[int, int]]
    """Sentences within quotes: first word and the one after the last."""
    quoted: NDArray[np.int64]
    """Words that stand in quotes."""
    raw: bytes
    """The hashes as bytes, to search in."""


@dataclass(frozen=True, slots=True)
class QuoteChange:
    """A quote in two wordings: character offsets in each document, end exclusive."""

    a_start: int
    a_end: int
    b_start: int
    b_end: int
    a_quoted: bool
    b_quoted: bool
    """Whether it stands between quotation marks there."""
    differences: tuple[Span4, ...]
    """(start and end in A, start and end in B) of the words that differ; one of them may be empty."""
    score: float
    """Share of the words that match, by weight."""


@cache
def _function_hashes() -> NDArray[np.uint64]:
    return np.sort(word_list(FUNCTION_WORDS.split()))


@cache
def _negation_hashes() -> frozenset[int]:
    return frozenset(word_list(NEGATIONS.split()).tolist())


def facts(tokens: Tokens) -> Facts:
    """Quotes, numbers and weights of a document."""
    quotes, numbers = find_quotes(tokens.text), find_numbers(tokens.text)
    hashes = tokens.hashes
    quote_of = np.full(len(hashes), -1, np.int32)
    units: list[tuple[int, int]] = []
    for index, quote in enumerate(quotes):
        if quote.level:
            continue
        first, last = np.searchsorted(tokens.starts, (quote.start, quote.end)).tolist()
        quote_of[first:last] = index
        if last - first >= LEAST_WORDS:
            units += _sentences(tokens, first, last)
    function = np.isin(hashes, _function_hashes())
    return Facts(
        tokens, quotes, numbers, _weights(tokens, function), function, quote_of, units[:MOST_UNITS],
        np.flatnonzero(quote_of >= 0), hashes.tobytes(),
    )  # fmt: skip


def _sentences(tokens: Tokens, first: int, last: int) -> list[tuple[int, int]]:
    """The sentences of the words [first, last); very short ones go with the one before."""
    cuts = [first, *(np.flatnonzero(np.diff(tokens.sentence[first:last])) + first + 1).tolist(), last]
    spans: list[tuple[int, int]] = []
    for begin, end in pairwise(cuts):
        if spans and (end - begin < LEAST_WORDS or spans[-1][1] - spans[-1][0] < LEAST_WORDS):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
    return spans


def _weights(tokens: Tokens, function: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Of each word: 0.5 for function words, else 2 for one that stands once in the document, down to 1."""
    if not len(tokens):
        return np.empty(0, np.float32)
    _, inverse, counts = np.unique(tokens.hashes, return_inverse=True, return_counts=True)
    times = counts[inverse.reshape(-1)]
    weights = np.where(times == 1, 2.0, np.where(times <= 3, 1.5, 1.0))
    short = (tokens.ends - tokens.starts) <= 2
    return np.where(function | short, 0.5, weights).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Match:
    """Some words of A found in B: pairs of equal words in order, and the whole stretch on both sides."""

    pairs: list[tuple[int, int]]
    a: tuple[int, int]
    b: tuple[int, int]
    quoted: bool
    """Whether B has it in quotes."""


def _align(a: Facts, unit: tuple[int, int], b: Facts, words: NDArray[np.int64] | None) -> list[tuple[int, int]]:
    """Pairs of equal words of the best local alignment of a unit of A with B, or with some words of B."""
    first, last = unit
    hashes, weights = b.tokens.hashes[:MOST_WORDS], b.weights[:MOST_WORDS]
    if words is not None:
        hashes, weights = b.tokens.hashes[words], b.weights[words]
    if not len(hashes):
        return []
    matched = np.empty((min(last - first, len(hashes)), 2), np.int64)
    _, count = local_alignment(a.tokens.hashes[first:last], a.weights[first:last], hashes, weights, matched)
    found = matched[:count]
    columns = found[:, 1] if words is None else words[found[:, 1]]
    return list(zip((found[:, 0] + first).tolist(), columns.tolist(), strict=True))


def _holds(facts: Facts, hashes: bytes) -> bool:
    """Whether these words stand in the document in this order."""
    at = facts.raw.find(hashes)
    while at >= 0 and at % 8:
        at = facts.raw.find(hashes, at + 1)
    return at >= 0


def _unit_at(facts: Facts, word: int) -> tuple[int, int]:
    """The sentence within a quote that a word stands in."""
    at = bisect_right(facts.units, word, key=lambda unit: unit[0]) - 1
    if at >= 0 and facts.units[at][1] > word:
        return facts.units[at]
    return word, word + 1


def _stretched(a: Facts, unit: tuple[int, int], b: Facts, pairs: list[tuple[int, int]], quoted: bool) -> _Match:
    """The match with the replaced words at its ends: those up to the ends of both sentences, if they are few."""
    (a_first, b_first), (a_last, b_last) = pairs[0], pairs[-1]
    if quoted:
        before = (a_first - unit[0], b_first - _unit_at(b, b_first)[0])
        after = (unit[1] - 1 - a_last, _unit_at(b, b_last)[1] - 1 - b_last)
        before, after = (side if _both_few(*side) else (0, 0) for side in (before, after))
    else:
        before = _lone(a, b, a_first - unit[0], a_first - 1, b_first - 1)
        after = _lone(a, b, unit[1] - 1 - a_last, a_last + 1, b_last + 1)
    return _Match(
        pairs, (a_first - before[0], a_last + 1 + after[0]), (b_first - before[1], b_last + 1 + after[1]), quoted
    )


def _both_few(a: int, b: int) -> bool:
    return 0 < a <= EDGE + 2 and 0 < b <= EDGE + 2 and abs(a - b) <= 3 and min(a, b) <= EDGE


def _lone(a: Facts, b: Facts, left: int, a_word: int, b_word: int) -> tuple[int, int]:
    """One word each, where it is the last one of the quote in A and both say something."""
    if left != 1 or not 0 <= b_word < len(b.function) or a.function[a_word] or b.function[b_word]:
        return 0, 0
    return 1, 1


def _weigh(a: Facts, unit: tuple[int, int], b: Facts, match: _Match) -> tuple[float, float, float]:
    """Weight of the words that match, their share of all words of the match, and the share of the shorter quote that
    the match covers.
    """
    rows, columns = map(list, zip(*match.pairs, strict=True))
    same = float(np.minimum(a.weights[rows], b.weights[columns]).sum())
    every = float(a.weights[slice(*match.a)].sum() + b.weights[slice(*match.b)].sum())
    cover = (match.a[1] - match.a[0]) / (unit[1] - unit[0])
    if match.quoted:
        first, last = _unit_at(b, match.pairs[0][1])[0], _unit_at(b, match.pairs[-1][1])[1]
        cover = max(cover, (match.b[1] - match.b[0]) / (last - first))
    return same, 2 * same / every, min(cover, 1.0)


def _chars(facts: Facts, first: int, last: int) -> tuple[int, int]:
    """Characters of the words [first, last); where there are none, the empty span after the word before."""
    tokens = facts.tokens
    if first < last:
        return int(tokens.starts[first]), int(tokens.ends[last - 1])
    at = int(tokens.ends[first - 1]) if first else 0
    return at, at


def _slots(match: _Match) -> list[Span4]:
    """Words between those that match, at the ends too: first and after last in A, the same in B."""
    slots, a, b = [], match.a[0], match.b[0]
    for row, column in [*match.pairs, (match.a[1], match.b[1])]:
        if row > a or column > b:
            slots.append((a, row, b, column))
        a, b = row + 1, column + 1
    return slots


def _between(facts: Facts, first: int, last: int) -> str:
    """The text from the end of the word before to the start of the word after."""
    tokens = facts.tokens
    begin = tokens.ends[first - 1] if first else 0
    end = tokens.starts[last] if last < len(tokens) else len(tokens.text)
    return tokens.text[begin:end]


def _differs(a: Facts, b: Facts, slot: Span4, quoted: bool) -> bool:
    """Whether the words of a slot are other words, and not just left out, put into brackets or spelled otherwise."""
    a_first, a_last, b_first, b_last = slot
    if max(a_last - a_first, b_last - b_first) > GAP:
        return False
    gap_a, gap_b = _between(a, a_first, a_last), _between(b, b_first, b_last)
    if any(mark in gap for mark in ("…", "..", ". . .", "[", "]") for gap in (gap_a, gap_b)):
        return False
    if a_first == a_last or b_first == b_last:
        # words that stand on one side only: between two quotes of one sentence the speaker or a cut
        return not (_broken(a, a_first, a_last) or (_broken(b, b_first, b_last))) and quoted
    return not same_words(a.tokens.text[slice(*_chars(a, a_first, a_last))],
                          b.tokens.text[slice(*_chars(b, b_first, b_last))])  # fmt: skip


def _broken(facts: Facts, first: int, last: int) -> bool:
    """Whether the words [first - 1, last] do not all stand in one quote."""
    around = facts.quote_of[max(first - 1, 0) : last + 1]
    return bool((around != around[0]).any())


def _tells(a: Facts, b: Facts, slot: Span4) -> bool:
    """Whether a difference is more than one of function words, which reporters mishear."""
    a_first, a_last, b_first, b_last = slot
    content = not (a.function[a_first:a_last].all() and b.function[b_first:b_last].all())
    negated = any(
        int(hash_) in _negation_hashes()
        for facts, first, last in ((a, a_first, a_last), (b, b_first, b_last))
        for hash_ in facts.tokens.hashes[first:last]
    )
    if a_first == a_last or b_first == b_last:
        return negated or (content and max(a_last - a_first, b_last - b_first) <= EDGE)
    return content or negated


@dataclass(frozen=True, slots=True)
class _Least:
    """What a match must have to be taken for the same quote."""

    same: float
    share: float
    cover: float


QUOTED, RUNNING, REPEAT = _Least(2.5, 0.22, 0.7), _Least(4.0, 0.5, 0.8), _Least(6.0, 0.33, 0.8)
"""Among the other's quotes, in its running text, in one document."""


def _found(a: Facts, unit: tuple[int, int], b: Facts, words: NDArray[np.int64] | None, least: _Least) -> _Match | None:
    pairs = _align(a, unit, b, words)
    if not pairs:
        return None
    match = _stretched(a, unit, b, pairs, words is not None)
    same, share, cover = _weigh(a, unit, b, match)
    return match if cover >= least.cover and same >= least.same and share >= least.share else None


def _changes(a: Facts, b: Facts) -> list[QuoteChange]:
    """Sentences in quotes of A that B has in other words."""
    found = []
    for unit in a.units:
        if _holds(b, a.tokens.hashes[unit[0] : unit[1]].tobytes()):
            continue
        match = _found(a, unit, b, b.quoted, QUOTED) or _found(a, unit, b, None, RUNNING)
        change = match and _change(a, b, match)
        if change:
            found.append(change)
    return found


def _change(a: Facts, b: Facts, match: _Match) -> QuoteChange | None:
    """What differs in a match; None where nothing tells."""
    slots = [slot for slot in _slots(match) if _differs(a, b, slot, match.quoted)]
    if not any(_tells(a, b, slot) for slot in slots):
        return None
    rows, columns = map(list, zip(*match.pairs, strict=True))
    same = float(np.minimum(a.weights[rows], b.weights[columns]).sum())
    every = float(a.weights[slice(*match.a)].sum() + b.weights[slice(*match.b)].sum())
    differences = tuple((*_chars(a, slot[0], slot[1]), *_chars(b, slot[2], slot[3])) for slot in slots)
    return QuoteChange(*_chars(a, *match.a), *_chars(b, *match.b), True, match.quoted, differences, 2 * same / every)


def mutated_quotes(a: Facts, b: Facts, place: Place | None = None) -> list[QuoteChange]:
    """Quotes of either document that the other one has in other words, in the order of A. Symmetric."""
    changes = _changes(a, b) + [_turned(change) for change in _changes(b, a)]
    changes.sort(key=lambda change: (-change.score, change.a_start))
    kept: list[QuoteChange] = []
    for change in changes:
        if not any(_meet(change, other) for other in kept):
            kept.append(change)
    return sorted(kept, key=lambda change: (change.a_start, change.b_start))


def _turned(change: QuoteChange) -> QuoteChange:
    """The same with A and B exchanged."""
    return QuoteChange(
        change.b_start, change.b_end, change.a_start, change.a_end, change.b_quoted, change.a_quoted,
        tuple((b0, b1, a0, a1) for a0, a1, b0, b1 in change.differences), change.score,
    )  # fmt: skip


def _meet(one: QuoteChange, two: QuoteChange) -> bool:
    """Whether both are about the same words of A, or of B."""
    return (one.a_start < two.a_end and two.a_start < one.a_end) or (
        one.b_start < two.b_end and two.b_start < one.b_end
    )


def self_repeats(a: Facts) -> list[QuoteChange]:
    """Quotes that the document has twice, in two wordings: A and B are two places of it, A the first."""
    found: dict[tuple[int, int], QuoteChange] = {}
    for unit in a.units:
        own = a.quote_of[unit[0]]
        others = a.quoted[a.quote_of[a.quoted] != own]
        match = _found(a, unit, a, others, REPEAT)
        change = match and _change(a, a, match)
        if change:
            change = change if change.a_start <= change.b_start else _turned(change)
            found.setdefault((change.a_start, change.b_start), change)
    kept: list[QuoteChange] = []
    for change in sorted(found.values(), key=lambda change: -change.score):
        if not any(_meet(change, other) for other in kept):
            kept.append(change)
    return sorted(kept, key=lambda change: change.a_start)


@dataclass(frozen=True, slots=True)
class FactChange:
    """A number, date or name that differs: character offsets in each document, end exclusive."""

    kind: str
    """`number`, `date` or `name`."""
    a_start: int
    a_end: int
    b_start: int
    b_end: int


def changed_facts(a: Facts, b: Facts, substitutions: Sequence[Span4]) -> list[FactChange]:
    """The numbers, dates and names that differ in aligned slots: `substitutions` are (start and end in A, start and
    end in B), characters.
    """
    found: dict[FactChange, None] = {}
    for slot in substitutions:
        for change in _changed_numbers(a, b, slot) or _changed_names(a, b, slot):
            found[change] = None
    return list(found)


def _numbers_at(facts: Facts, start: int, end: int) -> list[Number]:
    """The numbers that meet a span."""
    first = bisect_right(facts.numbers, start, key=lambda number: number.end)
    last = bisect_left(facts.numbers, end, key=lambda number: number.start)
    return facts.numbers[first:last]


def _changed_numbers(a: Facts, b: Facts, slot: Span4) -> list[FactChange]:
    ours, theirs = _numbers_at(a, *slot[:2]), _numbers_at(b, *slot[2:])
    if len(ours) != len(theirs):
        return []
    return [
        FactChange("date" if x.date and y.date else "number", x.start, x.end, y.start, y.end)
        for x, y in zip(ours, theirs, strict=True)
        if not x.agrees(y) and not _rounded(x, y)
    ]


def _rounded(x: Number, y: Number) -> bool:
    """Whether one is the other with fewer digits: 1.19 million and 1.2 million."""
    if x.value is None or y.value is None or not x.value or not y.value:
        return False
    few, many = sorted((x.value, y.value), key=lambda value: len(f"{value:.15g}".rstrip("0").replace(".", "")))
    digits = len(f"{few:.15g}".replace(".", "").rstrip("0"))
    return digits > 1 and abs(many) >= 1000 and float(f"{many:.{digits - 1}e}") == few


def _changed_names(a: Facts, b: Facts, slot: Span4) -> list[FactChange]:
    one, two = a.tokens.text[slot[0] : slot[1]], b.tokens.text[slot[2] : slot[3]]
    if not (_is_name(a, *slot[:2]) and _is_name(b, *slot[2:])) or same_words(one, two) or _same_name(one, two):
        return []
    return [FactChange("date" if _weekday(one) and _weekday(two) else "name", *slot)]


def _weekday(text: str) -> bool:
    return text.lower().rstrip(".") in WEEKDAYS.split()


def _is_name(facts: Facts, start: int, end: int) -> bool:
    """Whether all words are capitalised, none because it begins a sentence, in a sentence that has others."""
    tokens = facts.tokens
    first, last = np.searchsorted(tokens.starts, (start, end)).tolist()
    bits = tokens.bits[first:last]
    if not len(bits) or not (bits & CAPITAL).all() or (bits & FIRST).any():
        return False
    line = tokens.bits[np.searchsorted(tokens.sentence, tokens.sentence[first]) : last + 20]
    return bool((line & CAPITAL == 0).sum() * 3 >= len(line))


def _same_name(one: str, two: str) -> bool:
    """Whether one name is part of the other, or its initials."""
    words, others = one.lower().split(), two.lower().split()
    if set(words) <= set(others) or set(others) <= set(words):
        return True
    initials = ("".join(word[0] for word in words), "".join(word[0] for word in others))
    return initials[0] == two.lower().replace(".", "") or initials[1] == one.lower().replace(".", "")


def differing_numbers(a: Facts, b: Facts) -> list[FactChange]:
    """Numbers of the same thing that differ between two independent reports; only where what is counted is named the
    same, each report gives one number of it, and the sentences share other words too.
    """
    ours, theirs = _counted(a), _counted(b)
    return [
        FactChange("number", x.start, x.end, y.start, y.end)
        for thing, (x, x_words) in ours.items()
        if thing in theirs
        for y, y_words in (theirs[thing],)
        if x.unit == y.unit and x.kind == y.kind and not x.agrees(y) and len(x_words & y_words) >= SHARED_WORDS
    ]


def _counted(facts: Facts) -> dict[int, tuple[Number, frozenset[int]]]:
    """What is counted (hash of the word after a number) -> the number and the other content words of its sentence;
    only things with one number that is not said to be rough.
    """
    tokens = facts.tokens
    things: dict[int, list[tuple[Number, frozenset[int]]]] = {}
    for number in facts.numbers:
        if number.kind not in (NumberKind.CARDINAL, NumberKind.MONEY, NumberKind.PERCENT) or not number.value:
            continue
        first, last = np.searchsorted(tokens.starts, (number.start, number.end)).tolist()
        if last >= len(tokens) or tokens.sentence[last] != tokens.sentence[first] or _rough(facts, first):
            continue
        if facts.function[last] or tokens.bits[last] & (CAPITAL | DIGIT) or _joined(facts, last):
            continue
        sentence = np.searchsorted(tokens.sentence, (tokens.sentence[first], tokens.sentence[first] + 1)).tolist()
        inside = slice(*sentence)
        words = tokens.hashes[inside][~facts.function[inside] & (tokens.bits[inside] & DIGIT == 0)]
        thing = int(tokens.hashes[last])
        things.setdefault(thing, []).append((number, frozenset(words.tolist()) - {thing}))
    return {
        thing: mentions[0] for thing, mentions in things.items() if len({number.value for number, _ in mentions}) == 1
    }


def _rough(facts: Facts, word: int) -> bool:
    """Whether one of the two words before says that the number is not exact."""
    before = facts.tokens.hashes[max(word - 2, 0) : word].tolist()
    return any(hash_ in _rough_hashes() for hash_ in before)


def _joined(facts: Facts, word: int) -> bool:
    """Whether the thing counted is one of two ("drones and missiles")."""
    return word + 1 < len(facts.tokens) and facts.tokens.word(word + 1).lower() in ("and", "or")


@cache
def _rough_hashes() -> frozenset[int]:
    return frozenset(word_list(ROUGH.split()).tolist())


def group_flags(
    rows: Sequence[int], known: Mapping[int, Facts], *, trust: Mapping[int, float] | None = None,
    aligned: Mapping[tuple[int, int], Sequence[Span4]] | None = None, names: Mapping[int, str] | None = None,
    pairs: Iterable[tuple[int, int]] | None = None,
) -> dict[int, list[Flag]]:  # fmt: skip
    """Flags of the documents of a cluster or story.

    `rows`: the documents, the representative first. `known`: their facts. `trust`: of two wordings that of the document
    with less trust is flagged; both where it is equal or not given. `aligned`: (row, row) of copies -> the character
    spans that differ in aligned slots; for other pairs numbers are compared by what they count. `names`: what to call a
    document in the flags (its row where not given). `pairs`: which documents to compare; where not given, each with the
    representative and with its next NEIGHBOURS in the order of `rows`, so that a group of n costs n comparisons.
    """
    gathered = _Gathered(known, trust or {}, names or {})
    for one, two in pairs if pairs is not None else _pairs(rows):
        for change in mutated_quotes(known[one], known[two]):
            gathered.quote(one, two, change)
        slots = aligned.get((one, two)) if aligned else None
        facts_ = changed_facts(known[one], known[two], slots) if slots is not None else (
            differing_numbers(known[one], known[two]))  # fmt: skip
        for fact in facts_:
            gathered.fact(one, two, fact)
    for row in rows:
        for change in self_repeats(known[row]):
            gathered.repeat(row, change)
    return gathered.flags()


def _pairs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each row with the first one and with the NEIGHBOURS that follow it."""
    for at, row in enumerate(rows):
        if at > NEIGHBOURS + 1:
            yield rows[0], row
        for other in rows[at + 1 : at + 1 + NEIGHBOURS]:
            yield row, other
        if at == 0:
            yield from ((row, other) for other in rows[1 + NEIGHBOURS : 2 + NEIGHBOURS])


class _Gathered:
    """Spans of the flags of a group, one for each quote or number and document, with all other wordings' documents."""

    def __init__(self, known: Mapping[int, Facts], trust: Mapping[int, float], names: Mapping[int, str]) -> None:
        self.known, self.trust, self.names = known, trust, names
        self.spans: dict[tuple[int, FlagKind], dict[tuple[int, int, str], dict[str, Any]]] = {}

    def quote(self, one: int, two: int, change: QuoteChange) -> None:
        """A quote in two wordings, on the side that is trusted less."""
        turned = _turned(change)
        for row, other, side in ((one, two, change), (two, one, turned)):
            if self.trust.get(row, 0.0) <= self.trust.get(other, 0.0):
                details = {"quoted": side.b_quoted, "differences": self._differences(row, other, side)}
                self._add(row, other, FlagKind.MUTATED_QUOTE, side.a_start, side.a_end, side.b_start, side.b_end,
                          details)  # fmt: skip

    def fact(self, one: int, two: int, change: FactChange) -> None:
        """A number, date or name that differs."""
        a, b = (change.a_start, change.a_end), (change.b_start, change.b_end)
        for row, other, ours, theirs in ((one, two, a, b), (two, one, b, a)):
            if self.trust.get(row, 0.0) <= self.trust.get(other, 0.0):
                self._add(row, other, FlagKind.MUTATED_NUMBER, *ours, *theirs, {"kind": change.kind})

    def repeat(self, row: int, change: QuoteChange) -> None:
        """A quote that one document has in two wordings."""
        details = {"start": change.b_start, "end": change.b_end,
                   "differences": self._differences(row, row, change)}  # fmt: skip
        self._add(row, row, FlagKind.SELF_REPEAT, change.a_start, change.a_end, change.b_start, change.b_end, details)

    def _differences(self, row: int, other: int, change: QuoteChange) -> list[dict[str, Any]]:
        ours, theirs = self.known[row].tokens.text, self.known[other].tokens.text
        return [{"start": a, "end": b, "text": ours[a:b], "other": theirs[c:d]} for a, b, c, d in change.differences]

    def _add(
        self, row: int, other: int, kind: FlagKind, start: int, end: int, other_start: int, other_end: int,
        details: dict[str, Any],
    ) -> None:  # fmt: skip
        text = self.known[other].tokens.text[other_start:other_end]
        entry = self.spans.setdefault((row, kind), {}).setdefault((start, end, text), {"documents": [], **details})
        name = self.names.get(other, str(other))
        if name not in entry["documents"]:
            entry["documents"].append(name)

    def flags(self) -> dict[int, list[Flag]]:
        """Flags by row."""
        result: dict[int, list[Flag]] = {}
        for (row, kind), spans in sorted(self.spans.items(), key=lambda item: (item[0][0], item[0][1])):
            text = self.known[row].tokens.text
            made = tuple(
                Span(start, end, text[start:end], other={"text": other, **details})
                for (start, end, other), details in sorted(spans.items(), key=lambda item: item[0])
            )
            result.setdefault(row, []).append(Flag(kind, spans=made))
        return result
