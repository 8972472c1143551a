"""Where the formats hand in what they read: documents into the current chunk, refused records into the list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dedup.config import ReadConfig
from dedup.model import UNKNOWN_DATE, Batch, Reject
from dedup.read.fields import Fields, is_id, source_name
from dedup.read.skipped import Skipped
from dedup.read.values import Value, ValueField
from dedup.text.dates import date_reader
from dedup.text.html import html_to_text, looks_like_html

CHUNK_DOCUMENTS = 4096
CHUNK_CHARACTERS = 4 << 20
"""A chunk is handed on when it holds this many documents or characters of text."""
RECORD_CHARACTERS = 10_000
"""What is kept of a refused record."""
_REJECTED_CHARACTERS = 64 << 20
"""What is kept of all refused records together; a huge file of the wrong kind must not fill the memory."""
_REJECTS = 1_000_000
"""Refusals that are listed one by one; more are counted."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_JSON_KINDS = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", dict: "an object"}

Raw = bytes | bytearray | str | None


@dataclass(slots=True)
class Chunk(Batch):
    """A batch, and on request the records as they stood in the input, without the final newline."""

    raws: list[bytes | bytearray] = field(default_factory=list)
    refused: list[tuple[int, bytes | bytearray]] = field(default_factory=list)
    """Records that could not be read, as they stood, and before which document."""


