"""Results and undo lists that were tampered with, and a tree that changes while it is acted on."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dedup import applying
from dedup.applying import UndoList, delete, move, read_undo, tasks, undo
from dedup.cli.apply import _apply
from dedup.errors import InputError, OutputError

FLAGS = {"base": None, "dry_run": False, "undo_list": None, "verbose": False, "quiet": True}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("the same words in each of them")
    return tmp_path


def saved(drops, **changes):
    """A result in which the keys of `drops` go for their values; `changes` to the rows of files, by name."""
    files = []
    for path in ("a.txt", "b.txt", "c.txt"):
        status = Path(path).stat()
        files.append({"name": path, "path": path, "size": status.st_size, "mtime_ns": status.st_mtime_ns,
                      "inode": status.st_ino, "whole": True, "against": False,
                      **changes.get(path.partition(".")[0], {})})  # fmt: skip
    documents = [
        {"id": name, "file": name, "kept": name not in drops, "duplicate_of": drops.get(name),
         "duplicate_file": drops.get(name)} for name in ("a.txt", "b.txt", "c.txt")
    ]  # fmt: skip
    found = {"schema": "dedup.scan/1", "documents": documents, "files": files, "edges": [], "clusters": [],
             "stories": [], "rejects": []}  # fmt: skip
    Path("r.json").write_text(json.dumps(found))
    return found


def apply(how=None):
    return _apply("r.json", how, FLAGS)


@pytest.mark.parametrize("how", [None, "gone"])
@pytest.mark.parametrize(
    "drops", [{"a.txt": "b.txt", "b.txt": "a.txt"}, {"a.txt": "a.txt"}, {"a.txt": "b.txt", "b.txt": "c.txt",
    "c.txt": "a.txt"}],
)  # fmt: skip
def test_what_goes_for_each_other_or_for_itself_stays_once(folder, how, drops):
    saved(drops)
    assert apply(folder / how if how else None) == 1
    assert list(folder.glob("[abc].txt"))
    assert any((folder / name).exists() for name in drops)


def test_two_results_at_once_leave_one(folder, monkeypatch):
    """While the first run acts on a, another one takes what a goes for."""
    saved({"a.txt": "b.txt"})
    real = applying.UndoList.__enter__
    monkeypatch.setattr(UndoList, "__enter__", lambda self: ((folder / "b.txt").unlink(), real(self))[1])
    assert apply() == 1 and (folder / "a.txt").exists()


def test_what_was_put_in_its_place_meanwhile_stays(folder, monkeypatch):
    task = tasks(saved({"a.txt": "b.txt"}), folder, "r.json")[0][0]
    real = UndoList.add

    def swapped(self, row):
        real(self, row)
        (folder / "a.txt").unlink()
        (folder / "a.txt").write_text("mine")

    monkeypatch.setattr(UndoList, "add", swapped)
    with UndoList(folder / "u.jsonl") as list_, pytest.raises(OSError, match="is not the file that was scanned"):
        delete(task, list_)
    assert (folder / "a.txt").read_text() == "mine"


@pytest.mark.parametrize("key", ["size", "mtime_ns", "inode", "path", "whole"])
@pytest.mark.parametrize("which", ["a", "b"])
def test_rows_that_are_none(folder, which, key):
    found = saved({"a.txt": "b.txt"})
    row = next(row for row in found["files"] if row["name"] == f"{which}.txt")
    del row[key]
    if key == "path":
        row["path_bytes"] = "zz"
    if (which, key) == ("b", "whole"):
        return  # nobody asks
    with pytest.raises(InputError, match=r"does not follow dedup\.scan/1"):
        tasks(found, folder, "r.json")


@pytest.mark.parametrize("path", ["a\0.txt", "../" * 30 + "a.txt", "", ".", "/"])
def test_paths_that_lead_elsewhere(folder, path):
    saved({"a.txt": "b.txt"}, a={"path": path, "name": "x/" * 40 + path})
    assert apply(folder / "gone") in (0, 1)
    assert (folder / "a.txt").exists() and all(folder in path.parents for path in folder.rglob("*"))


def test_a_disk_that_is_full(folder, monkeypatch):
    task = tasks(saved({"a.txt": "b.txt"}), folder, "r.json")[0][0]
    with (
        pytest.raises(OutputError, match=r"u.jsonl: cannot be written: No space.*nothing more was done"),
        UndoList(folder / "u.jsonl") as list_,
    ):
        list_._file.close()
        list_._file = Path("/dev/full").open("wb")  # noqa: SIM115 - the list closes it
        delete(task, list_)
    assert (folder / "a.txt").exists()


def moved(folder):
    task = tasks(saved({"a.txt": "b.txt"}), folder, "r.json")[0][0]
    with UndoList(folder / "u.jsonl") as list_:
        move(task, folder / "gone" / "a.txt", list_)
    return read_undo(folder / "u.jsonl")[0]


def test_a_link_to_what_was_moved_is_no_second_file(folder):
    row = moved(folder)
    (folder / "a.txt").symlink_to(folder / "gone" / "a.txt")
    assert undo(row) == "something else is there now"
    assert (folder / "a.txt").read_text() == (folder / "b.txt").read_text()


def test_undo_of_a_move_again_and_of_what_is_none(folder):
    row = moved(folder)
    assert undo(row) == undo(row) == "" and (folder / "a.txt").is_file()
    (folder / "a.txt").unlink()
    assert undo(row) == "No such file or directory"
    os.mkfifo(folder / "gone" / "a.txt")
    assert "is no file" in undo(row)  # and does not wait for who writes to it
    (folder / "gone" / "a.txt").unlink()
    (folder / "gone" / "a.txt").symlink_to("/etc/hostname")
    assert undo(row) and not (folder / "a.txt").exists()


GOOD = {"schema": "dedup.undo/1", "path": "/x", "mode": 0o600, "mtime_ns": 1, "content": "eJwDAAAAAAE="}


@pytest.mark.parametrize(
    "change", [{"mode": "rw"}, {"mode": -1}, {"mode": 1 << 40}, {"mtime_ns": None}, {"content": 5}, {"path": 5},
               {"path": "x"}, {"content": None}, {"path_bytes": "zz"}],
)  # fmt: skip
def test_undo_lists_that_are_none(folder, change):
    (folder / "u.jsonl").write_text(json.dumps(GOOD | change) + "\n")
    with pytest.raises(InputError, match=r"u.jsonl:1: is no line of an undo list"):
        read_undo(folder / "u.jsonl")


def test_lines_of_undo_lists_that_fail_are_told(folder):
    for row in (
        GOOD | {"path": "/nul\0/x"}, GOOD | {"path": f"{folder}/x", "content": "AAAA"},
        {"path": f"{folder}/x", "moved": "/nul\0"},
    ):  # fmt: skip
        assert undo(row)
    assert not (folder / "x").exists()


def test_a_folder_that_is_read_only_loses_nothing(folder):
    """What is deleted is listed first: to take that back is nothing where it could not be deleted."""
    saved({"a.txt": "b.txt"})
    code = (
        "import os, pathlib, sys\n"
        "def refuse(self, *_, **__): raise PermissionError(13, 'Permission denied')\n"
        "from dedup.cli import main\nimport dedup.applying\npathlib.Path.unlink = refuse\n"
        "sys.argv = ['dedup', 'apply', 'r.json', '--delete', '--undo-list', 'u.jsonl']\nmain()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 1 and b"a.txt: Permission denied" in done.stderr, done.stderr
    assert (folder / "a.txt").exists() and undo(read_undo(folder / "u.jsonl")[0]) == ""
    assert stat.S_ISREG((folder / "a.txt").lstat().st_mode)
