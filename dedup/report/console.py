"""What all that is printed for people goes through.

Ids and texts come from the web. They are printed as plain text: no markup is read in them, and characters that
steer a terminal or turn the direction of writing are shown as a replacement character.
"""

from __future__ import annotations

import re
import unicodedata
from typing import IO, TYPE_CHECKING

from dedup.model import Flag, FlagKind, Span

if TYPE_CHECKING:
    from rich.console import Console

_NAMED = {"name": "name", "date": "date", "year": "date"}
"""Kinds of what differs that nobody calls a number."""


def visible(text: str, kept: str = "") -> str:
    """`text` with control and bidirectional characters, and those that are not seen, replaced by what is; but for those
    that are `kept`.
    """
    return "".join(
        "\ufffd" if char not in kept and unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in text
    )


def plain(text: str, width: int = 0) -> str:
    """`text` on one line without control or bidirectional characters, cut to `width` characters if given."""
    shown = visible(re.sub(r"\s+", " ", text))
    return shown if not width or len(shown) <= width else shown[: width - 1].rstrip() + "…"


def percent(value: float, *, exact: bool = False) -> str:
    """A share, rounded down. 100 % is said of exact copies alone: where texts differ, or nothing is certain, it is 99 %
    at most.
    """
    return f"{100 if exact else min(int(value * 100 + 1e-9), 99)} %"


def flag_name(flag: Flag, span: Span) -> str:
    """What differs in one place: of a number, date or name, which of them it is."""
    kind = str((span.other or {}).get("kind", "")) if flag.kind is FlagKind.MUTATED_NUMBER else ""
    return f"mutated-{_NAMED[kind]}" if kind in _NAMED else flag.kind.value


def console_for(out: IO[str], color: bool | None = None) -> Console:
    """A console on `out`, with colour if `color` says so; None: if `out` is a terminal and NO_COLOR is not set.

    Where there is no terminal, lines are not broken.
    """
    from rich.console import Console  # who writes JSON, and says one thing on stderr, does not wait for it

    tty = out.isatty() if color is None else color
    return Console(
        file=out,
        force_terminal=tty,
        no_color=None if tty else True,
        highlight=False,
        soft_wrap=not tty,
        width=None if tty else 120,
    )
