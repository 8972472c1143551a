"""`dedup index decide`, `remove`, `gc`, `rebuild`: what is there is changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import click

from dedup.cli.index.options import (
    asked,
    index_settings,
    place_option,
    quiet_option,
    told_lost,
)
from dedup.cli.inputs import messages
from dedup.cli.options import load_retention
from dedup.cli.retention import dry_run_option, forgotten, older_than_option, rule_of


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


@click.command(short_help="Honour decisions on what is there.")
@click.argument("files", nargs=-1, required=True, metavar="DECISIONS...", type=click.Path())
@place_option
@quiet_option
@index_settings
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


@click.command(short_help="Take documents out.")
@click.argument("ids", nargs=-1, metavar="ID...")
@place_option
@click.option("--from", "listed", type=click.File("rb"), metavar="FILE", help="ids, one a line (- is stdin)")
@quiet_option
@index_settings
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


@click.command()
@place_option
@older_than_option
@click.option(
    "--keep-representatives/--no-keep-representatives",
    default=None,
    help="keep those that stand for a cluster  [on]",
)
@dry_run_option
@quiet_option
@index_settings
def gc(
    place: str | None, older_than: int | None, keep_representatives: bool | None, dry_run: bool, **flags: Any
) -> None:  # fmt: skip
    """Forget old documents, but none that a feed still lists, and old items that no feed lists any more: all that
    `dedup feeds gc` forgets.
    """
    from dedup.feeds.lock import one_run
    from dedup.feeds.retention import forget
    from dedup.index.index import Index

    rule = rule_of(load_retention(flags["config_file"]), older_than, representatives=keep_representatives)
    name, config = asked(place, flags)
    with Index.open(name, config, create=False) as held, one_run(name, held.database, 10.0):
        found = forget(held, rule, dry_run=dry_run)
    if dry_run or not flags["quiet"]:
        click.echo(forgotten(found, dry_run))


@click.command(short_help="Make everything but the texts again.")
@place_option
@quiet_option
@index_settings
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
    return told_lost(lost, "its text was damaged; it is no longer in the index")
