"""`dedup report`: a result to look at."""

from __future__ import annotations

from pathlib import Path

import click

from dedup.cli.outputs import check_outputs, is_folder, write_html


@click.command(
    short_help="Show a saved result as HTML.",
    epilog=(
        "\b\nExamples:\n  dedup report result.json -o report.html\n  dedup report result.json -o report/ --anonymise\n"
    ),
)
@click.argument("result", metavar="RESULT.json", type=click.Path())
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE|DIR/",
    type=click.Path(),
    help="one file, or a folder of pages (DIR/); whole or not at all",
)
@click.option(
    "--anonymise",
    is_flag=True,
    help="letters for ids and publishers, and their names blacked out in the texts",
)
def report(result: str, output: str, anonymise: bool) -> int:
    """Show the result of `dedup scan --format json` (- is stdin) as HTML: one file to send on, or a folder of pages.

    The result holds passages, no whole texts: `dedup scan --format html` also shows what stands between them.
    """
    from dedup.errors import OutputError
    from dedup.report.html import Anonymous, JsonSource
    from dedup.report.saved import following, read_json
    from dedup.runtime.atomic import OutputSet

    target = Path(output)
    folders = [target] if is_folder(output) else []
    check_outputs([target], folders)
    if result != "-" and target.exists() and target.resolve() == Path(result).resolve():
        raise OutputError(f"{target}: is the input: nothing was written")
    source = JsonSource(read_json(result), "stdin" if result == "-" else result)
    with OutputSet() as outputs, following(result):
        write_html(Anonymous(source) if anonymise else source, target, bool(folders), outputs)
    return 0
