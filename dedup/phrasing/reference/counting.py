"""References made from texts: words counted, then n-grams of those that are kept, then synonyms.

Texts are gone through twice. Memory is bounded: a long text is counted in pieces, when more than MOST_KEYS different
n-grams are held, those seen once are forgotten (lossy counting: Manku & Motwani 2002), and synonyms are learned from
SAMPLE ids at most.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from dedup.columns import PAD, ReadText, pack_bytes
from dedup.phrasing.reference import kernels, synonyms
from dedup.phrasing.reference.about import UNTOLD, About
from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.model import FORMAT, TOKENISER, Header, Table, write
from dedup.text import words as word_kernels
from dedup.text.arrays import as_arrays, tables
from dedup.text.tokens import abbreviations

LEAST_COUNT, LEAST_TEXTS = 3, 2
"""A word is kept that was seen so often, in so many texts."""
LEAST_REFERENCE = 100_000
"""Words that a reference is made of at least. Of clean texts of the same outlets (US news, Reuters, ABC) it calls
mangled, in the worst of several draws: made of 4,000 words 86 %, 6,000 19 %, 10,000 6.7 %, 30,000 2.0 %, 60,000 1.2 %,
100,000 0.8 %, 500,000 to 2 million 0.3 %.
"""
LEAST_NGRAM = 2
"""Occurrences of an n-gram that is kept: what was seen once is as good as a text."""
CHUNK = 4 << 20
"""Bytes of text that are worked on at once: of many texts, or of one, which is cut (the kernels take 70 bytes and more
for each).
"""
_CUT = 1 << 10
"""Bytes before the end of a piece in which a line or a word must end, else it is cut where it is."""
MOST_KEYS, MOST_WORDS = 1 << 25, 1 << 22
"""Different n-grams held while counting (400 MB), and room for different words (150 MB)."""
LONGEST = 400
"""Bytes of a word that are shown at most."""
AHEAD = 8
"""Chunks that are counted before the first of them is added to what was found (25 MB each)."""
SAMPLE = 12 << 20
"""Ids that synonyms are learned from."""
_HIDDEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Characters that say where a word may be broken, and are not seen."""
Pieces = NDArray[np.int64]
"""(n, 3): row, first byte and end of a text, or of a part of one that is too long to be worked on as a whole."""
Keys = tuple[NDArray[np.uint64], NDArray[np.uint32]]
"""Sorted different hashes and the count of each."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in some texts."""

    documents: int
    words: int
    vocabulary: dict[str, NDArray[Any]]
    """Columns `words` to `letter_ends` of a reference."""
    ngrams: Keys
    streams: NDArray[np.uint32]
    """Ids of a sample of the texts."""


def build(
    read: ReadText, rows: NDArray[np.int64], sizes: NDArray[np.int64], out: BinaryIO, pool: Executor, *,
    about: About = UNTOLD, most: int = 0, general: Keys | None = None,
) -> Header:  # fmt: skip
    """Count the texts `rows` and write a reference; `sizes` are the bytes of all texts, by row.

    `most`: n-grams kept at most, the most frequent ones (0: all seen LEAST_NGRAM times); `general`: hashed words and
    pairs of general English with counts a milliard words (see `model.Reference.general`).
    """
    counted = count(read, rows, sizes, pool)
    alike = synonyms.find(counted.streams, WORDS + len(counted.vocabulary["words"]))
    columns = counted.vocabulary | {
        "phrases": alike.phrases, "alike_of": alike.alike_of, "alike": alike.alike,
        "alike_closeness": alike.closeness,
    }  # fmt: skip
    columns |= _table_columns("", _most(counted.ngrams, most))
    columns |= _table_columns("general_", general or (np.zeros(0, np.uint64), np.zeros(0, np.uint32)))
    return write(header_of(columns, counted.documents, counted.words, about), columns, out)


def header_of(columns: dict[str, NDArray[Any]], documents: int, words: int, about: About) -> Header:
    """What a reference of these columns says of itself."""
    sizes = {
        "ngrams": len(columns["counts"]), "general": len(columns["general_counts"]), "phrases": len(columns["phrases"]),
        "synonyms": len(columns["alike_of"]),
    }  # fmt: skip
    return Header(
        FORMAT, TOKENISER, documents, words, about.made, tuple(about.sources), about.note, sizes, len(columns["words"]),
        "",
    )  # fmt: skip


def _table_columns(prefix: str, keys: Keys) -> dict[str, NDArray[Any]]:
    table = Table.of(*keys)
    return {f"{prefix}offsets": table.offsets, f"{prefix}remainders": table.remainders, f"{prefix}counts": table.counts}


