"""Whether two texts say the same: the one module that is asked.

Pairs by the thousand are judged by the figures of their alignment (`fact_kernels` says which words are facts): how far
their facts agree (`said`, `agree`), whether a background may count them once (`say_the_same`), and whether what differs
makes them another day's report (`is_form`, `other_numbers`), a text about something else (`other_subject`) or another
signature under the same clauses (`signed_anew`). `relation` names copies and forms by it. Where two texts are known to
belong together, `changed_facts` and `differing_numbers` name the places: numbers by what they are worth, dates, names.
`mutations` makes flags of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.align import figures as k
from dedup.align.overlap import Overlaps
from dedup.align.rarity import Rarity
from dedup.align.shares import shares
from dedup.facts import document_kernels
from dedup.facts.mentions import Facts, how_many, numbers_at
from dedup.facts.quotations import Span4
from dedup.text.calendar import ENGLISH_WEEKDAYS
from dedup.text.numbers import Number
from dedup.text.sentences import CAPITAL, FIRST
from dedup.text.spelling import same_words

AGREE, FOUND = 0.75, 0.5
"""Share of the facts that agree and that the other text has, from which two texts may say the same; the table in
`relation` has what copies and forms have."""
AGREE_UNKNOWN = 0.5
"""The same where the language is not known: a spinner replaces nouns, and which words are names is a guess."""
STANDS, STANDS_SHARE = 0.95, 0.85
"""Facts that the other has, if anywhere, and weight of what is shared, from which all of a text stands in the other."""
APART_COMMON, COMMON = 0.05, 0.40
"""Content of their own in the same places that two texts of a frame have, and mean weight of a shared gram (`rarity`)
below which others have that frame."""
FORM_NUMBERS, FORM_SHARE = 3, 0.5
"""A recurring form (weather, lottery, market report): at least so many numbers have other digits in the same place, and
they are at least this share of the numbers that have a counterpart."""
TABLE_NUMBERS, TABLE_CHANGED = 0.3, 0.12
"""Share of words with digits from which a text tells numbers, and share of those in place that may differ."""
DATED_NUMBERS, DATED_CHANGED = 4, 0.06
"""How many of them make another day's table, and what share, where one differs at its head."""
SHORT_WORDS, SHORT_CHANGED = 120, 0.25
"""The same for the numbers of a short report."""
FRAMED_WORDS, FRAMED_CHANGED = 160, 10
"""Words up to which, in a frame that others have, one fact that differs is enough; and the weight of one."""
SAME_AGREE, SAME_FOUND, SAME_WEIGHT, SAME_JACCARD = 0.9, 0.8, 50, 0.8
"""Texts that say the same count once in the background; where they hold next to no facts, those of one wording do."""
ALIKE_JACCARD = 0.7
"""From which two short texts are alike but for a correction."""
TITLE_CHANGED, TITLE_JACCARD = 2, 0.9
"""Numbers that differ at the head of two texts (a version, its date), and Jaccard from which that is a correction."""
MANUAL_WORDS = 1000
"""Words from which one such number is enough: no report, but a licence, a specification."""
SUBJECT_TIMES, SUBJECT_SHARE = 3, 0.5
"""How often one fact of the title stands in place of another before the two texts are about other things; and for any
other word the share of all substitutions besides: a spinner replaces other words, too. Of 1,000 reports spun at share
.5 two have as much, with .25 fifty-three."""
RULES_SHARE, RULES_LEAST, RULES_KEPT = 0.04, 6, 0.9
"""Share of words that lay down rules from which a text is a licence, a contract, and how many two of them have together
(in a short notice one may be a month); and words kept (of those of the shorter, and of the longer in aligned passages)
from which two of them that have no clause to themselves are one text with another signature."""
REPEATED_TIMES, REPEATED_SHARE, REPEATED_AGREE, REPEATED_FOUND = 8, 0.25, 0.98, 0.9
"""How often one substitution is made, and its share of all: of spun copies 1 in 150 has so many, at share .5."""
SHARED_WORDS = 3
"""Content words that two sentences of independent reports share, if a number in them is about the same."""
RARE_THING, COMMON_THING = 0.35, 0.6
"""Share of the shorter sentence's content words that the other has, for things that few news count and for others."""
_WEEKDAYS = frozenset((*ENGLISH_WEEKDAYS, *["mon", "tue", "tues", "wed", "thu", "thurs", "fri", "sat", "sun"]))
Flags = NDArray[np.bool_]


