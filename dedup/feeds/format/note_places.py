"""Where the note of a flagged item goes: the texts of an item that readers show, and the forms that they are in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from dedup.feeds.format import notes
from dedup.feeds.format.document import FeedDocument
from dedup.feeds.format.elements import Element, MarkupNode
from dedup.feeds.format.json_spans import JsonSpan
from dedup.feeds.format.markup import attributes
from dedup.feeds.format.notes import Edit, NoteForm, NotePlace
from dedup.feeds.format.strings import html_of, shown, xhtml_of
from dedup.feeds.model import ItemMark
from dedup.feeds.urls import absolute

_UNSAFE = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Direction marks: in somebody's title they would turn the rest of our line around."""
_NO_BRACKETS = str.maketrans("[]<>", "()\u2039\u203a")
_DIV = re.compile(rb"\s*+<((?:[\w.-]{1,60}:)?)(?:div|body)(?:\s[^<>]*+)?+(?<!/)>")
_DIV_END = re.compile(rb"</((?:[\w.-]{1,60}:)?)(?:div|body)\s*>\s*\Z")
_SECTIONS = re.compile(
    rb"<!\[CDATA\[(?P<section>.*?)(?P<closed>\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL
)
_HOSTS = ("content:encoded", "content", "description", "summary")
"""Elements that a note may stand in, the one that readers show first."""


def safe(text: str) -> str:
    """Escaped for text and attributes of HTML and XML, without control characters and direction marks."""
    return escape(_UNSAFE.sub("", shown(text)))


def html_note(mark: ItemMark) -> str:
    """A paragraph of HTML, in ASCII: what the item is, with a link to the item seen first."""
    title = safe(mark.first_title[:300]) or "an earlier item"
    link = absolute(mark.first_link)
    named = f'<a href="{safe(link)}">{title}</a>' if link else title
    source = f" ({safe(mark.first_source[:100])})" if mark.first_source else ""
    text = f"{notes.OPEN}{notes.WORDING.get(mark.relation, notes.OTHER)} {named}{source}{notes.CLOSE}"
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def plain_note(mark: ItemMark) -> str:
    """The same as plain text, in brackets. Some programs take any text for HTML: nothing in it may look like a tag."""
    link = absolute(mark.first_link)
    title = _UNSAFE.sub("", shown(mark.first_title[:300])) or "an earlier item"
    source = f" ({_UNSAFE.sub('', shown(mark.first_source[:100]))})" if mark.first_source else ""
    text = f"{notes.WORDING.get(mark.relation, notes.OTHER)} {title}{source}{' ' + link if link else ''}"
    return f"{notes.PLAIN_OPEN}{text.translate(_NO_BRACKETS)}{notes.PLAIN_CLOSE}"


def note_edits(document: FeedDocument, node: MarkupNode, mark: ItemMark) -> list[Edit] | None:
    """The note put into the text that readers show, and taken out of others; None if no element can hold it."""
    edits: list[Edit] | None = None
    for name in _HOSTS:
        part = next((part for part in node.parts if part.name == name), None)
        if part is None:
            continue
        found = _note_in(document, node, part, mark, removed=edits is not None)
        if found is not None:
            edits = (edits or []) + found
    return edits


def _note_in(
    document: FeedDocument, node: MarkupNode, part: Element, mark: ItemMark, *, removed: bool
) -> list[Edit] | None:
    """A note in `part`, in the form in which it holds its text; None if it is of another kind."""
    data = document.source.data
    tag = data[part.start : part.inner]
    values = {key: value.lower() for key, value in attributes(tag, document.limits.attributes).items()}
    kind, mode = values.get("type", b"").strip(), values.get("mode", b"")
    if "src" in values or mode == b"base64" or not tag.endswith(b">"):
        return None
    if kind.endswith((b"xhtml", b"+xml", b"/xml")) or mode == b"xml":
        host = _xhtml_host(document, part, mark)
        return None if host is None else host.edits(data, removed=removed)
    plain = node.element.name == "entry" and kind not in {b"html", b"text/html"} and mode != b"escaped"
    if plain and kind not in {b"", b"text", b"text/plain"}:
        return None
    host = _plain_host(document, part, mark) if plain else _html_host(document, part, mark)
    if is_one_tag(data, part):
        return [] if removed else [filled(data, part, host.back[1])]
    return host.edits(data, removed=removed)


def _plain_host(document: FeedDocument, part: Element, mark: ItemMark) -> NotePlace:
    """Text of Atom. A section that it may end with stays as it is."""
    note = escape(plain_note(mark), quote=False).encode("ascii", "xmlcharrefreplace")
    gap = notes.GAP.encode()
    back, front = notes.PLAIN
    return NotePlace(
        part.inner, part.close, (front, note + gap), (back, gap + note), _content(document), _is_closed(document, part)
    )


