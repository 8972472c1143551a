"""Places of texts and what stood there: the kernels against trying one alternative after the other."""

from __future__ import annotations

import os
from functools import cache

import numpy as np
import pytest

from benchmarks.spinner import spin
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring.scorer import LIKELY, RANKED, SHOWN, Scorer
from dedup.phrasing.suggest import suggestion, thesaurus_index
from dedup.phrasing.suggest.suggestion import Bounds, Suggestions, TextWords
from dedup.phrasing.suggest.thesaurus import Thesaurus
from dedup.phrasing.suggest.thesaurus_files import ThesaurusEntry
from dedup.phrasing.suggest.thesaurus_index import ThesaurusIndex
from dedup.phrasing.suggest.wordnet import SAID
from tests.phrasing import naive_suggestions as naive
from tests.phrasing.test_scorer import FLOOD, VOCABULARY
from tests.phrasing.test_thesaurus import SPUN

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="takes minutes without compiled kernels"
)
TWICE = (
    "The forecaster discoursed of it. Mr Marks discoursed of the county, an Administrative District or an "
    "administrative district (urban center), and of the colossal plugh; nobody discoursed of the city. She discoursed."
)
OWN = Thesaurus([
    ThesaurusEntry(word, list(others), "") for word, others in {
        "discoursed": ("spoke", "talked about", "Senate", "said a few words"), "plugh": ("blow", "xyzzy"),
        "discoursed of the": ("told the", "ran a"),
    }.items()
])  # fmt: skip
TEXTS = {
    "spun": spin(FLOOD, VOCABULARY, 1.0, "all").text, "half": spin(FLOOD, VOCABULARY, 0.5, "some").text, "news": SPUN,
    "clean": FLOOD, "twice": TWICE, "capitals": SPUN.upper(), "one": "discoursed",
    "marks": "Aqua! (aqua) aqua, 2 aqua.",
}  # fmt: skip


@cache
def scorer() -> Scorer:
    return Scorer(Reference.shipped())


@cache
def words_of(name: str) -> TextWords:
    text = TEXTS[name].encode()
    judged = scorer().judge([text])

    def letters(at: int) -> str:
        return text[judged.spans[at, 0] : judged.spans[at, 1]].decode()

    chances = 1 / (1 + np.exp(-judged.odds.astype(np.float64)))
    return TextWords(judged.streams, judged.places, chances, letters)


EVERYWHERE = Bounds(0.0, 200)
THESAURI = {"shipped": SAID, "own": OWN}


@pytest.mark.parametrize("bounds", [SHOWN, LIKELY, RANKED, EVERYWHERE, Bounds(0.05, 3)])
@pytest.mark.parametrize("thesaurus", THESAURI)
@pytest.mark.parametrize("name", TEXTS)
def test_the_same_as_one_by_one(name, thesaurus, bounds):
    columns, reference = scorer().columns, scorer().reference
    by = Suggestions(columns, ThesaurusIndex(reference, THESAURI[thesaurus]))
    found = by.find(words_of(name), bounds)
    assert found == naive.find(columns, words_of(name), bounds, naive.Listed(reference, THESAURI[thesaurus]))
    assert found == by.find(words_of(name), bounds), "also from what was kept"
    assert [(one.first, one.last) for one in Suggestions(columns, None).find(words_of(name), bounds)] == naive._groups(
        words_of(name).chances, words_of(name).places, bounds
    )


def test_something_is_said_of_what_the_comparison_is_made_on():
    by = Suggestions(scorer().columns, ThesaurusIndex(scorer().reference, SAID))
    said = [one.wording for name in TEXTS for one in by.find(words_of(name), EVERYWHERE) if one.wording]
    assert len(said) > 40 and any(" " in one for one in said)


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_tried_first_is_what_one_by_one_tries(name):
    columns, reference = scorer().columns, scorer().reference
    text, tried, lists, elsewhere = Suggestions(columns, ThesaurusIndex(reference, OWN)).tried(words_of(name), RANKED)
    groups = naive._groups(words_of(name).chances, words_of(name).places, RANKED)
    assert text.groups.tolist() == [list(group) for group in groups]
    by = naive.looked(columns, words_of(name), groups, naive.Listed(reference, OWN))
    for number in range(len(groups)):
        begin, now, once = by.seen[number]
        again = by.tried(number, begin, now)
        at = 1
        for _, start, length, listed, first in tried.spans[tried.ends[number] : tried.ends[number + 1]].tolist():
            for entry in range(int(lists.ends[listed + 1] - lists.ends[listed])):
                unit = lists.units[lists.ends[listed] + entry]
                change, place = again.changes[at], first + entry
                assert (start, length) == change[:2]
                assert tuple(lists.words[unit, : lists.sizes[unit]].tolist()) == change.ids
                got = tried.odds[place], tried.general[place], elsewhere[place]
                assert got == pytest.approx(again.known[at, [naive.ODDS, naive.GENERAL, naive.ELSEWHERE]].tolist())
                at += 1
        assert at == len(again.changes) == len(once.changes)


def test_without_a_thesaurus_nothing_is_tried():
    with pytest.raises(ValueError, match="no thesaurus"):
        Suggestions(scorer().columns, None).tried(words_of("news"), SHOWN)


def test_places_side_by_side_are_one_and_no_more_are_looked_at_than_can_be_shown():
    chances, places = np.array([0.9, 0.2, 0.7, 0.8, 0.65, 0.1, 0.6, 0.95]), np.array([3, 4, 5, 6, 7, 8, 10, 12])

    def groups(bounds, many=8):
        found, near = suggestion._groups(chances[:many], places[:many], bounds)
        assert all(near[first : last + 1].all() for first, last in found.tolist())
        return found.tolist()

    assert groups(Bounds(0.5, 9)) == [[0, 0], [2, 4], [6, 6], [7, 7]]
    assert groups(Bounds(0.5, 2)) == [[0, 0], [7, 7]]
    assert groups(Bounds(0.1, 2, suggestion.LOOSE)) == [[0, 0], [7, 7]]
    assert groups(Bounds(0.99, 9)) == []
    chances[:3] = 0.4, 0.2, 0.1
    assert groups(Bounds(0.2, 2, 0.4), 3) == [[0, 1]]


def test_an_index_forgets_what_is_too_much_and_finds_it_again(monkeypatch):
    reference = Reference.shipped()
    index = ThesaurusIndex(reference, SAID)
    asked = ["army", "xyzzy", "put up", "help", "of the", "aqua", "in truth"]
    numbers, lists = index.lists(asked)
    assert [number > 0 for number in numbers] == [True, False, True, True, False, True, True]
    known = [lists.units[lists.ends[number] : lists.ends[number + 1]].tolist() for number in numbers]
    monkeypatch.setattr(thesaurus_index, "KEPT", 3)
    again, fresh = index.lists(asked[::-1])
    spelt = [
        [fresh.words[unit].tolist() for unit in fresh.units[fresh.ends[number] : fresh.ends[number + 1]]]
        for number in again[::-1]
    ]
    assert spelt == [[lists.words[unit].tolist() for unit in one] for one in known]
    assert len(index._numbers) == 5, "what is not listed is no burden"
    assert known == [lists.units[lists.ends[number] : lists.ends[number + 1]].tolist() for number in numbers], (
        "as given"
    )
