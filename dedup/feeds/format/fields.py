"""The fields of one item: strings and HTML out of its byte ranges, whatever the format."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from dedup.errors import FeedError
from dedup.feeds.format.charset import FeedBytes
from dedup.feeds.format.document import FeedDocument, ItemSpan
from dedup.feeds.format.elements import Element, MarkupNode
from dedup.feeds.format.markup import ROOTS, attributes
from dedup.feeds.format.notes import without_note
from dedup.feeds.format.strings import ANY_TAG, CONTROL, SPACES, as_html, html_of, plain, shown, unescaped, xhtml_of
from dedup.feeds.urls import absolute
from dedup.read.decode import BadRecordError, load_json
from dedup.text.html import html_to_text

_FULL = ("content:encoded", "content", "description", "summary", "xhtml:body", "xhtml:div", "tagline")
"""Elements that hold the text of an item; the one with most text is taken."""
_SPARE = ("media:description", "media:group/media:description", "itunes:summary", "dcterms:abstract", "itunes:subtitle")
"""Looked at where none of the above has text."""
_PUBLISHED = ("pubdate", "published", "issued", "dc:date", "dcterms:issued", "dcterms:created", "created", "date")
_UPDATED = ("updated", "modified", "dcterms:modified")
_IMAGE = re.compile(r"<img\s(?:[^<>]{0,1000}?\s)?src\s*=\s*[\"']?([^\"'\s<>]{1,4096})", re.IGNORECASE)
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif")
_LONGEST_VALUE = 100_000
"""Bytes of a short field (title, link, date, name); what is behind is not looked at."""


@dataclass(slots=True)
class ItemFields:
    """What an item says, as strings; nothing is interpreted yet but encodings and markup."""

    id: str = ""
    links: list[str] = field(default_factory=list)
    """Absolute, in the order in which they are to be believed."""
    title: str = ""
    html: str = ""
    """The fullest content as HTML."""
    text: str = ""
    dates: list[str] = field(default_factory=list)
    """As written, publication before updates."""
    author: str = ""
    tags: list[str] = field(default_factory=list)
    enclosures: list[tuple[str, str, str]] = field(default_factory=list)
    """Address, media type and length as written."""
    image: str = ""
    """Address of the first picture, absolute."""
    origin: str = ""
    """Address of the feed or site that it says it is from."""
    notes: set[str] = field(default_factory=set)


def fields_of(document: FeedDocument, place: ItemSpan, url: str, *, brief: bool = False) -> ItemFields | None:
    """Of the item at `place` of a feed from `url`; None for a JSON item that is none. `brief`: without tags, which take
    longer than all the rest where an item has a hundred.
    """
    if place.node is None:
        return _Json(document, place, url).fields()
    return _Xml(document, place.node, url).fields(brief=brief)


def head_fields(document: FeedDocument, url: str) -> tuple[str, str]:
    """Title and absolute link of the feed's site."""
    if document.outline.root:
        out = document.outline
        node = MarkupNode(Element("channel", *out.root_tag, 0, 0), _head(out.head), out.bases)
        reader = _Xml(document, node, url)
        links = [link for link, rank in reader.links() if rank <= 2]
        return reader.title(), links[0] if links else ""
    raw = {}
    for name in ("title", "home_page_url"):
        if name in document.members:
            value = document.members[name]
            raw[name] = _loaded(document.source, value.start, min(value.end, value.start + _LONGEST_VALUE))
    title, link = raw.get("title"), raw.get("home_page_url")
    return plain(title)[: document.limits.title] if isinstance(title, str) else "", (
        absolute(link, url) if isinstance(link, str) else ""
    )


def _head(elements: list[Element]) -> list[Element]:
    """Those of the channel: of pictures and text inputs only the elements of the outermost level come after them."""
    covered = 0
    out = []
    for element in sorted(elements, key=lambda element: element.start):
        if element.start >= covered and element.name.removeprefix("?:") not in ROOTS:
            out.append(element)
            covered = element.end
    return out


