"""`dedup apply`: from a result to action."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.options import FILE

if TYPE_CHECKING:
    from dedup.applying import Refused, Task

SHOWN = 20


@click.command(
    short_help="Delete or move the files that a result drops.",
    epilog=(
        "\b\n"
        "Examples:\n"
        "  dedup scan news/ --format json -o result.json\n"
        "  dedup apply result.json --delete --dry-run\n"
        "  dedup apply result.json --delete\n"
        "  dedup apply --undo result.undo.jsonl\n"
    ),
)
@click.argument("result", metavar="[RESULT.json]", required=False, type=click.Path())
@click.option("--delete", "deleting", is_flag=True, help="delete them; their contents are kept in the undo list")
@click.option("--move", "folder", type=FILE, metavar="DIR", help="move them there, by their names in the result")
@click.option("--dry-run", is_flag=True, help="say what would be done, and do nothing")
@click.option("--undo", "undoing", type=FILE, metavar="FILE", help="take back what this undo list says was done")
@click.option("--undo-list", type=FILE, metavar="FILE", help="write it there  [beside the result: RESULT.undo.jsonl]")
@click.option(
    "--base", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
    help="the folder that the scan was run in  [the current one]",
)  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="name every file")
@click.option("-q", "--quiet", is_flag=True, help="print nothing but errors")
def apply(result: str | None, deleting: bool, folder: Path | None, undoing: Path | None, **flags: Any) -> int:
    """Delete or move the files of the documents that a result drops, each for one that is kept.

    A file is touched only if it is one document, is as it was when it was scanned, and what is kept for it is, too;
    links are left alone. What is done is written to an undo list first, file by file. Exit code: 0 all was done, 1 some
    files were left alone, 2 error.
    """
    if undoing is not None:
        if result is not None or deleting or folder is not None:
            raise click.UsageError("--undo takes no result, and neither --delete nor --move")
        return _undo(undoing, flags)
    if result is None:
        raise click.UsageError("no result: give what dedup scan --format json wrote")
    if deleting is (folder is not None):
        raise click.UsageError("say what to do: --delete, or --move DIR")
    return _apply(result, folder, flags)


def _apply(result: str, folder: Path | None, flags: dict[str, Any]) -> int:
    from dedup.applying import Refused, tasks, trouble
    from dedup.report.saved import read_result

    base = flags["base"] or Path()
    found, refused = tasks(read_result(result), base, result)
    targets = {} if folder is None else _targets(found, folder)
    going = []
    for task in found:
        reason = trouble(task, base)
        if reason:
            refused.append(Refused(task.path, reason))
        else:
            going.append(task)
    done = list(going)
    if not flags["dry_run"] and going:
        place = flags["undo_list"] or (Path("result.undo.jsonl") if result == "-" else _undo_name(Path(result)))
        done, more = _act(going, targets, place, base)
        refused += more
        if done and not flags["quiet"]:
            click.echo(f"dedup: to take it back: dedup apply --undo {place}", err=True)
    _tell(done, refused, "moved" if targets else "deleted", flags)
    return 1 if refused else 0


def _undo_name(result: Path) -> Path:
    """A name that is free."""
    names = (result.with_name(f"{result.stem}.undo{number or ''}.jsonl") for number in count())
    return next(name for name in names if not os.path.lexists(name))


def _targets(found: list[Task], folder: Path) -> dict[str, Path]:
    """Where each file goes: by its name in the result, inside of the folder. Raises OutputError."""
    from dedup.errors import OutputError

    whole = folder.resolve()
    for task in found:
        name = Path(str(task.row["name"]))
        above = task.place.resolve().parents
        root = above[len(name.parts) - 1] if not name.is_absolute() and 0 < len(name.parts) <= len(above) else None
        if root and root != Path.cwd() and (root == whole or root in whole.parents):
            raise OutputError(f"{folder}: lies in {root}, which was scanned: name a folder elsewhere")
    return {task.path: folder / Path(*[part for part in Path(task.path).parts if part not in ("/", "..", ".")])
            for task in found}  # fmt: skip


def _act(going: list[Task], targets: dict[str, Path], place: Path, base: Path) -> tuple[list[Task], list[Refused]]:
    """Do it, file by file. Each is looked at again: what is kept for it may have gone by now, also by this very run."""
    from dedup.applying import Refused, UndoList, delete, move, trouble

    done, refused = [], []
    with UndoList(place) as undo:
        for task in going:
            if reason := trouble(task, base):
                refused.append(Refused(task.path, reason))
                continue
            try:
                if targets:
                    move(task, targets[task.path], undo)
                else:
                    delete(task, undo)
            except OSError as error:
                refused.append(Refused(task.path, error.strerror or str(error)))
            else:
                done.append(task)
    return done, refused


def _tell(done: list[Task], refused: list[Refused], verb: str, flags: dict[str, Any]) -> None:
    from dedup.report.console import plain

    for one in refused if flags["verbose"] else refused[:SHOWN]:
        click.echo(f"dedup: left alone: {plain(one.path)}: {plain(one.reason)}", err=True)
    if len(refused) > SHOWN and not flags["verbose"]:
        click.echo(f"dedup: … and {len(refused) - SHOWN:,} more left alone (-v names all)", err=True)
    if flags["quiet"]:
        return
    everything = flags["verbose"] or flags["dry_run"]
    for task in done if everything else ():
        click.echo(plain(f"{task.path}  for {task.kept_document}"))
    would = "would be " if flags["dry_run"] else ""
    click.echo(f"{len(done):,} file{'' if len(done) == 1 else 's'} {would}{verb}, {len(refused):,} left alone")


def _undo(path: Path, flags: dict[str, Any]) -> int:
    from dedup.applying import read_undo, shown_paths, undo
    from dedup.report.console import plain

    rows = read_undo(path)
    failed = 0
    for row, name in zip(rows, shown_paths(rows), strict=True):
        reason = "" if flags["dry_run"] else undo(row)
        failed += bool(reason)
        if reason:
            click.echo(f"dedup: not brought back: {plain(name)}: {plain(reason)}", err=True)
        elif (flags["verbose"] or flags["dry_run"]) and not flags["quiet"]:
            click.echo(plain(name))
    if not flags["quiet"]:
        would = "would be " if flags["dry_run"] else ""
        click.echo(f"{len(rows) - failed:,} {would}brought back, {failed:,} not")
    return 1 if failed else 0
