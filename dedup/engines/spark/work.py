"""Results of stages, kept as Parquet: what a run that was killed has done is not done again.

A stage's folder counts when Spark has committed it and a mark beside it says so; what was half written is written
anew. The folder may be wherever Spark can write: a disk that all machines share, HDFS, an object store. On a disk the
driver reads and writes the marks itself; elsewhere Spark does, for a job each.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from dedup.errors import ConfigError, OutputError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FORMAT = 2
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
        self.describe(name)
        made = make()
        made.write.mode("overwrite").parquet(self.path(name))
        self.stats[name] = found = counted(lambda: self.read(name), self._disk and self._disk / name)
        found.seconds = time.perf_counter() - begin
        self._write(f"{name}.done", {part: getattr(found, part) for part in StageStats.__slots__})
        return self.spark.read.schema(made.schema).parquet(self.path(name))  # else a job asks the files for it

    def describe(self, name: str) -> None:
        """Have the jobs from now on be called by the stage, in Spark's interface and log."""
        from pyspark.errors import PySparkException

        with suppress(PySparkException):  # Spark Connect has no context
            self.spark.sparkContext.setJobDescription(name)

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

    @property
    def _disk(self) -> Path | None:
        """The folder, where it is on a disk."""
        return disk_of(self.folder)

    def _read(self, name: str) -> dict[str, Any] | None:
        """A small file of ours; None where it is not there, or was not written to its end."""
        if self._disk is not None:
            path = self._disk / name
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
        else:
            text = self._read_by_spark(name)
        try:
            found = json.loads(text)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def _read_by_spark(self, name: str) -> str:
        """Its text; empty where it is not there. Raises ConfigError."""
        from pyspark.errors import AnalysisException

        try:
            rows = self.spark.read.text(self.path(name), wholetext=True).collect()
        except AnalysisException as error:
            if error.getCondition() in ("PATH_NOT_FOUND", "UNABLE_TO_INFER_SCHEMA"):
                return ""
            raise ConfigError(f"{self.folder} cannot be read: {str(error).partition(chr(10))[0]}") from error
        return "".join(row.value for row in rows)

    def _write(self, name: str, values: Mapping[str, Any]) -> None:
        text = json.dumps(dict(values), sort_keys=True)
        if self._disk is None:
            frame = self.spark.createDataFrame([(text,)], "value string")
            frame.coalesce(1).write.mode("overwrite").text(self.path(name))
            return
        try:
            self._disk.mkdir(parents=True, exist_ok=True)
            fresh = self._disk / f".{name}.new"
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self._disk / name)
        except OSError as error:
            raise OutputError(f"{self.folder}: cannot be written: {error.strerror}") from error


def disk_of(folder: str) -> Path | None:
    """A folder, given as a path or a URL, where it is on a disk."""
    if folder.startswith("file:"):
        return Path(unquote(urlsplit(folder).path))
    return None if "://" in folder else Path(folder)


def counted(kept: Callable[[], DataFrame], disk: Path | None) -> StageStats:
    """Rows by the files that tasks have written: on a `disk` by what they say of themselves, else Spark counts what was
    `kept`.
    """
    if disk is not None:
        from pyarrow import parquet

        files = sorted(disk.rglob("*.parquet"))
        counts = [int(parquet.read_metadata(file).num_rows) for file in files]
        return StageStats(0.0, sum(counts), len(counts), max(counts, default=0))
    from pyspark.sql import functions as f

    grouped = kept().groupBy(f.col("_metadata.file_path").alias("file")).count()
    found = grouped.agg(f.count("*"), f.sum("count"), f.max("count")).collect()[0]
    return StageStats(0.0, int(found[1] or 0), int(found[0]), int(found[2] or 0))
