"""What synonyms win in the place of the worst words, against trying them one by one."""

from __future__ import annotations

import os
from functools import cache

import numpy as np
import pytest

from dedup.phrasing import rewording
from dedup.phrasing import score_kernels as kernels
from dedup.phrasing.level_kernels import Own
from dedup.phrasing.reference_kernels import WORDS
from dedup.phrasing.rewording import LENGTH, Rewordings
from dedup.phrasing.scorer import Columns
from tests.phrasing import made

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="takes minutes without compiled kernels"
)


class Listed:
    """A thesaurus."""

    names = True

    def __init__(self, entries):
        self._entries = entries

    def ranked(self, words):
        return self._entries.get(words, ())


ENTRIES = {
    "help": (("aid", -1.0), ("xyzzy", -0.5)), "army help": (("military aid", -1.0), ("aid", -3.0)),
    "army": (("military", -2.0),), "depot": (("library", -1.0), ("old tram library", 0.0)), "plugh": (("aid", 0.0),),
}  # fmt: skip
WORDS_OF = "the council said the army help of the old depot in Mill Street".lower().split()


@cache
def columns():
    texts = ["the council said the military aid of the old library in Mill Street. " * 3 + made.sentence_soup(seed, 60)
             for seed in range(20)]  # fmt: skip
    return Columns(made.made(texts))


@cache
def ids():
    reference = columns().reference
    return {reference.word(WORDS + number): WORDS + number for number in range(len(reference.words))}


def stream(words):
    return np.array([1, 1, *(ids()[word] for word in words), 1, 1], np.uint32)


def gains(words, odds, entries=ENTRIES, own=rewording.NOTHING):
    places = np.arange(2, 2 + len(words))
    return Rewordings(columns(), Listed(entries)).gains(stream(words), places, np.array(odds, np.float32), own)


def of(words, begin, end, own):
    """Log probability of `words[begin:end]` and the two behind."""
    table, known = columns().reference.ngrams, columns()
    row = stream(words)[begin : end + 4][None]
    odds = np.empty(1)
    kernels.sequences_odds(
        row, np.array([end - begin]), known.frequencies, known.codes, table.offsets, table.remainders, table.counts,
        known.values, table.shift, known.total, own.keys, own.counts, odds,
    )  # fmt: skip
    return odds[0]


def naive(words, at, own):
    best = 0.0
    for begin, end in ((at, at + 1), (at - 1, at + 1), (at, at + 2)):
        now = " ".join(words[max(begin, 0) : end])
        for other, worth in ENTRIES.get(now, ()) if begin >= 0 and end <= len(words) else ():
            new = other.split(" ")
            if len(new) <= rewording.LONGEST and all(word in ids() for word in new):
                tried = of([*words[:begin], *new, *words[end:]], begin, begin + len(new), own)
                gain = tried - of(words, begin, end, own) + worth + LENGTH * (len(new) - (end - begin))
                best = max(best, gain)
    return best


def forgetting(words):
    own = Own(np.zeros(256, np.uint64), np.zeros(256, np.int32))
    kernels.add_own(stream(words)[2:-2], columns().codes, own.keys, own.counts)
    return own


@pytest.mark.parametrize("forgotten", [False, True])
def test_gains_are_those_of_trying_one_by_one(forgotten):
    own = forgetting(WORDS_OF) if forgotten else rewording.NOTHING
    found = gains(WORDS_OF, range(len(WORDS_OF)), own=own)  # the last word is the worst
    assert found == pytest.approx([naive(WORDS_OF, at, own) for at in range(len(WORDS_OF))][::-1])
    assert (found > 5).sum() >= 3  # army, help, depot


def test_the_worst_words_alone_are_tried(monkeypatch):
    monkeypatch.setattr(rewording, "PLACES", 2)
    odds = [3 if word == "depot" else 1 if word == "the" else -5 for word in WORDS_OF]
    found = gains(WORDS_OF, odds)
    assert len(found) == 2 and found[0] > 5 and found[1] == 0


def test_where_no_synonym_is_known_nothing_is_won():
    assert (gains(WORDS_OF, range(len(WORDS_OF)), {}) == 0).all()
    assert len(gains([], [])) == 0
    right = [{"army": "military", "help": "aid", "depot": "library"}.get(word, word) for word in WORDS_OF]
    back = {"aid": (("help", -1.0),), "military aid": (("army help", -1.0),), "library": (("depot", -1.0),)}
    assert gains(right, range(len(right)), back).max() == 0


def test_no_more_alternatives_than_tell(monkeypatch):
    monkeypatch.setattr(rewording, "MOST", 1)
    entries = {"depot": (("tram", -1.0), ("library", -1.0))}
    one = gains(WORDS_OF, range(len(WORDS_OF)), entries).max()
    monkeypatch.setattr(rewording, "MOST", 2)
    assert gains(WORDS_OF, range(len(WORDS_OF)), entries).max() > one
