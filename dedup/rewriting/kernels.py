"""Rewriting kernels: what two texts say, in which order and in how much the same words.

A text is the stems of its words (`stem_kernels`) with the sentence each stands in and whether it is a number or a name.
A stem weighs ln(1 / its share of news texts), so that a word of every other text says nothing. All figures of a pair
are shares of such weight; words are found in the other text by a small hash table of one of the two. Arrays and scalars
only; buffers are as `text.words` wants them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.rewriting.stem_kernels import DAY, DENIAL, EMPTY, OPEN, number_stems
from dedup.runtime.jit import kernel, njit

U = np.uint64
(COSINE, WEIGHT_A, WEIGHT_B, SHARED, RARE_A, RARE_B, RARE_SHARED, NAMES_A, NAMES_B, NAMES_SHARED, NUMBERS_A, NUMBERS_B,
 NUMBERS_SHARED, ORDER, DISTANT, CLOSE, MEAN_A, MEAN_B, PART_A, PART_B, SERIES_A, SERIES_B, VERBATIM, RUNS, SENTENCES_A,
 SENTENCES_B, WORDS_A, WORDS_B, GAP_A, GAP_B, APART, DAYS_A, DAYS_B, OPEN_A, OPEN_B, DENIALS_A,
 DENIALS_B) = range(37)  # fmt: skip
"""Columns of the features of a pair: see `_bags` for the first thirteen, `_order`, `_partners` and `_runs`; words;
`_gap`, `_apart` and `_stances`."""
FEATURES = 37
RARE = np.float32(5.5)
"""Weight from which a stem is rare: no more than one news text in 245 has it."""
TELLING = np.float32(2.5)
"""Weight from which the order of stems is looked at: no more than one news text in twelve has them."""
MATCH = 0.2
"""Cosine from which two sentences say the same."""
CONTENT = np.float32(1.5)
"""Weight from which a word is more than grammar: no more than one news text in four or five has them."""
LEAST = 0.15
"""Share of the weight of the lighter text that the other must have before a pair is looked at in full."""
MOST_SENTENCES, MOST_STEMS = 120, 400
"""What is looked at of a text at most."""
MOST_PLACES, MOST_STEPS = 512, 1024
"""Places of the other text that are looked at for one word, and words compared for each word in all: texts in which few
words recur for ever would cost the square of their length. No article has a word so often.
"""
NEAR_A, NEAR_B = 20, 10
"""Words up to which two places are near each other: what a rewriter turns round within a sentence is no other order."""
RUN, LONG_RUN = 3, 7
"""Words of a run that both texts have, and of one that is no other wording."""


@njit(nogil=True)
def _counts(local: Any, distinct: Any) -> Any:
    """(distinct,) occurrences, and (distinct,) first place, -1 for none."""
    counts, first = np.zeros(distinct, np.int32), np.full(distinct, -1, np.int32)
    for place in range(len(local)):
        if counts[local[place]] == 0:
            first[local[place]] = place
        counts[local[place]] += 1
    return counts, first


@njit(nogil=True)
def _bags(counts_a: Any, counts_b: Any, weights: Any, marks: Any, out: Any) -> None:
    """Cosine; and the weight of all stems, of the rare ones, of names and of numbers: of A, of B, and of both."""
    dot, length_a, length_b = 0.0, 0.0, 0.0
    whole, shared = np.zeros((4, 2)), np.zeros(4)
    for stem in range(len(weights)):
        weight = np.float64(weights[stem])
        a, b = counts_a[stem] > 0, counts_b[stem] > 0
        value_a = (1 + np.log(counts_a[stem])) * weight if a else 0.0
        value_b = (1 + np.log(counts_b[stem])) * weight if b else 0.0
        dot += value_a * value_b
        length_a += value_a * value_a
        length_b += value_b * value_b
        for kind in range(4):
            of_kind = kind == 0 or (kind == 1 and weight >= RARE) or (kind >= 2 and marks[stem] & (4 >> (kind - 1)) > 0)
            if of_kind:
                whole[kind, 0] += weight * a
                whole[kind, 1] += weight * b
                shared[kind] += weight * (a and b)
    out[COSINE] = dot / np.sqrt(max(length_a * length_b, 1e-9))
    for kind, column in enumerate((WEIGHT_A, RARE_A, NAMES_A, NUMBERS_A)):
        out[column], out[column + 1], out[column + 2] = whole[kind, 0], whole[kind, 1], shared[kind]


@njit(nogil=True)
def rising(places: Any, weights: Any, count: Any) -> Any:
    """Weight of the heaviest run of `places[:count]` that never falls."""
    best, most = np.zeros(count), 0.0
    for here in range(count):
        before = 0.0
        for other in range(here):
            if places[other] <= places[here] and best[other] > before:
                before = best[other]
        best[here] = before + weights[here]
        most = max(most, best[here])
    return most


@njit(nogil=True)
def _order(local_a: Any, first_a: Any, first_b: Any, weights: Any, out: Any) -> None:
    """ORDER: of the stems that both have the weight of those in one order; DISTANT: of the pairs of them that stand far
    from each other on both sides, those that stand in one order.
    """
    ours, theirs = np.empty(MOST_STEMS, np.int32), np.empty(MOST_STEMS, np.int32)
    worth, count = np.empty(MOST_STEMS), 0
    for place in range(len(local_a)):
        stem = local_a[place]
        if first_a[stem] == place and first_b[stem] >= 0 and weights[stem] >= TELLING and count < MOST_STEMS:
            ours[count], theirs[count], worth[count] = place, first_b[stem], weights[stem]
            count += 1
    whole = worth[:count].sum()
    out[ORDER] = rising(theirs, worth, count) / whole if count else 0.0
    right, all_, close, steps = 0.0, 0.0, 0.0, 1e-9
    for one in range(1, count):
        if ours[one] - ours[one - 1] <= NEAR_B:
            weight = min(worth[one], worth[one - 1])
            steps += weight
            close += weight * (abs(theirs[one] - theirs[one - 1]) <= NEAR_A)
    out[CLOSE] = close / steps
    for one in range(count):
        for two in range(one):
            gap = theirs[one] - theirs[two]
            if ours[one] - ours[two] > NEAR_A and abs(gap) > NEAR_B:
                weight = min(worth[one], worth[two])
                all_ += weight
                right += weight * (gap > 0)
    out[DISTANT] = right / all_ if all_ > 0 else 0.5


@njit(nogil=True)
def occurrences(local: Any, distinct: Any) -> Any:
    """(distinct,) first place of each stem and (n,) the next place of the same one, -1 for none."""
    head, following = np.full(distinct, -1, np.int32), np.empty(len(local), np.int32)
    for back in range(len(local)):
        place = len(local) - 1 - back
        following[place] = head[local[place]]
        head[local[place]] = place
    return head, following


@njit(nogil=True)
def sentence_cosines(
    local_a: Any, local_b: Any, sentences_a: Any, sentences_b: Any, weights: Any, head: Any, following: Any
) -> Any:
    """(sentences of A, of B) cosines, and the length of each sentence's vector. `head` and `following` as
    `occurrences` makes them of B.
    """
    of_a, of_b = min(sentences_a[-1] + 1, MOST_SENTENCES), min(sentences_b[-1] + 1, MOST_SENTENCES)
    same, lengths_a, lengths_b = np.zeros((of_a, of_b)), np.zeros(of_a), np.zeros(of_b)
    for place in range(len(local_b)):
        if sentences_b[place] < of_b:
            lengths_b[sentences_b[place]] += weights[local_b[place]] ** 2
    for place in range(len(local_a)):
        sentence, weight = sentences_a[place], weights[local_a[place]] ** 2
        if sentence >= of_a:
            break
        lengths_a[sentence] += weight
        if weight < 1:
            continue
        other, last = head[local_a[place]], -1
        while other >= 0:
            if sentences_b[other] >= of_b:
                break
            if sentences_b[other] != last:
                last = sentences_b[other]
                same[sentence, last] += weight
            other = following[other]
    lengths_a, lengths_b = np.sqrt(lengths_a), np.sqrt(lengths_b)
    for one in range(of_a):
        for two in range(of_b):
            same[one, two] = min(1.0, same[one, two] / max(lengths_a[one] * lengths_b[two], 1e-9))
    return same, lengths_a, lengths_b


@njit(nogil=True)
def _partners(same: Any, lengths: Any, out: Any, mean: Any, part: Any, series: Any) -> None:
    """How well each sentence of one text is said by the best of the other: on average, the share that is, and the
    share that is in one order. Longer sentences count more.
    """
    places, weights, count = np.zeros(len(lengths), np.int32), np.zeros(len(lengths)), 0
    total, told, said = 0.0, 0.0, 0.0
    for sentence in range(len(lengths)):
        best = np.argmax(same[sentence])
        value, weight = same[sentence, best], lengths[sentence]
        total += weight
        told += value * weight
        if value >= MATCH:
            said += weight
            places[count], weights[count] = best, weight
            count += 1
    total = max(total, 1e-9)
    out[mean], out[part], out[series] = told / total, said / total, rising(places, weights, count) / total


@njit(nogil=True)
def _runs(local_a: Any, local_b: Any, head: Any, following: Any, out: Any) -> None:
    """Shares of the shorter text's words that stand in runs that both have, of RUN and of LONG_RUN words."""
    run, long_run = np.zeros(len(local_a) + 1, np.bool_), np.zeros(len(local_a) + 1, np.bool_)
    steps = MOST_STEPS * len(local_a)
    for place in range(len(local_a)):
        other, looked = head[local_a[place]], 0
        while other >= 0 and looked < MOST_PLACES and steps > 0:
            looked += 1
            if place == 0 or other == 0 or local_a[place - 1] != local_b[other - 1]:
                size = 1
                while (
                    place + size < len(local_a)
                    and other + size < len(local_b)
                    and local_a[place + size] == local_b[other + size]
                ):
                    size += 1
                if size >= RUN:
                    run[place : place + size] = True
                if size >= LONG_RUN:
                    long_run[place : place + size] = True
                steps -= size
            other = following[other]
    shorter = min(len(local_a), len(local_b))
    out[VERBATIM], out[RUNS] = min(1.0, long_run.sum() / shorter), min(1.0, run.sum() / shorter)


