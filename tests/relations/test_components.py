"""Components of pairs that come a part at a time, beside the plain ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.relations.cluster import components
from dedup.relations.components import DisjointSets

PAIRS = st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=60)


def labels(pairs, cut, **options):
    sets = DisjointSets(30, **options)
    for part in (pairs[:cut], pairs[cut:]):
        columns = np.array(part, np.int64).reshape(-1, 2)
        sets.join(columns[:, 0], columns[:, 1])
    return sets.labels(np.arange(30)).tolist()


@given(PAIRS, st.integers(0, 60), st.randoms())
def test_the_same_as_plain_union_find_in_any_order(pairs, cut, random):
    wanted = list(range(30))
    for rows in components(pairs):
        for row in rows:
            wanted[row] = rows[0]
    assert labels(pairs, cut) == wanted
    random.shuffle(pairs)
    assert labels([pair if random.random() < 0.5 else pair[::-1] for pair in pairs], cut) == wanted


def test_a_file_says_the_same_as_memory(tmp_path):
    pairs = [(1, 2), (29, 2), (7, 8), (8, 9), (28, 28)]
    assert labels(pairs, 2, folder=tmp_path, most=0) == labels(pairs, 2)
    assert list(tmp_path.iterdir()) == []


def test_labels_may_be_asked_for_in_between():
    sets = DisjointSets(4)
    assert sets.labels(np.array([3, 1])).tolist() == [3, 1]
    sets.join(np.array([3]), np.array([1]))
    assert sets.labels(np.array([3, 1])).tolist() == [1, 1]
    sets.join(np.array([0]), np.array([3]))
    assert sets.labels(np.arange(4)).tolist() == [0, 0, 2, 0]


def test_a_row_that_there_is_not():
    with pytest.raises(IndexError, match="rows from 4 to 4 of 4"):
        DisjointSets(4).join(np.array([0]), np.array([4]))
