"""Many texts as one padded buffer of UTF-8, which is what the kernels read. Loads neither numpy nor numba."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dedup.model import Packed

ReadText = Callable[[int], bytes]
"""Row -> its text as UTF-8."""
PAD = 80
"""Bytes before the first text and after the last: the kernels look at 64 bytes at a time, and a little round them."""


def pack(texts: Sequence[str]) -> Packed:
    """All texts with a line feed between them and PAD line feeds round them. A lone surrogate becomes U+FFFD."""
    edge = "\n" * (PAD - 1)  # the join adds one more
    joined = "\n".join([edge, *texts, edge])
    if joined.isascii():
        return Packed(joined.encode(), list(map(len, texts)))
    return pack_bytes([encode(text) for text in texts])


def pack_bytes(texts: Sequence[bytes]) -> Packed:
    """The same for texts that are UTF-8 already."""
    edge = b"\n" * (PAD - 1)
    return Packed(b"\n".join([edge, *texts, edge]), list(map(len, texts)))


def unpack(packed: Packed) -> list[bytes]:
    """The texts one by one."""
    begin, found = PAD, []
    for size in packed.sizes:
        found.append(bytes(packed.buffer[begin : begin + size]))
        begin += size + 1
    return found


def encode(text: str) -> bytes:
    """A text as UTF-8. A lone surrogate becomes U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
