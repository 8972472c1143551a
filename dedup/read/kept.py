"""What is kept of the inputs beside the documents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """What a pass over the inputs keeps of them, for what comes after it."""

    replay: bool = False
    """Standard input and pipes are copied to a temporary file while they are read, so that `write_selection` can read
    them again."""
    locate: bool = False
    """Documents say where they can be read again (`Batch.places`), as far as they can."""
    value_field: str = ""
    """Of the field of this name, `Batch.values` are kept."""
    raw: bool = False
    """Chunks hold the records as they stood in the input."""


NOTHING = Kept()
