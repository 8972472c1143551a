"""The `dedup` command. Known errors become one line on stderr and exit code 2; a bug is exit code 70."""

from __future__ import annotations

import gc
import os

import click

from dedup import __version__
from dedup.cli import process
from dedup.cli.apply import apply
from dedup.cli.compare import compare
from dedup.cli.completion import complete
from dedup.cli.config import config
from dedup.cli.explain import explain
from dedup.cli.feeds.group import feeds
from dedup.cli.index.group import index
from dedup.cli.reference import reference
from dedup.cli.report import report
from dedup.cli.scan import scan
from dedup.cli.schema import schema
from dedup.cli.score import score
from dedup.cli.tune import tune


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dedup")
def cli() -> None:
    """Find copies among articles, also spun ones, each proven on the texts; and judge how articles are worded."""


cli.add_command(scan)
cli.add_command(compare)
cli.add_command(score)
cli.add_command(index)
cli.add_command(reference)
cli.add_command(report)
cli.add_command(tune)
cli.add_command(apply)
cli.add_command(explain)
cli.add_command(feeds)
cli.add_command(config)
cli.add_command(schema)
complete(cli)


def main() -> None:
    """Entry point."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy would start a thread for each processor, for nothing
    gc.disable()  # it finds nothing to collect in a scan, and half of its work would be on modules just imported
    process.run(lambda: cli(standalone_mode=False))
