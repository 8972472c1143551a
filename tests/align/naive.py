"""Slow, obvious twins of the kernels that tell what an alignment says, written from their docstrings."""

from __future__ import annotations

import itertools
import re
from collections import Counter

from dedup.align import fact_kernels as f
from dedup.align import figures as k
from dedup.align.figure_kernels import STRETCH_HALF, STRETCH_LOSS, STRETCH_UNEVEN, STRETCH_WORDS
from dedup.text.sentences import CAPITAL, DIGIT, FIRST

Block = tuple[int, int, int, int, int, int]


def marked(bits: list[int], weights: list[int]) -> tuple[list[int], bool]:
    """What each word weighs as a fact, from its bits and its weight; and whether the language is known."""
    inside = [bit for bit in bits if not bit & FIRST]
    share = sum(bool(bit & CAPITAL) for bit in inside) / (len(inside) + 1)
    known = sum(weight != f.UNKNOWN_WEIGHT for weight in weights) >= f.KNOWN * len(weights)
    name = [bit & (CAPITAL | FIRST) == CAPITAL and share < f.HEADLINE for bit in bits]
    if share >= f.NOUNS or not known:
        beside = [False, *name, False]
        name = [own and (beside[at] or beside[at + 2]) for at, own in enumerate(name)]
    out = []
    for bit, weight, named in zip(bits, weights, name, strict=True):
        fact = bool(bit & DIGIT or weight & f.WORD_OF_NUMBER or (named and not weight & f.PLAIN))
        half = known and weight == f.UNKNOWN_WEIGHT
        out.append(weight & ~f.PLAIN if fact else weight // 2 if half else 0)
    return out, known


def found_facts(words_a: list[int], facts_a: list[int], words_b: list[int], facts_b: list[int]) -> list[int]:
    """Weight of the distinct facts of each text, and of those of them that the other text has anywhere."""
    sides = []
    for words, facts in ((words_a, facts_a), (words_b, facts_b)):
        worth: Counter[int] = Counter()
        for word, fact in zip(words, facts, strict=True):
            worth[word] = max(worth[word], fact & f.WEIGHT)
        sides.append(worth)
    one, two = sides
    there, here = (
        sum(worth for word, worth in ours.items() if word in theirs) for ours, theirs in (sides, sides[::-1])
    )
    return [sum(one.values()), sum(two.values()), there, here]


def own_words(partner_a: list[int], partner_b: list[int]) -> tuple[int, int]:
    """Words that each text has to itself where the other has its own: of each such place the smaller side. And those in
    paragraphs behind a head that both have.
    """
    kept = [(-1, -1), *((a, b) for a, b in enumerate(partner_a) if b >= 0), (len(partner_a), len(partner_b))]
    total = replaced = 0
    for (a, b), (next_a, next_b) in itertools.pairwise(kept):
        own = min(next_a - a - 1, sum(other < 0 for other in partner_b[b + 1 : next_b]))
        if own >= f.HOLE:
            total += own
        if own >= f.PARAGRAPH and sum(other >= 0 for other in partner_a[: min(a + 1, f.HEAD)]) >= f.HEAD_KEPT:
            replaced += own
    return total, replaced


def own_tail(shared: str) -> int:
    """Words that a text has to itself ("."), behind the last few in a row that both have ("+")."""
    runs = list(re.finditer(rf"\+{{{f.TAIL_RUN},}}", shared))
    own = shared[runs[-1].end() if runs else 0 :].count(".")
    return own if f.TAIL <= own < len(shared) else 0


def changed_numbers(one: list[tuple[bool, bool]], two: list[tuple[bool, bool]], alike: bool) -> int:
    """Numbers that differ in a slot; of each word: whether it has digits, whether it writes a number in words."""
    (digits, written), (others, other_written) = (
        (sum(digit for digit, _ in side), any(word for _, word in side)) for side in (one, two)
    )
    if digits and others:
        return digits
    sizes = [len(side) - max(count - 1, 0) for side, count in ((one, digits), (two, others))]
    if alike or max(sizes) > f.NUMBER_SLOT or abs(sizes[0] - sizes[1]) > 1:
        return 0
    if digits:
        return 0 if other_written else digits
    return 0 if written else others


def closeness(blocks: list[Block]) -> float:
    """Kept words, each worth n / (n + 32) in a stretch of n words."""
    stretches: list[list[Block]] = []
    last = None
    for block in blocks:
        kind, a0, a1, b0, b1, passage = block
        small = max(a1 - a0, b1 - b0) <= STRETCH_WORDS and abs((a1 - a0) - (b1 - b0)) <= STRETCH_UNEVEN
        held = kind == k.EQUAL or (kind == k.REPLACE and small)
        if not held or last != (a0, b0, passage):
            stretches.append([])
        if held:
            stretches[-1].append(block)
        last = (a1, b1, passage)
    worth = 0.0
    for stretch in stretches:
        kept = sum(a1 - a0 for kind, a0, a1, *_ in stretch if kind == k.EQUAL)
        lost = sum(max(a1 - a0, b1 - b0) for kind, a0, a1, b0, b1, _ in stretch if kind != k.EQUAL)
        length = max(kept - STRETCH_LOSS * lost, 0.5)
        worth += kept * length / (length + STRETCH_HALF)
    return worth


def look_alike(one: str, two: str) -> bool:
    """Whether two words of ASCII share all but a few letters at one place."""
    one, two = one.lower(), two.lower()
    short = min(len(one), len(two))
    head = next((at for at in range(short) if one[at] != two[at]), short)
    rest = short - head
    tail = next((at for at in range(rest) if one[-1 - at] != two[-1 - at]), rest)
    return 3 * (head + tail) >= 2 * max(len(one), len(two))
