"""Two texts side by side."""

import pytest

from dedup import Document, Relation, compare


def text(seeds, name: str) -> str:
    return (seeds / name).read_text(encoding="utf-8")


def test_a_spun_copy_is_named_with_its_substitutions(seeds):
    source, spun = text(seeds, "harbour-bridge_tidewater-courier.txt"), text(seeds, "harbour-bridge_buzzbrook24.txt")
    found = compare(source, Document(spun))
    assert found.relation is Relation.SPUN and found.copied
    assert found.similarity > 0.9 > found.closeness
    pairs = {(pair.a.text, pair.b.text) for pair in found.substitutions}
    assert {("vehicles cross", "automobiles traverse"), ("drivers", "motorists")} <= pairs
    for pair in (*found.passages, *found.substitutions):
        assert source[pair.a.start : pair.a.end] == pair.a.text and spun[pair.b.start : pair.b.end] == pair.b.text


def test_independent_reports_are_nothing(seeds):
    found = compare(
        text(seeds, "harbour-bridge_tidewater-courier.txt"), text(seeds, "harbour-bridge_tolvane-examiner.txt")
    )
    assert found.relation is None and found.similarity < 0.2 and found.jaccard < 0.05


def test_the_same_text_is_exact_and_empty_texts_are_not(seeds):
    source = text(seeds, "harbour-bridge_tidewater-courier.txt")
    found = compare(source, source.upper())
    assert (found.relation, found.similarity, found.closeness, found.jaccard) == (Relation.EXACT, 1.0, 1.0, 1.0)
    empty = compare("", "…")
    assert empty.relation is None and not empty.copied and empty.similarity == 0.0


def test_what_is_no_text_is_refused():
    with pytest.raises(TypeError, match="two texts"):
        compare("one", 2)


def test_a_form_filled_in_anew_is_no_revised_copy(seeds):
    """The weather of two days: one frame, and most numbers differ in their places."""
    days = [text(seeds, f"weather-{month}_tidewater-courier.txt") for month in ("may", "september")]
    found = compare(*days)
    assert found.relation is None and not found.copied
    revised = days[0].replace("A quiet day is in store.", "It will be quiet.")
    assert compare(days[0], revised).copied
