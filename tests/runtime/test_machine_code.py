"""Machine code made ahead: the table of kernels, the processes that compile, and code that a wheel brings."""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dedup.runtime import machine_code
from dedup.runtime.jit import PACKAGE, stamped
from dedup.runtime.signatures import decoded

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
ROOT = Path(__file__).parents[2]


def python(code: str, folder: Path, **more: str) -> str:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)} | more
    run = subprocess.run(
        [sys.executable, "-c", code], check=False, env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_table_names_kernels_and_as_many_types_as_they_take():
    """If this fails after kernels were changed: `python -m benchmarks.machine_code` writes the table anew."""
    assert machine_code.every()
    for kernel in machine_code.every():
        wanted = inspect.signature(kernel.dispatcher.py_func).parameters
        assert len(decoded(kernel.signature)) == len(wanted), kernel.name


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
    tell = "from dedup.runtime.code_cache import host_target; import json; print(json.dumps(host_target()))"
    target = python(
        make + tell,
        kept,
        NUMBA_CPU_NAME="x86-64" if os.uname().machine == "x86_64" else "generic",
        NUMBA_CPU_FEATURES="",
    )
    shipped.mkdir()
    for file in kept.rglob("*.code"):
        shutil.copy(file, shipped)
    (shipped / "target.json").write_text(target)
    ask = (
        "from pathlib import Path\nfrom dedup.runtime import code_cache\n"
        f"code_cache.SHIPPED = Path({str(shipped)!r})\nfrom dedup.runtime.machine_code import *\n"
        f"small = {SMALL}\nprint([kernel.kept() for kernel in small])\n"
        "import numpy as np\nfrom dedup.fingerprint.pair_kernels import frequent_pairs as call\n"
        "call(np.zeros(0, np.uint64), np.zeros(0, np.int32), 1.0, 1.0, 1)\nprint(len(call.compiled))"
    )
    assert python(ask, tmp_path / "new").split("\n")[:2] == ["[True, True]", "0"]
    triple, name, _ = json.loads(target)
    (shipped / "target.json").write_text(json.dumps([triple, name, "+no-such-feature"]))
    assert python(ask, tmp_path / "newer").split("\n")[:2] == ["[False, False]", "1"]


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
