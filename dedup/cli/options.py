"""From flags to a Config: the options of each stage are made from its dataclass, and one function maps them back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, TypeVar

import click

from dedup.config import INPUT_FORMATS, Config, FeedsConfig

Command = TypeVar("Command", bound=Callable[..., Any])
_REPEATED = {"exclude": "GLOB", "allow_private": "HOST"}
_TEXTS = {
    "agent": "TEXT", "reference": "FILE", "merged": "FILE", "output": "DIR",
    "date_format": "FORMAT", "delimiter": "CHAR", "encoding": "NAME", "html": "auto|yes|no",
}  # fmt: skip
_STAGES: dict[str, Any] = {stage.name: stage.default_factory for stage in fields(Config)}


def _option(setting: Field[Any]) -> Callable[[Command], Command]:
    """The click option of one setting. Its default is None, so that a flag that is not given overrides nothing."""
    flag = "--" + setting.name.replace("_", "-")
    default, text = setting.default, setting.metadata["help"]
    if isinstance(default, bool):
        return click.option(
            f"{flag}/--no-{flag[2:]}", setting.name, default=None, help=f"{text}  [{'on' if default else 'off'}]"
        )
    if isinstance(default, tuple):
        return click.option(flag, setting.name, multiple=True, metavar=_REPEATED.get(setting.name, "FILE"), help=text)
    kind: Any = click.Choice(INPUT_FORMATS) if setting.name == "input_format" else type(default)
    shown = f"  [{default}]" if default not in ("", None) else ""
    metavar = None if setting.name == "input_format" else {int: "N", float: "X", str: "SIZE"}[type(default)]
    if setting.name.endswith("_field"):
        metavar = "NAME"
    metavar = _TEXTS.get(setting.name, metavar)
    return click.option(flag, setting.name, type=kind, default=None, metavar=metavar, help=text + shown)


def feed_settings(command: Command) -> Command:
    """Add an option for each setting of feeds, but for what is done with copies (one `--policy` for all), and
    `--config`.
    """
    for setting in reversed(fields(FeedsConfig)):
        if setting.name.replace("_", "-") not in FeedsConfig().treatments:
            command = _option(setting)(command)
    return _config_file(command)


def load_feeds(config_file: Path | None, flags: dict[str, Any]) -> FeedsConfig:
    """The settings of feeds in force: file over defaults, flags over file. Raises ConfigError."""
    config = FeedsConfig.from_toml(config_file) if config_file else FeedsConfig.discover(Path.cwd())
    known = {setting.name for setting in fields(FeedsConfig)}
    return config.update({key: value for key, value in flags.items() if key in known and value not in (None, ())})


def _config_file(command: Command) -> Command:
    path = click.Path(path_type=Path, dir_okay=False)
    text = "settings from this TOML file  [the nearest pyproject.toml with [tool.dedup]]"
    return click.option("--config", "config_file", type=path, metavar="FILE", help=text)(command)


def settings(*stages: str) -> Callable[[Command], Command]:
    """Add an option for each setting of the `stages` named, or of all if none is, and `--config`."""

    def add(command: Command) -> Command:
        for name in reversed(stages or tuple(_STAGES)):
            for setting in reversed(fields(_STAGES[name])):
                command = _option(setting)(command)
        return _config_file(command)

    return add


def load(config_file: Path | None, flags: dict[str, Any], base: Config | None = None) -> tuple[Config, Path | None]:
    """The settings in force and the file they came from: file over `base` (the defaults), flags over file. Raises
    ConfigError.
    """
    source: Path | None = config_file
    if config_file:
        config = Config.from_toml(config_file, base)
    else:
        config, source = Config.discover(Path.cwd(), base)
    given: dict[str, dict[str, Any]] = {}
    for name, stage in _STAGES.items():
        known = {setting.name for setting in fields(stage)}
        given[name] = {key: value for key, value in flags.items() if key in known and value not in (None, ())}
    return config.update(given), source
