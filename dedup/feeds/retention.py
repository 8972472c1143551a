"""What is forgotten, and when: one rule for `dedup feeds gc`, `dedup index gc` and what `dedup feeds run` does itself.

| what                       | is forgotten when                                                               |
| an item                    | no feed lists it any more, it was decided on longer ago, and no remembered item |
|                            | is a copy of it; with it go its decisions, and the item itself if it was dropped |
| a text in the index        | it was added longer ago, no remembered item has it, and it stands for no cluster |

Both in this order, so that what a feed still lists is compared with what comes, whatever its age.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedup.feeds.state import State

if TYPE_CHECKING:
    from dedup.config import RetentionConfig
    from dedup.feeds.session import Session
    from dedup.index.index import Index

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Rule:
    """How old is old."""

    before: int
    """Seconds since 1970."""
    representatives: bool = True
    """Keep texts that stand for a cluster."""
    texts: bool = True
    """Take texts out of the index; else items alone are forgotten."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was forgotten."""

    items: int = 0
    texts: int = 0


class _TakenBack(Exception):  # noqa: N818 - no error: the end of a dry run
    """Takes back what a dry run did."""


def forget(index: Index, rule: Rule, *, dry_run: bool = False) -> Forgotten:
    """Forget what is old; a `dry_run` tells what would go. Raises IndexFileError."""
    state, items, expired = State(index.database), 0, list[int]()
    try:
        with index.transaction(write=True):
            items = state.forget(rule.before)
            if rule.texts:
                expired = index.expired(
                    rule.before, keep_representatives=rule.representatives, held=state.documents()
                )  # fmt: skip
            if dry_run:
                raise _TakenBack
    except _TakenBack:
        return Forgotten(items, len(expired))
    return Forgotten(items, index.take_out(expired))


def forget_daily(session: Session, config: RetentionConfig, now: int) -> Forgotten:
    """Forget what is old by the settings, if they say so and it was not done in the last day."""
    state, age = session.state, config.seconds
    if age is None or 0 <= now - state.forgotten < DAY:
        return Forgotten()
    found = forget(session.open_index(), Rule(now - age, config.representatives))
    with session.transaction(write=True):
        state.forgotten = now
    return found
