"""What is given to an index: the batches of a reader, or documents that a program holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from dedup.errors import InputError
from dedup.model import Batch, Document, Reject
from dedup.read import from_documents

Given = Iterable[Batch] | Iterable[str | Document] | Any
"""Batches, or whatever `dedup.scan` takes."""


def batches_of(given: Given, rejects: list[Reject] | None) -> Iterator[Batch]:
    """The batches that are given, or batches of documents, in which what has no id is called by its text. `rejects`
    gets what cannot be taken in; without it InputError is raised for the first one. Raises TypeError as `scan` does.
    """
    if isinstance(given, Iterator | list | tuple):
        items = iter(given)
        head = list(islice(items, 1))
        is_batch = bool(head) and isinstance(head[0], Batch)
        given = _again(head, items)
        if is_batch:
            yield from given
            return
    refused: list[Reject] = [] if rejects is None else rejects
    for batch in from_documents(given, rejects=refused, by_text=True):
        _check(refused, rejects)
        yield batch
    _check(refused, rejects)


def _again(head: list[Any], items: Iterator[Any]) -> Iterator[Any]:
    """All items, of which nobody keeps the first: a batch may hold as much memory as all that is done with it."""
    while head:
        yield head.pop()
    yield from items


def _check(refused: list[Reject], rejects: list[Reject] | None) -> None:
    if refused and rejects is None:
        raise InputError(f"item {(refused[0].line or 1) - 1}: {refused[0].reason}")
