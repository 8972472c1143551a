"""`dedup config`: what is set, and by whom."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import click

from dedup.cli.options import files, load, load_feeds, load_retention, settings
from dedup.config import FEEDS, RETENTION
from dedup.settings_files import printable, user_file


@click.group(short_help="Show the settings.")
def config() -> None:
    """Show the settings."""


@config.command()
@settings()
def show(**flags: Any) -> None:
    """Print the settings in force as TOML, ready for a file that --config takes, and which file each comes from."""
    config_file = flags.pop("config_file")
    values, _ = load(config_file, flags)
    found = files(config_file)
    sources = ["defaults", *(printable(layer.path) for layer in found.layers)]
    if any(value not in (None, ()) for value in flags.values()):
        sources.append("flags")
    click.echo(f"# settings: {', then '.join(sources)}")
    click.echo(f"# your own settings file: {printable(user_file())}")
    stages = [(stage.name, getattr(values, stage.name)) for stage in fields(values)]
    others = [(FEEDS, load_feeds(config_file, {})), (RETENTION, load_retention(config_file))]
    for name, part in [*stages, *others]:
        click.echo(f"\n[{name}]")
        for setting in fields(part):
            value = getattr(part, setting.name)
            # JSON's strings, numbers, booleans and arrays are TOML's
            text = json.dumps(list(value) if isinstance(value, tuple) else value)
            origin = found.origin(name, setting.name)
            by = "" if origin is None or flags.get(setting.name) not in (None, ()) else f"  (from {printable(origin)})"
            click.echo(f"{setting.name} = {text}  # {setting.metadata['help']}{by}")
