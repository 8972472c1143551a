"""One pass over the inputs. Both passes, for the scan and for writing the selection, run this same code, so that the
numbers of the documents cannot shift between them.
"""

from __future__ import annotations

import codecs
import io
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from dedup.config import ReadConfig
from dedup.errors import InputError, StorageError
from dedup.read.archives import ArchiveMember, TooMuchError, is_hidden, safe_name, tar_members, zip_members
from dedup.read.collector import Chunk, DocumentCollector
from dedup.read.csv_file import read_csv
from dedup.read.documents.converter import Converter
from dedup.read.documents.model import KINDS
from dedup.read.documents.reading import read_document, read_mailbox, read_warc
from dedup.read.json_file import read_json
from dedup.read.jsonl import read_jsonl
from dedup.read.kept import NOTHING, Kept
from dedup.read.parquet import read_parquet
from dedup.read.paths import ARCHIVES, Globs, PathEntry, chosen_format, format_of
from dedup.read.plain import file_too_large, read_html, read_lines, read_text
from dedup.read.skipped import kind_not_read
from dedup.read.sniff import HEAD, binary_format_of_head, compression_of, format_of_head, is_lines
from dedup.read.sources import (
    BrokenInputError,
    Decompressed,
    Peekable,
    Plain,
    Transcoded,
    as_utf8,
    keeps_ascii,
    same_as_utf8,
)
from dedup.runtime.temporary import trouble

_BINARY_HEAD = 4096
"""Bytes in which a NUL says that the file is no text. (Later ones in JSON lines cost their line.)"""
_DOCUMENTS = frozenset((*KINDS, "mbox"))


