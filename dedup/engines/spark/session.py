"""A session of Spark for the command line; and what is set on one while a scan runs on it."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dedup.engines.spark.java import check_java
from dedup.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OLDEST = 4
"""The first Spark that hands whole Arrow batches on, bounded by bytes."""
LOCAL = ("local", "spark://127.0.0.1", "spark://localhost")
"""Masters of this machine, with which nothing outside of it is spoken to."""
BATCH_ROWS, BATCH_BYTES = 2_000, 32 << 20
"""Of an Arrow batch between Spark and its Pythons."""
_PANDAS = "PySpark does not yet fully support pandas"
SMALL_BYTES = 1 << 30
"""Of input, below which Java takes longer to compile itself and its plans than they run."""
SMALL = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:MetaspaceSize=256m",
    "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}  # fmt: skip
"""For these, on one machine. Of 10,000 documents of 3 KB they save half of all processor time, of 100,000 a fifth."""
_PASSED_ON = ("NUMBA_CACHE_DIR", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "PYTHONPATH")
"""Variables that a Python needs to find the package, and machine code that is kept."""


def import_pyspark() -> Any:
    """`pyspark`. Raises MissingExtraError, and ConfigError where it is too old."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _PANDAS)
            import pyspark
            import pyspark.sql
    except ImportError as error:
        raise MissingExtraError("The engine spark", "spark") from error
    if int(pyspark.__version__.partition(".")[0]) < OLDEST:
        raise ConfigError(f"pyspark {pyspark.__version__} is too old: pip install 'pyspark>={OLDEST},<{OLDEST + 1}'")
    return pyspark


def open_session(master: str, settings: Mapping[str, str] | None = None, size: int | None = None) -> SparkSession:
    """A new session at `master` ("local[4]", "spark://host:7077", "yarn", …), with `settings` of Spark laid over ours,
    for an input of `size` bytes, where that is known. Raises MissingExtraError without pyspark, ConfigError without a
    Java that fits, for a master that cannot be, and where the cluster does not answer.
    """
    pyspark = import_pyspark()
    check_java()
    builder = pyspark.sql.SparkSession.builder.master(master).appName("dedup scan")
    for name, value in {**_defaults(master, size), **(settings or {})}.items():
        builder = builder.config(name, value)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if master.startswith(LOCAL):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _PANDAS)
            spark: SparkSession = builder.getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")
    except Exception as error:  # of pyspark or its bridge to Java: there is no base of them all
        raise ConfigError(f"Spark cannot be started at '{master}': {_first_line(error)}") from error
    return spark


def _defaults(master: str, size: int | None) -> dict[str, str]:
    """Settings of a session of ours."""
    values = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.python.worker.reuse": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.driver.memory": "2g",
        "spark.task.maxFailures": "8",  # a machine that dies takes the tasks of its stage along
    }
    values |= {f"spark.executorEnv.{name}": os.environ[name] for name in _PASSED_ON if name in os.environ}
    if master.startswith("local"):
        values |= SMALL if size is not None and size < SMALL_BYTES else {}
        if os.environ.get("PYSPARK_PYTHON", sys.executable) == sys.executable:
            # Another Python may lack the package, as on another machine, and has to live to tell.
            values["spark.python.daemon.module"] = "dedup.engines.spark.daemon"
    if master.startswith(LOCAL):
        values |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return values


@contextmanager
def settings_for_scan(spark: SparkSession) -> Iterator[None]:
    """Have batches between Spark and its Pythons bounded while the body runs, and nothing said of a pandas that is not
    used; then everything is as it was.
    """
    wanted = {
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
        "spark.sql.execution.arrow.maxBytesPerBatch": str(BATCH_BYTES),
        "spark.sql.session.timeZone": "UTC",
    }
    before = {name: spark.conf.get(name, None) for name in wanted}
    for name, value in wanted.items():
        spark.conf.set(name, value)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _PANDAS)
            yield
    finally:
        for name, held in before.items():
            if held is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, held)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


@contextmanager
def raised_here() -> Iterator[None]:
    """Have what a worker raised on purpose be raised here: Spark hands on its text, at the end of a long trace."""
    import re

    from dedup import errors

    try:
        yield
    except errors.DedupError:
        raise
    except Exception as error:  # of pyspark: there is no base of them all
        found = re.search(r"^dedup\.errors\.(\w+): (.*)$", str(error), re.MULTILINE)
        kind = getattr(errors, found.group(1), None) if found else None
        if found is None or not isinstance(kind, type) or kind is errors.SettingError:
            raise
        raise kind(found.group(2)) from error
