"""What `dedup index gc` and `dedup feeds gc` have in common: how old is old, and what was forgotten."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from dedup.cli.age import seconds

if TYPE_CHECKING:
    from dedup.config import RetentionConfig
    from dedup.feeds.retention import Forgotten, Rule

older_than_option = click.option(
    "--older-than", callback=seconds, metavar="AGE",
    help="forget what was added, or decided on, longer ago: 90d, 12h, 2w  [retention.after of the settings]",
)  # fmt: skip
dry_run_option = click.option("--dry-run", is_flag=True, help="say how much would be forgotten, and change nothing")


def rule_of(
    config: RetentionConfig, older_than: int | None, *, representatives: bool | None = None, texts: bool = True
) -> Rule:  # fmt: skip
    """What is old now: options over settings. Raises UsageError where neither says."""
    from dedup.feeds.retention import Rule

    age = config.seconds if older_than is None else older_than
    if age is None:
        raise click.UsageError('how old? give --older-than 90d, or set after = "90d" under [retention]')
    kept = config.representatives if representatives is None else representatives
    return Rule(int(time.time()) - age, kept, texts)


def forgotten(found: Forgotten, dry_run: bool) -> str:
    """What was forgotten, in words."""
    items, texts = (
        f"{count:,} {name}{'' if count == 1 else 's'}" for count, name in ((found.items, "item"), (found.texts, "text"))
    )
    return f"{'would be: ' if dry_run else ''}{items} of feeds and {texts} of the index forgotten"
