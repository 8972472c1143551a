"""Kernel of `marks`: which texts may hold a scraper's mark."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.runtime.jit import kernel, njit
from dedup.runtime.simd import BLOCK, hints, load8, trailing_zeros

U = np.uint64
_CASE = U(0x2020202020202020)


def _word(text: str) -> np.uint64:
    """Up to eight small letters as `_at` reads them."""
    return U(int.from_bytes(text.encode(), "little"))


_AGGREGAT, _APPEARED, _ORIGINAL, _REPUBLIS = _word("aggregat"), _word("appeared"), _word("original"), _word("republis")
_ADSBYGOO, _ERSCHEIN, _ERSCHIEN, _PRIMEIRO = _word("adsbygoo"), _word("erschein"), _word("erschien"), _word("primeiro")
_PROVIENE, _PRIMERO, _PREMIER, _SOURCE = _word("proviene"), _word("primero"), _word("premier"), _word("source")
_ZUERST, _GO_TO, _FIRST, _AUTO, _LINK = _word("zuerst"), _word("go to "), _word("first"), _word("auto"), _word("link")
_PUBL, _APPE, _POST, _REPO, _ARTI = _word("publ"), _word("appe"), _word("post"), _word("repo"), _word("arti")
_SOUR, _STOR, _CONT, _PAGE, _WEB = _word("sour"), _word("stor"), _word("cont"), _word("page"), _word("web")
_EN, _EM, _SUR, _DA, _LY = _word("en"), _word("em"), _word("sur"), _word("da"), _word("ly")
_GAP = 6
"""Bytes that may separate two words: three no-break spaces."""
_BRACKET = 1300
"""Bytes of the longest shortcode."""


@njit(nogil=True)
def _at(buffer: Any, place: Any, size: Any) -> Any:
    """The `size` bytes from `place` in small letters."""
    return (load8(buffer, U(place)) | _CASE) & (U(0xFFFFFFFFFFFFFFFF) >> U(64 - 8 * size))


@njit(nogil=True)
def _near(buffer: Any, place: Any, step: Any, word: Any, size: Any) -> Any:
    """Whether a word begins a gap after the byte at `place` (step 1), or a gap before it (step -1)."""
    for gap in range(1, _GAP + 2):  # noqa: SIM110  # numba knows no generators
        if _at(buffer, place + step * gap, size) == word:
            return True
    return False


@njit(nogil=True)
def _bracket(buffer: Any, place: Any, end: Any) -> Any:
    """Whether a shortcode may begin with the `[` at `place`."""
    at = place + 1
    if buffer[at] == 47 or buffer[at] == 43:  # / +
        return True
    named = True
    while at < min(end, place + _BRACKET):
        byte = buffer[at]
        if byte == 61 or (named and byte == 95):  # = _
            return True
        if byte == 93:  # ]: a name alone counts at the beginning of a line
            return named and buffer[place - 1] == 10
        if byte == 91 or byte == 10:
            return False
        if byte == 32 or byte == 9 or byte == 0xC2:  # white space may follow the name
            named = named and _blank_till_bracket(buffer, at, end)
        at += 1
    return False


@njit(nogil=True)
def _blank_till_bracket(buffer: Any, at: Any, end: Any) -> Any:
    while at < end and (buffer[at] == 32 or buffer[at] == 9 or buffer[at] == 0xC2 or buffer[at] == 0xA0):
        at += 1
    return buffer[at] == 93 or buffer[at] == 47


@njit(nogil=True)
def _suspicious(buffer: Any, place: Any, end: Any) -> Any:
    """Whether the hint at `place` may belong to a scraper's mark: no mark is missed, few others are let through."""
    byte = buffer[place]
    if byte == 91:
        return _bracket(buffer, place, end)
    if byte == 123:  # {{ {% ${
        return buffer[place + 1] == 123 or buffer[place + 1] == 37 or buffer[place - 1] == 36
    if byte == 124:
        return buffer[place - 1] == 42  # *|
    here = _at(buffer, place, 8)
    if _at(buffer, place - 2, 6) == _SOURCE:
        if _near(buffer, place + 3, 1, _LINK, 4):
            return True
        return _at(buffer, place - 8, 6) == _GO_TO or _at(buffer, place - 12, 6) == _GO_TO
    if _at(buffer, place - 1, 8) == _APPEARED:
        return _near(buffer, place + 6, 1, _FIRST, 5) or _near(buffer, place - 6, -1, _FIRST, 5)
    if _at(buffer, place - 2, 8) == _ORIGINAL:
        after = place + 5
        if _at(buffer, place + 6, 2) == _LY:
            after += 2
        for word in (_PUBL, _APPE, _POST, _REPO, _ARTI, _SOUR, _STOR, _CONT, _PAGE):
            if _near(buffer, after, 1, word, 4):
                return True
        return _near(buffer, after, 1, _WEB, 3)
    if _at(buffer, place, 6) == _ZUERST:
        return _near(buffer, place - 8, -1, _ERSCHIEN, 8) or _near(buffer, place - 9, -1, _ERSCHEIN, 8)
    if _at(buffer, place - 1, 8) == _AGGREGAT:
        return _at(buffer, place - 5, 4) == _AUTO or _at(buffer, place - 6, 4) == _AUTO
    if here == _PRIMEIRO:
        return _near(buffer, place + 7, 1, _EM, 2)
    if here == _PROVIENE:
        return _near(buffer, place + 7, 1, _DA, 2)
    if _at(buffer, place, 7) == _PRIMERO:
        return _near(buffer, place + 6, 1, _EN, 2)
    if _at(buffer, place, 7) == _PREMIER:
        return _near(buffer, place + 6, 1, _SUR, 3)
    return _at(buffer, place - 2, 8) == _ADSBYGOO or _at(buffer, place - 1, 8) == _REPUBLIS


@kernel
def suspects(buffer: Any, starts: Any, sizes: Any, flags: Any) -> None:
    """`flags` (n,) uint8: 1 for each text that may hold a mark by `scraper_rules`, 0 for those that hold none."""
    for text in range(len(sizes)):
        at, end = U(starts[text]), U(starts[text] + sizes[text])
        found = False
        while at < end and not found:
            places = hints(buffer, at)
            if end - at < U(BLOCK):
                places &= (U(1) << (end - at)) - U(1)
            while places:
                if _suspicious(buffer, np.int64(at + trailing_zeros(places)), np.int64(end)):
                    found = True
                    break
                places &= places - U(1)
            at += U(BLOCK)
        flags[text] = found
