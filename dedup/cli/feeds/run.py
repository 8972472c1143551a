"""`dedup feeds run`: one pass over all feeds. `dedup feeds filter`: one feed from stdin to stdout."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.compiling import compile_ahead
from dedup.cli.feeds.isolated import apart
from dedup.cli.feeds.options import index_option, place_of, policy_of, policy_option, session
from dedup.cli.options import feed_settings, load_feeds, load_retention
from dedup.errors import DedupError

if TYPE_CHECKING:
    from dedup.config import FeedsConfig, RetentionConfig
    from dedup.feeds.run import Options, Summary
    from dedup.feeds.state import State

FILTER_WAIT = 30.0
"""Seconds that a filter waits for a run that is storing: a reader with a blank screen waits behind it."""


@click.command(short_help="Fetch what is due, and write the cleaned feeds.")
@click.option("--dry-run", is_flag=True, help="fetch and decide, but write nothing; say what would be done")
@click.option(
    "--now", "at_once", is_flag=False, flag_value="", metavar="[URL]", help="fetch all feeds, or this one, due or not"
)
@click.option("--wait", type=click.FloatRange(0), metavar="SECONDS", help="wait for another run to end  [do not]")
@click.option("--summary", type=click.Choice(["none", "json"]), default="none", help="json: one line on stdout  [none]")
@click.option("-v", "--verbose", is_flag=True, help="say what was done, and what went wrong")
@click.option("-q", "--quiet", is_flag=True, help="no messages but errors")
@policy_option
@feed_settings
@index_option
def run(index: str, policies: tuple[str, ...], wait: float | None, verbose: bool, quiet: bool, **flags: Any) -> int:
    """Fetch the feeds that are due, decide on what is new, and write the cleaned feeds.

    For cron or a timer: it prints nothing unless asked, and a feed that cannot be fetched is no error (`dedup feeds
    list` shows it). One run at a time: a second one ends at once, with a message and exit code 0, since the first one
    does the work; with --wait it waits, and if that is not enough it is an error. Exit code: 0, or 2 if the index or
    an output could not be written.
    """
    config_file = flags.pop("config_file")
    feeds = load_feeds(config_file, flags)
    retention = load_retention(config_file)
    options = _options(feeds, retention, policies, index, flags["dry_run"], _address(flags.pop("at_once")))
    from dedup.feeds.lock import BusyError, one_run
    from dedup.feeds.run import run as run_feeds
    from dedup.feeds.targets import check_names, check_targets

    check_targets(options.targets, place_of(index), config_file)
    with session(index, config_file, create=not flags["dry_run"]) as held:
        check_names(options.targets, held.state)
        held.before_index = lambda: compile_ahead("index", quiet or not sys.stderr.isatty())  # cron gets no line of it
        first = not held.state.folder and not flags["dry_run"]
        try:
            with one_run(held.place, held.database, wait or 0.0):
                summary = run_feeds(held, options, int(time.time()))
        except BusyError as error:
            if wait is not None:
                raise
            if not quiet:
                click.echo(f"dedup: {error}", err=True)
            return 0
        if flags["summary"] == "json":
            import orjson

            click.echo(orjson.dumps(summary.as_dict()).decode())
        if (verbose or flags["dry_run"]) and not quiet:
            _tell(held.state, summary, flags["dry_run"])
        if first and not quiet and sys.stderr.isatty():
            click.echo(_welcome(summary.feeds, options.targets.folder, index), err=True)
    if summary.files_failed:
        problem = next((text for _, text in reversed(summary.problems) if "written" in text), "")
        from dedup.feeds.urls import redacted
        from dedup.report.console import plain

        click.echo(f"dedup: error: outputs are not all written: {plain(redacted(problem), 500)}", err=True)
        return 2
    return 0


def _address(url: str | None) -> str | None:
    """The address of the feed to fetch now, as the list has it. Raises UsageError."""
    if not url:
        return url
    from dedup.errors import FeedError
    from dedup.feeds.urls import feed_address

    try:
        return feed_address(url)
    except FeedError:
        return url  # as it stands in an older list, or as `list` shows it


def _welcome(feeds: int, folder: Path, index: str) -> str:
    """What the first run says on a terminal: cron gets nothing."""
    here = f" --index {index}" if index else ""
    if not feeds:
        return (
            f"dedup: no feeds in the list yet. Add some: dedup feeds add{here} https://example.org/rss, or dedup feeds "
            f"import{here} list.opml"
        )
    return (
        f"dedup: the first run. Cleaned feeds are in {folder.absolute()}; for your reader: dedup feeds opml --cleaned"
        f"{here} > cleaned.opml. From now on nothing is printed unless something fails (see dedup feeds list, status)."
    )


def _options(
    feeds: FeedsConfig, retention: RetentionConfig, policies: tuple[str, ...], index: str, dry_run: bool,
    at_once: str | None = None,
) -> Options:  # fmt: skip
    """What a run is to do."""
    from dedup.feeds.full_text import PageBudget
    from dedup.feeds.http.request import AGENT, Settings
    from dedup.feeds.publish import Targets
    from dedup.feeds.run import Options
    from dedup.feeds.schedule import Rules
    from dedup.settings import parse_size

    targets = Targets(
        _folder(feeds, index), Path(feeds.merged) if feeds.merged else None, feeds.merged_items, feeds.dropped_items
    )
    fetch = Settings(
        concurrency=feeds.concurrency, per_host=feeds.per_host, total_timeout=feeds.timeout,
        max_bytes=parse_size(feeds.max_body), agent=feeds.agent or AGENT, allow_private=frozenset(feeds.allow_private),
    )  # fmt: skip
    rules = Rules(interval=feeds.interval)
    pages = PageBudget(feeds.pages_seconds, feeds.pages_per_host, feeds.pages_host_seconds)
    return Options(
        targets, policy_of(feeds, policies), fetch, rules, dry_run, feeds.full_text, pages, feeds.decisions,
        retention, at_once,
    )  # fmt: skip


def _folder(feeds: FeedsConfig, index: str) -> Path:
    """Where cleaned feeds go: beside the index; for a PostgreSQL one, where the user's own would be."""
    if feeds.output:
        return Path(feeds.output)
    from dedup.storage.opening import is_address

    place = place_of("" if is_address(index) else index)
    return Path(place).parent / "feeds"


