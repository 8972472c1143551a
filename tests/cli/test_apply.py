"""From a result to action: paths for other programs, files deleted and moved, and all of it taken back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from tests import texts
from tests.cli.inside import dedup

WHOLE = texts.REPORT.strip()
NEAR = WHOLE.replace("Work is expected to begin in the autumn. ", "")
ODD = b"news/a\nline \xff.txt"


@pytest.fixture
def news(tmp_path):
    folder = tmp_path / "news"
    (folder / "sub").mkdir(parents=True)
    for name, text in {"whole.txt": WHOLE, "-rf.txt": NEAR, "sub/copy of whole.txt": WHOLE.upper(),
                       "other.txt": texts.INDEPENDENT}.items():  # fmt: skip
        (folder / name).write_text(text)
    (tmp_path / os.fsdecode(ODD)).write_text(NEAR + " More.")
    return tmp_path


def state(folder):
    """All files below the news, by their paths, with mode and time."""
    found = {}
    for path in (folder / "news").rglob("*"):
        status = path.lstat()
        if not path.is_dir():
            found[os.fsencode(path.name)] = path.read_bytes(), status.st_mode, status.st_mtime_ns
    return found


def scanned(folder):
    """What a scan says, as it writes it."""
    done = dedup("scan", "news", "-o", "result.json", "--exit-zero", "--no-phrasing", "--no-stories", cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "result.json").read_text())


def result(folder, **more):
    """The same without a scan: `whole.txt` stands for three, `more` (name to file) too."""
    documents, files = [], []
    dropped = {os.fsdecode(path): False for path in (b"news/-rf.txt", b"news/sub/copy of whole.txt", ODD)}
    kept = {"news/whole.txt": True, "news/other.txt": True}
    for path, stays in (kept | dropped | more).items():
        name, status = path.removeprefix("news/").replace("\udcff", "\\xff"), (folder / path).stat()
        documents.append({
            "id": name, "file": name, "kept": stays, "against": False, "dropped_by": None if stays else "exact",
            "duplicate_of": None if stays else "whole.txt", "duplicate_file": None if stays else "whole.txt",
        })  # fmt: skip
        row = {"name": name, "size": status.st_size, "mtime_ns": status.st_mtime_ns, "inode": status.st_ino,
               "whole": path.endswith("txt"), "against": False}  # fmt: skip
        files.append(
            row | ({"path_bytes": os.fsencode(path).hex(), "path": None} if "\udcff" in path else {"path": path})
        )
    found = {"schema": "dedup.scan/1", "documents": documents, "edges": [], "clusters": [], "stories": [],
             "rejects": [], "files": files}  # fmt: skip
    (folder / "result.json").write_text(json.dumps(found))
    return found


def test_the_result_of_a_scan_is_as_these_tests_make_it(news):
    real, made = scanned(news), result(news)
    assert sorted(real["files"], key=str) == sorted(made["files"], key=str)
    rows = {row["id"]: row for row in real["documents"]}
    assert all(rows[row["id"]].items() >= (row | {"dropped_by": rows[row["id"]]["dropped_by"]}).items()
               for row in made["documents"])  # fmt: skip


def test_paths_that_other_programs_take(news):
    done = dedup("scan", "news", "--list", "dropped", "-0", "-q", "--no-phrasing", cwd=news)
    dropped = done.stdout.split(b"\0")[:-1]
    assert done.returncode == 1 and set(dropped) == {b"news/-rf.txt", b"news/sub/copy of whole.txt", ODD}
    kept = dedup("scan", "news", "--list", "kept", "-q", "--no-phrasing", cwd=news).stdout.splitlines()
    assert set(kept) == {b"news/whole.txt", b"news/other.txt"}
    done = dedup("scan", "news", "--list", "dropped", "-q", "--no-phrasing", cwd=news)
    assert done.returncode == 2 and b"-0 ends paths with NUL" in done.stderr and not done.stdout
    listed = subprocess.run(["xargs", "-0", "rm"], input=b"\0".join(dropped) + b"\0", cwd=news, check=True)
    assert listed.returncode == 0 and state(news).keys() == {b"whole.txt", b"other.txt"}


def test_a_path_that_begins_with_a_dash_is_no_option(news):
    done = dedup("scan", "-q", "--list", "kept", "--exit-zero", "--", "-rf.txt", cwd=news / "news")
    assert done.stdout == b"./-rf.txt\n", done.stderr


def test_list_is_refused_where_documents_are_no_files(news):
    lines = [json.dumps({"id": name, "text": text}) for name, text in (("a", WHOLE), ("b", NEAR))]
    (news / "all.jsonl").write_text("\n".join(lines))
    done = dedup("scan", "all.jsonl", "--list", "dropped", cwd=news)
    assert done.returncode == 2 and b"all.jsonl: holds several documents" in done.stderr
    for arguments in (("--list", "kept", "--format", "json"), ("-0",)):
        assert dedup("scan", "all.jsonl", *arguments, cwd=news).returncode == 2


@pytest.mark.parametrize("how", [("--delete",), ("--move", "gone")])
def test_what_is_dropped_goes_and_comes_back(news, how):
    before = state(news)
    result(news)
    done = dedup("apply", "result.json", *how, "--dry-run", cwd=news)
    assert done.returncode == 0 and b"3 files would be" in done.stdout, done.stderr
    assert state(news) == before and {path.name for path in news.iterdir()} == {"news", "result.json"}
    done = dedup("apply", "result.json", *how, cwd=news)
    assert done.returncode == 0 and b"dedup apply --undo result.undo.jsonl" in done.stderr, done.stderr
    assert state(news).keys() == {b"whole.txt", b"other.txt"}
    if "--move" in how:
        assert (news / "gone" / "news" / "sub" / "copy of whole.txt").read_text() == WHOLE.upper()
    again = dedup("apply", "result.json", *how, cwd=news)
    assert again.returncode == 1 and b"3 left alone" in again.stdout and not (news / "result.undo1.jsonl").exists()
    shutil.rmtree(news / "news" / "sub")
    done = dedup("apply", "--undo", "result.undo.jsonl", cwd=news)
    assert done.returncode == 0 and b"3 brought back, 0 not" in done.stdout, done.stderr
    assert state(news) == before
    assert dedup("apply", "--undo", "result.undo.jsonl", cwd=news).returncode == 0  # all is there already


def left_alone(news, *arguments):
    done = dedup("apply", "result.json", "--delete", *arguments, cwd=news)
    assert done.returncode == 1, (done.stdout, done.stderr)
    return done.stderr.decode()


def test_what_changed_since_is_left_alone(news, tmp_path):
    result(news)
    folder = news / "news"
    (folder / "-rf.txt").write_text(NEAR + "!")
    outside = tmp_path / "outside"
    shutil.move(folder / "sub", outside)
    (folder / "sub").symlink_to(outside)  # the file is the same one, and was never there
    told = left_alone(news)
    assert "news/-rf.txt: is not the file that was scanned, or was changed since" in told
    assert (folder / "-rf.txt").exists()


def test_nothing_goes_for_what_is_gone_or_a_link(news):
    result(news)
    folder = news / "news"
    (folder / "whole.txt").rename(folder / "elsewhere.txt")
    told = left_alone(news)
    assert told.count("which is kept for it, cannot be found") == 3 and len(state(news)) == 5
    (folder / "elsewhere.txt").rename(folder / "whole.txt")
    (folder / "-rf.txt").unlink()
    (folder / "-rf.txt").symlink_to("other.txt")
    assert "news/-rf.txt: is a link" in left_alone(news) and (folder / "other.txt").exists()


def test_one_file_under_two_names_is_kept(news):
    (news / "news" / "zz.txt").hardlink_to(news / "news" / "whole.txt")
    result(news, **{"news/zz.txt": False})
    told = left_alone(news)
    assert "is kept under another name" in told and (news / "news" / "zz.txt").exists()
    assert (news / "news" / "whole.txt").exists()


def test_records_are_no_files(news):
    lines = [json.dumps({"id": name, "text": text}) for name, text in (("a", WHOLE), ("b", NEAR))]
    (news / "news" / "all.jsonl").write_text("\n".join(lines))
    result(news, **{"news/all.jsonl": False})
    told = left_alone(news)
    assert "all.jsonl: holds other documents too" in told and (news / "news" / "all.jsonl").exists()


def test_move_writes_over_nothing_and_not_into_what_was_scanned(news):
    result(news)
    done = dedup("apply", "result.json", "--move", "news/gone", cwd=news)
    assert done.returncode == 2 and b"was scanned" in done.stderr
    (news / "gone" / "news").mkdir(parents=True)
    (news / "gone" / "news" / "-rf.txt").write_text("mine")
    done = dedup("apply", "result.json", "--move", "gone", cwd=news)
    assert done.returncode == 1 and b"-rf.txt" in done.stderr
    assert (news / "gone" / "news" / "-rf.txt").read_text() == "mine" and (news / "news" / "-rf.txt").exists()


def test_undo_writes_over_nothing(news):
    result(news)
    assert dedup("apply", "result.json", "--delete", cwd=news).returncode == 0
    (news / "news" / "-rf.txt").write_text("mine")
    done = dedup("apply", "--undo", "result.undo.jsonl", cwd=news)
    assert done.returncode == 1 and b"something else is there now" in done.stderr and b"2 brought back" in done.stdout
    assert (news / "news" / "-rf.txt").read_text() == "mine"


@pytest.mark.parametrize("how", [("--delete",), ("--move", "gone")])
@pytest.mark.parametrize("calls", [1, 2, 4, 5])
def test_killed_at_any_moment_it_can_be_taken_back(news, how, calls):
    """Killed at the n-th time that something is put on disk for good, or taken away."""
    before = state(news)
    result(news)
    code = f"""
