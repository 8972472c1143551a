"""`dedup scan --engine spark`: the same scan on a cluster, into folders of Parquet."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.engines import ONLY_IN_MEMORY
from dedup.errors import ConfigError, InputError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedup.config import Config
    from dedup.engines.spark import SparkResult
    from dedup.read.paths import PathEntry

TABLES = ("documents", "edges", "clusters", "rejects")
PARQUET = (".parquet", ".parq")
_OTHERS = {
    "write_kept": "--write-kept", "write_dropped": "--write-dropped", "rejects_file": "--rejects",
    "keep_rejects": "--keep-rejects", "fail_on": "--fail-on",
}  # fmt: skip


def scan_on_spark(
    paths: Sequence[str], output: str | None, shape: str | None, config: Config, flags: Mapping[str, Any]
) -> int:  # fmt: skip
    """Scan files, or what Spark reads by a URL, and write the tables of the result. Returns the exit code. Raises
    DedupError, and UsageError for options that do not go together.
    """
    _check(output, shape, flags)
    settings = dict(_setting(text) for text in flags["spark_settings"])
    remote = [path for path in paths if "://" in path]
    if remote and len(remote) < len(paths):
        raise InputError("give files of this machine's disks, or URLs that Spark reads, not both")
    entries = [] if remote else _entries(paths, config)
    from dedup.engines.spark.session import open_session, raised_here

    work = str(flags["work"] or f"{(output or '').rstrip('/')}.work")
    spark = open_session(
        flags["master"] or "local[*]", settings, None if remote else sum(entry.size for entry in entries)
    )
    try:
        with raised_here():
            found = _scan(spark, remote, entries, config, flags, work)
            counts = _write(found, output or "")
        if not flags["work"] and "://" not in work:
            shutil.rmtree(work)
    finally:
        spark.stop()
    if not flags["quiet"]:
        said = ", ".join(f"{counts[name]:,} {name[:-1] if counts[name] == 1 else name}" for name in TABLES)
        click.echo(f"dedup: written: {output} ({said})", err=True)
    if flags["stats"]:
        _stats(found)
    return 1 if counts["clusters"] and not flags["exit_zero"] else 0


def _check(output: str | None, shape: str | None, flags: Mapping[str, Any]) -> None:
    """Raises UsageError for options that Spark has no part in, OutputError for an output that cannot be."""
    for name, option in (*ONLY_IN_MEMORY.items(), *_OTHERS.items()):
        if flags[name]:
            raise click.UsageError(f"{option} is for a scan on one machine: no --engine spark")
    if not output:
        raise click.UsageError("--engine spark writes folders of Parquet: name one with -o DIR")
    if shape:
        raise click.UsageError("--engine spark writes Parquet: no --format")
    if "://" not in output:
        from dedup.runtime.atomic import check_new_folder

        check_new_folder(Path(output))


def _scan(
    spark: SparkSession, remote: Sequence[str], entries: Sequence[PathEntry], config: Config, flags: Mapping[str, Any],
    work: str,
) -> SparkResult:  # fmt: skip
    from dedup.engines.spark import scan, scan_files

    def say(stage: str) -> None:
        if not flags["quiet"]:
            click.echo(f"dedup: {stage}", err=True)

    options: dict[str, Any] = {"work": _url(work), "evidence": flags["evidence"], "on_stage": say}
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


def _url(name: str) -> str:
    """A folder as Spark takes it, whatever its file system is by default."""
    if "://" in name:
        return name
    return Path(name).resolve().as_uri()


def _write(found: SparkResult, output: str) -> dict[str, int]:
    """All tables, into a new folder that appears whole, or behind a URL; the number of rows of each."""
    if "://" in output:
        return {name: _table(getattr(found, name), f"{output.rstrip('/')}/{name}") for name in TABLES}
    from dedup.runtime.atomic import OutputSet

    with OutputSet() as outputs, outputs.folder(Path(output)) as folder:
        return {name: _table(getattr(found, name), _url(str(folder / name))) for name in TABLES}


def _table(frame: DataFrame, url: str) -> int:
    """One table; the number of its rows."""
    from dedup.engines.spark.work import counted, disk_of

    frame.write.parquet(url)
    return counted(lambda: frame.sparkSession.read.parquet(url), disk_of(url)).rows


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
