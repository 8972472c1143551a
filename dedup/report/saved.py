"""Results as they were saved: `dedup scan --format json`, read again."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dedup.errors import InputError

SCHEMA = "dedup.scan/1"
_SECTIONS = ("documents", "edges", "clusters", "stories", "rejects")


def read_json(name: str) -> Any:
    """What a file (- is stdin) holds. Raises InputError."""
    import orjson

    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{name}: is not JSON: {error}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


@contextmanager
def following(name: str) -> Iterator[None]:
    """What is done with a saved result, of which nobody knows who wrote it. Raises InputError where it is not as
    `SCHEMA` has it, which shows only where a value is asked for.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        told = f"{type(error).__name__} {error}"[:200]
        raise InputError(f"{name}: does not follow {SCHEMA}: {told}") from error
    except Exception as error:
        if type(error).__name__ != "UndefinedError":  # of the templates, which not every command loads
            raise
        raise InputError(f"{name}: does not follow {SCHEMA}: {error}") from error


def read_result(name: str) -> dict[str, Any]:
    """A result of a scan. Raises InputError for anything else."""
    found = read_json(name)
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise InputError(f"{name}: is not a result of dedup scan --format json ({SCHEMA})")
    for section in _SECTIONS:
        rows = found.get(section)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InputError(f"{name}: does not follow {SCHEMA}: '{section}' is no list of rows")
    for key, section in (("id", "documents"), ("a", "edges"), ("b", "edges")):
        if not all(isinstance(row.get(key), str) for row in found[section]):
            raise InputError(f"{name}: does not follow {SCHEMA}: '{key}' is missing in '{section}'")
    return found


def aligned_shares(edge: Mapping[str, Any]) -> dict[str, float]:
    """Of the alignment of a pair, what a threshold is held against: `kept` words of the shorter text, and the `whole`
    share of the longer one that is aligned; nothing where it was not aligned.
    """
    figures = edge["evidence"].get("figures", {})
    words, coverage = figures.get("words", ()), figures.get("coverage", ())
    if len(words) != 2 or len(coverage) != 2 or min(words) <= 0:
        return {}
    whole = min(coverage) if words[0] == words[1] else coverage[words[1] > words[0]]
    return {"kept": round(figures.get("kept", 0) / min(words), 4), "whole": round(whole, 4)}
