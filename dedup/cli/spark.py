"""`dedup scan --engine spark`: the same scan on a cluster, into folders of Parquet."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.errors import ConfigError, InputError, OutputError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedup.config import Config
    from dedup.engines.spark import SparkResult
    from dedup.read.paths import PathEntry

TABLES = ("documents", "edges", "clusters", "rejects")
PARQUET = (".parquet", ".parq")


def scan_on_spark(paths: Sequence[str], config: Config, flags: Mapping[str, Any]) -> int:
    """Scan files, or what Spark reads by a URL, and write the tables of the result. Returns the exit code. Raises
    DedupError.
    """
    output = _output(flags["output"])
    master = flags["master"] or "local[*]"
    settings = dict(_setting(text) for text in flags["spark_settings"])
    remote = [path for path in paths if "://" in path]
    if remote and len(remote) < len(paths):
        raise InputError("give files of this machine's disks, or URLs that Spark reads, not both")
    entries = [] if remote else _entries(paths, config)
    from dedup.engines.spark.session import open_session, raised_here

    spark = open_session(master, settings)
    try:
        with raised_here():
            found = _scan(spark, remote, entries, config, flags)
            counts = {name: _write(found, name, output) for name in TABLES}
    finally:
        spark.stop()
    if not flags["quiet"]:
        said = ", ".join(f"{counts[name]:,} {name}" for name in TABLES)
        click.echo(f"dedup: written: {output} ({said})", err=True)
    if flags["stats"]:
        _stats(found)
    return 1 if counts["clusters"] and not flags["exit_zero"] else 0


def _scan(
    spark: SparkSession, remote: Sequence[str], entries: Sequence[PathEntry], config: Config, flags: Mapping[str, Any]
) -> SparkResult:
    from dedup.engines.spark import scan, scan_files

    def say(stage: str) -> None:
        if not flags["quiet"]:
            click.echo(f"dedup: {stage}", err=True)

    options: dict[str, Any] = {"work": flags["work"], "evidence": flags["evidence"], "on_stage": say}
    if not remote:
        return scan_files(spark, entries, config, **options)
    try:
        return scan(_read(spark, remote), config, **options)
    except TypeError as error:
        raise InputError(str(error)) from error


def _read(spark: SparkSession, urls: Sequence[str]) -> DataFrame:
    """A DataFrame of what stands at some URLs: Parquet by its name, else JSON lines. Raises InputError."""
    kinds = {url.rstrip("/").lower().endswith(PARQUET) for url in urls}
    if len(kinds) > 1:
        raise InputError("give Parquet or JSON lines, not both")
    try:
        return spark.read.parquet(*urls) if kinds.pop() else spark.read.json(list(urls))
    except Exception as error:  # of pyspark, or of the file system's client in Java
        raise InputError(f"{urls[0]}: {str(error).strip().partition(chr(10))[0]}") from error


def _entries(paths: Sequence[str], config: Config) -> list[PathEntry]:
    """The files, by whole paths: workers run elsewhere. Raises InputError."""
    from dedup.read.paths import find

    found = find(paths, config.read)
    streams = [entry.name for entry in found.entries if entry.stream]
    if streams:
        raise InputError(f"{streams[0]}: workers cannot read a stream: give files")
    if not found.entries:
        raise InputError("nothing to read: no file of a kind that is read is there; no output was written")
    for entry in found.entries:
        entry.path = str(Path(entry.path or "").resolve())
    return found.entries


def _output(given: str | None) -> Path:
    """The folder of the result. Raises OutputError."""
    if not given:
        raise OutputError("--engine spark writes folders of Parquet: name one with -o OUT")
    path = Path(given)
    there = [name for name in TABLES if (path / name).exists()]
    if there:
        raise OutputError(f"{path}: has {there[0]}/ already: name a new folder, or empty it")
    return path


def _write(found: SparkResult, name: str, output: Path) -> int:
    """One table, whole or not at all; the number of its rows."""
    frame: DataFrame = getattr(found, name)
    target = output / name
    try:
        frame.write.mode("error").parquet(f"file://{target.resolve()}")
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return int(frame.sparkSession.read.parquet(f"file://{target.resolve()}").count())


def _setting(text: str) -> tuple[str, str]:
    """One setting of Spark, NAME=VALUE. Raises ConfigError."""
    name, found, value = text.partition("=")
    if not found or not name.startswith("spark."):
        raise ConfigError(f"--spark: {text!r} is no spark.NAME=VALUE")
    return name, value


def _stats(found: SparkResult) -> None:
    """Time, rows and skew of each stage."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("stage", "seconds", "rows", "partitions", "largest / mean"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for name, stage in found.stages.items():
        skew = stage.largest * stage.partitions / stage.rows if stage.rows else 0
        seconds = "done before" if stage.resumed else f"{stage.seconds:.1f}"
        table.add_row(name, seconds, f"{stage.rows:,}", f"{stage.partitions:,}", f"{skew:.1f}" if skew else "")
    Console(stderr=True, highlight=False).print(table)
