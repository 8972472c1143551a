"""Results of stages, kept as Parquet: what a run that was killed has done is not done again.

A stage's folder counts when Spark has committed it and a mark beside it says so; what was half written is written
anew. Everything goes through Spark, so the folder may be wherever it can write: a disk that all machines share, HDFS,
an object store.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dedup.errors import ConfigError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FORMAT = 1
"""Of the folder; changes with what is kept in it."""
_MANIFEST = "manifest"
_WHAT = {"settings": "other settings", "inputs": "other inputs", "package": "another version of dedup"}


@dataclass(slots=True)
class StageStats:
    """What one stage was and cost."""

    seconds: float = 0.0
    rows: int = 0
    partitions: int = 0
    largest: int = 0
    """Rows of the largest partition: beside `rows / partitions` it shows the skew."""
    resumed: bool = False
    """It was done by an earlier run."""


@dataclass(slots=True)
class Work:
    """Where stages keep their results."""

    spark: SparkSession
    folder: str
    on_stage: Callable[[str], None] = lambda name: None
    stats: dict[str, StageStats] = field(default_factory=dict)

    def begin(self, identity: Mapping[str, str]) -> None:
        """Begin, or go on with what an earlier run has done. `identity` tells `settings`, `inputs` and `package`.
        Raises ConfigError for a folder of a run on others, and for one that cannot be read.
        """
        wanted = {"format": FORMAT, **identity}
        found = self._read(_MANIFEST)
        if found is None:
            self._write(_MANIFEST, wanted)
            return
        wrong = [name for name, value in wanted.items() if found.get(name) != value]
        if wrong:
            what = ", ".join(_WHAT.get(name, f"another {name}") for name in wrong)
            raise ConfigError(f"{self.folder} is the work of a run with {what}: name another folder, or empty it")

    def stage(self, name: str, make: Callable[[], DataFrame]) -> DataFrame:
        """The result of a stage: read where it is there, else made and kept. Its partitions are counted."""
        self.on_stage(name)
        done = self._read(f"{name}.done")
        if done is not None:
            self.stats[name] = StageStats(**{**done, "resumed": True})
            return self.read(name)
        begin = time.perf_counter()
        make().write.mode("overwrite").parquet(self.path(name))
        made = self.read(name)
        self.stats[name] = found = _counted(made)
        found.seconds = time.perf_counter() - begin
        self._write(f"{name}.done", {part: getattr(found, part) for part in StageStats.__slots__})
        return made

    def read(self, name: str) -> DataFrame:
        """The kept result of a stage."""
        return self.spark.read.parquet(self.path(name))

    def path(self, name: str) -> str:
        """Where a stage is kept."""
        return f"{self.folder.rstrip('/')}/{name}"

    def note(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The same for a few values that the driver holds."""
        done = self._read(f"{name}.done")
        if done is None:
            done = make()
            self._write(f"{name}.done", done)
        return done

    def _read(self, name: str) -> dict[str, Any] | None:
        """A small file of ours; None where it is not there, or was not written to its end."""
        from pyspark.errors import AnalysisException

        try:
            rows = self.spark.read.text(self.path(name), wholetext=True).collect()
        except AnalysisException as error:
            if error.getCondition() in ("PATH_NOT_FOUND", "UNABLE_TO_INFER_SCHEMA"):
                return None
            raise ConfigError(f"{self.folder} cannot be read: {str(error).partition(chr(10))[0]}") from error
        try:
            found = json.loads("".join(row.value for row in rows))
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def _write(self, name: str, values: Mapping[str, Any]) -> None:
        frame = self.spark.createDataFrame([(json.dumps(dict(values), sort_keys=True),)], "value string")
        frame.coalesce(1).write.mode("overwrite").text(self.path(name))


def _counted(frame: DataFrame) -> StageStats:
    """Rows of a result, by the files that tasks have written."""
    from pyspark.sql import functions as f

    files = frame.groupBy(f.col("_metadata.file_path").alias("file")).count()
    found = files.agg(f.count("*"), f.sum("count"), f.max("count")).collect()[0]
    return StageStats(0.0, int(found[1] or 0), int(found[0]), int(found[2] or 0))
