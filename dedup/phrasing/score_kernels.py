"""Scoring kernels: what the n-grams of a reference say of each word of a text, and of the text as a whole.

Each word gets FEATURES numbers from the counts of its neighbourhood, and from them, by a small net, the log odds that
it was put there by a rewriter. The text gets the means of the same numbers over its content and its function words
beside how the odds are spread: texts differ in how usual their subject is, and names, numbers and function words, which
rewriting leaves alone, tell how unusual a text is anyway. Arrays and scalars only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.phrasing.reference_kernels import (
    BEGIN,
    INSIDE,
    MARK,
    NAME,
    NUMBER,
    OTHER,
    WORDS,
    look_up,
    make_stream,
    pair_key,
    read_words,
    skip_key,
    triple_key,
)
from dedup.text.lean import njit
from dedup.text.sentences import CAPITAL, FIRST
from dedup.text.simd import kernel
from dedup.text.table_kernels import find_slot
from dedup.text.words import mix

U = np.uint64
F = np.float32
FEATURES = 38
(
    FREQUENCY, LEFT, LEFT_BOUND, RIGHT, RIGHT_BOUND, AROUND, AROUND_BOUND, BEFORE, BEHIND, FRAME, FRAME_BOUND,
    SKIP_LEFT, SKIP_RIGHT, IS_OTHER, IS_NAME, IS_NUMBER, IS_CAPITAL, IS_FIRST, FREQUENCY_LEFT, FREQUENCY_RIGHT,
    CLASS_LEFT, CLASS_RIGHT, LOWERED, UNSEEN_LEFT, UNSEEN_RIGHT, CONTEXT_LEFT, CONTEXT_RIGHT, LIKELIHOOD, COUNT,
    GENERAL_LEFT, GENERAL_RIGHT, GENERAL_LEFT_BOUND, GENERAL_RIGHT_BOUND, GENERAL_FREQUENCY, ARTICLE, SPECIAL, RAISED,
    BURST,
) = range(FEATURES)  # fmt: skip
"""Of a word: how frequent it is; count and bound (how much more often than by chance, log) with the word before and
behind it, with both, with the two before and the two behind; of the frame round it; with the words two places off; what
it is and its neighbours are; a name in small letters; never seen with its neighbour; counts of the contexts; its log
probability; the same of general English; a/an before the wrong letter; how much more usual than in general; a common
word in capitals; how often it comes in this text against the reference."""
BINS = np.array([-4.0, -3.5, -3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 1.0], np.float32)
"""Edges of the histogram of log odds."""
DOCUMENT = 2 * FEATURES + 10 + 5 + 8 + 2
"""Numbers of a text: FEATURES of content words, of function words, histogram, five means, eight shares, variety and
coverage."""
CONTENT = F(-7.5)
"""Log share of all words below which a word is a content word: about the 150 commonest are above."""
SHRINK = 5.0
"""Words that every mean of a text has to begin with, at 0."""
GENERAL_PRIOR, NO_GENERAL = F(3.0), F(1e-8)
"""Occurrences in a million that smooth a pair of general English; share of a word that is not in its list."""
PAIR_PRIOR, TRIPLE_PRIOR, WORD_PRIOR, KINDS = 16.0, 8.0, 0.1, 1e5
"""Dirichlet priors (MacKay & Peto 1995): occurrences of a context that weigh as much as the next shorter one;
occurrences that each of so many words has to begin with."""
GENERAL_WORD = U(1)


@njit(nogil=True)
def general_key(word: Any) -> Any:
    """Hash of one word of general English."""
    return mix(mix(GENERAL_WORD, word), GENERAL_WORD)


@njit(nogil=True)
def _own(key: Any, keys: Any, counts: Any) -> Any:
    """How often an n-gram is one of those to be left out."""
    slot = find_slot(keys, key, U(len(keys) - 1))
    return F(counts[slot]) if keys[slot] != U(0) else F(0)


@njit(nogil=True)
def add_own(stream: Any, codes: Any, keys: Any, counts: Any) -> None:
    """Make `keys` (2**k,) uint64, with room for twice as many, and `counts` a table of the n-grams of a stream and its
    single codes: what is to be left out.
    """
    mask = U(len(keys) - 1)
    keys[:] = U(0)
    counts[:] = 0
    for at in range(len(stream)):
        for kind in range(4):
            if (kind == 1 and at < 1) or (kind >= 2 and at < 2):
                continue
            two = codes[stream[at]]
            if kind == 0:
                key = two
            elif kind == 1:
                key = pair_key(codes[stream[at - 1]], two)
            elif kind == 2:
                key = skip_key(codes[stream[at - 2]], two)
            else:
                key = triple_key(codes[stream[at - 2]], codes[stream[at - 1]], two)
            slot = find_slot(keys, key, mask)
            keys[slot] = key
            counts[slot] += 1


@njit(nogil=True)
def seen(key: Any, offsets: Any, remainders: Any, counts: Any, values: Any, shift: Any, keys: Any, own: Any) -> Any:
    """How often an n-gram stands in the reference, less what is to be left out; what would then be left as a single
    occurrence is none, as in all references.
    """
    found = values[look_up(key, offsets, remainders, counts, shift)]
    if len(keys) > 1 and found > F(0):
        left_out = _own(key, keys, own)
        if left_out > F(0):
            found -= left_out
            if found < F(1.5):
                return F(0)
    return found


@njit(nogil=True)
def _occurrences(word: Any, frequencies: Any, codes: Any, keys: Any, own: Any) -> Any:
    found = frequencies[word]
    if len(keys) > 1:
        found = max(found - _own(codes[word], keys, own), F(0))
    return found


@njit(nogil=True)
def sequence_odds(
    stream: Any, begin: Any, end: Any, frequencies: Any, codes: Any, offsets: Any, remainders: Any, counts: Any,
    values: Any, shift: Any, total: Any, keys: Any, own: Any,
) -> Any:  # fmt: skip
    """Log probability of `stream[begin:end]` after what stands before it: triples, backed by pairs, backed by words.
    `stream` holds two ids before `begin`.
    """
    odds = 0.0
    for at in range(begin, end):
        word, one, two = stream[at], stream[at - 1], stream[at - 2]
        chance = (_occurrences(word, frequencies, codes, keys, own) + WORD_PRIOR) / (total + KINDS * WORD_PRIOR)
        pair = seen(pair_key(codes[one], codes[word]), offsets, remainders, counts, values, shift, keys, own)
        context = _occurrences(one, frequencies, codes, keys, own)
        chance = (min(pair, context) + PAIR_PRIOR * chance) / (context + PAIR_PRIOR)
        triple = seen(
            triple_key(codes[two], codes[one], codes[word]), offsets, remainders, counts, values, shift, keys, own
        )
        context = seen(pair_key(codes[two], codes[one]), offsets, remainders, counts, values, shift, keys, own)
        chance = (min(triple, context) + TRIPLE_PRIOR * chance) / (context + TRIPLE_PRIOR)
        odds += np.log(chance)
    return odds


@njit(nogil=True)
def _article(one: Any, word: Any, vowels: Any, articles: Any) -> Any:
    """Whether "a" stands before a vowel or "an" before a consonant; `vowels` 0 and 1, 2 for do not know."""
    return (one == articles[0] and vowels[word] == 1) or (one == articles[1] and vowels[word] == 0)


@njit(nogil=True)
def _word_features(
    stream: Any, at: Any, frequencies: Any, codes: Any, capitals: Any, vowels: Any, articles: Any, offsets: Any,
    remainders: Any, counts: Any, values: Any, shift: Any, total: Any, keys: Any, own: Any, x: Any,
) -> Any:  # fmt: skip
    """What the reference says of the word at `stream[at]`, into `x`; returns its log probability after those before."""
    word, l1, l2, r1, r2 = stream[at], stream[at - 1], stream[at - 2], stream[at + 1], stream[at + 2]
    c0, a1, a2, b1, b2 = codes[word], codes[l1], codes[l2], codes[r1], codes[r2]
    n0 = _occurrences(word, frequencies, codes, keys, own)
    n1 = _occurrences(l1, frequencies, codes, keys, own)
    n2 = _occurrences(r1, frequencies, codes, keys, own)
    half, third, one = F(0.5), F(0.3), F(1)
    left = seen(pair_key(a1, c0), offsets, remainders, counts, values, shift, keys, own)
    right = seen(pair_key(c0, b1), offsets, remainders, counts, values, shift, keys, own)
    around = seen(triple_key(a1, c0, b1), offsets, remainders, counts, values, shift, keys, own)
    before = seen(triple_key(a2, a1, c0), offsets, remainders, counts, values, shift, keys, own)
    behind = seen(triple_key(c0, b1, b2), offsets, remainders, counts, values, shift, keys, own)
    frame = seen(skip_key(a1, b1), offsets, remainders, counts, values, shift, keys, own)
    skip_left = seen(skip_key(a2, c0), offsets, remainders, counts, values, shift, keys, own)
    skip_right = seen(skip_key(c0, b2), offsets, remainders, counts, values, shift, keys, own)
    context_left = seen(pair_key(a2, a1), offsets, remainders, counts, values, shift, keys, own)
    context_right = seen(pair_key(b1, b2), offsets, remainders, counts, values, shift, keys, own)
    x[FREQUENCY] = np.log((n0 + half) / total)
    x[COUNT] = np.log(one + n0)
    x[LEFT], x[RIGHT] = np.log(one + left), np.log(one + right)
    x[LEFT_BOUND] = np.log((left + half) / (n1 * n0 / total + half))
    x[RIGHT_BOUND] = np.log((right + half) / (n2 * n0 / total + half))
    x[AROUND] = np.log(one + around)
    x[AROUND_BOUND] = np.log((around + third) / (left * right / (n0 + one) + third))
    x[BEFORE], x[BEHIND], x[FRAME] = np.log(one + before), np.log(one + behind), np.log(one + frame)
    x[FRAME_BOUND] = np.log((around + third) / (frame * n0 / total + third))
    x[SKIP_LEFT] = np.log((skip_left + half) / (frequencies[l2] * n0 / total + half))
    x[SKIP_RIGHT] = np.log((skip_right + half) / (frequencies[r2] * n0 / total + half))
    x[IS_OTHER], x[IS_NAME], x[IS_NUMBER] = word == OTHER, word == NAME, word == NUMBER
    x[FREQUENCY_LEFT], x[FREQUENCY_RIGHT] = np.log((n1 + half) / total), np.log((n2 + half) / total)
    x[CLASS_LEFT], x[CLASS_RIGHT] = l1 < WORDS, r1 < WORDS
    x[UNSEEN_LEFT], x[UNSEEN_RIGHT] = left == F(0), right == F(0)
    x[CONTEXT_LEFT], x[CONTEXT_RIGHT] = np.log(one + context_left), np.log(one + context_right)
    # the log probability of the word and of the two behind it, as in `sequence_odds`, with what is known already
    p0 = (n0 + WORD_PRIOR) / (total + KINDS * WORD_PRIOR)
    p0 = (min(left, n1) + PAIR_PRIOR * p0) / (n1 + PAIR_PRIOR)
    p0 = (min(before, context_left) + TRIPLE_PRIOR * p0) / (context_left + TRIPLE_PRIOR)
    p1 = (n2 + WORD_PRIOR) / (total + KINDS * WORD_PRIOR)
    p1 = (min(right, n0) + PAIR_PRIOR * p1) / (n0 + PAIR_PRIOR)
    p1 = (min(around, left) + TRIPLE_PRIOR * p1) / (left + TRIPLE_PRIOR)
    p2 = (frequencies[r2] + WORD_PRIOR) / (total + KINDS * WORD_PRIOR)
    p2 = (min(context_right, n2) + PAIR_PRIOR * p2) / (n2 + PAIR_PRIOR)
    p2 = (min(behind, right) + TRIPLE_PRIOR * p2) / (right + TRIPLE_PRIOR)
    x[LIKELIHOOD] = F(0.1) * np.log(p0 * p1 * p2)
    log_chance = np.log(p0)
    x[LOWERED], x[RAISED] = capitals[word], F(1) - capitals[word]
    x[ARTICLE] = _article(l1, word, vowels, articles)
    return log_chance


@njit(nogil=True)
def _net(x: Any, first: Any, offsets: Any, second: Any, last: Any, hidden: Any) -> Any:
    """Log odds from FEATURES numbers: one hidden layer of rectified units."""
    for unit in range(len(hidden)):
        hidden[unit] = offsets[unit]
    for feature in range(FEATURES):
        value = x[feature]
        for unit in range(len(hidden)):
            hidden[unit] += value * first[feature, unit]
    odds = last
    for unit in range(len(hidden)):
        odds += max(hidden[unit], F(0)) * second[unit]
    return odds


@njit(nogil=True)
def _add_word(x: Any, odds: Any, word: Any, many: Any, document: Any, groups: Any) -> None:
    """Add one word to the sums of its text; `many`: how often it stands there."""
    probability = F(1) / (F(1) + np.exp(-odds))
    base = 2 * FEATURES
    capital = x[IS_CAPITAL] > F(0)
    group = -1
    if word >= WORDS and not capital:
        group = 0 if x[FREQUENCY] < CONTENT else 1
        for feature in range(FEATURES):
            document[group * FEATURES + feature] += x[feature]
        groups[group] += 1
        document[base + 11 + group] += probability
    place = 0
    while place < len(BINS) and odds >= BINS[place]:
        place += 1
    if place:
        document[base + place - 1] += 1
    document[base + 10] += probability
    if word == OTHER:
        groups[2] += 1
        document[base + 13] += probability
    weight = F(1) / np.sqrt(F(many))
    document[base + 14] += probability * weight
    groups[3] += weight
    shares = base + 15
    document[shares] += x[IS_OTHER]
    document[shares + 1] += x[IS_NAME]
    document[shares + 2] += x[IS_NUMBER]
    document[shares + 3] += x[IS_CAPITAL]
    document[shares + 4] += group == 0
    document[shares + 5] += group == 1
    document[shares + 6] += x[IS_FIRST]
    document[shares + 7] += x[CLASS_LEFT]
    document[shares + 8] += F(1) / F(many)


@njit(nogil=True)
def _finish(document: Any, groups: Any, count: Any, repeats: Any, frequent: Any, frequencies: Any, total: Any) -> None:
    """From sums to means; and how many of the frequent words are there, against what is expected."""
    base = 2 * FEATURES
    for group in range(2):
        for feature in range(FEATURES):
            document[group * FEATURES + feature] /= F(groups[group] + SHRINK)
        document[base + 11 + group] /= F(groups[group] + SHRINK)
    document[base + 13] /= F(groups[2] + SHRINK)
    document[base + 14] /= F(groups[3] + 1e-6)
    for place in range(11):
        document[base + place] /= F(count)
    for place in range(base + 15, base + 24):
        document[place] /= F(count)
    found, expected = 0.0, 1e-6
    for number in range(len(frequent)):
        expected += 1.0 - np.exp(-count * frequencies[frequent[number]] / total)
        found += repeats[frequent[number]] > 0
    document[base + 24] = F(found / expected)


@kernel
def judge(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, abbreviations: Any, id_keys: Any, ids: Any,
    frequencies: Any, codes: Any, capitals: Any, vowels: Any, articles: Any, common: Any, frequent: Any, general: Any,
    offsets: Any, remainders: Any, counts: Any, values: Any, shift: Any, general_offsets: Any, general_remainders: Any,
    general_counts: Any, general_values: Any, general_shift: Any, total: Any, first: Any, hidden_offsets: Any,
    second: Any, last: Any, left_out: Any, wanted: Any, wanted_ends: Any, after: Any, spans_out: Any, odds_out: Any,
    chances_out: Any, streams_out: Any, places_out: Any, bits_out: Any, documents: Any, lengths: Any, usual: Any,
    features_out: Any,
) -> None:  # fmt: skip
    """Judge the first len(documents) of some texts, of n words in all; the others are there to be left out.

    The reference: `id_keys`, `ids` see `find_id`; by id `frequencies`, `codes`, `capitals` (share, float32), `vowels`,
    `common` (uint8: among the commonest words), `general` (share of general English); `articles` the ids of a and an;
    `frequent` ids; then its table, and that of general English. `first` … `last`: the net. `left_out` (len(documents),)
    names the text whose n-grams the reference holds and is to forget while it judges, the text itself or another one;
    -1 for none. With `wanted_ends` (len(documents),) only some words are judged, which takes less time: those that
    begin in one of the stretches of bytes `wanted` (k, 2), text after text and sorted by their beginnings, and the next
    `after` words; the others have 0, and `documents` mean nothing.

    Out: places of the words in bytes (n, 2), their log odds and their log probabilities after the words before them
    (n,) float32, ids with marks (2 n + 5 a text) and where in
    them each word stands, bits; `documents` (texts, DOCUMENT) float32, `lengths` (texts, 2) int64 words and ids,
    `usual` (texts,) how many words are common; `features_out` (n, FEATURES), or (0, FEATURES) where they are not
    wanted.
    """
    longest = np.int64(sizes.max()) if len(sizes) else 0
    edges, specials = np.empty(longest + 2, np.uint32), np.empty(longest + 2, np.uint32)
    most = longest // 2 + 2
    hashes, numbers = np.empty(most, np.uint64), np.empty(most, np.int32)
    shares = np.empty(most, np.float32)
    repeats = np.zeros(len(frequencies), np.int32)
    hidden, one_word, groups = np.empty(len(second), np.float32), np.zeros(FEATURES, np.float32), np.zeros(4)
    other_spans, other_bits = np.empty((most, 2), np.uint32), np.empty(most, np.uint8)
    other_stream, other_places = np.empty(2 * most + 5, np.uint32), np.empty(most, np.int64)
    nothing, no_counts = np.zeros(1, np.uint64), np.zeros(1, np.int32)
    own_keys, own_counts = np.zeros(1, np.uint64), np.zeros(1, np.int32)
    done, length = 0, 0
    for text in range(len(documents)):
        keys, own = nothing, no_counts
        if left_out[text] >= 0:
            start, end = np.int64(starts[left_out[text]]), np.int64(starts[left_out[text]] + sizes[left_out[text]])
            count = read_words(
                buffer, start, end, stage1, stage2, abbreviations, edges, specials, hashes, other_spans, numbers,
                other_bits,
            )  # fmt: skip
            size = make_stream(
                buffer, start, hashes, other_spans, other_bits, count, id_keys, ids, other_stream, other_places
            )
            room = 64
            while room < 8 * size:
                room *= 2
            if len(own_keys) < room:
                own_keys, own_counts = np.zeros(room, np.uint64), np.zeros(room, np.int32)
            keys, own = own_keys[:room], own_counts[:room]
            add_own(other_stream[:size], codes, keys, own)
        start, end = np.int64(starts[text]), np.int64(starts[text] + sizes[text])
        spans, bits, places = spans_out[done:], bits_out[done:], places_out[done:]
        count = read_words(
            buffer, start, end, stage1, stage2, abbreviations, edges, specials, hashes, spans, numbers, bits
        )
        stream = streams_out[length:]
        stream[0], stream[1] = BEGIN, BEGIN
        size = 2 + make_stream(buffer, start, hashes, spans, bits, count, id_keys, ids, stream[2:], places)
        stream[size], stream[size + 1] = BEGIN, BEGIN
        size += 2
        for word in range(count):
            places[word] += 2
            found = stream[places[word]]
            repeats[found] += 1
            usual[text] += common[found]
            shares[word] = general[found]
            if found < WORDS and found != NUMBER:
                listed = look_up(
                    general_key(hashes[word]), general_offsets, general_remainders, general_counts, general_shift
                )
                shares[word] = max(general_values[listed] * F(1e-9), NO_GENERAL)
        document = documents[text]
        groups[:] = 0.0
        following = np.int64(0) if text == 0 or not len(wanted_ends) else wanted_ends[text - 1]
        reach, left_over = np.int64(-1), np.int64(0)
        for word in range(count):
            at = places[word]
            if len(wanted_ends):
                while following < wanted_ends[text] and wanted[following, 0] <= spans[word, 0]:
                    reach = max(reach, wanted[following, 1])
                    following += 1
                if np.int64(spans[word, 0]) < reach:
                    left_over = after
                elif left_over > 0:
                    left_over -= 1
                else:
                    chances_out[done + word] = F(0)
                    odds_out[done + word] = F(0)
                    continue
            found = stream[at]
            x = features_out[done + word] if len(features_out) else one_word
            chances_out[done + word] = _word_features(
                stream, at, frequencies, codes, capitals, vowels, articles, offsets, remainders, counts, values, shift,
                total, keys, own, x,
            )  # fmt: skip
            capital, inside = bits[word] & CAPITAL, bits[word] & INSIDE
            x[IS_CAPITAL], x[IS_FIRST] = capital > 0 and inside > 0, bits[word] & FIRST > 0
            if capital or found < WORDS:
                x[LOWERED] = F(0)
            if not (capital and inside) or found < WORDS:
                x[RAISED] = F(0)
            left = right = F(0)
            share_left = share_right = NO_GENERAL
            if word > 0 and stream[at - 1] != MARK and stream[at - 1] != BEGIN:
                share_left = shares[word - 1]
                listed = look_up(pair_key(hashes[word - 1], hashes[word]), general_offsets, general_remainders,
                                 general_counts, general_shift)  # fmt: skip
                left = general_values[listed] * F(1e-3)
            if word + 1 < count and stream[at + 1] != MARK and stream[at + 1] != BEGIN:
                share_right = shares[word + 1]
                listed = look_up(pair_key(hashes[word], hashes[word + 1]), general_offsets, general_remainders,
                                 general_counts, general_shift)  # fmt: skip
                right = general_values[listed] * F(1e-3)
            x[GENERAL_LEFT], x[GENERAL_RIGHT] = np.log(F(1) + left), np.log(F(1) + right)
            million = F(1e6)
            x[GENERAL_LEFT_BOUND] = np.log(
                (left + GENERAL_PRIOR) / (share_left * shares[word] * million + GENERAL_PRIOR)
            )
            x[GENERAL_RIGHT_BOUND] = np.log(
                (right + GENERAL_PRIOR) / (share_right * shares[word] * million + GENERAL_PRIOR)
            )
            x[GENERAL_FREQUENCY] = np.log(shares[word])
            x[SPECIAL] = x[FREQUENCY] - x[GENERAL_FREQUENCY] if found >= WORDS else F(0)
            many = repeats[found] if found >= WORDS else 1
            x[BURST] = (
                np.log((many + F(0.5)) / (F(count) * frequencies[found] / total + F(0.5))) if found >= WORDS else F(0)
            )
            odds = _net(x, first, hidden_offsets, second, last, hidden)
            odds_out[done + word] = odds
            _add_word(x, odds, found, many, document, groups)
        if count:
            _finish(document, groups, count, repeats, frequent, frequencies, total)
        for word in range(count):
            repeats[stream[places[word]]] = 0
        lengths[text, 0], lengths[text, 1] = count, size
        done += count
        length += size


@kernel
def look_up_all(keys: Any, offsets: Any, remainders: Any, counts: Any, shift: Any, out: Any) -> None:
    """Quantised counts of some keys."""
    for number in range(len(keys)):
        out[number] = look_up(keys[number], offsets, remainders, counts, shift)


@kernel
def general_keys(one: Any, two: Any, keys: Any) -> None:
    """Keys of words of general English (where `two` is 0) and of pairs of them, from their hashes."""
    for number in range(len(one)):
        keys[number] = pair_key(one[number], two[number]) if two[number] else general_key(one[number])


@kernel
def sequences_odds(
    rows: Any, sizes: Any, frequencies: Any, codes: Any, offsets: Any, remainders: Any, counts: Any, values: Any,
    shift: Any, total: Any, keys: Any, own: Any, odds: Any,
) -> None:  # fmt: skip
    """`sequence_odds` of some wordings: each row holds two ids before it, `sizes` of its own, and two behind it that
    count as well.
    """
    for row in range(len(rows)):
        odds[row] = sequence_odds(
            rows[row], 2, 4 + sizes[row], frequencies, codes, offsets, remainders, counts, values, shift, total, keys,
            own,
        )  # fmt: skip
