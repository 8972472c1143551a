"""Alignment kernels: which sentences of two texts belong together, and word by word what was kept and what replaced.

Seeds are pairs of sentences that share enough of their weight (cosine of binary tf-isf vectors, as in Sanchez-Perez,
Sidorov & Gelbukh, PAN 2014, section 2.1); seeds close to each other in both texts make a passage (section 2.2); inside
a passage words are aligned in order, between anchors (word pairs that occur once on each side), by dynamic programming
in the small gaps that are left. Sentences that moved are aligned on their own.

Arrays and scalars only. A text is given as the hashes of its words and the number of the sentence of each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.align.area_kernels import AREAS, areas
from dedup.align.fact_kernels import (
    UNKNOWN_WEIGHT,
    changed_facts,
    changed_numbers,
    clause_words,
    digits,
    found_facts,
    is_character,
    kept_facts,
    mark_facts,
    mark_names,
    own_tail,
    own_words,
    rare_subject,
    rule_words,
)
from dedup.runtime.compiler import njit
from dedup.runtime.hash_tables import fill, find_slot
from dedup.runtime.simd import kernel, load8
from dedup.text.sentences import DIGIT, sentence_numbers
from dedup.text.words import decode, mix, word_hashes

U = np.uint64
EQUAL, REPLACE, DELETE, INSERT, PASSAGE = 0, 1, 2, 3, 4
"""Kinds of a block: words kept, replaced, left out, put in; and a whole passage, whatever the order of its words."""
SEED_COSINE, SEED_DICE = 0.30, 0.25
"""Two sentences are a seed from this cosine and this share of common words on."""
SEEDS_A_SENTENCE = 4
"""Best seeds that one sentence may have: lists of scores would pair each line with every other."""
GAP = 4
"""Sentences that may be missing between two seeds of one passage."""
CUTS = 64
"""How often seeds are parted at most: texts can be made that have them parted one by one. Two
Bibles need 9."""
MARGIN = 3
"""Sentences before and after a passage that are tried too."""
STOP_SHARE, STOP_SENTENCES = 0.25, 60
"""In long texts, words that stand in more than this share of the sentences are left out of the comparison."""
STOP_MOST = 2000
"""And in very long ones (a novel) those of more sentences than this: they tell next to nothing there, and each sentence
would be held against every tenth of the other text. So the work grows with the length and not with its square."""
MATCH_COMMON, MATCH_RARE, SKIP = 3, 6, -1
"""Dynamic programming: a kept word that is common in the two texts, one that is not, a word that has no counterpart."""
CELLS = 1 << 14
"""Largest table for one gap between anchors (128 by 128 words). What is larger is hardly one passage; sentences in it
that belong together are aligned one by one."""
BAND = 24
"""Words that the two sides of such a gap may be out of step; copies are rewritten in place."""
_NEVER = -(1 << 30)
KEPT, KEPT_WEIGHT = 0.22, 0.12
"""Share of a sentence's words, and of their weight, that must be kept, or its matches are taken for chance."""


@njit(nogil=True)
def _mask(count: Any) -> Any:
    capacity = U(16)
    while capacity < U(2) * U(count):
        capacity *= U(2)
    return capacity - U(1)


@njit(nogil=True)
def number_words(a: Any, b: Any, ids_a: Any, ids_b: Any) -> Any:
    """Give equal words equal numbers from 0; returns how many numbers there are, and how many words of `b` have one of
    their own in `a`.
    """
    mask = _mask(len(a) + len(b))
    left = np.zeros(len(a) + len(b), np.int32)
    table, numbers = np.zeros(mask + U(1), np.uint64), np.empty(mask + U(1), np.int32)
    known = 0
    common = 0
    for words, ids, second in ((a, ids_a, False), (b, ids_b, True)):
        for place in range(U(0), U(len(words))):
            value = words[place] | U(1)
            slot = find_slot(table, value, mask)
            if table[slot] == U(0):
                table[slot] = value
                numbers[slot] = known
                known += 1
            number = numbers[slot]
            ids[place] = number
            if second:
                common += left[number] > 0
                left[number] -= 1
            else:
                left[number] += 1
    return known, common


@njit(nogil=True)
def _bounds(sentences: Any, out: Any) -> Any:
    """Where each sentence begins, and the end of the last, into `out`; returns their number.

    Numbers need not follow each other: sentences of which nothing is left are no sentences.
    """
    count = 0
    for place in range(len(sentences)):
        if place == 0 or sentences[place] != sentences[place - 1]:
            out[count] = place
            count += 1
    out[count] = len(sentences)
    return count


@njit(nogil=True)
def _sentence_counts(ids: Any, bounds: Any, count: Any, seen: Any, out: Any) -> None:
    """Add to `out` the number of sentences that hold each word; `seen` is scratch."""
    fill(seen, -1)
    for sentence in range(count):
        for place in range(bounds[sentence], bounds[sentence + 1]):
            word = ids[place]
            if seen[word] != sentence:
                seen[word] = sentence
                out[word] += 1


_LOGS = np.log(np.maximum(np.arange(256) - 0.5, 0.5)).astype(np.float32)


@njit(nogil=True)
def _weights(counts: Any, total: Any, out: Any) -> None:
    """Inverse sentence frequency of each word; 0 for those left out."""
    most = np.log(total + 1.0)
    limit = min(STOP_SHARE * total, float(STOP_MOST)) if total > STOP_SENTENCES else float(total)
    for word in range(len(counts)):
        if counts[word] > limit:
            out[word] = 0.0
        else:
            out[word] = most - (_LOGS[counts[word]] if counts[word] < len(_LOGS) else np.log(counts[word] - 0.5))


