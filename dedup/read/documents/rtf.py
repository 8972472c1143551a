"""RTF files by striprtf: small, pure Python, the one that is kept."""

from __future__ import annotations

import re
from collections.abc import Callable

from dedup.read.documents.model import Converted, UnreadableError, not_a

_TOKEN = re.compile(r"\\[\\{}]|[{}]")
_CREATED = re.compile(r"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})(?:\\hr(\d{1,2}))?(?:\\min(\d{1,2}))?")
_DEEPEST = 2_000


def read_rtf(data: bytes, limit: int) -> Converted:
    """Raises UnreadableError and what striprtf raises."""
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise UnreadableError(not_a("rtf") if data.strip() else "empty file")
    text = data.decode("latin-1").rstrip("\0\r\n\t \x1a")
    if not _is_whole(text):
        raise UnreadableError("broken RTF file: it ends too early")
    found = _CREATED.search(text, 0, 1 << 20)
    date = "{}-{:0>2}-{:0>2}T{:0>2}:{:0>2}:00".format(*(part or "0" for part in found.groups())) if found else ""
    read: Callable[..., str] = rtf_to_text
    return Converted(read(text, encoding="cp1252", errors="replace")[: limit + 1], date)


def _is_whole(text: str) -> bool:
    """Whether the first group is closed. Raises UnreadableError for groups too deep in each other."""
    depth = 0
    for match in _TOKEN.finditer(text):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth > _DEEPEST:
            raise UnreadableError("nested too deeply")
        if depth <= 0:
            return True
    return False
