"""Learn the coefficients of `dedup.stories.stories`: `python -m benchmarks.story_fit [--data DIR]` prints them.

Two kinds of pairs, see `stories.COEFFICIENTS`. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from benchmarks.settings import DATA
from dedup.candidates import lsh, tfidf
from dedup.columns import pack
from dedup.model import UNKNOWN_DATE
from dedup.relations.cluster import components
from dedup.stories import stories
from dedup.text.dates import parse_date

GRADED, DATED = "semeval22_story_pairs.jsonl.gz", "us_news_2016_11_12.jsonl.gz"
SAME, OTHER = 2.0, 2.75
"""Grades up to the first are one event, from the second on they are not; between them nothing is learned."""
NEAR_DAYS, FAR_DAYS = 1.0, 7.0
NEAR_COSINE, COPY_COSINE, NEIGHBOURS = 0.2, 0.8, 30
GRADED_WEIGHT = 20.0
"""Of a graded pair beside a dated one. Correlation with people / AUC on the dated pairs: weight 0 .740 / .823,
5 .743 / .823, 20 .747 / .822, 1000 .767 / .777."""
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Graded:
    """Pairs that people graded: n of them."""

    texts: list[str]
    """(2n,) left and right in turn."""
    languages: NDArray[np.str_]
    grades: NDArray[np.float64]
    """1 the same event … 4 unrelated."""
    events: NDArray[np.int64]
    """Pairs that share a document, by way of others too, have one number."""
    features: NDArray[np.float64]
    """(n, 6)"""


def records(path: Path) -> list[dict[str, Any]]:
    """Lines of a compressed JSONL file."""
    with gzip.open(path, "rb") as lines:
        return [orjson.loads(line) for line in lines]


def _events(rows: list[dict[str, Any]]) -> NDArray[np.int64]:
    names: dict[str, int] = {}
    pairs = [tuple(names.setdefault(name, len(names)) for name in row["pair_id"].split("_")) for row in rows]
    group = {member: number for number, members in enumerate(components(pairs)) for member in members}  # type: ignore[arg-type]
    return np.array([group[pair[0]] for pair in pairs])


def graded(path: Path) -> Graded:
    """The SemEval pairs; document frequencies are those of all their texts with the background."""
    rows = records(path)
    texts = [row[side].strip() for row in rows for side in ("text1", "text2")]
    made = stories.weigh(tfidf.terms(pack(texts)))
    left = np.arange(0, len(texts), 2)
    return Graded(
        texts,
        np.array([row["lang1"] for row in rows]),
        np.array([float(row["overall"]) for row in rows]),
        _events(rows),
        stories.features(made, left, left + 1).astype(np.float64),
    )


def _when(row: dict[str, Any]) -> float:
    """Days since 1970; where the page gives no date, half a day before it was collected, the median."""
    seconds = parse_date(row["date"])
    return seconds / _DAY if seconds != UNKNOWN_DATE else parse_date(row["day"]) / _DAY - 0.5


def dated(path: Path, step: int = 1) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Features (p, 6) of near pairs of two sites, and 1 where they were published within a day of each other."""
    rows = records(path)[::step]
    found = tfidf.terms(pack([f"{row['title']}\n{row['text']}" for row in rows]))
    with ThreadPoolExecutor() as pool:
        pairs, cosines = tfidf.neighbours(found, NEIGHBOURS, pool, NEAR_COSINE)
    left, right = lsh.unpack(pairs)
    when, site = np.array([_when(row) for row in rows]), np.array([row["site"] for row in rows])
    days = np.abs(when[left] - when[right])
    good = (site[left] != site[right]) & (cosines < COPY_COSINE) & ((days <= NEAR_DAYS) | (days >= FAR_DAYS))
    left, right, days = left[good], right[good], days[good]
    features = stories.features(stories.weigh(found), left, right).astype(np.float64)
    return features, (days <= NEAR_DAYS).astype(np.int64)


def learnable(pairs: Graded, language: str = "en") -> NDArray[np.bool_]:
    """Which graded pairs are learned from."""
    sure = (pairs.grades <= SAME) | (pairs.grades >= OTHER)
    return np.asarray(sure & (pairs.languages == language), bool)


def fit(
    pairs: Graded, which: NDArray[np.bool_], features: NDArray[np.float64], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(7,) coefficients and constant, from the graded pairs in `which` and the dated ones."""
    from sklearn.linear_model import LogisticRegression

    x = np.concatenate((features, pairs.features[which]))
    y = np.concatenate((labels, (pairs.grades[which] <= SAME).astype(np.int64)))
    weights = np.concatenate((np.ones(len(labels)), np.full(int(which.sum()), GRADED_WEIGHT)))
    model = LogisticRegression(C=10, max_iter=1000).fit(x, y, sample_weight=weights)
    return np.concatenate((model.coef_[0], model.intercept_))


def main() -> int:
    """Print what COEFFICIENTS should hold."""
    parser = argparse.ArgumentParser("python -m benchmarks.story_fit", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    data = parser.parse_args().data
    pairs = graded(data / GRADED)
    features, labels = dated(data / DATED)
    which = learnable(pairs)
    print(f"{int(which.sum())} graded pairs, {len(labels):,} dated ones ({labels.mean():.0%} of them near)")
    names = (*stories.FEATURES, "constant")
    for name, value in zip(names, fit(pairs, which, features, labels).tolist(), strict=True):
        print(f'    "{name}": {value:.2f},  # now {stories.COEFFICIENTS[name]}')
    return 0


if __name__ == "__main__":
    sys.exit(main())
