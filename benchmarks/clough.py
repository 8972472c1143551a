"""Short answers that were copied, lightly or heavily revised, or written freely: told apart, and ranked.

95 answers of students to five questions (Clough & Stevenson 2011), each with the text that copies were made from. Copy
or not is decided by the share of the answer's words in runs of three that the original has (`relations.text_reuse`),
the threshold of each question found on the other four, and as `compare` does by the odds of a rewrite
(`rewriting.detection`, threshold and weights set elsewhere). How much was rewritten is ranked by
`relations.relation.closeness`, 0 where no copy was found; Spearman's coefficient is over the grades non, heavy, light,
cut. The baseline is the containment of 3-word shingles, treated in the same way. Thresholds apart, both measures were
chosen among some eighty on these same answers.
"""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Table
from benchmarks.settings import BenchmarkError, Figures, Options
from dedup.align.alignment import align
from dedup.fingerprint.minhash import shingles
from dedup.relations import relation
from dedup.relations.text_reuse import COPIED, shared
from dedup.rewriting import detection
from dedup.text.tokens import tokenise

_ARCHIVE = "clough_stevenson.tar.gz"
NEEDS = (_ARCHIVE,)
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
GRADES = ("non", "heavy", "light", "cut")
NGRAM = 3
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Answers:
    texts: list[str]
    originals: list[str]
    """Of the same question."""
    questions: NDArray[np.str_]
    grades: NDArray[np.int64]


def _read(options: Options) -> _Answers:
    with tarfile.open(options.data / _ARCHIVE) as archive:
        files = {
            member.name.rpartition("/")[2]: file.read()
            for member in archive
            if member.isfile() and (file := archive.extractfile(member))
        }
    rows = [row for row in csv.DictReader(io.StringIO(files["file_information.csv"].decode())) if row["File"] in files]
    rows = [row for row in rows if row["Category"] in GRADES]
    if not rows:
        raise BenchmarkError(f"{_ARCHIVE}: no answers")
    return _Answers(
        [_text(files[row["File"]]) for row in rows],
        [_text(files[f"orig_task{row['Task']}.txt"]) for row in rows],
        np.array([row["Task"] for row in rows]),
        np.array([GRADES.index(row["Category"]) for row in rows]),
    )


def _text(data: bytes) -> str:
    """Some of the answers are Latin-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _f1(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    return float(2 * (said & true).sum() / max(said.sum() + true.sum(), 1))


def best_threshold(values: Values, true: NDArray[np.bool_]) -> float:
    """The threshold of the highest F1: the middle of the widest gap between values where several are as good."""
    steps = np.unique(values)
    if len(steps) < 2:
        return float(steps[0])
    middles, widths = (steps[1:] + steps[:-1]) / 2, np.diff(steps)
    scores = np.array([_f1(values >= middle, true) for middle in middles])
    return float(middles[np.argmax(np.where(scores == scores.max(), widths, -1.0))])


def _without_own(values: Values, true: NDArray[np.bool_], questions: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Copy or not, the threshold of each question found on the others."""
    said = np.zeros(len(values), np.bool_)
    for question in np.unique(questions):
        here = questions == question
        said[here] = values[here] >= best_threshold(values[~here], true[~here])
    return said


def _ranks(values: NDArray[np.generic]) -> Values:
    """Ranks, those of equal values their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    means: Values = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return means


def spearman(one: NDArray[np.generic], two: NDArray[np.generic]) -> float:
    """Rank correlation with ties: Pearson's of the ranks."""
    return float(np.corrcoef(_ranks(one), _ranks(two))[0, 1])


def _containment(text: str, original: str) -> float:
    own, other = set(shingles(text, NGRAM)), set(shingles(original, NGRAM))
    return len(own & other) / max(len(own), 1)


def _each(answers: _Answers, measure: Callable[[str, str], float]) -> Values:
    return np.array([measure(*pair) for pair in zip(answers.texts, answers.originals, strict=True)])


def _shared(text: str, original: str) -> float:
    return shared(tokenise(text).hashes, tokenise(original).hashes)


def _reworded(text: str, original: str) -> float:
    """1 where the odds say that one rewrites the other."""
    return float(detection.odds_of(text.encode(), original.encode()) >= detection.COMPARED)


def _aligned(answers: _Answers) -> tuple[Values, Values]:
    """Closeness, and the aligned share that a scan reports."""
    texts = [text.encode() for text in (*answers.texts, *answers.originals)]
    count = len(answers.texts)
    left, sizes = np.arange(count), np.array([len(text) for text in texts], np.int64)
    with ThreadPoolExecutor(1) as pool:
        figures = align(left, left + count, sizes, texts.__getitem__, pool).figures
    return relation.closeness(figures), relation.similarity(figures, np.zeros(count, np.int8))


def _method(name: str, decide: Values, rank: Values, answers: _Answers) -> Figures:
    true = answers.grades > 0
    said = _without_own(decide, true, answers.questions)
    return {
        "name": name,
        "f1": _f1(said, true),
        "false_alarms": int((said & ~true).sum()),
        "missed": int((~said & true).sum()),
        "threshold": best_threshold(decide, true),
        "spearman": spearman(np.where(said, rank, 0.0), answers.grades),
        "spearman_ungated": spearman(rank, answers.grades),
        "medians": {grade: float(np.median(rank[answers.grades == at])) for at, grade in enumerate(GRADES)},
    }


def run(options: Options) -> Figures:
    """The product's rule, the baseline, and what the fixed threshold of the product gives."""
    answers = _read(options)
    runs, baseline = _each(answers, _shared), _each(answers, _containment)
    decide = np.maximum(runs, _each(answers, _reworded))
    close, similarity = _aligned(answers)
    methods = [
        _method("common runs or a rewrite, closeness", decide, close, answers),
        _method("common runs or a rewrite, similarity of a scan", decide, similarity, answers),
        _method("common runs alone, closeness", runs, close, answers),
        _method(f"containment of {NGRAM}-shingles (baseline)", baseline, baseline, answers),
    ]
    fixed = _f1(decide >= COPIED, answers.grades > 0)
    return {"answers": len(answers.texts), "methods": methods, "fixed": {"threshold": COPIED, "f1": fixed}}


def tables(figures: Figures) -> list[Table]:
    """One row a method."""
    rows = [
        (
            method["name"], f"{method['f1']:.3f}", str(method["false_alarms"]), str(method["missed"]),
            f"{method['threshold']:.3f}", f"{method['spearman']:.3f}", f"{method['spearman_ungated']:.3f}",
            " / ".join(f"{value:.2f}" for value in method["medians"].values()),
        )
        for method in figures["methods"]
    ]  # fmt: skip
    columns = (
        "decided by, ranked by", "F1", "false alarms", "missed", "threshold", "Spearman", "without decision",
        f"medians {' / '.join(GRADES)}",
    )  # fmt: skip
    fixed = figures["fixed"]
    notes = (
        f"Thresholds leave one question out; the one of the product ({fixed['threshold']}) gives F1 {fixed['f1']:.3f}.",
        "Three answers graded as copies share next to no run of words with their original: two of these are missed.",
    )
    return [Table(f"Copy or not, and how much rewritten: {figures['answers']} short answers", columns, rows, notes)]
