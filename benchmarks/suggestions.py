"""What is suggested for badly worded places, judged: `python -m benchmarks.suggestions [--texts N]`.

Stories of December spun in full with the vocabulary `heldout`, of which `suggestion_fit` knew nothing, read through
references of the same outlets' November and of another domain (as in `phrasing`, but with the weights of the package,
so that it takes two minutes and not eleven). Of the ten worst places of each text: whether the suggestion is right,
wrong (also where nothing had been replaced), or there is none. Writes `benchmarks/results/suggestions.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from benchmarks import phrasing_samples, phrasing_texts, report, thesaurus
from benchmarks.phrasing_spans import judge
from benchmarks.phrasing_texts import SHARES, VOCABULARY
from benchmarks.settings import DATA, RESULTS, Figures, note
from dedup.pipeline.score import scorer_of

TEXTS, WORST = 100, 10
OTHER = ("reu", "abc")


def run(data: Path, texts: int) -> list[Figures]:
    """Counts by reference."""
    held, entries = phrasing_texts.judged(data, None, 2 * TEXTS), thesaurus.load(VOCABULARY, data).entries
    rows = []
    for name, known in (
        ("same outlets", phrasing_texts.november(data)), ("other domain", phrasing_texts.parts(OTHER, data))
    ):  # fmt: skip
        scorer, counts = scorer_of(phrasing_samples.built(known)), Counter[str]()
        for copy in held.spun[SHARES[0]][:texts]:
            for _, span in scorer.ranked(copy.text.encode())[:WORST]:
                counts += judge(span, copy, held.clean[copy.source], entries)
        spans, right, said = (counts[key] for key in ("spans", "right", "suggested"))
        rows.append({
            "reference": name, **counts, "inside_share": counts["inside"] / spans, "right_share": right / spans,
            "wrong_share": (said - right) / spans, "nothing_share": 1 - said / spans, "right_of_said": right / said,
        })  # fmt: skip
        note(str(rows[-1]))
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser("python -m benchmarks.suggestions", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="evaluation data  [%(default)s]")
    parser.add_argument("--texts", type=int, default=TEXTS, metavar="N", help="spun texts  [%(default)s]")
    given = parser.parse_args(arguments)
    figures = run(given.data, given.texts)
    out = RESULTS / "suggestions.json"
    out.write_text(json.dumps({"machine": report.machine(), "texts": given.texts, "figures": figures}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
