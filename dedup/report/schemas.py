"""The JSON Schemas of what is written, which stand beside this file in the package."""

from __future__ import annotations

from importlib.resources import files

_SUFFIX = ".schema.json"


def names() -> list[str]:
    """What there is a schema of, sorted: scan, score, compare, …"""
    found = (file.name for file in files("dedup.report").iterdir())
    return sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX))


def schema(name: str) -> str:
    """The schema called `name`, as it stands. Raises KeyError where there is none."""
    if name not in names():
        raise KeyError(name)
    return (files("dedup.report") / f"{name}{_SUFFIX}").read_text(encoding="utf-8")
