"""A scan on disk finds what a scan in memory finds, whatever fits into memory."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from dedup import Config
from dedup.align import neighbourhood
from dedup.engines.local import grouping, judging, reading, run, wording
from dedup.engines.plan import Plan
from dedup.errors import SettingError, StorageError
from dedup.read import collector
from dedup.report.progress import ENGINE_STAGES
from tests.conftest import ROOT
from tests.engines import corpora
from tests.engines.corpora import SETTINGS, begin, on_disk
from tests.index.indexes import prose

TINY = (
    (reading, "PARTITION_ROWS", (3, 10, 40, 1 << 16)), (reading, "LEAST_BYTES", (1 << 10, 1 << 20)),
    (reading, "MOST_BYTES", (1 << 12, 1 << 26)), (run, "LEAST_BLOCK", (1, 7, 30, 1 << 11)),
    (run, "MOST_BLOCK", (1, 9, 50, 1 << 20)), (judging, "LEAST_TEXT", (1 << 10, 1 << 14, 1 << 20)),
    (wording, "PART_BYTES", (1 << 12, 1 << 25)), (grouping, "AT_ONCE", (1, 20, 200_000)),
    (judging, "ROOM_SLICES", (0, 0.45)), (judging, "LEAST_ROOM", (1, 5_000, 1 << 26)),
    (grouping, "FOLDED_AT_ONCE", (1, 10, 100_000)), (collector, "CHUNK_DOCUMENTS", (1, 7, 4096)),
)  # fmt: skip
"""Sizes so small that everything is cut in many parts."""


@pytest.mark.parametrize("seed", range(60))
def test_like_a_scan_in_memory(tmp_path, monkeypatch, seed):
    rng = random.Random(seed)
    records = corpora.corpus(seed)
    half = rng.randint(0, len(records))
    paths = [corpora.write(tmp_path / "a.jsonl", records[:half]), corpora.write(tmp_path / "b.jsonl", records[half:])]
    if seed % 5 == 0:  # texts that cannot be read again from where they stand
        paths[0] = tmp_path / "a.json"
        paths[0].write_bytes(corpora.orjson.dumps(records[:half]))
    config = Config(memory="1M", threads=rng.choice([1, 3]), **SETTINGS[seed % len(SETTINGS)])
    monkeypatch.setattr(neighbourhood, "MOST", rng.choice([1, 2, 24, 24]))
    wanted = corpora.rows_of(corpora.in_memory(paths, config))
    for module, name, values in TINY:
        monkeypatch.setattr(module, name, rng.choice(values))
    found = on_disk(paths, config, tmp_path / "work")
    assert found["edges"] == wanted["edges"]
    assert found["clusters"] == wanted["clusters"]
    assert found["documents"] == wanted["documents"]


def test_small_corpora_have_what_engines_get_wrong(tmp_path):
    """Crowded keys, components that ask for more pairs, forms, exact copies of another kind's copies."""
    relations, asked = dict[str, int](), 0
    for seed in (0, 3, 4, 8, 12):
        path = corpora.write(tmp_path / f"{seed}.jsonl", corpora.corpus(seed))
        scan = begin([path], Config(phrasing=False), tmp_path / f"work{seed}")
        result = scan.run().result
        asked += scan.work.has("rounds", 1)
        for row in result.edges():
            relations[row["relation"]] = relations.get(row["relation"], 0) + 1
        scan.work.close()
    assert {"exact", "near-duplicate", "excerpt", "spun", "form"} <= set(relations)
    assert asked >= 1


def test_nothing_but_empty_and_short_texts(tmp_path):
    for number, records in enumerate(([], [{"id": "a", "text": "--"}], [{"id": n, "text": "one two"} for n in "abc"])):
        path = corpora.write(tmp_path / f"{number}.jsonl", records)
        wanted = corpora.rows_of(corpora.in_memory([path], Config()))
        assert on_disk([path], Config(), tmp_path / f"work{number}") == wanted


