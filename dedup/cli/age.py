"""Ages on the command line: 90d, 12h, 2w."""

from __future__ import annotations

import re

import click

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def seconds(context: click.Context, parameter: click.Parameter, value: str) -> int:
    """Callback of an option: the seconds of '90d'. Raises BadParameter."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*([smhdw])\s*", value)
    if not match:
        raise click.BadParameter(f"'{value}' is not an age (examples: 90d, 12h, 2w)", context, parameter)
    return int(match[1]) * _UNITS[match[2]]
