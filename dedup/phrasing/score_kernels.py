"""Scoring kernels: each word of a text by the n-grams of a reference, and the text as a whole.

Each word gets, by a small net over what is known of its place (`feature_kernels`), the log odds that it was put there
by a rewriter. The text gets the means of the same numbers over its content and its function words beside how the odds
are spread: texts differ in how usual their subject is, and names, numbers and function words, which rewriting leaves
alone, tell how unusual a text is anyway. Arrays and scalars, and NamedTuples of them, only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing import feature_kernels as features
from dedup.phrasing.feature_kernels import (
    BLOCK,
    EDGE,
    IS_CAPITAL,
    IS_CONTENT,
    IS_FIRST,
    IS_FUNCTION,
    IS_MARK,
    IS_NAME,
    IS_NUMBER,
    IS_OTHER,
    KINDS,
    PAIR_PRIOR,
    ROWS,
    TRIPLE_PRIOR,
    WORD_PRIOR,
    quick_chance,
    run_net,
)
from dedup.phrasing.level_kernels import Own, level, look_up_keys, stream_keys
from dedup.phrasing.reference_kernels import (
    BEGIN,
    INSIDE,
    NAME,
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
from dedup.text.table_kernels import fill, find_slot
from dedup.text.words import mix

U = np.uint64
F = np.float32
BINS = np.array([-4.0, -3.5, -3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 1.0], np.float32)
"""Edges of the histogram of log odds."""
MEANS = IS_CAPITAL
"""Rows of which a text has the means."""
WINDOW = 8
"""Words of a window, whose mean chance of having been replaced is looked at."""
CROWDED = np.array([0.15, 0.25, 0.4], np.float32)
"""Such means from which windows are counted."""
LEAST_ODDS = F(-3)
FUNCTION_CHANCE, FUNCTION_BOUND = MEANS + features.CHANCE, MEANS + features.PAIR_BOUND
"""Of a text: the mean log probability of its function words, and how bound they are to the words before them."""
HISTOGRAM = 2 * MEANS
CHANCES = HISTOGRAM + 10
SHARES = CHANCES + 5
WINDOWS = SHARES + 10
DOCUMENT = WINDOWS + 6
"""Numbers of a text: the means over content words, over function words, histogram, five mean chances, nine shares and
coverage, mean odds of content words and of all, windows."""
SHRINK = F(5)
"""Words that every mean of a text has to begin with, at 0."""
GENERAL_WORD = U(1)


class Texts(NamedTuple):
    """Texts in one buffer, and what cuts them into words."""

    buffer: NDArray[np.uint8]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    stage1: NDArray[np.uint16]
    stage2: NDArray[np.uint64]
    abbreviations: NDArray[np.uint64]


class Lexicon(NamedTuple):
    """The words of a reference."""

    keys: NDArray[np.uint64]
    ids: NDArray[np.uint32]
    """Both see `reference_kernels.find_id`."""
    codes: NDArray[np.uint64]
    """(ids,) what n-grams are hashed over."""
    common: NDArray[np.uint8]
    """(ids,) whether it is among the commonest."""
    frequent: NDArray[np.uint32]
    """Ids of the frequent words that nearly every text has."""


class Wanted(NamedTuple):
    """Places in texts, if not all of them are to be judged."""

    stretches: NDArray[np.int64]
    """(k, 2) begin and end in bytes, text after text, by their beginnings."""
    ends: NDArray[np.int64]
    """(texts,) where those of each text end; (0,) for all words of all texts."""
    after: int
    """Words behind each that belong to it."""


class Out(NamedTuple):
    """What comes out, for n words and texts."""

    spans: NDArray[np.uint32]
    """(n, 2) places in bytes."""
    odds: NDArray[np.float32]
    """(n,) log odds of each word."""
    chances: NDArray[np.float32]
    """(n,) log probability after the two before."""
    streams: NDArray[np.uint32]
    """Ids with marks, 2 n + 5 a text."""
    places: NDArray[np.int64]
    """(n,) of each word in the stream of its text."""
    bits: NDArray[np.uint8]
    documents: NDArray[np.float32]
    """(texts, DOCUMENT)"""
    lengths: NDArray[np.int64]
    """(texts, 2) words and ids."""
    usual: NDArray[np.int64]
    """(texts,) words that are common."""
    rows: NDArray[np.float32]
    """(ROWS, room for the streams), or (ROWS, 0) where they are not wanted."""


class _Scratch(NamedTuple):
    """Room for one text."""

    edges: NDArray[np.uint32]
    specials: NDArray[np.uint32]
    hashes: NDArray[np.uint64]
    numbers: NDArray[np.int32]
    keys: NDArray[np.uint64]
    """(4, places)"""
    levels: NDArray[np.uint8]
    """(4, places)"""
    values: NDArray[np.float32]
    """(8, places)"""
    rows: NDArray[np.float32]
    """(ROWS, places)"""
    bits: NDArray[np.uint8]
    """(2, places)"""
    block: NDArray[np.float32]
    """((taps + 2) * BLOCK,)"""
    many: NDArray[np.float32]


@njit(nogil=True)
def general_key(word: Any) -> Any:
    """Hash of one word of general English."""
    return mix(mix(GENERAL_WORD, word), GENERAL_WORD)


@njit(nogil=True)
def _own(key: Any, keys: Any, counts: Any) -> Any:
    """How often an n-gram is one of those to be left out."""
    slot = find_slot(keys, key, U(len(keys) - 1))
    return F(counts[slot]) if keys[slot] != U(0) else F(0)


@kernel
def add_own(stream: Any, codes: Any, keys: Any, counts: Any) -> None:
    """Make `keys` (2**k,) uint64, with room for twice as many, and `counts` a table of the n-grams of a stream and its
    single codes: what is to be left out.
    """
    mask = U(len(keys) - 1)
    fill(keys, U(0))
    fill(counts, 0)
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
def _scratch(longest: Any, taps: Any) -> Any:
    """Room for a text of so many bytes, and for a net of so many numbers."""
    most = longest // 2 + 2
    room = 2 * most + 5 + 2 * BLOCK
    return _Scratch(
        np.empty(longest + 2, np.uint32), np.empty(longest + 2, np.uint32), np.empty(most, np.uint64),
        np.empty(most, np.int32), np.zeros((4, room), np.uint64), np.zeros((4, room), np.uint8),
        np.zeros((8, room), np.float32), np.zeros((ROWS, room), np.float32), np.zeros((2, room), np.uint8),
        np.empty((taps + 2) * BLOCK, np.float32), np.empty(most, np.float32),
    )  # fmt: skip


@njit(nogil=True)
def _read(texts: Any, number: Any, lexicon: Any, held: Any, spans: Any, bits: Any, stream: Any, places: Any) -> Any:
    """Words of a text and its stream, with two ids of a beginning before it and two behind; how many there are."""
    start = np.int64(texts.starts[number])
    end = start + np.int64(texts.sizes[number])
    count = read_words(
        texts.buffer, start, end, texts.stage1, texts.stage2, texts.abbreviations, held.edges, held.specials,
        held.hashes, spans, held.numbers, bits,
    )  # fmt: skip
    stream[0] = stream[1] = BEGIN
    size = EDGE + make_stream(
        texts.buffer, start, held.hashes, spans, bits, count, lexicon.keys, lexicon.ids, stream[EDGE:], places
    )
    stream[size] = stream[size + 1] = BEGIN
    for word in range(count):
        places[word] += EDGE
    return count, size + EDGE


@njit(nogil=True)
def _look_up(stream: Any, size: Any, places: Any, count: Any, lexicon: Any, grams: Any, general: Any, own: Any,
             nothing: Any, held: Any) -> None:  # fmt: skip
    """Levels of all n-grams of a text, and of the pairs of general English, whose words stand side by side."""
    keys = held.keys
    stream_keys(stream[:size], lexicon.codes, keys[0], keys[1], keys[2])
    for order in range(3):
        look_up_keys(keys[order], EDGE, size, grams, own, keys[3], held.levels[order])
    adjacent, pairs = held.values[7], keys[0]
    fill(adjacent[:size], F(0))
    fill(pairs[:size], U(0))
    for word in range(1, count):
        if places[word] == places[word - 1] + 1:
            adjacent[places[word]] = F(1)
            pairs[places[word]] = pair_key(held.hashes[word - 1], held.hashes[word])
    look_up_keys(pairs, EDGE, size, general, nothing, keys[3], held.levels[3])


@njit(nogil=True)
def _fill(stream: Any, size: Any, places: Any, bits: Any, count: Any, known: Any, general: Any, own: Any,
          lexicon: Any, repeats: Any, held: Any) -> None:  # fmt: skip
    """All rows of a text."""
    rows, values, capitals, firsts = held.rows, held.values, held.bits[0], held.bits[1]
    counts, shares, adjacent = values[4], values[5], values[7]
    fill(capitals[:size], 0)
    fill(firsts[:size], 0)
    loud = 0
    for word in range(count):
        loud += bits[word] & CAPITAL > 0
    for word in range(count):
        if bits[word] & CAPITAL:
            telling = bits[word] & INSIDE and 2 * loud <= count  # where most words have one, a capital tells no name
            capitals[places[word]] = 2 if telling else 1
        firsts[places[word]] = bits[word] & FIRST > 0
    features.fill_words(stream, size, capitals, firsts, known, repeats, counts, shares, rows)
    for word in range(count):
        found = stream[places[word]]
        if found in (OTHER, NAME):
            share = known.general[level(general_key(held.hashes[word]), general)] * F(1e-6)
            shares[places[word]] = max(share, features.NO_GENERAL)
            rows[features.GENERAL, places[word]] = features.quick_log(shares[places[word]])
    if len(own.keys) > 1:
        for at in range(size):
            less = _own(lexicon.codes[stream[at]], own.keys, own.counts)
            counts[at] = max(counts[at] - less, F(0))
            rows[features.FREQUENCY, at] = features.quick_log((counts[at] + F(0.5)) / known.total)
    features.fill_bursts(size, count, known.total, counts, rows)
    features.fill_counts(size, held.levels, known, values, rows)
    features.fill_bounds(size, values, counts, known.total, rows)
    features.fill_general(size, values, shares, adjacent, rows)
    for row in range(ROWS):
        fill(rows[row, size : size + 2 * BLOCK], F(0))


@njit(nogil=True, fastmath=True, error_model="numpy")
def _total(flat: Any, row: Any, size: Any) -> Any:
    """Sum of the places from EDGE on of the row that begins at `row`."""
    total = F(0)
    for at in range(U(EDGE), U(size)):
        total += flat[row + at]
    return total


@njit(nogil=True, fastmath=True, error_model="numpy")
def _both(flat: Any, row: Any, others: Any, other: Any, size: Any) -> Any:
    """Sum of the products of two rows."""
    total = F(0)
    for at in range(U(EDGE), U(size)):
        total += flat[row + at] * others[other + at]
    return total


@njit(nogil=True, error_model="numpy")
def _means(rows: Any, size: Any, group: Any, out: Any) -> Any:
    """Means of the first rows over the places of a group (a row of 0 and 1); how many there are."""
    flat, width = rows.reshape(rows.size), U(rows.shape[1])
    many = _total(flat, U(group) * width, size)
    for row in range(MEANS):
        out[row] = _both(flat, U(row) * width, flat, U(group) * width, size) / (many + SHRINK)
    return many


@njit(nogil=True, error_model="numpy")
def _spread(odds: Any, many: Any, count: Any, document: Any) -> None:
    """How the odds of `count` words are spread; `many` (count,) how often each stands in the text."""
    for number in range(len(BINS)):
        edge, above = BINS[number], 0
        for word in range(count):
            above += odds[word] >= edge
        document[HISTOGRAM + number] = F(above) / F(count)
    weighted = weights = variety = level_sum = F(0)
    for word in range(count):
        weight = F(1) / np.sqrt(many[word])
        weighted += quick_chance(odds[word]) * weight
        weights += weight
        variety += weight * weight
        level_sum += max(odds[word], LEAST_ODDS)
    document[CHANCES + 4] = weighted / (weights + F(1e-6))
    document[SHARES + 8] = variety / F(count)
    document[WINDOWS + 1] = level_sum / F(count)


@njit(nogil=True, error_model="numpy")
def _windows(odds: Any, count: Any, chances: Any, document: Any) -> None:
    """Squares of the mean chances of all windows of a text, and how many are crowded; `chances` (count,) is scratch."""
    if count < WINDOW:
        return
    running, squares = F(0), F(0)
    crowded = np.zeros(len(CROWDED), np.int64)
    for word in range(count):
        chances[word] = quick_chance(odds[word])
        running += chances[word]
        if word >= WINDOW:
            running -= chances[word - WINDOW]
        if word >= WINDOW - 1:
            mean = running / F(WINDOW)
            squares += mean * mean
            for number in range(len(CROWDED)):
                crowded[number] += mean > CROWDED[number]
    windows = F(count - WINDOW + 1)
    document[WINDOWS + 2] = squares / windows
    for number in range(len(CROWDED)):
        document[WINDOWS + 3 + number] = F(crowded[number]) / windows


@njit(nogil=True, error_model="numpy")
def _document(size: Any, count: Any, held: Any, document: Any) -> None:
    """What is known of a text by the rows of its places; `held.values[6]` has their odds."""
    rows, odds, chances = held.rows, held.values[6], held.values[0]
    flat, width, none = rows.reshape(rows.size), U(rows.shape[1]), U(0)
    for at in range(size):
        chances[at] = quick_chance(odds[at]) * (F(1) - rows[IS_MARK, at])
    content = _means(rows, size, IS_CONTENT, document[:MEANS])
    function = _means(rows, size, IS_FUNCTION, document[MEANS : 2 * MEANS])
    words, others = F(count), _total(flat, U(IS_OTHER) * width, size)
    document[CHANCES] = _total(chances, none, size) / words
    document[CHANCES + 1] = _both(chances, none, flat, U(IS_CONTENT) * width, size) / (content + SHRINK)
    document[CHANCES + 2] = _both(chances, none, flat, U(IS_FUNCTION) * width, size) / (function + SHRINK)
    document[CHANCES + 3] = _both(chances, none, flat, U(IS_OTHER) * width, size) / (others + SHRINK)
    document[SHARES] = others / words
    document[SHARES + 1] = _total(flat, U(IS_NAME) * width, size) / words
    document[SHARES + 2] = _total(flat, U(IS_NUMBER) * width, size) / words
    document[SHARES + 3] = _total(flat, U(IS_CAPITAL) * width, size) / words
    document[SHARES + 4] = content / words
    document[SHARES + 5] = function / words
    document[SHARES + 6] = _total(flat, U(IS_FIRST) * width, size) / words
    document[SHARES + 7] = _total(flat, U(IS_MARK) * width, size - EDGE) / words
    document[WINDOWS] = _both(odds, none, flat, U(IS_CONTENT) * width, size) / (content + SHRINK)


@njit(nogil=True)
def _coverage(count: Any, repeats: Any, frequent: Any, known: Any) -> Any:
    """How many of the frequent words are there, against what is expected."""
    found, expected = 0.0, 1e-6
    for number in range(len(frequent)):
        expected += 1.0 - np.exp(-count * known.words[frequent[number], 0] / known.total)
        found += repeats[frequent[number]] > 0
    return F(found / expected)


@njit(nogil=True)
def _not_wanted(text: Any, wanted: Any, spans: Any, count: Any, odds: Any, chances: Any) -> None:
    """Put 0 for the words that nobody asked for."""
    following = np.int64(0) if text == 0 else wanted.ends[text - 1]
    reach, left_over = np.int64(-1), np.int64(0)
    for word in range(count):
        while following < wanted.ends[text] and wanted.stretches[following, 0] <= spans[word, 0]:
            reach = max(reach, wanted.stretches[following, 1])
            following += 1
        if np.int64(spans[word, 0]) < reach:
            left_over = wanted.after
        elif left_over > 0:
            left_over -= 1
        else:
            odds[word] = chances[word] = F(0)


@njit(nogil=True)
def _forget(texts: Any, other: Any, lexicon: Any, held: Any, spare: Any) -> Any:
    """N-grams of the text `other`, which the reference is to forget."""
    spans, bits = np.empty((len(held.hashes), 2), np.uint32), np.empty(len(held.hashes), np.uint8)
    stream, places = np.empty(2 * len(held.hashes) + 9, np.uint32), np.empty(len(held.hashes), np.int64)
    _, size = _read(texts, other, lexicon, held, spans, bits, stream, places)
    room = 64
    while room < 8 * size:
        room *= 2
    if len(spare.keys) < room:
        spare = Own(np.zeros(room, np.uint64), np.zeros(room, np.int32))
    own = Own(spare.keys[:room], spare.counts[:room])
    add_own(stream[EDGE : size - EDGE], lexicon.codes, own.keys, own.counts)
    return own


@kernel
def judge(texts: Any, lexicon: Any, known: Any, grams: Any, general: Any, net: Any, left_out: Any, wanted: Any,
          out: Any) -> None:  # fmt: skip
    """Judge the first len(left_out) of some texts; the others are there to be left out.

    `left_out` (n,) names the text whose n-grams the reference holds and is to forget while it judges, the text itself
    or another one; -1 for none. Where not all words are `wanted` the others have 0, and `documents` mean nothing.
    """
    longest = np.int64(texts.sizes.max()) if len(texts.sizes) else 0
    held, repeats = _scratch(longest, len(net.rows)), np.zeros(len(known.words), np.int32)
    nothing = Own(np.zeros(1, np.uint64), np.zeros(1, np.int32))
    spare, done, length = nothing, 0, 0
    for text in range(len(left_out)):
        own = nothing
        if left_out[text] >= 0:
            own = spare = _forget(texts, left_out[text], lexicon, held, spare)
        spans, bits, places = out.spans[done:], out.bits[done:], out.places[done:]
        stream, odds, chances = out.streams[length:], out.odds[done:], out.chances[done:]
        count, size = _read(texts, text, lexicon, held, spans, bits, stream, places)
        for word in range(count):
            found = stream[places[word]]
            repeats[found] += 1
            out.usual[text] += lexicon.common[found]
        _look_up(stream, size, places, count, lexicon, grams, general, own, nothing, held)
        _fill(stream, size, places, bits, count, known, general, own, lexicon, repeats, held)
        run_net(size, held.rows, net, held.block, held.values[6])
        for word in range(count):
            found = stream[places[word]]
            odds[word] = held.values[6, places[word]]
            chances[word] = held.rows[features.CHANCE, places[word]]
            held.many[word] = F(repeats[found]) if found >= WORDS else F(1)
        if len(wanted.ends):
            _not_wanted(text, wanted, spans, count, odds, chances)
        elif count:
            document = out.documents[text]
            _document(size, count, held, document)
            _spread(odds, held.many, count, document)
            _windows(odds, count, held.values[1], document)
            document[SHARES + 9] = _coverage(count, repeats, lexicon.frequent, known)
        for word in range(count):
            repeats[stream[places[word]]] = 0
        if out.rows.shape[1]:
            for row in range(ROWS):
                for at in range(size):
                    out.rows[row, length + at] = held.rows[row, at]
        out.lengths[text, 0], out.lengths[text, 1] = count, size
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
