"""Bodies as they are sent, unpacked piece by piece, so that the reader can stop at any size.

A gzip bomb of 30 KB is 30 MB; a brotli bomb of 30 bytes likewise. httpx's own decoders unpack whatever one read from
the network brought, in one go. Those here never hold more than one piece unpacked.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Protocol

from dedup.errors import FeedError

PIECE = 64 << 10
"""Bytes of one unpacked piece, about."""
_MOST_MEMBERS = 100
"""Of one gzip body. Honest ones have one; a body of nothing but empty members would only cost time."""


class Decoder(Protocol):
    """Unpacks one body."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Pieces of at most about `PIECE` bytes. The next one is only unpacked when it is asked for.

        Errors: `FeedError` for broken data.
        """

    def finish(self) -> None:
        """Errors: `FeedError` when the data ended too early."""


def accepted() -> str:
    """Value of the Accept-Encoding header: what can be unpacked piece by piece with what is installed."""
    return "gzip, deflate, br" if _bounded_brotli() else "gzip, deflate"


def decoder(coding: str) -> Decoder:
    """Decoder for the value of a Content-Encoding header.

    Errors: `FeedError` for a coding that was not asked for, and for several on top of one another: nobody needs
    them, and each would multiply what the one before it gives.
    """
    name = coding.strip().lower()
    if name in ("", "identity"):
        return Identity()
    if name in ("gzip", "x-gzip"):
        return _Gzip()
    if name == "deflate":
        return _Deflate()
    if name == "br" and _bounded_brotli():
        return _Brotli()
    raise FeedError(f"packed as {name[:40]!r}, which was not asked for")


class Identity:
    """A body that is not packed."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """As it is."""
        yield data

    def finish(self) -> None:
        """Its end is h11's affair."""


class _Gzip:
    """One member or several; what follows the last and is no member is ignored, as everybody does."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._members = 1
        self._begun = False
        self._over = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data and not self._over:
            self._begun = True
            yield from _inflate(self._member, data, "gzip")
            if not self._member.eof:
                return
            data = self._member.unused_data
            if data[:1] == b"\x1f":
                self._next_member()
            else:
                self._over = bool(data)

    def finish(self) -> None:
        if self._begun and not self._over and not self._member.eof:
            raise FeedError("ends in the middle of its gzip data")

    def _next_member(self) -> None:
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise FeedError("gzip data of too many parts")
        self._member = zlib.decompressobj(wbits=31)


class _Deflate:
    """With the zlib header that the standard asks for, or without, as some servers send it."""

    def __init__(self) -> None:
        self._stream: Any = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if not data:
            return
        if self._stream is None:
            headed = data[0] & 15 == 8 and (len(data) < 2 or (data[0] << 8 | data[1]) % 31 == 0)
            self._stream = zlib.decompressobj(wbits=15 if headed else -15)
        if not self._stream.eof:
            yield from _inflate(self._stream, data, "deflate")

    def finish(self) -> None:
        if self._stream is not None and not self._stream.eof:
            raise FeedError("ends in the middle of its deflate data")


class _Brotli:
    def __init__(self) -> None:
        import brotli  # type: ignore[import-untyped]

        self._error: type[Exception] = brotli.error
        self._stream: Any = brotli.Decompressor()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if not data or self._stream.is_finished():
            return
        self._begun = True
        piece = self._process(data)
        while piece:  # "can accept more" does not mean that all has come out: only an empty piece does
            yield piece
            piece = self._process(b"")

    def finish(self) -> None:
        if self._begun and not self._stream.is_finished():
            raise FeedError("ends in the middle of its br data")

    def _process(self, data: bytes) -> bytes:
        try:
            piece: bytes = self._stream.process(data, output_buffer_limit=PIECE)
        except self._error as error:
            raise FeedError("broken br data") from error
        return piece


def _inflate(stream: Any, data: bytes, name: str) -> Iterator[bytes]:
    """What a zlib object makes of `data`, piece by piece."""
    while data:
        try:
            piece = stream.decompress(data, PIECE)
        except zlib.error as error:
            raise FeedError(f"broken {name} data") from error
        if piece:
            yield piece
        data = stream.unconsumed_tail
    while not stream.eof:  # zlib may hold output back that its window still has
        try:
            piece = stream.decompress(b"", PIECE)
        except zlib.error as error:
            raise FeedError(f"broken {name} data") from error
        if not piece:
            return
        yield piece


@lru_cache(maxsize=1)
def _bounded_brotli() -> bool:
    """Whether brotli is there and can stop at a size: since 1.2. Without that `br` is not asked for."""
    try:
        import brotli

        brotli.Decompressor().process(b"", output_buffer_limit=1)
    except (ImportError, TypeError):
        return False
    return True
