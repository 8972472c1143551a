"""One feed out of items of several, of any format: the merged feed, and the one of what was dropped."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from dedup.feeds.format.document import read_document
from dedup.feeds.format.fields import fields_of
from dedup.feeds.format.namespaces import DEDUP
from dedup.feeds.format.parse import digest, feed_of
from dedup.feeds.format.rewrite import EXTENSION, SCHEME, TAG, fragment
from dedup.feeds.format.strings import shown
from dedup.feeds.limits import LIMITS, Limits
from dedup.feeds.model import FeedKind, ItemMark

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s<>\"{}|\\^`\x00-\x20]+")
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AtomEntry:
    """An item on its way into another feed."""

    place: int
    """In the feed that it is from."""
    key: str
    title: str
    url: str
    """Absolute; empty where there is none."""
    date: int
    """Seconds since 1970 UTC, or `model.UNKNOWN_DATE`."""
    html: str
    """Content as it was published: it is not made safe, as feeds are not; whoever shows it does so."""
    author: str = ""
    tags: tuple[str, ...] = ()
    enclosures: tuple[tuple[str, str, str], ...] = ()
    """Address, media type and length."""
    source_title: str = ""
    source_link: str = ""
    source_feed: str = ""
    mark: ItemMark | None = None
    """Why it was flagged or dropped."""
    original: bytes = b""
    """The item as it stood in its file, to be put back; empty where it is not kept."""


def entries(
    data: bytes, url: str = "", charset: str | None = None, *, now: float, marks: dict[int, ItemMark] | None = None,
    places: Collection[int] | None = None, originals: bool = False, limits: Limits = LIMITS,
) -> list[AtomEntry]:  # fmt: skip
    """The items of a feed, or those at `places`, as entries. Raises FeedError as `parse` does."""
    document = read_document(data, charset, limits)
    feed = feed_of(document, url, now)
    found = []
    for item in feed.items:
        place = document.places[item.place]
        fields = fields_of(document, place, url or feed.link) if places is None or item.place in places else None
        if fields is not None:
            found.append(AtomEntry(
                item.place, item.key, item.title, item.url, item.date, fields.html, fields.author, tuple(fields.tags),
                tuple(fields.enclosures), feed.title, feed.link, url, (marks or {}).get(item.place),
                fragment(document, place) if originals else b"",
            ))  # fmt: skip
    return found


def collect(
    items: Iterable[AtomEntry], *, title: str, link: str, kind: FeedKind | str = FeedKind.ATOM, feed_id: str = ""
) -> bytes:
    """A new feed of `items`, in their order, as Atom 1.0 or (`json`) JSON Feed 1.1, in UTF-8. The same items give the
    same bytes: dates are those of the items. Raises ValueError for other formats.
    """
    listed = list(items)
    if kind == FeedKind.ATOM:
        return _atom(listed, title, link, feed_id)
    if kind == FeedKind.JSON:
        return _json(listed, title, link)
    raise ValueError(f"feeds are written as atom or json, not {kind}")


def _id(entry: AtomEntry) -> str:
    """What the entry is known by in the new feed: its own id if that is one for the whole world."""
    if _URI.fullmatch(entry.key):
        return entry.key
    return _made("item", entry.source_feed or entry.source_link, entry.key)


def _made(what: str, *parts: str) -> str:
    """An id of our own."""
    return f"tag:dedup,2026:{what}:" + digest(*parts).removeprefix("sha256:")


def _ids(items: Sequence[AtomEntry]) -> list[str]:
    """An id for each, no two the same."""
    seen: set[str] = set()
    out = []
    for entry in items:
        name = _id(entry)
        if name in seen:
            name = _made("item", entry.source_feed, entry.key, str(entry.place))
        while name in seen:
            name += "x"
        seen.add(name)
        out.append(name)
    return out


def _moment(date: int) -> str:
    return (_EPOCH + timedelta(seconds=date)).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


def _known(date: int) -> bool:
    return -62_135_596_800 <= date <= 253_402_300_799


def _xml(text: str) -> str:
    return escape(_INVALID.sub("", text))


def _element(name: str, text: str, **attributes: str) -> str:
    values = "".join(f' {key}="{_xml(value)}"' for key, value in attributes.items() if value)
    return f"<{name}{values}>{_xml(text)}</{name}>" if text else f"<{name}{values}/>"


def _atom(items: list[AtomEntry], title: str, link: str, feed_id: str) -> bytes:
    latest = max((entry.date for entry in items if _known(entry.date)), default=0)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:dedup="{DEDUP}">',
        _element("title", shown(title) or "Feed"),
        _element("id", feed_id or (link if _URI.fullmatch(link) else _made("feed", title, link))),
        _element("updated", _moment(latest)),
        _element("link", "", href=link) if link else "",
        _element("generator", "dedup"),
    ]
    for entry, name in zip(items, _ids(items), strict=True):
        lines += ["<entry>", *_atom_entry(entry, name, latest), "</entry>"]
    return ("\n".join(line for line in [*lines, "</feed>"] if line) + "\n").encode("utf-8")


def _atom_entry(entry: AtomEntry, name: str, latest: int) -> list[str]:
    date = entry.date if _known(entry.date) else latest  # Atom wants one
    lines = [_element("title", shown(entry.title) or "Untitled"), _element("id", name)]
    lines.append(_element("updated", _moment(date)))
    if _known(entry.date):
        lines.append(_element("published", _moment(entry.date)))
    if entry.url:
        lines.append(_element("link", "", href=entry.url))
    lines.append(f"<author>{_element('name', shown(entry.author or entry.source_title) or 'unknown')}</author>")
    lines += [_element("category", "", term=tag) for tag in entry.tags]
    if entry.mark is not None and entry.mark.relation:
        lines.append(_element("category", "", scheme=SCHEME, term=entry.mark.relation, label=entry.mark.relation))
        if entry.mark.first_link:
            lines.append(_element("dedup:first-seen", entry.mark.first_link))
    lines += [
        _element("link", "", rel="enclosure", href=href, type=kind, length=length)
        for href, kind, length in entry.enclosures
    ]
    lines.append(_element("content", entry.html, type="html") if entry.html else '<content type="text"/>')
    if entry.source_title or entry.source_link or entry.source_feed:
        lines.append(_source(entry))
    if entry.original:
        lines.append(_element("dedup:original", base64.b64encode(entry.original).decode("ascii"), encoding="base64"))
    return lines


def _source(entry: AtomEntry) -> str:
    parts = [_element("id", entry.source_feed or entry.source_link)] if entry.source_feed or entry.source_link else []
    parts.append(_element("title", shown(entry.source_title)))
    if entry.source_link:
        parts.append(_element("link", "", href=entry.source_link))
    if entry.source_feed:
        parts.append(_element("link", "", rel="self", href=entry.source_feed))
    return f"<source>{''.join(parts)}</source>"


def _json(items: list[AtomEntry], title: str, link: str) -> bytes:
    feed: dict[str, object] = {"version": "https://jsonfeed.org/version/1.1", "title": shown(title) or "Feed"}
    if link:
        feed["home_page_url"] = link
    feed["items"] = [_json_item(entry, name) for entry, name in zip(items, _ids(items), strict=True)]
    return (json.dumps(feed, ensure_ascii=True, indent=1) + "\n").encode("ascii")


def _json_item(entry: AtomEntry, name: str) -> dict[str, object]:
    item: dict[str, object] = {"id": name, "content_html": _INVALID.sub("", entry.html), "title": shown(entry.title)}
    if entry.url:
        item["url"] = entry.url
    if _known(entry.date):
        item["date_published"] = _moment(entry.date)
    if entry.author:
        item["authors"] = [{"name": shown(entry.author)}]
    tags = list(entry.tags) + ([TAG + entry.mark.relation] if entry.mark is not None and entry.mark.relation else [])
    if tags:
        item["tags"] = tags
    if entry.enclosures:
        item["attachments"] = [
            {"url": href, "mime_type": kind or "application/octet-stream"}
            | ({"size_in_bytes": int(length[:15])} if length else {})
            for href, kind, length in entry.enclosures
        ]
    source = {"title": entry.source_title, "url": entry.source_link, "feed": entry.source_feed}
    own: dict[str, object] = {"source": source}
    if entry.mark is not None:
        own |= {"relation": entry.mark.relation, "first_seen": {"url": entry.mark.first_link}}
    if entry.original:
        own["original"] = base64.b64encode(entry.original).decode("ascii")
    item[EXTENSION] = own
    return item
