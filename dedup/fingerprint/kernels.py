"""Fingerprint kernels: signatures, band keys, passage keys, keys of rare terms.

Arrays, scalars and NamedTuples of them only. Buffers are as `text.words` wants them (uint8, padded); `starts` and
`sizes` are int64.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy import uint32
from numpy.typing import NDArray

from dedup.runtime.jit import kernel, njit
from dedup.runtime.simd import LANES, min_affine
from dedup.text.words import mix, word_hashes

U = np.uint64
_FINAL = U(0xD6E8FEB86659FD93)
_FMIX_1, _FMIX_2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_HIGH = U(0xFFFFFFFF00000000)
RARE, COMMON, STOP = 0, 1, 2
"""Classes of words, by their document frequency in a sample."""
CLASS_BITS = 16
"""Words share 2**CLASS_BITS slots of the table of classes: it must stay in the processor's cache. One rare word in
thirty falls into the slot of a common one and is passed over, in every text alike."""
RARE_WINDOW, STOP_WINDOW, FEW_TERMS = 3, 8, 64
"""Winnowing windows for pairs of rare words and for stopword runs; a text with no more than FEW_TERMS rare words keeps
all pairs. Chosen on spun news: 0.13 keys a word (see `minhash.rare_terms`)."""


@njit(nogil=True)
def shingle_hashes(words: Any, count: Any, size: Any, keys: Any, out: Any) -> Any:
    """64-bit hash of each run of `size` words: multilinear (Lemire & Kaser 2014, section 2), then mixed.

    One pass over the text for each word of the shingle: a loop without a dependency, which vectorises.
    """
    if count < size:
        return U(0)
    total = count - size + U(1)
    for place in range(total):
        out[place] = words[place] * keys[0]
    for step in range(U(1), size):
        key = keys[step]
        for place in range(total):
            out[place] += words[place + step] * key
    for place in range(total):
        value = out[place]
        out[place] = (value ^ value >> U(29)) * _FINAL
    return total


@njit(nogil=True)
def _premix(shingles: Any, total: Any, out: Any) -> Any:
    """Murmur3 finaliser of each 32-bit shingle hash (datasketch's affine32 does the same before it permutes)."""
    for place in range(total):
        value = uint32(shingles[place] >> U(32))
        value ^= value >> np.uint32(16)
        value = uint32(value * _FMIX_1)
        value ^= value >> np.uint32(13)
        value = uint32(value * _FMIX_2)
        out[place] = value ^ value >> np.uint32(16)
    return out


@njit(nogil=True)
def _signature(hashes: Any, total: Any, a: Any, b: Any, out: Any) -> None:
    """MinHash of `hashes[:total]`, `total` > 0; the array must have LANES spare places."""
    padded = (total + U(LANES - 1)) & ~U(LANES - 1)
    for place in range(total, padded):
        hashes[place] = hashes[U(0)]
    for first in range(U(0), U(len(a)), U(4)):
        min_affine(hashes, padded, a, b, out, first)


@njit(nogil=True)
def _digest(words: Any, count: Any) -> Any:
    """64-bit hash of the whole word sequence, in four lanes so that the products overlap."""
    one, two, three, four = U(1), U(2), U(3), count
    place = U(0)
    while place + U(4) <= count:
        one = mix(one, words[place])
        two = mix(two, words[place + U(1)])
        three = mix(three, words[place + U(2)])
        four = mix(four, words[place + U(3)])
        place += U(4)
    while place < count:
        one = mix(one, words[place])
        place += U(1)
    return mix(mix(mix(one, two), three), four)


@njit(nogil=True)
def _bytes_digest(buffer: Any, start: Any, end: Any) -> Any:
    """Hash of the bytes above space: for a text that has no words (emoji, dashes)."""
    state = ~U(0)
    for place in range(start, end):
        if buffer[place] > 32:
            state = mix(state, U(buffer[place]))
    return state


@njit(nogil=True)
def _anchors(hashes: Any, total: Any, window: Any, one: Any, two: Any, out: Any) -> Any:
    """Places of the smallest hash of every `window` shingles (winnowing: Schleimer, Wilkerson & Aiken 2003, section
    3), in order, into `out`; returns their number. `window` is a power of two.

    Of equal hashes less than a window apart only the first is taken ("ha ha ha" has one anchor a window). A place is
    one of them if its hash is the minimum of some window that holds it, that is, the maximum of the
    minima of all windows that hold it. Minima and maxima of windows are made by doubling: four vector passes each.
    `one` and `two` are uint32 scratch of total + 2 * window, used in turn: a vector pass must not write what it reads.
    """
    if total < window:
        return U(0)
    lead = window - U(1)
    one[:total] = hashes[:total]
    step, reach = U(1), total
    while step < window:
        reach -= step
        for place in range(reach):
            two[place] = min(one[place], one[place + step])
        one, two = two, one
        step *= U(2)
    # one[:reach] are the minima of all windows; zeros before and after them never are the maximum
    two[:lead] = np.uint32(0)
    two[lead : lead + reach] = one[:reach]
    two[lead + reach : total + lead] = np.uint32(0)
    one, two = two, one
    step, reach = U(1), total + lead
    while step < window:
        reach -= step
        for place in range(reach):
            two[place] = max(one[place], one[place + step])
        one, two = two, one
        step *= U(2)
    count = U(0)
    for place in range(total):
        out[count] = place
        count += U(one[place] == hashes[place])
    if count == U(0):
        return count
    kept = U(1)
    for index in range(U(1), count):
        place, before = U(out[index]), U(out[kept - U(1)])
        out[kept] = place
        kept += U(hashes[place] != hashes[before] or place - before >= window)
    return kept


@njit(nogil=True)
def _passage_keys(shingles: Any, anchors: Any, count: Any, row: Any, out: Any, filled: Any) -> Any:
    """Keys of short stretches of the text, for finding a passage inside a longer text; returns the new `filled`.

    Any two texts that share window + ngram - 1 words in a row share an anchor. A key joins two anchors that follow
    each other: one is often a common phrase, two far less often. A key is packed as (upper 32 bits of the joined
    hash) << 32 | row.
    """
    for last in range(U(1), count):
        joined = mix(mix(U(0), shingles[anchors[last - U(1)]]), shingles[anchors[last]])
        out[filled] = (joined & _HIGH) | row
        filled += U(1)
    return filled


@njit(nogil=True)
def _winnow(hashes: Any, count: Any, window: Any, row: Any, out: Any, filled: Any) -> Any:
    """Keep the smallest of every `window` hashes that follow each other, each place once, packed as hash << 32 | row;
    returns the new `filled`.
    """
    lowest = U(0)
    for last in range(count):
        if hashes[last] <= hashes[lowest] or last - lowest >= window:
            if last - lowest >= window:
                lowest += U(1)
                for place in range(lowest + U(1), last + U(1)):
                    if hashes[place] <= hashes[lowest]:
                        lowest = place
            else:
                lowest = last
            if last + U(1) < window:
                continue
        elif last + U(1) != window:
            continue
        out[filled] = (hashes[lowest] & _HIGH) | row
        filled += U(1)
    return filled


@njit(nogil=True)
def _term_keys(
    words: Any, count: Any, classes: Any, stop_keys: Any, rare: Any, stops: Any, row: Any, out: Any, filled: Any
) -> Any:
    """Keys of what a synonym spinner leaves alone; returns the new `filled`.

    Rare words (names, numbers, low document frequency), each joined with the next one; and runs of the commonest words
    without what stands between them (stopword n-grams: Stamatatos 2011, section 3), which keep a text's skeleton.
    `rare` and `stops` are uint64 scratch as long as `words`.
    """
    rare_count, stop_count = U(0), U(0)
    for place in range(count):
        value = words[place]
        kind = classes[value >> U(64 - CLASS_BITS)]
        rare[rare_count] = value
        rare_count += U(kind == RARE)
        stops[stop_count] = value
        stop_count += U(kind == STOP)
    for place in range(U(1), rare_count):
        rare[place - U(1)] = mix(mix(U(0), rare[place - U(1)]), rare[place])
    if rare_count > U(1):
        window = U(RARE_WINDOW) if rare_count > U(FEW_TERMS) else U(1)
        filled = _winnow(rare, rare_count - U(1), window, row, out, filled)
    runs = shingle_hashes(stops, stop_count, U(len(stop_keys)), stop_keys, rare)
    return _winnow(rare, runs, U(STOP_WINDOW), row, out, filled)


@kernel
def document_frequencies(buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, counts: Any) -> None:
    """Add to `counts` (2**CLASS_BITS,) int64 the number of texts that hold a word of each slot (its upper bits)."""
    longest = U(sizes.max()) if len(sizes) else U(0)
    edges, specials = np.empty(longest + U(2), np.uint32), np.empty(longest + U(2), np.uint32)
    words, no_spans = np.empty(longest // U(2) + U(2), np.uint64), np.empty((0, 2), np.uint32)
    seen = np.full(len(counts), -1, np.int64)
    for text in range(len(starts)):
        start = U(starts[text])
        end = start + U(sizes[text])
        count, _ = word_hashes(buffer, start, end, stage1, stage2, edges, specials, words, no_spans)
        for place in range(count):
            slot = words[place] >> U(64 - CLASS_BITS)
            counts[slot] += seen[slot] != text
            seen[slot] = text


class Recipe(NamedTuple):
    """What fingerprints are made by."""

    ngram: np.uint64
    shingle_keys: NDArray[np.uint64]
    """(ngram,)"""
    a: NDArray[np.uint32]
    b: NDArray[np.uint32]
    """(num_perm,) factors and offsets of the permutations."""
    rows: np.uint64
    """Values of a signature that make one band key."""
    window: np.uint64
    """Of passage keys, see `_anchors`; 0: none are made."""
    classes: NDArray[np.uint8]
    """(2**CLASS_BITS,) RARE, COMMON or STOP for each slot of words; empty: no term keys are made."""
    stop_keys: NDArray[np.uint64]
    """As `shingle_keys`, of runs of the commonest words."""


class Fingerprints(NamedTuple):
    """What comes out, for n texts."""

    words: NDArray[np.int32]
    """(n,)"""
    digests: NDArray[np.uint64]
    """(n,)"""
    flags: NDArray[np.uint8]
    """(n,) of `word_hashes`."""
    signatures: NDArray[np.uint32]
    """(n or 1, num_perm): one row is used as scratch for all."""
    bands: NDArray[np.uint32]
    """(number of bands, n) band keys."""
    passages: NDArray[np.uint64]
    """Passage keys, with room for all bytes / 2."""
    passages_held: NDArray[np.int32]
    """(n,) those of each text."""
    terms: NDArray[np.uint64]
    """Term keys, with twice the room."""
    terms_held: NDArray[np.int32]
    """(n,) those of each text."""


@njit(nogil=True)
def _band_keys(signature: Any, rows: Any, text: Any, bands: Any) -> None:
    """Into column `text` of `bands` the key of each `rows` values of a signature."""
    for band in range(len(bands)):
        state = U(band)
        for place in range(U(band) * rows, (U(band) + U(1)) * rows):
            state = mix(state, U(signature[place]))
        bands[band, text] = uint32(state >> U(32))


@kernel
def sketch(texts: Any, first_row: Any, recipe: Any, out: Any) -> Any:
    """Fingerprints of some texts, one pass over their bytes; returns the number of passage and of term keys written.

    `texts` is `WordTexts`, `recipe` a `Recipe`, `out` `Fingerprints`; the texts are rows `first_row` and on. A text of
    fewer than `ngram` words gets no signature and no keys.
    """
    longest = U(texts.sizes.max()) if len(texts.sizes) else U(0)
    ngram, window = recipe.ngram, recipe.window
    edges = np.empty(longest + U(2), np.uint32)
    specials = np.empty(longest + U(2), np.uint32)
    words = np.empty(longest // U(2) + U(2), np.uint64)
    shingles = np.empty(longest // U(2) + U(2), np.uint64)
    hashes = np.empty(longest // U(2) + U(2 + LANES), np.uint32)
    scratch = np.empty((2, longest // U(2) + U(2) + U(2) * window), np.uint32)
    anchors = np.empty(longest // U(2) + U(2), np.uint32)
    no_spans = np.empty((0, 2), np.uint32)
    rare, stops = np.empty(longest // U(2) + U(2), np.uint64), np.empty(longest // U(2) + U(2), np.uint64)
    filled, terms_filled = U(0), U(0)
    for text in range(len(texts.starts)):
        start = U(texts.starts[text])
        end = start + U(texts.sizes[text])
        count, flag = word_hashes(
            texts.buffer, start, end, texts.stage1, texts.stage2, edges, specials, words, no_spans
        )  # fmt: skip
        out.words[text] = count
        out.flags[text] = flag
        out.digests[text] = _digest(words, count) if count else _bytes_digest(texts.buffer, start, end)
        total = shingle_hashes(words, count, ngram, recipe.shingle_keys, shingles)
        if total == U(0):
            continue
        _premix(shingles, total, hashes)
        signature = out.signatures[text if len(out.signatures) > 1 else 0]
        _signature(hashes, total, recipe.a, recipe.b, signature)
        _band_keys(signature, recipe.rows, text, out.bands)
        if len(recipe.classes):
            before = terms_filled
            terms_filled = _term_keys(
                words, count, recipe.classes, recipe.stop_keys, rare, stops, first_row + U(text), out.terms,
                terms_filled,
            )  # fmt: skip
            out.terms_held[text] = terms_filled - before
        if window:
            count = _anchors(hashes, total, window, scratch[0], scratch[1], anchors)
            before = filled
            filled = _passage_keys(shingles, anchors, count, first_row + U(text), out.passages, filled)
            out.passages_held[text] = filled - before
    return filled, terms_filled
