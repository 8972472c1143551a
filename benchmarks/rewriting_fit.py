"""Learn the weights of `dedup.rewriting.detection`: `python -m benchmarks.rewriting_fit [--data DIR]` writes them.

Rewrites by three language models against what is near and is none: neighbours by TF-IDF among US news and the newswire,
what a scan of the two looks at, pairs of reports that people graded, and texts of the same kind. Needs scikit-learn.
The newswire holds hundreds of its own second versions, which are rewrites in truth. Those that came out on top were
read (`rewrites_read.tsv`) and are left aside; the others are not: the weights err on the side of silence.
"""

from __future__ import annotations

import argparse
import csv
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.settings import DATA, ROOT
from benchmarks.story_fit import records
from dedup.candidates import tfidf
from dedup.columns import pack
from dedup.config import Config
from dedup.pipeline.judge import Judge
from dedup.pipeline.scan import InputFacts, Scan
from dedup.read import Items, from_documents
from dedup.rewriting import detection, direction
from dedup.rewriting import kernels as k

REWRITES, GRADED = "llm_rewrites.jsonl.gz", "semeval22_story_pairs.jsonl.gz"
US, REUTERS = "us_news_2016_11_12.jsonl.gz", "reuters21578.jsonl.gz"
FILES = (REWRITES, GRADED, US, REUTERS)
NEIGHBOURS, NEAR = 8, 0.25
KIND_NEIGHBOURS, KIND_NEAR = 20, 0.1
"""Neighbours of a text, and the least cosine: of news, and of texts of one kind."""
ONE_EVENT = 2.0
"""Grade up to which two reports tell one event."""
KEPT = 0.2
"""Share of a text in long runs of the other from which a natural pair is an edited one, and teaches nothing."""
NATURAL = 6
"""Pairs that a scan of natural news looks at and that are no rewrites, of some 18,000, that may reach the threshold."""
READ = Path(__file__).with_name("rewrites_read.tsv")
"""Pairs of natural news that were read: `rewrite`, or `none`."""
HARD = 1.5
"""Log odds by which a pair may be below the least of the rewrites before it is too easy to learn from."""
EVENT_WEIGHT, DAY_WEIGHT = 20.0, 4.0
"""Of pairs of one event beside others: there are few of them."""
TARGET = ROOT / "dedup" / "rewriting" / "weights.py"
Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pairs:
    """p pairs of texts."""

    features: Values
    """(p, FEATURES)"""
    group: NDArray[np.str_]
    """`rewrite`, `other` (of one kind), `event`, `graded`, `day` (US news of one day, two sites), `us`, `reuters`."""
    kind: NDArray[np.str_]
    """Of text, of rewrites and others."""
    model: NDArray[np.str_]
    """That made the rewrite."""
    asked: Flags
    """Pairs of natural news that a scan of it all looks at."""
    read: NDArray[np.str_]
    """What a reader said of them, if any."""

    @property
    def rewrites(self) -> Flags:
        """(p,)"""
        found: Flags = self.group == "rewrite"
        return found

    @property
    def natural(self) -> Flags:
        """(p,) pairs of natural news that are no edited ones, nor rewrites."""
        found: Flags = np.isin(self.group, ("us", "day", "reuters")) & self.others
        return found

    @property
    def others(self) -> Flags:
        """(p,) what is no rewrite."""
        found: Flags = ~self.rewrites & (self.features[:, k.VERBATIM] < KEPT) & (self.read != "rewrite")
        return found


