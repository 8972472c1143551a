"""Where an index may be: media that cannot be written, folders that cannot be made, lists that are no text."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from dedup.errors import IndexFileError
from dedup.index.index import Index
from dedup.storage.database import _options
from tests.conftest import ROOT
from tests.index.indexes import add, ask, ids, newsroom, prose


def dedup(*arguments: object, code: int = 0, stdin: bytes = b"", cwd: Path = ROOT, **env: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "dedup", *map(str, arguments)], input=stdin, capture_output=True, cwd=cwd, timeout=300,
        check=False, env={**os.environ, "PYTHONPATH": str(ROOT), **env},
    )  # fmt: skip
    assert done.returncode == code, done.stdout.decode() + done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def read_only(file, monkeypatch):
    """An index on media that nobody can write, root neither."""
    with Index.open(file) as index:
        add(index, *newsroom())
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    return file


def test_an_index_that_can_only_be_read(read_only):
    before = sorted(read_only.parent.iterdir())
    with Index.open(read_only, create=False) as index:
        assert [seen.known for seen in ask(index, *newsroom(), evidence=True)] == [True] * len(newsroom())
        assert index.check(deep=True) == [] and len(index.clusters()) >= 1 and list(index.edges())
        assert sorted(read_only.parent.iterdir()) == before
        with pytest.raises(IndexFileError, match="cannot be written"):
            index.remove(["report"])
    assert sorted(read_only.parent.iterdir()) == before
    assert Index.settings(read_only)["fingerprint"]


def test_what_is_in_the_log_is_read_too(file, tmp_path, monkeypatch):
    with Index.open(file) as index:
        add(index, *newsroom())
        copy = tmp_path / "copy"
        copy.mkdir()
        for part in file.parent.glob(file.name + "*"):
            shutil.copy(part, copy / part.name)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert _options(copy / file.name) == "mode=ro"
    with Index.open(copy / file.name, create=False) as index:
        assert len(ids(index)) == len(newsroom())


def test_names_with_all_characters_can_be_read(tmp_path, monkeypatch):
    file = tmp_path / "a?mode=rw#50%é x.sqlite"
    with Index.open(file) as index:
        add(index, *newsroom())
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with Index.open(file, create=False) as index:
        assert len(ids(index)) == len(newsroom())


def test_an_older_index_that_cannot_be_written(read_only):
    with sqlite3.connect(read_only) as other:
        other.execute("PRAGMA user_version = 1")
    other.close()
    with pytest.raises(IndexFileError, match="older dedup"):
        Index.open(read_only, create=False)


def test_a_list_that_is_no_text_removes_nothing(tmp_path):
    with Index.open(tmp_path / "i.sqlite") as index:
        add(index, *newsroom())
    for content in (b"report\nspun\xff\n", "report\nspün\n".encode("latin-1"), "report\nspun\n".encode("utf-16")):
        (tmp_path / "list").write_bytes(content)
        told = dedup("index", "remove", "--index", tmp_path / "i.sqlite", "--from", tmp_path / "list", code=2)[1]
        assert "list: line" in told and "not UTF-8" in told and told.count("\n") == 1
    with Index.open(tmp_path / "i.sqlite") as index:
        assert len(ids(index)) == len(newsroom())


@pytest.mark.parametrize("command", [("index", "add"), ("index", "query")])
def test_a_state_folder_that_cannot_be_made(tmp_path, command):
    (tmp_path / "state").write_text("a file")
    told = dedup(*command, "-", stdin=b"x", code=2, XDG_STATE_HOME=str(tmp_path / "state"))[1]
    assert "state" in told and told.count("\n") == 1


# -- names -----------------------------------------------------------------------------------------------------------


def names(file: Path) -> set[str]:
    with Index.open(file) as index:
        return ids(index)


@pytest.fixture
def week(tmp_path):
    for number, day in enumerate(("mon", "tue")):
        (tmp_path / day / "sub").mkdir(parents=True)
        (tmp_path / day / "ferry.txt").write_text(prose(number))
        (tmp_path / day / "sub" / "tide.md").write_text(prose(10 + number))
        rows = [{"text": prose(20 + 2 * number + row)} for row in range(2)]
        (tmp_path / day / "plain.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        rows = [{"id": str(row), "text": prose(40 + 2 * number + row)} for row in range(2)]
        (tmp_path / day / "named.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_nothing_takes_the_place_of_something_else(week):
    file = week / "i.sqlite"
    assert dedup("index", "add", "--index", file, "mon", cwd=week)[0] == "6 new\n"
    shown, told = dedup("index", "add", "--index", file, "tue/", cwd=week)
    assert shown == "6 new\n" and "both are kept: 0 as tue/named.jsonl#0, 1 as tue/named.jsonl#1" in told
    found = names(file)
    assert found >= {"mon/ferry.txt", "tue/ferry.txt", "mon/sub/tide.md", "tue/sub/tide.md", "tue/named.jsonl#1"}
    shown, told = dedup("index", "add", "--index", file, ".", "--exclude", "*.sqlite*", cwd=week)
    assert shown == "0 new · 12 known\n" and not told
    shown = dedup("index", "query", "--index", file, "mon", "tue", "--format", "json", cwd=week, code=1)[0]
    answers = json.loads(shown)["answers"]
    assert len(answers) == 12 and all(answer["known"] or answer["ties"] for answer in answers)
    assert {"mon/ferry.txt", "mon/plain.jsonl:1", "tue/plain.jsonl:2"} <= {answer["id"] for answer in answers}
    assert names(file) == found


def test_one_file_has_one_name(week):
    file = week / "i.sqlite"
    dedup("index", "add", "--index", file, "mon/ferry.txt", cwd=week)
    (week / "link").symlink_to("mon")
    for path, cwd in (
        ("./mon//ferry.txt", week), ("tue/../mon/ferry.txt", week), (week / "mon" / "ferry.txt", week),
        ("ferry.txt", week / "mon"), ("link/ferry.txt", week), ("../mon/ferry.txt", week / "tue"),
    ):  # fmt: skip
        assert dedup("index", "add", "--index", file, path, cwd=cwd)[0] == "0 new · 1 known\n"
    # the base is that of the first time, wherever a later one is at home
    assert dedup("index", "add", "--index", file, ".", cwd=week / "tue")[0] == "6 new\n"
    assert "tue/ferry.txt" in names(file)


def test_a_stated_base(week):
    file = week / "i.sqlite"
    dedup("index", "add", "--index", file, "--base", week / "mon", week / "mon" / "ferry.txt", week / "tue/ferry.txt")
    assert names(file) == {"ferry.txt", str(week / "tue" / "ferry.txt")}


def test_another_text_of_standard_input_is_another_document(week):
    file = week / "i.sqlite"
    lines = [json.dumps({"text": prose(n)}).encode() for n in range(3)]
    for stdin, shown in (
        (prose(70).encode(), "1 new\n"), (prose(71).encode(), "1 new\n"), (prose(70).encode(), "0 new · 1 known\n"),
        (lines[0] + b"\n" + lines[1], "2 new\n"), (lines[2] + b"\n" + lines[0], "1 new · 1 known\n"),
        (lines[2] + b"\n" + lines[2], "1 new · 1 known, 1 of them tied to others\n"),
    ):  # fmt: skip
        assert dedup("index", "add", "--index", file, "-", stdin=stdin)[0] == shown
    assert len(names(file)) == 6
    (answer,) = json.loads(
        dedup("index", "query", "--index", file, "-", "--format", "json", stdin=prose(71).encode(), code=1)[0]
    )["answers"]
    assert (answer["id"], answer["known"]) == ("stdin", True)


def test_a_new_text_of_a_file_takes_the_place_of_the_old_one_and_is_told(week):
    file = week / "i.sqlite"
    dedup("index", "add", "--index", file, "mon", cwd=week)
    (week / "mon" / "ferry.txt").write_text(prose(99))
    shown, told = dedup("index", "add", "--index", file, "mon", cwd=week)
    assert shown == "0 new · 1 changed · 5 known\n"
    assert "another text took the place of the old one: mon/ferry.txt" in told
