"""The order of the stages: read, fingerprint, fold exact copies, find candidates, verify, cluster.

The one file that knows them all. Batches are read while a pool of threads fingerprints what was read before (the
kernels release the GIL); results are taken in input order, so the number of threads never changes a result.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.cluster import Graph, Group, Link, groups
from dedup.config import Config
from dedup.errors import InputError
from dedup.match import lsh, verify
from dedup.match.fingerprint import PART_BITS, WINDOW, Sketcher
from dedup.model import (
    RELATIONS,
    UNKNOWN_DATE,
    Batch,
    Cluster,
    Corpus,
    Document,
    EdgeTable,
    Reject,
    Relation,
    ScanResult,
)
from dedup.read import from_documents
from dedup.store import Clock, Locate, Store, peak_mb

EXACT, EXCERPT = RELATIONS.index(Relation.EXACT), RELATIONS.index(Relation.EXCERPT)


def _nowhere(file: int, place: int, size: int) -> bytes:
    raise InputError("a text was neither stored nor can it be read again")


class Scan:
    """One scan: settings, the store and what the stages need in common."""

    def __init__(self, config: Config, pool: ThreadPoolExecutor, locate: Locate) -> None:
        self.config, self.pool = config, pool
        marks, match = config.fingerprint, config.match
        self.bands, self.rows = lsh.bands_and_rows(match.threshold, marks.num_perm)
        window = WINDOW if match.excerpts else 0
        sketcher = Sketcher(marks.ngram, marks.num_perm, marks.seed, self.bands, self.rows, window)
        self.store = Store(config, sketcher, locate)
        self.clock = Clock()
        self.notes: list[str] = []
        self.counts: dict[str, Any] = {}

    def run(self, batches: Iterable[Batch]) -> tuple[EdgeTable, list[Group], NDArray[np.int64]]:
        """All stages; returns edges, groups over the heads, and the head of each row."""
        store, clock = self.store, self.clock
        store.read(batches, self.pool, self.config.run.thread_count + 1, clock)
        with clock.stage("fold"):
            self.words = np.concatenate(store.words) if store.rows else np.zeros(0, np.int32)
            self.dates = store.column("dates")
            renamed = store.unique_ids()
            if renamed:
                self.notes.append(f"{renamed:,} repeated id{_s(renamed)} got a suffix (#2, #3, …)")
            digests = np.concatenate(store.digests) if store.rows else np.zeros(0, np.uint64)
            self.normalised = frozenset(np.concatenate(store.normalised).tolist()) if store.rows else frozenset()
            heads = verify.fold_exact(digests, self.rank, store.texts.read)
        candidates = self._candidates(heads)
        with clock.stage("verify"):
            found = self._overlaps(*lsh.unpack(candidates))
            codes = self._judge(found)
            copies, codes = found.take(codes >= 0), codes[codes >= 0]
        with clock.stage("cluster"):
            extra: list[tuple[verify.Overlaps, NDArray[np.int8]]] = []
            ranks = self.rank(np.unique(np.concatenate((copies.left, copies.right))))
            grouped = groups(self._graph(copies, codes), ranks, lambda pairs: self._verify_more(pairs, extra))
            edges = self._edges([(copies, codes), *extra], heads, grouped)
        store.close()
        return edges, grouped, heads

    def rank(self, rows: NDArray[np.int64]) -> dict[int, int]:
        """Place of each row in the order of representatives: earliest known date, then longest, then id."""
        ids = np.array([self.store.ids[row] for row in rows.tolist()], object)
        order = rows[np.lexsort((np.argsort(np.argsort(ids)), -self.words[rows], self.dates[rows]))]
        return {row: place for place, row in enumerate(order.tolist())}

    def _candidates(self, heads: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Packed pairs of heads that may be copies."""
        store, ngram = self.store, self.config.fingerprint.ngram
        is_head = heads == np.arange(len(heads))
        alive = is_head & (self.words >= ngram)
        short = int(((self.words < ngram) & (self.words > 0)).sum())
        wordless = int((self.words == 0).sum())
        if short:
            self.notes.append(f"{short:,} text{_s(short)} of fewer than {ngram} words: compared for exact copies only")
        if wordless:
            self.notes.append(f"{wordless:,} text{_s(wordless)} without words: compared for exact copies only")
        rows = np.flatnonzero(alive).astype(np.uint64)
        if len(rows) < 2:
            return np.zeros(0, np.uint64)
        with self.clock.stage("bands"):
            near = lsh.band_candidates(store.band, self.bands, rows, self.pool)
        pairs, chained = near.pairs, near.chained_rows
        if self.config.match.excerpts:
            with self.clock.stage("passages"):
                held = np.concatenate(store.held)
                inside = lsh.passage_candidates(1 << PART_BITS, store.passage_part, held, alive, self.pool)
            pairs = lsh.distinct(np.concatenate((pairs, inside.pairs)))
        if near.chained_buckets:
            self.notes.append(
                f"{near.chained_buckets:,} crowded bucket{_s(near.chained_buckets)} (more than {lsh.BUCKET} texts that "
                "look alike) chained: each text in them was compared with the first and with its nearest, not with all"
            )
        self.counts |= {"band_candidates": len(near.pairs), "candidates": len(pairs), "chained_rows": chained}
        return pairs

    def _overlaps(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> verify.Overlaps:
        texts = self.store.texts
        ngram = self.config.fingerprint.ngram
        return verify.overlaps(left, right, texts.sizes, texts.read, self.normalised, ngram, self.pool)

    def _judge(self, pairs: verify.Overlaps) -> NDArray[np.int8]:
        match = self.config.match
        return verify.relations(pairs, match.threshold, match.containment, match.excerpts)

    def _graph(self, copies: verify.Overlaps, codes: NDArray[np.int8]) -> Graph:
        graph = Graph()
        similarity = np.where(codes == EXCERPT, copies.containment, copies.jaccard)
        smaller = np.where(copies.left_size <= copies.right_size, copies.left, copies.right)
        columns = (copies.left, copies.right, codes, similarity, smaller)
        for a, b, code, value, small in zip(*(column.tolist() for column in columns), strict=True):
            graph.add(a, b, (RELATIONS[code], value), small if code == EXCERPT else None)
        return graph

    def _verify_more(
        self, pairs: list[tuple[int, int]], extra: list[tuple[verify.Overlaps, NDArray[np.int8]]]
    ) -> list[Link | None]:
        """Judge pairs that were no candidates; those that are copies are added to `extra`."""
        found = np.array(pairs, np.int64).reshape(-1, 2)
        order = np.lexsort((found[:, 1], found[:, 0]))
        counted = self._overlaps(found[order, 0], found[order, 1])
        codes = self._judge(counted)
        extra.append((counted.take(codes >= 0), codes[codes >= 0]))
        similarity = np.where(codes == EXCERPT, counted.containment, counted.jaccard).tolist()
        links: list[Link | None] = [None] * len(pairs)
        for place, code, value in zip(order.tolist(), codes.tolist(), similarity, strict=True):
            links[place] = (RELATIONS[code], value) if code >= 0 else None
        return links

    def _edges(
        self, found: list[tuple[verify.Overlaps, NDArray[np.int8]]], heads: NDArray[np.int64], grouped: list[Group]
    ) -> EdgeTable:
        """All verified pairs and a star of exact copies round each head, as a table."""
        folded = np.flatnonzero(heads != np.arange(len(heads)))
        exact = np.maximum(self.words[folded] - self.config.fingerprint.ngram + 1, 0)
        star = verify.Overlaps(
            np.minimum(folded, heads[folded]), np.maximum(folded, heads[folded]), exact, exact, exact
        )
        parts = [*found, (star, np.full(len(folded), EXACT, np.int8))]
        names = ("left", "right", "shared", "left_size", "right_size")
        left, right, shared, a_size, b_size = (np.concatenate([getattr(o, name) for o, _ in parts]) for name in names)
        codes = np.concatenate([code for _, code in parts])
        order = np.lexsort((right, left))
        left, right, shared, a_size, b_size, codes = (c[order] for c in (left, right, shared, a_size, b_size, codes))
        copy, reason = self._direction(left, right, codes, a_size, b_size)
        return EdgeTable(left, right, codes, shared, a_size, b_size, copy, reason)

    def _direction(
        self, left: NDArray[np.int64], right: NDArray[np.int64], codes: NDArray[np.int8],
        a_size: NDArray[np.int32], b_size: NDArray[np.int32],
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:  # fmt: skip
        """Which side is the copy, and index of the reason: an excerpt is, else what was published later."""
        one, two = self.dates[left], self.dates[right]
        known = (one != UNKNOWN_DATE) & (two != UNKNOWN_DATE) & (one != two)
        copy = np.where(known, np.where(one > two, left, right), -1)
        reason = known.astype(np.int8)
        excerpt = codes == EXCERPT
        copy[excerpt] = np.where(a_size < b_size, left, right)[excerpt]
        reason[excerpt] = 2
        return copy, reason


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _clusters(grouped: list[Group], heads: NDArray[np.int64]) -> list[Cluster]:
    """Clusters with exact copies unfolded, numbered by their first row."""
    folded: dict[int, list[int]] = {}
    for row in np.flatnonzero(heads != np.arange(len(heads))).tolist():
        folded.setdefault(int(heads[row]), []).append(row)
    in_groups = {row for group in grouped for row in (group.representative, *group.members)}
    alone = [Group(head) for head in folded if head not in in_groups]
    found = []
    for group in (*grouped, *alone):
        links: dict[int, Link] = {}
        for row, link in [(group.representative, (Relation.EXACT, 1.0)), *group.members.items()]:
            links[row] = link
            links |= dict.fromkeys(folded.get(row, ()), link)
        del links[group.representative]
        rows = sorted(links)
        found.append((min(rows[0], group.representative), group.representative, rows, links))
    found.sort()
    return [
        Cluster(
            number, best, (best, *rows), min(links[row][1] for row in rows),
            (None, *(links[row][0] for row in rows)), (1.0, *(links[row][1] for row in rows)),
        )
        for number, (_, best, rows, links) in enumerate(found)
    ]  # fmt: skip


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
        edges, grouped, heads = scan.run(batches)
    store = scan.store
    clusters = _clusters(grouped, heads)
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
        "edges": len(edges), "rejects": len(rejects()), "words": int(scan.words.sum()),
        "text_bytes": int(store.texts.sizes.sum()), "spilled_bytes": store.texts.spilled + store.bands.spilled
        + store.passages.spilled, "bands": scan.bands, "rows": scan.rows, **scan.counts,
        "seconds": time.perf_counter() - begin, "peak_mb": peak_mb(), "stages": scan.clock.stages,
    }  # fmt: skip
    return ScanResult(
        corpus, edges, tuple(clusters), (), {}, tuple(rejects()), (*notes(), *scan.notes), stats, cluster_of, kept
    )


def scan(documents: Iterable[str | Document | Mapping[str, Any]], config: Config | None = None) -> ScanResult:
    """Find copies among `documents`, given as texts, `Document`s or mappings with the fields that files have.

    Rows of the result count the documents that were taken in; empty ones and such are in `result.rejects`. The
    result is the same as that of `dedup scan` on the same texts in the same order. Raises ConfigError for settings
    that cannot be, TypeError for a text that is no string.
    """
    settings = config or Config()
    rejects: list[Reject] = []
    batches = from_documents(documents, settings.read, rejects)
    return run(batches, settings, file_names=lambda: ["-"], rejects=lambda: rejects)
