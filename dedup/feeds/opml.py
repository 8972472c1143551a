"""Lists of feeds: OPML read and written. Read by tags alone, as feeds are: nothing is expanded, nothing recurses."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from dedup.errors import FeedError
from dedup.feeds.address import absolute
from dedup.feeds.charset import Source, read_source
from dedup.feeds.fields import shown, unescaped
from dedup.feeds.limits import LIMITS, Limits
from dedup.feeds.markup import attributes, open_tags

_DEEPEST = 32
"""Folders in folders whose names are kept."""
_LONGEST_NAME = 500
"""Characters of a title or a folder's name."""


class Subscription(NamedTuple):
    """A feed in a list."""

    title: str
    url: str
    """Of the feed, http or https."""
    folder: str = ""
    """Folders it stands in, the outermost first, between slashes; empty at the top."""


def read_opml(data: bytes, *, limits: Limits = LIMITS) -> list[Subscription]:
    """The feeds of a list, each address once, as many as `limits.items`. Outlines without a web address are folders.
    Raises FeedError if it is no OPML.
    """
    if len(data) > limits.feed_bytes:
        raise FeedError(f"list of {len(data):,} bytes is over the limit of {limits.feed_bytes:,}")
    source = read_source(data)
    folders: list[str] = []
    found: dict[str, Subscription] = {}
    depth, known = 0, False
    for count, (raw, rest, is_end, is_empty) in enumerate(open_tags(source.data)):
        name = raw.rpartition(b":")[2].lower()
        known = known or name == b"opml"
        if count > limits.tags or len(found) >= limits.items:
            break
        if name != b"outline" or not known:
            continue
        if is_end:
            depth = max(0, depth - 1)
            del folders[depth:]
            continue
        title, url = _outline(source, rest, limits)
        if url:
            found.setdefault(url, Subscription(title or url, url, "/".join(filter(None, folders))))
        if not is_empty:
            if depth == len(folders) and depth < _DEEPEST:
                folders.append("" if url else title.replace("/", "-"))
            depth += 1
    if not known:
        raise FeedError("no list of feeds: not OPML")
    return list(found.values())


def _outline(source: Source, rest: bytes, limits: Limits) -> tuple[str, str]:
    """Title and feed address of an outline; the address is empty for a folder."""
    values = {
        name: shown(unescaped(value.decode(source.codec, "replace")))
        for name, value in attributes(rest, limits.attributes).items()
    }
    title = values.get("title") or values.get("text") or ""
    link = values.get("xmlurl") or (values.get("url", "") if values.get("type", "").lower() in {"rss", "atom"} else "")
    return title[:_LONGEST_NAME], absolute(link)


def write_opml(feeds: Iterable[Subscription | tuple[str, str, str]], *, title: str = "Feeds") -> bytes:
    """OPML 2.0 in UTF-8, a folder an outline (nested at the slashes), feeds in their order within it."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>', '<opml version="2.0">',
        f"<head><title>{_safe(title)}</title></head>", "<body>",
    ]  # fmt: skip
    by_folder: dict[str, list[Subscription]] = {}
    for feed in feeds:
        row = Subscription(*feed)
        by_folder.setdefault("/".join(part for part in row.folder.split("/") if part), []).append(row)
    for folder, rows in by_folder.items():
        names = folder.split("/") if folder else []
        lines += [f'<outline text="{_safe(name)}" title="{_safe(name)}">' for name in names]
        lines += [
            f'<outline type="rss" text="{_safe(row.title)}" title="{_safe(row.title)}" xmlUrl="{_safe(row.url)}"/>'
            for row in rows
        ]
        lines += ["</outline>"] * len(names)
    return ("\n".join([*lines, "</body>", "</opml>"]) + "\n").encode("utf-8")


def _safe(text: str) -> str:
    return escape(shown(text))
