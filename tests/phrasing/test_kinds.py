"""Kinds of text that are not judged."""

from __future__ import annotations

import pytest

from dedup.phrasing import kinds
from dedup.phrasing.kinds import FOREIGN
from dedup.phrasing.reference import Reference
from dedup.phrasing.scorer import Scorer
from tests import texts

OLD = (
    "What dost thou mean to do with the letter that he hath given thee, and wherefore art thou come to this house so "
    "late in the night? I did but speak of the king, and of the ship that was lost upon the sea, and thou hast called "
    "it treason. Give me thy hand, and I will go with thee to the gate, for it is the hour when all men that have a "
    "home are gone unto it, and none but we two are in the street."
)
PROSE = (
    "The old captain stood upon the deck; the wind had fallen, and the men, whose faces were turned to the shore, "
    "spoke in low voices of the house they had left; for none of them hoped to see it again before winter was over. "
    "He went down to his cabin; he sat for an hour at the table, whereupon he rose, and took from the shelf the letter "
    "that he had read so many times; and having read it once more, he put it back, and went to his bed without a word."
)
SYNOPSIS = "-a, --all: show all; -b: both, or [none]; -c FILE: a file, (see -d); -e, -f, -g: the same.\n" * 12


def reason(text: str) -> str | None:
    (found,) = Scorer(Reference.shipped()).score([text.encode()])
    return found.reason


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (OLD, kinds.ANOTHER_AGE),
        (PROSE, kinds.ANOTHER_AGE),
        (SYNOPSIS, FOREIGN),
        (texts.REPORT, None),
        (texts.INDEPENDENT, None),
    ],
)
def test_what_is_not_judged(text, why):
    assert reason(text) == why


def test_words_of_another_age_count_whether_the_reference_knows_them_or_not():
    reference = Reference.shipped()
    of_id = kinds.classes(reference, english=True)
    judged = Scorer(reference).judge([b"Thou art mine, and thy house is thine. The old street is ours."])
    marks, old, bookish = kinds.shares(judged, of_id)
    assert (of_id == 2).sum() > 1 and old.tolist() == [3 / 13] and marks[0] > 0 and bookish.tolist() == [1 / 13]
    assert kinds.shares(judged, kinds.classes(reference, english=False))[1].tolist() == [0.0]


def test_the_words_stand_in_for_unknown_ones_only():
    keys, ids = Reference.shipped().ids
    assert set(ids[keys > 0].tolist()) - {kinds.OLD} == set(range(8, 8 + len(Reference.shipped().words)))


def test_one_word_or_semicolons_alone_make_no_text_of_another_age():
    """A short text has an old word in the name of a song; a list of today has semicolons."""
    assert reason(texts.REPORT + " They sang Hath Her Way.") is None
    assert reason(texts.REPORT.replace(", ", "; ").replace(" and ", "; ")) is None
