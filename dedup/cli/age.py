"""Ages on the command line: 90d, 12h, 2w."""

from __future__ import annotations

import click

from dedup.errors import ConfigError
from dedup.settings import parse_age


def seconds(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """Callback of an option: the seconds of '90d'; None where it is not given. Raises BadParameter."""
    if value is None:
        return None
    try:
        return parse_age(value)
    except ConfigError as error:
        raise click.BadParameter(str(error), context, parameter) from None
