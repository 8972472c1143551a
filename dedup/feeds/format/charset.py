"""The bytes of a feed in a form whose markup is ASCII, and the way back.

Every encoding in use on the web writes "<", ">", "&" and quotes as their ASCII bytes and uses these bytes for nothing
else, except UTF-16, UTF-32 and the ISO-2022 family. A feed in one of these is brought into UTF-8; any other is searched
and edited as it stands, so that what is not edited stays the same byte for byte, whatever its encoding is.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from dedup.errors import FeedError

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = re.compile(
    rb"(?P<utf_32_le>[<{\s]\0\0\0)|(?P<utf_32_be>\0\0\0[<{\s])|(?P<utf_16_le>[<{\s]\0[^\0]\0)|(?P<utf_16_be>\0[<{\s]\0[^\0])"
)
"""How a feed begins that has no byte order mark."""
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}["']\s{0,20}([\w.:-]{1,40})""", re.IGNORECASE)
_HEAD = 1_024
"""Bytes in which an XML declaration is looked for, junk before it included."""
_ASCII_MARKUP = re.compile(
    r"utf-8|cp125\d|cp874|cp86[56]|cp932|cp949|cp950|iso8859-\d+|koi8-[rut]|mac-(?:roman|cyrillic)|gb2312|gbk|gb18030|"
    r"big5|big5hkscs|euc_jp|euc_kr|euc_jis_2004|shift_jis|tis-620"
)
_SHIFTED = re.compile(r"iso2022_(?:jp|kr)\w*|hz")
"""Text in ASCII bytes between escapes: seen as ASCII, it may hold "<" that is none."""
_ALIASES = {"ascii": "cp1252", "iso8859-1": "cp1252"}
"""As browsers do: bytes 80 to 9F are quotes and dashes, never control characters."""
_CUT = "unexpected end of data"
"""What Python says of UTF-8 that ends within a character, and is right up to there."""


@dataclass(frozen=True, slots=True)
class FeedBytes:
    """A feed's bytes, ready to be searched and edited."""

    data: bytes
    """Markup in ASCII; without byte order mark."""
    codec: str
    """Of the characters in `data`."""
    notes: tuple[str, ...]
    mark: bytes
    """Byte order mark that stood before it."""
    outer: str
    """Codec to encode edited data with; empty where `data` is the file's own bytes."""
    tail: bytes = b""
    """Bytes after the last whole character, where `outer` is set."""

    def text(self, start: int, end: int) -> str:
        """Characters of a range. What is not in the codec is read as Windows-1252, which such feeds are mixed with."""
        part = self.data[start:end]
        if self.outer:
            return part.decode("utf-8", "surrogatepass")
        try:
            return part.decode(self.codec)
        except UnicodeDecodeError as error:
            if self.codec == "utf-8" and error.reason != _CUT:
                return part.decode("cp1252", "replace")
            return part.decode(self.codec, "replace")

    def restore(self, data: bytes) -> bytes:
        """The file of which `data` is an edited form."""
        if not self.outer:
            return self.mark + data
        return self.mark + data.decode("utf-8", "surrogatepass").encode(self.outer, _errors(self.outer)) + self.tail


def read_source(data: bytes, charset: str | None = None) -> FeedBytes:
    """Find out the encoding. What the bytes say (mark, zeros, valid UTF-8) counts before `charset`, of the HTTP header,
    and this before the XML declaration. Raises FeedError for compressed and empty data.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise FeedError("empty: no feed")
    if data.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"%PDF")):
        raise FeedError("no feed: compressed or binary data")
    for mark, codec in _BOMS:
        if data.startswith(mark) and len(data) > len(mark):
            body = data[len(mark) :]
            return _narrow(body, charset, mark) if codec == "utf-8" else _wide(body, codec, mark)
    if match := _WIDE.match(data):
        codec = str(match.lastgroup).replace("_", "-")
        return _wide(data, codec, b"", (f"{codec.upper()} without a byte order mark",))
    return _narrow(data, charset)


def _narrow(data: bytes, charset: str | None, mark: bytes = b"") -> FeedBytes:
    match = _DECLARED.search(data, 0, _HEAD)
    names = (charset, match[1].decode("ascii") if match else None)
    codec_names = [name for name in map(_codec, names) if name]
    unknown = tuple(f'unknown encoding "{name[:40]}"' for name in names if name and not _codec(name))
    for name in codec_names[:1]:
        if _SHIFTED.fullmatch(name):
            return _shifted(data, name)
    if _is_utf8(data):
        lied = not data.isascii() and any(name != "utf-8" for name in codec_names)
        return FeedBytes(data, "utf-8", unknown + (("encoding is UTF-8, not as declared",) if lied else ()), mark, "")
    for name in codec_names:
        if name != "utf-8" and _ASCII_MARKUP.fullmatch(name):
            return FeedBytes(data, name, unknown, mark, "")
    return FeedBytes(data, "utf-8", (*unknown, "not valid UTF-8: read as Windows-1252 where it is not"), mark, "")


def _codec(name: str | None) -> str | None:
    """Python's name of an encoding that we read; None for others: some of Python's run for minutes."""
    try:
        found = codecs.lookup((name or "").strip().strip("\"'")[:40]).name
    except (LookupError, ValueError):
        return None
    found = _ALIASES.get(found, found)
    return found if _ASCII_MARKUP.fullmatch(found) or _SHIFTED.fullmatch(found) else None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.reason == _CUT
    return True


def _wide(data: bytes, codec: str, mark: bytes, notes: tuple[str, ...] = ()) -> FeedBytes:
    whole = len(data) - len(data) % (4 if "32" in codec else 2)
    try:
        text = data[:whole].decode(codec, _errors(codec))
        return FeedBytes(text.encode("utf-8", "surrogatepass"), "utf-8", notes, mark, codec, data[whole:])
    except UnicodeError:
        text = data[:whole].decode(codec, "replace")
        return FeedBytes(text.encode("utf-8", "replace"), "utf-8", (*notes, _BROKEN), mark, _LOST)


def _shifted(data: bytes, codec: str) -> FeedBytes:
    text = data.decode(codec, "replace")
    whole = text.encode(codec, "replace") == data
    return FeedBytes(
        text.encode("utf-8", "replace"), "utf-8", () if whole else (_BROKEN,), b"", codec if whole else _LOST
    )


_BROKEN = "characters that are none in its encoding"
_LOST = "lost"
"""`outer` where there is no way back."""


def can_restore(source: FeedBytes) -> bool:
    """Whether edited data can be brought back into the file's encoding."""
    return source.outer != _LOST


def _errors(codec: str) -> str:
    """UTF-16 cut between two halves of a character, or with a half alone, stays as it is."""
    return "surrogatepass" if codec.startswith("utf-") else "strict"
