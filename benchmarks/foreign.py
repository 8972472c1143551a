"""Whether wording can be judged in any language: `python -m benchmarks.foreign [--share DIR ...]`.

The features of the shipped scorer know English and its net was taught on English. Here every feature of a word is its
rank among the words of the reference's own texts that are about as frequent there, each text forgotten while it is
ranked: ratios and ranks mean the same in any language and for any size of a reference. A text is the means of these
ranks and the shares of very low ones; a logistic regression on them is learned from English alone and judges German and
Spanish.

References are what Debian has in a language (manual pages, the handbook, `debian-reference`, LibreOffice's help, from
the folders of `--share`), five sixths of it, and every second article of SemEval. Judged is the rest, clean and spun
with the MyThes thesaurus of the language (`mythes-de`, `mythes-es`, `mythes-en-us`): words that the texts use, no
inflection.
Writes `benchmarks/results/foreign.json`.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from benchmarks import curves, report
from benchmarks.references import LEAST_WORDS, articles, handbook, manuals, page
from benchmarks.settings import DATA, RESULTS, Figures, note
from benchmarks.spinner import Vocabulary, spin
from dedup.phrasing.reference import counting
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring import feature_kernels as features
from dedup.phrasing.scoring.scorer import Scorer
from dedup.phrasing.suggest import thesaurus_files

LANGUAGES = {"en": "en_US", "de": "de_DE", "es": "es_ES"}
SHARES = (1.0, 0.5, 0.25)
HEADS, KEPT, COMMON, CHOICES, FUNCTION = 3000, 0.75, 5, 3, 150
"""Frequent words that are replaced, less some drawn by lot; occurrences of a replacement in the texts; replacements of
a word; commonest words that are none."""
PIECE, JUDGED, RANKED = 300, 300, 1500
"""Words of a piece of a text; pieces that are judged and that ranks are taken from, at most."""
BINS = 8
"""Classes of words by how frequent they are."""
TAKEN = tuple(
    (row, shift)
    for row in (features.PAIR_BOUND, features.TRIPLE_BOUND, features.SKIP_BOUND, features.FRAME_BOUND, features.CHANCE)
    for shift in (0, 1)
)  # fmt: skip
"""Rows of a word, and of the one behind it."""
LOW = (0.02, 0.1, 0.25)
ALARMS = 0.01
RIDGE, STEPS = 1e-2, 60
PLACES = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Texts:
    """Of a language: those of the reference, and those that are judged."""

    known: list[str]
    judged: dict[str, list[str]]
    """By kind."""


def texts(language: str, shares: Sequence[Path], data: Path) -> Texts:
    """What there is of a language."""
    region = {"en": "en-US", "de": "de-DE", "es": "es-ES"}[language]
    found: list[str] = []
    for share in shares:
        found += manuals(share, "" if language == "en" else language)[:: 12 if language == "en" else 1]
        found += handbook(share, region)
        pages = sorted((share / "libreoffice/help" / language).rglob("*.html"))
        pages += sorted((share / "debian-reference").glob(f"*.{language}.html"))
        found += [page(file.read_text("utf-8", "replace")) for file in pages]
    pieces = [piece for text in dict.fromkeys(found) for piece in _pieces(text)]
    news = articles(data, language)
    technical = Random("foreign").sample(pieces[::6], min(JUDGED, len(pieces[::6])))
    return Texts(
        [text for number, text in enumerate(pieces) if number % 6] + news[::2],
        {"documentation": technical, "news": news[1::2]},
    )


def _pieces(text: str) -> list[str]:
    words = re.findall(r"\S+\s*", text)
    cut = ["".join(words[at : at + PIECE]) for at in range(0, len(words), PIECE)]
    return [piece for piece in cut if len(piece.split()) >= LEAST_WORDS]


def vocabulary(language: str, known: Texts) -> Vocabulary:
    """Words that the texts use for one another by the thesaurus."""
    counts = Counter(word for text in [*known.known, *known.judged["news"]] for word in PLACES.findall(text))
    commonest = {word.lower() for word, _ in counts.most_common(FUNCTION)}
    path = Path(f"/usr/share/mythes/th_{LANGUAGES[language]}_v2.dat")
    others: dict[str, list[str]] = {}
    for entry in thesaurus_files.read(path).entries:
        head = entry.word.strip().lower()
        if head.isalpha() and head not in commonest:
            plain = (re.sub(r"\s*\(.*?\)", "", other).strip() for other in entry.others)
            others.setdefault(head, []).extend(
                other for other in plain if other.isalpha() and other.lower() != head and counts[other] >= COMMON
            )
    lower = Counter[str]()
    for word, count in counts.items():
        lower[word.lower()] += count
    heads = [head for head in sorted(others, key=lambda head: (-lower[head], head)) if others[head] and lower[head]]
    kept = [head for head in heads[:HEADS] if Random(f"foreign {head}").random() < KEPT]
    chosen = {head: tuple(sorted(set(others[head]), key=lambda word: (-counts[word], word))[:CHOICES]) for head in kept}
    return Vocabulary.of(language, chosen)


class Ranks:
    """Features of words as ranks among those of a reference's own texts."""

    def __init__(self, known: list[str]) -> None:
        data = [text.encode() for text in known]
        sizes, out = np.array([len(text) for text in data], np.int64), io.BytesIO()
        with ThreadPoolExecutor(1) as pool:
            counting.build(data.__getitem__, np.arange(len(data)), sizes, out, pool)
        self.reference = Reference(bytearray(out.getvalue()), "texts")
        self._scorer = Scorer(self.reference)
        counts = np.sort(self.reference.word_counts.astype(np.float64))[::-1]
        self._common = np.log(counts[min(FUNCTION, len(counts) - 1)] / self.reference.total)
        own = data[:: max(1, len(data) // RANKED)][:RANKED]
        parts = self._words(own, np.arange(len(own)))
        words = np.concatenate([part for part in parts if len(part)])
        self._edges = np.quantile(words[:, 0], np.linspace(0, 1, BINS + 1)[1:-1])
        classes = np.searchsorted(self._edges, words[:, 0])
        self._sorted = [[np.sort(words[classes == at, 1 + row]) for row in range(len(TAKEN))] for at in range(BINS)]

    def _words(self, data: list[bytes], left_out: NDArray[np.int64] | None = None) -> list[NDArray[np.float32]]:
        """For each text (w, 1 + TAKEN): frequency and features of its content words."""
        judged = self._scorer.judge(data, left_out, features=True)
        found, word, ident = [], 0, 0
        for words, ids in judged.lengths.tolist():
            rows, places = judged.rows[:, ident : ident + ids], judged.places[word : word + words]
            plain = (rows[features.IS_NUMBER, places] == 0) & (rows[features.FREQUENCY, places] <= self._common)
            content = places[plain]
            columns = [rows[row, content + shift] for row, shift in TAKEN]
            found.append(np.stack([rows[features.FREQUENCY, content], *columns], axis=1))
            word, ident = word + words, ident + ids
        return found

    def documents(self, asked: list[str]) -> NDArray[np.float64]:
        """(n, k) what each text is: means of the ranks of its words, and shares of low ones."""
        return np.array([self._document(words) for words in self._words([text.encode() for text in asked])])

    def _document(self, words: NDArray[np.float32]) -> NDArray[np.float64]:
        ranks = np.full((len(words), len(TAKEN)), 0.5)
        classes = np.searchsorted(self._edges, words[:, 0])
        for at in range(BINS):
            which = classes == at
            for row in range(len(TAKEN)):
                held = self._sorted[at][row]
                low, high = (np.searchsorted(held, words[which, 1 + row], side) for side in ("left", "right"))
                ranks[which, row] = (low + high) / (2 * max(len(held), 1))  # of ties the middle
        if not len(words):
            return np.full(len(TAKEN) * (1 + len(LOW)), np.nan)
        return np.concatenate([ranks.mean(axis=0), *((ranks < low).mean(axis=0) for low in LOW)])


@dataclass(frozen=True, slots=True)
class Trial:
    """Texts of a language as numbers."""

    words: int
    clean: dict[str, NDArray[np.float64]]
    spun: dict[tuple[str, float], NDArray[np.float64]]


def trial(language: str, shares: Sequence[Path], data: Path) -> Trial:
    """Everything of a language but a verdict."""
    held = texts(language, shares, data)
    known, ranks = vocabulary(language, held), Ranks(held.known)
    note(f"{language}: {ranks.reference.header.words:,} words, {len(known.entries):,} heads")
    clean = {kind: ranks.documents(asked) for kind, asked in held.judged.items()}
    spun = {}
    for share in SHARES:
        for kind, asked in held.judged.items():
            copies = [spin(text, known, share, f"foreign {number}") for number, text in enumerate(asked)]
            spun[kind, share] = ranks.documents([copy.text for copy in copies if copy.substitutions])
    return Trial(ranks.reference.header.words, clean, spun)


def learned(one: Trial) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Means, scales and weights (the last is the offset) of a logistic regression, by Newton's method."""
    clean, spun = np.concatenate(list(one.clean.values())), np.concatenate(list(one.spun.values()))
    inputs = np.concatenate((clean, spun))
    kept = np.isfinite(inputs).all(axis=1)
    target = np.concatenate((np.zeros(len(clean)), np.ones(len(spun))))[kept]
    inputs = inputs[kept]
    mean, scale = inputs.mean(axis=0), np.maximum(inputs.std(axis=0), 1e-9)
    inputs = np.column_stack(((inputs - mean) / scale, np.ones(len(inputs))))
    share = np.where(target > 0, 0.5 / target.sum(), 0.5 / (1 - target).sum())
    weights = np.zeros(inputs.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (share * (target - chance)) - RIDGE * weights
        curve = (inputs.T * (share * chance * (1 - chance))) @ inputs + RIDGE * np.eye(len(weights))
        weights = weights + np.linalg.solve(curve, slope)
    return mean, scale, weights


def told(one: Trial, by: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]) -> list[Figures]:
    """How well spun texts are told from clean ones, by what was learned."""
    mean, scale, weights = by

    def scores(known: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = (known[np.isfinite(known).all(axis=1)] - mean) / scale @ weights[:-1] + weights[-1]
        return found

    rows = []
    for (kind, share), spun in one.spun.items():
        positive, negative = scores(spun), scores(one.clean[kind])
        rows.append({
            "kind": kind, "share": share, "clean": len(negative), "spun": len(positive),
            "auc": curves.auc(positive, negative), "found": curves.found(positive, negative),
        })  # fmt: skip
    return rows


def run(data: Path, shares: Sequence[Path]) -> list[Figures]:
    """By what English teaches: English itself, which is no test, German and Spanish."""
    trials = {language: trial(language, shares, data) for language in LANGUAGES}
    by = learned(trials["en"])
    rows = []
    for language, one in trials.items():
        rows += [{"language": language, "words": one.words, **row} for row in told(one, by)]
    for row in rows:
        note(str(row))
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser("python -m benchmarks.foreign", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="evaluation data  [%(default)s]")
    parser.add_argument("--share", type=Path, nargs="*", default=[Path("/usr/share")], metavar="DIR", help="has man")
    given = parser.parse_args(arguments)
    figures = run(given.data, given.share)
    out = RESULTS / "foreign.json"
    out.write_text(json.dumps({"machine": report.machine(), "figures": figures}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
