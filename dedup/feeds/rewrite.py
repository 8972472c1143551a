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

from dedup.errors import FeedError
from dedup.feeds.address import absolute
from dedup.feeds.charset import can_restore
from dedup.feeds.document import Document, Place, read_document
from dedup.feeds.fields import NOTE, PLAIN_NOTE, shown
from dedup.feeds.jsonfeed import Value, Values
from dedup.feeds.limits import LIMITS, Limits
from dedup.feeds.markup import DEDUP, Element, Node, attributes
from dedup.feeds.model import Action, Kind, Mark

SCHEME = "tag:dedup,2026:relation"
"""Domain (RSS) or scheme (Atom) of the category that a flagged item gets; its term is the relation."""
TAG = "dedup:"
"""What the tag of a flagged item in a JSON Feed begins with; the relation follows."""
EXTENSION = "_dedup"
"""Member of a flagged item in a JSON Feed: relation, similarity, and url, title and source of the item seen first."""
_WORDING = {
    "exact": "Copy of",
    "near-duplicate": "Near-duplicate of",
    "excerpt": "Shares a passage with",
    "spun": "Reworded copy of",
    "same-story": "Same story as",
}
_OPEN, _CLOSE = NOTE
_PLAIN_OPEN, _PLAIN_CLOSE = PLAIN_NOTE
_LONGEST_NOTE = 20_000
"""Bytes; what claims to be an earlier note of ours and is longer is none."""
_UNSAFE = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Direction marks: in somebody's title they would turn the rest of our line around."""
_INDENT = re.compile(rb"\r?\n[ \t]{0,200}\Z|\r[ \t]{0,200}\Z")
_DIV_END = re.compile(rb"</((?:[\w.-]{1,60}:)?)(div|body)\s*>\s*\Z")
_HOSTS = ("content:encoded", "content", "description", "summary")
"""Elements that a note may stand in, the one that readers show first."""

_Edit = tuple[int, int, bytes]
"""Start and end of what is replaced, and by what."""


def rewrite(data: bytes, marks: Mapping[int, Mark], charset: str | None = None, *, limits: Limits = LIMITS) -> bytes:
    """The feed with the items of `marks`, by place, treated as they say; without a mark, or with KEEP, an item stays as
    it is, and a feed without others is returned as it came. Doing it twice is doing it once, but for dropped items.
    Raises FeedError if it is no feed, has no such item, or cannot be edited safely: pass on the original then.
    """
    wanted = {place: mark for place, mark in marks.items() if mark.action is not Action.KEEP}
    if not wanted:
        return data
    document = read_document(data, charset, limits)
    _check(document, wanted)
    edits: list[_Edit] = []
    dropped = {place for place, mark in wanted.items() if mark.action is Action.DROP}
    for number, mark in wanted.items():
        if mark.action is Action.FLAG:
            edits += _flag(document, document.places[number], mark)
    edits += _drop(document, dropped)
    try:
        result = document.source.restore(_applied(document.source.data, edits))
    except UnicodeError:
        raise FeedError("cannot be rewritten: characters that are none in its encoding") from None
    _verify(document, result, charset, len(dropped))
    return result


def extract(data: bytes, place: int, charset: str | None = None, *, limits: Limits = LIMITS) -> bytes:
    """The item as it stands in the file, byte for byte. Raises FeedError if it is no feed or has no such item."""
    document = read_document(data, charset, limits)
    if not 0 <= place < len(document.places):
        raise FeedError(f"the feed has no item {place}")
    return fragment(document, document.places[place])


def fragment(document: Document, place: Place) -> bytes:
    """The bytes of one item of a feed that was taken apart. Raises FeedError if they are lost to its encoding."""
    source = document.source
    inner = source.data[place.start : place.end]
    if not source.outer:
        return inner
    if not can_restore(source):
        raise FeedError("characters that are none in the feed's encoding")
    return replace(source, mark=b"", tail=b"").restore(inner)


def _check(document: Document, wanted: Mapping[int, Mark]) -> None:
    if not can_restore(document.source):
        raise FeedError("cannot be rewritten: characters that are none in its encoding")
    for number in wanted:
        if not 0 <= number < len(document.places):
            raise FeedError(f"the feed has no item {number}")
        if refused := document.places[number].refused:
            raise FeedError(f"item {number} {refused}: cannot be marked")


