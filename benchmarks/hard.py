"""Inputs that break near-duplicate tools: crowds of copies, shared footers, tiny pages, one giant.

Each file but the last ones has as many documents as the plain one and is scanned by a whole process of `dedup scan`
(and by one for shingles alone); plain and hard runs
alternate after one unmeasured round, and a hard file's time is given as a ratio to the plain one's; since half a
second of each is the start of the process, the ratio of the scans alone (`stats.seconds`) stands beside it. What must
come out is known from how the files were made:

- `exact copies`, `near copies`: 30 % of the plain corpus are replaced by copies of one text (near: one changed word
  each); they must be one cluster, with no other document in it;
- `footer`: every page is 100 words of its own, drawn one by one, and the same 200 words of site boilerplate: Jaccard is
  about 0.48 and containment 0.65, so there is no copy to find, only some 50 million candidate pairs to drown in;
- `tiny pages`: 1 to 4 words, too few for a shingle; clusters are the groups of equal pages;
- `one giant`: 20 MB of words drawn one by one; it must be in no cluster;
- `one word a line`: 30 MB of the same, each word on a line of its own, and nothing else;
- `two giants`: 5 MB of real articles, and the same with a word in forty drawn anew: they must be one cluster;
- `one crowd`: nothing but copies of one text, each with an eighth of its words drawn anew: each is a candidate of
  each other, and they must be one cluster or none.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.corpus import Corpus
from benchmarks.process import SHINGLES, Run, middle, scan
from benchmarks.report import Table
from benchmarks.settings import CACHE, NEWSWIRE, Figures, Options, note

NEEDS = NEWSWIRE
SIZES = (10_000,)
QUICK_SIZES = (300,)
SEED = 11
SHARE = 0.3
GIANT_BYTES, QUICK_GIANT_BYTES = 20_000_000, 500_000
_PLAIN_WORD = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Case:
    """One file: its texts, the rows that must be one cluster, those that must be in none, and clusters if known."""

    name: str
    texts: Sequence[str]
    together: frozenset[int] = frozenset()
    alone: frozenset[int] = frozenset()
    clusters: int | None = None


class Maker:
    """Makes the cases from one plain corpus and one seeded generator."""

    def __init__(self, size: int, options: Options) -> None:
        self.corpus = Corpus(size, options.data)
        self.plain = list(self.corpus.texts())
        self.running = [word for sentence in self.corpus.pool for word in sentence.split()]
        self.rng = np.random.default_rng(SEED)
        self.giant_bytes = QUICK_GIANT_BYTES if options.quick else GIANT_BYTES
        self.crowd = size // 5 if options.quick else size

    def cases(self) -> Iterator[Case]:
        """All files, the plain one first."""
        yield Case("plain", self.plain)
        yield self._crowd("exact copies", changed=0)
        yield self._crowd("near copies", changed=1)
        yield self._footer()
        yield self._tiny()
        yield self._giant()
        yield self._lines()
        yield self._two_giants()
        yield self._one_crowd()

    def _passage(self, count: int) -> list[str]:
        """Words of whole sentences, which other documents may hold too."""
        return self.corpus.passage(count, self.rng)

    def _drawn(self, count: int) -> list[str]:
        """Words drawn one by one, as often as they occur: no passage of them stands anywhere else."""
        return [self.running[place] for place in self.rng.integers(len(self.running), size=count).tolist()]

    def _crowd(self, name: str, changed: int) -> Case:
        source = self._passage(450)
        rows = self.rng.choice(len(self.plain), int(SHARE * len(self.plain)), replace=False)
        texts = list(self.plain)
        for row in rows.tolist():
            words = list(source)
            for place in self.rng.choice(len(words), changed, replace=False).tolist():
                words[place] = self.corpus.vocabulary[int(self.rng.integers(len(self.corpus.vocabulary)))]
            texts[row] = " ".join(words)
        return Case(name, texts, together=frozenset(rows.tolist()))

    def _footer(self) -> Case:
        footer = " ".join(self._passage(200))
        texts = [" ".join(self._drawn(100)) + "\n" + footer for _ in self.plain]
        return Case("footer", texts, alone=frozenset(range(len(texts))), clusters=0)

    def _tiny(self) -> Case:
        vocabulary = [word for word in self.corpus.vocabulary if _PLAIN_WORD.fullmatch(word)]
        texts = []
        for count in self.rng.integers(1, 5, size=len(self.plain)).tolist():
            texts.append(" ".join(vocabulary[place] for place in self.rng.integers(len(vocabulary), size=count)))
        groups = Counter(text.lower() for text in texts)
        return Case("tiny pages", texts, clusters=sum(count > 1 for count in groups.values()))

    def _giant(self) -> Case:
        row = len(self.plain) // 2
        texts = list(self.plain)
        texts[row] = " ".join(self._drawn(self.giant_bytes // 4))[: self.giant_bytes]
        return Case("one giant", texts, alone=frozenset({row}))

    def _lines(self) -> Case:
        count = self.giant_bytes * 3 // 2
        text = "\n".join(self._drawn(count // 4))[:count]
        return Case("one word a line", [text, self.plain[0]], alone=frozenset({0, 1}), clusters=0)

    def _redrawn(self, words: list[str], share: float) -> str:
        """Words with a share of them drawn anew."""
        words = list(words)
        places = self.rng.choice(len(words), int(share * len(words)), replace=False).tolist()
        for place, word in zip(places, self._drawn(len(places)), strict=True):
            words[place] = word
        return " ".join(words)

    def _two_giants(self) -> Case:
        words = self.running[: self.giant_bytes // 24]
        return Case("two giants", [" ".join(words), self._redrawn(words, 0.025)], together=frozenset({0, 1}))

    def _one_crowd(self) -> Case:
        source = self._passage(400)
        return Case("one crowd", [self._redrawn(source, 0.125) for _ in range(self.crowd)])


def _write(case: Case, size: int) -> Path:
    CACHE.mkdir(exist_ok=True)
    path = CACHE / f"hard-{size}-{case.name.replace(' ', '-')}.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for row, text in enumerate(case.texts):
            out.write(json.dumps({"id": f"doc-{row}", "text": text}, ensure_ascii=False) + "\n")
    return path


@dataclass(frozen=True, slots=True)
class Expected:
    """A case without its texts."""

    name: str
    file: Path
    together: frozenset[int]
    alone: frozenset[int]
    clusters: int | None

    def right(self, clusters: Sequence[frozenset[int]]) -> bool | None:
        """Whether the clusters are what they must be; None where nothing is known."""
        if not self.together and not self.alone and self.clusters is None:
            return None
        clustered = frozenset().union(*clusters)
        return (
            (not self.together or self.together in clusters)
            and not self.alone & clustered
            and self.clusters in (None, len(clusters))
        )


def _clusters(result: Figures) -> list[frozenset[int]]:
    return [frozenset(int(name[4:]) for name in cluster["members"]) for cluster in result["clusters"]]


def _figures(case: Expected, runs: Sequence[Run], results: Sequence[Figures]) -> Figures:
    result = results[-1]
    clusters = _clusters(result)
    holders = [len(cluster & case.together) for cluster in clusters]
    return {
        "name": case.name, "seconds": middle(runs), "seconds_all": [run.seconds for run in runs],
        "scan_seconds": median(one["stats"]["seconds"] for one in results),
        "rss_mb": max(run.rss_mb for run in runs), "clusters": len(clusters),
        "expected_clusters": case.clusters, "planted": len(case.together), "largest_share": max(holders, default=0),
        "right": case.right(clusters), "candidates": result["stats"].get("candidates", 0),
        "rejects": len(result["rejects"]),
    }  # fmt: skip


def run(options: Options) -> Figures:
    """All cases in turn, several times."""
    (size, *_) = options.sizes
    cases = []
    for made in Maker(size, options).cases():
        cases.append(Expected(made.name, _write(made, size), made.together, made.alone, made.clusters))
    if not options.quick:
        note("warming up")
        for case in cases:
            scan(case.file)
    runs: dict[str, list[Run]] = {case.name: [] for case in cases}
    shingles: dict[str, list[Run]] = {case.name: [] for case in cases}
    results: dict[str, list[Figures]] = {case.name: [] for case in cases}
    repeats = options.repeat(3)
    for number in range(repeats):
        for case in cases:
            note(f"run {number + 1} of {repeats}: {case.name}")
            done, result = scan(case.file)
            runs[case.name].append(done)
            results[case.name].append(result)
            shingles[case.name].append(scan(case.file, *SHINGLES)[0])
    rows = [_figures(case, runs[case.name], results[case.name]) for case in cases]
    for row in rows:
        row["shingles_seconds"] = middle(shingles[row["name"]])
        row["shingles_rss_mb"] = max(run.rss_mb for run in shingles[row["name"]])
    plain = rows[0]
    for row in rows:
        row["ratio"] = row["seconds"] / plain["seconds"]
        row["scan_ratio"] = row["scan_seconds"] / plain["scan_seconds"]
    return {"documents": size, "cases": rows}


def tables(figures: Figures) -> list[Table]:
    """One row a file."""
    rows = []
    for case in figures["cases"]:
        planted = f"{case['largest_share']:,} of {case['planted']:,}" if case["planted"] else "–"
        expected = "" if case["expected_clusters"] is None else f" (of {case['expected_clusters']:,})"
        row = (
            case["name"], f"{case['seconds']:.2f}", f"{case['ratio']:.2f}×", f"{case['scan_ratio']:.2f}×",
            f"{case['rss_mb']:,.0f}", f"{case['shingles_seconds']:.2f}", f"{case['shingles_rss_mb']:,.0f}",
            f"{case['candidates']:,}", f"{case['clusters']:,}{expected}", planted,
            {True: "yes", False: "NO", None: "–"}[case["right"]],
        )  # fmt: skip
        rows.append(row)
    columns = (
        "file", "seconds", "time, plain = 1", "without start", "peak MB", "shingles alone", "its peak MB",
        "candidates", "clusters", "in one cluster", "as planted",
    )  # fmt: skip
    return [Table(f"Hard inputs, {figures['documents']:,} documents each", columns, rows)]
