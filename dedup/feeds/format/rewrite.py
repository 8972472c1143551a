"""Marks items in a feed's own bytes: flagged items get additions, dropped ones go, and every other byte stays.

Nothing is parsed and written anew. Additions are ASCII, with what is not as character references, so they are right in
every encoding that feeds use; broken feeds stay as broken as they were, and no more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from itertools import islice

from dedup.errors import FeedError
from dedup.feeds.format.charset import can_restore
from dedup.feeds.format.document import FeedDocument, ItemSpan, read_document
from dedup.feeds.format.elements import Element, MarkupNode
from dedup.feeds.format.fields import fields_of
from dedup.feeds.format.json_spans import JsonSpan, JsonSpans
from dedup.feeds.format.markup import attributes
from dedup.feeds.format.namespaces import DEDUP
from dedup.feeds.format.note_places import filled, html_note, is_one_tag, json_note, note_edits, raw_name, safe
from dedup.feeds.format.notes import Edit
from dedup.feeds.format.strings import shown
from dedup.feeds.limits import LIMITS, Limits
from dedup.feeds.model import Action, FeedKind, ItemMark
from dedup.feeds.urls import absolute

SCHEME = "tag:dedup,2026:relation"
"""Domain (RSS) or scheme (Atom) of the category that a flagged item gets; its term is the relation."""
TAG = "dedup:"
"""What the tag of a flagged item in a JSON Feed begins with; the relation follows."""
EXTENSION = "_dedup"
"""Member of a flagged item in a JSON Feed: relation, similarity, and url, title and source of the item seen first."""
_INDENT = re.compile(rb"\r?\n[ \t]{0,200}\Z|\r[ \t]{0,200}\Z")


def rewrite(
    data: bytes, marks: Mapping[int, ItemMark], charset: str | None = None, *, limits: Limits = LIMITS
) -> bytes:
    """The feed with the items of `marks`, by place, treated as they say; without a mark, or with KEEP, an item stays as
    it is, and a feed without others is returned as it came. Doing it twice is doing it once, but for dropped items.
    Raises FeedError if it is no feed, has no such item, or cannot be edited safely: pass on the original then.
    """
    wanted = {place: mark for place, mark in marks.items() if mark.action is not Action.KEEP}
    if not wanted:
        return data
    document = read_document(data, charset, limits)
    result = _edited(document, wanted)
    _verify(document, wanted, result, charset)
    return result


def extract(data: bytes, place: int, charset: str | None = None, *, limits: Limits = LIMITS) -> bytes:
    """The item as it stands in the file, byte for byte. Raises FeedError if it is no feed or has no such item."""
    document = read_document(data, charset, limits)
    if not 0 <= place < len(document.places):
        raise FeedError(f"the feed has no item {place}")
    return fragment(document, document.places[place])


def fragment(document: FeedDocument, place: ItemSpan) -> bytes:
    """The bytes of one item of a feed that was taken apart. Raises FeedError if they are lost to its encoding."""
    source = document.source
    inner = source.data[place.start : place.end]
    if not source.outer:
        return inner
    if not can_restore(source):
        raise FeedError("characters that are none in the feed's encoding")
    return replace(source, mark=b"", tail=b"").restore(inner)


def _check(document: FeedDocument, wanted: Mapping[int, ItemMark]) -> None:
    if not can_restore(document.source):
        raise FeedError("cannot be rewritten: characters that are none in its encoding")
    for number in wanted:
        if not 0 <= number < len(document.places):
            raise FeedError(f"the feed has no item {number}")
        if refused := document.places[number].refused:
            raise FeedError(f"item {number} {refused}: cannot be marked")


def _edited(document: FeedDocument, wanted: Mapping[int, ItemMark]) -> bytes:
    """The file with all edits made. Raises FeedError."""
    _check(document, wanted)
    edits: list[Edit] = []
    dropped = {place for place, mark in wanted.items() if mark.action is Action.DROP}
    for number, mark in wanted.items():
        if mark.action is Action.FLAG:
            edits += _flag(document, document.places[number], mark)
    edits += _drop(document, dropped)
    try:
        return document.source.restore(_applied(document.source.data, edits))
    except UnicodeError:
        raise FeedError("cannot be rewritten: characters that are none in its encoding") from None


def _verify(document: FeedDocument, wanted: Mapping[int, ItemMark], result: bytes, charset: str | None) -> None:
    """Whether the result holds what it should, in the eyes of the next reader: every item that is not dropped, the
    unmarked ones byte for byte, the flagged ones saying what they said, and nothing that a second marking would change.
    A feed may be broken in more ways than are known to us. Raises FeedError.
    """
    kept = [number for number in range(len(document.places)) if not _is(wanted, number, Action.DROP)]
    whole = len(document.places) < document.limits.items and not document.outline.cut
    if not kept:
        return
    # Additions may take the feed over its limits: that is for the next reader to judge.
    more = document.limits.tags * 2 if whole else document.limits.tags + 20 * len(wanted)
    limits = replace(
        document.limits, feed_bytes=len(result), item_bytes=len(result), tags=more,
        children=document.limits.children + 100, depth=document.limits.depth + 10,
    )  # fmt: skip
    try:
        found = read_document(result, charset, limits)
    except FeedError:
        found = None
    if found is None or len(found.places) < len(kept) or (whole and len(found.places) > len(kept)):
        raise FeedError("cannot be rewritten safely: its items would not be found again")
    flags: dict[int, ItemMark] = {}
    for place, number in enumerate(kept):
        if _is(wanted, number, Action.FLAG):
            flags[place] = wanted[number]
        if not _same(document, document.places[number], found, found.places[place], flagged=place in flags):
            raise FeedError(f"cannot be rewritten safely: item {number} would not be what it was")
    if flags and _edited(found, flags) != result:
        raise FeedError("cannot be rewritten safely: marked once more it would be another feed")


def _is(wanted: Mapping[int, ItemMark], number: int, action: Action) -> bool:
    return number in wanted and wanted[number].action is action


def _same(before: FeedDocument, old: ItemSpan, after: FeedDocument, new: ItemSpan, *, flagged: bool) -> bool:
    """Whether an item is what it was: its bytes (without spaces in front of an item that went), or what it says."""
    if not flagged:
        was, now = before.source.data[old.start : old.end], after.source.data[new.start : new.end]
        return was == now or was.rstrip() == now.rstrip()
    one, other = fields_of(before, old, "", brief=True), fields_of(after, new, "", brief=True)
    if one is None or other is None:
        return one is other
    return (one.id, one.links, one.title, one.text, one.dates) == (
        other.id, other.links, other.title, other.text, other.dates
    )  # fmt: skip


def _applied(data: bytes, edits: list[Edit]) -> bytes:
    out, at = [], 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        out += [data[at:start], new]
        at = max(at, end)
    return b"".join([*out, data[at:]])


# ---- dropping


def _drop(document: FeedDocument, dropped: set[int]) -> list[Edit]:
    if document.kind is FeedKind.JSON:
        first_kept = next((number for number in range(len(document.places)) if number not in dropped), 1 << 30)
        return [_without_comma(document.places, number, first_kept) for number in dropped]
    data = document.source.data
    edits = [_with_indent(data, document.places[number].start, document.places[number].end) for number in dropped]
    if document.kind is FeedKind.RDF and dropped:
        edits += _list_entries(document, dropped)
    return edits


def _with_indent(data: bytes, start: int, end: int) -> Edit:
    """An element and the line break and indent before it."""
    match = _INDENT.search(data, max(0, start - 202), start)
    return match.start() if match else start, end, b""


def _list_entries(document: FeedDocument, dropped: set[int]) -> list[Edit]:
    """The rdf:li that name dropped items, in the channel's list."""
    data, limit = document.source.data, document.limits.attributes
    kept: set[bytes] = set()
    gone: set[bytes] = set()
    for number, place in enumerate(document.places):
        if place.node is not None:
            about = _attribute(data, place.node.element, limit, "about")
            (gone if number in dropped else kept).add(about)
    gone -= kept | {b""}
    return [
        _with_indent(data, element.start, element.end)
        for element in document.outline.head
        if element.name == "rdf:li" and _attribute(data, element, limit, "resource") in gone
    ]


