"""References made for tests: of a few texts in an invented English of some dozen words."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from random import Random

import numpy as np

from dedup.phrasing.reference import counting
from dedup.phrasing.reference.about import About
from dedup.phrasing.reference.model import LEVELS, Reference, Table
from dedup.phrasing.scoring import kernels
from tests.phrasing import naive as slow
from tests.text import naive

COMMON = ["the", "a", "an", "of", "to", "in", "said", "on"]
RARE = ["council", "depot", "library", "army", "aid", "help", "military", "vote", "honest", "apple", "one", "European",
        "tram", "Brandt", "Roth", "Mill", "Street", "old", "purchase", "don't"]  # fmt: skip
GAPS = [" "] * 12 + [", ", " – ", "-", "\n", ". ", ".\n\n"]


def sentence_soup(seed: object, words: int, strange: float = 0.05) -> str:
    """Words at random, some common ones among them, with the punctuation that news has."""
    rng, found = Random(f"soup {seed}"), []
    for _ in range(words):
        word = rng.choice(COMMON) if rng.random() < 0.45 else rng.choice(RARE)
        if rng.random() < strange:
            word = rng.choice(["xyzzy", "Plugh", "1911", "3rd", "naïveté"])
        kind = rng.random()
        found += [word.capitalize() if kind < 0.1 else word.upper() if kind < 0.12 else word, rng.choice(GAPS)]
    return "".join(found)


def made_bytes(texts: Sequence[str], threads: int = 1, **more: object) -> bytes:
    """The file of a reference of these texts."""
    encoded, out = [text.encode() for text in texts], io.BytesIO()
    about = About(**{name: more.pop(name) for name in ("sources", "note", "made") if name in more})
    sizes = np.array([len(text) for text in encoded], np.int64)
    with ThreadPoolExecutor(threads) as pool:
        counting.build(encoded.__getitem__, np.arange(len(encoded)), sizes, out, pool, about=about, **more)
    return out.getvalue()


def made(texts: Sequence[str], **more: object) -> Reference:
    return Reference(bytearray(made_bytes(texts, **more)), "made")


@cache
def soup() -> tuple[list[str], Reference]:
    """Texts, and a reference of them."""
    texts = [sentence_soup(seed, 70) for seed in range(24)]
    return texts, made(texts)


GENERAL = {
    ("the",): 5e7, ("a",): 2e7, ("an",): 3e6, ("council",): 1e5, ("army",): 9e4, ("xyzzy",): 40, ("plugh",): 7,
    ("of", "the"): 5e6, ("army", "help"): 40, ("military", "aid"): 9000, ("the", "xyzzy"): 1200, ("honest", "apple"): 3,
}  # fmt: skip
"""Words and pairs of general English, and their number in a milliard words."""


@cache
def general() -> Table:
    """The table of GENERAL."""
    one = np.array([naive.word_hash(words[0]) for words in GENERAL], np.uint64)
    two = np.array([naive.word_hash(words[1]) if len(words) > 1 else 0 for words in GENERAL], np.uint64)
    keys = np.empty(len(one), np.uint64)
    kernels.general_keys(one, two, keys)
    order = np.argsort(keys)
    return Table.of(keys[order], np.array([*GENERAL.values()])[order])


def rough(count: float) -> float:
    """A count as tables hold it."""
    return LEVELS[slow.nearest(LEVELS.tolist(), count)]


def known(texts: Sequence[str], reference: Reference) -> slow.Known:
    """What a reference of these texts must hold, counted by the twins."""
    table = {word: row for word, row in slow.word_table(list(texts)).items() if row[0] >= 3 and row[1] >= 2}
    streams = [slow.stream(text, set(table)) for text in texts]
    ngrams = Counter(ngram for codes in streams for ngram in slow.ngrams(codes))
    codes = Counter(code for found in streams for code in found)
    frequencies = {str(number): float(codes[str(number)]) for number in range(slow.FIRST_WORD)}
    frequencies |= {word: float(row[0]) for word, row in table.items()}
    by_hash = sorted(table, key=naive.word_hash)
    order = sorted(by_hash, key=lambda word: -table[word][0])  # of equally frequent ones the smaller hash first
    rate = {word: (255 * row[4] + row[3] // 2) // max(row[3], 1) / 255 for word, row in table.items()}
    assert [reference.word(8 + number) for number in range(len(reference.words))] == by_hash
    return slow.Known(
        frequencies, rate, {ngram: rough(count) for ngram, count in ngrams.items() if count >= 2},
        {("general" if len(words) == 1 else "pair", *words): rough(count) for words, count in GENERAL.items()},
        sum(frequencies.values()), set(order[:60]), order[:300],
    )  # fmt: skip
