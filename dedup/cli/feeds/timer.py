"""`dedup feeds timer`: what cron or systemd is to be told, with the paths that are right here."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from dedup.cli.feeds.run import run

KINDS = ("cron", "systemd")
_RUN_OPTIONS = {"ignore_unknown_options": True, "allow_interspersed_args": False}


@click.command(short_help="Have cron or systemd run a pass every ten minutes.", context_settings=_RUN_OPTIONS)
@click.option("--every", default=10, type=click.IntRange(1, 60), metavar="MINUTES", help="between two passes  [10]")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[OPTION OF RUN]...")
def timer(kind: str, options: tuple[str, ...], every: int) -> None:
    """Print the line for cron that runs `dedup feeds run` with these options in this folder, or write the units for
    systemd. All paths are whole ones: cron and systemd look for programs in few places.
    """
    from dedup.feeds.timers import Job, cron_line, units
    from dedup.runtime.atomic import atomic

    run.make_context("run", list(options))  # options that `run` would not take are said now, and not in mails of cron
    job = Job([*_program(), "feeds", "run", *options], Path.cwd(), os.environ)
    if kind == "cron":
        click.echo(cron_line(job, every))
        return
    folder = _units_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in units(job, every).items():
        with atomic(folder / name) as out:
            out.write(text.encode())
        click.echo(f"written: {folder / name}")
    click.echo("start it: systemctl --user daemon-reload && systemctl --user enable --now dedup-feeds.timer")
    click.echo("keep it running when you are logged out: loginctl enable-linger")


def _program() -> list[str]:
    """The program that runs now, by whole paths."""
    found = sys.argv[0] if os.sep in sys.argv[0] else shutil.which(sys.argv[0]) or ""
    if found and not found.endswith(".py") and os.access(found, os.X_OK):
        return [str(Path(found).absolute())]  # not where it leads: pipx and others move that about
    return [sys.executable, "-m", "dedup"]


def _units_folder() -> Path:
    """Where systemd looks for the units of this user."""
    given = os.environ.get("XDG_CONFIG_HOME")
    return (Path(given) if given else Path.home() / ".config") / "systemd" / "user"
