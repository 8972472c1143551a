"""What stands round articles makes no copies of them, and no offset moves because it is passed over."""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dedup import Config, Document, Relation, compare, scan
from dedup.fingerprint.minhash import Sketcher
from dedup.model import FlagKind
from dedup.pipeline.boilerplate import Boilerplate
from dedup.pipeline.documents import Clock, CorpusStore
from dedup.read import from_documents
from tests import texts
from tests.pipeline.test_scan import prose
from tests.text import naive

# none of these is a line that rules know
FOOTER = [
    "The stories of the valley come to your door every morning at seven for four crowns a week",
    "The Vale Ledger is an independent paper that is owned by its readers and printed on the river",
    "Letters to the editor may be cut for length and must hold your name and street to be printed",
    "Our office on Canal Road is open from nine to five on weekdays and until noon on Saturdays",
    "The council and the harbour works and the new school have pages of their own in our weekend supplement",
]


def sentences(seed: int, count: int) -> str:
    rng = random.Random(seed)
    words = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "r", "st", "l", "mp")]
    return " ".join(" ".join(rng.choice(words) for _ in range(12)).capitalize() + "." for _ in range(count))


def page(seed: int, source: str | None = "Vale Ledger", count: int = 10) -> Document:
    return Document("\n".join([sentences(seed, count), *FOOTER]), f"page{seed}", None, source)


@pytest.mark.parametrize("count", [3, 4])
def test_a_footer_over_all_pages_of_a_source_makes_no_copies(count):
    """Three fifths of each page stand in every other: an outlet prints them, or, whoever does, all have them."""
    for source in ("Vale Ledger", None):
        result = scan([page(seed, source, count) for seed in range(8)])
        assert {edge.relation for edge in result.edges} <= {Relation.FORM} and result.clusters == ()
    assert compare(page(0, count=count), page(1, count=count)).copied, "two of them alone share most of their words"


def test_copies_among_them_are_still_found():
    copy = Document(page(3).text.replace("an", "on", 3), "copy", None, "Vale Ledger")
    result = scan([*(page(seed) for seed in range(8)), copy])
    (edge,) = result.edges
    assert (edge.a, edge.b) == (3, 8)
    for pair in (*edge.evidence.passages, *edge.evidence.substitutions):
        assert FOOTER[0][:20] not in pair.a.text


def test_an_article_copied_without_the_footer_is_whole():
    """What is missing is boilerplate: the copy is a near-duplicate, not an excerpt."""
    bare = Document(sentences(3, 10), "bare", None, "Harrow Herald")
    result = scan([*(page(seed) for seed in range(8)), bare])
    (edge,) = result.edges.rows(full=True)
    assert (edge.a, edge.b, edge.relation) == (3, 8, Relation.NEAR_DUPLICATE)
    assert edge.similarity == 1.0


def test_places_in_a_text_with_boilerplate_before_and_within_are_those_of_the_text():
    """Blanked text is as long as it was: offsets of evidence and flags hold, in many bytes a character."""
    source = texts.REPORT
    head = "[ad_1]\n📷 Photograph: É. Müller/漢字 Pictures\n"
    parts = texts.spun(source).split("\n\n")
    copy = head + "\n\n".join(
        [*parts[:3], '[caption id="a"]“É漢字”[/caption]', "ALSO READ: 漢字 élan vital", *parts[3:]]
    )
    copy += "\n[ad_2]\nSource link"
    result = scan([Document(source, "source"), Document(copy, "copy")])
    (edge,) = result.edges.rows(full=True)
    assert edge.relation is Relation.SPUN and edge.copy == 1
    assert len(edge.evidence.substitutions) > 40
    for pair in (*edge.evidence.passages, *edge.evidence.substitutions):
        assert source[pair.a.start : pair.a.end] == pair.a.text
        assert copy[pair.b.start : pair.b.end] == pair.b.text
    marks = [flag for flag in result.flags[1] if flag.kind is FlagKind.SCRAPER_MARK]
    found = [span.text for flag in marks for span in flag.spans]
    assert "[ad_1]" in found and "[ad_2]" in found and any("Source link" in text for text in found)
    assert all(copy[span.start : span.end] == span.text for flag in marks for span in flag.spans)
    assert not [flag for flag in result.flags.get(0, ()) if flag.kind is FlagKind.SCRAPER_MARK]


def stored(documents: list[Document]) -> CorpusStore:
    config = Config()
    store = CorpusStore(config, Sketcher(5, 16, 1), lambda *_: b"")
    with ThreadPoolExecutor(1) as pool:
        store.read(from_documents(documents, config.read, []), pool, 2, Clock())
    return store


@pytest.mark.parametrize("accented", [False, True])
def test_blanked_texts_keep_their_length_and_every_other_byte(accented):
    documents = [page(seed) for seed in range(6)] + [Document("[ad_1]\n" + sentences(9, 5), "marked")]
    if accented:
        documents = [
            Document(d.text.replace("e", "é").replace("[ad_1]", "[ad_1]"), d.id, None, d.source) for d in documents
        ]
    store = stored(documents)
    with ThreadPoolExecutor(2) as pool:
        boilerplate = Boilerplate(store, pool)
        boilerplate.find(np.arange(7))
        assert boilerplate.places.keys() == set(range(7))
        for row, document in enumerate(documents):
            data, bare = document.text.encode(), boilerplate.read(row)
            assert len(bare) == len(data)
            places = boilerplate.places[row]
            assert places == sorted(places) and all(a[1] < b[0] for a, b in itertools.pairwise(places))
            inside = {at for begin, end in places for at in range(begin, end)}
            for at, (one, two) in enumerate(zip(data, bare, strict=True)):
                assert two == one or (at in inside and two == 32)
            kept = bare.decode()
            assert "to your door" not in kept and "[ad_1]" not in kept
            assert naive.words(kept) == naive.words(sentences(row if row < 6 else 9, 10 if row < 6 else 5).replace(
                "e", "é" if accented else "e"))  # fmt: skip
        before = dict(boilerplate.places)
        boilerplate.find(np.arange(7))
        assert boilerplate.places == before, "what is known is not looked at again"


def test_a_source_that_is_not_named_teaches_nothing():
    store = stored([Document(page(seed).text, f"d{seed}") for seed in range(6)])
    with ThreadPoolExecutor(1) as pool:
        boilerplate = Boilerplate(store, pool)
        boilerplate.find(np.arange(6))
    assert not any("Letters to the editor" in store.texts.read(row)[a:b].decode()
                   for row, places in boilerplate.places.items() for a, b in places)  # fmt: skip


def test_pages_of_boilerplate_alone_are_exact_copies_or_nothing():
    bare = "\n".join(FOOTER)
    documents = [*(page(seed) for seed in range(8)), Document(bare, "one", None, "Vale Ledger")]
    documents += [
        Document(bare + "\nOne line more", "two", None, "Vale Ledger"),
        Document(bare, "same", None, "Vale Ledger"),
    ]
    result = scan(documents)
    assert {(edge.a, edge.b, edge.relation) for edge in result.edges} == {(8, 10, Relation.EXACT)}


def test_without_rewritten_search_nothing_is_blanked():
    settings = Config().update({"match": {"rewritten": False}})
    documents = [Document(prose(seed, 60) + "\n" + "\n".join(FOOTER), f"d{seed}", None, "X") for seed in range(5)]
    result = scan(documents, settings)
    assert result.flags == {} and result.stories == ()
    assert len(result.edges) == 0
