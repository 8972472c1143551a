"""The process that takes text out of pages: a worker (see `dedup.runtime.worker`) whose requests are pages and whose
answers are their texts. A page that has no text gives an empty one. `pages.Extractor` ends it when it takes too long.
"""

from __future__ import annotations

from typing import BinaryIO

from dedup.runtime import worker

LENGTH = worker.LENGTH
_MEMORY = 2 << 30
"""Bytes of address space."""


def text_of(page: bytes) -> str:
    """Text of the article on a page; empty where there is none."""
    import trafilatura

    try:
        found = trafilatura.extract(page, include_comments=False, include_tables=False)
    except Exception:
        # Whatever hostile markup makes of a library: this page has no text.
        return ""
    return found or ""


def answer(page: bytes) -> bytes:
    """The text as it is sent."""
    return text_of(page).encode("utf-8", errors="replace")


def serve(pages: BinaryIO, texts: BinaryIO) -> None:
    """Answer until the input ends."""
    worker.serve(answer, pages, texts)


if __name__ == "__main__":
    worker.run(answer, _MEMORY)
