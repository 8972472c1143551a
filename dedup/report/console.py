"""What all that is printed for people goes through.

Ids and texts come from the web. They are printed as plain text: no markup is read in them, and characters that
steer a terminal or turn the direction of writing are shown as a replacement character.
"""

from __future__ import annotations

import re
import unicodedata
from typing import IO

from rich.console import Console


def plain(text: str, width: int = 0) -> str:
    """`text` on one line without control or bidirectional characters, cut to `width` characters if given."""
    shown = "".join(
        "\ufffd" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in re.sub(r"\s+", " ", text)
    )
    return shown if not width or len(shown) <= width else shown[: width - 1].rstrip() + "…"


def console_for(out: IO[str], color: bool | None = None) -> Console:
    """A console on `out`, with colour if `color` says so; None: if `out` is a terminal and NO_COLOR is not set.

    Where there is no terminal, lines are not broken.
    """
    tty = out.isatty() if color is None else color
    return Console(
        file=out,
        force_terminal=tty,
        no_color=None if tty else True,
        highlight=False,
        soft_wrap=not tty,
        width=None if tty else 120,
    )
