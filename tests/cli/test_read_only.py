"""A root and a home that truly cannot be written (containers, hardened units): a mount namespace of its own.

Skipped where the system lets nobody make one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_outputs import FAST, csv, run
from tests.conftest import ROOT

SEALED = """
set -e
mount --make-rprivate /
for place in / "$HOME" "$1"; do mount --bind "$place" "$place" 2>/dev/null || true; done
for place in / "$HOME" "$1"; do mount -o remount,bind,ro "$place" 2>/dev/null || true; done
# a mount that was made over a folder counts for what is opened from now on
for place in /tmp /var/tmp /dev/shm; do mount --bind "$place" "$place" && mount -o remount,bind,ro "$place"; done
cd "$1"
for place in / "$HOME" /tmp "$1"; do ! touch "$place/.dedup-writes" 2>/dev/null || exit 77; done
shift
exec "$@"
"""


def sealed(folder: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """The command where nothing can be written; skips the test where that cannot be had."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        pytest.skip("needs unshare of util-linux")
    base = ["unshare", "-r", "-m", "sh", "-c", SEALED, "sh", str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | more
    if subprocess.run([*base, "true"], capture_output=True, check=False, env=environment).returncode:
        pytest.skip("no mount namespace, or folders in it can still be written")
    command = [*base, sys.executable, "-m", "dedup", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)


def test_a_scan_goes_to_stdout(tmp_path):
    data = csv(tmp_path / "in.csv")
    done = sealed(tmp_path, "scan", data, "--format", "csv", *FAST)
    assert done.returncode == 0 and done.stdout.count("\n") == 4 and "Traceback" not in done.stderr, done.stderr


@pytest.mark.parametrize("option", ["-o", "--write-kept"])
def test_an_output_cannot_be_written(tmp_path, option):
    data = csv(tmp_path / "in.csv")
    done = sealed(tmp_path, "scan", data, option, tmp_path / "out.csv", *FAST)
    assert done.returncode == 2 and "Read-only file system" in done.stderr and "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_an_index_can_be_asked_and_not_added_to(tmp_path):
    data, index = csv(tmp_path / "in.csv"), tmp_path / "a.sqlite"
    assert run("index", "add", data, "--index", index, "-q").returncode in (0, 1)
    assert run("index", "query", data, "--index", index, "-q").returncode == 1  # compiles what is not yet compiled
    before = sorted(path.name for path in tmp_path.iterdir())
    done = sealed(tmp_path, "index", "query", data, "--index", index, "-q")
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    done = sealed(tmp_path, "index", "add", data, "--index", index, "-q")
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_home_that_is_nowhere(tmp_path):
    data = csv(tmp_path / "in.csv")
    done = sealed(tmp_path, "scan", data, *FAST, XDG_CACHE_HOME="/nowhere/at/all", XDG_CONFIG_HOME="/nowhere/at/all")
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
