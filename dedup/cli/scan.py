"""`dedup scan`: files in, clusters out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.options import load, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from dedup.config import Config
    from dedup.model import Batch, ScanResult
    from dedup.read import Reader
    from dedup.report.progress import Bar

SHOWN_REJECTS = 10
AHEAD_BYTES = 8 << 20
"""Input from which another process reads it: below, starting one costs what it saves."""
_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json", "jsonl", "csv"]),
    default="text",
    help="what to write  [text]",
)
@click.option(
    "-o", "--output", type=_FILE, metavar="FILE", help="write there instead of to stdout; whole or not at all"
)
@click.option("--write-kept", type=_FILE, metavar="FILE", help="write the input's own records of all documents to keep")
@click.option("--write-dropped", type=_FILE, metavar="FILE", help="write the input's own records of the copies")
@click.option(
    "--rejects",
    "rejects_file",
    type=_FILE,
    metavar="FILE",
    help="write the records that could not be read, as JSON lines",
)
@click.option(
    "--evidence",
    type=click.Choice(["none", "short", "full"]),
    default="full",
    help="in JSON: all aligned passages and substitutions of a pair, the first of them, or figures alone  [full]",
)
@click.option("--explain-lsh", is_flag=True, help="print how likely a pair of each similarity is found, and stop")
@click.option("--exit-zero", is_flag=True, help="exit with 0 also when copies were found")
@click.option("--stats", is_flag=True, help="print time and memory of each stage")
@click.option("-v", "--verbose", is_flag=True, help="show every cluster, member, note and reject")
@click.option("-q", "--quiet", is_flag=True, help="no messages on stderr but errors")
@settings
def scan(paths: tuple[str, ...], shape: str, output: Path | None, **flags: Any) -> int:
    """Find copies in files and folders (- is stdin) and report them as clusters.

    Reads .txt .md .html .jsonl .json .csv .tsv .parquet, also compressed (.gz .zst .bz2 .xz). Exit code: 0 no copies
    found, 1 copies found, 2 error.
    """
    config, _ = load(flags.pop("config_file"), flags)
    if flags["explain_lsh"]:
        _explain(config)
        return 0
    if not paths:
        raise click.UsageError("no input: give files, folders, or - for stdin")
    outputs = [flags["write_kept"], flags["write_dropped"], flags["rejects_file"], output]
    reader, result = _run(paths, config, [path for path in outputs if path], flags["quiet"])
    if not flags["quiet"]:
        _messages(result, flags["verbose"])
    _write(result, shape, output, flags["verbose"], flags["evidence"])
    _write_records(reader, result, flags)
    if flags["stats"]:
        _stats(result)
    if not len(result.corpus) and result.rejects:
        click.echo("dedup: error: nothing could be read", err=True)
        return 2
    return 1 if result.clusters and not flags["exit_zero"] else 0


def _run(paths: tuple[str, ...], config: Config, outputs: list[Path], quiet: bool) -> tuple[Reader, ScanResult]:
    """Read and scan."""
    from dedup.atomic import check_folder
    from dedup.read import Locator, Reader
    from dedup.report.progress import Bar

    for path in outputs:
        check_folder(path)
    _keep_freed_memory()
    with Bar(quiet) as bar:
        reader = Reader(paths, config.read, on_bytes=bar.advance, replay=bool(outputs), locate=True)
        bar.total = reader.total_bytes
        locator = Locator(reader.entries)
        batches = _batches(reader, config, bar)
        from dedup import pipeline

        result = pipeline.run(
            batches,
            config,
            file_names=lambda: reader.file_names,
            rejects=lambda: reader.rejects,
            notes=lambda: reader.notes,
            locate=locator.read,
        )
    return reader, result


def _keep_freed_memory() -> None:
    """Have glibc keep large blocks that are freed: it would give each back to the system at once, and the next batch
    would fault in every page of its buffers anew (a tenth of a scan's time).
    """
    import ctypes
    from contextlib import suppress

    trim_threshold, mmap_threshold = -1, -3  # malloc.h
    with suppress(OSError, AttributeError, TypeError):
        glibc = ctypes.CDLL(None)
        glibc.mallopt(mmap_threshold, 32 << 20)
        glibc.mallopt(trim_threshold, 128 << 20)


def _batches(reader: Reader, config: Config, bar: Bar) -> Iterator[Batch]:
    """The reader's batches; where there is much to read, from a process that has begun by now."""
    from dedup import ahead

    if reader.streams or reader.total_bytes < AHEAD_BYTES or config.run.thread_count < 2 or not ahead.possible():
        return reader.batches()
    room = config.run.memory_bytes // 16
    reading = ahead.Ahead(
        reader.batches,
        room,
        state=reader.state,
        restore=reader.restore,
        progress=bar.hidden,
        on_progress=bar.reach,
    )
    return reading.batches()


def _messages(result: ScanResult, verbose: bool) -> None:
    """Rejects and notes, on stderr."""
    from dedup.report.terminal import plain

    shown = result.rejects if verbose else result.rejects[:SHOWN_REJECTS]
    for reject in shown:
        where = plain(reject.source) + (f":{reject.line}" if reject.line else "")
        click.echo(f"dedup: rejected {where}: {plain(reject.reason)}", err=True)
    if len(result.rejects) > len(shown):
        more = len(result.rejects) - len(shown)
        click.echo(f"dedup: … and {more:,} more rejected (-v shows all, --rejects FILE writes them)", err=True)
    for note in result.notes:
        click.echo(f"dedup: note: {plain(note)}", err=True)


def _write(result: ScanResult, shape: str, output: Path | None, verbose: bool, evidence: str) -> None:
    """The result, to `output` or stdout."""
    from dedup.atomic import atomic

    if shape == "text":
        import io

        from dedup.report.terminal import write_text

        if output is None:
            write_text(result, sys.stdout, everything=verbose)
        else:
            with atomic(output) as out:
                text = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
                write_text(result, text, color=False, everything=verbose)
                text.detach()
        return
    from dedup.report import machine

    def write(result: ScanResult, out: BinaryIO) -> None:
        if shape == "csv":
            machine.write_csv(result, out)
        else:
            {"json": machine.write_json, "jsonl": machine.write_jsonl}[shape](result, out, evidence)

    if output is None:
        write(result, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    else:
        with atomic(output) as out:
            write(result, out)


def _write_records(reader: Reader, result: ScanResult, flags: dict[str, Any]) -> None:
    """Kept, dropped and rejected records, where asked for."""
    if flags["rejects_file"]:
        import orjson

        from dedup.atomic import atomic
        from dedup.report.rows import reject_row

        with atomic(flags["rejects_file"]) as out:
            for reject in result.rejects:
                row = reject_row(reject) | {"record": reject.record}
                out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    for path, wanted in ((flags["write_kept"], result.kept), (flags["write_dropped"], ~result.kept)):
        if path:
            from dedup.read import write_selection

            write_selection(reader, wanted, path)


def _stats(result: ScanResult) -> None:
    from rich.console import Console

    from dedup.report.stats import print_stats

    print_stats(result.stats, Console(stderr=True, highlight=False))


def _explain(config: Config) -> None:
    """The collision curve of the bands in force."""
    import numpy as np

    from dedup.match.lsh import bands_and_rows, recall

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
