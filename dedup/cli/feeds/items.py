"""`dedup feeds explain` and `restore`: single items."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.feeds.options import index_option, session

if TYPE_CHECKING:
    from dedup.feeds.records import Article
    from dedup.feeds.session import Session


@click.command()
@click.argument("name", metavar="ID|LINK")
@click.option("--json", "as_json", is_flag=True, help="write JSON")
@click.option("--follow", is_flag=True, help="ask the web where a link leads that no feed lists")
@click.option("--raw", is_flag=True, help="write a dropped item as it stood in its feed, and nothing else")
@index_option
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="settings from this TOML file"
)
def explain(name: str, index: str, as_json: bool, raw: bool, follow: bool, config_file: Path | None) -> None:
    """Say why an item was flagged, dropped or kept, with the evidence and all that was decided before.

    The item is named by its link in any spelling, also inside of a tracker's, an alert's or an AMP one; by its id in
    the feed; or by the number that `dedup feeds run -v` shows. A link that only a server can resolve (a shortened one)
    needs --follow.
    """
    from dedup.feeds import items as known

    with session(index, create=False) as held:
        articles = _followed(held, name, config_file) if follow else known.find(held, name)
        if raw:
            sys.stdout.buffer.write(known.raw(held, articles[0]))
            sys.stdout.buffer.flush()
            return
        rows = [known.explain(held, article) for article in articles]
    if as_json:
        import orjson

        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    from dedup.report.console import plain

    for row in rows:
        for line in _lines(row):
            indent = len(line) - len(line.lstrip(" "))
            click.echo(" " * indent + plain(line.strip(), 300))


def _followed(held: Session, name: str, config_file: Path | None) -> list[Article]:
    """Articles of a link, or of what it leads to. Raises FeedError."""
    from dedup.cli.options import load_feeds
    from dedup.errors import FeedError
    from dedup.feeds import items as known
    from dedup.feeds.http.leads import leads_to
    from dedup.feeds.http.request import AGENT, Settings
    from dedup.feeds.urls import redacted

    if found := held.state.named(name):
        return found
    feeds = load_feeds(config_file, {})
    settings = Settings(
        total_timeout=feeds.timeout, agent=feeds.agent or AGENT, allow_private=frozenset(feeds.allow_private)
    )  # fmt: skip
    led = leads_to(name, settings)
    if found := known.find_led(held, led):
        return found
    raise FeedError(f"no item is known by '{redacted(name)[:200]}', which leads to {redacted(led.addresses[-1])[:300]}")


def _lines(row: dict[str, Any]) -> Iterator[str]:
    """An explanation for people; texts in it are other people's."""
    from dedup.report.console import percent

    yield _name(row)
    yield f"    {row['link']}"
    yield f"    published {row['published']}, first seen {row['first_seen']}, {row['words']} words"
    verdict = f"    {row['treatment']}, decided {row['decided']}"
    if row["relation"]:
        alike = percent(row["similarity"], exact=row["relation"] == "exact")
        verdict += f": {row['cause'] or row['relation']}, similarity {alike}"
    yield verdict
    for reason in row["reasons"]:
        yield f"    - {reason}"
    for one in row["listings"]:
        first = f"listed in {one['first']} before"
        yield f"    {one['treatment']} in {one['feed']}, {one['decided']} ({one['cause']}): {first}"
    if first := row["copy_of"]:
        yield f"    copy of {_name(first)}"
        yield f"        {first['link']}"
        yield f"        published {first['published']}, first seen {first['first_seen']}"
    if row["evidence"]:
        found = row["evidence"]
        yield (
            f"    aligned {percent(found['similarity'])} in {found['passages']} "
            f"{'passage' if found['passages'] == 1 else 'passages'}, "
            f"{found['substitutions_total']} substitutions; shingles: Jaccard {found['jaccard']:.2f}, "
            f"containment {found['containment']:.2f}"
        )
        for pair in found["substitutions"]:
            yield f"        “{pair['here']}” for “{pair['there']}”"
    for copy in row["copies"]:
        yield f"    copied by {_name(copy)}"
    yield "    history"
    for moment, words in sorted(_events(row), key=lambda event: event[0]):  # stable: what is of one moment stays so
        yield f"        {moment}  {words}"


def _events(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """When what was known of an item, and decided on it."""
    yield row["first_seen"] or "", f"first seen{' in ' + row['first_feed'] if row['first_feed'] else ''}"
    for item in row["listed"]:
        if item["since"] and (item["since"], item["feed"]) != (row["first_seen"], row["first_feed"]):
            yield item["since"], f"listed in {item['feed']}"
    for past in row["history"]:
        why = "; ".join(past["reasons"]) or past["cause"] or past["relation"] or ""
        where = f" in {past['feed']}" if past["feed"] else ""
        yield past["moment"] or "", past["treatment"] + where + (f": {why}" if why else "")
    if row["listed"] and not any(item["now"] for item in row["listed"]):
        yield "now", "no feed lists it any more"


def _name(row: dict[str, Any]) -> str:
    return f"{row['number']}  {row['title'] or 'Untitled'} ({row['source'] or 'unknown'})"


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ID|LINK...")
@index_option
def restore(names: tuple[str, ...], index: str) -> None:
    """Let items stand that were flagged or dropped. The next run writes their feeds anew.

    An item that its feed has dropped meanwhile comes back in no feed: `dedup feeds explain --raw` writes it.
    """
    from dedup.feeds import items as known

    with session(index, create=False) as held:
        articles = [article for name in names for article in known.find(held, name)]
        for article in articles:
            known.restore(held, article, int(time.time()))
