"""`dedup index`: documents seen so far, on disk, and whether a text was seen before."""

from __future__ import annotations

import click

from dedup.cli.index.changing import decide, gc, rebuild, remove
from dedup.cli.index.reading import add, query
from dedup.cli.index.showing import check, export, show, stats, stories


@click.group(short_help="Remember texts, and ask whether one was seen before.")
def index() -> None:
    """Keep what was seen on disk: add documents as they come, and ask whether a text was seen before.

    Each document is compared with those that are there; the clusters are those of `dedup scan --pairwise` over all of
    them. Several processes may use an index at once.
    """


index.add_command(add)
index.add_command(query)
index.add_command(decide)
index.add_command(remove)
index.add_command(show)
index.add_command(stories)
index.add_command(stats)
index.add_command(gc)
index.add_command(check)
index.add_command(rebuild)
index.add_command(export)
