"""How a result shows itself."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def faces() -> Any:
    """What shows results in notebooks and as tables: it stands on the model, and is loaded when somebody asks."""
    return import_module("dedup.report.notebook")


def plural(name: str, count: int) -> str:
    """The name of so many things."""
    return name if count == 1 else f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