def _html_host(document: FeedDocument, part: Element, mark: ItemMark) -> NotePlace:
    """HTML, escaped or in sections: the note goes into one that begins or ends it, else it is escaped."""
    note = html_note(mark)
    forms: dict[bool, tuple[NoteForm, bytes]] = {
        False: (notes.ESCAPED, escape(note, quote=False).encode("ascii")), True: (notes.RAW, note.encode("ascii")),
    }  # fmt: skip
    begin, end = _sections(document.source.data, part)
    start, stop = part.inner if begin is None else begin, part.close if end is None else end
    return NotePlace(
        start,
        stop,
        forms[begin is not None],
        forms[end is not None],
        _content(document, part),
        _is_closed(document, part),
    )


def _is_closed(document: FeedDocument, part: Element) -> bool:
    """Whether an element has an end of its own: else what stands there may be half an entity or section."""
    return document.source.data.startswith(b"</", part.close)


def _content(document: FeedDocument, part: Element | None = None) -> Callable[[Sequence[tuple[int, int]]], str]:
    """HTML of pieces of an element's content; `part`: the first and the last may lack a section's edge."""
    source = document.source

    def html(pieces: Sequence[tuple[int, int]]) -> str:
        text = "".join(source.text(start, end) for start, end in pieces)
        if part is not None and pieces:
            text = source.text(part.inner, pieces[0][0]) + text + source.text(pieces[-1][1], part.close)
        return html_of(text, set())

    return html


def _sections(data: bytes, part: Element) -> tuple[int | None, int | None]:
    """Where the inside of the CDATA section begins that an element's content begins with, and where that of the one
    ends that it ends with; None where it does not.
    """
    matches = list(_SECTIONS.finditer(data, part.inner, part.close))
    begin = end = None
    if matches and matches[0]["closed"] and not data[part.inner : matches[0].start()].strip():
        begin = matches[0].start("section")
    if matches and matches[-1]["closed"] and not data[matches[-1].end() : part.close].strip():
        end = matches[-1].end("section")
    return begin, end


def _xhtml_host(document: FeedDocument, part: Element, mark: ItemMark) -> NotePlace | None:
    """Markup itself, within its div; None if it has none."""
    data, source = document.source.data, document.source
    last = _DIV_END.search(data, max(part.inner, part.close - 300), part.close)
    first = _DIV.match(data, part.inner, part.close)
    if last is None:
        return None
    prefix = last[1].decode("ascii", "ignore").encode()
    form = NoteForm(
        (notes.OPEN.encode().replace(b"<p", b"<" + prefix + b"p"),), (b"</" + prefix + b"p>",),
        lambda raw: xhtml_of(raw.decode("utf-8", "replace")),
    )  # fmt: skip
    note = html_note(mark).encode("ascii")
    for tag in (b"<p", b"</p", b"<a", b"</a"):
        note = note.replace(tag, tag.replace(b"<", b"<" + prefix).replace(b"<" + prefix + b"/", b"</" + prefix))

    def html(pieces: Sequence[tuple[int, int]]) -> str:
        return xhtml_of("".join(source.text(start, end) for start, end in pieces))

    start = first.end() if first is not None and first.end() <= last.start() else part.inner
    return NotePlace(start, last.start(), (form, note), (form, note), html)


def json_note(data: bytes, members: Mapping[str, JsonSpan], mark: ItemMark) -> list[Edit] | None:
    """The note put into the first text of these; None if a new one has to hold it."""
    edits: list[Edit] | None = None
    plain, gap = plain_note(mark), notes.GAP
    for name, forms, texts in (
        ("content_html", (notes.JSON, notes.JSON), (html_note(mark), html_note(mark))),
        ("content_text", (notes.JSON_PLAIN[1], notes.JSON_PLAIN[0]), (plain + gap, gap + plain)),
    ):
        value = members.get(name)
        if value is None or data[value.start : value.start + 1] != b'"':
            continue
        front, back = [(form, json.dumps(text)[1:-1].encode()) for form, text in zip(forms, texts, strict=True)]
        host = NotePlace(value.start + 1, value.end - 1, front, back, _json_content(data))
        edits = (edits or []) + host.edits(data, removed=edits is not None)
    return [] if edits is None and "content_html" in members else edits


def _json_content(data: bytes) -> Callable[[Sequence[tuple[int, int]]], str]:
    """The string that these pieces of one make; one that is broken shows nothing at its end."""

    def html(pieces: Sequence[tuple[int, int]]) -> str:
        raw = b"".join(data[start:end] for start, end in pieces)
        try:
            return str(json.loads(b'"' + raw + b'"', strict=False))
        except ValueError:
            return "<"

    return html


def is_one_tag(data: bytes, element: Element) -> bool:
    """Whether it is "<a/>", which has no inside to write in; not "<a>" that was never closed."""
    return element.inner == element.end and data.endswith(b"/>", element.start, element.inner)


def filled(data: bytes, element: Element, new: bytes) -> Edit:
    """An element of one tag ("<a/>") with `new` inside."""
    slash = data.rindex(b"/", element.start, element.inner)
    return slash, element.inner, b">" + new + b"</" + raw_name(data, element) + b">"


def raw_name(data: bytes, element: Element) -> bytes:
    """The name in an element's tag, as written."""
    return re.split(rb"[\s/>]", data[element.start + 1 : element.start + 300], maxsplit=1)[0]
