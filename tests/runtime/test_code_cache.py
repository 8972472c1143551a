"""Machine code that cannot be kept, or was kept and is damaged, costs time and nothing else."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dedup.runtime import code_cache, jit
from dedup.runtime.versions import DIRECT

pytestmark = pytest.mark.skipif(not DIRECT, reason="nothing is compiled, or numba keeps code by itself")


def double(number):
    return number * 2


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A folder for code, and that nothing was said yet."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(code_cache, "_said", [])
    return tmp_path / "kept"


def run(monkeypatch, stamp: str = "one") -> tuple[int, int]:
    """What a kernel says, and how often its code was found."""
    monkeypatch.setattr(jit, "stamp", lambda: stamp)
    compiled = jit.kernel(double)
    return compiled(21), 1 - len(compiled.compiled)


def files(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.code"))


def test_code_is_kept(cache, capsys, monkeypatch):
    assert run(monkeypatch) == (42, 0) and run(monkeypatch) == (42, 1)
    assert len(files(cache)) == 1 and capsys.readouterr().err == ""
    assert not [file for file in cache.rglob("*") if file.is_file() and file.suffix != ".code"]


def test_code_of_other_sources_is_not_taken_and_goes(cache, monkeypatch):
    assert run(monkeypatch, "one") == (42, 0) and run(monkeypatch, "two") == (42, 0)
    assert run(monkeypatch, "two") == (42, 1)
    assert len(files(cache)) == 1


@pytest.mark.parametrize("setting", ["NUMBA_CPU_FEATURES", "NUMBA_BOUNDSCHECK"])
def test_code_for_another_processor_or_of_other_settings_is_not_taken(cache, monkeypatch, setting):
    """Told apart when the process begins, as numba does."""
    run(monkeypatch)
    monkeypatch.setenv(setting, "1")
    monkeypatch.setattr(code_cache, "host_target", code_cache.host_target.__wrapped__)
    monkeypatch.setattr(code_cache, "identity", code_cache.identity.__wrapped__)
    assert not code_cache.holds(f"{__name__}.double", "one", "int64")
    monkeypatch.delenv(setting)
    assert code_cache.holds(f"{__name__}.double", "one", "int64")


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :]


DAMAGE = {
    "empty": lambda data: b"",
    "one byte": lambda data: data[:1],
    "half": lambda data: data[: len(data) // 2],
    "all but the last byte": lambda data: data[:-1],
    "other bytes": lambda data: b"\x00garbage\xff" * 20,
    "zeros": lambda data: bytes(len(data)),
    "a bit": flipped,
    "a pickle of something else": lambda data: b"\x80\x04K\x01.",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_files_are_made_anew(cache, capsys, monkeypatch, damage):
    run(monkeypatch)
    for file in files(cache):
        file.write_bytes(DAMAGE[damage](file.read_bytes()))
    assert run(monkeypatch) == (42, 0)
    assert run(monkeypatch) == (42, 1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO])
def test_what_cannot_be_written_is_said_once(cache, capsys, monkeypatch, number):
    def full(*_arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(code_cache, "_write", full)
    assert run(monkeypatch) == (42, 0) and run(monkeypatch) == (42, 0)
    error = capsys.readouterr().err
    assert error.count("note: ") == 1 and os.strerror(number) in error and error.count("\n") == 1


def test_half_a_file_does_not_stay(tmp_path, monkeypatch):
    def full(self, target):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="full"):
        code_cache._write(tmp_path / "a.code", b"code")
    assert not list(tmp_path.iterdir())


def test_without_a_folder_code_is_compiled_in_memory(cache, capsys, monkeypatch):
    cache.write_text("a file where the folder would be")
    assert not code_cache.writable()
    assert run(monkeypatch) == (42, 0) and run(monkeypatch) == (42, 0)
    assert capsys.readouterr().err.count("note: compiled code cannot be kept") == 1


def test_without_stderr_nothing_is_said(cache, monkeypatch):
    cache.write_text("a file where the folder would be")
    monkeypatch.setattr(sys, "stderr", None)
    assert run(monkeypatch) == (42, 0)


def test_a_folder_that_cannot_be_written_to_is_still_read(cache, capsys, monkeypatch):
    run(monkeypatch)
    monkeypatch.setattr(code_cache, "_can_write", lambda folder: False)
    assert run(monkeypatch) == (42, 1)
    assert capsys.readouterr().err == ""


def test_places_beside_the_sources_and_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    beside, own = code_cache.folders()
    assert beside.is_relative_to(code_cache.PACKAGE) and own.is_relative_to(tmp_path)


ARRAYS = """import sys
import numpy as np
from dedup.runtime.jit import kernel
@kernel
def first(values, count):
    found = np.empty(count, np.int64)
    found[:] = np.sort(values)[:count]
    return found
@kernel
def last(values, count):
    found = np.empty(count, np.int64)
    found[:] = np.sort(values)[-count:]
    return found
def check(function, wanted):
    assert function(np.array([3, 1, 2]), 2).tolist() == wanted
    try:
        function(np.array([3, 1, 2]), -1)
    except ValueError:
        return len(function.compiled)
"""


def test_kept_code_needs_no_numba(tmp_path):
    """It returns arrays and raises as ever, and code can be compiled beside it."""
    (tmp_path / "module.py").write_text(ARRAYS)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kept")}
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), str(Path(code_cache.__file__).parents[2])])
    light = "assert 'numba' not in sys.modules"
    runs = [
        f"{light}; print(check(first, [1, 2]))",
        f"print(check(first, [1, 2])); {light}; print(check(last, [2, 3])); print(check(first, [1, 2]))",
        f"print(check(last, [2, 3])); {light}",
        "print(check(last, [2, 3])); import numba; print(numba.njit(lambda x: x + 1)(1))",
    ]
    told = [
        subprocess.run(
            [sys.executable, "-c", f"from module import *\n{code}"], env=environment, check=True, capture_output=True,
            text=True,
        ).stdout.split()
        for code in runs
    ]  # fmt: skip
    assert told == [["1"], ["0", "1", "0"], ["0"], ["0", "2"]]
