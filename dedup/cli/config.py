"""`dedup config`: what is set, and by whom."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import click

from dedup.cli.options import load, settings


@click.group()
def config() -> None:
    """Show the settings."""


@config.command()
@settings()
def show(**flags: Any) -> None:
    """Print the settings in force as TOML, ready for a file that --config takes."""
    values, source = load(flags.pop("config_file"), flags)
    click.echo(f"# settings: defaults{f', then {source}' if source else ''}{', then flags' if _given(flags) else ''}")
    for stage in fields(values):
        click.echo(f"\n[{stage.name}]")
        part = getattr(values, stage.name)
        for setting in fields(part):
            value = getattr(part, setting.name)
            # JSON's strings, numbers, booleans and arrays are TOML's
            shown = json.dumps(list(value) if isinstance(value, tuple) else value)
            click.echo(f"{setting.name} = {shown}  # {setting.metadata['help']}")


def _given(flags: dict[str, Any]) -> bool:
    return any(value not in (None, ()) for value in flags.values())
