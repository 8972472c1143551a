"""What the shell offers after TAB: paths wherever a file or folder is asked for, relations where these are.

click makes the scripts (`_DEDUP_COMPLETE=bash_source dedup`); it knows options, choices and parameters of type Path,
not those that take paths as text (because `-` or `file#id` may stand there as well).
"""

from __future__ import annotations

import re

import click
from click.shell_completion import CompletionItem

_PATHS = re.compile(r"\b(PATH|FILE|DIR|INPUT|RESULT|JSONL)\b")
_FILES_BY_NAME = frozenset(("a", "b"))
"""Arguments of `dedup compare`, whose metavar says nothing of files."""


class PathText(click.types.StringParamType):
    """Text that is the name of a file or folder."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Have the shell offer files and folders."""
        return [CompletionItem(incomplete, type="file")]


class RelationText(click.types.StringParamType):
    """Names of relations with commas between them."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Offer those that are not yet there."""
        from dedup.model import Relation

        given, comma, last = incomplete.rpartition(",")
        names = [relation.value for relation in Relation if relation.value not in given.split(",")]
        return [CompletionItem(f"{given}{comma}{name}") for name in names if name.startswith(last)]


def complete(command: click.Command) -> None:
    """Teach a command, and all below it, to complete."""
    for parameter in command.params:
        if type(parameter.type) is not click.types.StringParamType:
            continue
        metavar = parameter.metavar or ""
        if _PATHS.search(metavar) or (isinstance(parameter, click.Argument) and parameter.name in _FILES_BY_NAME):
            parameter.type = PathText()
        elif metavar.startswith("RELATION"):
            parameter.type = RelationText()
    if isinstance(command, click.Group):
        for child in command.commands.values():
            complete(child)