class Pass:
    """Reads all entries; `again` for a second pass, which insists that nothing has changed."""

    def __init__(
        self,
        entries: Sequence[PathEntry],
        config: ReadConfig,
        *,
        stdin: BinaryIO | None = None,
        on_bytes: Callable[[int], None] | None = None,
        again: bool = False,
        kept: Kept = NOTHING,
    ) -> None:
        self.intake = DocumentCollector(config, keep_raw=kept.raw, value_field=kept.value_field)
        self._entries = entries
        self._stdin = stdin
        self._on_bytes = on_bytes
        self._replay = kept.replay
        self._again = again
        self._locate = kept.locate
        self._converter = Converter(self.intake.limit, again=again)
        self._exclude = Globs(config.exclude)

    def chunks(self) -> Iterator[Chunk]:
        """The documents. Raises InputError in a second pass if an input is not what it was."""
        try:
            yield from self._chunks()
        finally:
            self._converter.close()

    def _chunks(self) -> Iterator[Chunk]:
        intake = self.intake
        for entry in self._entries:
            before, refused = intake.accepted, intake.refused
            intake.begin(entry.name)
            if not (self._again and entry.failed):
                yield from self._entry(entry)
            accepted, refused = intake.accepted - before, intake.refused - refused
            if refused > accepted > 0:
                intake.note(f"most records were rejected ({refused:,} of {refused + accepted:,})")
            if self._again and accepted != entry.accepted:
                raise changed(entry)
            entry.accepted = accepted
            entry.text_key = intake.located_key
        if len(intake.chunk) or intake.chunk.refused:
            yield intake.take()

    def _entry(self, entry: PathEntry) -> Iterator[Chunk]:
        try:
            file = self._opened(entry)
        except OSError as error:
            if self._again:
                raise changed(entry) from error
            entry.failed = True
            self.intake.reject(None, f"cannot be read: {error.strerror}")
            return
        try:
            yield from self._read(entry, file)
        except BrokenInputError as error:
            self.intake.reject(None, str(error))
        except MemoryError:  # also Arrow's
            self.intake.reject(None, "reading it takes more memory than there is")
        except OSError as error:
            self.intake.reject(None, f"cannot be read to its end: {error.strerror or error}")
        finally:
            if entry.path is not None and file is not entry.spool:
                file.close()
        if self._again and not entry.stream:
            check_unchanged(entry)

    def _opened(self, entry: PathEntry) -> BinaryIO:
        """The file of an entry. Raises OSError, and InputError if it is not the one that it was."""
        if entry.stream:
            return self._stream(entry)
        file = cast(BinaryIO, io.FileIO(open_regular(entry.path or "")))
        status = os.fstat(file.fileno())
        stamp = (status.st_size, status.st_mtime_ns)
        if not self._again:
            entry.stamp = stamp
        elif entry.stamp != stamp:
            file.close()
            raise changed(entry)
        return file

    def _stream(self, entry: PathEntry) -> BinaryIO:
        if self._again:
            if entry.spool is None:
                raise InputError(f"{entry.name}: a stream cannot be read a second time")
            entry.spool.seek(0)
            return entry.spool
        if self._replay:
            entry.spool = temporary()
        if entry.path is None:
            return self._stdin if self._stdin is not None else sys.stdin.buffer
        return cast(BinaryIO, Path(entry.path).open("rb"))

    def _read(self, entry: PathEntry, file: BinaryIO) -> Iterator[Chunk]:
        tee = entry.spool if not self._again else None
        plain = Plain(file, self._on_bytes, tee)
        if entry.format == "parquet":
            yield from self._parquet(entry, file, Peekable(plain))
        elif entry.format == "zip" and not entry.stream:
            yield from self._members(entry, zip_members(file, entry.size))
            if self._on_bytes is not None:
                self._on_bytes(entry.size)
        else:
            yield from self._content(entry, file, Peekable(plain), lambda: plain.count)

    def _content(
        self, entry: PathEntry, file: BinaryIO | None, source: Peekable, taken: Callable[[], int]
    ) -> Iterator[Chunk]:
        """What the bytes of an input hold. `taken` tells how many of them were read."""
        if entry.format in ("text", "html") and not entry.compression and entry.size > self.intake.limit:
            self.intake.reject(None, file_too_large(self.intake.limit))
            return
        if entry.stream and not entry.compression:
            entry.compression = compression_of(source.peek(8))
        if entry.compression:
            source = Peekable(Decompressed(source, entry.compression))
        if entry.format == "auto":
            entry.format = binary_format_of_head(source.peek(HEAD)) or entry.format
        if entry.format in _DOCUMENTS or entry.format in ARCHIVES or entry.format == "warc":
            yield from self._binary(entry, source, taken)
            return
        begin = self._first_byte(entry, source)
        source, is_utf8 = as_utf8(source)
        if not is_utf8 and self._transcodes(entry):
            source, is_utf8, begin = Peekable(Transcoded(source, self.intake.config.encoding)), True, -1
        self._recognise(entry, source)
        if entry.format == "parquet":
            yield from self._parquet(entry, file, source)
        elif (at := _binary_at(entry, source)) >= 0:
            hint = _utf_16_hint(source.peek(_BINARY_HEAD)[:_BINARY_HEAD])
            self.intake.reject(None, f"binary file (NUL byte at offset {at:,}){hint}")
        else:
            yield from self._text(entry, source, is_utf8, begin)

    def _binary(self, entry: PathEntry, source: Peekable, taken: Callable[[], int]) -> Iterator[Chunk]:
        """Documents and archives, whose bytes are not text."""
        if entry.format == "mbox":
            yield from read_mailbox(source, self.intake, self._converter)
        elif entry.format == "warc":
            yield from read_warc(source, self.intake, self._converter)
        elif entry.format == "tar":
            yield from self._members(entry, tar_members(source, taken))
        elif entry.format == "zip":  # read from its end, as Parquet is
            with temporary() as copy:
                yield from self._members(entry, zip_members(copy, _copy(source, copy)))
        else:
            yield from read_document(source, self.intake, entry.format, self._converter)

    def _members(self, entry: PathEntry, members: Iterator[ArchiveMember]) -> Iterator[Chunk]:
        """The members of an archive, each read as a file of its own kind and called ARCHIVE/MEMBER."""
        name, missing = self.intake.name, self.intake.skipped.missing
        try:
            yield from self._each(name, members)
        finally:
            self.intake.enter(name)
            if missing := self.intake.skipped.missing - missing:
                self.intake.note(f"skipped {missing:,} {'file' if missing == 1 else 'files'} of other kinds")

    def _each(self, name: str, members: Iterator[ArchiveMember]) -> Iterator[Chunk]:
        for member in members:
            path = safe_name(member.name)
            self.intake.enter(f"{name}/{path or member.name}")
            known, compression = format_of(path)
            if reason := member.skipped or self._why_skipped(name, path, known):
                self.intake.skipped.add(self.intake.name, reason)
            elif member.source is None or not path:
                self.intake.reject(None, member.refused or "its path leads out of the archive")
            else:
                chosen = chosen_format(known, self.intake.config.input_format)
                compression = "" if chosen == "parquet" else compression
                inner = PathEntry(None, self.intake.name, chosen, compression, member.size, stream=True)
                yield from self._member(inner, Peekable(member.source))

    def _why_skipped(self, archive: str, path: str, known: str) -> str:
        if path and is_hidden(path):
            return "hidden"
        if self._exclude.matches(path) or self._exclude.matches(f"{archive}/{path}"):
            return "left out by --exclude"
        if path and known in ARCHIVES:
            return "an archive in an archive"
        return kind_not_read(path) if path and not known else ""

    def _member(self, entry: PathEntry, source: Peekable) -> Iterator[Chunk]:
        try:
            if entry.format == "parquet":
                yield from self._parquet(entry, None, source)
            else:
                yield from self._content(entry, None, source, lambda: 0)
        except TooMuchError:
            raise
        except BrokenInputError as error:
            self.intake.reject(None, str(error))
        except MemoryError:
            self.intake.reject(None, "reading it takes more memory than there is")

    def _first_byte(self, entry: PathEntry, source: Peekable) -> int:
        """Place of the first byte of text, if places in this file are places in its text; else -1."""
        if not self._locate or entry.stream or entry.path is None or entry.compression or not same_as_utf8(source):
            return -1
        return len(codecs.BOM_UTF8) if source.peek(3) == codecs.BOM_UTF8 else 0

    def _transcodes(self, entry: PathEntry) -> bool:
        """Whether the bytes must be turned to UTF-8 first. Rows of CSV are written back as they stand, so there it is
        done row by row, if bytes of ASCII mean ASCII.
        """
        encoding = self.intake.config.encoding
        return bool(encoding) and not (entry.format in ("csv", "tsv") and keeps_ascii(encoding))

    def _recognise(self, entry: PathEntry, source: Peekable) -> None:
        """Settle the format where only the content tells it."""
        if entry.format == "auto":
            entry.format = format_of_head(source.peek(HEAD))
        elif entry.format == "json" and self.intake.config.input_format == "auto" and is_lines(source.peek(HEAD)):
            entry.format = "jsonl"

    def _text(self, entry: PathEntry, source: Peekable, is_utf8: bool, begin: int) -> Iterator[Chunk]:
        intake = self.intake
        if entry.format == "jsonl":
            return read_jsonl(source, intake, begin)
        if entry.format == "json":
            return read_json(source, intake)
        if entry.format == "html":
            return read_html(source, intake, is_utf8)
        if entry.format == "lines":
            return read_lines(source, intake)
        if entry.format in ("csv", "tsv"):
            return self._csv(entry, source, is_utf8)
        return read_text(source, intake)

    def _csv(self, entry: PathEntry, source: Peekable, is_utf8: bool) -> Iterator[Chunk]:
        encoding = "" if is_utf8 else self.intake.config.encoding
        header: list[bytes] = []
        yield from read_csv(source, self.intake, entry.format == "tsv", encoding, header)
        entry.header = header[0] if header else b""

    def _parquet(self, entry: PathEntry, file: BinaryIO | None, source: Peekable) -> Iterator[Chunk]:
        """Parquet is read from its end, so a stream is copied first."""
        if not entry.stream:
            yield from read_parquet(entry.path or "", self.intake)
            if self._on_bytes is not None:
                self._on_bytes(entry.size)
            return
        with temporary() as copy:
            _copy(source, copy)
            yield from read_parquet(copy, self.intake)


