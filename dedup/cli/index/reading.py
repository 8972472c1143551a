"""`dedup index add`, `query`: texts that are read, and held against what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.compiling import compile_ahead
from dedup.cli.index.options import (
    all_settings,
    asked,
    base_of,
    base_option,
    decisions_option,
    evidence_option,
    files_of,
    output_option,
    place_option,
    quiet_option,
    shape_option,
    verbose_option,
    write_json,
)
from dedup.cli.inputs import Beside, check_read, messages, opened
from dedup.cli.options import GroupedCommand, rejects_option
from dedup.cli.outputs import check_outputs, refuse_inputs, text_output, write_rejects

if TYPE_CHECKING:
    from dedup.index.results import Added, QueryResult
    from dedup.model import Batch
    from dedup.read import Reader
    from dedup.runtime.atomic import OutputSet

SHOWN_NAMES = 10


@click.command(
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
@place_option
@base_option
@rejects_option
@decisions_option
@verbose_option
@quiet_option
@all_settings
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
    refuse_inputs(written, (), files_of(where))
    base, decided = base_of(where, base), read(config.output.decisions)
    with (
        opened(paths, config, flags["quiet"], Beside(written), base=base) as (reader, batches),
        Index.open(where, config) as held,
    ):
        compile_ahead("index", flags["quiet"])
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


@click.command(
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
@place_option
@base_option
@shape_option
@output_option
@evidence_option
@rejects_option
@decisions_option
@click.option("--exit-zero", is_flag=True, help="exit with 0 also when texts were seen before")
@verbose_option
@quiet_option
@all_settings
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
    refuse_inputs(written, (), files_of(where))
    base = base_of(where, base)
    lines: list[int] = []
    decided = read(config.output.decisions)
    with (
        opened(paths, config, flags["quiet"], Beside(written), base=base) as (reader, batches),
        Index.open(where, config, create=False) as held,
    ):
        compile_ahead("index", flags["quiet"])
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
    write_json({"schema": report.QUERY_SCHEMA, "answers": rows, "rejects": rejects}, output, outputs)


def _noting(batches: Iterable[Batch], lines: list[int]) -> Iterator[Batch]:
    """The same batches; their lines are noted."""
    for batch in batches:
        lines += batch.lines
        yield batch