class DocumentCollector:
    """One pass over the inputs: the documents, what was refused, and what to tell the user.

    The JSONL reader writes into `chunk` by itself where a record is plain; every other record comes through `record`
    or `add`. Lists of the chunk that lag behind `texts` are filled up by `pad`.
    """

    def __init__(self, config: ReadConfig, *, keep_raw: bool = False, value_field: str = "") -> None:
        self.config = config
        self.limit = config.max_bytes
        self.keep_raw = keep_raw
        self.chunk = Chunk()
        self.file_names: list[str] = []
        self.rejects: list[Reject] = []
        self.skipped = Skipped()
        """Files that are not read, those in archives too."""
        self.fields = Fields(config)
        self.values = ValueField(value_field)
        self.name = ""
        self.located_key = ""
        self._handed_on = 0
        self._characters = 0
        self._counted = 0
        self._rejected_characters = 0
        self._unlisted = 0
        self._bad_dates = 0
        self._bad_date = ""
        self._repaired = 0
        self._noted: dict[str, tuple[str, int]] = {}
        self._pages = 0
        self.advised = False
        """Whether the setting of the encoding was pointed out for this file."""
        self.to_seconds = date_reader(config.date_format)
        """Seconds since 1970 of a date in a record."""
        pages: dict[str, Callable[[str], bool]] = {"auto": looks_like_html, "yes": bool}
        self.pages = pages.get(config.html)
        """Whether a text that has a "<" in it is HTML; None if none is."""

    @property
    def accepted(self) -> int:
        """Documents taken in so far."""
        return self._handed_on + len(self.chunk)

    def place_key(self, key: str | None) -> str:
        """The field that holds the text in all documents of this file whose places are kept: the first one seen."""
        if not self.located_key and key:
            self.located_key = key
        return self.located_key

    def begin(self, name: str) -> None:
        """The records from now on are those of the file `name`."""
        self.pad()
        self.file_names.append(name)
        self.located_key = ""
        self.enter(name)

    def enter(self, name: str) -> None:
        """The records from now on are those of `name`, which is a file in the one that was begun."""
        self.name = name
        self.fields = Fields(self.config)
        self.advised = False

    @property
    def refused(self) -> int:
        """Records refused so far."""
        return len(self.rejects) + self._unlisted

    @property
    def full(self) -> bool:
        """Whether the chunk should be taken now."""
        texts = self.chunk.texts
        self._characters += sum(map(len, texts[self._counted :]))
        self._counted = len(texts)
        return self._counted >= CHUNK_DOCUMENTS or self._characters >= CHUNK_CHARACTERS

    def take(self) -> Chunk:
        """The chunk, and begin a new one."""
        self.pad()
        chunk, self.chunk = self.chunk, Chunk()
        self._handed_on += len(chunk)
        self._characters = self._counted = 0
        return chunk

    def pad(self) -> None:
        """Bring the lists that lag behind to the length of `texts`."""
        chunk, length = self.chunk, len(self.chunk.texts)
        chunk.files.extend([len(self.file_names) - 1] * (length - len(chunk.files)))
        chunk.dates.extend([UNKNOWN_DATE] * (length - len(chunk.dates)))
        chunk.sources.extend([""] * (length - len(chunk.sources)))
        chunk.places.extend([-1] * (length - len(chunk.places)))

    def record(self, record: Mapping[str, Any], line: int, raw: Raw, item: int = 0) -> None:
        """Take in or refuse a record of named fields, number `line`; `item` if it stands in a JSON array."""
        record = self.fields.with_nested(record)
        keys = self.fields.guess(record)
        if keys.text is None:
            self.reject(line, self.fields.missing_from(record), raw, item)
            return
        if not isinstance(record[keys.text], str):
            self.reject(line, f"field '{keys.text}' is {_kind(record[keys.text])}, not text", raw, item)
            return
        self.fields.settle(keys)
        if self.fields.guesses_text:
            self.note_guess(keys.text)
        ident = record[keys.id] if keys.id is not None else None
        date = record[keys.date] if keys.date is not None else None
        source = record[keys.source] if keys.source is not None else None
        value = self.values.of(record)
        text = self.as_text(record[keys.text], line, raw, item)
        if text is not None:
            self.add(text, ident, line, date=date, source=source, raw=raw, item=item, value=value)

    def as_text(self, text: str, line: int, raw: Raw = None, item: int = 0) -> str | None:
        """The text of a field that may be HTML; None where there is none in it, and the record is refused."""
        if self.pages is not None and "<" in text and len(text) <= self.limit and self.pages(text):
            text = html_to_text(text)
            if not text:
                self.reject(line, "no text in the HTML", raw, item)
                return None
            self._pages += 1
        return text

    def add(
        self,
        text: str,
        ident: Any,
        line: int,
        *,
        date: Any = None,
        source: Any = None,
        raw: Raw = None,
        item: int = 0,
        value: Value = None,
    ) -> None:
        """Take in a text, or refuse it because it is empty or too large. Without an id it is called FILE:LINE."""
        if reason := self.unfit(text):
            self.reject(line, reason, raw, item)
            return
        if _SURROGATE.search(text) or "\0" in text:
            self._repaired += 1
            text = _SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")
        self.pad()
        chunk = self.chunk
        chunk.texts.append(text)
        chunk.ids.append(clean(str(ident)) if is_id(ident) else f"{self.name}:{line}")
        chunk.files.append(len(self.file_names) - 1)
        chunk.lines.append(line)
        chunk.dates.append(self.date(date))
        chunk.sources.append(clean(source_name(source)))
        chunk.places.append(-1)
        if self.values.name:
            chunk.values.append(value)
        if self.keep_raw:
            chunk.raws.append(raw if isinstance(raw, bytes | bytearray) else b"")

    def unfit(self, text: str) -> str:
        """Why a text cannot be taken in; empty if it can."""
        if not text or text.isspace():
            return "empty text"
        if len(text) * 4 > self.limit:
            size = len(text.encode("utf-8", "replace")) if len(text) <= self.limit else len(text)
            if size > self.limit:
                return f"text too large (over {self.limit:,} bytes)"
        return ""

    def date(self, value: Any) -> int:
        """Seconds since 1970; one that cannot be read is counted."""
        if value is None or value == "":
            return UNKNOWN_DATE
        seconds = self.to_seconds(value)
        if seconds == UNKNOWN_DATE:
            self._bad_date = self._bad_date or clean(str(value)[:40])
            self._bad_dates += 1
        return seconds

    def reject(self, line: int | None, reason: str, raw: Raw = None, item: int = 0) -> None:
        """Refuse the record on `line`, or item number `item` of an array."""
        if self.keep_raw and isinstance(raw, bytes | bytearray):
            self.chunk.refused.append((len(self.chunk), raw))
        if len(self.rejects) >= _REJECTS:
            self._unlisted += 1
            return
        record = _excerpt(raw) if self._rejected_characters < _REJECTED_CHARACTERS else None
        self._rejected_characters += len(record or "")
        if reason.startswith("not valid UTF-8") and not self.advised and not self.config.encoding:
            self.advised = True
            reason += "; in another encoding? --encoding cp1252"
        reason = f"item {item}: {reason}" if item else reason
        self.rejects.append(Reject(self.name, None if item else line, reason, record))

    def note_guess(self, key: str) -> None:
        """Remember that `key` was taken for the text in this file."""
        if key != "text":
            self.note(f"guessed text field '{key}'")

    def note_repeated(self, header: Sequence[str], used: Sequence[str]) -> None:
        """Tell which of the columns in use stand several times in the header."""
        for name in dict.fromkeys(used):
            if header.count(name) > 1:
                self.note(f"several columns are called '{name}', the first is read,")

    def note(self, what: str) -> None:
        """Tell the user `what` was done in this file; once a file."""
        if self._noted.get(what, ("", 0))[0] != self.name:
            self._noted[what] = (self.name, self._noted.get(what, ("", 0))[1] + 1)

    def notes(self) -> list[str]:
        """What the user should know of this pass."""
        notes = []
        for what, (name, files) in self._noted.items():
            more = f" and {files - 1:,} more {'file' if files == 2 else 'files'}" if files > 1 else ""
            notes.append(f"{what} in {name}{more}")
        if self._pages:
            texts = "1 field" if self._pages == 1 else f"{self._pages:,} fields"
            notes.append(f"read the HTML in {texts} as text (--html no leaves it as it is)")
        if self._bad_dates:
            dates = "1 date" if self._bad_dates == 1 else f"{self._bad_dates:,} dates"
            notes.append(f"{dates} could not be read (the first: '{self._bad_date}')")
        if self._repaired:
            texts = "1 text" if self._repaired == 1 else f"{self._repaired:,} texts"
            notes.append(f"replaced NUL characters or lone surrogates in {texts}")
        if self._unlisted:
            notes.append(f"{self._unlisted:,} more records were rejected than are listed")
        return notes


def clean(text: str) -> str:
    """Without lone surrogates, which no encoding can write."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _excerpt(raw: Raw) -> str | None:
    if raw is None:
        return None
    if isinstance(raw, str):
        raw = raw[:RECORD_CHARACTERS].encode("utf-8", "backslashreplace")
    return raw[: RECORD_CHARACTERS * 4].decode("utf-8", "backslashreplace")[:RECORD_CHARACTERS]


def _kind(value: Any) -> str:
    return _JSON_KINDS.get(type(value), f"a {type(value).__name__}")