class _Xml:
    """Reads an item of RSS or Atom."""

    def __init__(self, document: FeedDocument, node: MarkupNode, url: str) -> None:
        self._source, self._node, self._limits = document.source, node, document.limits
        self._base = url
        for base in node.bases:
            self._base = absolute(unescaped(_ascii(base)), self._base) or self._base
        self._by_name: dict[str, list[Element]] = {}
        for part in node.parts:
            self._by_name.setdefault(part.name, []).append(part)
        self._notes: set[str] = set()

    def fields(self, *, brief: bool) -> ItemFields:
        html, text = self._content()
        found = ItemFields(
            id=self._id(), links=[link for link, _ in self.links()], title=self.title(), html=html, text=text,
            dates=[date for name in (*_PUBLISHED, *_UPDATED) for date in self._all(name)[:2] if date],
            author=self._author(), tags=[] if brief else [tag for tag in self._tags() if tag][:100],
            enclosures=self._enclosures(), origin=self._origin(),
        )  # fmt: skip
        found.image = self._image(found)
        found.notes = self._notes
        return found

    def title(self) -> str:
        for name in ("title", "media:title", "media:group/media:title", "dc:title", "itunes:title"):
            for element in self._by_name.get(name, ())[:3]:
                if title := plain(self._html(element)):
                    return title[: self._limits.title]
        return ""

    def links(self) -> list[tuple[str, int]]:
        """Absolute links, the most trusted first, with their rank: the lower, the more they are the item's page."""
        found: list[tuple[int, str]] = [(0, link) for link in self._all("feedburner:origlink")]
        for element in self._by_name.get("link", ())[:100]:
            values = self._attributes(element)
            if "href" in values:
                rank = {"alternate": 1, "": 1, "self": 6}.get(values.get("rel", "").lower())
                html = values.get("type", "text/html").partition(";")[0] in {"text/html", "application/xhtml+xml"}
                if rank is not None:
                    found.append((rank + (not html), self._resolved(element, values["href"])))
            else:
                found.append((1, self._string(element)))
        for element in self._by_name.get("guid", ())[:1]:
            if self._attributes(element).get("ispermalink", "true").lower() != "false":
                text = self._string(element)
                found += [(3, text)] if text.startswith(("http://", "https://")) else []
        if about := self._own_attributes().get("rdf:about"):
            found.append((4, about))
        found += [(5, link) for link, _, _ in self._enclosures()[:1]]
        found.sort(key=lambda pair: pair[0])
        ranked = [(absolute(link, self._base), rank) for rank, link in found]
        if found and not any(link for link, _ in ranked):
            self._notes.add("links that are none")
        return [(link, rank) for link, rank in ranked if link]

    def _id(self) -> str:
        for name in ("guid", "id", "dc:identifier"):
            for text in self._all(name)[:1]:
                if text:
                    return text
        return shown(self._own_attributes().get("rdf:about", ""))

    def _content(self) -> tuple[str, str]:
        """HTML and text of the element with most text."""
        best = ("", "")
        for names in (_FULL, _SPARE):
            for element in (element for name in names for element in self._by_name.get(name, ())[:20]):
                html = without_note(self._html(element))
                text = CONTROL.sub("", html_to_text(html))
                best = max(best, (html, text), key=lambda pair: len(pair[1]))
            if best[1]:
                break
        return best

    def _html(self, element: Element) -> str:
        """Content of an element as HTML, by the type that it names."""
        values = self._attributes(element)
        kind, mode = values.get("type", "").lower().strip(), values.get("mode", "").lower()
        inner = self._source.text(element.inner, element.close)
        if CONTROL.search(inner):
            self._notes.add("control characters")
        if mode == "base64" or (self._is_atom() and _is_encoded(kind) and element.name == "content"):
            return self._decoded(unescaped(inner), kind)
        if kind.endswith(("xhtml", "+xml", "/xml")) or mode == "xml" or element.name.startswith("xhtml:"):
            return xhtml_of(inner)
        html = without_note(html_of(inner, self._notes))
        typed = self._is_atom() and kind in {"text", "text/plain", ""} and mode != "escaped"
        # Atom's plain text; what holds tags all the same is HTML that was not declared.
        if typed and not ANY_TAG.search(html):
            return as_html(html)
        return html

    def _is_atom(self) -> bool:
        return self._node.element.name == "entry"

    def _decoded(self, text: str, kind: str) -> str:
        """Text of base64; empty for what is no text, or no base64."""
        if not kind.startswith("text/") and kind:
            return ""
        try:
            data = base64.b64decode(SPACES.sub("", text).encode("ascii"), validate=True)
        except ValueError:
            self._notes.add("bad base64")
            return ""
        decoded = data.decode("utf-8", "replace")
        return as_html(decoded) if kind == "text/plain" else decoded

    def _author(self) -> str:
        for name in ("author/name", "dc:creator", "author", "itunes:author", "author/email"):
            for element in self._by_name.get(name, ())[:1]:
                if author := plain(ANY_TAG.sub(" ", self._html(element))):
                    return author[:500]
        return ""

    def _origin(self) -> str:
        for element in self._by_name.get("source", ())[:1]:
            return absolute(self._attributes(element).get("url", ""), self._base)
        return ""

    def _image(self, found: ItemFields) -> str:
        for name in ("media:thumbnail", "media:group/media:thumbnail", "media:content/media:thumbnail"):
            for element in self._by_name.get(name, ())[:1]:
                return absolute(self._attributes(element).get("url", ""), self._base)
        return _first_image(found, self._base)

    def _tags(self) -> Iterator[str]:
        for element in self._by_name.get("category", ())[:100]:
            yield shown(self._attributes(element).get("term", ""))[:200] or plain(self._html(element))[:200]
        for text in self._all("dc:subject")[:100]:
            yield text[:200]

    def _enclosures(self) -> list[tuple[str, str, str]]:
        found = []
        for name in ("enclosure", "link", "media:content", "media:group/media:content"):
            for element in self._by_name.get(name, ())[:20]:
                values = self._attributes(element)
                if name == "link" and values.get("rel", "").lower() != "enclosure":
                    continue
                link = values.get("url") or values.get("href") or ""
                if link := absolute(self._resolved(element, link), self._base):
                    length = values.get("length") or values.get("filesize") or ""
                    found.append((link, values.get("type", "")[:100], length if length.isdecimal() else ""))
        return list(dict.fromkeys(found))[:20]

    def _all(self, name: str) -> list[str]:
        return [self._string(element) for element in self._by_name.get(name, ())[:20]]

    def _string(self, element: Element) -> str:
        """A short field, tags in it left out."""
        inner = self._source.text(element.inner, min(element.close, element.inner + _LONGEST_VALUE))
        return shown(ANY_TAG.sub(" ", html_of(inner, self._notes)) if "<" in inner else unescaped(inner, self._notes))

    def _attributes(self, element: Element) -> dict[str, str]:
        tag = self._source.data[element.start : min(element.inner, element.start + _LONGEST_VALUE)]
        return {
            name: shown(unescaped(self._source_text(value)))
            for name, value in attributes(tag, self._limits.attributes).items()
        }

    def _source_text(self, value: bytes) -> str:
        try:
            return value.decode(self._source.codec)
        except UnicodeDecodeError:
            return value.decode("cp1252", "replace")

    def _own_attributes(self) -> dict[str, str]:
        return self._attributes(self._node.element)

    def _resolved(self, element: Element, link: str) -> str:
        """With the xml:base of the element itself."""
        base = self._attributes(element).get("xml:base")
        return absolute(link, absolute(base, self._base)) or link if base else link