def _tell(state: State, summary: Summary, dry_run: bool) -> None:
    """What was done, for people. Titles are other people's: they go through `plain`."""
    from dedup.feeds.run import copies_of
    from dedup.feeds.urls import redacted
    from dedup.report.console import percent, plain

    copies = copies_of(summary.tally)
    wanted = {copy.original for copy in copies if copy.original is not None}
    firsts = {article.number: article for article in state.articles("number", wanted)}
    firsts |= {article.number: article for article in copies}
    for copy in copies:
        first = firsts.get(copy.original or 0)
        of = f"{first.title} ({first.source})" if first else f"item {copy.original} of this run"
        name = "" if dry_run else f"{copy.number}  "
        alike = percent(copy.similarity, exact=copy.relation == "exact")
        click.echo(plain(f"{name}{copy.treatment} {copy.relation} {alike}: {copy.title} ({copy.source})"))
        click.echo(plain(f"    of {of}"))
    feeds = state.feeds_of(number for number, _ in summary.problems if number is not None)
    for number, problem in summary.problems:
        feed = feeds.get(number or 0)
        click.echo(plain(redacted(f"{feed.url}: {problem}" if feed else problem)), err=True)
    tally = summary.tally
    click.echo(
        f"{'would be: ' if dry_run else ''}{summary.feeds} feeds due, {summary.changed} changed, {summary.failed} "
        f"failed; {tally.new} new items, {tally.flagged} flagged, {tally.dropped} dropped, {tally.merged} merged, "
        f"{tally.taken_over} taken over by their source, {tally.relisted} listed before"
    )


@click.command("filter", short_help="Clean one feed, from stdin to stdout.")
@click.option("--url", default="", metavar="URL", help="address of the feed, by which it is known  [its own link]")
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="settings from this TOML file"
)
@policy_option
@index_option
def clean(url: str, config_file: Path | None, policies: tuple[str, ...], index: str) -> int:
    """Clean a feed on its way: from stdin to stdout, as newsboat's filter: wants it.

    Exit code 0 whatever was found. On any error, a crash among them, the feed comes out as it went in, and the error
    goes to stderr.
    """
    from dedup.feeds.limits import LIMITS
    from dedup.report.console import plain

    source, out = sys.stdin.buffer, sys.stdout.buffer
    data = source.read(LIMITS.feed_bytes + 1)
    cleaned, reason, interrupted = data, "", False
    if len(data) > LIMITS.feed_bytes:
        reason = f"it has more than {LIMITS.feed_bytes:,} bytes"
    else:
        try:
            cleaned = apart(lambda: _cleaned(data, url, config_file, policies, index), _in_words)
        except BaseException as error:  # all of them, no memory and Ctrl-C too: a feed with copies is better than none
            interrupted = isinstance(error, KeyboardInterrupt)
            reason = _in_words(error)
    out.write(cleaned)
    while len(data) > LIMITS.feed_bytes and (more := source.read(1 << 20)):
        out.write(more)
    out.flush()
    if reason:
        click.echo(f"dedup: feed passed on as it came: {plain(reason, 500)}", err=True)
    if interrupted:
        raise KeyboardInterrupt
    return 0


def _in_words(error: BaseException) -> str:
    """Why a feed was not cleaned."""
    from dedup.feeds.urls import redacted
    from dedup.settings_files import printable

    told = redacted(printable(error))[:500]
    return told if told and isinstance(error, DedupError) else f"{type(error).__name__} {told[:300]}".strip()


def _cleaned(data: bytes, url: str, config_file: Path | None, policies: tuple[str, ...], index: str) -> bytes:
    settings = load_feeds(config_file, {})
    policy = policy_of(settings, policies)
    from dedup.feeds import filter as feed_filter
    from dedup.feeds.choices import honour

    with session(index, config_file, wait=FILTER_WAIT) as held:
        honour(held, settings.decisions, int(time.time()))
        return feed_filter.clean(held, data, url, policy, int(time.time()))[0]
