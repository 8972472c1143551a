"""Seed kernels: which sentences of two texts are alike, and which of these pairs stand near each other in both.

Seeds are pairs of sentences that share enough of their weight (cosine of binary tf-isf vectors, as in Sanchez-Perez,
Sidorov & Gelbukh, PAN 2014, section 2.1); seeds close to each other in both texts make a passage (section 2.2).

Arrays, scalars and NamedTuples of them only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.runtime.hash_tables import fill, find_slot
from dedup.runtime.jit import njit

U = np.uint64
SEED_COSINE, SEED_DICE = 0.30, 0.25
"""Two sentences are a seed from this cosine and this share of common words on."""
SEEDS_A_SENTENCE = 4
"""Best seeds that one sentence may have: lists of scores would pair each line with every other."""
GAP = 4
"""Sentences that may be missing between two seeds of one passage."""
CUTS = 64
"""How often seeds are parted at most: texts can be made that have them parted one by one. Two
Bibles need 9."""
STOP_SHARE, STOP_SENTENCES = 0.25, 60
"""In long texts, words that stand in more than this share of the sentences are left out of the comparison."""
STOP_MOST = 2000
"""And in very long ones (a novel) those of more sentences than this: they tell next to nothing there, and each sentence
would be held against every tenth of the other text. So the work grows with the length and not with its square."""


class _Sentences(NamedTuple):
    """The sentences of one text."""

    ids: NDArray[np.int32]
    """Numbers of all words."""
    bounds: NDArray[np.int64]
    """Where each sentence begins, and the end of the last."""
    norms: NDArray[np.float32]
    """(sentences,) length of the binary weighted vector of each."""
    distinct: NDArray[np.int32]
    """(sentences,) its distinct words."""


@njit(nogil=True)
def mask_for(count: Any) -> Any:
    """Size - 1 of a hash table for so many keys."""
    capacity = U(16)
    while capacity < U(2) * U(count):
        capacity *= U(2)
    return capacity - U(1)


@njit(nogil=True)
def number_words(a: Any, b: Any, ids_a: Any, ids_b: Any) -> Any:
    """Give equal words equal numbers from 0; returns how many numbers there are, and how many words of `b` have one of
    their own in `a`.
    """
    mask = mask_for(len(a) + len(b))
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
def _seeds(a: Any, b: Any, weights: Any, starts: Any, postings: Any, seen: Any, seeds: Any, cosines: Any) -> Any:
    """Pairs of sentences (`a` and `b` are `_Sentences`) that are alike enough; returns their number."""
    count_b = len(b.norms)
    dots, common = np.zeros(count_b, np.float32), np.zeros(count_b, np.int32)
    touched = np.empty(count_b, np.int32)
    fill(seen, -1)
    found = 0
    for one in range(len(a.norms)):
        reached = 0
        for place in range(a.bounds[one], a.bounds[one + 1]):
            word = a.ids[place]
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
            cosine = dots[two] / max(a.norms[one] * b.norms[two], np.float32(1e-9))
            dice = 2.0 * common[two] / (a.distinct[one] + b.distinct[two])
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
def sort_places(keys: Any, order: Any, begin: Any, end: Any, spare: Any) -> None:
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
        sort_places(seeds[:, side], order, begin, end, spare)
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
def _boxes(seeds: Any, cosines: Any, labels: Any, boxes: Any, scores: Any) -> None:
    """Into `boxes` the first and last sentence of each cluster on both sides; takes the cosines from its `scores`."""
    for label in range(len(boxes)):
        boxes[label, 0], boxes[label, 1], boxes[label, 2], boxes[label, 3] = 1 << 30, -1, 1 << 30, -1
    for index in range(len(labels)):
        label = labels[index]
        scores[label] -= cosines[index]
        boxes[label, 0] = min(boxes[label, 0], seeds[index, 0])
        boxes[label, 1] = max(boxes[label, 1], seeds[index, 0])
        boxes[label, 2] = min(boxes[label, 2], seeds[index, 1])
        boxes[label, 3] = max(boxes[label, 3], seeds[index, 1])


@njit(nogil=True)
def ground(ids_a: Any, sentences_a: Any, ids_b: Any, sentences_b: Any, words: Any) -> Any:
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
        _Sentences(ids_a, bounds_a, norms_a, distinct_a), _Sentences(ids_b, bounds_b, norms_b, distinct_b), weights,
        starts, postings, seen, seeds, cosines,
    )  # fmt: skip
    labels = np.empty(found, np.int32)
    clusters = _cluster(seeds, found, labels)
    boxes = np.empty((clusters, 4), np.int64)
    scores = np.zeros(clusters, np.float32)  # below zero: the strongest come first
    _boxes(seeds, cosines, labels, boxes, scores)
    order, spare = np.arange(clusters), np.empty(max(clusters, found), np.int64)
    sort_places(scores, order, 0, clusters, spare)
    bounds_a, bounds_b = bounds_a[: count_a + 1], bounds_b[: count_b + 1]
    return bounds_a, bounds_b, rare, weights, seeds[:found], cosines[:found], labels, boxes, order
