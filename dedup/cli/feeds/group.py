"""`dedup feeds`: the list of feeds. What is done with them is in `feeds_run` and `feeds_items`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.feeds.items import explain, restore
from dedup.cli.feeds.options import Command, index_option, session
from dedup.cli.feeds.run import clean, run
from dedup.cli.feeds.sync import sync
from dedup.cli.feeds.timer import timer
from dedup.cli.feeds.upkeep import opml, path_of, reapply, status
from dedup.cli.options import load_retention
from dedup.cli.retention import dry_run_option, forgotten, older_than_option, rule_of

if TYPE_CHECKING:
    from dedup.feeds.records import KnownFeed
    from dedup.feeds.state import State

LEFT_OUT = 20
"""Entries of a list that are named when they are left out; of more the number is told."""


@click.group(short_help="Mark or drop the copies in feeds.")
def feeds() -> None:
    """Keep feeds clean: fetch them, mark or drop the copies in them, and write them anew.

    What is seen first stands; a later copy of it, also a reworded one, is flagged (or dropped, or merged) wherever it
    comes from. `dedup feeds run` is one pass, for cron or a systemd timer.
    """


feeds.add_command(run)
feeds.add_command(clean)
feeds.add_command(explain)
feeds.add_command(restore)
feeds.add_command(status)
feeds.add_command(reapply)
feeds.add_command(opml)
feeds.add_command(sync)
feeds.add_command(timer)


def _flag(name: str, text: str) -> Callable[[Command], Command]:
    return click.option(f"--{name}/--no-{name}", name.replace("-", "_"), default=None, help=text)


@feeds.command(short_help="Add feeds to the list, or change them.")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--title", metavar="TEXT", help="call it this  [its own title]")
@click.option("--folder", metavar="TEXT", help="put it into this folder; a/b is b in a")
@_flag("trusted", "it is the source where the texts do not tell which is the copy")
@_flag("preferred", "its items are the ones to show: they take the place of copies that were seen first")
@_flag("never-touch", "never flag or drop its items; they count as seen")
@click.option("--interval", type=click.IntRange(0, 86_400), metavar="N", help="seconds between two fetches; 0: usual")
@index_option
def add(urls: tuple[str, ...], index: str, title: str | None, folder: str | None, **flags: Any) -> None:
    """Add feeds to the list, or change what is given of those that are there."""
    wanted = dict.fromkeys(_address(url) for url in urls)
    if title is not None and len(urls) > 1:
        raise click.UsageError("--title names one feed")
    interval = flags.pop("interval")
    with session(index) as held, held.transaction(write=True):
        for url in wanted:
            _add(held.state, url, title, folder, interval, flags)


def _address(url: str) -> str:
    """The address of a feed as it is fetched. Raises UsageError."""
    from dedup.errors import FeedError
    from dedup.feeds.urls import feed_address, without_secrets
    from dedup.report.console import plain

    try:
        return feed_address(url)
    except FeedError as error:
        raise click.UsageError(f"{plain(without_secrets(url), 200)}: {error}") from None


def _add(state: State, url: str, title: str | None, folder: str | None, interval: int | None, flags: Any) -> None:
    """Add one feed, or change it."""
    from dataclasses import replace

    from dedup.feeds.records import NEVER_TOUCH, PIPED, PREFERRED, TRUSTED, KnownFeed
    from dedup.feeds.schedule import Schedule

    known = state.feed(url)
    feed = known or KnownFeed(0, url, added=int(time.time()), schedule=Schedule(url))
    bits = feed.flags & ~PIPED
    for name, bit in (("trusted", TRUSTED), ("preferred", PREFERRED), ("never_touch", NEVER_TOUCH)):
        if flags[name] is not None:
            bits = bits | bit if flags[name] else bits & ~bit
    pause = feed.schedule.interval if interval is None else interval
    feed = replace(
        feed, title=feed.title if title is None else title, folder=feed.folder if folder is None else folder,
        flags=bits, schedule=replace(feed.schedule, interval=pause),
    )  # fmt: skip
    if known:
        state.change_feed(feed)
    else:
        state.add_feed(feed)


@feeds.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@index_option
def remove(urls: tuple[str, ...], index: str) -> None:
    """Take feeds off the list. What was seen in them still counts as seen; cleaned feeds stay where they are."""
    from dedup.errors import FeedError
    from dedup.feeds.urls import without_secrets

    with session(index, create=False) as held, held.transaction(write=True):
        for url in dict.fromkeys(urls):
            # as it stands in the list, also one that would not be added any more; else as `add` understands it
            found = held.state.feed(url.strip()) or _as_shown(held.state, url.strip()) or held.state.feed(_address(url))
            if found is None:
                raise FeedError(f"no such feed in the list: {without_secrets(url)}")
            held.state.remove_feed(found.number)


def _as_shown(state: State, url: str) -> KnownFeed | None:
    """The feed that `list` shows under this address, without the password that it has."""
    found = [feed for feed in state.feeds() if feed.address == url] if "…@" in url else []
    return found[0] if len(found) == 1 else None


@feeds.command(short_help="Forget old items that no feed lists any more.")
@older_than_option
@click.option("--keep-texts", is_flag=True, help="leave their texts in the index, to be compared with")
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="settings from this TOML file"
)
@dry_run_option
@index_option
def gc(index: str, older_than: int | None, keep_texts: bool, config_file: Path | None, dry_run: bool) -> None:
    """Forget old items that no feed lists any more, also dropped ones, and old texts of the index: all that `dedup
    index gc` forgets.

    With `after` under [retention] in the settings, `dedup feeds run` does so by itself, once a day.
    """
    from dedup.feeds.lock import one_run
    from dedup.feeds.retention import forget

    rule = rule_of(load_retention(config_file), older_than, texts=not keep_texts)
    with session(index, config_file, create=False) as held, one_run(held.place, held.database, 10.0):
        click.echo(forgotten(forget(held.open_index(), rule, dry_run=dry_run), dry_run))


@feeds.command("list", short_help="Show the feeds and how they fare.")
@click.option("--json", "as_json", is_flag=True, help="write JSON")
@index_option
def list_feeds(index: str, as_json: bool) -> None:
    """Show the feeds, how the last fetch went, and when the next one is."""
    with session(index, create=False) as held:
        found, folder = held.state.feeds(), held.state.folder
    if as_json:
        import orjson

        rows = [_row(feed, folder) for feed in found]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    from dedup.report.console import plain

    if not found:
        click.echo("no feeds in the list yet. Add some: dedup feeds add https://example.org/rss", err=True)
    for feed in found:
        for line in _shown(_row(feed, folder), feed):
            indent = len(line) - len(line.lstrip(" "))
            click.echo(" " * indent + plain(line.strip(), 400))


def _shown(row: dict[str, Any], feed: KnownFeed) -> Iterator[str]:
    """A feed for people: what it is called, how it fares, what to do about that, and where its cleaned feed is."""
    words = ", ".join(name for name in ("trusted", "preferred", "never_touch", "filter", "gone") if row[name])
    name = feed.shown if feed.shown != row["url"] else ""
    title = "/".join(part for part in (feed.folder, name) if part)
    yield "  ".join(part for part in (title, row["url"], f"[{words.replace('_', '-')}]" if words else "") if part)
    then = f"next {row['next'] or 'at once'}"
    if row["last_error"]:
        times = f"{row['failures']:,} times in a row" if row["failures"] > 1 else "once"
        told = f"{row['problem']} ({row['last_error']})" if row["problem"] else row["last_error"]
        yield f"    error, {times}: {told}; {then}"
    else:
        fetched = f"ok, fetched {row['checked']}" if row["checked"] else "not fetched yet"
        yield f"    {fetched}; {then}"
    if row["advice"]:
        yield f"    → {row['advice']}"
    if row["path"]:
        yield f"    {row['path']}"


def _row(feed: KnownFeed, folder: str) -> dict[str, Any]:
    """A feed for programs."""
    from dedup.feeds.advice import advice
    from dedup.feeds.records import PIPED
    from dedup.feeds.urls import redacted
    from dedup.report.rows import iso_date

    schedule, traits = feed.schedule, feed.traits
    meant = advice(schedule.last_error, redacted(schedule.at or feed.url)) if schedule.last_error else None
    return {
        "url": feed.address, "title": feed.shown, "folder": feed.folder, "trusted": traits.trusted,
        "preferred": traits.preferred, "never_touch": traits.never_touch, "filter": bool(feed.flags & PIPED),
        "interval": schedule.interval, "fetched_at": redacted(schedule.at or feed.url), "failures": schedule.failures,
        "last_error": redacted(schedule.last_error) if schedule.last_error else None, "gone": schedule.gone,
        "checked": iso_date(schedule.checked_at) if schedule.checked_at else None,
        "next": iso_date(schedule.next_at) if schedule.next_at else None, "file": feed.file or None,
        "path": path_of(folder, feed),
        "problem": meant.problem if meant else None, "advice": meant.step if meant else None,
    }  # fmt: skip


@feeds.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), metavar="OPML")
@index_option
def import_list(file: Path, index: str) -> None:
    """Add the feeds of an OPML file (- is stdin). Those that are there already stay as they are.

    What looks like a feed and cannot be one is named. Exit code: 0, or 2 if there is no feed in it at all.
    """
    from dedup.errors import FeedError
    from dedup.feeds.format.opml import read_opml
    from dedup.report.console import plain

    left_out: list[str] = []
    found = read_opml(_list_file(file), left_out=left_out)
    for line in left_out[:LEFT_OUT]:
        click.echo(f"dedup: left out: {plain(line, 400)}", err=True)
    if len(left_out) > LEFT_OUT:
        click.echo(f"dedup: left out: {len(left_out) - LEFT_OUT:,} more", err=True)
    if not found:
        raise FeedError(f"{file}: no feed in it" + (f", {len(left_out):,} left out" if left_out else ""))
    with session(index) as held, held.transaction(write=True):
        fresh = [row for row in found if held.state.feed(row.url) is None]
        for row in fresh:
            title = "" if row.title == row.url else row.title
            _add(held.state, row.url, title, row.folder, None, dict.fromkeys(("trusted", "preferred", "never_touch")))
    told = f"{len(fresh)} feeds added, {len(found) - len(fresh)} known"
    click.echo(told + (f", {len(left_out):,} left out" if left_out else ""), err=True)


def _list_file(path: Path) -> bytes:
    """The bytes of a list, or so many that it is refused. Raises InputError."""
    from dedup.errors import InputError
    from dedup.feeds.limits import LIMITS

    most = LIMITS.feed_bytes + 1
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(most)
        with path.open("rb") as data:
            return data.read(most)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error


@feeds.command(short_help="Write the list as OPML.")
@index_option
def export(index: str) -> None:
    """Write the list as OPML to stdout, without user names and passwords in addresses."""
    from dedup.feeds.format.opml import Subscription, write_opml
    from dedup.feeds.records import PIPED
    from dedup.feeds.urls import without_login
    from dedup.report.console import plain

    with session(index, create=False) as held:
        found = held.state.feeds(f"flags < {PIPED}")
    rows = [Subscription(feed.shown, without_login(feed.url), feed.folder) for feed in found]
    for feed, row in zip(found, rows, strict=True):
        if row.url != feed.url:
            click.echo(f"dedup: written without its user name and password: {plain(feed.address, 400)}", err=True)
    sys.stdout.buffer.write(write_opml(rows))
    sys.stdout.buffer.flush()
