"""A first, tiny job: do all workers have what this process has. A worker that has not would fail an hour later, or
judge otherwise and say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dedup.engines.spark import probe
from dedup.engines.spark.identity import identity
from dedup.errors import ConfigError, MismatchError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAMES = ("host", "python", "error", "package", "numbers", "reference")
EACH = 2
"""Tasks to a core: which worker gets one is not ours to say."""
SHOWN = 5
INSTALL = "every worker needs this Python's packages: pip install 'dedup-text[spark]' there, or ship an environment"
_ERROR = re.compile(r"^(?:[\w.]+\.)?(\w+Error: .*)$", re.MULTILINE)
_WHAT = {"package": "dedup-text", "numbers": "packages", "reference": "the reference"}


def check_workers(spark: SparkSession, reference: str = "", kind: str = "shingles") -> int:
    """The number of Pythons on workers that were asked, all of which have this package as it is here. `reference` as
    the settings name it; they make what machine code a `kind` of run needs. Raises ConfigError for workers that
    cannot load the package or the reference, and MismatchError for those that have another; both name the worker.
    """
    from pyspark import cloudpickle
    from pyspark.errors import PySparkException

    tasks = EACH * cores_of(spark)
    schema = ", ".join(f"{name} string" for name in NAMES)
    cloudpickle.register_pickle_by_value(probe)  # type: ignore[no-untyped-call]
    try:
        rows = spark.range(0, tasks, 1, tasks).mapInArrow(probe.probe(NAMES, reference, kind), schema).collect()
    except PySparkException as error:
        raise ConfigError(f"a worker cannot do the work ({_said(str(error))}); {INSTALL}") from error
    finally:
        cloudpickle.unregister_pickle_by_value(probe)  # type: ignore[no-untyped-call]
    found = [{name: row[name] for name in NAMES} for row in rows]
    _no_errors(found)
    _alike(found, identity(reference))
    return len({(row["host"], row["python"]) for row in found})


def cores_of(spark: SparkSession) -> int:
    """Cores that the session has; of a session through Spark Connect, which does not say, as many as its setting."""
    try:
        return int(spark.sparkContext.defaultParallelism)
    except Exception:  # Connect has no context, and says so by an exception of its own
        return int(spark.conf.get("spark.sql.leafNodeDefaultParallelism", "16") or 16)


def _said(trace: str) -> str:
    """What a worker died of that could not even be asked, at the end of its own trace; else how Spark puts it."""
    found = _ERROR.findall(trace)
    return str(found[-1]) if found else trace.strip().partition("\n")[0]


def _no_errors(rows: list[dict[str, str]]) -> None:
    bad = sorted({(row["host"], row["python"], row["error"]) for row in rows if row["error"]})
    if not bad:
        return
    said = "; ".join(f"{host}, {python}: {error}" for host, python, error in bad[:SHOWN])
    hint = INSTALL
    if not any("No module named" in error for _, _, error in bad):
        hint = "a reference that the settings name must be at the same place on every worker"
    raise ConfigError(f"{_count(len(bad))} cannot do the work ({said}{_more(bad)}); {hint}")


def _alike(rows: list[dict[str, str]], here: Mapping[str, str]) -> None:
    bad = sorted(
        {
            (row["host"], _WHAT[name], row[name], value)
            for row in rows
            for name, value in here.items()
            if row[name] != value
        }
    )
    if bad:
        said = "; ".join(f"{host} has {what} {there}, here it is {own}" for host, what, there, own in bad[:SHOWN])
        raise MismatchError(f"workers would judge otherwise: {said}{_more(bad)}")


def _count(workers: int) -> str:
    return "a worker" if workers == 1 else f"{workers:,} workers"


def _more(bad: Sequence[tuple[str, ...]]) -> str:
    return f" … and {len(bad) - SHOWN:,} more" if len(bad) > SHOWN else ""
