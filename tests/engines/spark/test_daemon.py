"""What Pythons of Spark are forked from is loaded once, and no task has to look through it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PROGRAM = """
import gc, json, sys
from dedup.engines.spark import daemon

daemon.prepare()
print(json.dumps({
    "loaded": [name for name in daemon.PRELOADED if name in sys.modules], "pyspark": sys.modules["pyspark"].__file__,
    "frozen": gc.get_freeze_count(), "rest": len(gc.get_objects()), "path": sys.path,
}))
"""


def prepared(path: str) -> dict:
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    return json.loads(done.stdout)


def test_everything_is_loaded_and_left_out_of_what_is_collected():
    home = Path(pytest.importorskip("pyspark").__file__).parent
    archive = home / "python" / "lib" / "pyspark.zip"
    assert archive.exists()
    other = "/somewhere/else.zip"
    told = prepared(os.pathsep.join((str(archive), other, str(ROOT))))
    from dedup.engines.spark import daemon

    assert told["loaded"] == list(daemon.PRELOADED)
    assert told["pyspark"] == str(home / "__init__.py")
    assert str(archive) not in told["path"]
    assert other in told["path"]
    assert told["frozen"] > 50_000
    assert told["rest"] < 5_000


def test_archives_stay_where_there_is_no_other_pyspark(monkeypatch):
    from dedup.engines.spark import daemon

    paths = ["/nowhere/pyspark/python/lib/pyspark.zip", "/nowhere"]
    assert daemon._unzipped(paths) == paths
