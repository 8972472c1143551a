"""PDF files by pypdf: pure Python, so hostile files end in exceptions and not in crashes; well kept, free to use."""

from __future__ import annotations

import contextlib
import re
from io import BytesIO

from dedup.read.documents.model import ENCRYPTED, NO_TEXT, Converted, UnreadableError, not_a

_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ad]\n(?=[^\W\d_A-Z])")
_END = 64 << 10
"""Bytes at the end in which the end mark must stand; without it a file is cut off, and pypdf would read the rest."""
_FULL = 0.8
"""A line so long, of the longest ones, goes on in the next."""


def read_pdf(data: bytes, limit: int) -> Converted:
    """Raises UnreadableError and what pypdf raises."""
    from pypdf import PdfReader

    if b"%PDF-" not in data[:1024]:
        raise UnreadableError(not_a("pdf") if data else "empty file")
    if b"%%EOF" not in data[-_END:]:
        raise UnreadableError("broken PDF file: it ends too early")
    reader = PdfReader(BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):  # most that are have no password for reading
        raise UnreadableError(ENCRYPTED)
    pages: list[str] = []
    length = 0
    for page in reader.pages:
        pages.append(unwrapped(page.extract_text()))
        length += len(pages[-1])
        if length > limit:
            break
    text = "\n".join(filter(None, pages))
    if not text.strip():
        raise UnreadableError(f"{NO_TEXT}: {len(pages):,} {'page' if len(pages) == 1 else 'pages'}, scanned perhaps")
    date = ""
    with contextlib.suppress(Exception):  # dates of PDF come in all shapes, and none is needed
        created = reader.metadata and reader.metadata.creation_date
        date = created.isoformat() if created else ""
    return Converted(text, date)


def unwrapped(page: str) -> str:
    """A page whose paragraphs are lines again: lines that were broken to fit are put together, and words with them."""
    lines = [line.strip() for line in _HYPHEN.sub("", page).strip().split("\n")]
    for end in (0, -1):  # the number of the page
        if len(lines) > 1 and lines[end].isdecimal() and len(lines[end]) < 5:
            lines.pop(end)
    full = _FULL * max(map(len, lines))
    out: list[str] = []
    goes_on = False
    for line in lines:
        if out and line and (goes_on or (line[0].islower() and out[-1] and out[-1][-1] not in ".!?:")):
            out[-1] += " " + line
        else:
            out.append(line)
        goes_on = len(line) >= full and len(line) > 40 and line[-1:] not in (".", "!", "?", ":", '"', "\u201d")
    return "\n".join(filter(None, out))