def _verify(document: Document, result: bytes, charset: str | None, dropped: int) -> None:
    """Whether the result still has the items that it should have. Raises FeedError."""
    expected = len(document.places) - dropped
    if not expected or len(document.places) >= document.limits.items or document.outline.cut:
        return
    # Additions may take the feed over its limit: that is for the next reader to judge.
    limits = Limits(feed_bytes=len(result), item_bytes=len(result), tags=document.limits.tags * 2)
    try:
        found = len(read_document(result, charset, limits).places)
    except FeedError:
        found = -1
    if found != expected:
        raise FeedError("cannot be rewritten safely: its items would not be found again")


def _applied(data: bytes, edits: list[_Edit]) -> bytes:
    out, at = [], 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        out += [data[at:start], new]
        at = max(at, end)
    return b"".join([*out, data[at:]])


# ---- dropping


def _drop(document: Document, dropped: set[int]) -> list[_Edit]:
    if document.kind is Kind.JSON:
        first_kept = next((number for number in range(len(document.places)) if number not in dropped), 1 << 30)
        return [_without_comma(document.places, number, first_kept) for number in dropped]
    data = document.source.data
    edits = [_with_indent(data, document.places[number].start, document.places[number].end) for number in dropped]
    if document.kind is Kind.RDF and dropped:
        edits += _list_entries(document, dropped)
    return edits


def _with_indent(data: bytes, start: int, end: int) -> _Edit:
    """An element and the line break and indent before it."""
    match = _INDENT.search(data, max(0, start - 202), start)
    return match.start() if match else start, end, b""


def _list_entries(document: Document, dropped: set[int]) -> list[_Edit]:
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


def _without_comma(places: list[Place], number: int, first_kept: int) -> _Edit:
    """An item of an array and one comma: before it if an item is kept there, else behind it."""
    place = places[number]
    if first_kept < number:
        return places[number - 1].end, place.end, b""
    return place.start, places[number + 1].start if number + 1 < len(places) else place.end, b""


# ---- flagging


def _flag(document: Document, place: Place, mark: Mark) -> list[_Edit]:
    if place.node is None:
        return _flag_json(document, place, mark)
    return _flag_xml(document, place.node, mark)


def _relation(mark: Mark) -> str:
    return shown(mark.relation)[:100] or "duplicate"


def _flag_xml(document: Document, node: Node, mark: Mark) -> list[_Edit]:
    """Additions at the beginning of the item, where they are right however it ends, and a note in its text."""
    data, item = document.source.data, node.element
    if not data.endswith(b">", item.start, item.inner):
        raise FeedError("cannot be rewritten safely: an item's own tag is broken")
    edits = [(part.start, part.end, b"") for part in node.parts if _is_ours(data, part, document.limits)]
    prefix = _prefix(data, item)
    atom = item.name == "entry"
    added = _category(prefix, mark, atom=atom) + _facts(mark)
    note = _note_edits(document, node, mark)
    if note is None and not any(part.name in ("summary" if atom else "description") for part in node.parts):
        name, kind = (prefix + "summary", ' type="html"') if atom else (prefix + "description", "")
        added += f"<{name}{kind}>{escape(_note(mark), quote=False)}</{name}>"
    edits += note or []
    new = added.encode("ascii", "xmlcharrefreplace")
    if not _is_one_tag(data, item):
        return [*edits, (item.inner, item.inner, new)]
    return [*edits, _filled(data, item, new)]


def _is_one_tag(data: bytes, element: Element) -> bool:
    """Whether it is "<a/>", which has no inside to write in; not "<a>" that was never closed."""
    return element.inner == element.end and data.endswith(b"/>", element.start, element.inner)


def _filled(data: bytes, element: Element, new: bytes) -> _Edit:
    """An element of one tag ("<a/>") with `new` inside."""
    slash = data.rindex(b"/", element.start, element.inner)
    return slash, element.inner, b">" + new + b"</" + _raw_name(data, element) + b">"


def _raw_name(data: bytes, element: Element) -> bytes:
    return re.split(rb"[\s/>]", data[element.start + 1 : element.start + 300], maxsplit=1)[0]


def _prefix(data: bytes, element: Element) -> str:
    """With its colon. One that is not ASCII is none for us: what we add is ASCII in every encoding."""
    prefix, colon, _ = _raw_name(data, element).rpartition(b":")
    return (prefix + colon).decode("ascii", "ignore")