@njit(nogil=True)
def _gap(local: Any, others: Any, weights: Any) -> Any:
    """Weight of the words of the heaviest stretch in which no telling word stands that the other text has, too."""
    most, here = 0.0, 0.0
    for place in range(len(local)):
        weight = np.float64(weights[local[place]])
        if others[local[place]] == 0:
            here += weight if weight >= CONTENT else 0.0
        elif weight >= TELLING:
            here = 0.0
        most = max(most, here)
    return most


@njit(nogil=True)
def _apart(local_a: Any, first_a: Any, first_b: Any, words_b: Any, weights: Any) -> Any:
    """How far from each other the telling words that both have stand first, as shares of the two texts."""
    apart, whole = 0.0, 1e-9
    for place in range(len(local_a)):
        stem = local_a[place]
        if first_a[stem] == place and first_b[stem] >= 0 and weights[stem] >= TELLING:
            whole += weights[stem]
            apart += weights[stem] * abs(place / len(local_a) - first_b[stem] / words_b)
    return apart / whole


@njit(nogil=True)
def _stances(counts_a: Any, counts_b: Any, marks: Any, out: Any) -> None:
    """Days that one text alone names; words that leave it open, and that deny."""
    for stem in range(len(marks)):
        a, b = counts_a[stem], counts_b[stem]
        if marks[stem] & DAY:
            out[DAYS_A] += b == 0
            out[DAYS_B] += a == 0
        if marks[stem] & OPEN:
            out[OPEN_A] += a
            out[OPEN_B] += b
        if marks[stem] & DENIAL:
            out[DENIALS_A] += a
            out[DENIALS_B] += b


