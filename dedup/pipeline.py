"""The order of the stages: read, fingerprint, fold exact copies, find candidates, verify, cluster.

The one file that knows them all. Batches are read while a pool of threads fingerprints what was read before (the
kernels release the GIL); results are taken in input order, so the number of threads never changes a result.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.cluster import Graph, Group, Link, groups
from dedup.config import Config
from dedup.errors import InputError
from dedup.match import align_kernels, lsh, relation, verify
from dedup.match.align import Aligned, align
from dedup.match.direction import Directions, Signs, directions
from dedup.match.evidence import Explainer
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
from dedup.phrasing import wording
from dedup.phrasing.wording import Wording
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

    @staticmethod
    def joined(parts: Sequence[Judged]) -> Judged:
        """All pairs of `parts`, sorted by rows."""
        names = ("left", "right", "shared", "left_size", "right_size")
        columns = [np.concatenate([getattr(part.pairs, name) for part in parts]) for name in names]
        codes, figures = np.concatenate([p.codes for p in parts]), np.concatenate([p.figures for p in parts])
        order = np.lexsort((columns[1], columns[0]))
        return Judged(verify.Overlaps(*(column[order] for column in columns)), figures[order], codes[order])

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
        near, far = self._candidates(heads)
        alike = np.repeat([True, False], [len(near), len(far)])
        order = np.argsort(np.concatenate((near, far)))
        copies = self._judge(*lsh.unpack(np.concatenate((near, far))[order]), alike[order])
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

    def _candidates(self, heads: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Packed pairs of heads that may be copies: by their shingles, and others that may be rewritten."""
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
        none = np.zeros(0, np.uint64)
        if len(rows) < 2:
            return none, none
        with self.clock.stage("bands"):
            near = lsh.band_candidates(store.band, self.bands, rows, self.pool)
        pairs, chained = near.pairs, near.chained_rows
        match, parts = self.config.match, 1 << PART_BITS
        if match.excerpts:
            with self.clock.stage("passages"):
                held = store.passages.held
                inside = lsh.key_candidates(store.passages.part, held, alive, self.pool, lsh.PASSAGES, parts)
            pairs = lsh.distinct(np.concatenate((pairs, inside.pairs)))
        others = np.setdiff1d(self._rewritten(rows, alive), pairs, assume_unique=True) if match.rewritten else none
        if near.chained_buckets:
            self.notes.append(
                f"{near.chained_buckets:,} crowded bucket{_s(near.chained_buckets)} (more than {lsh.BUCKET} texts that "
                "look alike) chained: each text in them was compared with the first and with its nearest, not with all"
            )
        self.counts |= {
            "band_candidates": len(near.pairs),
            "candidates": len(pairs) + len(others),
            "chained_rows": chained,
        }
        return pairs, others

    def _rewritten(self, rows: NDArray[np.uint64], alive: NDArray[np.bool_]) -> NDArray[np.uint64]:
        """Packed pairs of rows that may be rewritten copies."""
        store = self.store
        with self.clock.stage("terms"):
            if len(rows) <= ALL_PAIRS:
                one, two = np.triu_indices(len(rows), 1)
                return rows[one] << np.uint64(32) | rows[two]
            parts = 1 << PART_BITS
            return lsh.key_candidates(store.terms.part, store.terms.held, alive, self.pool, lsh.TERMS, parts).pairs

    def _judge(self, left: NDArray[np.int64], right: NDArray[np.int64], alike: NDArray[np.bool_]) -> Judged:
        """The copies among pairs of rows, sorted by `left`, and of what kind they are. Only pairs that are `alike` by
        their shingles can be copies however badly they align.
        """
        if not self.config.match.rewritten:
            pairs = self._overlaps(left, right)
            return Judged(pairs, np.zeros((len(left), 0), np.int32), self.rule.by_shingles(pairs)).copies()
        texts = self.store.texts
        with self.clock.stage("align"):
            figures = align(left, right, texts.sizes, texts.read, self.pool, least=relation.KEPT_SPUN).figures
        which = alike | relation.hopeful(figures)
        pairs, figures = self._overlaps(left[which], right[which]), figures[which]
        return Judged(pairs, figures, self.rule.by_alignment(pairs, figures)).copies()

    def _overlaps(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> verify.Overlaps:
        texts, ngram = self.store.texts, self.config.fingerprint.ngram
        with self.clock.stage("verify"):
            return verify.overlaps(left, right, texts.sizes, texts.read, self.normalised, ngram, self.pool)

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
        pairs = np.array(sorted(asked), np.int64).reshape(-1, 2)
        judged = self._judge(pairs[:, 0], pairs[:, 1], np.ones(len(pairs), bool))
        extra.append(judged)
        columns = (judged.pairs.left, judged.pairs.right, judged.codes, judged.similarity)
        rows_of = zip(*(column.tolist() for column in columns), strict=True)
        found = {(a, b): (RELATIONS[code], value) for a, b, code, value in rows_of}
        return [found.get(pair) for pair in asked]

    def _edges(self, found: list[Judged], heads: NDArray[np.int64]) -> EdgeTable:
        """All verified pairs and a star of exact copies round each head, as a table."""
        folded = np.flatnonzero(heads != np.arange(len(heads)))
        exact = np.maximum(self.words[folded] - self.config.fingerprint.ngram + 1, 0)
        low, high = np.minimum(folded, heads[folded]), np.maximum(folded, heads[folded])
        star = Judged(
            verify.Overlaps(low, high, exact, exact, exact),
            np.zeros((len(folded), found[0].figures.shape[1]), np.int32), np.full(len(folded), EXACT, np.int8),
        )  # fmt: skip
        judged = Judged.joined([*found, star])
        pairs, codes = judged.pairs, judged.codes
        aligned = self._align_again(judged)
        directions = self._directions(judged, aligned)
        counts = np.stack((pairs.shared, pairs.left_size, pairs.right_size), axis=1)
        read = self.store.texts.read
        explain = Explainer(pairs.left, pairs.right, counts, aligned, directions, read)
        sides = np.stack((pairs.left, pairs.right))
        copy = np.where(directions.side < 0, directions.side, sides[directions.side.clip(0), np.arange(len(codes))])
        return EdgeTable(
            pairs.left, pairs.right, codes, pairs.shared, pairs.left_size, pairs.right_size, judged.similarity, copy,
            explain,
        )  # fmt: skip

    def _align_again(self, judged: Judged) -> Aligned:
        """The blocks of all pairs that are not exact copies: kept now that we know which pairs are edges."""
        count, texts = len(judged.codes), self.store.texts
        if not self.config.match.rewritten:
            return Aligned(judged.figures, np.empty((0, 6), np.int32), np.zeros(count + 1, np.int64))
        where = np.flatnonzero(judged.codes != EXACT)
        left, right = judged.pairs.left[where], judged.pairs.right[where]
        with self.clock.stage("evidence"):
            return align(left, right, texts.sizes, texts.read, self.pool, blocks=True).spread(where, count)

    def _directions(self, judged: Judged, aligned: Aligned) -> Directions:
        """Which side of each pair is the copy."""
        left, right = judged.pairs.left, judged.pairs.right
        one, two = self.dates[left], self.dates[right]
        known = (one != UNKNOWN_DATE) & (two != UNKNOWN_DATE)
        words = np.maximum(self.words, 1).astype(np.float64)
        words_say = Wording(np.zeros(len(left)), np.zeros(len(left)))
        if len(aligned.blocks):
            with self.clock.stage("wording"):
                words_say = self._wording(left, right, aligned)
        return directions(
            judged.codes,
            Signs(
                words_say.odds, words_say.weight, np.zeros(len(left), np.int8),
                np.where(known, np.sign(two - one), 0).astype(np.int8), words[left] / words[right],
            ),
        )  # fmt: skip

    def _wording(self, left: NDArray[np.int64], right: NDArray[np.int64], aligned: Aligned) -> Wording:
        texts = self.store.texts
        rows = np.flatnonzero(self.words > 0)
        counts = wording.count(rows, texts.sizes, texts.read)
        return wording.compare(
            left, right, aligned.blocks, aligned.kept, align_kernels.REPLACE, texts.read, counts, self.pool
        )


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
