"""Texts of any number whose wording recurs about as rarely as that of real news, with planted copies.

A walk over the words of Reuters and US news: the next word follows the last two as it does somewhere in them, or now
and then (`LOOSE`) the last one alone. Sentences of `corpus` and `articles.walked` stand in many of their documents: of
23,616 texts, 82 and 69 % of a text's shingles of five words are in another one as well. Of as many real articles it is
10 %, of these texts 9 % (median, copies included).

News goes on to have new words, too: twice as many articles have 1.5 times the words. Words that stand in the pool at
most `RARE` times are therefore spelled in any number of ways, most of them seldom. `python -m benchmarks.varied` shows
both, for these texts and others.

One document in ten is a copy of any earlier one, with up to 30 % of its words replaced, scattered or in one run. A
document depends on its number alone, so that any can be made again, in any order and by several threads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import orjson
from numpy.typing import NDArray

from benchmarks import articles
from benchmarks.corpus import cached
from benchmarks.settings import DATA, generated

LOOSE = 0.25
"""Share of the words that follow the last one alone."""
LENGTH, LEAST, MOST = 420, 20, 1200
"""Words: mean of a document, least and most."""
SPREAD = 150
COPY_OF_TEN, MOST_EDITED = 10, 0.3
RARE, TAIL = 5, 0.887
"""Words of the pool that stand in it so often at most have spellings; the chance that a document has a spelling beyond
the n-th is n**-TAIL. So many draws make their 1 / (1 + TAIL) = 0.53rd power of different ones (Heaps' law)."""
SPELLINGS = 1 << 30
TOGETHER = 16
"""Documents that are walked at once."""
CHUNK = 10_000
"""Documents that a thread writes at once."""
WIDEST = 1 << 24
"""Bytes of room for the texts of a chunk beyond four times the most words."""
SAMPLE = 23_616
"""As many as there are real articles."""
FIRST_LETTER = re.compile(rb"(?<!\\)[A-Za-z]")
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@numba.njit(nogil=True, cache=True)
def _next(state):  # type: ignore[no-untyped-def]
    """One step of splitmix64 (Steele, Lea and Flood 2014, section 5): the new state and 53 bits as a number below 1."""
    state += GOLDEN
    mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state, ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) / 9007199254740992.0


@numba.njit(nogil=True, cache=True)
def source_of(number):  # type: ignore[no-untyped-def]
    """The document that document `number` is a copy of, -1 for none."""
    if number == 0:
        return -1
    state, draw = _next(np.uint64(number) * np.uint64(0xD1342543DE82EF95))
    if draw * COPY_OF_TEN >= 1:
        return -1
    source = number
    while source > 0:  # an earlier one that is no copy itself; the first is none
        state, draw = _next(state)
        source = int(draw * source)
        _, theirs = _next(np.uint64(source) * np.uint64(0xD1342543DE82EF95))
        if source == 0 or theirs * COPY_OF_TEN >= 1:
            break
    return source


@numba.njit(nogil=True, cache=True)
def _begin(number, places):  # type: ignore[no-untyped-def]
    """How many words an original has, where its walk begins, and the state of the draws."""
    state = np.uint64(number) ^ np.uint64(0xA0761D6478BD642F)
    total = 0.0
    for _ in range(12):  # the sum of twelve draws is nearly normal with variance 1
        state, draw = _next(state)
        total += draw
    count = int(min(max(LENGTH + SPREAD * (total - 6), LEAST), MOST))
    state, draw = _next(state)
    return count, 1 + int(draw * (len(places) - 2)), state


