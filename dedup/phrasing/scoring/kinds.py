"""Texts that a reference cannot judge, and why: too short, in another language, of another age, of a strange kind.

Told by what rewriting leaves alone: the commonest words, marks, words of another age, where function words stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import BEGIN, MARK, WORDS
from dedup.phrasing.scoring.document_kernels import FUNCTION_BOUND, FUNCTION_CHANCE
from dedup.text.tokens import word_list

if TYPE_CHECKING:
    from dedup.phrasing.reference.model import Reference
    from dedup.phrasing.scoring.reference_columns import ReferenceColumns
    from dedup.phrasing.scoring.scorer import WordScores

LEAST_WORDS = 60
"""Words of a text that is judged."""
SHORT = f"fewer than {LEAST_WORDS} words"
LEAST_COMMON = 0.45
"""Which part of the share that the commonest words have in a reference they must have in a text."""
FOREIGN = "not in the language of the reference, or no running text"
STRANGE = "in a kind of English that the reference does not know"
KNOWING = 1_000_000
"""Words of a reference from which it is told by where function words stand whether it knows a kind of text: what a
smaller one expects is lower. Spinners leave function words alone; verse and Shakespeare do not: of 200 pieces of his
plays 33 % were called mangled without, 6.5 % with it; of texts spun in full as many as before."""

OLD = 6
"""Class of a word of older English that a reference does not know."""
_OLD_WORDS = """
doth dost ere forsooth hadst hast hath hither mayst methinks nay oft prithee saith seest shalt shouldst sirrah thee
thence thine thither thou thy thyself tis twas twere unto verily whither wilt wouldst ye yea
"""
LEAST_OLD, OLD_WORDS = 0.004, 2
"""Share of such words from which a text is of another age: 74 % of 449 pieces of Shakespeare (18 % are verse or lists
anyway), 94 % of the King James Bible, 1 in 1,000 of 4,900 texts of today (news, web pages, students, manuals). And how
many there are at least: a short text has one in the name of a song."""
_BOOKISH_WORDS = """
alas albeit amid anon aught behold beheld befell betwixt countenance erelong forthwith hence henceforth heretofore
hereto hitherto lest lo mine naught nigh peradventure shall thence thereof therein thereto thereupon unto upon whence
whereat whereby wherefore wherein whereof whereupon whilst withal wont yonder
"""
LEAST_BOOKISH, LEAST_SEMICOLONS = 0.0025, 0.008
"""Share of words of older prose (with those of older English), and of semicolons, from which a text is of another age:
84 % of the pieces of a novel of 1851, of 1,000 news stories and 200 spun ones none, 4 in 1,000 of web pages."""
MOST_MARKS = 0.3
"""Marks and beginnings of sentences for each word above which a text is a list, a table or a synopsis: 77 % of manual
pages, no article of 1,179 of two news sources, 9 % of newswire, which are tables of prices."""
ANOTHER_AGE = "in the English of another age, which the reference does not know"
_MARK, _OLD, _BOOKISH = 1, 2, 3


def reasons(judged: WordScores, columns: ReferenceColumns, low: NDArray[np.float32]) -> list[str | None]:
    """For each text why a reference cannot judge it, None where it can; `low` (DOCUMENT,) see `weights`. Where there
    are several reasons, the last of: strange, of another age, foreign, short.
    """
    words = judged.lengths[:, 0]
    marks, old, bookish = shares(judged, columns.kinds)
    foreign = ~knows(judged, columns) | (marks > MOST_MARKS)  # a reference without words knows none
    odd = strange(judged.documents, low) & (columns.reference.header.words >= KNOWING)
    aged = (old >= LEAST_OLD) & (old * words >= OLD_WORDS)
    aged |= (old + bookish >= LEAST_BOOKISH) & (judged.semicolons >= LEAST_SEMICOLONS * words)
    found = np.full(len(words), None, object)
    for reason, which in (
        (STRANGE, odd), (ANOTHER_AGE, aged & columns.english), (FOREIGN, foreign), (SHORT, words < LEAST_WORDS)
    ):  # fmt: skip
        found[which] = reason
    told: list[str | None] = found.tolist()
    return told


def knows(judged: WordScores, columns: ReferenceColumns) -> NDArray[np.bool_]:
    """(n,) whether each text is in the language of the reference, as far as that can be told."""
    usual: NDArray[np.bool_] = judged.usual > LEAST_COMMON * columns.usual * judged.lengths[:, 0]
    return usual


def strange(documents: NDArray[np.float32], low: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n,) whether the function words of each text stand where the reference has seldom seen them."""
    places = [FUNCTION_CHANCE, FUNCTION_BOUND]
    found: NDArray[np.bool_] = np.all(documents[:, places] < low[places], axis=1)
    return found


def old_hashes() -> NDArray[np.uint64]:
    """Hashes of the words of older English, sorted."""
    return np.sort(word_list(_OLD_WORDS.split()))


def classes(reference: Reference, english: bool) -> NDArray[np.uint8]:
    """(WORDS + V,) by id: 1 for marks, 2 for words of older English, 3 for words of older prose."""
    found = np.zeros(WORDS + len(reference.words), np.uint8)
    found[[MARK, BEGIN]] = _MARK
    if english:
        found[WORDS:][np.isin(reference.words, word_list(_BOOKISH_WORDS.split()))] = _BOOKISH
        found[OLD] = _OLD
        found[WORDS:][np.isin(reference.words, old_hashes())] = _OLD
    return found


def shares(judged: WordScores, of_id: NDArray[np.uint8]) -> tuple[NDArray[np.float64], ...]:
    """(n,) marks, words of older English and words of older prose for each word of the texts."""
    count, kinds = len(judged.lengths), _BOOKISH + 1
    texts = np.repeat(np.arange(count, dtype=np.int64), judged.lengths[:, 1])
    found = np.bincount(kinds * texts + of_id[judged.streams], minlength=kinds * count).reshape(-1, kinds)
    words = np.maximum(judged.lengths[:, 0], 1)
    return found[:, _MARK] / words, found[:, _OLD] / words, found[:, _BOOKISH] / words
