"""Reference kernels: texts as streams of ids, their n-grams counted and looked up. Arrays and scalars only.

A stream holds an id for each word that the reference knows, a class for each that it does not (numbers, capitals,
others), and a mark where punctuation parts two words or a sentence begins: what stands across a comma is not a pair of
words. N-grams are hashed over codes: the hash of a known word, the class of another.

A table of n-grams holds for each 16 bits of its hash and a quantised count, sorted, in buckets by the hash's upper
bits: three bytes an n-gram, in which another one is taken for it once in some thousand lookups.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.runtime.hash_tables import find_slot
from dedup.runtime.jit import kernel, njit
from dedup.text.sentences import CAPITAL, DIGIT, FIRST, sentence_numbers, word_room
from dedup.text.words import mix, word_hashes

U = np.uint64
NUMBER, NAME, OTHER, MARK, BEGIN = 1, 2, 3, 4, 5
"""Classes: a word with digits, an unknown one with a capital, another unknown one, punctuation, a sentence begins."""
WORDS = 8
"""First id of a word."""
INSIDE = 32
"""Bit beside those of `text.sentences`: not the first word of a sentence."""
ORDERS = 3
"""Kinds of n-grams: pairs, pairs with one word between them, triples."""
REMAINDER = U(16)
"""Bits of a hash that are kept beside the place in the table."""


@njit(nogil=True)
def pair_key(one: Any, two: Any) -> Any:
    """Hash of two codes in a row."""
    return mix(mix(mix(U(2), one), two), U(2))


@njit(nogil=True)
def skip_key(one: Any, two: Any) -> Any:
    """Hash of two codes with one between them."""
    return mix(mix(mix(U(5), one), two), U(5))


@njit(nogil=True)
def triple_key(one: Any, two: Any, three: Any) -> Any:
    """Hash of three codes in a row."""
    return mix(mix(mix(mix(U(3), one), two), three), U(3))


@njit(nogil=True)
def _plain(buffer: Any, at: Any, end: Any) -> Any:
    """Whether nothing but blanks, a hyphen or an apostrophe stands between two words."""
    while at < end:
        byte = buffer[at]
        if byte == 0xC2 and at + 1 < end and buffer[at + 1] == 0xA0:  # a blank where no line may end
            at += 2
            continue
        if byte == 0xE2 and at + 2 < end and buffer[at + 1] == 0x80 and 0x90 <= buffer[at + 2] <= 0x99:
            if buffer[at + 2] >= 0x92 and buffer[at + 2] != 0x99:  # dashes and the opening quotation mark
                return False
            at += 3
            continue
        if not (byte == 32 or byte == 45 or byte == 39 or byte == 10 or byte == 9 or byte == 13):
            return False
        at += 1
    return True


@njit(nogil=True)
def read_words(
    buffer: Any, start: Any, end: Any, stage1: Any, stage2: Any, abbreviations: Any, edges: Any, specials: Any,
    hashes: Any, spans: Any, numbers: Any, bits: Any,
) -> Any:  # fmt: skip
    """Words of one text with their places and bits (those of `text.sentences`, and INSIDE); returns their number."""
    count, _ = word_hashes(buffer, U(start), U(end), stage1, stage2, edges, specials, hashes, spans)
    sentence_numbers(buffer, start, end, hashes, spans, count, stage1, stage2, abbreviations, numbers, bits)
    for word in range(np.int64(count)):
        if not bits[word] & FIRST:
            bits[word] |= INSIDE
    return np.int64(count)


@njit(nogil=True)
def find_id(word: Any, keys: Any, ids: Any) -> Any:
    """Id of a word by its hash, 0 where it is not known; `keys`, `ids` are an open-addressed table (see `fill_ids`)."""
    slot = find_slot(keys, word, U(len(keys) - 1))
    return ids[slot] if keys[slot] != U(0) else np.uint32(0)


@kernel
def fill_ids(words: Any, numbers: Any, keys: Any, ids: Any) -> None:
    """Fill the table that `find_id` looks into with words and their ids `numbers`. Twice as much room as words."""
    mask = U(len(keys) - 1)
    for number in range(len(words)):
        slot = find_slot(keys, words[number], mask)
        keys[slot] = words[number]
        ids[slot] = numbers[number]


@njit(nogil=True)
def make_stream(
    buffer: Any, start: Any, hashes: Any, spans: Any, bits: Any, count: Any, keys: Any, ids: Any, stream: Any,
    places: Any,
) -> Any:  # fmt: skip
    """Ids of the words of one text with the marks between them into `stream`; `places` gets where each word stands in
    it. Returns its length, at most 2 * count + 1.
    """
    size = 0
    for word in range(count):
        if bits[word] & FIRST:
            stream[size] = BEGIN
            size += 1
        elif not _plain(buffer, start + np.int64(spans[word - 1, 1]), start + np.int64(spans[word, 0])):
            stream[size] = MARK
            size += 1
        found = np.uint32(0)
        if not bits[word] & DIGIT:
            found = find_id(hashes[word], keys, ids)
            if found == 0:
                found = np.uint32(NAME if bits[word] & CAPITAL else OTHER)
        else:
            found = np.uint32(NUMBER)
        stream[size] = found
        places[word] = size
        size += 1
    stream[size] = BEGIN
    return size + 1


@kernel
def add_words(
    buffer: Any, starts: Any, sizes: Any, rows: Any, bases: Any, stage1: Any, stage2: Any, abbreviations: Any,
    keys: Any, table: Any, held: Any,
) -> Any:  # fmt: skip
    """Count the words of some texts, or pieces of texts (`rows` are the numbers of the texts, ascending, `bases` where
    in its text a piece begins), in an open-addressed table: `keys` (2**k,) uint64, of
    which `held` are taken; `table` (2**k, 7) uint32 gets occurrences, texts, the last text (from 1), occurrences inside
    sentences and of these the capitalised ones, text and byte of the first occurrence.

    Words with digits are not counted, nor new ones when the table is seven eighths full. Returns how many words there
    were, and how many places are taken.
    """
    edges, specials, hashes, spans, numbers, bits = word_room(sizes)
    mask, room = U(len(keys) - 1), len(keys) - len(keys) // 8
    total = 0
    for text in range(len(starts)):
        start, end, row = np.int64(starts[text]), np.int64(starts[text] + sizes[text]), np.uint32(rows[text])
        count = read_words(
            buffer, start, end, stage1, stage2, abbreviations, edges, specials, hashes, spans, numbers, bits
        )
        total += count
        for word in range(count):
            if bits[word] & DIGIT:
                continue
            key = hashes[word]
            slot = find_slot(keys, key, mask)
            if keys[slot] == U(0):
                if held >= room:
                    continue
                keys[slot] = key
                table[slot, 5], table[slot, 6] = row, np.uint32(bases[text] + spans[word, 0])
                held += 1
            table[slot, 0] += np.uint32(1)
            if table[slot, 2] != row + np.uint32(1):
                table[slot, 1] += np.uint32(1)
                table[slot, 2] = row + np.uint32(1)
            if bits[word] & INSIDE:
                table[slot, 3] += np.uint32(1)
                table[slot, 4] += np.uint32(bits[word] & CAPITAL)
    return total, held


@kernel
def move_words(keys: Any, table: Any, least: Any, new_keys: Any, new_table: Any) -> Any:
    """Put the words seen at least `least` times into another table; returns their number."""
    mask, held = U(len(new_keys) - 1), 0
    for place in range(len(keys)):
        if keys[place] == U(0) or table[place, 0] < least:
            continue
        slot = find_slot(new_keys, keys[place], mask)
        new_keys[slot] = keys[place]
        for column in range(table.shape[1]):
            new_table[slot, column] = table[place, column]
        held += 1
    return held


@kernel
def ngram_keys(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, abbreviations: Any, keys: Any, ids: Any, codes: Any,
    out: Any, streams: Any, classes: Any,
) -> Any:  # fmt: skip
    """Hashes of all n-grams of some texts into `out` (uint64, three for each byte of the texts and two more for each
    text are enough), ids of all streams into `streams` (uint32, the same without the three); `classes` (WORDS,) int64
    gets how often each class was seen. Returns how many there are of either.
    """
    edges, specials, hashes, spans, numbers, bits = word_room(sizes)
    places = np.empty(len(bits), np.int64)
    filled, length = 0, 0
    for text in range(len(starts)):
        start, end = np.int64(starts[text]), np.int64(starts[text] + sizes[text])
        count = read_words(
            buffer, start, end, stage1, stage2, abbreviations, edges, specials, hashes, spans, numbers, bits
        )
        stream = streams[length:]
        size = make_stream(buffer, start, hashes, spans, bits, count, keys, ids, stream, places)
        for at in range(size):
            if stream[at] < WORDS:
                classes[stream[at]] += 1
            if at >= 1:
                one, two = codes[stream[at - 1]], codes[stream[at]]
                out[filled] = pair_key(one, two)
                filled += 1
                if at >= 2:
                    before = codes[stream[at - 2]]
                    out[filled] = skip_key(before, two)
                    out[filled + 1] = triple_key(before, one, two)
                    filled += 2
        length += size
    return filled, length


@kernel
def runs(keys: Any, counts: Any) -> Any:
    """Fold equal neighbours of sorted `keys` in place; `counts` (uint32) gets how many there were. Returns the number
    of different keys.
    """
    kept, begin = 0, 0
    while begin < len(keys):
        end = begin + 1
        while end < len(keys) and keys[end] == keys[begin]:
            end += 1
        keys[kept] = keys[begin]
        counts[kept] = end - begin
        kept += 1
        begin = end
    return kept


@kernel
def merge_counts(one: Any, one_counts: Any, two: Any, two_counts: Any, keys: Any, counts: Any) -> Any:
    """Merge two sorted lists of different keys, adding the counts. Returns the length."""
    at, other, kept = 0, 0, 0
    while at < len(one) or other < len(two):
        if other == len(two) or (at < len(one) and one[at] < two[other]):
            key, count = one[at], U(one_counts[at])
            at += 1
        elif at == len(one) or two[other] < one[at]:
            key, count = two[other], U(two_counts[other])
            other += 1
        else:
            key, count = one[at], U(one_counts[at]) + U(two_counts[other])
            at += 1
            other += 1
        keys[kept] = key
        counts[kept] = np.uint32(min(count, U(0xFFFFFFFF)))
        kept += 1
    return kept


@njit(nogil=True)
def look_up(key: Any, offsets: Any, remainders: Any, counts: Any, shift: Any) -> Any:
    """Quantised count of an n-gram, 0 for none."""
    bucket = key >> shift
    at, end = offsets[bucket], offsets[bucket + U(1)]
    wanted = np.uint16(key >> (shift - REMAINDER) & U(0xFFFF))
    while at < end and remainders[at] < wanted:
        at += np.uint32(1)
    return counts[at] if at < end and remainders[at] == wanted else np.uint8(0)