@njit(nogil=True)
def _norms(ids: Any, bounds: Any, count: Any, weights: Any, seen: Any, norms: Any, distinct: Any) -> None:
    """Length of each sentence's binary weighted vector, and its distinct words."""
    fill(seen, -1)
    for sentence in range(count):
        total, words = 0.0, 0
        for place in range(bounds[sentence], bounds[sentence + 1]):
            word = ids[place]
            if seen[word] != sentence and weights[word] > 0.0:
                seen[word] = sentence
                total += weights[word] * weights[word]
                words += 1
        norms[sentence] = np.sqrt(total)
        distinct[sentence] = words


@njit(nogil=True)
def _postings(ids: Any, bounds: Any, count: Any, words: Any, seen: Any, starts: Any, out: Any) -> None:
    """The sentences that hold each word: of word w, `out[starts[w] : starts[w + 1]]`."""
    fill(starts, 0)
    fill(seen, -1)
    for sentence in range(count):
        for place in range(bounds[sentence], bounds[sentence + 1]):
            if seen[ids[place]] != sentence:
                seen[ids[place]] = sentence
                starts[ids[place] + 1] += 1
    for word in range(words):
        starts[word + 1] += starts[word]
    ends = np.empty(words, np.int32)
    for word in range(words):
        ends[word] = starts[word]
    fill(seen, -1)
    for sentence in range(count):
        for place in range(bounds[sentence], bounds[sentence + 1]):
            word = ids[place]
            if seen[word] != sentence:
                seen[word] = sentence
                out[ends[word]] = sentence
                ends[word] += 1


@njit(nogil=True)
def _seeds(
    ids_a: Any, bounds_a: Any, count_a: Any, norms_a: Any, distinct_a: Any, count_b: Any, norms_b: Any,
    distinct_b: Any, weights: Any, starts: Any, postings: Any, seen: Any, seeds: Any, cosines: Any,
) -> Any:  # fmt: skip
    """Pairs of sentences that are alike enough; returns their number."""
    dots, common = np.zeros(count_b, np.float32), np.zeros(count_b, np.int32)
    touched = np.empty(count_b, np.int32)
    fill(seen, -1)
    found = 0
    for one in range(count_a):
        reached = 0
        for place in range(bounds_a[one], bounds_a[one + 1]):
            word = ids_a[place]
            weight = weights[word]
            if seen[word] == one or weight <= 0.0:
                continue
            seen[word] = one
            for entry in range(starts[word], starts[word + 1]):
                two = postings[entry]
                if common[two] == 0:
                    touched[reached] = two
                    reached += 1
                dots[two] += weight * weight
                common[two] += 1
        begin = found
        for index in range(reached):
            two = touched[index]
            cosine = dots[two] / max(norms_a[one] * norms_b[two], np.float32(1e-9))
            dice = 2.0 * common[two] / (distinct_a[one] + distinct_b[two])
            dots[two], common[two] = 0.0, 0
            if cosine < SEED_COSINE or dice < SEED_DICE:
                continue
            slot = found
            if found - begin == SEEDS_A_SENTENCE:
                slot = begin
                for other in range(begin + 1, found):
                    if cosines[other] < cosines[slot]:
                        slot = other
                if cosines[slot] >= cosine:
                    continue
            else:
                found += 1
            seeds[slot, 0], seeds[slot, 1], cosines[slot] = one, two, cosine
    return found


@njit(nogil=True)
def _sort(keys: Any, order: Any, begin: Any, end: Any, spare: Any) -> None:
    """Sort the stretch `order[begin:end]` by `keys`, equal ones as they stood (merge sort, bottom up; `spare` is as
    long as `order`). numpy's own costs seconds to compile at each place where it is called.
    """
    width = 1
    while width < end - begin:
        for low in range(begin, end, 2 * width):
            middle, high = min(low + width, end), min(low + 2 * width, end)
            one, two = low, middle
            for place in range(low, high):
                if one < middle and (two >= high or keys[order[one]] <= keys[order[two]]):
                    spare[place] = order[one]
                    one += 1
                else:
                    spare[place] = order[two]
                    two += 1
        for place in range(begin, end):
            order[place] = spare[place]
        width *= 2


@njit(nogil=True)
def _cluster(seeds: Any, count: Any, labels: Any) -> Any:
    """Passage of each seed: seeds are parted wherever more than GAP sentences of either text lie between them."""
    order, spare, known = np.arange(count), np.empty(count, np.int64), 0
    # stretches of `order` that wait: begin, end, side to part by, and whether the other side found nothing to part
    # and how often it was cut out of a larger one
    waiting = np.empty((count + 1, 5), np.int64)
    waiting[0] = 0
    waiting[0, 1] = count
    stack = 1
    while stack:
        stack -= 1
        begin, end, side, quiet, cuts = waiting[stack]
        if begin == end:
            continue
        _sort(seeds[:, side], order, begin, end, spare)
        cut, parts = begin, 0
        for place in range(begin + 1 if cuts < CUTS else end, end + 1):
            if place < end and seeds[order[place], side] - seeds[order[place - 1], side] <= GAP + 1:
                continue
            if place == end and parts == 0:
                break
            waiting[stack, 0], waiting[stack, 1], waiting[stack, 2], waiting[stack, 3] = cut, place, 1 - side, 0
            waiting[stack, 4] = cuts + 1
            stack += 1
            cut, parts = place, parts + 1
        if parts:
            continue
        if quiet:
            for place in range(begin, end):
                labels[order[place]] = known
            known += 1
        else:
            waiting[stack, 0], waiting[stack, 1], waiting[stack, 2], waiting[stack, 3] = begin, end, 1 - side, 1
            waiting[stack, 4] = cuts
            stack += 1
    return known