def _is_ours(data: bytes, part: Element, limits: Limits) -> bool:
    """Whether an element was added by an earlier run of ours."""
    if part.name.startswith("dedup:"):
        return True
    if part.name != "category":
        return False
    values = attributes(data[part.start : part.inner], limits.attributes)
    return SCHEME.encode() in [values.get("domain"), values.get("scheme")]


def _category(prefix: str, mark: Mark, *, atom: bool) -> str:
    relation = _safe(_relation(mark))
    if not atom:
        return f'<{prefix}category domain="{SCHEME}">{relation}</{prefix}category>'
    return f'<{prefix}category scheme="{SCHEME}" term="{relation}" label="{relation}"/>'


def _facts(mark: Mark) -> str:
    """Elements for programs. Plain ones without attributes, so that they are right in RDF too."""
    facts = {"first-seen": absolute(mark.first_link), "similarity": f"{mark.similarity:.3f}" if mark.similarity else ""}
    return "".join(
        f'<dedup:{name} xmlns:dedup="{DEDUP}">{_safe(value)}</dedup:{name}>' for name, value in facts.items() if value
    )


def _safe(text: str) -> str:
    """Escaped for text and attributes of HTML and XML, without control characters and direction marks."""
    return escape(_UNSAFE.sub("", shown(text)))


def _note(mark: Mark) -> str:
    """A paragraph of HTML, in ASCII: what the item is, with a link to the item seen first."""
    title = _safe(mark.first_title[:300]) or "an earlier item"
    link = absolute(mark.first_link)
    named = f'<a href="{_safe(link)}">{title}</a>' if link else title
    source = f" ({_safe(mark.first_source[:100])})" if mark.first_source else ""
    text = f"{_OPEN}{_WORDING.get(mark.relation, 'Duplicate of')} {named}{source}{_CLOSE}"
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _plain_note(mark: Mark) -> str:
    link = absolute(mark.first_link)
    title = _UNSAFE.sub("", shown(mark.first_title[:300])) or "an earlier item"
    source = f" ({_UNSAFE.sub('', shown(mark.first_source[:100]))})" if mark.first_source else ""
    text = f"{_WORDING.get(mark.relation, 'Duplicate of')} {title}{source}{' ' + link if link else ''}"
    return f"{_PLAIN_OPEN}{text.replace('[', '(').replace(']', ')')}{_PLAIN_CLOSE}"


def _note_edits(document: Document, node: Node, mark: Mark) -> list[_Edit] | None:
    """The note put at the end of the text that readers show; None if there is no element that can hold it."""
    for name in _HOSTS:
        for part in node.parts:
            if part.name == name:
                edits = _append(document, node, part, mark)
                if edits is not None:
                    return edits
                break
    return None


def _append(document: Document, node: Node, part: Element, mark: Mark) -> list[_Edit] | None:
    """A note at the end of `part`, in the form in which it holds its text; None if it is of another kind."""
    data = document.source.data
    tag = data[part.start : part.inner]
    values = {key: value.lower() for key, value in attributes(tag, document.limits.attributes).items()}
    kind, mode = values.get("type", b"").strip(), values.get("mode", b"")
    atom = node.element.name == "entry"
    if "src" in values or mode == b"base64" or not tag.endswith(b">"):
        return None
    note = _note(mark)
    escaped = escape(note, quote=False).encode("ascii")
    if kind.endswith((b"xhtml", b"+xml", b"/xml")) or mode == b"xml":
        return _append_xhtml(data, part, note)
    if atom and kind not in {b"html", b"text/html"} and mode != b"escaped":
        if kind not in {b"", b"text", b"text/plain"}:
            return None
        escaped = b"\n\n" + escape(_plain_note(mark), quote=False).encode("ascii", "xmlcharrefreplace")
        raw, openers = b"", [b"\n\n" + _PLAIN_OPEN.encode()]
        closer = _PLAIN_CLOSE.encode()
    else:
        raw, closer = note.encode("ascii"), escape(_CLOSE, quote=False).encode()
        openers = [escape(_OPEN, quote=quote).encode() for quote in (False, True)]
    if _is_one_tag(data, part):
        return [_filled(data, part, escaped)]
    if not data.startswith(b"</", part.close):
        return None  # it has no end of its own: what stands there may be half an entity or section
    if (section := _section_end(data, part)) >= 0:
        if not raw:  # plain text behind the section
            return _replaced(data, part.inner, part.close, openers, closer, escaped)
        return _replaced(data, part.inner, section, [_OPEN.encode()], _CLOSE.encode(), raw)
    return _replaced(data, part.inner, part.close, openers, closer, escaped)


