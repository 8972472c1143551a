"""Documents that a program hands over instead of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dedup.config import ReadConfig
from dedup.model import Batch, Document, Reject
from dedup.read.fields import Fields, is_id
from dedup.read.intake import Intake

SOURCE = "-"
"""What stands for the file name."""


def from_documents(
    items: Iterable[str | Document | Mapping[str, Any]],
    config: ReadConfig | None = None,
    rejects: list[Reject] | None = None,
) -> Iterator[Batch]:
    """Batches of texts, Documents or records with the fields that files have.

    What has no id is called by its position ("0", "1", …); `lines` is the position from 1, `files` is all 0. As with
    files, empty and oversized texts and records without a text field are left out; `rejects` gets them.
    Raises TypeError for a text that is not a string, also when `items` is one string.
    """
    if isinstance(items, str | bytes | Document | Mapping):
        raise TypeError(f"expected several texts, got one {type(items).__name__}")
    intake = Intake(config or ReadConfig())
    if rejects is not None:
        intake.rejects = rejects
    intake.begin(SOURCE)
    return _batches(items, intake)


def _batches(items: Iterable[str | Document | Mapping[str, Any]], intake: Intake) -> Iterator[Batch]:
    for position, item in enumerate(items):
        if isinstance(item, Document):
            _add(item, position, intake)
        elif isinstance(item, Mapping):
            _add_record(item, position, intake)
        else:
            _add(Document(item), position, intake)
        if intake.full:
            yield intake.take()
    if len(intake.chunk):
        yield intake.take()


def _add_record(record: Mapping[str, Any], position: int, intake: Intake) -> None:
    fields: Fields = intake.fields
    keys = fields.guess(record)
    if keys.text is None:
        intake.reject(position + 1, fields.missing)
        return
    fields.settle(keys)
    ident, date, source = (record.get(key) if key is not None else None for key in keys[1:])
    _add(Document(record[keys.text], ident, date, source), position, intake)


def _add(document: Document, position: int, intake: Intake) -> None:
    """Take in one document. Raises TypeError."""
    text, ident = document.text, document.id
    if not isinstance(text, str):
        raise TypeError(f"item {position}: the text is {type(text).__name__}, not str")
    ident = ident if is_id(ident) else str(position)
    intake.add(text, ident, position + 1, date=document.date, source=document.source, raw=text)
