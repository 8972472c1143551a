"""What a reference says of where it is from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """What a reference says of where it is from."""

    sources: Sequence[str] = ()
    """What it is made of, in words."""
    note: str = ""
    made: str = ""
    """The day."""


UNTOLD = About()
