"""Phrasing in a scan: which reference judges, how each document is worded, and which side of a pair is worded worse.

Single texts are judged by the file that was asked for, else by the reference in the package: as `dedup score` does, so
that both say the same of a text. Never by the batch: one full of spun texts has learned the wording of the spinner from
the others, and the more there are, the fewer it finds. A batch in a language that the package does not know judges none
of its texts, but where it is large and stands the test (`checking`), it tells which of two wordings is the worse; it
then holds one document of each group of copies, and forgets it while the group is judged.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dedup.align import figures as k
from dedup.align.alignment import Aligned
from dedup.config import FindConfig
from dedup.model import Flag, FlagKind, Phrasing
from dedup.phrasing.scoring import wording
from dedup.phrasing.scoring.wording import Wording
from dedup.pipeline.documents import Clock, Documents
from dedup.pipeline.score import open_reference, scorer_of
from dedup.relations.cluster import components

if TYPE_CHECKING:
    from dedup.phrasing.lists.phrases import Phrases
    from dedup.phrasing.scoring.scorer import Scorer

LEAST_TELLING = 900_000
"""Words of a reference from which it tells the better of two wordings: by those of 93,000 to 868,000 words of German,
Spanish or French that is hardly more than a lot, and originals were called the copies of their copies.
"""
SAMPLE_BYTES = 32 << 20
"""Text of a batch that is counted at most, spread evenly over it: more does not tell more, and costs time."""
JUDGED_BYTES = 1 << 18
"""Text that is judged at once."""
ASKED = 200
"""Documents that are asked whether the shipped reference knows their language."""


class Phrasings:
    """Judges the documents of one scan. `heads`, `words` (n,) are those of all rows; `fixed`: never by the batch;
    `scorer`: by this one.
    """

    def __init__(
        self, config: FindConfig, store: Documents, heads: NDArray[np.int64], words: NDArray[np.int32], pool: Executor,
        clock: Clock, *, fixed: bool = False, scorer: Scorer | None = None,
    ) -> None:  # fmt: skip
        self._config, self._store, self._heads, self._words = config, store, heads, words
        self._fixed, self._given = fixed, scorer
        self._pool, self._clock = pool, clock
        self._alike = np.zeros((0, 2), np.int64)
        self._left_out = np.full(len(heads), -1, np.int64)
        self.notes: list[str] = []

    def group(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> None:
        """Tell which pairs are copies, before anything is judged."""
        self._alike = np.stack((left, right), axis=1)

    @cached_property
    def _scorer(self) -> Scorer:
        """What judges single texts."""
        return self._given or scorer_of(open_reference(self._file), self._phrases)

    @property
    def _file(self) -> Path | None:
        return Path(self._config.reference) if self._config.reference else None

    @cached_property
    def _phrases(self) -> Phrases | None:
        from dedup.phrasing.lists.phrases import Phrases

        phrases = Phrases.load([Path(name) for name in self._config.phrases]) if self._config.phrases else None
        if phrases and phrases.doubtful:
            self.notes.append(f"phrases that the lists also name as right: {', '.join(phrases.doubtful[:5])}")
        return phrases

    @cached_property
    def _telling(self) -> Scorer | None:
        """What tells the better of two wordings; None where nothing can."""
        from dedup.phrasing.scoring import checking

        if not (self._given or self._fixed or self._file) and int(self._words.sum()) >= LEAST_TELLING:
            first = self._of_group()
            counted = np.flatnonzero((first == np.arange(len(first))) & (self._words > 0))
            if int(self._words[counted].sum()) >= LEAST_TELLING and not self._knows(self._scorer, counted):
                return self._of_batch(counted, first)
        return None if checking.leave(self._scorer.reference).directions else self._scorer

    def _of_group(self) -> NDArray[np.int64]:
        """(n,) the row that stands for the group of copies that each row is in: the longest, whatever the order of
        the input.
        """
        count = len(self._heads)
        folded = np.flatnonzero(self._heads != np.arange(count))
        pairs = np.concatenate((self._alike, np.stack((folded, self._heads[folded]), axis=1)))
        group = np.arange(count)
        for rows in components(pairs.tolist()):  # of scipy alone the import takes a tenth of a second
            group[rows] = rows[0]
        _, group = np.unique(group, return_inverse=True)
        digests = np.concatenate(self._store.digests) if count else np.zeros(0, np.uint64)
        order = np.lexsort((digests, -self._words, group))
        _, first = np.unique(group[order], return_index=True)
        return np.asarray(order[first][group], np.int64)

    def _knows(self, scorer: Scorer, rows: NDArray[np.int64]) -> bool:
        """Whether some rows are in the language of a reference, as far as they can be told."""
        asked = rows[:: max(1, len(rows) // ASKED)][:ASKED]
        from dedup.phrasing.scoring.kinds import FOREIGN

        reasons = scorer.why_not(scorer.judge([self._store.texts.read(row) for row in asked.tolist()]))
        return 2 * reasons.count(FOREIGN) <= reasons.count(FOREIGN) + reasons.count(None)

    def _of_batch(self, counted: NDArray[np.int64], first: NDArray[np.int64]) -> Scorer | None:
        """By a reference of one document of each group, or of every so many of them; None where it cannot tell."""
        from dedup.phrasing.reference import counting
        from dedup.phrasing.reference.model import Reference
        from dedup.phrasing.scoring import checking
        from dedup.phrasing.scoring.scorer import Scorer

        sizes = self._store.texts.sizes
        sample = counted[:: max(1, -(-int(sizes[counted].sum()) // SAMPLE_BYTES))]
        out = io.BytesIO()
        counting.build(self._store.texts.read, sample, sizes, out, self._pool)
        reference = Reference(bytearray(out.getbuffer()), "the batch")
        check = checking.check(reference, self._store.texts.read, sample, sizes, self._pool)
        if check.told < checking.LEAST_TOLD:
            return None
        self._left_out = np.where(np.isin(first, sample), first, -1)
        scorer = Scorer(reference)
        scorer.refused = "a batch judges none of its texts"
        return scorer

    def compare(
        self, left: NDArray[np.int64], right: NDArray[np.int64], aligned: Aligned, whole: NDArray[np.bool_]
    ) -> Wording:
        """What the substitutions of pairs of rows say of their direction, and of those in `whole` the whole texts."""
        if not len(aligned.blocks):
            return Wording.nothing(len(left))
        with self._clock.stage("wording"):
            scorer = self._telling
            if scorer is None or scorer.reference.header.words < LEAST_TELLING:
                return Wording.nothing(len(left))
            pairs = wording.AlignedPairs(left, right, aligned.blocks, aligned.kept, k.REPLACE)
            return wording.compare(pairs, self._store.texts.read, self._left_out, scorer, self._pool, whole)

    def judge(self) -> tuple[NDArray[np.float64], dict[int, Flag]]:
        """Score of each row, nan where it was not judged, and the flags of those that are mangled or hold a known
        phrase. An exact copy has the score of its head.
        """
        scores = np.full(len(self._heads), np.nan)
        flags: dict[int, Flag] = {}
        if not self._config.phrasing:
            return scores, flags
        with self._clock.stage("phrasing"):
            own = np.arange(len(self._heads))
            for row, phrasing in self._review(own[(self._heads == own) & (self._words > 0)]):
                if phrasing.score is not None:
                    scores[row] = phrasing.score
                if phrasing.mangled or phrasing.spans:
                    flags[row] = _flag(phrasing)
            scores = scores[self._heads]
            copies = np.flatnonzero((self._heads != own) & np.isin(self._heads, list(flags)))
            for row, phrasing in self._review(copies):  # their places may differ: case and punctuation do not count
                flags[row] = _flag(phrasing)
                scores[row] = np.nan if phrasing.score is None else phrasing.score
        return scores, flags

    def _review(self, rows: NDArray[np.int64]) -> Iterator[tuple[int, Phrasing]]:
        """Rows with their verdicts."""
        scorer, read = self._scorer, self._store.texts.read
        cuts = np.flatnonzero(np.diff(np.cumsum(self._store.texts.sizes[rows]) // JUDGED_BYTES)) + 1
        parts = [part for part in np.split(rows, cuts) if len(part)]

        def one(part: NDArray[np.int64]) -> list[Phrasing]:
            return scorer.review([read(row) for row in part.tolist()], clean=False)

        for part, found in zip(parts, self._pool.map(one, parts), strict=True):
            yield from zip(part.tolist(), found, strict=True)


def _flag(phrasing: Phrasing) -> Flag:
    return Flag(FlagKind.MANGLED, phrasing.score, phrasing.spans)


def joined(flags: dict[int, tuple[Flag, ...]], mangled: dict[int, Flag]) -> dict[int, tuple[Flag, ...]]:
    """All flags of each row, `mangled` first."""
    rows: Sequence[int] = sorted({*flags, *mangled})
    return {row: (*((mangled[row],) if row in mangled else ()), *flags.get(row, ())) for row in rows}
