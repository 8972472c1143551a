"""How many words a shingle should have, on labelled news of ten outlets.

The labels are natural overlap, found once by 3-shingle containment: `copies` are stories of two outlets that share at
least 60 % (syndicated text), `boilerplate` are pages of one outlet that share at least 40 % because the site repeats
itself (recipes, video pages), `independent` are pairs below 40 %. For each shingle size the AUC says how well Jaccard
alone ranks copies above the other two, and for each threshold how many of each would be reported. The labels come from
3-shingles, which favours small sizes; shingles are dedup's own (`fingerprint.minhash.shingles`).
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from benchmarks.judge import jaccard
from benchmarks.report import Table
from benchmarks.settings import BenchmarkError, Figures, Options, note
from dedup.fingerprint.minhash import shingles

_TEXTS, _PAIRS = "us_news_2016_11_12.jsonl.gz", "us_news_2016_11_12_overlap_pairs.tsv"
NEEDS = (_TEXTS, _PAIRS)
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
NGRAMS = range(2, 9)
THRESHOLDS = (0.4, 0.5, 0.6, 0.7, 0.8)
BOILERPLATE_SITES = ("www.nbcnews.com", "cooking.nytimes.com")
QUICK_PAIRS = 60
Kinds = dict[str, list[tuple[str, str]]]


def _texts(path: Path) -> dict[str, str]:
    with gzip.open(path, "rb") as lines:
        return {row["id"]: row["text"] for row in map(orjson.loads, lines)}


def _kind(row: dict[str, str]) -> str | None:
    """The label of a pair, None for one that has none."""
    shared, same_site = float(row["containment3"]), row["dom_a"] == row["dom_b"]
    if shared < 0.4:
        return "independent"
    if not same_site and shared >= 0.6:
        return "copies"
    return "furniture" if same_site and row["dom_a"] in BOILERPLATE_SITES else None


def _pairs(path: Path, known: dict[str, str]) -> Kinds:
    kinds: Kinds = {"copies": [], "furniture": [], "independent": []}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            kind = _kind(row)
            if kind and row["id_a"] in known and row["id_b"] in known:
                kinds[kind].append((row["id_a"], row["id_b"]))
    return kinds


def auc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """Chance that a positive scores above a negative, ties half: from rank sums (Mann & Whitney 1947)."""
    _, inverse, counts = np.unique(np.concatenate((positive, negative)), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    above = ranks[: len(positive)].sum() - len(positive) * (len(positive) + 1) / 2
    return float(above / (len(positive) * len(negative)))


def _jaccards(pairs: Iterable[tuple[str, str]], texts: dict[str, str], ngram: int) -> NDArray[np.float64]:
    cut = lru_cache(2048)(lambda name: frozenset(shingles(texts[name], ngram)))
    return np.array([jaccard(cut(one), cut(two)) for one, two in pairs])


def _figures(kinds: Kinds, texts: dict[str, str], ngram: int) -> Figures:
    values = {kind: _jaccards(pairs, texts, ngram) for kind, pairs in kinds.items()}
    others = np.concatenate((values["furniture"], values["independent"]))
    return {
        "ngram": ngram,
        "auc": auc(values["copies"], others),
        "found": [
            {"threshold": threshold} | {kind: int((found >= threshold).sum()) for kind, found in values.items()}
            for threshold in THRESHOLDS
        ],
    }


def run(options: Options) -> Figures:
    """All shingle sizes."""
    texts = _texts(options.data / _TEXTS)
    kinds = _pairs(options.data / _PAIRS, texts)
    if not all(kinds.values()):
        raise BenchmarkError(f"{_PAIRS}: no pairs of some kind: { {kind: len(rows) for kind, rows in kinds.items()} }")
    if options.quick:
        kinds = {kind: rows[:: max(1, len(rows) // QUICK_PAIRS)] for kind, rows in kinds.items()}
    sizes = []
    for ngram in NGRAMS:
        note(f"shingles of {ngram} words")
        sizes.append(_figures(kinds, texts, ngram))
    return {"pairs": {kind: len(rows) for kind, rows in kinds.items()}, "sizes": sizes}


def tables(figures: Figures) -> list[Table]:
    """One row a shingle size; each cell copies / boilerplate / independent."""
    pairs = figures["pairs"]
    rows = []
    for size in figures["sizes"]:
        found = [f"{step['copies']} / {step['furniture']} / {step['independent']}" for step in size["found"]]
        rows.append((str(size["ngram"]), f"{size['auc']:.4f}", *found))
    columns = ("words a shingle", "AUC", *(f"J ≥ {step['threshold']}" for step in figures["sizes"][0]["found"]))
    title = (
        f"Shingle size: of {pairs['copies']} copies / {pairs['furniture']} pairs of site boilerplate / "
        f"{pairs['independent']} independent pairs, reported at each threshold"
    )
    return [Table(title, columns, rows)]
