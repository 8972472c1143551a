"""What a setting is: its default, what it is for, and its range; and how a value that is given for it is checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, fields, replace
from typing import Any

from dedup.errors import ConfigError, SettingError

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_LONGEST_SHOWN = 80
"""Characters of a wrong value that an error shows."""
_MOST_BYTES = 1 << 62
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_AGES = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def setting(default: Any, help: str, low: float | None = None, high: float | None = None) -> Any:
    """A field of a stage: `help` says what it is for, `low` and `high` bound its numbers."""
    return field(default=default, metadata={"help": help, "low": low, "high": high})


def parse_size(text: str | int) -> int:
    """Bytes of '512M', '1.5G', '4096' (powers of 1024). Raises ConfigError."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?\s*", str(text), re.IGNORECASE)
    if not match:
        raise ConfigError(f"{shown(str(text))} is not a size (examples: 512M, 2G)")
    size = float(match[1]) * _UNITS[match[2].upper()]
    if size > _MOST_BYTES:
        raise ConfigError(f"{shown(str(text))} is more than any machine has")
    return int(size)


def parse_age(text: str) -> int:
    """Seconds of '90d', '12h', '2w'. Raises ConfigError."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*([smhdw])\s*", text)
    if not match:
        raise ConfigError(f"{shown(text)} is not an age (examples: 90d, 12h, 2w)")
    return int(match[1]) * _AGES[match[2]]


def shown(value: object) -> str:
    """A value from a file as an error may show it: short, and without control characters."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of more digits than Python writes, tables without end
        return f"a very long {type(value).__name__}"
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def laid_over(section: str, settings: Any, values: object) -> Any:
    """The settings of one section with `values` laid over them, in the types that they have here."""
    if not isinstance(values, Mapping):
        raise ConfigError(f"'{section}' must be a section with settings")
    known = {setting.name: setting for setting in fields(settings)}
    fixed: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            name = shown(f"{section}.{key}")
            raise ConfigError(f"unknown setting {name} (known: {', '.join(sorted(known))})")
        fixed[key] = tuple(value) if isinstance(value, list) else value
        if isinstance(known[key].default, float) and type(value) is int:
            try:
                fixed[key] = float(value)
            except OverflowError:
                raise SettingError(section, key, f"{shown(value)} is too large") from None
    return replace(settings, **fixed)


def check_values(stage: str, settings: Any) -> None:
    """Types and ranges of one stage's settings."""
    for setting in fields(settings):
        value = getattr(settings, setting.name)
        expected = type(setting.default)
        if expected is float and type(value) is int:
            value = float(value)
        if type(value) is not expected:
            raise SettingError(stage, setting.name, f"expected {_named(expected)}, got {shown(value)}")
        texts: tuple[Any, ...] = value if isinstance(value, tuple) else (value,)
        for text in texts:
            if expected is tuple and not isinstance(text, str):
                raise SettingError(stage, setting.name, f"expected a list of texts, got {shown(text)} in it")
            if isinstance(text, str) and _CONTROL.search(text):
                raise SettingError(stage, setting.name, f"a control character in {shown(text)}")
        low, high = setting.metadata["low"], setting.metadata["high"]
        if (low is not None and not value >= low) or (high is not None and not value <= high):
            number = int(value) if isinstance(value, float) and value.is_integer() else value
            raise SettingError(stage, setting.name, f"{shown(number)} is not {_range(low, high)}")


def _named(expected: type) -> str:
    return "a list of texts" if expected is tuple else "text" if expected is str else expected.__name__


def _range(low: float | None, high: float | None) -> str:
    return f"between {low} and {high}" if high is not None else f"{low} or more"


def check_size(section: str, name: str, value: str) -> None:
    """Raises SettingError for what is no size."""
    try:
        parse_size(value)
    except ConfigError as error:
        raise SettingError(section, name, str(error)) from None