@njit(nogil=True)
def _pair(local_a: Any, local_b: Any, sentences_a: Any, sentences_b: Any, weights: Any, marks: Any, out: Any) -> None:
    """The features of two texts whose stems are numbered together."""
    distinct = len(weights)
    counts_a, first_a = _counts(local_a, distinct)
    counts_b, first_b = _counts(local_b, distinct)
    _bags(counts_a, counts_b, weights, marks, out)
    out[SENTENCES_A], out[SENTENCES_B] = sentences_a[-1] + 1, sentences_b[-1] + 1
    out[WORDS_A], out[WORDS_B] = len(local_a), len(local_b)
    if out[SHARED] < LEAST * min(out[WEIGHT_A], out[WEIGHT_B]):
        return
    _order(local_a, first_a, first_b, weights, out)
    out[GAP_A], out[GAP_B] = _gap(local_a, counts_b, weights), _gap(local_b, counts_a, weights)
    out[APART] = _apart(local_a, first_a, first_b, len(local_b), weights)
    _stances(counts_a, counts_b, marks, out)
    head, following = occurrences(local_b, distinct)
    same, lengths_a, lengths_b = sentence_cosines(local_a, local_b, sentences_a, sentences_b, weights, head, following)
    _partners(same, lengths_a, out, MEAN_A, PART_A, SERIES_A)
    _partners(same.T, lengths_b, out, MEAN_B, PART_B, SERIES_B)
    _runs(local_a, local_b, head, following, out)


