"""Word kernels: UTF-8 bytes in, one 64-bit hash a word out.

What a word is: a run of letters and digits of any script with their marks; case is folded, and what `unicode_table`
folds beside. Invisible characters (soft hyphen, zero-width space, …) are passed over wherever they stand. A word with
letters that look like others ("pаper" with a Cyrillic a, "smaII", "h0use") is the word that it looks like: see
`lookalikes`. Anything else ends a word, an apostrophe too: "don't"
and "don’t" are two words each, the same two. Scripts without spaces (Chinese, Japanese, Thai, …) give one word a
character, with its marks.

Fast path: 64 bytes are classified at once, runs of ASCII letters and digits are lower-cased (bit 0x20, which digits
have anyway) and hashed eight bytes a step. A run that holds anything else, or an ASCII character that may stand for
another one, goes through `slow_word`, character by character, and gives the same hash for the same folded word. A text
whose canonical form may differ from what stands in the bytes (combining marks, ligatures) is marked: bring it to its
normal form and hash it again.

Buffers are uint8 arrays with at least `columns.PAD` bytes before the first and after the last text; all integers inside
kernels are unsigned, so that indexing needs no test for negative values.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy import uint8, uint32
from numpy.typing import NDArray

from dedup.runtime.jit import kernel, njit
from dedup.runtime.simd import BLOCK, classify, load8, trailing_zeros
from dedup.text.lookalikes import folded_word
from dedup.text.unicode_table import (
    CLASS_SHIFT,
    FOLD_MASK,
    IGNORED,
    INVISIBLE,
    JOINER,
    LATIN,
    MARK,
    ODD_ASCII,
    OTHER,
    SCRIPT_SHIFT,
    SECOND_SHIFT,
    SEPARATOR,
    SINGLE,
    WHOLE,
)  # fmt: skip
from dedup.text.utf8 import CASE, START, U, decode, mix, push, write

__all__ = ["CASE", "START", "WordTexts", "decode", "fold_words", "mix", "slow_word", "word_hashes"]
VERSION = 2
"""Raised whenever the same text may give other words or other hashes."""
LOOKALIKE, HIDDEN = 1 << 32, 1 << 33
"""Bits beside those of the table that `slow_word` returns: the word was folded to the one it looks like; an invisible
character stands inside it."""
NEEDS_NFKC, OBFUSCATED = 1, 2
"""Bits that `word_hashes` returns: the text must be brought to NFKC and hashed again; it may be obfuscated."""
_ALL = U(0xFFFFFFFFFFFFFFFF)
_END = np.uint32(0xFFFFFFFF)
_LOW = U(0xFFFFFFFF)


class WordTexts(NamedTuple):
    """Texts in one buffer, and the table that cuts them into words (`arrays.as_arrays` and `arrays.tables`)."""

    buffer: NDArray[np.uint8]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    stage1: NDArray[np.uint16]
    stage2: NDArray[np.uint64]


@kernel
def slow_word(buffer: Any, at: Any, end: Any, stage1: Any, stage2: Any, out: Any, filled: Any) -> Any:
    """The next word in [at, end), any script: (hash or 0, where it begins, position after it, table bits seen with
    LOOKALIKE and HIDDEN, bytes in `out`).

    The folded word is also written to `out` from `filled` on, unless `out` is empty.
    """
    state, pending, count, begin = START, U(0), U(0), at
    inside, single, hidden = False, False, False
    seen, bits, foreign, partial, latin, first = U(0), U(0), U(0), False, False, filled
    while at < end:
        code, step = decode(load8(buffer, at))
        entry = stage2[U(stage1[code >> U(8)]) * U(256) + (code & U(255))]
        seen |= entry & _LOW
        kind = entry >> U(CLASS_SHIFT) & U(7)
        if kind == U(IGNORED) or (kind == U(MARK) and not inside):
            hidden |= inside and (
                entry & U(INVISIBLE) != U(0) or (entry & U(JOINER) != U(0) and (latin or U(0) < foreign < U(OTHER)))
            )
            at += step
            continue
        if kind == U(SEPARATOR):
            if inside:
                break
            at += step
            continue
        if inside and kind != U(MARK) and (single or kind == U(SINGLE)):
            break
        if not inside:
            inside, begin = True, at
        single |= kind == U(SINGLE)
        at += step
        bits |= entry
        if hidden:
            seen |= U(HIDDEN)
        script = entry >> U(SCRIPT_SHIFT) & U(7)
        latin |= script == U(LATIN)
        if script > U(LATIN):
            foreign = script if foreign == U(0) or foreign == script else U(OTHER)
            partial |= entry & U(WHOLE) == U(0)
        state, pending, count = push(state, pending, count, entry & U(FOLD_MASK))
        second = entry >> U(SECOND_SHIFT)
        if second:
            state, pending, count = push(state, pending, count, second)
        if U(len(out)):
            filled = write(out, filled, entry & U(FOLD_MASK))
            if second:
                filled = write(out, filled, second)
    if not inside:
        return U(0), begin, at, seen, filled
    if bits & U(ODD_ASCII) or (foreign and (latin or not partial)):
        state, filled, changed = folded_word(buffer, begin, at, stage1, stage2, foreign, out, first)
        return state, begin, at, seen | U(LOOKALIKE) if changed else seen, filled
    if count:
        state = mix(state, pending)
    return state, begin, at, seen, filled


@njit(nogil=True)
def _short_word(low: Any, high: Any, size: Any) -> Any:
    """Hash of 1 to 16 ASCII letters and digits, given 16 bytes. No branch: word lengths cannot be predicted."""
    bits = size << U(3)
    more = U(0) - U(size > U(8))
    low = (low | CASE) & (_ALL >> (U(64) - min(bits, U(64))))
    high = (high | CASE) & (_ALL >> ((U(128) - bits) & U(63)))
    state = mix(START, low)
    return state ^ ((state ^ mix(state, high)) & more)


@njit(nogil=True)
def _runs(buffer: Any, start: Any, end: Any, edges: Any, specials: Any) -> Any:
    """Where runs of word bytes begin and end (alternating, relative to `start`), and the bytes that are no ASCII;
    returns how many edges there are, and whether an ASCII word may stand for another one: a "0" or "1" after a letter
    or before three, an "I" after a small letter or between a capital and a small one.
    """
    edge_count, special_count, carry, odd = U(0), U(0), U(0), U(0)
    letters_before, small_before, figures_before, capitals_before = U(0), U(0), U(0), U(0)
    at = start
    while at < end:
        word, special, letter, small, figure, capital = classify(buffer, at)
        if end - at < U(BLOCK):
            inside = (U(1) << (end - at)) - U(1)
            word &= inside
            special &= inside
            letter &= inside
            small &= inside
            figure &= inside
            capital &= inside
        if figure | capital | figures_before >> U(61) | capitals_before >> U(63):
            after = letter << U(1) | letters_before >> U(63)
            second = letter << U(2) | letters_before >> U(62)
            odd |= after & figure
            odd |= (small << U(1) | small_before >> U(63)) & capital
            odd |= second & (capital << U(1) | capitals_before >> U(63)) & small
            odd |= (figure << U(3) | figures_before >> U(61)) & second & after & letter
        letters_before, small_before, figures_before, capitals_before = letter, small, figure, capital
        flips = word ^ (word << U(1) | carry)
        carry = word >> U(63)
        while flips:
            edges[edge_count] = uint32(at - start + trailing_zeros(flips))
            edge_count += U(1)
            flips &= flips - U(1)
        while special:
            specials[special_count] = uint32(at - start + trailing_zeros(special))
            special_count += U(1)
            special &= special - U(1)
        at += U(BLOCK)
    if carry:
        edges[edge_count] = uint32(end - start)
        edge_count += U(1)
    specials[special_count] = _END
    return edge_count, odd != U(0)


@njit(nogil=True)
def _holds_odd(buffer: Any, at: Any, end: Any) -> Any:
    """Whether a run of ASCII letters and digits holds one that may stand for another."""
    while at < end:
        byte = buffer[at]
        if byte == 48 or byte == 49 or byte == 73:
            return True
        at += U(1)
    return False


@kernel
def word_hashes(
    buffer: Any, start: Any, end: Any, stage1: Any, stage2: Any, edges: Any, specials: Any, out: Any, spans: Any
) -> Any:
    """Hashes of the words in `buffer[start:end]` into `out`; returns (their number, NEEDS_NFKC and OBFUSCATED).

    `edges` and `specials` are uint32 scratch of at least end - start + 2, `out` uint64 of at least
    (end - start) / 2 + 2. `spans` gets begin and end of each word, in bytes from `start`: (as long as `out`, 2)
    uint32, or (0, 2) where they are not wanted.
    """
    edge_count, odd = _runs(buffer, start, end, edges, specials)
    count, seen, special = U(0), U(0), U(0)
    nothing = np.empty(0, np.uint8)
    keep = len(spans) > 0
    for index in range(U(0), edge_count, U(2)):
        begin, stop = U(edges[index]), U(edges[index + U(1)])
        if U(specials[special]) >= stop and not (odd and _holds_odd(buffer, start + begin, start + stop)):
            at, size = start + begin, stop - begin
            if size <= U(16):
                state = _short_word(load8(buffer, at), load8(buffer, at + U(8)), size)
            else:
                state = START
                while size >= U(8):
                    state = mix(state, load8(buffer, at) | CASE)
                    at += U(8)
                    size -= U(8)
                if size:
                    state = mix(state, (load8(buffer, at) | CASE) & ((U(1) << (size << U(3))) - U(1)))
            out[count] = state
            if keep:
                spans[count, 0] = uint32(begin)
                spans[count, 1] = uint32(stop)
            count += U(1)
            continue
        while U(specials[special]) < stop:
            special += U(1)
        at = start + begin
        while at < start + stop:
            word, first, at, bits, _ = slow_word(buffer, at, start + stop, stage1, stage2, nothing, U(0))
            seen |= bits
            out[count] = word
            if keep:
                spans[count, 0] = uint32(first - start)
                spans[count, 1] = uint32(at - start)
            count += U(word != U(0))
    flags = seen >> U(31) & U(NEEDS_NFKC)
    return count, flags | U(OBFUSCATED) if seen & U(LOOKALIKE | HIDDEN) else flags


@kernel
def fold_words(buffer: Any, start: Any, end: Any, stage1: Any, stage2: Any, out: Any) -> Any:
    """The folded words of `buffer[start:end]` joined by one space, into `out` (uint8, 4 bytes for each of the text).

    Returns the number of bytes. Two texts are exact copies when these bytes are the same.
    """
    filled, at = U(0), start
    while at < end:
        gap = filled
        if filled:
            out[filled] = uint8(32)
            filled += U(1)
        word, _, at, _, filled = slow_word(buffer, at, end, stage1, stage2, out, filled)
        if word == U(0):
            filled = gap
    return filled
