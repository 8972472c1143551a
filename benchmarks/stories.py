"""How well the same-story score agrees with people, and how often one story is taken for a copy.

Graded pairs of news articles (SemEval 2022 task 8: `overall` 1 the same event … 4 unrelated). The score is learned anew
for each of eight parts of the English pairs from the other parts (pairs that share a document stay together), and from
dated news (`benchmarks.story_fit`); German and Spanish are judged by what was learned in English. The baseline is the
cosine of scikit-learn's TfidfVectorizer over the texts of each language. Stories of the dated news are counted as well.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

import dedup
from benchmarks import story_fit
from benchmarks.judge import jaccard
from benchmarks.report import Table
from benchmarks.settings import Figures, Options, note
from benchmarks.story_fit import DATED, GRADED, Graded
from dedup.candidates import tfidf
from dedup.columns import pack
from dedup.fingerprint.minhash import shingles
from dedup.model import UNKNOWN_DATE, Document, Relation
from dedup.stories import stories as story
from dedup.text.dates import parse_date

NEEDS = (GRADED, DATED)
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
FOLDS = 8
QUICK_STEP = 4
SAME_EVENT, APART, NGRAM = 1.5, 0.2, 3
"""Grade up to which a pair is one event, containment below which it is written independently, words to a shingle."""


def _score(coefficients: NDArray[np.float64], features: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.clip(features @ coefficients[:-1] + coefficients[-1], -story.LIMIT, story.LIMIT))


def _held_out(pairs: Graded, dated: tuple[NDArray[np.float64], NDArray[np.int64]]) -> NDArray[np.float64]:
    """Score of each pair by coefficients that were learned without its event."""
    scores = np.zeros(len(pairs.grades))
    fold = np.random.default_rng(1).permutation(int(pairs.events.max()) + 1)[pairs.events] % FOLDS
    for number in range(FOLDS):
        here = fold == number
        coefficients = story_fit.fit(pairs, story_fit.learnable(pairs) & ~here, *dated)
        scores[here] = _score(coefficients, pairs.features[here])
    return scores


def _baseline(pairs: Graded) -> NDArray[np.float64]:
    """TF-IDF cosine of each pair, among the texts of its language."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    cosines = np.zeros(len(pairs.grades))
    for language in np.unique(pairs.languages).tolist():
        rows = np.flatnonzero(pairs.languages == language)
        texts = [pairs.texts[2 * row + side] for row in rows.tolist() for side in (0, 1)]
        matrix = TfidfVectorizer(sublinear_tf=True).fit_transform(texts)
        cosines[rows] = np.asarray(matrix[::2].multiply(matrix[1::2]).sum(axis=1)).ravel()
    return cosines


def _pearson(values: NDArray[np.float64], grades: NDArray[np.float64]) -> float:
    """Against 5 - grade, so that more is more alike."""
    return float(np.corrcoef(values, -grades)[0, 1])


def _containment(one: str, two: str) -> float:
    a, b = frozenset(shingles(one, NGRAM)), frozenset(shingles(two, NGRAM))
    both = jaccard(a, b) * len(a | b)
    return both / max(min(len(a), len(b)), 1)


def _called_copies(pairs: Graded) -> tuple[int, int]:
    """Of the pairs on one event that were written independently: their number, and how many a scan calls copies."""
    rows = [
        row
        for row in np.flatnonzero(pairs.grades <= SAME_EVENT).tolist()
        if _containment(pairs.texts[2 * row], pairs.texts[2 * row + 1]) < APART
    ]
    documents = [Document(pairs.texts[2 * row + side], f"{row}-{side}") for row in rows for side in (0, 1)]
    result = dedup.scan(documents)
    wrong = 0
    for edge in result.edges:
        one, two = (result.corpus.ids[row].split("-")[0] for row in (edge.a, edge.b))
        wrong += one == two and edge.relation is not Relation.SAME_STORY
    return len(rows), wrong


def _grouped(options: Options) -> Figures:
    """Stories of the dated news, and what they took."""
    rows = story_fit.records(options.data / DATED)[:: QUICK_STEP if options.quick else 1]
    dates = np.array([parse_date(row["date"]) for row in rows], np.int64)
    packed = pack([f"{row['title']}\n{row['text']}" for row in rows])
    with ThreadPoolExecutor() as pool:
        begin = time.perf_counter()
        found = tfidf.terms(packed)
        counted = time.perf_counter()
        made = story.stories(found, dates, pool)
        done = time.perf_counter()
    sizes = sorted(map(len, made.groups), reverse=True)
    days = [_span(dates[group]) for group in made.groups]
    return {
        "documents": len(rows), "terms_seconds": counted - begin, "seconds": done - counted, "stories": len(sizes),
        "in_stories": sum(sizes), "largest": sizes[:3], "days_median": float(np.median(days)),
        "days_most": float(max(days)),
    }  # fmt: skip


def _span(dates: NDArray[np.int64]) -> float:
    """Days from the first known date to the last."""
    known = dates[dates != UNKNOWN_DATE]
    return float(np.ptp(known)) / 86_400 if len(known) else 0.0


def run(options: Options) -> Figures:
    """The table, the share of wrong copies and the stories."""
    note("graded pairs")
    pairs = story_fit.graded(options.data / GRADED)
    note("dated pairs")
    dated = story_fit.dated(options.data / DATED, QUICK_STEP if options.quick else 1)
    held_out, baseline = _held_out(pairs, dated), _baseline(pairs)
    shipped = _score(np.array(list(story.COEFFICIENTS.values())), pairs.features)
    languages = []
    for language in ("en", "de", "es"):
        here = pairs.languages == language
        grades = pairs.grades[here]
        languages.append(
            {"language": language, "pairs": int(here.sum())}
            | {
                name: _pearson(values[here], grades)
                for name, values in (("tfidf", baseline), ("held_out", held_out), ("shipped", shipped))
            }
        )
    note("scan of the pairs on one event")
    independent, wrong = _called_copies(pairs)
    note("stories of the dated news")
    return {
        "languages": languages, "dated_pairs": len(dated[1]), "independent": independent, "called_copies": wrong,
        "grouped": _grouped(options),
    }  # fmt: skip


def tables(figures: Figures) -> list[Table]:
    """One row a language."""
    rows = [
        (row["language"], str(row["pairs"]), *(f"{row[name]:.3f}" for name in ("tfidf", "held_out", "shipped")))
        for row in figures["languages"]
    ]
    made, wrong = figures["grouped"], figures["called_copies"]
    notes = (
        f"{wrong} of {figures['independent']} pairs on one event with a 3-shingle containment below {APART} were "
        f"called copies ({wrong / max(figures['independent'], 1):.3f}).",
        f"{made['documents']:,} stories of US news: {made['stories']:,} groups of {made['in_stories']:,}, the largest "
        f"{', '.join(map(str, made['largest']))}; from first to last {made['days_median']:.1f} days in the median, "
        f"{made['days_most']:.1f} at most; {made['seconds']:.1f} s.",
    )
    columns = ("language", "pairs", "TF-IDF cosine", "score, held out", "score as shipped")
    return [Table("Same story: correlation (Pearson) with the grades that people gave", columns, rows, notes)]