def is_form(figures: NDArray[np.int32]) -> Flags:
    """Pairs that are one form filled in twice: most numbers differ in their places."""
    changed, kept = figures[:, k.NUMBERS_CHANGED], figures[:, k.NUMBERS_KEPT]
    table = figures[:, k.NUMBERS] >= TABLE_NUMBERS * figures[:, k.WORDS_A]
    share = np.where(table, TABLE_CHANGED, FORM_SHARE)
    found: Flags = (changed >= FORM_NUMBERS) & (changed >= share * (changed + kept))
    dated = table & (figures[:, k.TITLE_NUMBERS] > 0) & (changed >= DATED_NUMBERS)
    return found | (dated & (changed >= DATED_CHANGED * (changed + kept)))


@dataclass(frozen=True, slots=True)
class Said:
    """How far two texts say the same, (m,) float64 each."""

    agree: NDArray[np.float64]
    """Weight of the facts kept / of those kept or changed in place; 1 where there are none."""
    found: NDArray[np.float64]
    """Weight of the facts that the other text has anywhere / of all facts, of the text that has fewer."""


def said(figures: NDArray[np.int32]) -> Said:
    """From the figures of m pairs."""
    f = figures.astype(np.float64)
    kept, changed = f[:, k.FACTS_KEPT], f[:, k.FACTS_CHANGED]
    first = f[:, k.FACTS_A] <= f[:, k.FACTS_B]
    held = np.where(first, f[:, k.FACTS_A], f[:, k.FACTS_B])
    found = np.where(first, f[:, k.FOUND_A], f[:, k.FOUND_B])
    return Said(
        np.where(kept + changed > 0, kept / np.maximum(kept + changed, 1), 1.0),
        np.where(held > 0, found / np.maximum(held, 1), 1.0),
    )


def agree(figures: NDArray[np.int32], rarity: Rarity) -> Flags:
    """Pairs whose facts agree, or of which all that one text says stands in the other."""
    facts, known = said(figures), figures[:, k.KNOWN] > 0
    found = (facts.agree >= np.where(known, AGREE, AGREE_UNKNOWN)) & (facts.found >= FOUND)
    stands: Flags = (facts.found >= STANDS) & (rarity.share >= STANDS_SHARE)
    return found | stands


def lay_down_rules(figures: NDArray[np.int32]) -> Flags:
    """Pairs of licences, contracts and the like, which are what they are to the clause."""
    words = figures[:, k.WORDS_A] + figures[:, k.WORDS_B]
    found: Flags = figures[:, k.RULES] >= np.maximum(RULES_SHARE * words, RULES_LEAST)
    return found


def signed_anew(figures: NDArray[np.int32]) -> Flags:
    """Pairs of these that are one text: another holder, another year."""
    found = shares(figures)
    same: Flags = lay_down_rules(figures) & (figures[:, k.CLAUSE_WORDS] == 0)
    same &= (found.kept >= RULES_KEPT) & (found.whole >= RULES_KEPT)
    return same


def say_the_same(pairs: Overlaps, figures: NDArray[np.int32]) -> Flags:
    """Pairs of which a background may count one text for both."""
    facts = said(figures)
    told = (figures[:, k.FACTS_KEPT] >= SAME_WEIGHT) | (pairs.jaccard >= SAME_JACCARD)
    apart = figures[:, k.OWN] >= APART_COMMON * np.minimum(figures[:, k.WORDS_A], figures[:, k.WORDS_B])
    return ((facts.agree >= SAME_AGREE) & (facts.found >= SAME_FOUND) & told & ~apart) | signed_anew(figures)


def other_numbers(pairs: Overlaps, figures: NDArray[np.int32], rarity: Rarity) -> Flags:
    """Short reports that are not alike, and of whose few numbers some differ or none is kept: another day's. Where
    others have the same frame, one fact is enough.
    """
    changed, kept = figures[:, k.NUMBERS_CHANGED], figures[:, k.NUMBERS_KEPT]
    longer = np.maximum(figures[:, k.WORDS_A], figures[:, k.WORDS_B])
    differ = (changed >= 1) & (changed >= SHORT_CHANGED * (changed + kept))
    differ |= (kept == 0) & (figures[:, k.NUMBERS] > 0)
    other: Flags = (longer < SHORT_WORDS) & differ & (pairs.jaccard < ALIKE_JACCARD)
    framed = (longer < FRAMED_WORDS) & (rarity.mean < COMMON)
    return other | (framed & (figures[:, k.FACTS_CHANGED] >= FRAMED_CHANGED))


