"""What other processes do to an index in tests. Importing it loads all that an index needs, so that a fork has it."""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from dedup import Document
from dedup.errors import IndexFileError
from dedup.index.index import Index
from dedup.index.postings import blocks, store
from tests.index.indexes import TINY, TINY_BLOCK, add, newsroom

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])


def start(work: Callable[..., None], *arguments: Any) -> Any:
    """Run one of the functions below in a process of its own."""
    process = CONTEXT.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def add_in_parts(place: str, documents: list[Document], size: int) -> None:
    """Add documents, some in each transaction."""
    with Index.open(place) as index:
        for first in range(0, len(documents), size):
            add(index, *documents[first : first + size])


def churn(place: str, documents: list[Document], draw: Random, done: Any) -> None:
    """Add and remove some for ever, through all levels of postings; `done` is released after each step."""
    size = draw.choice([1, 4, 9])
    for name, value in TINY.items():
        if name != "CHUNK":  # how counts are stored: the same for all that share an index
            setattr(store, name, value)
    store.BLOCK = blocks.BLOCK = TINY_BLOCK
    with Index.open(place) as index:
        while True:
            first = draw.randrange(0, len(documents), size)
            add(index, *documents[first : first + size])
            done.release()
            first = draw.randrange(0, len(documents), size)
            index.remove([each.id for each in documents[first : first + size]])
            done.release()


def open_at(place: str, moment: float, answers: Any) -> None:
    """Open an index at a given time."""
    time.sleep(max(0, moment - time.time()))
    try:
        with Index.open(place) as index:
            add(index, *newsroom()[:2])
    except Exception as error:
        answers.put(repr(error))
    else:
        answers.put("fine")


def add_with_limit(place: str, documents: list[Document], size: int, limit: int, answers: Any) -> None:
    """Add where no file can grow beyond a limit."""
    with Index.open(place) as index:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            for first in range(0, len(documents), size):
                add(index, *documents[first : first + size])
        except IndexFileError as error:
            answers.put(str(error))
        else:
            answers.put("no error")


def _warm() -> None:
    with tempfile.TemporaryDirectory() as folder, Index.open(Path(folder) / "index.sqlite") as index:
        add(index, *newsroom())
        with contextlib.suppress(IndexFileError):
            index.remove(["report"])


_warm()
