"""Kinds of text that no reference here can judge, told by what rewriting leaves alone: marks, words of another age."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference_kernels import BEGIN, MARK, WORDS
from dedup.text.tokens import word_list

if TYPE_CHECKING:
    from dedup.phrasing.reference import Reference
    from dedup.phrasing.scorer import Judged

OLD = 6
"""Class of a word of older English that a reference does not know."""
_OLD_WORDS = """
doth dost ere forsooth hadst hast hath hither mayst methinks nay oft prithee saith seest shalt shouldst sirrah thee
thence thine thither thou thy thyself tis twas twere unto verily whither wilt wouldst ye yea
"""
LEAST_OLD = 0.004
"""Share of such words from which a text is of another age: 74 % of 449 pieces of Shakespeare (18 % are verse or lists
anyway), 94 % of the King James Bible, 1 in 1,000 of 4,900 texts of today (news, web pages, students, manuals)."""
MOST_MARKS = 0.3
"""Marks and beginnings of sentences for each word above which a text is a list, a table or a synopsis: 77 % of manual
pages, no article of 1,179 of two news sources, 9 % of newswire, which are tables of prices."""
ANOTHER_AGE = "in the English of another age, which the reference does not know"
_MARK, _OLD = 1, 2


def old_hashes() -> NDArray[np.uint64]:
    """Hashes of the words of older English, sorted."""
    return np.sort(word_list(_OLD_WORDS.split()))


def classes(reference: Reference, english: bool) -> NDArray[np.uint8]:
    """(WORDS + V,) by id: 1 for marks, 2 for words of another age."""
    found = np.zeros(WORDS + len(reference.words), np.uint8)
    found[[MARK, BEGIN]] = _MARK
    if english:
        found[OLD] = _OLD
        found[WORDS:][np.isin(reference.words, old_hashes())] = _OLD
    return found


def shares(judged: Judged, of_id: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) marks and words of another age for each word of the texts."""
    count = len(judged.lengths)
    texts = np.repeat(np.arange(count, dtype=np.int64), judged.lengths[:, 1])
    found = np.bincount(3 * texts + of_id[judged.streams], minlength=3 * count).reshape(-1, 3)
    words = np.maximum(judged.lengths[:, 0], 1)
    return found[:, _MARK] / words, found[:, _OLD] / words
