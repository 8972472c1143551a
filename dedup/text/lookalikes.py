"""Words with letters that look like others, read as the word that a reader sees.

"pаper" with a Cyrillic a is "paper", "smaII" is "small", "h0use" is "house". Letters of other scripts are the skeletons
of Unicode Technical Standard 39 (`unicode_build`), in words that mix scripts and in words all of whose letters, small
and capital, look like Latin ones. "0", "1" and "I" are letters only where the word is otherwise not plausible: numbers
stay numbers, "1st" and "H2O" stay what they are. Rules look at one word alone, so that a word is the same in any text.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.runtime.jit import njit
from dedup.runtime.simd import load8
from dedup.text.unicode_table import (
    CLASS_SHIFT,
    CYRILLIC,
    FOLD_MASK,
    GREEK,
    IGNORED,
    LATIN,
    LOWER,
    ODD_ASCII,
    OTHER,
    SCRIPT_SHIFT,
    SECOND_SHIFT,
    SELDOM,
    TWIN_SHIFT,
    UPPER,
    WHOLE,
    WORD,
)  # fmt: skip
from dedup.text.utf8 import START, U, decode, mix, push, write


def _lookalikes(small: str, capital: str) -> NDArray[np.uint64]:
    """(64,) the letter of another alphabet that a Latin letter looks like, by its place in the alphabet, capitals from
    32 on; 0 where there is none.
    """
    found = np.zeros(64, np.uint64)
    for offset, pairs in ((0, small.split()), (32, capital.split())):
        for pair in pairs:
            found[offset + (ord(pair[0]) & 31)] = ord(pair[1])
    return found


_TO_CYRILLIC = _lookalikes("aа cс eе oо pр xх yу kк iі jј sѕ", "Aа Bв Cс Eе Hн Iі Jј Kк Mм Oо Pр Sѕ Tт Xх Yу")
_TO_GREEK = _lookalikes("oο vν aα iι pρ uυ kκ xχ yγ", "Aα Bβ Eε Hη Iι Kκ Mμ Nν Oο Pρ Tτ Xχ Yυ Zζ")
_ZERO, _ONE, _I, _L, _O, _M, _C, _N = (U(ord(char)) for char in "01ilomcn")


@njit(nogil=True)
def _other_letter(letter: Any, script: Any, capital: Any) -> Any:
    """The letter of `script` that a Latin one looks like, 0 where there is none."""
    if letter >= U(128):
        return U(0)
    place = (letter & U(31)) + (U(32) if capital else U(0))
    if script == U(CYRILLIC):
        return _TO_CYRILLIC[place]
    return _TO_GREEK[place] if script == U(GREEK) else U(0)


@njit(nogil=True)
def _alphabet(buffer: Any, at: Any, end: Any, stage1: Any, stage2: Any, foreign: Any) -> Any:
    """Counts of the word in [at, end): Latin letters; letters of other scripts; of those the ones that have no Latin
    twin, that make no whole word, and of these the small ones; Latin letters without a twin in `foreign`; capitals;
    small letters; "0" and "1"; other figures; letters and figures; whether a letter is SELDOM; the last letter.
    """
    latin, other, lone, partial, partial_small, stuck = 0, 0, 0, 0, 0, 0
    capitals, small, odd, figures, total, seldom, last = 0, 0, 0, 0, 0, False, U(0)
    while at < end:
        code, step = decode(load8(buffer, at))
        at += step
        entry = stage2[U(stage1[code >> U(8)]) * U(256) + (code & U(255))]
        if entry >> U(CLASS_SHIFT) & U(7) != U(WORD):
            continue
        script, last = entry >> U(SCRIPT_SHIFT) & U(7), entry & U(FOLD_MASK)
        total += 1
        capitals += entry & U(UPPER) != U(0)
        small += entry & U(LOWER) != U(0)
        seldom |= entry & U(SELDOM) != U(0)
        if script == U(LATIN):
            latin += 1 if entry >> U(SECOND_SHIFT) == U(0) else 2
            stuck += _other_letter(last, foreign, entry & U(UPPER) != U(0)) == U(0)
        elif script:
            other += 1
            lone += entry >> U(TWIN_SHIFT) & U(FOLD_MASK) == U(0)
            partial += entry & U(WHOLE) == U(0)
            partial_small += entry & U(WHOLE) == U(0) and entry & U(UPPER) == U(0)
        elif last in (_ZERO, _ONE):
            odd += 1
        else:
            figures += 1
    return latin, other, lone, partial, partial_small, stuck, capitals, small, odd, figures, total, seldom, last


@njit(nogil=True)
def _read_as(
    latin: Any, other: Any, lone: Any, partial: Any, partial_small: Any, stuck: Any, seldom: Any, foreign: Any
) -> Any:
    """The script that a word with these counts is read in, 0: as it stands.

    A word of several scripts is meant in one of them. Where it can be either, capitals decide (a T looks alike in
    both, a t does not), else the most letters. A word all of whose letters look like Latin ones is the Latin word: no
    two words of one language become one by that.
    """
    if other == 0 or (lone > 0 and (latin == 0 or stuck > 0)):
        return U(0)
    if latin == 0:
        return U(LATIN) if partial == 0 and (other > 2 or seldom) else U(0)
    if lone > 0:
        return foreign
    if partial == 0 or stuck > 0 or foreign == U(OTHER):
        return U(LATIN)
    return U(LATIN) if partial_small == 0 or latin > other else foreign


@njit(nogil=True)
def _is_l(place: Any, total: Any, first: Any, before: Any, after_small: Any, lone_capital: Any, last: Any) -> Any:
    """Whether an "I" stands for a small l: after a small letter ("smaII"), or second in a word with a capital ("PIan").
    Not in McIntosh, MacIntyre and LinkedIn.
    """
    if after_small:
        scottish = first == _M and before == _C and (place == 2 or place == 3)
        return not scottish and not (place == total - 2 and last == _N)
    return place == 1 and lone_capital


@njit(nogil=True)
def folded_word(buffer: Any, at: Any, end: Any, stage1: Any, stage2: Any, foreign: Any, out: Any, filled: Any) -> Any:
    """The word in [at, end) as the one that it looks like: (hash, bytes in `out`, whether it is another)."""
    latin, other, lone, partial, partial_small, stuck, capitals, small, odd, figures, total, seldom, last = _alphabet(
        buffer, at, end, stage1, stage2, foreign
    )
    target = _read_as(latin, other, lone, partial, partial_small, stuck, seldom, foreign)
    letters = latin + other
    digits = odd > 0 and figures == 0 and letters >= max(2, odd) and (latin > 0 or partial > 0 or target == U(LATIN))
    aim = target if target or latin else foreign
    lone_capital = capitals == 2 and small == total - 2 and total >= 4
    state, pending, count = START, U(0), U(0)
    place, after_small, first, before, changed = 0, False, U(0), U(0), False
    lead = U(buffer[at]) <= U(57)
    if lead and (letters < 3 or odd > 1):
        digits = False
    while at < end:
        code, step = decode(load8(buffer, at))
        at += step
        entry = stage2[U(stage1[code >> U(8)]) * U(256) + (code & U(255))]
        kind = entry >> U(CLASS_SHIFT) & U(7)
        if kind == U(IGNORED):
            continue
        folded, script, capital = entry & U(FOLD_MASK), entry >> U(SCRIPT_SHIFT) & U(7), entry & U(UPPER) != U(0)
        meant, second = folded, entry >> U(SECOND_SHIFT)
        is_small = entry & U(LOWER) != U(0)
        if entry & U(ODD_ASCII):
            if folded == _I:
                if _is_l(place, total, first, before, after_small, lone_capital, last):
                    meant, is_small = _L, True
            elif digits:
                meant = _O if folded == _ZERO else _L
                is_small = after_small
        if target == U(LATIN) and script > U(LATIN):
            meant = entry >> U(TWIN_SHIFT) & U(FOLD_MASK)
        elif aim > U(LATIN) and ((script == U(LATIN) and target) or meant != folded):
            letter = _other_letter(meant, aim, capital and meant == folded)
            meant = letter if letter else folded
            second = U(0) if letter else second
        changed |= meant != folded
        state, pending, count = push(state, pending, count, meant)
        if U(len(out)):
            filled = write(out, filled, meant)
        if second:
            state, pending, count = push(state, pending, count, second)
            if U(len(out)):
                filled = write(out, filled, second)
        if kind == U(WORD):
            first = folded if place == 0 else first
            before, after_small, place = folded, is_small, place + 1
    return mix(state, pending) if count else state, filled, changed
