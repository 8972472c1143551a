"""Scoring kernels: each word of a text by the n-grams of a reference, and the text as a whole.

Each word gets, by a small net over what is known of its place (`feature_kernels`), the log odds that it was put there
by a rewriter. The text gets the means of the same numbers over its content and its function words beside how the odds
are spread (`document_kernels`). Arrays and scalars, and NamedTuples of them, only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import (
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
from dedup.phrasing.scoring import feature_kernels as features
from dedup.phrasing.scoring.document_kernels import COVERAGE, coverage, fill_document, fill_spread
from dedup.phrasing.scoring.feature_kernels import EDGE, ROOM, ROWS, run_net
from dedup.phrasing.scoring.level_kernels import Own, level, look_up_keys, stream_keys
from dedup.phrasing.scoring.sequence_kernels import own_count
from dedup.runtime.hash_tables import fill, find_slot
from dedup.runtime.jit import kernel, njit
from dedup.text.sentences import CAPITAL, FIRST
from dedup.text.words import mix

U = np.uint64
F = np.float32
GENERAL_WORD = U(1)


class TextArrays(NamedTuple):
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
    """Both see `phrasing.reference.kernels.find_id`."""
    codes: NDArray[np.uint64]
    """(ids,) what n-grams are hashed over."""
    common: NDArray[np.uint8]
    """(ids,) whether it is among the commonest."""
    frequent: NDArray[np.uint32]
    """Ids of the frequent words that nearly every text has."""
    absent: NDArray[np.float64]
    """See `document_kernels.coverage`."""


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
    taps: NDArray[np.int64]
    many: NDArray[np.float32]
    """(words,) how often each word stands in the text."""
    chances: NDArray[np.float32]
    """(words,)"""


@njit(nogil=True)
def general_key(word: Any) -> Any:
    """Hash of one word of general English."""
    return mix(mix(GENERAL_WORD, word), GENERAL_WORD)


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
def _scratch(longest: Any, taps: Any) -> Any:
    """Room for a text of so many bytes, and for a net of so many numbers."""
    most = longest // 2 + 2
    room = 2 * most + 5 + ROOM
    return _Scratch(
        np.empty(longest + 2, np.uint32), np.empty(longest + 2, np.uint32), np.empty(most, np.uint64),
        np.empty(most, np.int32), np.zeros((4, room), np.uint64), np.zeros((4, room), np.uint8),
        np.zeros((8, room), np.float32), np.zeros((ROWS, room), np.float32), np.zeros((2, room), np.uint8),
        np.empty(taps, np.int64), np.empty(most, np.float32), np.empty(most, np.float32),
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
    adjacent, pairs, hashes = held.values[7], keys[0], held.hashes
    fill(adjacent[:size], F(0))
    fill(pairs[:size], U(0))
    for word in range(1, count):
        if places[word] == places[word - 1] + 1:
            adjacent[places[word]] = F(1)
            pairs[places[word]] = pair_key(hashes[word - 1], hashes[word])
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
            less = own_count(lexicon.codes[stream[at]], own)
            counts[at] = max(counts[at] - less, F(0))
            rows[features.FREQUENCY, at] = features.quick_log((counts[at] + F(0.5)) / known.total)
    features.fill_bursts(size, count, known.total, counts, rows)
    features.fill_counts(size, held.levels, known, values, rows)
    features.fill_bounds(size, values, counts, known.total, rows)
    features.fill_general(size, values, shares, adjacent, rows)
    for row in range(ROWS):
        fill(rows[row, size : size + ROOM], F(0))


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
    common, many, by_place, chance_by_place = lexicon.common, held.many, held.values[6], held.rows[features.CHANCE]
    for text in range(len(left_out)):
        own = nothing
        if left_out[text] >= 0:
            own = spare = _forget(texts, left_out[text], lexicon, held, spare)
        spans, bits, places = out.spans[done:], out.bits[done:], out.places[done:]
        stream, odds, chances = out.streams[length:], out.odds[done:], out.chances[done:]
        count, size = _read(texts, text, lexicon, held, spans, bits, stream, places)
        usual = 0
        for word in range(count):
            found = stream[places[word]]
            repeats[found] += 1
            usual += common[found]
        out.usual[text] = usual
        _look_up(stream, size, places, count, lexicon, grams, general, own, nothing, held)
        _fill(stream, size, places, bits, count, known, general, own, lexicon, repeats, held)
        run_net(size, held.rows, net, held.taps, held.values[6])
        for word in range(count):
            found = stream[places[word]]
            odds[word] = by_place[places[word]]
            chances[word] = chance_by_place[places[word]]
            many[word] = F(repeats[found]) if found >= WORDS else F(1)
        if len(wanted.ends):
            _not_wanted(text, wanted, spans, count, odds, chances)
        elif count:
            document = out.documents[text]
            fill_document(size, count, held.rows, held.values[6], held.values[0], document)
            fill_spread(odds, held.many, count, held.chances, document)
            document[COVERAGE] = coverage(count, repeats, lexicon, known)
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
