"""New documents beside old ones: what is dropped, what stands, and that the old side is nobody's question."""

from __future__ import annotations

import pytest

from dedup import Config, Document, scan
from dedup.read import Reader
from dedup.report import rows
from tests import texts

QUIET = Config().update({"find": {"phrasing": False, "stories": False}})
WHOLE = texts.REPORT.strip()
NEAR = WHOLE.replace("Work is expected to begin in the autumn. ", "")
LONGER = WHOLE + "\n\nThe vote was eleven to eight."
EXCERPT = "\n\n".join(WHOLE.split("\n\n")[1:4])
SPUN = texts.spun(WHOLE)


def test_the_result_is_as_long_as_the_new_side():
    result = scan([NEAR, None, texts.INDEPENDENT, NEAR], QUIET, against=[WHOLE, texts.LOTTERY, ""])
    assert result.kept.tolist() == [False, True, True, False]
    assert result.labels.tolist() == [0, -1, -1, 0]
    assert (result.new, result.against, len(result.corpus)) == (3, 2, 5)
    assert result.dropped_for.tolist() == [3, -1, 3, -1, -1]
    assert list(result.corpus.ids) == ["0", "2", "3", "against:0", "against:1"]
    assert result.corpus.file_names == ("-", "against")
    assert {reject.source for reject in result.rejects} == {"-", "against"}
    assert repr(result) == "ScanResult(3 documents, 1 cluster, 2 copies)"


@pytest.mark.parametrize("stages", [{}, {"output": {"keep_by": "longest"}}, {"output": {"keep_by": "newest"}},
                                    {"output": {"keep_by": "q"}}, {"match": {"pairwise": True}},
                                    {"match": {"rewritten": False}}], ids=str)  # fmt: skip
def test_the_old_one_stands_whatever_its_date_name_and_length(stages):
    new = [{"id": "a", "text": LONGER, "date": "1990", "q": 9}, {"id": "b", "text": WHOLE, "date": "1991", "q": 8}]
    old = [{"id": "a copy (2)", "text": NEAR, "date": "2020-01-01", "q": 1}]
    result = scan(new, QUIET.update(stages), against=old)
    assert result.dropped_for.tolist() == [2, 2, -1] and result.clusters[0].representative == 2
    exact = scan(new, QUIET.update(stages), against=[{"id": "z copy", "text": LONGER, "date": "2020", "q": 0}])
    assert exact.dropped_for.tolist() == [2, 2, -1]


PART = texts.spun(EXCERPT)


@pytest.mark.parametrize(
    ("new", "old"), [(WHOLE, EXCERPT), (WHOLE, SPUN), (NEAR, EXCERPT), (SPUN, EXCERPT), (WHOLE, PART), (SPUN, PART)]
)
def test_what_is_less_does_not_drop_what_it_is_taken_from(new, old):
    result = scan([new, new.upper()], QUIET, against=[old])
    assert result.kept.tolist() == [True, False] and result.dropped_for.tolist() == [-1, 0, -1]
    assert not result.clusters or result.clusters[0].members == (0, 1)
    if new != SPUN and old != PART:  # else the new one is the source, or has been taken from it
        assert scan([old], QUIET, against=[new]).kept.tolist() == [False]


def test_copies_among_old_ones_are_nobodys_question():
    old = [WHOLE, WHOLE.upper(), NEAR, SPUN, EXCERPT, texts.INDEPENDENT, texts.INDEPENDENT]
    result = scan([texts.LOTTERY], QUIET, against=old)
    assert not result.clusters and not len(result.edges) and result.kept.all() and result.stats["candidates"] == 5
    assert len(list(rows.documents(result))) == 1
    result = scan([WHOLE.lower()], QUIET, against=old)
    (cluster,) = result.clusters
    assert cluster.members == (1, 0) and result.stats["against"] == 7


def test_copies_among_new_ones_are_found_as_without_an_old_side():
    new = [WHOLE, NEAR, EXCERPT, SPUN, texts.INDEPENDENT, texts.INDEPENDENT.upper()]
    alone, beside = scan(new, QUIET), scan(new, QUIET, against=[texts.LOTTERY])
    assert beside.kept.tolist() == alone.kept.tolist()
    assert [cluster.members for cluster in beside.clusters] == [cluster.members for cluster in alone.clusters]


def test_a_crowd_on_the_old_side_hides_nothing():
    """More copies of one text than a bucket holds, each with a word of its own."""
    old = [f"{WHOLE} Number {n} of many." for n in range(60)]
    result = scan([WHOLE, texts.INDEPENDENT], QUIET, against=old)
    assert result.kept.tolist() == [False, True]
    turned = scan([f"{WHOLE} Number {n} of many." for n in range(60)], QUIET, against=[WHOLE])
    assert not turned.kept.any() and set(turned.dropped_for.tolist()) == {60, -1}


def test_only_what_is_named_is_dropped():
    new = [NEAR, WHOLE.upper(), EXCERPT, EXCERPT.upper()]
    result = scan(new, QUIET.update({"output": {"drop": ("exact",)}}), against=[WHOLE])
    assert result.kept.tolist() == [True, False, True, False]
    result = scan(new, QUIET.update({"output": {"drop": ("excerpt",)}}), against=[WHOLE])
    assert result.kept.tolist() == [True, True, False, False]


def test_documents_and_empty_sides():
    assert scan([], QUIET, against=[WHOLE]).kept.tolist() == []
    empty = scan([WHOLE, WHOLE], QUIET, against=[])
    assert empty.kept.tolist() == [True, False] and empty.stats["against"] == 0
    result = scan([Document(WHOLE, "x")], QUIET, against=[Document(WHOLE, "x")])
    (new, old) = rows.documents(result)
    assert (new["id"], new["duplicate_of"], new["duplicate_file"]) == ("x", "x#2", "against")
    assert old["id"] == "x#2" and old["against"] and old["kept"] and not new["against"]
    with pytest.raises(TypeError, match="expected several texts"):
        scan([WHOLE], QUIET, against=WHOLE)


def test_names_of_the_old_side_are_its_own(tmp_path):
    for folder in ("new", "old"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(WHOLE)
    (tmp_path / "old" / "b.txt").write_text(NEAR)
    reader = Reader([tmp_path / "new"], QUIET.read, against=[tmp_path / "old"])
    assert [entry.name for entry in reader.asked] == ["a.txt"] and reader.old_file == 1
    assert [entry.name for entry in reader.entries[1:]] == [f"{tmp_path}/old/a.txt", f"{tmp_path}/old/b.txt"]
    reader = Reader([tmp_path / "new"], QUIET.read, against=[tmp_path / "old" / "a.txt", tmp_path / "old" / "b.txt"])
    assert [entry.name for entry in reader.entries] == ["a.txt", f"{tmp_path}/old/a.txt", "b.txt"]
    assert Reader([tmp_path / "new"], QUIET.read).old_file is None