def changed(entry: PathEntry) -> InputError:
    """The error for an input that is not what it was in the first pass."""
    return InputError(f"{entry.path or entry.name}: has changed while it was in use; nothing was written")


def check_unchanged(entry: PathEntry) -> None:
    """Raises InputError if the file of an entry is not as it was when it was read first."""
    try:
        status = Path(entry.path or "").stat()
    except OSError as error:
        raise changed(entry) from error
    if entry.stamp != (status.st_size, status.st_mtime_ns):
        raise changed(entry)


def open_regular(path: str) -> int:
    """A descriptor of the file. Does not hang if a pipe has taken its place. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "no longer a regular file")
    return descriptor


def temporary() -> Any:
    """A temporary file without a name. Raises StorageError."""
    try:
        return tempfile.TemporaryFile(prefix="dedup-")
    except OSError as error:
        raise StorageError(f"temporary storage{trouble(error)}") from error


def _copy(source: Peekable, target: Any) -> int:
    """Copy what is left of a source; returns its size, and goes back to the beginning."""
    size = 0
    while block := source.read(1 << 20):
        try:
            size += target.write(block)
        except OSError as error:
            raise StorageError(f"cannot keep a copy of the input: temporary storage{trouble(error)}") from error
    target.seek(0)
    return size


def _binary_at(entry: PathEntry, source: Peekable) -> int:
    """Offset of a NUL near the beginning; -1 if there is none, or if it costs only one of the JSON lines."""
    head = source.peek(_BINARY_HEAD)
    if entry.format == "jsonl" and head.lstrip()[:1] == b"{" and not _utf_16_hint(head[:_BINARY_HEAD]):
        return -1
    return head[:_BINARY_HEAD].find(b"\0")


def _utf_16_hint(head: bytes) -> str:
    """What to do if the file is no binary one but UTF-16 without a byte order mark."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head) or min(even, odd) * 8 > len(head):
        return ""
    return f"; UTF-16 without a byte order mark? --encoding utf-16-{'le' if odd > even else 'be'}"
