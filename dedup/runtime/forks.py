"""Python that no kernel does, spread over copies of this process: threads would wait for one another (the GIL).

A copy has all that this process has, so nothing is handed to it; answers come back through a pipe, in order. A copy
that dies takes nothing with it: what it did not answer is done here. Only a program that knows what its threads hold
may be copied while it has some, so it is the command that allows it (`allow`); as a library all is done in one process.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Generic, NoReturn, TypeVar

from dedup.runtime import pipes

Part = TypeVar("Part")
Answer = TypeVar("Answer")
MOST = 8
"""Processes at most: each takes memory for what it touches."""
FEW = 2
"""Parts for each process from which copying is worth its time."""
_LENGTH = struct.Struct("<q")
_allowed = 1


def allow(processes: int) -> None:
    """Let `spread` use so many processes, this one included, from now on."""
    global _allowed  # noqa: PLW0603 - of the process, as what it says
    _allowed = min(processes, MOST) if sys.platform == "linux" else 1


def spread(work: Callable[[Part], Answer], parts: Sequence[Part]) -> Iterator[Answer]:
    """`work` of each part, in order. It must depend on nothing that other parts change; its answers are pickled."""
    processes = max(min(_allowed, len(parts) // FEW), 1)
    copies: list[_Copy[Part, Answer]] = []
    try:
        with suppress(OSError):  # too many processes, or no memory: fewer do it
            for number in range(1, processes):
                copies.append(_Copy(work, parts[number::processes], copies))
        for number, part in enumerate(parts):
            place = number % processes - 1
            answered = copies[place].answer() if 0 <= place < len(copies) else None
            yield work(part) if answered is None else answered[0]
    finally:
        for copy in copies:
            copy.end()


class _Copy(Generic[Part, Answer]):
    """A copy of this process that works on some parts."""

    def __init__(
        self, work: Callable[[Part], Answer], parts: Sequence[Part], others: Sequence[_Copy[Any, Any]]
    ) -> None:  # fmt: skip
        self._here, there = os.pipe()
        try:
            self._process = os.fork()
        except OSError:
            os.close(self._here)
            os.close(there)
            raise
        if self._process == 0:
            _serve(work, parts, there, [copy._here for copy in (self, *others)])
        os.close(there)

    def answer(self) -> tuple[Answer] | None:
        """The answer to the next part; None where the copy has died."""
        head = pipes.receive(self._here, _LENGTH.size)
        data = head and pipes.receive(self._here, *_LENGTH.unpack(head))
        return (pickle.loads(data),) if data else None  # noqa: S301 - our own copy's

    def end(self) -> None:
        """End the process."""
        os.close(self._here)
        pipes.end(self._process)


def _serve(
    work: Callable[[Part], Answer], parts: Sequence[Part], there: int, others: Sequence[int]
) -> NoReturn:  # fmt: skip
    """In the copy: answer, and end without a word, whatever happens. What fails here fails again where it is told."""
    with suppress(BaseException):
        for pipe in others:  # while a copy holds its end, nobody finds out that the one who reads has gone
            os.close(pipe)
        for part in parts:
            data = pickle.dumps(work(part), 5)
            pipes.send(there, _LENGTH.pack(len(data)))
            pipes.send(there, data)
    os._exit(0)
