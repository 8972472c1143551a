"""The process around a command: its streams, its signals, and what its end tells the caller.

Exit codes: 0 nothing found, 1 findings, 2 a known error or trouble of the machine (disk, memory), 70 a bug in dedup,
130 Ctrl-C, 129 and 143 SIGHUP and SIGTERM, 141 a reader that has gone. A bug never looks like a finding.
"""

from __future__ import annotations

import _thread
import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

import click

from dedup.errors import DedupError, OutputError

BUG = 70
"""EX_SOFTWARE of sysexits.h."""
REPORT = "dedup: this is a bug in dedup; please report it with the lines above and the command that led to it"


def run(command: Callable[[], Any]) -> NoReturn:
    """Run a command and end the process with its exit code."""
    _open_streams()
    _raise_again(_catch_signals())
    try:
        code = command()
        sys.stdout.flush()
        code = code if isinstance(code, int) else 0
    except BaseException as error:
        code = _told(error)
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    # All files are closed by now. Taking the interpreter apart would cost a tenth of a second more, and would complain
    # of a stdout that cannot be written.
    os._exit(code)


def _told(error: BaseException) -> int:
    """Say what went wrong; returns the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()  # its message is the help, which has lines
        return error.exit_code
    if isinstance(error, click.ClickException):
        vars(error)["message"] = _plain(error.message)
        error.show()
        return error.exit_code
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return _say("dedup: interrupted", 130)
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    if isinstance(error, DedupError):
        return _say(f"dedup: error: {_plain(str(error))}", 2)
    if isinstance(error, BrokenPipeError):
        return 141  # the reader of our output has gone (`| head`): not an error
    if isinstance(error, MemoryError):
        return _say(
            "dedup: error: out of memory; a smaller --memory or --max-size, or fewer --threads, need less of it", 2
        )
    if isinstance(error, OSError):
        where = f"{_plain(os.fsdecode(error.filename))}: " if isinstance(error.filename, str | bytes) else ""
        return _say(f"dedup: error: {where}{_plain(error.strerror or str(error))}", 2)
    with suppress(Exception):
        import traceback

        traceback.print_exception(error)
    return _say(REPORT, BUG)


def _say(message: str, code: int) -> int:
    """A line on stderr, whatever state that is in."""
    with suppress(Exception):
        click.echo(message, err=True)
    return code


def _plain(text: str) -> str:
    """Names of files and settings come from anywhere: nothing in them may steer a terminal."""
    from dedup.report.console import plain

    return plain(text)


class _Stdout(io.FileIO):
    """Standard output: that it cannot be written is an OutputError, unlike trouble with any other file."""

    def write(self, data: Any) -> int:
        """Write some of `data`. Raises OutputError, and BrokenPipeError if the reader has gone."""
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"cannot write the result: {error.strerror or error}") from error


def _open_streams() -> None:
    """Streams that the caller has closed: reading and writing them fails, and no other file takes their numbers. And
    characters that an encoding has not are written as escapes.
    """
    for number, mode in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, mode)  # the lowest free number is this one
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    raw = _Stdout(1, "wb", closefd=False)
    tty = raw.isatty()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors="backslashreplace", line_buffering=tty
    )
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(os.dup(0), "rb")))
    if sys.stderr is None:
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "wb", closefd=False), errors="backslashreplace", write_through=True)
    elif isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")


def _catch_signals() -> list[int]:
    """SIGTERM and SIGHUP unwind the command like Ctrl-C, so that no half-written file is left. What the caller wants
    ignored (nohup) stays so. Returns a list for the one that came.
    """
    stopped: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if not stopped:  # a second one must not interrupt the tidying up
            stopped.append(number)
            raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, stop)
    return stopped


def _raise_again(stopped: list[int]) -> None:
    """Have what a signal raised come again where Python throws it away: in a finaliser, in the callback of a weak
    reference (each import has one), in a function that C calls (LLVM has some). The command would run on.
    """
    usual = sys.unraisablehook

    def raise_again(lost: sys.UnraisableHookArgs) -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            number = int(signal.SIGINT)
        elif issubclass(lost.exc_type, SystemExit) and stopped:
            number = stopped.pop()
        else:
            usual(lost)
            return
        # by another thread, a little later: raised here it would be lost once more
        _thread.start_new_thread(_thread.interrupt_main, (signal.Signals(number),))

    sys.unraisablehook = raise_again