@numba.njit(nogil=True, cache=True)
def _walk(numbers, places, by_word, word_runs, by_pair, texts, counts):  # type: ignore[no-untyped-def]
    """Write the words of some originals into the rows of `texts`, and how many into `counts`. All take a step in turn,
    as each waits for memory.
    """
    states, where = np.empty(len(numbers), np.uint64), np.empty(len(numbers), np.int64)
    for one in range(len(numbers)):
        counts[one], where[one], states[one] = _begin(numbers[one], places)
    for at in range(counts[: len(numbers)].max()):
        for one in range(len(numbers)):
            place = where[one]
            word, first, held = places[place, 0], places[place, 1], places[place, 2]
            texts[one, at] = word
            states[one], draw = _next(states[one])
            if draw < LOOSE:
                place = by_word[word_runs[word, 0] + int(draw / LOOSE * word_runs[word, 1])]
            elif held > 1:
                place = by_pair[first + int((draw - LOOSE) / (1 - LOOSE) * held)]
            where[one] = place + 1 if place + 1 < len(places) else 1


@numba.njit(nogil=True, cache=True)
def _edit(number, words, text, count):  # type: ignore[no-untyped-def]
    """Replace some words of a copy, scattered or in one run."""
    state, draw = _next(np.uint64(number) ^ np.uint64(0xE7037ED1A0B428DB))
    edited = int(draw * MOST_EDITED * count)
    state, draw = _next(state)
    scattered = draw < 0.5
    state, draw = _next(state)
    begin = int(draw * (count - edited))
    for at in range(edited):
        state, draw = _next(state)
        where = int(draw * count) if scattered else begin + at
        state, draw = _next(state)
        text[where] = words[int(draw * len(words))]


@numba.njit(nogil=True, cache=True)
def _append(out, at, data):  # type: ignore[no-untyped-def]
    for byte in data:
        out[at] = byte
        at += 1
    return at


@numba.njit(nogil=True, cache=True)
def _append_number(out, at, number):  # type: ignore[no-untyped-def]
    digits = 1
    while 10**digits <= number:
        digits += 1
    for place in range(digits):
        out[at + digits - 1 - place] = 48 + number % 10
        number //= 10
    return at + digits


@numba.njit(nogil=True, cache=True)
def _spelling(number):  # type: ignore[no-untyped-def]
    """How a document spells rare words."""
    _, draw = _next(np.uint64(number) ^ np.uint64(0x8EBC6AF09C88C6E3))
    return int(min((1 - draw) ** (-1 / TAIL), SPELLINGS)) - 1


@numba.njit(nogil=True, cache=True)
def _append_word(out, at, data, slot, spelling):  # type: ignore[no-untyped-def]
    """Write a word, with letters after `slot` bytes of it where it is spelled in another way."""
    if not slot or not spelling:
        return _append(out, at, data)
    at = _append(out, at, data[:slot])
    while spelling:
        out[at] = 97 + spelling % 26
        spelling //= 26
        at += 1
    return _append(out, at, data[slot:])


@numba.njit(nogil=True, cache=True)
def _lines(first, last, pool, words_of, parts, out):  # type: ignore[no-untyped-def]
    """Write the documents `first` to `last` as lines of JSON; returns the bytes written."""
    words, places, by_word, word_runs, by_pair = pool
    spelled, ends, slots = words_of
    texts, counts, numbers = (
        np.empty((TOGETHER, MOST), np.int32),
        np.empty(TOGETHER, np.int64),
        np.empty(TOGETHER, np.int64),
    )
    at = 0
    for begin in range(first, last, TOGETHER):
        some = min(TOGETHER, last - begin)
        for one in range(some):
            source = source_of(begin + one)
            numbers[one] = begin + one if source < 0 else source
        _walk(numbers[:some], places, by_word, word_runs, by_pair, texts, counts)
        for one in range(some):
            text, count, spelling = texts[one], counts[one], _spelling(numbers[one])
            if numbers[one] != begin + one:
                _edit(begin + one, words, text, count)
            at = _append_number(out, _append(out, at, parts[0]), begin + one)
            at = _append(out, at, parts[1])
            for place in range(count):
                if place:
                    out[at] = 32
                    at += 1
                word = text[place]
                at = _append_word(out, at, spelled[ends[word] : ends[word + 1]], slots[word], spelling)
            at = _append(out, at, parts[2])
    return at


