"""`dedup feeds status`, `reapply` and `opml`: what was done, another policy for it, and the list for a reader."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dedup.cli.age import seconds
from dedup.cli.feeds.options import index_option, policy_of, policy_option, session
from dedup.cli.options import load_feeds

if TYPE_CHECKING:
    from dedup.feeds.records import KnownFeed

_COLUMNS = ("new", "flagged", "dropped", "restored")


@click.command(short_help="Count what came, was flagged and dropped.")
@click.option("--since", default="7d", callback=seconds, metavar="AGE", help="count what came since then  [7d]")
@click.option("--json", "as_json", is_flag=True, help="write JSON")
@index_option
def status(index: str, since: int, as_json: bool) -> None:
    """Say what came in each feed, what was flagged and dropped of it, and what you restored."""
    from dedup.feeds.status import status as counted

    with session(index, create=False) as held:
        rows = counted(held, int(time.time()) - since)
    if as_json:
        import orjson

        click.echo(orjson.dumps([row.as_dict() for row in rows], option=orjson.OPT_INDENT_2).decode())
        return
    from dedup.report.console import plain

    table = [[row.items, row.flagged, row.dropped, row.restored] for row in rows]
    table.append([sum(column) for column in zip(*table, strict=True)] if table else [0] * len(_COLUMNS))
    click.echo("".join(f"{name:>10}" for name in _COLUMNS) + "  feed")
    for numbers, name in zip(table, [*(_named(row.folder, row.feed, row.error) for row in rows), "all"], strict=True):
        click.echo("".join(f"{number:>10,}" for number in numbers) + "  " + plain(name, 100))


def _named(folder: str, feed: str, error: str | None) -> str:
    return (f"{folder}/{feed}" if folder else feed) + ("  (error: see dedup feeds list)" if error else "")


@click.command(short_help="Treat what is there already by another policy.")
@click.option("--dry-run", is_flag=True, help="say what would be treated otherwise, and change nothing")
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="settings from this TOML file"
)
@click.option("--scope", type=click.Choice(["all", "folder"]), help="within what an article is shown once")
@policy_option
@index_option
def reapply(index: str, policies: tuple[str, ...], config_file: Path | None, dry_run: bool, scope: str | None) -> None:
    """Treat what was decided before by the policy of now; what you restored stays as it is.

    Relations and originals stay; only what is done with them changes. The next run writes the feeds anew.
    """
    from dedup.feeds.lock import one_run
    from dedup.feeds.reapply import apply, changes

    policy = policy_of(load_feeds(config_file, {"scope": scope} if scope else {}), policies)
    now = int(time.time())
    with session(index, config_file, create=False) as held, one_run(held.place, held.database, 10.0):
        found = changes(held, policy, now)
        if not dry_run:
            apply(held, found, policy, now)
    for (kind, before, after), count in sorted(found.counts().items()):
        click.echo(f"{count:,} {kind}: {before} → {after}")
    if not found.counts():
        click.echo("nothing is treated otherwise")


@click.command(short_help="Write the list as OPML, for your reader: with --cleaned.")
@click.option("--cleaned", is_flag=True, help="with the addresses of the cleaned feeds, for the reader")
@click.option(
    "--base", default="", metavar="URL", help="with --cleaned: where the folder of them is served  [file://…]"
)
@index_option
def opml(index: str, cleaned: bool, base: str) -> None:
    """Write the list as OPML to stdout: as `export`, or with the cleaned feeds in place of the sites'."""
    from dedup.errors import FeedError
    from dedup.feeds.format.opml import Subscription, write_opml
    from dedup.feeds.records import PIPED
    from dedup.feeds.urls import without_login

    with session(index, create=False) as held:
        found, folder = held.state.feeds(f"flags < {PIPED}"), held.state.folder
    if cleaned and not folder:
        raise FeedError("no cleaned feeds yet: run dedup feeds run first")
    rows = [
        Subscription(feed.shown, _cleaned(folder, feed.file, base) if cleaned else without_login(feed.url), feed.folder)
        for feed in found if feed.file or not cleaned
    ]  # fmt: skip
    missing = len(found) - len(rows)
    if missing:
        click.echo(f"dedup: {missing:,} feeds are not fetched yet and left out", err=True)
    sys.stdout.buffer.write(write_opml(rows))
    sys.stdout.buffer.flush()


def _cleaned(folder: str, file: str, base: str) -> str:
    """The address of a cleaned feed."""
    if base:
        return f"{base.rstrip('/')}/{file}"
    return Path(folder, file).as_uri()


def path_of(folder: str, feed: KnownFeed) -> str | None:
    """The path of a cleaned feed; None where it is not written yet."""
    return str(Path(folder, feed.file)) if folder and feed.file else None
