"""One rule for two texts: a comparison, an explanation and a scan of the two say the same."""

from __future__ import annotations

import itertools

import pytest

from dedup import Config, Relation, compare, scan
from dedup.pipeline.explain import explain
from dedup.pipeline.pair import EXACT, judge_texts
from dedup.relations import relation
from tests import texts
from tests.pipeline.test_forms import filled
from tests.rewrites import INDEPENDENT, REWRITE, SOURCE, UPDATE
from tests.rewriting.test_condensed import SUMMARY

WHOLE = texts.REPORT.strip()
TEXTS = {
    "whole": WHOLE, "near": WHOLE.replace("Work is expected to begin in the autumn. ", ""),
    "part": "\n\n".join(WHOLE.split("\n\n")[1:4]), "spun": texts.spun(WHOLE), "loud": WHOLE.upper(),
    "source": SOURCE, "rewrite": REWRITE, "independent": INDEPENDENT, "update": UPDATE,
    "form": filled("vacancy")[0], "other form": filled("vacancy")[1], "nothing": "", "dots": "…", "smile": "\U0001f600",
    "few": "Four words are short", "as few": "Four words are few",
}  # fmt: skip
SETTINGS = {
    "as they are": {}, "shingles alone": {"rewritten": False}, "no excerpts": {"excerpts": False},
    "verbatim": {"threshold": 1.0}, "lax": {"threshold": 0.5, "containment": 0.6},
}  # fmt: skip


def told(found):
    return found.relation.value if found.relation else "nothing"


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_comparison_an_explanation_and_a_scan_say_the_same(settings):
    config = Config().update({"match": settings})
    for one, two in itertools.combinations(TEXTS, 2):
        said = told(compare(TEXTS[one], TEXTS[two], config))
        assert said == explain(TEXTS[one], TEXTS[two], config).relation, (one, two)
        if not TEXTS[one] or not TEXTS[two]:
            continue  # nothing is no document
        result = scan([TEXTS[one], TEXTS[two]], config)
        by_scan = [edge.relation.value for edge in result.edges] or ["form" if result.forms else "nothing"]
        assert said == by_scan[0], (one, two)


@pytest.mark.parametrize(("one", "two", "expected"), [
    ("whole", "loud", "exact"), ("smile", "smile", "exact"), ("nothing", "dots", "nothing"),
    ("few", "as few", "nothing"), ("nothing", "nothing", "nothing"), ("source", "rewrite", "rewritten"),
    ("source", "independent", "nothing"),
    ("form", "other form", "form"), ("whole", "spun", "spun"), ("whole", "part", "excerpt"),
])  # fmt: skip
def test_what_two_texts_are(one, two, expected):
    code = judge_texts([TEXTS[one].encode(), TEXTS[two].encode()], Config()).code
    assert (relation.RELATIONS[code].value if code != relation.NONE else "nothing") == expected
    assert (code == EXACT) == (expected == "exact")


def test_a_summary_counts_as_rewritten_for_both(seeds):
    article = (seeds / "harbour-bridge_tidewater-courier.txt").read_text(encoding="utf-8")
    found = explain(SUMMARY, article)
    assert compare(SUMMARY, article).relation is Relation.REWRITTEN and found.relation == "rewritten"
    assert [test.name for test in found.tests if test.group == "rewritten"] == ["one sums up the whole of the other"]
    shingles = Config().update({"match": {"rewritten": False}})
    assert compare(SUMMARY, article, shingles).relation is None and compare(SUMMARY, article, shingles).copied


def test_how_far_from_a_rewrite_two_texts_are_is_said():
    odds = {}
    for name in ("rewrite", "independent", "update"):
        signs = judge_texts([SOURCE.encode(), TEXTS[name].encode()], Config()).rewriting
        (test,) = [test for test in explain(SOURCE, TEXTS[name]).tests if test.group == "rewritten"]
        odds[name] = signs.odds
        assert test.passed == (name == "rewrite") == signs.rewritten
        if signs.odds > float("-inf"):
            assert (test.value, test.needed) == (round(signs.odds, 4), signs.needed)
        else:
            assert (test.value, test.needed) == (0.0, 1.0)
    assert odds["rewrite"] > odds["independent"]