@njit(nogil=True)
def _anchors(ids_a: Any, a0: Any, a1: Any, ids_b: Any, b0: Any, b1: Any, out: Any) -> Any:
    """Word pairs that stand once in each stretch, in an order that both keep (patience: the longest such chain).

    `out` gets their places (count, 2); returns the number.
    """
    if a1 - a0 < 2 or b1 - b0 < 2:
        return 0
    mask = _mask(a1 - a0 + b1 - b0)
    table = np.zeros(mask + U(1), np.uint64)
    at_a, at_b = np.full(mask + U(1), -1, np.int32), np.full(mask + U(1), -1, np.int32)
    for place in range(a0, a1 - 1):
        value = (U(ids_a[place]) << U(32) | U(ids_a[place + 1])) + U(1)
        slot = find_slot(table, value, mask)
        table[slot] = value
        at_a[slot] = place if at_a[slot] == -1 else -2
    for place in range(b0, b1 - 1):
        value = (U(ids_b[place]) << U(32) | U(ids_b[place + 1])) + U(1)
        slot = find_slot(table, value, mask)
        table[slot] = value
        at_b[slot] = place if at_b[slot] == -1 else -2
    tails = np.empty(a1 - a0, np.int32)  # place in a of the last anchor of the best chain of each length
    before = np.full(a1 - a0, -1, np.int32)
    partner = np.full(a1 - a0, -1, np.int32)
    length = 0
    for place in range(a0, a1 - 1):
        value = (U(ids_a[place]) << U(32) | U(ids_a[place + 1])) + U(1)
        slot = find_slot(table, value, mask)
        if at_a[slot] < 0 or at_b[slot] < 0:
            continue
        other = at_b[slot]
        partner[place - a0] = other
        low, high = 0, length
        while low < high:
            middle = (low + high) // 2
            if partner[tails[middle] - a0] < other:
                low = middle + 1
            else:
                high = middle
        if low:
            before[place - a0] = tails[low - 1]
        tails[low] = place
        length = max(length, low + 1)
    if length == 0:
        return 0
    place = tails[length - 1]
    for index in range(length - 1, -1, -1):
        out[index, 0], out[index, 1] = place, partner[place - a0]
        place = before[place - a0]
    return length


@njit(nogil=True)
def _between(
    ids_a: Any, a0: Any, a1: Any, ids_b: Any, b0: Any, b1: Any, rare: Any, partner_a: Any, partner_b: Any
) -> None:
    """Align two stretches word by word (Needleman & Wunsch 1970): kept words score, words without counterpart cost."""
    while a0 < a1 and b0 < b1 and ids_a[a0] == ids_b[b0]:
        partner_a[a0], partner_b[b0] = b0, a0
        a0 += 1
        b0 += 1
    while a0 < a1 and b0 < b1 and ids_a[a1 - 1] == ids_b[b1 - 1]:
        a1 -= 1
        b1 -= 1
        partner_a[a1], partner_b[b1] = b1, a1
    height, width = a1 - a0, b1 - b0
    if height == 0 or width == 0 or height * width > CELLS:
        return
    trace = np.empty((height + 1, width + 1), np.uint8)
    row, upper = np.full(width + 1, _NEVER, np.int32), np.full(width + 1, _NEVER, np.int32)
    for column in range(min(width, BAND) + 1):
        upper[column] = SKIP * column
    last = min(width, BAND)
    for line in range(1, height + 1):
        word = ids_a[a0 + line - 1]
        gain = MATCH_RARE if rare[word] else MATCH_COMMON
        middle = line * width // height
        first, stop = max(1, middle - BAND), min(width, middle + BAND)
        for column in range(last + 1, stop + 1):
            upper[column] = _NEVER
        last = stop
        left = SKIP * line if first == 1 else _NEVER
        row[first - 1] = left
        for column in range(first, stop + 1):
            same = ids_b[b0 + column - 1] == word
            best = upper[column - 1] + (gain if same else SKIP)
            step = 0
            if upper[column] + SKIP > best:
                best, step = upper[column] + SKIP, 1
            if left + SKIP > best:
                best, step = left + SKIP, 2
            row[column] = left = best
            trace[line, column] = step
        row, upper = upper, row
    line, column = height, width
    while line and column:
        step = trace[line, column]
        if step == 0:
            line -= 1
            column -= 1
            if ids_a[a0 + line] == ids_b[b0 + column]:
                partner_a[a0 + line], partner_b[b0 + column] = b0 + column, a0 + line
        elif step == 1:
            line -= 1
        else:
            column -= 1


@njit(nogil=True)
def _stretch(
    ids_a: Any, a0: Any, a1: Any, ids_b: Any, b0: Any, b1: Any, rare: Any, partner_a: Any, partner_b: Any
) -> None:
    """Align the words of one passage: anchors first, then what lies between them."""
    anchors = np.empty((a1 - a0, 2), np.int64)
    count = _anchors(ids_a, a0, a1, ids_b, b0, b1, anchors)
    one, two = a0, b0
    for index in range(count + 1):
        last = index == count
        stop_a, stop_b = (a1, b1) if last else (anchors[index, 0], anchors[index, 1])
        if stop_a >= one and stop_b >= two:
            _between(ids_a, one, stop_a, ids_b, two, stop_b, rare, partner_a, partner_b)
            if not last:
                partner_a[stop_a], partner_b[stop_b] = stop_b, stop_a
            one, two = stop_a + 1, stop_b + 1


@njit(nogil=True)
def _drop_chance(ids: Any, bounds: Any, first: Any, last: Any, weights: Any, partner: Any, back: Any) -> None:
    """Undo the matches of sentences (`first` to `last`) that keep too little: function words match by chance."""
    for sentence in range(first, last + 1):
        kept, weight, total = 0, 0.0, 0.0
        begin, end = bounds[sentence], bounds[sentence + 1]
        for place in range(begin, end):
            total += weights[ids[place]]
            if partner[place] >= 0:
                kept += 1
                weight += weights[ids[place]]
        if kept >= KEPT * (end - begin) and weight >= KEPT_WEIGHT * total:
            continue
        for place in range(begin, end):
            if partner[place] >= 0:
                back[partner[place]] = -1
                partner[place] = -1


