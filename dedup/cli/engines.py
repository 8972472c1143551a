"""Scans beyond memory: which engine runs one, and what it writes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.compiling import compile_ahead, kind_of_scan
from dedup.cli.inputs import Beside, Mode, check_read, messages, opened
from dedup.cli.outputs import data_output, write_rejects
from dedup.errors import DedupError

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.engines.local.run import DiskScan
    from dedup.engines.local.units import WorkFolder
    from dedup.model import EdgeTable, Relation
    from dedup.read import Reader
    from dedup.runtime.atomic import OutputSet

ENGINES = ("memory", "local", "spark")
ONLY_IN_MEMORY = {
    "against": "--against", "anonymise": "--anonymise", "listed": "--list", "null": "-0",
}  # fmt: skip
"""Options that only a scan in memory takes."""


def engine_of(chosen: str | None, paths: tuple[str, ...], config: Config, shape: str, flags: Mapping[str, Any]) -> str:
    """The engine that was asked for; else that of one machine where it gives the same result and the input is larger
    than memory may be.
    """
    if chosen:
        return chosen
    fits = shape in ("jsonl", "folder") or (flags["output"] is None and (flags["write_kept"] or flags["write_dropped"]))
    other = any(flags[name] for name in ONLY_IN_MEMORY) or config.output.decisions or not config.match.pairwise
    if other or not fits or not _there(paths) or _bytes(paths) <= config.run.memory_bytes:
        return "memory"
    return "local"


def _there(paths: tuple[str, ...]) -> bool:
    """Whether all inputs are files and folders, which can be read twice."""
    return bool(paths) and all(path != "-" and (Path(path).is_file() or Path(path).is_dir()) for path in paths)


def _bytes(paths: tuple[str, ...]) -> int:
    total = 0
    for path in map(Path, paths):
        if path.is_file():
            total += path.stat().st_size
        for folder, _, names in os.walk(path) if path.is_dir() else ():
            total += sum(each.stat().st_size for each in (Path(folder) / name for name in names) if each.is_file())
    return total


def tell_of_engines(reader_bytes: int) -> str | None:
    """What to tell whose input is larger than the memory of the machine."""
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None
    if reader_bytes <= there:
        return None
    return (
        f"the input ({reader_bytes / 1e9:,.1f} GB) is larger than the memory of this machine ({there / 1e9:,.1f} GB): "
        "--engine local scans it on disk, in bounded memory, and goes on after a kill (each pair is then judged by "
        "itself, as with --pairwise)"
    )


def check_options(engine: str, shape: str, flags: Mapping[str, Any]) -> None:
    """Raises UsageError for what an engine does not do."""
    if engine == "memory":
        if flags["work"] is not None:
            raise click.UsageError("--work is where --engine local keeps its partitions")
        return
    for name, option in ONLY_IN_MEMORY.items():
        if flags[name]:
            raise click.UsageError(f"{option} is for a scan in memory: no --engine {engine}")
    if flags["output"] is None and not (flags["write_kept"] or flags["write_dropped"]):
        raise click.UsageError(
            f"--engine {engine} writes what it finds to files: -o FILE.jsonl, or -o DIR/ for Parquet"
        )
    if flags["output"] is not None and shape not in ("jsonl", "folder"):
        raise click.UsageError(f"--engine {engine} writes JSON lines (-o FILE.jsonl) or Parquet (-o DIR/), not {shape}")


def work_folder(flags: Mapping[str, Any]) -> Path:
    """Where partitions are kept: the folder that was named, else one beside the output, always the same one."""
    if flags["work"] is not None:
        return Path(flags["work"])
    target: Path = flags["output"] or flags["write_kept"] or flags["write_dropped"]
    resolved = target.resolve()
    return resolved.with_name(f"{resolved.name}.work")


def scan_on_disk(
    paths: tuple[str, ...], config: Config, asked: list[Path], shape: str, flags: Mapping[str, Any],
    failing: frozenset[Relation],
) -> int:  # fmt: skip
    """`dedup scan --engine local`; returns the exit code. `failing` are the relations that --fail-on names."""
    if shape == "folder":
        from dedup.read.parquet import import_parquet

        import_parquet()  # better said before an hour's work than after
    from dedup.read import Kept
    from dedup.runtime.atomic import OutputSet

    folder, quiet = work_folder(flags), flags["quiet"]
    read_before = (folder / "read.json").exists()
    named = (config.find.reference, *config.find.phrases)
    copied = [each for each in flags["folders"] if each != flags["output"]]
    beside = Beside([*asked], [Path(name) for name in named if name], [*flags["folders"], folder], copied)
    kept = Kept(locate=True)
    mode = Mode(brief=True, lean=True, unread=read_before)
    with opened(paths, config, quiet, beside, kept=kept, mode=mode) as (reader, batches):
        from dedup.engines.local.run import begin, room_needed
        from dedup.engines.plan import Plan
        from dedup.read import Locator
        from dedup.report.progress import StepBar

        plan = Plan.of(config)
        with StepBar(quiet) as bar:
            locate, evidence = Locator(reader.entries).read, flags["evidence"]
            run = begin(plan, reader, folder, lambda: batches, locate, evidence=evidence, on_stage=bar.stage)
            if not quiet:
                needed = f"up to {max(room_needed(reader.entries, plan) / 1e9, 0.1):,.1f} GB on disk"
                told = "goes on in" if run.work.resumed else f"needs {needed}, in"
                click.echo(f"dedup: the scan {told} {folder}", err=True)
            try:
                compile_ahead(kind_of_scan(plan.config), quiet)
                scan = run.run()
                if not quiet:
                    messages(scan.rejects, scan.notes, flags["verbose"], reader.skipped)
                _check_read(scan, reader, run.work)
                with OutputSet() as outputs:
                    _write(scan, reader, plan.config, shape, flags, outputs)
            except BaseException:
                run.work.close()
                if folder.exists() and not quiet:
                    click.echo(
                        f"dedup: what is done is kept in {folder}: the same command goes on from there", err=True
                    )
                raise
            run.work.remove()
    _tell_end(scan, flags)
    return 1 if is_found(len(scan.result.clusters), scan.result.table, failing) and not flags["exit_zero"] else 0


def is_found(clusters: int, edges: EdgeTable, failing: frozenset[Relation]) -> bool:
    """Whether the run found what it was to find: a cluster, or a pair of one of the relations that were named."""
    if not failing:
        return clusters > 0
    from dedup.model import RELATIONS

    codes = {RELATIONS.index(relation) for relation in failing}
    return not codes.isdisjoint(edges.relation.tolist())


def _check_read(scan: DiskScan, reader: Reader, work: WorkFolder) -> None:
    """Raises InputError where nothing was read; then nothing is kept to go on with."""
    try:
        check_read(int(scan.stats["documents"]), reader)
    except DedupError:
        work.remove()
        raise


def _write(
    scan: DiskScan, reader: Reader, config: Config, shape: str, flags: Mapping[str, Any], outputs: OutputSet
) -> None:
    """All outputs that were asked for."""
    from dedup.engines.local import output
    from dedup.read import write_selection
    from dedup.read.inputs import input_files

    write_rejects(scan.rejects, flags["rejects_file"], outputs, reader.skipped)
    wanted = scan.result.kept
    for path, which, with_rejects in (
        (flags["write_kept"], wanted, flags["keep_rejects"]), (flags["write_dropped"], ~wanted, False),
    ):  # fmt: skip
        if path in flags["folders"]:
            from dedup.read.copies import write_files

            write_files(reader, which, path, outputs, keep_rejects=with_rejects)
        elif path:
            write_selection(reader, which, path, outputs, keep_rejects=with_rejects)
    if flags["output"] is None:
        return
    if shape == "folder":
        with outputs.folder(flags["output"]) as folder:
            output.write_parquet(scan, folder)
        return
    settings = {name: values for name, values in config.as_dict().items() if name != "run"}
    with data_output(flags["output"], outputs) as out:
        output.write_jsonl(scan, input_files(reader.entries), settings, out)


def _tell_end(scan: DiskScan, flags: Mapping[str, Any]) -> None:
    """What is said at the end."""
    stats = scan.stats
    if not flags["quiet"]:
        click.echo(
            f"dedup: {stats['documents']:,} documents, {stats['clusters']:,} clusters, {stats['edges']:,} pairs, "
            f"{stats['dropped']:,} to drop",
            err=True,
        )
        if flags["output"] is not None:
            click.echo(f"dedup: written: {flags['output']}", err=True)
    if flags["stats"]:
        from rich.console import Console

        from dedup.report.stats import print_stats

        print_stats(stats, Console(stderr=True, highlight=False))
