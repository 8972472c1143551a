"""Spark finds what a scan in memory finds, however its input is cut, in whatever order it comes."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from dedup import Config, Document
from dedup import scan as scan_in_memory
from dedup.engines.plan import Plan
from dedup.engines.spark import Limits, SparkResult, inputs, scan, scan_files
from dedup.errors import ConfigError
from dedup.read.paths import find
from tests.engines import corpora

SMALL = Limits(block_rows=16, place_postings=4000, part_pairs=50, bin_rows=40, salt_rows=32)
SCHEMA = "place bigint, id string, text string, date bigint, source string, score double"
SETTINGS: tuple[dict[str, Any], ...] = (
    {}, {"keep_by": "score"}, {"drop": ("exact",), "forms": False}, {"rewritten": False}, {"phrasing": False},
)  # fmt: skip
TABLES = ("documents", "edges", "clusters")


def frame_of(spark, records, chance):
    """Records as rows, in no order and as many partitions as it happens."""
    names = ("id", "text", "date", "source", "score")
    rows = [(place, *(record.get(name) for name in names)) for place, record in enumerate(records)]
    rows = [(*row[:5], float(row[5])) for row in chance.sample(rows, len(rows))]
    return spark.createDataFrame(rows, SCHEMA).repartition(chance.randint(1, 5))


def rows_of(found: SparkResult) -> dict[str, list[dict[str, Any]]]:
    """The tables as rows of a report have them."""
    told = {
        name: [row.asDict() for row in getattr(found, name).collect()] for name in ("documents", "edges", "clusters")
    }
    for row in told["documents"]:
        row |= {"flags": json.loads(row["flags"]), "against": False, "story": None}
    for row in told["edges"]:
        copy = row["copy"]
        row |= {"evidence": json.loads(row["evidence"]), "copy": copy if len(copy) > 1 else copy[0] if copy else None}
    return told


def check(found: SparkResult, wanted: dict[str, list[dict[str, Any]]], *, evidence: bool = True) -> None:
    told = rows_of(found)
    for name, keys in (("edges", ("a", "b")), ("clusters", ("id",)), ("documents", ("file", "line"))):
        order = lambda row, keys=keys: [row[key] for key in keys]  # noqa: E731
        ours, theirs = sorted(told[name], key=order), sorted(wanted[name], key=order)
        if not evidence and name == "edges":
            ours, theirs = ([{**row, "evidence": None} for row in rows] for rows in (ours, theirs))
        assert ours == theirs, name


@pytest.mark.parametrize("seed", (2,))
def test_files_of_random_corpora(spark, tmp_path, monkeypatch, seed):
    chance, records = random.Random(seed), corpora.corpus(seed)
    half = chance.randint(0, len(records))
    paths = [corpora.write(tmp_path / "a.jsonl", records[:half]), corpora.write(tmp_path / "b.jsonl", records[half:])]
    if seed == 2:  # what is in one file that is large is shared out
        paths = [corpora.write(tmp_path / "c.jsonl", records)]
        monkeypatch.setattr(inputs, "SPLIT_BYTES", 0)
        monkeypatch.setattr(inputs, "SHARED_ROWS", 7)
    config = Config(**SETTINGS[seed % len(SETTINGS)])
    wanted = corpora.rows_of(corpora.in_memory(paths, config))
    entries = find([str(path) for path in paths], Plan.of(config).config.read).entries
    check(scan_files(spark, entries, config, evidence="full", limits=SMALL), wanted)
    assert wanted["edges"]


@pytest.mark.parametrize("seed", (4,))
def test_a_frame_however_it_is_cut(spark, seed):
    """Corpora of which every fourth has a sentence that more documents hold than are looked at by one key."""
    chance, records = random.Random(seed), corpora.corpus(seed)
    documents = [Document(r["text"], r["id"], r.get("date"), r.get("source")) for r in records]
    wanted = corpora.rows_of(scan_in_memory(documents, Plan.of(Config()).config))
    found = scan(frame_of(spark, records, chance), limits=SMALL, order=["place"])
    check(found, wanted, evidence=False)
    assert sum(row["kept"] for row in wanted["documents"]) < len(records)


def test_rows_without_an_order_are_those_sorted_by_id(spark):
    """What cannot be taken in keeps its place; components are found by stars."""
    records = [{**record, "id": f"{number:03}"} for number, record in enumerate(corpora.corpus(3))]
    records[5:5] = [{"id": "004a", "text": None, "score": 1}, {"id": "004b", "text": " ", "score": 1}]
    documents = [Document(r["text"], r["id"], r.get("date"), r.get("source")) for r in records]
    result = scan_in_memory(documents, Plan.of(Config(rewritten=False)).config)
    frame = frame_of(spark, records, random.Random(3))
    found = scan(frame, rewritten=False, limits=Limits(driver_edges=0))
    check(found, corpora.rows_of(result), evidence=False)
    rejects = sorted((row.line, row.reject) for row in found.rejects.collect())
    assert rejects == [(reject.line, reject.reason) for reject in result.rejects]
    assert [line for line, _ in rejects] == [6, 7]


def test_a_run_that_ended_goes_on(spark, tmp_path):
    records, folder = corpora.corpus(1), str(tmp_path / "work")
    frame = frame_of(spark, records, random.Random(1))
    begun: list[str] = []

    def stop(stage):
        begun.append(stage)
        if stage == "judged":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(frame, work=folder, order=["place"], on_stage=stop)
    found = scan(frame, work=folder, order=["place"])
    assert {name for name, stage in found.stages.items() if stage.resumed} == set(begun) - {"judged"}
    documents = [Document(r["text"], r["id"], r.get("date"), r.get("source")) for r in records]
    check(found, corpora.rows_of(scan_in_memory(documents, Plan.of(Config()).config)), evidence=False)
    for other, what in ((frame.limit(3), "other inputs"), (frame, "other settings")):
        changed = {"threshold": 0.8} if other is frame else {}
        with pytest.raises(ConfigError, match=what):
            scan(other, work=folder, order=["place"], **changed)


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
