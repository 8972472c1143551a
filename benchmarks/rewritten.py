"""Spun copies among real news: found, named, which side is the copy, and every substitution.

The corpora are those of `benchmarks.spun_corpus` (a spinner of our own; nothing was tuned on the vocabulary `heldout`),
scanned by whole processes of `dedup scan`, without stories and quotes. No record has a date or a source: what is found
is found in the wording.

- *found*: copies with an edge of kind spun or near-duplicate to their source; beside it the share of copies whose
  3-shingle Jaccard (ours) is at least .5, which is what a near-duplicate tool at that threshold could find at most.
- *called spun*: of those found.
- *direction*: edges from source to copy that name the copy, of those found; baseline: the side with more bigrams that
  stand nowhere else in the batch between words that stand there 20 times.
- *substitutions*: token F1 of the reported spans against those the spinner made, both sides of all edges together.
- *precision*: copy edges whose two documents are of one family. Families are what the spinner made, and natural overlap
  (pairs of the overlap file with containment of at least .4); the pairs that are left are in the JSON, to be read. Not
  for the newswire, whose natural repeats are labelled nowhere.
- *syndicated called spun*: of the natural pairs of two outlets with containment >= .6 that are reported.
- *both called copies*: pairs of two spins, the source missing, with `copy` naming both.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import spun_corpus
from benchmarks.judge import jaccard
from benchmarks.process import scan
from benchmarks.report import Table
from benchmarks.settings import CACHE, Figures, Options, note
from benchmarks.spun_corpus import FILES, SpunCorpus
from dedup.fingerprint.minhash import shingles

OVERLAP = "us_news_2016_11_12_overlap_pairs.tsv"
NEEDS = (FILES["us"], FILES["reu"], OVERLAP)
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
ONE = ("us_tune_1", "us_tune_0.5", "us_tune_0.25", "us_heldout_1", "us_heldout_0.5", "us_heldout_0.25")
DOMAIN = ("reu_heldout_1", "reu_heldout_0.5")
TWO = ("us_heldout_1_two", "us_heldout_0.5_two", "us_heldout_0.25_two")
QUICK_STORIES, QUICK_SPUN = 100, 30
EDGES_ALONE = ("--no-stories", "--fact-limit", "0")
"""What is asked here is settled when the edges are; stories and quotes take longer than all of it."""
COPY_KINDS = ("exact", "near-duplicate", "excerpt", "spun")
_WORD = re.compile(r"\w+")
Pair = frozenset[str]


class Families:
    """Which documents have one text at their root."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._parent: dict[str, str] = {}
        for a, b in pairs:
            self._parent[self.root(a)] = self.root(b)

    def root(self, name: str) -> str:
        """The document that stands for the family of `name`."""
        while self._parent.get(name, name) != name:
            name = self._parent[name]
        return name


