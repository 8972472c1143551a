"""When a feed is fetched next. Decisions only: nothing here fetches, stores, or looks at a clock.

All times are whole seconds since 1970 UTC, `now` is passed in. Nothing is drawn at random: delays are spread by the
feed's URL, so that a run can be repeated and tested.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

from dedup.errors import ConfigError
from dedup.feeds.http.request import DAY, Fetched, Request


@dataclass(frozen=True, slots=True)
class Rules:
    """Seconds. Errors: `ConfigError` for what cannot be."""

    interval: int = 600
    """Between two fetches of a feed that says nothing itself."""
    shortest: int = 60
    longest: int = DAY
    """Whatever a feed, a server or a row of failures asks for."""
    freshest: int = 3600
    """Most that `Cache-Control` may put a fetch off: caches in front of feeds like to say a week."""
    settle: int = DAY
    """How long a permanent redirect must have led to one place before it is believed."""

    def __post_init__(self) -> None:
        if not 0 < self.shortest <= self.interval <= self.longest:
            raise ConfigError("the interval of feeds must lie between the shortest and the longest")
        if self.freshest < 0 or self.settle < 0:
            raise ConfigError("delays of feeds must not be negative")


RULES = Rules()

_MOST_DOUBLINGS = 12
"""Keeps 2^failures small; the cap is long reached."""
_GIVE_UP_MOVE = 3
"""Failures in a row at a new place after which the old one is tried again."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is kept of a feed between two runs."""

    url: str
    """As the operator lists it. Never changes."""
    at: str | None = None
    """Where it is fetched since it moved for good; None: at `url`."""
    etag: str | None = None
    last_modified: str | None = None
    validators_of: str | None = None
    """URL that sent these two."""
    next_at: int = 0
    checked_at: int = 0
    """Of the last fetch, whatever came of it."""
    interval: int = 0
    """What the feed or its operator asks for; 0: that of the rules."""
    failures: int = 0
    """In a row."""
    last_error: str | None = None
    """Of the last failure; None after a success."""
    gone: bool = False
    """Answered 410: it is not fetched any more."""
    moving_to: str | None = None
    """Where permanent redirects lead, not yet believed."""
    moving_since: int = 0


def due(state: Schedule, now: int, rules: Rules = RULES) -> bool:
    """Whether a feed is to be fetched.

    A little early counts as due (a tenth of the interval, a minute at most): a job that starts every ten minutes
    would else find a ten-minute feed due only every other time. A time further off than any delay we give means that
    the clock was wrong, then or now: due, rather than never.
    """
    if state.gone:
        return False
    wait = state.next_at - now
    slack = 0 if state.failures else min(60, _interval(state, rules) // 10)
    return wait <= slack or wait > rules.longest


def request(state: Schedule) -> Request:
    """What is to be fetched for a feed."""
    return Request(
        state.at or state.url,
        etag=state.etag,
        last_modified=state.last_modified,
        validators_of=state.validators_of,
    )


def after(state: Schedule, fetched: Fetched, now: int, rules: Rules = RULES) -> Schedule:
    """State after a fetch. For a body that turned out to be no feed use `failed` in place of this: else its
    validators would be kept, and the next 304 would pass for a success.
    """
    if fetched.gone:
        return replace(failed(state, fetched.error or "gone", now, rules), gone=True)
    if fetched.error is not None:
        return failed(state, fetched.error, now, rules, retry_after=fetched.retry_after)
    wait = max(_interval(state, rules), min(fetched.cache_seconds or 0, rules.freshest))
    state = replace(state, next_at=now + min(wait, rules.longest), checked_at=now, failures=0, last_error=None)
    return _moved(_validated(state, fetched), fetched.moved_to, now, rules)


def failed(state: Schedule, error: str, now: int, rules: Rules = RULES, *, retry_after: int | None = None) -> Schedule:
    """State after a failure: the wait doubles with each one in a row, a server that asks for longer gets it, and
    nothing waits longer than `rules.longest`.
    """
    failures = state.failures + 1
    wait = min(max(backoff(state, failures, rules), retry_after or 0), rules.longest)
    lost = state.at is not None and failures >= _GIVE_UP_MOVE
    return replace(
        state,
        at=None if lost else state.at,
        next_at=now + wait,
        checked_at=now,
        failures=failures,
        last_error=error,
        moving_to=None,
        moving_since=0,
    )


def backoff(state: Schedule, failures: int, rules: Rules = RULES) -> int:
    """Seconds to wait after so many failures in a row: the interval, doubled by each, less up to a quarter by the
    feed's URL, so that feeds which failed together do not come back together.
    """
    longest = min(_interval(state, rules) << min(failures, _MOST_DOUBLINGS), rules.longest)
    share = zlib.crc32(f"{state.url} {failures}".encode()) / 2**32
    return longest - int(longest * share / 4)


def _interval(state: Schedule, rules: Rules) -> int:
    return min(max(state.interval or rules.interval, rules.shortest), rules.longest)


def _validated(state: Schedule, fetched: Fetched) -> Schedule:
    """Validators: those of a new body, all of them; a 304 may bring newer ones and else confirms the old."""
    if fetched.not_modified:
        return replace(
            state,
            etag=fetched.etag or state.etag,
            last_modified=fetched.last_modified or state.last_modified,
            validators_of=fetched.final_url,
        )
    return replace(state, etag=fetched.etag, last_modified=fetched.last_modified, validators_of=fetched.final_url)


def _moved(state: Schedule, moved_to: str | None, now: int, rules: Rules) -> Schedule:
    """Believe a permanent redirect once it has led to one place for `rules.settle`, at every fetch in between.

    Not at once, and not after two fetches ten minutes apart: a site that is being set up, or a network that wants a
    log-in first, says 301 for an hour, and would take the feed away for good. Until then a redirect costs one more
    request. A clock that went backwards starts the time anew.
    """
    if moved_to is None:
        return replace(state, moving_to=None, moving_since=0)
    if moved_to != state.moving_to or now < state.moving_since:
        state = replace(state, moving_to=moved_to, moving_since=now)
        if rules.settle:
            return state
    if now - state.moving_since < rules.settle:
        return state
    return replace(state, at=moved_to if moved_to != state.url else None, moving_to=None, moving_since=0)
