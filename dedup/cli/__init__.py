"""The `dedup` command. Known errors become one line on stderr and exit code 2; a bug a traceback and exit code 70."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import traceback
from contextlib import suppress

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


BUG = 70
"""Exit code of a fault in dedup itself (EX_SOFTWARE of sysexits.h): it must not look like "copies found"."""


def main() -> None:
    """Entry point."""
    gc.disable()  # it finds nothing to collect in a scan, and half of its work would be on modules just imported
    _prepare_streams()
    _end_on_signals()
    try:
        code = cli(standalone_mode=False)
        sys.stdout.flush()
        sys.stderr.flush()
        # All files are closed by now. Taking the interpreter apart would cost a tenth of a second more.
        os._exit(code if isinstance(code, int) else 0)
    except SystemExit:
        raise
    except BaseException as error:
        code = _told(error)
    _drop_stdout()
    sys.exit(code)


def _told(error: BaseException) -> int:
    """Say what went wrong, on one line but for a bug; returns the exit code."""
    if isinstance(error, click.ClickException):
        click.echo(_ready(error), err=True)
        return error.exit_code
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return _say("interrupted", 130)
    if isinstance(error, DedupError):
        return _say(f"error: {error}", 2)
    if isinstance(error, BrokenPipeError):
        return 141  # the reader of our output has gone (`| head`): not an error
    if isinstance(error, MemoryError):
        return _say("error: not enough memory; no output was written", 2)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT, errno.EBADF):
        where = f"{error.filename}: " if error.filename else "standard output: "
        return _say(f"error: {where}cannot be written: {error.strerror}", 2)
    with suppress(OSError, ValueError):
        traceback.print_exception(error)
    return _say("this is a bug in dedup, not a finding; please report it with the lines above", BUG)


def _say(message: str, code: int) -> int:
    """One line on stderr, where there is one, without what would steer a terminal."""
    from dedup.report.console import plain

    with suppress(OSError, ValueError):
        click.echo(f"dedup: {plain(message)}", err=True)
    return code


def _ready(error: click.ClickException) -> str:
    """A usage error as click shows it; what the user typed may hold control characters."""
    from dedup.report.console import plain

    context = getattr(error, "ctx", None)
    usage = f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n\n" if context else ""
    return f"{usage}Error: {plain(error.format_message())}"


def _prepare_streams() -> None:
    """Text goes out whatever the encoding: what it lacks is escaped. Streams that were closed go nowhere."""
    for descriptor, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != descriptor:
                os.dup2(opened, descriptor)
            setattr(sys, name, os.fdopen(descriptor, "r" if descriptor == 0 else "w", closefd=False))
        elif descriptor and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _end_on_signals() -> None:
    """Being told to end unwinds as an error does, so that no half-written file stays behind."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)


def _drop_stdout() -> None:
    """What could not be written would make Python complain when it closes stdout."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