KILL = """
import os, signal, sys, threading
from pathlib import Path
from dedup import Config
from dedup.engines.local import judging, reading, run, units
from tests.engines.corpora import begin

reading.PARTITION_ROWS, run.LEAST_BLOCK, run.MOST_BLOCK, left = 9, 7, 7, int(sys.argv[3])
judging.ROOM_SLICES, judging.LEAST_ROOM = 0, 20_000
from dedup.read import collector
collector.CHUNK_DOCUMENTS = 5
real, lock = os.replace, threading.Lock()


def replace(self, target):
    global left
    with lock:
        left -= 1
        mine = left
    if mine == 0 and sys.argv[4] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    found = real(self, target)
    if mine == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return found


Path.replace = replace
scan = begin([Path(sys.argv[1])], Config(memory="1M", phrasing=False), Path(sys.argv[2]))
scan.run()
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_again_and_again(tmp_path, moment):
    """Each run is killed at the next of its files: just before it appears, or just after."""
    rng = random.Random(moment)
    path = corpora.write(tmp_path / "a.jsonl", corpora.corpus(9))
    wanted = corpora.rows_of(corpora.in_memory([path], Config(phrasing=False)))
    files = 0
    for _ in range(4):
        command = [sys.executable, "-c", KILL, str(path), str(tmp_path / "work"), str(rng.randint(4, 12)), moment]
        done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        now = sum(1 for each in (tmp_path / "work").rglob("*") if each.is_file() and not each.name.startswith("."))
        assert now >= files or (tmp_path / "work" / "sorted.json").exists()
        files = now
    assert on_disk([path], Config(memory="1M", phrasing=False), tmp_path / "work") == wanted


def test_what_is_done_is_not_done_again(tmp_path, monkeypatch):
    path = corpora.write(tmp_path / "a.jsonl", corpora.corpus(2))
    wanted = on_disk([path], Config(), tmp_path / "work")

    def never(*given: Any, **named: Any) -> None:
        raise AssertionError("done before")

    for module, name in (
        (reading, "fingerprint_packed"), (judging, "cut"), (judging, "judge_looks"), (judging, "judge_verdicts"),
        (judging, "decide_edges"), (wording, "judge_wording"), (grouping, "fold_rows"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, never)
    assert on_disk([path], Config(), tmp_path / "work") == wanted


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"threshold": 0.8}, "match.threshold was 0.7, is 0.8 now"), ({"keep_by": "newest"}, "output.keep_by"),
        ({"ngram": 4}, "fingerprint.ngram"),
    ],
)  # fmt: skip
def test_a_folder_of_another_setting_is_refused(tmp_path, change, named):
    path = corpora.write(tmp_path / "a.jsonl", corpora.corpus(2)[:6])
    on_disk([path], Config(phrasing=False), tmp_path / "work")
    with pytest.raises(StorageError, match=named):
        on_disk([path], Config(phrasing=False, **change), tmp_path / "work")
    on_disk([path], Config(phrasing=False, threads=2, memory="2M"), tmp_path / "work")  # the machine does not matter
    with pytest.raises(StorageError, match="--evidence was full, is short now"):
        on_disk([path], Config(phrasing=False), tmp_path / "work", evidence="short")


def test_a_folder_of_another_input_is_refused(tmp_path):
    records = corpora.corpus(2)[:6]
    path = corpora.write(tmp_path / "a.jsonl", records)
    on_disk([path], Config(phrasing=False), tmp_path / "work")
    corpora.write(path, [*records, {"id": "new", "text": "something that was not there"}])
    with pytest.raises(StorageError, match=r"the input .*a\.jsonl was .* bytes .*, is .* now"):
        on_disk([path], Config(phrasing=False), tmp_path / "work")
    other = corpora.write(tmp_path / "b.jsonl", records)
    with pytest.raises(StorageError, match=r"b\.jsonl is new"):
        on_disk([other], Config(phrasing=False), tmp_path / "work")


def test_a_folder_with_anything_else_in_it_is_refused(tmp_path):
    path = corpora.write(tmp_path / "a.jsonl", corpora.corpus(2)[:6])
    with pytest.raises(StorageError, match="no folder of a run"):
        on_disk([path], Config(), tmp_path)
    assert path.exists()


def test_a_folder_that_is_in_use_is_refused(tmp_path):
    path = corpora.write(tmp_path / "a.jsonl", corpora.corpus(2)[:6])
    scan = begin([path], Config(phrasing=False), tmp_path / "work")
    with pytest.raises(StorageError, match="another run is using it"):
        begin([path], Config(phrasing=False), tmp_path / "work")
    scan.work.close()


def test_too_little_room_is_told_before_anything_is_read(tmp_path, monkeypatch):
    path = corpora.write(tmp_path / "a.jsonl", corpora.corpus(2))
    monkeypatch.setattr(run, "ROOM_REST", 1e12)
    with pytest.raises(StorageError, match=r"GB are free, and up to .* GB are needed"):
        begin([path], Config(), tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_a_field_that_no_record_has_is_told(tmp_path):
    path = corpora.write(tmp_path / "a.jsonl", corpora.corpus(2)[:6])
    with pytest.raises(SettingError, match="no record has a field 'likes'"):
        on_disk([path], Config(keep_by="likes"), tmp_path / "work")


def test_stages_are_told_with_what_is_done_of_how_much(tmp_path):
    told: list[tuple[str, int, int]] = []
    path = corpora.write(tmp_path / "a.jsonl", corpora.corpus(2))
    on_disk([path], Config(), tmp_path / "work", on_stage=lambda *what: told.append(what))
    assert [name for name in dict.fromkeys(name for name, *_ in told) if name != "read"] == list(ENGINE_STAGES)
    assert all(done == total for name, done, total in {name: (name, *rest) for name, *rest in told}.values())


PEAK = """
import sys
from pathlib import Path
from dedup import Config
from tests.engines.corpora import begin

