"""`dedup explain`: why a document is where it is, and why two were not found together."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dedup.config import Config
    from dedup.pipeline.explain import Explained
    from dedup.report.explain import Saved

SHOWN = 20


@click.command(
    short_help="Why a document is where it is, or why two were not found together.",
    epilog=(
        "\b\n"
        "Examples:\n"
        "  dedup scan news/ --format json -o result.json\n"
        "  dedup explain result.json ferry.txt\n"
        "  dedup explain result.json ferry.txt harbour.txt\n"
    ),
)
@click.argument("result", metavar="RESULT.json", type=click.Path())
@click.argument("one", metavar="ID")
@click.argument("other", metavar="[ID]", required=False)
@click.option(
    "--base", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
    help="the folder that the scan was run in  [the current one]",
)  # fmt: skip
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", help="what to write  [text]")
def explain(result: str, one: str, other: str | None, base: Path | None, shape: str) -> int:
    """Say why a document of a result is kept or dropped, in which cluster and by which pairs.

    Of two documents it is said what they are to each other, and why they were not found together: was the pair looked
    at, which test failed, by how much. For two without an edge their texts are read again, where they are still there
    as they were scanned. Exit code: 0, or 2 for an error.
    """
    from dedup.report.console import plain
    from dedup.report.explain import Saved
    from dedup.report.saved import read_result

    saved = Saved(read_result(result), result)
    if other is None:
        told: Any = saved.document(one)
        lines = saved.document_lines(told)
    else:
        told = saved.pair(one, other) | {"decided": _decided(saved, one, other, base or Path())}
        if told["edge"] is None:
            told |= _judged(saved, one, other, base or Path())
        lines = saved.pair_lines(told)
    if shape == "json":
        import orjson

        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return 0
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        click.echo(" " * indent + plain(line))
    return 0


def _decided(saved: Saved, one: str, other: str, base: Path) -> str | None:
    """What was decided by hand on two documents, and where it is written; None where nothing was, or the file of
    decisions that the scan read is not there any more.
    """
    from dedup.decisions import read

    files = [base / name for name in saved.config().output.decisions if (base / name).is_file()]
    for decision in read(files):
        if decision.verdict and {decision.a.id, decision.b.id} == {one, other}:
            return f"{decision.verdict.value} ({decision.where})"
    return None


def _judged(saved: Saved, one: str, other: str, base: Path) -> dict[str, Any]:
    """Both texts judged again; or why they cannot be."""
    from dedup.errors import InputError

    config = saved.config()
    try:
        texts = [_text(saved, name, base, config) for name in (one, other)]
    except InputError as error:
        return {"judged": None, "why_not": str(error)}
    from dedup.pipeline.explain import explain as judge

    found = judge(texts[0], texts[1], config, len(saved.documents))
    return {"judged": _row(found), "why_not": None}


def _row(found: Explained) -> dict[str, Any]:
    tests = [test._asdict() | {"missing": round(test.missing, 4)} for test in found.tests]
    return {"relation": found.relation, "candidate": found.candidate, "found_by": found.found_by, "tests": tests}


def _text(saved: Saved, name: str, base: Path, config: Config) -> str:
    """The text of a document as it was scanned. Raises InputError where it is not there any more."""
    from dedup.applying import changed, path_of
    from dedup.cli.inputs import BRIEF, Beside, opened
    from dedup.errors import InputError

    row = saved.row(name)
    file = saved.file_of(row)
    if file is None:
        raise InputError(f"{name}: its file is not known, or was changed while it was scanned")
    path = base / path_of(file)
    if reason := changed(path, file, follow=True, copied=True):
        raise InputError(f"{path}: {reason}")
    with opened((str(path),), config, True, Beside(), mode=BRIEF) as (_, batches):
        for text in _texts(batches, row["line"] or 0):
            return text
    raise InputError(f"{path}: {name!r} is not in it any more")


def _texts(batches: Any, line: int) -> Iterator[str]:
    from dedup.columns import unpack

    for batch in batches:
        rows = [row for row, number in enumerate(batch.lines) if number == line]
        texts = unpack(batch.packed) if rows and batch.packed else []
        yield from (texts[row].decode() if texts else batch.texts[row] for row in rows)
        if batch.release:
            batch.release()
