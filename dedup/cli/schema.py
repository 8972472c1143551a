"""`dedup schema`: the JSON Schemas of what the other commands write."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def _complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from dedup.report.schemas import names

    return [CompletionItem(name) for name in names() if name.startswith(incomplete)]


@click.command(short_help="Print the JSON Schema of an output.")
@click.argument("name", metavar="[NAME]", required=False, shell_complete=_complete)
def schema(name: str | None) -> None:
    """Print the JSON Schema (2020-12) of what a command writes with --format json; without NAME, list what there is.

    Example: dedup schema scan > scan.schema.json
    """
    from dedup.report import schemas

    if name is None:
        click.echo("\n".join(schemas.names()))
        return
    if name not in schemas.names():
        raise click.UsageError(f"there is no schema {name!r} (known: {', '.join(schemas.names())})")
    click.echo(schemas.schema(name), nl=False)
