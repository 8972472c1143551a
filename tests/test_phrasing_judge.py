"""The judge of the phrasing benchmark, against cases worked out by hand."""

from random import Random
from types import SimpleNamespace
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

pytest.importorskip("rich")

from benchmarks import curves, foreign
from benchmarks.phrasing_spans import judge
from benchmarks.plots import COLORS, Axis, Line, Panel, svg
from dedup.model import Span

SOURCE = "The military aid to the town was late."
COPY = SimpleNamespace(text="The army help to the city was tardy.", substitutions=((4, 16, 4, 13), (24, 28, 21, 25)))
ENTRIES = {"military aid": ("army help", "army support"), "town": ("city", "place")}


def floats(*values):
    return np.array(values, np.float64)


def test_auc_counts_ties_half():
    assert curves.auc(floats(3, 2), floats(1, 2)) == pytest.approx((1 + 1 + 1 + 0.5) / 4)
    low, high = curves.interval(floats(*range(50, 150)), floats(*range(100)))
    assert low < curves.auc(floats(*range(50, 150)), floats(*range(100))) < high


def test_no_more_than_the_rate_of_negatives_is_above_the_limit():
    negative = floats(*range(100))
    assert curves.limit(negative, 0.01) == 98
    assert curves.limit(negative, 0.0) == 99
    assert curves.found(floats(98, 98.5, 99, 120), negative) == 0.75
    tied = floats(*([0.0] * 95), *([1.0] * 5))
    assert (tied > curves.limit(tied, 0.01)).sum() == 0
    assert curves.roc(floats(1, 1), tied)[-1] == 1.0


def test_reliability_is_weighted_to_the_prevalence():
    found = curves.reliability(floats(0.95, 0.95, 0.05), floats(0.05, 0.05), 0.3)
    assert found.said == pytest.approx([0.05, 0.95])
    assert found.true == pytest.approx([0.1 / 0.8, 1.0])
    assert found.share == pytest.approx([0.8, 0.2]) and found.count == [3, 2]
    assert found.error == pytest.approx(abs(0.8 * 0.05 - 0.1) + 0.2 * 0.05)
    assert found.brier == pytest.approx(0.2 * 0.05**2 + 0.1 * 0.95**2 + 0.7 * 0.05**2)


def span(begin, end, suggestion):
    return Span(begin, end, COPY.text[begin:end], suggestion)


@pytest.mark.parametrize(
    "begin, end, suggestion, inside, right",
    [
        (4, 13, "military aid", 1, 1),
        (4, 13, "Army support", 1, 1),
        (4, 13, "army assistance", 1, 0),
        (4, 13, None, 1, 0),
        (9, 13, "aid", 1, 0),  # "army aid" is no wording of it
        (9, 13, "support", 1, 1),
        (0, 13, "The military aid", 1, 1),  # what stands round it may stay
        (4, 25, "military aid to the town", 1, 1),
        (4, 25, "military aid to the place", 1, 1),
        (4, 25, "military aid for the town", 1, 0),
        (30, 35, "late", 0, 0),
    ],
)
def test_a_suggestion_is_right_if_it_gives_a_wording_of_the_vocabulary(begin, end, suggestion, inside, right):
    found = judge(span(begin, end, suggestion), COPY, SOURCE, ENTRIES)
    assert (found["spans"], found["inside"], found["right"]) == (1, inside, right)
    assert found["suggested"] == (suggestion is not None)


def test_originals_of_one_word_are_counted_apart():
    found = judge(span(21, 25, "town"), COPY, SOURCE, ENTRIES) + judge(span(4, 13, "x"), COPY, SOURCE, ENTRIES)
    assert (found["inside"], found["single"], found["single_right"]) == (2, 1, 1)


def test_a_plot_is_well_formed_and_inside_its_frame():
    axis = Axis("a < b", ((0.001, "0.1%"), (1.0, "100%")), low=0.001, log=True)
    line = Line("one & two", [0.001, 0.01, 1.0], [0.0, 0.5, 1.0], COLORS[0], sizes=[3, 3, 3])
    root = Xml.fromstring(svg([Panel("left", axis, Axis("y", ((0.0, "0"),)), [line], diagonal=True)] * 2))
    width, height = float(root.get("width")), float(root.get("height"))
    for dot in root.iter("{http://www.w3.org/2000/svg}circle"):
        assert 0 < float(dot.get("cx")) < width and 0 < float(dot.get("cy")) < height
    assert axis.place(0.0) == 0 and axis.place(1.0) == 1 and axis.place(0.0316227766) == pytest.approx(0.5)


def test_wording_in_any_language_is_ranked_by_its_own_reference():
    """What was learned in one language tells spun from clean in another, whose words nobody knows."""
    rng = Random("foreign")

    def language(letters: str) -> tuple[list[str], list[str]]:
        words = ["".join(rng.choices(letters, k=7)) for _ in range(400)]
        pairs = [(rng.choice(words), rng.choice(words)) for _ in range(300)]

        def text() -> str:
            return (
                ". ".join(" ".join(word for pair in rng.choices(pairs, k=5) for word in pair) for _ in range(12)) + "."
            )

        clean = [text() for _ in range(120)]
        spun = [
            " ".join(rng.choice(words) if rng.random() < 0.3 else word for word in one.split()) for one in clean[:30]
        ]
        return clean, spun

    trials = []
    for letters in ("abcdefghijklm", "nopqrstuvwxyz"):
        clean, spun = language(letters)
        ranks = foreign.Ranks(clean[30:])
        trials.append(foreign.Trial(0, {"made": ranks.documents(clean[:30])}, {("made", 0.3): ranks.documents(spun)}))
    (row,) = foreign.told(trials[1], foreign.learned(trials[0]))
    assert row["auc"] > 0.9 and np.isfinite(trials[0].clean["made"]).all()