def _most(keys: Keys, most: int) -> Keys:
    """No more than the `most` most frequent n-grams: all that were seen more than so often."""
    least = LEAST_NGRAM
    while most and int((keys[1] >= least).sum()) > most:
        least += 1
    kept = keys[1] >= least
    return keys[0][kept], keys[1][kept]


def count(read: ReadText, rows: NDArray[np.int64], sizes: NDArray[np.int64], pool: Executor) -> Counted:
    """Count words and n-grams of the texts `rows`."""
    parts = _chunks(rows, sizes)
    words, found, table = _words(parts, read)
    kept = np.flatnonzero((table[:, 0] >= LEAST_COUNT) & (table[:, 1] >= LEAST_TEXTS))
    kept = kept[np.argsort(found[kept])]
    found, columns = found[kept], table[kept].astype(np.int64)
    letters, ends = _letters(columns[:, 5:], read)
    vocabulary: dict[str, NDArray[Any]] = {
        "words": found, "word_counts": columns[:, 0], "word_texts": columns[:, 1],
        "word_capitals": (255 * columns[:, 4] + columns[:, 3] // 2) // np.maximum(columns[:, 3], 1),
        "letters": letters, "letter_ends": ends,
    }  # fmt: skip
    classes, ngrams, streams = _ngrams(parts, read, found, pool)
    return Counted(len(rows), words, vocabulary | {"class_counts": classes}, ngrams, streams)


def _chunks(rows: NDArray[np.int64], sizes: NDArray[np.int64]) -> list[Pieces]:
    """Texts in groups of about CHUNK bytes, those that are longer in pieces of that size."""
    counts = np.maximum(1, -(-sizes[rows] // CHUNK))
    number = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    all_rows, begins = np.repeat(rows, counts), number * CHUNK
    ends = np.minimum(begins + CHUNK, sizes[all_rows])
    cuts = np.flatnonzero(np.diff(np.cumsum(ends - begins) // CHUNK)) + 1
    return [part for part in np.split(np.column_stack((all_rows, begins, ends)), cuts) if len(part)]


def _loaded(part: Pieces, read: ReadText) -> tuple[list[bytes], NDArray[np.int64]]:
    """The pieces, and where in its text each begins: cuts move back to where a line or a word ends."""
    texts, bases = [], np.zeros(len(part), np.int64)
    for number, (row, begin, end) in enumerate(part.tolist()):
        text = read(row)
        if begin or end < len(text):
            bases[number] = _cut(text, begin)
            text = text[bases[number] : _cut(text, end)]
        texts.append(text)
    return texts, bases


def _cut(text: bytes, at: int) -> int:
    """Where a text is cut that is to be cut at about `at`."""
    if not 0 < at < len(text):
        return at
    least = max(0, at - min(_CUT, CHUNK // 2))
    for blank in (b"\n", b" "):
        if (found := text.rfind(blank, least, at)) >= 0:
            return found + 1
    while text[at] & 0xC0 == 0x80:  # within a character
        at -= 1
    return at


def _words(parts: list[Pieces], read: ReadText) -> tuple[int, NDArray[np.uint64], NDArray[np.uint32]]:
    """How many words there are, and the different ones: hashes, and the columns of `kernels.add_words`."""
    keys, table, total, held = *_room(1 << 17), 0, 0
    for part in parts:
        if 8 * held > len(keys):
            keys, table, held = _grown(keys, table)
        texts, bases = _loaded(part, read)
        words, held = kernels.add_words(
            *as_arrays(pack_bytes(texts)), part[:, 0].copy(), bases, *tables(), abbreviations(), keys, table, held
        )
        total += int(words)
    used = keys != 0
    return total, keys[used], table[used]


def _room(size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    return np.zeros(size, np.uint64), np.zeros((size, 7), np.uint32)


def _grown(keys: NDArray[np.uint64], table: NDArray[np.uint32]) -> tuple[NDArray[np.uint64], NDArray[np.uint32], int]:
    """The words in a table four times as large, or, when that would be too large, without those seen once."""
    least = 1 if 4 * len(keys) <= MOST_WORDS else 2
    new_keys, new_table = _room(4 * len(keys) if least == 1 else len(keys))
    return new_keys, new_table, kernels.move_words(keys, table, least, new_keys, new_table)


def _letters(firsts: NDArray[np.int64], read: ReadText) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The words that begin at (row, byte), in small letters: all their bytes, and where each ends."""
    found, nothing = [b""] * len(firsts), np.empty(0, np.uint8)
    order = np.lexsort((firsts[:, 1], firsts[:, 0]))
    row, text, padded = -1, b"", nothing
    for number in order.tolist():
        if firsts[number, 0] != row:
            row = int(firsts[number, 0])
            text = read(row)
            padded = np.frombuffer(text + b"\n" * PAD, np.uint8)
        begin = int(firsts[number, 1])
        end = min(begin + LONGEST, len(text))
        _, _, stop, _, _ = word_kernels.slow_word(
            padded, np.uint64(begin), np.uint64(end), *tables(), nothing, np.uint64(0)
        )
        found[number] = _HIDDEN.sub("", text[begin : int(stop)].decode()).lower().encode()
    joined = np.frombuffer(b"".join(found), np.uint8)
    return joined, np.cumsum([len(word) for word in found], dtype=np.int64)


def _ngrams(
    parts: list[Pieces], read: ReadText, words: NDArray[np.uint64], pool: Executor
) -> tuple[NDArray[np.int64], Keys, NDArray[np.uint32]]:
    """How often each class was seen, all n-grams, and ids of a sample of the texts."""
    room = 1 << max(4, (2 * len(words)).bit_length())
    keys, ids = np.zeros(room, np.uint64), np.zeros(room, np.uint32)
    kernels.fill_ids(words, np.arange(WORDS, WORDS + len(words), dtype=np.uint32), keys, ids)
    codes = np.concatenate((np.arange(WORDS, dtype=np.uint64), words))

    def one(part: Pieces) -> tuple[Keys, NDArray[np.uint32], NDArray[np.int64]]:
        buffer, starts, sizes = as_arrays(pack_bytes(_loaded(part, read)[0]))
        room = len(buffer) + 2 * len(starts) + 2
        found, streams, classes = np.empty(3 * room, np.uint64), np.empty(room, np.uint32), np.zeros(WORDS, np.int64)
        filled, length = kernels.ngram_keys(
            buffer, starts, sizes, *tables(), abbreviations(), keys, ids, codes, found, streams, classes
        )
        return _folded(found[:filled]), streams[:length].copy(), classes

    classes, stack, sampled = np.zeros(WORDS, np.int64), _Stack(), []
    step = max(1, -(-len(parts) * CHUNK // (5 * SAMPLE)))  # some five bytes a word
    for number, (folded, stream, seen) in enumerate(_ahead(pool, one, parts)):
        stack.push(folded)
        classes += seen
        if number % step == 0:
            sampled.append(stream)
    streams = np.concatenate(sampled) if sampled else np.zeros(0, np.uint32)
    return classes, stack.whole(), streams[:SAMPLE]


def _ahead(pool: Executor, work: Callable[[Any], Any], parts: Sequence[Any]) -> Iterator[Any]:
    """`pool.map` that holds no more than AHEAD results."""
    running: deque[Any] = deque()
    for part in parts:
        running.append(pool.submit(work, part))
        if len(running) >= AHEAD:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


def _folded(keys: NDArray[np.uint64]) -> Keys:
    keys.sort()
    counts = np.empty(len(keys), np.uint32)
    kept = kernels.runs(keys, counts)
    return keys[:kept].copy(), counts[:kept].copy()


class _Stack:
    """Counts that are merged with others of about their size, so that none is merged often."""

    def __init__(self) -> None:
        self._parts: list[Keys] = []

    def push(self, part: Keys) -> None:
        """Add the counts of a chunk."""
        self._parts.append(part)
        while len(self._parts) > 1 and len(self._parts[-2][0]) < 2 * len(self._parts[-1][0]):
            self._fold()
        if sum(len(keys) for keys, _ in self._parts) > MOST_KEYS:
            keys, counts = self.whole()
            often = counts > 1
            self._parts = [(keys[often], counts[often])]

    def _fold(self) -> None:
        two, one = self._parts.pop(), self._parts.pop()
        self._parts.append(merged(one, two))

    def whole(self) -> Keys:
        """All counts."""
        while len(self._parts) > 1:
            self._fold()
        return self._parts[0] if self._parts else (np.zeros(0, np.uint64), np.zeros(0, np.uint32))


def merged(one: Keys, two: Keys) -> Keys:
    """Both counts, added."""
    room = len(one[0]) + len(two[0])
    keys, counts = np.empty(room, np.uint64), np.empty(room, np.uint32)
    kept = kernels.merge_counts(*one, *two, keys, counts)
    return keys[:kept].copy(), counts[:kept].copy()
