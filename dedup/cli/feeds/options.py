"""What the commands of `dedup feeds` have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from dedup.cli.options import load
from dedup.errors import ConfigError, NoIndexError

if TYPE_CHECKING:
    from dedup.config import Config, FeedsConfig
    from dedup.feeds.policy import Policy
    from dedup.feeds.session import Session

Command = TypeVar("Command", bound=Callable[..., Any])


_UNNAMED = ("same-link", "repost")
"""What is not merged: the item that stands is the same article of the same publisher."""


def index_option(command: Command) -> Command:
    """Add `--index`."""
    text = "the index to keep everything in: a file, or a PostgreSQL database  [the user's own]"
    place = click.option("--index", default="", metavar="FILE|postgresql://…", help=text, callback=_no_empty_name)
    return place(command)


def _no_empty_name(context: click.Context, option: click.Parameter, value: str) -> str:
    """The value. Raises BadParameter where it was given and is empty (an unset variable of a script): the user's own
    index is not what was meant.
    """
    if not value and context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE:
        raise click.BadParameter("the name is empty", context, option)
    return value


def policy_option(command: Command) -> Command:
    """Add `--policy`."""
    text = (
        "flag, drop, merge or keep items of this kind: exact, near-duplicate, excerpt, spun, rewritten, form (only "
        "flag or keep these two), same-link (the article was listed in another feed), repost (posted again by its "
        "publisher), teaser (same headline and first words), all; may be repeated"
    )
    return click.option("--policy", "policies", multiple=True, metavar="RELATION=ACTION", help=text)(command)


def place_of(index: str) -> str | Path:
    """Where the index is."""
    if index:
        return index
    from dedup.storage.location import default_place

    return default_place()


@contextmanager
def session(
    index: str, config_file: Path | None = None, *, create: bool = True, wait: float | None = None
) -> Iterator[Session]:
    """The feeds of an index; a new one is made, with its folder, unless told not to. The index is used with the
    settings that it was made with, over them those of a file. Raises IndexFileError, ConfigError.
    """
    load(config_file, {})  # now, not when something new has been fetched: a file that is wrong is said at once
    from dedup.feeds.session import Session
    from dedup.storage.database import WAIT

    place = place_of(index)

    def settings(_: Config) -> Config:
        from dedup.index.index import Index

        return load(config_file, {}, Index.settings(place))[0]

    try:
        opened = Session(place, settings, create=create, wait=WAIT if wait is None else wait)
    except NoIndexError as error:
        raise NoIndexError(f"no feeds yet ({error}). Add some: dedup feeds add https://example.org/rss") from None
    with opened as held:
        yield held


def policy_of(config: FeedsConfig, policies: tuple[str, ...]) -> Policy:
    """What is done with copies: flags over the file. Raises ConfigError."""
    from dedup.config import GENTLE
    from dedup.feeds.policy import Cause, Policy, Scope, Treatment
    from dedup.feeds.publisher import rules_of
    from dedup.model import Relation

    wanted = config.treatments
    for policy in policies:
        relation, _, treatment = policy.partition("=")
        if (relation != "all" and relation not in wanted) or treatment not in set(Treatment):
            raise ConfigError(
                f"--policy {policy}: expected RELATION=ACTION, with one of {', '.join(wanted)} or all, and one of "
                f"{', '.join(Treatment)}"
            )
        gentle = treatment in (Treatment.FLAG, Treatment.KEEP)
        if relation in GENTLE and not gentle:
            raise ConfigError(f"--policy {policy}: what is {relation} is only flagged or kept")
        if relation in _UNNAMED and treatment == Treatment.MERGE:
            raise ConfigError(f"--policy {policy}: it is flagged, dropped or kept: there is no other item to name")
        every = [name for name in wanted if name != Cause.FORM and (gentle or name not in GENTLE)]
        for name in every if relation == "all" else [relation]:
            wanted[name] = Treatment.DROP if name in _UNNAMED and treatment == Treatment.MERGE else treatment
    causes = {Cause(name): Treatment(treatment) for name, treatment in wanted.items() if name in set(Cause)}
    found = {Relation(name): Treatment(treatment) for name, treatment in wanted.items() if name not in set(Cause)}
    return Policy(found, causes, Scope(config.scope), rules_of(config.publisher), shortest=config.shortest)
