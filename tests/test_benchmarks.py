"""Benchmarks run: small, but from end to end. What they measure is not judged here."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pytest

from benchmarks.__main__ import NAMES

ROOT = Path(__file__).resolve().parent.parent
SPINNING = {"rewritten", "candidates", "quotes", "phrasing", "feeds_weeks"}
"""They make spun texts from Debian's thesauri, which a user may not have."""
ON_SPARK = {"engines_spark", "engines_equal"}


@pytest.mark.parametrize("name", NAMES)
def test_quick_run_writes_figures(name, shared):
    if (
        name in SPINNING
        and not Path("/usr/share/mythes/th_en_US_v2.dat").exists()
        and "DEDUP_REQUIRE_SERVERS" not in os.environ
    ):
        pytest.skip("needs Debian's wordnet-base and mythes-en-us")
    if name in ON_SPARK and "DEDUP_REQUIRE_SERVERS" not in os.environ and not (which("java") and find_spec("pyspark")):
        pytest.skip("needs Java and pyspark")
    command = [sys.executable, "-m", "benchmarks", name, "--quick", "--data", str(shared / "data")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((ROOT / "benchmarks" / "results" / f"{name}-quick.json").read_text())
    assert result["machine"]
    assert result["figures"]


def test_missing_data_is_one_clear_line(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "scaling", "--quick", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and str(tmp_path) in done.stderr


def test_the_tables_in_the_documents_are_those_of_the_results():
    command = [sys.executable, "-m", "benchmarks", "figures", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
