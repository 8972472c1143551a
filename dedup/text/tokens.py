"""One text as words with their places: what alignment, quotes and phrasing work on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dedup.columns import pack
from dedup.text import sentences, words
from dedup.text.arrays import NO_SPANS, as_arrays, bare_tables, normal_form, tables
from dedup.text.unicode_table import CLASS_SHIFT, SINGLE

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The n words of a text, in order."""

    text: str
    hashes: NDArray[np.uint64]
    """(n,) of the folded words: equal where the words are."""
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    """(n,) character offsets into `text`, end exclusive."""
    sentence: NDArray[np.int32]
    """(n,) number of the sentence, from 0."""
    bits: NDArray[np.uint8]
    """(n,) what `sentences` sees of each word: CAPITAL, DIGIT, FIRST, LINE, PARAGRAPH."""

    def __len__(self) -> int:
        return len(self.hashes)

    def word(self, index: int) -> str:
        """One word as it stands in the text."""
        return self.text[self.starts[index] : self.ends[index]]


def tokenise(text: str) -> Tokens:
    """The words of `text`. A surrogate counts as U+FFFD; offsets are those of `text` as it is."""
    packed = pack([_SURROGATE.sub("\ufffd", text)])  # pack would make one character of two
    buffer, starts, sizes = as_arrays(packed)
    start, size = int(starts[0]), int(sizes[0])
    hashes, spans = np.empty(size // 2 + 2, np.uint64), np.empty((size // 2 + 2, 2), np.uint32)
    scratch = np.empty((2, size + 2), np.uint32)
    begin, end = np.uint64(start), np.uint64(start + size)
    count = int(words.word_hashes(buffer, begin, end, *tables(), scratch[0], scratch[1], hashes, spans)[0])
    numbers, bits = np.empty(count, np.int32), np.empty(count, np.uint8)
    sentences.sentence_numbers(
        buffer, start, start + size, hashes, spans, count, *tables(), abbreviations(), numbers, bits
    )
    places = characters(buffer[start : start + size], spans[:count])
    return Tokens(text, hashes[:count].copy(), places[:, 0], places[:, 1], numbers, bits)


def unspaced(tokens: Tokens) -> float:
    """Share of the words that are single characters of a script without spaces (Chinese, Japanese, Thai, …)."""
    if not len(tokens):
        return 0.0
    codes = np.frombuffer(tokens.text.encode("utf-32-le", "surrogatepass"), np.uint32)[tokens.starts]
    stage1, stage2 = tables()
    kinds = stage2[stage1[codes >> 8].astype(np.int64) * 256 + (codes & 255)] >> CLASS_SHIFT & 7
    return float((kinds == SINGLE).mean())


def southern(tokens: Tokens) -> float:
    """Share of the words that are single characters of Thai, Lao, Burmese or Khmer."""
    if not len(tokens):
        return 0.0
    codes = np.frombuffer(tokens.text.encode("utf-32-le", "surrogatepass"), np.uint32)[tokens.starts]
    found = ((codes >= 0xE00) & (codes < 0xF00)) | ((codes >= 0x1000) & (codes < 0x10A0))
    return float((found | ((codes >= 0x1780) & (codes < 0x1800))).mean())


def characters(text: NDArray[np.uint8], places: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Byte offsets into a UTF-8 `text` as character offsets, in the shape of `places`."""
    follows = (text & 0xC0) == 0x80
    if not follows.any():
        return places.astype(np.int64)
    before = np.concatenate(([0], np.cumsum(follows)))
    return places.astype(np.int64) - before[places]


@cache
def abbreviations() -> NDArray[np.uint64]:
    """Sorted hashes of `sentences.ABBREVIATIONS`."""
    return np.sort(word_list(sentences.ABBREVIATIONS.split()))


def folded_words(text: str, *, bare: bool = False) -> str:
    """The words of `text` as they are compared, joined by a space; `bare`: without accents."""
    buffer, starts, sizes = as_arrays(pack([normal_form(_SURROGATE.sub("\ufffd", text))]))
    out = np.empty(4 * int(sizes[0]) + 8, np.uint8)
    start = np.uint64(starts[0])
    filled = words.fold_words(buffer, start, start + np.uint64(sizes[0]), *(bare_tables() if bare else tables()), out)
    return out[: int(filled)].tobytes().decode()


def word_list(known: list[str]) -> NDArray[np.uint64]:
    """Hashes of words, in their order; each must be one word to the kernels."""
    buffer, starts, sizes = as_arrays(pack([" ".join(known)]))
    size = int(sizes[0])
    hashes, scratch = np.empty(size // 2 + 2, np.uint64), np.empty((2, size + 2), np.uint32)
    start = np.uint64(starts[0])
    end = start + np.uint64(size)
    count, _ = words.word_hashes(buffer, start, end, *tables(), scratch[0], scratch[1], hashes, NO_SPANS)
    if int(count) != len(known):
        raise ValueError(f"not one word each: {known}")
    return hashes[: int(count)].copy()
