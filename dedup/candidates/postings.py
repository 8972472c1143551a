"""Posting lists: candidate pairs that depend on the two documents alone, however many others there are.

`lsh` sorts the keys of a whole batch and takes large buckets apart by what stands in them, so a pair may be a candidate
in one batch and none in another. Here two documents are candidates if they share enough keys; an index that grows
finds the same pairs as a batch of the same documents in any order. Two limits bound the work, and hold that promise up
to so many documents to a key and candidates to a document.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.candidates import lsh, posting_kernels
from dedup.candidates.lsh import CandidateRule
from dedup.candidates.posting_kernels import Asked, Enough, Runs, Shared

LIMIT = 64
"""Documents to a key that are looked at, the latest ones: a crowd's copies are recent."""
MOST = 64
"""Candidates of a document by one kind of key: those that share most."""
BANDS = CandidateRule(LIMIT, share=0.0, slack=0.0, least=1)
PASSAGES = CandidateRule(LIMIT, lsh.PASSAGES.share, lsh.PASSAGES.slack, lsh.PASSAGES.least)
TERMS = CandidateRule(LIMIT, lsh.TERMS.share, lsh.TERMS.slack, lsh.TERMS.least, of_more=0.05)
"""Two or three of a long text's many rare words stand in some short text by chance, the more often the more texts there
are. Of 68,816 pairs among 23,616 news articles that have no other key together 18,495 go by this: 202 of 8,025 edges
(forms all of them, and none of eight that were read was one) and no copy; of 100,000 varied texts 2,238 of 3,105
chance pairs."""


@dataclass(frozen=True, slots=True)
class FaintRule:
    """What makes two documents a faint pair, by the keys that they share."""

    share: float
    """Part of the keys of the one that has fewer, less the slack of the kind."""
    fewest: int
    """Least number, crowded keys left out."""


FAINT = FaintRule(0.09, 3)
"""Term keys by which two documents may be a rewrite, and nothing else, if they have no passage key together. Rewrites
share fewer rare words than spun copies do, and no sentences. Of 3,600 rewrites by three models the rule of rewrites
accepts 3,188; of these 2,338 are candidates without faint pairs, 116 more with any that share two keys, 108 with these.
Of 23,616 news articles 15,523 pairs are faint and one is a rewrite; 65,569 with two keys. Without regard to passages
there are twenty times the pairs where sentences recur in other documents."""
NEVER = FaintRule(1.0, 1 << 30)
"""No pair is faint."""
KINDS = (BANDS, PASSAGES, TERMS)
"""The kinds of keys, in the order in which they are kept everywhere."""
ENOUGH = 24
"""Passage keys from which a document has no band keys: texts that are alike share passages."""
Entries = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class DocumentKeys:
    """Keys of one kind of q documents."""

    keys: NDArray[np.uint32]
    """Distinct for each document, document after document."""
    ends: NDArray[np.int64]
    """(q,) where those of each document end."""
    held: NDArray[np.int32]
    """(q,) keys that each has, repeats included."""

    @staticmethod
    def of(entries: Entries, held: NDArray[np.int32]) -> DocumentKeys:
        """From packed keys, key << 32 | document, in any order; `held` (q,)."""
        turned = lsh.distinct(entries << np.uint64(32) | entries >> np.uint64(32))
        counts = np.bincount((turned >> np.uint64(32)).astype(np.int64), minlength=len(held))
        return DocumentKeys((turned & lsh.LOW).astype(np.uint32), np.cumsum(counts), held)

    def without(self, rows: NDArray[np.bool_]) -> DocumentKeys:
        """Without those of some documents (q,)."""
        sizes = np.diff(self.ends, prepend=0)
        kept = self.keys[~np.repeat(rows, sizes)]
        return DocumentKeys(kept, np.cumsum(np.where(rows, 0, sizes)), np.where(rows, 0, self.held).astype(np.int32))

    @property
    def distinct(self) -> NDArray[np.uint32]:
        """(k,) all keys, sorted."""
        keys = np.sort(self.keys)  # np.unique hashes, which takes four times as long
        return keys[np.concatenate(([True], keys[1:] != keys[:-1]))] if len(keys) else keys

    def take(self, rows: NDArray[np.int64]) -> DocumentKeys:
        """Those of some documents, in the order of `rows`; of all of them these."""
        if len(rows) == len(self.ends) and (rows == np.arange(len(rows))).all():
            return self
        begins = np.concatenate((np.zeros(1, np.int64), self.ends))[rows]
        sizes = self.ends[rows] - begins
        ends = np.cumsum(sizes)
        places = np.arange(int(sizes.sum())) + np.repeat(begins - ends + sizes, sizes)
        return DocumentKeys(self.keys[places], ends, self.held[rows])

    def entries(self, numbers: NDArray[np.int64]) -> Entries:
        """As sorted postings, with the numbers (q,) of the documents."""
        owners = np.repeat(numbers.astype(np.uint64), np.diff(self.ends, prepend=0))
        found = self.keys.astype(np.uint64) << np.uint64(32) | owners
        found.sort()
        return found


