"""Bytes through a pipe to and from a copy of this process, whole, and the end of the copy."""

from __future__ import annotations

import os
import signal
from contextlib import suppress


def send(pipe: int, data: bytes | memoryview) -> None:
    """Write all of `data`. Raises BrokenPipeError if nobody reads any more."""
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]


def receive(pipe: int, size: int) -> memoryview | None:
    """`size` bytes; None where the other end was closed before."""
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = os.readv(pipe, [view])
        if not count:
            return None
        view = view[count:]
    return memoryview(data).toreadonly()


def end(process: int) -> None:
    """Kill a child of this process, if it still runs, and wait for it."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
