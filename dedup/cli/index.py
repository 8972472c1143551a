"""`dedup index`: documents seen so far, on disk, and whether a text was seen before."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from dedup.cli.age import seconds
from dedup.cli.inputs import check_read, messages, opened
from dedup.cli.options import GroupedCommand, load, settings
from dedup.cli.outputs import check_outputs, data_output, refuse_inputs, text_output, write_rejects

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.index.results import Added, QueryResult
    from dedup.model import Batch
    from dedup.read import Reader
    from dedup.runtime.atomic import OutputSet
Command = TypeVar("Command", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path)
SHOWN_NAMES = 10
_place = click.option(
    "--index",
    "place",
    metavar="FILE",
    type=click.Path(),
    help="the index: a file, or the address of a PostgreSQL database (postgresql://…)  [in the user's state folder]",
)
_shape = click.option(
    "--format", "shape", type=click.Choice(["text", "json"]), default="text", help="what to write  [text]"
)
_evidence = click.option(
    "--evidence",
    type=click.Choice(["none", "short", "full"]),
    default="full",
    help="how much of what proves each pair JSON holds  [full]",
)
_output = click.option(
    "-o", "--output", type=_FILE, metavar="FILE", help="write there instead of to stdout; whole or not at all"
)
_rejects = click.option(
    "--rejects",
    "rejects_file",
    type=_FILE,
    metavar="FILE",
    help="write the records that could not be read, as JSON lines",
)
_base = click.option(
    "--base",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="call files by their path from there  [what the index was made with: the current folder then]",
)
_decisions = click.option(
    "--decisions",
    type=click.Path(),
    multiple=True,
    metavar="FILE",
    help="honour what was decided by hand (decisions.jsonl of a report in HTML); may be repeated",
)
_quiet = click.option("-q", "--quiet", is_flag=True, help="print nothing but errors")
_verbose = click.option("-v", "--verbose", is_flag=True, help="show everything")


@click.group(short_help="Remember texts, and ask whether one was seen before.")
def index() -> None:
    """Keep what was seen on disk: add documents as they come, and ask whether a text was seen before.

    Each document is compared with those that are there; the clusters are those of `dedup scan --pairwise` over all of
    them. Several processes may use an index at once.
    """


def _settings(command: Command) -> Command:
    """Options of what an index is made with."""
    return settings("fingerprint", "match", "run")(_reference(command))


def _all_settings(command: Command) -> Command:
    """The same, and those of reading."""
    return settings("read", "fingerprint", "match", "run")(_reference(command))


def _reference(command: Command) -> Command:
    told = click.option(
        "--stories/--no-stories", default=None, help="tell which documents report one event, of those with a date  [on]"
    )
    reference = click.option(
        "--reference",
        metavar="FILE",
        default=None,
        help="judge by this file of `dedup reference build`  [the shipped one]",
    )
    return told(reference(command))


def asked(place: str | None, flags: dict[str, Any], *, create: bool = False) -> tuple[str, Config]:
    """The index that is named, else that of this user; and the settings for it: those that it was made with, over them
    those of a file, over them flags. Raises ConfigError, IndexFileError.
    """
    from dedup.index.index import Index
    from dedup.storage.location import default_place, make_folder

    if place is None:
        path = default_place()
        if create:
            make_folder(path.parent)
        place = str(path)
    config, _ = load(flags.pop("config_file"), flags, Index.settings(place))
    return place, config


def _base_of(place: str, given: Path | None) -> Path:
    """The folder that names of files start from: as given, else as settled, else the current one. Raises
    IndexFileError.
    """
    from dedup.index.index import Index

    return (given or Index.base(place) or Path()).resolve()


@index.command(
    cls=GroupedCommand,
    short_help="Add documents.",
    epilog=(
        "\b\n"
        "Examples:\n"
        "  dedup index add news/ --index news.sqlite\n"
        "  dedup index add new.jsonl --index news.sqlite --decisions decisions.jsonl\n"
    ),
)
@click.argument("paths", nargs=-1, metavar="PATH...", type=click.Path())
@_place
@_base
@_rejects
@_decisions
@_verbose
@_quiet
@_all_settings
def add(paths: tuple[str, ...], place: str | None, base: Path | None, **flags: Any) -> int:
    """Add the documents in files and folders (- is stdin); the index is made if it is not there.

    Files are called by their path from the base, records by their id, and records and standard input without one by
    their text. A known id with the same text is left alone; with another text it takes the place of the old one, unless
    that came from another file: then both are kept, the new one as FILE#ID. Reads what `dedup scan` reads.
    Decisions are kept with the index, and count for all that comes later.
    """
    from dedup.decisions import read
    from dedup.index.index import Index
    from dedup.runtime.atomic import OutputSet

    written = check_outputs([flags["rejects_file"]])
    where, config = asked(place, flags, create=True)
    refuse_inputs(written, (), _files_of(where))
    base, decided = _base_of(where, base), read(config.output.decisions)
    with (
        opened(paths, config, flags["quiet"], lean=True, base=base, outputs=written) as (reader, batches),
        Index.open(where, config) as held,
    ):
        held.keep_base(base)
        held.decide(decided)
        added = held.add(batches)
        told = held.undecided(decided)
    with OutputSet() as outputs:
        write_rejects(reader.rejects, flags["rejects_file"], outputs, reader.skipped)
    if not flags["quiet"]:
        messages(reader.rejects, [*reader.notes, *_collisions(added), *told], flags["verbose"], reader.skipped)
        parts = [f"{added.new:,} new"]
        parts += [f"{count:,} {what}" for what, count in (("changed", added.changed), ("known", added.known)) if count]
        tied = f", {added.tied:,} of them tied to others" if added.tied else ""
        skipped = f" · {reader.skipped.missing:,} skipped" if reader.skipped.missing else ""
        click.echo(" · ".join(parts) + tied + skipped)
    check_read(added.new + added.changed + added.known, reader)
    return 0


def _collisions(added: Added) -> list[str]:
    """What took the place of something else, and what could not."""
    notes = []
    if added.replaced:
        notes.append(f"another text took the place of the old one: {_first_of(added.replaced)}")
    if added.renamed:
        names = _first_of([f"{name} as {other}" for name, other in added.renamed])
        notes.append(f"ids that another file has given to another text; both are kept: {names}")
    return notes


def _first_of(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN_NAMES:,} more" if len(names) > SHOWN_NAMES else ""
    return ", ".join(names[:SHOWN_NAMES]) + more


@index.command(
    cls=GroupedCommand,
    short_help="Ask whether texts were seen before.",
    epilog=(
        "\b\n"
        "Examples:\n"
        "  dedup index query new.txt --index news.sqlite\n"
        "  curl -s https://news.example/item | dedup index query - --input-format html --format json\n"
    ),
)
@click.argument("paths", nargs=-1, metavar="PATH...", type=click.Path())
@_place
@_base
@_shape
@_output
@_evidence
@_rejects
@_decisions
@click.option("--exit-zero", is_flag=True, help="exit with 0 also when texts were seen before")
@_verbose
@_quiet
@_all_settings
def query(
    paths: tuple[str, ...], place: str | None, base: Path | None, shape: str, output: Path | None, **flags: Any
) -> int:
    """Ask whether texts were seen before: relation, evidence and cluster. Nothing is added.

    Exit code: 0 none was seen, 1 some were, 2 error.
    """
    from dataclasses import replace

    from dedup.decisions import read
    from dedup.index.index import Index
    from dedup.read.naming import shown_name
    from dedup.runtime.atomic import OutputSet

    written = check_outputs([output, flags["rejects_file"]])
    where, config = asked(place, flags)
    refuse_inputs(written, (), _files_of(where))
    base = _base_of(where, base)
    lines: list[int] = []
    decided = read(config.output.decisions)
    with (
        opened(paths, config, flags["quiet"], lean=True, base=base, outputs=written) as (reader, batches),
        Index.open(where, config, create=False) as held,
    ):
        held.consider(decided)
        told = held.query(_noting(batches, lines), evidence=shape == "text" or flags["evidence"] != "none")
        answers = list(told)
    answers = [replace(seen, id=shown_name(seen.id, line)) for seen, line in zip(answers, lines, strict=True)]
    if not flags["quiet"]:
        messages(reader.rejects, reader.notes, flags["verbose"], reader.skipped)
    check_read(len(answers), reader)
    with OutputSet() as outputs:
        _write_answers(answers, reader, shape, output, flags, outputs)
        write_rejects(reader.rejects, flags["rejects_file"], outputs, reader.skipped)
    return 1 if any(seen.known or seen.ties for seen in answers) and not flags["exit_zero"] else 0


def _write_answers(
    answers: list[QueryResult],
    reader: Reader,
    shape: str,
    output: Path | None,
    flags: dict[str, Any],
    outputs: OutputSet,
) -> None:
    """What was asked for, to `output` or stdout."""
    from dedup.report import index as report

    if shape == "text":
        with text_output(output, outputs) as (text, color):
            report.write_seen(answers, text, color=color, everything=flags["verbose"])
        return
    from dedup.report.rows import reject_row

    rows = [report.seen_row(seen, flags["evidence"]) for seen in answers]
    rejects = [reject_row(reject) for reject in reader.rejects]
    _json({"schema": report.QUERY_SCHEMA, "answers": rows, "rejects": rejects}, output, outputs)


def _files_of(place: str) -> list[Path]:
    """The files of an index that no output may take the place of."""
    from dedup.storage.opening import is_address

    return [] if is_address(place) else [Path(place + suffix) for suffix in ("", "-wal", "-shm", "-journal")]


def _noting(batches: Iterable[Batch], lines: list[int]) -> Iterator[Batch]:
    """The same batches; their lines are noted."""
    for batch in batches:
        lines += batch.lines
        yield batch


def _json(value: Any, output: Path | None = None, outputs: OutputSet | None = None) -> None:
    import orjson

    from dedup.runtime.atomic import OutputSet

    with data_output(output, outputs or OutputSet()) as out:
        out.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _lines_of(file: BinaryIO) -> Iterator[str]:
    """The lines of a list. Raises InputError."""
    from dedup.errors import InputError

    for number, line in enumerate(file, 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise InputError(f"{file.name}: line {number}: not UTF-8 ({error.reason}); nothing was removed") from error
        if text:
            yield text


@index.command(short_help="Honour decisions on what is there.")
@click.argument("files", nargs=-1, required=True, metavar="DECISIONS...", type=click.Path())
@_place
@_quiet
@_settings
def decide(files: tuple[str, ...], place: str | None, quiet: bool, **flags: Any) -> int:
    """Honour what was decided by hand: pairs are judged anew by it, and so is all that is added later.

    DECISIONS are files as a report in HTML writes them (decisions.jsonl). A line whose decision is null takes an
    earlier one back. Exit code: 0, or 2 for an error.
    """
    from dedup.decisions import read
    from dedup.index.index import Index

    decided = read(files)
    with Index.open(*asked(place, flags), create=False) as held:
        held.decide(decided)
        told, count = held.undecided(decided), len(held.decisions())
    if not quiet:
        messages((), told, False)
        click.echo(f"{len(decided):,} read · {count:,} in force")
    return 0


@index.command(short_help="Take documents out.")
@click.argument("ids", nargs=-1, metavar="ID...")
@_place
@click.option("--from", "listed", type=click.File("rb"), metavar="FILE", help="ids, one a line (- is stdin)")
@_quiet
@_settings
def remove(ids: tuple[str, ...], place: str | None, listed: BinaryIO | None, **flags: Any) -> int:
    """Take documents out by their ids; clusters that fall apart are split.

    Exit code: 0 all were there, 1 some were not, 2 error.
    """
    from dedup.index.index import Index

    wanted = [*ids, *(_lines_of(listed) if listed else ())]
    if not wanted:
        raise click.UsageError("no ids: give some, or --from FILE")
    with Index.open(*asked(place, flags), create=False) as held:
        gone = held.remove(wanted)
    missing = [name for name in dict.fromkeys(wanted) if name not in set(gone)]
    from dedup.report.console import plain

    for name in missing[:20]:
        click.echo(f"dedup: not in the index: {plain(name)}", err=True)
    if len(missing) > 20:
        click.echo(f"dedup: … and {len(missing) - 20:,} more", err=True)
    if not flags["quiet"]:
        click.echo(f"{len(gone):,} removed")
    return 1 if missing else 0


@index.command(short_help="Show documents or clusters.")
@click.argument("ids", nargs=-1, metavar="[ID...]")
@_place
@_shape
@_verbose
@_settings
def show(ids: tuple[str, ...], place: str | None, shape: str, verbose: bool, **flags: Any) -> int:
    """Show documents with their ties, quotes and stories; or without IDs all clusters, the largest first."""
    from dedup.index.index import Index
    from dedup.report import index as report

    with Index.open(*asked(place, flags), create=False) as held:
        if not ids:
            clusters = held.clusters()
            if shape == "text":
                report.write_clusters(clusters, sys.stdout, everything=verbose)
            else:
                _json([report.cluster_row(cluster) for cluster in clusters], None)
            return 0
        numbers = {name: held.find(name) for name in ids}
        missing = [name for name, number in numbers.items() if number is None]
        answers = held.show([number for number in numbers.values() if number is not None])
    from dedup.report.console import plain

    for name in missing:
        click.echo(f"dedup: not in the index: {plain(name)}", err=True)
    if shape == "text":
        report.write_seen(answers, sys.stdout, everything=verbose)
    else:
        _json([report.seen_row(seen, "none") for seen in answers], None)
    return 2 if missing else 0


@index.command(short_help="Show what reports one event.")
@_place
@_shape
@_verbose
@_settings
def stories(place: str | None, shape: str, verbose: bool, **flags: Any) -> None:
    """Show what reports one event: documents with a date that came within a week, the largest story first."""
    from dedup.index.index import Index
    from dedup.report import index as report

    with Index.open(*asked(place, flags), create=False) as held:
        found = held.stories()
    if shape == "text":
        report.write_stories(found, sys.stdout, everything=verbose)
    else:
        _json([[report.other_row(member) for member in members] for members in found], None)


@index.command()
@_place
@_shape
@_settings
def stats(place: str | None, shape: str, **flags: Any) -> None:
    """Print how much is in the index, and what it was made with."""
    from dedup.index.index import Index
    from dedup.report import index as report

    with Index.open(*asked(place, flags), create=False, accept=True) as held:
        found = held.statistics()
    if shape == "text":
        report.write_statistics(found, sys.stdout)
    else:
        _json(report.statistics_row(found), None)


@index.command()
@_place
@click.option(
    "--older-than",
    required=True,
    callback=seconds,
    metavar="AGE",
    help="take out what was added longer ago: 90d, 12h, 2w",
)
@click.option(
    "--keep-representatives/--no-keep-representatives",
    default=True,
    help="keep those that stand for a cluster  [on]",
)
@_quiet
@_settings
def gc(place: str | None, older_than: int, keep_representatives: bool, **flags: Any) -> None:
    """Take out old documents."""
    from dedup.index.index import Index

    before = int(time.time()) - older_than
    with Index.open(*asked(place, flags), create=False) as held:
        gone = held.gc(before, keep_representatives=keep_representatives)
    if not flags["quiet"]:
        click.echo(f"{gone:,} removed")


@index.command()
@_place
@click.option("--deep", is_flag=True, help="read all texts, and hold what is kept of them against them")
@_quiet
@_settings
def check(place: str | None, deep: bool, quiet: bool, **flags: Any) -> int:
    """Look whether the index is whole. Exit code: 0 it is, 1 it is not, 2 error."""
    from dedup.index.index import Index
    from dedup.report.console import plain

    with Index.open(*asked(place, flags), create=False, accept=not deep) as held:
        found = held.check(deep=deep)
    for line in found:
        click.echo(plain(line), err=True)
    if not found and not quiet:
        click.echo("ok")
    return 1 if found else 0


@index.command(short_help="Make everything but the texts again.")
@_place
@_quiet
@_settings
def rebuild(place: str | None, quiet: bool, **flags: Any) -> int:
    """Make keys, pairs and clusters anew from the texts, with the settings given now. All or nothing.

    Documents whose text is damaged are left out and named. Exit code: 0 all are there, 2 some were lost, or error.
    """
    from dedup.index.index import Index

    lost: list[str] = []
    with Index.open(*asked(place, flags), create=False, accept=True) as held:
        count = held.rebuild(lost)
    if not quiet:
        click.echo(f"{count:,} documents, made anew")
    return _told_lost(lost, "its text was damaged; it is no longer in the index")


def _told_lost(lost: Sequence[str], why: str) -> int:
    """Name all that was lost; the exit code."""
    from dedup.report.console import plain

    for name in lost:
        click.echo(f"dedup: lost {plain(name)}: {why}", err=True)
    return 2 if lost else 0


@index.command(short_help="Write documents, edges and clusters as JSON lines.")
@_place
@_output
@click.option("--texts/--no-texts", default=True, help="with the texts: what is written can be added elsewhere  [on]")
@_evidence
@_settings
def export(place: str | None, output: Path | None, texts: bool, evidence: str, **flags: Any) -> int:
    """Write all documents, edges and clusters as JSON lines; `type` says what a line is.

    Documents whose text is damaged are left out and named. Exit code: 0 all are there, 2 some are not, or error.
    """
    from dedup.index.index import Index
    from dedup.report import index as report
    from dedup.report import machine
    from dedup.runtime.atomic import OutputSet

    written = check_outputs([output])
    where, config = asked(place, flags)
    refuse_inputs(written, (), _files_of(where))
    lost: list[str] = []
    with (
        Index.open(where, config, create=False) as held,
        OutputSet() as outputs,
        data_output(output, outputs) as out,
    ):
        machine.write_lines(
            (
                [{"type": "export", "schema": report.EXPORT_SCHEMA}],
                machine.typed("document", (report.document_row(found, text=texts) for found in held.documents(lost))),
                machine.typed("edge", report.edge_rows(held.edges(), evidence)),
                machine.typed("cluster", map(report.cluster_row, held.clusters())),
            ),
            out,
        )
    return _told_lost(lost, "its text is damaged; it was not written")
