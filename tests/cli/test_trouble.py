"""Trouble of the machine: what is full, read-only, missing or not to be read is said, and costs no older output."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_outputs import FAST, TEXTS, csv, quick, run
from tests.conftest import ROOT

WIDE = [f"{number} {text} {' '.join(f'w{number}x{at}' for at in range(200))}" for number in range(60) for text in TEXTS]


def many(path: Path) -> Path:
    path.write_text("id,text\n" + "".join(f'{at},"{text}"\n' for at, text in enumerate(WIDE)))
    return path


@pytest.mark.parametrize("limit", [0, 100_000])
def test_a_limit_on_the_size_of_files_leaves_the_old_outputs(tmp_path, limit):
    """EFBIG: the system sends a signal first, which must not end the process."""
    data = many(tmp_path / "in.csv")
    outputs = {option: tmp_path / f"{option[2:]}.out" for option in ("--write-kept", "--write-dropped", "--rejects")}
    outputs["-o"] = tmp_path / "result.out"
    for path in outputs.values():
        path.write_text("old")
    asked = [part for pair in outputs.items() for part in pair]
    done = run(
        "scan", data, *asked, *FAST, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    assert done.returncode == 2 and b"File too large" in done.stderr and b"Traceback" not in done.stderr
    assert {path.read_text() for path in outputs.values()} == {"old"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["in.csv", *(p.name for p in outputs.values())])


def read_only(*keep: Path) -> str:
    """Python that makes every folder read-only but those of `keep`, for root, too."""
    return f"""
import builtins, io, os, tempfile, errno
KEEP = {[str(path) for path in keep]}
def refused(name):
    name = os.path.abspath(os.fsdecode(name)) if isinstance(name, (str, bytes, os.PathLike)) else ""
    return bool(name) and not name.startswith(tuple(KEEP)) and not name.startswith("/dev/")
opened, path_open = os.open, io.open
def no(name):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), os.fsdecode(name))
def guarded(name, flags, *more, **other):
    if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and refused(name):
        no(name)
    return opened(name, flags, *more, **other)
def guarded_open(name, mode="r", *more, **other):
    if set(mode) & set("wax+") and refused(name):
        no(name)
    return path_open(name, mode, *more, **other)
os.open, io.open, builtins.open = guarded, guarded_open, guarded_open
for name in ("mkdir", "rename", "replace", "unlink"):
    def call(first, *more, real=getattr(os, name), **other):
        if refused(first):
            no(first)
        return real(first, *more, **other)
    setattr(os, name, call)
import sys
sys.argv = ["dedup", *sys.argv[1:]]
from dedup.cli import main
main()
"""


def restricted(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, timeout=300, check=False, env=environment,
    )  # fmt: skip


def test_nothing_can_be_written_anywhere(tmp_path):
    """A container with a read-only root, kept code in it: results go to stdout."""
    data = csv(tmp_path / "in.csv")
    done = restricted(read_only(), "scan", data, "--format", "csv", *FAST)
    assert done.returncode == 0 and done.stdout.count("\n") == 4 and "Traceback" not in done.stderr
    for option in ("-o", "--write-kept"):
        done = restricted(read_only(), "scan", data, option, tmp_path / "out.csv", *FAST)
        assert done.returncode == 2 and "Read-only file system" in done.stderr and "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_one_folder_can_be_written(tmp_path):
    data, out = csv(tmp_path / "in.csv"), tmp_path / "out"
    out.mkdir()
    done = restricted(read_only(out), "scan", data, "-o", out / "result.txt", *FAST)
    assert done.returncode == 0 and (out / "result.txt").is_file() and "Traceback" not in done.stderr


def test_texts_that_must_be_spilled_need_a_temporary_folder(tmp_path):
    data = many(tmp_path / "in.csv")
    done = restricted(read_only(), "scan", data, "--memory", "1K", *FAST)
    assert done.returncode == 2 and "TMPDIR" in done.stderr and "Traceback" not in done.stderr
    assert "temporary storage: no folder for it can be written to" in done.stderr


@pytest.mark.parametrize("folder", ["/nowhere/at/all", ""])
def test_a_wrong_tmpdir_is_passed_over(tmp_path, folder):
    """Python takes the next place that serves."""
    data = many(tmp_path / "in.csv")
    done = run("scan", data, "--memory", "1K", *FAST, env=os.environ | {"TMPDIR": folder})
    assert done.returncode == 0 and b"Traceback" not in done.stderr


BAD = {
    "Latin-1": b"good phrase\nd\xe9j\xe0 vu\n", "UTF-16": "\ufeffgood phrase\nother\n".encode("utf-16-le"),
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xff", "cut": "good phrase\né".encode()[:-1],
    "surrogate": b"a\n\xed\xa0\x80\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("suffix", ["txt", "csv", "json", "dat"])
@pytest.mark.parametrize("option", ["--phrases", "--thesaurus"])
def test_lists_that_are_not_utf_8(tmp_path, kind, suffix, option):
    data, listed = csv(tmp_path / "in.csv"), tmp_path / f"list.{suffix}"
    listed.write_bytes(BAD[kind])
    code, said = quick("score", data, option, listed)
    assert (code == 2 and f"{listed}" in said and "not valid" in said) or "list.dat" in said, said


@pytest.mark.parametrize("kind", BAD)
def test_settings_that_are_not_utf_8(tmp_path, kind):
    data, settings = csv(tmp_path / "in.csv"), tmp_path / "settings.toml"
    settings.write_bytes(BAD[kind])
    code, said = quick("scan", data, "--config", settings)
    assert code == 2 and "settings.toml" in said, said
