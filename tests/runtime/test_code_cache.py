"""Machine code that cannot be kept, or was kept and is damaged, costs time and nothing else."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from dedup.runtime import code_cache

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")


def double(number):
    return number * 2


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A folder for code, and that nothing was said yet."""
    monkeypatch.setattr(numba.core.config, "CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(code_cache, "_said", [])
    return tmp_path / "kept"


def run(stamp: str = "one") -> tuple[int, int]:
    """What a kernel says, and how often its code was found."""
    compiled = numba.njit(nogil=True)(double)
    code_cache.keep(compiled, stamp)
    answer = compiled(21)
    return answer, sum(compiled.stats.cache_hits.values())


def files(cache: Path, suffix: str = "*.nb?") -> list[Path]:
    return sorted(cache.rglob(suffix))


def test_code_is_kept(cache, capsys):
    assert run() == (42, 0) and run() == (42, 1)
    assert len(files(cache)) == 2 and capsys.readouterr().err == ""


def test_code_of_other_sources_is_not_taken(cache):
    assert run("one") == (42, 0) and run("two") == (42, 0) and run("two") == (42, 1)


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
@pytest.mark.parametrize("suffix", ["*.nbi", "*.nbc"])
def test_damaged_files_are_made_anew(cache, capsys, suffix, damage):
    run()
    for file in files(cache, suffix):
        file.write_bytes(DAMAGE[damage](file.read_bytes()))
    assert run() == (42, 0)
    assert run() == (42, 1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("suffix", ["*.nbi", "*.nbc"])
def test_a_missing_file_is_made_anew(cache, suffix):
    run()
    for file in files(cache, suffix):
        file.unlink()
    assert run() == (42, 0) and run() == (42, 1)


def test_an_index_that_names_the_code_of_an_older_run_is_not_believed(cache):
    """As a run leaves it that is killed between the two files."""
    run("one")
    (code,) = files(cache, "*.nbc")
    old = code.read_bytes()
    run("two")
    code.write_bytes(old)
    assert run("two") == (42, 0)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO])
def test_what_cannot_be_written_is_said_once(cache, capsys, monkeypatch, number):
    def full(*_arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(code_cache._Files, "_save_data", full)
    assert run() == (42, 0) and run() == (42, 0)
    error = capsys.readouterr().err
    assert error.count("note: ") == 1 and os.strerror(number) in error and error.count("\n") == 1


def unwritable(monkeypatch):
    """No folder is writable, as root sees it neither."""

    def refuse(self):
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(numba.core.caching._CacheLocator, "ensure_cache_path", refuse)


def test_without_a_folder_code_is_compiled_in_memory(cache, capsys, monkeypatch):
    unwritable(monkeypatch)
    assert run("nowhere") == (42, 0) and run("nowhere") == (42, 0)
    assert capsys.readouterr().err.count("note: compiled code cannot be kept") == 1
    assert not cache.exists()


def test_without_stderr_nothing_is_said(cache, monkeypatch):
    unwritable(monkeypatch)
    monkeypatch.setattr(sys, "stderr", None)
    assert run("nowhere") == (42, 0)


MODULE = """from dedup.runtime.simd import kernel
@kernel
def double(x):
    return x * 2
print(double(21), double.stats.cache_hits)
"""


@pytest.mark.parametrize("kept", [True, False])
def test_a_read_only_installation(tmp_path, kept):
    """Code beside the sources is used although nothing can be written; without it, it is compiled."""
    (tmp_path / "module.py").write_text(MODULE)
    refuse = "import numba.core.caching as c\ndef no(self): raise PermissionError(13, 'no')\n"
    runs = [f"{refuse}c._CacheLocator.ensure_cache_path = no\nimport module"]
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), str(Path(code_cache.__file__).parents[2])])
    done = [
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        for code in (["import module"] if kept else []) + runs
    ]
    assert done[-1].stdout.startswith("42 ")
    assert ("note: " in done[-1].stderr) is not kept
    assert ("Counter({" in done[-1].stdout) is kept


def test_a_numba_of_other_inner_parts_keeps_code_itself(cache, capsys, monkeypatch):
    monkeypatch.setattr(code_cache.CodeCache, "__init__", lambda self, function, stamp: self.no_such_part)
    assert run() == (42, 0) and run() == (42, 1)
    assert len(files(cache)) == 2 and capsys.readouterr().err == ""


@pytest.mark.parametrize("part", ["_save_data", "_save_index", "_dump"])
def test_inner_parts_that_fail_cost_the_saving_alone(cache, capsys, monkeypatch, part):
    monkeypatch.setattr(code_cache._Files, part, lambda self: None)  # a TypeError: numba gives it more
    assert run() == (42, 0) and run() == (42, 0)
    assert capsys.readouterr().err.count("note: compiled code cannot be kept (TypeError)") == 1


MISSING = """import numba.core.caching as c
vars(c).pop("{part}", None)
from dedup.runtime.simd import kernel
from dedup.text.words import mix
@kernel
def double(x):
    return x * 2
print(double(21))
"""


@pytest.mark.parametrize("part", ["InTreeCacheLocator", "CompileResultCacheImpl"])
def test_missing_inner_parts_are_no_error(tmp_path, part):
    (tmp_path / "module.py").write_text(MISSING.format(part=part))
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(code_cache.__file__).parents[2])]),
        "NUMBA_CACHE_DIR": str(tmp_path / "kept"),
    }
    done = subprocess.run(
        [sys.executable, "-c", "import module"], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("42\n", "")


ARRAYS = """import sys
import numpy as np
from dedup.runtime.simd import kernel
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
        return function.stats.cache_hits.total()
"""


def test_kept_code_needs_nothing_of_what_it_was_compiled_from(tmp_path):
    """Neither numba's functions on arrays nor scipy; it raises as ever, and code compiled beside it can be kept."""
    (tmp_path / "module.py").write_text(ARRAYS)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kept")}
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), str(Path(code_cache.__file__).parents[2])])
    light = "assert not {'numba.np.arraymath', 'scipy.linalg'} & set(sys.modules)"
    runs = [
        "print(check(first, [1, 2]))",
        f"print(check(first, [1, 2])); {light}; print(check(last, [2, 3]))",
        f"print(check(last, [2, 3])); {light}",
    ]
    told = [
        subprocess.run(
            [sys.executable, "-c", f"from module import *\n{code}"], env=environment, check=True, capture_output=True,
            text=True,
        ).stdout.split()
        for code in runs
    ]  # fmt: skip
    assert told == [["0"], ["1", "0"], ["1"]]
