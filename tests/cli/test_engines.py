"""`dedup scan --engine`: what goes to which engine, what is written, and what is refused."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

from tests.cli import test_scan
from tests.cli.inside import dedup
from tests.conftest import ROOT
from tests.engines import corpora

SEEDS = ROOT / "seeds"
KINDS = ("document", "edge", "cluster")


def lines(file):
    return [row for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()) if row["type"] in KINDS]


@pytest.fixture
def file(tmp_path):
    return corpora.write(tmp_path / "news.jsonl", corpora.corpus(2))


def test_the_same_lines_as_in_memory(tmp_path, file):
    quiet = ("-q", "--no-stories", "--fact-limit", "0")
    assert dedup("scan", file, "--pairwise", "-o", tmp_path / "memory.jsonl", *quiet).returncode == 1
    done = dedup("scan", file, "--engine", "local", "-o", tmp_path / "local.jsonl")
    assert done.returncode == 1
    assert b"GB on disk" in done.stderr and b"local.jsonl.work" in done.stderr
    assert lines(tmp_path / "local.jsonl") == lines(tmp_path / "memory.jsonl")
    assert not (tmp_path / "local.jsonl.work").exists()


@pytest.mark.parametrize("engine", [(), ("--engine", "local")], ids=["memory", "local"])
def test_only_what_is_named_fails(tmp_path, engine):
    copies = corpora.write(
        tmp_path / "copies.jsonl",
        [{"id": name, "text": "The bridge over the river was closed on Tuesday."} for name in "ab"],
    )
    command = ("scan", copies, *engine, "-q", "--fail-on")
    assert dedup(*command, "exact", "-o", tmp_path / "a.jsonl").returncode == 1
    assert dedup(*command, "excerpt,rewritten", "-o", tmp_path / "b.jsonl").returncode == 0
    assert dedup(*command, "exact", "-o", tmp_path / "c.jsonl", "--exit-zero").returncode == 0


def test_parquet_and_what_is_kept(tmp_path, file):
    out, kept, work = tmp_path / "out", tmp_path / "kept.jsonl", tmp_path / "work"
    done = dedup(
        "scan", file, "--engine", "local", "-o", f"{out}/", "--write-kept", kept, "--work", work, "--exit-zero", "-q"
    )
    assert done.returncode == 0 and not done.stderr
    assert not work.exists()
    documents = pq.read_table(out / "documents.parquet").to_pylist()
    edges = pq.read_table(out / "edges.parquet").to_pylist()
    clusters = pq.read_table(out / "clusters.parquet").to_pylist()
    dedup("scan", file, "--pairwise", "-o", tmp_path / "a.jsonl", "-q", "--no-stories", "--fact-limit", "0")
    wanted = lines(tmp_path / "a.jsonl")
    assert [row["id"] for row in documents] == [row["id"] for row in wanted if row["type"] == "document"]
    of_edges = [row for row in wanted if row["type"] == "edge"]
    assert [json.loads(row["evidence"]) for row in edges] == [row["evidence"] for row in of_edges]
    of_clusters = [row for row in wanted if row["type"] == "cluster"]
    assert [row | {"type": "cluster"} for row in clusters] == of_clusters
    assert len(kept.read_text().splitlines()) == sum(row["kept"] for row in documents) < len(documents)


def test_chosen_by_itself_where_the_input_is_larger_than_memory(tmp_path):
    records = [{**row, "id": f"{number}-{row['id']}"} for number in range(12) for row in corpora.corpus(2)]
    file = corpora.write(tmp_path / "news.jsonl", [{**row, "text": row["text"] + " " * 6_000} for row in records])
    light = ("--no-phrasing", "--memory", "1M", "--exit-zero")
    assert b"--engine local" in dedup("scan", file, "--pairwise", "-o", tmp_path / "a.jsonl", *light).stderr
    for other in (("-o", tmp_path / "b.json", "--pairwise"), ("-o", tmp_path / "c.jsonl")):
        assert b"--engine local" not in dedup("scan", file, *other, *light).stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--engine", "local"), b"-o FILE.jsonl, or -o DIR/"), (("--engine", "local", "-o", "x.csv"), b"not csv"),
        (("--engine", "local", "-o", "x.jsonl", "--against", "."), b"--against is for a scan in memory"),
        (("--engine", "local", "-o", "x.jsonl", "--drop", "form"), b"only a scan in memory drops these"),
        (("--work", "w"), b"--work is where --engine local"),
        (("--engine", "local", "-o", "x.jsonl", "--work", str(SEEDS)), b"lies in"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path, options, told):
    done = dedup("scan", SEEDS, *options, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert not list(tmp_path.iterdir())


def test_standard_input_is_refused(tmp_path):
    done = test_scan.dedup("scan", "-", "--engine", "local", "-o", tmp_path / "x.jsonl", stdin=b"a text\n")
    assert done.returncode == 2
    assert b"can be read only once" in done.stderr


def test_killed_and_gone_on_with(tmp_path, file):
    command = ["scan", file, "--engine", "local", "-o", tmp_path / "a.jsonl"]
    dedup(*command, "-q")
    wanted = lines(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").unlink()
    work = tmp_path / "a.jsonl.work"
    with subprocess.Popen([sys.executable, "-m", "dedup", *map(str, command), "-q"]) as process:
        while process.poll() is None and not (work / "read.json").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert work.exists() and not (tmp_path / "a.jsonl").exists()
    refused = dedup(*command, "--threshold", "0.8")
    assert refused.returncode == 2 and b"match.threshold was 0.7, is 0.8 now" in refused.stderr
    done = dedup(*command)
    assert b"goes on in" in done.stderr
    assert lines(tmp_path / "a.jsonl") == wanted
    assert not work.exists()
