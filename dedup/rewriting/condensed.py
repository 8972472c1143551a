"""Condensed copies: a stretch of one text that sums up the whole of another, and the passage that shows it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.align.alignment import Aligned
from dedup.align.figures import PASSAGE
from dedup.columns import ReadText
from dedup.rewriting import condensed_kernels as k
from dedup.rewriting.detection import BITS, Words, stem_weights, words_of

LEAST_WORDS = 60
"""Words of a summary: of part 05 of PAN 2013 all have as many, and what is shorter in 03 and 04 is a passage."""
SHORTER = 0.8
"""Share of a text's words that sum up the other one, from which it is a summary itself, and a copy."""
Found = NDArray[np.int64]
"""(m, 6), or (6,) of one pair: 1 where the left text holds the summary, 2 where the right one does, 0 where neither;
the words of the left text and of the right one, end exclusive; and how surely: 1, or 2."""
SURE = 2
MOST_BYTES = 24 * k.MOST_WORDS
"""Where both texts are longer, neither is short enough to be summed up: their words are not looked at."""
_BOTH = np.zeros(1, np.int64), np.ones(1, np.int64)
"""The pair of two texts."""


def summaries_of(words: Words, left: NDArray[np.int64], right: NDArray[np.int64]) -> Found:
    """What pairs of texts sum up of each other, in so many words."""
    out = _stretches(words, left, right)
    out[np.where(out[:, 0] == 1, out[:, 2] - out[:, 1], out[:, 4] - out[:, 3]) < LEAST_WORDS] = 0
    return out


def _stretches(words: Words, left: NDArray[np.int64], right: NDArray[np.int64]) -> Found:
    """The same, in however few."""
    out = np.zeros((len(left), 6), np.int64)
    starts, stems, sentences, marks, _ = words
    k.find_summaries(starts, stems, sentences, marks, stem_weights(), BITS, left, right, out)
    return out


class Condensed(NamedTuple):
    """What is sure of two texts."""

    stretch: bool
    """One holds a summary of the other."""
    whole: bool
    """One is a summary of the other."""


def condensed(words: Words, found: Found) -> Condensed:
    """Whether one of two texts sums up the other for sure; `found` (6,) is what `summaries_of` says of the two."""
    side, a0, a1, b0, b1, sure = found.tolist()
    stretch, text = (a1 - a0, int(words.starts[1])) if side == 1 else (b1 - b0, int(np.diff(words.starts)[1]))
    return Condensed(sure == SURE, sure == SURE and stretch >= SHORTER * text)


def with_summaries(
    aligned: Aligned, left: NDArray[np.int64], right: NDArray[np.int64], read: ReadText
) -> Aligned:  # fmt: skip
    """The alignment of pairs of rows with the stretches that sum up the other text among its passages."""
    parts, counts = [aligned.blocks[:0]], []
    for pair, (one, two) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        texts, blocks = [read(one), read(two)], aligned.of(pair)
        if min(map(len, texts)) <= MOST_BYTES:
            words = words_of(texts)
            blocks = with_summary(words, summaries_of(words, *_BOTH)[0], blocks)
        parts.append(blocks)
        counts.append(len(blocks))
    kept = np.concatenate(([0], np.cumsum(np.array(counts, np.int64))))
    return Aligned(aligned.figures, np.concatenate(parts), kept)


def with_summary(
    words: Words, found: Found, known: NDArray[np.int32], shown: NDArray[np.int32] | None = None
) -> NDArray[np.int32]:
    """The blocks `known` (k, 6) of two texts with the stretch `found` (6,) that sums up the other text as a passage, in
    the place of those that lie in it; with `shown`, the blocks of another alignment (by sentences), beside those.
    """
    blocks = known if shown is None else shown
    if not found[0] or not _stands(words, found, known):
        return blocks
    place = _in_bytes(words, found)
    rest = blocks if shown is not None else _without(blocks, place)
    return np.concatenate((rest, np.array([[PASSAGE, *place, -1]], np.int32)))


def _stands(words: Words, found: NDArray[np.int64], blocks: NDArray[np.int32]) -> bool:
    """Whether a summary is one without the passages that are known already: beside one that was taken, what is told of
    the same subject looks like a summary of the rest.
    """
    passages = blocks[blocks[:, 0] == PASSAGE, 1:5].astype(np.int64)
    a0, a1, b0, b1 = _in_bytes(words, found).tolist()
    passages = passages[(passages[:, 0] < a1) & (passages[:, 1] > a0) & (passages[:, 2] < b1) & (passages[:, 3] > b0)]
    if not len(passages):
        return True
    cut, begins, rest = int(words.starts[1]), words.places[:, 0].astype(np.int64), np.ones(len(words.stems), bool)
    for row in passages.tolist():
        for part, begin, end in ((slice(0, cut), *row[:2]), (slice(cut, None), *row[2:])):
            rest[part] &= (begins[part] < begin) | (begins[part] >= end)
    starts = np.array([0, rest[:cut].sum(), rest.sum()], np.int64)
    left = Words(starts, words.stems[rest], words.sentences[rest], words.marks[rest], words.places[rest])
    return bool(_stretches(left, *_BOTH)[0, 0] == found[0])


def _in_bytes(words: Words, found: NDArray[np.int64]) -> NDArray[np.int32]:
    """(4,) ranges of bytes of the left and of the right text."""
    cut, (_, a0, a1, b0, b1, _) = int(words.starts[1]), found.tolist()
    one, two = words.places[[a0, a1 - 1]], words.places[[cut + b0, cut + b1 - 1]]
    return np.array([one[0, 0], one[1, 1], two[0, 0], two[1, 1]], np.int32)


def _without(blocks: NDArray[np.int32], place: NDArray[np.int32]) -> NDArray[np.int32]:
    """The blocks without the passages of which most lies within a place (4,) on both sides."""
    inside = blocks[:, 0] == PASSAGE
    for column in (1, 3):
        first, last = blocks[:, column], blocks[:, column + 1]
        begin, end = place[column - 1], place[column]
        inside &= 2 * (np.minimum(last, end) - np.maximum(first, begin)) >= last - first
    rest: NDArray[np.int32] = blocks[~inside]
    return rest
