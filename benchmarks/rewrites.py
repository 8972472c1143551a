"""Rewrites by language models: found, and told from independent reports of one event.

- *the rule*: pairs of a text and its rewrite that reach the threshold, by the weights of the program, by those learned
  without any rewrite of that model, and without any text of that kind (`benchmarks.rewriting_fit`). A pair whose words
  are mostly kept is left to the other relations, and counts as missed here.
- *a scan* of all texts of a kind with all their rewrites: pairs in one cluster, and how the direction was told.
- *none*: pairs of reports of one event, news of one day from two sites, and neighbours among the newswire that are
  called rewritten. The newswire's own second versions are among the last.

The weights were learned on these files; what is left out says how far they carry.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks import rewriting_fit as fit
from benchmarks.plots import COLORS, Axis, Line, Panel, svg
from benchmarks.process import scan
from benchmarks.report import Table
from benchmarks.settings import CACHE, RESULTS, Figures, Options, note
from benchmarks.story_fit import records
from dedup.rewriting import detection

NEEDS = fit.FILES
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
MODELS = ("GPT-4o", "GPT-3-Turbo", "Llama-3-70B")
GROUPS = ("event", "day", "us", "reuters")
CURVE = tuple(float(step) for step in np.arange(6, -8.25, -0.25))
"""Thresholds of the plot, log odds."""
PLOT = "rewrites-left-out.svg"
STEPS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
"""Thresholds of the curve, log odds."""
FLAGS = ("--no-phrasing", "--no-stories", "--fact-limit", "0", "--evidence", "none")
QUICK_KINDS = 1
LIMITS = (
    ("a chatty retelling that makes three sentences of one", "most of what is missed of Llama-3"),
    ("texts of fewer than a dozen words", "two or three rare words prove nothing"),
    ("lists of names, tables of figures", "these are all alike; texts in which nearly all of the weight is rare "
     "words count as another language"),
    ("another language than English", "words are weighed by English news"),
    ("a short summary, in a scan", "other reports on the subject look like it; `compare` shows what is summed up"),
    ("a second report of what one press release says", "is told as a rewrite, as it is one; some follow-ups are, too"),
)  # fmt: skip
"""What it cannot do."""


def _shares(pairs: fit.Pairs, odds: fit.Values) -> Figures:
    """Share of the rewrites at the threshold, by model and by kind and model."""
    found: Figures = {}
    for model in MODELS:
        of_model = pairs.model == model
        found[model] = {"all": float((odds[of_model] >= detection.THRESHOLD).mean())}
        for kind in np.unique(pairs.kind[of_model]).tolist():
            found[model][kind] = float((odds[of_model & (pairs.kind == kind)] >= detection.THRESHOLD).mean())
    return found


def _curve(pairs: fit.Pairs, odds: fit.Values) -> list[Figures]:
    return [
        {
            "odds": step,
            **{model: float((odds[pairs.model == model] >= step).mean()) for model in MODELS},
            **{group: int((odds[pairs.group == group] >= step).sum()) for group in GROUPS},
            "asked": int((odds[pairs.asked & (pairs.read != "rewrite")] >= step).sum()),
        }
        for step in STEPS
    ]


def _roc(pairs: fit.Pairs, odds: fit.Values, here: fit.Flags) -> Figures:
    """Share of the rewrites `here` that are found, and of what a scan of news looks at and is no rewrite that is called
    one, at each of `CURVE`.
    """
    other = odds[pairs.asked & pairs.others]
    return {
        "found": [float((odds[here] >= step).mean()) for step in CURVE],
        "false": [float((other >= step).mean()) for step in CURVE],
    }


def _draw(curves: Figures) -> None:
    """The curves of the models that were left out, beside the results."""
    rates = ((0.0001, "0.01%"), (0.001, "0.1%"), (0.01, "1%"), (0.1, "10%"))
    shares = tuple((tenth / 5, f"{tenth / 5:.0%}") for tenth in range(6))
    x = Axis("pairs of news that a scan looks at, called rewritten (log scale)", rates, low=5e-5, high=0.1, log=True)
    panel = Panel("Rewrites found, their model left out of learning", x, Axis("rewrites found", shares))
    for model, color in zip(MODELS, COLORS, strict=False):
        panel.lines.append(Line(model, curves[model]["false"], curves[model]["found"], color))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / PLOT).write_text(svg([panel]), encoding="utf-8")


def _rule(data: Path) -> Figures:
    """What the weights of the program say, and weights learned without a model or a kind."""
    pairs = fit.gather(data)
    odds, hard = detection.odds(pairs.features), fit.hard_ones(pairs)
    no_model, no_kind, roc = odds.copy(), odds.copy(), {}
    for model in MODELS:
        note(f"without {model}")
        here = pairs.model == model
        learned = fit.learn(pairs, hard, here).odds(pairs.features)
        no_model[here], roc[model] = learned[here], _roc(pairs, learned, here)
    for kind in np.unique(pairs.kind[pairs.rewrites]).tolist():
        note(f"without {kind}")
        here = pairs.kind == kind
        no_kind[here] = fit.learn(pairs, hard, here).odds(pairs.features[here])
    called, read = odds >= detection.THRESHOLD, pairs.read == "rewrite"
    groups = {name: pairs.group == name for name in GROUPS} | {"asked": pairs.asked}
    none = {
        name: {"pairs": int(of.sum()), "called": int((called & of).sum()), "right": int((called & of & read).sum())}
        for name, of in groups.items()
    }
    shares = {"program": odds, "model left out": no_model, "kind left out": no_kind}
    return {
        "none": none, "curve": _curve(pairs, no_model), "roc": roc,
        "shares": {name: _shares(pairs, of) for name, of in shares.items()}
    }  # fmt: skip


def _scanned(kind: str, rows: list[Figures]) -> Figures:
    """One scan of a kind of text: clusters and directions by model, and edges between texts of different sources."""
    CACHE.mkdir(exist_ok=True)
    path = CACHE / f"rewrites_{kind}.jsonl"
    path.write_text("".join(json.dumps({"id": row["id"], "text": row["text"]}) + "\n" for row in rows))
    _, result = scan(path, *FLAGS)
    cluster = {member: each["id"] for each in result["clusters"] for member in each["members"]}
    edges = {frozenset((edge["a"], edge["b"])): edge for edge in result["edges"] if edge["relation"] != "form"}
    root = {row["id"]: row["of"] or row["id"] for row in rows}
    counts: Counter[str] = Counter()
    for row in rows:
        if row["of"]:
            edge = edges.get(frozenset((row["of"], row["id"])))
            counts[f"{row['by']} pairs"] += 1
            counts[f"{row['by']} together"] += cluster.get(row["of"], -1) == cluster.get(row["id"], -2)
            counts[f"{row['by']} edge"] += edge is not None
            counts["right"] += edge is not None and edge["copy"] == row["id"]
            counts["wrong"] += edge is not None and edge["copy"] == row["of"]
    counts["other"] = sum(len({root[name] for name in pair}) > 1 for pair in edges)
    return {"kind": kind, **counts}


def run(options: Options) -> Figures:
    """The rule and the scans; with `--quick` one scan alone."""
    rows = records(options.data / fit.REWRITES)
    kinds = sorted({row["domain"] for row in rows})[: QUICK_KINDS if options.quick else None]
    scans = [_scanned(kind, [row for row in rows if row["domain"] == kind]) for kind in kinds]
    if options.quick:
        return {"scans": scans}
    rule = _rule(options.data)
    _draw(rule["roc"])
    return {"scans": scans, **rule}


def tables(figures: Figures) -> list[Table]:
    """Scans by kind; the rule by what was left out; what is none; the curve."""
    rows = []
    for each in figures["scans"]:
        pairs = sum(each[f"{model} pairs"] for model in MODELS)
        together = (f"{each[f'{model} together'] / each[f'{model} pairs']:.3f}" for model in MODELS)
        edges = max(sum(each[f"{model} edge"] for model in MODELS), 1)
        rows.append((
            each["kind"], str(pairs), *together, f"{each['right'] / edges:.2f}", f"{each['wrong'] / edges:.2f}",
            str(each["other"]),
        ))  # fmt: skip
    columns = ("kind of text", "pairs", *MODELS, "direction right", "wrong", "edges to another source")
    made = [Table("Rewrites by language models in one cluster with their source", columns, rows)]
    if "shares" not in figures:
        return made
    learned = [
        (name, *(f"{shares[model]['all']:.3f}" for model in MODELS)) for name, shares in figures["shares"].items()
    ]
    made.append(
        Table("The same by the rule alone, weights of the program and learned anew", ("weights", *MODELS), learned)
    )
    titles = {"event": "reports of one event (graded)", "day": "news of one day, two sites", "us": "other US news",
              "reuters": "newswire, with its second versions",
              "asked": "of the last three what one scan of them looks at"}  # fmt: skip
    none = [
        (titles[name], f"{one['pairs']:,}", str(one["called"]), str(one["right"]))
        for name, one in figures["none"].items()
    ]
    looked = ("pairs", "looked at", "called rewritten", "of them read and right")
    made.append(Table("Neighbours that are mostly no rewrites", looked, none))
    curve = [
        (f"{step['odds']:+g}", *(f"{step[model]:.3f}" for model in MODELS),
         *(str(step[name]) for name in (*GROUPS, "asked")))
        for step in figures["curve"]
    ]  # fmt: skip
    steps = ("log odds from", *MODELS, "one event", "one day", "US", "newswire", "a scan of news")
    notes = (f"Plot: [{PLOT}](benchmarks/results/{PLOT}).",)
    made.append(Table("Found and called by mistake, the model left out", steps, curve, notes))
    made.append(Table("What is not told as rewritten", ("text", "why"), LIMITS))
    return made