def _runs(values: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Places ordered by their value; and (values, 2) where in that order those of each value begin, and how many."""
    counts = np.bincount(values)
    return np.argsort(values, kind="stable").astype(np.int32), np.stack(
        (np.cumsum(counts) - counts, counts), axis=1
    ).astype(np.int32)


class Pool:
    """The words that are walked over."""

    def __init__(self, records: Iterable[dict[str, str]]) -> None:
        numbers: dict[str, int] = {}
        words = np.array(
            [numbers.setdefault(word, len(numbers)) for row in records for word in row["text"].split()], np.int32
        )
        pairs = np.concatenate(([0], words[:-1].astype(np.int64) * len(numbers) + words[1:]))
        pair = np.unique(pairs, return_inverse=True)[1]
        by_pair, pair_runs = _runs(pair)
        # what a step asks for stands together: a walk waits for memory, and for nothing else
        places = np.column_stack((words, pair_runs[pair]))
        self._pool = (words, places, *_runs(words.astype(np.int64)), by_pair)
        spelled = [orjson.dumps(word)[1:-1] for word in numbers]
        ends = np.concatenate((np.zeros(1, np.int64), np.cumsum([len(word) for word in spelled])))
        slots = [found.end() if (found := FIRST_LETTER.search(word)) else 0 for word in spelled]
        rare = np.bincount(words) <= RARE
        self._words = np.frombuffer(b"".join(spelled), np.uint8), ends, np.where(rare, slots, 0)
        self._parts = tuple(np.frombuffer(part, np.uint8) for part in (b'{"id":"doc-', b'","text":"', b'"}\n'))

    def lines(self, first: int, last: int) -> bytes:
        """The documents `first` to `last`, a line of JSON each."""
        out = np.empty((last - first) * 4 * MOST + WIDEST, np.uint8)
        used = _lines(first, last, self._pool, self._words, self._parts, out)
        return out[:used].tobytes()


def chunks(size: int, data: Path, threads: int = 2) -> Iterator[bytes]:
    """`size` documents as lines of JSON, some thousand at a time."""
    pool = Pool(articles.real(data))
    with ThreadPoolExecutor(threads) as executor:
        waiting = []
        for first in range(0, size, CHUNK):
            waiting.append(executor.submit(pool.lines, first, min(first + CHUNK, size)))
            if len(waiting) > threads:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def varied_file(size: int, data: Path) -> Path:
    """`size` documents as `benchmarks/data/varied-SIZE.jsonl`, see `settings.generated`."""
    return generated(f"varied-{size}.jsonl", lambda: chunks(size, data))


def recurring(texts: Iterable[str], ngram: int = 5) -> float:
    """Share of a text's distinct shingles that another one has, in the median."""
    shingles = [set(zip(*(text.lower().split()[at:] for at in range(ngram)), strict=False)) for text in texts]
    holders = Counter(map(hash, (one for each in shingles for one in each)))
    return float(np.median([np.mean([holders[hash(one)] > 1 for one in each]) for each in shingles if each]))


def growth(texts: Sequence[str]) -> float:
    """How many times the words of half of the texts, the first of each two, all of them have."""
    half, whole = ({word for text in some for word in text.split()} for some in (texts[::2], texts))
    return len(whole) / len(half)


def _main() -> None:
    real, walked = articles.real_file(DATA), articles.walked_file(SAMPLE, DATA)
    for file in (real, varied_file(SAMPLE, DATA), walked, cached(SAMPLE, DATA), varied_file(8 * SAMPLE, DATA)):
        with file.open("rb") as lines:
            texts = [orjson.loads(line)["text"] for line in lines]
        share = recurring(texts) if len(texts) <= 2 * SAMPLE else float("nan")
        print(f"{file.stem}: {share:.1%} of a text's shingles are in another one (median); words {growth(texts):.2f} x")


if __name__ == "__main__":
    _main()