@njit(nogil=True)
def _ground(ids_a: Any, sentences_a: Any, ids_b: Any, sentences_b: Any, words: Any) -> Any:
    """What an alignment stands on: borders of sentences, rare words, weights, seeds with their cosines and clusters,
    the sentences of each cluster (first and last on both sides), and the clusters in order, the strongest first.
    """
    bounds_a, bounds_b = np.empty(len(ids_a) + 1, np.int64), np.empty(len(ids_b) + 1, np.int64)
    count_a, count_b = _bounds(sentences_a, bounds_a), _bounds(sentences_b, bounds_b)
    seen, counts = np.empty(words, np.int32), np.zeros(words, np.int32)
    _sentence_counts(ids_a, bounds_a, count_a, seen, counts)
    _sentence_counts(ids_b, bounds_b, count_b, seen, counts)
    weights = np.empty(words, np.float32)
    _weights(counts, count_a + count_b, weights)
    rare, common = np.empty(words, np.bool_), max(2, (count_a + count_b) // 5)
    for word in range(words):  # one of every fifth sentence or more is common
        rare[word] = counts[word] <= common
    norms_a, norms_b = np.empty(count_a, np.float32), np.empty(count_b, np.float32)
    distinct_a, distinct_b = np.empty(count_a, np.int32), np.empty(count_b, np.int32)
    _norms(ids_a, bounds_a, count_a, weights, seen, norms_a, distinct_a)
    _norms(ids_b, bounds_b, count_b, weights, seen, norms_b, distinct_b)
    starts, postings = np.empty(words + 1, np.int32), np.empty(len(ids_b), np.int32)
    _postings(ids_b, bounds_b, count_b, words, seen, starts, postings)
    seeds = np.empty((count_a * SEEDS_A_SENTENCE, 2), np.int64)
    cosines = np.empty(count_a * SEEDS_A_SENTENCE, np.float32)
    found = _seeds(
        ids_a, bounds_a, count_a, norms_a, distinct_a, count_b, norms_b, distinct_b, weights, starts, postings, seen,
        seeds, cosines,
    )  # fmt: skip
    labels = np.empty(found, np.int32)
    clusters = _cluster(seeds, found, labels)
    boxes = np.empty((clusters, 4), np.int64)
    scores = np.zeros(clusters, np.float32)  # below zero: the strongest come first
    for label in range(clusters):
        boxes[label, 0], boxes[label, 1], boxes[label, 2], boxes[label, 3] = 1 << 30, -1, 1 << 30, -1
    for index in range(found):
        label = labels[index]
        scores[label] -= cosines[index]
        boxes[label, 0] = min(boxes[label, 0], seeds[index, 0])
        boxes[label, 1] = max(boxes[label, 1], seeds[index, 0])
        boxes[label, 2] = min(boxes[label, 2], seeds[index, 1])
        boxes[label, 3] = max(boxes[label, 3], seeds[index, 1])
    order, spare = np.arange(clusters), np.empty(max(clusters, found), np.int64)
    _sort(scores, order, 0, clusters, spare)
    bounds_a, bounds_b = bounds_a[: count_a + 1], bounds_b[: count_b + 1]
    return bounds_a, bounds_b, rare, weights, seeds[:found], cosines[:found], labels, boxes, order


@njit(nogil=True)
def align(
    ids_a: Any, sentences_a: Any, ids_b: Any, sentences_b: Any, words: Any, partner_a: Any, partner_b: Any,
    passage_a: Any,
) -> Any:  # fmt: skip
    """Align two texts, given as the numbers of their `words` (`number_words`). Into `partner_a` (n,) and `partner_b`
    (m,) int32: place of the same word on the other side, -1 for none; `passage_a` (n,) int32: the passage of each word
    of the first text, -1 outside, numbered in the order they were found. Returns the number of passages.
    """
    fill(partner_a, -1)
    fill(partner_b, -1)
    fill(passage_a, -1)
    if len(ids_a) == 0 or len(ids_b) == 0:
        return 0
    bounds_a, bounds_b, rare, weights, seeds, cosines, _, boxes, order = _ground(
        ids_a, sentences_a, ids_b, sentences_b, words
    )
    count_a, count_b = len(bounds_a) - 1, len(bounds_b) - 1
    passages = 0
    moved, farness = np.arange(len(cosines)), np.empty(len(cosines), np.float32)
    for place in range(len(cosines)):
        farness[place] = -cosines[place]
    _sort(farness, moved, 0, len(moved), np.empty(len(moved), np.int64))
    for turn in range(len(order) + len(moved)):
        if turn < len(order):
            # the sentences next to a passage may belong to it though they share too little to be seeds
            label = order[turn]
            i0, i1 = max(boxes[label, 0] - MARGIN, 0), min(boxes[label, 1] + MARGIN, count_a - 1)
            j0, j1 = max(boxes[label, 2] - MARGIN, 0), min(boxes[label, 3] + MARGIN, count_b - 1)
        else:
            # sentences that moved: their seeds are left over
            i0, j0 = seeds[moved[turn - len(order)]]
            i1, j1 = i0, j0
            if not (_free(partner_a, bounds_a, i0) and _free(partner_b, bounds_b, j0)):
                continue
        passages += _passage(
            ids_a, bounds_a, i0, i1, ids_b, bounds_b, j0, j1, rare, weights, partner_a, partner_b, passage_a, passages
        )
    return passages


@njit(nogil=True)
def passages(ids_a: Any, sentences_a: Any, ids_b: Any, sentences_b: Any, words: Any, out: Any) -> Any:
    """The passages that two texts share, see `area_kernels.areas`; returns their number."""
    if len(ids_a) == 0 or len(ids_b) == 0:
        return 0
    bounds_a, bounds_b, _, _, seeds, _, labels, _, order = _ground(ids_a, sentences_a, ids_b, sentences_b, words)
    return areas(ids_a, bounds_a, ids_b, bounds_b, words, seeds, labels, order, out)


@njit(nogil=True)
def _free(partner: Any, bounds: Any, sentence: Any) -> Any:
    kept = 0
    for place in range(bounds[sentence], bounds[sentence + 1]):
        kept += partner[place] >= 0
    return kept == 0


@njit(nogil=True)
def _passage(
    ids_a: Any, bounds_a: Any, i0: Any, i1: Any, ids_b: Any, bounds_b: Any, j0: Any, j1: Any, rare: Any, weights: Any,
    partner_a: Any, partner_b: Any, passage_a: Any, number: Any,
) -> Any:  # fmt: skip
    """Align sentences i0 … i1 with j0 … j1, less what is aligned already; 1 if anything was found, else 0."""
    while i0 < i1 and not _free(partner_a, bounds_a, i0):
        i0 += 1
    while i1 > i0 and not _free(partner_a, bounds_a, i1):
        i1 -= 1
    while j0 < j1 and not _free(partner_b, bounds_b, j0):
        j0 += 1
    while j1 > j0 and not _free(partner_b, bounds_b, j1):
        j1 -= 1
    a0, a1, b0, b1 = bounds_a[i0], bounds_a[i1 + 1], bounds_b[j0], bounds_b[j1 + 1]
    for place in range(a0, a1):
        if partner_a[place] >= 0:
            return 0
    for place in range(b0, b1):
        if partner_b[place] >= 0:
            return 0
    _stretch(ids_a, a0, a1, ids_b, b0, b1, rare, partner_a, partner_b)
    _drop_chance(ids_a, bounds_a, i0, i1, weights, partner_a, partner_b)
    _drop_chance(ids_b, bounds_b, j0, j1, weights, partner_b, partner_a)
    first, last = -1, -1
    for place in range(a0, a1):
        if partner_a[place] >= 0:
            first = place if first < 0 else first
            last = place
    if first < 0:
        return 0
    fill(passage_a[first : last + 1], number)
    return 1


SLOT_WORDS, SLOT_RATIO, SLOT_SPARE = 12, 4, 3
"""A substitution has at most so many words a side, and its longer side at most ratio * shorter + spare; else something
was cut and something else put in."""


@njit(nogil=True)
def _is_slot(one: Any, two: Any) -> Any:
    short, long = min(one, two), max(one, two)
    return short > 0 and long <= SLOT_WORDS and long <= SLOT_RATIO * short + SLOT_SPARE


@njit(nogil=True)
def blocks(partner: Any, passage: Any, sentences_a: Any, sentences_b: Any, out: Any) -> Any:
    """The alignment as blocks, in the order of the first text: (kind, a0, a1, b0, b1, passage) int32, ranges of words.

    A gap between kept words is a substitution where both sides hold few words; else what is missing is deleted or
    inserted. At the ends of a passage the words up to the border of the sentence belong to it. `out` needs 3 * n + 2
    rows; returns their number.
    """
    # all places are int64, so that each helper is compiled once
    count, place, last_a, last_b, current = 0, 0, -1, -1, np.int64(-1)
    total = len(partner)
    while place < total:
        if partner[place] < 0:
            place += 1
            continue
        begin, begin_b = place, np.int64(partner[place])
        end, end_b = place + 1, begin_b + 1
        while end < total and partner[end] == end_b and passage[end] == passage[begin]:
            end += 1
            end_b += 1
        number = np.int64(passage[begin])
        if number != current or begin_b < last_b:
            if current >= 0:
                count = _tail(last_a, last_b, begin, sentences_a, sentences_b, partner, current, out, count)
            # from the beginnings of both sentences to the first kept word
            a0, b0 = begin, begin_b
            while a0 > max(last_a, 0) and sentences_a[a0 - 1] == sentences_a[begin]:
                a0 -= 1
            while b0 > 0 and sentences_b[b0 - 1] == sentences_b[begin_b]:
                b0 -= 1
            if _is_slot(begin - a0, begin_b - b0):
                count = _put(out, count, REPLACE, a0, begin, b0, begin_b, number)
        else:
            count = _gap(out, count, last_a, begin, last_b, begin_b, number)
        count = _put(out, count, EQUAL, begin, end, begin_b, end_b, number)
        current, last_a, last_b, place = number, end, end_b, end
    if current >= 0:
        count = _tail(last_a, last_b, total, sentences_a, sentences_b, partner, current, out, count)
    return count


@njit(nogil=True)
def _put(out: Any, count: Any, kind: Any, a0: Any, a1: Any, b0: Any, b1: Any, passage: Any) -> Any:
    out[count, 0], out[count, 1], out[count, 2] = kind, a0, a1
    out[count, 3], out[count, 4], out[count, 5] = b0, b1, passage
    return count + 1


@njit(nogil=True)
def _gap(out: Any, count: Any, a0: Any, a1: Any, b0: Any, b1: Any, passage: Any) -> Any:
    """What stands between two kept words."""
    if _is_slot(a1 - a0, b1 - b0):
        return _put(out, count, REPLACE, a0, a1, b0, b1, passage)
    if a1 > a0:
        count = _put(out, count, DELETE, a0, a1, b0, b0, passage)
    if b1 > b0:
        count = _put(out, count, INSERT, a1, a1, b0, b1, passage)
    return count


@njit(nogil=True)
def _tail(
    a0: Any, b0: Any, limit: Any, sentences_a: Any, sentences_b: Any, partner: Any, passage: Any, out: Any, count: Any
) -> Any:
    """From the last kept word of a passage to the ends of both sentences."""
    a1, b1 = a0, b0
    while a1 < limit and sentences_a[a1] == sentences_a[a0 - 1] and partner[a1] < 0:
        a1 += 1
    while b1 < len(sentences_b) and sentences_b[b1] == sentences_b[b0 - 1]:
        b1 += 1
    if _is_slot(a1 - a0, b1 - b0):
        count = _put(out, count, REPLACE, a0, a1, b0, b1, passage)
    return count


FIGURES = 33
(
    WORDS_A, WORDS_B, KEPT_WORDS, CHANGED_A, CHANGED_B, CHANGES, IN_SLOT, LIKE_SPELT, SENTENCES, CHANGED_SENTENCES,
    DELETED, INSERTED, MOVED, PASSAGES, NUMBERS, NUMBERS_KEPT, NUMBERS_CHANGED, CLOSENESS, FACTS_KEPT, FACTS_CHANGED,
    FACTS_A, FACTS_B, FOUND_A, FOUND_B, OWN, TITLE_NUMBERS, REPEATED, KNOWN, CHARACTERS, RULES,
    CLAUSE_WORDS, SUBJECT_CHANGED, TITLE_SWAPS,
) = range(FIGURES)  # fmt: skip
"""Columns of the figures of a pair: words of each side; words kept; words of each side in substitutions; substitutions;
those with one to four words a side that differ by at most two; those that are another spelling (defence, defense; über,
ueber); sentences of the first text with kept words, and those of them with a substitution; words of the first text
cut and of the second put in between kept words; words in passages that stand out of order; passages; words with digits
in the first text, those of them kept, those that stand in a substitution with others or with none
(`fact_kernels.changed_numbers`); worth of the kept words by the length of what they stand in, in sixteenths of a word
(`_closeness`); weight of the facts kept and of those that stand in a substitution with other facts; weight of the
distinct facts of each side, and of those that the other side has anywhere (`fact_kernels`); words that both sides have
to themselves at the same places; numbers that differ within the first TITLE words; how often the commonest substitution
of one rare word for one is made; 1 where the language of both is known, and with it which words are names; words of the
first text that are characters; words of both texts that lay down rules, and words of the longest clause that one of
them has to itself; how often a fact that one of the titles has in place of the other's stands in its place, and how
often any word does."""
TITLE = 40
TITLE_NAME = 12
"""Words at the head of a text in which it says what it is about."""


@njit(nogil=True)
def _inside(byte: Any) -> Any:
    """Whether a byte is not the first of a letter."""
    return byte & 0xC0 == 0x80


@njit(nogil=True)
def _look_alike(buffer: Any, one: Any, one_end: Any, two: Any, two_end: Any) -> Any:
    """Whether two words share all but a few letters at one place: a spelling, an inflection."""
    size, other = one_end - one, two_end - two
    short = min(size, other)
    head = 0
    while head < short and buffer[one + head] | 0x20 == buffer[two + head] | 0x20:
        head += 1
    # whole letters: all of Thai begin with the same byte, and many of Chinese with the same two
    while head and ((head < size and _inside(buffer[one + head])) or (head < other and _inside(buffer[two + head]))):
        head -= 1
    tail = 0
    while tail < short - head and buffer[one_end - 1 - tail] | 0x20 == buffer[two_end - 1 - tail] | 0x20:
        tail += 1
    while tail and _inside(buffer[one_end - tail]):
        tail -= 1
    return (head + tail) * 3 >= 2 * max(size, other)


@njit(nogil=True)
def _written_out(code: Any) -> Any:
    """The two letters (first | second << 8) that a letter is written as where it is not at hand, else 0."""
    code |= U(0x20)
    if code == U(0xE4) or code == U(0xE6):
        return U(0x6561)
    if code == U(0xF6) or code == U(0xF8):
        return U(0x656F)
    if code == U(0xFC):
        return U(0x6575)
    if code == U(0xE5):
        return U(0x6161)
    return U(0x7373) if code == U(0xFF) else U(0)  # sharp s with the bit of capitals


@njit(nogil=True)
def _shape(code: Any) -> Any:
    """A letter without its case; "0" and "1" as the letters that they look like."""
    if code == U(48):
        return U(111)
    return U(108) if code == U(49) else code | U(0x20)


@njit(nogil=True)
def _same_letters(buffer: Any, one: Any, one_end: Any, two: Any, two_end: Any) -> Any:
    """Whether two stretches are the same but for umlauts and the like that are written out ("über", "ueber"), and for
    figures that look like letters ("0f", "of").
    """
    while one < one_end and two < two_end:
        a, step_a = decode(load8(buffer, U(one)))
        b, step_b = decode(load8(buffer, U(two)))
        one += np.int64(step_a)
        two += np.int64(step_b)
        if _shape(a) == _shape(b) or (a == U(73) and b == U(108)) or (a == U(108) and b == U(73)):
            continue
        pair, first = _written_out(a), b
        if pair:
            second = U(buffer[two]) if two < two_end else U(0)
            two += 1
        else:
            pair, first = _written_out(b), a
            second = U(buffer[one]) if one < one_end else U(0)
            one += 1
        if pair == U(0) or pair != (first | U(0x20)) | (second | U(0x20)) << U(8):
            return False
    return one == one_end and two == two_end


@njit(nogil=True)
def _next_letter(buffer: Any, at: Any, end: Any) -> Any:
    """The place of the next ASCII letter, `end` where there is none."""
    while at < end and not U(97) <= U(buffer[at]) | U(0x20) <= U(122):
        at += 1
    return at


@njit(nogil=True)
def _same_skeleton(buffer: Any, one: Any, one_end: Any, two: Any, two_end: Any) -> Any:
    """Whether two stretches, both with letters beyond ASCII, have the same letters of ASCII: another encoding."""
    beyond_one, beyond_two, letters = False, False, 0
    for at in range(one, one_end):
        beyond_one |= buffer[at] >= 128
    for at in range(two, two_end):
        beyond_two |= buffer[at] >= 128
    if not beyond_one or not beyond_two:
        return False
    while True:
        one, two = _next_letter(buffer, one, one_end), _next_letter(buffer, two, two_end)
        if one == one_end or two == two_end:
            return one == one_end and two == two_end and letters > 0
        if buffer[one] | 0x20 != buffer[two] | 0x20:
            return False
        one, two, letters = one + 1, two + 1, letters + 1


@njit(nogil=True)
def _spelt_alike(buffer: Any, one: Any, one_end: Any, two: Any, two_end: Any, words: Any) -> Any:
    """Whether a substitution of so many words on both sides is another spelling: a word for one that looks like it,
    letters written out, accents that were garbled.
    """
    if words == 2 and _look_alike(buffer, one, one_end, two, two_end):
        return True
    return _same_letters(buffer, one, one_end, two, two_end) or _same_skeleton(buffer, one, one_end, two, two_end)


STRETCH_WORDS, STRETCH_UNEVEN, STRETCH_LOSS, STRETCH_HALF = 4, 1, 2, 32
"""A substitution of at most so many words a side, one side at most so much longer, does not break a stretch, but
shortens it by so much a word; a kept word is worth half in a stretch of 32. Of some forty such measures tried on the 95
answers of Clough & Stevenson all rank the grades alike (Spearman .83 to .86); this one still tells spun stories from
independent ones."""


@njit(nogil=True)
def _closeness(found: Any, count: Any) -> Any:
    """Kept words, each worth the more the longer the stretch is that it was kept in: n / (n + 32) with n words."""
    worth, kept, lost = 0.0, 0, 0
    last_a, last_b, last_number = -1, -1, -1
    for index in range(count):
        kind, a0, a1, b0, b1, number = found[index]
        one, two = a1 - a0, b1 - b0
        held = kind == EQUAL or (
            kind == REPLACE and max(one, two) <= STRETCH_WORDS and abs(one - two) <= STRETCH_UNEVEN
        )  # fmt: skip
        if not held or a0 != last_a or b0 != last_b or number != last_number:
            length = max(kept - STRETCH_LOSS * lost, 0.5)
            worth += kept * length / (length + STRETCH_HALF)
            kept, lost = 0, 0
        if kind == EQUAL:
            kept += one
        elif held:
            lost += max(one, two)
        last_a, last_b, last_number = a1, b1, number
    length = max(kept - STRETCH_LOSS * lost, 0.5)
    return worth + kept * length / (length + STRETCH_HALF)


@njit(nogil=True)
def _ascii(buffer: Any, begin: Any, end: Any) -> Any:
    """Whether there is nothing but ASCII in a stretch of bytes: what is garbled seldom is."""
    for place in range(begin, end):  # noqa: SIM110
        if buffer[place] >= 0x80:
            return False
    return True


@njit(nogil=True)
def _figures(
    found: Any, count: Any, sentences: Any, hashes_a: Any, hashes_b: Any, bits_a: Any, bits_b: Any, facts_a: Any,
    facts_b: Any, weights: Any, buffer: Any, spans_a: Any, start_a: Any, spans_b: Any, start_b: Any, out: Any,
) -> None:  # fmt: skip
    """The figures of one pair from its blocks."""
    fill(out, 0)
    out[WORDS_A], out[WORDS_B] = len(bits_a), len(bits_b)
    out[NUMBERS] = digits(bits_a, 0, len(bits_a))
    for place in range(len(bits_a)):
        out[CHARACTERS] += is_character(
            buffer, start_a + np.int64(spans_a[place, 0]), start_a + np.int64(spans_a[place, 1])
        )  # fmt: skip
    out[CLOSENESS] = np.int32(16 * _closeness(found, count) + 0.5)
    last_sentence, last_changed, passage, last_b = -1, -1, -1, -1
    swaps, swapped = np.empty(count, np.uint64), 0
    subjects, changed, titled = np.empty(count, np.uint64), 0, 0
    words, replaced, headed = np.empty(count, np.uint64), 0, 0
    for index in range(count):
        kind, a0, a1, b0, b1, number = found[index]
        if number != passage:
            out[PASSAGES] += 1
            passage = number
        if kind == EQUAL:
            out[KEPT_WORDS] += a1 - a0
            out[NUMBERS_KEPT] += digits(bits_a, a0, a1)
            out[FACTS_KEPT] += kept_facts(facts_a, a0, a1, facts_b, b0)
            if b0 < last_b:
                out[MOVED] += a1 - a0
            last_b = max(last_b, b1)
            for place in range(a0, a1):
                if sentences[place] != last_sentence:
                    last_sentence = sentences[place]
                    out[SENTENCES] += 1
        elif kind == REPLACE:
            out[CHANGED_A] += a1 - a0
            out[CHANGED_B] += b1 - b0
            out[CHANGES] += 1
            out[IN_SLOT] += a1 - a0 <= 4 and b1 - b0 <= 4 and abs(a1 - a0 - b1 + b0) <= 2
            alike = _spelt_alike(
                buffer, start_a + np.int64(spans_a[a0, 0]), start_a + np.int64(spans_a[a1 - 1, 1]),
                start_b + np.int64(spans_b[b0, 0]), start_b + np.int64(spans_b[b1 - 1, 1]), a1 - a0 + b1 - b0,
            )  # fmt: skip
            out[LIKE_SPELT] += alike
            out[NUMBERS_CHANGED] += changed_numbers(bits_a, facts_a, a0, a1, bits_b, facts_b, b0, b1, alike)
            if a1 - a0 == 1 and b1 - b0 == 1 and not alike:
                words[replaced] = mix(mix(U(0), hashes_a[a0]), hashes_b[b0])
                if rare_subject(hashes_a[a0], hashes_b[b0], weights):
                    swaps[swapped] = words[replaced]
                    swapped += 1
                replaced += 1
                headed = replaced if a1 <= TITLE_NAME and b1 <= TITLE_NAME else headed
            if a1 <= TITLE and b1 <= TITLE and digits(bits_b, b0, b1):
                out[TITLE_NUMBERS] += digits(bits_a, a0, a1)
            # another spelling of a name is the same one; "getuid" is no spelling of "getgid"
            plain = facts_a[a0] == UNKNOWN_WEIGHT // 2 and _ascii(
                buffer, start_a + np.int64(spans_a[a0, 0]), start_a + np.int64(spans_a[a1 - 1, 1])
            )  # fmt: skip
            if not alike or bits_a[a0] & DIGIT or plain:
                out[FACTS_CHANGED] += changed_facts(facts_a, a0, a1, facts_b, b0, b1)
                if a1 - a0 == 1 and b1 - b0 == 1 and facts_a[a0] and facts_b[b0]:
                    subjects[changed] = mix(mix(U(0), hashes_a[a0]), hashes_b[b0])
                    changed += 1
                    titled = changed if a1 <= TITLE_NAME and b1 <= TITLE_NAME else titled
            if sentences[a0] != last_changed:
                last_changed = sentences[a0]
                out[CHANGED_SENTENCES] += 1
        elif kind == DELETE:
            out[DELETED] += a1 - a0
        else:
            out[INSERTED] += b1 - b0
    out[REPEATED] = _most_repeated(swaps, swapped)
    # those of the title come first, but for what moved
    out[SUBJECT_CHANGED] = _most_repeated_head(subjects, titled, changed)
    out[TITLE_SWAPS] = _most_repeated_head(words, headed, replaced)


