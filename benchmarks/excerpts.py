"""Short texts that stand within longer ones: how many are found, beside MinHash LSH alone.

The hosts are documents of 400 to 500 words, each newswire sentence used once in all of them, so that two hosts share
next to nothing. From some of them a run of 30 to 200 words is copied out as a document of its own, verbatim or with
5 % of its words (at least one) replaced. Such a pair has a Jaccard of 0.5 at most: LSH at a threshold of 0.7 is not
built to find it, which is the baseline (`--no-excerpts` and no other search; found there means an edge of any
relation).

Not every altered excerpt can be an excerpt by definition: `within reach` is the share whose true containment (judge's
count) still is at least the tool's 0.85. Edges that were not planted are counted, and judged by the same count:
newswire repeats itself, and a true excerpt that nobody planted is no mistake.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import judge
from benchmarks.corpus import sentences
from benchmarks.process import SHINGLES, scan
from benchmarks.report import Table
from benchmarks.settings import CACHE, NEWSWIRE, BenchmarkError, Figures, Options, note

NEEDS = NEWSWIRE
SIZES = (5_000,)
QUICK_SIZES = (1_000,)
LENGTHS = (30, 40, 60, 100, 200)
CHANGED = (0.0, 0.05)
HOST_WORDS = (400, 500)
EACH_SHARE = 0.01
"""Excerpts of each kind, as a share of the hosts."""
CONTAINMENT = 0.85
SEED = 13


@dataclass(frozen=True, slots=True)
class Plant:
    """One excerpt: rows of host and excerpt, words, share of them changed."""

    host: int
    row: int
    words: int
    changed: float


def _hosts(count: int, data: Path, rng: np.random.Generator) -> list[list[str]]:
    """Documents that use each sentence once."""
    pool = sentences(data)
    order = iter(rng.permutation(len(pool)).tolist())
    hosts = []
    for length in rng.integers(*HOST_WORDS, size=count).tolist():
        words: list[str] = []
        while len(words) < length:
            place = next(order, None)
            if place is None:
                raise BenchmarkError(f"--size: the newswire has no sentences for {count:,} documents")
            words += pool[place].split()
        hosts.append(words)
    return hosts


def _cut(host: list[str], length: int, changed: float, spare: list[str], rng: np.random.Generator) -> str:
    """`length` words of the host, a share of them replaced."""
    start = int(rng.integers(len(host) - length + 1))
    words = host[start : start + length]
    count = max(1, round(changed * length)) if changed else 0
    for place in rng.choice(length, count, replace=False).tolist():
        words[place] = spare[int(rng.integers(len(spare)))]
    return " ".join(words)


def _texts(size: int, data: Path) -> tuple[list[str], list[Plant]]:
    """All documents, hosts and excerpts shuffled, and what was planted."""
    rng = np.random.default_rng(SEED)
    hosts = _hosts(size, data, rng)
    spare = sorted({word for host in hosts for word in host})
    kinds = [(length, changed) for length in LENGTHS for changed in CHANGED]
    each = max(1, int(EACH_SHARE * size))
    chosen = rng.choice(size, each * len(kinds), replace=False).tolist()
    excerpts = [
        (host, *kinds[number % len(kinds)], _cut(hosts[host], *kinds[number % len(kinds)], spare, rng))
        for number, host in enumerate(chosen)
    ]
    texts = [" ".join(host) for host in hosts] + [excerpt[-1] for excerpt in excerpts]
    places = rng.permutation(len(texts)).tolist()
    shuffled = [""] * len(texts)
    for place, text in zip(places, texts, strict=True):
        shuffled[place] = text
    plants = [
        Plant(places[host], places[size + number], length, changed)
        for number, (host, length, changed, _) in enumerate(excerpts)
    ]
    return shuffled, plants


def _write(texts: Sequence[str], size: int) -> Path:
    CACHE.mkdir(exist_ok=True)
    path = CACHE / f"excerpts-{size}.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for row, text in enumerate(texts):
            out.write(json.dumps({"id": f"doc-{row}", "text": text}, ensure_ascii=False) + "\n")
    return path


def _edges(result: Figures, *relations: str) -> set[judge.Pair]:
    """Pairs of rows with an edge of these relations (none given: any)."""
    found = set()
    for edge in result["edges"]:
        if not relations or edge["relation"] in relations:
            one, two = int(edge["a"][4:]), int(edge["b"][4:])
            found.add((min(one, two), max(one, two)))
    return found


def _pair(plant: Plant) -> judge.Pair:
    return (min(plant.host, plant.row), max(plant.host, plant.row))


def _containment(texts: Sequence[str], pair: judge.Pair) -> float:
    return judge.containment(*(judge.shingles(texts[row]) for row in pair))


def _kind(plants: Sequence[Plant], texts: Sequence[str], found: set[judge.Pair], lsh: set[judge.Pair]) -> Figures:
    """Figures of the excerpts of one length and alteration."""
    pairs = [_pair(plant) for plant in plants]
    true = [_containment(texts, pair) for pair in pairs]
    return {
        "words": plants[0].words, "changed": plants[0].changed, "planted": len(pairs),
        "containment": float(np.median(true)), "within_reach": float(np.mean([c >= CONTAINMENT for c in true])),
        "found": len(found & set(pairs)) / len(pairs), "found_lsh": len(lsh & set(pairs)) / len(pairs),
    }  # fmt: skip


def run(options: Options) -> Figures:
    """Scan once with and once without excerpts."""
    (size, *_) = options.sizes
    texts, plants = _texts(size, options.data)
    file = _write(texts, size)
    note("scanning with and without excerpts")
    with_run, result = scan(file)
    without_run, plain = scan(file, *SHINGLES, "--no-excerpts")
    shingles_run, _ = scan(file, *SHINGLES)
    found, lsh = _edges(result, "excerpt"), _edges(plain)
    kinds: dict[tuple[float, int], list[Plant]] = {}
    for plant in plants:
        kinds.setdefault((plant.changed, plant.words), []).append(plant)
    planted = {_pair(plant) for plant in plants}
    others = found - planted
    true = sum(_containment(texts, pair) >= CONTAINMENT for pair in found)
    return {
        "documents": len(texts), "hosts": size,
        "kinds": [_kind(kinds[key], texts, found, lsh) for key in sorted(kinds)],
        "edges": len(found), "edges_planted": len(found & planted), "edges_other": len(others),
        "planted_share": len(found & planted) / len(found) if found else None,
        "true_share": true / len(found) if found else None,
        "seconds": with_run.seconds, "seconds_shingles": shingles_run.seconds, "seconds_lsh": without_run.seconds,
    }  # fmt: skip


def tables(figures: Figures) -> list[Table]:
    """One row a length and alteration."""
    rows = [
        (
            f"{kind['words']}, " + (f"{kind['changed']:.0%} changed" if kind["changed"] else "verbatim"),
            f"{kind['planted']}", f"{kind['containment']:.2f}", f"{kind['within_reach']:.0%}", f"{kind['found']:.0%}",
            f"{kind['found_lsh']:.0%}",
        )
        for kind in figures["kinds"]
    ]  # fmt: skip
    columns = ("words of the excerpt", "planted", "containment", "within reach", "found", "LSH alone")
    shares = [figures["planted_share"], figures["true_share"]]
    planted, true = ("–" if share is None else f"{share:.1%}" for share in shares)
    summary = (
        f"{figures['edges']:,} excerpt edges: {planted} were planted, {true} hold by the judge's count "
        f"(containment ≥ {CONTAINMENT}). {figures['seconds']:.1f} s with the defaults, "
        f"{figures['seconds_shingles']:.1f} s by shingles alone, {figures['seconds_lsh']:.1f} s by LSH alone."
    )
    return [Table(f"Excerpts among {figures['documents']:,} documents", columns, rows, (summary,))]
