"""`dedup compare`: two texts, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.compiling import compile_ahead, kind_of_scan
from dedup.cli.inputs import BRIEF, Beside, opened
from dedup.cli.options import GroupedCommand, load, settings
from dedup.cli.outputs import check_outputs, data_output, shape_of, text_output

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.model import Document

SHAPES = ("text", "json", "html")
"""Formats of a pair."""
NAMED = 3
"""Ids that are told where none or more than one fits."""


@click.command(
    cls=GroupedCommand,
    short_help="Two texts side by side.",
    epilog=(
        "\b\n"
        "Examples:\n"
        "  dedup compare ferry.txt news.jsonl#nw-2038\n"
        "  dedup compare ferry.txt other.txt -o pair.html\n"
        "  pandoc draft.docx -t plain | dedup compare - published.txt\n"
    ),
)
@click.argument("a", metavar="A", type=click.Path())
@click.argument("b", metavar="B", type=click.Path())
@click.option(
    "--format",
    "shape",
    type=click.Choice(SHAPES),
    help="what to write  [by the name of the output, else text]",
)
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(), help="write there instead of to stdout; whole or not at all"
)
@click.option("--exit-zero", is_flag=True, help="exit with 0 also when one is a copy of the other")
@click.option("-v", "--verbose", is_flag=True, help="show sentences without a difference too")
@click.option("-q", "--quiet", is_flag=True, help="no messages on stderr but errors")
@settings("read", "fingerprint", "match")
def compare(a: str, b: str, shape: str | None, output: str | None, **flags: Any) -> int:
    """Lay two texts side by side: what they are to each other, which is the copy, and every difference.

    A and B are files, records of files by their id (news.jsonl#nw-2038), or - for stdin. Exit code: 0 no copy, 1 one is
    a copy of the other, 2 error.
    """
    from dedup.runtime.atomic import OutputSet

    config, _ = load(flags.pop("config_file"), flags)
    shape = shape or shape_of(output, SHAPES)
    target = Path(output) if output else None
    asked = check_outputs([target])
    if a == b == "-":
        raise click.UsageError("one of the two can come from stdin")
    documents = [_document(name, config, flags["quiet"], asked) for name in (a, b)]
    compile_ahead(kind_of_scan(config), flags["quiet"])
    from dedup import pipeline
    from dedup.report import pair, rows
    from dedup.report.html import ResultSource

    # a scan of the two knows direction and flags; where it finds no pair, the comparison shows what they share
    source = ResultSource(pipeline.scan(documents, config))
    comparison = pipeline.compare(documents[0], documents[1], config)
    view = pair.laid_out(source, comparison, rows.comparison_row(comparison))
    with OutputSet() as outputs:
        if shape in ("json", "html"):
            with data_output(target, outputs) as out:
                {"json": pair.write_json, "html": pair.write_html}[shape](view, out)
        else:
            with text_output(target, outputs) as (text, color):
                pair.write_text(view, text, color=color, everything=flags["verbose"])
    return 1 if view.copied and not flags["exit_zero"] else 0


def _named(name: str) -> tuple[str, str]:
    """The file of `FILE#ID`, and the id; no id where a file has the whole name."""
    path, mark, record = name.rpartition("#")
    return (path, record) if mark and path and not Path(name).exists() else (name, "")


def _document(name: str, config: Config, quiet: bool, outputs: list[Path]) -> Document:
    """The text that is called `name`. Raises InputError where there is none, or more than one."""
    from dedup.errors import InputError
    from dedup.model import UNKNOWN_DATE, Document

    path, wanted = _named(name)
    found: list[Document] = []
    count, first = 0, list[str]()
    with opened((path,), config, quiet, Beside(outputs), mode=BRIEF) as (reader, batches):
        from dedup.columns import unpack

        for batch in batches:
            count += len(batch)
            first += [name[:80] for name in batch.ids[: NAMED - len(first)]]
            rows = [row for row, key in enumerate(batch.ids) if not wanted or key == wanted][:2]
            texts = unpack(batch.packed) if rows and batch.packed else []
            for row in rows:
                text = texts[row].decode() if texts else batch.texts[row]
                date = None if batch.dates[row] == UNKNOWN_DATE else batch.dates[row]
                found.append(Document(text, name, date, batch.sources[row] or None))
            if batch.release:
                batch.release()
        rejects = reader.rejects
    if not found and rejects and not wanted:
        raise InputError(f"{name}: {rejects[0].reason}")
    ids = f"{', '.join(first)}{', …' if count > len(first) else ''}"
    if not found:
        raise InputError(f"{path}: has no document {wanted!r} ({ids})" if wanted else f"{path}: holds no document")
    if len(found) > 1:
        many = f"{count:,} documents: name one ({path}#ID, of {ids})" if not wanted else f"several documents {wanted!r}"
        raise InputError(f"{path}: holds {many}")
    return found[0]