@cache
def _overlap(path: Path) -> list[tuple[str, str, float, bool]]:
    """Natural overlap: ids, 3-shingle containment, whether two outlets."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [(r["id_a"], r["id_b"], float(r["containment3"]), r["dom_a"] != r["dom_b"]) for r in rows]


def _words(text: str, spans: Iterable[Sequence[int]]) -> set[int]:
    """Places of the words of `text` that begin in the spans."""
    starts = [match.start() for match in _WORD.finditer(text)]
    return {starts[at] for a, b in spans for at in range(bisect_left(starts, a), bisect_left(starts, b))}


def _unseen(corpus: SpunCorpus) -> dict[str, float]:
    """The baseline: share of unseen bigrams between frequent words, of each document."""
    words = {record["id"]: [w.lower() for w in _WORD.findall(record["text"])] for record in corpus.records}
    single = Counter(word for text in words.values() for word in text)
    double = Counter(pair for text in words.values() for pair in pairwise(text))
    shares = {}
    for name, text in words.items():
        frequent = [pair for pair in pairwise(text) if single[pair[0]] >= 20 and single[pair[1]] >= 20]
        own = Counter(frequent)
        shares[name] = sum(double[pair] <= own[pair] for pair in frequent) / max(len(frequent), 1)
    return shares


def _corpus(name: str, options: Options) -> tuple[Path, SpunCorpus]:
    if options.quick:
        return spun_corpus.reduced(name, options.data, QUICK_STORIES, QUICK_SPUN)
    path = spun_corpus.cached(name, options.data)
    return path, spun_corpus.load(path)


def _natural(name: str, options: Options) -> list[tuple[str, str, float, bool]]:
    return _overlap(options.data / OVERLAP) if name.startswith("us_") else []


def _precision(edges: Sequence[dict[str, Any]], corpus: SpunCorpus, natural: Iterable[tuple[Any, ...]]) -> Figures:
    """How many copy edges stay within a family, and those that do not."""
    ties = [(copy.id, copy.source) for copy in corpus.copies]
    ties += [(a, b) for a, b, containment, _ in natural if containment >= 0.4]
    families = Families(ties)
    wrong = [edge for edge in edges if families.root(edge["a"]) != families.root(edge["b"])]
    doubtful = [[edge["a"], edge["b"], edge["relation"], edge["similarity"]] for edge in wrong]
    return {"edges": len(edges), "within": len(edges) - len(wrong), "doubtful": doubtful}


def _substituted(found: dict[str, Any], source: str, texts: dict[str, str], made: Any) -> Counter[str]:
    """Words in reported and in made substitutions of one edge, and in both."""
    ours, theirs = ("a", "b") if found["a"] == source else ("b", "a")
    counts: Counter[str] = Counter()
    for side, text, offset in ((ours, texts[source], 0), (theirs, texts[found["b" if ours == "a" else "a"]], 2)):
        reported = found["evidence"].get("substitutions", ())
        said = _words(text, [(pair[side]["start"], pair[side]["end"]) for pair in reported])
        true = _words(text, [(made_[offset], made_[offset + 1]) for made_ in made])
        counts += Counter(reported=len(said), made=len(true), both=len(said & true))
    return counts


def _one(name: str, options: Options) -> Figures:
    """Spun copies beside their sources."""
    path, corpus = _corpus(name, options)
    note(f"{name}: {len(corpus.records):,} documents, {len(corpus.copies):,} spun")
    run, result = scan(path, *EDGES_ALONE)
    edges = {frozenset((e["a"], e["b"])): e for e in result["edges"] if e["relation"] in COPY_KINDS}
    texts = {record["id"]: record["text"] for record in corpus.records}
    unseen = _unseen(corpus)
    counts: Counter[str] = Counter()
    missed, turned = [], []
    for copy in corpus.copies:
        near = jaccard(frozenset(shingles(texts[copy.id], 3)), frozenset(shingles(texts[copy.source], 3)))
        counts["near"] += near >= 0.5
        edge = edges.get(frozenset((copy.id, copy.source)))
        counts["baseline_right"] += unseen[copy.id] > unseen[copy.source]
        if edge is None or edge["relation"] not in ("spun", "near-duplicate"):
            missed.append(copy.id)
            continue
        counts["spun"] += edge["relation"] == "spun"
        counts["right"] += edge["copy"] == copy.id
        if edge["copy"] != copy.id:
            turned.append([copy.id, copy.source, str(edge["copy"])])
        counts += _substituted(edge, copy.source, texts, copy.substitutions)
    natural = [
        edges[pair]["relation"]
        for a, b, containment, apart in _natural(name, options)
        if apart and containment >= 0.6 and (pair := frozenset((a, b))) in edges
    ]
    return {
        "corpus": name, "documents": len(corpus.records), "copies": len(corpus.copies),
        "found": len(corpus.copies) - len(missed), "missed": missed, "turned": turned, "seconds": run.seconds,
        "natural": len(natural), "natural_spun": natural.count("spun"),
        **counts, **_precision(list(edges.values()), corpus, _natural(name, options)),
    }  # fmt: skip


def _two(name: str, options: Options) -> Figures:
    """Two spins, the source missing."""
    path, corpus = _corpus(name, options)
    note(f"{name}: {len(corpus.records):,} documents, {len(corpus.pairs):,} pairs of spins")
    _, result = scan(path, *EDGES_ALONE)
    edges = {frozenset((e["a"], e["b"])): e for e in result["edges"] if e["relation"] in COPY_KINDS}
    found = [edges[pair] for pair in map(frozenset, corpus.pairs) if pair in edges]
    missing = {name for cluster in result["clusters"] if cluster["source_missing"] for name in cluster["members"]}
    return {
        "corpus": name, "pairs": len(corpus.pairs), "found": len(found),
        "both": sum(isinstance(edge["copy"], list) for edge in found),
        "source_missing": sum(edge["a"] in missing for edge in found),
    }  # fmt: skip


def run(options: Options) -> Figures:
    """All corpora."""
    CACHE.mkdir(exist_ok=True)
    one = ("us_heldout_1", "us_heldout_0.25") if options.quick else ONE + DOMAIN
    two = TWO[:1] if options.quick else TWO
    return {"one": [_one(name, options) for name in one], "two": [_two(name, options) for name in two]}


def _share(part: float, whole: float, digits: int = 1) -> str:
    return f"{part / whole:.{digits}%}" if whole else "–"


def tables(figures: Figures) -> list[Table]:
    """One row a corpus."""
    rows = []
    for f in figures["one"]:
        both, reported, made = (f.get(key, 0) for key in ("both", "reported", "made"))
        rows.append((
            f["corpus"], f"{f['documents']:,}", f"{f['copies']:,}", _share(f.get("near", 0), f["copies"]),
            _share(f["found"], f["copies"], 2), _share(f.get("spun", 0), f["found"]),
            f"{f['natural_spun']} of {f['natural']}", _share(f.get("baseline_right", 0), f["copies"]),
            _share(f.get("right", 0), f["found"]), f"{2 * both / max(reported + made, 1):.3f}",
            f"{_share(f['within'], f['edges'], 2)} of {f['edges']:,}" if f["natural"] else "–", f"{f['seconds']:.1f}",
        ))  # fmt: skip
    columns = (
        "corpus", "documents", "spun copies", "J3 ≥ .5 (baseline)", "found", "called spun", "syndicated called spun",
        "direction by unseen bigrams (baseline)", "direction right", "substitutions F1", "copy edges within a family",
        "s",
    )  # fmt: skip
    twos = [
        (f["corpus"], f"{f['pairs']:,}", _share(f["found"], f["pairs"]), _share(f["both"], f["pairs"]),
         _share(f["source_missing"], f["pairs"]))
        for f in figures["two"]
    ]  # fmt: skip
    return [
        Table("Spun copies among news (vocabulary and share in the name)", columns, rows),
        Table(
            "Two spins of one story, the story missing",
            ("corpus", "pairs", "found", "both called copies", "source said to be missing"), twos,
        ),
    ]  # fmt: skip
