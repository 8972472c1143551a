"""The two plots of the benchmark `phrasing`, drawn from its figures."""

from __future__ import annotations

from math import sqrt

from benchmarks.curves import RATES
from benchmarks.plots import COLORS, Axis, Line, Panel, svg
from benchmarks.settings import RESULTS, Figures

NAMES = {1.0: "all entries used", 0.5: "half of the entries", 0.25: "a quarter of the entries"}
RATE_TICKS = ((0.001, "0.1%"), (0.01, "1%"), (0.1, "10%"), (1.0, "100%"))
TENTHS = tuple((tenth / 5, f"{tenth / 5:.1f}") for tenth in range(6))
SHARES = tuple((tenth / 5, f"{tenth / 5:.0%}") for tenth in range(6))
MOST_RADIUS = 16.0
"""Of a dot that stands for all texts."""


def draw(figures: Figures, quick: bool) -> list[str]:
    """Write them beside the results; returns their names."""
    drawn = {"roc": svg(_curves(figures)), "calibration": svg(_calibration(figures))}
    names = {f"phrasing-{name}{'-quick' * quick}.svg": content for name, content in drawn.items()}
    RESULTS.mkdir(exist_ok=True)
    for name, content in names.items():
        (RESULTS / name).write_text(content, encoding="utf-8")
    return list(names)


def _curves(figures: Figures) -> list[Panel]:
    """A panel a reference, a curve a share, the baseline of the same colour."""
    x = Axis("clean texts called mangled (log scale)", RATE_TICKS, low=RATES[1], log=True)
    panels = []
    for found in figures["single"]:
        panel = Panel(f"Reference: {found['reference']}", x, Axis("spun texts found", SHARES))
        for row, color in zip(found["shares"], COLORS, strict=False):
            name = NAMES[row["share"]]
            panel.lines.append(Line(f"{name}: AUC {row['auc']:.3f}", RATES[1:], row["roc"][1:], color))
            base = row["baseline"]
            panel.lines.append(Line(f"unseen bigrams: AUC {base['auc']:.3f}", RATES[1:], base["roc"][1:], color, True))
        panels.append(panel)
    return panels


def _calibration(figures: Figures) -> list[Panel]:
    """A panel a reference: what tenths of the score said, and what was true."""
    panels = []
    for found in figures["single"]:
        held = found["reliability"]
        panel = Panel(
            f"Reference: {found['reference']}", Axis("score, mean of a tenth", TENTHS),
            Axis("share of spun texts", SHARES), diagonal=True,
        )  # fmt: skip
        name = f"area of a dot: texts; prevalence {held['prevalence']:.0%}, mean error {held['error']:.3f}"
        sizes = [max(2.5, MOST_RADIUS * sqrt(share)) for share in held["share"]]
        panel.lines.append(Line(name, held["said"], held["true"], COLORS[0], sizes=sizes))
        panels.append(panel)
    return panels