def _section_end(data: bytes, part: Element) -> int:
    """Where the "]]>" stands if the element ends with a CDATA section; else -1."""
    end = data.rfind(b"]]>", part.inner, part.close)
    if end < 0 or data[end + 3 : part.close].strip() or data.rfind(b"<![CDATA[", part.inner, end) < 0:
        return -1
    return end


def _append_xhtml(data: bytes, part: Element, note: str) -> list[_Edit] | None:
    match = _DIV_END.search(data, max(part.inner, part.close - 300), part.close)
    if match is None:
        return None
    prefix = match[1].decode("ascii", "replace")
    opener, closer = _OPEN.replace("<p", f"<{prefix}p"), f"</{prefix}p>"
    inner = note.removeprefix(_OPEN).removesuffix(_CLOSE)
    inner = inner.replace("<a ", f"<{prefix}a ").replace("</a>", f"</{prefix}a>")
    new = f"{opener}{inner}{closer}".encode("utf-8", "replace")
    return _replaced(data, part.inner, match.start(), [opener.encode("utf-8", "replace")], closer.encode(), new)


def _replaced(data: bytes, start: int, end: int, openers: list[bytes], closer: bytes, new: bytes) -> list[_Edit]:
    """`new` at `end`, in place of an earlier note of ours that ends there."""
    for opener in openers:
        at = data.rfind(opener, max(start, end - _LONGEST_NOTE), end)
        if at >= 0 and data.endswith(closer, at, end) and data.find(closer, at) + len(closer) == end:
            return [(at, end, new)]
    return [(end, end, new)]


# ---- flagging in a JSON Feed


def _flag_json(document: Document, place: Place, mark: Mark) -> list[_Edit]:
    data = document.source.data
    values = Values(data, place.start)
    members = {value.key: value for value in values}
    if values.end is None:
        raise FeedError("cannot be rewritten safely: an item is no JSON")
    first = {"url": absolute(mark.first_link), "title": shown(mark.first_title)[:300], "source": mark.first_source}
    extension = {"relation": _relation(mark), "similarity": round(mark.similarity, 3), "first_seen": first}
    edits: list[_Edit] = []
    added: list[str] = []
    if EXTENSION in members:
        edits.append((*members[EXTENSION][1:3], json.dumps(extension).encode()))
    else:
        added.append(f'"{EXTENSION}": {json.dumps(extension)}')
    tag = json.dumps(TAG + _relation(mark))
    if "tags" in members:
        edits += _tag_edits(data, members["tags"], tag.encode())
    else:
        added.append(f'"tags": [{tag}]')
    note = _json_note(data, members, mark)
    if note is None:
        added.append(f'"content_html": {json.dumps(_note(mark))}')
    edits += note or []
    if added:
        text = ", ".join(added) + (", " if members else "")
        edits.append((place.start + 1, place.start + 1, text.encode("ascii")))
    return edits


def _tag_edits(data: bytes, value: Value, tag: bytes) -> list[_Edit]:
    """`tag` in the list, in place of an earlier one of ours."""
    tags = Values(data, value.start)
    found = list(tags) if data[value.start : value.start + 1] == b"[" else []
    if tags.end is None or data[value.start : value.start + 1] != b"[":
        return [(value.start, value.end, b"[" + tag + b"]")]
    for one in found:
        if data.startswith(b'"' + TAG.encode(), one.start):
            return [(one.start, one.end, tag)]
    at = found[-1].end if found else value.start + 1
    return [(at, at, (b", " if found else b"") + tag)]


def _json_note(data: bytes, members: Mapping[str, Value], mark: Mark) -> list[_Edit] | None:
    for name, opener, closer, note in (
        ("content_html", _OPEN, _CLOSE, _note(mark)),
        ("content_text", "\n\n" + _PLAIN_OPEN, _PLAIN_CLOSE, "\n\n" + _plain_note(mark)),
    ):
        value = members.get(name)
        if value is not None and data[value.start : value.start + 1] == b'"':
            begin, new = json.dumps(opener)[1:-1].encode(), json.dumps(note)[1:-1].encode()
            return _replaced(data, value.start + 1, value.end - 1, [begin], closer.encode(), new)
    return None if "content_html" not in members else []
