"""Stories of an index: what reports one event, told as documents come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dedup import Config
from dedup.index.documents import DocumentRow
from dedup.index.index import Index
from dedup.index.stories import THRESHOLD, best
from tests.index.indexes import add, ask, assert_consistent, doc, newsroom, prose, shouted
from tests.stories.test_stories import FIRE, REPORT

BLANK = DocumentRow(0, "", 0, 0, 0, "", None, 0, 0, 0, None, None, None, "")


def stories(index) -> set[frozenset[str]]:
    return {frozenset(other.id for other in members) for members in index.stories()}


def reports():
    """Two reports of one event, and something else of the same day."""
    return [
        doc("report", FIRE, 1, "Vale Post"),
        doc("independent", REPORT, 1, "Herald"),
        doc("other", prose(9, 200), 1),
    ]


@pytest.mark.parametrize("together", [True, False])
def test_two_reports_of_one_event_are_a_story(index, together):
    for documents in [reports()] if together else [[each] for each in reports()]:
        add(index, *documents)
    assert stories(index) == {frozenset({"report", "independent"})}
    found = index.statistics()
    assert (found.stories, found.told) == (1, 2)
    assert index.check() == []
    assert_consistent(index)


def test_copies_belong_to_the_story_and_exact_ones_with_their_original(index):
    add(index, *reports())
    add(index, doc("exact", shouted(FIRE), 2), doc("copy", FIRE.replace("night", "evening"), 3))
    assert stories(index) == {frozenset({"report", "independent", "exact", "copy"})}


@pytest.mark.parametrize("date", [None, 9])
def test_without_a_date_or_a_week_later_it_is_no_story(index, date):
    first, second, _ = reports()
    add(index, first, replace(second, date=None) if date is None else doc("late", REPORT, date))
    assert stories(index) == set()


def test_short_texts_are_no_reports(index):
    short = " ".join(FIRE.split()[:30])
    add(index, doc("report", FIRE, 1), doc("caption", short, 1))
    assert stories(index) == set()


def test_who_reports_the_same_is_told(index):
    add(index, *reports())
    add(index, doc("copy", FIRE.replace("night", "evening"), 3))
    numbers = {name: index.find(name) for name in ("report", "independent", "other")}
    shown = {seen.id: seen for seen in index.show(list(numbers.values()))}
    assert [other.id for other in shown["report"].story] == ["independent"]  # a copy is a tie
    assert [other.id for other in shown["independent"].story] == ["copy", "report"]  # the latest first
    assert shown["other"].story == ()
    assert index.seen([numbers["report"]])[0].story == ()


def test_the_story_that_a_text_would_join(index):
    first, second, other = reports()
    add(index, first, other)
    (seen,) = ask(index, second, evidence=True)
    assert [fellow.id for fellow in seen.story] == ["report"] and not seen.ties
    assert seen.story[0].source == "Vale Post" and seen.story[0].date == first.date
    assert stories(index) == set()  # nothing was added
    add(index, doc("again", REPORT, 2, "Tribune"))
    (seen,) = ask(index, replace(second, id="third"), evidence=True)
    assert [fellow.id for fellow in seen.story] == ["report"]
    assert ask(index, second)[0].story == ()
    assert ask(index, replace(second, date=None), evidence=True)[0].story == ()


def test_the_last_one_of_a_story_is_in_none(index):
    add(index, *reports())
    add(index, doc("exact", shouted(FIRE), 2))
    index.remove(["exact"])
    assert stories(index) == {frozenset({"report", "independent"})}
    index.remove(["report"])
    assert stories(index) == set() and index.check() == []
    add(index, doc("report", FIRE, 1))
    assert stories(index) == {frozenset({"report", "independent"})}
    add(index, doc("report", prose(3, 200), 1))
    assert stories(index) == set()
    assert_consistent(index)


def test_copies_of_one_another_are_a_cluster_and_no_story(index):
    first, second, _ = reports()
    add(index, first, doc("copy", FIRE.replace("night", "evening"), 2))
    assert stories(index) == set() and index.statistics().told == 0
    assert len(index.clusters()) == 1
    add(index, second)
    assert stories(index) == {frozenset({"report", "copy", "independent"})}


def test_exact_copies_alone_are_no_story(index):
    add(index, *reports())
    add(index, doc("exact", shouted(FIRE), 2))
    index.remove(["independent"])
    assert stories(index) == set()


def test_a_rebuild_tells_the_same_stories(index):
    add(index, *reports(), *newsroom()[6:])
    before = stories(index)
    index.rebuild()
    assert stories(index) == before and before
    assert_consistent(index)


def test_no_stories_where_none_are_wanted(place):
    config = Config().update({"find": {"stories": False}})
    with Index.open(place, config) as index:
        add(index, *reports())
        assert stories(index) == set()
        assert ask(index, doc("new", REPORT, 1), evidence=True)[0].story == ()
    assert Index.settings(place)["find"]["stories"] is False
    with Index.open(place, Config(), accept=True) as index:
        index.rebuild()
        assert stories(index) == {frozenset({"report", "independent"})}


def test_the_check_finds_a_story_of_one(index):
    add(index, *reports())
    with index.transaction(write=True):
        index.database.execute("UPDATE documents SET story = NULL WHERE id = 'report'")
    assert index.check() == ["stories of one document: 1"]


def entry(number):
    return replace(BLANK, number=number)


def test_the_best_story_is_that_of_the_highest_mean():
    high, low = THRESHOLD + 1, THRESHOLD - 1
    assert best([], {}) is None
    assert best([(entry(4), low)], {}) is None
    assert best([(entry(4), high)], {}) == -4
    assert best([(entry(4), high)], {4: 2}) == 2
    assert best([(entry(4), high), (entry(5), low - 1)], {4: 2, 5: 2}) is None
    assert best([(entry(4), high), (entry(5), high + 1)], {4: 2}) == -5
    assert best([(entry(4), high), (entry(5), high + 1), (entry(6), high)], {4: 2, 5: 3, 6: 3}) == 3
