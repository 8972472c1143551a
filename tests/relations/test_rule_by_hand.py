"""The rule for many pairs at once is that for one: on figures at its thresholds, and one more and one less."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dedup.align import figures as k
from dedup.align.overlap import Overlaps
from dedup.align.rarity import Rarity
from dedup.align.shares import shares
from dedup.facts import agreement
from dedup.model import RELATIONS, Relation
from dedup.relations import relation
from dedup.relations.text_reuse import CHARACTERS
from tests.relations import rule_by_hand as hand

CODES = {
    hand.NOTHING: -1,
    **{name: RELATIONS.index(Relation(name)) for name in (hand.NEAR, hand.EXCERPT, hand.SPUN, hand.FORM)},
}
NAMES = {code: name for name, code in CODES.items()}
WORDS = (0, 20, 24, 31, 32, 33, 60, 79, 80, 81, 119, 120, 121, 159, 160, 161, 200, 400, 999, 1000, 1600)
SHARES = (0, 0.02, 0.1, 0.42, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.83, 0.85, 0.9, 0.95, 0.98, 1)
PAIRS = 6000


def some_pair(draw: random.Random) -> hand.Pair:
    """A pair that lies at some thresholds, and else looks like a copy more often than not."""
    high, low = (lambda: draw.choice(SHARES[6:])), (lambda: draw.choice(SHARES[:4]))
    step = lambda: draw.choice((-1, 0, 0, 0, 1))  # noqa: E731
    a = draw.choice(WORDS)
    b = a if draw.random() < 0.4 else draw.choice(WORDS)
    shorter = min(a, b)
    f = dict.fromkeys(k_names(), 0) | {"WORDS_A": a, "WORDS_B": b}
    f["KEPT_WORDS"] = kept = min(hand.near(draw.choice(SHARES[3:]), shorter, step()), shorter)
    f["CHANGED_A"] = hand.near(draw.choice((0, 0.1, 0.3, 0.5)), max(a - kept, 0), step())
    f["CHANGED_B"] = hand.near(draw.choice((0, 0.1, 0.3, 0.5)), max(b - kept, 0), step())
    f["CHANGES"] = hand.near(draw.choice((0, 0.035, 0.05, 0.14, 0.3)), kept + f["CHANGED_A"], step())
    f["CHANGES"] = draw.choice((f["CHANGES"], f["CHANGES"], draw.randrange(6)))
    f["LIKE_SPELT"] = hand.near(draw.choice((0, 0, 0, 0.5, 0.9, 1)), f["CHANGES"], step() if draw.random() < 0.3 else 0)
    f["LIKE_SPELT"] = min(f["LIKE_SPELT"], f["CHANGES"])
    f["IN_SLOT"] = min(hand.near(draw.choice((0.8, 0.85, 1)), f["CHANGES"], step()), f["CHANGES"])
    f["SENTENCES"] = draw.choice((1, 5, 10, 20))
    f["CHANGED_SENTENCES"] = min(hand.near(draw.choice((0.4, 0.8, 1)), f["SENTENCES"], step()), f["SENTENCES"])
    f["NUMBERS"] = hand.near(draw.choice((0, 0, 0.02, 0.3, 0.4)), a, step())
    f["NUMBERS_KEPT"] = hand.near(draw.choice((0, 0.5, 0.75, 1)), f["NUMBERS"], step())
    few = draw.choice((0.06, 0.12, 0.25, 0.5))
    f["NUMBERS_CHANGED"] = hand.near(few / (1 - few), f["NUMBERS_KEPT"], step()) if draw.random() < 0.5 else 0
    f["NUMBERS_CHANGED"] = draw.choice((f["NUMBERS_CHANGED"], f["NUMBERS_CHANGED"], draw.randrange(5)))
    facts = draw.choice((0, 20, 49, 50, 51, 100, 200, 1000))
    f["FACTS_KEPT"] = facts
    agree = draw.choice((0.5, 0.75, 0.84, 0.9, 0.95, 0.98, 1, 1, 1))
    f["FACTS_CHANGED"] = draw.choice((hand.near((1 - agree) / agree, facts, step()), 0, 9, 10))
    f["FACTS_A"], f["FACTS_B"] = draw.choice((0, 20, 100)), draw.choice((0, 20, 100, 200))
    for side in "AB":
        f[f"FOUND_{side}"] = hand.near(draw.choice((0.5, 0.65, 0.7, 0.8, 0.9, 0.95, 1)), f[f"FACTS_{side}"], step())
    f["OWN"] = hand.near(draw.choice((0, 0, 0, 0.05, 0.2)), shorter, step())
    f["REPLACED"] = draw.choice((0, f["OWN"]))
    f["TITLE_NUMBERS"] = draw.choice((0, 0, 0, 0, 1, 2))
    f["REPEATED"] = draw.choice((0, 0, 0, 7, 8, hand.near(0.25, f["CHANGES"], step())))
    f["KNOWN"] = draw.choice((0, 1, 1))
    f["CHARACTERS"] = hand.near(draw.choice((0, 0, 0, 0, 0.5, 1)), a, step())
    f["RULES"] = draw.choice((0, 0, 0, 5, 6, hand.near(0.04, a + b, step())))
    f["CLAUSE_WORDS"] = draw.choice((0, 0, 3))
    f["SUBJECT_CHANGED"] = draw.choice((0, 0, 0, 0, 2, 3))
    f["TITLE_SWAPS"] = draw.choice((0, 0, 0, 0, 2, 3, hand.near(0.5, f["CHANGES"], step())))
    left, right = draw.choice((0, 19, 20, 21, 100, 200)), draw.choice((0, 19, 20, 21, 100, 200))
    both = draw.choice((high, high, low))()
    shared = min(hand.near(both, min(left, right), step()), left, right)
    if draw.random() < 0.5:  # a Jaccard at a threshold
        at = draw.choice((0.6, 0.7, 0.8, 0.85, 0.9))
        shared = min(hand.near(at / (1 + at), left + right, step()), left, right)
    mean = draw.choice((0.04, 0.05, 0.14, 0.15, 0.24, 0.25, 0.39, 0.4, 0.54, 0.55, 0.7, 1.0))
    own = draw.choice((0.11, 0.12, 0.19, 0.2, 0.49, 0.5, 0.59, 0.6, 0.84, 0.85, 0.89, 0.9, 1.0))
    return hand.Pair(f, shared, left, right, mean, own)


def k_names() -> list[str]:
    """Names of the figures, in the order of their columns."""
    names = """
        WORDS_A WORDS_B KEPT_WORDS CHANGED_A CHANGED_B CHANGES IN_SLOT LIKE_SPELT SENTENCES CHANGED_SENTENCES DELETED
        INSERTED MOVED PASSAGES NUMBERS NUMBERS_KEPT NUMBERS_CHANGED CLOSENESS FACTS_KEPT FACTS_CHANGED FACTS_A FACTS_B
        FOUND_A FOUND_B OWN TITLE_NUMBERS REPEATED KNOWN CHARACTERS RULES CLAUSE_WORDS SUBJECT_CHANGED TITLE_SWAPS
        REPLACED
    """.split()  # noqa: SIM905 - as the kernels list them
    assert [getattr(k, name) for name in names] == list(range(k.FIGURES))
    return names


@pytest.fixture(scope="module")
def many():
    draw = random.Random(17)
    found = [some_pair(draw) for _ in range(PAIRS)]
    figures = np.array([[pair.f[name] for name in k_names()] for pair in found], np.int32)
    row = np.arange(PAIRS)
    sizes = [np.array([getattr(p, name) for p in found], np.int32) for name in ("shared", "left_size", "right_size")]
    mean, own = (np.array([getattr(pair, name) for pair in found]) for name in ("mean", "own"))
    return found, figures, Overlaps(row, row, *sizes), Rarity(own, mean, own)


def told(pairs, truth, found):
    wrong = [at for at in range(len(pairs)) if bool(truth(pairs[at])) != bool(found[at])]
    assert not wrong, pairs[wrong[0]]
    assert 0 < sum(map(bool, found)) < len(pairs)  # both happen


@pytest.mark.parametrize("threshold", [0.6, 0.7, 0.8, 0.9])
def test_by_shingles_and_by_alignment(many, threshold):
    pairs, figures, overlaps, _ = many
    rule = relation.RelationRule(threshold, 0.85, excerpts=True)
    shingles = [NAMES[code] for code in rule.by_shingles(overlaps).tolist()]
    assert shingles == [hand.by_shingles(pair, threshold, 0.85) for pair in pairs]
    aligned = [NAMES[code] for code in rule.by_alignment(overlaps, figures).tolist()]
    assert aligned == [hand.by_alignment(pair, threshold, 0.85, CHARACTERS) for pair in pairs]
    assert len(set(aligned)) == 4


def test_what_two_texts_say(many):
    pairs, figures, overlaps, rarity = many
    told(pairs, hand.is_spun, relation.is_spun(shares(figures)))
    told(pairs, hand.is_form, agreement.is_form(figures))
    told(pairs, hand.agrees, agreement.agree(figures, rarity))
    told(pairs, hand.signed_anew, agreement.signed_anew(figures))
    told(pairs, hand.say_the_same, agreement.say_the_same(overlaps, figures))
    told(pairs, hand.other_numbers, agreement.other_numbers(overlaps, figures, rarity))
    told(pairs, hand.other_subject, agreement.other_subject(overlaps, figures))
    told(pairs, lambda pair: pair.kept_words >= 0.42 * pair.shorter, relation.hopeful(figures))


@pytest.mark.parametrize("looks_like", [hand.NOTHING, hand.NEAR, hand.EXCERPT, hand.SPUN])
def test_verdicts(many, looks_like):
    pairs, figures, overlaps, rarity = many
    rule = relation.RelationRule(0.7, 0.85, excerpts=True)
    codes = np.full(len(pairs), CODES[looks_like], np.int8)
    found = [NAMES[code] for code in rule.verdict(overlaps, figures, rarity, codes).tolist()]
    wrong = [
        (pair, said, truth)
        for pair, said in zip(pairs, found, strict=True)
        if said != (truth := hand.verdict(pair, looks_like, CHARACTERS))
    ]
    assert not wrong, wrong[0]
    if looks_like != hand.NOTHING:
        assert {looks_like, hand.FORM, hand.NOTHING} <= set(found)


def test_similarity_and_closeness(many):
    pairs, figures, *_ = many
    for code in (hand.NEAR, hand.EXCERPT):
        found = relation.similarity(figures, np.full(len(pairs), CODES[code], np.int8))
        for pair, value in zip(pairs, found.tolist(), strict=True):
            both = (2 * pair.kept_words + pair.changed_a + pair.changed_b) / max(pair.words_a + pair.words_b, 1)
            assert value == pytest.approx(pair.aligned if code == hand.EXCERPT else both)
    figures = figures.copy()
    figures[:, k.CLOSENESS] = 8 * figures[:, k.KEPT_WORDS]
    for pair, value in zip(pairs, relation.closeness(figures).tolist(), strict=True):
        words = max(pair.shorter, 1)
        assert value == pytest.approx(min(pair.kept_words / 2 * (1 + 32 / words) / words, 1))
