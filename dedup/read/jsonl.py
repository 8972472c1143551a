"""JSON lines: the way most documents come in, so the one reader with a fast path of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from dedup.model import UNKNOWN_DATE
from dedup.read.collector import CHUNK_DOCUMENTS, Chunk, DocumentCollector
from dedup.read.decode import BadRecordError, load_json
from dedup.read.fields import source_name
from dedup.read.lines import Line, TooLong, line_blocks
from dedup.read.sources import Source

OVERHEAD = 1 << 20
"""Bytes that a record may have besides its text."""
SIZE_BITS = 26
"""A place is the offset of a line << SIZE_BITS | its size in bytes: lines of up to 64 MB in files of up to 128 GB."""
_LAST_OFFSET = 1 << (62 - SIZE_BITS)


def read_jsonl(source: Source, intake: DocumentCollector, at: int = -1) -> Iterator[Chunk]:
    """One record a line. A line that is no good costs that line.

    `at` is the place of the first byte in its file, for documents that will be read again from there; -1 if they
    will not.
    """
    number = 0
    if intake.limit + OVERHEAD >= 1 << SIZE_BITS:
        at = -1
    for lines in line_blocks(source, intake.limit + OVERHEAD):
        if at > _LAST_OFFSET:
            at = -1
        if isinstance(lines, TooLong):
            number += 1
            at = at if at < 0 else at + lines.size + 1
            intake.reject(number, too_large(lines, intake), lines.head)
            continue
        begin = 0
        while begin < len(lines):
            room = CHUNK_DOCUMENTS - len(intake.chunk)
            part = lines[begin : begin + room]
            at = _take_lines(part, number, intake, at)
            number += len(part)
            begin += room
            if intake.full:
                yield intake.take()


def too_large(record: TooLong, intake: DocumentCollector) -> str:
    """The reason for an oversized record."""
    return f"record too large ({record.size:,} bytes; the limit for a text is {intake.limit:,})"


def _take_lines(lines: Sequence[Line], number: int, intake: DocumentCollector, at: int) -> int:
    """Take in the lines after line `number`, the first of which is at byte `at`; returns the place after the last.

    The loop is as flat as it is because it runs once a record: a plain record costs no call of a Python function
    (unless it has a date that must be parsed). Everything unusual goes to `_take_line`.
    """
    loads = orjson.loads
    chunk, name = intake.chunk, intake.name
    texts, ids, numbers = chunk.texts, chunk.ids, chunk.lines
    raws = chunk.raws if intake.keep_raw else None
    plain_length = intake.limit // 4  # characters that cannot be too many bytes
    fields = intake.fields
    settled, unsuspected = fields.settled, fields.unsuspected
    text_key, id_key, date_key, source_key = fields.keys
    more = date_key is not None or source_key is not None
    is_page = intake.pages
    places = chunk.places if at >= 0 else None
    located_key = intake.place_key(text_key) if settled else None
    values = chunk.values if intake.values.name else None
    for line in lines:
        number += 1
        here = at
        at += len(line) + 1
        if settled:
            try:
                record = loads(line)
                text = record[text_key]
                ident = record[id_key] if id_key is not None else f"{name}:{number}"
            except (ValueError, LookupError, TypeError):
                pass
            else:
                if (
                    type(text) is str
                    and type(ident) is str
                    and ident
                    and 0 < len(text) <= plain_length
                    and not text.isspace()
                    and "\0" not in text
                    and ("<" not in text or is_page is None or not is_page(text))
                    and unsuspected(record)
                ):
                    if more:
                        _take_date_and_source(record, date_key, source_key, intake)
                    texts.append(text)
                    ids.append(ident)
                    numbers.append(number)
                    if places is not None:
                        places.append(here << SIZE_BITS | len(line) if text_key == located_key else -1)
                    if values is not None:
                        values.append(intake.values.of(record))
                    if raws is not None:
                        raws.append(line)
                    continue
        _take_line(line, number, intake)
        settled, unsuspected = fields.settled, fields.unsuspected
        text_key, id_key, date_key, source_key = fields.keys
        more = date_key is not None or source_key is not None
        located_key = intake.place_key(text_key) if settled else None
    return at if places is not None else -1


def _take_date_and_source(
    record: dict[str, Any], date_key: str | None, source_key: str | None, intake: DocumentCollector
) -> None:
    """Take in what else is known of a plain record. Only these two columns may lag behind, and only from here on must
    they not.
    """
    chunk, fields = intake.chunk, intake.fields
    if len(chunk.dates) < len(chunk.texts) or len(chunk.sources) < len(chunk.texts):
        intake.pad()
    value = record.get(date_key)  # type: ignore[arg-type]  # of a key that there is not there is none
    if value is None and date_key is not None and date_key not in record:
        value = fields.other_date(record)
    seconds = intake.to_seconds(value) if value is not None else UNKNOWN_DATE
    chunk.dates.append(seconds if seconds != UNKNOWN_DATE else intake.date(value))
    value = record.get(source_key)  # type: ignore[arg-type]
    if value is None and source_key is not None and source_key not in record:
        value = fields.other_source(record)
    chunk.sources.append(value if type(value) is str else source_name(value))


def _take_line(line: Line, number: int, intake: DocumentCollector) -> None:
    """Take in or refuse a line of any kind. Blank ones are passed over."""
    if not line.strip():
        return
    try:
        record = load_json(line)
    except BadRecordError as error:
        intake.reject(number, str(error), line)
        return
    if isinstance(record, dict):
        intake.record(record, number, line)
    else:
        intake.reject(number, "record is not an object", line)
