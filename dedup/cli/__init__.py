"""The `dedup` command. Known errors become one line on stderr and exit code 2; a bug is exit code 70."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, MutableMapping
from importlib import import_module

import click

from dedup import __version__
from dedup.cli import process

COMMANDS = {
    "apply": ("apply", "Delete or move the files that a result drops."),
    "compare": ("compare", "Two texts side by side."),
    "config": ("config", "Show the settings."),
    "explain": ("explain", "Why a document is where it is, or why two were not found together."),
    "feeds": ("feeds.group", "Mark or drop the copies in feeds."),
    "index": ("index.group", "Remember texts, and ask whether one was seen before."),
    "reference": ("reference", "Make n-gram counts to judge wording by."),
    "report": ("report", "Show a saved result as HTML."),
    "scan": ("scan", "Find copies in files and folders."),
    "schema": ("schema", "Print the JSON Schema of an output."),
    "score": ("score", "Judge the wording of texts."),
    "tune": ("tune", "What decisions say of the threshold."),
}
"""The module of each command, and its short help: to load all of them takes longer than to show what there is."""


class _Commands(MutableMapping[str, click.Command]):
    """The commands by name, loaded when they are asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            from dedup.cli.completion import complete

            self._loaded[name] = getattr(import_module(f"dedup.cli.{COMMANDS[name][0]}"), name)
            complete(self._loaded[name])
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)

    def __setitem__(self, name: str, command: click.Command) -> None:
        raise TypeError("commands are listed in COMMANDS")

    def __delitem__(self, name: str) -> None:
        raise TypeError("commands are listed in COMMANDS")


class _Group(click.Group):
    """Tells its commands without loading them."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in COMMANDS.items()])


@click.group(
    cls=_Group, commands=_Commands(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)  # fmt: skip
@click.version_option(__version__, prog_name="dedup")
def cli() -> None:
    """Find copies among articles, also spun ones, each proven on the texts; and judge how articles are worded."""


def main() -> None:
    """Entry point."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy would start a thread for each processor, for nothing
    gc.disable()  # it finds nothing to collect in a scan, and half of its work would be on modules just imported
    process.run(lambda: cli(standalone_mode=False))
