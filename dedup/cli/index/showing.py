"""`dedup index show`, `stories`, `stats`, `check`, `export`: what is there is shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from dedup.cli.index.options import (
    asked,
    evidence_option,
    files_of,
    index_settings,
    output_option,
    place_option,
    quiet_option,
    shape_option,
    told_lost,
    verbose_option,
    write_json,
)
from dedup.cli.outputs import check_outputs, data_output, refuse_inputs


@click.command(short_help="Show documents or clusters.")
@click.argument("ids", nargs=-1, metavar="[ID...]")
@place_option
@shape_option
@verbose_option
@index_settings
def show(ids: tuple[str, ...], place: str | None, shape: str, verbose: bool, **flags: Any) -> int:
    """Show documents with their ties, quotes and stories; or without IDs all clusters, the largest first.

    Exit code: 0, or 2 where one of the documents is not in the index.
    """
    from dedup.index.index import Index
    from dedup.report import index as report

    with Index.open(*asked(place, flags), create=False) as held:
        if not ids:
            clusters = held.clusters()
            if shape == "text":
                report.write_clusters(clusters, sys.stdout, everything=verbose)
            else:
                write_json([report.cluster_row(cluster) for cluster in clusters], None)
            return 0
        numbers = {name: held.find(name) for name in ids}
        missing = [name for name, number in numbers.items() if number is None]
        answers = held.show([number for number in numbers.values() if number is not None])
    from dedup.report.console import plain

    for name in missing:
        click.echo(f"dedup: not in the index: {plain(name)}", err=True)
    if shape == "json":
        write_json([report.seen_row(seen, "none") for seen in answers], None)
    elif answers:
        report.write_seen(answers, sys.stdout, everything=verbose)
    return 2 if missing else 0


@click.command(short_help="Show what reports one event.")
@place_option
@shape_option
@verbose_option
@index_settings
def stories(place: str | None, shape: str, verbose: bool, **flags: Any) -> None:
    """Show what reports one event: documents with a date that came within a week, the largest story first."""
    from dedup.index.index import Index
    from dedup.report import index as report

    with Index.open(*asked(place, flags), create=False) as held:
        found = held.stories()
    if shape == "text":
        report.write_stories(found, sys.stdout, everything=verbose)
    else:
        write_json([[report.other_row(member) for member in members] for members in found], None)


@click.command()
@place_option
@shape_option
@index_settings
def stats(place: str | None, shape: str, **flags: Any) -> None:
    """Print how much is in the index, and what it was made with."""
    from dedup.index.index import Index
    from dedup.report import index as report

    with Index.open(*asked(place, flags), create=False, accept=True) as held:
        found = held.statistics()
    if shape == "text":
        report.write_statistics(found, sys.stdout)
    else:
        write_json(report.statistics_row(found), None)


@click.command()
@place_option
@click.option("--deep", is_flag=True, help="read all texts, and hold what is kept of them against them")
@quiet_option
@index_settings
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


@click.command(short_help="Write documents, edges and clusters as JSON lines.")
@place_option
@output_option
@click.option("--texts/--no-texts", default=True, help="with the texts: what is written can be added elsewhere  [on]")
@evidence_option
@index_settings
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
    refuse_inputs(written, (), files_of(where))
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
    return told_lost(lost, "its text is damaged; it was not written")
