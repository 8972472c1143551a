"""`dedup feeds explain` and `restore`: single items."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import click

from dedup.cli.feeds.options import index_option, session


@click.command()
@click.argument("name", metavar="ID|LINK")
@click.option("--json", "as_json", is_flag=True, help="write JSON")
@click.option("--raw", is_flag=True, help="write a dropped item as it stood in its feed, and nothing else")
@index_option
def explain(name: str, index: str, as_json: bool, raw: bool) -> None:
    """Say why an item was flagged, dropped or kept, with the evidence.

    The item is named by its link, by its id in the feed, or by the number that `dedup feeds run -v` shows.
    """
    from dedup.feeds import items as known

    with session(index, create=False) as held:
        articles = known.find(held, name)
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
    if len(row["history"]) > 1:
        for past in row["history"]:
            why = "; ".join(past["reasons"]) or past["cause"] or past["relation"] or ""
            yield f"    {past['moment']}: {past['treatment']}{', ' + why if why else ''}"


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
