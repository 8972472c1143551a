"""Machine code made ahead: the table of kernels, the processes that compile, and code that a wheel brings."""

from __future__ import annotations

import inspect
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import typeof, types

from benchmarks.wheel import collect
from dedup.phrasing.scoring.feature_kernels import Net
from dedup.runtime import code_cache, machine_code
from dedup.runtime.machine_code import Kernel, encoded
from dedup.runtime.simd import PACKAGE, stamped

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
ROOT = Path(__file__).parents[2]


def python(code: str, folder: Path, **more: str) -> str:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)} | more
    run = subprocess.run(
        [sys.executable, "-c", code], check=False, env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_types_as_text_and_back():
    fixed = np.zeros(3, np.uint8)
    fixed.flags.writeable = False
    kinds = [typeof(fixed), typeof(np.zeros((2, 3), np.float32)), typeof(np.zeros(9)[::2]), types.int64, types.boolean]
    text = encoded(kinds)
    assert text == "uint8[1Cr] float32[2C] float64[1A] int64 bool" or "boolean" in text
    assert list(Kernel("dedup.text.words", "fold_words", text, 0, frozenset()).types) == kinds


def test_a_tuple_with_names_keeps_its_class():
    kind = types.BaseTuple.from_types((types.int64, types.Array(types.float32, 1, "C")), Net)
    assert encoded([kind]) == "dedup.phrasing.scoring.feature_kernels:Net(int64,float32[1C])"
    assert Kernel("", "", encoded([kind]), 0.0, frozenset()).types == (kind,)


def test_the_table_names_kernels_and_as_many_types_as_they_take():
    """If this fails after kernels were changed: `python -m benchmarks.machine_code` writes the table anew."""
    assert machine_code.every()
    for kernel in machine_code.every():
        wanted = inspect.signature(kernel.dispatcher.py_func).parameters
        assert len(kernel.types) == len(wanted), kernel.name


SMALL = "[kernel for kernel in every() if kernel.name in ('spread', 'frequent_pairs')]"


def test_others_compile_and_the_code_is_kept(tmp_path):
    code = (
        f"from dedup.runtime.machine_code import *\nsmall = {SMALL}\nassert len(small) == 2\n"
        "assert not any(kernel.kept() for kernel in small)\ndone = []\ncompile_all(small, done.append)\n"
        "assert sorted(kernel.name for kernel in done) == ['frequent_pairs', 'spread']\n"
        "assert all(kernel.kept() for kernel in small)"
    )
    python(code, tmp_path)


def test_code_that_a_wheel_brings_is_taken_where_the_processor_fits(tmp_path):
    kept, shipped = tmp_path / "kept", tmp_path / "shipped"
    make = f"from dedup.runtime.machine_code import *\nfor kernel in {SMALL}: kernel.compile()\n"
    tell = (
        "from numba.core.registry import cpu_target; import json\n"
        "print(json.dumps(cpu_target.target_context.codegen().magic_tuple()))"
    )
    target = python(
        make + tell,
        kept,
        NUMBA_CPU_NAME="x86-64" if os.uname().machine == "x86_64" else "generic",
        NUMBA_CPU_FEATURES="",
    )
    collect({file.parent: "dedup.fingerprint" for file in kept.rglob("*.nb?")}, shipped)
    (shipped / "target.json").write_text(target)
    ask = (
        "from pathlib import Path\nfrom dedup.runtime import code_cache\n"
        f"code_cache.SHIPPED = Path({str(shipped)!r})\nfrom dedup.runtime.machine_code import *\n"
        f"small = {SMALL}\nprint([kernel.kept() for kernel in small])\n"
        "for kernel in small: kernel.compile()\n"
        "print([sum(kernel.dispatcher.stats.cache_hits.values()) for kernel in small])"
    )
    assert python(ask, tmp_path / "new").split("\n")[:2] == ["[True, True]", "[1, 1]"]
    triple, name, _ = json.loads(target)
    (shipped / "target.json").write_text(json.dumps([triple, name, "+no-such-feature"]))
    assert python(ask, tmp_path / "newer").split("\n")[:2] == ["[False, False]", "[0, 0]"]


def test_kernels_of_one_name_in_modules_of_one_name_have_files_of_their_own(tmp_path, monkeypatch):
    """numba's names of files tell the last part of a module's name, the function and its line."""
    caches = []
    for package in ("one", "two"):
        (tmp_path / package).mkdir()
        file = tmp_path / package / "kernels.py"
        file.write_text("def judge(value):\n    return value\n")
        found: dict[str, Any] = {"__name__": f"dedup.{package}.kernels"}
        exec(compile(file.read_text(), str(file), "exec"), found)
        caches.append(code_cache.CodeCache(found["judge"], "stamp"))
    one, two = (cache._shipped._index_path for cache in caches)
    assert Path(one).name == Path(two).name
    assert one != two
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "kernels.judge-1.py313.1.nbc").write_bytes(b"code")
    collect({tmp_path / "kept": "dedup.one"}, tmp_path / "shipped")
    with pytest.raises(FileExistsError):
        collect({tmp_path / "kept": "dedup.one"}, tmp_path / "shipped")


def test_classes_that_kernels_take_are_in_files_that_kept_code_is_bound_to():
    """Code is compiled by the places of the fields: where they change it is not to be used any more."""
    rows = machine_code.TABLE.read_text()
    files = {Path(file).relative_to(PACKAGE) for file in stamped()}
    named = {module.replace(".", "/") + ".py" for module in re.findall(r"dedup\.([\w.]+):", rows)}
    assert named
    assert not {name for name in named if Path(name) not in files}


def test_an_interrupt_while_others_compile_ends_as_one(tmp_path):
    scan = subprocess.Popen(
        [sys.executable, "-m", "dedup", "scan", str(ROOT / "seeds")], cwd=ROOT, start_new_session=True,
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    children = Path(f"/proc/{scan.pid}/task/{scan.pid}/children")
    if not children.exists():
        scan.kill()
        pytest.skip("no /proc")
    until = time.monotonic() + 30
    while not (found := children.read_text().split()) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(scan.pid, signal.SIGINT)
    _, said = scan.communicate(timeout=20)
    assert (scan.returncode, said.splitlines()[-1]) == (130, b"dedup: interrupted")
    assert found and not any(Path(f"/proc/{child}").exists() for child in found)