def _attribute(data: bytes, element: Element, limit: int, name: str) -> bytes:
    """An attribute with or without the prefix of RDF."""
    found = attributes(data[element.start : element.inner], limit)
    return next((value for key, value in found.items() if key.rpartition(":")[2] == name), b"")


def _without_comma(places: list[ItemSpan], number: int, first_kept: int) -> Edit:
    """An item of an array and one comma: before it if an item is kept there, else behind it."""
    place = places[number]
    if first_kept < number:
        return places[number - 1].end, place.end, b""
    return place.start, places[number + 1].start if number + 1 < len(places) else place.end, b""


# ---- flagging


def _flag(document: FeedDocument, place: ItemSpan, mark: ItemMark) -> list[Edit]:
    if place.node is None:
        return _flag_json(document, place, mark)
    return _flag_xml(document, place.node, mark)


def _relation(mark: ItemMark) -> str:
    return shown(mark.relation)[:100] or "duplicate"


def _flag_xml(document: FeedDocument, node: MarkupNode, mark: ItemMark) -> list[Edit]:
    """Additions at the beginning of the item, where they are right however it ends, and a note in its text."""
    data, item = document.source.data, node.element
    if not data.endswith(b">", item.start, item.inner):
        raise FeedError("cannot be rewritten safely: an item's own tag is broken")
    edits = [(part.start, part.end, b"") for part in node.parts if _is_ours(data, part, document.limits)]
    prefix = _prefix(data, item)
    atom = item.name == "entry"
    added = _category(prefix, mark, atom=atom) + _facts(mark)
    note = note_edits(document, node, mark)
    if note is None and not any(part.name in ("summary" if atom else "description") for part in node.parts):
        name, kind = (prefix + "summary", ' type="html"') if atom else (prefix + "description", "")
        added += f"<{name}{kind}>{escape(html_note(mark), quote=False)}</{name}>"
    edits += note or []
    new = added.encode("ascii", "xmlcharrefreplace")
    if not is_one_tag(data, item):
        return [*edits, (item.inner, item.inner, new)]
    return [*edits, filled(data, item, new)]


