"""Figure kernels: what the blocks of an alignment tell of a pair, and when a substitution is another spelling alone.

Arrays, scalars and NamedTuples of them only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.align.fact_kernels import (
    UNKNOWN_WEIGHT,
    changed_facts,
    changed_numbers,
    digits,
    is_character,
    kept_facts,
    rare_subject,
)
from dedup.align.figures import (
    CHANGED_A,
    CHANGED_B,
    CHANGED_SENTENCES,
    CHANGES,
    CHARACTERS,
    CLOSENESS,
    DELETE,
    DELETED,
    EQUAL,
    FACTS_CHANGED,
    FACTS_KEPT,
    IN_SLOT,
    INSERTED,
    KEPT_WORDS,
    LIKE_SPELT,
    MOVED,
    NUMBERS,
    NUMBERS_CHANGED,
    NUMBERS_KEPT,
    PASSAGES,
    REPEATED,
    REPLACE,
    SENTENCES,
    SUBJECT_CHANGED,
    TITLE_NUMBERS,
    TITLE_SWAPS,
    WORDS_A,
    WORDS_B,
)
from dedup.align.seed_kernels import sort_places
from dedup.runtime.hash_tables import fill
from dedup.runtime.jit import njit
from dedup.runtime.simd import load8
from dedup.text.sentences import DIGIT
from dedup.text.words import decode, mix

U = np.uint64
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


class PairText(NamedTuple):
    """The n words of one text of a pair."""

    hashes: NDArray[np.uint64]
    spans: NDArray[np.uint32]
    """(n, 2) bytes from `start`, which is where the text begins."""
    sentences: NDArray[np.int32]
    bits: NDArray[np.uint8]
    facts: NDArray[np.uint8]
    start: int


class _Tally(NamedTuple):
    """Substitutions of one word for one, each by the hash of both."""

    words: NDArray[np.uint64]
    """All of them,"""
    swaps: NDArray[np.uint64]
    """those of rare words,"""
    subjects: NDArray[np.uint64]
    """those of facts."""
    filled: NDArray[np.int64]
    """(5,) how many there are of each; how many of `words` and of `subjects` come before the last one of a title."""


@njit(nogil=True)
def _bytes(side: Any, first: Any, end: Any) -> Any:
    """Where the words [first, end) of a text stand."""
    return side.start + np.int64(side.spans[first, 0]), side.start + np.int64(side.spans[end - 1, 1])


@njit(nogil=True)
def _substitution(block: Any, one: Any, two: Any, weights: Any, buffer: Any, tally: Any, out: Any) -> None:
    """The figures of one substitution."""
    _, a0, a1, b0, b1, _ = block
    out[CHANGED_A] += a1 - a0
    out[CHANGED_B] += b1 - b0
    out[CHANGES] += 1
    out[IN_SLOT] += a1 - a0 <= 4 and b1 - b0 <= 4 and abs(a1 - a0 - b1 + b0) <= 2
    begin, end = _bytes(one, a0, a1)
    other, other_end = _bytes(two, b0, b1)
    alike = _spelt_alike(buffer, begin, end, other, other_end, a1 - a0 + b1 - b0)
    out[LIKE_SPELT] += alike
    out[NUMBERS_CHANGED] += changed_numbers(one.bits, one.facts, a0, a1, two.bits, two.facts, b0, b1, alike)
    single, titled, filled = a1 - a0 == 1 and b1 - b0 == 1, a1 <= TITLE_NAME and b1 <= TITLE_NAME, tally.filled
    both = mix(mix(U(0), one.hashes[a0]), two.hashes[b0])
    if single and not alike:
        tally.words[filled[0]] = both
        if rare_subject(one.hashes[a0], two.hashes[b0], weights):
            tally.swaps[filled[1]] = both
            filled[1] += 1
        filled[0] += 1
        if titled:
            filled[3] = filled[0]
    if a1 <= TITLE and b1 <= TITLE and digits(two.bits, b0, b1):
        out[TITLE_NUMBERS] += digits(one.bits, a0, a1)
    # another spelling of a name is the same one; "getuid" is no spelling of "getgid"
    plain = one.facts[a0] == UNKNOWN_WEIGHT // 2 and _ascii(buffer, begin, end)
    if not alike or one.bits[a0] & DIGIT or plain:
        out[FACTS_CHANGED] += changed_facts(one.facts, a0, a1, two.facts, b0, b1)
        if single and one.facts[a0] and two.facts[b0]:
            tally.subjects[filled[2]] = both
            filled[2] += 1
            if titled:
                filled[4] = filled[2]


@njit(nogil=True)
def block_figures(found: Any, count: Any, one: Any, two: Any, weights: Any, buffer: Any, out: Any) -> None:
    """The figures of one pair (`one` and `two` are `PairText`) from its blocks, the first `count` of `found`."""
    fill(out, 0)
    out[WORDS_A], out[WORDS_B] = len(one.bits), len(two.bits)
    out[NUMBERS] = digits(one.bits, 0, len(one.bits))
    for place in range(len(one.bits)):
        begin, end = _bytes(one, place, place + 1)
        out[CHARACTERS] += is_character(buffer, begin, end)
    out[CLOSENESS] = np.int32(16 * _closeness(found, count) + 0.5)
    last_sentence, last_changed, passage, last_b = -1, -1, -1, -1
    tally = _Tally(
        np.empty(count, np.uint64), np.empty(count, np.uint64), np.empty(count, np.uint64), np.zeros(5, np.int64)
    )
    for index in range(count):
        kind, a0, a1, b0, b1, number = found[index]
        if number != passage:
            out[PASSAGES] += 1
            passage = number
        if kind == EQUAL:
            out[KEPT_WORDS] += a1 - a0
            out[NUMBERS_KEPT] += digits(one.bits, a0, a1)
            out[FACTS_KEPT] += kept_facts(one.facts, a0, a1, two.facts, b0)
            if b0 < last_b:
                out[MOVED] += a1 - a0
            last_b = max(last_b, b1)
            for place in range(a0, a1):
                if one.sentences[place] != last_sentence:
                    last_sentence = one.sentences[place]
                    out[SENTENCES] += 1
        elif kind == REPLACE:
            _substitution(found[index], one, two, weights, buffer, tally, out)
            if one.sentences[a0] != last_changed:
                last_changed = one.sentences[a0]
                out[CHANGED_SENTENCES] += 1
        elif kind == DELETE:
            out[DELETED] += a1 - a0
        else:
            out[INSERTED] += b1 - b0
    replaced, swapped, changed, headed, titled = tally.filled
    out[REPEATED] = _most_repeated(tally.swaps, swapped)
    # those of the title come first, but for what moved
    out[SUBJECT_CHANGED] = _most_repeated_head(tally.subjects, titled, changed)
    out[TITLE_SWAPS] = _most_repeated_head(tally.words, headed, replaced)


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
    sort_places(values, order, 0, count, np.empty(count, np.int64))
    for place in range(count):
        run = run + 1 if place and values[order[place]] == values[order[place - 1]] else 1
        longest = max(longest, run)
    return longest
