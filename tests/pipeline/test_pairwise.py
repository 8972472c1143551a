"""Scans that judge pairwise: nothing depends on what else is there, nor on the order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import Config, Document, scan
from tests.index.indexes import PAIRWISE, clusters_of_scan, doc, edges_of_scan, newsroom, prose

CONFIG = Config().update(PAIRWISE)


def test_of_nothing_and_of_one():
    assert len(scan([], CONFIG).edges) == 0
    assert scan(["one text alone"], CONFIG).clusters == ()


@settings(max_examples=12)
@given(st.permutations(newsroom()))
def test_the_order_of_the_input_changes_nothing(documents):
    result, other = scan(documents, CONFIG), scan(newsroom(), CONFIG)
    assert edges_of_scan(result) == edges_of_scan(other)
    assert clusters_of_scan(result) == clusters_of_scan(other)
    assert len(result.edges) >= 5


@settings(max_examples=8)
@given(st.sets(st.integers(0, 10), min_size=2))
def test_a_pair_is_what_it_is_whatever_else_is_there(chosen):
    documents = newsroom()
    whole = edges_of_scan(scan(documents, CONFIG))
    # an exact copy is compared through the one that stands for it: keep both or none
    chosen |= {0, 2}
    part = edges_of_scan(scan([documents[at] for at in sorted(chosen)], CONFIG))
    names = {documents[at].id for at in chosen}
    # clustering may ask for other pairs, where other documents are between them
    assert {pair: edge for pair, edge in whole.items() if set(pair) <= names and pair in part} == part
    assert len(part) >= 1


def test_texts_that_share_a_digest_fold_by_what_they_say():
    """Texts without words all have one digest: the first of them must not hide that two others are the same."""
    documents = [
        doc("a", "--- !"),
        doc("b", "???"),
        doc("c", "? ? ?"),
        doc("d", "!!!"),
        doc("e", "!! !"),
        Document("-", id="f"),
    ]
    pairs = edges_of_scan(scan([*documents, doc("long", prose(1))], CONFIG))
    assert set(pairs) == {("b", "c"), ("d", "e")}
