"""From flags to a Config: the options of each stage are made from its dataclass, and one function maps them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, TypeVar

import click

from dedup.config import INPUT_FORMATS, Config, FeedsConfig, RetentionConfig
from dedup.errors import SettingError
from dedup.settings_files import Layers, find, printable, user_file

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)
rejects_option = click.option(
    "--rejects",
    "rejects_file",
    type=FILE,
    metavar="FILE",
    help="write the records that could not be read, as JSON lines",
)
_REPEATED = {"exclude": "GLOB", "allow_private": "HOST", "drop": "RELATION,…", "publisher": "HOST=KIND"}
_TEXTS = {
    "keep_by": "oldest|longest|newest|FIELD", "agent": "TEXT", "reference": "FILE", "merged": "FILE", "output": "DIR",
    "date_format": "FORMAT", "delimiter": "CHAR", "encoding": "NAME", "html": "auto|yes|no",
    "scope": "all|folder",
}  # fmt: skip
_GROUPS = {
    "read": "How inputs are read", "fingerprint": "Fingerprints", "match": "What counts as a copy",
    "find": "What else is looked for", "output": "What goes and what stays", "run": "The machine",
}  # fmt: skip
"""Headings of the help for options of each stage."""
_FILES = ("reference", "phrases", "decisions", "merged", "output")
"""Settings that name files or folders: shells complete them."""
_told: set[str] = set()
"""Notes that were printed: commands ask for their settings more than once."""
_STAGES: dict[str, Any] = {stage.name: stage.default_factory for stage in fields(Config)}


class _Option(click.Option):
    """An option of a stage."""

    group = ""


class GroupedCommand(click.Command):
    """A command whose help shows its own options first, and then those of each stage under a heading."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if row is not None:
                groups.setdefault(getattr(parameter, "group", ""), []).append(row)
        for group, rows in sorted(groups.items(), key=lambda item: bool(item[0])):  # stable: stages stay in order
            with formatter.section(group or "Options"):
                formatter.write_dl(rows)


def _grouped(group: str) -> type[click.Option]:
    """The class of the options of one group."""
    return type("Option", (_Option,), {"group": group})


def _option(setting: Field[Any], group: str = "") -> Callable[[Command], Command]:
    """The click option of one setting. Its default is None, so that a flag that is not given overrides nothing."""
    kept = _grouped(group)
    flag = "--" + setting.name.replace("_", "-")
    default, text = setting.default, setting.metadata["help"]
    if isinstance(default, bool):
        return click.option(
            f"{flag}/--no-{flag[2:]}",
            setting.name,
            cls=kept,
            default=None,
            help=f"{text}  [{'on' if default else 'off'}]",
        )
    if isinstance(default, tuple):
        place: Any = click.Path() if setting.name in _FILES else str
        metavar = _REPEATED.get(setting.name, "FILE")
        return click.option(flag, setting.name, cls=kept, type=place, multiple=True, metavar=metavar, help=text)
    kind: Any = click.Choice(INPUT_FORMATS) if setting.name == "input_format" else type(default)
    kind = click.Path() if setting.name in _FILES else kind
    shown = f"  [{default}]" if default not in ("", None) else ""
    metavar = "" if setting.name == "input_format" else {int: "N", float: "X", str: "SIZE"}[type(default)]
    if setting.name.endswith("_field"):
        metavar = "NAME"
    metavar = _TEXTS.get(setting.name, metavar)
    return click.option(
        flag, setting.name, cls=kept, type=kind, default=None, metavar=metavar or None, help=text + shown
    )  # fmt: skip


def feed_settings(command: Command) -> Command:
    """Add an option for each setting of feeds, but for what is done with copies (one `--policy` for all), and
    `--config`.
    """
    for setting in reversed(fields(FeedsConfig)):
        if setting.name.replace("_", "-") not in FeedsConfig().treatments:
            command = _option(setting)(command)
    return _config_file(command)


def load_feeds(config_file: Path | None, flags: dict[str, Any]) -> FeedsConfig:
    """The settings of feeds in force: files over defaults, flags over files. Raises ConfigError."""
    config: FeedsConfig = _flagged(files(config_file).over(FeedsConfig()), FeedsConfig, flags)
    return config


def load_retention(config_file: Path | None) -> RetentionConfig:
    """When something is forgotten, by the files. Raises ConfigError."""
    return files(config_file).over(RetentionConfig())


def files(config_file: Path | None) -> Layers:
    """The files that settings come from; says once on stderr which were found and are not used. Raises ConfigError."""
    found = find(Path.cwd(), config_file, user_file())
    for note in found.notes:
        if note not in _told:
            _told.add(note)
            click.echo(f"dedup: {printable(note)}", err=True)
    return found


def _flagged(config: Any, stage: Any, flags: dict[str, Any], section: str = "") -> Any:
    """`config` with the flags of a stage (or of feeds) laid over it. Raises ConfigError, which names the option."""
    known = {setting.name for setting in fields(stage)}
    given = {key: value for key, value in flags.items() if key in known and value not in (None, ())}
    try:
        return config.update({section: given} if section else given)
    except SettingError as error:
        raise error.at("--" + error.name.replace("_", "-")) from None


def _config_file(command: Command) -> Command:
    path = click.Path(path_type=Path, dir_okay=False)
    text = "settings from this TOML file  [your pyproject.toml with [tool.dedup], the nearest one]"
    return click.option("--config", "config_file", type=path, metavar="FILE", help=text)(command)


def settings(*stages: str) -> Callable[[Command], Command]:
    """Add an option for each setting of the `stages` named, or of all if none is, and `--config`."""

    def add(command: Command) -> Command:
        for name in reversed(stages or tuple(_STAGES)):
            for setting in reversed(fields(_STAGES[name])):
                command = _option(setting, _GROUPS[name])(command)
        return _config_file(command)

    return add


def load(
    config_file: Path | None, flags: dict[str, Any], stored: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[Config, Path | None]:
    """The settings in force, and the file named or found that they came from: the user's own file over the defaults,
    those `stored` in an index over it, then the file, then flags. Raises ConfigError.
    """
    found, user, config = files(config_file), user_file(), Config()
    own, others = ([layer for layer in found.layers if (layer.path == user) is mine] for mine in (True, False))
    config = Layers(own).over(config)
    if stored:
        config = config.update(stored)
    config = Layers(others).over(config)
    for name, stage in _STAGES.items():
        config = _flagged(config, stage, flags, name)
    return config, others[-1].path if others else None
