"""The process that takes text out of pages: reads pages from standard input, writes their texts to standard output.

Both are preceded by their length in four bytes, big-endian. A page that has no text gives an empty one. It is started
by `page.Extractor`, which ends it when it takes too long.
"""

from __future__ import annotations

import contextlib
import os
import resource
import struct
import sys
from typing import BinaryIO

LENGTH = struct.Struct(">I")
_MEMORY = 2 << 30
"""Bytes of address space. A page that needs more ends the process, and nothing else."""


def text_of(page: bytes) -> str:
    """Text of the article on a page; empty where there is none."""
    import trafilatura

    try:
        found = trafilatura.extract(page, include_comments=False, include_tables=False)
    except Exception:
        # Whatever hostile markup makes of a library: this page has no text.
        return ""
    return found or ""


def serve(pages: BinaryIO, texts: BinaryIO) -> None:
    """Answer until the input ends."""
    while len(size := pages.read(LENGTH.size)) == LENGTH.size:
        text = text_of(pages.read(LENGTH.unpack(size)[0])).encode("utf-8", errors="replace")
        texts.write(LENGTH.pack(len(text)) + text)
        texts.flush()


def main() -> None:
    """Serve, with less to break: bounded memory, and a standard output that nothing else can write to."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    texts = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with texts:
        serve(sys.stdin.buffer, texts)


if __name__ == "__main__":
    main()
