"""`dedup scan`: files in, clusters out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.compiling import compile_ahead, kind_of_scan
from dedup.cli.engines import ENGINES, check_options, engine_of, is_found, scan_on_disk, tell_of_engines
from dedup.cli.inputs import Beside, check_read, messages, opened
from dedup.cli.options import GroupedCommand, load, rejects_option, settings
from dedup.cli.outputs import (
    SHAPES,
    check_outputs,
    data_output,
    is_folder,
    shape_of,
    text_output,
    write_html,
    write_rejects,
)
from dedup.config import OutputConfig

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.model import Relation, ScanResult
    from dedup.read import Reader
    from dedup.report.sarif import SarifPlace
    from dedup.runtime.atomic import OutputSet


@click.command(
    cls=GroupedCommand,
    short_help="Find copies in files and folders.",
    epilog=(
        "\b\n"
        "Examples:\n"
        "  dedup scan news/                                  what is there, in the terminal\n"
        "  dedup scan news/ -o report.html                   pairs side by side, to look at and decide on\n"
        "  dedup scan crawl.parquet --write-kept clean.parquet\n"
        "  dedup scan new.jsonl --against archive/ --format json -o result.json\n"
        "  dedup scan news/ --list dropped -0 | xargs -0 rm --\n"
    ),
)
@click.argument("paths", nargs=-1, metavar="PATH...", type=click.Path())
@click.option(
    "--format",
    "shape",
    type=click.Choice(SHAPES),
    help="what to write; html is a report to look at, sarif is for code hosts  [by the name of the output, else text]",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR/",
    type=click.Path(),
    help="write there instead of to stdout, whole or not at all; html also to a folder (DIR/)",
)
@click.option(
    "--against",
    type=click.Path(),
    multiple=True,
    metavar="PATH",
    help="compare with the documents there as well: copies of them are dropped, they stay; may be repeated",
)
@click.option(
    "--write-kept",
    metavar="FILE|DIR/",
    type=click.Path(),
    help="write the input's own records of all documents to keep (from inputs of several formats: id, source, date and "
    "text); to a folder (DIR/), copies of the files themselves",
)
@click.option(
    "--keep-rejects",
    is_flag=True,
    help="with --write-kept: also the records (or files) that could not be read, where they stand",
)
@click.option(
    "--write-dropped",
    metavar="FILE|DIR/",
    type=click.Path(),
    help="write the input's own records of the copies, or the files",
)
@rejects_option
@click.option(
    "--evidence",
    type=click.Choice(["none", "short", "full"]),
    default="full",
    help="in JSON: all aligned passages and substitutions of a pair, the first of them, or figures alone  [full]",
)
@click.option(
    "--anonymise",
    is_flag=True,
    help="in HTML: letters for ids and publishers, and their names blacked out in the texts",
)
@click.option(
    "--list",
    "listed",
    type=click.Choice(["dropped", "kept", "copies"]),
    help="print the paths of these files alone, a line each; copies: all in a cluster but the one that is kept first",
)
@click.option("-0", "--null", "null", is_flag=True, help="with --list: end paths with NUL, as xargs -0 wants them")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    help="where the scan runs: in memory; on disk in bounded memory (local: as --pairwise, goes on after a kill); on "
    "Spark  [memory; with --pairwise local, where the input is larger than --memory]",
)
@click.option(
    "--work",
    type=click.Path(),
    metavar="DIR",
    help="with --engine local or spark: keep what stages find there; a run that was killed goes on  [beside the "
    "output: OUTPUT.work]",
)
@click.option("--master", metavar="URL", help="with --engine spark: where it runs  [local[*]: this machine]")
@click.option(
    "--spark",
    "spark_settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="with --engine spark: a setting of it, such as spark.executor.memory=8g; may be repeated",
)
@click.option("--explain-lsh", is_flag=True, help="print how likely a pair of each similarity is found, and stop")
@click.option("--exit-zero", is_flag=True, help="exit with 0 also when copies were found")
@click.option(
    "--fail-on",
    multiple=True,
    metavar="RELATION,…",
    help="exit with 1 only where one of these relations was found (exact,near-duplicate: verbatim copies)",
)
@click.option("--stats", is_flag=True, help="print time and memory of each stage")
@click.option("-v", "--verbose", is_flag=True, help="show every cluster, member, note and reject")
@click.option("-q", "--quiet", is_flag=True, help="no messages on stderr but errors")
@settings()
def scan(paths: tuple[str, ...], shape: str | None, output: str | None, **flags: Any) -> int:
    """Find copies in files and folders (- is stdin) and report them as clusters.

    Reads .txt .md .html .jsonl .json .csv .tsv .parquet, .docx .odt .rtf .epub .eml .mbox .pdf, .warc and what is in
    .zip and .tar, also compressed (.gz .zst .bz2 .xz). Exit code: 0 no copies found, 1 copies found (with --fail-on: of
    these relations), 2 error.
    All outputs of a run appear together, or none does.
    """
    config, _ = load(flags.pop("config_file"), flags)
    if config.output != OutputConfig():
        from dedup.pipeline.selection import relations

        with _named(flags):  # better said before an hour's work than after
            relations(config.output.drop)
    if flags["explain_lsh"]:
        _explain(config)
        return 0
    if flags["keep_rejects"] and not flags["write_kept"]:
        raise click.UsageError("--keep-rejects says what --write-kept writes: it needs --write-kept")
    failing = _failing(flags["fail_on"])
    if flags["engine"] == "spark":
        from dedup.cli.spark import scan_on_spark

        with _named(flags):
            return scan_on_spark(paths, output, shape, config, flags)
    if flags["master"] or flags["spark_settings"]:
        raise click.UsageError("--master and --spark are for --engine spark")
    shape = _shape(shape, output, flags)
    asked = _outputs(shape, output, flags)
    chosen = engine_of(flags["engine"], paths, config, shape, flags)
    check_options(chosen, shape, flags)
    if chosen == "local":
        if not flags["engine"] and not flags["quiet"]:
            click.echo("dedup: note: the input is larger than --memory: scanned on disk (--engine local)", err=True)
        with _named(flags):
            return scan_on_disk(paths, config, asked, shape, flags, failing)
    found = _scan_in_memory(paths, config, shape, output, asked, flags)
    return 1 if is_found(len(found.clusters), found.edges, failing) and not flags["exit_zero"] else 0


def _shape(shape: str | None, output: str | None, flags: dict[str, Any]) -> str:
    """What is written, and checks of the options that go with some of it alone."""
    if flags["listed"] and shape:
        raise click.UsageError("--list writes paths: no --format")
    if flags["null"] and not flags["listed"]:
        raise click.UsageError("-0 says how --list ends paths: it needs --list")
    shape = "list" if flags["listed"] else shape or shape_of(output)
    if flags["anonymise"] and shape != "html":
        raise click.UsageError("--anonymise is for reports in HTML")
    engine = flags["engine"] or "memory"
    if engine != "memory" and output and is_folder(output):
        return "folder"
    return shape


def _scan_in_memory(
    paths: tuple[str, ...], config: Config, shape: str, output: str | None, asked: list[Path], flags: dict[str, Any]
) -> ScanResult:
    """Scan, and write all outputs."""
    from dedup.runtime import forks
    from dedup.runtime.atomic import OutputSet

    forks.allow(config.run.thread_count)
    target = flags["output"]
    with _named(flags):
        reader, result = _run(paths, config, asked, flags)
    if not flags["quiet"]:
        messages(result.rejects, result.notes, flags["verbose"], reader.skipped)
        _say_where_rejects_are(result, flags)
    check_read(result.new, reader, result.against)
    with OutputSet() as outputs:
        _write_records(reader, result, flags, outputs)
        if target is not None:
            _write(result, shape, target, flags, outputs, reader)
    if target is None:
        _write(result, shape, target, flags, outputs, reader)
    elif shape == "html" and not flags["quiet"]:
        click.echo(f"dedup: written: {output}", err=True)
    if flags["stats"]:
        _stats(result)
    return result


def _failing(names: tuple[str, ...]) -> frozenset[Relation]:
    """The relations that --fail-on names. Raises ConfigError."""
    if not names:
        return frozenset()
    from dedup.errors import SettingError
    from dedup.pipeline.selection import relations

    try:
        return relations(names)
    except SettingError as error:
        raise error.at("--fail-on") from None


def _outputs(shape: str, output: str | None, flags: dict[str, Any]) -> list[Path]:
    """All outputs that were asked for, as paths; `flags["folders"]` are those that are folders. Raises OutputError."""
    flags["folders"] = []
    for name, given in (
        ("write_kept", flags["write_kept"]),
        ("write_dropped", flags["write_dropped"]),
        ("output", output),
    ):
        if given == "":
            raise click.UsageError(f"--{name.replace('_', '-')}: the name is empty")
        flags[name] = Path(given) if given else None
        if given and is_folder(given) and (name != "output" or shape in ("html", "folder")):
            flags["folders"].append(flags[name])
    return check_outputs(
        [flags["write_kept"], flags["write_dropped"], flags["rejects_file"], flags["output"]], flags["folders"]
    )


@contextmanager
def _named(flags: Mapping[str, Any]) -> Iterator[None]:
    """Have a setting that cannot be called by its option where it was given as one. Raises ConfigError."""
    from dedup.errors import SettingError

    try:
        yield
    except SettingError as error:
        raise (error.at("--" + error.name.replace("_", "-")) if flags.get(error.name) else error) from None


def _run(
    paths: tuple[str, ...], config: Config, outputs: list[Path], flags: Mapping[str, Any]
) -> tuple[Reader, ScanResult]:
    """Read and scan."""
    copied = [folder for folder in flags["folders"] if folder != flags["output"]]
    named = (config.find.reference, *config.find.phrases, *config.output.decisions)
    read_besides = [Path(name) for name in named if name]
    from dedup.read import Kept

    beside, kept = Beside(outputs, read_besides, flags["folders"], copied), Kept(replay=bool(outputs), locate=True)
    with opened(paths, config, flags["quiet"], beside, kept=kept, against=flags["against"]) as (reader, batches):
        from dedup.read import Locator

        if not flags["quiet"] and (note := tell_of_engines(reader.total_bytes)):
            click.echo(f"dedup: note: {note}", err=True)
        locator = Locator(reader.entries)
        compile_ahead(kind_of_scan(config), flags["quiet"])
        from dedup import pipeline

        result = pipeline.run(
            batches,
            config,
            pipeline.InputFacts(
                file_names=lambda: reader.file_names,
                file_times=lambda: reader.file_times,
                rejects=lambda: reader.rejects,
                notes=lambda: reader.notes,
                locate=locator.read,
                old_file=reader.old_file,
            ),
            on_stage=batches.stage,
        )
    result.stats["skipped"] = reader.skipped.missing
    from dedup.read.inputs import input_files

    return reader, replace(result, files=tuple(input_files(reader.entries, reader.old_file)))


def _say_where_rejects_are(result: ScanResult, flags: dict[str, Any]) -> None:
    """Records that could not be read are in neither file, unless they were asked for."""
    if not result.rejects or flags["keep_rejects"] or not (flags["write_kept"] or flags["write_dropped"]):
        return
    count = f"{len(result.rejects):,} rejected {'record is' if len(result.rejects) == 1 else 'records are'}"
    where = f"in {flags['rejects_file']} alone" if flags["rejects_file"] else "in no output (--rejects FILE writes them"
    more = "" if flags["rejects_file"] else ", --keep-rejects keeps them)"
    click.echo(f"dedup: note: {count} {where}{more}", err=True)


def _write(
    result: ScanResult, shape: str, output: Path | None, flags: dict[str, Any], outputs: OutputSet, reader: Reader
) -> None:
    """The result, to `output` or stdout."""
    if shape == "text":
        from dedup.report.terminal import write_text

        with text_output(output, outputs) as (text, color):
            write_text(result, text, color=color, everything=flags["verbose"])
        return
    if shape == "html":
        from dedup.report.html import Anonymous, ResultSource

        source = ResultSource(result)
        write_html(Anonymous(source) if flags["anonymise"] else source, output, output in flags["folders"], outputs)
        return
    from dedup.report import machine, paths

    with data_output(output, outputs) as out:
        if shape == "list":
            paths.write_paths(result, out, flags["listed"], null=flags["null"])
        elif shape == "csv":
            machine.write_csv(result, out)
        elif shape == "sarif":
            from dedup.report.sarif import write_sarif

            write_sarif(result, out, _places(reader), _failing(flags["fail_on"]))
        else:
            {"json": machine.write_json, "jsonl": machine.write_jsonl}[shape](result, out, flags["evidence"])


def _places(reader: Reader) -> dict[str, SarifPlace]:
    """The files that were read, by their names in the result."""
    from dedup.report.sarif import SarifPlace

    return {
        entry.name: SarifPlace(
            entry.path,
            is_text=entry.format == "text" and not entry.compression and not entry.stream,
            is_lines=entry.format in ("jsonl", "lines") and not entry.compression,
        )
        for entry in reader.entries
    }


def _write_records(reader: Reader, result: ScanResult, flags: dict[str, Any], outputs: OutputSet) -> None:
    """Kept, dropped and rejected records, where asked for."""
    write_rejects(result.rejects, flags["rejects_file"], outputs, reader.skipped)
    kept, dropped = flags["write_kept"], flags["write_dropped"]
    for path, wanted, with_rejects in ((kept, result.kept, flags["keep_rejects"]), (dropped, ~result.kept, False)):
        if path in flags["folders"]:
            from dedup.read.copies import write_files

            write_files(reader, wanted, path, outputs, keep_rejects=with_rejects)
        elif path:
            from dedup.read import write_selection

            write_selection(reader, wanted, path, outputs, keep_rejects=with_rejects)


def _stats(result: ScanResult) -> None:
    from rich.console import Console

    from dedup.report.stats import print_stats

    print_stats(result.stats, Console(stderr=True, highlight=False))


def _explain(config: Config) -> None:
    """The collision curve of the bands in force."""
    import numpy as np

    from dedup.candidates.lsh import bands_and_rows, recall

    threshold, num_perm = config.match.threshold, config.fingerprint.num_perm
    bands, rows = bands_and_rows(threshold, num_perm)
    click.echo(f"threshold {threshold:g}, {num_perm} permutations: {bands} bands of {rows} rows\n")
    click.echo("Jaccard  found")
    steps = np.unique(np.append(np.linspace(0.05, 1.0, 20).round(2), threshold))
    for similarity, chance in zip(steps, recall(steps, bands, rows), strict=True):
        mark = "  <- threshold" if abs(similarity - threshold) < 1e-9 else ""
        click.echo(f"{similarity:7.2f}  {chance:6.2%}  {'█' * round(chance * 40)}{mark}")
    if config.match.excerpts:
        click.echo("\nPassage keys find pairs besides: any text that stands in another, whatever their Jaccard.")
