"""A process of its own for what strangers' files make of libraries: bounded in time and memory, and ended when need be.

A worker reads requests from standard input and writes answers to standard output, each preceded by its length in four
bytes, big-endian. One worker answers many requests; it ends when its input ends.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from typing import BinaryIO

LENGTH = struct.Struct(">I")
_MOST = LENGTH.size + (1 << 30)
"""Bytes of an answer; a longer one is taken for the end of the worker."""
_PIECE = 1 << 20


class WorkerError(Exception):
    """A worker gave no answer."""


class WorkerSlowError(WorkerError):
    """It was not done in time."""


class WorkerDiedError(WorkerError):
    """It ended before it had answered."""


def command(module: str) -> list[str]:
    """What starts a worker that runs `module`."""
    return [sys.executable, "-P", "-m", module]


def environment() -> dict[str, str]:
    """That of a worker: with our own way of finding modules, for it must load this very package."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def serve(answer: Callable[[bytes], bytes], requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the input ends."""
    while len(size := requests.read(LENGTH.size)) == LENGTH.size:
        found = answer(requests.read(LENGTH.unpack(size)[0]))
        answers.write(LENGTH.pack(len(found)) + found)
        answers.flush()


def run(answer: Callable[[bytes], bytes], memory: int) -> None:
    """Serve on the standard streams, with less to break: at most `memory` bytes of address space (a request that needs
    more ends the process, and nothing else), and a standard output that nothing else can write to.
    """
    import resource

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answers:
        serve(answer, sys.stdin.buffer, answers)


def end_after(seconds: float) -> None:
    """In a worker: end if it goes on for longer, though nobody is left to end it. 0: it may."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


class Worker:
    """A worker that is asked from one thread. It is started when it is first asked, and anew after it was ended."""

    def __init__(self, start: list[str]) -> None:
        self._start = start
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def started(self) -> bool:
        """Whether it has answered before, and need not load anything."""
        return self._process is not None

    def ask(self, request: bytes, seconds: float) -> bytes:
        """The answer. Raises WorkerError, also if no process can be started; then the worker is ended."""
        deadline = time.monotonic() + seconds
        answered = False
        try:
            process = self._process = self._process or self._begin()
            assert process.stdin is not None
            assert process.stdout is not None
            self._send(process.stdin.fileno(), LENGTH.pack(len(request)) + request, deadline)
            size = LENGTH.unpack(self._receive(process.stdout.fileno(), LENGTH.size, deadline))[0]
            found = self._receive(process.stdout.fileno(), size, deadline)
            answered = True
        except OSError as error:
            raise WorkerDiedError(str(error)) from error
        finally:
            if not answered:  # also after Ctrl-C: half an answer must not be taken for the next one's
                self.close()
        return found

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        process.wait()

    def _begin(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603 - our own module
            self._start,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
        return process

    def _send(self, descriptor: int, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            _, ready, _ = select.select([], [descriptor], [], _left(deadline))
            if ready:
                view = view[os.write(descriptor, view[:_PIECE]) :]

    def _receive(self, descriptor: int, size: int, deadline: float) -> bytes:
        if size > _MOST:
            raise WorkerDiedError("an answer without end")
        data = bytearray()
        while len(data) < size:
            ready, _, _ = select.select([descriptor], [], [], _left(deadline))
            if ready:
                part = os.read(descriptor, min(_PIECE, size - len(data)))
                if not part:
                    raise WorkerDiedError("it has ended")
                data += part
        return bytes(data)


def _left(deadline: float) -> float:
    """Seconds until then. Raises WorkerSlowError if there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise WorkerSlowError("it takes too long")
    return left