Column = tuple[Entries, NDArray[np.int32]]
"""Packed keys, key << 32 | document, and how many keys each document has."""


def document_keys(columns: Sequence[Column]) -> list[DocumentKeys]:
    """What documents are looked for by, of all their band, passage and term keys."""
    bands, passages, terms = (DocumentKeys.of(*column) for column in columns)
    return [bands.without(passages.held >= ENOUGH), passages, terms]


@dataclass(frozen=True, slots=True)
class PostingSlices:
    """Where the postings of k keys stand in a source."""

    counts: NDArray[np.int64]
    """(k,)"""
    append: Callable[[NDArray[np.int64], NDArray[np.uint32]], None]
    """Copies the documents of key i to a place (k,) of an array and on; the places move behind."""


class PostingSource(Protocol):
    """Postings in some form."""

    def find(self, keys: NDArray[np.uint32], limit: int) -> PostingSlices:
        """Those of sorted, distinct keys, at most the `limit` last ones of each."""


@dataclass(frozen=True, slots=True)
class SortedPostings:
    """Sorted postings as they are."""

    entries: Entries
    everything: bool = False
    """Whether all documents of a key are wanted, and not the latest alone."""

    def find(self, keys: NDArray[np.uint32], limit: int) -> PostingSlices:
        """See `PostingSource`."""
        firsts, counts = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
        most = max(limit, len(self.entries)) if self.everything else limit
        posting_kernels.find_runs(self.entries, keys, most, firsts, counts)

        def append(ends: NDArray[np.int64], out: NDArray[np.uint32]) -> None:
            posting_kernels.append_runs(self.entries, firsts, counts, ends, out)

        return PostingSlices(counts, append)


@dataclass(frozen=True, slots=True)
class PostingLists:
    """The postings of k keys."""

    keys: NDArray[np.uint32]
    """(k,) sorted, distinct."""
    ends: NDArray[np.int64]
    """(k + 1,)"""
    numbers: NDArray[np.uint32]
    """Documents; those of key i are `numbers[ends[i] : ends[i + 1]]`, the earliest first."""

    @staticmethod
    def of(keys: NDArray[np.uint32], sources: Sequence[PostingSource]) -> PostingLists:
        """Of the `keys` from several sources, of which the later ones hold the later documents."""
        found = [source.find(keys, LIMIT) for source in sources]
        ends = np.zeros(len(keys) + 1, np.int64)
        for placed in found:
            ends[1:] += placed.counts
        np.cumsum(ends, out=ends)
        numbers, at = np.empty(int(ends[-1]), np.uint32), ends[:-1].copy()
        for placed in found:
            placed.append(at, numbers)
        return PostingLists(keys, ends, numbers)

    def followed(self, other: PostingLists) -> PostingLists:
        """These and those of `other`, whose keys are all larger. Takes the numbers of these: they are moved."""
        size = len(self.numbers)
        self.numbers.resize(size + len(other.numbers), refcheck=False)
        self.numbers[size:] = other.numbers
        ends = np.concatenate((self.ends, other.ends[1:] + size))
        return PostingLists(np.concatenate((self.keys, other.keys)), ends, self.numbers)