class _Json:
    """Reads an item of a JSON Feed."""

    def __init__(self, document: FeedDocument, place: ItemSpan, url: str) -> None:
        self._limits, self._url = document.limits, url
        self._item = _loaded(document.source, place.start, place.end)

    def fields(self) -> ItemFields | None:
        item = self._item
        if not isinstance(item, dict):
            return None
        html, text = self._content()
        attachments, image = item.get("attachments"), self._string("image")
        found = ItemFields(
            id=self._string("id"), title=plain(self._string("title"))[: self._limits.title], html=html, text=text,
            dates=[date for name in ("date_published", "date_modified") if (date := self._string(name))],
            author=self._author(),
            tags=[shown(tag)[:200] for tag in _list(item.get("tags"))[:100] if isinstance(tag, str)],
            enclosures=[pair for one in _list(attachments)[:20] if (pair := self._enclosure(one))],
        )  # fmt: skip
        links = [self._string(name) for name in ("url", "external_url")]
        links += [link for link in (found.id,) if link.startswith(("http://", "https://"))]
        links += [link for link, _, _ in found.enclosures[:1]]
        found.links = [absolute(link, self._url) for link in links if absolute(link, self._url)]
        found.image = absolute(image, self._url) if image else _first_image(found, self._url)
        return found

    def _content(self) -> tuple[str, str]:
        pairs = [(html, html_to_text(html)) for html in [self._raw("content_html")] if html]
        for name in ("content_text", "summary"):
            text = self._raw(name)
            pairs.append((as_html(text), _lines(text)))
            if name == "content_text" and any(text for _, text in pairs):
                break
        html, text = max(pairs, key=lambda pair: len(pair[1]))
        return html, CONTROL.sub("", text)

    def _author(self) -> str:
        authors = [*_list(self._item.get("authors")), self._item.get("author")]
        names = [author.get("name") for author in authors[:20] if isinstance(author, dict)]
        return next((shown(name)[:500] for name in names if isinstance(name, str) and name), "")

    def _enclosure(self, value: Any) -> tuple[str, str, str] | None:
        if not isinstance(value, dict) or not isinstance(value.get("url"), str):
            return None
        link, kind, size = absolute(value["url"], self._url), value.get("mime_type"), value.get("size_in_bytes")
        length = str(int(size)) if isinstance(size, int | float) and 0 <= size < 1 << 53 else ""
        return (link, kind[:100] if isinstance(kind, str) else "", length) if link else None

    def _raw(self, name: str) -> str:
        value = self._item.get(name)
        return without_note(CONTROL.sub("", value)) if isinstance(value, str) else ""

    def _string(self, name: str) -> str:
        """A short field; a number is its digits (ids are numbers in many a feed)."""
        value = self._item.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value) if abs(value) < 1 << 63 else ""
        return shown(value[:_LONGEST_VALUE]) if isinstance(value, str) else ""


