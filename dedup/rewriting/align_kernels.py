"""Which sentences of two texts say the same: one for one, one for two, two for one, or left out, all in one order."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.align.figures import (
    CHANGED_A,
    CHANGED_B,
    CHANGED_SENTENCES,
    KEPT_WORDS,
    PASSAGE,
    PASSAGES,
    SENTENCES,
    WORDS_A,
    WORDS_B,
)
from dedup.rewriting.kernels import MATCH, occurrences, sentence_cosines
from dedup.rewriting.stem_kernels import number_pair
from dedup.runtime.jit import kernel, njit

SKIP_A, SKIP_B, ONE, ONE_TO_TWO, TWO_TO_ONE = range(5)
"""Steps of an alignment of sentences."""


@njit(nogil=True)
def _group(same: Any, lengths_a: Any, lengths_b: Any, a0: Any, a1: Any, b0: Any, b1: Any) -> Any:
    """Weight by which sentences a0 to a1 of one text say the same as b0 to b1 of the other; 0 below MATCH."""
    dot, square_a, square_b = 0.0, 0.0, 0.0
    for one in range(a0, a1):
        square_a += lengths_a[one] ** 2
        for two in range(b0, b1):
            dot += same[one, two] * lengths_a[one] * lengths_b[two]
    for two in range(b0, b1):
        square_b += lengths_b[two] ** 2
    cosine = min(1.0, dot / max(np.sqrt(square_a * square_b), 1e-9))
    return cosine * (np.sqrt(square_a) + np.sqrt(square_b)) if cosine >= MATCH else 0.0


@njit(nogil=True)
def sentence_steps(same: Any, lengths_a: Any, lengths_b: Any) -> Any:
    """(sentences of A + 1, of B + 1) the last step of the best alignment of so many sentences of each."""
    of_a, of_b = same.shape
    best, steps = np.zeros((of_a + 1, of_b + 1)), np.zeros((of_a + 1, of_b + 1), np.uint8)
    for one in range(of_a + 1):
        for two in range(of_b + 1):
            most, step = 0.0, SKIP_A if one else SKIP_B
            if one and best[one - 1, two] > most:
                most, step = best[one - 1, two], SKIP_A
            if two and best[one, two - 1] > most:
                most, step = best[one, two - 1], SKIP_B
            for kind in range(ONE, TWO_TO_ONE + 1):
                back_a, back_b = 1 + (kind == TWO_TO_ONE), 1 + (kind == ONE_TO_TWO)
                if one < back_a or two < back_b:
                    continue
                value = _group(same, lengths_a, lengths_b, one - back_a, one, two - back_b, two)
                if value > 0 and best[one - back_a, two - back_b] + value > most + 1e-9:
                    most, step = best[one - back_a, two - back_b] + value, kind
            best[one, two], steps[one, two] = most, step
    return steps


@njit(nogil=True)
def _stretch(sentences: Any, first: Any, last: Any) -> Any:
    """Places of the words of sentences first to last (exclusive)."""
    return np.searchsorted(sentences, first), np.searchsorted(sentences, last)


@njit(nogil=True)
def _kept(local_a: Any, local_b: Any, a0: Any, a1: Any, b0: Any, b1: Any, counts: Any) -> Any:
    """Words that two stretches share, in whatever order. `counts` (stems,) is scratch, and 0 again afterwards."""
    kept = 0
    for place in range(a0, a1):
        counts[local_a[place]] += 1
    for place in range(b0, b1):
        if counts[local_b[place]] > 0:
            counts[local_b[place]] -= 1
            kept += 1
    for place in range(a0, a1):
        counts[local_a[place]] = 0
    return kept


@njit(nogil=True)
def _walk(
    steps: Any, local_a: Any, local_b: Any, sentences_a: Any, sentences_b: Any, places_a: Any, places_b: Any,
    counts: Any, figures: Any, blocks: Any, filled: Any,
) -> Any:  # fmt: skip
    """The groups of sentences as figures and, from `filled` on, as blocks; returns the next place. `blocks` may have no
    room: then it is only counted.
    """
    one, two = steps.shape[0] - 1, steps.shape[1] - 1
    first = filled
    while one or two:
        step = steps[one, two]
        back_a = 0 if step == SKIP_B else 2 if step == TWO_TO_ONE else 1
        back_b = 0 if step == SKIP_A else 2 if step == ONE_TO_TWO else 1
        if step >= ONE:
            a0, a1 = _stretch(sentences_a, one - back_a, one)
            b0, b1 = _stretch(sentences_b, two - back_b, two)
            kept = _kept(local_a, local_b, a0, a1, b0, b1, counts)
            figures[KEPT_WORDS] += kept
            figures[CHANGED_A] += a1 - a0 - kept
            figures[CHANGED_B] += b1 - b0 - kept
            figures[CHANGED_SENTENCES] += kept < max(a1 - a0, b1 - b0)
            figures[SENTENCES] += 1
            figures[PASSAGES] += 1
            if filled < len(blocks):
                blocks[filled, 0] = PASSAGE
                blocks[filled, 1], blocks[filled, 2] = places_a[a0, 0], places_a[a1 - 1, 1]
                blocks[filled, 3], blocks[filled, 4] = places_b[b0, 0], places_b[b1 - 1, 1]
            filled += 1
        one, two = one - back_a, two - back_b
    if filled <= len(blocks):
        blocks[first:filled] = blocks[first:filled][::-1].copy()
        for place in range(first, filled):
            blocks[place, 5] = place - first
    return filled


@kernel
def align_sentences(
    starts: Any, stems: Any, sentences: Any, places: Any, table: Any, bits: Any, left: Any, right: Any, figures: Any,
    blocks: Any, kept: Any,
) -> Any:  # fmt: skip
    """Align the sentences of pairs of texts; returns how many groups of them say the same.

    `starts` to `bits` as `kernels.pair_features` takes them, `places` as `text_stems` makes them; `figures`
    (pairs, FIGURES) int32 and `blocks` (room, 6) int32 as of `align.kernels`; `kept` (pairs + 1,) int64 gets where the
    blocks of each pair begin.
    """
    filled = 0
    for pair in range(len(left)):
        a0, a1 = starts[left[pair]], starts[left[pair] + 1]
        b0, b1 = starts[right[pair]], starts[right[pair] + 1]
        figures[pair] = 0
        figures[pair, WORDS_A], figures[pair, WORDS_B] = a1 - a0, b1 - b0
        if a1 > a0 and b1 > b0:
            local_a, local_b, count = number_pair(stems, a0, a1, b0, b1)
            weights = np.zeros(count, np.float32)
            for place in range(a0, a1):
                weights[local_a[place - a0]] = table[stems[place] >> np.uint32(32 - bits)]
            for place in range(b0, b1):
                weights[local_b[place - b0]] = table[stems[place] >> np.uint32(32 - bits)]
            head, following = occurrences(local_b, count)
            same, lengths_a, lengths_b = sentence_cosines(
                local_a, local_b, sentences[a0:a1], sentences[b0:b1], weights, head, following
            )
            filled = _walk(
                sentence_steps(same, lengths_a, lengths_b), local_a, local_b, sentences[a0:a1], sentences[b0:b1],
                places[a0:a1], places[b0:b1], np.zeros(count, np.int32), figures[pair], blocks, filled,
            )  # fmt: skip
        kept[pair + 1] = filled
    return filled
