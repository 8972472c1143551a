"""What a report says of the whole result: counts, histogram, timeline, who copies from whom."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from dedup.report.html.sources import ReportEdge, ReportSource
from dedup.report.rows import Row

ORDER = ("exact", "near-duplicate", "excerpt", "spun", "rewritten", "form", "same-story")
"""Relations from the closest to the loosest; also the order of the colours in the style sheet."""
BINS, WIDTH, HEIGHT = 20, 640, 160
"""Bars of a histogram, and its size in pixels."""
NODES, RADIUS = 12, 150
"""Sources in the graph (those with most copies), and its radius in pixels."""
SOURCE_ROWS = 20
DAY = 10
"""Characters of an ISO date that name the day, ..."""
MONTH, YEAR = 7, 4
"""... the month, and the year."""


class HistogramBar(NamedTuple):
    """A rectangle of a drawing."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str


class Arrow(NamedTuple):
    """Copies of one source's documents that stand in another."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    label: str


class Node(NamedTuple):
    """A source on the rim of the graph."""

    x: float
    y: float
    name: str
    anchor: str


def relation_counts(ties: Sequence[ReportEdge]) -> list[tuple[str, int]]:
    """Edges of each relation, those that occur."""
    counts = Counter(tie.relation for tie in ties)
    return [(name, counts[name]) for name in ORDER if counts[name]]


def flag_counts(documents: Sequence[Row]) -> list[tuple[str, int]]:
    """Documents with each flag, the commonest first."""
    return Counter(kind for row in documents for kind in {flag["kind"] for flag in row["flags"]}).most_common()


def histogram(ties: Sequence[ReportEdge]) -> list[HistogramBar]:
    """Similarity of all edges in bars of 5 %, stacked by relation."""
    counts: list[Counter[str]] = [Counter() for _ in range(BINS)]
    for tie in ties:
        counts[min(int(tie.similarity * BINS), BINS - 1)][tie.relation] += 1
    most = max((sum(each.values()) for each in counts), default=0)
    bars: list[HistogramBar] = []
    for number, each in enumerate(counts):
        y = float(HEIGHT)
        span = f"{number * 100 // BINS} to {(number + 1) * 100 // BINS} %"
        for name in ORDER:
            if each[name]:
                height = each[name] * HEIGHT / most
                y -= height
                x, width = number * WIDTH / BINS, WIDTH / BINS - 2
                bars.append(
                    HistogramBar(
                        round(x, 2), round(y, 2), width, round(height, 2), name, f"{name}, {span}: {each[name]:,}"
                    )
                )
    return bars


def timeline(documents: Sequence[Row]) -> list[HistogramBar]:
    """Documents by day, month or year, whichever makes 2 to 60 bars; none where dates are not known."""
    dates = [row["date"] for row in documents if row["date"]]
    for length in (DAY, MONTH, YEAR):
        counts = Counter(date[:length] for date in dates)
        if len(counts) <= 60:
            break
    if not 2 <= len(counts) <= 60:
        return []
    kept = Counter(row["date"][:length] for row in documents if row["date"] and row["kept"])
    most, step = max(counts.values()), WIDTH / len(counts)
    bars = []
    for number, name in enumerate(sorted(counts)):
        label = f"{name}: {kept[name]:,} kept, {counts[name] - kept[name]:,} copies"
        for kind, count, base in (("kept", kept[name], 0), ("dropped", counts[name] - kept[name], kept[name])):
            height, y = count * HEIGHT / most, HEIGHT - (base + count) * HEIGHT / most
            if count:
                bars.append(
                    HistogramBar(
                        round(number * step, 2), round(y, 2), round(step * 0.9, 2), round(height, 2), kind, label
                    )
                )
    return bars


def copied_from(documents: Sequence[Row], ties: Sequence[ReportEdge]) -> list[tuple[str, str, int]]:
    """(source, who copied, how often), the commonest first: directed edges between two publishers."""
    counts: Counter[tuple[str, str]] = Counter()
    for tie in ties:
        if len(tie.copy) == 1 and tie.relation not in ("form", "same-story"):
            copy = tie.copy[0]
            source = tie.b if copy == tie.a else tie.a
            pair = documents[source]["source"], documents[copy]["source"]
            named = all(documents[row]["source"] != documents[row]["file"] for row in (source, copy))
            if named and pair[0] != pair[1]:
                counts[pair] += 1
    return [(*pair, count) for pair, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def graph(pairs: Sequence[tuple[str, str, int]]) -> tuple[list[Node], list[Arrow]]:
    """The sources that copy or are copied most, on a circle, and arrows from the source to who copied."""
    weight: Counter[str] = Counter()
    for source, copier, count in pairs:
        weight[source] += count
        weight[copier] += count
    names = sorted(name for name, _ in sorted(weight.items(), key=lambda item: (-item[1], item[0]))[:NODES])
    places = {}
    for number, name in enumerate(names):
        angle = 2 * math.pi * number / max(len(names), 1) - math.pi / 2
        places[name] = (math.cos(angle), math.sin(angle))
    nodes = [
        Node(round(x * (RADIUS + 12), 1), round(y * (RADIUS + 12), 1), name,
             "middle" if abs(x) < 0.2 else "start" if x > 0 else "end")
        for name, (x, y) in places.items()
    ]  # fmt: skip
    arrows = [
        Arrow(
            round(RADIUS * places[a][0], 1), round(RADIUS * places[a][1], 1), round(RADIUS * places[b][0], 1),
            round(RADIUS * places[b][1], 1), round(1 + math.log2(count), 1), f"{a} → {b}: {count:,}",
        )
        for a, b, count in pairs
        if a in places and b in places
    ]  # fmt: skip
    return nodes, arrows


def settings_line(source: ReportSource) -> list[tuple[str, str]]:
    """What was scanned, as pairs of a name and a number."""
    stats = source.stats
    told = [("documents", "documents"), ("clusters", "clusters"), ("dropped", "copies"), ("kept", "to keep"),
            ("stories", "stories"), ("forms", "forms"), ("rejects", "rejected")]  # fmt: skip
    return [(name, f"{stats[key]:,}") for key, name in told if isinstance(stats.get(key), int)]