def _prefix(data: bytes, element: Element) -> str:
    """With its colon. One that is not ASCII is none for us: what we add is ASCII in every encoding."""
    prefix, colon, _ = raw_name(data, element).rpartition(b":")
    return (prefix + colon).decode("ascii", "ignore")


def _is_ours(data: bytes, part: Element, limits: Limits) -> bool:
    """Whether an element was added by an earlier run of ours."""
    if part.name.startswith("dedup:"):
        return True
    if part.name != "category":
        return False
    values = attributes(data[part.start : part.inner], limits.attributes)
    return SCHEME.encode() in [values.get("domain"), values.get("scheme")]


def _category(prefix: str, mark: ItemMark, *, atom: bool) -> str:
    relation = safe(_relation(mark))
    if not atom:
        return f'<{prefix}category domain="{SCHEME}">{relation}</{prefix}category>'
    return f'<{prefix}category scheme="{SCHEME}" term="{relation}" label="{relation}"/>'


def _facts(mark: ItemMark) -> str:
    """Elements for programs. Plain ones without attributes, so that they are right in RDF too."""
    facts = {"first-seen": absolute(mark.first_link), "similarity": f"{mark.similarity:.3f}" if mark.similarity else ""}
    return "".join(
        f'<dedup:{name} xmlns:dedup="{DEDUP}">{safe(value)}</dedup:{name}>' for name, value in facts.items() if value
    )


# ---- flagging in a JSON Feed


def _flag_json(document: FeedDocument, place: ItemSpan, mark: ItemMark) -> list[Edit]:
    data = document.source.data
    values = JsonSpans(data, place.start)
    members = {value.key: value for value in islice(values, document.limits.children)}
    if values.end is None:
        raise FeedError("cannot be rewritten safely: an item is no JSON, or has too many members")
    first = {"url": absolute(mark.first_link), "title": shown(mark.first_title)[:300], "source": mark.first_source}
    extension = {"relation": _relation(mark), "similarity": round(mark.similarity, 3), "first_seen": first}
    edits: list[Edit] = []
    added: list[str] = []
    if EXTENSION in members:
        edits.append((*members[EXTENSION][1:3], json.dumps(extension).encode()))
    else:
        added.append(f'"{EXTENSION}": {json.dumps(extension)}')
    tag = json.dumps(TAG + _relation(mark))
    if "tags" in members:
        edits += _tag_edits(data, members["tags"], tag.encode(), document.limits.children)
    else:
        added.append(f'"tags": [{tag}]')
    note = json_note(data, members, mark)
    if note is None:
        added.append(f'"content_html": {json.dumps(html_note(mark))}')
    edits += note or []
    if added:
        text = ", ".join(added) + (", " if members else "")
        edits.append((place.start + 1, place.start + 1, text.encode("ascii")))
    return edits


def _tag_edits(data: bytes, value: JsonSpan, tag: bytes, most: int) -> list[Edit]:
    """`tag` in the list, in place of an earlier one of ours; where there are more than `most`, in front of them."""
    tags = JsonSpans(data, value.start)
    found = list(islice(tags, most)) if data[value.start : value.start + 1] == b"[" else []
    many = len(found) == most
    if not many and (tags.end is None or not data.startswith(b"[", value.start)):
        return [(value.start, value.end, b"[" + tag + b"]")]
    for one in found:
        if data.startswith(b'"' + TAG.encode(), one.start):
            return [(one.start, one.end, tag)]
    if many:
        return [(value.start + 1, value.start + 1, tag + b", ")]
    at = found[-1].end if found else value.start + 1
    return [(at, at, (b", " if found else b"") + tag)]
