"""What adding to an index, taking from it and asking it have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.align.overlap import same_form
from dedup.candidates.postings import DocumentKeys
from dedup.errors import IndexFileError
from dedup.index.clustering import Clustering
from dedup.index.documents import DocumentBatch, DocumentRow, entries_of
from dedup.index.matching import MatchCandidates, Matcher
from dedup.index.postings.store import PostingStore
from dedup.index.quotes import quote_keys
from dedup.index.results import DocumentRef
from dedup.index.rules import PairKind
from dedup.index.verdicts import JUDGED, Verdicts
from dedup.storage import compression
from dedup.storage.database import Database, damaged


@dataclass(frozen=True, slots=True)
class IndexServices:
    """An open index."""

    database: Database
    matcher: Matcher
    keys: PostingStore
    clustering: Clustering
    verdicts: Verdicts

    def text(self, number: int) -> bytes:
        """The text of a document as UTF-8. Raises IndexFileError when it is not there, or damaged."""
        rows = self.database.query("SELECT number, text, checksum FROM bodies WHERE number = ?", (number,))
        if not rows:
            raise IndexFileError(f"{self.database.name}: no document {number}")
        text = compression.whole(*rows[0])
        if text is None:
            raise compression.damaged_text(self.database, number)
        return text

    def others(self, numbers: Sequence[int]) -> dict[int, DocumentRef]:
        """Documents by their numbers."""
        sql = "SELECT number, id, source, date FROM documents WHERE {in_clause} ORDER BY number"
        return {row[0]: DocumentRef(*row) for row in self.database.select_in(sql, "number", numbers)}

    def keys_of(self, texts: list[bytes]) -> list[DocumentKeys]:
        """The keys of texts of each kind, those of quotes last."""
        return [*self.matcher.keys(self.matcher.sketch(texts)[0]), quote_keys(texts)]

    def same_words(self, one: int, two: int, texts: dict[int, bytes]) -> bool:
        """Whether two documents of one digest are the same by their words."""
        a, b = (texts.get(number) or self.text(number) for number in (one, two))
        return a == b or same_form(a) == same_form(b)

    def heads(
        self, founders: NDArray[np.int64], texts: dict[int, bytes], guests: Sequence[DocumentRow] = ()
    ) -> tuple[DocumentBatch, NDArray[np.int64]]:
        """A shelf with the heads of groups (and `guests` that are not in the index), and the row of each head."""
        entries = {entry.number: entry for entry in entries_of(self.database, "number", np.unique(founders).tolist())}
        head_of = {number: entry.head for number, entry in entries.items()}
        heads = sorted(set(head_of.values()))
        missing = [number for number in heads if number not in entries]
        entries |= {entry.number: entry for entry in entries_of(self.database, "number", missing)}
        if not entries.keys() >= {*founders.ravel().tolist(), *heads}:
            raise damaged("a document that keys stand for")
        shelf = DocumentBatch(self.database, [*guests, *(entries[number] for number in heads)], texts)
        numbers = np.array([head_of[number] for number in founders.ravel().tolist()], np.int64)
        return shelf, shelf.rows(numbers).reshape(founders.shape)

    def with_decided(self, found: MatchCandidates, asked: Sequence[DocumentRow]) -> MatchCandidates:
        """Candidates of documents, and what they were decided to be copies of besides."""
        partners = self.verdicts.choices.now().partners(asked, self.database)
        known = set(zip(found.asked.tolist(), found.founder.tolist(), strict=True))
        more = sorted({
            (place, entry.founder) for place, entry in partners
            if entry.founder != asked[place].founder and (place, entry.founder) not in known
        })  # fmt: skip
        if not more:
            return found
        places, founders = np.array(more, np.int64).T
        neither = np.zeros(len(more), bool)
        return MatchCandidates(
            np.concatenate((found.asked, places)), np.concatenate((found.founder, founders)),
            np.concatenate((found.alike, neither)), np.concatenate((found.faint, neither)), found.told,
        )  # fmt: skip

    def connect(
        self, found: MatchCandidates, groups: NDArray[np.int64], texts: dict[int, bytes], lost: set[int]
    ) -> set[int]:
        """Judge candidates, and what stands otherwise for them and for those that others look like no more (`lost`);
        returns the heads whose edges changed.
        """
        fresh = []
        founders = np.stack((groups[found.asked], found.founder))
        for first in range(0, len(found.asked), JUDGED):
            part = slice(first, first + JUDGED)
            shelf, heads = self.heads(founders[:, part], dict(texts))
            fresh.append(self.verdicts.look(shelf, heads[0], heads[1], found.alike[part], found.faint[part]))
            self.verdicts.keep(fresh[-1])
            if len(found.asked) > JUDGED:
                shelf.texts.known = dict(texts)  # what was read is read again, or all would be in memory
        return self.verdicts.renew(fresh, lost)

    def forget_pairs(self, changed: dict[int, int]) -> tuple[set[int], set[int]]:
        """Forget the pairs of heads that are heads no longer; returns their other sides, and of these the ones that
        are judged by other documents since.
        """
        old = set(changed.values())
        if not old:
            return set(), set()
        sql = "SELECT a, b, kind, same FROM edges WHERE {in_clause}"
        rows = [row for side in "ab" for row in self.database.select_in(sql, side, sorted(old))]
        for side in "ab":
            self.database.delete_in("edges", side, sorted(old))
        lost = {number for a, b, kind, same in rows if kind != PairKind.ASKED and not same for number in (a, b)}
        return {number for row in rows for number in row[:2]} - old, lost - old
