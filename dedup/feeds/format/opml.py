"""Lists of feeds: OPML read and written. Read by tags alone, as feeds are: nothing is expanded, nothing recurses."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from dedup.errors import FeedError
from dedup.feeds.format.charset import FeedBytes, read_source
from dedup.feeds.format.markup import attributes, open_tags
from dedup.feeds.format.strings import shown, unescaped
from dedup.feeds.limits import LIMITS, Limits
from dedup.feeds.urls import feed_address, without_secrets

_DEEPEST = 32
"""Folders in folders whose names are kept."""
_LONGEST_NAME = 500
"""Characters of a title or a folder's name."""


_SHOWN = 100
"""Characters of a title or an address that was left out."""
_LEFT_OUT = 1_000
"""Entries that are named one by one, of those that were left out."""
_KINDS = frozenset(("rss", "rss1", "rss2", "atom", "rdf", "feed", "json", "jsonfeed", "xml"))
"""Types of an outline whose `url` is that of a feed."""


class Subscription(NamedTuple):
    """A feed in a list."""

    title: str
    url: str
    """Of the feed, http or https."""
    folder: str = ""
    """Folders it stands in, the outermost first, between slashes; empty at the top."""


def read_opml(data: bytes, *, limits: Limits = LIMITS, left_out: list[str] | None = None) -> list[Subscription]:
    """The feeds of a list, each address once, as many as `limits.items`. Outlines without an address are folders;
    what looks like a feed and cannot be one, or was not read any more, is named in `left_out`, a line each. Raises
    FeedError if it is no OPML.
    """
    if len(data) > limits.feed_bytes:
        raise FeedError(f"list of {len(data):,} bytes is over the limit of {limits.feed_bytes:,}")
    source, missed = read_source(data), [] if left_out is None else left_out
    folders: list[str] = []
    found: dict[str, Subscription] = {}
    depth, known, ended = 0, False, False
    for count, (raw, rest, is_end, is_empty) in enumerate(open_tags(source.data)):
        name = raw.rpartition(b":")[2].lower()
        known = known or name == b"opml"
        ended = ended or (known and is_end and name == b"opml")
        if count > limits.tags or len(found) >= limits.items:
            missed.append(f"what follows after {len(found):,} feeds: the list is over the limit")
            ended = True
            break
        if name != b"outline" or not known:
            continue
        if is_end:
            depth = max(0, depth - 1)
            del folders[depth:]
            continue
        title, url, reason = _outline(source, rest, limits, is_empty)
        if reason and len(missed) < _LEFT_OUT:
            missed.append(reason)
        if url:
            found.setdefault(url, Subscription(title or url, url, "/".join(filter(None, folders))))
        if not is_empty:
            if depth == len(folders) and depth < _DEEPEST:
                folders.append("" if url else title.replace("/", "-"))
            depth += 1
    if not known:
        raise FeedError("no list of feeds: not OPML")
    if not ended:
        missed.append("what may follow: the file breaks off before </opml>")
    return list(found.values())


def _outline(source: FeedBytes, rest: bytes, limits: Limits, is_empty: bool) -> tuple[str, str, str]:
    """Title and feed address of an outline, and why it has none though it looks like a feed. A folder has neither."""
    values = {
        name: shown(unescaped(value.decode(source.codec, "replace")))
        for name, value in attributes(rest, limits.attributes).items()
    }
    title = (values.get("title") or values.get("text") or "")[:_LONGEST_NAME]
    kind, plain = values.get("type", "").lower(), values.get("url", "")
    link = values.get("xmlurl") or (plain if kind in _KINDS else "")
    if not link:
        reason = f"type {kind!r} is no feed" if plain else "no feed address (xmlUrl)"
        told = plain or (is_empty and values.get("htmlurl")) or (is_empty and kind in _KINDS)
        return title, "", _named(title, plain or values.get("htmlurl", ""), reason) if told else ""
    try:
        return title, feed_address(link), ""
    except FeedError as error:
        return title, "", _named(title, link, str(error))


def _named(title: str, link: str, reason: str) -> str:
    """An entry that was left out, in one line."""
    told = " ".join(part for part in (title[:_SHOWN], without_secrets(link)[:_SHOWN]) if part)
    return f"{told or 'an entry without a title'}: {reason}"


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
