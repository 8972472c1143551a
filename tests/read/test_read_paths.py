"""Files, folders, links, what is left out, and names."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from reading import Put, read_all

from dedup.config import ReadConfig
from dedup.errors import InputError
from dedup.read import Reader


def test_missing_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt: no such file or folder"):
        Reader([str(tmp_path / "none.txt")], ReadConfig())


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_impossible_path_is_an_error(path: str) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        Reader([path], ReadConfig())


def test_stdin_twice_is_an_error() -> None:
    with pytest.raises(InputError, match="only once"):
        Reader(["-", "-"], ReadConfig())


def test_folder_in_order_of_names(put: Put, tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.md", "c.TXT", "a.txt"):
        put(name, name)
    assert read_all(tmp_path).ids == ["a/b/c.md", "a/z.txt", "a.txt", "b.txt", "c.TXT"]


def test_files_are_single_documents(put: Put, tmp_path: Path) -> None:
    put("d/a.txt", "text")
    got = read_all(tmp_path)
    assert (got.ids, got.lines, got.files, got.sources) == (["d/a.txt"], [0], ["d/a.txt"], [""])


def test_other_kinds_are_noted(put: Put, tmp_path: Path) -> None:
    for name in ("news/a.txt", "news/b.png", "news/sub/c.doc", "news/d.gz"):
        put(name, "x")
    got = read_all(tmp_path / "news")
    assert got.ids == ["a.txt"]
    assert got.reader.notes == [f"skipped 3 files of other kinds in {tmp_path}/news/ (-v names them)"]
    assert [(file.source, file.reason) for file in got.reader.skipped.files] == [
        ("b.png", "skipped: not a kind of file that is read"),
        ("d.gz", "skipped: not a kind of file that is read"),
        ("sub/c.doc", "skipped: not a kind of file that is read (save it as .docx)"),
    ]
    assert got.reader.skipped.missing == 3 and not got.reader.rejects


def test_what_is_left_out_by_request_is_named_but_not_missed(put: Put, tmp_path: Path) -> None:
    for name in ("a.txt", ".b.txt", ".git/c.txt", "x/d.txt", "e.txt", "f.bak/g.txt"):
        put(name, "x")
    put(".dedupignore", "x/\n")
    (tmp_path / "l.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "m.png").symlink_to(tmp_path / "none")
    os.mkfifo(tmp_path / "p.txt")
    got = read_all(tmp_path, exclude=("e.*", "*.bak"))
    assert got.ids == ["a.txt"]
    assert {file.source: file.reason.removeprefix("skipped: ") for file in got.reader.skipped.files} == {
        ".b.txt": "hidden", ".git": "hidden", ".dedupignore": "hidden", "x/": "left out by .dedupignore",
        "e.txt": "left out by --exclude", "f.bak/": "left out by --exclude",
        "l.txt": "a link leads to a file that is read under another name",
        "m.png": "not a kind of file that is read, and cannot be read: No such file or directory",
        "p.txt": "neither a file nor a folder",
    }  # fmt: skip
    assert got.reader.skipped.missing == 3


def test_only_so_many_skipped_files_are_named(put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.read.skipped.LISTED", 3)
    for number in range(8):
        put(f"{number}.png", "x")
    skipped = read_all(tmp_path).reader.skipped
    assert (len(skipped), skipped.missing, len(skipped.files)) == (8, 8, 3)
    assert [row.reason for row in skipped.rows()][3:] == ["skipped: 5 more files that are not listed"]


def test_hidden_files_and_folders_are_skipped(put: Put, tmp_path: Path) -> None:
    for name in ("a.txt", ".b.txt", ".git/c.txt"):
        put(name, "x")
    got = read_all(tmp_path)
    assert got.ids == ["a.txt"] and not got.reader.notes


def test_named_file_of_unknown_kind_is_text(put: Put) -> None:
    assert read_all(put("README", "some text")).texts == ["some text"]


def test_same_base_names_go_by_path(put: Put) -> None:
    a, b, c = put("x/a.txt", "1"), put("y/a.txt", "2"), put("y/c.txt", "3")
    assert read_all(a, b, c).ids == [str(a), str(b), "c.txt"]


def test_link_loops_are_harmless(put: Put, tmp_path: Path) -> None:
    put("in/sub/a.txt", "x")
    (tmp_path / "in/sub/up").symlink_to(tmp_path / "in")
    (tmp_path / "in/other").symlink_to(tmp_path / "in/sub")
    assert len(read_all(tmp_path / "in").texts) == 1


def test_linked_file_is_read_once(put: Put, tmp_path: Path) -> None:
    path = put("in/a.txt", "x")
    (tmp_path / "in/b.txt").symlink_to(path)
    os.link(path, tmp_path / "in/c.txt")
    got = read_all(tmp_path / "in")
    assert got.ids == ["a.txt"] and got.reader.notes[0].startswith("skipped 2 files in")


def test_linked_folder_is_read(put: Put, tmp_path: Path) -> None:
    put("out/a.txt", "x")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/link").symlink_to(tmp_path / "out")
    assert read_all(tmp_path / "in").ids == ["link/a.txt"]


def test_dead_link_is_a_reject(put: Put, tmp_path: Path) -> None:
    put("in/a.txt", "x")
    (tmp_path / "in/b.txt").symlink_to(tmp_path / "none")
    got = read_all(tmp_path / "in")
    assert got.ids == ["a.txt"]
    assert got.reader.rejects[0].source == "b.txt" and got.reasons[0].startswith("cannot be read: ")


def test_deep_folders(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(1500):
            os.mkdir("d", dir_fd=here)
            inner = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
    finally:
        os.close(here)
    (tmp_path / "a.txt").write_text("x")
    try:
        assert read_all(tmp_path).ids == ["a.txt"]
    finally:  # pytest cannot remove it: it goes down by recursion
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


def test_pipe_in_a_folder_is_skipped(put: Put, tmp_path: Path) -> None:
    put("in/a.txt", "x")
    os.mkfifo(tmp_path / "in/b.txt")
    assert read_all(tmp_path / "in").ids == ["a.txt"]


@pytest.mark.parametrize("pattern", ["draft*", "sub/*", "*/draft.txt", "/sub", "sub/", "sub"])
def test_ignore_file(put: Put, tmp_path: Path, pattern: str) -> None:
    for name in ("a.txt", "sub/draft.txt"):
        put(name, "x")
    put(".dedupignore", f"# comment\n\n  {pattern}  \n")
    assert read_all(tmp_path).ids == ["a.txt"]


def test_ignore_file_holds_below_its_folder(put: Put, tmp_path: Path) -> None:
    for name in ("x.txt", "a/x.txt", "a/b/x.txt", "a/b/y.txt", "ab/x.txt"):
        put(name, "x")
    put("a/.dedupignore", "b/x.txt\n")
    assert read_all(tmp_path).ids == ["a/b/y.txt", "a/x.txt", "ab/x.txt", "x.txt"]


def test_pattern_for_folders_leaves_files(put: Put, tmp_path: Path) -> None:
    put("x.txt", "x")
    put(".dedupignore", "x.txt/\n")
    assert read_all(tmp_path).ids == ["x.txt"]


@pytest.mark.parametrize("pattern", ["b.*", "in/b*", "*/in/b.txt"])
def test_exclude(put: Put, tmp_path: Path, pattern: str) -> None:
    put("in/a.txt", "x")
    put("in/b.txt", "x")
    assert read_all(tmp_path, exclude=(pattern,)).ids == ["in/a.txt"]


def test_exclude_a_named_file(put: Put) -> None:
    assert read_all(put("a.txt", "x"), put("b.txt", "x"), exclude=("b.txt",)).ids == ["a.txt"]


def test_total_bytes_and_progress(put: Put, tmp_path: Path) -> None:
    put("a.txt", "x" * 100)
    put("b.jsonl", '{"text": "a"}\n' * 10)
    seen: list[int] = []
    reader = Reader([tmp_path], ReadConfig(), on_bytes=seen.append)
    assert reader.total_bytes == 240
    list(reader.batches())
    assert sum(seen) == 240


def test_size_of_redirected_stdin(put: Put) -> None:
    with put("a.txt", "x" * 50).open("rb") as file:
        assert Reader(["-"], ReadConfig(), stdin=file).total_bytes == 50


def test_unreadable_file_is_a_reject(put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.txt", "x")
    put("b.txt", "y")
    real = os.open

    def refuse(path: str, *more: int) -> int:
        if str(path).endswith("a.txt"):
            raise PermissionError(13, "Permission denied")
        return real(path, *more)

    monkeypatch.setattr("dedup.read.passes.os.open", refuse)
    got = read_all(tmp_path)
    assert got.ids == ["b.txt"] and got.reader.file_names == ["a.txt", "b.txt"]
    assert got.reasons == ["cannot be read: Permission denied"] and got.reader.rejects[0].source == "a.txt"


def test_vanished_file_is_a_reject(put: Put, tmp_path: Path) -> None:
    path = put("a.txt", "x")
    put("b.txt", "y")
    reader = Reader([tmp_path], ReadConfig())
    path.unlink()
    assert [batch.ids for batch in reader.batches()] == [["b.txt"]]
    assert reader.rejects[0].reason == "cannot be read: No such file or directory"


def test_pipe_that_took_the_place_of_a_file(put: Put, tmp_path: Path) -> None:
    path = put("a.txt", "x")
    reader = Reader([tmp_path], ReadConfig())
    path.unlink()
    os.mkfifo(path)
    assert not list(reader.batches()) and reader.rejects[0].reason.startswith("cannot be read")


def test_name_that_is_no_utf8(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))).write_text("x")
    assert read_all(tmp_path).ids == ["caf\\xe9.txt"]


def test_batches_only_once(put: Put) -> None:
    reader = Reader([put("a.txt", "x")], ReadConfig())
    list(reader.batches())
    with pytest.raises(RuntimeError, match="once"):
        list(reader.batches())


def test_no_input() -> None:
    assert list(Reader([], ReadConfig()).batches()) == []


def test_format_setting_overrides_the_suffix(put: Put) -> None:
    assert read_all(put("a.txt", '{"text": "x"}\n'), input_format="jsonl").texts == ["x"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_ignore_files_in_encodings_that_tell_themselves(put: Put, tmp_path: Path, encoding: str) -> None:
    put("größe.txt", "one")
    put("b.txt", "two")
    put(".dedupignore", "# größer\r\ngröß*\r\n".encode(encoding))
    assert read_all(tmp_path).texts == ["two"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("a.txt\ngröße.txt\n".encode("latin-1"), "below/.dedupignore:2: not valid UTF-8 (byte 0xf6)"),
        ("a.txt\nb.txt\n".encode("utf-16-le"), "below/.dedupignore:1: a NUL character"),
        ("\ufeffa.txt\n".encode("utf-16-le") + b"\0", "below/.dedupignore:2: not valid UTF-16"),
        (b"x\n" * 2000, "below/.dedupignore: too long"),
    ],
)
def test_ignore_files_that_cannot_be_understood(put: Put, tmp_path: Path, data: bytes, said: str) -> None:
    """What was to be left out would be read, or the other way round."""
    put("below/b.txt", "two")
    put("below/.dedupignore", data)
    with pytest.raises(InputError, match=re.escape(said)):
        read_all(tmp_path)


def test_an_ignore_file_that_is_no_file_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".dedupignore")
    with pytest.raises(InputError, match=r"\.dedupignore: is no file"):
        Reader([str(tmp_path)], ReadConfig())


def test_what_ignore_files_leave_out_is_told(put: Put, tmp_path: Path) -> None:
    for name in ("a.txt", "b1.txt", "b2.txt", "sub/a.txt"):
        put(name, "text")
    put(".dedupignore", "b*\nsub/\n")
    reader = Reader([str(tmp_path)], ReadConfig())
    assert [entry.name for entry in reader.entries] == ["a.txt"]
    assert [note for note in reader.notes if ".dedupignore" in note] == [
        f"left out 3 paths in {tmp_path}/ by .dedupignore (-v names them)"
    ]
