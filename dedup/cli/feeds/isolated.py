"""Work in a process of its own, whose crash is an error like others to the caller."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from dedup.errors import DedupError


class CrashError(DedupError):
    """The work came to no end of its own."""


def apart(work: Callable[[], bytes], words: Callable[[BaseException], str]) -> bytes:
    """What `work` returns, done in a copy of this process: a crash of the interpreter, and being killed for want of
    memory, end the copy alone. To be called before anything heavy is loaded or a thread is started. Raises CrashError,
    with what was raised there in `words`.
    """
    if not hasattr(os, "fork"):
        return work()
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(here)
        _serve(work, words, there)
    os.close(there)
    try:
        with os.fdopen(here, "rb") as pipe:
            answer = pipe.read()
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException:
        with suppress(OSError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        raise
    if ended:
        raise CrashError(f"the process for it ended with {_named(ended)}")
    if not answer.startswith(b"="):
        raise CrashError(answer[1:].decode("utf-8", "replace"))
    return answer[1:]


def _serve(work: Callable[[], bytes], words: Callable[[BaseException], str], there: int) -> NoReturn:
    """Do the work, and end the process. Only the answer goes out: stdout is the caller's."""
    code = 1
    with suppress(BaseException):
        os.dup2(2, 1)
        try:
            answer = b"=" + work()
        except BaseException as error:
            answer = b"!" + words(error).encode("utf-8", "replace")
        with os.fdopen(there, "wb") as pipe:
            pipe.write(answer)
        code = 0
    os._exit(code)


def _named(ended: int) -> str:
    """An exit code, or the name of the signal that ended a process."""
    try:
        return signal.Signals(-ended).name if ended < 0 else f"exit code {ended}"
    except ValueError:
        return f"signal {-ended}"
