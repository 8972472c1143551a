"""Documents into the intake: files that are one, mailboxes, and web archives record by record."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dedup.read.collector import Chunk, DocumentCollector
from dedup.read.documents.converter import Converter
from dedup.read.documents.model import NotAPageError, UnreadableError
from dedup.read.plain import file_too_large
from dedup.read.sources import BLOCK, BrokenInputError, Source, read_whole

FILE_FACTOR = 4
"""Times as large as its text a file may be, or a message with what is attached."""
_BETWEEN = re.compile(rb"\n\r?\n(?=From [^\r\n]{1,200}\d\d:\d\d)")
_TAIL = 300
"""Bytes in which the beginning of the next message may be hidden."""
_QUOTED = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_TYPE = re.compile(rb"^warc-type:[ \t]*(\w{1,30})", re.IGNORECASE | re.MULTILINE)
_READ_TYPES = frozenset((b"response", b"resource", b"conversion"))
_HEAD = 64 << 10


def read_document(source: Source, intake: DocumentCollector, kind: str, converter: Converter) -> Iterator[Chunk]:
    """The whole file is one document, called by the name of the file."""
    data = read_whole(source, FILE_FACTOR * intake.limit)
    if data is None:
        intake.reject(None, file_too_large(FILE_FACTOR * intake.limit))
    else:
        _take(data, intake, kind, converter, 0)
    if intake.full:
        yield intake.take()


def read_mailbox(source: Source, intake: DocumentCollector, converter: Converter) -> Iterator[Chunk]:
    """Each message is a document, called by its Message-ID, or FILE#NUMBER."""
    for number, message in enumerate(messages(source, FILE_FACTOR * intake.limit), 1):
        if message is None:
            intake.reject(number, f"message too large (over {FILE_FACTOR * intake.limit:,} bytes)")
        else:
            _take(_QUOTED.sub(b"", message.partition(b"\n")[2]), intake, "eml", converter, number)
        if intake.full:
            yield intake.take()


def read_warc(source: Source, intake: DocumentCollector, converter: Converter) -> Iterator[Chunk]:
    """Each page that was fetched is a document, called by its URL."""
    passed = number = 0
    try:
        for record in records(source, FILE_FACTOR * intake.limit):
            number += 1
            if record is None:
                intake.reject(number, f"record too large (over {FILE_FACTOR * intake.limit:,} bytes)")
            elif not record:
                passed += 1
            else:
                passed += not _take(record, intake, "warc", converter, number)
            if intake.full:
                yield intake.take()
    finally:
        if passed:
            intake.note(f"passed over {passed:,} {'record' if passed == 1 else 'records'} that are no pages or texts")


def messages(source: Source, most: int) -> Iterator[bytes | None]:
    """The messages of an mbox file, with their first lines; None for one of more than `most` bytes. Raises
    BrokenInputError, also for a file that is none.
    """
    held, at, dropping, begun = bytearray(), 0, False, False
    while block := source.read(BLOCK):
        held += block
        if not begun and len(held) >= 5:
            _check_mailbox(held)
            begun = True
        while match := _BETWEEN.search(held, at):
            yield None if dropping or match.end() > most else bytes(held[: match.end()])
            del held[: match.end()]
            at, dropping = 0, False
        at = max(0, len(held) - _TAIL)
        if len(held) > most + _TAIL:
            dropping, at = True, 0
            del held[:-_TAIL]
    _check_mailbox(held if not begun else b"From ")
    yield None if dropping or len(held) > most else bytes(held)


def records(source: Source, most: int) -> Iterator[bytes | None]:
    """The records of a WARC file: None for one of more than `most` bytes, nothing for one of a type that holds no page.
    Raises BrokenInputError.
    """
    reading = _Reading(source)
    while reading.skip_blank():
        head = reading.until_blank_line()
        length, kind = _LENGTH.search(head), _TYPE.search(head)
        if not head.startswith(b"WARC/") or length is None or kind is None:
            raise BrokenInputError(
                "broken web archive: a record without a proper head" if reading.found else "not a web archive"
            )
        reading.found = True
        size = int(length[1])
        if kind[1].lower() not in _READ_TYPES or size > most:
            reading.skip(size)
            yield None if kind[1].lower() in _READ_TYPES else b""
        else:
            yield head + reading.exactly(size) + b"\r\n\r\n"


def _check_mailbox(held: bytes | bytearray) -> None:
    if not held.startswith(b"From "):
        raise BrokenInputError("not a mailbox: it does not begin with a line 'From …'" if held else "empty file")


def _take(data: bytes, intake: DocumentCollector, kind: str, converter: Converter, number: int) -> bool:
    """Take in or refuse one document; False for what need not be any."""
    try:
        found = converter.convert(kind, data)
    except UnreadableError as error:
        intake.reject(number or None, str(error))
        return True
    except NotAPageError:
        return False
    if found.unread:
        intake.note("attachments were not read")
    name = (found.id or f"{intake.name}#{number}") if number else intake.name
    if reason := intake.unfit(found.text):
        intake.reject(number or None, reason)
    else:
        intake.add(found.text, name, number, date=found.date, source=found.source)
    return True


class _Reading:
    """A source read by lines and sizes. Raises BrokenInputError where it ends too early."""

    def __init__(self, source: Source) -> None:
        self._source, self._held = source, bytearray()
        self.found = False
        """Whether any record was found."""

    def skip_blank(self) -> bool:
        """Go to the next record; False if there is none."""
        while True:
            self._held = self._held.lstrip(b"\r\n")
            if self._held:
                return True
            if not self._more():
                if not self.found:
                    raise BrokenInputError("empty file")
                return False

    def until_blank_line(self) -> bytes:
        """The head of a record, with the blank line that ends it."""
        while True:
            ends = [(at, mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := self._held.find(mark)) >= 0]
            if ends:
                at, mark = min(ends)
                return self.exactly(at + len(mark))
            if len(self._held) > _HEAD or (len(self._held) > 5 and not self._held.startswith(b"WARC/")):
                raise BrokenInputError(
                    "broken web archive: a record without a proper head" if self.found else "not a web archive"
                )
            self._need()

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes."""
        while len(self._held) < size:
            self._need()
        data = bytes(self._held[:size])
        del self._held[:size]
        return data

    def skip(self, size: int) -> None:
        """Pass over `size` bytes."""
        while size > len(self._held):
            size -= len(self._held)
            self._held.clear()
            self._need()
        del self._held[:size]

    def _need(self) -> None:
        if not self._more():
            raise BrokenInputError("broken web archive: it ends too early" if self.found else "not a web archive")

    def _more(self) -> bool:
        block = self._source.read(BLOCK)
        self._held += block
        return bool(block)
