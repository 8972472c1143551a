"""Files that are not read: each is named, so that nobody takes it for compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from dedup.model import Reject

LISTED = 10_000
"""Files that are named one by one; more are counted."""
BY_IGNORE_FILE = "left out by .dedupignore"
LEFT_OUT = frozenset(("hidden", "left out by --exclude", BY_IGNORE_FILE))
"""Reasons that the user gave, or that everybody expects: told on request, and not counted among what is missing."""
_OTHER = "not a kind of file that is read"
_INSTEAD = {
    ".doc": "save it as .docx", ".dot": "save it as .docx", ".wpd": "save it as .docx", ".wps": "save it as .docx",
    ".pages": "export it as .docx", ".msg": "save it as .eml", ".pst": "export it as .mbox",
    ".mobi": "convert it to .epub", ".azw3": "convert it to .epub", ".xls": "save it as .csv",
    ".xlsx": "save it as .csv", ".ods": "save it as .csv", ".xml": "feeds are read by dedup feeds",
    ".7z": "unpack it", ".rar": "unpack it",
}  # fmt: skip


class Skipped:
    """Files that were passed over, and why: the first ones by name, the others as a number."""

    def __init__(self) -> None:
        self.files: list[Reject] = []
        self.unlisted = 0
        self.missing = 0
        """Those that nobody asked to leave out."""

    def __len__(self) -> int:
        return len(self.files) + self.unlisted

    def add(self, name: str, reason: str) -> None:
        """One file, or one folder whose name ends in a slash."""
        self.missing += reason not in LEFT_OUT
        if len(self.files) < LISTED:
            self.files.append(Reject(name, None, f"skipped: {reason}"))
        else:
            self.unlisted += 1

    def take_over(self, other: Skipped) -> None:
        """Become what a copy in another process has become."""
        self.files[:], self.unlisted, self.missing = other.files, other.unlisted, other.missing

    def extend(self, other: Skipped) -> None:
        """Add those of another list."""
        room = LISTED - len(self.files)
        self.unlisted += other.unlisted + max(0, len(other.files) - room)
        self.files += other.files[:room]
        self.missing += other.missing

    def rows(self) -> Iterator[Reject]:
        """All of them as refused records are shown; those without a name as one."""
        yield from self.files
        if self.unlisted:
            yield Reject("", None, f"skipped: {self.unlisted:,} more files that are not listed")


def kind_not_read(name: str) -> str:
    """Why a file of this name is not read, and what can be done about it."""
    suffix = PurePath(name.lower()).suffix
    return f"{_OTHER} ({_INSTEAD[suffix]})" if suffix in _INSTEAD else _OTHER
