"""What a converter gives, and what it raises."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {
    "docx": "Word document", "odt": "OpenDocument text", "rtf": "RTF file", "epub": "EPUB book", "eml": "mail message",
    "pdf": "PDF file", "warc": "web archive",
}  # fmt: skip
"""Formats that the worker reads (`warc`: single records), and what each is called in messages."""
NO_TEXT = "no text in it"
ENCRYPTED = "encrypted: a password is needed"
TOO_DEEP = "nested too deeply"


class UnreadableError(Exception):
    """A file that cannot be converted; the message is the reason for its reject."""


class NotAPageError(Exception):
    """A record of a web archive that holds no text, and need not."""


@dataclass(slots=True)
class Converted:
    """The text of a document and what it says of itself."""

    text: str
    date: str = ""
    source: str = ""
    id: str = ""
    unread: int = 0
    """Attachments and the like that were left out."""


def not_a(kind: str) -> str:
    """The reason for a file that is something else."""
    article = "an" if KINDS[kind][0] in "AEIOU" or kind == "rtf" else "a"
    return f"not {article} {KINDS[kind]}"
