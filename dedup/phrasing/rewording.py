"""What synonyms would win in the place of the worst words of a text: whether a few were put there by a rewriter.

Every text has words that are odd, so the means of one that was rewritten in few places are those of a clean one. But
where a rewriter was at work there is a way back: a synonym that fits far better than what stands there ("simply" →
"just", "put up" → "post"). In clean texts words are odd because of the subject, and no synonym mends that.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing import score_kernels as kernels
from dedup.phrasing.level_kernels import Own
from dedup.phrasing.reference_kernels import BEGIN, WORDS
from dedup.phrasing.suggestion import LENGTH

if TYPE_CHECKING:
    from dedup.phrasing.alternatives import Ranked
    from dedup.phrasing.scorer import Columns

PLACES = 20
"""Words of a text that are tried, the worst. If all texts got a second look, 75 to 90 % of those spun at a quarter
would be found with 20 words, 60 to 80 % with 8."""
LONGEST = 2
"""Words of what is replaced, and of what it is replaced with."""
MOST = 60
"""Alternatives of a word, the likeliest."""
KEPT = 50_000
"""Words and phrases of which the alternatives are kept for the next time."""
NOTHING = Own(np.zeros(1, np.uint64), np.zeros(1, np.int32))


class _Alike(NamedTuple):
    """The k alternatives of some words."""

    ids: NDArray[np.uint32]
    """(k, LONGEST)"""
    sizes: NDArray[np.int64]
    """(k,) words of each."""
    worths: NDArray[np.float64]
    """(k,) nats."""


class Rewordings:
    """Tries what a thesaurus lists in the place of words of a text."""

    def __init__(self, columns: Columns, thesaurus: Ranked) -> None:
        self._columns, self._thesaurus = columns, thesaurus
        self._alike = lru_cache(KEPT)(self._found)

    @cached_property
    def _ids(self) -> dict[str, int]:
        """The number of each word of the reference."""
        return {word: number for number, word in enumerate(self._columns.reference.spelt(), WORDS)}

    def gains(
        self, stream: NDArray[np.uint32], places: NDArray[np.int64], odds: NDArray[np.float32], own: Own = NOTHING
    ) -> NDArray[np.float64]:
        """(k,) for the k ≤ PLACES words of a text that have the highest log odds: what log probability it would win by
        a synonym there, 0 for none. `stream` are the ids of the text with two of a beginning before and behind it,
        `places` (w,) of its words in it, `odds` (w,) theirs; the n-grams of `own` are forgotten meanwhile.
        """
        worst = places[np.argsort(-odds, kind="stable")[:PLACES]]
        spans, parts = list[tuple[int, int, int]](), list[_Alike]()
        ids = stream.tolist()
        for number, at in enumerate(worst.tolist()):
            for begin, end in ((at, at + 1), (at - 1, at + 1), (at, at + 2)):
                units = tuple(ids[begin:end])
                if min(units) >= WORDS and len((alike := self._alike(units)).sizes):
                    spans.append((number, begin, end))
                    parts.append(alike)
        found = np.zeros(len(worst))
        if spans:
            np.maximum.at(found, [number for number, _, _ in spans], self._gains(ids, spans, parts, own))
        return found

    def _gains(
        self, ids: list[int], spans: list[tuple[int, int, int]], parts: list[_Alike], own: Own
    ) -> NDArray[np.float64]:
        """(spans,) what each wins by the best of its alternatives."""
        counts = np.array([len(part.sizes) + 1 for part in parts])
        firsts = np.cumsum(counts) - counts  # there each span as it stands, behind it what is tried
        rows = np.zeros((int(counts.sum()), LONGEST + 4), np.uint32)
        sizes, worths = np.ones(len(rows), np.int64), np.zeros(len(rows))
        for at, (_, begin, end), part in zip(firsts.tolist(), spans, parts, strict=True):
            last = at + 1 + len(part.sizes)
            rows[at, 2 : 2 + end - begin], sizes[at] = ids[begin:end], end - begin
            rows[at + 1 : last, 2 : 2 + LONGEST], sizes[at + 1 : last] = part.ids, part.sizes
            worths[at + 1 : last] = part.worths
        around = np.array([ids[begin - 2 : begin] + ids[end : end + 2] for _, begin, end in spans], np.uint32)
        around = np.repeat(around, counts, axis=0)
        rows[:, :2], every = around[:, :2], np.arange(len(rows))
        rows[every, 2 + sizes], rows[every, 3 + sizes] = around[:, 2], around[:, 3]
        columns, odds = self._columns, np.empty(len(rows))
        table = columns.reference.ngrams
        kernels.sequences_odds(
            rows, sizes, columns.frequencies, columns.codes, table.offsets, table.remainders, table.counts,
            columns.values, table.shift, columns.total, own.keys, own.counts, odds,
        )  # fmt: skip
        odds += LENGTH * sizes + worths
        gained: NDArray[np.float64] = np.maximum.reduceat(odds, firsts) - odds[firsts]
        return gained

    def _found(self, units: tuple[int, ...]) -> _Alike:
        """Alternatives of some words that the reference knows."""
        reference = self._columns.reference
        ids, sizes, worths = list[list[int]](), list[int](), list[float]()
        for other, worth in self._thesaurus.ranked(" ".join(map(reference.word, units))):
            words = [self._ids.get(word, -1) for word in other.split(" ")]
            if len(words) <= LONGEST and min(words) >= WORDS:
                ids.append([*words, *[BEGIN] * (LONGEST - len(words))])
                sizes.append(len(words))
                worths.append(worth)
            if len(ids) == MOST:
                break
        return _Alike(np.array(ids, np.uint32).reshape(-1, LONGEST), np.array(sizes, np.int64), np.array(worths))
