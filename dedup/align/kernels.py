"""Alignment kernel: pairs of texts, which sentences belong together (`seed_kernels`), word by word what was kept and
what replaced (`word_kernels`), what that comes to (`figure_kernels`, `fact_kernels`), and the passages that both have
(`area_kernels`).

Arrays, scalars and NamedTuples of them only. A text is given as the hashes of its words and the number of the sentence
of each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.align.area_kernels import AREAS, areas
from dedup.align.fact_kernels import (
    clause_words,
    found_facts,
    mark_facts,
    mark_names,
    own_tail,
    own_words,
    rule_words,
)
from dedup.align.figure_kernels import PairText, block_figures
from dedup.align.figures import CLAUSE_WORDS, EQUAL, FACTS_A, FOUND_B, KEPT_WORDS, KNOWN, OWN, PASSAGE, REPLACED, RULES
from dedup.align.seed_kernels import ground, number_words
from dedup.align.word_kernels import align, blocks
from dedup.runtime.hash_tables import fill
from dedup.runtime.jit import kernel, njit
from dedup.text.sentences import sentence_numbers
from dedup.text.words import word_hashes

U = np.uint64


@njit(nogil=True)
def _read_texts(buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, abbreviations: Any) -> Any:
    """Words, places, sentences and bits of some texts, and (texts + 1,) where the words of each begin."""
    longest, room = U(0), U(0)
    for text in range(len(starts)):
        longest = max(longest, U(sizes[text]))
        room += U(sizes[text]) // U(2) + U(2)
    edges, specials = np.empty(longest + U(2), np.uint32), np.empty(longest + U(2), np.uint32)
    hashes, spans = np.empty(room, np.uint64), np.empty((room, 2), np.uint32)
    numbers, bits = np.empty(room, np.int32), np.empty(room, np.uint8)
    offsets = np.zeros(len(starts) + 1, np.int64)
    for text in range(len(starts)):
        start, at = U(starts[text]), offsets[text]
        end = start + U(sizes[text])
        count, _ = word_hashes(buffer, start, end, stage1, stage2, edges, specials, hashes[at:], spans[at:])
        total = np.int64(count)
        sentence_numbers(
            buffer, np.int64(start), np.int64(end), hashes[at:], spans[at:], total, stage1, stage2, abbreviations,
            numbers[at:], bits[at:],
        )  # fmt: skip
        offsets[text + 1] = at + total
    return hashes, spans, numbers, bits, offsets


FACTS_FROM = 0.1
"""Kept words / words of the shorter text from which facts are looked for."""


@njit(nogil=True)
def _fact_figures(
    one: Any, two: Any, ids_a: Any, ids_b: Any, partner_a: Any, partner_b: Any, words: Any, weights: Any, out: Any
) -> None:
    """Figures of what each side has to itself, and of facts."""
    out[OWN], out[REPLACED] = own_words(partner_a, partner_b)
    out[RULES] = rule_words(one.hashes, weights) + rule_words(two.hashes, weights)
    out[CLAUSE_WORDS] = max(
        clause_words(one.hashes, partner_a, weights),
        clause_words(two.hashes, partner_b, weights),
        min(own_tail(partner_a), own_tail(partner_b)),
    )
    found_facts(ids_a, one.facts, ids_b, two.facts, words, out[FACTS_A : FOUND_B + 1])


@kernel
def compare(
    texts: Any, abbreviations: Any, weights: Any, left: Any, right: Any, least: Any, figures: Any, places: Any,
    kept: Any,
) -> Any:  # fmt: skip
    """Align pairs of `texts` (`WordTexts`). Into `figures` (m, FIGURES) int32, and the blocks with places in bytes from
    the start of each text into `places` (room, 6) int32: those of pair p are `places[kept[p] : kept[p + 1]]`. With no
    room, figures alone. Pairs with fewer than `least` of the shorter text's words in common are not aligned. `weights`
    are those of facts. Returns the blocks there are; where that is more than there is room for, call again with more.
    """
    buffer, starts, sizes, stage1, stage2 = texts
    hashes, spans, numbers, bits, offsets = _read_texts(buffer, starts, sizes, stage1, stage2, abbreviations)
    facts, known = np.zeros(offsets[-1], np.uint8), np.zeros(len(starts), np.uint8)
    longest = 0
    for text in range(len(starts)):
        at, end = offsets[text], offsets[text + 1]
        told = mark_facts(hashes[at:end], bits[at:end], weights, facts[at:end])
        known[text] = told | mark_names(
            buffer, np.int64(starts[text]), spans[at:end], hashes[at:end], bits[at:end], weights, facts[at:end]
        )
        longest = max(longest, end - at)
    partners_a, partners_b = np.empty(longest, np.int32), np.empty(longest, np.int32)
    passages_a, found = np.empty(longest, np.int32), np.empty((3 * longest + 2 + AREAS, 6), np.int32)
    numbered_a, numbered_b = np.empty(longest, np.int32), np.empty(longest, np.int32)
    total = 0
    for pair in range(len(left)):
        i, j, out = left[pair], right[pair], figures[pair]
        a0, a1, b0, b1 = offsets[i], offsets[i + 1], offsets[j], offsets[j + 1]
        one = PairText(hashes[a0:a1], spans[a0:a1], numbers[a0:a1], bits[a0:a1], facts[a0:a1], starts[i])
        two = PairText(hashes[b0:b1], spans[b0:b1], numbers[b0:b1], bits[b0:b1], facts[b0:b1], starts[j])
        n, m = a1 - a0, b1 - b0
        ids_a, ids_b, partner_a, partner_b = numbered_a[:n], numbered_b[:m], partners_a[:n], partners_b[:m]
        passage = passages_a[:n]
        words, common = number_words(one.hashes, two.hashes, ids_a, ids_b)
        if common >= least * min(n, m):
            align(ids_a, one.sentences, ids_b, two.sentences, words, partner_a, partner_b, passage)
        else:
            fill(partner_a, -1)
            fill(partner_b, -1)
            fill(passage, -1)
        count = blocks(partner_a, passage, one.sentences, two.sentences, found)
        block_figures(found, count, one, two, weights, buffer, out)
        if out[KEPT_WORDS] >= FACTS_FROM * min(n, m):
            out[KNOWN] = known[i] & known[j]
            _fact_figures(one, two, ids_a, ids_b, partner_a, partner_b, words, weights, out)
        if len(kept) == 0:
            continue
        if count:
            count += _put_passages(ids_a, one.sentences, ids_b, two.sentences, words, found, count)
        for index in range(count):
            if total + index < len(places):
                _in_bytes(found[index], one.spans, two.spans, places[total + index])
        total += count
        kept[pair + 1] = total
    return total


WHOLE_SHARE, WHOLE_KEPT = 0.8, 0.6
"""One alignment that holds so much of one of the texts, with so many of its words kept, is the passage: there is no
room for another. Of 900 spun stories and their sources 899 are such pairs, of 67 syndicated ones 44."""


@njit(nogil=True)
def _hull(found: Any, count: Any, out: Any) -> Any:
    """First and last words of the first alignment among `count` blocks, on both sides, into `out`; returns the words
    that it keeps, -1 where there are others.
    """
    out[0], out[1], out[2], out[3] = 1 << 30, 0, 1 << 30, 0
    kept, others = 0, False
    for index in range(count):
        kind, a0, a1, b0, b1, number = found[index]
        if number != found[0, 5]:
            others = True
            continue
        if kind == EQUAL:
            kept += a1 - a0
        out[0], out[1], out[2], out[3] = min(out[0], a0), max(out[1], a1), min(out[2], b0), max(out[3], b1)
    return -1 if others else kept


@njit(nogil=True)
def passages(ids_a: Any, sentences_a: Any, ids_b: Any, sentences_b: Any, words: Any, out: Any) -> Any:
    """The passages that two texts share, see `area_kernels.areas`; returns their number."""
    if len(ids_a) == 0 or len(ids_b) == 0:
        return 0
    bounds_a, bounds_b, _, _, seeds, _, labels, _, order = ground(ids_a, sentences_a, ids_b, sentences_b, words)
    return areas(ids_a, bounds_a, ids_b, bounds_b, words, seeds, labels, order, out)


@njit(nogil=True)
def _put_passages(
    ids_a: Any, sentences_a: Any, ids_b: Any, sentences_b: Any, words: Any, found: Any, count: Any
) -> Any:
    """Passages as blocks behind the `count` in `found`; returns their number. Texts that are too short for an area are
    one passage where most of one of them is aligned.
    """
    ranges = np.empty((AREAS, 4), np.int32)
    kept = _hull(found, count, ranges[0])
    one, two = ranges[0, 1] - ranges[0, 0], ranges[0, 3] - ranges[0, 2]
    whole = one >= WHOLE_SHARE * len(ids_a) or two >= WHOLE_SHARE * len(ids_b)
    known = 1
    if not whole or kept < WHOLE_KEPT * max(one, two):
        known = passages(ids_a, sentences_a, ids_b, sentences_b, words, ranges)
        if known == 0 and whole:
            known = 1
            _hull(found, count, ranges[0])
    for index in range(known):
        found[count + index, 0], found[count + index, 5] = PASSAGE, -1
        for side in range(4):
            found[count + index, 1 + side] = ranges[index, side]
    return known


@njit(nogil=True)
def _in_bytes(block: Any, spans_a: Any, spans_b: Any, out: Any) -> None:
    """A block with byte places instead of words; an empty side stands where its next word begins."""
    out[0], out[5] = block[0], block[5]
    for side, spans in ((1, spans_a), (3, spans_b)):
        begin, end = block[side], block[side + 1]
        if end > begin:
            out[side], out[side + 1] = spans[begin, 0], spans[end - 1, 1]
        else:
            out[side] = out[side + 1] = spans[begin, 0] if begin < len(spans) else spans[begin - 1, 1]
