"""Files that settings come from: one that is named, the project's `pyproject.toml`, and the user's own.

A file that is found rather than named may have been put there by somebody else. So it counts only if it and its folder
belong to the user and nobody else can write them, and it never opens the network or says where something is written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from dedup.config import FEEDS, RETENTION, Config, FeedsConfig, RetentionConfig
from dedup.errors import ConfigError, SettingError
from dedup.settings import shown

Settings = TypeVar("Settings", Config, FeedsConfig, RetentionConfig)

LARGEST = 1 << 20
"""Bytes of a file with settings."""
NAMED_ONLY = {FEEDS: ("allow_private", "agent", "output", "merged"), RETENTION: ("after", "representatives")}
"""Settings that a file which was only found may not set: what the network opens for, where is written, and what is
forgotten."""
PROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Layer:
    """The settings of one file."""

    path: Path
    values: Mapping[str, Any]
    """`{section: {setting: value}}`, as the file has them."""


@dataclass(slots=True)
class Layers:
    """The files whose settings are in force, the weakest first."""

    layers: list[Layer] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was found and is not used, a line each."""

    def over(self, base: Settings) -> Settings:
        """`base` with the settings of all files laid over it. Raises ConfigError, which names file and setting."""
        for layer in self.layers:
            base = over(base, layer)
        return base

    def origin(self, section: str, name: str) -> Path | None:
        """The file that a setting comes from."""
        paths = [layer.path for layer in self.layers if name in _section(layer, section)]
        return paths[-1] if paths else None


def over(base: Settings, layer: Layer) -> Settings:
    """`base` with the settings of one file. Raises ConfigError, which names file and setting."""
    try:
        if isinstance(base, FeedsConfig):
            return base.update(_section(layer, FEEDS))
        if isinstance(base, RetentionConfig):
            return base.update(_section(layer, RETENTION))
        return base.update({name: values for name, values in layer.values.items() if name not in (FEEDS, RETENTION)})
    except SettingError as error:
        raise error.at(f"{layer.path}: [{error.section}] {error.name}") from None
    except ConfigError as error:
        raise ConfigError(f"{layer.path}: {error}") from None


def find(folder: Path, named: Path | None = None, user: Path | None = None) -> Layers:
    """The files for a command that is run in `folder`: that of the user, over it the one that was `named`, or else the
    project's. Raises ConfigError.
    """
    found = Layers()
    if user is not None and _exists(user) and (layer := _trusted(user, found.notes)):
        found.layers.append(layer)
    if named is not None:
        found.layers.append(Layer(named, read(named) or {}))
    elif layer := _project(folder, found.notes):
        found.layers.append(_without_permissions(layer, found.notes))
    return found


def user_file() -> Path:
    """The settings file of this user, whether it is there or not."""
    from platformdirs import user_config_path

    return user_config_path("dedup", appauthor=False) / "config.toml"


def read(path: Path) -> dict[str, Any] | None:
    """The settings in a TOML file: `[tool.dedup.*]`, else its own sections; None where a pyproject.toml has no
    `[tool.dedup]`. Raises ConfigError.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise ConfigError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    return _parsed(path, data)


def _parsed(path: Path, data: bytes) -> dict[str, Any] | None:
    if len(data) > LARGEST:
        raise ConfigError(f"{path}: more than {LARGEST >> 20} MB: no file with settings")
    import tomllib

    try:
        values = tomllib.loads(data.decode("utf-8"))
    except RecursionError:
        raise ConfigError(f"{path}: nested too deeply") from None
    except ValueError as error:  # bad TOML, bad UTF-8, an integer of more digits than Python reads
        raise ConfigError(f"{path}: {printable(error)[:300]}") from error
    tool = values.get("tool")
    if isinstance(tool, dict) and "dedup" in tool:
        if not isinstance(tool["dedup"], dict):
            raise ConfigError(f"{path}: [tool.dedup] must be a section, got {shown(tool['dedup'])}")
        return tool["dedup"]
    return None if path.name == PROJECT else values


def printable(text: object) -> str:
    """Text that others wrote, on one line and without what steers a terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in str(text))


def _project(folder: Path, notes: list[str]) -> Layer | None:
    """The nearest pyproject.toml with settings that may be used, from `folder` upward."""
    for place in (folder, *folder.parents):
        path = place / PROJECT
        if _exists(path) and (layer := _trusted(path, notes)):
            return layer
    return None


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that is closed to us
        return False


def _trusted(path: Path, notes: list[str]) -> Layer | None:
    """The settings of a file that was found; None where it has none, or is not to be trusted (with a note)."""
    try:
        with path.open("rb") as file:
            reason = _distrust(os.fstat(file.fileno())) or _distrust(path.parent.stat(), "its folder ")
            data = file.read(LARGEST + 1)
    except OSError as error:
        notes.append(f"{path}: ignored: {error.strerror or error}")
        return None
    if reason:  # what a stranger wrote is not even parsed
        if b"dedup" in data or path.name != PROJECT:
            notes.append(f"{path}: settings ignored: {reason}; to use them: --config")
        return None
    values = _parsed(path, data)
    return None if values is None else Layer(path, values)


def _distrust(status: os.stat_result, what: str = "it ") -> str:
    """Why a file or folder may be somebody else's work; empty where it is the user's."""
    if not hasattr(os, "geteuid"):
        return ""
    if status.st_uid != os.geteuid():
        return f"{what}belongs to another user"
    if status.st_mode & stat.S_IWOTH:
        return f"{what}can be written by everybody"
    return ""


def _without_permissions(layer: Layer, notes: list[str]) -> Layer:
    """A layer without the settings that only a file which was named may set."""
    values = dict(layer.values)
    for section, names in NAMED_ONLY.items():
        given = values.get(section)
        if not isinstance(given, dict):
            continue
        for name in names:
            if name in given:
                notes.append(
                    f"{layer.path}: [{section}] {name} ignored: only an option, --config or the user's own file sets it"
                )
        values[section] = _less(given, names)
    return Layer(layer.path, values)


def _less(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _section(layer: Layer, name: str) -> Mapping[str, Any]:
    section = layer.values.get(name, {})
    if not isinstance(section, Mapping):
        raise ConfigError(f"'{name}' must be a section with settings")
    return section
