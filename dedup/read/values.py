"""What a field of a record is worth beside the same field of others: a number, a text, or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import isnan
from typing import Any

from dedup.read.fields import value_at

Value = int | float | str | None
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_CHARACTERS = 200
"""Of a text, what is compared; and the most digits of a number."""


class ValueField:
    """A field whose values are kept; `name` may be a path (meta.score), and is empty where none is."""

    def __init__(self, name: str) -> None:
        self.name = name

    def of(self, record: Mapping[str, Any]) -> Value:
        """The value in a record, None where it has none."""
        if not self.name:
            return None
        return comparable(record[self.name] if self.name in record else value_at(record, self.name))

    def column(self, header: Sequence[str]) -> int | None:
        """Its position in the header of a table, by exact name first, then whatever the case; None if it is missing."""
        if not self.name:
            return None
        folded = [name.strip().casefold() for name in header]
        wanted = self.name.casefold()
        return header.index(self.name) if self.name in header else folded.index(wanted) if wanted in folded else None


def comparable(value: Any) -> Value:
    """A number (also one that is written as text, and of true and false), a text, the text of a date; else None."""
    if hasattr(value, "item") and type(value).__module__ == "numpy":
        value = value.item()
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float | Decimal):
        return None if isnan(value) else float(value)
    if isinstance(value, date):
        return value.isoformat()
    return _text(value) if isinstance(value, str) else None


def _text(value: str) -> Value:
    value = value.strip()[:_CHARACTERS]
    if _NUMBER.fullmatch(value):
        return int(value) if value.lstrip("+-").isdecimal() else float(value)
    return value or None