class _Gathered:
    """Texts and pairs of them, in the making."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.rows: list[tuple[int, int, str, str, str]] = []
        self.news: dict[int, str] = {}
        self.asked: set[tuple[int, int]] = set()

    def text(self, text: str) -> int:
        """The place of a new text."""
        self.texts.append(text)
        return len(self.texts) - 1

    def look(self) -> None:
        """Add what a scan of all news looks at."""
        places = list(self.news)
        have = {(min(one, two), max(one, two)) for one, two, *_ in self.rows}
        for one, two in looked_at([self.texts[place] for place in places]):
            pair = min(places[one], places[two]), max(places[one], places[two])
            self.asked.add(pair)
            if pair not in have:
                self.rows.append((*pair, "us" if self.news[pair[1]].startswith("us:") else "reuters", "", ""))

    def pairs(self) -> Pairs:
        """All pairs with their features."""
        left, right = (np.array([row[side] for row in self.rows], np.int64) for side in (0, 1))
        group, kind, model = (np.array([row[at] for row in self.rows]) for at in (2, 3, 4))
        words = detection.words_of([text.encode() for text in self.texts])
        both = [(min(one, two), max(one, two)) for one, two, *_ in self.rows]
        read = _read()
        said = [read.get(frozenset((self.news.get(one, ""), self.news.get(two, ""))), "") for one, two in both]
        asked = np.array([pair in self.asked for pair in both])
        return Pairs(detection.features_of(words, left, right), group, kind, model, asked, np.array(said))


def _read() -> dict[frozenset[str], str]:
    with READ.open(encoding="utf-8") as lines:
        return {frozenset((row["a"], row["b"])): row["label"] for row in csv.DictReader(lines, delimiter="\t")}


def looked_at(texts: list[str]) -> list[tuple[int, int]]:
    """The pairs that a scan of `texts` asks whether they are rewrites."""
    config = Config()
    with ThreadPoolExecutor(2) as pool:
        scan = Scan(config, pool, InputFacts(locate=lambda file, place, size: b""))
        items = Items(({"text": text} for text in texts), config.read, "")
        scan.store.read(from_documents(items, config.read, []), pool, 2, scan.clock)
        heads = scan._fold()
        kept = np.flatnonzero(heads == np.arange(len(heads)))
        judge = Judge(config, scan.store, scan.words, scan.normalised, pool, scan.clock, None, kept)
        left, right, alike, _ = scan._candidates(heads)
        found = judge._by_wording(left, right, alike).pairs
        rest = ~np.isin(left << 32 | right, found.left << 32 | found.right)
        places = [int(row) - 1 for row in scan.store.column("lines")]
        scan.store.forget_keys()
    return [(places[one], places[two]) for one, two in zip(left[rest].tolist(), right[rest].tolist(), strict=True)]


def near(texts: list[str], count: int, least: float) -> list[tuple[int, int]]:
    """Pairs of which one is among the `count` nearest of the other."""
    with ThreadPoolExecutor(2) as pool:
        found, _ = tfidf.neighbours(tfidf.terms(pack(texts)), count, pool, least)
    return [(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in found]


def _rewrites(rows: list[dict[str, Any]], into: _Gathered) -> None:
    for kind in sorted({row["domain"] for row in rows}):
        of_kind = [row for row in rows if row["domain"] == kind]
        places = {row["id"]: into.text(row["text"]) for row in of_kind}
        for row in of_kind:
            if row["of"]:
                into.rows.append((places[row["of"]], places[row["id"]], "rewrite", kind, row["by"]))
        roots = [row["of"] or row["id"] for row in of_kind]
        for one, two in near([row["text"] for row in of_kind], KIND_NEIGHBOURS, KIND_NEAR):
            if roots[one] != roots[two]:
                into.rows.append((places[of_kind[one]["id"]], places[of_kind[two]["id"]], "other", kind, ""))


def _news(rows: list[dict[str, Any]], name: str, into: _Gathered) -> None:
    texts = [row["text"] or "" for row in rows]
    places = [into.text(text) for text in texts]
    into.news |= {place: f"{name}:{row['id']}" for place, row in zip(places, rows, strict=True)}
    for one, two in near(texts, NEIGHBOURS, NEAR):
        a, b = rows[one], rows[two]
        day = name == "us" and a["day"] == b["day"] and a["site"] != b["site"]
        into.rows.append((places[one], places[two], "day" if day else name, "", ""))


def gather(data: Path) -> Pairs:
    """All pairs that are learned from."""
    into = _Gathered()
    _rewrites(records(data / REWRITES), into)
    _news(records(data / US), "us", into)
    _news(records(data / REUTERS), "reuters", into)
    into.look()
    for row in records(data / GRADED):
        group = "event" if row["overall"] <= ONE_EVENT else "graded"
        into.rows.append((into.text(row["text1"]), into.text(row["text2"]), group, "", ""))
    return into.pairs()


def _logistic(values: Values, true: Flags, weights: Values, strength: float) -> tuple[Values, float]:
    from sklearn.linear_model import LogisticRegression  # here: nobody else needs it

    model = LogisticRegression(C=strength, max_iter=300).fit(values, true, sample_weight=weights)
    return model.coef_[0], float(model.intercept_[0])


KNOTS = (0.1, 0.5, 0.9)
"""Quantiles of the rewrites at which the columns bend."""


def hard_ones(pairs: Pairs) -> Flags:
    """(p,) what is no rewrite and not far from one."""
    values, true, others = detection.columns(pairs.features), pairs.rewrites, pairs.others
    scaled = (values - values[true].mean(0)) / (values[true].std(0) + 1e-6)
    some = true | (others & (np.arange(len(true)) % 4 == 0))
    weights, constant = _logistic(scaled[some], true[some], np.ones(int(some.sum())), 1.0)
    score = scaled @ weights + constant
    found: Flags = others & (score > np.quantile(score[true], 0.01) - HARD)
    return found


def learn(pairs: Pairs, hard: Flags, left_out: Flags) -> detection.ColumnWeights:
    """From all pairs but those `left_out` (p,). The threshold is that of the natural pairs."""
    values, true = detection.columns(pairs.features), pairs.rewrites & ~left_out
    used = true | (hard & ~left_out)
    centres, knots = values[true].mean(0).round(4), np.quantile(values[true], KNOTS, axis=0).T.round(4)
    columns = detection.bent(values, centres, knots)
    mean, scale = columns[used].mean(0), columns[used].std(0) + 1e-6
    scaled = np.clip((columns - mean) / scale, -8, 8)
    weight = np.where(pairs.group == "event", EVENT_WEIGHT, np.where(pairs.group == "day", DAY_WEIGHT, 1.0))
    weight = np.where(true, 0.25 * hard.sum() / true.sum(), weight)
    found, constant = _logistic(scaled[used], true[used], weight[used], 0.3)
    of = (found / scale).reshape(5, -1).T
    learned = detection.ColumnWeights(centres, knots, of, constant - float((found * mean / scale).sum()))
    natural = pairs.natural & pairs.asked & ~left_out
    reached = np.sort(learned.odds(pairs.features[natural]))[::-1][NATURAL]
    return learned._replace(constant=learned.constant - float(reached))


def _numbers(values: Values) -> str:
    return ", ".join(f"{value:.4g}" for value in values)


def originals(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each original with each of its rewrites."""
    by_id = {row["id"]: row for row in rows}
    return [(by_id[row["of"]], row) for row in rows if row["of"]]