def _first_image(found: ItemFields, base: str) -> str:
    """The first picture among the enclosures, else in the text; absolute, empty where there is none."""
    for link, kind, _ in found.enclosures:
        if kind.startswith("image/") or link.lower().partition("?")[0].endswith(_PICTURES):
            return link
    match = _IMAGE.search(found.html, 0, _LONGEST_VALUE) if "<img" in found.html else None
    return absolute(unescape(match[1]), base) if match else ""


def _loaded(source: FeedBytes, start: int, end: int) -> Any:
    """A JSON value; None where it is none."""
    try:
        return load_json(source.text(start, end).encode("utf-8", "surrogatepass"))
    except (BadRecordError, FeedError, RecursionError, ValueError):
        return None


def _list(value: Any) -> list[Any]:
    return value[:1_000] if isinstance(value, list) else []


def _lines(text: str) -> str:
    return "\n".join(line for line in (SPACES.sub(" ", line).strip() for line in text.splitlines()) if line)


def _is_encoded(kind: str) -> bool:
    """Whether Atom wants content of this type in base64: media that are neither text nor XML."""
    return "/" in kind and not kind.startswith("text/") and not kind.endswith(("+xml", "/xml"))


def _ascii(value: bytes) -> str:
    return value.decode("utf-8", "replace")
