"""One session of Spark for all tests, on this machine alone."""

from __future__ import annotations

import os
import warnings

import pytest


def trouble() -> str:
    """Why Spark cannot be used here; empty where it can. CI must have it."""
    from dedup.engines.spark.java import check_java
    from dedup.engines.spark.session import import_pyspark
    from dedup.errors import DedupError

    try:
        import_pyspark()
        check_java()
    except DedupError as error:
        if os.environ.get("DEDUP_REQUIRE_SERVERS") == "1":
            raise
        return str(error)
    return ""


QUICK = {
    # What is compiled for a few hundred rows costs more than it saves.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:MetaspaceSize=256m -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "3",
    "spark.driver.memory": "1g",
}


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    if why := trouble():
        pytest.skip(why)
    from dedup.engines.spark.session import open_session

    folder = tmp_path_factory.mktemp("spark")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyspark's own, of sockets that it leaves to the garbage collector
        session = open_session(
            "local[2]", {**QUICK, "spark.local.dir": str(folder), "spark.sql.warehouse.dir": str(folder / "warehouse")}
        )
    yield session
    session.stop()
