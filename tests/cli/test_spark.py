"""Options of `dedup scan --engine spark`, before there is any Spark."""

from __future__ import annotations

import json

import pytest

from tests.cli.inside import dedup


def told(*arguments):
    done = dedup("scan", *arguments)
    assert done.returncode == 2
    return done.stderr.decode()


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": "a", "text": "one text"}) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--engine spark writes folders of Parquet: name one with -o DIR"),
        (("-o", "out", "--format", "json"), "--engine spark writes Parquet: no --format"),
        (("-o", "out", "--against", "."), "--against is for a scan on one machine: no --engine spark"),
        (("-o", "out", "--write-kept", "k.jsonl"), "--write-kept is for a scan on one machine: no --engine spark"),
        (("-o", "out", "--spark", "ui=1"), "--spark: 'ui=1' is no spark.NAME=VALUE"),
        (
            ("-o", "out", "s3a://there/a.parquet"),
            "give files of this machine's disks, or URLs that Spark reads, not both",
        ),
    ],
)
def test_what_does_not_go_together(corpus, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert said in told("--engine", "spark", corpus, *arguments)


def test_a_stream_cannot_be_read_elsewhere(tmp_path):
    assert "workers cannot read a stream" in told("--engine", "spark", "-", "-o", str(tmp_path / "out"))


def test_options_of_spark_are_for_it_alone(corpus):
    assert "--master and --spark are for --engine spark" in told(corpus, "--master", "local")


def test_without_pyspark(corpus, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyspark", None)
    said = told("--engine", "spark", corpus, "-o", str(tmp_path / "out"))
    assert "The engine spark needs an optional package: pip install 'dedup-text[spark]'" in said
    assert not (tmp_path / "out").exists()


def test_without_java(corpus, tmp_path, monkeypatch):
    pytest.importorskip("pyspark")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    said = told("--engine", "spark", corpus, "-o", str(tmp_path / "out"))
    assert "there is no bin/java that can be run" in said
