"""Documents that are a ZIP file of XML files: opened with bounds, parsed without entities."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipExtFile, ZipFile

from dedup.read.documents.model import ENCRYPTED, TOO_DEEP, UnreadableError, not_a

MOST_UNPACKED = 512 << 20
"""Bytes of one file in a document; markup is some ten times its text."""
_DEEPEST = 10_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How old Word files begin, and new ones with a password."""
_BLOCK = 64 << 10


class Package:
    """The files in a document of the format `kind`. Raises UnreadableError, BadZipFile, zlib.error."""

    def __init__(self, data: bytes, kind: str) -> None:
        if data.startswith(_OLE):
            locked = "EncryptedPackage".encode("utf-16-le") in data
            raise UnreadableError(ENCRYPTED if locked else "an old Word file: save it as .docx")
        if not data.startswith(b"PK"):
            raise UnreadableError(not_a(kind) if data else "empty file")
        self._zip = ZipFile(BytesIO(data))
        self.names = set(self._zip.namelist())

    def blocks(self, name: str) -> Iterator[bytes]:
        """The bytes of one file. Raises as above, and KeyError if there is none."""
        info = self._zip.getinfo(name)
        if info.flag_bits & 1:
            raise UnreadableError(ENCRYPTED)
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise BadZipFile("an unusual compression")
        left = MOST_UNPACKED
        with self._zip.open(info) as file:
            assert isinstance(file, ZipExtFile)
            while block := file.read(_BLOCK):
                left -= len(block)
                if left < 0:
                    raise UnreadableError(f"too large when unpacked (over {MOST_UNPACKED:,} bytes)")
                yield block

    def read(self, name: str, most: int) -> bytes:
        """A whole file of at most `most` bytes. Raises as above."""
        data = bytearray()
        for block in self.blocks(name):
            data += block
            if len(data) > most:
                raise UnreadableError(f"too large when unpacked (over {most:,} bytes)")
        return bytes(data)

    def parse(self, name: str, handler: Handler) -> None:
        """Go through an XML file until the handler has enough. Raises as above, and expat.ExpatError."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.EntityDeclHandler = _refuse
        depth = 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _DEEPEST:
                raise UnreadableError(TOO_DEEP)
            handler.start(local(tag), {local(key): value for key, value in attributes.items()})

        def end(tag: str) -> None:
            nonlocal depth
            depth -= 1
            handler.end(local(tag))

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = handler.characters
        for block in self.blocks(name):
            parser.Parse(block, False)
            if handler.enough():
                return
        parser.Parse(b"", True)


class Handler:
    """What looks at an XML file; names come without their namespaces."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def characters(self, data: str) -> None:
        """Text in the innermost element."""

    def enough(self) -> bool:
        """Whether the rest need not be read."""
        return False


class TextsOf(Handler):
    """The text of the first element of each name: for metadata."""

    def __init__(self, most: int = 1_000) -> None:
        self.found: dict[str, str] = {}
        self._most, self._tag = most, ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A value begins, unless there is one."""
        self._tag = "" if self.found.get(tag) else tag

    def end(self, tag: str) -> None:
        """And ends."""
        self._tag = ""

    def characters(self, data: str) -> None:
        """Its text, as far as it is not too long."""
        if self._tag and len(before := self.found.get(self._tag, "")) < self._most:
            self.found[self._tag] = (before + data)[: self._most].lstrip()


def metadata(package: Package, name: str) -> dict[str, str]:
    """Values of a file of metadata; none if it is not there or cannot be read."""
    values = TextsOf()
    try:
        package.parse(name, values)
    except (KeyError, BadZipFile, zlib.error, expat.ExpatError, UnreadableError, OSError, EOFError):
        return {}
    return values.found


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(" ")[2]


def lines(parts: list[str]) -> str:
    """The text of what was collected: no blank lines, no spaces at the ends."""
    stripped: Callable[[str], str] = str.strip
    return "\n".join(filter(None, map(stripped, "".join(parts).split("\n"))))


def _refuse(*_: Any) -> None:
    raise UnreadableError("declares entities, which no such document needs")
