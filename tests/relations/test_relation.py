"""The rule that names a relation, on texts that each show one thing."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dedup.align import figures as k
from dedup.align import overlap, shares
from dedup.align.alignment import align
from dedup.align.rarity import Background, Rarity
from dedup.model import RELATIONS, Relation
from dedup.relations import relation
from dedup.relations.relation import RelationRule
from tests import texts

RULE = RelationRule(threshold=0.7, containment=0.85, excerpts=True)
SPLIT = texts.REPORT.split("\n\n")
BRITISH = """\
The defence minister apologised to harbour workers on Friday after a programme to modernise the naval centre was \
criticised by labour leaders. He said the ministry had recognised its errors and would organise new talks.

Neighbours of the yard complained about the grey colour of the sheds and the odour of tyres burnt in ploughed fields. \
One travelled to the capital with a catalogue of rumours. A licence for the theatre next door was cancelled, too.
"""


def measured(one: str, two: str) -> tuple[overlap.Overlaps, np.ndarray, Rarity]:
    """Shingles, figures and rarity of a pair without a background."""
    rows = [one.encode(), two.encode()]
    sizes = np.array([len(row) for row in rows], np.int64)
    left, right = np.array([0], np.int64), np.array([1], np.int64)
    with ThreadPoolExecutor(1) as pool:
        pairs = overlap.overlaps(left, right, sizes, rows.__getitem__, frozenset(), 5, pool)
        figures = align(left, right, sizes, rows.__getitem__, pool).figures
        return pairs, figures, Background.none().weigh(left, right, np.arange(2), sizes, rows.__getitem__, pool)


def judged(one: str, two: str, rule: RelationRule = RULE) -> Relation | None:
    """What the rule says of a pair; it must say the same of the pair turned round."""
    said = []
    for pair in ((one, two), (two, one)):
        pairs, figures, rarity = measured(*pair)
        said.append(int(rule.verdict(pairs, figures, rarity, rule.by_alignment(pairs, figures))[0]))
    assert said[0] == said[1]
    return None if said[0] < 0 else RELATIONS[said[0]]


def test_a_spun_report_is_spun():
    copy = texts.spun(texts.REPORT)
    pairs, figures, _ = measured(texts.REPORT, copy)
    assert pairs.jaccard[0] < 0.25, "no near-duplicate tool would find it"
    assert judged(texts.REPORT, copy) is Relation.SPUN
    assert relation.similarity(figures, np.array([relation.SPUN], np.int8))[0] > 0.9


@pytest.mark.parametrize("share", [0.75, 0.5])
def test_a_report_spun_in_part_is_spun(share):
    rng = random.Random(7)
    table = {word: other for word, other in texts.SYNONYMS.items() if rng.random() < share}
    assert judged(texts.REPORT, texts.swapped(texts.REPORT, table)) is Relation.SPUN


def test_two_spins_of_one_report_are_spun():
    rng = random.Random(3)
    tables: list[dict[str, str]] = [{}, {}]
    for word, other in texts.SYNONYMS.items():
        for table in tables:
            if rng.random() < 0.6:
                table[word] = other
    one, two = (texts.swapped(texts.REPORT, table) for table in tables)
    assert judged(one, two) is Relation.SPUN


def test_spelling_is_no_spinning():
    american = texts.swapped(texts.REPORT, texts.BRITISH)
    assert american != texts.REPORT
    assert judged(texts.REPORT, american) is Relation.NEAR_DUPLICATE
    american = texts.swapped(BRITISH, texts.BRITISH)
    _, figures, _ = measured(BRITISH, american)
    assert figures[0, k.CHANGES] >= 14
    # "ploughed" is spelt too differently, "grey colour" are two words
    assert figures[0, k.LIKE_SPELT] >= figures[0, k.CHANGES] - 2
    assert judged(BRITISH, american) is Relation.NEAR_DUPLICATE


def test_an_editors_cuts_are_no_spinning():
    shorter = texts.REPORT.replace(", ending a dispute that has divided residents for almost three years", "")
    shorter = shorter.replace(" He wants the auditor to examine the contract before it is signed.", "")
    shorter = shorter.replace(", a retired teacher who started the campaign,", "").replace(
        "about a quarter", "a quarter"
    )
    assert judged(texts.REPORT, shorter) is Relation.NEAR_DUPLICATE
    # the upper half of the report, as a smaller paper would print it
    assert judged(texts.REPORT, "\n\n".join(SPLIT[:3])) is Relation.EXCERPT
    assert judged(texts.REPORT, "\n\n".join(SPLIT[:5])) is Relation.NEAR_DUPLICATE


def test_paragraphs_in_another_order_are_a_copy():
    assert judged(texts.REPORT, "\n\n".join([*SPLIT[3:], *SPLIT[:3]])) is Relation.NEAR_DUPLICATE


def test_a_spun_excerpt_is_a_copy():
    half = texts.spun("\n\n".join(SPLIT[1:4]))
    assert judged(texts.REPORT, half) in (Relation.SPUN, Relation.EXCERPT)


def test_a_report_inside_another_article_is_an_excerpt():
    around = texts.INDEPENDENT.replace("tram", "bus")
    inside = "\n\n".join(SPLIT[3:5])
    assert judged(inside, f"{around}\n\n{inside}\n\n{texts.WEATHER.format(**texts.DAYS[0])}") is Relation.EXCERPT
    no_excerpts = RelationRule(0.7, 0.85, False)
    assert judged(inside, f"{around}\n\n{inside}\n\n{texts.WEATHER.format(**texts.DAYS[0])}", no_excerpts) is None


def test_two_reports_of_one_event_are_no_copies():
    assert judged(texts.REPORT, texts.INDEPENDENT) is None
    quotes = 'Mayor Ilse Brandt said the building would house a library. "They listened at last," Anneke Roth said.'
    assert judged(texts.REPORT, f"{texts.INDEPENDENT}\n{quotes}") is None
    assert judged(texts.spun(texts.REPORT), texts.INDEPENDENT) is None


@pytest.mark.parametrize(
    ("form", "fillings"),
    [(texts.WEATHER, texts.DAYS), (texts.LOTTERY, texts.DRAWS), (texts.MARKET, texts.MARKET_DAYS)],
    ids=["weather", "lottery", "market"],
)
def test_a_form_filled_in_twice_is_no_copy(form, fillings):
    one, two = (form.format(**filling) for filling in fillings)
    _, figures, _ = measured(one, two)
    assert figures[0, k.KEPT_WORDS] > 0.5 * figures[0, k.WORDS_A], "the rest is the same, and yet"
    assert judged(one, two) is Relation.FORM
    assert judged(one, one.replace("crowns", "kroner").replace("degrees", "celsius")) is Relation.NEAR_DUPLICATE


def scores(seed: int, lines: int = 40) -> str:
    rng = random.Random(seed)
    teams = ["Harrow", "Easter Lock", "Millbrook", "Port Vale", "Hill End", "Canal Road", "Steelers", "Rovers"]
    return "\n".join(
        f"{' '.join(rng.sample(teams, 1))} {rng.randrange(9)} {rng.randrange(9)} {rng.randrange(90)}"
        for _ in range(lines)
    )


def numbers(seed: int, count: int = 300) -> str:
    rng = random.Random(seed)
    return "\n".join(" ".join(str(rng.randrange(1000)) for _ in range(10)) for _ in range(count // 10))


@pytest.mark.parametrize("table", [scores, numbers])
def test_tables_are_no_copies_of_one_another(table):
    for seed in range(6):
        assert judged(table(seed), table(seed + 100)) is None


@pytest.mark.parametrize("table", [scores, numbers])
def test_a_table_and_itself_with_a_line_more_are_copies(table):
    once = table(1)
    assert judged(once, once + "\nHarrow 3 1 77") is Relation.NEAR_DUPLICATE


def test_few_words_prove_nothing():
    headline = "Council of Harrow Vale votes to buy old tram depot on Mill Street"
    assert judged(headline, headline + " after a long dispute") is None
    assert judged(headline, texts.REPORT) is None


def test_nothing_is_no_copy_of_anything():
    assert judged("", texts.REPORT) is None
    assert judged("", "") is None
    assert judged("…", "—") is None


def test_by_shingles_is_jaccard_then_containment_of_enough_words():
    shared, left, right = (
        np.array(side, np.int32)
        for side in ((70, 69, 85, 19, 20, 0), (100, 100, 100, 19, 20, 0), (70, 70, 500, 90, 90, 0))
    )
    nothing = np.zeros(6, np.int64)
    pairs = overlap.Overlaps(nothing, nothing, shared, left, right)
    near, excerpt = relation.NEAR, relation.EXCERPT
    # 69 of 101 is below .7, yet 69 of 70 stand in the longer text; 19 shingles are too few for an excerpt
    assert RULE.by_shingles(pairs).tolist() == [near, excerpt, excerpt, -1, excerpt, -1]
    assert RelationRule(0.7, 0.85, False).by_shingles(pairs).tolist() == [near, -1, -1, -1, -1, -1]


def test_shares_are_between_0_and_1_and_of_nothing_0():
    figures = np.zeros((1, k.FIGURES), np.int32)
    found = shares.shares(figures)
    for name in shares.Shares.__slots__:
        assert getattr(found, name).tolist() == [0.0]
    assert relation.similarity(figures, np.array([relation.NEAR], np.int8)).tolist() == [0.0]
    for two in (texts.spun(texts.REPORT), texts.INDEPENDENT, "\n\n".join(SPLIT[:2]), texts.REPORT):
        found = shares.shares(measured(texts.REPORT, two)[1])
        for name in ("kept", "aligned", "whole", "spread", "slots"):
            assert 0 <= getattr(found, name)[0] <= 1, name
        assert found.whole[0] <= found.aligned[0] + 1e-9