@njit(nogil=True)
def _most_repeated_head(values: Any, head: Any, count: Any) -> Any:
    """How often that one of the first `head` values which is most frequent among the first `count` is among them."""
    most = 0
    for place in range(head):
        same = 0
        for other in range(count):
            same += values[other] == values[place]
        most = max(most, same)
    return most


@njit(nogil=True)
def _most_repeated(values: Any, count: Any) -> Any:
    """How often the most frequent of the first `count` values is among them."""
    order, longest, run = np.arange(count), 0, 0
    _sort(values, order, 0, count, np.empty(count, np.int64))
    for place in range(count):
        run = run + 1 if place and values[order[place]] == values[order[place - 1]] else 1
        longest = max(longest, run)
    return longest


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


@kernel
def compare(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, abbreviations: Any, weights: Any, left: Any,
    right: Any, least: Any, figures: Any, places: Any, kept: Any,
) -> Any:  # fmt: skip
    """Align pairs of texts. Into `figures` (m, FIGURES) int32, and the blocks with places in bytes from the start of
    each text into `places` (room, 6) int32: those of pair p are `places[kept[p] : kept[p + 1]]`. With no room, figures
    alone. Pairs with fewer than `least` of the shorter text's words in common are not aligned. `weights` are those of
    facts. Returns the blocks there are; where that is more than there is room for, call again with more.
    """
    hashes, spans, numbers, bits, offsets = _read_texts(buffer, starts, sizes, stage1, stage2, abbreviations)
    facts, known = np.zeros(offsets[-1], np.uint8), np.zeros(len(starts), np.uint8)
    for text in range(len(starts)):
        at, end = offsets[text], offsets[text + 1]
        told = mark_facts(hashes[at:end], bits[at:end], weights, facts[at:end])
        known[text] = told | mark_names(
            buffer, np.int64(starts[text]), spans[at:end], hashes[at:end], bits[at:end], weights, facts[at:end]
        )
    longest = 0
    for text in range(len(starts)):
        longest = max(longest, offsets[text + 1] - offsets[text])
    partner_a, partner_b = np.empty(longest, np.int32), np.empty(longest, np.int32)
    passage, found = np.empty(longest, np.int32), np.empty((3 * longest + 2 + AREAS, 6), np.int32)
    numbered_a, numbered_b = np.empty(longest, np.int32), np.empty(longest, np.int32)
    total = 0
    for pair in range(len(left)):
        one, two = left[pair], right[pair]
        a0, a1, b0, b1 = offsets[one], offsets[one + 1], offsets[two], offsets[two + 1]
        n, m = a1 - a0, b1 - b0
        ids_a, ids_b = numbered_a[:n], numbered_b[:m]
        words, common = number_words(hashes[a0:a1], hashes[b0:b1], ids_a, ids_b)
        if common >= least * min(n, m):
            align(ids_a, numbers[a0:a1], ids_b, numbers[b0:b1], words, partner_a[:n], partner_b[:m], passage[:n])
        else:
            fill(partner_a[:n], -1)
            fill(partner_b[:m], -1)
            fill(passage[:n], -1)
        count = blocks(partner_a[:n], passage[:n], numbers[a0:a1], numbers[b0:b1], found)
        spans_a, spans_b = spans[a0:a1], spans[b0:b1]
        _figures(
            found, count, numbers[a0:a1], hashes[a0:a1], hashes[b0:b1], bits[a0:a1], bits[b0:b1], facts[a0:a1],
            facts[b0:b1], weights, buffer, spans_a, starts[one], spans_b, starts[two], figures[pair],
        )  # fmt: skip
        if figures[pair, KEPT_WORDS] >= FACTS_FROM * min(n, m):
            figures[pair, KNOWN] = known[one] & known[two]
            figures[pair, OWN] = own_words(partner_a[:n], partner_b[:m])
            figures[pair, RULES] = rule_words(hashes[a0:a1], weights) + rule_words(hashes[b0:b1], weights)
            figures[pair, CLAUSE_WORDS] = max(
                clause_words(hashes[a0:a1], partner_a[:n], weights),
                clause_words(hashes[b0:b1], partner_b[:m], weights),
                min(own_tail(partner_a[:n]), own_tail(partner_b[:m])),
            )
            found_facts(ids_a, facts[a0:a1], ids_b, facts[b0:b1], words, figures[pair, FACTS_A : FOUND_B + 1])
        if len(kept) == 0:
            continue
        if count:
            count += _put_passages(ids_a, numbers[a0:a1], ids_b, numbers[b0:b1], words, found, count)
        for index in range(count):
            if total + index < len(places):
                _in_bytes(found[index], spans_a, spans_b, places[total + index])
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
