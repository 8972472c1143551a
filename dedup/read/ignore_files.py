"""`.dedupignore`: one pattern a line. What it means to leave out is never read by a misunderstanding, so a file that
cannot be understood is an error and not an empty list.
"""

from __future__ import annotations

import stat
from pathlib import Path

from dedup.errors import InputError
from dedup.read.sources import marked_encoding

NAME = ".dedupignore"
_BYTES, _LINES = 1 << 20, 1_000
"""At most: folders may come from anywhere, and every line is tried on every file."""


def patterns(path: Path, shown: str) -> list[str]:
    """The patterns in an ignore file, which messages call `shown`. Raises InputError, with the line, if it cannot be
    read, has another encoding than UTF-8 and no byte order mark, or is too long.
    """
    try:
        status = path.stat()
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):  # a pipe would keep us waiting for ever
            raise InputError(f"{shown}: is no file")
        with path.open("rb") as file:
            data = file.read(_BYTES + 1)
    except OSError as error:
        raise InputError(f"{shown}: {error.strerror}") from error
    lines = _text(data, shown).splitlines()
    if len(data) > _BYTES or len(lines) > _LINES:
        raise InputError(f"{shown}: too long; the limit is {_LINES:,} lines and {_BYTES >> 20} MB")
    found = (line.strip() for line in lines)
    return [line for line in found if line and not line.startswith("#")]


def _text(data: bytes, shown: str) -> str:
    encoding = marked_encoding(data)
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"not valid {encoding.upper()} (byte 0x{error.object[error.start]:02x})"
        raise InputError(f"{shown}:{line}: {reason}; save it as UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{shown}:{line}: a NUL character; UTF-16 without a byte order mark? save it as UTF-8")
    return text