def learn_direction(rows: list[dict[str, Any]]) -> dict[str, tuple[float, float]]:
    """Weight and scale of each sign of `direction`."""
    signs = {row["id"]: direction.signs(row["text"]) for row in rows}
    names = list(next(iter(signs.values())))
    pairs = [(signs[one["id"]], signs[two["id"]]) for one, two in originals(rows)]
    values = np.array([[two[name] - one[name] for name in names] for one, two in pairs])
    scales = values.std(0) + 1e-6
    scaled = np.clip(values / scales, -direction.MOST, direction.MOST)
    both, true = np.vstack((scaled, -scaled)), np.repeat((True, False), len(scaled))
    weights, _ = _logistic(both, true, np.ones(len(both)), 0.1)
    return {name: (float(weight), float(scale)) for name, weight, scale in zip(names, weights, scales, strict=True)}


def write(learned: detection.ColumnWeights, signs: dict[str, tuple[float, float]], path: Path) -> None:
    """The module that holds the weights."""
    lines = ['"""Weights of `detection`, made by `python -m benchmarks.rewriting_fit`."""', "", "COLUMNS = {"]
    rows = np.hstack((learned.centres[:, None], learned.knots, learned.of))
    lines += [f'    "{name}": ({_numbers(row)}),' for name, row in zip(detection.NAMES, rows, strict=True)]
    lines += ["}", '"""Centre of each column, its three knots, and the weights of `detection.bent`."""']
    lines += [f"CONSTANT = {learned.constant:.4g}", "SIGNS = {"]
    lines += [f'    "{name}": ({_numbers(np.array(pair))}),' for name, pair in signs.items()]
    lines += ["}", '"""Weight and scale of each sign of `direction`."""', ""]
    path.write_text("\n".join(lines))


def main() -> int:
    """Learn from all, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    data = parser.parse_args().data
    pairs, signs = gather(data), learn_direction(records(data / REWRITES))
    write(learn(pairs, hard_ones(pairs), np.zeros(len(pairs.group), bool)), signs, TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
