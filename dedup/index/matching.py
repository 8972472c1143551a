"""Documents of an index, judged by the stages of a scan: the same candidates, edges and directions as `--pairwise`."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dedup.boilerplate.marks import suspects
from dedup.candidates import lsh
from dedup.candidates.lsh import CandidateRule
from dedup.candidates.postings import (
    BANDS,
    FAINT,
    KINDS,
    LIMIT,
    NEVER,
    PASSAGES,
    TERMS,
    DocumentKeys,
    Entries,
    KeyPairs,
    PostingLists,
    apart,
    document_keys,
    shared_key_candidates,
)
from dedup.columns import pack_bytes
from dedup.config import Config
from dedup.fingerprint.minhash import Sketch, Sketcher
from dedup.index.documents import DocumentBatch
from dedup.index.postings.levels import NONE
from dedup.index.postings.store import PostingStore
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring.scorer import Scorer
from dedup.pipeline import pairwise
from dedup.pipeline.documents import Clock, Seen
from dedup.pipeline.edges import Edges, RowFacts
from dedup.pipeline.judge import Judge
from dedup.pipeline.phrasing import Phrasings
from dedup.pipeline.score import scorer_of
from dedup.runtime.serial import SerialExecutor

NEAR = (KINDS.index(BANDS), KINDS.index(PASSAGES))
PASSAGE, TERM = KINDS.index(PASSAGES), KINDS.index(TERMS)
STORIES = CandidateRule(LIMIT, share=0.01, slack=0.0, least=1)
"""Term keys that two reports of one event share: seldom more than a few in a hundred."""
STORY_MOST = 20
"""Documents with which another is compared for its story."""
STORY_DAYS = 7
"""Days between two reports of one event at most, see `stories.stories.TIME`."""
ANY_NUMBER = (1 << 32) - 1
SKETCHED = 1000
"""Texts that one thread makes fingerprints of at once."""
JUDGED = 64
"""Texts whose wording is judged at once."""
FEW = 4
"""Documents that are done with at once: to hand them to a thread takes longer."""
LEAST = 64
"""Documents from which candidates are looked for in several threads."""
Held = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class MatchCandidates:
    """m candidate pairs: the place of a document that was asked about, and the founder of the group that was found."""

    asked: NDArray[np.int64]
    founder: NDArray[np.int64]
    alike: NDArray[np.bool_]
    """By their shingles."""
    faint: NDArray[np.bool_]
    """They can be rewrites at most."""
    told: NDArray[np.uint64]
    """Besides, those that may report the same event: packed, place << 32 | number."""


@dataclass(frozen=True, slots=True)
class _Search:
    """Looks for candidates by the last of some kinds of keys; `own` and `bounds` as `Matcher.candidates` takes them."""

    keys: list[DocumentKeys]
    runs: list[PostingLists]
    held: Held
    own: NDArray[np.int64]
    bounds: NDArray[np.int64]

    def some(self, rows: NDArray[np.int64]) -> KeyPairs:
        """Those of some of the documents asked about, in their order."""
        kind, bounds = len(self.keys) - 1, self.bounds[rows]
        asked = self.keys[kind].take(rows)
        faintest = FAINT if kind == TERM else NEVER
        pairs = shared_key_candidates(
            asked, self.runs[kind], self.own[rows], bounds, self.held, KINDS[kind], faintest=faintest
        )
        if kind == TERM:
            pairs = apart(pairs, self.keys[PASSAGE].take(rows), self.runs[PASSAGE], bounds, len(self.held))
        return KeyPairs(pairs.asked + int(rows[:1].sum()), pairs.found, pairs.faint)


class Matcher:
    """The stages with fixed settings and a fixed reference."""

    def __init__(self, config: Config, pool: ThreadPoolExecutor) -> None:
        self.config = config.update({"match": {"pairwise": True}})
        self.pool: Executor = pool
        self._threads, self._inline = pool, SerialExecutor()
        self.clock = Clock()

    def expect(self, documents: int) -> None:
        """Tell how many documents come next: a few are done with at once, without threads."""
        self.pool = self._inline if documents <= FEW else self._threads

    @cached_property
    def reference(self) -> Reference:
        """What documents are judged by. Raises ReferenceFileError."""
        return pairwise.reference_of(self.config)

    @cached_property
    def _scorer(self) -> Scorer:
        return scorer_of(self.reference)

    @cached_property
    def _sketcher(self) -> Sketcher:
        return pairwise.sketcher(self.config, self.reference)

    def sketch(self, texts: Sequence[bytes]) -> Seen:
        """Fingerprints with signatures, and which texts may hold scraper marks. The kernels want texts side by side:
        some are copied there at a time.
        """
        if len(texts) <= SKETCHED:
            return self._sketch(texts, 0)
        parts = [(texts[first : first + SKETCHED], first) for first in range(0, len(texts), SKETCHED)]
        found = list(self.pool.map(lambda part: self._sketch(*part), parts))
        return Sketch.joined([sketch for sketch, _ in found]), np.concatenate([marked for _, marked in found])

    def _sketch(self, texts: Sequence[bytes], first: int) -> Seen:
        packed = pack_bytes(texts)
        return self._sketcher.sketch(packed, first, keep_signatures=True), suspects(packed)

    def keys(self, sketch: Sketch) -> list[DocumentKeys]:
        """Keys of each kind; a text of fewer words than a shingle has none."""
        alive = sketch.words >= self.config.fingerprint.ngram
        rows = np.arange(len(alive), dtype=np.uint64)
        bands = sketch.bands.astype(np.uint64) << np.uint64(32) | rows
        return document_keys([
            (bands[:, alive].ravel(), alive * np.int32(len(sketch.bands))),
            (sketch.passages.values, sketch.passages.held),
            (sketch.terms.values, sketch.terms.held),
        ])  # fmt: skip

    def candidates(
        self, keys: list[DocumentKeys], store: PostingStore, own: NDArray[np.int64], bounds: NDArray[np.int64],
        more: Sequence[Entries] = (), days: NDArray[np.int64] | None = None,
    ) -> MatchCandidates:  # fmt: skip
        """Documents of an index that share enough keys with those asked about: others than `own` (q,), and numbered
        below `bounds` (q,). `more` are postings of each kind that are not in the index yet; `store` has counted their
        keys. `days` (q,) of publication, 0 where not known, are for those that want their stories.
        """
        found, told, looked = list[KeyPairs](), np.zeros(0, np.uint64), list[PostingLists]()
        parts = np.array_split(np.arange(len(own)), min(self.config.run.thread_count, 1 + len(own) // LEAST))
        for kind, asked in enumerate(keys):
            if not len(asked.keys):  # as a rule there are no band keys
                looked.append(PostingLists.of(asked.keys, ()))
                found.append(KeyPairs.none())
                continue
            looked.append(store.runs(kind, asked.distinct, self._threads, more[kind] if more else NONE))
            search = _Search(keys[: kind + 1], looked, store.held(kind), own, bounds)
            found.append(KeyPairs.joined(list(self.pool.map(search.some, parts))))
            if kind == TERM and days is not None and days.any():
                told = self._told(asked, looked[TERM], store, own, bounds, days)
        near = np.union1d(*(found[kind].packed for kind in NEAR))
        far = found[TERM].take(~np.isin(found[TERM].packed, near))
        pairs = np.concatenate((near, far.packed))
        alike = np.arange(len(pairs)) < len(near)
        return MatchCandidates(*lsh.unpack(pairs), alike, np.concatenate((np.zeros(len(near), bool), far.faint)), told)

    def _told(
        self, keys: DocumentKeys, runs: PostingLists, store: PostingStore, own: NDArray[np.int64], bounds:
        NDArray[np.int64], days: NDArray[np.int64],
    ) -> NDArray[np.uint64]:  # fmt: skip
        """Documents of the days around that share rare words, of those that share most."""
        rows = np.flatnonzero(days)
        pairs = shared_key_candidates(
            keys.take(rows), runs, own[rows], bounds[rows], store.held(TERM), STORIES, STORY_MOST
        )
        theirs = store.days[pairs.found].astype(np.int64)
        near = (theirs > 0) & (np.abs(theirs - days[rows][pairs.asked]) <= STORY_DAYS)
        return KeyPairs(rows[pairs.asked[near]], pairs.found[near], pairs.faint[near]).packed

    def judge_of(self, shelf: DocumentBatch) -> Judge:
        """What judges pairs of the documents on a shelf."""
        return Judge(self.config, shelf, shelf.words, shelf.normalised, self.pool, self.clock, shelf.order)

    def edges(self, shelf: DocumentBatch, judge: Judge, heads: NDArray[np.int64]) -> Edges:
        """What decides directions."""
        marks = judge.boilerplate.marks() if self.config.match.rewritten else {}
        marked = np.zeros(len(shelf), bool)
        marked[list(marks)] = True
        facts, phrasings = RowFacts(heads, shelf.words, shelf.dates, marked), self._phrasings(shelf, heads)
        edges = Edges(shelf, judge.boilerplate, facts, phrasings, self.pool, self.clock, shelf.order)
        edges.obfuscated[:] = shelf.odd
        return edges

    def _phrasings(self, shelf: DocumentBatch, heads: NDArray[np.int64]) -> Phrasings:
        return Phrasings(
            self.config.find, shelf, heads, shelf.words, self.pool, self.clock, fixed=True, scorer=self._scorer,
        )  # fmt: skip

    def wording(self, shelf: DocumentBatch) -> dict[int, tuple[float, bool]]:
        """Score of each text's wording (nan: it was not judged) and whether it is bad, by number."""
        shelf.texts.load(range(len(shelf)))
        told: dict[int, tuple[float, bool]] = {}

        def one(rows: NDArray[np.int64]) -> None:
            judged = self._scorer.judge([shelf.texts.read(row) for row in rows.tolist()])
            scores, flagged = self._scorer.verdicts(judged)
            for number, score, bad in zip(shelf.numbers[rows].tolist(), scores.tolist(), flagged.tolist(), strict=True):
                told[number] = score, bad

        list(self.pool.map(one, np.array_split(np.arange(len(shelf)), -(-len(shelf) // JUDGED))))
        return told
