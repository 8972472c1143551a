"""The tables of the benchmark `phrasing`. What was aimed at stands beside what was reached."""

from __future__ import annotations

from typing import Any

from benchmarks import phrasing_left_out
from benchmarks.report import Table
from benchmarks.settings import Figures

AUC, FOUND = "auc", "found"
TARGETS: dict[tuple[str, float], dict[str, float]] = {
    ("same outlets", 1.0): {AUC: 0.995, FOUND: 0.93}, ("other domain", 1.0): {AUC: 0.98, FOUND: 0.75},
    ("same outlets", 0.5): {AUC: 0.95, FOUND: 0.50}, ("other domain", 0.5): {AUC: 0.90, FOUND: 0.30},
    ("same outlets", 0.25): {AUC: 0.82}, ("other domain", 0.25): {AUC: 0.75},
}  # fmt: skip
WORSE, INSIDE, RIGHT, ALARMS, PHRASES, COUNTING = 0.995, 0.92, 0.35, 0.02, 0.87, 0.25
LENGTHS = {80: "80 to 200 words", 200: "200 to 500 words", 500: "over 500 words"}


def _share(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}%}"


def _least(value: float, target: float | None, percent: bool = True) -> str:
    """The value and whether it is at least the target."""
    shown = _share(value) if percent else f"{value:.4f}"
    if target is None:
        return shown
    return f"{shown} {'≥' if value >= target else '<'} {f'{target * 100:g}%' if percent else f'{target:g}'}"


def _single(figures: Figures) -> Table:
    rows = []
    for found in figures["single"]:
        for row in found["shares"]:
            target = TARGETS.get((found["reference"], row["share"]), {})
            rows.append((
                found["reference"], f"{row['share']:g}", f"{row['texts']:,}", _least(row[AUC], target.get(AUC), False),
                f"{row['noise_alike'][AUC]:.4f}", _least(row[FOUND], target.get(FOUND)),
                _share(row["noise_alike"][FOUND]), _share(row["called"]), f"{row['baseline'][AUC]:.4f}",
                _share(row["baseline"][FOUND]),
            ))  # fmt: skip
    columns = (
        "reference", "share spun", "spun texts", "AUC", "noise alike", "found at 1%", "noise alike", "called mangled",
        "baseline AUC", "baseline at 1%",
    )  # fmt: skip
    notes = tuple(
        f"{found['reference']}: {found['words'] / 1e6:.1f} million words; of {found['clean']:,} clean texts "
        f"{_share(found['alarms'], 2)} are called mangled, published with noise {_share(found['alarms_published'], 2)} "
        f"(threshold {found['threshold']:.2f})."
        for found in figures["single"]
    )
    return Table("Spun texts told from clean ones: MyThes left out, by reference", columns, rows, notes)


def _lengths(figures: Figures) -> Table:
    rows = [
        (
            found["reference"], f"{row['share']:g}",
            *(f"{_share(part['found'])} of {part['spun']:,}" for part in row["lengths"]),
            *(f"{_share(part['called'])}, {_share(part['alarms'])}" for part in row["lengths"]),
        )
        for found in figures["single"] for row in found["shares"]
    ]  # fmt: skip
    names = tuple(LENGTHS.values())
    columns = ("reference", "share spun", *(f"found at 1%, {name}" for name in names), *(
        f"called mangled, clean ones too, {name}" for name in names
    ))  # fmt: skip
    return Table("The same by length", columns, rows)


def _pairs(figures: Figures) -> Table:
    rows = [
        (
            row["reference"], f"{row['share']:g}", f"{row['pairs']:,}", _least(row["pairwise"], WORSE),
            _share(row["single"]), _share(row["baseline"]),
        )
        for row in figures["pairs"]
    ]  # fmt: skip
    columns = ("reference", "share spun", "pairs", "pairwise", "by single scores", "by unseen bigrams (baseline)")
    return Table("A copy against its own source: the copy is the worse", columns, rows)


