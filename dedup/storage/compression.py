"""Stored texts: packed, with a checksum each, and looked at before anything else sees them.

A bit that flips on a disk makes another text of a compressed one, as a rule without an error; and what is no UTF-8 must
never reach a kernel. So a text is what its checksum says, or it is damaged, and told by the name of its document.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from hashlib import blake2b

import zstandard

from dedup.errors import DamagedTextError
from dedup.storage import schema
from dedup.storage.database import FILLS, Database, damaged

LEVEL = 3
"""Of zstandard: 60 µs for 3 KB of text, to 55 %; level 9 takes five times as long for 2 % less."""
_PAGE = 1000
"""Texts that are read at once when there are checksums to make."""


class _Zstandard(threading.local):
    """Contexts are made once for each thread: that takes longer than to pack a text."""

    def __init__(self) -> None:
        self.pack = zstandard.ZstdCompressor(LEVEL, write_content_size=True, write_checksum=True).compress
        self.unpack = zstandard.ZstdDecompressor().decompress


_zstandard = _Zstandard()


def compress(text: bytes) -> bytes:
    """A text as it is stored."""
    return _zstandard.pack(text)


def decompress(data: bytes) -> bytes:
    """What was compressed. Raises IndexFileError."""
    try:
        return _zstandard.unpack(data)
    except (zstandard.ZstdError, MemoryError):
        raise damaged("a text") from None


def checksum(number: int, text: bytes) -> int:
    """Of the text of one document, as a signed number of 64 bits: of no other one, if rows are confused."""
    found = blake2b(text, digest_size=8, salt=number.to_bytes(8, "little", signed=True)).digest()
    return int.from_bytes(found, "little", signed=True)


def whole(number: int, data: bytes, kept: int | None) -> bytes | None:
    """A stored text as UTF-8; None if it is not what was stored. Without a `kept` checksum all that can be told is
    whether it is text.
    """
    try:
        text = _zstandard.unpack(data)
        text.decode()
    except (zstandard.ZstdError, MemoryError, UnicodeDecodeError):
        return None
    return text if kept is None or kept == checksum(number, text) else None


def read(database: Database, numbers: Sequence[int], lost: list[int] | None = None) -> dict[int, bytes]:
    """The texts of these documents that there are, by number. One that is damaged or gone goes to `lost`; raises
    DamagedTextError if there is no such list.
    """
    rows = database.select_in("SELECT number, text, checksum FROM bodies WHERE {in_clause}", "number", list(numbers))
    found = {row[0]: whole(*row) for row in rows}
    texts = {number: text for number, text in found.items() if text is not None}
    bad = [number for number in numbers if number not in texts]
    if bad and lost is None:
        raise damaged_text(database, bad[0])
    if lost is not None:
        lost += bad
    return texts


def damaged_text(database: Database, number: int) -> DamagedTextError:
    """The error that names the document."""
    rows = database.query("SELECT id FROM documents WHERE number = ?", (number,))
    name = f"'{rows[0][0]}'" if rows else f"document {number}"
    return DamagedTextError(
        f"{database.name}: the text of {name} is damaged (dedup index check --deep names all that are; "
        "what is added again or removed is whole again)"
    )


def fill_checksums(database: Database) -> None:
    """Give the texts of an older index their checksums; those that cannot be read get none."""
    after = -1
    sql = "SELECT number, text FROM bodies WHERE number > ? ORDER BY number LIMIT ?"
    while rows := database.query(sql, (after, _PAGE)):
        texts = ((number, whole(number, data, None)) for number, data in rows)
        sums = [(checksum(number, text), number) for number, text in texts if text is not None]
        database.executemany("UPDATE bodies SET checksum = ? WHERE number = ?", sums)
        after = rows[-1][0]


FILLS[schema.WITHOUT_CHECKSUMS] = fill_checksums
