"""What synonyms win in the place of the worst words, against trying them one by one."""

from __future__ import annotations

import os
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring import kernels
from dedup.phrasing.scoring.level_kernels import NOTHING, Own
from dedup.phrasing.scoring.reference_columns import ReferenceColumns
from dedup.phrasing.scoring.sequence_kernels import sequence_odds
from dedup.phrasing.suggest import rewording, rewording_table
from dedup.phrasing.suggest.ranking import LENGTH
from dedup.phrasing.suggest.rewording import Rewordings
from dedup.phrasing.suggest.wordnet import Wordnet
from tests.phrasing import factories

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="takes minutes without compiled kernels"
)


class Listed:
    """A thesaurus."""

    names = True

    def __init__(self, entries):
        self._entries = entries

    def may_list(self, words):
        return words in self._entries

    def ranked(self, words):
        return self._entries.get(words, ())


ENTRIES = {
    "help": (("aid", -1.0), ("xyzzy", -0.5)), "army help": (("military aid", -1.0), ("aid", -3.0)),
    "army": (("military", -2.0),), "depot": (("library", -1.0), ("old tram library", 0.0)), "plugh": (("aid", 0.0),),
}  # fmt: skip
WORDS_OF = "the council said the army help of the old depot in Mill Street".lower().split()


@cache
def columns():
    texts = [
        "the council said the military aid of the old library in Mill Street. " * 3 + factories.sentence_soup(seed, 60)
        for seed in range(20)
    ]
    return ReferenceColumns(factories.made(texts))


@cache
def ids():
    reference = columns().reference
    return {reference.word(WORDS + number): WORDS + number for number in range(len(reference.words))}


def stream(words):
    return np.array([1, 1, *(ids()[word] for word in words), 1, 1], np.uint32)


def table(entries=ENTRIES):
    pairs = [tuple(words.split(" ")) for words in entries if " " in words]
    return rewording_table.build(columns().reference, Listed(entries), pairs)


def judged(*texts):
    """Texts of words and their log odds, as `Scorer.judge` gives them."""
    lengths = np.array([(len(words), len(words) + 4) for words, _ in texts], np.int64).reshape(-1, 2)
    return SimpleNamespace(
        streams=np.concatenate([stream(words) for words, _ in texts]), lengths=lengths,
        places=np.concatenate([np.arange(2, 2 + len(words)) for words, _ in texts]),
        odds=np.concatenate([np.array(odds, np.float32) for _, odds in texts]),
    )  # fmt: skip


def gains(words, odds, entries=ENTRIES, own=NOTHING):
    found = Rewordings(columns(), table(entries)).gains(judged((words, odds)), np.arange(1), own)
    return found[0, : len(words)]


def of(words, begin, end, own):
    """Log probability of `words[begin:end]` and the two behind."""
    return sequence_odds(stream(words), begin + 2, end + 4, columns().model, own)


def naive(words, at, own):
    best = 0.0
    for begin, end in ((at, at + 1), (at - 1, at + 1), (at, at + 2)):
        now = " ".join(words[max(begin, 0) : end])
        for other, worth in ENTRIES.get(now, ()) if begin >= 0 and end <= len(words) else ():
            new = other.split(" ")
            if len(new) <= rewording_table.LONGEST and all(word in ids() for word in new):
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
    own = forgetting(WORDS_OF) if forgotten else NOTHING
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
    monkeypatch.setattr(rewording_table, "MOST", 1)
    entries = {"depot": (("tram", -1.0), ("library", -1.0))}
    one = gains(WORDS_OF, range(len(WORDS_OF)), entries).max()
    monkeypatch.setattr(rewording_table, "MOST", 2)
    assert gains(WORDS_OF, range(len(WORDS_OF)), entries).max() > one


