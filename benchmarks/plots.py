"""Line plots as SVG, written by hand: panels side by side, lines and dots with a legend below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 400, 300
"""Of the inside of a panel."""
LEFT, RIGHT, TOP, BOTTOM = 66, 24, 44, 60
LINE = 20
"""Height of a line of the legend."""
COLORS = ("#0b6bcb", "#c2410c", "#15803d", "#6b7280")
_STYLE = (
    "text{font:13px system-ui,'DejaVu Sans',Arial,sans-serif;fill:#1f2937}.title{font-weight:600;font-size:14px}"
    ".tick{font-size:12px;fill:#4b5563}.grid{stroke:#e5e7eb}.frame{fill:none;stroke:#9ca3af}"
    ".curve{fill:none;stroke-width:2;stroke-linejoin:round}.faint{stroke-width:1.25}"
)


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows: its ends, its marks and what they are called."""

    label: str
    ticks: tuple[tuple[float, str], ...]
    low: float = 0.0
    high: float = 1.0
    log: bool = False

    def place(self, value: float) -> float:
        """Where a value is, 0 to 1; what lies beyond an end is put there."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of points; `sizes` draws a dot of so many pixels at each."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    color: str
    dashed: bool = False
    sizes: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot."""

    title: str
    x: Axis
    y: Axis
    lines: list[Line] = field(default_factory=list)
    diagonal: bool = False


def _at(panel: Panel, left: float, x: float, y: float) -> tuple[float, float]:
    """Pixels of a point."""
    return round(left + panel.x.place(x) * WIDTH, 1), round(TOP + (1 - panel.y.place(y)) * HEIGHT, 1)


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "middle", turn: bool = False) -> str:
    turned = f' transform="rotate(-90 {x} {y})"' if turn else ""
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{named}{turned}>{escape(text)}</text>'


def _axes(panel: Panel, left: float) -> list[str]:
    """Grid, frame, marks and names."""
    bottom, parts = TOP + HEIGHT, []
    for value, name in panel.x.ticks:
        x, _ = _at(panel, left, value, panel.y.low)
        parts.append(f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>')
        parts.append(_text(x, bottom + 18, name, "tick"))
    for value, name in panel.y.ticks:
        _, y = _at(panel, left, panel.x.low, value)
        parts.append(f'<line class="grid" x1="{left}" y1="{y}" x2="{left + WIDTH}" y2="{y}"/>')
        parts.append(_text(left - 8, y + 4, name, "tick", "end"))
    parts.append(f'<rect class="frame" x="{left}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}"/>')
    parts.append(_text(left + WIDTH / 2, TOP - 14, panel.title, "title"))
    parts.append(_text(left + WIDTH / 2, bottom + 42, panel.x.label))
    return [*parts, _text(left - 48, TOP + HEIGHT / 2, panel.y.label, turn=True)]


def _dash(line: Line) -> str:
    return f'stroke="{line.color}"' + ' stroke-dasharray="5 4"' * line.dashed


def _curve(panel: Panel, left: float, line: Line) -> str:
    """A line and its dots."""
    places = [_at(panel, left, x, y) for x, y in zip(line.x, line.y, strict=True)]
    points = " ".join(f"{x},{y}" for x, y in places)
    kind = "curve faint" if line.dashed else "curve"
    drawn = f'<polyline class="{kind}" {_dash(line)} points="{points}"/>'
    dots = (
        f'<circle cx="{x}" cy="{y}" r="{size:.1f}" fill="{line.color}" fill-opacity=".75"/>'
        for (x, y), size in zip(places, line.sizes, strict=False)
    )
    return drawn + "".join(dots)


def _legend(lines: Sequence[Line], left: float, top: float) -> list[str]:
    """Names of the lines, one under the other."""
    parts = []
    for number, line in enumerate(lines):
        y = top + number * LINE
        parts.append(f'<line class="curve" {_dash(line)} x1="{left}" y1="{y - 4}" x2="{left + 28}" y2="{y - 4}"/>')
        parts.append(_text(left + 36, y, line.name, anchor="start"))
    return parts


def svg(panels: Sequence[Panel]) -> str:
    """All panels in a row, each with its legend below it."""
    step = LEFT + WIDTH + RIGHT
    legend = max(len(panel.lines) for panel in panels) * LINE
    width, height = step * len(panels), TOP + HEIGHT + BOTTOM + legend + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<style>{_STYLE}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for number, panel in enumerate(panels):
        left = number * step + LEFT
        parts += _axes(panel, left)
        if panel.diagonal:
            ends = Line("", (panel.x.low, panel.x.high), (panel.y.low, panel.y.high), COLORS[-1], dashed=True)
            parts.append(_curve(panel, left, ends))
        parts += [_curve(panel, left, line) for line in panel.lines]
        parts += _legend(panel.lines, left, TOP + HEIGHT + BOTTOM + 14)
    return "\n".join([*parts, "</svg>"]) + "\n"