@njit(nogil=True)
def _before(starts: Any, stems: Any, one: Any, two: Any) -> Any:
    """Whether a text is the shorter one; of two as long, whether its words come first."""
    a0, b0 = starts[one], starts[two]
    size, other = starts[one + 1] - a0, starts[two + 1] - b0
    if size != other:
        return size < other
    for place in range(size):
        if stems[a0 + place] != stems[b0 + place]:
            return stems[a0 + place] < stems[b0 + place]
    return True


@kernel
def pair_features(
    starts: Any, stems: Any, sentences: Any, marks: Any, table: Any, classes: Any, bits: Any, left: Any, right: Any,
    out: Any,
) -> None:  # fmt: skip
    """Into `out` (pairs, FEATURES) float64 the features of pairs of texts, of which A is the shorter one.

    `starts` (texts + 1,) int64: where the words of each text begin in `stems`, `sentences` and `marks`. `table`
    (2**bits,) float32 and `classes` (2**bits,) uint8: the weight of a stem by its upper bits, and its bits DAY, OPEN
    and DENIAL.
    """
    longest = 1
    for text in range(len(starts) - 1):
        longest = max(longest, starts[text + 1] - starts[text])
    room = 4
    while room < 4 * longest:
        room *= 2
    keys, ids = np.zeros(room, np.uint32), np.empty(room, np.int32)
    local_a, local_b = np.empty(longest, np.int32), np.empty(longest, np.int32)
    for pair in range(len(left)):
        first, second = left[pair], right[pair]
        if not _before(starts, stems, first, second):
            first, second = second, first
        a0, a1 = starts[first], starts[first + 1]
        b0, b1 = starts[second], starts[second + 1]
        out[pair] = 0
        if a1 == a0 or b1 == b0:
            continue
        small = 4
        while small < 2 * (a1 - a0 + b1 - b0):
            small *= 2
        ids[:small] = EMPTY
        count = number_stems(stems, a0, a1, keys[:small], ids[:small], local_a, 0)
        count = number_stems(stems, b0, b1, keys[:small], ids[:small], local_b, count)
        weights, kinds = np.zeros(count, np.float32), np.zeros(count, np.uint8)
        for place in range(a0, a1):
            slot = stems[place] >> np.uint32(32 - bits)
            weights[local_a[place - a0]] = table[slot]
            kinds[local_a[place - a0]] |= marks[place] | classes[slot]
        for place in range(b0, b1):
            slot = stems[place] >> np.uint32(32 - bits)
            weights[local_b[place - b0]] = table[slot]
            kinds[local_b[place - b0]] |= marks[place] | classes[slot]
        _pair(local_a[: a1 - a0], local_b[: b1 - b0], sentences[a0:a1], sentences[b0:b1], weights, kinds, out[pair])