@dataclass(frozen=True, slots=True)
class KeyPairs:
    """m candidates."""

    asked: NDArray[np.int64]
    """(m,) place of the document asked about, ascending."""
    found: NDArray[np.int64]
    """(m,) number of the document found."""
    faint: NDArray[np.bool_]
    """(m,) they share no more than the lesser share that was asked for."""

    @staticmethod
    def none() -> KeyPairs:
        """No pairs."""
        return KeyPairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool))

    def take(self, which: NDArray[np.bool_]) -> KeyPairs:
        """Some of them."""
        return KeyPairs(self.asked[which], self.found[which], self.faint[which])

    @staticmethod
    def joined(parts: Sequence[KeyPairs]) -> KeyPairs:
        """All pairs of `parts`, one after the other."""
        asked, found, faint = zip(*((part.asked, part.found, part.faint) for part in parts), strict=True)
        return KeyPairs(np.concatenate(asked), np.concatenate(found), np.concatenate(faint))

    @property
    def packed(self) -> NDArray[np.uint64]:
        """Asked << 32 | found."""
        return self.asked.astype(np.uint64) << np.uint64(32) | self.found.astype(np.uint64)


_scratch = threading.local()


def counters(size: int) -> NDArray[np.uint16]:
    """Zeros, which the kernel leaves behind as zeros: they are made once for each thread."""
    found: NDArray[np.uint16] | None = getattr(_scratch, "counters", None)
    if found is None or len(found) < size:
        found = _scratch.counters = np.zeros(size + size // 4, np.uint16)
    return found


def enough(shared: CandidateRule, faintest: FaintRule, most: int) -> Enough:
    """The rules as the kernel takes them."""
    return Enough(
        shared.share, shared.slack, shared.least, faintest.share, faintest.fewest, shared.of_more, most
    )  # fmt: skip


def shared_key_candidates(
    asked: DocumentKeys, runs: PostingLists, own: NDArray[np.int64], bounds: NDArray[np.int64],
    held_there: NDArray[np.integer], shared: CandidateRule, most: int | None = None, faintest: FaintRule = NEVER,
) -> KeyPairs:  # fmt: skip
    """Documents that share enough keys with those asked about: others than `own` (q,), numbered below `bounds` (q,), at
    `most` (by default MOST) for each. `held_there` are the keys that each has, by number. Those that come up to
    `faintest` alone are found too.
    """
    most = MOST if most is None else most
    room = len(asked.ends) * most
    places, numbers, counts = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    faint = np.empty(room, bool)
    where, bounds = np.searchsorted(runs.keys, asked.keys), np.minimum(bounds, len(held_there))
    total = int(posting_kernels.sharing(
        Asked(where, asked.ends, own, bounds, asked.held), Runs(runs.ends, runs.numbers, shared.bucket), held_there,
        enough(shared, faintest, most), counters(len(held_there)),
        Shared(places, numbers, counts, faint),
    ))  # fmt: skip
    return KeyPairs(places[:total].copy(), numbers[:total].copy(), faint[:total].copy())


def apart(
    pairs: KeyPairs, asked: DocumentKeys, runs: PostingLists, bounds: NDArray[np.int64], documents: int
) -> KeyPairs:
    """`pairs` without the faint ones that share a key of another kind: `asked`, `runs` and `bounds` as
    `shared_key_candidates` takes them, numbered below `documents`.
    """
    which = np.flatnonzero(pairs.faint)
    if not len(which):
        return pairs
    touch = np.empty(len(which), bool)
    posting_kernels.touching(
        np.searchsorted(runs.keys, asked.keys), asked.ends, np.minimum(bounds, documents),
        Runs(runs.ends, runs.numbers, LIMIT), pairs.asked[which], pairs.found[which], counters(documents), touch,
    )  # fmt: skip
    kept = np.ones(len(pairs.faint), bool)
    kept[which[touch]] = False
    return pairs.take(kept)
