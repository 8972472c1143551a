"""Stem kernels: texts as the stems of their words (`term_kernels`). Arrays and scalars only; buffers are as
`text.words` wants them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.align.fact_kernels import PLAIN, WEIGHT_BITS, WORD_OF_NUMBER
from dedup.runtime.jit import kernel, njit
from dedup.text.sentences import CAPITAL, DIGIT, read_sentences, word_room
from dedup.text.term_kernels import fold_term, stem_of

U = np.uint64
NUMBER, NAME, DAY, OPEN, DENIAL = 1, 2, 4, 8, 16
"""Bits of a word: it writes a number; it has a capital, and is not mostly written without one; it is a day or a month;
it says that something is not (yet) the case: expected, may, would; it denies: not, never, refused."""
EMPTY = -1
"""Number of a free place in a table of stems."""


@kernel
def text_stems(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, abbreviations: Any, facts: Any, stems: Any,
    sentences: Any, marks: Any, places: Any, ends: Any,
) -> Any:  # fmt: skip
    """Stems of all words of each text, text after text; returns their number.

    `facts` are weights as `align.frequencies.fact_weights` makes them; `stems` (uint32), `sentences` (int32, from 0 in
    each text), `marks` (uint8: NUMBER, NAME) and `places` ((n, 2) uint32, bytes from the start of the text) have room
    for (size // 2 + 2) a text; `ends` (texts,) int64 gets where each text's words end.
    """
    room = word_room(sizes)
    _, _, hashes, spans, numbers, bits = room
    nothing, at = np.empty(0, np.uint8), 0
    for text in range(len(sizes)):
        start, end = starts[text], starts[text] + sizes[text]
        count, _, _ = read_sentences(buffer, start, end, stage1, stage2, abbreviations, room)
        for index in range(count):
            word = hashes[index]
            known = np.int64(facts[fold_term(word) >> U(32 - WEIGHT_BITS)])
            mark = 0
            if bits[index] & DIGIT or known & WORD_OF_NUMBER:
                mark = NUMBER
            elif bits[index] & CAPITAL and not known & PLAIN:
                mark = NAME
            if not bits[index] & DIGIT:
                begin, stop = start + np.int64(spans[index, 0]), start + np.int64(spans[index, 1])
                word = stem_of(buffer, begin, stop, word, stage1, stage2, nothing)
            stems[at], sentences[at], marks[at] = fold_term(word), numbers[index], mark
            places[at, 0], places[at, 1] = spans[index, 0], spans[index, 1]
            at += 1
        ends[text] = at
    return at


@njit(nogil=True)
def number_stems(stems: Any, begin: Any, end: Any, keys: Any, ids: Any, local: Any, known: Any) -> Any:
    """Number the distinct stems of `stems[begin:end]` into `local`, those of the table first; returns how many there
    are in all. `keys` (a power of two) and `ids` are the table, EMPTY where free; `known` are in it already.
    """
    mask = len(ids) - 1
    for place in range(begin, end):
        slot = np.int64(stems[place]) * 0x9E3779B1 >> 7 & mask
        while ids[slot] != EMPTY and keys[slot] != stems[place]:
            slot = (slot + 1) & mask
        if ids[slot] == EMPTY:
            keys[slot], ids[slot] = stems[place], known
            known += 1
        local[place - begin] = ids[slot]
    return known


@njit(nogil=True)
def number_pair(stems: Any, a0: Any, a1: Any, b0: Any, b1: Any) -> Any:
    """The stems of two texts, from `a0` to `a1` and from `b0` to `b1`, by numbers from 0 that both share: those of the
    one, those of the other, and how many there are.
    """
    room = 4
    while room < 2 * (a1 - a0 + b1 - b0):
        room *= 2
    keys, ids = np.zeros(room, np.uint32), np.full(room, EMPTY, np.int32)
    local_a, local_b = np.empty(a1 - a0, np.int32), np.empty(b1 - b0, np.int32)
    count = number_stems(stems, a0, a1, keys, ids, local_a, 0)
    count = number_stems(stems, b0, b1, keys, ids, local_b, count)
    return local_a, local_b, count
