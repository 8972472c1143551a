"""Files that are one document (text, HTML), and plain text with a document on each line."""

from __future__ import annotations

from collections.abc import Iterator

from dedup.read.collector import Chunk, DocumentCollector
from dedup.read.decode import BadRecordError, no_nul, utf8
from dedup.read.front_matter import split_front_matter
from dedup.read.jsonl import OVERHEAD, too_large
from dedup.read.lines import TooLong, line_blocks
from dedup.read.sources import Source, read_whole
from dedup.read.values import Value
from dedup.text.html import charset_of, date_of, html_to_text


def read_text(source: Source, intake: DocumentCollector) -> Iterator[Chunk]:
    """The whole file is one document, called by the name of the file."""
    if (data := _whole(source, intake)) is not None:
        try:
            head, text = split_front_matter(no_nul(utf8(data)))
            keys = intake.fields.guess(head)
            _add_file(text, intake, head.get(keys.date or ""), head.get(keys.source or ""), intake.values.of(head))
        except BadRecordError as error:
            intake.reject(None, str(error))
    if intake.full:
        yield intake.take()


def read_html(source: Source, intake: DocumentCollector, is_utf8: bool) -> Iterator[Chunk]:
    """The text of the page is one document. `is_utf8` if a byte order mark has settled the encoding."""
    if (data := _whole(source, intake)) is not None:
        try:
            page = _decoded_page(data, is_utf8)
            _add_file(html_to_text(page), intake, date_of(page))
        except BadRecordError as error:
            intake.reject(None, str(error))
    if intake.full:
        yield intake.take()


def read_lines(source: Source, intake: DocumentCollector) -> Iterator[Chunk]:
    """Each line of text is a document; blank ones are passed over."""
    number = 0
    for lines in line_blocks(source, intake.limit + OVERHEAD):
        if isinstance(lines, TooLong):
            number += 1
            intake.reject(number, too_large(lines, intake), lines.head)
            continue
        for line in lines:
            number += 1
            if not line.strip():
                continue
            try:
                intake.add(no_nul(utf8(line)).removesuffix("\r"), None, number)
            except BadRecordError as error:
                intake.reject(number, str(error), line)
            if intake.full:
                yield intake.take()


def _whole(source: Source, intake: DocumentCollector) -> bytes | None:
    data = read_whole(source, intake.limit)
    if data is None:
        intake.reject(None, file_too_large(intake.limit))
    return data


def file_too_large(limit: int) -> str:
    """The reason for an oversized file that is one document."""
    return f"file too large (over {limit:,} bytes)"


def _add_file(
    text: str, intake: DocumentCollector, date: str | None = None, source: str | None = None, value: Value = None
) -> None:
    if reason := intake.unfit(text):
        intake.reject(None, reason)
    else:
        intake.add(text, intake.name, 0, date=date, source=source, value=value)


def _decoded_page(data: bytes, is_utf8: bool) -> str:
    """Bytes to text: by byte order mark, else as the page declares, else UTF-8. Raises BadRecordError."""
    charset = None if is_utf8 else charset_of(data)
    if charset is None:
        return no_nul(utf8(data))
    return no_nul(data.decode(charset, "replace"))