def test_several_texts_at_once():
    other = WORDS_OF[::-1]
    both = judged((WORDS_OF, range(len(WORDS_OF))), (other, range(len(other))), (WORDS_OF[:5], [0, 0, 2, 2, 1]))
    by = Rewordings(columns(), table())
    found = by.gains(both, np.array([0, 2, 1]))
    for row, one in zip(found, (0, 2, 1), strict=True):
        assert (row == by.gains(both, np.array([one]))[0]).all()
    assert (found[1, 5:] == 0).all()
    order = [2, 3, 4, 0, 1]  # the worst first, of two alike the first
    whole = [naive(WORDS_OF[:5], at, NOTHING) for at in order]
    assert found[1, :5] == pytest.approx(whole)


def test_by_a_reference_of_other_words_what_both_know_is_tried():
    """Ids differ, and so do probabilities; "library" is not known to it."""
    known = ReferenceColumns(
        factories.made(["the old depot and the military aid, said the council in Mill Street. " * 3] * 3)
    )
    by = Rewordings(known)
    by._known = rewording_table.translated(table(), columns().reference, known.reference)
    numbers = {known.reference.word(WORDS + number): WORDS + number for number in range(len(known.reference.words))}
    for word, other in (("aid", "aid"), ("said", "said")):
        assert by._known.inward[numbers[word]] == ids()[other] and by._known.outward[ids()[other]] == numbers[word]
    assert by._known.outward[ids()["library"]] == by._known.outward[ids()["help"]] == 0
    words = ["the", "council", "said", "the", "old", "depot", "in"]
    found = judged((words, range(len(words))))
    found.streams[2:-2] = [numbers[word] for word in words]
    assert (by.gains(found, np.arange(1)) == 0).all()  # a depot is a library, which nobody knows here


def test_a_table_as_it_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr(rewording_table, "FILE", tmp_path / "table.npz")
    with (tmp_path / "table.npz").open("wb") as out:
        rewording_table.save(table(), out)
    for one, two in zip(table(), rewording_table.shipped.__wrapped__(), strict=True):
        assert one.dtype == two.dtype and (one == two).all()


def test_more_than_a_table_has_numbers_for(monkeypatch):
    monkeypatch.setattr(rewording_table, "UNIT", 3)
    with pytest.raises(ValueError, match="more than the table has numbers for"):
        table()


def test_the_shipped_table_is_what_the_thesaurus_lists():
    """If this fails after the thesaurus or the reference was changed: `python -m benchmarks.rewording_table`."""
    reference, found, thesaurus = Reference.shipped(), rewording_table.shipped(), Wordnet.shipped()
    spelt = reference.spelt()
    assert len(found.pair_ends) == WORDS + len(spelt) + 1
    words, numbers = {word: number for number, word in enumerate(spelt, WORDS)}, np.random.default_rng(5)
    for number in numbers.choice(len(spelt), 150, replace=False).tolist():
        assert listed(found, WORDS + number) == expected(thesaurus, spelt[number], words)
    firsts = np.searchsorted(found.pair_ends, np.arange(len(found.seconds)), side="right") - 1
    for pair in numbers.choice(len(found.seconds), 150, replace=False).tolist():
        phrase = f"{spelt[firsts[pair] - WORDS]} {spelt[found.seconds[pair] - WORDS]}"
        assert listed(found, WORDS + len(spelt) + pair) == expected(thesaurus, phrase, words)


def listed(found, number):
    size = len(found.pair_ends) - 1
    part = found.listed[found.ends[number] : found.ends[number + 1]]
    units, worths = part & (1 << rewording_table.UNIT) - 1, found.worths[part >> rewording_table.UNIT]
    ids = [(unit,) if unit < size else tuple(found.phrases[unit - size].tolist()) for unit in units.tolist()]
    return list(zip(ids, worths.tolist(), strict=True))


def expected(thesaurus, phrase, words):
    known = []
    for other, worth in thesaurus.ranked(phrase):
        numbers = tuple(words.get(word, 0) for word in other.split(" "))
        if len(numbers) <= rewording_table.LONGEST and 0 not in numbers:
            known.append((numbers, worth))
    return known[: rewording_table.MOST]
