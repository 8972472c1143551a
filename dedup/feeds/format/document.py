"""A feed as its format, its items' places and what is wrong with it: the one view that reading and rewriting share."""

from __future__ import annotations

from dataclasses import dataclass, field

from dedup.errors import FeedError
from dedup.feeds.format.charset import FeedBytes, read_source
from dedup.feeds.format.elements import MarkupNode, Outline
from dedup.feeds.format.json_spans import JsonSpan, JsonSpans
from dedup.feeds.format.markup import outline
from dedup.feeds.limits import LIMITS, Limits
from dedup.feeds.model import FeedKind

_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class ItemSpan:
    """Where an item stands in `FeedDocument.source.data`."""

    start: int
    end: int
    node: MarkupNode | None
    """Its elements; None in a JSON Feed."""
    refused: str = ""
    """Which limit it is over; it is then left alone."""


@dataclass(slots=True)
class FeedDocument:
    """A feed that was taken apart."""

    kind: FeedKind
    source: FeedBytes
    places: list[ItemSpan]
    notes: list[str]
    limits: Limits
    outline: Outline = field(default_factory=Outline)
    """Of XML."""
    members: dict[str, JsonSpan] = field(default_factory=dict)
    """Of a JSON Feed, by name."""


def read_document(data: bytes, charset: str | None = None, limits: Limits = LIMITS) -> FeedDocument:
    """Take a feed apart. Raises FeedError if it is none, or broken with no items left, or larger than the limit."""
    if len(data) > limits.feed_bytes:
        raise FeedError(f"feed of {len(data):,} bytes is over the limit of {limits.feed_bytes:,}")
    source = read_source(data, charset)
    start = len(source.data) - len(source.data.lstrip(_SPACE))
    if source.data[start : start + 1] in (b"{", b"["):
        return _json(source, start, limits)
    return _xml(source, limits)


def _xml(source: FeedBytes, limits: Limits) -> FeedDocument:
    found = outline(source.data, limits)
    if found.page:
        raise FeedError("no feed: a web page (HTML)")
    if not found.root:
        raise FeedError(_nothing(source.data))
    if not found.nodes and not found.closed:
        raise FeedError(found.cut or "broken or cut off, and no item in it")
    kind = {"feed": FeedKind.ATOM, "rdf:rdf": FeedKind.RDF, "rdf": FeedKind.RDF}.get(found.root, FeedKind.RSS)
    places = [_place(node, limits) for node in found.nodes]
    notes = [*source.notes]
    if found.junk:
        notes.append("text before the feed begins")
    if not found.balanced:
        notes.append("tags that are not closed or do not match")
    if found.declares:
        notes.append("declares entities: they are not expanded")
    if found.cut:
        notes.append(f"{found.cut}: the rest is left alone")
    return FeedDocument(kind, source, places, notes + _refusals(places), limits, outline=found)


def _nothing(data: bytes) -> str:
    if b"\0" in data[:1_000]:
        return "no feed: binary data"
    return "no feed: XML of another kind" if data.lstrip(_SPACE).startswith(b"<") else "no feed: neither XML nor JSON"


def _place(node: MarkupNode, limits: Limits) -> ItemSpan:
    start, end = node.element.start, node.element.end
    refused = ""
    if end - start > limits.item_bytes:
        refused = f"has {end - start:,} bytes"
    elif node.deepest > limits.depth:
        refused = f"is nested {node.deepest:,} deep"
    elif len(node.parts) > limits.children:
        refused = f"has more than {limits.children:,} elements"
    return ItemSpan(start, end, node, refused)


def _refusals(places: list[ItemSpan]) -> list[str]:
    """A note on each item that is left alone; of many the first ones."""
    notes = [f"item {at} {place.refused}: left alone" for at, place in enumerate(places) if place.refused]
    return notes if len(notes) <= 10 else [*notes[:9], f"{len(notes) - 9:,} more items left alone"]


def _json(source: FeedBytes, start: int, limits: Limits) -> FeedDocument:
    data = source.data
    if data[start : start + 1] == b"[":
        raise FeedError("no feed: a JSON array")
    top = JsonSpans(data, start)
    members: dict[str, JsonSpan] = {}
    resume = start + 1
    for count, value in enumerate(top):
        if count >= limits.children:
            raise FeedError(f"no feed: JSON with more than {limits.children:,} members")
        if value.key not in members or value.key != "items" or data[value.start : value.start + 1] == b"[":
            members[value.key] = value  # of members of one name the last counts, as for every parser
        resume = value.end
    version = members.get("version")
    notes = [*source.notes]
    items = members.get("items")
    begin = items.start if items else -1
    if items is None and top.end is None:
        begin = _unfinished_items(data, resume)
    known = version is not None and b"jsonfeed.org" in data[version.start : min(version.end, version.start + 200)]
    if not known and (begin < 0 or data[begin : begin + 1] != b"["):
        raise FeedError("no feed: JSON of another kind, or broken")
    places, whole = _json_places(data, begin, limits) if data[begin : begin + 1] == b"[" and begin >= 0 else ([], True)
    if top.end is None and not places:
        raise FeedError("broken or cut off, and no item in it")
    if top.end is None:
        notes.append("JSON that is broken or cut off")
    elif begin < 0 or data[begin : begin + 1] != b"[":
        notes.append("no list of items")
    if not known:
        notes.append("says not which version of JSON Feed it is")
    if not whole:
        notes.append(f"more than {limits.items:,} items: the rest is left alone")
    return FeedDocument(FeedKind.JSON, source, places, notes + _refusals(places), limits, members=members)


def _unfinished_items(data: bytes, at: int) -> int:
    """Where the list of items begins that has no end; -1 if there is none behind `at`."""
    key = data.find(b'"items"', at, at + 1_000)
    begin = data.find(b"[", key, key + 100) if key >= 0 else -1
    return begin if begin >= 0 and not data[key + 7 : begin].strip(b" \t\r\n:") else -1


def _json_places(data: bytes, begin: int, limits: Limits) -> tuple[list[ItemSpan], bool]:
    """The items of the array at `begin`, and whether that is all of them."""
    places: list[ItemSpan] = []
    for value in JsonSpans(data, begin):
        if len(places) >= limits.items:
            return places, False
        size, refused = value.end - value.start, ""
        if size > limits.item_bytes:
            refused = f"has {size:,} bytes"
        elif value.depth > limits.depth:
            refused = f"is nested {value.depth:,} deep"
        elif data[value.start : value.start + 1] != b"{":
            refused = "is no object"
        places.append(ItemSpan(value.start, value.end, None, refused))
    return places, True
