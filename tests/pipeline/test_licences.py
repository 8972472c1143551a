"""Texts that lay down rules are what they are to the clause, and one text whoever signs them."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from dedup import Config, Relation, scan
from dedup.pipeline.compare import compare
from tests import texts

COPIES = {Relation.NEAR_DUPLICATE, Relation.EXCERPT, Relation.SPUN}
RULES = [
    "Permission is granted to anybody who has a copy of this work to use it, to change it, to hand it on and to sell "
    "copies of it, for whatever purpose and without a fee, subject to the conditions below.",
    "Whoever hands the work on must name its author in the documents that come with it.",
    "The name of {holder} may not be used to praise what was made from the work unless written permission was granted "
    "beforehand.",
    "The work is provided as it is, without warranty of any kind, express or implied, and {holder} shall not be liable "
    "for any damage that comes of its use.",
    "These conditions shall be part of every copy, and nobody may grant more than is granted here.",
]
HOLDERS = [
    "Anna Lindqvist",
    "the Tolvane Press",
    "Brandt and Sons",
    "Kestrick Council",
    "Ivo Marsh",
    "the Harrow Group",
]


def licence(holder: str, year: int, without: int | None = None) -> str:
    rules = [rule for number, rule in enumerate(RULES) if number != without]
    return f"Copyright {year} {holder}\n\n" + "\n\n".join(rules).format(holder=holder)


def pairs(documents: list[str], pairwise: bool) -> set[tuple[int, int]]:
    result = scan(documents, Config().update({"match": {"pairwise": pairwise}}))
    return {(edge.a, edge.b) for edge in result.edges if edge.relation in COPIES}


@pytest.mark.parametrize("pairwise", [False, True])
@pytest.mark.parametrize("count", [2, 6, 30])
def test_another_holder_is_the_same_licence_however_common_it_is(count, pairwise):
    signed = [licence(random.Random(n).choice(HOLDERS), 1990 + n) for n in range(count)]
    result = scan([*signed, texts.REPORT], Config().update({"match": {"pairwise": pairwise}}))
    assert {row for cluster in result.clusters for row in cluster.members} == set(range(count))
    assert len(result.clusters) == 1


@pytest.mark.parametrize("pairwise", [False, True])
@pytest.mark.parametrize("without", [1, 2, 3])
def test_a_clause_less_is_another_licence(without, pairwise):
    whole, other = licence(HOLDERS[0], 2001), licence(HOLDERS[0], 2001, without)
    assert pairs([whole, other, texts.REPORT], pairwise) == set()
    assert compare(whole, other).relation not in COPIES
    signed = [licence(holder, 2000 + n, without if n % 2 else None) for n, holder in enumerate(HOLDERS)]
    found = pairs(signed, pairwise)
    assert found == {(a, b) for a, b in combinations(range(len(signed)), 2) if a % 2 == b % 2}


def test_a_report_that_lost_a_sentence_is_a_copy():
    rule = " Ships must not enter the harbour without permission, which may be granted by the master alone."
    parts = texts.REPORT.strip().split("\n\n")
    longer = "\n\n".join([parts[0], parts[1] + rule, *parts[2:]])
    assert compare(longer, texts.REPORT).relation is Relation.NEAR_DUPLICATE


def test_files_under_one_licence_are_no_copies_of_one_another():
    terms = licence("the Tolvane Press", 2011)
    code = [
        "def area(w, h):\n    return w * h\n",
        "import os\n\ndef names(folder):\n    return sorted(os.listdir(folder))\n",
        "class Queue:\n    def __init__(self):\n        self.items = []\n",
        "VERSION = '3.1'\nDEBUG = False\nLANGUAGES = ['de', 'fr', 'it']\n",
    ]
    assert pairs([f"{terms}\n\n{each}" for each in code], False) == set()
