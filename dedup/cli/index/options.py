"""What the commands of `dedup index` have in common: which index, with which settings, and where to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dedup.cli.options import FILE, load, settings
from dedup.cli.outputs import data_output

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.runtime.atomic import OutputSet

Command = TypeVar("Command", bound=Callable[..., Any])
place_option = click.option(
    "--index",
    "place",
    metavar="FILE",
    type=click.Path(),
    help="the index: a file, or the address of a PostgreSQL database (postgresql://…)  [in the user's state folder]",
)
shape_option = click.option(
    "--format", "shape", type=click.Choice(["text", "json"]), default="text", help="what to write  [text]"
)
evidence_option = click.option(
    "--evidence",
    type=click.Choice(["none", "short", "full"]),
    default="full",
    help="how much of what proves each pair JSON holds  [full]",
)
output_option = click.option(
    "-o", "--output", type=FILE, metavar="FILE", help="write there instead of to stdout; whole or not at all"
)
base_option = click.option(
    "--base",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="call files by their path from there  [what the index was made with: the current folder then]",
)
decisions_option = click.option(
    "--decisions",
    type=click.Path(),
    multiple=True,
    metavar="FILE",
    help="honour what was decided by hand (decisions.jsonl of a report in HTML); may be repeated",
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="print nothing but errors")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="show everything")


def index_settings(command: Command) -> Command:
    """Options of what an index is made with."""
    return settings("fingerprint", "match", "run")(_reference(command))


def all_settings(command: Command) -> Command:
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


def base_of(place: str, given: Path | None) -> Path:
    """The folder that names of files start from: as given, else as settled, else the current one. Raises
    IndexFileError.
    """
    from dedup.index.index import Index

    return (given or Index.base(place) or Path()).resolve()


def files_of(place: str) -> list[Path]:
    """The files of an index that no output may take the place of."""
    from dedup.storage.opening import is_address

    return [] if is_address(place) else [Path(place + suffix) for suffix in ("", "-wal", "-shm", "-journal")]


def write_json(value: Any, output: Path | None = None, outputs: OutputSet | None = None) -> None:
    """Write a value as JSON to `output`, else to stdout."""
    import orjson

    from dedup.runtime.atomic import OutputSet

    with data_output(output, outputs or OutputSet()) as out:
        out.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def told_lost(lost: Sequence[str], why: str) -> int:
    """Name all that was lost; the exit code."""
    from dedup.report.console import plain

    for name in lost:
        click.echo(f"dedup: lost {plain(name)}: {why}", err=True)
    return 2 if lost else 0
