"""The order of the stages: read, fingerprint, fold exact copies, find candidates, verify, cluster.

The one file that knows them all. Batches are read while a pool of threads fingerprints what was read before (the
kernels release the GIL); results are taken in input order, so the number of threads never changes a result.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.cluster import Graph, Group, Link, groups
from dedup.config import Config
from dedup.errors import InputError
from dedup.match import lsh, relation, verify
from dedup.match.align import align
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


ALL_PAIRS = 100
"""Documents up to which every pair is aligned: too few to tell rare words from common ones by."""


@dataclass(frozen=True, slots=True)
class Judged:
    """m pairs of rows: shingles, figures of the alignment ((m, 0) without), and what they are to each other."""

    pairs: verify.Overlaps
    figures: NDArray[np.int32]
    codes: NDArray[np.int8]

    def copies(self) -> Judged:
        """The pairs that are copies."""
        which = self.codes >= 0
        return Judged(self.pairs.take(which), self.figures[which], self.codes[which])

    @property
    def similarity(self) -> NDArray[np.float64]:
        """(m,) aligned share; without alignment Jaccard, containment for excerpts."""
        if self.figures.shape[1]:
            found = relation.similarity(self.figures, self.codes)
        else:
            found = np.where(self.codes == EXCERPT, self.pairs.containment, self.pairs.jaccard)
        return np.where(self.codes == EXACT, 1.0, found)


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
        self.rule = relation.Rule(match.threshold, match.containment, match.excerpts)
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
        copies = self._judge(*lsh.unpack(candidates)).copies()
        with clock.stage("cluster"):
            extra: list[Judged] = []
            ranks = self.rank(np.unique(np.concatenate((copies.pairs.left, copies.pairs.right))))
            grouped = groups(self._graph(copies), ranks, lambda pairs: self._judge_more(pairs, extra))
        edges = self._edges([copies, *extra], heads)
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
        match, parts = self.config.match, 1 << PART_BITS
        if match.excerpts:
            with self.clock.stage("passages"):
                held = store.passages.held
                inside = lsh.key_candidates(store.passages.part, held, alive, self.pool, lsh.PASSAGES, parts)
            pairs = lsh.distinct(np.concatenate((pairs, inside.pairs)))
        if match.rewritten:
            pairs = lsh.distinct(np.concatenate((pairs, self._rewritten(rows, alive))))
        if near.chained_buckets:
            self.notes.append(
                f"{near.chained_buckets:,} crowded bucket{_s(near.chained_buckets)} (more than {lsh.BUCKET} texts that "
                "look alike) chained: each text in them was compared with the first and with its nearest, not with all"
            )
        self.counts |= {"band_candidates": len(near.pairs), "candidates": len(pairs), "chained_rows": chained}
        return pairs

    def _rewritten(self, rows: NDArray[np.uint64], alive: NDArray[np.bool_]) -> NDArray[np.uint64]:
        """Packed pairs of rows that may be rewritten copies."""
        store = self.store
        with self.clock.stage("terms"):
            if len(rows) <= ALL_PAIRS:
                one, two = np.triu_indices(len(rows), 1)
                return rows[one] << np.uint64(32) | rows[two]
            parts = 1 << PART_BITS
            return lsh.key_candidates(store.terms.part, store.terms.held, alive, self.pool, lsh.TERMS, parts).pairs

    def _judge(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> Judged:
        """What pairs of rows, sorted by `left`, are to each other."""
        texts, ngram = self.store.texts, self.config.fingerprint.ngram
        with self.clock.stage("verify"):
            pairs = verify.overlaps(left, right, texts.sizes, texts.read, self.normalised, ngram, self.pool)
        if not self.config.match.rewritten:
            return Judged(pairs, np.zeros((len(left), 0), np.int32), self.rule.by_shingles(pairs))
        with self.clock.stage("align"):
            figures = align(left, right, texts.sizes, texts.read, self.pool).figures
        return Judged(pairs, figures, self.rule.by_alignment(pairs, figures))

    def _graph(self, copies: Judged) -> Graph:
        graph = Graph()
        pairs = copies.pairs
        smaller = np.where(self.words[pairs.left] <= self.words[pairs.right], pairs.left, pairs.right)
        columns = (pairs.left, pairs.right, copies.codes, copies.similarity, smaller)
        for a, b, code, value, small in zip(*(column.tolist() for column in columns), strict=True):
            graph.add(a, b, (RELATIONS[code], value), small if code == EXCERPT else None)
        return graph

    def _judge_more(self, asked: list[tuple[int, int]], extra: list[Judged]) -> list[Link | None]:
        """Judge pairs that were no candidates; those that are copies are added to `extra`."""
        rows = np.array(asked, np.int64).reshape(-1, 2)
        order = np.lexsort((rows[:, 1], rows[:, 0]))
        judged = self._judge(rows[order, 0], rows[order, 1])
        extra.append(judged.copies())
        links: list[Link | None] = [None] * len(asked)
        columns = (order.tolist(), judged.codes.tolist(), judged.similarity.tolist())
        for place, code, value in zip(*columns, strict=True):
            links[place] = (RELATIONS[code], value) if code >= 0 else None
        return links

    def _edges(self, found: list[Judged], heads: NDArray[np.int64]) -> EdgeTable:
        """All verified pairs and a star of exact copies round each head, as a table."""
        folded = np.flatnonzero(heads != np.arange(len(heads)))
        exact = np.maximum(self.words[folded] - self.config.fingerprint.ngram + 1, 0)
        low, high = np.minimum(folded, heads[folded]), np.maximum(folded, heads[folded])
        star = Judged(
            verify.Overlaps(low, high, exact, exact, exact),
            np.zeros((len(folded), found[0].figures.shape[1]), np.int32), np.full(len(folded), EXACT, np.int8),
        )  # fmt: skip
        parts = [*found, star]
        names = ("left", "right", "shared", "left_size", "right_size")
        columns = [np.concatenate([getattr(part.pairs, name) for part in parts]) for name in names]
        codes, figures = (np.concatenate([getattr(part, name) for part in parts]) for name in ("codes", "figures"))
        order = np.lexsort((columns[1], columns[0]))
        left, right, shared, a_size, b_size = (column[order] for column in columns)
        codes, figures = codes[order], figures[order]
        copy, reason = self._direction(left, right, codes, a_size, b_size)
        judged = Judged(verify.Overlaps(left, right, shared, a_size, b_size), figures, codes)
        return EdgeTable(left, right, codes, shared, a_size, b_size, judged.similarity, copy, reason)

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
        + store.passages.spilled + store.terms.spilled, "bands": scan.bands, "rows": scan.rows, **scan.counts,
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
