"""Tokens and passwords of readers: from the environment, or from a file that nobody else can read. Never shown."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from dedup.feeds.readers.connection import ReaderError

NAMES = {"user": "DEDUP_READER_USER", "password": "DEDUP_READER_PASSWORD", "token": "DEDUP_READER_TOKEN"}
"""What may be given, and the variable that holds it."""
_LONGEST = 4_096


def secrets(path: Path | None, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """User, password and token, of those that are given: a file over the environment. Raises ReaderError."""
    found = {name: environment[variable] for name, variable in NAMES.items() if environment.get(variable)}
    return found | (_of_file(path) if path is not None else {})


def _of_file(path: Path) -> dict[str, str]:
    """Lines `token=…`, `user=…`, `password=…`; or one line, the token alone."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ReaderError(f"{path}: others can read it: chmod 600 {path}")
            if hasattr(os, "geteuid") and status.st_uid not in (os.geteuid(), 0):
                raise ReaderError(f"{path}: belongs to another user")
            text = file.read(_LONGEST).decode("utf-8")
    except OSError as error:
        raise ReaderError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ReaderError(f"{path}: is not UTF-8") from None
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) == 1 and lines[0].partition("=")[0].strip() not in NAMES:
        return {"token": lines[0]}
    found = {}
    for number, line in enumerate(lines, 1):
        name, equals, value = line.partition("=")
        if name.strip() not in NAMES or not equals:
            raise ReaderError(f"{path}:{number}: expected one of {', '.join(f'{name}=…' for name in NAMES)}")
        found[name.strip()] = value.strip()
    return found
