"""A vocabulary left out: spun texts told from clean ones by weights that know neither the vocabulary nor the texts.

Weights are fitted with the other vocabularies to news of November, Reuters, ABC, linked pages and people's passages;
judged are US news stories of December, clean and spun with the one left out, by a reference of November, Reuters and
ABC. Clean texts of other kinds are the halves that taught nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np

from benchmarks import curves, phrasing_fit, phrasing_samples, phrasing_texts, vocabularies
from benchmarks.phrasing_judges import Judge, Verdicts
from benchmarks.phrasing_samples import built
from benchmarks.report import Table
from benchmarks.settings import Figures, Options, note
from benchmarks.spinner import publish, spin
from dedup.phrasing.scoring.scorer import Scorer

PARTS = ("reu", "abc")
"""Of the reference, beside November."""
SHARES = (1.0, 0.5, 0.25)
SPUN, QUICK_SPUN, QUICK_TEXTS = 200, 30, 300
THIN = 4
"""Of so many texts one teaches the model of texts: five fits take minutes."""
KINDS_OF = {
    "words": "WordNet, word by word", "senses": "MyThes, word by word", "phrases": "phrases",
    "common": "common words and turns of phrase", "everything": "every content word (Spinbot's manner)",
}  # fmt: skip
TARGETS = {1.0: (0.996, 0.95), 0.5: (0.96, 0.60), 0.25: (0.86, None)}
"""AUC, and found at 1 %, that were aimed at."""


def run(clean: Sequence[str], options: Options, pool: Executor) -> Figures:
    """Of each vocabulary, by weights that do not know it; and false alarms on other kinds of clean text."""
    most = QUICK_TEXTS if options.quick else None
    clean = list(clean)[:most]
    known = [text for name in PARTS for _, text in phrasing_samples.texts(name, options.data)][:most]
    reference = built(phrasing_texts.november(options.data)[:most] + known)
    names = vocabularies.NAMES[:1] if options.quick else vocabularies.NAMES
    rows, alarms = [], []
    for name in names:
        taught = vocabularies.names_without((name,))
        weights = None if options.quick else phrasing_fit.fit(phrasing_samples.DOMAINS, taught, options.data, thin=THIN)
        judge = Judge(reference, Scorer(reference, weights=weights))
        note(f"vocabulary left out: {name}")
        before = judge.verdicts(clean, pool)
        rows += _told(name, judge, clean, before, options, pool)
        alarms.append(before.alarms)
    kinds = _kinds(judge, options, pool)
    return {"rows": rows, "clean": len(clean), "alarms": max(alarms), "kinds": kinds}


def _told(
    name: str, judge: Judge, clean: Sequence[str], before: Verdicts, options: Options, pool: Executor
) -> list[Figures]:
    vocabulary, rows = vocabularies.load(name, options.data), []
    for share in SHARES:
        copies = []
        for number, text in enumerate(clean[: QUICK_SPUN if options.quick else SPUN]):
            spun = publish(spin(text, vocabulary, share, f"left out {number}"), f"left out {number}")
            copies += [spun.text] if spun.substitutions else []
        after = judge.verdicts(copies, pool)
        rows.append({
            "vocabulary": name, "share": share, "texts": len(copies), "auc": curves.auc(after.scores, before.judged),
            "found": curves.found(after.scores, before.judged), "called": float(np.mean(after.mangled)),
        })  # fmt: skip
    return rows


def _kinds(judge: Judge, options: Options, pool: Executor) -> list[Figures]:
    """False alarms on halves of other kinds of clean text."""
    rows = []
    for kind in phrasing_samples.KINDS:
        texts = phrasing_samples.kind_of(kind, options.data)[1::2][: 20 if options.quick else None]
        if texts:
            found = judge.verdicts(texts, pool)
            judged = len(found.judged)
            rows.append({"kind": kind, "texts": len(texts), "judged": judged, "alarms": found.alarms})
    return rows


def tables(figures: Figures) -> list[Table]:
    """What is told of each vocabulary; false alarms by kind."""
    rows = []
    for row in figures["rows"]:
        auc, found = TARGETS[row["share"]]
        rows.append((
            KINDS_OF[row["vocabulary"]], f"{row['share']:g}", f"{row['texts']:,}",
            f"{row['auc']:.4f} {'≥' if row['auc'] >= auc else '<'} {auc:g}",
            f"{row['found']:.1%}" + (f" {'≥' if row['found'] >= found else '<'} {found:.0%}" if found else ""),
            f"{row['called']:.1%}",
        ))  # fmt: skip
    notes = (f"Of {figures['clean']:,} clean texts at most {figures['alarms']:.2%} are called mangled.",)
    kinds = [
        (row["kind"], f"{row['texts']:,}", f"{row['judged']:,}", f"{row['alarms']:.2%}") for row in figures["kinds"]
    ]
    columns = ("vocabulary left out", "share spun", "spun texts", "AUC", "found at 1%", "called mangled")
    return [
        Table("Spun texts told from clean ones, by weights that do not know the vocabulary", columns, rows, notes),
        Table("False alarms on other kinds of clean text", ("kind", "texts", "judged", "called mangled"), kinds),
    ]
