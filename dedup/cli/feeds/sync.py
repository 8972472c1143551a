"""`dedup feeds sync`: decisions put on the entries of a reader's account."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dedup.cli.feeds.options import index_option, session

if TYPE_CHECKING:
    from dedup.feeds.readers.model import Account

KINDS = ("miniflux", "freshrss", "google-reader-api")


@click.command(short_help="Mark copies in your reader.")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("url", metavar="URL")
@click.option(
    "--dropped", default="read", metavar="MARK", help="on what is dropped: read, star, label:NAME, none  [read]"
)
@click.option("--flagged", default="none", metavar="MARK", help="the same on what is flagged  [none]")
@click.option(
    "--token-file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="lines token=…, user=…, password=…; mode 600  [DEDUP_READER_TOKEN, DEDUP_READER_USER, DEDUP_READER_PASSWORD]",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="say what would be marked, and change nothing")
@click.option("-q", "--quiet", is_flag=True, help="no messages but errors")
@index_option
def sync(
    kind: str, url: str, dropped: str, flagged: str, token_file: Path | None, dry_run: bool, quiet: bool, index: str
) -> None:
    """Put what was decided on the unread entries of your reader, which goes on reading the sites' own feeds.

    URL is the address of Miniflux, or of the Google Reader interface of FreshRSS (…/api/greader.php) and others. Only
    unread entries are touched, each once: what you take off again stays off, and what you restore is unmarked.
    """
    from dedup.feeds.lock import one_run
    from dedup.feeds.policy import Treatment
    from dedup.feeds.readers.model import LABEL
    from dedup.feeds.sync import sync as synced
    from dedup.feeds.urls import without_login
    from dedup.report.console import plain

    marks = {Treatment.DROP: _mark(dropped), Treatment.MERGE: _mark(dropped), Treatment.FLAG: _mark(flagged)}
    with session(index, create=False) as held, one_run(held.place, held.database, 30.0):
        reader = _reader(kind, url, token_file)
        try:
            if not reader.labels and any(mark.startswith(LABEL) for mark in marks.values()):
                raise click.UsageError(f"{kind} has no labels: give read or star")
            result = synced(held, reader, marks, int(time.time()), dry_run=dry_run)
        finally:
            reader.close()
    if dry_run:
        for one in result.marked:
            click.echo(plain(f"{one.mark}: {one.entry.title} ({without_login(one.entry.url)})"))
    if dry_run or not quiet:
        click.echo(
            f"{'would be: ' if dry_run else ''}{result.unread:,} unread, {result.known:,} known, "
            f"{len(result.marked):,} marked, {result.taken:,} unmarked"
        )


def _mark(text: str) -> str:
    """A mark as it is asked for; empty for none. Raises UsageError."""
    from dedup.feeds.readers.model import LABEL, READ, STAR

    if text in (READ, STAR) or (text.startswith(LABEL) and text.removeprefix(LABEL).strip()):
        return text
    if text in ("none", ""):
        return ""
    raise click.UsageError(f"'{text[:80]}' is no mark: give read, star, label:NAME or none")


def _reader(kind: str, url: str, token_file: Path | None) -> Account:
    """The account. Raises ReaderError, UsageError."""
    from dedup.feeds.readers.google_reader import GoogleReader
    from dedup.feeds.readers.miniflux import Miniflux
    from dedup.feeds.readers.secrets import NAMES, secrets

    given = secrets(token_file)
    if kind == "miniflux":
        if not given.get("token"):
            raise click.UsageError(f"no token: set {NAMES['token']}, or give --token-file")
        return Miniflux(url, given["token"])
    if not given.get("user") or not (given.get("password") or given.get("token")):
        raise click.UsageError(
            f"no user and password: set {NAMES['user']} and {NAMES['password']}, or give --token-file"
        )
    return GoogleReader(url, given["user"], given.get("password", ""), given.get("token", ""))