import os, pathlib, signal, sys
left = {calls}
def wrap(owner, name):
    real = getattr(owner, name)
    def counted(*args, **more):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **more)
    setattr(owner, name, counted)
wrap(os, "fsync")
from dedup.cli import main
import dedup.applying
wrap(pathlib.Path, "unlink")
sys.argv = ["dedup", "apply", "result.json", *{how!r}]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=news, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    if (news / "result.undo.jsonl").exists():
        assert dedup("apply", "--undo", "result.undo.jsonl", cwd=news).returncode == 0
    assert state(news) == before
    assert dedup("apply", "result.json", *how, cwd=news).returncode in (0, 1)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("none.json", "--delete"), b"none.json: cannot be read"),
        (("result.json",), b"say what to do"),
        (("result.json", "--delete", "--move", "x"), b"say what to do"),
        ((), b"no result"),
        (("--undo", "news/whole.txt"), b"news/whole.txt:1: is no line of an undo list"),
        (("--undo", "x", "--delete"), b"--undo takes no result"),
    ],
)
def test_bad_calls(news, arguments, reason):
    result(news)
    done = dedup("apply", *arguments, cwd=news)
    assert done.returncode == 2 and reason in done.stderr


def test_a_result_of_other_times(news):
    found = result(news)
    del found["files"]
    (news / "result.json").write_text(json.dumps(found))
    done = dedup("apply", "result.json", "--delete", cwd=news)
    assert done.returncode == 2 and b"does not say which files were read" in done.stderr
