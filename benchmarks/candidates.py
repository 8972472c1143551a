"""What the search for rewritten copies costs, and how many it finds, as the input grows.

Two corpora, each with one document in fifty a copy spun at share 1 by the vocabulary that nothing is tuned on
(`benchmarks.spun_corpus`), without dates and sources: the generated one of `benchmarks.corpus`, whose sentences stand
in up to eight documents at 100,000, far more than in real news, so that chance candidates are many; and texts of a
walk over words of real articles (`benchmarks.articles`), where phrases recur and no sentence does.
`dedup scan` with its defaults and with `--no-rewritten --no-phrasing` (shingles alone) alternate as whole processes,
both writing JSON; the search writes full evidence. Recall of candidates is measured apart from the verdict, on the
pairs that the search hands to the alignment; "edges" counts spun copies with an edge of kind spun or near-duplicate to
their source.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import orjson

from benchmarks import articles, thesaurus
from benchmarks.corpus import Corpus
from benchmarks.process import SHINGLES, Run, middle, scan
from benchmarks.report import Table
from benchmarks.settings import NEWSWIRE, Figures, Options, generated, note
from benchmarks.spinner import publish, spin
from dedup.config import Config
from dedup.pipeline.scan import InputFacts, Scan
from dedup.read import from_documents

NEEDS = (thesaurus.NEWS, *NEWSWIRE, *articles.NEEDS[:2])
SIZES = (10_000, 100_000)
QUICK_SIZES = (500,)
SPUN, LEAST_WORDS, SEED = 0.02, 80, 17
RECALL_LIMIT = 100_000
"""Documents up to which candidates are looked at in this process."""


CORPORA = {
    "generated": lambda size, data: list(Corpus(size, data).texts()),
    "walked": lambda size, data: [record["text"] for record in articles.walked(size, data)],
}  # fmt: skip


def _records(corpus: str, size: int, options: Options) -> Iterator[dict[str, Any]]:
    """The documents; a spun copy says in its id whose it is."""
    vocabulary = thesaurus.load("heldout", options.data)
    count = int(size * SPUN)
    texts = CORPORA[corpus](size - count, options.data)
    rng = Random(SEED)
    long_enough = [row for row, text in enumerate(texts) if len(text.split()) >= LEAST_WORDS]
    copies = {}
    for row in rng.sample(long_enough, count):
        spun = spin(texts[row], vocabulary, 1.0, f"{SEED}-{row}")
        copies[rng.randrange(len(texts)), row] = publish(spun, f"{SEED}-{row}").text
    order = sorted([((row, -1), text) for row, text in enumerate(texts)] + list(copies.items()))
    for (place, source), text in order:
        yield {"id": f"spun-{source}" if source >= 0 else f"doc-{place}", "text": text}


def _file(corpus: str, size: int, options: Options) -> Path:
    name = f"candidates-{'' if corpus == 'generated' else f'{corpus}-'}{size}.jsonl"
    lines = (orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in _records(corpus, size, options))
    return generated(name, lambda: lines)


def _found(edges: list[dict[str, Any]]) -> set[str]:
    """Spun copies with an edge to their source."""
    pairs = {(e["a"], e["b"]) for e in edges if e["relation"] in ("spun", "near-duplicate")}
    pairs |= {(b, a) for a, b in pairs}
    return {a for a, b in pairs if a.startswith("spun-") and b == f"doc-{a[5:]}"}


def _candidates(path: Path) -> Figures:
    """Candidate pairs, and how many spun copies are in one with their source."""
    with path.open("rb") as lines:
        records = [orjson.loads(line) for line in lines]
    rows = {record["id"]: row for row, record in enumerate(records)}
    spun = [(row, rows[f"doc-{name[5:]}"]) for name, row in rows.items() if name.startswith("spun-")]
    with ThreadPoolExecutor() as pool:
        config = Config()
        search = Scan(config, pool, InputFacts(locate=lambda file, place, size: b""))
        search.store.read(from_documents(records, config.read, []), pool, 3, search.clock)
        left, right, alike, _ = search._candidates(search._fold())
    known = set((np.minimum(left, right) << 32 | np.maximum(left, right)).tolist())
    recall = sum(min(pair) << 32 | max(pair) in known for pair in spun) / len(spun)
    return {"candidates": len(left), "by_shingles": int(alike.sum()), "recall": recall}


def _size(corpus: str, size: int, options: Options) -> Figures:
    path = _file(corpus, size, options)
    runs: dict[str, list[Run]] = {"on": [], "off": []}
    edges: list[dict[str, Any]] = []
    for turn in range(options.repeat(3 if size <= RECALL_LIMIT else 1)):
        note(f"{corpus}, {size:,} documents, round {turn + 1}")
        run, _ = scan(path, *SHINGLES)
        runs["off"].append(run)
        run, result = scan(path)
        runs["on"].append(run)
        edges = result["edges"]
    with path.open("rb") as lines:
        spun = sum(json.loads(line)["id"].startswith("spun-") for line in lines)
    figures: Figures = {
        "corpus": corpus,
        "documents": size,
        "spun": spun,
        "edges": len(edges),
        "found": len(_found(edges)),
    }
    for name, measured in runs.items():
        figures[name] = {"seconds": middle(measured), "cpu": middle(measured, "cpu"), "mb": middle(measured, "rss_mb")}
    if size <= RECALL_LIMIT:
        figures |= _candidates(path)
    return figures


def run(options: Options) -> Figures:
    """All sizes of both corpora; with `--quick` of the first, for a walk takes long to begin."""
    corpora = list(CORPORA)[: 1 if options.quick else None]
    return {"sizes": [_size(corpus, size, options) for corpus in corpora for size in options.sizes]}


def tables(figures: Figures) -> list[Table]:
    """One row a size."""
    rows = []
    for f in figures["sizes"]:
        on, off = f["on"], f["off"]
        rows.append((
            f.get("corpus", "generated"), f"{f['documents']:,}", f"{f['spun']:,}",
            f"{f['candidates'] / f['documents']:.2f}" if "candidates" in f else "–",
            f"{f['recall']:.2%}" if "recall" in f else "–", f"{f['found'] / f['spun']:.2%}",
            f"{on['seconds']:.2f}", f"{off['seconds']:.2f}", f"{on['seconds'] / off['seconds']:.2f}×",
            f"{on['cpu']:.1f} / {off['cpu']:.1f}", f"{on['mb']:,.0f} / {off['mb']:,.0f}",
        ))  # fmt: skip
    columns = (
        "corpus", "documents", "spun copies", "candidates a document", "copies among them", "copies with an edge",
        "seconds", "shingles only", "ratio", "CPU s, both", "peak MB, both",
    )  # fmt: skip
    notes = (
        "Each sentence of the generated corpus stands in up to eight documents of 100,000. Wording that so many have "
        "is no evidence of copying: the copies that have no edge of a copy there are told as forms.",
    )
    return [Table("A default scan with spun copies in it, beside one by shingles only", columns, rows, notes)]
