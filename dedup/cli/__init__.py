"""The `dedup` command. Known errors become one line on stderr and exit code 2; a bug stays a traceback."""

from __future__ import annotations

import errno
import gc
import os
import sys

import click

from dedup import __version__
from dedup.cli.config import config
from dedup.cli.feeds import feeds
from dedup.cli.index import index
from dedup.cli.reference import reference
from dedup.cli.scan import scan
from dedup.cli.score import score
from dedup.errors import DedupError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dedup")
def cli() -> None:
    """Find copies among articles, also spun ones, each proven on the texts; and judge how articles are worded."""


cli.add_command(scan)
cli.add_command(score)
cli.add_command(index)
cli.add_command(reference)
cli.add_command(feeds)
cli.add_command(config)


def main() -> None:
    """Entry point."""
    gc.disable()  # it finds nothing to collect in a scan, and half of its work would be on modules just imported
    try:
        code = cli(standalone_mode=False)
        sys.stdout.flush()
        sys.stderr.flush()
        # All files are closed by now. Taking the interpreter apart would cost a tenth of a second more.
        os._exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("dedup: interrupted", err=True)
        code = 130
    except DedupError as error:
        click.echo(f"dedup: error: {error}", err=True)
        code = 2
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): not an error, but Python would complain when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO):
            raise
        click.echo(f"dedup: error: cannot write the result: {error.strerror}", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 2
    sys.exit(code)