def other_subject(pairs: Overlaps, figures: NDArray[np.int32]) -> Flags:
    """Texts that name something else throughout: another version in the title, one word in place of another over and
    over ("library" for "program") while other facts differ too. A spinner replaces many words, and seldom one so often.
    """
    facts, repeated = said(figures), figures[:, k.REPEATED]
    shorter = np.minimum(figures[:, k.WORDS_A], figures[:, k.WORDS_B])
    title: Flags = figures[:, k.TITLE_NUMBERS] >= np.where(shorter >= MANUAL_WORDS, 1, TITLE_CHANGED)
    title &= pairs.jaccard < TITLE_JACCARD
    title &= figures[:, k.NUMBERS] < TABLE_NUMBERS * figures[:, k.WORDS_A]
    often = (repeated >= REPEATED_TIMES) & (repeated >= REPEATED_SHARE * figures[:, k.CHANGES])
    often &= (facts.agree < REPEATED_AGREE) | (facts.found < REPEATED_FOUND)
    named = figures[:, k.SUBJECT_CHANGED] >= SUBJECT_TIMES
    swaps = figures[:, k.TITLE_SWAPS]
    named |= (swaps >= SUBJECT_TIMES) & (swaps >= SUBJECT_SHARE * figures[:, k.CHANGES])
    return title | often | named | (lay_down_rules(figures) & (figures[:, k.CLAUSE_WORDS] > 0))


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
    places = np.array(substitutions, np.int64).reshape(-1, 4)
    ours, theirs = (a, places[:, 0], places[:, 1]), (b, places[:, 2], places[:, 3])
    count = how_many(*ours)
    looked = (_names(*ours) & _names(*theirs)) | ((count > 0) & (count == how_many(*theirs)))
    for place in np.flatnonzero(looked).tolist():
        slot = substitutions[place]
        for change in _changed_numbers(a, b, slot) or _changed_names(a, b, slot):
            found[change] = None
    return list(found)


def _names(facts: Facts, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of spans of characters: whether they may be names."""
    first, last = np.searchsorted(facts.tokens.starts, starts), np.searchsorted(facts.tokens.starts, ends)
    named: NDArray[np.bool_] = (last > first) & (facts.no_names[last] == facts.no_names[first])
    return named


def _changed_numbers(a: Facts, b: Facts, slot: Span4) -> list[FactChange]:
    ours, theirs = numbers_at(a, *slot[:2]), numbers_at(b, *slot[2:])
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
    return text.lower().rstrip(".") in _WEEKDAYS


def _is_name(facts: Facts, start: int, end: int) -> bool:
    """Whether all words are capitalised, none because it begins a sentence, in a sentence that has others, and not all
    are words that the document has in small letters, too: in a headline every word has a capital.
    """
    tokens = facts.tokens
    first, last = np.searchsorted(tokens.starts, (start, end)).tolist()
    bits = tokens.bits[first:last]
    if not len(bits) or not (bits & CAPITAL).all() or (bits & FIRST).any():
        return False
    if all(word in facts.small for word in tokens.hashes[first:last].tolist()):
        return False
    begin, end = np.searchsorted(tokens.sentence, (tokens.sentence[first], tokens.sentence[last - 1] + 1)).tolist()
    line = slice(begin, min(end, last + 20))
    small = tokens.bits[line] & CAPITAL == 0
    return bool(small.sum() * 3 >= len(small) and (small & (facts.kinds[line] & document_kernels.FUNCTION == 0)).any())


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
    ours, theirs = a.counts, b.counts
    changes = []
    for thing in ours.keys() & theirs.keys():
        x, y = ours[thing], theirs[thing]
        if x.number.kind == y.number.kind and x.number.unit == y.number.unit and not x.number.agrees(y.number):
            shared = len(x.words & y.words)
            share = COMMON_THING if x.common else RARE_THING
            if shared >= SHARED_WORDS and shared >= share * min(len(x.words), len(y.words)):
                changes.append(FactChange("number", x.number.start, x.number.end, y.number.start, y.number.end))
    return sorted(changes, key=lambda change: change.a_start)
