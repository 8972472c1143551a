"""One scan: read, fingerprint, fold exact copies, find candidates, judge, cluster, edges.

Batches are read while a pool of threads fingerprints what was read before (the
kernels release the GIL); results are taken in input order, so the number of threads never changes a result.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.cluster import Link, groups
from dedup.config import Config
from dedup.errors import InputError
from dedup.match import lsh, verify
from dedup.model import Batch, Cluster, Corpus, Document, EdgeTable, Flag, Reject, ScanResult, Story
from dedup.pipeline import grouping, pairwise, ranking
from dedup.pipeline.candidates import Candidates
from dedup.pipeline.edges import Edges
from dedup.pipeline.findings import Findings, Flags
from dedup.pipeline.judge import Judge, Judged
from dedup.pipeline.obfuscated import obfuscated
from dedup.pipeline.phrasing import Phrasings, joined
from dedup.read import Items, from_documents
from dedup.store import Clock, Locate, Store, peak_mb


@dataclass(frozen=True, slots=True)
class Found:
    """What the stages found."""

    edges: EdgeTable
    clusters: list[Cluster]
    stories: list[Story]
    heads: NDArray[np.int64]
    """(n,) of each row."""
    flags: dict[int, tuple[Flag, ...]]
    phrasing: NDArray[np.float64]


def _nowhere(file: int, place: int, size: int) -> bytes:
    raise InputError("a text was neither stored nor can it be read again")


class Scan:
    """One scan: settings, the store and what the stages need in common."""

    def __init__(self, config: Config, pool: ThreadPoolExecutor, locate: Locate) -> None:
        self.config, self.pool = config, pool
        sketcher = pairwise.sketcher(config)
        self.bands, self.rows = sketcher.bands, sketcher.rows
        self.store = Store(config, sketcher, locate)
        self.clock = Clock()
        self.notes: list[str] = []
        self.counts: dict[str, Any] = {}

    def run(self, batches: Iterable[Batch]) -> Found:
        """All stages."""
        store, clock = self.store, self.clock
        store.read(batches, self.pool, self.config.run.thread_count + 1, clock)
        with clock.stage("fold"):
            heads = self._fold()
        order = np.concatenate(store.digests) if self.config.match.pairwise and store.rows else None
        judge = Judge(self.config, store, self.words, self.normalised, self.pool, clock, order)
        copies = judge.copies(*self._candidates(heads))
        with clock.stage("marks"):
            marks = judge.furniture.marks() if self.config.match.rewritten else {}
        marked = np.zeros(len(heads), bool)
        marked[list(marks)] = True
        phrasings = Phrasings(self.config.find, store, heads, self.words, self.pool, clock, fixed=order is not None)
        phrasings.group(copies.pairs.left, copies.pairs.right)
        phrasing, mangled = phrasings.judge()
        edges = Edges(store, judge.furniture, heads, self.words, self.dates, marked, phrasings, self.pool, clock, order)
        edges.obfuscated[list(self.obfuscated)] = True
        decided = edges.decide(copies)
        with clock.stage("cluster"):
            more: list[Judged] = []
            own = ranking.OwnWords(judge.furniture, self.words)
            graph = grouping.graph(copies, decided, own)
            ranks = ranking.rank(graph, store.ids.__getitem__, self.dates, own, self.obfuscated)
            grouped = groups(graph, ranks, lambda asked: self._judge_more(judge, asked, more), mangled.keys().__and__)
        table = edges.table([decided, *(edges.decide(part) for part in more)], self.config.fingerprint.ngram)
        store.close()
        clusters = grouping.clusters(grouped, heads, grouping.orphans(table.a, table.b, table.copy))
        self.notes += phrasings.notes
        flags: Flags = {row: (flag,) for row, flag in marks.items()}
        flags |= {row: (*flags.get(row, ()), flag) for row, flag in self.obfuscated.items()}
        if not self.config.match.rewritten:
            return Found(table, clusters, [], heads, joined(flags, mangled), phrasing)
        findings = Findings(self.config.find, store, judge.furniture, heads, self.words, self.pool, clock)
        stories = findings.stories(clusters, self.dates)
        flags = findings.flags(clusters, stories, table, store.ids, flags)
        self.notes += findings.notes
        return Found(table, clusters, stories, heads, joined(flags, mangled), phrasing)

    def _fold(self) -> NDArray[np.int64]:
        """The head of each row; what all rows are known by is made here, too."""
        store = self.store
        self.words = np.concatenate(store.words) if store.rows else np.zeros(0, np.int32)
        self.dates = store.column("dates")
        renamed = store.unique_ids()
        if renamed:
            self.notes.append(f"{renamed:,} repeated id{_s(renamed)} got a suffix (#2, #3, …)")
        digests = np.concatenate(store.digests) if store.rows else np.zeros(0, np.uint64)
        self.normalised = frozenset(np.concatenate(store.normalised).tolist()) if store.rows else frozenset()
        self.obfuscated = obfuscated(store)
        return verify.fold_exact(digests, self._rank, store.texts.read)

    def _rank(self, rows: NDArray[np.int64]) -> dict[int, int]:
        return ranking.rank_exact(rows, [self.store.ids[row] for row in rows.tolist()], self.dates, self.obfuscated)

    def _candidates(self, heads: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Pairs of heads that may be copies, sorted, and which of them are alike by their shingles."""
        ngram = self.config.fingerprint.ngram
        alive = (heads == np.arange(len(heads))) & (self.words >= ngram)
        short = int(((self.words < ngram) & (self.words > 0)).sum())
        wordless = int((self.words == 0).sum())
        if short:
            self.notes.append(f"{short:,} text{_s(short)} of fewer than {ngram} words: compared for exact copies only")
        if wordless:
            self.notes.append(f"{wordless:,} text{_s(wordless)} without words: compared for exact copies only")
        search = Candidates(self.store, self.config.match, self.bands, alive, self.pool, self.clock)
        if self.config.match.pairwise:
            with self.clock.stage("postings"):
                near, far = pairwise.candidates(self.store, self.config, alive)
        else:
            near = search.by_shingles()
            far = search.rewritten(near) if self.config.match.rewritten else near[:0]
        self.notes += search.notes
        self.counts |= search.counts | {"candidates": len(near) + len(far)}
        pairs = np.concatenate((near, far))
        order = np.argsort(pairs)
        return *lsh.unpack(pairs[order]), order < len(near)

    def _judge_more(self, judge: Judge, asked: list[tuple[int, int]], more: list[Judged]) -> list[Link | None]:
        """Judge pairs that were no candidates; those that are copies are added to `more`."""
        pairs = np.array(sorted(asked), np.int64).reshape(-1, 2)
        judged = judge.copies(pairs[:, 0], pairs[:, 1])
        more.append(judged)
        links = judged.links()
        return [links.get(pair) for pair in asked]


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def run(
    batches: Iterable[Batch],
    config: Config,
    *,
    file_names: Callable[[], list[str]] = lambda: [],
    rejects: Callable[[], list[Reject]] = lambda: [],
    notes: Callable[[], list[str]] = lambda: [],
    locate: Locate = _nowhere,
) -> ScanResult:
    """Scan the batches of a reader. The first three callables are asked when all batches were read; `locate` reads
    texts again whose places the batches give.
    """
    begin = time.perf_counter()
    with ThreadPoolExecutor(config.run.thread_count, "dedup") as pool:
        scan = Scan(config, pool, locate)
        found = scan.run(batches)
    store, edges, heads, clusters = scan.store, found.edges, found.heads, found.clusters
    cluster_of, kept = np.full(len(heads), -1, np.int64), np.ones(len(heads), bool)
    for cluster in clusters:
        cluster_of[list(cluster.members)] = cluster.id
        kept[list(cluster.members[1:])] = False
    corpus = Corpus(
        store.ids, store.sources, tuple(file_names()), store.column("files"), store.column("lines"), scan.dates,
        scan.words, store.texts,
    )  # fmt: skip
    stats = {
        "documents": len(heads), "kept": int(kept.sum()), "dropped": int((~kept).sum()), "clusters": len(clusters),
        "edges": len(edges), "stories": len(found.stories), "flags": sum(map(len, found.flags.values())),
        "rejects": len(rejects()), "words": int(scan.words.sum()), "text_bytes": int(store.texts.sizes.sum()),
        "spilled_bytes": store.spilled, "bands": scan.bands, "rows": scan.rows, **scan.counts,
        "seconds": time.perf_counter() - begin, "peak_mb": peak_mb(), "stages": scan.clock.stages,
    }  # fmt: skip
    return ScanResult(
        corpus, edges, tuple(clusters), tuple(found.stories), found.flags, tuple(rejects()),
        (*notes(), *scan.notes), stats, cluster_of, kept, found.phrasing if config.find.phrasing else None,
    )  # fmt: skip


def scan(documents: Iterable[str | Document | Mapping[str, Any]] | Any, config: Config | None = None) -> ScanResult:
    """Find copies among `documents`, given as texts, `Document`s, mappings with the fields that files have, or a table
    (a DataFrame of pandas or polars, a table of pyarrow) or column of texts.

    `result.kept` and `result.labels` are as long as the input. What could not be taken in (None, NaN, empty or
    oversized texts) is in `result.rejects`, is kept and has the label -1. Everything else in the result counts rows of
    `result.corpus`, the documents that were taken in; `result.corpus.lines` are their positions in the input, from 1.
    The result is the same as that of `dedup scan` on the same texts in the same order. Raises ConfigError for settings
    that cannot be, TypeError for a text that is no string, for one text instead of several, and for a table without a
    column of texts.
    """
    settings = config or Config()
    rejects: list[Reject] = []
    items = Items(documents, settings.read)
    batches = from_documents(items, settings.read, rejects)
    found = run(batches, settings, file_names=lambda: ["-"], rejects=lambda: rejects)
    return replace(found, inputs=items.count)
