"""What a reader of a page does not see, as far as the attributes of its elements tell.

Hidden for certain is what is not displayed, has no size or no opacity, or stands far off the screen. Letters in the
colour of the page are hidden only where nothing suggests another ground: white letters on a dark banner are read by
everybody, and which banner is dark is mostly told by a style sheet that is not at hand. So a background of any kind, a
class or an id, of the element or of one around it, and a style sheet of the page, make the ground unknown; a background
that is written as white makes it white.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_BETWEEN = re.compile(r"(?<=[\d%])\s+(?=[\d.])")
_ANY_ATTRIBUTE = re.compile(r"""([^\s"'>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_INVISIBLE = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|font-size:(?:0*\.?0+(?:px|r?em|pt|%)?|[01](?:\.\d+)?px)|opacity:0*(?:\.?0+)%?"
    r"|text-indent:-(?:999|\d{4,})(?:\.\d+)?(?:px|pt)|text-indent:-\d{3,}(?:\.\d+)?(?:em|rem|%|vw)"
    r"|clip:rect\((?:0(?:px)?,?){4}\)|clip-path:inset\((?:50|100)%\)|transform:scale\(0(?:,0)?\))"
    r"(?:!important)?(?=;|$)"
)
_PLACED = re.compile(r"(?:^|;)position:(?:absolute|fixed)")
_FAR = re.compile(
    r"(?:^|;)(?:left|top|right|bottom|inset-inline-start):-(?:(?:999|\d{4,})(?:\.\d+)?(?:px|pt)|\d{3,}(?:\.\d+)?(?:em|rem|%|vw|vh))"
)
_COLOUR = re.compile(r"(?:^|;)color:([^;]+)")
_GROUND = re.compile(r"(?:^|;)background(?:-color|-image)?:([^;]+)")
_DRAWN = re.compile(r"text-shadow|text-stroke|text-fill|background-clip|mix-blend|filter:")
"""Makes letters of any colour visible."""
_CHANNELS = re.compile(r"rgba?\((\d{1,3}%?),(\d{1,3}%?),(\d{1,3}%?)(?:[,/]([\d.]+%?))?\)")
_PALE = 0xF0
"""Least value of each channel from which a colour is hardly told from white."""
_WHITE_NAMES = frozenset(("white", "snow", "ivory", "ghostwhite", "whitesmoke", "floralwhite", "mintcream"))


class Paint(NamedTuple):
    """What the letters of an element look like."""

    pale: int = -1
    """Where the tag begins that makes them white or transparent; -1 where they are not."""
    white: bool = True
    """Whether all that is known of the ground says that it is white."""

    @property
    def hidden(self) -> bool:
        """White on white."""
        return self.pale >= 0 and self.white


def attributes_of(text: str) -> dict[str, str]:
    """Names (small letters) and values of the attributes in a tag; the first of a name counts."""
    found: dict[str, str] = {}
    for name, value in _ANY_ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), value.strip("\"'"))
    return found


def declarations(style: str) -> str:
    """A style in small letters and without white space; between numbers a comma takes its place."""
    return "".join(_BETWEEN.sub(",", style.lower()).split())


def invisible(style: str, hidden: str | None) -> bool:
    """Whether an element with this style (see `declarations`) and this value of the attribute `hidden` is not shown."""
    if hidden is not None and hidden.strip().lower() != "until-found":
        return True
    return bool(_INVISIBLE.search(style) or (_PLACED.search(style) and _FAR.search(style)))


def painted(above: Paint, attributes: dict[str, str], style: str, mark: int) -> Paint:
    """The letters of an element that begins at `mark` in one whose letters are `above`."""
    pale, white = above
    ground = _GROUND.search(style)
    given = ground[1] if ground else attributes.get("bgcolor", "").strip().lower()
    if given and given not in ("none", "transparent", "inherit", "initial"):
        white = _is_pale(given)
    elif "class" in attributes or "id" in attributes or "background" in attributes:
        white = False
    colour = _COLOUR.search(style)
    written = colour[1] if colour else attributes.get("color", attributes.get("text", "")).strip().lower()
    if written and written not in ("inherit", "currentcolor"):
        pale = mark if _is_pale(written) or _is_clear(written) else -1
    if _DRAWN.search(style):
        white = False
    return Paint(pale, white)


def _value(channel: str) -> float:
    return float(channel[:-1]) * 2.55 if channel.endswith("%") else float(channel)


def _is_pale(colour: str) -> bool:
    """Whether a colour is white, or as good as."""
    colour = colour.removesuffix("!important")
    if colour in _WHITE_NAMES:
        return True
    if re.fullmatch(r"#?[0-9a-f]{3}|#?[0-9a-f]{6}", colour):
        digits = colour.removeprefix("#")
        size = len(digits) // 3
        parts = [digits[at : at + size] * (3 - size) for at in range(0, len(digits), size)]
        return all(int(part, 16) >= _PALE for part in parts)
    channels = _CHANNELS.fullmatch(colour)
    return channels is not None and min(_value(part) for part in channels.groups()[:3]) >= _PALE


def _is_clear(colour: str) -> bool:
    """Whether nothing is drawn at all."""
    channels = _CHANNELS.fullmatch(colour.removesuffix("!important"))
    clear = channels is not None and channels[4] is not None and float(channels[4].rstrip("%") or 1) == 0
    return colour.removesuffix("!important") == "transparent" or clear
