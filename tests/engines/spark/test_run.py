"""Spark finds what a scan in memory finds, however its input is cut, in whatever order it comes."""

from __future__ import annotations

import random

import pytest

from dedup import Config
from dedup import scan as scan_in_memory
from dedup.engines.plan import Plan
from dedup.engines.spark import Limits, scan, scan_files
from dedup.errors import ConfigError
from dedup.read.paths import find
from tests.engines import corpora
from tests.engines.spark.agreement import compare, differences, frame_of, given, rows_of

SEEDS = (2, 4, 9)
"""Of the fifty of `python -m benchmarks engines_equal`: files and DataFrames, with forms, crowds and scores."""
NOTHING = {"documents": 0, "edges": 0, "clusters": 0}


@pytest.mark.parametrize("seed", SEEDS)
def test_random_corpora(spark, tmp_path, seed):
    found = compare(spark, seed, tmp_path)
    assert found.on_disk == NOTHING
    assert found.on_spark == NOTHING
    assert found.relations


def test_rows_without_an_order_are_those_sorted_by_id(spark):
    """What cannot be taken in keeps its place; components are found by stars."""
    records = [{**record, "id": f"{number:03}"} for number, record in enumerate(corpora.corpus(3))]
    records[5:5] = [{"id": "004a", "text": None, "score": 1}, {"id": "004b", "text": " ", "score": 1}]
    result = scan_in_memory(given(records), Plan.of(Config(rewritten=False)).config)
    frame = frame_of(spark, records, random.Random(3))
    found = scan(frame, rewritten=False, limits=Limits(driver_edges=0), evidence="full")
    assert differences(rows_of(found), corpora.rows_of(result)) == NOTHING
    rejects = sorted((row.line, row.reject) for row in found.rejects.collect())
    assert rejects == [(reject.line, reject.reason) for reject in result.rejects]
    assert [line for line, _ in rejects] == [6, 7]


def test_what_a_file_of_nothing_else_has_is_refused(spark, tmp_path):
    """Records of which none is a document have no row, and are told all the same."""
    records = corpora.corpus(1)[:12]
    good, bad = corpora.write(tmp_path / "good.jsonl", records), tmp_path / "bad.jsonl"
    bad.write_text('{"id": "a"}\nnothing\n{"id": "b", "text": 3}\n', encoding="utf-8")
    config = Plan.of(Config(phrasing=False, rewritten=False)).config
    entries = find([str(bad), str(good)], config.read).entries
    found = scan_files(spark, entries, config, evidence="full")
    wanted = corpora.in_memory([bad, good], config)
    assert differences(rows_of(found), corpora.rows_of(wanted)) == NOTHING
    told = sorted((row.file, row.line, row.reject) for row in found.rejects.collect())
    assert told == [(0, reject.line, reject.reason) for reject in wanted.rejects]
    assert len(told) == 3


def test_rows_that_differ_in_a_date_alone_have_an_order(spark):
    """Whatever partitions they come in: the first of equal ids keeps its name."""
    text = corpora.corpus(2)[0]["text"]
    rows = [("a", text, 1_700_000_000 + hour * 3600) for hour in range(6)]
    chance = random.Random(6)
    told = set()
    for _ in range(3):
        frame = spark.createDataFrame(chance.sample(rows, 6), "id string, text string, date bigint")
        found = scan(frame.repartition(chance.randint(1, 4)), phrasing=False, rewritten=False)
        told.add(tuple(sorted((row.id, row.date) for row in found.documents.collect())))
    assert len(told) == 1


def test_a_run_that_ended_goes_on(spark, tmp_path):
    records, folder = corpora.corpus(1), str(tmp_path / "work")
    frame = frame_of(spark, records, random.Random(1))
    begun: list[str] = []

    def stop(stage):
        begun.append(stage)
        if stage == "judged":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(frame, work=folder, order=["place"], evidence="full", on_stage=stop)
    found = scan(frame, work=folder, order=["place"], evidence="full")
    assert {name for name, stage in found.stages.items() if stage.resumed} == set(begun) - {"judged"}
    wanted = corpora.rows_of(scan_in_memory(given(records), Plan.of(Config()).config))
    assert differences(rows_of(found), wanted) == NOTHING
    for other, what in ((frame.limit(3), "other inputs"), (frame, "other settings")):
        changed = {"threshold": 0.8} if other is frame else {}
        with pytest.raises(ConfigError, match=what):
            scan(other, work=folder, order=["place"], evidence="full", **changed)


def test_what_a_frame_lacks_is_told(spark):
    frame = spark.createDataFrame([("a", 1)], "name string, text bigint")
    with pytest.raises(TypeError, match="column 'text' is bigint, not text"):
        scan(frame)
    with pytest.raises(TypeError, match="the DataFrame has the columns name, text: missing field 'body'"):
        scan(frame, text_field="body")
    with pytest.raises(ConfigError, match="order: the DataFrame has no column day"):
        scan(frame, text_field="name", order=["day"])
    with pytest.raises(ConfigError, match="evidence is none, short or full"):
        scan(frame, text_field="name", evidence="some")