begin([Path(sys.argv[1])], Config(memory="4M", phrasing=False, threads=1), Path(sys.argv[2])).run()
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM:")).split()[1])
"""
LARGE, TIMES, SPARE_MB = 400, 5, 60
"""Documents of 30 KB, how many times as many the other corpus has, and what it may take more."""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak of a process, without its parent's")
def test_memory_does_not_grow_with_the_text(tmp_path):
    peaks = []
    for count in (LARGE, LARGE * TIMES):
        records = [{"id": str(number), "text": prose(number // 2, 4_000)} for number in range(count)]
        path = corpora.write(tmp_path / f"{count}.jsonl", records)
        command = [sys.executable, "-c", PEAK, str(path), str(tmp_path / f"work{count}")]
        done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
        peaks.append(int(done.stdout) / 1024)
    assert path.stat().st_size > 50e6
    assert peaks[1] - peaks[0] < SPARE_MB


def test_blocks_hold_no_more_postings_than_memory_does(tmp_path, monkeypatch):
    """Long documents behind short ones do not make a block that is too large."""
    monkeypatch.setattr(run, "LEAST_BLOCK", 1)
    corpus = type("Corpus", (), {"held": [np.repeat([1, 1_000], [9_000, 1_000]), np.zeros(10_000, int)]})()
    plan = Plan.of(Config(memory="4M"))
    rows = run._block_rows(corpus, plan)
    most = max(corpus.held[0][at : at + rows].sum() for at in range(0, 10_000, rows))
    assert most <= (4 << 20) / 4 / run.POSTING_BYTES < 3 * most
    assert run._block_rows(type("Corpus", (), {"held": [np.zeros(0, int)]})(), plan) == run.MOST_BLOCK