def _spans(figures: Figures) -> Table:
    rows = []
    for row in figures["spans"]:
        spans, inside, single = (max(row.get(key, 0), 1) for key in ("spans", "inside", "single"))
        rows.append((
            row["reference"], f"{row['texts']:,}", f"{row.get('spans', 0):,}",
            _least(row.get("inside", 0) / spans, INSIDE), _least(row.get("right", 0) / spans, RIGHT),
            _share((row.get("suggested", 0) - row.get("right", 0)) / spans),
            _share(1 - row.get("suggested", 0) / spans), _share(row.get("right", 0) / inside),
            _share(row.get("single_right", 0) / single),
        ))  # fmt: skip
    columns = (
        "reference", "texts", "spans", "inside a substitution", "suggestion right, of all", "wrong", "nothing said",
        "right of those inside", "right of those with an original of one word",
    )  # fmt: skip
    return Table("The ten worst phrases of texts spun in full", columns, rows)


def _clean(figures: Figures) -> Table:
    rows = []
    for row in figures["clean"]:
        shown = _share(row["alarms"], 2)
        if row["target"]:
            shown += f" {'≤' if row['alarms'] <= ALARMS else '>'} {ALARMS:.0%}"
        reasons = "; ".join(f"{count:,} {reason}" for reason, count in row["reasons"].items())
        rows.append((row["kind"], row["by"], f"{row['texts']:,}", f"{row['judged']:,}", shown, reasons or "–"))
    columns = ("clean text", "reference and weights", "texts", "judged", "called mangled", "not judged")
    return Table("False alarms on clean text that reference and weights do not know", columns, rows)


def _tortured(figures: Figures) -> Table:
    found = figures["tortured"]
    rows = []
    for row in found["methods"]:
        if "skipped" in row:
            rows.append((row["method"], row["skipped"], "–"))
        elif row["method"] == "dedup":
            rows.append((row["method"], _least(row["right"], PHRASES), _share(row["alike"])))
        else:
            rows.append((row["method"], _share(row["right"]), _share(row["alike"])))
    columns = ("by", f"all {found['phrases']:,}", f"the {found['alike']:,} with as many words as the expected phrase")
    return Table("Which of two phrases is the tortured one, without a list of them", columns, rows)


def _speed(figures: Figures) -> list[Table]:
    speed = figures["speed"]
    whole, compiled = speed["seconds"], speed["kernel_seconds"]
    rows = []
    for name in ("fingerprint", "score", "count"):
        ratio = compiled["fingerprint"] / compiled[name]
        rows.append((
            name, f"{speed['words'] / whole[name] / 1e6:.2f}", f"{speed['words'] / compiled[name] / 1e6:.2f}",
            f"{speed['bytes'] / compiled[name] / 1e6:.0f}",
            f"{ratio:.3f}" + (f" {'≥' if ratio >= COUNTING else '<'} {COUNTING:g}") * (name == "count"),
        ))  # fmt: skip
    columns = ("one core", "million words/s", "kernels alone", "MB/s", "fingerprint kernel = 1")
    kernels = Table(f"Speed on {speed['texts']:,} stories, {speed['words'] / 1e6:.1f} million words", columns, rows)
    return [kernels, _scans(figures)]


def _scans(figures: Figures) -> Table:
    def cells(row: dict[str, Any], figure: str) -> tuple[str, str]:
        with_it, without = row[f"{figure}_with"], row[f"{figure}_without"]
        return f"{with_it:.2f} / {without:.2f}", _share(1 - without / with_it)

    rows = [(row["corpus"], *cells(row, "seconds"), *cells(row, "cpu")) for row in figures["scans"]]
    columns = ("corpus", "seconds with / without", "share", "CPU s with / without", "share")
    return Table("What judging the wording adds to a scan", columns, rows)


def tables(figures: Figures) -> list[Table]:
    """All of them; the plots are named below the first."""
    single = _single(figures)
    links = ", ".join(f"[{name}](benchmarks/results/{name})" for name in figures["plots"])
    first = Table(single.title, single.columns, single.rows, (*single.notes, f"Plots: {links}."))
    return [
        *phrasing_left_out.tables(figures["left_out"]), first, _lengths(figures), _pairs(figures),
        _spans(figures), _clean(figures), _tortured(figures), *_speed(figures),
    ]  # fmt: skip
