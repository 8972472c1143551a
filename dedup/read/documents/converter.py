"""Asks the worker that converts documents; starts it when the first one comes."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import Any

from dedup.errors import MissingExtraError
from dedup.read.documents.model import KINDS, Converted, NotAPageError, UnreadableError
from dedup.runtime.worker import Worker, WorkerError, WorkerSlowError, command

SECONDS = 60.0
"""For one document. Most take milliseconds; a book in PDF takes half a minute."""
AGAIN = 4
"""Times as many when a file is read a second time: what could be read once must not fail then for want of a second."""
START = 30.0
"""Seconds more for the first one, which loads libraries."""
NEEDS = {"pdf": "pypdf", "rtf": "striprtf", "warc": "warcio"}
"""Packages of the extra `documents`."""


class Converter:
    """Texts of documents; of each at most `limit` characters and a few more."""

    def __init__(self, limit: int, *, again: bool = False) -> None:
        self._limit, self._again = limit, again
        self._worker = Worker(command("dedup.read.documents.convert"))

    def convert(self, kind: str, data: bytes) -> Converted:
        """Raises UnreadableError, and NotAPageError for what need not have any text."""
        if kind in NEEDS and find_spec(NEEDS[kind]) is None:
            raise missing(kind)
        seconds = SECONDS * (AGAIN if self._again else 1)
        head = {"kind": kind, "limit": self._limit, "seconds": seconds + START + 1}
        try:
            found = self._worker.ask(
                json.dumps(head).encode() + b"\n" + data, seconds + (0 if self._worker.started else START)
            )
        except WorkerSlowError:
            raise UnreadableError(f"reading it takes longer than {seconds:g} seconds") from None
        except WorkerError:
            raise UnreadableError(f"broken {KINDS[kind]}: the process that read it has died of it") from None
        return self._result(json.loads(found), kind)

    def close(self) -> None:
        """End the worker."""
        self._worker.close()

    def _result(self, answer: dict[str, Any], kind: str) -> Converted:
        if answer.pop("ended", False):
            self.close()
        if "passed" in answer:
            raise NotAPageError
        if "missing" in answer:
            raise missing(kind)
        if "error" in answer:
            raise UnreadableError(answer["error"])
        return Converted(**answer)


def missing(kind: str) -> UnreadableError:
    """The reason where the extra is not installed."""
    return UnreadableError(str(MissingExtraError(f"reading {KINDS[kind]}s".replace("ys", "ies"), "documents")))
