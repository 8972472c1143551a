"""Adding, asking and taking out, on both databases."""
import random
import pytest
from dedup import Config, Document, scan
from dedup.index.index import Index
from tests import texts
from tests.index.indexes import *

def test_whole(index):
    docs = newsroom()
    add(index, *docs)
    assert_consistent(index)
    assert_like_scan(index, docs)

def test_one_by_one(place):
    docs = newsroom(); random.Random(1).shuffle(docs)
    with Index.open(place) as index:
        for d in docs:
            add(index, d); assert_consistent(index)
        assert_like_scan(index, docs)
        for n in range(len(docs)):
            index.remove([docs[n].id]); assert_consistent(index)
            assert_like_scan(index, docs[n+1:])
