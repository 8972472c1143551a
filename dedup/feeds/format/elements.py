"""Elements and items of a feed by where they stand in it: byte ranges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Element(NamedTuple):
    """An element of an item, or of the channel outside its items. Byte offsets, ends exclusive."""

    name: str
    """As `content:encoded`, with our prefix and in lower case; those of a group as `media:group/media:title`."""
    start: int
    inner: int
    """Where its content begins: behind the start tag."""
    close: int
    """Where its content ends: at the end tag."""
    end: int


@dataclass(slots=True)
class MarkupNode:
    """An item as it stands in the file."""

    element: Element
    parts: list[Element] = field(default_factory=list)
    """Its elements in their order."""
    bases: tuple[bytes, ...] = ()
    """Values of xml:base around it and of itself, the outermost first."""
    deepest: int = 0
    """Levels of elements in it."""


@dataclass(slots=True)
class Outline:
    """What stands where."""

    root: str = ""
    root_tag: tuple[int, int] = (0, 0)
    junk: bool = False
    """Whether text stands before the first tag."""
    page: bool = False
    """Whether it is a web page."""
    head: list[Element] = field(default_factory=list)
    """Elements of the channel; also the rdf:li of its list of items."""
    nodes: list[MarkupNode] = field(default_factory=list)
    balanced: bool = True
    closed: bool = False
    """Whether the root element ended, or no item was left open."""
    cut: str = ""
    """Why reading stopped before the end."""
    declares: bool = False
    """Whether it declares entities."""
    bases: tuple[bytes, ...] = ()
